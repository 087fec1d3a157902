# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What this machine's processor can do."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import os


def physical_cores() -> int:
    """Cores without hyper-threads among those this process may use; llama.cpp is slower on more."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)
    siblings: set[str] = set()
    for cpu in range(os.cpu_count() or 1):
        try:
            with open(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list", encoding="ascii") as listing:
                siblings.add(listing.read().strip())
        except OSError:
            return usable
    return max(1, min(usable, len(siblings)))


def has_bfloat16() -> bool:
    """Whether the processor computes in bfloat16."""
    try:
        with open("/proc/cpuinfo", encoding="ascii", errors="replace") as cpuinfo:
            return any(line.startswith("flags") and (" avx512_bf16" in line or " amx_bf16" in line) for line in cpuinfo)
    except OSError:
        return False
