# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AsciiDoc by sections, line by line; each option of a description list is a section of its own."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from ..._errors import DataError
from ._asciidoc_inline import Attributes, Inline
from ._asciidoc_source import preprocess
from ._asciidoc_table import read_table
from ._blocks import CODE_ON, ENTRY_LEVEL, BlockWriter, looks_like_option, plain_text
from ._html import read_html
from ._markup import ReadText
from ._page import PageBuilder

# Blocks in blocks deeper than this are read as text: a page that nests further is broken, and Python's stack is finite.
_MAX_DEPTH: Final = 40
_ADMONITIONS: Final = ("NOTE", "TIP", "IMPORTANT", "WARNING", "CAUTION")
_UNDERLINES: Final = "=-~^+"

_TITLE: Final = re.compile(r"^(={1,6}|#{1,6})[ \t]+(\S.*?)(?:[ \t]+\1)?$")
_INLINE_ANCHOR: Final = re.compile(r"\[\[([^\[\],]+)[^\[\]]*\]\]")
_ANCHOR: Final = re.compile(r"^\[\[([^\[\],]+)(?:,[^\]]*)?\]\]$")
_BLOCK_ATTRIBUTES: Final = re.compile(r"^\[(?!\[)([^\[\]]*(?:\[[^\]]*\][^\[\]]*)*)\]$")
_ATTRIBUTE_ID: Final = re.compile(r"""^(?:[\w-]*#([\w.:-]+)|.*\bid\s*=\s*["']?([\w.:{}-]+))""")
_BLOCK_TITLE: Final = re.compile(r"^\.([^\s.].*)$")
_DELIMITER: Final = re.compile(r"^(-{4,}|\.{4,}|={4,}|\*{4,}|_{4,}|\+{4,}|/{4,}|--|```[\w-]*|[|,:!]={3,})$")
_ADMONITION: Final = re.compile(rf"^({'|'.join(_ADMONITIONS)}):[ \t]+(\S.*)$")
_MACRO: Final = re.compile(r"^(?:image|video|audio|toc|ifndef|ifdef|endif|include|asciimath|stem)::[^\s\[\]]*\[.*\]$")
_CONTEXT: Final = re.compile(r"[_-]\{context\}")
_MARKERS: Final = re.compile(r"^[ \t]*(?:(\*{1,6}|-|\.{1,5})|(\d{1,4}\.|[A-Za-z]\.|[ivxIVX]{1,5}\))|<(\d{1,3}|\.)>)[ \t]+(?=\S)")
_TERM: Final = re.compile(r"^[ \t]*((?:\[\[[^\]]*\]\])?\S.*?|\S)(:{2,4}|;;)(?:[ \t]+(.*))?$")
_CALLOUT: Final = re.compile(
    r"[ \t]{0,20}(?:(?://|#|--|;;)[ \t]{0,20})?((?:<(?:\d{1,3}|\.)>[ \t]{0,20}+){1,20}+|(?:<!--(?:\d{1,3}|\.)-->[ \t]{0,20}+){1,20}+)$", re.MULTILINE
)
_COMMENT: Final = re.compile(r"//(?!/)")
_PROSE: Final = re.compile(r"[ ]+[A-Z(`*_<\"'][^$#]*$")
_CHECKED: Final = re.compile(r"^\[[ xX*]\][ \t]+")
_AUTHOR: Final = re.compile(r"^(?:[\w.'-]+(?:[ \t]+[\w.'-]+){0,3}(?:[ \t]*<[^>]*>)?(?:;.*)?|v?\d[\w.-]*(?:,.*)?)$")
_RAW_TITLE: Final = re.compile(r"<titleabbrev>.*?</titleabbrev>", re.DOTALL)


def read_asciidoc(text: str, builder: PageBuilder, *, version: str | None = None, read_text: ReadText | None = None) -> None:
    """Write the content of an AsciiDoc document to ``builder``.

    ``version`` is that of the documentation and fills version attributes that nothing here defines;
    ``read_text`` gives included files (a target with ``#part`` asks for a part of a file, which may be a page of its own).
    Raises DataError for a PGP signature, whose files have the same suffix.
    """
    if text.startswith("-----BEGIN PGP"):
        raise DataError(f"{builder.path} is a signature or key, not a document.", file=builder.path)
    attributes = Attributes(version)
    lines = preprocess(text, attributes, read_text)
    _Reader(builder, attributes).read(_without_header(lines))


def _without_header(lines: list[str]) -> list[str]:
    """Drop front matter and the lines of author and revision below the document's title."""
    start = next((number for number, line in enumerate(lines) if line and not line.startswith("//")), 0)
    if lines and lines[start] == "---" and "---" in lines[start + 1 :]:
        return lines[lines.index("---", start + 1) + 1 :]
    for number, line in enumerate(lines):
        if re.match(r"^=[ \t]+\S", line):
            end = number + 1
            while end < min(len(lines), number + 4) and _AUTHOR.match(lines[end]):
                end += 1
            return lines[: number + 1] + lines[end:]
        if line and not line.startswith(("//", "[", ":")):
            break
    return lines


