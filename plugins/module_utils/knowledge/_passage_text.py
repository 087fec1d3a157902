# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Chunks of one section as one text again: blocks that were cut to fit are put together, gaps are marked, procedures begin at their first step."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import itertools
import re
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LEFT_OUT: t.Final = "[…]"
_FENCE = re.compile(r"`{3,}")
_LIST_ITEM = re.compile(r"\s*(?:[-*+]|\d+[.)])\s")
# A step of a procedure that stands in no other list.
_STEP = re.compile(r"(\d{1,3})[.)]\s|step\s+(\d{1,3})(?!\w)", re.IGNORECASE)
# What a line of a section is beside a step, whose number is positive.
_GOES_ON, _TEXT = 0, -1


class Piece(t.NamedTuple):
    """A chunk where it stands in its page; ``joint`` is the white space at which its first block was cut from the chunk before, None when it was not."""

    ordinal: int
    text: str
    joint: str | None = None


def join_pieces(pieces: Sequence[Piece]) -> str:
    """Join chunks of one section, in the order of their ordinals."""
    text = pieces[0].text
    for before, piece in itertools.pairwise(pieces):
        text = _join(text, piece) if piece.ordinal == before.ordinal + 1 else f"{text}\n\n{LEFT_OUT}\n\n{piece.text}"
    return text


def join_cut(before: str, after: str, joint: str) -> str:
    """Join two parts of one block that was cut at the white space ``joint``: each fence or header of a table is there once."""
    lines, more = before.split("\n"), after.split("\n")
    if _FENCE.match(more[0]) and lines[-1] == _fence(more[0]):
        return "\n".join(lines[:-1]) + joint + "\n".join(more[1:])
    if len(more) > 2 and _is_table(more[:2]) and _header(lines) == more[:2]:
        return before + joint + "\n".join(more[2:])
    return f"{before}{joint}{after}"


def procedure_starts(pieces: Sequence[Piece]) -> list[int]:
    """For each piece return the position of the one where the procedure begins in the middle of which it begins, else its own."""
    starts = list(range(len(pieces)))
    begun: int | None = None
    step = 0
    is_open = False
    for position, piece in enumerate(pieces):
        for event in _events(piece.text, cut=piece.joint is not None):
            if begun is not None and (event == step + 1 or (event == _GOES_ON and is_open)):
                # What stands between two steps belongs to the procedure as well.
                starts[begun + 1 : position + 1] = [starts[begun]] * (position - begun)
            if event > 0:
                begun = position if event == 1 else begun if event == step + 1 else None
                step = event
            is_open = event > 0 or (is_open and event == _GOES_ON)
    return starts


def _events(text: str, *, cut: bool) -> Iterator[int]:
    """Yield the numbers of the steps in a text, what goes on with the step before it, and running text after one."""
    fence = ""
    for position, line in enumerate(text.split("\n")):
        opening = _FENCE.match(line)
        if fence:
            fence = "" if line == fence else fence
        elif opening:
            fence = opening.group()
            yield _GOES_ON
        elif found := _STEP.match(line):
            yield int(found.group(1) or found.group(2))
        elif line.strip():
            yield _GOES_ON if line[0] == " " or (cut and position == 0) else _TEXT


def _join(before: str, piece: Piece) -> str:
    if piece.joint is not None:
        return join_cut(before, piece.text, piece.joint)
    same_list = _LIST_ITEM.match(piece.text) and _LIST_ITEM.match(before.rpartition("\n")[2])
    return f"{before}\n{piece.text}" if same_list else f"{before}\n\n{piece.text}"


def _fence(opening: str) -> str:
    found = _FENCE.match(opening)
    return found.group() if found else ""


def _is_table(lines: list[str]) -> bool:
    return lines[0].startswith("|") and re.fullmatch(r"\|(?: ?:?-+:? ?\|)+", lines[1]) is not None


def _header(lines: list[str]) -> list[str]:
    """The header of the table at the end of the lines."""
    start = len(lines)
    while start and lines[start - 1].startswith("|"):
        start -= 1
    return lines[start : start + 2]
