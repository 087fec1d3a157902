# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the real documentation, inventories and questions are, which the repository does not hold."""

from __future__ import annotations

import os
from pathlib import Path

PARTS = ("corpus", "golden", "inventories")


def directory() -> Path:
    """The directory that INFRA_LLM_SHARED names, else `shared` beside the checkout; it may be missing."""
    return Path(os.environ.get("INFRA_LLM_SHARED") or Path(__file__).resolve().parents[3] / "shared")


def missing() -> str:
    """One sentence when the material is not there, else an empty string."""
    absent = [name for name in PARTS if not (directory() / name).is_dir()]
    return f"{directory()} has no {', '.join(absent)}: set INFRA_LLM_SHARED to the directory that holds {', '.join(PARTS)}." if absent else ""
