# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to the collection: names here may change in any release.
"""Search: the passages of the right versions for a question, dense and lexical results fused."""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import sqlite3
import time
import typing as t

from .._errors import DataError
from ..clients._vector_store import CollectionGoneError
from ._product_versions import UNVERSIONED, VersionMatch, choose_version, within
from ._ranking import Hit, Ranking, rank
from .questions._search_text import words_of

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ..clients._embedding import Embedder
    from ._index import IndexedVersion, KnowledgeIndex

_ATTEMPTS = 3  # when indexing replaces a version in the middle of a search
_PASSAGE = """
SELECT page_id, ordinal, section, anchor, path, page.title, url, license, attribution, chunk.title, headings, text
FROM placement JOIN page ON page.id = page_id JOIN chunk ON chunk.id = chunk_id
WHERE chunk_id = ? AND placement.version_id = ? ORDER BY page_id, ordinal LIMIT 1"""
_MOST_OF_A_SECTION = 4
_SAME_TEXT = 0.8  # share of words in common from which two passages say the same


@dataclasses.dataclass(frozen=True)
class Target:
    """A product whose documentation is wanted, with the deployed version (None: not known or not deployed).

    ``named`` products are those of the question itself; the others only run where it asks about.
    """

    product: str
    version: str | None
    named: bool = False


@dataclasses.dataclass(frozen=True)
class Passage:
    """A piece of one section, with what it takes to cite it. ``key`` orders passages the same way for every question."""

    key: tuple[str, str, str, int]
    kind: str
    product: str
    match: VersionMatch
    title: str
    headings: str
    path: str
    anchor: str
    url: str
    license: str
    attribution: str
    text: str
    score: float


@dataclasses.dataclass(frozen=True)
class SearchResult:
    """Passages best first; ``matches`` says for each target product which versions served it; ``refused`` names what strict_version shut out."""

    passages: list[Passage]
    matches: list[tuple[str, VersionMatch]]
    refused: list[tuple[str, VersionMatch]]
    undocumented: list[Target]
    embed_ms: float
    search_ms: float


def resolve_versions(
    known: Sequence[IndexedVersion], targets: Iterable[Target], strictness: str
) -> tuple[list[tuple[IndexedVersion, VersionMatch]], list[tuple[str, VersionMatch]], list[tuple[str, VersionMatch]], list[Target]]:
    """For each target the one version of documentation, of house runbooks and of posts that serves it, and all runbooks and posts without version;
    then how each target's product is served, what strictness refused and what has no documentation. Posts do not document a product."""
    chosen: dict[int, tuple[IndexedVersion, VersionMatch]] = {}
    matches: dict[tuple[str, VersionMatch], None] = {}
    refused: list[tuple[str, VersionMatch]] = []
    undocumented: list[Target] = []
    for target in targets:
        served = False
        for kind in ("docs", "house", "qa"):
            available = {entry.version: entry for entry in known if entry.kind == kind and entry.product == target.product}
            for_all = available.pop(UNVERSIONED, None) if kind != "docs" else None
            if for_all is not None:
                chosen.setdefault(for_all.id, (for_all, VersionMatch(target.version, UNVERSIONED, UNVERSIONED)))
            match = choose_version(target.version, available, target.product)
            if match is not None and within(strictness, match.match):
                chosen.setdefault(available[match.served_version].id, (available[match.served_version], match))
                if kind == "docs" or (kind == "house" and not served):
                    matches[target.product, match] = None
            elif match is not None and kind != "qa":
                refused.append((target.product, match))
            served = served or (kind != "qa" and (match is not None or for_all is not None))
        if not served:
            undocumented.append(target)
    for entry in known:
        if entry.kind == "house" and not entry.product:
            chosen.setdefault(entry.id, (entry, VersionMatch(None, entry.version, UNVERSIONED)))
    return list(chosen.values()), list(matches), refused, undocumented


def search(
    index: KnowledgeIndex,
    question: str,
    targets: Sequence[Target],
    *,
    embedder: Callable[[], Embedder],
    strictness: str = "off",
    count: int = 16,
    context_words: int = 0,
    ranking: Ranking | None = None,
) -> SearchResult:
    """The best ``count`` passages for the question, only from the versions that serve the targets and from house runbooks.

    A passage is a chunk, with its neighbours of the same section as long as they have ``context_words`` together.
    """
    for _attempt in range(_ATTEMPTS):
        with contextlib.suppress(CollectionGoneError), index.snapshot():
            return _search(index, question, targets, embedder, strictness, count, context_words, ranking)
    raise DataError("The knowledge base was replaced again and again during this search; ask again when indexing has ended.")


