# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An answer on the terminal while it is written."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import typing as t

from ansible_collections.infra_llm.assistant.plugins.module_utils._visible_text import visible_text

if t.TYPE_CHECKING:
    from ansible_collections.infra_llm.assistant.plugins.plugin_utils._progress import Screen


class AnswerStream:
    """Displays each piece of an answer as it comes. What a model writes must not steer the terminal."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._shown = ""

    def __call__(self, piece: str) -> None:
        """Show one piece."""
        piece = visible_text(piece)
        if piece:
            self._shown += piece
            self._screen.display(piece, newline=False)

    def end(self, answer: str) -> bool:
        """End the last line; tell whether all of the answer, and nothing else, was shown."""
        if self._shown:
            self._screen.display("")
        return self._shown.strip() == visible_text(answer).strip()


def asks_alone(variables: dict[str, t.Any]) -> bool:
    """Whether no other host of the play runs the same task: the pieces of several answers would be mixed."""
    return len(variables.get("ansible_play_batch") or ()) <= 1
