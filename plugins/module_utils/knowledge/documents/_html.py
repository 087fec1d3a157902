# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTML as sections and blocks of Markdown. The other formats that have an HTML rendering come through here as well."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from typing import Final

from ._blocks import BlockWriter
from ._html_boxes import Tabs, box_content, box_title, tab_labels
from ._html_content import BLOCKS, HEADINGS, Element, is_contents, is_dropped, is_page_chrome, main_part, visible_children
from ._html_hidden import mark_hidden
from ._html_inline import BLANKS, JOINER, MAX_DEPTH, cell_text, inline_text
from ._html_tables import cell_grid, holds_blocks, is_attribute_table, is_headed, pipe_table, span, table_rows
from ._page import CODE, LIST, TABLE, TEXT, PageBuilder, code_fence
from ._text import write_text
from ._text_blocks import prose_share, write_blocks

_XML_DECLARATION: Final = re.compile(r"^\s*<\?xml[^>]*\?>")
_LANGUAGE_CLASS: Final = re.compile(r"(?:^|\s)(?:language|lang|highlight|brush|sourceCode|src)[-: ]\s*([A-Za-z0-9_+-]+)")
_NO_LANGUAGES: Final = frozenset({"default", "none", "nohighlight", "notranslate", "plaintext", "source", "text", "txt"})
_TITLE_DIVIDER: Final = re.compile(r"\s+[|\u2014\u2013\u00b7\u00bb]\s+|\s+::\s+")
_LINE_NUMBERS: Final = re.compile(r"[\d\s]+")
# Sections of entries that have no heading element (directives, terms) are below every h6.
_ENTRY_LEVEL: Final = 7
# Lines of plain text from which on it has headings of its own.
_MANUAL_LINES: Final = 40
# Share of running text from which on preformatted text is no code: as a manual, or where its class says so, and elsewhere.
_TEXT_SHARE: Final = 0.4
_PROSE_SHARE: Final = 0.9


def read_html(text: str, builder: PageBuilder, *, whole_document: bool = True) -> None:
    """Write the content of an HTML text to ``builder``; of a ``whole_document`` only its main part."""
    from lxml import etree

    parser = etree.HTMLParser(remove_comments=True, remove_pis=True, huge_tree=True)
    root: Element = etree.fromstring(_XML_DECLARATION.sub("", text), parser)
    if root is None:
        return
    mark_hidden(root)
    if whole_document:
        titles = root.xpath("//head/title")
        if titles:
            title = BLANKS.sub(" ", "".join(titles[0].itertext())).strip()
            builder.fallback_title = _TITLE_DIVIDER.split(title)[0] or None
        root = main_part(root)
    _Walker(builder, whole_document=whole_document).read(root)


