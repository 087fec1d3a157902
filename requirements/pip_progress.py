# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""pip, whose output is shown only when it fails: on a terminal as one line that moves, elsewhere as a line a minute."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

READ = 1 << 18  # bytes of pip's log that say what it is doing


def run_pip(
    python: str | Path, command: str, *arguments: str | Path, title: str, quiet_failure: bool = False, environment: Mapping[str, str] | None = None
) -> bool:
    """Run `pip command arguments` under `title`; tell whether it succeeded."""
    words: Sequence[str | Path] = [python, "-m", "pip", command, "--disable-pip-version-check", "--no-input", *arguments]
    started = time.monotonic()
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as log:
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, env={**os.environ, **(environment or {})})
        watch(process, title, log.fileno(), started)
        if process.returncode == 0:
            print(f"{title}: done in {time.monotonic() - started:.0f} s", flush=True)
            return True
        if not quiet_failure:
            log.seek(0)
            tail = [line for line in log.read().splitlines() if line.strip()][-25:]
            print("\n".join(tail), file=sys.stderr)
            print(f"{title}: failed; pip's last lines are above.", file=sys.stderr, flush=True)
    return False


def watch(process: subprocess.Popen[bytes], title: str, log: int, started: float) -> None:
    """Show what the process does until it ends."""
    live = sys.stdout.isatty()
    if not live:
        print(f"{title} ...", flush=True)
    said = started
    while process.poll() is None:
        now = time.monotonic()
        if live:
            print(f"\r\033[K{title}: {stage(log)}, {now - started:.0f} s", end="", flush=True)
        elif now - said >= 60:
            print(f"{title}: {stage(log)}, {now - started:.0f} s", flush=True)
            said = now
        time.sleep(0.3)
    if live:
        print("\r\033[K", end="")


def stage(log: int) -> str:
    """What pip is doing, read from its log without moving the write position."""
    size = os.fstat(log).st_size
    text = os.pread(log, READ, max(0, size - READ)).decode("utf-8", "replace")
    steps = re.findall(r"^\s*\[(\d+)/(\d+)\]", text, re.MULTILINE)  # of ninja, shown with --verbose
    if steps:
        return f"compiled {steps[-1][0]} of {steps[-1][1]} parts"
    if "\nInstalling collected packages" in text:
        return "unpacking"
    if "\nBuilding wheels" in text:
        return "compiling (this takes minutes)"
    collected = re.findall(r"^Collecting ([\w.-]+)", text, re.MULTILINE)
    return f"package {len(collected)}, {collected[-1]}" if collected else "asking the package index"
