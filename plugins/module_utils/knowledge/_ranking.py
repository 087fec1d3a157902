# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which chunks of some documentation versions are about a question: meaning and words, weighed together."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import concurrent.futures
import dataclasses
import difflib
import time
import typing as t

from .._errors import ServiceError
from ._bm25 import Hit
from ._converted_pages import DOCS, HOUSE, QA
from .questions._language import language_of
from .questions._search_text import Reading, SearchText, search_text
from .questions._sounds import cyrillic_key

if t.TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    import numpy

    from ..clients._embedding import Embedder
    from ._index import IndexedVersion, KnowledgeIndex

_CANDIDATES = 200  # of each search; the last one's similarity is the zero of the scale
_BEST_OF_PAGE = 3  # chunks whose mean tells how much a page is about the question
_MIN_SIMILARITY = 0.25  # below which all-MiniLM-L6-v2 calls anything similar
_SOUNDING = 2  # words of the documentation that an unknown Cyrillic word may stand for
_SOUNDING_LIKENESS = 0.6
_PLAIN = dict(
    zip("абвгдеёжзийклмнопрстуфхцчшщыэюя", "a b v g d e e zh z i y k l m n o p r s t u f h ts ch sh sh y e u ya".split(), strict=True)
) | dict.fromkeys("ъь", "")


@dataclasses.dataclass(frozen=True)
class Ranking:
    """What a search weighs; only measurements change it. ``dense_weight`` 1 is the dense search alone, 0 the lexical one."""

    dense_weight: float = 0.5
    page_weight: float = 0.1
    kind_weights: Mapping[str, float] = dataclasses.field(default_factory=lambda: {DOCS: 1.0, HOUSE: 1.1, QA: 0.9})
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
    import numpy  # noqa: F401 - before a thread that may load a model imports it, too

    ranking = ranking or Ranking()
    text = search_text(question, _Sounding(index, versions), ignore=ignore, reading=ranking.reading)
    with concurrent.futures.ThreadPoolExecutor(1) as beside:  # the words are looked up while a server embeds
        meaning = beside.submit(_by_meaning, index, question, text, versions, embedder) if ranking.dense_weight else None
        worded = index.words.best(versions, text.terms, _CANDIDATES) if ranking.dense_weight < 1 else {}
    similar: dict[Hit, float] = {}
    embed_ms = 0.0
    words_only = ""
    if meaning:
        try:
            similar, embed_ms = meaning.result()
        except ServiceError as exc:
            if ranking.dense_weight == 1:
                raise
            words_only = exc.message
    scores = _fuse(similar, worded, ranking.dense_weight)
    _favour_pages(index, versions, scores, ranking.page_weight)
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


def _by_meaning(
    index: KnowledgeIndex, question: str, text: SearchText, versions: Sequence[IndexedVersion], embedder: Callable[[], Embedder]
) -> tuple[dict[Hit, float], float]:
    """The nearest chunks with their similarities, and the milliseconds that embedding the question took."""
    started = time.monotonic()
    vector = _embed(question, text, embedder())
    embed_ms = (time.monotonic() - started) * 1000
    return _dense(index, versions, vector), embed_ms


def _embed(question: str, text: SearchText, embedder: Embedder) -> numpy.ndarray[t.Any, t.Any]:
    """The mean of the vectors of what the question may say in English, or the question's own for a model that knows its language."""
    import numpy

    sentences = (question,) if embedder.multilingual and language_of(question) != "en" else text.sentences
    mean = embedder.embed_queries(sentences).mean(axis=0)
    return t.cast("numpy.ndarray[t.Any, t.Any]", mean / (numpy.linalg.norm(mean) or 1.0))


def _dense(index: KnowledgeIndex, versions: Iterable[IndexedVersion], vector: numpy.ndarray[t.Any, t.Any]) -> dict[Hit, float]:
    nearest = [(similarity, number, version.id) for version in versions for number, similarity in index.store.nearest(version.collection, vector, _CANDIDATES)]
    return {(number, version_id): similarity for similarity, number, version_id in sorted(nearest, reverse=True)[:_CANDIDATES]}


def _fuse(similar: dict[Hit, float], worded: dict[Hit, float], dense_weight: float) -> dict[Hit, float]:
    """A convex combination of both scores, each scaled to 0..1 over its candidates (Bruch, Gai and Ingber 2023)."""
    lowest = min(similar.values(), default=0.0)
    spread = (max(similar.values(), default=0.0) - lowest) or 1.0
    highest = max(worded.values(), default=0.0) or 1.0
    return {
        hit: dense_weight * (similar[hit] - lowest if hit in similar else 0.0) / spread + (1 - dense_weight) * worded.get(hit, 0.0) / highest
        for hit in similar.keys() | worded.keys()
    }


def _favour_pages(index: KnowledgeIndex, versions: Iterable[IndexedVersion], scores: dict[Hit, float], weight: float) -> None:
    """Raise the chunks of pages that are about the question as a whole."""
    if not weight:
        return
    of_page: dict[int, list[Hit]] = {}
    for version in versions:
        hits = [hit for hit in scores if hit[1] == version.id]
        for hit, page_id in zip(hits, index.pages(version, [chunk_id for chunk_id, _version_id in hits]), strict=True):
            of_page.setdefault(page_id, []).append(hit)
    for hits in of_page.values():
        best = sorted((scores[hit] for hit in hits), reverse=True)[:_BEST_OF_PAGE]
        gain = weight * sum(best) / len(best)
        for hit in hits:
            scores[hit] += gain
