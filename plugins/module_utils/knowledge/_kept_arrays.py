# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was read of indexed versions, kept in memory for the next question."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import collections
import threading
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Callable

    import numpy

    Array = numpy.ndarray[t.Any, t.Any]

_MOST = 16 << 20  # bytes; 275 questions about 22 versions leave 6 MB
_OVERHEAD = 500  # bytes of the objects around the numbers

Pair = tuple["Array", "Array"]
Key = tuple[str, str]  # name of a version's collection, which is never given again, and what was looked up in it


class KeptArrays:
    """Pairs of arrays by what they are about; those that were asked for longest ago go first. Threads may share it."""

    def __init__(self) -> None:
        self._kept: collections.OrderedDict[Key, Pair] = collections.OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, key: Key, read: Callable[[], Pair]) -> Pair:
        """What is kept, or what ``read`` returns, which may be called by several threads at the same time."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        pair = read()
        with self._lock:
            if key not in self._kept:
                self._kept[key] = pair
                self._bytes += _size(pair)
            while self._bytes > _MOST:
                self._bytes -= _size(self._kept.popitem(last=False)[1])
        return pair


def _size(pair: Pair) -> int:
    return _OVERHEAD + sum(array.nbytes for array in pair)
