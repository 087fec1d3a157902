# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Blocks of Markdown as the converters of marked-up sources write them: paragraphs in lists, code, tables, code spans."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import contextlib
import itertools
import re
import textwrap
from collections.abc import Iterator, Sequence
from typing import Final

from ._page import CODE, LIST, TABLE, TEXT, PageBuilder, code_fence

# Marks inside running text, characters that no decoded document holds: code, a placeholder (code where it touches code) and a line break.
CODE_ON: Final = "\x02"
CODE_OFF: Final = "\x03"
PLACEHOLDER_ON: Final = "\x05"
PLACEHOLDER_OFF: Final = "\x06"
LINE_BREAK: Final = "\x04"
# Entries (options, directives, terms) are sections below every heading; nested ones go deeper.
ENTRY_LEVEL: Final = 7

_BLANKS: Final = re.compile(r"\s+")
_MARKS: Final = re.compile("([\x02\x03\x05\x06])")
_BREAKS: Final = re.compile(" *\x04[ \x04]*")
_TOUCHING: Final = re.compile(
    "(?:(?<=[\\w\x06])|(?<=[\\w\x06][\x02\x03]))\x05(?!\\s)([^\x02-\x06=<>]+)\x06|\x05([^\x02-\x06=<>]+)(?<!\\s)\x06(?=[\x02\x03]?[\\w\x05])"
)
# What stands between an option and its value without a blank belongs to both: `--color[=WHEN]`.
_GLUE: Final = re.compile(r"[=:/@.,\[<-]{1,3}")
_CLOSING: Final = re.compile(r"[\]>]+")
_OPTION: Final = re.compile(r"[-+/]{0,2}[A-Za-z0-9?][\w.:*-]*(?:[._=][\w*]|=)|--?[A-Za-z0-9?#@]|[$%\\][A-Za-z_{]")


def code_mark(text: str) -> str:
    """Return ``text`` marked as code."""
    return f"{CODE_ON}{text}{CODE_OFF}"


def placeholder_mark(text: str) -> str:
    """Return ``text`` marked as a placeholder, which is code beside code and plain elsewhere."""
    return f"{PLACEHOLDER_ON}{text}{PLACEHOLDER_OFF}"


def looks_like_option(text: str) -> bool:
    """Tell whether a term begins as names of options do: ``--flag``, ``-f``, ``a.b``, ``a_b``, ``Name=``, ``$name``."""
    return _OPTION.match(plain_text(text)) is not None


def plain_text(text: str) -> str:
    """Return marked text on one line without its marks."""
    return _BLANKS.sub(" ", _MARKS.sub("", _touching(text)).replace(LINE_BREAK, " ")).strip()


def _touching(text: str) -> str:
    """Put placeholders that would run into a neighbouring word into angle brackets: ``-p<port>``."""
    return _TOUCHING.sub(r"<\1\2>", text) if PLACEHOLDER_ON in text else text


def markdown_text(text: str) -> str:
    """Return marked text as Markdown: code in backticks, white space collapsed, ``\\n`` for a line break."""
    text = _touching(_BLANKS.sub(" ", text))
    if _MARKS.search(text):
        text = "".join(_code_span(part) if is_code else part for part, is_code in _merged(_parts(text)))
    return _BREAKS.sub("\n", text).strip(" \n")


def _parts(text: str) -> list[tuple[str, str]]:
    """Split at the marks; a part is ``code``, ``placeholder`` or ``text``, and code inside code is one part."""
    pieces: list[tuple[str, str]] = []
    depth = {CODE_ON: 0, PLACEHOLDER_ON: 0}
    for piece in _MARKS.split(text):
        if piece in depth:
            depth[piece] += 1
        elif piece == CODE_OFF:
            depth[CODE_ON] = max(0, depth[CODE_ON] - 1)
        elif piece == PLACEHOLDER_OFF:
            depth[PLACEHOLDER_ON] = max(0, depth[PLACEHOLDER_ON] - 1)
        elif piece:
            pieces.append(("code" if depth[CODE_ON] else "placeholder" if depth[PLACEHOLDER_ON] else "text", piece))
    return [(kind, "".join(piece for _kind, piece in group)) for kind, group in itertools.groupby(pieces, key=lambda piece: piece[0])]


