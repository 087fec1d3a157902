# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DocBook, as SGML or XML, by sections; each option of a variable list is a section of its own."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import re
import textwrap
from typing import Any, Final

from ._blocks import ENTRY_LEVEL, BlockWriter, looks_like_option, plain_text
from ._docbook_inline import BLOCKS, CODE, DROPPED, INFO, Inline, has_blocks, synopsis, verbatim
from ._markup import ReadText, parse_markup, xml_characters
from ._page import PageBuilder

# lxml's elements are untyped.
Element = Any

# Terms longer than this, taken together, stand in the text of their section instead of its heading.
_MAX_HEADING: Final = 150
# Longer cells that span rows are not repeated in each.
_MAX_REPEATED: Final = 200
_POINTER: Final = re.compile(r"([\w.:-]+)|xpointer\(\s*id\(\s*['\"]([\w.:-]+)['\"]\s*\)\s*\)|element\(\s*([\w.:-]+)\s*\)")
_ADMONITIONS: Final = frozenset({"caution", "danger", "important", "note", "tip", "warning"})
_SECTIONS: Final = frozenset(
    "appendix article bibliodiv bibliography book chapter colophon dedication glossary glossdiv preface part qandadiv qandaset reference refentry "
    "refsect1 refsect2 refsect3 refsection refsynopsisdiv sect1 sect2 sect3 sect4 sect5 section set simplesect topic".split()
)
_CODE_BLOCKS: Final = frozenset({"classsynopsis", "literallayout", "programlisting", "screen", "synopsis"})
_COMMANDS: Final = frozenset({"cmdsynopsis", "funcsynopsis", "methodsynopsis", "constructorsynopsis", "destructorsynopsis"})
_LISTS: Final = {"itemizedlist": "listitem", "orderedlist": "listitem", "procedure": "step", "substeps": "step", "stepalternatives": "step"}
_NUMBERED: Final = frozenset({"orderedlist", "procedure", "substeps"})
_PARAGRAPHS: Final = frozenset({"para", "simpara"})


def is_docbook(root: Element) -> bool:
    """Tell whether the elements below ``root`` are DocBook's: by the first, or by what no other vocabulary has."""
    return root[0].tag in _SECTIONS or next(root.iter("para", "simpara", "refpurpose", "tgroup", "entry", "programlisting"), None) is not None


def read_docbook(document: Element, builder: PageBuilder, *, read_text: ReadText | None = None) -> None:
    """Write a parsed document (or a fragment of several elements below ``document``) to ``builder``."""
    _Reader(document, builder, read_text).read()


