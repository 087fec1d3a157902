# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A question as the two searches want it: English sentences to embed, and words and identifiers to look up."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import dataclasses
import itertools
import re
import typing as t

from ._russian import Methods, translate

if t.TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from ._russian import SimilarSounding, Translation

_SYNONYMS = 4  # choices of one translation that are looked up
_SYNONYM_WEIGHT = 0.7  # of those after the first
_STOP_WORDS = frozenset(
    "a an and any are as at be been but by can could do does doing for from get got had has have how i if in into is it its just me my not of on or our "
    "should so than that the their them then there these they this to was we were what when where which while who why will with would you your".split()
)
# What changes from one occurrence of an error to the next says nothing about its cause.
_NOISE = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?<![\w.-])(?:t|ts|time|timestamp|caller|logger|pid|tid|thread|goroutine|component|level|lvl)=(?:\"[^\"]*\"|\S+)",
        r"\"(?:t|ts|time|timestamp|@timestamp|caller|logger|pid|thread|level|lvl)\"\s*:\s*(?:\"[^\"]*\"|[\d.]+),?",
        r"\b[IWEF]\d{4} \d\d:\d\d:\d\d\.\d+ +\d+(?= )",
        r"\b\d{4}[-/]\d\d[-/]\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?)?(?:\s?Z\b|\s?[+-]\d\d:?\d\d\b)?",
        r"\b\d\d\.\d\d\.\d{4}\b(?:,? \d\d:\d\d(?::\d\d)?)?",
        r"\[?\b\d{1,2}/[a-z]{3}/\d{4}:\d\d:\d\d:\d\d(?: [+-]\d{4})?\]?",
        r"\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec) +\d{1,2} \d\d:\d\d:\d\d\b",
        r"\b\d\d:\d\d:\d\d(?:[.,]\d+)?\b",
        r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b",
        r"\b0x[0-9a-f]{6,}\b|\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{10,}\b",
        r"\b(?!0\.0\.0\.0|127\.0\.0\.1)\d{1,3}(?:\.\d{1,3}){3}(?::\d+|/\d+)?\b",
        r"\[[0-9a-f:]{2,45}\](?::\d+)?|\b(?:[0-9a-f]{1,4}:){3,}[0-9a-f:]+\b",
        r"(?:^|\n)[ \t]{0,20}at [\w.$]{1,200}\([^)\n]{0,200}\)",
        r"\b[\w./-]{1,120}\.(?:go|java|py|cc?|cpp|hpp?|rs|rb|js|ts|erl|ex):\d+\b",
        r"#\d+\b|\*\d+\b|\[\d{2,}\]|\b\d{10,}\b",
    )
)
_BETWEEN_IDENTIFIERS = re.compile(r"[=,;\"'(){}\[\]]+")
_RUSSIAN_WORD = re.compile("[а-яё]{3}", re.IGNORECASE)
_URL = re.compile(r"\b[a-z][a-z0-9+.-]{0,20}://[^\s/\"'<>]*", re.IGNORECASE)
# Directories of the operator's machine; the path of an API is not one of these and stays.
_FILE_PATH = re.compile(r"(?<![\w.])/(?:etc|var|usr|opt|home|root|tmp|mnt|media|srv|data|proc|sys|dev|run|lib|lib64|boot|bin|sbin)(?:/[\w.@+~-]+)*/?")


class Alternative(t.NamedTuple):
    """Words that stand side by side in a passage that is looked for; ``weight`` of 1 for what the question itself says."""

    phrase: str
    weight: float


@dataclasses.dataclass(frozen=True)
class SearchText:
    """``sentences`` are embedded and their vectors averaged; of each group of ``terms`` the best alternative counts."""

    sentences: tuple[str, ...]
    terms: tuple[tuple[Alternative, ...], ...]


@dataclasses.dataclass(frozen=True)
class Reading:
    """Ways of reading a question that a measurement can switch off."""

    noise: bool = True  # leave out what changes between two occurrences of an error
    identifiers: bool = True  # look for an identifier as a whole too
    synonyms: bool = True  # look for and embed further choices of a translation
    translation: Methods | None = dataclasses.field(default_factory=Methods)


def search_text(question: str, similar_sounding: SimilarSounding, *, ignore: Collection[str] = (), reading: Reading | None = None) -> SearchText:
    """Read a question in English or Russian; ``ignore`` are words that say nothing here, such as the product's name.

    Raises MissingLibraryError for a Russian question without pymorphy3.
    """
    reading = reading or Reading()
    text = (_without_noise(question) if reading.noise else question).strip() or question
    if not _RUSSIAN_WORD.search(text) or reading.translation is None:
        return SearchText((text,), _unique(_english_terms(text.split(), ignore, reading)))
    translations = translate(text, similar_sounding, reading.translation)
    choices = [translation.english for translation in translations if translation.english]
    sentences = [" ".join(english[0] for english in choices)]
    if reading.synonyms:
        sentences.append(" ".join(" ".join(english[:2]) for english in choices))
    terms = [term for translation in translations for term in _translated_terms(translation, ignore, reading)]
    return SearchText(tuple(dict.fromkeys(sentence for sentence in sentences if sentence)) or (text,), _unique(terms))


def words_of(text: str) -> list[str]:
    """The words of a text as FTS5's tokenizer splits them."""
    return re.findall(r"\w+", text.lower().replace("_", " "))


def _without_noise(text: str) -> str:
    text = _URL.sub(" ", text)
    text = _FILE_PATH.sub(lambda path: f" {path.group().rstrip('/').rsplit('/', 1)[-1]} ", text)
    for pattern in _NOISE:
        text = pattern.sub(" ", text)
    return re.sub(r"\s+", " ", text)


def _english_terms(tokens: Iterable[str], ignore: Collection[str], reading: Reading) -> list[tuple[Alternative, ...]]:
    terms: list[tuple[Alternative, ...]] = []
    # A setting with its value, or settings in a row, are several words that the documentation has apart.
    for token in itertools.chain.from_iterable(map(_BETWEEN_IDENTIFIERS.split, tokens)):
        words = words_of(token)
        is_identifier = re.search(r"\w[_.:/-]\w|^--?\w|[A-Z][A-Z_]{2,}", token) is not None
        if reading.identifiers and is_identifier and len(words) > 1:
            terms.append((Alternative(" ".join(words), 1.0),))
        terms.extend((Alternative(word, 1.0),) for word in words if _tells(word, ignore))
    return terms


def _translated_terms(translation: Translation, ignore: Collection[str], reading: Reading) -> list[tuple[Alternative, ...]]:
    original = translation.original
    if original.isascii():
        return _english_terms([original], ignore, reading)
    alternatives = []
    for rank, english in enumerate(translation.english[: _SYNONYMS if reading.synonyms else 1]):
        weight = 1.0 if rank == 0 else _SYNONYM_WEIGHT
        words = [word for word in words_of(english) if _tells(word, ignore)]
        if len(words) > 1:
            alternatives.append(Alternative(" ".join(words), weight))
        alternatives.extend(Alternative(word, weight) for word in words)
    # The operator's own runbooks may be Russian.
    alternatives.extend(Alternative(word, 1.0) for word in words_of(original) if translation.english or _tells(word, ignore))
    return [tuple(alternatives)] if alternatives else []


def _tells(word: str, ignore: Collection[str]) -> bool:
    return word not in _STOP_WORDS and word not in ignore and (len(word) > 1 or word.isdigit())


def _unique(terms: Iterable[tuple[Alternative, ...]]) -> tuple[tuple[Alternative, ...], ...]:
    return tuple(dict.fromkeys(terms))
