# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""nginx's documentation XML: a section for each directive and variable, without those that are newer than the documentation's version."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from ..._errors import DataError
from .._product_versions import parse_version
from ._blocks import ENTRY_LEVEL, LINE_BREAK, BlockWriter, code_mark, placeholder_mark, plain_text
from ._page import PageBuilder

# lxml's elements are untyped.
Element = Any

# fmt: off
_BLOCKS: Final = frozenset({
    "directive", "example", "list", "note", "para", "programlisting", "section", "table",
})
_CODE: Final = frozenset({"c-def", "c-func", "command", "header", "literal", "path", "var"})
# fmt: on
# The last words of a description's first sentence: when the described thing came.
_SINCE: Final = re.compile(r"\(([\d.]+(?:, [\d.]+)*)\)[;.]?$")
_SENTENCE_END: Final = re.compile(r"[;.](?:\s|$)")
_USED_DIRECTIVE: Final = re.compile(r"^[ \t]*(\w+)[^\n;#]*;[ \t]*$", re.MULTILINE)
_MODULE_SINCE: Final = re.compile(r"^The \S+ module \(([\d.]+(?:, [\d.]+)*)\)")


def is_nginx_xml(root: Element) -> bool:
    """Tell whether the element is a page of nginx's documentation; DocBook, too, has articles."""
    return root.tag in ("article", "module") and "name" in root.attrib


def appeared_later(appeared: Iterable[str], version: str | None) -> bool:
    """Tell whether what ``appeared`` in the given versions (several: it was ported back) is newer than documentation of ``version``.

    Patch levels count only when both have one; without a version of the documentation nothing is newer.
    """
    documented = parse_version(version) if version else None
    versions = [parsed for text in appeared if (parsed := parse_version(text))]
    if documented is None or len(documented) < 2 or not versions:
        return False
    return all(parsed[: len(documented)] > documented for parsed in versions)


def read_nginx_xml(root: Element, builder: PageBuilder, *, version: str | None = None) -> None:
    """Write a page of nginx's documentation to ``builder``; raises DataError when all of it is newer than ``version``."""
    _Reader(builder, version).read(root)


