# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading the versions CSV in all the forms in which people export it."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import csv
import io
import re
import typing as t
from collections.abc import Callable, Iterable, Iterator

from .._errors import DataError
from .._visible_text import visible_text
from ..catalogue._entries import spaced
from ._installed import Installed
from ._names import range_names
from ._products import normalise_product
from ._secret_patterns import redact_text
from ._version_cell import NO_VALUE, VersionCell, read_version_cell
from ._versions_file import read_text

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
_DIGITS: t.Final = bytes.maketrans(b"123456789", b"000000000")
# In such a name no digit is special.
_NAME_LIKE: t.Final = re.compile(r"(?!.*\w{16})[\w.:+~ -]*")
_ONE_SERVER: t.Final = re.compile(r"\s*[\w.:-]+\s*")
# k1; k2   k1, k2   k1 / k2   k1 и k2, and one to a line
_BETWEEN_SERVERS: t.Final = re.compile(r"\s*[;\n]\s*|\s*,(?![^\[{]*[\]}])\s*|\s+(?:/|&|and|и)\s+")


class Row(t.NamedTuple):
    """One usable row: ``product`` in its normal form, the cells stripped, bounded and without secret-shaped parts."""

    server: str
    product: str
    version: str
    os_version: str


class Table(t.NamedTuple):
    """The distinct usable rows in file order, as (server, software); ``warnings`` name file and line.

    ``skipped`` counts the rows that cannot be used, ``unclear`` those of which a part cannot.
    """

    installed: list[tuple[str, Installed]]
    warnings: list[str]
    skipped: int
    unclear: int

    @property
    def rows(self) -> list[Row]:
        """The rows as they are in the file, with what is understood of their cells."""
        return [Row(server, *software) for server, software in self.installed]


def read_versions(path: str, encoding: str | None = None) -> Table:
    """Read a versions CSV.

    ``encoding`` None means UTF-8, with or without a BOM. Raises DataError for a file that cannot be read or decoded or lacks a needed
    column, ConfigError for an unknown encoding.
    """
    lines = read_text(path, encoding).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    start, delimiter, header = _find_header(path, lines)
    columns = _columns(header)
    missing = [name for name in ("server", "product", "version") if name not in columns]
    if missing:
        found = ", ".join(repr(redact_text(visible_text(cell).strip())[:40]) for cell in header[:12])
        raise DataError(
            f"The versions CSV {path} has no column {' and no column '.join(missing)} in its header (line {start + 1}): found {found};"
            " the first line must name the columns server,product,version,os_version.",
            file=path,
            line=start + 1,
        )
    return _Rows(path, columns, len(header)).read(_records(lines, start + 1, delimiter, len(header)))


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


def _records(lines: list[str], start: int, delimiter: str, width: int) -> Iterable[tuple[int, list[str] | None]]:
    """Return (line number from 1, cells), None for a line that is no row. A stray quote costs its own line only."""
    body = lines[start:]
    if not any('"' in line for line in body):
        return ((number, line.split(delimiter)) for number, line in enumerate(body, start + 1) if line and not line.isspace())
    try:
        rows = list(csv.reader(body, delimiter=delimiter, skipinitialspace=True))
    except csv.Error:
        rows = []
    if len(rows) == len(body):  # no cell has several lines
        return ((number, cells) for number, cells in enumerate(rows, start + 1) if cells)
    return _records_of_lines(lines, start, delimiter, width)


def _records_of_lines(lines: list[str], start: int, delimiter: str, width: int) -> Iterator[tuple[int, list[str] | None]]:
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


