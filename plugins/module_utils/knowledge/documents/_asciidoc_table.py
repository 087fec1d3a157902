# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AsciiDoc's tables."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from typing import Final

from ._asciidoc_inline import Inline
from ._blocks import BlockWriter

# Places beyond one for each cell, and the longest text of a cell that is repeated.
_MAX_PLACES: Final = 20_000
_MAX_REPEATED: Final = 500
_SPECIFIER: Final = r"(?:(\d{1,3})?(?:\.(\d{1,3}))?([+*]))?(?:[<^>](?:\.[<^>])?|\.[<^>])?([adehlmsv])?"
_CELL: Final = re.compile(rf"(?:(?:^|(?<=\s)){_SPECIFIER})?(?<!\\)\|", re.MULTILINE)
_COLUMN: Final = re.compile(r"^(?:(\d{1,3})\*)?.*?([adehlmsv])?$")
_BLOCK_IN_CELL: Final = re.compile(r"^(?:-{4,}|\.{4,}|\|===|={4,})$", re.MULTILINE)
_LIST_ITEM: Final = re.compile(r"^[ \t]*(?:[*.]{1,5}|-)[ \t]+", re.MULTILINE)


def read_table(body: list[str], style: list[str], kind: str, writer: BlockWriter, inline: Inline, read: Callable[[list[str]], None]) -> None:
    """Write the table between two delimiters; ``read`` reads cells that hold blocks, ``kind`` is the delimiter's first character."""
    attributes = ",".join(style)
    columns, styles = _columns(style)
    text = "\n".join(body).strip("\n")
    separated = kind == "," or "format=csv" in attributes
    if separated:
        rows = [[(cell, "") for cell in row] for row in csv.reader(text.split("\n"), skipinitialspace=True) if row]
    elif kind == ":" or "format=dsv" in attributes:
        rows = [[(cell, "") for cell in re.split(r"(?<!\\):", line)] for line in text.split("\n") if line.strip()]
    else:
        rows = _rows(text.replace("!", "|") if kind == "!" else text, columns)
    if not rows:
        return
    first_line, _newline, rest = text.partition("\n")
    # A first row on a line of its own, followed by a blank line, is a header.
    implicit = not separated and rest.startswith("\n") and len(rows) > 1 and first_line.count("|") >= len(rows[0])
    headed = "%header" in attributes or re.search(r"\boptions?=.*header|\bheader\b", attributes) is not None or (implicit and "%noheader" not in attributes)
    if any(_BLOCK_IN_CELL.search(cell) for row in rows for cell, _style in row):
        _layout(rows[1:] if headed else rows, writer, inline, read)
        return
    texts = [
        [_cell(cell, cell_style or (styles[number] if number < len(styles) else ""), inline) for number, (cell, cell_style) in enumerate(row)] for row in rows
    ]
    writer.table(texts, headed=headed)


def _columns(style: list[str]) -> tuple[int, list[str]]:
    """Return the number of columns, 0 when the table does not say it, and their styles."""
    joined = ",".join(style)
    found = re.search(r"\bcols\s*=\s*(.*?)(?=,\s*[A-Za-z%]\w*\s*=|,\s*%|,\s*options|$)", joined)
    if found is None:
        return 0, []
    styles: list[str] = []
    for part in re.split(r"[,;]", found.group(1).strip("\"' ")):
        column = _COLUMN.match(part.strip("\"' "))
        if column and (part.strip() or not styles):
            styles += [column.group(2) or ""] * min(int(column.group(1) or 1), 100)
    return len(styles), styles


def _rows(text: str, columns: int) -> list[list[tuple[str, str]]]:
    """Split the text of a table into rows of cells and their styles; spanned places hold empty cells or repeat their text."""
    found = list(_CELL.finditer(text))
    if not found:
        return []
    cells: list[tuple[str, str, int, int]] = []
    spare = _MAX_PLACES + len(found)
    for number, start in enumerate(found):
        end = found[number + 1].start() if number + 1 < len(found) else len(text)
        content = text[start.end() : end].strip().replace("\\|", "|")
        across, down, operator, style = start.groups()
        size = (int(across or 1), int(down or 1))
        # A cell's copies (`3*|`) and the places that it spans are bounded, for a few characters ask for thousands.
        spare -= size[0] * size[1]
        if spare < 0 or len(content) > _MAX_REPEATED:
            size = (1, 1)
        if operator == "*":
            cells += [(content, style or "", 1, 1)] * size[0]
        else:
            cells.append((content, style or "", *size))
    if not columns:
        first_line = text[found[0].start() :].partition("\n")[0]
        columns = max(1, sum(cell[2] for cell in cells[: len(_CELL.findall(first_line))]))
    return _placed(cells, columns)


def _placed(cells: list[tuple[str, str, int, int]], columns: int) -> list[list[tuple[str, str]]]:
    rows: list[list[tuple[str, str]]] = []
    row: list[tuple[str, str]] = []
    # What a cell over several rows still has to fill, by column.
    below: dict[int, tuple[int, tuple[str, str]]] = {}

    def fill() -> None:
        while len(row) in below:
            remaining, cell = below.pop(len(row))
            if remaining > 1:
                below[len(row)] = (remaining - 1, cell)
            row.append(cell)

    for content, style, across, down in cells:
        fill()
        if len(row) >= columns:
            rows.append(row)
            row = []
            fill()
        for offset in range(across):
            cell = (content if offset == 0 else "", style)
            if down > 1:
                below[len(row)] = (down - 1, cell)
            row.append(cell)
    return [*rows, row] if row else rows


def _cell(text: str, style: str, inline: Inline) -> str:
    if style == "l":
        return text
    if style == "m":
        return inline.text(f"`{text}`")
    items = len(_LIST_ITEM.findall(text))
    if items > 1:
        text = _LIST_ITEM.sub("; ", text).lstrip("; ")
    lines = [line for line in text.split("\n") if line != "+" and not line.startswith("//")]
    return inline.text("\n".join(lines))


def _layout(rows: list[list[tuple[str, str]]], writer: BlockWriter, inline: Inline, read: Callable[[list[str]], None]) -> None:
    """A table whose cells hold blocks reads best as a list with an item for each row."""
    for row in rows:
        with writer.item("- "):
            for text, _style in row:
                if _BLOCK_IN_CELL.search(text):
                    read(text.split("\n"))
                else:
                    writer.paragraph(inline.text(text))
