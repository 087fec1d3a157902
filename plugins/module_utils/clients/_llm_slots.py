# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The slots of a llama-server: which question runs in which, so that it finds there as much of its prompt as can be."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import collections
import contextlib
import threading
import time
import typing as t

from .._errors import ServiceError
from ._llm import AbandonedError

if t.TYPE_CHECKING:
    from collections.abc import Iterator

_LIKE = 1 / 3  # share of a prompt from which a slot's last one is like it
_LOOK_SECONDS = 0.2  # between two looks whether the asker of a waiting question is still there


class Slots:
    """Slots by number, each with the prompt that it computed last; questions wait in the order in which they came.

    llama-server queues without bound and chooses slots by its own rules, so that questions are handed out here, each to a slot that is free.
    """

    def __init__(self, count: int, server: str) -> None:
        self._server = server
        self._free = collections.OrderedDict.fromkeys(range(count), "")  # the one that was used longest ago first
        self._waiting: collections.deque[object] = collections.deque()
        self._changed = threading.Condition()

    def any_free(self) -> bool:
        """Whether a question would not have to wait."""
        return bool(self._free) and not self._waiting

    @contextlib.contextmanager
    def hold(self, prompt: str, deadline: float, stop: threading.Event | None) -> Iterator[int]:
        """Wait for a slot and hold it. Raises ServiceError at the deadline, AbandonedError when ``stop`` is set."""
        slot = self._take(prompt, deadline, stop)
        try:
            yield slot
        finally:
            with self._changed:
                self._free[slot] = prompt
                self._changed.notify_all()

    def _take(self, prompt: str, deadline: float, stop: threading.Event | None) -> int:
        ticket = object()
        with self._changed:
            self._waiting.append(ticket)
            try:
                while not (self._free and self._waiting[0] is ticket):
                    if stop is not None and stop.is_set():
                        raise AbandonedError
                    if time.monotonic() >= deadline:
                        message = f"{self._server} was busy with other questions until the time was up; raise 'timeout' or ask again."
                        raise ServiceError(message, url=self._server)
                    self._changed.wait(max(0.0, min(_LOOK_SECONDS, deadline - time.monotonic())))
                chosen = self._choose(prompt)
                del self._free[chosen]
                return chosen
            finally:
                self._waiting.remove(ticket)
                self._changed.notify_all()

    def _choose(self, prompt: str) -> int:
        shared = {slot: _shared(known, prompt) for slot, known in self._free.items()}
        best = max(shared, key=lambda slot: shared[slot])
        # All prompts begin with the same rules, which is no reason to displace a prompt that shares no more than these.
        return best if shared[best] >= _LIKE * len(prompt) else next(iter(self._free))


def _shared(one: str, other: str) -> int:
    """How many characters the two have in common at their beginning."""
    # Slices are compared at the speed of memory, and all slots are looked at under a lock.
    same, longest = 0, min(len(one), len(other))
    while same < longest:
        middle = (same + longest + 1) // 2
        if one[same:middle] == other[same:middle]:
            same = middle
        else:
            longest = middle - 1
    return same
