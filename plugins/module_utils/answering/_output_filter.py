# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What people see of the text that a language model writes, also while it is being written: no thinking, no images."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import typing as t

from ._images import ImageFilter
from ._thinking import ThinkingFilter

if t.TYPE_CHECKING:
    from collections.abc import Callable


class OutputFilter:
    """Takes the pieces of a text and passes on what is visible of them; the whole is the same however the text was cut."""

    def __init__(self, report: Callable[[str], None] | None = None, *, markdown: bool = True) -> None:
        self._report = report
        self._thinking = ThinkingFilter()
        self._images = ImageFilter() if markdown else None
        self._shown: list[str] = []

    @property
    def text(self) -> str:
        """All that is visible so far."""
        return "".join(self._shown)

    def feed(self, piece: str) -> None:
        """Take the next piece."""
        self._pass_on(self._thinking.feed(piece), ended=False)

    def end(self) -> None:
        """Pass on what was held back until more would come."""
        self._pass_on(self._thinking.end(), ended=True)

    def _pass_on(self, piece: str, *, ended: bool) -> None:
        if self._thinking.was_all_thinking:
            self._thinking.was_all_thinking = False
            self._shown.clear()
        if self._images is not None:
            piece = self._images.feed(piece) + (self._images.end() if ended else "")
        if piece:
            self._shown.append(piece)
            if self._report is not None:
                self._report(piece)


def filter_output(text: str, *, markdown: bool = True) -> str:
    """What is visible of a whole text."""
    output = OutputFilter(markdown=markdown)
    output.feed(text)
    output.end()
    return output.text
