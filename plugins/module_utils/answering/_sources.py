# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A passage as a source of the answer."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from ..knowledge._search import Passage
    from ._result import Source

_KEPT_WHEN_EMPTY = ("product", "requested_version", "section")


def source(number: int, passage: Passage) -> Source:
    """The passage that the answer cites as ``number``; what is not known of it is left out."""
    fields = {
        "id": number,
        "product": passage.product,
        "requested_version": passage.match.requested_version,
        "served_version": passage.match.served_version,
        "match": passage.match.match,
        "kind": passage.kind,
        "title": passage.title,
        "section": passage.headings,
        "url": _address(passage),
        "license": passage.license,
        "attribution": passage.attribution,
        "score": passage.score,
        "excerpt": passage.text,
    }
    return t.cast("Source", {name: value for name, value in fields.items() if value not in ("", None) or name in _KEPT_WHEN_EMPTY})


def _address(passage: Passage) -> str:
    """The passage's URL, or else its place in the knowledge base."""
    directory = {"house": "house", "qa": f"stackoverflow/{passage.product}"}.get(passage.kind, f"{passage.product}/{passage.match.served_version}")
    place = passage.url or f"{directory}/{passage.path}"
    return f"{place}#{passage.anchor}" if passage.anchor and "#" not in place else place
