# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The primer of a documentation version: the passages that operators need most, which every prompt about that version begins with.

On a CPU nearly all of the time to the first word is the computation of the prompt. What all questions about a version have in common is
computed once, so the more of what they need stands there, the less is left to compute. docs/latency.md says what was measured.
"""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import collections
import contextlib
import dataclasses
import json
import os
import threading
import typing as t

from .._errors import ServiceError
from ..knowledge._ranking import Ranking
from ..knowledge._search import Target, gather_sections, search
from ._prompt import within_characters

if t.TYPE_CHECKING:
    import pathlib
    from collections.abc import Callable

    from ..clients._embedding import Embedder
    from ..knowledge._index import KnowledgeIndex
    from ..knowledge._product_versions import VersionMatch
    from ..knowledge._search import Passage

# What is asked about any software that runs on servers. Which passages answer it is for the search to find.
_OPERATORS_QUESTIONS = (
    "How do I check the health and status?",
    "How do I restart a node safely, one after the other?",
    "How do I take a node out for maintenance and bring it back?",
    "How do I replace a failed disk or node?",
    "How do I add a node and spread the load to it?",
    "How do I remove a node for good?",
    "How do I upgrade to a newer version?",
    "How do I back up and restore the data?",
    "It does not start; where are its logs and what do they say?",
    "Connections are refused or time out",
    "The disk is full; how long is data kept?",
    "It runs out of memory; how much does it need?",
    "It is slow; how do I tune its performance?",
    "A replica lags behind or is missing",
    "The leader or quorum is lost; how do I recover?",
    "How do I encrypt connections with TLS certificates?",
    "How do I set up authentication, users and permissions?",
    "Which configuration file and options matter most, and how are changes loaded?",
    "Which addresses and ports does it listen on?",
    "Which metrics and alerts should be watched?",
)
_PASSAGES_OF_A_QUESTION = 8
_RANK_OFFSET = 10  # so that being found for two questions weighs more than being first for one
_CHARACTERS = 8_800
_REMEMBERED = 8


@dataclasses.dataclass(frozen=True)
class Primer:
    """Passages in canonical order; ``chunks`` are the keys of what they are made of, with the position of the passage that holds them."""

    passages: list[Passage]
    chunks: dict[tuple[str, str, str, int], int]

    def served_as(self, match: VersionMatch) -> Primer:
        """The same passages as they serve another deployed version."""
        return dataclasses.replace(self, passages=[dataclasses.replace(passage, match=match) for passage in self.passages])


NONE = Primer([], {})


class Primers:
    """The primers of all versions of a knowledge base, each made when it is first needed, in about half a second.

    ``record`` is a file that keeps which versions were asked about lately.
    """

    def __init__(self, record: pathlib.Path | None = None) -> None:
        self._made: dict[tuple[int, str], Primer] = {}
        self._making = threading.Lock()
        self._noting = threading.Lock()
        self._record = record
        self._recent: list[tuple[str, str]] = []
        if record is not None:
            with contextlib.suppress(OSError, ValueError):
                self._recent = [(str(product), str(version)) for product, version in json.loads(record.read_text(encoding="utf-8"))]

    def recent(self) -> list[tuple[str, str]]:
        """Products and versions of the documentation that was asked about lately, the last one first."""
        return list(self._recent)

    def of_passage(self, index: KnowledgeIndex, embedder: Callable[[], Embedder], passage: Passage) -> Primer:
        """The primer of the version that ``passage`` is of; empty where that is no documentation, or a service that choosing it takes is away."""
        if passage.kind != "docs":
            return NONE
        product, version = passage.key[:2]
        self._note(product, version)
        try:
            return self.of_version(index, embedder, product, version).served_as(passage.match)
        except ServiceError:
            # A primer saves time and decides nothing: the model answers from what was found, and the next question tries again.
            return NONE

    def of_version(self, index: KnowledgeIndex, embedder: Callable[[], Embedder], product: str, version: str) -> Primer:
        """The primer of a documentation version; empty where there is none. Raises ServiceError, after which it is made anew."""
        known = index.find("docs", product, version)
        if known is None:
            return NONE
        # A version that is indexed again has another id or time.
        key = (known.id, known.indexed_at)
        made = self._made.get(key)
        if made is None:
            with self._making:  # questions about versions whose primer is there do not wait
                made = self._made.get(key)
                if made is None:
                    made = self._made[key] = make_primer(index, embedder, product, version)
        return made

    def _note(self, product: str, version: str) -> None:
        used = (product, version)
        with self._noting:
            if self._recent[:1] == [used]:
                return
            self._recent = [used, *(entry for entry in self._recent if entry != used)][:_REMEMBERED]
            if self._record is not None:
                fresh = self._record.with_suffix(".new")
                # What cannot be kept costs time after the next start, and nothing else.
                with contextlib.suppress(OSError):
                    fresh.write_text(json.dumps(self._recent), encoding="utf-8")
                    os.replace(fresh, self._record)


def make_primer(index: KnowledgeIndex, embedder: Callable[[], Embedder], product: str, version: str, *, characters: int = _CHARACTERS) -> Primer:
    """Choose the passages of at most ``characters`` characters in a prompt that answer the most of what every operator asks.

    Raises ServiceError when they cannot be compared by meaning, for a choice by words alone would be another one.
    """
    weights: dict[tuple[str, str, str, int], float] = collections.defaultdict(float)
    passages: dict[tuple[str, str, str, int], Passage] = {}
    meaning = Ranking(dense_weight=1.0)  # these questions have no identifier, and words that are everywhere
    for question in _OPERATORS_QUESTIONS:
        found = search(index, question, [Target(product, version)], embedder=embedder, count=_PASSAGES_OF_A_QUESTION, ranking=meaning)
        if found.words_only:
            raise ServiceError(found.words_only)
        for rank, passage in enumerate(found.passages):
            if passage.kind == "docs":
                passages[passage.key] = passage
                weights[passage.key] += 1 / (_RANK_OFFSET + rank)
    best_first = sorted(weights, key=lambda key: (-weights[key], key))
    chosen = within_characters([passages[key] for key in best_first], characters)
    gathered = sorted(gather_sections(index, chosen), key=lambda passage: passage.key)
    place = {passage.section: position for position, passage in enumerate(gathered)}
    return Primer(gathered, {passage.key: place[passage.section] for passage in chosen})
