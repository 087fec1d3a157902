# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Man pages: the macros of man(7) by sections, each option a section of its own; mdoc(7) has a reader of its own."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import re
from collections.abc import Callable
from typing import ClassVar, Final

from ..._errors import DataError
from ._blocks import LINE_BREAK, code_mark, placeholder_mark, plain_text
from ._man_outline import Outline
from ._mdoc import read_mdoc
from ._page import PageBuilder
from ._roff import Line, Roff, bold

# The first request of a page, after comments and definitions; and what tells the two macro packages apart.
_FIRST: Final = re.compile(r"^(?:[.'][ \t]*(?:TH|SH|Dd|Dt|so)\b|'\\\" )", re.MULTILINE)
_MDOC: Final = re.compile(r"^\.[ \t]*D[dt]\b", re.MULTILINE)
_FONTS: Final = frozenset({"B", "I", "SM", "SB"})
_ALTERNATING: Final = frozenset({"BI", "BR", "IB", "IR", "RB", "RI"})
_MACROS: Final = frozenset(
    "TH SH SS PP P LP TP TQ IP HP RS RE INDENT UNINDENT EX EE nf fi Vb Ve TS TE UR UE URL MT ME MTO SY YS OP sp Sp br in ti ft so IX PD it ad nh hy na".split()
).union(_FONTS, _ALTERNATING)
_BULLETS: Final = frozenset({"*", "-", "+", "o", "\u00b7", "\u2022", "\u2013", "\u2014", "\u25cf", "\u25e6"})
# How DocBook's style sheets draw the mark of a list's item.
_DRAWN_MARK: Final = re.compile(r"\\h'-\d+'(.*?)\\h'\+\d+'\\c$")
_NUMBER: Final = re.compile(r"^\(?([0-9]{1,3}|[a-z])[.)]$")


def read_man(text: str, builder: PageBuilder) -> None:
    """Write the content of a man page, in man's or mdoc's macros, to ``builder``; raises DataError when it is none."""
    if _FIRST.search(text[:50_000]) is None:
        raise DataError(f"{builder.path} is no man page, and its name tells no other format.", file=builder.path)
    if _MDOC.search(text):
        read_mdoc(text, builder)
    else:
        _Reader(text, builder).read()


