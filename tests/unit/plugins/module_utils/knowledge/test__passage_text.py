# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._passage_text import Piece, join_pieces, procedure_starts


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        ([(0, "One."), (1, "Two.")], "One.\n\nTwo."),
        ([(0, "One."), (2, "Three.")], "One.\n\n[…]\n\nThree."),
        ([(0, "Run:\n\n```yaml\na: 1\n```"), (1, "```yaml\nb: 2\n```\n\nThen wait.", "\n")], "Run:\n\n```yaml\na: 1\nb: 2\n```\n\nThen wait."),
        ([(0, "```yaml\na: 1\n```"), (1, "```yaml\nb: 2\n```")], "```yaml\na: 1\n```\n\n```yaml\nb: 2\n```"),
        ([(0, "```\na\n```"), (2, "```\nc\n```", "\n")], "```\na\n```\n\n[…]\n\n```\nc\n```"),
        ([(0, "```\nlong line\n```"), (1, "```\n  goes on\n```", "")], "```\nlong line  goes on\n```"),
        ([(0, "| a | b |\n| --- | --- |\n| 1 | 2 |"), (1, "| a | b |\n| --- | --- |\n| 3 | 4 |", "\n")], "| a | b |\n| --- | --- |\n| 1 | 2 |\n| 3 | 4 |"),
        ([(0, "| a |\n| --- |\n| 1 |"), (1, "| a |\n| --- |\n| 2 |")], "| a |\n| --- |\n| 1 |\n\n| a |\n| --- |\n| 2 |"),
        ([(0, "First half,"), (1, "second half.", " ")], "First half, second half."),
        ([(0, "- one"), (1, "- two"), (2, "Text.")], "- one\n- two\n\nText."),
    ],
    ids=["text", "gap", "cut code", "two blocks of code", "code with a gap", "cut line", "cut table", "two tables", "cut paragraph", "list"],
)
def test_only_what_was_cut_is_put_together_again(pieces: list[tuple[int, str]], text: str) -> None:
    assert join_pieces([Piece(*piece) for piece in pieces]) == text


@pytest.mark.parametrize(
    ("texts", "starts"),
    [
        (
            ["Read this first.", "Do so:\n\n1. Stop all.", "```sh\nstop\n```", "2. Restore.\n   Wait.", "   Then look.", "3. Start.", "Afterwards."],
            [0, 1, 1, 1, 1, 1, 6],
        ),
        (["1. a\n2. b\n\nText after the list.", "```\ncode of something else\n```"], [0, 1]),
        (["1. a", "2. b\n\n1. other", "2. procedure"], [0, 0, 0]),
        (["Step 1: stop.\n\nWait.", "Look.", "Step 2: remove."], [0, 0, 0]),
        (["3. Installation", "4. Configuration"], [0, 1]),
        (["```\n1. in code\n```", "2. elsewhere"], [0, 1]),
    ],
)
def test_a_procedure_is_known_by_its_steps(texts: list[str], starts: list[int]) -> None:
    assert procedure_starts([Piece(number, text) for number, text in enumerate(texts)]) == starts
