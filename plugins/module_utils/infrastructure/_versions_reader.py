# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading the versions CSV in all the forms in which people export it."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import codecs
import csv
import io
import os
import typing as t
from collections.abc import Callable, Iterator

from .._errors import ConfigError, DataError
from ..catalogue._entries import spaced
from ._products import normalise_product
from ._secret_patterns import redact_text

MAX_WARNINGS: t.Final = 10
MAX_CELL: t.Final = 200
# A quote that stays open longer than this is a stray one, not a cell of several lines.
_MAX_LINES_OF_ROW: t.Final = 10

_COLUMNS: t.Final[dict[str, tuple[str, ...]]] = {
    "server": ("server", "host", "hostname", "server_name", "host_name"),
    "product": ("product", "software", "package", "product_name", "package_name"),
    "version": ("version", "ver", "product_version", "package_version"),
    "os_version": ("os_version", "os", "osversion"),
}
_NO_VALUE: t.Final = frozenset(("", "-", "--", "?", "n/a", "na", "none", "null", "nil", "unknown", "#n/a", "#н/д", "нет", "неизвестно"))


class Row(t.NamedTuple):
    """One usable row: ``product`` in its normal form, the cells stripped, bounded and without secret-shaped parts."""

    server: str
    product: str
    version: str
    os_version: str


class Table(t.NamedTuple):
    """The distinct usable rows in file order; ``warnings`` name file and line, ``skipped`` counts the unusable rows."""

    rows: list[Row]
    warnings: list[str]
    skipped: int


def read_versions(path: str, encoding: str | None = None) -> Table:
    """Read a versions CSV.

    ``encoding`` None means UTF-8, with or without a BOM. Raises DataError for a file that cannot be read or decoded or lacks a needed
    column, ConfigError for an unknown encoding.
    """
    text = _decode(path, _read(path), encoding)
    lines = io.StringIO(text, newline=None).read().split("\n")
    start, delimiter, header = _find_header(path, lines)
    columns = _columns(header)
    missing = [name for name in ("server", "product", "version") if name not in columns]
    if missing:
        found = ", ".join(repr(redact_text(cell.strip())[:40]) for cell in header[:12])
        raise DataError(
            f"The versions CSV {path} has no column {' and no column '.join(missing)} in its header (line {start + 1}): found {found};"
            " the first line must name the columns server,product,version,os_version.",
            file=path,
            line=start + 1,
        )
    return _rows(path, lines, start + 1, delimiter, len(header), columns)


def _read(path: str) -> bytes:
    if os.path.isdir(path):
        raise DataError(f"The versions CSV {path} is a directory; give the path of the CSV file in versions_csv.", file=path)
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as exc:
        raise DataError(
            f"The versions CSV {path} cannot be read ({exc.strerror or exc}); check the path in versions_csv and the permissions.", file=path
        ) from exc


def _decode(path: str, data: bytes, encoding: str | None) -> str:
    if not data.strip():
        raise DataError(f"The versions CSV {path} is empty; its first line must name the columns server,product,version,os_version.", file=path)
    if encoding is not None:
        try:
            codec = codecs.lookup(encoding)
            "a".encode(encoding)  # hex and undefined are codecs too, but encodings of no text
        except (LookupError, ValueError) as exc:
            raise ConfigError(f"The encoding {encoding!r} of versions_csv_encoding is unknown; give a name such as utf-8, cp1251 or utf-16.") from exc
        try:
            text = data.decode(encoding)
        except UnicodeError as exc:
            guess = _likely_encoding(data)
            advice = f"it looks like {guess}" if guess and codecs.lookup(guess) != codec else "save it as UTF-8"
            raise DataError(f"The versions CSV {path} is not {encoding} as versions_csv_encoding says ({_where(data, exc)}); {advice}.", file=path) from exc
        return text.removeprefix("\ufeff")
    if data.startswith(codecs.BOM_UTF8):
        data = data[len(codecs.BOM_UTF8) :]
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as exc:
        guess = _likely_encoding(data)
        if guess is None:
            raise DataError(f"The versions CSV {path} is a binary file ({_where(data, exc)}); export it as comma-separated text in UTF-8.", file=path) from exc
        raise DataError(
            f"The versions CSV {path} is not UTF-8 ({_where(data, exc)}) and looks like {guess};"
            f" set versions_csv_encoding to {guess} or save the file as UTF-8.",
            file=path,
            hint=f"versions_csv_encoding: {guess}",
        ) from exc
    if text[:4096].count("\0") > len(text[:4096]) // 10:  # a stray one spoils its row only
        guess = _likely_encoding(data)
        what, advice = (
            (f"looks like {guess}", f"set versions_csv_encoding to {guess}") if guess else ("is a binary file", "export it as comma-separated text in UTF-8")
        )
        raise DataError(f"The versions CSV {path} {what}; {advice}.", file=path)
    return text


def _where(data: bytes, exc: UnicodeError) -> str:
    if not isinstance(exc, UnicodeDecodeError):
        return "it cannot be decoded"
    return f"byte 0x{data[exc.start]:02X} on line {data.count(bytes((10,)), 0, exc.start) + 1}"


