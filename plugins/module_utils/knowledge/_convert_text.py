# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to the collection: names here may change in any release.
"""Plain text, and reStructuredText read as plain text: underlined headings, paragraphs, literal blocks."""

from __future__ import annotations

import re
import textwrap
from typing import Final

from ._convert_html import code_fence
from ._convert_page import CODE, LIST, TABLE, TEXT, PageBuilder

_UNDERLINE: Final = re.compile(r"^([=\-`:'\"~^_*+#<>.!])\1{2,}\s*$")
_ITEM: Final = re.compile(r"^\s*(?:(?:[-*+•]|\d{1,3}[.)]|#\.)\s+\S|:[A-Z][\w -]*:\s)")
_DIRECTIVE: Final = re.compile(r"^\s*\.\.\s+(?:\|[^|]+\|\s+)?([\w:-]+)::\s*(.*)$")
_TARGET: Final = re.compile(r"^\s*\.\.\s+_`?([^`:]+)`?:\s*$")
_OPTION_LINE: Final = re.compile(r"^\s*:[\w -]+:(?:\s|$)")
_RULE: Final = re.compile(r"^\s*(?:\+[-=+]{3,}\+|=+(?:\s+=+)+)\s*$")
_CODE_DIRECTIVES: Final = frozenset({"code-block", "code", "sourcecode", "prompt", "parsed-literal", "highlight"})
_DROPPED_DIRECTIVES: Final = frozenset({"toctree", "contents", "image", "index", "raw", "include", "highlight", "ditaa", "graphviz", "meta"})
_ADMONITIONS: Final = frozenset({"note", "warning", "important", "tip", "caution", "danger", "attention", "hint", "error"})
_ROLE: Final = re.compile(r":[\w:.+-]+:`(?:~)?([^`<]*?)(?:\s*<([^`>]*)>)?`")
_LINK: Final = re.compile(r"`([^`<]+?)\s*<[^`>]+>`__?")
_REFERENCE: Final = re.compile(r"`([^`]+)`__?(?!\w)")
_LITERAL: Final = re.compile(r"``(.+?)``", re.DOTALL)


def read_text(text: str, builder: PageBuilder, *, restructured: bool = False) -> None:
    """Write the content of a plain text (or, ``restructured``, of reStructuredText) to ``builder``."""
    _Reader(text.expandtabs(8).split("\n"), builder, restructured).read()


