# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How every benchmark reports: a table for people, one summary line, and JSON for programs."""

from __future__ import annotations

import json
import math
import os
import pathlib
import platform
from collections.abc import Mapping, Sequence


def percentile(values: Sequence[float], share: float) -> float:
    """Return the nearest-rank percentile; ``share`` is of 1."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def host_facts() -> dict[str, object]:
    """Return what a reader needs to know of the machine on which was measured."""
    model = platform.processor() or platform.machine()
    memory_gib = None
    try:
        for line in pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
        memory_gib = round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
    except (OSError, ValueError):
        pass
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {"cpu": model, "cores": usable, "memory_gib": memory_gib, "system": platform.platform(), "python": platform.python_version()}


def report(
    title: str, measures: Mapping[str, float | int | bool], *, notes: Mapping[str, str] | None = None, json_path: str | None = None, summary: str | None = None
) -> None:
    """Print the measures as a table with their notes, then one summary line; write ``{"measures": ..., "host": ...}`` to ``json_path``."""
    host = host_facts()
    notes = notes or {}
    print(f"{title}  ({host['cpu']}, {host['cores']} cores, Python {host['python']})")
    width = max(map(len, measures), default=0)
    for name, value in measures.items():
        shown = f"{value:.4g}" if isinstance(value, float) else str(value)
        print(f"  {name:<{width}}  {shown:>10}  {notes.get(name, '')}".rstrip())
    if json_path is not None:
        pathlib.Path(json_path).write_text(json.dumps({"measures": dict(measures), "host": host}, indent=2) + "\n", encoding="utf-8")
    print(summary or f"{title}: " + ", ".join(f"{name}={value:.4g}" if isinstance(value, float) else f"{name}={value}" for name, value in measures.items()))
