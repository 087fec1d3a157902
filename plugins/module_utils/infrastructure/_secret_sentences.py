# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets that a sentence tells, in English and Russian: "password for admin: X", "the key is X", «пароль от postgres — X», "use X as the password".

From the word of a secret the sentence is followed, past what the secret is for ("for admin", «от postgres»), to what it gives. How unlike a word
that must be depends on how clearly the sentence gives it: behind a colon more is taken than in passing.
"""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import re
import typing as t

from ._lazy_pattern import lazy_pattern
from ._secret_names import is_secret_name
from ._secret_values import is_function_word, is_irregular, is_no_value, is_ordinary, is_random_word, is_reference, is_unusual

_SPOKEN_OF: t.Final = frozenset("pass login community логин".split())
_PIECE = lazy_pattern(r"(?<![\w.-])\w{8,60}+(?![.-]?\w)")
_MAX_STEPS: t.Final = 12
_WORD = lazy_pattern(r"\S{1,400}")
_NOUN = lazy_pattern(
    r"(?i)pass|pwd|\bpw|secret|token|key|cred|psk|code|phrase|string|pin|otp|seed|mnemonic|community|login|cookie|salt|парол|пасс|пасворд|секрет|токен"
    r"|ключ|кред|код|пин|фраз|слов|данн|уч[её]т"
    r"|parol|sekret|kl[yj]?uch|dostupa|доступ|восстановл|подтвержд|активац|безопасн|answer"
)
# Verbs and things, though they are words of secrets elsewhere.
_NEVER: t.Final = frozenset(
    "pass passed passes passing auth cert certs certificate certificates private signature sig authorization authentication keys tokens".split()
)
_KEY_WORDS: t.Final = frozenset("key keys ключ ключа ключи ключей ключом ключу".split())
_OF_PEOPLE = lazy_pattern(r"(?i)passw|passcode|passphrase|passwd|pwd|\bpw|\bpin|otp|парол|пасс|пасворд|пин|код|code|cred|кред|parol|login|уч[её]тк|psk|pass$")
_NUMERIC = lazy_pattern(r"(?i)pin|otp|code|пин|код|passw|парол")

_OF: t.Final = frozenset(
    """
    for of on at in from with by under to via against user users username account role host server node database db service vm machine app application project
    repo repository bucket cluster vhost realm
    от для на у в во к ко из под с со по пользователя пользователю юзера юзеру учетки учётки учетной учётной записи базы бд базе сервера сервере хоста хосте
    узла ноды сервиса проекта роли админа машины виртуалки кластера
    """.split()
)
_COPULAS: t.Final = frozenset(
    """
    is was are were be being equals becomes became = это был была было были будет такой такая такое такие равен равна равно стал стала вот теперь сейчас
    """.split()
)
_GIVES: t.Final = frozenset(("to", "as", "на", "как"))
_SET = lazy_pattern(r"(?i)(?:re)?set|chang|updat|configur|assign|rotat|switch|поменя|смени|постав|установ|зада|измени|обнов|сдела|прописа|пропис|назнач|сброс")
_FILLERS: t.Final = frozenset(
    """
    now currently just still simply this following set new old default our my your the a an called something like e.g eg i.e and one actually probably
    сейчас теперь просто вот такой такая это следующий следующая вроде кажется мой наш ваш новый новая старый старая стоит задан задана указан указана
    там тут у меня нас он она
    """.split()
)
_DASHES: t.Final = frozenset(("-", "–", "—", "->", "→", "=>", "=", ":", "/"))
_AND: t.Final = frozenset(("and", "or", "и", "или", "&", "+", "to", "на", "->", "→"))
_OPENING: t.Final = "\"'«\u201c„\u2018`"
_CLOSING: t.Final = {"«": "»", "\u201c": "\u201d", "„": "\u201c\u201d", "\u2018": "\u2019"}
_EDGES: t.Final = "\"'«»\u201c\u201d„\u2018\u2019`()[]{}<>*,;"

Span = tuple[int, int]


class _Word(t.NamedTuple):
    """A word with all that touches it, its place, and the word alone."""

    text: str
    start: int
    bare: str
    key: str
    line: int


def secrets_in_sentences(text: str) -> list[Span]:
    """Return where in a text sentences give secrets."""
    if not _NOUN.search(text):
        return []
    words, line, last = [], 0, 0
    for match in _WORD.finditer(text):
        line += text.count("\n", last, match.start())
        last = match.start()
        bare = match[0].strip(_EDGES).rstrip(".!?:,;").strip(_EDGES)
        words.append(_Word(match[0], match.start(), bare, bare.lower(), line))
    found: list[Span] = []
    for position, word in enumerate(words):
        if _NOUN.search(word.text) and (noun := _noun(words, position)):
            found += _Sentence(text, words, position, noun).secrets()
    return found + _random_words(text, words)


def _random_words(text: str, words: list[_Word]) -> list[Span]:
    """The words that only a generator makes, in lines that speak of a secret, whatever the sentence is."""
    lines = {word.line for position, word in enumerate(words) if word.key in _SPOKEN_OF or (_NOUN.search(word.text) and _noun(words, position))}
    pieces = (match for word in words if word.line in lines for match in _PIECE.finditer(text, word.start, word.start + len(word.text)))
    return [match.span() for match in pieces if is_random_word(match[0])]


def _noun(words: list[_Word], position: int) -> str:
    """The secret that a word, alone or with the one before it, names; empty when it names none."""
    word = words[position]
    if not word.bare or len(word.bare) > 60 or word.text.startswith(("-", "/", "$", "{{")) or "[redacted" in word.text:
        return ""
    before = words[position - 1].bare if position and words[position - 1].line == word.line and words[position - 1].text[-1].isalnum() else ""
    if word.key in _KEY_WORDS and (is_function_word(before) or before.lower() in _FILLERS):
        before = ""
    two = f"{before} {word.bare}"
    if before and len(before) < 30 and re.fullmatch(r"[\w-]+ [\w-]+", two) and is_secret_name(two):
        return two
    if before and word.key in _KEY_WORDS and re.fullmatch(r"[^\W\d_-]+", before) and not is_secret_name(two):
        return ""  # the primary key
    if word.key in _NEVER and not word.text.rstrip(_EDGES).endswith((":", "=")):
        return ""
    if re.fullmatch(r"[\w./-]+", word.bare) is None or re.search(r"\d{3}", word.bare):
        return ""
    after = words[position + 1] if position + 1 < len(words) else word
    if word.key in _KEY_WORDS and after.line == word.line and re.fullmatch(r"[^\W\d_]{2,}", after.bare) and after.key not in _COPULAS | _FILLERS | _OF:
        two = f"{word.bare} {after.bare}"
        return two if not word.key.isascii() and is_secret_name(two) else word.bare
    return word.bare if is_secret_name(word.bare) or (re.fullmatch(r"(?:уч[её]тк\w*|логин\w*|login)/?\w*", word.key) and "/" in word.key) else ""


class _Sentence:
    """What follows, or precedes, one word of a secret.

    ``given``: a colon was passed, ``said``: a verb that gives; ``objects`` are things that the secret is for, ``passed`` other words.
    """

    def __init__(self, text: str, words: list[_Word], position: int, noun: str) -> None:
        self.text = text
        self.words = words
        self.position = position
        self.at = position + 1
        self.noun = noun
        self.given, self.said, self.passed, self.objects = self._opens(words[position]), False, 0, 0
        self.of_people = _OF_PEOPLE.search(noun) is not None
        self.numeric = _NUMERIC.search(noun) is not None
        self.bare = noun.lower() in _KEY_WORDS
        self.of_programs = not self.bare and re.search(r"(?i)token|токен|key$|ключ|psk|answer", noun) is not None
        self.identifier = "_" in noun or (noun.isascii() and "-" in noun)

    def secrets(self) -> list[Span]:
        """The secrets that the sentence gives after the word, else before it."""
        return self._after() or self._before(self.position)

    def _after(self) -> list[Span]:
        for _step in range(_MAX_STEPS):
            if self.at >= len(self.words) or not (self._same_line() or (self.given and not self.passed)):
                return []
            if self._is_given(self.at):
                return self._all_from(self.at)
            if not self._step():
                return []
            self.at += 1
        return []

    def _same_line(self) -> bool:
        return self.words[self.at].line == self.words[self.at - 1].line

    def _step(self) -> bool:
        """Take one word that is no secret; False where the sentence gives none."""
        word = self.words[self.at]
        if word.text in _DASHES:
            self.given, self.said = self.given or word.text in (":", "=", "->", "→", "=>"), True
        elif self._is_verb(word):
            self.said = True
        elif word.key in _OF and not self.given:
            return self._pass_object(word.line)
        elif self.given or self.said:
            self.passed += word.key not in _FILLERS and self._is_login()
            return word.key in _FILLERS or (self._is_login() and self.passed < 4)
        else:
            self.passed += 1
            self.given = self._opens(word)
            return self.given or not (self.passed > 4 or word.text.endswith((".", "?", "!", ";")))
        return True

    def _is_verb(self, word: _Word) -> bool:
        gives = not self.given and not self.said and word.key in _GIVES and self._is_set() and not self._is_host_like(self._key(self.at + 1))
        return gives or word.key in _COPULAS

    def _pass_object(self, line: int) -> bool:
        """Pass what the secret is for, unless that is the secret: "from X", «с X»."""
        self.at += 1
        if self.at >= len(self.words) or self.words[self.at].line != line or (self._quoted(self.at) and self.passed > 0):
            return False
        if is_irregular(self.words[self.at].bare):
            self.at -= 1  # to be judged in its turn
            self.passed = 0
            return True
        self.given, self.objects = self._opens(self.words[self.at]), self.objects + 1
        return True

    @staticmethod
    def _opens(word: _Word) -> bool:
        return word.text.rstrip(_EDGES + ".").endswith((":", "="))

    def _key(self, at: int) -> str:
        return self.words[at].key if at < len(self.words) else ""

    def _is_login(self) -> bool:
        return re.search(r"(?i)cred|кред|login|логин|уч[её]т|/", self.noun) is not None

    def _is_set(self) -> bool:
        return any(_SET.match(word.key) for word in self.words[max(0, self.position - 6) : self.position])

    def _is_given(self, at: int) -> bool:
        """Tell whether the word at a place is the secret that the sentence gives."""
        word = self.words[at]
        value = f"{word.bare}!" if word.text.endswith(f"{word.bare}!") else word.bare
        told, adjacent = self.given or self.said, at == self.position + 1
        if not self._may_be_value(word, value):
            return False
        if self.bare and not is_irregular(value):
            return told and is_unusual(value) and len(value) >= 6 and not self._is_host_like(value) and re.search(r"[./:]", value) is None
        if self._quoted(at):
            return (told or adjacent) and (self.of_people or self.given or is_irregular(value))
        if is_irregular(value):
            return told or self.passed <= 2
        if value.isdigit():
            return (
                len(value) >= 4 and self.numeric and (self.given or (self._ends(at) and (self.said or (adjacent and not self.noun.lower().startswith("pass")))))
            )
        if is_unusual(value) and not word.text.startswith("("):
            return self._is_unusual_given(value, at, told=told, adjacent=adjacent)
        if not self._ends(at) or is_ordinary(value) or word.key in _FILLERS | _COPULAS | _OF or re.fullmatch(r"[\w-]{4,}", value) is None:
            return False
        return (self.given and not self.passed) or (adjacent and self.identifier)

    def _is_unusual_given(self, value: str, at: int, *, told: bool, adjacent: bool) -> bool:
        """The same of a word with digits or signs that could be a host's or a product's."""
        if told:
            return self.of_people or not self._is_host_like(value) or self._ends(at)
        if adjacent and self.identifier and self._ends(at):
            return True
        near = adjacent or (self.passed <= 1 and not self.objects)
        return near and len(value) >= 6 and "." not in value and (self.of_people or (self.of_programs and not self._is_host_like(value)))

    @staticmethod
    def _may_be_value(word: _Word, value: str) -> bool:
        if not value or is_no_value(value) or is_reference(value) or "[redacted" in word.text:
            return False
        return not word.text.startswith(("-", "{", "<", "/")) and not word.text.endswith((":", "="))

    @staticmethod
    def _is_host_like(value: str) -> bool:
        return re.fullmatch(r"[a-zа-я]+(?:[-.][a-z0-9]+)+|[a-z]{2,4}\d{1,2}", value) is not None

    def _ends(self, at: int) -> bool:
        """Tell whether a clause ends with this word."""
        word = self.words[at]
        return at + 1 >= len(self.words) or self.words[at + 1].line != word.line or word.text.endswith((",", ";", "."))

    def _quoted(self, at: int) -> bool:
        return self.words[at].text[0] in _OPENING

    def _all_from(self, at: int) -> list[Span]:
        """The secret and those that are listed behind it."""
        found = [self._span(at)]
        while at + 1 < len(self.words) and len(found) < 100:
            word, following = self.words[at], self.words[at + 1]
            listed = word.text.endswith((",", ";")) or following.key in _AND or following.text == "/"
            step = 2 if following.key in _AND or following.text == "/" else 1
            at += step
            if not listed or at >= len(self.words) or self.words[at].line != word.line:
                break
            value = self.words[at].bare
            if not is_unusual(value) or is_reference(value) or (self._is_host_like(value) and not is_irregular(value)) or "=" in value:
                break
            found.append(self._span(at))
        return found

    def _span(self, at: int) -> Span:
        """Where a secret is: to the closing quote, or without the punctuation of the sentence."""
        word = self.words[at]
        if self._quoted(at):
            closing = _CLOSING.get(word.text[0], word.text[0])
            end = next((place for place in range(word.start + 1, min(len(self.text), word.start + 300)) if self.text[place] in closing + "\n"), -1)
            if end > 0:
                return word.start + 1, end
        text = word.text.lstrip("([")
        start = word.start + len(word.text) - len(text)
        tight = text.rstrip(",;.?:")
        tight = tight.rstrip(")]\"'»") if not re.search(r"[(\[\"'«]", tight) else tight
        return start, start + len(tight)

    # --- "X is the password" ------------------------------------------------------------------------------------------

    def _before(self, position: int) -> list[Span]:
        at = position - 1
        while (
            at >= 0 and position - at <= 4 and self.words[at].line == self.words[position].line and not self.words[at].text.endswith((".", "?", "!", ";", ":"))
        ):
            word = self.words[at]
            if word.key in ("is", "as", "was", "это", "как", "—", "–") or word.text in ("—", "–"):
                value = self.words[at - 1].bare if at else ""
                wanted = is_irregular(value) or (
                    self.of_people and is_unusual(value) and word.key in ("is", "as", "это", "как") and not self._is_host_like(value)
                )
                if not wanted or is_reference(value) or self.words[at - 1].line != word.line or value.isdigit():
                    return []
                return [self._span(at - 1)]
            if not word.bare.isalpha():
                return []
            at -= 1
        return []
