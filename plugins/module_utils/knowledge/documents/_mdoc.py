# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Man pages in the macros of mdoc(7), which say what a word is instead of how it looks."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import re
from collections.abc import Callable
from typing import ClassVar, Final

from ._blocks import LINE_BREAK, code_mark, placeholder_mark, plain_text
from ._man_outline import Outline
from ._page import PageBuilder
from ._roff import Line, Roff, arguments

_CODE: Final = frozenset("Cd Cm Dv Er Ev Fa Fn Ft Ic In Li Ms Nm Pa Ql Va Vt".split())
_PLAIN: Final = frozenset("Ad An Em Fr Lb Lk Mt No Sx Sy Tn St Hf Nd %A %B %C %D %I %J %N %O %P %Q %R %T %U %V".split())
_SYSTEMS: Final = {"At": "AT&T UNIX", "Bsx": "BSD/OS", "Bx": "BSD", "Dx": "DragonFly", "Fx": "FreeBSD", "Nx": "NetBSD", "Ox": "OpenBSD", "Ux": "UNIX"}
# What encloses the rest of a line, and what a pair of macros encloses.
_ENCLOSING: Final = {
    "Aq": "<>",
    "Bq": "[]",
    "Brq": "{}",
    "Dq": "\u201c\u201d",
    "Op": "[]",
    "Pq": "()",
    "Qq": '""',
    "Sq": "''",
}
_OPENING: Final = {"Ao": "<", "Bo": "[", "Bro": "{", "Do": "\u201c", "Oo": "[", "Po": "(", "Qo": '"', "So": "'"}
_CLOSING: Final = {"Ac": ">", "Bc": "]", "Brc": "}", "Dc": "\u201d", "Oc": "]", "Pc": ")", "Qc": '"', "Sc": "'"}
_SENTENCES: Final = {"Ex": "The program exits 0 on success, and >0 if an error occurs.", "Rv": "Returns 0 on success, -1 on error."}
_SPACING: Final = frozenset({"Ap", "Bk", "Ek", "Ns", "Pf", "Sm", "Ta", "Xc", "Xo", "Xr"})
# Macros whose arguments are text.
_TEXTUAL: Final = _CODE | _PLAIN | {"Ar", "Fl"}
_INLINE: Final = _TEXTUAL | _SPACING | _SENTENCES.keys() | _SYSTEMS.keys() | _ENCLOSING.keys() | _OPENING.keys() | _CLOSING.keys()
_BLOCKS: Final = frozenset("Dd Dt Os Sh Ss Pp Lp Bl It El Bd Ed D1 Dl Rs Re Fo Fc sp br Tg".split())
_LEFT: Final = frozenset({".", ",", ":", ";", ")", "]", "?", "!"})
_RIGHT: Final = frozenset({"(", "["})
_ITEM_MARKERS: Final = {"-bullet": "- ", "-dash": "- ", "-hyphen": "- ", "-item": "- "}


def read_mdoc(text: str, builder: PageBuilder) -> None:
    """Write the content of a page in mdoc's macros to ``builder``."""
    _Reader(text, builder).read()


class _Words:
    """Joins words with blanks, but before closing and after opening punctuation, and where a macro says so."""

    def __init__(self, *, spacing: bool) -> None:
        self._parts: list[str] = []
        self._glue = True
        self._spacing = spacing

    def add(self, text: str, *, before: bool = True, after: bool = True) -> None:
        """Add a word; without ``before`` or ``after`` no blank stands there."""
        if before and self._spacing and not self._glue:
            self._parts.append(" ")
        self._parts.append(text)
        self._glue = not after

    def glue(self) -> None:
        """Let no blank stand before the next word."""
        self._glue = True

    def space(self, on: bool) -> None:
        self._spacing = on

    @property
    def text(self) -> str:
        return "".join(self._parts)