class _Reader:
    def __init__(self, builder: PageBuilder, version: str | None) -> None:
        self._builder = builder
        self._writer = BlockWriter(builder)
        self._version = version
        self._run: list[str] = []
        self._entries = 0
        self._dropped: list[str] = []
        # Directives of this page that the documentation's version does not have, and when they appeared.
        self._newer: dict[str, str] = {}

    def read(self, root: Element) -> None:
        first = next(root.iter("para"), None)
        since = _MODULE_SINCE.match(plain_text(_inline(first))) if first is not None else None
        if since and appeared_later(since.group(1).split(", "), self._version):
            raise DataError(f"{self._builder.path} describes what appeared in {since.group(1)}, after {self._version}.", file=self._builder.path)
        for directive in root.iter("directive"):
            appeared = _appeared(directive)
            if appeared_later(appeared, self._version):
                self._newer[directive.get("name") or ""] = " and ".join(appeared)
        self._builder.heading(1, root.get("name"))
        self._children(root, 1)
        if self._dropped:
            names = ", ".join(self._dropped[:5]) + (", ..." if len(self._dropped) > 5 else "")
            self._builder.warnings.append(f"{len(self._dropped)} entries were left out, for they appeared after {self._version}: {names}.")

    def _children(self, element: Element, level: int) -> None:
        self._run.append(element.text or "")
        for child in element:
            if child.tag in _BLOCKS:
                self._flush()
                getattr(self, f"_read_{child.tag}")(child, level)
                self._flush()
            elif next(child.iter(*_BLOCKS), None) is not None:
                self._children(child, level)
            else:
                self._run.append(_inline(child))
            self._run.append(child.tail or "")
        self._flush()

    def _flush(self) -> None:
        self._writer.paragraph("".join(self._run))
        self._run.clear()

    def _read_section(self, section: Element, level: int) -> None:
        if self._left_out(section, section.get("name") or ""):
            return
        if section.get("name"):
            level = min(level + 1, 6)
            self._writer.heading(level, section.get("name"), section.get("id"))
        self._children(section, level)

    def _left_out(self, element: Element, name: str) -> bool:
        later = appeared_later(_appeared(element), self._version)
        if later:
            self._dropped.append(name)
        return later

    def _read_directive(self, directive: Element, level: int) -> None:
        name = directive.get("name") or ""
        if self._left_out(directive, name):
            return
        with self._writer.entry(ENTRY_LEVEL, name, name):
            self._entries += 1
            for syntax in directive.iterchildren("syntax"):
                with self._writer.item("- "):
                    block = syntax.get("block") == "yes"
                    self._writer.paragraph(f"Syntax: {code_mark(_signature(name, syntax) + (' { ... }' if block else ';'))}")
            for default in directive.iterchildren("default"):
                value = plain_text(_inline(default))
                with self._writer.item("- "):
                    self._writer.paragraph(f"Default: {code_mark(f'{name} {value};') if value else 'none'}")
            contexts = [code_mark(plain_text(_inline(context))) for context in directive.iterchildren("context")]
            if contexts:
                with self._writer.item("- "):
                    self._writer.paragraph(f"Context: {', '.join(contexts)}")
            appeared = _appeared(directive)
            if appeared:
                self._writer.paragraph(f"This directive appeared in version{'s' * (len(appeared) > 1)} {' and '.join(appeared)}.")
            for part in directive.iterchildren(*_BLOCKS):
                getattr(self, f"_read_{part.tag}")(part, level)
            self._entries -= 1
        self._builder.end_entries(ENTRY_LEVEL)

    def _read_para(self, para: Element, level: int) -> None:
        self._children(para, level)

    def _read_note(self, note: Element, level: int) -> None:
        # Some tables and examples are in a note only for its frame.
        if len(note) != 1 or note[0].tag not in ("example", "table") or (note.text or "").strip():
            self._writer.label("Note:")
        self._children(note, level)

    def _read_example(self, example: Element, level: int) -> None:
        code = "".join(example.itertext())
        self._writer.code(_USED_DIRECTIVE.sub(self._mark_newer, code) if self._newer else code)

    def _mark_newer(self, line: re.Match[str]) -> str:
        """An example may use a directive that was left out: say so on its line."""
        since = self._newer.get(line.group(1))
        return f"{line.group()}  # appeared in version {since}, not in {self._version}" if since else line.group()

    _read_programlisting = _read_example

    def _read_table(self, table: Element, level: int) -> None:
        rows = [[_inline(cell) for cell in row.iterchildren("td", "th")] for row in table.iter("tr")]
        self._writer.table(rows, headed=next(table.iter("th"), None) is not None)

    def _read_list(self, listing: Element, level: int) -> None:
        if listing.get("type") == "tag":
            self._tagged(listing, level)
            return
        for number, item in enumerate(listing.iterchildren("listitem"), start=1):
            with self._writer.item(f"{number}. " if listing.get("type") == "enum" else "- "):
                self._children(item, level)

    def _tagged(self, listing: Element, level: int) -> None:
        """A list of names (variables, parameters) and what they mean: those with anchors are sections of their own."""
        entries = listing.find("tag-name[@id]") is not None
        commercial = next(listing.itersiblings("commercial_version", preceding=True), None) is not None
        entry_level = ENTRY_LEVEL + self._entries
        names: list[Element] = []
        for child in listing.iterchildren("tag-name", "tag-desc"):
            if child.tag == "tag-name":
                names.append(child)
                continue
            name = ", ".join(_inline(each).strip() for each in names)
            anchor = next((each.get("id") for each in names if each.get("id")), None)
            names = []
            if appeared_later(_since(child), self._version):
                self._dropped.append(plain_text(name))
            elif entries:
                with self._writer.entry(entry_level, name, anchor):
                    self._entries += 1
                    self._children(child, level)
                    if commercial:
                        self._writer.paragraph("Available as part of the commercial subscription.")
                    self._entries -= 1
            else:
                with self._writer.item("- "):
                    self._writer.label(f"{name}:")
                    self._children(child, level)
        if entries:
            self._builder.end_entries(entry_level)


def _appeared(element: Element) -> list[str]:
    return [plain_text(_inline(mark)) for mark in element.iterchildren("appeared-in")]


def _since(description: Element) -> list[str]:
    """Return the versions in which an entry appeared: in brackets at the end of its first sentence."""
    first = _SENTENCE_END.split(plain_text(_inline(description)), maxsplit=1)[0]
    found = _SINCE.search(first)
    return found.group(1).split(", ") if found else []


def _signature(name: str, syntax: Element) -> str:
    return f"{name} {plain_text(_inline(syntax))}".strip()


def _inline(element: Element) -> str:
    """Return the element's text with marks for code; a link without text is the name of what it leads to."""
    if element.tag == "br":
        return LINE_BREAK
    if element.tag == "link" and not len(element) and not (element.text or "").strip():
        return code_mark(element.get("id") or "") if element.get("id") else element.get("doc") or element.get("url") or ""
    if element.tag == "http-status":
        return f"{element.get('code', '')} ({element.get('text', '')})"
    text = (element.text or "") + "".join(_inline(child) + (child.tail or "") for child in element)
    if element.tag == "value":
        return placeholder_mark(text)
    return code_mark(text) if element.tag in _CODE else text