class _Walker:
    """Walks the tree in reading order; inline text gathers in a run that the next block boundary flushes."""

    def __init__(self, builder: PageBuilder, *, whole_document: bool) -> None:
        self._builder = builder
        self._whole_document = whole_document
        self._run: list[str] = []
        # A label that waits for the text that it belongs to.
        self._label = ""
        # One entry per open list: indentation and the item's marker, "" once it is used.
        self._lists: list[tuple[str, str]] = []
        self._tabs = Tabs()
        self._anchor: str | None = None
        self._entries = 0

    def read(self, root: Element) -> None:
        self._children(root, 0)
        self._flush()
        self._flush_label()

    def _children(self, element: Element, depth: int) -> None:
        if element.text:
            self._run.append(BLANKS.sub(" ", element.text))
        for child in element:
            if not is_dropped(child):
                self._element(child, depth + 1)
            elif isinstance(child.tag, str):
                # Labels of tabs are buttons and inputs.
                self._tabs.push(tab_labels(child))
            if child.tail:
                self._run.append(BLANKS.sub(" ", child.tail))

    def _element(self, element: Element, depth: int) -> None:
        tag = element.tag
        if depth > MAX_DEPTH:
            self._run.append(f" {BLANKS.sub(' ', ' '.join(element.itertext()))} ")
        elif tag not in BLOCKS and next(element.iter(*BLOCKS), None) is None:
            if tag == "a":
                self._anchor = element.get("name") or element.get("id") or self._anchor
            self._run.append(inline_text(element))
        elif (title := box_title(element)) is not None:
            self._flush()
            self._label = f"{self._label}{title} "
        elif tag in HEADINGS:
            self._heading(element, HEADINGS[tag])
        else:
            self._block(element, depth)

    def _block(self, element: Element, depth: int) -> None:
        self._flush()
        labels = tab_labels(element)
        self._tabs.push(labels)
        if labels or is_contents(element):
            return
        self._anchor = element.get("id") or self._anchor
        label = self._tabs.label_of(element)
        if label:
            self._flush_label()
            self._label = f"{label}: "
        handler = getattr(self, f"_read_{element.tag}", self._children)
        handler(element, depth)
        self._flush()

    def _flush(self) -> None:
        text = re.sub(r" *\n *", "\n", re.sub(r" {2,}", " ", "".join(self._run))).strip()
        self._run.clear()
        if text.endswith(JOINER):
            self._label = f"{self._label}{text.replace(JOINER, '').strip()} "
            return
        if JOINER in text:
            text = re.sub(rf" *{JOINER} *", " ", text)
        if text and not (self._whole_document and is_page_chrome(text)):
            text, self._label = f"{self._label}{text}", ""
            self._add_text(text)

    def _flush_label(self) -> None:
        """A label that no text follows is text."""
        text, self._label = self._label.strip(), ""
        if text:
            self._add_text(text)

    def _add_text(self, text: str) -> None:
        self._anchor = None
        if not self._lists:
            self._builder.add(TEXT, text)
            return
        indent, marker = self._lists[-1]
        if marker:
            self._lists[-1] = (indent + " " * len(marker), "")
        lines = text.split("\n")
        rest = "".join(f"\n{self._lists[-1][0]}{line}" for line in lines[1:])
        self._builder.add(LIST, f"{indent}{marker}{lines[0]}{rest}")

    def _add(self, kind: str, text: str) -> None:
        self._flush_label()
        self._builder.add(kind, text)
        self._anchor = None

    def _heading(self, element: Element, level: int) -> None:
        inner = element.xpath(".//a/@id | .//a/@name")
        self._name_section(level, inline_text(element), element.get("id") or (inner[-1] if inner else None))

    def _name_section(self, level: int, name: str, anchor: str | None) -> None:
        self._flush()
        self._flush_label()
        anchor, self._anchor = anchor or self._anchor, None
        self._builder.heading(level, name.replace(JOINER, "").strip().rstrip("\u00b6").strip(), anchor)

    def _read_div(self, element: Element, depth: int) -> None:
        classes = (element.get("class") or "").split()
        if "directive" in classes and self._anchor:
            # nginx.org marks a directive by an anchor and a table of its syntax, without a heading.
            self._name_section(_ENTRY_LEVEL, self._anchor, self._anchor)
        elif "keyword" in classes:
            self._keyword(element)
        boxed = box_content(element) if "admonitionblock" in classes else None
        if boxed is not None:
            self._label, element = f"{self._label}{boxed[0]} ", boxed[1]
        self._children(element, depth)

    def _keyword(self, element: Element) -> None:
        """haproxy's pages have a line of syntax in each such element, the keyword in bold; several may share a description."""
        before = _neighbour_keyword(element, forward=False)
        names: list[str] = []
        following: Element | None = element if before is None else None
        while following is not None:
            name = next((cell_text(bold) for bold in following.iter("b", "strong")), "")
            if name and not any(f"{name} ".startswith(f"{known} ") for known in names):
                names.append(name)
            following = _neighbour_keyword(following, forward=True)
        if names:
            links = element.xpath(".//a/@href")
            self._name_section(_ENTRY_LEVEL, ", ".join(names), links[0].lstrip("#") if links else None)

    def _read_pre(self, element: Element, _depth: int) -> None:
        classes = " ".join(node.get("class") or "" for node in (*element.iterancestors("div"), element, *element.iter("code")))
        languages = [name for name in _LANGUAGE_CLASS.findall(classes) if name not in _NO_LANGUAGES]
        for line_break in element.iter("br"):
            line_break.tail = "\n" + (line_break.tail or "")
        for dropped in [node for node in element.iterdescendants() if is_dropped(node)]:
            dropped.text = None
            for child in list(dropped):
                dropped.remove(child)
        code = textwrap.dedent("".join(element.itertext()).replace("\xa0", " ")).strip("\n").rstrip()
        in_cell = next(element.iterancestors("td"), None) is not None
        if not code.strip() or (in_cell and _LINE_NUMBERS.fullmatch(code)):
            return
        is_code = bool(languages) or bool(self._lists) or next(element.iter("code"), None) is not None
        if is_code or not self._read_plain(code, is_text="text" in (element.get("class") or "").split()):
            self._add(CODE, code_fence(code, languages[-1] if languages else ""))

    def _read_plain(self, text: str, *, is_text: bool) -> bool:
        """Read preformatted text that is running text or a manual, which it need not be when it ``is_text``; tell whether it was."""
        lines = text.expandtabs(8).split("\n")
        is_manual = len(lines) > _MANUAL_LINES
        if prose_share(lines) < (_TEXT_SHARE if is_text or is_manual else _PROSE_SHARE):
            return False
        self._flush_label()
        self._anchor = None
        if is_manual:
            write_text(lines, self._builder)
        else:
            write_blocks(lines, BlockWriter(self._builder))
        return True

    def _read_ul(self, element: Element, depth: int) -> None:
        self._list(element, depth, ordered=False)

    def _read_menu(self, element: Element, depth: int) -> None:
        self._list(element, depth, ordered=False)

    def _read_ol(self, element: Element, depth: int) -> None:
        self._list(element, depth, ordered=True)

    def _list(self, element: Element, depth: int, *, ordered: bool) -> None:
        self._flush_label()
        start = element.get("start") or "1"
        number = int(start) if start.isascii() and start.isdecimal() and len(start) < 10 else 1
        for item in visible_children(element):
            if next(item.iter(*HEADINGS), None) is not None:
                # An entry with a heading of its own (kafka's configuration lists) is a section, not an item.
                outer, self._lists = self._lists, []
                self._children(item, depth + 1)
                self._flush()
                self._lists = outer
                continue
            self._item(item, f"{number}. " if ordered else "- ", depth)
            number += 1

    def _item(self, element: Element, marker: str, depth: int, *, label: str = "") -> None:
        """Read an element as an item of a list; without a marker as a part of the item before it."""
        # An item that has used its marker indents the lists inside it to its own text.
        indent = "" if not self._lists else self._lists[-1][0] + " " * len(self._lists[-1][1])
        self._lists.append((indent, marker) if marker else (f"{indent}  ", ""))
        self._label = label
        self._children(element, depth + 1)
        self._flush()
        self._flush_label()
        self._lists.pop()

    def _read_dl(self, element: Element, depth: int) -> None:
        level = _ENTRY_LEVEL + self._entries
        self._entries += 1
        has_sections = False
        self._flush_label()
        terms: list[Element] = []
        for child in _terms_and_texts(element):
            if is_dropped(child):
                continue
            if child.tag == "dt":
                terms.append(child)
                continue
            anchor = next((anchor for term in terms if (anchor := _term_anchor(term))), None)
            names = ", ".join(filter(None, map(cell_text, terms)))
            terms = []
            if anchor:
                self._name_section(level, names, anchor)
                has_sections = True
            if has_sections:
                self._children(child, depth + 1)
                self._flush()
            else:
                self._item(child, "- " if names else "", depth, label=f"{names}{'' if names.endswith(tuple('.:?!')) else ':'} " if names else "")
        for term in terms:
            self._item(term, "- ", depth)
        self._entries -= 1
        if has_sections:
            self._flush_label()
            self._builder.end_entries(level)

    def _read_table(self, element: Element, depth: int) -> None:
        rows = table_rows(element)
        for caption in element.iterchildren("caption"):
            self._children(caption, depth + 1)
            self._flush()
        lines = ("".join(block.itertext()).strip() for block in element.iter("pre"))
        if is_attribute_table(rows) and not any("\n" in line for line in lines) and next(element.iter("dl", *HEADINGS), None) is None:
            # A table of names and values reads best as a list.
            for name, value in rows:
                text = cell_text(value)
                if text:
                    self._add(LIST, f"- {cell_text(name).rstrip(':')}: {text}")
        elif holds_blocks(element):
            self._laid_out(rows, depth, nested=next(element.iterdescendants("table", *HEADINGS), None) is not None)
        else:
            self._grid(rows)
        self._anchor = None

    def _laid_out(self, rows: list[list[Element]], depth: int, *, nested: bool) -> None:
        """Cells that hold whole blocks: an item for each row of a headed table, else one cell after the other."""
        if is_headed(rows) and len(rows[0]) > 1 and not nested:
            labels = [cell_text(cell).rstrip(":") for cell in rows[0]]
            for row in rows[1:]:
                self._item(row[0], "- ", depth)
                for cell, label in zip(row[1:], labels[1:], strict=False):
                    self._item(cell, "", depth, label=f"{label}: " if label and cell_text(cell) else "")
            return
        for row in rows:
            for cell in row:
                self._children(cell, depth + 2)
                self._flush()

    def _grid(self, rows: list[list[Element]]) -> None:
        """Rows that are one wide cell divide the table: they are its subheadings."""
        part: list[list[Element]] = []
        width = max((sum(span(cell, "colspan") for cell in row) for row in rows), default=0)
        for row in rows:
            if len(row) == 1 and len(rows) > 1 and width > 1 and span(row[0], "colspan") >= width:
                self._pipe_table(part)
                part = []
                self._add(TEXT, cell_text(row[0]))
            else:
                part.append(row)
        self._pipe_table(part)

    def _pipe_table(self, rows: list[list[Element]]) -> None:
        table = pipe_table(cell_grid(rows), headed=is_headed(rows))
        if table:
            self._add(TABLE, table)


def _neighbour_keyword(element: Element, *, forward: bool) -> Element | None:
    """Return the line of syntax next to one, with nothing but anchors between them."""
    while element is not None:
        after = element if forward else element.getprevious()
        if after is None or (after.tail or "").strip():
            return None
        element = element.getnext() if forward else after
        if element is None or "keyword" in (element.get("class") or "").split():
            return element
        if element.tag != "a":
            return None
    return None


def _terms_and_texts(element: Element) -> Iterator[Element]:
    """Yield the terms of a description list and their texts, whatever divides them, not those of lists inside."""
    waiting = [element]
    while waiting:
        found = waiting.pop()
        if found.tag in ("dt", "dd"):
            yield found
        elif found is element or found.tag != "dl":
            waiting.extend(reversed(found))


def _term_anchor(term: Element) -> str | None:
    """Return the anchor of a term that links can name; terms of footnotes are numbers."""
    anchors = [term.get("id"), *term.xpath(".//a/@id | .//a/@name")]
    text = cell_text(term)
    return next((str(anchor) for anchor in anchors if anchor), None) if not text.strip("[]").isdigit() else None
