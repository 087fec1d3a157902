# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to the collection: names here may change in any release.
"""The language of a question."""

from __future__ import annotations

import re


def language_of(text: str) -> str:
    """``ru`` when a quarter of the letters or more is Cyrillic (names and commands stay Latin in Russian questions), else ``en``."""
    cyrillic = len(re.findall(r"[а-яё]", text, re.IGNORECASE))
    latin = len(re.findall(r"[a-z]", text, re.IGNORECASE))
    return "ru" if cyrillic and cyrillic >= (cyrillic + latin) / 4 else "en"