class _Reader:
    def __init__(self, lines: list[str], builder: PageBuilder, restructured: bool) -> None:
        self._lines = lines
        self._builder = builder
        self._rst = restructured
        self._at = 0
        self._anchor: str | None = None
        # Heading styles in order of appearance: the first is level 1.
        self._styles: list[tuple[str, bool]] = []

    def read(self) -> None:
        while self._at < len(self._lines):
            line = self._lines[self._at]
            if not line.strip():
                self._at += 1
            elif not (self._heading() or (self._rst and (self._explicit() or self._table()))):
                self._paragraph()

    def _line(self, offset: int) -> str:
        at = self._at + offset
        return self._lines[at] if at < len(self._lines) else ""

    def _heading(self) -> bool:
        over = bool(_UNDERLINE.match(self._line(0))) and self._line(0)[:1] == self._line(2)[:1]
        title, under = self._line(int(over)), self._line(1 + int(over))
        if not title.strip() or not _UNDERLINE.match(under) or _UNDERLINE.match(title) or (not over and title[:1].isspace()):
            return False
        if len(under.rstrip()) < max(3, len(title.strip()) - 2):
            return False
        style = (under[0], over)
        if style not in self._styles:
            self._styles.append(style)
        self._builder.heading(min(self._styles.index(style) + 1, 6), self._prose(title), self._anchor)
        self._anchor = None
        self._at += 2 + int(over)
        return True

    def _explicit(self) -> bool:
        """A directive, target or comment: lines that begin with two dots."""
        line = self._line(0)
        if not re.match(r"^\s*\.\.(\s|$)", line):
            return False
        indent = len(line) - len(line.lstrip())
        self._at += 1
        body = self._indented(indent)
        directive = _DIRECTIVE.match(line)
        if directive is None:
            target = _TARGET.match(line)
            if target:
                self._anchor = target.group(1)
            return True
        name, argument = directive.group(1).lower(), directive.group(2).strip()
        while body and _OPTION_LINE.match(body[0]):
            body.pop(0)
        if name in _CODE_DIRECTIVES:
            language = "" if name in ("parsed-literal", "prompt") else argument.split(" ")[0]
            self._code(body, "bash" if name == "prompt" else language)
        elif name not in _DROPPED_DIRECTIVES:
            label = f"{name.capitalize()}:" if name in _ADMONITIONS else ""
            if name in _ADMONITIONS and argument:
                argument, body = "", [argument, *body]
            head = " ".join(part for part in (label, argument) if part)
            if head:
                self._builder.add(TEXT, self._prose(head))
            _Reader(textwrap.dedent("\n".join(body)).split("\n"), self._builder, True).read()
        return True

    def _indented(self, indent: int) -> list[str]:
        """Take the lines that are indented deeper than ``indent``, with the blank lines between them."""
        body: list[str] = []
        while self._at < len(self._lines):
            line = self._lines[self._at]
            if line.strip() and len(line) - len(line.lstrip()) <= indent:
                break
            body.append(line)
            self._at += 1
        while body and not body[-1].strip():
            body.pop()
        while body and not body[0].strip():
            body.pop(0)
        return body

    def _table(self) -> bool:
        if not _RULE.match(self._line(0)):
            return False
        end = self._at
        grid = self._line(0).lstrip().startswith("+")
        rules = 0
        while end < len(self._lines) and (self._lines[end].strip() or (not grid and rules < 2)):
            rules += bool(_RULE.match(self._lines[end]))
            end += 1
        self._builder.add(TABLE, code_fence(textwrap.dedent("\n".join(self._lines[self._at : end])).strip("\n")))
        self._at = end
        return True

    def _paragraph(self) -> None:
        first = self._line(0)
        indent = len(first) - len(first.lstrip())
        if not self._rst and indent >= 4:
            self._code(self._indented(3), "")
            return
        lines = [first]
        self._at += 1
        while self._line(0).strip() and not _ITEM.match(self._line(0)) and not _UNDERLINE.match(self._line(1)):
            lines.append(self._line(0))
            self._at += 1
        text = " ".join(line.strip() for line in lines)
        literal = self._rst and text.endswith("::")
        if literal:
            text = "" if text == "::" else text.removesuffix(" ::") if text.endswith(" ::") else text[:-1]
        item = _ITEM.match(first)
        self._builder.add(LIST if item else TEXT, ("  " * (indent // 3) if item else "") + self._prose(text))
        if literal:
            while self._at < len(self._lines) and not self._line(0).strip():
                self._at += 1
            self._code(self._indented(indent), "")

    def _code(self, body: list[str], language: str) -> None:
        code = textwrap.dedent("\n".join(body)).strip("\n")
        if code.strip():
            self._builder.add(CODE, code_fence(code, language))

    def _prose(self, text: str) -> str:
        text = re.sub(r"\s+", " ", text).strip()
        if not self._rst:
            return text
        kept: list[str] = []

        def keep(found: re.Match[str]) -> str:
            kept.append(found.group(1))
            return f"\x00{len(kept) - 1}\x00"

        text = _LITERAL.sub(keep, text)
        text = _ROLE.sub(lambda found: found.group(1) or found.group(2) or "", text)
        text = _REFERENCE.sub(r"\1", _LINK.sub(r"\1", text)).replace("**", "")
        return re.sub("\x00(\\d+)\x00", lambda found: f"`{kept[int(found.group(1))]}`", text)
