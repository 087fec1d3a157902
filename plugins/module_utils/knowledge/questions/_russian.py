# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Russian questions in the English words of the documentation, by lexicons and without a model."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import dataclasses
import functools
import itertools
import pathlib
import re
import sys
import typing as t

from ..._errors import MissingLibraryError

if t.TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    SimilarSounding = Callable[[str], Sequence[str]]

_DATA = pathlib.Path(__file__).parent
# The first lexicon that has a headword decides.
_LEXICONS = ("ru_en_operations_lexicon.tsv", "ru_en_general_vocabulary.tsv")
_VERB_SENSES = "ru_en_verb_senses.tsv"
_TOKEN = re.compile(r"[A-Za-z0-9_$<>{}\[\]()=+*%/.:@#~\\-]+|[а-яё]+(?:-[а-яё]+)*", re.IGNORECASE)
_CYRILLIC = re.compile("[а-яё]")
_LONGEST_PHRASE = 5  # words of the longest headword
_OBJECT_AFTER = 4  # content words after a verb among which its object is looked for
_OBJECT_BEFORE = 3
# Phrases hold with and without these between their words: "в режим только для чтения" is "режим только чтение".
_PREPOSITIONS = frozenset("в во на к ко с со из у о об от до за по под над при для про через без между и или а не ли же бы".split())
_EMPTY_ALONE = frozenset("a all and by for from how in is it many new no not of off on or out over per the to too up with".split())
_PARTICLES = frozenset("то ка нибудь либо таки".split())


@dataclasses.dataclass(frozen=True)
class Translation:
    """What one word or phrase of the question (``original``) may be called in English, the likeliest first; nothing when nobody knows."""

    original: str
    english: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Methods:
    """Ways of translating that a measurement can switch off."""

    general_vocabulary: bool = True
    verb_senses: bool = True
    transliteration: bool = True


def translate(question: str, similar_sounding: SimilarSounding, methods: Methods | None = None) -> list[Translation]:
    """Translate word by word and phrase by phrase; Latin words and numbers stay as they are.

    ``similar_sounding`` names words of the documentation that sound like a Cyrillic one. Raises MissingLibraryError without pymorphy3.
    """
    return _Translator(question, similar_sounding, methods or Methods()).translations()