class _Reader:
    """Reads a list of lines; blocks within blocks are read by the same reader from their own lines."""

    def __init__(self, builder: PageBuilder, attributes: Attributes) -> None:
        self._builder = builder
        self._writer = BlockWriter(builder)
        self._attributes = attributes
        self._inline = Inline(attributes)
        self._lines: list[str] = []
        self._at = 0
        self._depth = 0
        self._entries = 0
        # How many list levels further out the next `+` attaches, while it is looked for.
        self._outward: int | None = None
        self._reset()

    def _reset(self) -> None:
        """Forget what was said about the block that comes next."""
        self._anchor: str | None = None
        self._title = ""
        self._style: list[str] = []

    def read(self, lines: list[str]) -> None:
        outer, outer_at = self._lines, self._at
        self._lines, self._at = lines, 0
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            self._paragraph(lines)
        else:
            while self._at < len(self._lines):
                self._block()
        self._depth -= 1
        self._lines, self._at = outer, outer_at

    def _line(self, offset: int = 0) -> str:
        at = self._at + offset
        return self._lines[at] if at < len(self._lines) else ""

    def _block(self) -> None:
        """Read one block, or one line that says something about the next."""
        line = self._line()
        if not line.strip() or line == "+" or line in ("'''", "<<<", "---", "***", "* * *") or _MACRO.match(line):
            self._at += 1
            if line.strip():
                self._reset()
        elif line.startswith("//") and not line.startswith("////"):
            self._at += 1
        elif not (self._about_next(line) or self._delimited(line) or self._heading(line) or self._list_item(line)):
            self._plain()

    def _about_next(self, line: str) -> bool:
        anchor, attributes, title = _ANCHOR.match(line), _BLOCK_ATTRIBUTES.match(line), _BLOCK_TITLE.match(line)
        if anchor:
            self._anchor = anchor.group(1)
        elif attributes:
            self._style = [part.strip(" \"'") for part in self._attributes.substitute(attributes.group(1)).split(",")]
            named = _ATTRIBUTE_ID.match(attributes.group(1))
            if named:
                self._anchor = _CONTEXT.sub("", named.group(1) or named.group(2))
        elif title and not _MARKERS.match(line):
            self._title = title.group(1)
        else:
            return False
        self._at += 1
        return True

    def _heading(self, line: str) -> bool:
        title = _TITLE.match(line)
        under = self._line(1)
        if title:
            level, text, taken = len(title.group(1)), title.group(2), 1
        elif under[:1] and under[0] in _UNDERLINES and under == under[0] * len(under) and abs(len(under) - len(line)) <= 2 and re.match(r"[\w`'({<]", line):
            level, text, taken = _UNDERLINES.index(under[0]) + 1, line, 2
        else:
            return False
        inner = _INLINE_ANCHOR.search(text)
        self._writer.heading(level, self._inline.text(text), inner.group(1) if inner else self._anchor)
        self._entries = 0
        self._at += taken
        self._reset()
        return True

    def _take_title(self, *, introduces: bool = True) -> str:
        title, self._title = self._title, ""
        if title and introduces:
            text = self._inline.text(title).strip()
            self._writer.paragraph(text if text[-1:] in ".:?!" else f"{text}:")
        return title

    def _delimited(self, line: str) -> bool:
        if not _DELIMITER.match(line):
            return False
        closing = "```" if line.startswith("```") else line
        end = self._at + 1
        while end < len(self._lines) and self._lines[end] != closing:
            end += 1
        body = self._lines[self._at + 1 : end]
        if end == len(self._lines) and not body:
            self._at += 1
            return True
        self._at = end + 1
        style, kind = self._style, line[0] if line != "--" else "--"
        admonition = next((name for name in _ADMONITIONS if style and style[0].upper() == name), None)
        if kind == "/" or (style and style[0] in ("comment", "abstract-comment")):
            self._reset()
        elif len(line) > 1 and line[1] == "=" and kind in "|,:!":
            self._take_title()
            self._reset()
            read_table(body, style, kind, self._writer, self._inline, self.read)
        elif kind == "+":
            self._reset()
            raw = _RAW_TITLE.sub("", "\n".join(body))
            if raw.strip():
                read_html(raw, self._builder, whole_document=False)
        elif kind in "-.`" and line != "--":
            self._code(body, line[3:] if kind == "`" else "")
        elif line == "--" and style and style[0] in ("source", "listing", "literal"):
            self._code(body, "")
        elif style and style[0] in ("verse", "synopsis"):
            self._verse(body)
        else:
            self._compound(body, admonition)
        return True

    def _compound(self, body: list[str], admonition: str | None) -> None:
        """An example, sidebar, quotation or open block; its style may make an admonition of it."""
        title = self._take_title(introduces=admonition is None)
        self._reset()
        if admonition:
            self._writer.label(f"{admonition.capitalize()} ({self._inline.text(title)}):" if title else f"{admonition.capitalize()}:")
        self.read(body)

    def _code(self, body: list[str], language: str) -> None:
        style = self._style
        self._take_title()
        self._reset()
        if style and (style[0] in ("source", "") or style[0].startswith("source%")) and len(style) > 1 and "=" not in style[1]:
            language = style[1]
        code = "\n".join(body)
        if any("attributes" in part or part.endswith("normal") for part in style):
            code = self._attributes.substitute(code)
        code = _CALLOUT.sub(lambda found: " " + "".join(f"({number})" for number in re.findall(r"\d+|\.", found.group(1))), code)
        self._writer.code(code, language if re.fullmatch(r"[\w+#-]+", language) else "")

    def _verse(self, body: list[str]) -> None:
        """Lines that stay lines: git's synopses."""
        self._take_title()
        self._reset()
        self._writer.code("\n".join(re.sub(r"(?<![\w'])'([^'\n]+)'(?!\w)", r"\1", self._inline.text(line)) for line in body))

    def _plain(self, markers: Sequence[str] = ()) -> None:
        """A paragraph: prose, an admonition, or code when it is indented; an item of a list with one of the ``markers`` ends it."""
        style = self._style[0] if self._style else ""
        start = self._at
        while self._at < len(self._lines) and self._line().strip():
            if self._at > start and (self._interrupts(self._line()) or (markers and _marker(self._line()) in markers)):
                break
            self._at += 1
        body = [line for line in self._lines[start : self._at] if not line.startswith("//")]
        if style in ("source", "listing", "literal"):
            self._code(body, "")
        elif style in ("verse", "synopsis"):
            self._verse(body)
        elif style.upper() in _ADMONITIONS:
            self._compound(body, style.upper())
        elif body and body[0][:1] == " " and style != "normal":
            self._code(body, "")
        else:
            self._take_title()
            self._reset()
            self._paragraph(body)

    def _paragraph(self, body: list[str]) -> None:
        admonition = _ADMONITION.match(body[0].strip()) if body else None
        if admonition:
            self._writer.label(f"{admonition.group(1).capitalize()}:")
            body = [admonition.group(2), *body[1:]]
        self._writer.paragraph(self._inline.text("\n".join(line.strip() for line in body)))

    def _interrupts(self, line: str) -> bool:
        """Tell whether a line ends the paragraph or the item's text above it."""
        return line == "+" or bool(_DELIMITER.match(line) or _ANCHOR.match(line) or (_BLOCK_ATTRIBUTES.match(line) and not line.startswith("[ ")))

    def _list_item(self, line: str) -> bool:
        """Begin a list at this line, if it is an item."""
        if _marker(line) is None:
            return False
        self._take_title()
        anchor = self._anchor
        self._reset()
        self._anchor = anchor
        self._list([])
        self._reset()
        return True

    def _list(self, outer: list[str]) -> None:
        """Read the items of one list; a line with the marker of an ``outer`` one ends it."""
        marker = _marker(self._line())
        if marker is None or self._depth >= _MAX_DEPTH:
            self._plain()
            return
        self._depth += 1
        if marker in ("::", ":::", "::::", ";;"):
            self._descriptions(marker, [*outer, marker])
        else:
            self._items(marker, [*outer, marker])
        self._depth -= 1

    def _items(self, marker: str, markers: list[str]) -> None:
        """Read the items of a list with bullets, numbers or callouts."""
        number = 0
        while _marker(self._line()) == marker:
            number += 1
            found = _MARKERS.match(self._line())
            if found is None:
                return
            shown = f"{number}. " if marker[0] in ".1Aa)" else "- "
            first = _CHECKED.sub("", self._line()[found.end() :])
            if found.group(3):
                first = f"({number if found.group(3) == '.' else found.group(3)}) {first}"
            self._at += 1
            self._anchor = None
            with self._writer.item(shown):
                self._item_body(first, markers)
            self._skip_to_item(marker)

    def _skip_to_item(self, marker: str) -> None:
        """Pass blank and comment lines, and an anchor, when the list goes on after them."""
        ahead = 0
        while self._at + ahead < len(self._lines) and (not self._line(ahead).strip() or (_COMMENT.match(self._line(ahead)) and self._line(ahead) != "//-")):
            ahead += 1
        anchor = _ANCHOR.match(self._line(ahead))
        if anchor and _marker(self._line(ahead + 1)) == marker:
            ahead += 1
        if ahead and _marker(self._line(ahead)) == marker:
            self._anchor = anchor.group(1) if anchor else None
            self._at += ahead

    def _item_body(self, first: str, markers: list[str]) -> None:
        """Read an item's text, the lists inside it and the blocks attached to it."""
        text = [first] if first else []
        if not first:
            while self._at < len(self._lines) and not self._line().strip():
                self._at += 1
        while self._at < len(self._lines) and self._line().strip() and _marker(self._line()) is None and not self._interrupts(self._line()):
            if not self._line().startswith("//"):
                text.append(self._line())
            self._at += 1
        self._paragraph(text)
        while self._at < len(self._lines):
            ahead = 0
            while self._at + ahead < len(self._lines) and (not self._line(ahead).strip() or _COMMENT.match(self._line(ahead))):
                ahead += 1
            line = self._line(ahead)
            marker = _marker(line)
            if line == "+":
                # Each blank line before it attaches to the item one level further out.
                self._outward = ahead if self._outward is None else self._outward
                if self._outward and len(markers) > 1:
                    self._outward -= 1
                    return
                self._outward = None
                self._at += ahead + 1
                self._attached(markers)
            elif marker is not None and marker not in markers and markers[-1] != "<>":
                self._at += ahead
                self._list(markers)
            elif ahead and line[:1] == " " and marker is None:
                # An indented paragraph after a blank line still belongs to the item.
                self._at += ahead
                self._indented(markers)
            else:
                return

    def _indented(self, markers: list[str]) -> None:
        start = self._at
        while self._at < len(self._lines) and self._line()[:1] == " " and _marker(self._line()) not in markers:
            self._at += 1
        body = self._lines[start : self._at]
        if markers[-1] in ("::", ":::", "::::", ";;") and _PROSE.match(body[0]) and body[-1][-1:] in ".:;!?)":
            self._paragraph(body)
        else:
            self._writer.code("\n".join(body))

    def _attached(self, markers: list[str]) -> None:
        """Read the one block that a ``+`` attaches to an item; nothing is attached across a blank line."""
        while self._about_next(self._line()) or _COMMENT.match(self._line()):
            self._at += bool(_COMMENT.match(self._line()))
        line = self._line()
        if not line.strip() or line == "+" or self._delimited(line):
            return
        if _marker(line) is None:
            self._plain(markers)
        elif _marker(line) not in markers:
            self._list(markers)

    def _descriptions(self, marker: str, markers: list[str]) -> None:
        """Read a description list; options become sections, and other terms items."""
        level = ENTRY_LEVEL + self._entries
        sections: bool | None = None
        while _marker(self._line()) == marker:
            terms: list[str] = []
            anchor, first = self._anchor, ""
            while _marker(self._line()) == marker and not first:
                found = _TERM.match(self._line())
                if found is None:
                    break
                inner = _INLINE_ANCHOR.search(found.group(1))
                anchor = inner.group(1) if inner else anchor
                terms.append(self._inline.text(found.group(1)).strip())
                first = (found.group(3) or "").strip()
                self._at += 1
                if not first and not self._line().strip():
                    # Terms that share a description stand on lines of their own.
                    ahead = 0
                    while self._at + ahead < len(self._lines) and not self._line(ahead).strip():
                        ahead += 1
                    if _marker(self._line(ahead)) != marker:
                        break
                    self._at += ahead
            self._anchor = None
            joined = ", ".join(filter(None, terms))
            if not joined:
                # An empty term (`{blank}::`) ends the lists inside of the entry above it, which goes on.
                self._item_body(first, markers)
                self._skip_to_item(marker)
                continue
            if sections is None:
                sections = not self._entries and (anchor is not None or joined.startswith(CODE_ON) or looks_like_option(joined))
            if sections:
                with self._writer.entry(level, joined, anchor):
                    self._entries += 1
                    self._item_body(first, markers)
                    self._entries -= 1
            else:
                with self._writer.item("- "):
                    self._writer.label(f"{plain_text(joined)}:" if not joined.startswith(CODE_ON) else f"{joined}:")
                    self._item_body(first, markers)
            self._skip_to_item(marker)
        if sections:
            self._builder.end_entries(level)


def _marker(line: str) -> str | None:
    """Return what tells the list of an item's line apart from others: its marker, a sample of it for numbers; None when it is none."""
    found = _MARKERS.match(line)
    if found is None:
        term = _TERM.match(line)
        return term.group(2) if term and not line.startswith(("//", "|")) else None
    if found.group(1):
        return found.group(1)
    if found.group(3):
        return "<>"
    number = found.group(2)
    return ")" if number.endswith(")") else "1" if number[0].isdigit() else "A" if number[0].isupper() else "a"