def _search(
    index: KnowledgeIndex,
    question: str,
    targets: Sequence[Target],
    embedder: Callable[[], Embedder],
    strictness: str,
    count: int,
    context_words: int,
    ranking: Ranking | None,
) -> SearchResult:
    started = time.monotonic()
    versions, matches, refused, undocumented = resolve_versions(index.versions(), targets, strictness)
    if not versions:
        return SearchResult([], matches, refused, undocumented, 0.0, 0.0)
    # The name of the product that is asked about is in every chunk; a part of a longer name (kafka-connect) may be what is asked.
    names = [words_of(target.product) for target in targets if target.named]
    ignore = {name[0] for name in names if len(name) == 1}
    ranked = rank(index, question, [version for version, _match in versions], embedder=embedder, ignore=ignore, ranking=ranking)
    best_first = sorted(ranked.scores, key=lambda hit: (-ranked.scores[hit], hit))
    by_id = {version.id: (version, match) for version, match in versions}
    leading = _best_of_each_version(best_first, by_id, {target.product for target in targets if target.named}, count)
    passages = _passages(index.connection, leading, best_first, ranked.scores, by_id, count, context_words)
    return SearchResult(passages, matches, refused, undocumented, ranked.embed_ms, (time.monotonic() - started) * 1000 - ranked.embed_ms)


def _best_of_each_version(ranked: Sequence[Hit], versions: dict[int, tuple[IndexedVersion, VersionMatch]], named: set[str], count: int) -> list[Hit]:
    """Where a product that the question names is served by several versions, the best hit of each of them, so that none is passed over in silence."""
    serving: dict[str, list[int]] = {}
    for version, _match in versions.values():
        if version.kind == "docs" and version.product in named:
            serving.setdefault(version.product, []).append(version.id)
    wanted = [version_id for ids in serving.values() if 1 < len(ids) <= count // 2 for version_id in ids]
    best = {version_id: next((hit for hit in ranked if hit[1] == version_id), None) for version_id in wanted}
    return sorted((hit for hit in best.values() if hit is not None), key=ranked.index)


def _passages(
    connection: sqlite3.Connection,
    leading: Sequence[Hit],
    ranked: Sequence[Hit],
    scores: dict[Hit, float],
    versions: dict[int, tuple[IndexedVersion, VersionMatch]],
    count: int,
    context_words: int,
) -> list[Passage]:
    """Turn ranked chunks, the ``leading`` ones first, into passages: few of one section, and none that says again what another one of its version says."""
    shown_chunks: set[int] = set()
    most = 1 if context_words else _MOST_OF_A_SECTION
    shown_sections: collections.Counter[tuple[int, int]] = collections.Counter()
    shown_words: dict[int, list[frozenset[str]]] = {}  # by version: two versions may differ in one number
    passages: list[Passage] = []
    for hit in (*leading, *(hit for hit in ranked if hit not in leading)):
        chunk_id, version_id = hit
        if len(passages) == count:
            break
        if chunk_id in shown_chunks and hit not in leading:
            continue
        page_id, ordinal, section, anchor, path, page_title, url, license_name, attribution, title, headings, text = connection.execute(
            _PASSAGE, (chunk_id, version_id)
        ).fetchone()
        if shown_sections[page_id, section] == most and hit not in leading:
            continue
        kept = [(ordinal, chunk_id, text)]
        if context_words:
            kept = _with_neighbours(connection, page_id, section, ordinal, context_words, shown_chunks)
            text = "\n\n".join(row[2] for row in kept)
        words = frozenset(text.lower().split())
        said = shown_words.setdefault(version_id, [])
        if any(len(words & other) > _SAME_TEXT * len(words | other) for other in said):
            continue
        shown_chunks.update(row[1] for row in kept)
        said.append(words)
        shown_sections[page_id, section] += 1
        version, match = versions[version_id]
        passages.append(
            Passage(
                key=(version.product, version.version, path, kept[0][0]),
                kind=version.kind,
                product=version.product,
                match=match,
                title=page_title or title,
                headings=headings,
                path=path,
                anchor=anchor,
                url=url,
                license=license_name,
                attribution=attribution,
                text=text,
                score=round(scores[hit], 6),
            )
        )
    return passages


def _with_neighbours(connection: sqlite3.Connection, page_id: int, section: int, ordinal: int, budget: int, shown: set[int]) -> list[tuple[int, int, str]]:
    """(ordinal, chunk id, text) of a chunk and of its neighbours in the section that are not shown yet."""
    neighbours = connection.execute(
        "SELECT ordinal, chunk_id, text FROM placement JOIN chunk ON chunk.id = chunk_id WHERE page_id = ? AND section = ? ORDER BY ordinal",
        (page_id, section),
    ).fetchall()
    found = next(position for position, row in enumerate(neighbours) if row[0] == ordinal)
    first, last = _window([len(row[2].split()) for row in neighbours], found, budget)
    return [row for row in neighbours[first : last + 1] if row[0] == ordinal or row[1] not in shown]


def _window(lengths: Sequence[int], found: int, budget: int) -> tuple[int, int]:
    """First and last position around ``found`` whose words fit into the budget; what follows is preferred to what precedes."""
    first = last = found
    words = lengths[found]
    while last + 1 < len(lengths) and words + lengths[last + 1] <= budget:
        last += 1
        words += lengths[last]
    while first > 0 and words + lengths[first - 1] <= budget:
        first -= 1
        words += lengths[first]
    return first, last
