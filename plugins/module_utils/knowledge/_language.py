# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to the collection: names here may change in any release.
"""The language of a question, and Russian questions put into the English words of the documentation."""

from __future__ import annotations

import dataclasses
import functools
import pathlib
import re
import sys
import typing as t

from .._errors import MissingLibraryError

_LEXICON = pathlib.Path(__file__).with_name("ru_en_operations_lexicon.tsv")
_TOKEN = re.compile(r"[A-Za-z0-9_$<>{}\[\]()=+*%/.:@#~\\-]+|[а-яё]+(?:-[а-яё]+)*", re.IGNORECASE)
_LONGEST_PHRASE = 5  # words of the longest headword in the lexicon


def language_of(text: str) -> str:
    """``ru`` when a quarter of the letters or more is Cyrillic (names and commands stay Latin in Russian questions), else ``en``."""
    cyrillic = len(re.findall(r"[а-яё]", text, re.IGNORECASE))
    latin = len(re.findall(r"[a-z]", text, re.IGNORECASE))
    return "ru" if cyrillic and cyrillic >= (cyrillic + latin) / 4 else "en"


@dataclasses.dataclass(frozen=True)
class SearchText:
    """A question as the two searches want it: ``dense`` one English sentence, ``terms`` words and identifiers for the lexical search."""

    dense: str
    terms: tuple[str, ...]


def search_text(question: str) -> SearchText:
    """Put a question into English search text: English stays as it is, Russian goes through lemmas and the lexicon."""
    if language_of(question) != "ru":
        return SearchText(question, tuple(question.split()))
    lexicon = _lexicon()
    words = [token for token in _TOKEN.findall(question) if re.search(r"[A-Za-z0-9а-яё]", token, re.IGNORECASE)]
    lemmas = [_lemma(word.lower()) for word in words]
    dense: list[str] = []
    terms: list[str] = []
    position = 0
    while position < len(words):
        for length in range(min(_LONGEST_PHRASE, len(words) - position), 0, -1):
            entry = lexicon.get(" ".join(lemmas[position : position + length]))
            if entry is not None:
                dense.append(entry.first)
                terms.extend(entry.all_words)
                break
        else:
            length = 1
            word = words[position]
            if word.isascii():
                dense.append(word)
            # A Cyrillic word that the lexicon lacks still finds the operator's own Russian runbooks.
            terms.append(word)
        position += length
    return SearchText(" ".join(filter(None, dense)), tuple(terms))


class _Entry(t.NamedTuple):
    first: str
    all_words: tuple[str, ...]


@functools.cache
def _lexicon() -> dict[str, _Entry]:
    """Headword or phrase in lemmas -> English; stop words map to nothing."""
    entries: dict[str, _Entry] = {}
    for line in _LEXICON.read_text(encoding="utf-8").splitlines():
        headword, first, further = (*line.split("\t"), "", "")[:3]
        is_stop_word = not first and further == "s"
        entries[headword] = _Entry("", ()) if is_stop_word else _Entry(first, (*first.split(), *further.split()))
    return entries


@functools.cache
def _analyser() -> t.Any:
    try:
        import pymorphy3
    except ImportError as exc:
        raise MissingLibraryError("pymorphy3", needed_for="questions in Russian", python=sys.executable) from exc
    return pymorphy3.MorphAnalyzer()


@functools.lru_cache(maxsize=20_000)
def _lemma(word: str) -> str:
    return str(_analyser().parse(word)[0].normal_form).replace("ё", "е") if re.search("[а-яё]", word) else word
