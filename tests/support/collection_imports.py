# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything is imported as Ansible imports it, which must be settled before the first test module is read."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def settle() -> None:
    """Let Ansible find the collection of this checkout."""
    os.environ.setdefault("ANSIBLE_COLLECTIONS_PATH", str(ROOT / ".venv" / "collections"))
    intern = sys.intern
    from ansible.plugins.loader import init_plugin_loader

    init_plugin_loader()
    # Ansible puts an object in place of this function, over which torch stumbles; outside the tests the model is loaded first.
    sys.intern = intern
