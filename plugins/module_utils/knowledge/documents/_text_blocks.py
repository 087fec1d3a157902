# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands between the headings of a plain text: paragraphs, lists, code and drawn tables, told apart by indentation and wording."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import Final

from ._blocks import LINE_BREAK, BlockWriter, looks_like_option
from ._page import TABLE, code_fence

# A line of one repeated character.
RULE: Final = re.compile(r"\s*([-=~^\"'`*#+_.:<>])\1{2,}\s*$")
ITEM: Final = re.compile(r"(\s*)([-*+\u2022o]|\(?(?:\d{1,3}|[a-zA-Z])[.)])(\s+)(?=\S)")
_EXAMPLE: Final = re.compile(r"(?:\bexamples?|\busage|\bsyntax)\b[^.]{0,80}:\s*$", re.IGNORECASE)
SCISSORS: Final = re.compile(r"\s*-[-\s]*(?:%<|8<|>%|>8)[-\s]*$")
# A term, a gap or a colon, and its meaning on the same line.
GAP: Final = re.compile(r"(\s*)(\S(?:\S| (?! )){0,50}?)(\s{2,}|\s*:\s+)(?=\S)")
_TABLE_RULE: Final = re.compile(r"\s*[-+=|: ]*[-=]{2,}[+|][-+=|: ]*$")
_CODE_START: Final = re.compile(r"[$#>%<{}/]\s|[{}]|\.?/|\w+://|[\w.-]+\s*[=({]")
_WORD: Final = re.compile(r"[\"'(\[]*[^\W\d_]+(?:['\u2019-][^\W\d_]+)*[\"')\]]*[.,;:!?]*")
# Sentences have such words, commands and tables hardly ever do.
_SENTENCE_WORDS: Final = frozenset(
    "a an and any are as at be been but by can do does for from has have if in is it its may more must no not of on only or should so such than that the then"
    " there these they this to used was were when which while will with you your"
    " а без бы в все для до если и из или к как на не но о от по после при с то что чтобы это".split()
)
# Deeper indentation is read as code: a text that nests further is a drawing.
_MAX_DEPTH: Final = 12
# Longer lines are data or paragraphs, never structure.
MAX_LINE: Final = 1000
_MAX_CUT: Final = 500
_MAX_TERM: Final = 100
# So many lines of a paragraph tell what it is.
_NEAR_LINES: Final = 8
_MAX_TERMS: Final = 12
_MAX_TERM_WORDS: Final = 5
# Rows of drawn tables have at most so many lines.
_MAX_ROW_LINES: Final = 12


def is_table_rule(line: str) -> bool:
    """Tell whether a line is a rule of a drawn table."""
    return len(line) <= MAX_LINE and _TABLE_RULE.match(line) is not None


def indent_of(line: str) -> int:
    """Return how many blanks ``line`` begins with."""
    return len(line) - len(line.lstrip(" "))


def body_indent(lines: Sequence[str]) -> int:
    """Return the smallest indentation of the lines that are not blank."""
    return min((indent_of(line) for line in lines if line.strip()), default=0)


def end_of_cut(lines: Sequence[str], start: int) -> int:
    """Return the line that ends what the line ``start`` cuts out as code; ``start`` itself when nothing does."""
    return next((at for at in range(start + 1, min(start + _MAX_CUT, len(lines))) if SCISSORS.match(lines[at])), start)


