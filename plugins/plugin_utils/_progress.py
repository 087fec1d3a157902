# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A progress bar through Ansible's display: redrawn in place on a terminal, a line at every quarter elsewhere."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import sys
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Callable

# Asked at import, which is in Ansible's main process: its workers have no terminal.
_ON_TERMINAL = sys.stdout is not None and sys.stdout.isatty()
_WIDTH = 30
_QUARTERS = 4


class Screen(t.Protocol):
    """What is used of Ansible's Display."""

    def display(self, msg: str, *, newline: bool = True) -> None:
        """Print a message."""


class ProgressBar:
    """Progress of one task; ``clock`` gives seconds."""

    def __init__(self, title: str, screen: Screen, clock: Callable[[], float], *, redraw: bool | None = None) -> None:
        self._title = title
        self._screen = screen
        self._clock = clock
        self._started = clock()
        self._redraw = _ON_TERMINAL if redraw is None else redraw
        self._last_quarter = 0

    def show(self, done: int, total: int, unit: str = "chunks") -> None:
        """Show that ``done`` of ``total`` chunks are embedded, or files fetched."""
        if not total:
            return
        seconds = self._clock() - self._started
        rate = done / seconds if seconds > 0 else 0.0
        left = f", {(total - done) / rate:.0f} s left" if rate and done < total else ""
        text = f"{self._title}: {done}/{total} {unit}, {rate:.0f}/s{left}"
        if self._redraw:
            filled = done * _WIDTH // total
            line = f"\r[{'#' * filled}{'.' * (_WIDTH - filled)}] {text}"
            self._screen.display(f"{line:<100}", newline=done == total)
            return
        quarter = done * _QUARTERS // total
        if quarter > self._last_quarter:
            self._last_quarter = quarter
            self._screen.display(text)
