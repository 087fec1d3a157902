# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The forms in which names of hosts are compared, whoever wrote them."""

# Private to the collection: names here may change in any release.

from __future__ import annotations


def host_key(name: str) -> str:
    """Return the form in which host names are compared: lower case, without a final dot."""
    return name.strip().lower().rstrip(".")


def short_name(key: str) -> str:
    """Return the first label of a host name; an address has no short form."""
    first, _dot, rest = key.partition(".")
    return key if not rest or first.isdigit() else first
