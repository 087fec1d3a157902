# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Create a virtual environment and install requirement files into it, showing progress.

Called by the Makefile, with the Python that the environment shall have; needs nothing but the standard library.
"""

from __future__ import annotations

import argparse
import importlib.util
import subprocess
import sys
from pathlib import Path

from pip_progress import run_pip

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
    wanted = [option for path in args.files for option in ("-r", path)]
    return 0 if run_pip(python, "install", "-c", CONSTRAINTS, *wanted, title=f"Installing {names}") else 1


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
    base = ["install", "--no-deps", *pins]
    title = "Installing torch (CPU build)"
    if not index:
        return run_pip(python, *base, title=title)
    if run_pip(python, *base, title=title, quiet_failure=True):
        return True
    print(f"pip's configured indexes have no CPU build of torch: looking at {index}", flush=True)
    if run_pip(python, *base, "--extra-index-url", index, title=title):
        return True
    print(f"No CPU build of torch for Python {sys.version.split()[0]}: name an index that has one by TORCH_INDEX=URL.", file=sys.stderr)
    return False


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("\ninterrupted; run the same command again to go on")
