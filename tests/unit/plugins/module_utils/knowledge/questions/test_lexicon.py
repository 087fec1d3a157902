# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Russian word lists: a line that can never match, or that says nothing in English, is a mistake."""

from __future__ import annotations

import collections
import functools
import pathlib
import re

import pymorphy3
import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.questions import _russian

_DIRECTORY = pathlib.Path(_russian.__file__).parent
_LONGEST_PHRASE = 5
_RUSSIAN = re.compile(r"[а-я0-9-]+")
# Enough endings to try a word of slang in the forms in which people type it.
_ENDINGS = (
    " а я у ю ом ем ой ей ью е и ы ов ев й ь ам ям ами ями ах ях ий ия ии ию ией иям иями ть л ла ло ли ет ют ит ят ут ал ала али ил ила или ать ить нуть нул "
    "нет ает ают ует уют ться лся лась лись ется ются ится ятся ости остью"
).split(" ")


@functools.cache
def _analyser() -> pymorphy3.MorphAnalyzer:
    return pymorphy3.MorphAnalyzer()


@functools.cache
def _forms(word: str) -> frozenset[str]:
    """Forms in which a lemma may be typed: its dictionary forms, and its stem with every ending."""
    stems = [word[: len(word) - cut] for cut in range(min(6, len(word) - 1))]
    listed = {form.word for parse in _analyser().parse(word) if parse.normal_form.replace("ё", "е") == word for form in parse.lexeme}
    return frozenset(listed | {stem + ending for stem in stems for ending in _ENDINGS})


@functools.cache
def _is_read(word: str, *, only_first_reading: bool) -> bool:
    """Whether the reader of questions takes some typed form for this lemma; within a phrase it knows only the first reading of a word."""
    readings = 1 if only_first_reading else None
    return word in _russian.lemmas(word)[:readings] or any(word in _russian.lemmas(form)[:readings] for form in _forms(word))


def _rows(name: str) -> list[list[str]]:
    return [line.split("\t") for line in (_DIRECTORY / name).read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def lexicon() -> list[list[str]]:
    return _rows("ru_en_operations_lexicon.tsv")


@pytest.fixture(scope="module")
def senses() -> list[list[str]]:
    return _rows("ru_en_verb_senses.tsv")


def test_every_lexicon_line_has_a_headword_and_english_or_is_a_stop_word(lexicon: list[list[str]]) -> None:
    assert [row for row in lexicon if len(row) != 3] == []
    assert [row for row in lexicon if not row[0] or not (row[1] or row[2] == "s")] == []
    assert [row for row in lexicon if not (row[1] + row[2]).isascii()] == []
    assert [row for row in lexicon if any(cell != " ".join(cell.split()) for cell in row)] == []


def test_no_headword_comes_twice(lexicon: list[list[str]]) -> None:
    counts = collections.Counter(row[0] for row in lexicon)
    assert [headword for headword, count in counts.items() if count > 1] == []


def test_every_headword_can_match(lexicon: list[list[str]]) -> None:
    words = {row[0]: row[0].split() for row in lexicon}
    assert [headword for headword, parts in words.items() if len(parts) > _LONGEST_PHRASE or not all(map(_RUSSIAN.fullmatch, parts))] == []
    assert [headword for headword, parts in words.items() if not all(_is_read(part, only_first_reading=len(parts) > 1) for part in parts)] == []


def test_every_sense_names_a_class_that_exists_and_says_something(senses: list[list[str]]) -> None:
    classes = [row for row in senses if row[0] == "class"]
    meanings = [row for row in senses if row[0] == "sense"]
    assert len(classes) + len(meanings) == len(senses)
    assert [row for row in classes if len(row) != 3 or not all(row)] == []
    assert [row for row in meanings if len(row) != 5 or not all(row[:4]) or not (row[3] + row[4]).isascii()] == []
    names = collections.Counter(row[1] for row in classes)
    assert [name for name, count in names.items() if count > 1] == []
    assert {row[2] for row in meanings} == set(names)


def test_every_verb_and_object_of_the_senses_can_match_and_has_one_sense_a_class(lexicon: list[list[str]], senses: list[list[str]]) -> None:
    verbs = [(verb, row[2]) for row in senses if row[0] == "sense" for verb in row[1].split()]
    objects = {word for row in senses if row[0] == "class" for word in row[2].split()}
    assert {verb for verb, _class in verbs} <= {row[0] for row in lexicon}
    assert [word for word in sorted(objects) if not _RUSSIAN.fullmatch(word) or not _is_read(word, only_first_reading=True)] == []
    assert [key for key, count in collections.Counter(verbs).items() if count > 1] == []


@pytest.mark.parametrize(
    ("question", "english"),
    [
        ("как вывести сервер из ротации", "drain"),
        ("сервис прибило по памяти, оомкиллер", "OOM"),
        ("протух сертификат на балансере", "certificate expired"),
        ("реплика отстает", "replication lag"),
        ("кончились иноды", "inode"),
        ("в какой таймзоне логи", "time zone"),
        ("куда смотреть и в чем дело", ""),
    ],
)
def test_what_operators_type_becomes_what_documentation_says(question: str, english: str) -> None:
    translations = _russian.translate(question, lambda _word: ())
    words = " ".join(choices.english[0] for choices in translations if choices.english).split()
    assert set(english.split()) <= set(words) if english else words == []
