# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A result as text for a terminal: the answer, its sources with how their versions match, the warnings."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import typing as t

from ansible_collections.infra_llm.assistant.plugins.module_utils._phrases import phrase

if t.TYPE_CHECKING:
    from ansible_collections.infra_llm.assistant.plugins.module_utils.answering._result import Result, Source


def readable(result: Result, *, with_answer: bool = True, with_warnings: bool = True) -> str:
    """Plain text, in the language of the answer; the answer itself may be there already."""
    language = result["language"]
    parts = [result["answer"]] if with_answer else []
    if result["sources"]:
        parts.append("\n".join([phrase("sources", language), *(_source_line(source, language) for source in result["sources"])]))
    if with_warnings and result["warnings"]:
        parts.append("\n".join([phrase("warnings", language), *(f"  - {warning}" for warning in result["warnings"])]))
    return "\n" + "\n\n".join(parts) + "\n"


def _source_line(source: Source, language: str) -> str:
    place = " > ".join(filter(None, (source.get("title"), source["section"])))
    served = "" if source["served_version"] == "unversioned" else f" {source['served_version']}"
    deployed = source["requested_version"]
    newest = source["match"] == "unversioned" and served
    match = phrase(f"of_{('newest' if deployed is None else 'unread') if newest else source['match']}", language, deployed=deployed)
    origin = phrase(f"from_{source['kind']}", language, subject=source["product"] + served).strip()
    credit = "".join(f", {' '.join(source[name].split())}" for name in ("attribution", "license") if source.get(name))
    return f"  [{source['id']}] {place}\n      {origin} ({match}{credit}): {source['url']}"
