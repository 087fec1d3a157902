# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Create a virtual environment and install requirement files into it, showing progress on one line.

Called by the Makefile, with the Python that the environment shall have; needs nothing but the standard library.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
CONSTRAINTS = HERE / "constraints.txt"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--venv", type=Path, required=True)
    parser.add_argument("--torch-index", default="", help="index that carries the CPU builds of torch")
    parser.add_argument("files", nargs="+", type=Path, help="requirement files")
    args = parser.parse_args()

    problem = python_problem()
    if problem:
        print(problem, file=sys.stderr)
        return 1
    python = args.venv / "bin" / "python"
    if not (args.venv / "bin" / "pip").exists():  # the last thing that venv makes
        print(f"Creating {args.venv} with Python {sys.version.split()[0]}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(args.venv)], check=True)

    lines = [line for path in args.files for line in path.read_text(encoding="utf-8").splitlines()]
    torch = [line for line in lines if line.startswith("torch==")]
    if torch and not install_torch(python, torch, args.torch_index):
        return 1
    names = ", ".join(path.name for path in args.files)
    wanted = [option for path in args.files for option in ("-r", str(path))]
    return 0 if run_pip(python, ["-c", str(CONSTRAINTS), *wanted], f"Installing {names}") else 1


def python_problem() -> str:
    """One sentence when this Python cannot carry the environment, else an empty string."""
    if sys.version_info < (3, 11):
        return f"Python 3.11 or newer is needed, but {sys.executable} is {sys.version.split()[0]}: name another one, for example: make setup PYTHON=python3.12"
    if not all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")):
        return (
            f"{sys.executable} lacks the module venv or ensurepip: install it (on Debian and Ubuntu: "
            f"apt-get install python{sys.version_info[0]}.{sys.version_info[1]}-venv)."
        )
    return ""


def install_torch(python: Path, pins: list[str], index: str) -> bool:
    """Install the CPU build of torch: from where pip already looks, else from `index` beside it.

    The configured indexes come first so that an operator's mirror or wheel directory is enough and no other
    host is contacted. `--no-deps` keeps a missing build a matter of one look-up.
    """
    base = ["--no-deps", *pins]
    title = "Installing torch (CPU build)"
    if not index:
        return run_pip(python, base, title)
    if run_pip(python, base, title, quiet_failure=True):
        return True
    print(f"pip's configured indexes have no CPU build of torch: looking at {index}", flush=True)
    if run_pip(python, [*base, "--extra-index-url", index], title):
        return True
    print(f"No CPU build of torch for Python {sys.version.split()[0]}: name an index that has one by TORCH_INDEX=URL.", file=sys.stderr)
    return False


def run_pip(python: Path, arguments: list[str], title: str, *, quiet_failure: bool = False) -> bool:
    """Run `pip install`; its output is shown only when it fails."""
    command = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar=off"]
    started = time.monotonic()
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as log:
        process = subprocess.Popen([*command, *arguments], stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        live = sys.stdout.isatty()
        if not live:
            print(f"{title} ...", flush=True)
        while process.poll() is None:
            if live:
                print(f"\r\033[K{title}: {stage(log.fileno())}, {time.monotonic() - started:.0f} s", end="", flush=True)
            time.sleep(0.3)
        if live:
            print("\r\033[K", end="")
        if process.returncode == 0:
            print(f"{title}: done in {time.monotonic() - started:.0f} s", flush=True)
            return True
        if not quiet_failure:
            log.seek(0)
            tail = [line for line in log.read().splitlines() if line.strip()][-25:]
            print("\n".join(tail), file=sys.stderr)
            print(f"{title}: failed; pip's last lines are above.", file=sys.stderr, flush=True)
    return False


def stage(descriptor: int) -> str:
    """What pip is doing, read from its log without moving the write position."""
    text = os.pread(descriptor, os.fstat(descriptor).st_size, 0).decode("utf-8", "replace")
    if "\nInstalling collected packages" in text:
        return "unpacking"
    if "\nBuilding wheels" in text:
        return "compiling (this takes minutes)"
    collected = re.findall(r"^Collecting ([\w.-]+)", text, re.MULTILINE)
    return f"package {len(collected)}, {collected[-1]}" if collected else "asking the package index"


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("\ninterrupted; run the same command again to go on")
