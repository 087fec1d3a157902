# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything is imported as Ansible imports it, which must be settled before the first test module is read."""

from __future__ import annotations

import os
from pathlib import Path

os.environ.setdefault("ANSIBLE_COLLECTIONS_PATH", str(Path(__file__).resolve().parents[2] / ".venv" / "collections"))

from ansible.plugins.loader import init_plugin_loader

init_plugin_loader()
