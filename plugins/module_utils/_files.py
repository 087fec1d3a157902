# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that are there whole or not at all."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import contextlib
import os
import tempfile


def write_atomically(path: str | os.PathLike[str], content: str | bytes) -> None:
    """Write a file that only its owner may read (mode 0600); whoever reads it finds the former content or this one. Raises OSError."""
    directory, name = os.path.split(os.fspath(path))
    handle, fresh = tempfile.mkstemp(prefix=f".{name}.", dir=directory or ".")
    try:
        with open(handle, "wb") as file:
            file.write(content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content)
        os.replace(fresh, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(fresh)
        raise
