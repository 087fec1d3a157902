# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.infra_llm.assistant.plugins.plugin_utils._progress import ProgressBar


class Screen:
    """Keeps what is displayed."""

    def __init__(self) -> None:
        self.shown: list[tuple[str, bool]] = []

    def display(self, msg: str, *, newline: bool = True) -> None:
        self.shown.append((msg, newline))


def test_a_terminal_gets_one_line_that_is_redrawn_and_ends_with_the_work() -> None:
    screen, seconds = Screen(), iter([0.0, 2.0, 4.0])
    progress = ProgressBar("kafka 3.4", screen, lambda: next(seconds), redraw=True)
    progress.show(10, 20)
    progress.show(20, 20)
    (half, half_newline), (whole, whole_newline) = screen.shown
    assert half.rstrip() == f"\r[{'#' * 15}{'.' * 15}] kafka 3.4: 10/20 chunks, 5/s, 2 s left"
    assert whole.rstrip() == f"\r[{'#' * 30}] kafka 3.4: 20/20 chunks, 5/s"
    assert len(half) == len(whole), "what was longer is covered"
    assert (half_newline, whole_newline) == (False, True)


def test_a_log_gets_a_line_at_every_quarter() -> None:
    screen = Screen()
    progress = ProgressBar("kafka 3.4", screen, lambda: 0.0, redraw=False)
    progress.show(0, 0)
    for done in range(0, 101, 2):
        progress.show(done, 100)
    assert [text.split(": ")[1].split(" ")[0] for text, newline in screen.shown] == ["26/100", "50/100", "76/100", "100/100"]
