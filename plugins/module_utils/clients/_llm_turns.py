# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions that wait for a language model, in the order in which they came."""

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

_LOOK_SECONDS = 0.2  # between two looks whether the asker of a waiting question is still there


class Turns:
    """Lets ``width`` questions at once to a model; servers queue without bound, also for askers that have gone."""

    def __init__(self, width: int, server: str) -> None:
        self._server = server
        self._free = width
        self._waiting: collections.deque[object] = collections.deque()
        self._changed = threading.Condition()

    @property
    def any_free(self) -> bool:
        """Whether a question would not have to wait."""
        return self._free > 0 and not self._waiting

    @contextlib.contextmanager
    def take(self, deadline: float, stop: threading.Event | None) -> Iterator[None]:
        """Wait for a turn and hold it. Raises ServiceError at the deadline, AbandonedError when ``stop`` is set."""
        self._wait(deadline, stop)
        try:
            yield
        finally:
            with self._changed:
                self._free += 1
                self._changed.notify_all()

    def _wait(self, deadline: float, stop: threading.Event | None) -> None:
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
                self._free -= 1
            finally:
                self._waiting.remove(ticket)
                self._changed.notify_all()
