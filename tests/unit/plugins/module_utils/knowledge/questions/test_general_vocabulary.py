# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The everyday Russian words: each line says something, can match, and leaves the words of operations to the operations lexicon."""

from __future__ import annotations

import collections
import pathlib
import re

import pymorphy3
import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.questions import _language

_DIRECTORY = pathlib.Path(_language.__file__).parent
_WORD = re.compile(r"[а-я]+(?:-[а-я]+)*")


def _rows(name: str) -> list[list[str]]:
    return [line.split("\t") for line in (_DIRECTORY / name).read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def vocabulary() -> list[list[str]]:
    return _rows("ru_en_general_vocabulary.tsv")


def test_every_line_has_one_russian_word_and_english_or_is_a_stop_word(vocabulary: list[list[str]]) -> None:
    assert [row for row in vocabulary if len(row) != 3] == []
    assert [row for row in vocabulary if not _WORD.fullmatch(row[0]) or not (row[1] or row[2] == "s")] == []
    assert [row for row in vocabulary if not (row[1] + row[2]).isascii()] == []
    assert [row for row in vocabulary if any(cell != " ".join(cell.split()) for cell in row)] == []


def test_no_headword_comes_twice_or_is_in_the_operations_lexicon(vocabulary: list[list[str]]) -> None:
    counts = collections.Counter(row[0] for row in vocabulary)
    assert [headword for headword, count in counts.items() if count > 1] == []
    assert counts.keys() & {row[0] for row in _rows("ru_en_operations_lexicon.tsv")} == set()


def test_every_headword_is_the_lemma_of_a_form_that_people_type(vocabulary: list[list[str]]) -> None:
    analyser = pymorphy3.MorphAnalyzer()

    def lemma(word: str) -> str:
        return str(analyser.parse(word)[0].normal_form).replace("ё", "е")

    def can_match(headword: str) -> bool:
        # The analyser's first answer for a dictionary form may be another word ("стекло" from "стечь"), while other forms lead to the headword.
        return lemma(headword) == headword or any(
            lemma(form.word) == headword for parse in analyser.parse(headword) for form in parse.lexeme if parse.normal_form.replace("ё", "е") == headword
        )

    assert [row[0] for row in vocabulary if not can_match(row[0])] == []
