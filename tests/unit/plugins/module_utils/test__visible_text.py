# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text that is shown holds nothing that steers a terminal or hides from the reader."""

from __future__ import annotations

import sys
import time
import unicodedata

from ansible_collections.infra_llm.assistant.plugins.module_utils._visible_text import visible_data, visible_text


def test_what_unicode_calls_control_format_or_surrogate_is_dropped() -> None:
    every = "".join(map(chr, range(sys.maxunicode + 1)))
    left = {char for char in visible_text(every) if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")}
    assert left == {"\n", "\t"}


def test_escape_sequences_go_as_a_whole() -> None:
    assert visible_text("a\x1b[31mred\u009b0m \u202eturn\u2066ed\u2069 \u200bz\U000e0041") == "ared turned z"
    assert visible_text("1\x1b]0;title\x07 2\x1b]52;c;aGk=\x1b\\ 3\u009d8;;http://x\u009c 4\x1bPq#0\x1b\\ 5\x1bc6\x1b(B") == "1 2 3 4 56"
    assert visible_text("an end \x1b[3") == "an end [3"
    assert visible_text("never closed \x1b]0;title\nnext") == "never closed ]0;title\nnext", "a text must not hide the lines below it"


def test_the_cost_grows_with_the_size() -> None:
    def seconds(size: int) -> float:
        hostile = [start * (size // len(start)) for start in ("\x1b[", "\x1b]", "\x9d", "\x9b1;", "\x1b]a", "\x1b ")]
        started = time.process_time()
        for text in hostile:
            visible_text(text)
        return time.process_time() - started

    assert min(seconds(400_000) for _try in range(3)) < 40 * min(seconds(40_000) for _try in range(3))


def test_data_is_cleaned_in_keys_and_values() -> None:
    assert visible_data({"a\x1b[1m": ["b\x07", 1, None, {"c": "\u202ed"}]}) == {"a": ["b", 1, None, {"c": "d"}]}


def test_letters_signs_and_layout_stay() -> None:
    text = "Привет, 世界: naïve – \u201cquotes\u201d …\n\tä́ 🔗 | \u00a0"
    assert visible_text(text) == text
