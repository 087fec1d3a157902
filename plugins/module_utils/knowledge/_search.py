# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Search: the passages of the right versions for a question, dense and lexical results fused."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import collections
import dataclasses
import sqlite3
import time
import typing as t

from ..catalogue._entries import entries
from ..catalogue._release import read_release
from ..clients._vector_store import CollectionGoneError
from ._bm25 import Hit
from ._converted_pages import DOCS, HOUSE, QA
from ._passage_text import LEFT_OUT, Piece, join_pieces, procedure_starts
from ._product_versions import UNVERSIONED, VersionMatch, choose_version, within
from ._ranking import Ranking, rank
from .questions._search_text import words_of

if t.TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from ..clients._embedding import Embedder
    from ._index import IndexedVersion, KnowledgeIndex

_REFILLING = "The vector store has lost a part of the knowledge base, which is being filled in again."
_REPLACED = "The knowledge base was replaced again and again during this search."
_ATTEMPTS = 3  # when indexing replaces a version in the middle of a search
_PASSAGE = """
SELECT page_id, ordinal, section, anchor, path, page.title, url, license, attribution, chunk.title, headings, text
FROM placement JOIN page ON page.id = page_id JOIN chunk ON chunk.id = chunk_id
WHERE chunk_id = ? AND placement.version_id = ? ORDER BY page_id, ordinal LIMIT 1"""
_SECTION = """
SELECT ordinal, text, joint FROM placement
JOIN chunk ON chunk.id = chunk_id JOIN page ON page.id = page_id JOIN version ON version.id = page.version_id
WHERE kind = ? AND product = ? AND version = ? AND path = ? AND section = ? ORDER BY ordinal"""
_BRIDGED_WORDS = 80
_MOST_OF_A_SECTION = 4
_SAME_TEXT = 0.8  # share of words in common from which two passages say the same
_CONTAINED = 0.9  # share of the shorter passage's words from which the longer one says it too
_LEAST_CONTAINED = 10  # words; shorter passages share theirs with others by chance
_WHOLE = 1.5  # times the budget that a section may have to be shown as a whole
_WHOLE_PROCEDURE = 3  # times the budget that a procedure may have to be shown as a whole
_PROCEDURE_WORDS = 450  # of a procedure, from its first step on, that a model reads


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
    """A piece of one section, with what it takes to cite it. ``key`` orders passages the same way for every question, ``section`` is its section's."""

    key: tuple[str, str, str, int]
    section: tuple[str, str, str, int]
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
    """Passages best first; ``matches`` says for each target product which versions served it; ``refused`` names what strict_version shut out.

    ``words_only`` says why meaning was left out of the search, if it was.
    """

    passages: list[Passage]
    matches: list[tuple[str, VersionMatch]]
    refused: list[tuple[str, VersionMatch]]
    undocumented: list[Target]
    embed_ms: float
    search_ms: float
    words_only: str = ""


def existing_targets(known: Sequence[IndexedVersion], targets: Sequence[Target], infrastructure: Mapping[str, t.Any]) -> list[Target]:
    """Leave out bare numbers of the question that are no release of their product, as in "kafka, 8 or 11": nothing in the catalogue, the index or
    the described infrastructure is called so. One that is all there is of its product counts only where releases are called by bare numbers."""
    deployed = {(product["name"], version) for product in infrastructure.get("products", ()) for version in product["versions"]}
    deployed |= {(item["product"], item["version"]) for host in infrastructure.get("hosts", ()) for item in host.get("software", ())}
    kept = []
    for target in targets:
        number = target.version if target.named and target.version is not None and target.version.isdigit() else None
        if number is not None and (target.product, number) not in deployed and not _is_major(int(number), target.product, known):
            if any(other.product == target.product and other != target for other in targets):
                continue
            if target.product not in entries().major_releases:
                target = dataclasses.replace(target, version=None)
        kept.append(target)
    return kept