def is_prose(lines: Sequence[str]) -> bool:
    """Tell whether lines are running text rather than code, a table or a drawing."""
    if _CODE_START.match(lines[0].lstrip()) and not lines[-1].rstrip().endswith("."):
        return False
    words = [word for line in lines for word in line.split() if not word.strip("(,.)").isdigit()]
    plain = sum(_WORD.fullmatch(word) is not None for word in words)
    common = sum(word.strip("\"'()[].,;:!?").lower() in _SENTENCE_WORDS for word in words)
    return plain >= 0.55 * len(words) and common >= max(1, len(words) // 14)


def prose_share(lines: Sequence[str]) -> float:
    """Return the share of the lines that are in paragraphs of running text."""
    paragraphs = [list(group) for filled, group in groupby(lines, lambda line: bool(line.strip())) if filled]
    prose = sum(len(paragraph) for paragraph in paragraphs if is_prose(paragraph))
    return prose / max(1, sum(map(len, paragraphs)))


def _is_code(lines: Sequence[str]) -> bool:
    """Tell whether no paragraph of the lines is running text or an item."""
    paragraphs = [list(group) for filled, group in groupby(lines, bool) if filled]
    return not any(is_prose(paragraph) or any(map(ITEM.match, paragraph)) for paragraph in paragraphs)


def write_blocks(lines: Sequence[str], writer: BlockWriter) -> None:
    """Write the lines between two headings as blocks."""
    _Reader(lines, writer).read()


class _Reader:
    """Reads lines whose smallest indentation is their base; what is indented deeper is read by a reader of its own."""

    def __init__(self, lines: Sequence[str], writer: BlockWriter, depth: int = 0, *, item: bool = False) -> None:
        self._lines = lines
        self._writer = writer
        self._depth = depth
        self._base = body_indent(lines)
        self._at = 0
        # The last line of the paragraph before, which says what follows.
        self._before = ""
        # The first paragraph of an item is what the item says.
        self._opens_item = item
        # The column where meanings begin, once there was a term.
        self._column = 0

    def read(self) -> None:
        while self._at < len(self._lines):
            line = self._lines[self._at]
            if not line.strip():
                self._at += 1
            elif SCISSORS.match(line):
                self._scissors()
            elif indent_of(line) > self._base and not (self._at + 1 < len(self._lines) and is_table_rule(self._lines[self._at + 1])):
                self._deeper()
            elif not (self._example() or self._table() or self._rule(line) or self._item(line) or self._definition()):
                self._paragraph()

    def _take(self, end: int) -> Sequence[str]:
        taken = self._lines[self._at : end]
        self._at = end
        return taken

    def _rule(self, line: str) -> bool:
        if RULE.match(line):
            self._at += 1
            return True
        return False

    def _scissors(self) -> None:
        end = end_of_cut(self._lines, self._at)
        self._writer.code("\n".join(self._lines[self._at + 1 : end]))
        self._at = end + 1

    def _deeper(self) -> None:
        end = self._at
        while end < len(self._lines) and (not self._lines[end].strip() or indent_of(self._lines[end]) > self._base):
            end += 1
        taken = self._take(end)
        if _EXAMPLE.search(self._before) or (self._before.endswith(":") and _is_code(taken)):
            self._writer.code("\n".join(taken))
        else:
            self._inner(taken)
        self._before = ""

    def _example(self) -> bool:
        if not _EXAMPLE.search(self._before):
            return False
        end = self._at
        while end < len(self._lines) and self._lines[end]:
            end += 1
        if not _is_code(self._lines[self._at : end]):
            return False
        self._code(self._at, end)
        self._before = ""
        return True

    def _table(self) -> bool:
        """A table drawn with rules, or lines that share columns of bars."""
        end = self._at
        rules = bars = 0
        while end < len(self._lines) and self._lines[end].strip():
            line = self._lines[end]
            is_rule = is_table_rule(line)
            if (
                not is_rule
                and line.count("|") < 2
                and not rules
                and not (end == self._at and end + 1 < len(self._lines) and is_table_rule(self._lines[end + 1]))
            ):
                break
            rules += is_rule
            bars += not is_rule
            end += 1
        if not rules and bars < 2:
            return False
        lines = self._take(end)
        rows = ruled_rows(lines)
        if rows:
            self._writer.table(rows, headed=len(rows) > 1)
        else:
            self._drawn(lines)
        self._before = ""
        return True

    def _drawn(self, lines: Sequence[str]) -> None:
        indent = body_indent(lines)
        self._writer.builder.add(TABLE, code_fence("\n".join(line[indent:].rstrip() for line in lines)))

    def _item(self, line: str) -> bool:
        found = ITEM.match(line)
        if found is None:
            return False
        marker = found.group(2)
        if marker[-1] in ".)" and not self._is_marker(marker.strip("().")):
            return False
        end = self._end_of_item(self._at + 1, found.end())
        text = self._take(end)
        inner = [" " * found.end() + text[0][found.end() :], *_at_least(text[1:], found.end())]
        self._nested(f"{marker if marker[-1] in '.)' else '-'} ", inner)
        return True

    def _is_marker(self, name: str) -> bool:
        """A number is a marker; a letter is one when its neighbour in the alphabet is one too, else it begins a sentence."""
        if name.isdigit():
            return True
        around = (chr(ord(name) - 1), chr(ord(name) + 1))
        return any(line.lstrip(" (")[:1] in around and line.lstrip(" (")[1:2] in (".", ")") for line in self._lines)

    def _nested(self, marker: str, lines: Sequence[str], label: str = "") -> None:
        with self._writer.item(marker):
            if label:
                self._writer.label(label)
            self._inner(lines, item=True)
        self._before = ""

    def _inner(self, lines: Sequence[str], *, item: bool = False) -> None:
        if self._depth >= _MAX_DEPTH:
            self._writer.code("\n".join(lines))
        else:
            _Reader(lines, self._writer, self._depth + 1, item=item).read()

    def _end_of_item(self, at: int, column: int) -> int:
        """Return where the item before ``at`` ends: lines that go on without a blank line, then what is indented deeper."""
        blank = False
        while at < len(self._lines):
            line = self._lines[at]
            if not line.strip():
                blank = True
            elif indent_of(line) <= self._base and (blank or self._begins(at)):
                break
            at += 1
        while at and not self._lines[at - 1].strip():
            at -= 1
        return at

    def _begins(self, at: int) -> bool:
        """Tell whether the line begins an item, a definition or a rule of its own."""
        line = self._lines[at]
        return ITEM.match(line) is not None or RULE.match(line) is not None or self._meaning_beside(at) is not None or self._meaning_below(at) is not None

    def _definition(self) -> bool:
        column = self._meaning_beside(self._at)
        if column is not None:
            self._column = column
            first = self._lines[self._at]
            text = self._take(self._end_of_item(self._at + 1, column))
            self._nested("- ", [" " * column + first[column:], *_at_least(text[1:], column)], first[:column].strip())
            return True
        below = self._meaning_below(self._at)
        if below is None:
            return False
        self._column = indent_of(self._lines[below])
        terms = [line.strip() for line in self._take(below)]
        self._nested("- ", _at_least(self._take(self._end_of_item(below, self._column)), self._column), ", ".join(terms))
        return True

    def _meaning_beside(self, at: int) -> int | None:
        """Return the column of the meaning when the line has a term and its meaning."""
        line = self._lines[at]
        following = self._lines[at + 1] if at + 1 < len(self._lines) else ""
        found = GAP.match(line) if len(line) <= MAX_LINE else None
        if found and not found.group(2).endswith((".", "!", "?", ";", ",")) and len(found.group(2).split()) <= _MAX_TERM_WORDS:
            colon = ":" in found.group(3)
            if looks_like_option(found.group(2)) or found.group(2)[0] in "<\"'[":
                return found.end()
            if following and not colon and indent_of(following) == found.end():
                return found.end()
            if found.end() == self._column or any(self._is_sibling(near, found, colon) for near in (at - 1, at + 1)):
                return found.end()
        column = self._column
        if self._base < column < len(line) and line[column - 1] == " " != line[column] and (indent_of(following) == column or (at and self._lines[at - 1])):
            return column
        return None

    def _is_sibling(self, at: int, found: re.Match[str], colon: bool) -> bool:
        """Tell whether the line has a term and a meaning too, in the same columns or after a colon as well."""
        other = GAP.match(self._lines[at]) if 0 <= at < len(self._lines) else None
        if other is None or other.end(1) != found.end(1) or (":" in other.group(3)) != colon:
            return False
        return colon or other.end() == found.end()

    def _meaning_below(self, at: int) -> int | None:
        """Return the line where the meaning of one or more lines of terms begins."""
        first = at
        if not self._column and not looks_like_option(self._lines[first].strip()):
            return None
        end = min(len(self._lines), first + _MAX_TERMS)
        while at < end and indent_of(self._lines[at]) == self._base and self._is_term_alone(self._lines[at]):
            at += 1
        following = self._lines[at] if at < len(self._lines) else ""
        if at == first or indent_of(following) < self._base + 2 or not is_prose([following]):
            return None
        return at

    def _is_term_alone(self, line: str) -> bool:
        return bool(line) and len(line) < _MAX_TERM and not line.endswith((".", ",", ";", ":")) and not ITEM.match(line) and not is_prose([line])

    def _paragraph(self) -> None:
        start = self._at
        end = start + 1
        if is_prose(self._lines[start:end]):
            self._column = 0  # the list of terms is over: a word that begins in that column is none's meaning
        while end < len(self._lines) and not self._ends_paragraph(start, end):
            end += 1
        taken = self._take(end)
        lines = [line.strip() for line in taken]
        # Lines that hang below the first one go on with it.
        hangs = any(indent_of(line) > self._base for line in taken[1:])
        introduced = self._before.endswith(":")
        self._before = lines[-1]
        opens_item, self._opens_item = self._opens_item, False
        if opens_item or hangs or is_prose(lines) or lines[-1].endswith(":") or (len(lines) == 1 and not introduced and not self._is_inner()):
            self._writer.paragraph(" ".join(lines))
        elif introduced or self._is_inner():
            self._code(start, end)
        else:
            # Lines that are not sentences mean something as lines.
            self._writer.paragraph(LINE_BREAK.join(lines))

    def _is_inner(self) -> bool:
        return self._depth > 0 or self._base > 0

    def _ends_paragraph(self, start: int, at: int) -> bool:
        line, before = self._lines[at], self._lines[at - 1]
        if not line or SCISSORS.match(line) or self._begins(at):
            return True
        if line.count("|") > 1 and at + 1 < len(self._lines) and self._lines[at + 1].count("|") > 1:
            return True
        return (
            indent_of(line) > self._base
            and not before.endswith(",")
            and (before.endswith((":", ".")) or not is_prose(self._lines[max(start, at - _NEAR_LINES) : at]))
        )

    def _code(self, start: int, end: int) -> None:
        """Code: a paragraph, and those after it that are no prose either."""
        while end < len(self._lines):
            blank = end
            while blank < len(self._lines) and not self._lines[blank].strip():
                blank += 1
            stop = blank
            while stop < len(self._lines) and self._lines[stop].strip():
                stop += 1
            following = self._lines[blank:stop]
            if not following or self._begins(blank) or is_prose(following):
                break
            end = stop
        self._writer.code("\n".join(self._lines[start:end]))
        self._at = end


def _at_least(lines: Sequence[str], column: int) -> list[str]:
    """Return lines indented by at least ``column``: an item may go on below its marker."""
    return [line if not line.strip() or indent_of(line) >= column else " " * column + line.lstrip() for line in lines]


def ruled_rows(lines: Sequence[str]) -> list[list[str]]:
    """Return the cells of a table whose rules mark its columns with ``+``; nothing when text crosses a column."""
    rule = next((line for line in lines if is_table_rule(line)), "")
    borders = [column for column, char in enumerate(rule) if char in "+|"]
    if not borders:
        return []
    edges = [-1, *borders, max(map(len, lines)) + 1]
    groups: list[list[list[str]]] = [[]]
    header: set[str] = set()
    for line in lines:
        words = set(re.findall(r"\w+", line))
        if is_table_rule(line):
            groups.append([])
        elif words != header:  # long tables repeat their header
            if any(column < len(line) and line[column] not in "|+ " for column in borders):
                return []
            groups[-1].append([line[start + 1 : end].strip(" |") for start, end in pairwise(edges)])
        header = header or words
    groups = [group for group in groups if group]
    if len(groups) > 2 and max(map(len, groups)) <= _MAX_ROW_LINES and any(not row[0] for group in groups for row in group[1:]):
        # A rule after every row: the lines between are one row.
        return [[" ".join(filter(None, cells)) for cells in zip(*group, strict=True)] for group in groups]
    rows: list[list[str]] = []
    for row in (row for group in groups for row in group):
        if rows and not row[0] and sum(map(bool, row)) == 1:
            rows[-1] = [" ".join(filter(None, cells)) for cells in zip(rows[-1], row, strict=True)]
        else:
            rows.append(row)
    return rows
