# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A document's bytes as a page: the encoding, the includes and the format's converter."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import codecs
import html
import posixpath
import re
import sys
from collections.abc import Callable
from functools import partial
from typing import Final

from ..._errors import DataError, MissingLibraryError
from ..._visible_text import visible_text
from .._product_versions import parse_version
from ._asciidoc import read_asciidoc
from ._html import read_html
from ._man import read_man
from ._markdown import read_markdown
from ._option_entries import split_option_entries
from ._page import Block, Page, PageBuilder, Section
from ._rst import read_rst
from ._rst_directives import DescribeOption
from ._shortcodes import replace_between
from ._text import read_text
from ._xml import read_xml

__all__ = ["MAX_BYTES", "Block", "Page", "ReadInclude", "Section", "convert", "format_of"]

# Returns the bytes of an include's target as the page names it, or None when it must not or cannot be inlined.
# A target that ends in `#part` asks for a part of a file, which may then be a page of its own.
ReadInclude = Callable[[str], "bytes | None"]

# A larger "page" is a dump, not documentation (the largest of the reference corpus has 0.3 MB).
MAX_BYTES: Final = 10 * 1024 * 1024
_INCLUDE_DEPTH: Final = 3

_FORMATS: Final = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".mdx": "markdown",
    ".html": "html",
    ".htm": "html",
    ".txt": "text",
    ".rst": "rst",
    ".adoc": "asciidoc",
    ".asciidoc": "asciidoc",
    ".asc": "asciidoc",
    ".xml": "xml",
    ".sgml": "xml",
    ".docbook": "xml",
    ".dbk": "xml",
    ".man": "man",
    ".mdoc": "man",
    "": "text",
}
# Man pages end in their section, which may have a suffix: ssh.1, lmtp.8postfix.
_MAN_SECTION: Final = re.compile(r"\.[1-9](?!(?:z|gp|g2|ds)$)[a-z]{0,8}$")
_META_CHARSET: Final = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_.:-]+)""", re.IGNORECASE)
# Bold and underlined letters as printers strike them: one over the other.
_OVERSTRIKE: Final = re.compile("[^\n\x08]\x08")
# A line that is bold as a whole, apart from those around it, is a heading; without the strikes nothing else tells it.
_BOLD_LINE: Final = re.compile("(?:(?<=\n\n)|^)((?:([^\n\x08 ])\x08\\2| (?! )){2,100}+)(?=\n\n)")
# Encodings of Cyrillic text that names none; it has these letters most, in lower case.
_CYRILLIC: Final = ("cp1251", "koi8-r", "cp866")
_CYRILLIC_LETTERS: Final = frozenset("оеаинтсрвл")
# Directives and targets of reStructuredText, which many projects keep in files named .txt.
_RST_MARK: Final = re.compile(r"^\.\. (?:[\w-]+::(?: |$)|_[^:\n]{1,80}:$)", re.MULTILINE)
_SERVER_INCLUDE: Final = re.compile(r"""<!--\s*#include\s+(?:virtual|file)\s*=\s*["']([^"']*)["']\s*-->""")
_HANDLEBARS: Final = (
    re.compile(r"""<script\b[^>]*type\s*=\s*["']text/x-handlebars-template["'][^>]*>""", re.IGNORECASE),
    re.compile(r"</script\s*>", re.IGNORECASE),
)
_HANDLEBARS_TAG: Final = re.compile(r"\{\{([#/!&>^{]?)\s*([\w.]*)[^{}]*\}\}\}?")


def format_of(path: str) -> str | None:
    """Return ``markdown``, ``html``, ``text``, ``rst``, ``asciidoc``, ``xml`` or ``man`` by the file's name, None when it cannot be converted."""
    name = posixpath.basename(path).lower()
    if name.endswith(".rst.txt"):  # Sphinx publishes its sources under this name.
        return "rst"
    suffix = posixpath.splitext(name)[1]
    return "man" if _MAN_SECTION.fullmatch(suffix) else _FORMATS.get(suffix)