def _is_major(number: int, product: str, known: Sequence[IndexedVersion]) -> bool:
    releases = [read_release(entry.version, product) for entry in known if entry.kind == DOCS and entry.product == product]
    majors = {release.numbers[0] for release in releases if release is not None}
    return not releases or number in majors or number in entries().codenames.get(product, {}).values()


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
        for kind in (DOCS, HOUSE, QA):
            available = {entry.version: entry for entry in known if entry.kind == kind and entry.product == target.product}
            for_all = available.pop(UNVERSIONED, None) if kind != DOCS else None
            if for_all is not None:
                chosen.setdefault(for_all.id, (for_all, VersionMatch(target.version, UNVERSIONED, UNVERSIONED)))
            match = choose_version(target.version, available, target.product)
            if match is not None and within(strictness, match.match):
                chosen.setdefault(available[match.served_version].id, (available[match.served_version], match))
                if kind == DOCS or (kind == HOUSE and not served):
                    matches[target.product, match] = None
            elif match is not None and kind != QA:
                refused.append((target.product, match))
            served = served or (kind != QA and (match is not None or for_all is not None))
        if not served:
            undocumented.append(target)
    for entry in known:
        if entry.kind == HOUSE and not entry.product:
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
    index.collections.watch()
    why = _REPLACED
    for _attempt in range(_ATTEMPTS):
        try:
            with index.snapshot():
                return _search(index, question, targets, embedder, strictness, count, context_words, ranking)
        except CollectionGoneError as exc:
            if index.collections.missing(str(exc)):
                # The vector store has lost it. Filling it again may take a while.
                index.collections.restore_soon()
                why = _REFILLING
                break
    # The words are here in any case.
    by_words = dataclasses.replace(ranking or Ranking(), dense_weight=0.0)
    with index.snapshot():
        found = _search(index, question, targets, embedder, strictness, count, context_words, by_words)
    return dataclasses.replace(found, words_only=why)


def gather_sections(index: KnowledgeIndex, passages: Sequence[Passage]) -> list[Passage]:
    """Put the passages of one section together, in the rank of the best of them, so that its heading is read once.

    Between two of them a short piece that was not found is added: without it a procedure would lack a step.
    """
    of_section: dict[tuple[str, tuple[str, str, str, int]], list[Passage]] = {}
    for passage in passages:
        of_section.setdefault((passage.kind, passage.section), []).append(passage)
    gathered = []
    for (kind, section), found in of_section.items():
        pieces = [Piece(*row) for row in index.connection.execute(_SECTION, (kind, *section))]
        kept, is_cut = _bridged(pieces, {passage.key[3] for passage in found})
        if len(found) == len(kept) == 1:
            gathered.append(found[0])
            continue
        text = join_pieces(kept)
        gathered.append(dataclasses.replace(found[0], key=(*found[0].key[:3], kept[0].ordinal), text=f"{text}\n\n{LEFT_OUT}" if is_cut else text))
    return gathered


def _bridged(pieces: Sequence[Piece], found: Collection[int]) -> tuple[list[Piece], bool]:
    """The pieces that were found, those of a procedure from its first step on, and what stands between two as long as that is short.

    Of a procedure with too many words before what was found only the beginning is kept; then the second value is true.
    """
    starts = procedure_starts(pieces)
    wanted: set[int] = set()
    is_cut = False
    for position, piece in enumerate(pieces):
        if piece.ordinal in found:
            steps = range(starts[position], position + 1)
            fitting = _fitting(pieces, steps, _PROCEDURE_WORDS) if len(steps) > 1 else list(steps)
            is_cut = is_cut or len(fitting) < len(steps)
            wanted.update(fitting)
    kept: list[Piece] = []
    between: list[Piece] = []
    for position, piece in enumerate(pieces):
        if position not in wanted:
            between.append(piece)
            continue
        if kept and sum(len(skipped.text.split()) for skipped in between) <= _BRIDGED_WORDS:
            kept.extend(between)
        kept.append(piece)
        between = []
    return kept, is_cut


def _fitting(pieces: Sequence[Piece], positions: Sequence[int], words: int) -> list[int]:
    """The first of the positions whose pieces have together no more than so many words; at least one."""
    fitting: list[int] = []
    for position in positions:
        words -= len(pieces[position].text.split())
        if fitting and words < 0:
            break
        fitting.append(position)
    return fitting


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
    return SearchResult(passages, matches, refused, undocumented, ranked.embed_ms, (time.monotonic() - started) * 1000 - ranked.embed_ms, ranked.words_only)


