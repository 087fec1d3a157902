# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""roff, the language under the macros of man pages: its lines, conditions, definitions and escapes."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from typing import Final

from ._blocks import code_mark, placeholder_mark

_MAX_DEPTH: Final = 8
# What a page's own macros may add to it, and its strings, in characters; each line of a macro costs as much as so many.
_MAX_EXPANSION: Final = 1_000_000
_LINE_COST: Final = 20
_MAX_STRINGS: Final = 100_000
# A longer line is text, whatever it begins with.
_MAX_REQUEST: Final = 10_000

# fmt: off
_CHARACTERS: Final = {
    "aq": "'", "dq": '"', "cq": "\u2019", "oq": "\u2018", "lq": "\u201c", "rq": "\u201d", "Lq": "\u201c", "Rq": "\u201d", "Bq": "\u201e", "bq": "\u201a",
    "ga": "`", "aa": "\u00b4", "ha": "^", "ti": "~", "rs": "\\", "at": "@", "sh": "#", "Do": "$", "hy": "-", "en": "\u2013", "em": "\u2014", "mi": "-",
    "bu": "\u2022", "co": "\u00a9", "rg": "\u00ae", "tm": "\u2122", "lB": "[", "rB": "]", "lC": "{", "rC": "}", "la": "<", "ra": ">", "ba": "|", "bv": "|",
    "br": "|", "ul": "_", "sl": "/", "fo": "\u2039", "fc": "\u203a", "Fo": "\u00ab", "Fc": "\u00bb", "de": "\u00b0", "mu": "\u00d7", "di": "\u00f7",
    "+-": "\u00b1", "<=": "\u2264", ">=": "\u2265", "!=": "\u2260", "==": "\u2261", "~=": "\u2248", "->": "\u2192", "<-": "\u2190", "ua": "\u2191",
    "da": "\u2193", "12": "\u00bd", "14": "\u00bc", "34": "\u00be", "sc": "\u00a7", "ps": "\u00b6", "dg": "\u2020", "ss": "\u00df", "Eu": "\u20ac",
    "Po": "\u00a3", "ct": "\u00a2", "if": "\u221e", "*m": "\u03bc", "*a": "\u03b1", "*b": "\u03b2", "fi": "fi", "fl": "fl", "ff": "ff", "hA": "\u21d4",
    "rA": "\u21d2", "lA": "\u21d0", "<>": "\u2194", "pl": "+", "eq": "=", "**": "*", "sq": "\u25a1", "ci": "\u25cb", "OK": "\u2713",
}
# fmt: on
_ACCENTS: Final = {"'": "\u0301", "`": "\u0300", ":": "\u0308", "^": "\u0302", "~": "\u0303", ",": "\u0327", "o": "\u030a", "v": "\u030c"}
_ARGUMENT: Final = re.compile(r'"((?:[^"]|"")*)"?|((?:[^ \t\\]|\\.)+)')
_COMMENT: Final = re.compile(r"""(?<!\\)((?:\\\\)*)\\["#].*$""")
_ONLY_COMMENT: Final = re.compile(r"""^[.'][ \t]*(?:\\["#].*)?$""")
_NAMED: Final = r"(?:\((..)|\[([^\]]{0,100})\]|(.))"
_STRING: Final = re.compile(rf"\\\*{_NAMED}")
_ESCAPE: Final = re.compile(
    rf"\\(?:(?P<font>f){_NAMED}|\[(?P<name>[^\]]{{0,100}})\]|\((?P<two>..)|N'(?P<code>\d{{1,7}})'|[mMnkgFVY]{_NAMED}|[hvwlLoDXbBRxZASHC]'(?P<quoted>[^']*)'"
    r"|s[-+]?(?:'[^']*'|\([-+]?\d\d|\[[^\]]{0,100}\]|\d{1,2})|(?P<char>.)|$)"
)
_PLAIN_ESCAPES: Final = {"e": "\\", "E": "\\", "~": " ", "0": " ", "t": "\t", "a": " ", "'": "\u00b4"}
_BOLD: Final = frozenset({"3", "4", "B", "BI", "C", "CB", "CR", "CW", "L"})
_ITALIC: Final = frozenset({"2", "CI", "I"})
# Escapes that only move or hyphenate.
_NOTHING: Final = frozenset("cdpruz{}&|^%/,:)!?")
# Bold words that are not names: several words, or a lead-in such as `Note:`.
_NAME_SIGNS: Final = re.compile(r"(?:^|\s)[-+/$@.~\[<{|]|[_=]")


