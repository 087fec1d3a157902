# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The version of the collection, the same as in galaxy.yml."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

VERSION = "0.1.0"