def _likely_encoding(data: bytes) -> str | None:
    """Guess from the first kilobytes: UTF-16 by its marks or zero bytes, cp1251 by Cyrillic letters; None for what is no text."""
    head = data[:65536]
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    zeros = head[:4096].count(0)
    if zeros:
        odd, even = head[1:4096:2].count(0), head[0:4096:2].count(0)
        if max(odd, even) >= 0.8 * zeros and zeros >= 0.3 * len(head[:4096]):
            return "utf-16-le" if odd > even else "utf-16-be"
        return None
    if sum(byte < 32 and byte not in (9, 10, 12, 13) for byte in head) > len(head) // 100:
        return None
    high = [byte for byte in head if byte >= 0x80]
    # Russian text is mostly small letters: 0xE0-0xFF in cp1251; 0xA0-0xAF and 0xE0-0xEF in cp866; 0xC0-0xDF in koi8-r.
    small = {
        "cp1251": sum(byte >= 0xE0 for byte in high),
        "cp866": sum(0xA0 <= byte <= 0xAF or 0xE0 <= byte <= 0xEF for byte in high),
        "koi8-r": sum(0xC0 <= byte <= 0xDF for byte in high),
    }
    best = max(small, key=lambda name: small[name])
    if small[best] >= 0.5 * len(high) and len(high) >= 4:
        return best
    return "cp1252"


def _find_header(path: str, lines: list[str]) -> tuple[int, str, list[str]]:
    """Return the header's line index, the delimiter under which it holds the most columns, and its cells."""
    start = 0
    while start < len(lines) and not lines[start].strip():
        start += 1
    if lines[start].strip().lower() in ("sep=,", "sep=;", "sep=\t", "sep="):  # Excel's hint
        start += 1
    if start >= len(lines):
        raise DataError(f"The versions CSV {path} has no header; its first line must name the columns server,product,version,os_version.", file=path)
    line = lines[start]
    best: tuple[int, int, str, list[str]] | None = None
    for rank, delimiter in enumerate(",;\t"):
        try:
            cells = next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])
        except csv.Error:
            continue
        score = (len(_columns(cells)), -rank)
        if best is None or score > best[:2]:
            best = (*score, delimiter, cells)
    if best is None:
        raise DataError(
            f"The versions CSV {path} has no readable header on line {start + 1}; it must name the columns server,product,version,os_version.", file=path
        )
    return start, best[2], best[3]


def _columns(header: list[str]) -> dict[str, int]:
    names = ["_".join(cell.strip().strip("\"'\ufeff").lower().replace("-", " ").replace("_", " ").split()) for cell in header]
    found: dict[str, int] = {}
    for column, synonyms in _COLUMNS.items():
        for synonym in synonyms:
            if synonym in names:
                found[column] = names.index(synonym)
                break
    return found


def _records(lines: list[str], start: int, delimiter: str, width: int) -> Iterator[tuple[int, list[str] | None]]:
    """Yield (line number from 1, cells), None for a line that is no row. A stray quote costs its own line only."""
    position = start
    while position < len(lines):
        line, taken = lines[position], 1
        if line.count('"') % 2:
            for extra in range(1, _MAX_LINES_OF_ROW):
                joined = "\n".join(lines[position : position + extra + 1])
                if position + extra < len(lines) and joined.count('"') % 2 == 0:
                    if len(_split(joined, delimiter) or ()) == width:
                        line, taken = joined, extra + 1
                    break
        if line.strip():
            yield position + 1, _split(line, delimiter)
        position += taken


def _split(line: str, delimiter: str) -> list[str] | None:
    if '"' not in line:
        return line.split(delimiter)
    try:
        return next(csv.reader(io.StringIO(line, newline=""), delimiter=delimiter, skipinitialspace=True), None)
    except csv.Error:
        return None


def _rows(path: str, lines: list[str], start: int, delimiter: str, width: int, columns: dict[str, int]) -> Table:
    at_server, at_product, at_version, at_os = columns["server"], columns["product"], columns["version"], columns.get("os_version")
    rows: dict[Row, None] = {}
    warnings: list[str] = []
    skipped = 0
    spelling: dict[str, str] = {}  # comparable form -> the product's name as first written
    clean = _memo(lambda cell: redact_text(cell.strip().replace("\n", " ")[:MAX_CELL]))
    product_of = _memo(lambda cell: _spelled(normalise_product(cell), spelling))
    for number, cells in _records(lines, start, delimiter, width):
        if cells is None or len(cells) != width:
            while cells is not None and len(cells) > width and not cells[-1].strip():
                cells.pop()
        problem = None
        if cells is None or len(cells) != width:
            problem = "not a row" if cells is None else f"{len(cells)} fields instead of {width}"
        elif "\0" in cells[at_server] or "\0" in cells[at_product] or "\0" in cells[at_version]:
            problem = "a NUL byte"
        else:
            server, product, version = clean(cells[at_server]), clean(cells[at_product]), clean(cells[at_version])
            for name, value in (("server", server), ("product", product), ("version", version)):
                if value.lower() in _NO_VALUE:
                    problem = f"no {name}"
                    break
            else:
                rows[Row(server, product_of(product), version, "" if at_os is None else clean(cells[at_os]))] = None
        if problem is not None:
            skipped += 1
            if len(warnings) < MAX_WARNINGS:
                warnings.append(f"{path} line {number}: {problem}, the row is skipped.")
    if skipped > MAX_WARNINGS:
        warnings.append(f"{path}: {skipped - MAX_WARNINGS} more rows are skipped.")
    return Table(list(rows), warnings, skipped)


def _spelled(product: str, spelling: dict[str, str]) -> str:
    return spelling.setdefault(spaced(product), product)


def _memo(function: Callable[[str], str]) -> Callable[[str], str]:
    known: dict[str, str] = {}

    def remembered(text: str) -> str:
        result = known.get(text)
        if result is None:
            result = known[text] = function(text)
        return result

    return remembered
