# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the two readers of man pages share: sections, paragraphs, code, and tagged entries at any indentation."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass, field
from typing import Final

from ._blocks import CODE_ON, ENTRY_LEVEL, LINE_BREAK, BlockWriter, looks_like_option, plain_text
from ._page import PageBuilder
from ._roff import Roff

# Deeper indentation is not followed.
_MAX_INDENT: Final = 20
_MAX_TAG: Final = 150
_LINK_START: Final = "\x01"


@dataclass
class _Indent:
    """One level of indentation and what is open in it: a section of an option, a list item, or nothing."""

    stack: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    # The level of the open section.
    level: int | None = None
    # Whether tags here become sections, once the first has decided it.
    sections: bool | None = None


class Outline:
    """Writes a man page's structure; the readers of its macros call what happens."""

    def __init__(self, builder: PageBuilder, roff: Roff) -> None:
        self.builder = builder
        self.roff = roff
        self.writer = BlockWriter(builder)
        # Lines of the code that is being read, None outside of code.
        self.verbatim: list[str] | None = None
        self._run: list[str] = []
        self._indents = [_Indent()]
        self._ignored_indents = 0
        self._heading = ""
        self._name = ""
        self._volume = ""
        self._tags: list[str] = []
        self._synopsis: list[str] = []
        # The paragraph that might be the tag of an indented block.
        self._candidate = ""

    def set_name(self, name: str = "", volume: str = "") -> None:
        """Take the page's name and section, which its title is made of; the section NAME knows how the name is spelled."""
        self._name, self._volume = name, volume

    def section(self, level: int, title: str) -> None:
        self._end_all()
        self._heading = plain_text(title)
        self.builder.heading(level, self._heading)

    def add(self, text: str) -> None:
        """Add running text."""
        if text == LINE_BREAK and not self._run:
            return
        self._open_tags()
        self._run.append(text)

    def close_link(self, address: str, after: str) -> None:
        """Give a link that has no text its address."""
        text = "".join(self._run)
        before, _mark, inner = text.rpartition(_LINK_START)
        self._run = [before, inner.strip() or address, f"{after} "]

    def paragraph_end(self) -> None:
        text, self._run = "".join(self._run).replace(_LINK_START, ""), []
        self._write_candidate()
        if not plain_text(text):
            return
        if self._heading.upper() == "NAME" and len(self._indents) == 1:
            self._learn_name(plain_text(text))
        if self._in_synopsis():
            self._synopsis += [plain_text(line) for line in text.split(LINE_BREAK)]
        else:
            self._candidate = text

    def paragraph_start(self) -> None:
        """Begin a paragraph that belongs to the indentation, not to the entry that is open in it."""
        self._finish()
        self._close_entry(self._indents[-1])

    def _write_candidate(self) -> None:
        text, self._candidate = self._candidate, ""
        self.writer.paragraph(text)

    def tag(self, text: str) -> None:
        """Begin an entry; tags without text between them name the same one."""
        self.paragraph_end()
        self._write_candidate()
        self._tags.append(text.strip())

    def table(self, rows: list[list[str]], *, headed: bool) -> None:
        self.paragraph_end()
        self._write_candidate()
        self._open_tags()
        self._end_synopsis()
        self.writer.table(rows, headed=headed)

    def bullet(self, marker: str) -> None:
        """Begin an item of a list."""
        self._finish()
        indent = self._indents[-1]
        self._close_item(indent)
        indent.stack.enter_context(self.writer.item(marker))

    def _open_tags(self) -> None:
        """Open the entry of the tags that were read, now that its text begins."""
        if not self._tags:
            return
        text, self._tags = ", ".join(self._tags), []
        self._end_synopsis()
        indent = self._indents[-1]
        if indent.sections is None:
            indent.sections = not self._inside_entry(above=True) and _is_option(text)
        if indent.sections:
            self._close_item(indent)
            name = plain_text(text)
            shown = name if len(name) <= _MAX_TAG else f"{name[:_MAX_TAG].rsplit(' ', 1)[0]} ..."
            indent.level = ENTRY_LEVEL + sum(each.level is not None for each in self._indents[:-1])
            indent.stack.enter_context(self.writer.entry(indent.level, shown))
            if shown != name:
                self.writer.paragraph(text)
        else:
            self._close_item(indent)
            indent.stack.enter_context(self.writer.item("- "))
            self.writer.label(text if plain_text(text).endswith(":") else f"{text}:")

    def _finish(self) -> None:
        """Write what is still held back; tags that got no text are a list of their own."""
        self.paragraph_end()
        self._write_candidate()
        tags, self._tags = self._tags, []
        if tags and self._in_synopsis():
            self._synopsis += [plain_text(tag) for tag in tags]
            return
        if tags:
            self._close_item(self._indents[-1])
        for tag in tags:
            with self.writer.item("- "):
                self.writer.paragraph(tag)

    def _inside_entry(self, *, above: bool = False) -> bool:
        return any(indent.level is not None for indent in (self._indents[:-1] if above else self._indents))

    def indent(self) -> None:
        """Begin an indented block; a short paragraph right before it that names an option is its tag."""
        if self._run:
            self.paragraph_end()
        candidate = self._candidate
        if candidate and not self._tags and len(plain_text(candidate)) <= _MAX_TAG and _is_tag(candidate):
            self._candidate = ""
            self._tags = [part.strip() for part in candidate.split(LINE_BREAK) if part.strip()]
        self._write_candidate()
        self._open_tags()
        if len(self._indents) < _MAX_INDENT:
            self._indents.append(_Indent())
        else:
            self._ignored_indents += 1

    def outdent(self) -> None:
        self._finish()
        if self._ignored_indents:
            self._ignored_indents -= 1
        elif len(self._indents) > 1:
            self._close_entry(self._indents.pop())

    def code_start(self) -> None:
        self.paragraph_end()
        self._write_candidate()
        self._open_tags()
        if self.verbatim is None:
            self.verbatim = []

    def code_end(self) -> None:
        if self.verbatim is not None:
            lines, self.verbatim = self.verbatim, None
            if self._in_synopsis():
                self._synopsis += lines
            else:
                self.writer.code("\n".join(lines))

    def _in_synopsis(self) -> bool:
        return "SYNOPSIS" in self._heading.upper() and not self._inside_entry()

    def _end_synopsis(self) -> None:
        """A synopsis is one piece of code, however many requests made its lines."""
        lines, self._synopsis = self._synopsis, []
        self.writer.code("\n".join(line.rstrip() for line in lines if line.strip()))

    def close(self) -> None:
        """End the page and give it its title."""
        self._end_all()
        if self._name:
            self.builder.fallback_title = f"{self._name}({self._volume})" if self._volume else self._name

    def _end_all(self) -> None:
        self.code_end()
        self._finish()
        self._end_synopsis()
        while self._indents:
            self._close_entry(self._indents.pop())
        self._indents = [_Indent()]
        self._ignored_indents = 0

    @staticmethod
    def _close_item(indent: _Indent) -> None:
        indent.stack.close()
        indent.stack = contextlib.ExitStack()

    def _close_entry(self, indent: _Indent) -> None:
        self._close_item(indent)
        if indent.level is not None:
            self.builder.end_entries(indent.level)
            indent.level = None
        indent.sections = None

    def _learn_name(self, text: str) -> None:
        names = re.split(r",\s*|\s+", text.split(" - ")[0].split(" \u2014 ")[0])
        known = next((name for name in names if name.lower() == self._name.lower()), None)
        self._name = known or self._name


def _is_option(text: str) -> bool:
    """Tell whether a tag is a name; in man pages any single word is one."""
    return text.startswith(CODE_ON) or looks_like_option(text) or re.fullmatch(r"[A-Za-z][\w.-]+", plain_text(text)) is not None


def _is_tag(text: str) -> bool:
    """Tell whether a paragraph is nothing but the names of an entry."""
    plain = plain_text(text)
    return _is_option(text) and not plain.endswith((".", ":", ";")) and len(plain.split()) <= 12
