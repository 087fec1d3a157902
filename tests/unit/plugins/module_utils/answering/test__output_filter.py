# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import random
import time

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils.answering._output_filter import OutputFilter, filter_output

SHOWN = [
    ("<think>hm, broker-9?</think>Restart it [1].", "Restart it [1]."),
    ("hm, broker-9?\n</think>\n\nRestart it [1].", "\n\nRestart it [1]."),
    ("<think>hm, and then max_tokens", ""),
    ("[THINK]hm[/THINK]Yes.", "Yes."),
    ("<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>Yes.", "Yes."),
    ("See ![a graph](https://e.example/x.png?q=1) here.", "See a graph here."),
    ("See ![a graph][g] here.\n\n[g]: https://e.example/x", "See a graph here.\n\n[g]: https://e.example/x"),
    ("See ![g] here.\n\n[g]: https://e.example/x\nMore.", "See ![g] here.\n\nMore."),
    ("[g]: https://e.example/x\n\nSee ![G].", "[g]: https://e.example/x\n\nSee G."),
    ('Look: <img src="https://e.example/x" alt="a graph"/>.', "Look: a graph."),
    ("<IMG\nSRC=https:e.example>ok", "ok"),
    ('<div style="background:url(//e.example)">ok', "ok"),
    ("[![state](https://e.example/s.svg)](https://docs.example/)", "[state](https://docs.example/)"),
    ("![a `]` b](https://e.example/x)", "[a `]` b](https://e.example/x)"),
]
LEFT = [
    "Read [the guide](https://docs.example/) and ![nothing] else.",
    "if [[ $name == *[![:space:]]* ]]; then echo `! [` ; fi # see [bash](https://docs.example)",
    "<source file='/var/lib/vm.qcow2'/> <host name> a < b ! c <",
    "cat <<EOF >/etc/x\nkey = <value>\nEOF\n\nDone!",
]


@pytest.mark.parametrize(("text", "shown"), [*SHOWN, *((text, text) for text in LEFT)])
def test_thinking_and_images_are_left_out_however_the_text_is_cut(text: str, shown: str) -> None:
    assert filter_output(text) == shown
    chance = random.Random(7)
    for _number in range(40):
        pieces: list[str] = []
        output = OutputFilter(pieces.append)
        position = 0
        while position < len(text):
            length = chance.randint(1, 9)
            output.feed(text[position : position + length])
            position += length
        output.end()
        assert output.text == shown
        assert "".join(pieces).endswith(shown)


def test_what_is_no_image_is_shown_as_it_comes() -> None:
    pieces: list[str] = []
    output = OutputFilter(pieces.append)
    for piece in ("Restart", " one", " broker", " [1]."):
        output.feed(piece)
    assert pieces == ["Restart", " one", " broker", " [1]."]


def test_images_in_json_are_not_the_pages() -> None:
    assert filter_output('<think>hm</think>{"a": "![x](https://e.example)"}', markdown=False) == '{"a": "![x](https://e.example)"}'


@pytest.mark.parametrize("unit", ["![", "![a](", "<img ", "`![a", "![a]\n", "![a]\n\n", "<think>", "<", "[", "<img src=a:b alt='"])
def test_time_grows_with_the_length(unit: str) -> None:
    def seconds(count: int) -> float:
        started = time.process_time()
        filter_output(unit * count)
        return time.process_time() - started

    seconds(1_000)
    assert seconds(20_000) < 40 * max(seconds(2_000), 0.005)