def convert(
    data: bytes, path: str, *, read_include: ReadInclude | None = None, version: str | None = None, describe_option: DescribeOption | None = None
) -> Page:
    """Convert a document; ``path`` (relative, with ``/``) tells its format and names it in errors.

    ``version`` of the documentation fills version variables of its templates, ``describe_option`` returns the text
    of options that reStructuredText names without describing them. Raises DataError when the document is empty,
    binary, too large or of a format that cannot be converted,
    MissingLibraryError without the libraries that read its format.
    """
    kind = format_of(path)
    if kind is None:
        raise DataError(f"{path} is not Markdown, HTML, plain text, reStructuredText, AsciiDoc, DocBook or a man page; convert it to one of these.", file=path)
    builder = PageBuilder(path)
    text = _decode(data, path, builder.warnings)
    if kind == "text" and len(_RST_MARK.findall(text)) > 1:
        kind = "rst"

    def read_included(target: str) -> str | None:
        included = read_include(target) if read_include else None
        try:
            return _decode(included, target, builder.warnings) if included else None
        except DataError as error:
            builder.warnings.append(f"What {path} includes is left out: {error.message}")
            return None

    try:
        if kind == "markdown":
            read_markdown(text, builder, version=version, read_text=read_included)
        elif kind == "html":
            read_html(replace_between(_server_includes(text, read_included), *_HANDLEBARS, partial(_unwrap, version=version)), builder)
        elif kind == "rst":
            read_rst(text, builder, read_text=read_included, version=version, describe_option=describe_option)
        elif kind == "asciidoc":
            read_asciidoc(text, builder, version=version, read_text=read_included)
        elif kind == "xml":
            read_xml(text, builder, version=version, read_text=read_included)
        elif kind == "man":
            read_man(text, builder)
        else:
            read_text(text, builder)
    except ModuleNotFoundError as exc:
        raise MissingLibraryError(exc.name or "lxml", needed_for="converting documents", python=sys.executable) from exc
    page = builder.finish()
    page.sections = split_option_entries(page.sections)
    return page


def _decode(data: bytes, path: str, warnings: list[str]) -> str:
    if len(data) > MAX_BYTES:
        raise DataError(f"{path} has {len(data) / 2**20:.0f} MB, more than the {MAX_BYTES // 2**20} MB of a page; split it.", file=path)
    if not data.strip():
        raise DataError(f"{path} is empty.", file=path)
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = data.decode("utf-16", errors="replace")
    elif b"\x00" in data:
        raise DataError(f"{path} is a binary file; only text can be indexed.", file=path)
    else:
        text = _decode_bytes(data, path, warnings)
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    if "\x08" in text and format_of(path) == "text":
        text = _BOLD_LINE.sub(lambda line: f"{line.group()}\n{'-' * len(_OVERSTRIKE.sub('', line.group()))}", text)
    # A form feed ends a page of a plain text.
    return "\f".join(map(visible_text, _OVERSTRIKE.sub("", text).split("\f")))


def _decode_bytes(data: bytes, path: str, warnings: list[str]) -> str:
    declared = _META_CHARSET.search(data[:4096])
    for name in ("utf-8-sig", *([declared.group(1).decode("ascii")] if declared else [])):
        try:
            return data.decode(name)
        except (UnicodeError, LookupError, ValueError):  # a name that is none, or of a codec that decodes no text
            continue
    text = data.decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    if broken * 4 <= sum(char > "\x7f" for char in text) - broken:
        warnings.append(f"{path} is UTF-8 with {broken} broken characters.")
        return text
    name = _legacy_encoding(data)
    warnings.append(f"{path} is not UTF-8 and names no other encoding; it was read as {name}.")
    return data.decode(name)


def _legacy_encoding(data: bytes) -> str:
    """Return the encoding of one byte a letter that reads most like text; latin-1 decodes every byte."""
    high = sum(byte > 0x7F for byte in data)
    counts = {name: sum(char in _CYRILLIC_LETTERS for char in data.decode(name, errors="ignore")) for name in _CYRILLIC}
    best = max(counts, key=counts.__getitem__)
    # A third of running Russian text are these letters; of Western text a few bytes at most happen to be.
    for name in (*([best] if counts[best] * 4 > high else []), "cp1252"):
        try:
            data.decode(name)
        except UnicodeDecodeError:
            continue
        return name
    return "latin-1"


def _server_includes(text: str, read_included: Callable[[str], str | None], depth: int = 0) -> str:
    def replace(found: re.Match[str]) -> str:
        included = read_included(found.group(1)) if depth < _INCLUDE_DEPTH else None
        return "" if included is None else _server_includes(included, read_included, depth + 1)

    return _SERVER_INCLUDE.sub(replace, text)


def _unwrap(template: str, *, version: str | None) -> str:
    """kafka's pages hold their text in a template that the browser fills: take it out, and name or fill its variables."""
    parsed = parse_version(version) if version else None
    values = {"dotVersion": ".".join(map(str, parsed[:2]))} if parsed and len(parsed) > 1 else {}

    def variable(tag: re.Match[str]) -> str:
        name = tag.group(2)
        return "" if tag.group(1) in ("#", "/", "!", "^", ">") else html.escape(values.get(name, f"<{name}>"))

    return f"<div>{_HANDLEBARS_TAG.sub(variable, template)}</div>"
