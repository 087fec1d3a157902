# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a reader sees of a text: no characters that steer a terminal, turn the direction of writing or take no room."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import re
from typing import Any, Final

# Escape sequences of ECMA-48, which go as a whole: with parameters (colours), with a text of their own (titles, the clipboard), and short ones.
# No part may run over a control character, so that a text of beginnings alone is read once.
_SEQUENCES: Final = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x00-\x1f\x7f-\x9f]*(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]*[0-OQ-WYZ`-~]"
)
# Unicode's general categories Cc (controls, ESC and the C1 controls among them), Cf (directions, zero widths, tags) and Cs (surrogates),
# line and paragraph separators, variation selectors and fillers that show nothing, in one expression: a table by character is slower.
_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)


def visible_text(text: str) -> str:
    """Return ``text`` without escape sequences and characters that no reader sees (controls, directions, zero widths, tags); line feeds and tabs stay."""
    return text if text.isascii() and text.isprintable() else _UNSEEN.sub("", _SEQUENCES.sub("", text))


def visible_data(value: Any) -> Any:
    """Return JSON data with every text in it, keys included, as `visible_text` has it."""
    if isinstance(value, str):
        return visible_text(value)
    if isinstance(value, dict):
        return {visible_data(key): visible_data(item) for key, item in value.items()}
    return [visible_data(item) for item in value] if isinstance(value, list) else value
