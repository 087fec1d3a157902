# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which chunks have the words of a question, by BM25."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import math
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from ._database import Database, IndexedVersion
    from ._kept_arrays import KeptArrays, Pair
    from .questions._search_text import Alternative

_FIELD_WEIGHTS = "3.0, 2.0, 1.0"  # bm25 of title, headings, text
_MOST_LOOKUPS = 400  # of one question

Hit = tuple[int, int]  # ids of a chunk and of the version that it is found in


class Words:
    """Looks words up. What was found is kept: bm25() takes most of a search's time, and questions about one product share their common words."""

    def __init__(self, database: Database, kept: KeptArrays) -> None:
        self._database = database
        self._kept = kept

    def best(self, versions: Sequence[IndexedVersion], terms: Sequence[Sequence[Alternative]], count: int) -> dict[Hit, float]:
        """The ``count`` best chunks by BM25 summed over the terms; of a term's alternatives the best counts, so that many synonyms weigh no more than one word.

        How rare a word is, is told by all that is searched: FTS5 alone would find nothing rare in a table of three runbooks.
        """
        wanted = [(number, _match(alternative), alternative.weight) for number, term in enumerate(terms) for alternative in term][:_MOST_LOOKUPS]
        found = {expression: [self._look_up(version, expression) for version in versions] for _number, expression, _weight in wanted}
        chunks = sum(version.chunks for version in versions)
        rarity = {}
        for expression, of_versions in found.items():
            having = sum(len(ids) for ids, _scores in of_versions)
            rarity[expression] = math.log(1 + (chunks - having + 0.5) / (having + 0.5))
        best: list[tuple[float, int, int]] = []
        for at, version in enumerate(versions):
            scored: dict[int, list[Pair]] = {}
            for number, expression, weight in wanted:
                ids, frequency = found[expression][at]
                if len(ids):
                    scored.setdefault(number, []).append((ids, weight * rarity[expression] * frequency))
            best.extend((score, number, version.id) for number, score in _sum_of_best(scored.values(), count))
        return {(number, version_id): score for score, number, version_id in sorted(best, reverse=True)[:count]}

    def _look_up(self, version: IndexedVersion, expression: str) -> Pair:
        """Ids of the chunks of a version that match, in order, and how well each does: BM25 without the word's rarity."""
        return self._kept.get((version.collection, expression), lambda: self._read(version, expression))

    def _read(self, version: IndexedVersion, expression: str) -> Pair:
        import numpy

        table = version.words_table
        # One text is read faster than many rows. SQLite computes bm25() only in a query that it does not merge with the one around it, which LIMIT forbids.
        ids, scores = self._database.connection.execute(
            f"SELECT group_concat(id), group_concat(score) FROM (SELECT rowid AS id, bm25({table}, {_FIELD_WEIGHTS}) AS score "  # noqa: S608 - a number
            f"FROM {table} WHERE {table} MATCH ? LIMIT -1)",
            (expression,),
        ).fetchone()
        chunk_ids = numpy.fromstring(ids or "", numpy.int32, sep=",")
        frequency = numpy.fromstring(scores or "", sep=",") / -_fts5_rarity(version.chunks, len(chunk_ids))
        return chunk_ids, frequency.astype(numpy.float32)


def _sum_of_best(terms: Collection[Sequence[Pair]], count: int) -> Iterator[tuple[int, float]]:
    """The ids and scores of the ``count`` best; a term is (ids, scores) of each of its alternatives."""
    import numpy

    if not terms:
        return
    every = numpy.unique(numpy.concatenate([ids for term in terms for ids, _scores in term]))
    total = numpy.zeros(len(every))
    for term in terms:
        best = numpy.zeros(len(every))
        for ids, scores in term:
            at = numpy.searchsorted(every, ids)
            best[at] = numpy.maximum(best[at], scores)
        total += best
    leading = numpy.argsort(-total, kind="stable")[:count]
    yield from zip(every[leading].tolist(), total[leading].tolist(), strict=True)


def _fts5_rarity(chunks: int, having: int) -> float:
    """The inverse document frequency that FTS5's bm25() has multiplied with (its source: fts5_aux.c)."""
    return max(math.log((chunks - having + 0.5) / (having + 0.5)), 0.0) or 1e-6


def _match(alternative: Alternative) -> str:
    """An FTS5 expression. Russian words of Russian runbooks are matched by their beginning: FTS5's stemmer knows English only."""
    phrase = alternative.phrase
    return f'"{phrase}"' if phrase.isascii() else f'"{phrase[: max(4, len(phrase) - 2)]}" *'
