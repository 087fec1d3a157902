# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The header Retry-After, for every client; with the standard library alone."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import time


def seconds_to_wait(value: str, longest: float) -> float | None:
    """Seconds that the header, a number or a date, asks for, at most ``longest``; None when it says nothing."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        return min(float(value), longest)
    from email.utils import parsedate_to_datetime  # rarely needed, and slow to import

    try:
        seconds = parsedate_to_datetime(value).timestamp() - time.time()
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(seconds, 0.0), longest)
