# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.infra_llm.assistant.plugins.plugin_utils._answer_stream import AnswerStream, asks_alone


class Screen:
    """Keeps what is displayed."""

    def __init__(self) -> None:
        self.shown = ""

    def display(self, msg: str, *, newline: bool = True) -> None:
        self.shown += msg + "\n" * newline


def test_an_answer_is_shown_as_it_is_written_without_what_steers_a_terminal() -> None:
    screen = Screen()
    stream = AnswerStream(screen)
    for piece in ("Сначала", " \x1b]0;title\x07", "- один\n", "\u202e", "- два"):
        stream(piece)
    assert stream.end("Сначала \x1b]0;title\x07- один\n\u202e- два ") is True
    assert screen.shown == "Сначала - один\n- два\n"


def test_an_answer_that_became_another_is_to_be_shown_whole() -> None:
    stream = AnswerStream(Screen())
    stream("Run x.")
    assert stream.end("Run x. (Contradicted.)") is False
    assert AnswerStream(Screen()).end("An answer of quotations.") is False


def test_several_hosts_do_not_ask_alone() -> None:
    assert asks_alone({"ansible_play_batch": ["web1"]})
    assert asks_alone({})
    assert not asks_alone({"ansible_play_batch": ["web1", "web2"]})
