# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to the collection: names here may change in any release.
"""HTML as sections and blocks of Markdown. The other formats that have an HTML rendering come through here as well."""

from __future__ import annotations

import re
import textwrap
from typing import Any, Final

from ._convert_page import CODE, LIST, TABLE, TEXT, PageBuilder

# lxml's elements are untyped; all of this file's handling of them is `Any`.
Element = Any

_HEADINGS: Final = {f"h{level}": level for level in range(1, 7)}
# fmt: off
_DROPPED: Final = frozenset({
    "head", "script", "style", "nav", "footer", "aside", "noscript", "template", "button", "svg", "iframe", "object", "embed", "select", "textarea",
    "input", "canvas", "video", "audio", "map",
})
_DROPPED_ROLES: Final = frozenset({"navigation", "banner", "contentinfo", "search"})
_DROPPED_CLASSES: Final = frozenset({
    "headerlink", "anchorjs-link", "sphinxsidebar", "related", "breadcrumb", "breadcrumbs", "toc", "linenos",
    "sr-only", "visually-hidden", "screen-reader-text",
})
_BLOCKS: Final = frozenset({
    "address", "article", "blockquote", "body", "caption", "center", "dd", "details", "dialog", "div", "dl", "dt", "fieldset", "figcaption", "figure",
    "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "html", "li", "main", "menu", "ol", "p", "pre", "section", "summary", "table",
    "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
})
# fmt: on
_INLINE_CODE: Final = frozenset({"code", "tt", "kbd", "samp", "var"})
_HIDDEN_STYLE: Final = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|(?:font-size|opacity|(?<![\w-])(?:max-)?(?:width|height))\s*:\s*0(?![.\d]*[1-9])"
    r"|(?:left|top|text-indent)\s*:\s*-\d{3,}",
    re.IGNORECASE,
)
_BLANKS: Final = re.compile(r"\s+")
_XML_DECLARATION: Final = re.compile(r"^\s*<\?xml[^>]*\?>")
_LANGUAGE_CLASS: Final = re.compile(r"(?:^|\s)(?:language|lang|highlight|brush)[-:]\s*([A-Za-z0-9_+-]+)")
# Sections of entries that have no heading element (directives, terms) are below every h6.
_ENTRY_LEVEL: Final = 7
# Deeper elements are read as plain text: a page that nests further is broken, and Python's stack is finite.
_MAX_DEPTH: Final = 120


def read_html(text: str, builder: PageBuilder, *, whole_document: bool = True) -> None:
    """Write the content of an HTML text to ``builder``; of a ``whole_document`` only its main part."""
    from lxml import etree

    parser = etree.HTMLParser(remove_comments=True, remove_pis=True, huge_tree=True)
    root: Element = etree.fromstring(_XML_DECLARATION.sub("", text), parser)
    if root is None:
        return
    if whole_document:
        titles = root.xpath("//head/title")
        if titles:
            title = _BLANKS.sub(" ", "".join(titles[0].itertext())).strip()
            builder.fallback_title = re.split(r"\s+[|—–]\s+", title)[0] or None
        root = _main_part(root)
    _Walker(builder).read(root)


def _main_part(root: Element) -> Element:
    for query in ("//*[@role='main']", "//main", "//*[@id='content']", "//article"):
        found = root.xpath(query)
        if len(found) == 1 and "".join(found[0].itertext()).strip():
            return found[0]
    return root


def _hidden(element: Element) -> bool:
    attributes = element.attrib
    if not attributes:
        return False
    return (
        "hidden" in attributes
        or attributes.get("aria-hidden") == "true"
        or attributes.get("role") in _DROPPED_ROLES
        or ("style" in attributes and _HIDDEN_STYLE.search(attributes["style"]) is not None)
        or ("class" in attributes and not _DROPPED_CLASSES.isdisjoint(attributes["class"].split()))
    )


def _dropped(element: Element) -> bool:
    tag = element.tag
    if not isinstance(tag, str) or tag in _DROPPED or _hidden(element):
        return True
    return tag == "header" and next(element.iter(*_HEADINGS), None) is None