class _Translator:
    def __init__(self, question: str, similar_sounding: SimilarSounding, methods: Methods) -> None:
        self._similar_sounding = similar_sounding
        self._methods = methods
        self._lexicon = _lexicon(_LEXICONS if methods.general_vocabulary else _LEXICONS[:1])
        self._words = [word for word in _TOKEN.findall(question) if re.search("[A-Za-z0-9а-яё]", word, re.IGNORECASE)]
        self._lemmas = [lemmas(word.lower())[0] for word in self._words]

    def translations(self) -> list[Translation]:
        found = []
        position = 0
        while position < len(self._words):
            length, english = self._phrase(position) or (1, self._word(position))
            if english is not None:
                found.append(Translation(" ".join(self._words[position : position + length]), english))
            position += length
        return found

    def _phrase(self, start: int) -> tuple[int, tuple[str, ...] | None] | None:
        """The longest headword of several words here, as spoken or without its prepositions: how many words it covers and its translation."""
        for length in range(min(_LONGEST_PHRASE, len(self._words) - start), 1, -1):
            english = self._lexicon.get(" ".join(self._lemmas[start : start + length]))
            if english is not None:
                return length, english or None
        content = [at for at in range(start, min(start + 2 * _LONGEST_PHRASE, len(self._words))) if at == start or self._lemmas[at] not in _PREPOSITIONS]
        for length in range(min(_LONGEST_PHRASE, len(content)), 1, -1):
            english = self._lexicon.get(" ".join(self._lemmas[at] for at in content[:length]))
            if english is not None:
                return content[length - 1] - start + 1, english or None
        return None

    def _word(self, at: int) -> tuple[str, ...] | None:
        """Translations of one word; None for a stop word."""
        word = self._words[at]
        if not _CYRILLIC.search(word.lower()):
            return (word,)
        if self._is_preposition(at):
            return None
        readings = lemmas(word.lower())
        # A headword as it stands (том) before what it may be a form of (тот).
        known = next((lemma for lemma in (word.lower().replace("ё", "е"), *readings) if self._lexicon.get(lemma)), None)
        if known is None and any(lemma in self._lexicon for lemma in readings):
            return None
        if known is not None:
            return self._verb_in_context(at, known) or self._lexicon[known]
        if "-" in word:
            return self._compound(word)
        return tuple(self._similar_sounding(readings[0])) if self._methods.transliteration else ()

    def _is_preposition(self, at: int) -> bool:
        """Whether "под" is the preposition "under" here, and not a pod of Kubernetes."""
        if self._words[at].lower() != "под" or at + 1 == len(self._words):
            return False
        return any(parse.tag.case in ("ablt", "accs") for parse in _analyser().parse(self._words[at + 1].lower()))

    def _compound(self, word: str) -> tuple[str, ...]:
        parts = [part for part in word.lower().split("-") if part not in _PARTICLES]
        english = [next((self._lexicon[lemma] for lemma in lemmas(part) if lemma in self._lexicon), ()) for part in parts]
        return (" ".join(choices[0] for choices in english if choices),) if any(english) else ()

    def _verb_in_context(self, at: int, lemma: str) -> tuple[str, ...]:
        """The translation of a verb for the object near it: поднять таймаут is "raise", поднять сервис is "start"."""
        senses = _verb_senses().get(lemma, ()) if self._methods.verb_senses else ()
        if not senses:
            return ()
        after = itertools.islice((other for other in itertools.islice(self._lemmas, at + 1, None) if other not in _PREPOSITIONS), _OBJECT_AFTER)
        reversed_lemmas = (self._lemmas[position] for position in range(at - 1, -1, -1))
        before = itertools.islice((other for other in reversed_lemmas if other not in _PREPOSITIONS), _OBJECT_BEFORE)
        for other in (*after, *before):
            for objects, english in senses:
                if other in objects:
                    return english
        return ()


@functools.cache
def _lexicon(names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Headword or phrase in lemmas -> English choices; stop words map to nothing."""
    entries: dict[str, tuple[str, ...]] = {}
    for name in names:
        for headword, first, further in _rows(name):
            entries.setdefault(headword, (first, *_choices(further)) if first else ())
    return entries


@functools.cache
def _verb_senses() -> dict[str, list[tuple[frozenset[str], tuple[str, ...]]]]:
    """Verb -> (lemmas of its objects, English choices), in the order of the file."""
    objects: dict[str, frozenset[str]] = {}
    senses: dict[str, list[tuple[frozenset[str], tuple[str, ...]]]] = {}
    for kind, name, *rest in _rows(_VERB_SENSES):
        if kind == "class":
            objects[name] = frozenset(rest[0].split())
    for kind, name, *rest in _rows(_VERB_SENSES):
        if kind == "sense":
            for verb in name.split():
                senses.setdefault(verb, []).append((objects[rest[0]], (rest[1], *_choices(" ".join(rest[2:])))))
    return senses


def _choices(further: str) -> list[str]:
    """The further choices without the words that are only part of a phrase and say nothing alone."""
    return [word for word in further.split() if word not in _EMPTY_ALONE]


def _rows(name: str) -> list[list[str]]:
    return [line.split("\t") for line in (_DATA / name).read_text(encoding="utf-8").splitlines()]


@functools.cache
def _analyser() -> t.Any:
    try:
        import pymorphy3
    except ImportError as exc:
        raise MissingLibraryError("pymorphy3", needed_for="questions in Russian", python=sys.executable) from exc
    return pymorphy3.MorphAnalyzer()


@functools.lru_cache(maxsize=20_000)
def lemmas(word: str) -> tuple[str, ...]:
    """The dictionary forms that a lower-case Russian word may have, the likeliest first; another word as it is."""
    if not _CYRILLIC.search(word):
        return (word,)
    return tuple(dict.fromkeys(str(parse.normal_form).replace("ё", "е") for parse in _analyser().parse(word)))
