# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the knowledge base lacks of what is deployed, and what it has that nobody runs any more."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import dataclasses
import typing as t

from ..catalogue._release import read_release
from ._converted_pages import DOCS, QA
from ._product_versions import EXACT, SAME_MINOR, UNVERSIONED, choose_version

if t.TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from ._index import IndexedVersion


@dataclasses.dataclass(frozen=True)
class Comparison:
    """What is deployed against what is indexed, each list sorted.

    ``gaps`` are (product, deployed upstream version) without documentation that was chosen for it, ``unlisted`` such of products without a catalogue
    entry, ``unreadable`` (product, version) whose version says nothing, ``fetched`` deployed versions that documentation was fetched for,
    ``with_posts`` and ``without_posts`` products about which questions and answers can be fetched, and ``surplus`` what was fetched and serves
    nothing that is deployed, unless a version of its product is unreadable.
    """

    gaps: list[tuple[str, str]]
    unlisted: list[tuple[str, str]]
    unreadable: list[tuple[str, str]]
    fetched: list[tuple[str, str]]
    with_posts: list[str]
    without_posts: list[str]
    surplus: list[IndexedVersion]


def upstream_version(text: str, product: str) -> str | None:
    """The upstream version in a package's version: ``2:17.2.5-1~bpo`` is ``17.2.5``, ``1.1.1k-9.el8`` is ``1.1.1k``; None when there is none."""
    release = read_release(text, product)
    return None if release is None else release.upstream


def compare(known: Iterable[IndexedVersion], deployed: Mapping[str, Iterable[str]], listed: Collection[str], *, discussed: Collection[str] = ()) -> Comparison:
    """Compare what is indexed with ``deployed`` (product -> versions as the CSV has them).

    ``listed`` are the products of the catalogue, ``discussed`` those of them about which questions and answers can be fetched.
    """
    entries = list(known)
    wanted: dict[str, set[str]] = {}
    unreadable = set()
    for product, versions in deployed.items():
        for version in versions:
            upstream = upstream_version(version, product)
            if upstream is None:
                unreadable.add((product, version))
            else:
                wanted.setdefault(product, set()).add(upstream)
    gaps: set[tuple[str, str]] = set()
    unlisted: set[tuple[str, str]] = set()
    fetched: set[tuple[str, str]] = set()
    used: set[int] = set()
    for product, upstream_versions in wanted.items():
        documentation = {entry.version: entry for entry in entries if entry.kind == DOCS and entry.product == product}
        for version in upstream_versions:
            match = choose_version(version, documentation, product)
            serving = [entry for entry in documentation.values() if _serves(entry, version)]
            if match is not None:
                nearest = documentation[match.served_version]
                used.add(nearest.id)
                if not nearest.provenance and match.match in (EXACT, SAME_MINOR):
                    serving.append(nearest)  # what the operator has put there himself
            used.update(entry.id for entry in serving)
            if not serving:
                (gaps if product in listed else unlisted).add((product, version))
        for entry in documentation.values():
            if entry.provenance:
                fetched.update((product, version) for version in upstream_versions.intersection(entry.serves))
    posts = {entry.product for entry in entries if entry.kind == QA}
    running = deployed.keys()
    unclear = {product for product, _version in unreadable}
    surplus = [
        entry
        for entry in entries
        if entry.product not in unclear
        and (
            (entry.kind == DOCS and entry.provenance and entry.id not in used and (entry.version != UNVERSIONED or entry.product not in running))
            or (entry.kind == QA and entry.product not in running)
        )
    ]
    return Comparison(
        gaps=sorted(gaps, key=_order),
        unlisted=sorted(unlisted, key=_order),
        unreadable=sorted(unreadable),
        fetched=sorted(fetched, key=_order),
        with_posts=sorted(set(discussed) & running & posts),
        without_posts=sorted((set(discussed) & running) - posts),
        surplus=sorted(surplus, key=lambda entry: (entry.kind, entry.product, entry.version)),
    )


def _serves(entry: IndexedVersion, version: str) -> bool:
    """Whether this documentation was fetched for the version, or says itself that it is of it."""
    own, wanted = read_release(entry.version, entry.product), read_release(version, entry.product)
    return version in entry.serves or (own is not None and wanted is not None and own.is_same_as(wanted))


def _order(item: tuple[str, str]) -> tuple[str, tuple[t.Any, ...]]:
    release = read_release(item[1], item[0])
    return item[0], () if release is None else release.order
