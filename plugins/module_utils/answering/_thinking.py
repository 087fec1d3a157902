# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The thinking that some models write before their answer, with the marks of their chat templates."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import re

_PAIRS = (
    (re.compile(r"<(?:think|thinking|thought|seed:think)>", re.IGNORECASE), re.compile(r"</(?:think|thinking|thought|seed:think)>", re.IGNORECASE)),
    (re.compile(r"\[THINK\]"), re.compile(r"\[/THINK\]")),
    (re.compile("\u25c1think\u25b7"), re.compile("\u25c1/think\u25b7")),
    (re.compile(r"<\|channel\|>\s*(?:analysis|commentary)"), re.compile(r"<\|channel\|>\s*final\s*<\|message\|>")),
)
_OPENING_OR_CLOSING = re.compile("|".join(f"({one.pattern})" for pair in _PAIRS for one in pair), re.IGNORECASE)
_NAMES = ("think", "thinking", "thought", "seed:think")
_MARKS = (*(f"<{slash}{name}>" for name in _NAMES for slash in ("", "/")), "[think]", "[/think]", "\u25c1think\u25b7", "\u25c1/think\u25b7", "<|channel|>")
_MARK_BEGINS = re.compile("[<\\[\u25c1]")
_LONGEST_MARK = 60


class ThinkingFilter:
    """Leaves out what stands between the marks.

    A chat template may have written the opening one itself: with a closing one alone, all before it is thinking.
    """

    def __init__(self) -> None:
        self._held = ""
        self._closing: re.Pattern[str] | None = None
        self.was_all_thinking = False  # what was let through before the last piece

    def feed(self, piece: str) -> str:
        """Take the next piece; return what can be shown now."""
        self._held += piece
        shown = ""
        while True:
            mark = (self._closing or _OPENING_OR_CLOSING).search(self._held)
            if mark is None:
                break
            if self._closing is not None:
                self._closing = None
            elif (mark.lastindex or 0) % 2:
                shown += self._held[: mark.start()]
                self._closing = _PAIRS[(mark.lastindex or 0) // 2][1]
            else:
                shown = ""
                self.was_all_thinking = True
            self._held = self._held[mark.end() :]
        ready = self._ready()
        if self._closing is None:
            shown += self._held[:ready]
        self._held = self._held[ready:]
        return shown

    def end(self) -> str:
        """What was held because it might have become a mark."""
        shown, self._held = ("" if self._closing is not None else self._held), ""
        return shown

    def _ready(self) -> int:
        """How much of what is held cannot be the beginning of a mark."""
        begun = _MARK_BEGINS.finditer(self._held, max(0, len(self._held) - _LONGEST_MARK))
        return next((found.start() for found in begun if _may_become_mark(self._held[found.start() :].lower())), len(self._held))


def _may_become_mark(tail: str) -> bool:
    return tail.startswith("<|channel|>") or any(mark.startswith(tail) for mark in _MARKS)
