# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to the collection: names here may change in any release.
"""Search: the passages of the right versions for a question, dense and lexical results fused."""

from __future__ import annotations

import contextlib
import dataclasses
import re
import sqlite3
import time
import typing as t

from .._errors import DataError
from ..clients._vector_store import CollectionGoneError
from ._language import search_text
from ._product_versions import UNVERSIONED, VersionMatch, choose_version, within

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ..clients._embedding import Embedder
    from ._index import IndexedVersion, KnowledgeIndex

_ATTEMPTS = 3  # when indexing replaces a version in the middle of a search
_CANDIDATES = 60  # per search; beyond that rank the fused score no longer changes what is shown
_RRF_K = 60  # Cormack, Clarke and Büttcher 2009
_LEXICAL_WEIGHT = 1.0
_LEXICAL_WEIGHT_WITH_IDENTIFIER = 1.5
_MIN_SIMILARITY = 0.25  # cosine below which all-MiniLM-L6-v2 calls anything similar
_SECTION_WORDS = 180  # of a section shown around the chunk that was found
_PASSAGES_PER_PAGE = 3
_FIELD_WEIGHTS = "3.0, 2.0, 1.0"  # bm25 of title, headings, text

_STOP_WORDS = frozenset(
    "a an and any are as at be been but by can could do does doing for from get got had has have how i if in into is it its just me my not of on or our "
    "should so than that the their them then there these they this to was we were what when where which while who why will with would you your".split()
)


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
    """For each target the one documentation version and the one version of house runbooks that serve it, and all runbooks without version;
    then how each target's product is served, what strictness refused and what has no documentation."""
    chosen: dict[int, tuple[IndexedVersion, VersionMatch]] = {}
    matches: dict[tuple[str, VersionMatch], None] = {}
    refused: list[tuple[str, VersionMatch]] = []
    undocumented: list[Target] = []
    for target in targets:
        served = False
        for kind in ("docs", "house"):
            available = {entry.version: entry for entry in known if entry.kind == kind and entry.product == target.product}
            runbooks = available.pop(UNVERSIONED, None) if kind == "house" else None
            if runbooks is not None:
                chosen.setdefault(runbooks.id, (runbooks, VersionMatch(target.version, UNVERSIONED, UNVERSIONED)))
            match = choose_version(target.version, available, target.product)
            if match is not None and within(strictness, match.match):
                chosen.setdefault(available[match.served_version].id, (available[match.served_version], match))
                if kind == "docs" or not served:
                    matches[target.product, match] = None
            elif match is not None:
                refused.append((target.product, match))
            served = served or match is not None or runbooks is not None
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
    count: int = 8,
) -> SearchResult:
    """The best ``count`` passages for the question, only from the versions that serve the targets and from house runbooks."""
    for _attempt in range(_ATTEMPTS):
        with contextlib.suppress(CollectionGoneError), index.snapshot():
            return _search(index, question, targets, embedder, strictness, count)
    raise DataError("The knowledge base was replaced again and again during this search; ask again when indexing has ended.")


def _search(index: KnowledgeIndex, question: str, targets: Sequence[Target], embedder: Callable[[], Embedder], strictness: str, count: int) -> SearchResult:
    versions, matches, refused, undocumented = resolve_versions(index.versions(), targets, strictness)
    if not versions:
        return SearchResult([], matches, refused, undocumented, 0.0, 0.0)
    text = search_text(question)
    started = time.monotonic()
    vector = embedder().embed([text.dense or question])[0]
    embedded = time.monotonic()
    scores: dict[tuple[int, int], float] = {}  # (chunk, version) -> fused score
    relevant: set[tuple[int, int]] = set()

    nearest: list[tuple[float, int, int]] = []
    for version, _match in versions:
        nearest.extend((similarity, number, version.id) for number, similarity in index.store.nearest(version.collection, vector, _CANDIDATES))
    for rank, (similarity, number, version_id) in enumerate(sorted(nearest, reverse=True)[:_CANDIDATES], start=1):
        scores[number, version_id] = 1.0 / (_RRF_K + rank)
        if similarity >= _MIN_SIMILARITY:
            relevant.add((number, version_id))

    expression, has_identifier = _match_expression(text.terms, ignore={part for target in targets for part in _words(target.product)})
    weight = _LEXICAL_WEIGHT_WITH_IDENTIFIER if has_identifier else _LEXICAL_WEIGHT
    for rank, hit in enumerate(_lexical(index.connection, expression, [version.id for version, _match in versions]), start=1):
        scores[hit] = scores.get(hit, 0.0) + weight / (_RRF_K + rank)
        relevant.add(hit)

    ranked = sorted((hit for hit in scores if hit in relevant), key=lambda hit: (-scores[hit], hit))
    by_id = {version.id: (version, match) for version, match in versions}
    leading = _best_of_each_version(ranked, by_id, {target.product for target in targets if target.named}, count)
    passages = _passages(index.connection, leading, ranked, scores, by_id, count)
    return SearchResult(passages, matches, refused, undocumented, (embedded - started) * 1000, (time.monotonic() - embedded) * 1000)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower().replace("_", " "))


