# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The language of a question."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import re

_QUOTED = re.compile(r"\"[^\"\n]*\"|«[^»\n]*»|`[^`\n]*`|(?<!\w)'[^'\n]*'(?!\w)")
_CYRILLIC_WORD = re.compile(r"(?<![а-яё])[а-яё]{2,}", re.IGNORECASE)
_LATIN_LETTER = re.compile(r"[a-z]", re.IGNORECASE)


def language_of(text: str) -> str:
    """``ru`` for a text with two Cyrillic words, however much of a log is pasted beside them, or with a quarter of its letters Cyrillic; else ``en``.

    What is quoted does not count unless there is nothing else: an English question may quote a Russian message.
    """
    own = _QUOTED.sub(" ", text)
    words = _CYRILLIC_WORD.findall(own if re.search(r"\w", own) else text)
    letters = sum(map(len, words))
    return "ru" if len(words) > 1 or (words and 3 * letters >= len(_LATIN_LETTER.findall(text))) else "en"
