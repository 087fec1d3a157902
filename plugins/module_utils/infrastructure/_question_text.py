# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The words of a question, and whether the sentence shows that a word is meant as a name."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import bisect
import re
import typing as t
from collections.abc import Collection

from ._lazy_pattern import lazy_pattern

_TOKEN = lazy_pattern(r"\w+(?:(?:\.|-+)\w+)*")
_PATH = lazy_pattern(r"(?<![^\s\"'`(=])(?:[/~]|\.{1,2}/)[^\s\"'`(=]*+")
_QUOTES: t.Final = frozenset("\"'`«»\u201c\u201d\u201e\u2019")
GROUP_WORDS_BEFORE: t.Final = frozenset(
    """
    group groups hostgroup
    """.split()
)
HOST_WORDS_BEFORE: t.Final = frozenset(
    """
    host hosts server servers node nodes machine vm
    """.split()
)
_NOUNS_AFTER: t.Final = frozenset(
    """
    group groups hostgroup server servers host hosts node nodes machines vms boxes environment env cluster farm
    """.split()
)
_PACKAGE_WORDS: t.Final = frozenset(
    """
    package packages daemon software product пакет пакета пакете демон демона продукт продукта
    """.split()
)
_RU_NOUN = lazy_pattern(r"(?:групп|сервер|хост|узл|узел|нод[аыеуо]|нод$|машин|виртуалк|окружени|контур|сред[аыеу]$|стенд|кластер)")
_RU_PREPOSITIONS: t.Final = frozenset(("на", "в", "во", "из", "у"))
# "consumer group" is a matter of Kafka, not a group of hosts called consumer.
_OTHER_GROUPS: t.Final = frozenset(
    """
    consumer consumers resource resources placement security volume target targets raft user users process control column replication
    """.split()
)


class Token(t.NamedTuple):
    """A word of the question: ``text`` as written, ``key`` in lower case."""

    text: str
    key: str
    start: int
    end: int


class QuestionText:
    """A question and its words. Places are numbers of words: ``position`` the first, ``count`` how many."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = [Token(match[0], match[0].lower(), match.start(), match.end()) for match in _TOKEN.finditer(text)]
        self._paths = [match.span() for match in _PATH.finditer(text)]
        self._russian = re.search(r"[а-яё]{3,}", text, re.IGNORECASE) is not None

    def shown_to_be_name(self, position: int, count: int, before: Collection[str]) -> bool:
        """Tell whether the sentence shows that these words are the name of a host or group."""
        first, last = self.tokens[position], self.tokens[position + count - 1]
        if self._quoted(first.start, last.end):
            return True
        previous = self.tokens[position - 1].key if position and self._near(position - 1) else ""
        following = self.tokens[position + count].key if position + count < len(self.tokens) and self._near(position + count - 1) else ""
        if previous in before or _RU_NOUN.match(previous) or _RU_NOUN.match(following):
            return True
        if following in _NOUNS_AFTER and not (following.startswith("group") and last.key in _OTHER_GROUPS):
            return True
        if self._russian and first.text.isascii() and previous in _RU_PREPOSITIONS:
            return True
        rest = self.text[last.end : last.end + 20].lstrip()
        return previous in ("on", "in") and (not rest or rest[0] in "?!.,;")

    def shown_to_be_product(self, position: int, count: int) -> bool:
        first, last = self.tokens[position], self.tokens[position + count - 1]
        previous = self.tokens[position - 1].key if position else ""
        following = self.tokens[position + count] if position + count < len(self.tokens) else None
        if self._quoted(first.start, last.end) or previous in _PACKAGE_WORDS:
            return True
        if following is None:
            return False
        return following.key in _PACKAGE_WORDS or (re.match(r"v?\d+\.\d", following.key) is not None and self._near(position + count - 1))

    def _quoted(self, start: int, end: int) -> bool:
        return start > 0 and end < len(self.text) and self.text[start - 1] in _QUOTES and self.text[end] in _QUOTES

    def _near(self, position: int) -> bool:
        """Tell whether only blanks, a hyphen, a colon or a quote separate a word from the next one."""
        between = self.text[self.tokens[position].end : self.tokens[position + 1].start]
        return len(between) <= 3 and not between.strip(" -:\t\"'`«»")

    def adjoining(self, position: int, count: int) -> bool:
        return all(
            self.text[a.end : b.start] in (" ", "-", "_", "  ")
            for a, b in zip(self.tokens[position : position + count - 1], self.tokens[position + 1 : position + count], strict=True)
        )

    def in_path(self, start: int) -> bool:
        """Tell whether a place is inside a path of the file system (but not a URL or a list of names with slashes)."""
        before = bisect.bisect_right(self._paths, (start,)) - 1
        return before >= 0 and self._paths[before][0] < start < self._paths[before][1]
