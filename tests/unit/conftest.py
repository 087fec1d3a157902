# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything is imported as Ansible imports it, which must be settled before the first test module is read."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
os.environ.setdefault("ANSIBLE_COLLECTIONS_PATH", str(ROOT / ".venv" / "collections"))
intern = sys.intern

from ansible.plugins.loader import init_plugin_loader  # noqa: E402

init_plugin_loader()
# Ansible puts an object in place of this function, over which torch stumbles; outside the tests they never share a process.
sys.intern = intern


@pytest.fixture(scope="session")
def shared() -> Path:
    """The real documentation, inventories and questions beside the checkout."""
    directory = Path(os.environ.get("INFRA_LLM_SHARED") or ROOT.parent / "shared")
    if not directory.is_dir():
        pytest.fail(f"{directory} is not there: set INFRA_LLM_SHARED to the directory that holds corpus, inventories and golden.")
    return directory