class _Reader:
    def __init__(self, document: Element, builder: PageBuilder, read_text: ReadText | None) -> None:
        self._document = document
        self._builder = builder
        self._writer = BlockWriter(builder)
        self._read_text = read_text
        self._inline = Inline(document)
        self._run: list[str] = []
        # Of several sections side by side none is the page.
        self._level = 0 if sum(child.tag in _SECTIONS for child in document) <= 1 else 1
        self._entries = 0
        self._included: set[str] = set()

    def read(self) -> None:
        self._include_listings()
        if self._document[0].get("name") and self._document[0].find("title") is None:
            # Parameters in files of their own, as samba has them.
            self._writer.heading(1, self._document[0].get("name"))
        if all(child.tag == "row" for child in self._document):
            self._group(self._document)
        else:
            self._children(self._document)

    def _include_listings(self) -> None:
        """Put the files that listings include into them as their text."""
        for include in [found for found in self._document.iter("xi_include") if found.get("parse") == "text" and found.getparent().tag in _CODE_BLOCKS]:
            text = self._read_text(f"{include.get('href') or ''}#text") if self._read_text else None
            listing, before = include.getparent(), include.getprevious()
            if text is None:
                continue
            text = f"{xml_characters(text)}{include.tail or ''}"
            if before is None:
                listing.text = f"{listing.text or ''}{text}"
            else:
                before.tail = f"{before.tail or ''}{text}"
            listing.remove(include)

    def _children(self, element: Element) -> None:
        self._run.append(element.text or "")
        for child in element:
            self._child(child)
            self._run.append(child.tail or "")
        self._flush()

    def _child(self, child: Element) -> None:
        tag = child.tag
        if tag in INFO:
            self._items(list(child.iterchildren("abstract")))
        if tag in DROPPED or tag in INFO or tag in ("title", "titleabbrev"):
            return
        if tag == "xi_include":
            self._include(child)
        elif tag in BLOCKS or (tag != "footnote" and has_blocks(child)):
            self._flush()
            self._block(child, tag)
            self._flush()
        else:
            self._run.append(self._inline.of(child))

    def _block(self, element: Element, tag: str) -> None:
        if tag in _PARAGRAPHS:
            self._children(element)
        elif tag in _SECTIONS:
            self._section(element)
        elif tag in _CODE_BLOCKS:
            self._writer.code(verbatim(element), element.get("language") or "")
        elif tag in _COMMANDS:
            self._writer.code("\n".join(synopsis(element)))
        elif tag in _LISTS:
            self._list(element)
        elif tag in _ADMONITIONS:
            self._admonition(element)
        else:
            getattr(self, f"_read_{tag}", self._container)(element)

    def _flush(self) -> None:
        self._writer.paragraph("".join(self._run))
        self._run.clear()

    def _title(self, element: Element) -> str:
        """Return the marked title of an element, from its information block when it has none of its own."""
        title = element.find("title")
        for child in element if title is None else ():
            if child.tag in INFO and child.find("title") is not None:
                title = child.find("title")
                break
        return "" if title is None else self._inline.of(title).strip()

    def _section(self, element: Element) -> None:
        title = self._title(element)
        if element.tag == "refentry":
            title = self._inline.reference_name(element) or title
        elif element.tag == "refsynopsisdiv":
            title = title or "Synopsis"
        level = self._level
        if title:
            self._level = min(level + 1, 6)
            self._writer.heading(self._level, title, element.get("id"))
        self._children(element)
        self._level = level

    def _container(self, element: Element) -> None:
        title = self._title(element)
        if title:
            self._writer.paragraph(f"{title}:")
        self._children(element)

    def _include(self, element: Element) -> None:
        """An XInclude of one element of another file, or of a fragment; any other whole file is a page of its own."""
        target, part = element.get("href") or "", _pointed_at(element)
        as_text = element.get("parse") == "text"
        wanted = f"{target}#{part}" if part or as_text else target
        text = self._read_text(wanted) if self._read_text and target and wanted not in self._included else None
        if text is None:
            self._flush()
            return
        if as_text:
            self._flush()
            self._writer.code(text)
            return
        self._included.add(wanted)
        document = parse_markup(text, read_text=self._read_text)
        if part:
            for found in document.iter():
                if found.get("id") == part:
                    self._child(found)
                    break
        else:
            self._children(document)
        self._included.discard(wanted)

    def _admonition(self, element: Element) -> None:
        title = self._title(element)
        self._writer.label(f"{element.tag.capitalize()} ({title}):" if title else f"{element.tag.capitalize()}:")
        self._children(element)

    def _read_formalpara(self, element: Element) -> None:
        title = self._title(element)
        if title:
            self._writer.label(title if plain_text(title)[-1:] in ".:?!" else f"{title}.")
        self._children(element)

    def _read_bridgehead(self, element: Element) -> None:
        self._writer.heading(min(self._level + 1, 6), self._inline.of(element), element.get("id"))

    def _read_refmeta(self, element: Element) -> None:
        """The reference page's name is its heading."""

    def _read_refnamediv(self, element: Element) -> None:
        names = ", ".join(self._inline.of(name).strip() for name in element.iterchildren("refname"))
        purposes = [self._inline.of(purpose).strip() for purpose in element.iterchildren("refpurpose")]
        self._writer.paragraph(" \u2014 ".join(part for part in (names, *purposes) if part))

    def _list(self, element: Element) -> None:
        title = self._title(element)
        if title:
            self._writer.paragraph(f"{title}:")
        numbered, item_tag = element.tag in _NUMBERED, _LISTS[element.tag]
        number = 0
        self._run.append(element.text or "")
        for child in element:
            if child.tag == item_tag:
                self._flush()
                number += 1
                with self._writer.item(f"{number}. " if numbered else "- "):
                    self._container(child)
            else:
                self._child(child)
            self._run.append(child.tail or "")
        self._flush()

    def _read_value(self, element: Element) -> None:
        """Values and other names of a parameter, as samba writes them."""
        with self._writer.item("- "):
            self._writer.label(f"{(element.get('type') or element.tag).capitalize()}:")
            self._children(element)
            if not "".join(element.itertext()).strip():
                self._writer.paragraph("(empty)")

    _read_synonym = _read_value

    def _read_simplelist(self, element: Element) -> None:
        members = [self._inline.of(member).strip() for member in element.iterchildren("member")]
        if element.get("type") == "inline":
            self._writer.paragraph(", ".join(members))
            return
        for member in members:
            with self._writer.item("- "):
                self._writer.paragraph(member)

    def _read_calloutlist(self, element: Element) -> None:
        for number, callout in enumerate(element.iterchildren("callout"), start=1):
            marks = [self._inline.callouts.get(name, number) for name in (callout.get("arearefs") or "").split()] or [number]
            with self._writer.item("- "):
                self._writer.label(" ".join(f"({mark})" for mark in marks))
                self._children(callout)

    def _read_segmentedlist(self, element: Element) -> None:
        titles = [self._inline.of(title) for title in element.iterchildren("segtitle")]
        rows = [[self._inline.of(segment) for segment in item.iterchildren("seg")] for item in element.iterchildren("seglistitem")]
        self._writer.table([titles, *rows] if titles else rows, headed=bool(titles))

    def _read_variablelist(self, element: Element) -> None:
        title = self._title(element)
        if title:
            self._writer.paragraph(f"{title}:")
        entries = list(element.iterchildren("varlistentry"))
        # Options are sections; inside the section of an option only those that have an anchor.
        sections = any(_anchor(entry) for entry in entries) or (
            not self._entries and any(_is_option(term, self._inline.of(term)) for entry in entries for term in entry.iterchildren("term"))
        )
        self._run.append(element.text or "")
        for child in element:
            if child.tag == "varlistentry":
                self._flush()
                self._entry(child, sections=sections)
            else:
                self._child(child)
            self._run.append(child.tail or "")
        self._flush()
        if sections:
            self._builder.end_entries(ENTRY_LEVEL + self._entries)

    def _read_varlistentry(self, element: Element) -> None:
        """An entry that stands alone: a file of its own, or one that another file includes."""
        self._entry(element, sections=True)
        self._builder.end_entries(ENTRY_LEVEL + self._entries)

    _read_glossentry = _read_varlistentry

    def _read_glosssee(self, element: Element) -> None:
        other = element.get("otherterm")
        self._writer.paragraph(f"See {self._inline.of(element).strip() or self._inline.target(other or '')}.")

    def _read_glossseealso(self, element: Element) -> None:
        other = element.get("otherterm")
        self._writer.paragraph(f"See also {self._inline.of(element).strip() or self._inline.target(other or '')}.")

    def _read_qandaentry(self, element: Element) -> None:
        question = element.find("question")
        label = "" if question is None else " ".join(self._inline.of(child) for child in question if child.tag not in DROPPED)
        level = ENTRY_LEVEL + self._entries
        with self._writer.entry(level, label or "Question", element.get("id")):
            for child in element:
                if child is not question:
                    self._child(child)
            self._flush()
        self._builder.end_entries(level)

    def _entry(self, entry: Element, *, sections: bool) -> None:
        """Write a term and its meaning as a section, or as an item of a list."""
        terms = [term for term in entry.iterchildren("term", "glossterm", "acronym", "abbrev") if plain_text(self._inline.of(term))]
        body = [child for child in entry if child not in terms]
        names = [self._inline.of(term).strip() for term in terms]
        joined = ", ".join(names)
        if not sections:
            with self._writer.item("- "):
                self._writer.label(f"{joined}:")
                self._items(body)
            return
        heading = joined
        if len(plain_text(joined)) > _MAX_HEADING:
            heading = f"{textwrap.shorten(plain_text(names[0]), _MAX_HEADING, placeholder='')} ..."
        with self._writer.entry(ENTRY_LEVEL + self._entries, heading, _anchor(entry)):
            if heading != joined:
                self._writer.paragraph(joined)
            self._entries += 1
            self._items(body)
            self._entries -= 1

    def _items(self, body: list[Element]) -> None:
        for child in body:
            if child.tag in ("glossdef", "listitem"):
                self._children(child)
            else:
                self._child(child)
        self._flush()

    def _read_table(self, element: Element) -> None:
        title = self._title(element)
        if title:
            self._writer.paragraph(f"{title}:")
        groups = element.xpath("./tgroup") or [element]
        for group in groups:
            self._group(group)
        self._items([child for child in element if child.tag == "textobject"])

    _read_informaltable = _read_table

    def _read_tbody(self, element: Element) -> None:
        """A table's body in a file of its own."""
        self._group(element)

    def _group(self, group: Element) -> None:
        rows = group.xpath("./*[self::row or self::tr] | ./*[self::thead or self::tbody or self::tfoot]/*[self::row or self::tr]")
        cells = [list(row.iterchildren("entry", "entrytbl", "td", "th")) for row in rows]
        if not any(cells):
            return
        headed = rows[0].getparent().tag == "thead"
        if max(len(row) for row in cells) == 1 or any(cell.tag == "entrytbl" or has_blocks(cell, paragraphs=False) for row in cells for cell in row):
            self._layout(cells, headed)
        else:
            self._writer.table(self._grid(group, cells), headed=headed)

    def _grid(self, group: Element, rows: list[list[Element]]) -> list[list[str]]:
        """Put each cell's text into its columns; a cell over several rows is repeated, so that every row is complete."""
        names = {column.get("colname"): number for number, column in enumerate(group.iterchildren("colspec")) if column.get("colname")}
        spans: dict[str | None, Any] = {span.get("spanname"): span for span in group.iterchildren("spanspec")}
        grid: list[list[str]] = []
        below: dict[int, tuple[int, str]] = {}
        for row in rows:
            texts: list[str] = []
            for cell in row:
                while len(texts) in below:
                    self._continue(below, texts)
                span: Any = spans.get(cell.get("spanname"), cell)
                first = names.get(span.get("namest") or cell.get("colname"), len(texts))
                last = names.get(span.get("nameend"), first)
                texts += [""] * (first - len(texts))
                text = self._inline.cell(cell)
                more = _number(cell.get("morerows")) if len(text) <= _MAX_REPEATED else 0
                for column in range(len(texts), max(last, len(texts)) + 1):
                    if more:
                        below[column] = (more, text)
                    texts.append(text if column == first else "")
            while len(texts) in below:
                self._continue(below, texts)
            grid.append(texts)
        return grid

    @staticmethod
    def _continue(below: dict[int, tuple[int, str]], texts: list[str]) -> None:
        rows, text = below.pop(len(texts))
        if rows > 1:
            below[len(texts)] = (rows - 1, text)
        texts.append(text)

    def _layout(self, rows: list[list[Element]], headed: bool) -> None:
        """A table of one column, or of whole blocks, reads best as a list with an item for each row."""
        for number, row in enumerate(rows):
            if number == 0 and headed:
                continue
            with self._writer.item("- "):
                for cell in row:
                    if cell.tag == "entrytbl":
                        self._group(cell)
                    elif has_blocks(cell, paragraphs=False):
                        self._children(cell)
                    else:
                        self._writer.paragraph(self._inline.cell(cell))


def _pointed_at(include: Element) -> str:
    """Return the id of the element that an XInclude takes: ``id``, ``xpointer(id('id'))`` or ``element(id)``."""
    pointer = include.get("xpointer") or include.get("fragid") or ""
    found = _POINTER.fullmatch(pointer.strip())
    return str(found.group(1) or found.group(2) or found.group(3)) if found else pointer


def _is_option(term: Element, name: str) -> bool:
    """Tell whether a term names an option: it begins with code, or as options do."""
    if looks_like_option(name):
        return True
    first = next((child for child in term if child.tag not in DROPPED), None)
    return first is not None and not (term.text or "").strip() and first.tag in CODE


def _anchor(entry: Element) -> str | None:
    return next((element.get("id") for element in (entry, *entry.iterchildren("term", "glossterm")) if element.get("id")), None)


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 5 else 0
