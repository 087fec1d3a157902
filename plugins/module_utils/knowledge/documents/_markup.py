# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""XML, and SGML that is nearly XML, as a tree: entities resolved from the file itself, broken markup repaired, nothing fetched."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from html.entities import html5
from typing import Any, Final

from .._product_versions import parse_version

# Returns the text of an included file, or None when it is not there or is a page of its own; of a page too when the target ends in `#part`.
ReadText = Callable[[str], "str | None"]

# Deeper elements lose their tags, not their text: a document that nests further is broken, and Python's stack is finite.
_MAX_DEPTH: Final = 100
# Bounds of what entities may add to a document: characters in all, entities within entities.
_MAX_EXPANSION: Final = 1_000_000
_MAX_ENTITY_DEPTH: Final = 8

_NAME: Final = r"[A-Za-z_][\w.:-]*+"
# Possessive and bounded, so that no text makes them slow.
_QUOTED: Final = r"\"[^\"]{0,5000}+\"|'[^']{0,5000}+'"
_TAG: Final = re.compile(rf"<(/?)({_NAME})((?>[^<>\"']++|{_QUOTED}){{0,200}}+)>")
_ATTRIBUTE: Final = re.compile(rf"({_NAME})\s*=\s*({_QUOTED}|[^\s\"'<>]++)")
_DECLARATION: Final = re.compile(rf"<!(?:[^<>\"'\[]++|{_QUOTED})*+([\[>])")
_SUBSET_PART: Final = re.compile(rf"<!--.*?-->|<\?.*?>|<!(?:[^<>\"']++|{_QUOTED})*+>|%({_NAME});|\]|\s+", re.DOTALL)
_ENTITY: Final = re.compile(rf"<!ENTITY\s+(%\s+)?({_NAME})\s+(?:(?:SYSTEM|PUBLIC\s+(?:{_QUOTED}))\s+({_QUOTED})|({_QUOTED}))", re.IGNORECASE)
_REFERENCE: Final = re.compile(rf"&(?:#(\d{{1,7}}|[xX][0-9A-Fa-f]{{1,6}})|({_NAME}));?")
_ONLY_REFERENCES: Final = re.compile(rf"(?:\s*&{_NAME};)+\s*")
_SECTION: Final = re.compile(rf"<!\[\s*(%?)({_NAME});?\s*\[")
# SGML writes these without an end tag.
_EMPTY: Final = frozenset({"anchor", "area", "co", "colspec", "footnoteref", "graphic", "imagedata", "sbr", "spanspec", "varargs", "void", "xref"})
# Entities that documentation sets declare in a file of their own; a break opportunity is nothing in running text.
_KNOWN: Final = {"zwsp": "", "wj": ""}
_NO_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_OWN_PREFIXES: Final = frozenset({"d", "db", "docbook"})
_FORMATTING: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs"})


def parse_markup(text: str, *, version: str | None = None, read_text: ReadText | None = None, warnings: list[str] | None = None) -> Any:
    """Return an lxml element that holds the elements of ``text``; names are in lower case, those with a prefix have ``_`` for ``:``.

    ``version`` stands for the entities ``version`` and ``majorversion`` where the document does not declare them,
    ``read_text`` gives the files that its own entities name. Text is never lost for broken markup.
    """
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, remove_comments=True, remove_pis=True, huge_tree=True)
    return etree.fromstring(_Normaliser(version, read_text, warnings if warnings is not None else []).normalise(text), parser)


def xml_characters(text: str) -> str:
    """Return ``text`` without the characters that XML cannot have."""
    return _NO_XML.sub("", text)