class _Reader(Outline):
    def __init__(self, text: str, builder: PageBuilder) -> None:
        roff = Roff(text, (_INLINE | _BLOCKS).__contains__)
        super().__init__(builder, roff)
        self._lines = roff.lines()
        self._page_name = ""
        self._spacing = True
        # For each open list: its type, the items so far and, for a table, its rows.
        self._lists: list[tuple[str, int, list[list[str]]]] = []
        # The head of an item that Xo continues, and whether a blank follows what it has.
        self._head: str | None = None
        self._head_spaced = True

    def read(self) -> None:
        for line in self._lines:
            if self._head is not None:
                self._continue_head(line)
            elif not line.macro:
                self._text(line.text)
            elif line.macro in self._handlers:
                self._handlers[line.macro](self, line)
            elif line.macro in _INLINE:
                self._words(self._evaluate([line.macro, *line.arguments]))
        if self._head:
            self.tag(self._head)
        self.close()

    def _text(self, text: str) -> None:
        if self.verbatim is None and not text.strip():
            self.paragraph_end()
        else:
            self._words(self.roff.inline(text))

    def _words(self, text: str) -> None:
        if self.verbatim is not None:
            self.verbatim.append(plain_text(text) if "\x02" in text else text)
        elif self._lists and self._lists[-1][0] == "-column" and self._lists[-1][2]:
            self._lists[-1][2][-1][-1] += f" {text}"
        else:
            self.add(text if not self._spacing else f"{text} ")

    def _evaluate(self, words: list[str]) -> str:
        """Return the marked text of a line of macros and words."""
        end = len(words)
        # Punctuation at the end of a line stands outside of what the line encloses.
        while end and words[end - 1] in _LEFT:
            end -= 1
        joined = _Words(spacing=self._spacing)
        closing: list[str] = []
        macro = "No"
        # The words that the macro has got; None when it stands for nothing without any.
        taken: list[str] | None = None
        at = 0
        while at < end:
            word = words[at]
            at += 1
            if word in _INLINE:
                self._write_words(joined, macro, taken)
                macro, taken = (word, []) if word in _TEXTUAL else ("No", None)
                if word not in _TEXTUAL:
                    at = self._structure(joined, closing, word, words, at)
                elif word == "Fl" and at < end and words[at] in ("Fl", "Cm", "Ar", "Ns"):
                    joined.add(code_mark("-"), after=False)
                    taken = None
            elif word in _LEFT or word in _RIGHT:
                self._write_words(joined, macro, taken)
                taken = None
                joined.add(word, before=word not in _LEFT, after=word not in _RIGHT)
            else:
                taken = [*(taken or []), self.roff.inline(word)]
        self._write_words(joined, macro, taken)
        for sign in reversed(closing):
            joined.add(sign, before=False)
        for sign in words[end:]:
            joined.add(sign, before=False)
        return joined.text

    def _write_words(self, joined: _Words, macro: str, taken: list[str] | None) -> None:
        """Write the words of one macro."""
        if taken is None:
            return
        text = " ".join(taken)
        if macro == "Fl":
            for flag in taken or [""]:
                joined.add(code_mark(f"-{flag}"))
        elif macro == "Ar":
            joined.add(placeholder_mark(text or "file ..."))
        elif macro == "Nm":
            self._page_name = self._page_name or plain_text(text)
            joined.add(code_mark(text or self._page_name))
        elif macro == "Nd":
            joined.add(f"\u2014 {text}")
        elif macro in _CODE and (text or macro == "Pa"):
            joined.add(code_mark(text or "~"))
        elif text:
            joined.add(text)

    def _structure(self, joined: _Words, closing: list[str], word: str, words: list[str], at: int) -> int:
        """Handle a macro that is no text of its own; return where its arguments end."""
        if word in _ENCLOSING:
            joined.add(_ENCLOSING[word][0], after=False)
            closing.append(_ENCLOSING[word][1])
        elif word in _OPENING:
            joined.add(_OPENING[word], after=False)
        elif word in _CLOSING:
            joined.add(_CLOSING[word], before=False)
        elif word in _SYSTEMS:
            joined.add(_SYSTEMS[word])
        elif word in _SENTENCES:
            joined.add(_SENTENCES[word])
            at = len(words)
        elif word == "Ns":
            joined.glue()
        elif word == "Ap":
            joined.add("'", before=False, after=False)
        elif word == "Ta":
            joined.add("\t", before=False, after=False)
        elif word == "Bk":
            at = len(words)
        elif at < len(words) and word in ("Pf", "Sm", "Xr"):
            at = self._with_argument(joined, word, words, at)
        return at

    def _with_argument(self, joined: _Words, word: str, words: list[str], at: int) -> int:
        text = self.roff.inline(words[at])
        if word == "Pf":
            joined.add(text, after=False)
        elif word == "Sm":
            self._spacing = text != "off"
            joined.space(self._spacing)
        else:
            volume = words[at + 1] if at + 1 < len(words) and re.fullmatch(r"\d\w*", words[at + 1]) else ""
            joined.add(f"{text}({volume})" if volume else text)
            return at + 1 + bool(volume)
        return at + 1

    def _title(self, line: Line) -> None:
        self.set_name(*(plain_text(self.roff.inline(argument)) for argument in line.arguments[:2]))

    def _section_heading(self, line: Line) -> None:
        self._lists.clear()
        self.section(2 if line.macro == "Sh" else 3, self._evaluate(line.arguments))

    def _paragraph_macro(self, line: Line) -> None:
        if self.verbatim is not None:
            self.verbatim.append("")
        else:
            self.paragraph_end()

    def _line_break(self, line: Line) -> None:
        self.add(LINE_BREAK)

    def _list(self, line: Line) -> None:
        kind = next((argument for argument in line.arguments if argument in (*_ITEM_MARKERS, "-enum", "-column", "-diag")), "-tag")
        self.indent()
        self._lists.append((kind, 0, []))

    def _item(self, line: Line) -> None:
        if not self._lists:
            self._lists.append(("-tag", 0, []))
        kind, number, rows = self._lists[-1]
        self._lists[-1] = (kind, number + 1, rows)
        if kind in _ITEM_MARKERS:
            self.bullet(_ITEM_MARKERS[kind])
        elif kind == "-enum":
            self.bullet(f"{number + 1}. ")
        elif kind == "-column":
            cells = self._evaluate(arguments(line.text.replace("\t", " Ta "))).split("\t")
            rows.append([cell.strip() for cell in cells])
        else:
            text = self._evaluate(line.arguments)
            if "Xo" in line.arguments and "Xc" not in line.arguments:
                self._head, self._head_spaced = text, True
            else:
                self.tag(text)

    def _continue_head(self, line: Line) -> None:
        """Take a line of an item's head that goes on until Xc."""
        spaced = self._spacing
        words = [word for word in (line.macro, *line.arguments) if word and word != "Xc"]
        text = self._evaluate(words) if line.macro else self.roff.inline(line.text)
        if text:
            self._head = f"{self._head}{' ' if spaced or self._head_spaced else ''}{text}"
            self._head_spaced = spaced
        if line.macro in ("Xc", "It", "El", "Sh", "Ss") or "Xc" in line.arguments:
            head, self._head = self._head, None
            self.tag(head or "")

    def _list_end(self, line: Line) -> None:
        if self._lists:
            kind, _number, rows = self._lists.pop()
            if kind == "-column":
                self.table(rows, headed=False)
            self.outdent()

    def _display(self, line: Line) -> None:
        if "-literal" in line.arguments or "-unfilled" in line.arguments:
            self.code_start()
        else:
            self.paragraph_end()

    def _display_end(self, line: Line) -> None:
        self.code_end()
        self.paragraph_end()

    def _display_line(self, line: Line) -> None:
        self.code_start()
        if self.verbatim is not None:
            self.verbatim.append(plain_text(self._evaluate(line.arguments)))
        self.code_end()

    def _reference_block(self, line: Line) -> None:
        self.paragraph_end()

    def _function(self, line: Line) -> None:
        self.add(code_mark(f"{plain_text(self._evaluate(line.arguments))}("))

    def _function_end(self, line: Line) -> None:
        self.add(f"{code_mark(')')} ")

    _handlers: ClassVar[dict[str, Callable[[_Reader, Line], None]]] = {
        "Dt": _title,
        **dict.fromkeys(("Sh", "Ss"), _section_heading),
        **dict.fromkeys(("Pp", "Lp", "sp"), _paragraph_macro),
        "br": _line_break,
        "Bl": _list,
        "It": _item,
        "El": _list_end,
        "Bd": _display,
        "Ed": _display_end,
        **dict.fromkeys(("D1", "Dl"), _display_line),
        **dict.fromkeys(("Rs", "Re"), _reference_block),
        "Fo": _function,
        "Fc": _function_end,
    }
