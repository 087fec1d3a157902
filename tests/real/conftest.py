# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests on material that is not the repository's."""

from __future__ import annotations

from pathlib import Path

import collection_imports
import pytest
import real_material

collection_imports.settle()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The real documentation, inventories and questions."""
    if real_material.missing():
        pytest.fail(real_material.missing())
    return real_material.directory()
