# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Regular expressions that are compiled when they are first used: every lookup is a process of its own, and compiling all takes longer than most need."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import re
import typing as t


class _LazyPattern:
    """Stands for a compiled pattern."""

    def __init__(self, pattern: str, flags: int) -> None:
        self._pattern = pattern
        self._flags = flags

    def __getattr__(self, name: str) -> t.Any:
        value = getattr(re.compile(self._pattern, self._flags), name)
        setattr(self, name, value)
        return value


def lazy_pattern(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """As re.compile(), but a mistake in the pattern shows only when it is used."""
    return t.cast("re.Pattern[str]", _LazyPattern(pattern, flags))
