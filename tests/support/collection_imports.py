# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Imported before the first test module is read: everything is imported as Ansible imports it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
os.environ.setdefault("ANSIBLE_COLLECTIONS_PATH", str(ROOT / ".venv" / "collections"))
intern = sys.intern

from ansible.plugins.loader import init_plugin_loader  # noqa: E402

init_plugin_loader()
# Ansible puts an object in place of this function, over which torch stumbles; outside the tests they never share a process.
sys.intern = intern