def _merged(parts: list[tuple[str, str]]) -> Iterator[tuple[str, bool]]:
    """Join each run of parts that touch and hold code to one code span."""
    at = 0
    while at < len(parts):
        end = at + 1
        if parts[at][0] != "text":
            while end < len(parts) and parts[end][0] != "text":
                end += 1
                if end + 1 < len(parts) and parts[end][0] == "text" and _GLUE.fullmatch(parts[end][1]):
                    end += 1
        run = "".join(piece for _kind, piece in parts[at:end])
        is_code = any(kind == "code" for kind, _piece in parts[at:end])
        if is_code and end < len(parts) and run.count("[") + run.count("<") > run.count("]") + run.count(">"):
            closing = _CLOSING.match(parts[end][1])
            if closing:
                run += closing.group()
                parts[end] = (parts[end][0], parts[end][1][closing.end() :])
        yield run, is_code
        at = end


def _code_span(text: str) -> str:
    code = text.replace(LINE_BREAK, " ").strip()
    if not code:
        return text
    before, after = " " * text[0].isspace(), " " * text[-1].isspace()
    if "`" in code:
        fence = "`" * (max(len(run) for run in re.findall("`+", code)) + 1)
        return f"{before}{fence} {code} {fence}{after}"
    return f"{before}`{code}`{after}"


class BlockWriter:
    """Writes blocks to a builder, inside as many list items as are open; all text may carry marks."""

    def __init__(self, builder: PageBuilder) -> None:
        self.builder = builder
        # One entry per open item: indentation, and the marker until it is used.
        self._items: list[tuple[str, str]] = []
        self._label = ""

    def heading(self, level: int, text: str, anchor: str | None = None) -> None:
        """Begin a section; its name is plain text."""
        self._flush_label()
        self.builder.heading(level, plain_text(text), anchor)

    def label(self, text: str) -> None:
        """Put ``text`` (``Note:``, a term) before the next paragraph, or on a line of its own when no paragraph follows."""
        self._label = f"{self._label} {text}".strip()

    def paragraph(self, text: str) -> None:
        """Add running text: a paragraph, or what the open item holds."""
        text = markdown_text(text)
        if not text:
            return
        if self._label:
            text = f"{markdown_text(self._label)} {text}"
            self._label = ""
        self._add_text(text)

    def code(self, code: str, language: str = "") -> None:
        """Add code as a fenced block."""
        self._flush_label()
        code = textwrap.dedent(_MARKS.sub("", code).replace(LINE_BREAK, "\n")).strip("\n").rstrip()
        if code.strip():
            self.builder.add(CODE, code_fence(code, language))

    def table(self, rows: Sequence[Sequence[str]], *, headed: bool) -> None:
        """Add a pipe table; ``headed`` when its first row is its header. Empty columns and rows are left out."""
        self._flush_label()
        width = max((len(row) for row in rows), default=0)
        cells = [[markdown_text(cell).replace("\n", " ").replace("|", "\\|") for cell in row] + [""] * (width - len(row)) for row in rows]
        used = [column for column in range(width) if any(row[column] for row in cells)]
        lines = ["| " + " | ".join(row[column] for column in used) + " |" for row in cells if any(row)]
        if not lines:
            return
        if not headed or not any(cells[0]):
            lines.insert(0, "|" + "  |" * len(used))
        lines.insert(1, "|" + " --- |" * len(used))
        self.builder.add(TABLE, "\n".join(lines))

    @contextlib.contextmanager
    def item(self, marker: str = "") -> Iterator[None]:
        """Write what follows as an item of a list; without a ``marker`` indented as a part of it."""
        # An item that has used its marker indents the items inside it to its own text.
        indent = "" if not self._items else self._items[-1][0] + " " * len(self._items[-1][1])
        self._items.append((indent if marker else indent + "  ", marker))
        try:
            yield
        finally:
            self._flush_label()
            self._items.pop()

    @contextlib.contextmanager
    def entry(self, level: int, text: str, anchor: str | None = None) -> Iterator[None]:
        """Write what follows as a section of its own, whatever lists it stands in; the caller ends the entries of the ``level``."""
        self.heading(level, text, anchor)
        outer, self._items = self._items, []
        try:
            yield
        finally:
            self._flush_label()
            self._items = outer

    def _flush_label(self) -> None:
        if self._label:
            text, self._label = markdown_text(self._label), ""
            self._add_text(text)

    def _add_text(self, text: str) -> None:
        if not self._items:
            # A paragraph that an author began with a dash is an item in Markdown.
            self.builder.add(LIST if text.startswith("- ") else TEXT, text)
            return
        indent, marker = self._items[-1]
        if marker:
            self._items[-1] = (indent + " " * len(marker), "")
        rest = self._items[-1][0]
        self.builder.add(LIST, f"{indent}{marker}" + text.replace("\n", f"\n{rest}"))