def _best_of_each_version(ranked: Sequence[Hit], versions: dict[int, tuple[IndexedVersion, VersionMatch]], named: set[str], count: int) -> list[Hit]:
    """Where a product that the question names is served by several versions, the best hit of each of them, so that none is passed over in silence."""
    serving: dict[str, list[int]] = {}
    for version, _match in versions.values():
        if version.kind == DOCS and version.product in named:
            serving.setdefault(version.product, []).append(version.id)
    wanted = [version_id for ids in serving.values() if 1 < len(ids) <= count for version_id in ids]
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
        shown, first = {chunk_id}, ordinal
        if context_words:
            shown, first, text = _with_neighbours(connection, page_id, section, ordinal, context_words, shown_chunks)
        words = frozenset(text.lower().split())
        said = shown_words.setdefault(version_id, [])
        if any(_same(words, others) for others in said):
            continue
        shown_chunks.update(shown)
        said.append(words)
        shown_sections[page_id, section] += 1
        version, match = versions[version_id]
        passages.append(
            Passage(
                key=(version.product, version.version, path, first),
                section=(version.product, version.version, path, section),
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


def _same(words: frozenset[str], others: frozenset[str]) -> bool:
    """Whether two passages of these words say the same, or one of them a part of what the other one says."""
    common = len(words & others)
    shorter = min(len(words), len(others))
    contained = shorter >= _LEAST_CONTAINED and common >= _CONTAINED * shorter
    return contained or common > _SAME_TEXT * (len(words) + len(others) - common)


def _with_neighbours(connection: sqlite3.Connection, page_id: int, section: int, ordinal: int, budget: int, shown: set[int]) -> tuple[set[int], int, str]:
    """The chunk with as much of its section as ``budget`` words hold: ids, first ordinal, and the text, in which what is left out is marked.

    What is shown already is left out, unless it is the chunk itself or a step of its procedure.
    """
    rows = connection.execute(
        "SELECT chunk_id, ordinal, text, joint FROM placement JOIN chunk ON chunk.id = chunk_id WHERE page_id = ? AND section = ? ORDER BY ordinal",
        (page_id, section),
    ).fetchall()
    pieces = [Piece(*facts) for _chunk_id, *facts in rows]
    found = next(position for position, piece in enumerate(pieces) if piece.ordinal == ordinal)
    starts = procedure_starts(pieces)
    first, last = _window([len(piece.text.split()) for piece in pieces], found, budget, starts)
    in_procedure = any(starts[position] != position for position in range(first, last + 1))
    kept = [position for position in range(first, last + 1) if position == found or in_procedure or rows[position][0] not in shown]
    text = join_pieces([pieces[position] for position in kept])
    if first > 0:
        text = f"{LEFT_OUT}\n\n{text}"
    if last + 1 < len(pieces):
        text = f"{text}\n\n{LEFT_OUT}"
    return {rows[position][0] for position in kept}, pieces[kept[0]].ordinal, text


def _window(lengths: Sequence[int], found: int, budget: int, starts: Sequence[int]) -> tuple[int, int]:
    """First and last position around ``found`` whose words fit into the budget; ``starts`` are those of procedures.

    A section that is little longer is whole, and where the beginning is near it is there: half a procedure is worse than none.
    A procedure is there from its first step on, to its last one where that is not very far; else as much of it as fits.
    """
    if sum(lengths) <= _WHOLE * budget:
        return 0, len(lengths) - 1
    start = starts[found]
    last = max(position for position in range(found, len(lengths)) if position == found or starts[position] == start)
    if last > start and sum(lengths[start : last + 1]) <= _WHOLE_PROCEDURE * budget:
        first = start
    elif sum(lengths[: found + 1]) <= budget:
        first, last = 0, found
    else:
        first, last = start, start
    words = sum(lengths[first : last + 1])
    while last + 1 < len(lengths) and words + lengths[last + 1] <= budget:
        last += 1
        words += lengths[last]
    for before in range(first - 1, -1, -1):
        words += lengths[before]
        if words > budget:
            break
        # Nor does what is added in front begin in the middle of a procedure.
        first = before if starts[before] == before else first
    return first, last