class _Rows:
    """Collects usable rows and what is wrong with others. What a cell means is looked up once for all rows that have it."""

    def __init__(self, path: str, columns: dict[str, int], width: int) -> None:
        self._path = path
        self._width = width
        self._at = (columns["server"], columns["product"], columns["version"])
        self._at_os = columns.get("os_version")
        self._installed: dict[tuple[str, Installed], None] = {}
        self._warnings: list[str] = []
        self._skipped = 0
        self._unclear = 0
        self._plain: set[bytes] = set()
        self._spelling: dict[str, str] = {}  # comparable form -> the product's name as first written
        self._cleaned = _Memo(self._clean)
        self._product_of = _Memo(self._product)
        self._version_of = _Memo(self._version)

    def read(self, records: Iterable[tuple[int, list[str] | None]]) -> Table:
        """Return the table of the records."""
        servers_of, software_of = _Memo(self._servers), _Memo(self._software)
        (at_server, at_product, at_version), at_os = self._at, self._at_os
        width, installed = self._width, self._installed
        above: tuple[str, ...] = ()
        for number, cells in records:
            if cells is None or (len(cells) != width and not self._fits(cells)):
                self._skip(number, "not a row" if cells is None else f"{len(cells)} fields instead of {width}")
                above = ()
                continue
            servers = servers_of[cells[at_server]]
            software, is_plain = software_of[cells[at_product], cells[at_version], "" if at_os is None else cells[at_os]]
            if not (servers and is_plain):
                servers = self._look_at(number, cells, servers, above)
            above = servers
            for server in servers:
                for item in software:
                    installed[server, item] = None
        more = self._skipped + self._unclear - MAX_WARNINGS
        if more > 0:
            self._warnings.append(f"{self._path}: {more} more rows have such faults.")
        return Table(list(installed), self._warnings, self._skipped, self._unclear)

    def _fits(self, cells: list[str]) -> bool:
        while len(cells) > self._width and not cells[-1].strip():
            cells.pop()
        return len(cells) == self._width

    def _look_at(self, number: int, cells: list[str], servers: tuple[str, ...], above: tuple[str, ...]) -> tuple[str, ...]:
        """The servers of a row with a fault, after a word about it; none when the row is of no use. ``above`` are those of the row above."""
        written = [cells[at] for at in self._at]
        if any("\0" in cell for cell in written):
            return self._skip(number, "a NUL byte")
        product = self._product_of[written[1]]
        version = self._version_of[product, written[2]]
        if not written[0].strip() and product and version.releases and above and not self._has(above[0], product):
            servers = above
            self._note(number, f"no server, taken for {servers[0]} of the row above, as in merged cells")
        for name, found in (("server", servers), ("product", product), ("version", version.releases or version.is_absent)):
            if not found:
                return self._skip(number, f"no {name}")
        if version.problem:
            self._note(number, version.problem)
        return servers

    def _has(self, server: str, product: str) -> bool:
        """Tell whether a server of the row above has a row of the product already; only the rows of that server, the last ones, are looked at."""
        for name, software in reversed(self._installed):
            if name != server:
                return False
            if software.product == product:
                return True
        return False

    def _skip(self, number: int, problem: str) -> tuple[str, ...]:
        self._skipped += 1
        self._warn(f"{self._path} line {number}: {problem}, the row is skipped.")
        return ()

    def _note(self, number: int, problem: str) -> None:
        self._unclear += 1
        self._warn(f"{self._path} line {number}: {problem}.")

    def _warn(self, text: str) -> None:
        if len(self._warnings) < MAX_WARNINGS:
            self._warnings.append(text)

    def _servers(self, cell: str) -> tuple[str, ...]:
        if "\0" in cell:
            return ()
        if _ONE_SERVER.fullmatch(cell):
            names = [self._clean(cell)]
        else:
            parts = _BETWEEN_SERVERS.split(cell.strip()[:MAX_CELL])
            names = [self._clean(server) for part in parts if part for server in range_names(part)]
        return tuple(dict.fromkeys(name for name in names if name.lower() not in NO_VALUE))

    def _software(self, cells: tuple[str, str, str]) -> tuple[tuple[Installed, ...], bool]:
        """What a row's product, version and system say, and whether there is nothing to say about them."""
        product = self._product_of[cells[0]]
        version = self._version_of[product, cells[1]]
        software = tuple(Installed(product, release, self._cleaned[cells[2]]) for release in version.releases if product)
        return software, bool(software) and not version.problem

    def _product(self, cell: str) -> str:
        name = self._clean(cell)
        if name.lower() in NO_VALUE or "\0" in cell:
            return ""
        product = normalise_product(name)
        return self._spelling.setdefault(spaced(product), product)

    def _version(self, cells: tuple[str, str]) -> VersionCell:
        product, cell = cells
        return read_version_cell(self._clean(cell.strip().replace("\n", "; ")), product)

    def _clean(self, cell: str) -> str:
        """The cell in one line, bounded, of visible characters and without secret-shaped parts. Names that differ in digits only are plain together."""
        text = cell.strip().replace("\n", " ")[:MAX_CELL]
        shape = text.encode("utf-8", "surrogatepass").translate(_DIGITS)
        if shape in self._plain:
            return text
        redacted = redact_text(visible_text(text))
        if redacted == text and _NAME_LIKE.fullmatch(text):
            self._plain.add(shape)
        return redacted


class _Memo(dict[t.Any, t.Any]):
    """A mapping that computes what it lacks: looking up in it costs no call."""

    def __init__(self, function: Callable[[t.Any], t.Any]) -> None:
        super().__init__()
        self._function = function

    def __missing__(self, key: t.Any) -> t.Any:
        value = self[key] = self._function(key)
        return value
