# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One line of what runs where."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import typing as t


class Installed(t.NamedTuple):
    """A product on a server, the product in its normal form; ``os_version`` may be empty."""

    product: str
    version: str
    os_version: str