def _match_expression(terms: Iterable[str], ignore: set[str]) -> tuple[str, bool]:
    """An FTS5 expression: any of the words, and identifiers also as a phrase, which finds them whole. Says whether there was an identifier."""
    parts: dict[str, None] = {}
    has_identifier = False
    for term in terms:
        words = _words(term)
        joined = re.search(r"\w[_.:/-]\w|^--?\w|[A-Z][A-Z_]{2,}", term) is not None
        if joined and len(words) > 1:
            parts[f'"{" ".join(words)}"'] = None
        has_identifier = has_identifier or (joined and not term.isalpha())
        for word in words:
            if word in _STOP_WORDS or word in ignore or (len(word) < 2 and not word.isdigit()):
                continue
            # Russian words of Russian runbooks are matched by their beginning; FTS5's stemmer knows English only.
            parts[f'"{word}"' if word.isascii() else f'"{word[: max(4, len(word) - 2)]}" *'] = None
    return " OR ".join(parts), has_identifier


def _lexical(connection: sqlite3.Connection, expression: str, version_ids: Sequence[int]) -> list[tuple[int, int]]:
    if not expression:
        return []
    marks = ", ".join("?" * len(version_ids))
    # The plus keeps SQLite from asking the full-text index once for every rowid, which takes a hundred times longer.
    rows = connection.execute(
        "SELECT DISTINCT hit.id, placement.version_id FROM ("  # noqa: S608 - only marks and constants are filled in
        f"SELECT rowid AS id, bm25(chunk_text, {_FIELD_WEIGHTS}) AS score FROM chunk_text WHERE chunk_text MATCH ? "
        f"AND +rowid IN (SELECT chunk_id FROM placement WHERE version_id IN ({marks})) ORDER BY score LIMIT {_CANDIDATES}"
        f") AS hit JOIN placement ON placement.chunk_id = hit.id WHERE placement.version_id IN ({marks}) ORDER BY hit.score, hit.id, placement.version_id",
        (expression, *version_ids, *version_ids),
    )
    return [(row[0], row[1]) for row in rows]


def _best_of_each_version(
    ranked: Sequence[tuple[int, int]], versions: dict[int, tuple[IndexedVersion, VersionMatch]], named: set[str], count: int
) -> list[tuple[int, int]]:
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
    leading: Sequence[tuple[int, int]],
    ranked: Sequence[tuple[int, int]],
    scores: dict[tuple[int, int], float],
    versions: dict[int, tuple[IndexedVersion, VersionMatch]],
    count: int,
) -> list[Passage]:
    """Turn ranked chunks, the ``leading`` ones first, into passages: each with its neighbours of the section, few of one page.

    Only the leading ones may repeat a text, in another version.
    """
    shown_chunks: set[int] = set()
    per_page: dict[int, int] = {}
    passages: list[Passage] = []
    for hit in (*leading, *(hit for hit in ranked if hit not in leading)):
        chunk_id, version_id = hit
        if len(passages) == count:
            break
        if chunk_id in shown_chunks and hit not in leading:
            continue
        page_id, ordinal, section, anchor = connection.execute(
            "SELECT page_id, ordinal, section, anchor FROM placement WHERE chunk_id = ? AND version_id = ? ORDER BY page_id, ordinal LIMIT 1",
            (chunk_id, version_id),
        ).fetchone()
        if per_page.get(page_id, 0) == _PASSAGES_PER_PAGE:
            continue
        per_page[page_id] = per_page.get(page_id, 0) + 1
        neighbours = connection.execute(
            "SELECT ordinal, chunk_id, text FROM placement JOIN chunk ON chunk.id = chunk_id WHERE page_id = ? AND section = ? ORDER BY ordinal",
            (page_id, section),
        ).fetchall()
        found = next(position for position, row in enumerate(neighbours) if row[0] == ordinal)
        first, last = _window([len(row[2].split()) for row in neighbours], found)
        kept = [row for row in neighbours[first : last + 1] if row[1] == chunk_id or row[1] not in shown_chunks]
        shown_chunks.update(row[1] for row in kept)
        path, page_title, url, license_name, attribution = connection.execute(
            "SELECT path, title, url, license, attribution FROM page WHERE id = ?", (page_id,)
        ).fetchone()
        title, headings = connection.execute("SELECT title, headings FROM chunk WHERE id = ?", (chunk_id,)).fetchone()
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
                text="\n\n".join(row[2] for row in kept),
                score=round(scores[chunk_id, version_id], 6),
            )
        )
    return passages


def _window(lengths: Sequence[int], found: int) -> tuple[int, int]:
    """First and last position around ``found`` whose words fit into the budget; what follows is preferred to what precedes."""
    first = last = found
    words = lengths[found]
    while last + 1 < len(lengths) and words + lengths[last + 1] <= _SECTION_WORDS:
        last += 1
        words += lengths[last]
    while first > 0 and words + lengths[first - 1] <= _SECTION_WORDS:
        first -= 1
        words += lengths[first]
    return first, last
