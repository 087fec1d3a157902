# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to the collection: names here may change in any release.
"""Which chunks of some documentation versions are about a question: meaning and words, weighed together."""

from __future__ import annotations

import dataclasses
import difflib
import math
import time
import typing as t

from .._errors import ServiceError
from .questions._language import language_of
from .questions._search_text import Alternative, Reading, SearchText, search_text
from .questions._sounds import cyrillic_key

if t.TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    import numpy

    from ..clients._embedding import Embedder
    from ._index import IndexedVersion, KnowledgeIndex

_CANDIDATES = 200  # of each search; the last one's similarity is the zero of the scale
_BEST_OF_PAGE = 3  # chunks whose mean tells how much a page is about the question
_MIN_SIMILARITY = 0.25  # below which all-MiniLM-L6-v2 calls anything similar
_FIELD_WEIGHTS = "3.0, 2.0, 1.0"  # bm25 of title, headings, text
_MOST_LOOKUPS = 400  # of one question; SQLite joins up to 500 queries
_SOUNDING = 2  # words of the documentation that an unknown Cyrillic word may stand for
_SOUNDING_LIKENESS = 0.6
_PLAIN = dict(
    zip("абвгдеёжзийклмнопрстуфхцчшщыэюя", "a b v g d e e zh z i y k l m n o p r s t u f h ts ch sh sh y e u ya".split(), strict=True)
) | dict.fromkeys("ъь", "")

Hit = tuple[int, int]  # ids of a chunk and of the version that it is found in


@dataclasses.dataclass(frozen=True)
class Ranking:
    """What a search weighs; only measurements and primers change it. ``dense_weight`` 1 is the dense search alone, 0 the lexical one."""

    dense_weight: float = 0.5
    page_weight: float = 0.1
    kind_weights: Mapping[str, float] = dataclasses.field(default_factory=lambda: {"docs": 1.0, "house": 1.1, "qa": 0.9})
    reading: Reading = dataclasses.field(default_factory=Reading)


@dataclasses.dataclass(frozen=True)
class Ranked:
    """Scores of the hits that are about the question, and the milliseconds that embedding it took.

    ``words_only`` says why meaning was left out: a service was away.
    """

    scores: dict[Hit, float]
    embed_ms: float
    words_only: str = ""


def rank(
    index: KnowledgeIndex,
    question: str,
    versions: Sequence[IndexedVersion],
    *,
    embedder: Callable[[], Embedder],
    ignore: Collection[str] = (),
    ranking: Ranking | None = None,
) -> Ranked:
    """Score the chunks of ``versions`` for the question; words to ``ignore`` say nothing here.

    Without embedder or vector store the words alone decide. Raises CollectionGoneError, and ServiceError where only meaning was to count.
    """
    ranking = ranking or Ranking()
    text = search_text(question, _Sounding(index, versions), ignore=ignore, reading=ranking.reading)
    started = time.monotonic()
    embed_ms = 0.0
    similar: dict[Hit, float] = {}
    words_only = ""
    if ranking.dense_weight:
        try:
            vector = _embed(question, text, embedder())
            embed_ms = (time.monotonic() - started) * 1000
            similar = _dense(index, versions, vector)
        except ServiceError as exc:
            if ranking.dense_weight == 1:
                raise
            words_only = exc.message
    worded = _lexical(index, versions, text) if ranking.dense_weight < 1 else {}
    scores = _fuse(similar, worded, ranking.dense_weight)
    _favour_pages(index, scores, ranking.page_weight)
    kinds = {version.id: ranking.kind_weights.get(version.kind, 1.0) for version in versions}
    about = {hit: score * kinds[hit[1]] for hit, score in scores.items() if similar.get(hit, 0.0) >= _MIN_SIMILARITY or hit in worded}
    return Ranked(about, embed_ms, words_only)


class _Sounding:
    """Names the words of some versions that sound like a Cyrillic one, most alike and most frequent first."""

    def __init__(self, index: KnowledgeIndex, versions: Sequence[IndexedVersion]) -> None:
        self._index = index
        self._version_ids = [version.id for version in versions]

    def __call__(self, word: str) -> list[str]:
        sound = cyrillic_key(word)
        if sound is None:
            return []
        plain = "".join(_PLAIN.get(letter, letter) for letter in word)
        found = []
        for other, chunks in self._index.similar_sounding(self._version_ids, sound).items():
            likeness = difflib.SequenceMatcher(None, plain, other).ratio()
            if likeness >= _SOUNDING_LIKENESS:
                found.append((likeness, chunks, other))
        return [other for _likeness, _chunks, other in sorted(found, reverse=True)[:_SOUNDING]]


def _embed(question: str, text: SearchText, embedder: Embedder) -> numpy.ndarray[t.Any, t.Any]:
    """The mean of the vectors of what the question may say in English, or the question's own for a model that knows its language."""
    import numpy

    sentences = (question,) if embedder.multilingual and language_of(question) != "en" else text.sentences
    mean = embedder.embed_queries(sentences).mean(axis=0)
    return t.cast("numpy.ndarray[t.Any, t.Any]", mean / (numpy.linalg.norm(mean) or 1.0))


