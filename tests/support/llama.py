# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""llama.cpp for the tests: one wheel with the Python binding and llama-server, built once for each kind of processor.

As a program it prints the directory that holds the wheel, for `pip --find-links`.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
from pathlib import Path

VERSION = "0.3.36"
VOCABULARY = "ggml-vocab-llama-bpe.gguf"
CMAKE_ARGS = (
    "-DLLAMA_BUILD_TOOLS=ON",
    "-DLLAMA_BUILD_SERVER=ON",
    "-DLLAMA_TOOLS_INSTALL=ON",
    "-DLLAVA_BUILD=OFF",
    "-DLLAMA_BUILD_UI=OFF",
    "-DLLAMA_USE_PREBUILT_UI=OFF",
    "-DLLAMA_OPENSSL=OFF",
    "-DCMAKE_INSTALL_RPATH=$ORIGIN/../lib",
)


def cache_dir() -> Path:
    """Where the wheel is kept; named after all that it depends on: version, build flags and the processor."""
    parts = [*CMAKE_ARGS, platform.system(), platform.machine(), *cpu_features()]
    key = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "infra_llm-tests" / f"llama-cpp-python-{VERSION}-{key}"


def cpu_features() -> list[str]:
    """Instruction sets of this processor: ggml compiles for exactly these (GGML_NATIVE)."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return [platform.processor()]
    return sorted(next((line.split(":", 1)[1].split() for line in lines if line.startswith(("flags", "Features"))), []))


def ensure_built() -> Path:
    """The directory with the wheel and the vocabulary; compiles (about 10 minutes on two cores) on first use."""
    directory = cache_dir()
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (list(directory.glob("*.whl")) and (directory / VOCABULARY).exists()):
            build(directory)
    return directory


def build(directory: Path) -> None:
    """Fetch the source, take the vocabulary out of it, compile the wheel; each is moved into place when whole."""
    with tempfile.TemporaryDirectory(dir=directory) as work:
        source = fetch_source(Path(work))
        with tarfile.open(source) as archive:
            member = next(name for name in archive.getnames() if name.endswith(f"/models/{VOCABULARY}"))
            content = archive.extractfile(member)
            assert content is not None
            vocabulary = Path(work, VOCABULARY)
            vocabulary.write_bytes(content.read())
        if not list(directory.glob("*.whl")):
            print(f"Compiling llama.cpp into {directory} (about 10 minutes on two cores)", file=sys.stderr, flush=True)
            pip(["wheel", "--no-deps", "--no-cache-dir", "-w", work, str(source)], CMAKE_ARGS=" ".join(CMAKE_ARGS))
            (wheel,) = Path(work).glob("*.whl")
            wheel.rename(directory / wheel.name)
        vocabulary.rename(directory / VOCABULARY)


def fetch_source(directory: Path) -> Path:
    """The archive of the binding's source, which holds llama.cpp's, in `directory`."""
    pip(["download", "--no-deps", "--no-binary=llama-cpp-python", "-d", str(directory), f"llama-cpp-python=={VERSION}"])
    (source,) = directory.glob("*.tar.gz")
    return source


def pip(arguments: list[str], **environment: str) -> None:
    """Run this Python's pip quietly; an error stops the tests."""
    subprocess.run(
        [sys.executable, "-m", "pip", "--quiet", *arguments],
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        check=True,
    )


def server_path() -> Path:
    """Where llama-server is once the wheel is installed in this Python."""
    return Path(sysconfig.get_paths()["platlib"]) / "bin" / "llama-server"


if __name__ == "__main__":
    print(ensure_built())
