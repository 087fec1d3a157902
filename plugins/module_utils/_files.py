# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that are there whole or not at all."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import contextlib
import os
import pathlib
import tempfile
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[pathlib.Path]:
    """An empty file beside ``path``, for its owner alone (mode 0600), which takes the place of ``path`` in the end, and goes when that fails.

    Whoever reads ``path`` finds the former content or the new one. Raises OSError.
    """
    directory, name = os.path.split(os.fspath(path))
    handle, draft = tempfile.mkstemp(prefix=f".{name}.", dir=directory or ".")
    os.close(handle)
    try:
        yield pathlib.Path(draft)
        os.replace(draft, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(draft)
        raise


def write_atomically(path: str | os.PathLike[str], content: str | bytes) -> None:
    """Write a file as `replacing` does, text in UTF-8."""
    with replacing(path) as draft:
        draft.write_bytes(content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content)