def code_fence(code: str, language: str = "") -> str:
    """Return ``code`` as a fenced block whose fence is longer than any run of backticks in it."""
    longest = max((len(run) for run in re.findall(r"`{3,}", code)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{code}\n{fence}"


class _Walker:
    """Walks the tree in reading order; inline text gathers in a run that the next block boundary flushes."""

    def __init__(self, builder: PageBuilder) -> None:
        self._builder = builder
        self._run: list[str] = []
        # One entry per open list: indentation and the item's marker, "" once it is used.
        self._lists: list[tuple[str, str]] = []
        self._anchor: str | None = None
        self._entries = 0

    def read(self, root: Element) -> None:
        self._children(root, 0)
        self._flush()

    def _children(self, element: Element, depth: int) -> None:
        if element.text:
            self._run.append(_BLANKS.sub(" ", element.text))
        for child in element:
            if not _dropped(child):
                self._element(child, depth + 1)
            if child.tail:
                self._run.append(_BLANKS.sub(" ", child.tail))

    def _element(self, element: Element, depth: int) -> None:
        tag = element.tag
        if depth > _MAX_DEPTH:
            self._run.append(f" {_BLANKS.sub(' ', ' '.join(element.itertext()))} ")
        elif tag not in _BLOCKS and next(element.iter(*_BLOCKS), None) is None:
            if tag == "a":
                self._anchor = element.get("name") or element.get("id") or self._anchor
            self._run.append(_inline(element))
        elif tag in _HEADINGS:
            self._heading(element, _HEADINGS[tag])
        else:
            self._flush()
            self._anchor = element.get("id") or self._anchor
            handler = getattr(self, f"_read_{tag}", None)
            if handler is not None:
                handler(element, depth)
            elif tag == "div" and "directive" in (element.get("class") or "").split():
                self._directive(element, depth)
            else:
                self._children(element, depth)
            self._flush()

    def _flush(self) -> None:
        text = re.sub(r" *\n *", "\n", re.sub(r" {2,}", " ", "".join(self._run))).strip()
        self._run.clear()
        if not text:
            return
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

    def _heading(self, element: Element, level: int) -> None:
        self._flush()
        inner = element.xpath(".//a/@id | .//a/@name")
        anchor = element.get("id") or (inner[-1] if inner else None) or self._anchor
        self._anchor = None
        self._builder.heading(level, _inline(element).strip().rstrip("¶").strip(), anchor)

    def _directive(self, element: Element, depth: int) -> None:
        """nginx.org marks a directive by an anchor and a table of its syntax, without a heading."""
        if self._anchor:
            self._builder.heading(_ENTRY_LEVEL, self._anchor, self._anchor)
            self._anchor = None
        self._children(element, depth)

    def _read_pre(self, element: Element, depth: int) -> None:
        classes = " ".join(node.get("class") or "" for node in (*element.iterancestors("div"), element, *element.iter("code")))
        found = _LANGUAGE_CLASS.search(classes)
        for line_break in element.iter("br"):
            line_break.tail = "\n" + (line_break.tail or "")
        for hidden in [node for node in element.iter() if isinstance(node.tag, str) and _hidden(node)]:
            hidden.text = None
            for child in list(hidden):
                hidden.remove(child)
        code = textwrap.dedent("".join(element.itertext())).strip("\n").rstrip()
        if code.strip():
            self._builder.add(CODE, code_fence(code, found.group(1) if found and found.group(1) not in ("default", "none") else ""))
            self._anchor = None

    def _read_ul(self, element: Element, depth: int) -> None:
        self._list(element, depth, ordered=False)

    def _read_menu(self, element: Element, depth: int) -> None:
        self._list(element, depth, ordered=False)

    def _read_ol(self, element: Element, depth: int) -> None:
        self._list(element, depth, ordered=True)

    def _list(self, element: Element, depth: int, *, ordered: bool) -> None:
        start = element.get("start") or "1"
        number = int(start) if start.isascii() and start.isdecimal() and len(start) < 10 else 1
        # An item that has used its marker indents the lists inside it to its own text.
        indent = "" if not self._lists else self._lists[-1][0] + " " * len(self._lists[-1][1])
        for item in element:
            if _dropped(item):
                continue
            if next(item.iter(*_HEADINGS), None) is not None:
                # An entry with a heading of its own (kafka's configuration lists) is a section, not an item.
                outer, self._lists = self._lists, []
                self._children(item, depth + 1)
                self._flush()
                self._lists = outer
                continue
            self._lists.append((indent, f"{number}. " if ordered else "- "))
            self._children(item, depth + 1)
            self._flush()
            self._lists.pop()
            number += 1

    def _read_dl(self, element: Element, depth: int) -> None:
        level = _ENTRY_LEVEL + self._entries
        self._entries += 1
        has_sections = False
        indent = "" if not self._lists else self._lists[-1][0] + " " * len(self._lists[-1][1])
        for child in element.iterchildren("dt", "dd", "div"):
            if _dropped(child):
                continue
            if child.tag == "dt" and child.get("id"):
                self._heading(child, level)
                has_sections = True
            elif child.tag == "dd" and not has_sections:
                self._lists.append((indent + "  ", ""))
                self._children(child, depth + 1)
                self._flush()
                self._lists.pop()
            elif child.tag == "dt":
                self._lists.append((indent, "- "))
                self._children(child, depth + 1)
                self._flush()
                self._lists.pop()
            else:
                self._children(child, depth + 1)
                self._flush()
        self._entries -= 1
        if has_sections:
            self._builder.end_entries(level)

    def _read_table(self, element: Element, depth: int) -> None:
        rows = [row for row in element.xpath("./tr | ./thead/tr | ./tbody/tr | ./tfoot/tr") if not _dropped(row)]
        for caption in element.iterchildren("caption"):
            self._children(caption, depth + 1)
            self._flush()
        if next(element.iter("pre", "dl", *_HEADINGS), None) is not None or len(list(element.iter("table"))) > 1:
            # A table that lays out whole blocks: read its cells one after the other.
            for row in rows:
                for cell in row:
                    if not _dropped(cell):
                        self._children(cell, depth + 2)
                        self._flush()
            return
        cells = [[cell for cell in row if cell.tag in ("td", "th") and not _dropped(cell)] for row in rows]
        cells = [row for row in cells if row]
        if cells and all(len(row) == 2 and row[0].tag == "th" and row[1].tag == "td" for row in cells):
            self._attributes(cells)
        else:
            self._grid(cells)
        self._anchor = None

    def _grid(self, rows: list[list[Element]]) -> None:
        """Rows that are one wide cell divide the table: they are its subheadings."""
        part: list[list[Element]] = []
        for row in rows:
            if len(row) == 1 and len(rows) > 1 and row[0].get("colspan", "1") != "1":
                self._pipe_table(part)
                part = []
                self._builder.add(TEXT, _cell(row[0]))
            else:
                part.append(row)
        self._pipe_table(part)

    def _attributes(self, rows: list[list[Element]]) -> None:
        """A table of names and values (type, default, syntax) reads best as a list."""
        for name, value in rows:
            text = _cell(value)
            if text:
                self._builder.add(LIST, f"- {_cell(name).rstrip(':')}: {text}")

    def _pipe_table(self, rows: list[list[Element]]) -> None:
        width = max((len(row) for row in rows), default=0)
        texts = [[_cell(cell).replace("|", "\\|") for cell in row] + [""] * (width - len(row)) for row in rows]
        used = [column for column in range(width) if any(row[column] for row in texts)]
        lines = ["| " + " | ".join(row[column] for column in used) + " |" for row in texts if any(row)]
        if not lines:
            return
        headed = rows[0][0].getparent().getparent().tag == "thead" or all(cell.tag == "th" for cell in rows[0])
        if not headed or not any(texts[0]):
            lines.insert(0, "|" + "  |" * len(used))
        lines.insert(1, "|" + " --- |" * len(used))
        self._builder.add(TABLE, "\n".join(lines))


def _cell(element: Element) -> str:
    return _BLANKS.sub(" ", _inline(element)).strip()


def _inline(element: Element, depth: int = 0, in_code: bool = False) -> str:
    """Return the element's text on one line (``\\n`` for a line break); code in backticks, links and emphasis as text."""
    tag = element.tag
    if tag == "br":
        return "\n"
    if depth > _MAX_DEPTH:
        return _BLANKS.sub(" ", " ".join(element.itertext()))
    is_code = tag in _INLINE_CODE and not in_code
    parts = [_BLANKS.sub(" ", element.text)] if element.text else []
    for child in element:
        if not _dropped(child):
            parts.append(_inline(child, depth + 1, in_code or is_code))
        if child.tail:
            parts.append(_BLANKS.sub(" ", child.tail))
    text = "".join(parts)
    if is_code:
        code = _BLANKS.sub(" ", text).strip()
        if not code:
            return text
        fence = "``" if "`" in code else "`"
        padding = " " if "`" in code else ""
        return f"{fence}{padding}{code}{padding}{fence}"
    return f" {text} " if tag in _BLOCKS else text
