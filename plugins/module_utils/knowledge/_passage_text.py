# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Chunks of one section as one text again: blocks that were cut to fit are put together, and gaps are marked."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import itertools
import re
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Sequence

LEFT_OUT: t.Final = "[…]"
_FENCE = re.compile(r"`{3,}")
_LIST_ITEM = re.compile(r"\s*(?:[-*+]|\d+[.)])\s")


def join_pieces(pieces: Sequence[tuple[int, str]]) -> str:
    """Join (ordinal, text) of chunks of one section, in the order of their ordinals."""
    text = pieces[0][1]
    for (before, _text), (ordinal, piece) in itertools.pairwise(pieces):
        text = _join(text, piece) if ordinal == before + 1 else f"{text}\n\n{LEFT_OUT}\n\n{piece}"
    return text


def _join(before: str, after: str) -> str:
    lines, more = before.split("\n"), after.split("\n")
    if _FENCE.match(more[0]) and lines[-1] == _fence(more[0]) and _opening(lines) == more[0]:
        # One block of code that was cut, or two of the same language side by side.
        return "\n".join([*lines[:-1], *more[1:]])
    if len(more) > 2 and _is_table(more[:2]) and lines[-1].startswith("|") and _header(lines) == more[:2]:
        return "\n".join([*lines, *more[2:]])
    same_list = _LIST_ITEM.match(more[0]) and _LIST_ITEM.match(lines[-1])
    return f"{before}\n{after}" if same_list else f"{before}\n\n{after}"


def _fence(opening: str) -> str:
    found = _FENCE.match(opening)
    return found.group() if found else ""


def _opening(lines: list[str]) -> str | None:
    """The line that opens the block of code which the last line closes."""
    return next((line for line in reversed(lines[:-1]) if line.startswith(lines[-1])), None)


def _is_table(lines: list[str]) -> bool:
    return lines[0].startswith("|") and re.fullmatch(r"\|(?: ?:?-+:? ?\|)+", lines[1]) is not None


def _header(lines: list[str]) -> list[str]:
    """The header of the table at the end of the lines."""
    start = len(lines)
    while start and lines[start - 1].startswith("|"):
        start -= 1
    return lines[start : start + 2]