class _Normaliser:
    """Rewrites a document as well-formed XML without a document type."""

    def __init__(self, version: str | None, read_text: ReadText | None, warnings: list[str]) -> None:
        self._version = version
        self._read_text = read_text
        self._warnings = warnings
        self._parameters: dict[str, str] = {}
        self._entities: dict[str, str] = {}
        # Entities that stand for files which are not read here, whatever their names mean elsewhere.
        self._chapters: set[str] = set()
        # Names of the open elements; one that is too deep has a tag in the source alone.
        self._open: list[tuple[str, bool]] = []
        self._open_names: Counter[str] = Counter()
        self._has_subset = False
        self._emitted = 0
        self._sections = 0
        self._budget = _MAX_EXPANSION
        self._out: list[str] = []

    def normalise(self, text: str) -> str:
        self._out.append("<document>")
        self._feed(xml_characters(text), 0)
        while self._open:
            self._close()
        self._out.append("</document>")
        return "".join(self._out)

    def _feed(self, text: str, depth: int) -> None:
        at = 0
        missing: set[str] = set()
        while (found := text.find("<", at)) >= 0:
            self._text(text[at:found], depth)
            at = self._markup(text, found, depth, missing)
        self._text(text[at:], depth)

    def _markup(self, text: str, at: int, depth: int, missing: set[str]) -> int:
        """Read what begins with ``<`` and return where it ends."""
        if text.startswith("<!--", at):
            return self._end_of(text, at, "-->", missing)
        if text.startswith("<![CDATA[", at):
            end = self._end_of(text, at, "]]>", missing)
            if end > at + 1:
                self._out.append(html.escape(_visible(text[at + 9 : end - 3]), quote=False))
                return end
        elif text.startswith("<![", at):
            return self._marked_section(text, at, missing)
        elif text.startswith("<!", at):
            return self._declaration(text, at, depth)
        elif text.startswith("<?", at):
            return self._end_of(text, at, ">", missing)
        elif text.startswith("</>", at):
            self._close()
            return at + 3
        tag = _TAG.match(text, at)
        if tag is None:
            self._out.append("&lt;")
            return at + 1
        name = _local_name(tag.group(2))
        if tag.group(1):
            if self._open_names[name]:
                while self._close() != name:
                    pass
        else:
            self._start(name, tag.group(3), depth)
        return tag.end()

    def _end_of(self, text: str, at: int, closing: str, missing: set[str]) -> int:
        end = -1 if closing in missing else text.find(closing, at)
        if end >= 0:
            return end + len(closing)
        # What is never closed is text; not looking for the end again keeps this linear.
        missing.add(closing)
        self._out.append("&lt;")
        return at + 1

    def _marked_section(self, text: str, at: int, missing: set[str]) -> int:
        section = _SECTION.match(text, at)
        if section is None:
            self._out.append("&lt;")
            return at + 1
        keyword = self._parameters.get(section.group(2), "INCLUDE") if section.group(1) else section.group(2)
        if keyword.strip().upper() == "IGNORE":
            return self._end_of(text, at, "]]>", missing)
        self._sections += 1
        return section.end()

    def _declaration(self, text: str, at: int, depth: int) -> int:
        declaration = _DECLARATION.match(text, at)
        if declaration is None:
            self._out.append("&lt;")
            return at + 1
        if declaration.group(1) == ">" or self._has_subset:
            self._declare(declaration.group())
            return declaration.end()
        self._has_subset = True
        end = self._subset(text, declaration.end(), depth)
        closing = text.find(">", end, end + 100)
        return closing + 1 if closing >= 0 else end

    def _subset(self, text: str, at: int, depth: int) -> int:
        """Read the declarations of an internal subset, or of a file of entities, up to its end."""
        while part := _SUBSET_PART.match(text, at):
            at = part.end()
            if part.group() == "]":
                break
            if part.group(1):
                included = self._parameters.get(part.group(1), "")
                if included and depth < _MAX_ENTITY_DEPTH and self._spend(len(included)):
                    self._subset(included, 0, depth + 1)
            else:
                self._declare(part.group())
        return at

    def _declare(self, declaration: str) -> None:
        found = _ENTITY.match(declaration)
        if found is None:
            return
        parameter, name, system, value = found.groups()
        target = self._parameters if parameter else self._entities
        if name in target:
            return
        if value is None:
            # Declarations may stand in any file; a chapter in a file of its own is a page of its own.
            file = system[1:-1]
            read = self._read_text(f"{file}#declarations" if parameter else file) if self._read_text and file else None
            if read is not None:
                target[name] = xml_characters(read)
            elif not parameter:
                self._chapters.add(name)
        else:
            target[name] = value[1:-1]

    def _start(self, name: str, attributes: str, depth: int) -> None:
        empty = attributes.endswith("/") or name in _EMPTY
        emit = self._emitted < _MAX_DEPTH
        if emit:
            written: dict[str, str] = {}
            for key, value in _ATTRIBUTE.findall(attributes):
                key = key.rpartition(":")[2].lower()
                if key != "xmlns" and not value.startswith("/"):
                    written.setdefault(key, _visible(_REFERENCE.sub(self._reference_value, value.strip("\"'"))))
            inner = "".join(f' {key}="{html.escape(value)}"' for key, value in written.items())
            self._out.append(f"<{name}{inner}{'/' if empty else ''}>")
        if not empty:
            self._open.append((name, emit))
            self._open_names[name] += 1
            self._emitted += emit

    def _close(self) -> str | None:
        if not self._open:
            return None
        name, emitted = self._open.pop()
        self._open_names[name] -= 1
        if emitted:
            self._out.append(f"</{name}>")
            self._emitted -= 1
        return name

    def _text(self, text: str, depth: int) -> None:
        if self._sections and "]]>" in text:
            self._sections -= text.count("]]>")
            text = text.replace("]]>", "")
        if "&" not in text:
            self._out.append(text.replace(">", "&gt;"))
            return
        # Alone between two tags an unknown entity is a chapter of the book, in a file of its own.
        alone = _ONLY_REFERENCES.fullmatch(text) is not None
        at = 0
        for found in _REFERENCE.finditer(text):
            self._out.append(html.escape(text[at : found.start()], quote=False))
            at = found.end()
            name = found.group(2)
            value = self._entities.get(name) if name else None
            if value is None:
                unknown = alone and name is not None and self._known(name) is None
                self._out.append("" if unknown else html.escape(self._reference_value(found), quote=False))
            elif depth < _MAX_ENTITY_DEPTH and self._spend(len(value)):
                self._feed(value, depth + 1)
        self._out.append(html.escape(text[at:], quote=False))

    def _spend(self, size: int) -> bool:
        if size <= self._budget:
            self._budget -= size
            return True
        if self._budget >= 0:
            self._budget = -1
            self._warnings.append(f"Its entities expand to more than {_MAX_EXPANSION} characters; the rest of them was left out.")
        return False

    def _reference_value(self, found: re.Match[str]) -> str:
        number, name = found.groups()
        if number:
            code = int(number[1:], 16) if number[0] in "xX" else int(number)
            return _visible(chr(code)) if code < 0x110000 else ""
        if name in self._entities:
            return self._entities[name] if self._spend(len(self._entities[name])) else ""
        known = self._known(name)
        if known is not None:
            return known
        # An entity that some other file declares: its name says more than nothing.
        return f"<{name}>" if found.group().endswith(";") else found.group()

    def _known(self, name: str) -> str | None:
        """Return what an entity stands for that the document does not declare."""
        if name in self._chapters:
            return None
        if name in _KNOWN:
            return _KNOWN[name]
        if f"{name};" in html5:
            return _visible(html5[f"{name};"])
        if self._version and name in ("version", "majorversion"):
            parsed = parse_version(self._version)
            return str(parsed[0]) if name == "majorversion" and parsed else self._version
        return None


def _local_name(name: str) -> str:
    prefix, separator, local = name.lower().partition(":")
    if not separator or prefix in _OWN_PREFIXES:
        name = local or prefix
    return name.lower().replace(":", "_")


def _visible(text: str) -> str:
    """Return ``text`` with plain blanks and without characters that no reader sees, which references can bring in."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(" " if char == "\xa0" else char for char in text if char in "\n\t" or unicodedata.category(char) not in _FORMATTING)
