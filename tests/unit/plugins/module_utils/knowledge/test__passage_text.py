# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._passage_text import join_pieces


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        ([(0, "One."), (1, "Two.")], "One.\n\nTwo."),
        ([(0, "One."), (2, "Three.")], "One.\n\n[…]\n\nThree."),
        ([(0, "Run:\n\n```yaml\na: 1\n```"), (1, "```yaml\nb: 2\n```\n\nThen wait.")], "Run:\n\n```yaml\na: 1\nb: 2\n```\n\nThen wait."),
        ([(0, "```yaml\na: 1\n```"), (1, "```bash\nls\n```")], "```yaml\na: 1\n```\n\n```bash\nls\n```"),
        ([(0, "```\na\n```"), (2, "```\nc\n```")], "```\na\n```\n\n[…]\n\n```\nc\n```"),
        ([(0, "| a | b |\n| --- | --- |\n| 1 | 2 |"), (1, "| a | b |\n| --- | --- |\n| 3 | 4 |")], "| a | b |\n| --- | --- |\n| 1 | 2 |\n| 3 | 4 |"),
        ([(0, "| a |\n| --- |\n| 1 |"), (1, "| b |\n| --- |\n| 2 |")], "| a |\n| --- |\n| 1 |\n\n| b |\n| --- |\n| 2 |"),
        ([(0, "- one"), (1, "- two"), (2, "Text.")], "- one\n- two\n\nText."),
    ],
    ids=["text", "gap", "one code block", "two code blocks", "code with a gap", "one table", "two tables", "list"],
)
def test_what_was_cut_is_put_together_again(pieces: list[tuple[int, str]], text: str) -> None:
    assert join_pieces(pieces) == text
