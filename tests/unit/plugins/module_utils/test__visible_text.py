# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text that is shown holds nothing that steers a terminal or hides from the reader."""

from __future__ import annotations

import sys
import unicodedata

from ansible_collections.infra_llm.assistant.plugins.module_utils._visible_text import visible_text


def test_what_unicode_calls_control_format_or_surrogate_is_dropped() -> None:
    every = "".join(map(chr, range(sys.maxunicode + 1)))
    left = {char for char in visible_text(every) if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")}
    assert left == {"\n", "\t"}


def test_escape_sequences_lose_their_power_and_words_stay() -> None:
    assert visible_text("a\x1b[31mred\u009b0m \u202eturn\u2066ed\u2069 \u200bz\U000e0041") == "a[31mred0m turned z"


def test_letters_signs_and_layout_stay() -> None:
    text = "Привет, 世界: naïve – “quotes” …\n\tä́ 🔗 | \u00a0"
    assert visible_text(text) == text
