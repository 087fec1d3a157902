# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows and cells of HTML tables, and pipe tables of them."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ._html_content import HEADINGS, Element, is_dropped
from ._html_inline import cell_text

# A cell that spans more rows or columns is a mistake or an attack.
_MAX_SPAN: Final = 200
_MAX_COLUMNS: Final = 200


def table_rows(table: Element) -> list[list[Element]]:
    """Return the cells of each row; cells that stand outside of any row are rows too, as browsers show them."""
    rows: list[list[Element]] = []
    for child in table:
        if child.tag == "tr":
            rows.append([cell for cell in child if _is_cell(cell)])
        elif child.tag in ("thead", "tbody", "tfoot") and not is_dropped(child):
            rows.extend(table_rows(child))
        elif _is_cell(child):
            before = child.getprevious()
            if before is None or before.tag not in ("td", "th") or not rows:
                rows.append([])
            rows[-1].append(child)
    return [row for row in rows if row and not is_dropped(row[0].getparent())]


def _is_cell(element: Element) -> bool:
    return element.tag in ("td", "th") and not is_dropped(element)


def holds_blocks(table: Element) -> bool:
    """Tell whether cells hold what no line of a pipe table can: code, definitions, headings or tables."""
    return next(table.iter("pre", "dl", *HEADINGS), None) is not None or sum(1 for _table in table.iter("table")) > 1


def is_attribute_table(rows: Sequence[Sequence[Element]]) -> bool:
    """Tell whether each row is a name and its value (type, default, syntax)."""
    return bool(rows) and all(len(row) == 2 and row[0].tag == "th" and row[1].tag == "td" for row in rows)


def is_headed(rows: Sequence[Sequence[Element]]) -> bool:
    """Tell whether the first row holds the names of the columns."""
    return bool(rows) and (any(node.tag == "thead" for node in rows[0][0].iterancestors("thead", "table")) or all(cell.tag == "th" for cell in rows[0]))


def cell_grid(rows: Sequence[Sequence[Element]]) -> list[list[str]]:
    """Return the texts of the cells by row and column: what spans several rows is repeated, further columns stay empty."""
    grid: list[list[str]] = []
    below: dict[int, tuple[int, str]] = {}
    for row in rows:
        cells: list[str] = []
        for cell in row:
            _fill(cells, below)
            text = cell_text(cell)
            height = span(cell, "rowspan")
            for column in range(span(cell, "colspan")):
                if len(cells) < _MAX_COLUMNS:
                    if height > 1:
                        below[len(cells)] = (height - 1, text)
                    cells.append("" if column else text)
        _fill(cells, below)
        grid.append(cells)
    return grid


def _fill(cells: list[str], below: dict[int, tuple[int, str]]) -> None:
    """Go on with the cells of rows above that span the column where the row has come to."""
    while len(cells) in below:
        left, text = below.pop(len(cells))
        if left > 1:
            below[len(cells)] = (left - 1, text)
        cells.append(text)


def span(cell: Element, name: str) -> int:
    """Return over how many rows or columns a cell reaches."""
    value = cell.get(name) or "1"
    return min(max(int(value), 1), _MAX_SPAN) if value.isascii() and value.isdecimal() and len(value) < 6 else 1


def pipe_table(grid: Sequence[Sequence[str]], *, headed: bool) -> str:
    """Return a pipe table without empty rows and columns; nothing when all are empty."""
    width = max((len(row) for row in grid), default=0)
    texts = [[text.replace("|", "\\|") for text in row] + [""] * (width - len(row)) for row in grid]
    used = [column for column in range(width) if any(row[column] for row in texts)]
    lines = ["| " + " | ".join(row[column] for column in used) + " |" for row in texts if any(row)]
    if not lines:
        return ""
    if not headed or not any(texts[0]):
        lines.insert(0, "|" + "  |" * len(used))
    lines.insert(1, "|" + " --- |" * len(used))
    return "\n".join(lines)