def _dense(index: KnowledgeIndex, versions: Iterable[IndexedVersion], vector: numpy.ndarray[t.Any, t.Any]) -> dict[Hit, float]:
    nearest = [(similarity, number, version.id) for version in versions for number, similarity in index.store.nearest(version.collection, vector, _CANDIDATES)]
    return {(number, version_id): similarity for similarity, number, version_id in sorted(nearest, reverse=True)[:_CANDIDATES]}


def _lexical(index: KnowledgeIndex, versions: Sequence[IndexedVersion], text: SearchText) -> dict[Hit, float]:
    """BM25 summed over the terms; of a term's alternatives the best counts, so that many synonyms weigh no more than one word.

    How rare a word is, is told by all that is searched: FTS5 alone would find nothing rare in a table of three runbooks.
    """
    wanted = [(number, _match(alternative), alternative.weight) for number, term in enumerate(text.terms) for alternative in term][:_MOST_LOOKUPS]
    counts = {version.id: _counts(index, version, [expression for _number, expression, _weight in wanted]) for version in versions}
    chunks = sum(version.chunks for version in versions)
    rarity = []
    for at in range(len(wanted)):
        having = sum(counts[version.id][at] for version in versions)
        rarity.append(math.log(1 + (chunks - having + 0.5) / (having + 0.5)))
    found: list[tuple[float, int, int]] = []
    for version in versions:
        table = version.words_table
        # SQLite computes bm25() only in a query that it does not merge with the one around it, which LIMIT forbids.
        one = (
            f"SELECT * FROM (SELECT rowid AS id, ? AS term, ? * bm25({table}, {_FIELD_WEIGHTS}) AS score "  # noqa: S608 - the name is a number
            f"FROM {table} WHERE {table} MATCH ? LIMIT -1)"
        )
        values: list[t.Any] = []
        for at, (number, expression, weight) in enumerate(wanted):
            having = counts[version.id][at]
            if having:
                values.extend((number, weight * rarity[at] / _fts5_rarity(version.chunks, having), expression))
        if not values:
            continue
        rows = index.connection.execute(
            f"SELECT id, sum(best) AS total FROM (SELECT id, min(score) AS best FROM ({' UNION ALL '.join([one] * (len(values) // 3))}) "  # noqa: S608
            f"GROUP BY id, term) GROUP BY id ORDER BY total, id LIMIT {_CANDIDATES}",
            values,
        )
        found.extend((-total, number, version.id) for number, total in rows)
    return {(number, version_id): score for score, number, version_id in sorted(found, reverse=True)[:_CANDIDATES]}


def _counts(index: KnowledgeIndex, version: IndexedVersion, expressions: Sequence[str]) -> list[int]:
    """How many chunks of a version match each expression."""
    table = version.words_table
    columns = ", ".join([f"(SELECT count(*) FROM {table} WHERE {table} MATCH ?)"] * len(expressions))  # noqa: S608 - the name is a number
    return list(index.connection.execute(f"SELECT {columns}", expressions).fetchone()) if expressions else []


def _fts5_rarity(chunks: int, having: int) -> float:
    """The inverse document frequency that FTS5's bm25() has multiplied with (its source: fts5_aux.c)."""
    return max(math.log((chunks - having + 0.5) / (having + 0.5)), 0.0) or 1e-6


def _match(alternative: Alternative) -> str:
    """An FTS5 expression. Russian words of Russian runbooks are matched by their beginning: FTS5's stemmer knows English only."""
    phrase = alternative.phrase
    return f'"{phrase}"' if phrase.isascii() else f'"{phrase[: max(4, len(phrase) - 2)]}" *'


def _fuse(similar: dict[Hit, float], worded: dict[Hit, float], dense_weight: float) -> dict[Hit, float]:
    """A convex combination of both scores, each scaled to 0..1 over its candidates (Bruch, Gai and Ingber 2023)."""
    lowest = min(similar.values(), default=0.0)
    spread = (max(similar.values(), default=0.0) - lowest) or 1.0
    highest = max(worded.values(), default=0.0) or 1.0
    return {
        hit: dense_weight * (similar[hit] - lowest if hit in similar else 0.0) / spread + (1 - dense_weight) * worded.get(hit, 0.0) / highest
        for hit in similar.keys() | worded.keys()
    }


def _favour_pages(index: KnowledgeIndex, scores: dict[Hit, float], weight: float) -> None:
    """Raise the chunks of pages that are about the question as a whole."""
    if not weight or not scores:
        return
    pages: dict[Hit, int] = {}
    for version_id in {hit[1] for hit in scores}:
        chunk_ids = [hit[0] for hit in scores if hit[1] == version_id]
        marks = ", ".join("?" * len(chunk_ids))
        rows = index.connection.execute(
            f"SELECT chunk_id, min(page_id) FROM placement WHERE version_id = ? AND chunk_id IN ({marks}) GROUP BY chunk_id",  # noqa: S608 - only marks
            (version_id, *chunk_ids),
        )
        pages.update(((chunk_id, version_id), page_id) for chunk_id, page_id in rows)
    of_page: dict[int, list[float]] = {}
    for hit, page_id in pages.items():
        of_page.setdefault(page_id, []).append(scores[hit])
    means = {page_id: sum(best := sorted(values, reverse=True)[:_BEST_OF_PAGE]) / len(best) for page_id, values in of_page.items()}
    for hit, page_id in pages.items():
        scores[hit] += weight * means[page_id]