class _Reader(Outline):
    def __init__(self, text: str, builder: PageBuilder) -> None:
        roff = Roff(text, _MACROS.__contains__)
        super().__init__(builder, roff)
        self._lines = roff.lines()
        # A macro without arguments takes the next line: a tag (TP, TQ), a heading (SH, SS) or a font.
        self._next = ""
        self._next_font = ""
        self._link = ""

    def read(self) -> None:
        for line in self._lines:
            if line.macro:
                self._macro(line)
            else:
                self._text(line.text)
        self.close()

    def _text(self, text: str) -> None:
        if self.verbatim is not None:
            self.verbatim.append(plain_code(self.roff.inline(text)))
            return
        if not text.strip():
            self.paragraph_end()
            return
        mark = _DRAWN_MARK.match(text)
        if mark:
            self._item(self.roff.inline(mark.group(1)))
            return
        # Indented text stands on a line of its own.
        if text[0] == " ":
            self.add(LINE_BREAK)
        font, self._next_font = self._next_font or "R", ""
        self._take(self.roff.inline(text.strip(), font))

    def _take(self, text: str) -> None:
        """Use a line's text as what the macro before asked for, else as running text."""
        wanted, self._next = self._next, ""
        if not wanted:
            self.add(f"{text} ")
        elif wanted in ("SH", "SS"):
            self.section(2 if wanted == "SH" else 3, text)
        else:
            self.tag(text)

    def _macro(self, line: Line) -> None:
        macro = line.macro
        if macro in _FONTS or macro in _ALTERNATING:
            self._fonts(macro, line)
        elif self.verbatim is not None and macro not in ("fi", "EE", "Ve", "UNINDENT", "RE", "SH", "SS", "TE", "TP"):
            if macro == "IP" and line.arguments:
                self.verbatim.append(plain_code(self.roff.inline(line.arguments[0])))
            elif macro in ("sp", "br", "Sp") and self.verbatim:
                self.verbatim += [""] * (macro != "br")
        else:
            handler = self._handlers.get(macro)
            if handler is not None:
                handler(self, line)

    def _fonts(self, macro: str, line: Line) -> None:
        if not line.arguments:
            self._next_font = macro[-1] if macro in _FONTS else ""
            return
        if macro in _FONTS:
            font = "B" if macro in ("B", "SB") else "I" if macro == "I" else "R"
            text = self.roff.inline(" ".join(line.arguments), font)
        else:
            text = "".join(self.roff.inline(argument, macro[number % 2]) for number, argument in enumerate(line.arguments))
        if self.verbatim is not None:
            self.verbatim.append(plain_code(text))
        else:
            self._take(text)

    def _title(self, line: Line) -> None:
        names = [plain_text(self.roff.inline(argument)) for argument in line.arguments[:2]]
        self.set_name(*names)

    def _section_heading(self, line: Line) -> None:
        self.code_end()
        self._next = ""
        if line.arguments:
            self.section(2 if line.macro == "SH" else 3, self.roff.inline(" ".join(line.arguments)))
        else:
            self._next = line.macro

    def _paragraph_macro(self, line: Line) -> None:
        self._next = ""
        self.paragraph_start()

    def _tagged(self, line: Line) -> None:
        self.code_end()
        self.paragraph_end()
        self._next = line.macro

    def _indented_paragraph(self, line: Line) -> None:
        self.code_end()
        self.paragraph_end()
        if line.arguments:
            self._item(self.roff.inline(line.arguments[0]))

    def _item(self, mark: str) -> None:
        name = plain_text(mark)
        number = _NUMBER.match(name)
        if name in _BULLETS:
            self.bullet("- ")
        elif number:
            self.bullet(f"{number.group(1)}. " if number.group(1).isdigit() else "- ")
        elif name:
            self.tag(mark)

    def _indent(self, line: Line) -> None:
        self.indent()

    def _outdent(self, line: Line) -> None:
        self.code_end()
        self.outdent()

    def _code(self, line: Line) -> None:
        self.code_start()

    def _code_end(self, line: Line) -> None:
        self.code_end()

    def _space(self, line: Line) -> None:
        self.paragraph_end()

    def _line_break(self, line: Line) -> None:
        self.add(LINE_BREAK)

    def _link_start(self, line: Line) -> None:
        self._link = line.arguments[0] if line.arguments else ""
        self.add("\x01")

    def _link_end(self, line: Line) -> None:
        """A link's text is kept; one without text is its address."""
        self.close_link(plain_text(self.roff.inline(self._link)), line.arguments[0] if line.arguments else "")

    def _link_complete(self, line: Line) -> None:
        """A link with its address, its text and what follows it."""
        parts = [self.roff.inline(argument) for argument in line.arguments[:3]]
        if parts:
            shown = parts[1] if len(parts) > 1 and plain_text(parts[1]) else parts[0]
            self.add(f"{shown}{parts[2] if len(parts) > 2 else ''} ")

    def _synopsis_name(self, line: Line) -> None:
        self.add(LINE_BREAK + code_mark(self.roff.inline(" ".join(line.arguments))) + " ")

    def _synopsis_option(self, line: Line) -> None:
        parts = [self.roff.inline(argument) for argument in line.arguments[:2]]
        if parts:
            self.add(f"[{bold(parts[0])}{' ' + placeholder_mark(parts[1]) if len(parts) > 1 else ''}] ")

    def _table_block(self, line: Line) -> None:
        self.paragraph_end()
        body: list[str] = []
        for each in self._lines:
            if each.macro == "TE":
                break
            body.append(f".{each.macro} {each.text}" if each.macro else each.text)
        rows, headed = _table(body)
        self.table([[self.roff.inline(cell) for cell in row] for row in rows], headed=headed)

    _handlers: ClassVar[dict[str, Callable[[_Reader, Line], None]]] = {
        **dict.fromkeys(("TH",), _title),
        **dict.fromkeys(("SH", "SS"), _section_heading),
        **dict.fromkeys(("PP", "P", "LP", "HP"), _paragraph_macro),
        **dict.fromkeys(("TP", "TQ"), _tagged),
        **dict.fromkeys(("IP",), _indented_paragraph),
        **dict.fromkeys(("RS", "INDENT"), _indent),
        **dict.fromkeys(("RE", "UNINDENT"), _outdent),
        **dict.fromkeys(("nf", "EX", "Vb"), _code),
        **dict.fromkeys(("fi", "EE", "Ve"), _code_end),
        **dict.fromkeys(("sp", "Sp"), _space),
        **dict.fromkeys(("br", "ti", "in"), _line_break),
        **dict.fromkeys(("UR", "MT"), _link_start),
        **dict.fromkeys(("UE", "ME"), _link_end),
        **dict.fromkeys(("URL", "MTO"), _link_complete),
        **dict.fromkeys(("SY",), _synopsis_name),
        **dict.fromkeys(("OP",), _synopsis_option),
        **dict.fromkeys(("TS",), _table_block),
    }


def plain_code(text: str) -> str:
    """Return a line of code without its marks, its blanks kept."""
    return re.sub("[\x02\x03\x05\x06]", "", text)


def _table(body: list[str]) -> tuple[list[list[str]], bool]:
    """Read tbl's simple form: options, formats up to a full stop, then rows; ``T{`` opens a cell over several lines."""
    text = "\n".join(body)
    separator = "\t"
    options = re.match(r"[^\n]*;[ \t]*\n", text)
    if options:
        given = re.search(r"\btab[ \t]*\((.)\)", options.group())
        separator = given.group(1) if given else separator
        text = text[options.end() :]
    formats, _stop, data = text.partition(".\n")
    # Formats may follow again within the table.
    data = re.sub(r"^\.[ \t]*T&[ \t]*\n(?:.*[^.\n]\n)*.*\.$", "", data, flags=re.MULTILINE)
    rows: list[list[str]] = []
    headed = re.search(r"[bB]", formats.partition("\n")[0]) is not None
    cell: list[str] | None = None
    for line in data.split("\n"):
        if cell is not None:
            if not line.startswith("T}"):
                if not line.startswith("."):
                    cell.append(line)
                elif re.match(r"\.[BI][A-Z]? ", line):
                    cell.append(line.partition(" ")[2])
                continue
            cells = [" ".join(part for part in cell if part.strip()), *line[2:].split(separator)[1:]]
            rows[-1][-1:] = cells
        elif line in ("_", "=") or re.fullmatch(r"[_=](?:.[_=])*", line):
            headed = headed or len(rows) == 1
            continue
        elif line.startswith((".", "'")) or not line.strip():
            continue
        else:
            rows.append(line.split(separator))
        cell = [] if rows[-1][-1].strip() == "T{" else None
    return rows, headed