class Line:
    """A line of a page: a request or macro with its arguments, or (``macro`` is empty) text; escapes are not yet read."""

    __slots__ = ("arguments", "macro", "text")

    def __init__(self, macro: str, text: str) -> None:
        self.macro = macro
        self.text = text
        self.arguments = arguments(text) if macro else []


def arguments(text: str) -> list[str]:
    """Split what follows a macro's name: at blanks, but for quoted and escaped ones."""
    return [found.group(1).replace('""', '"') if found.group(1) is not None else found.group(2) for found in _ARGUMENT.finditer(text)]


class Roff:
    """Yields a page's lines: conditions decided for a text terminal, its own macros expanded, its strings known.

    ``known`` tells which macros the reader understands itself; a page's definitions of these are ignored.
    """

    def __init__(self, text: str, known: Callable[[str], bool]) -> None:
        self._text = text
        self._known = known
        self._macros: dict[str, list[str]] = {}
        self._strings = {"R": "\u00ae", "Tm": "\u2122", "lq": "\u201c", "rq": "\u201d", "Aq": "'", "C+": "C++", "C'": "'", "C`": "`"}
        self._budget = _MAX_EXPANSION
        self._strings_budget = _MAX_STRINGS
        self._unclosed = False

    def lines(self) -> Iterator[Line]:
        """Yield the lines that are left to read."""
        # A backslash at the end of a line continues it.
        return self._lines(re.sub(r"(?<!\\)((?:\\\\)*)\\\n", r"\1", self._text).split("\n"), 0)

    def _lines(self, source: list[str], depth: int) -> Iterator[Line]:
        # The next line is the last: conditions put theirs back.
        waiting = source[::-1]
        otherwise = False
        while waiting:
            line = waiting.pop()
            if _ONLY_COMMENT.match(line):
                continue
            line = _COMMENT.sub(r"\1", line)
            if line[:1] not in (".", "'") or len(line) > _MAX_REQUEST:
                # What closes a block of a condition can stand at the end of its text.
                yield Line("", line.replace("\\}", "").replace("\\{", ""))
                continue
            macro, rest = (*line[1:].split(None, 1), "", "")[:2]
            macro = macro.replace("\\}", "").replace("\\{", "")
            if macro in ("de", "de1", "am", "ig"):
                self._definition(waiting, macro, rest)
            elif macro in ("ds", "ds1", "as"):
                self._define_string(rest, append=macro == "as")
            elif macro in ("if", "ie", "el", "while"):
                holds, rest = (otherwise, rest) if macro == "el" else self._condition(rest)
                if macro == "ie":
                    otherwise = not holds
                self._block(waiting, rest, holds=holds and macro != "while")
            elif macro in self._macros and not self._known(macro):
                yield from self._expand(macro, rest, depth)
            elif macro:
                yield Line(macro, rest.replace("\\}", "").rstrip())

    def _definition(self, waiting: list[str], macro: str, rest: str) -> None:
        words = rest.split()
        end_mark = f".{words[-1]}" if len(words) > (0 if macro == "ig" else 1) else ".."
        body = []
        while waiting and (line := waiting.pop()).replace(" ", "") not in (end_mark, ".."):
            body.append(line)
        if words and macro != "ig":
            self._macros[words[0]] = body

    def _define_string(self, rest: str, *, append: bool) -> None:
        name, _blank, value = rest.partition(" ")
        value = value.lstrip().removeprefix('"')
        if name:
            self._strings[name] = (self._strings.get(name, "") + value)[:1000] if append else value[:1000]

    @staticmethod
    def _condition(rest: str) -> tuple[bool, str]:
        """Decide a condition and return what follows it; only what every terminal has holds."""
        rest = rest.lstrip()
        negated = rest.startswith("!")
        rest = rest.removeprefix("!")
        # A comparison of strings: 'a'b'
        compared = re.match(r"(['\"])(.*?)\1(.*?)\1[ \t]*", rest)
        if compared:
            return (compared.group(2) == compared.group(3)) != negated, rest[compared.end() :]
        word, _blank, body = rest.partition(" ")
        if "\\{" in word:
            word, _brace, more = word.partition("\\{")
            body = f"\\{{{more} {body}"
        holds = word in ("n", "1") or word.startswith(("n\\", "\\n(.g", "\\n[.g", "(\\n(.g"))
        return holds != negated, body

    def _block(self, waiting: list[str], rest: str, *, holds: bool) -> None:
        """Put what a condition governs back before the next line when it holds, else pass over it."""
        rest = rest.strip()
        if not rest.startswith("\\{"):
            if holds and rest:
                waiting.append(rest)
            return
        first = rest.removeprefix("\\{").strip()
        if holds:
            if first:
                waiting.append(first)
            return
        depth = 1 + first.count("\\{") - first.count("\\}")
        passed = []
        while depth > 0 and waiting and not self._unclosed:
            line = waiting.pop()
            passed.append(line)
            depth += line.count("\\{") - line.count("\\}")
        if depth > 0:
            # What is never closed hides nothing, and is not looked for again.
            self._unclosed = True
            waiting.extend(reversed(passed))

    def _expand(self, macro: str, rest: str, depth: int) -> Iterator[Line]:
        if self._budget < 0:
            return
        body = self._macros[macro]
        self._budget -= sum(len(line) + _LINE_COST for line in body) + len(rest) + _LINE_COST
        if depth >= _MAX_DEPTH or self._budget < 0:
            return
        given = arguments(rest)

        def argument(found: re.Match[str]) -> str:
            which = found.group(1)
            value = " ".join(given) if which in "*@" else given[int(which) - 1] if int(which) <= len(given) else ""
            self._budget -= len(value)
            return value if self._budget > 0 else ""

        yield from self._lines([re.sub(r"\\\\?\$([1-9*@])", argument, line).replace("\\\\", "\\") for line in body], depth + 1)

    def inline(self, text: str, font: str = "R") -> str:
        """Return text with its escapes read: bold names are marked as code, italics as placeholders."""
        for _round in range(3):
            if "\\*" not in text:
                break
            text = _STRING.sub(self._string, text)
        runs: list[tuple[str, str]] = []
        previous = current = font
        at = 0
        for found in _ESCAPE.finditer(text):
            runs.append((current, text[at : found.start()]))
            at = found.end()
            if found.group("font"):
                name = next(group for group in found.groups()[1:4] if group is not None)
                current, previous = (previous if name in ("P", "") else name), current
            else:
                runs.append((current, self._escape(found)))
        runs.append((current, text[at:]))
        return _marked(runs)

    def _string(self, found: re.Match[str]) -> str:
        value = self._strings.get(next(group for group in found.groups() if group is not None), "")
        self._strings_budget -= len(value)
        return value if self._strings_budget > 0 else ""

    @staticmethod
    def _escape(found: re.Match[str]) -> str:
        name = found.group("name") or found.group("two")
        if name is not None:
            if name in _CHARACTERS:
                return _CHARACTERS[name]
            number = re.fullmatch(r"u([0-9A-Fa-f]{4,6})", name) or re.fullmatch(r"char(\d{1,3})", name)
            if number:
                code = int(number.group(1), 16 if name[0] == "u" else 10)
                return chr(code) if 31 < code < 0x110000 and not 0xD800 <= code < 0xE000 else ""
            return name[1] + _ACCENTS[name[0]] if len(name) == 2 and name[0] in _ACCENTS and name[1].isalpha() else ""
        if found.group("code"):
            code = int(found.group("code"))
            return chr(code) if 31 < code < 0xD800 else ""
        char = found.group("char") or ""
        return "" if char in _NOTHING else _PLAIN_ESCAPES.get(char, char)


def _marked(runs: list[tuple[str, str]]) -> str:
    kinds = (("B" if font in _BOLD else "I" if font in _ITALIC else "R", text) for font, text in runs if text)
    parts = ((kind, "".join(text for _kind, text in group)) for kind, group in itertools.groupby(kinds, key=lambda run: run[0]))
    return "".join(bold(text) if kind == "B" else placeholder_mark(text) if kind == "I" else text for kind, text in parts)


def bold(text: str) -> str:
    """Return bold text marked as code when it is a name, as it is when it is emphasis."""
    words = text.split()
    if not words or words[-1].endswith((":", ".")) or (len(words) > 1 and not _NAME_SIGNS.search(text)):
        return text
    return code_mark(text)
