# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Option references written as tables, lists or help texts: each option becomes a section of its own, named by the option.

One passage then holds one option with its name, default and meaning, whatever the format of its page.
"""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from ._page import CODE, LIST, TABLE, TEXT, Block, Section

# What is smaller fits in one passage as a whole, which says more than its parts.
_MIN_ENTRIES: Final = 3
_MIN_WORDS: Final = 120
# Shorter entries are better found together; a table that is split repeats its header.
_MIN_WORDS_EACH: Final = 9
# Values of one option, not options, unless there is much to say of each.
_MIN_WORDS_OF_VALUES: Final = 250
# So many of the entries must have a name of their own.
_MIN_SHARE: Final = 0.8
_MAX_NAME: Final = 100

_CELL: Final = re.compile(r"(?<!\\)\|")
_CODE: Final = r"`{1,2}[^`\n]{1,80}`{1,2}"
_WORD: Final = r"(?:--?[A-Za-z][\w.-]*|\.{0,2}/?[A-Za-z_$%][\w*-]*(?:[._:/-][\w*<>{}\[\]-]+)+|[A-Za-z]+_\w*)"
_NAME: Final = rf"(?:{_CODE}|{_WORD})(?:\s?(?:=|<[^<>\n]{{1,40}}>|\[[^\[\]\n]{{1,40}}\]))*"
_NAMES: Final = rf"{_NAME}(?:\s?(?:,|/|\||or|and)\s?{_NAME}){{0,5}}"
_CELL_NAME: Final = re.compile(rf"\*{{0,2}}({_NAMES}):?\*{{0,2}}(?:\s?\([^()\n]{{1,60}}\)|\s?\*)?")
_ITEM_NAME: Final = re.compile(rf"- \*{{0,2}}({_NAMES})\*{{0,2}}(?=:|\s?\(|\s+(?:[-\u2013\u2014:]|--)\s|\s*=|\s*$)", re.MULTILINE)
_HELP_NAME: Final = re.compile(r"( {0,8})(--?[A-Za-z][\w.-]*(?:,? --?[A-Za-z][\w.-]*)*)(?=[\s=\[]|$)")
_OUTER_INDENT: Final = re.compile(r"^  ", re.MULTILINE)
# An option has one of these in its name, a value ("Always", "true") hardly ever.
_OPTION_MARK: Final = re.compile(r"[._/:$%<=-]|[a-z][A-Z]")


@dataclass
class _Entry:
    """What is said of one option; without a name it goes on with what is said of the option before."""

    name: str | None
    blocks: list[Block] = field(default_factory=list)

    @property
    def words(self) -> int:
        return sum(len(block.text.split()) for block in self.blocks)


def split_option_entries(sections: Sequence[Section]) -> list[Section]:
    """Return the sections with the entries of each long option reference as sections below the one that holds it."""
    return [part for section in sections for part in _split(section)]


def _split(section: Section) -> Iterator[Section]:
    rest: list[Block] = []
    at = 0
    while at < len(section.blocks):
        entries, end = _entries_at(section.blocks, at)
        if entries:
            if rest:
                yield Section(section.headings, section.anchor, rest)
            rest = []
            for entry in entries:
                if entry.name is None:
                    yield Section(section.headings, section.anchor, entry.blocks)
                else:
                    yield Section((*section.headings, entry.name), section.anchor, entry.blocks)
        else:
            rest.extend(section.blocks[at:end])
        at = end
    if rest:
        yield Section(section.headings, section.anchor, rest)


def _entries_at(blocks: Sequence[Block], at: int) -> tuple[list[_Entry], int]:
    """Return the entries that begin at a block and where they end; none when the blocks up to there are no reference."""
    block = blocks[at]
    if block.kind == TABLE and block.text.startswith("|"):
        return _checked(_table_entries(block)), at + 1
    if block.kind == CODE and block.text.startswith("```"):
        return _checked(_help_entries(block)), at + 1
    if block.kind == LIST and block.text.startswith("- "):
        end = at
        # Paragraphs of an item are indented list blocks: running text ends the list.
        while end < len(blocks) and blocks[end].kind != TEXT and not re.match(r"\d+[.)] ", blocks[end].text):
            end += 1
        return _checked(_list_entries(blocks[at:end])), end
    return [], at + 1


def _checked(entries: list[_Entry]) -> list[_Entry]:
    """Return the entries when they are options, several, and more than one passage holds; else nothing."""
    # What stands before the first option introduces them.
    count = len(entries) - bool(entries and not entries[0].name)
    words = sum(entry.words for entry in entries)
    names = {entry.name for entry in entries if entry.name}
    if len(names) < max(_MIN_ENTRIES, _MIN_SHARE * count) or words < max(_MIN_WORDS, _MIN_WORDS_EACH * count):
        return []
    marked = sum(_OPTION_MARK.search(name) is not None for name in names)
    return entries if marked * 2 >= len(names) or words >= _MIN_WORDS_OF_VALUES else []


def _plain(name: str) -> str:
    return name.replace("`", "").replace("**", "").strip()[:_MAX_NAME]


def _table_entries(table: Block) -> list[_Entry]:
    rows = [[cell.strip() for cell in _CELL.split(line.strip()[1:].removesuffix("|"))] for line in table.text.split("\n")]
    labels = [label.replace("**", "").rstrip(":") for label in rows[0]]
    entries: list[_Entry] = []
    for row in rows[2:]:
        found = _CELL_NAME.fullmatch(row[0])
        name = _plain(found.group(1) if found else row[0])
        if not name and not entries:
            return []
        if name and not (entries and entries[-1].name == name):
            entries.append(_Entry(name))
        entries[-1].blocks.append(Block(TEXT, _row_text(row, labels)))
    options = sum(_CELL_NAME.fullmatch(row[0]) is not None for row in rows[2:] if row[0])
    return entries if options >= _MIN_SHARE * len(entries) else []


def _row_text(row: Sequence[str], labels: Sequence[str]) -> str:
    """Return a row as its first cell and what the others say: a sentence when there is one, else a list with their labels."""
    cells = [(label, cell.replace("\\|", "|")) for label, cell in zip(labels, row, strict=False) if cell]
    if not cells:
        return ""
    first = cells[0][1]
    if len(labels) == 2:
        return ": ".join(cell for _label, cell in cells)
    return "\n".join([first, *(f"- {label}: {cell}" if label else f"- {cell}" for label, cell in cells[1:])])


def _list_entries(blocks: Sequence[Block]) -> list[_Entry]:
    entries: list[_Entry] = []
    for block in blocks:
        if block.text.startswith("- "):
            found = _ITEM_NAME.match(block.text)
            entries.append(_Entry(_plain(found.group(1)) if found else None, [Block(TEXT, block.text[2:])]))
        else:
            entries[-1].blocks.append(Block(LIST, _OUTER_INDENT.sub("", block.text)) if block.kind == LIST else block)
    return entries


def _help_entries(code: Block) -> list[_Entry]:
    """Options as programs print them: each begins a line of its own, its meaning is beside or below it."""
    lines = code.text.split("\n")
    fence, body = lines[0], lines[1:-1]
    found = [_HELP_NAME.match(line) for line in body]
    indents = [len(match.group(1)) for match in found if match]
    if len(indents) < _MIN_ENTRIES or any(line.endswith("\\") for line in body):
        return []
    edge = min(indents)
    starts = [at for at, match in enumerate(found) if match and len(match.group(1)) == edge]
    entries = [_Entry(None, [Block(CODE, "\n".join([fence, *body[: starts[0]], lines[-1]]))])] if any(map(str.strip, body[: starts[0]])) else []
    for start, end in zip(starts, [*starts[1:], len(body)], strict=True):
        match = found[start]
        entries.append(_Entry(match.group(2) if match else body[start], [Block(CODE, "\n".join([fence, *body[start:end], lines[-1]]))]))
    return entries
