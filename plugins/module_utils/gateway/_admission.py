# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many questions are let in, and whose turn it is: first come, first served, with an end to the queue."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import asyncio
import collections
import concurrent.futures
import contextlib
import logging
import math
import os
import threading
import time
import typing as t

from .._errors import ServiceError

if t.TYPE_CHECKING:
    from collections.abc import Callable

_log = logging.getLogger("infra_llm.gateway")
_MOST_THREADS = 256  # made one by one when needed; the queues' widths are the real bound
_GRACE_SECONDS = 10  # past its time a question may still fall back to quotations
_LONGEST_SECONDS = 86_400.0
_LONGEST_RETRY = 30
_Result = t.TypeVar("_Result")


class RefusedError(ServiceError):
    """A request that the gateway does not take, or gave up: the HTTP ``status``, and after how many seconds to try again, where that helps."""

    def __init__(self, status: int, message: str, *, retry_after: int | None = None, reason: str = "") -> None:
        super().__init__(message, status=status)
        self.retry_after = retry_after
        self.reason = reason


class _Queue:
    """Questions that use the same thing; ``width`` of them run at once. For the event loop's thread alone."""

    def __init__(self, width: Callable[[], int]) -> None:
        self._width = width
        self._waiting: collections.deque[asyncio.Future[None]] = collections.deque()
        self.running = 0

    @property
    def waiting(self) -> int:
        return sum(not turn.done() for turn in self._waiting)

    def enqueue(self) -> asyncio.Future[None]:
        """A future that is done when the turn has come."""
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        self._advance()
        return turn

    def leave(self, turn: asyncio.Future[None]) -> None:
        """End a turn, or the wait for it."""
        if turn.cancel():
            with contextlib.suppress(ValueError):
                self._waiting.remove(turn)
        elif not turn.cancelled():
            self.running -= 1
            self._advance()

    def _advance(self) -> None:
        while self._waiting and self.running < self._width():
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                self.running += 1


class Admission:
    """The questions that are inside.

    ``parallel`` says how many answers the language model writes at once; ``queue`` is how many more may wait, None any number.
    """

    def __init__(self, parallel: Callable[[], int], queue: int | None) -> None:
        self._parallel = parallel
        self._queue = queue
        # While the model writes, others search and are ready when a slot gets free. Those without a model do not wait for those with one.
        self._queues = {"model": _Queue(lambda: max(4, 2 * parallel())), "quick": _Queue(lambda: max(4, os.cpu_count() or 1))}
        if queue is None:
            self._queues = dict.fromkeys(self._queues, _Queue(lambda: 40))
        self._pool = concurrent.futures.ThreadPoolExecutor(_MOST_THREADS, thread_name_prefix="question")
        self._stops: set[threading.Event] = set()
        self._closed = False
        self._seconds = 5.0  # what a question takes, smoothed
        self.inside = 0

    @property
    def running(self) -> int:
        """Questions that are being answered."""
        return sum(queue.running for queue in set(self._queues.values()))

    @property
    def waiting(self) -> int:
        """Questions whose turn has not come."""
        return sum(queue.waiting for queue in set(self._queues.values()))

    def admit(self, *, model: bool, timeout: float) -> Ticket:
        """Let a question in, whose ``timeout`` in seconds begins now. Raises RefusedError."""
        if self._closed:
            raise RefusedError(503, "The gateway is ending; ask again in a few seconds.", retry_after=5, reason="ending")
        if self._queue is not None and self.inside >= self._parallel() + self._queue:
            wait = min(_LONGEST_RETRY, max(1, math.ceil(self._seconds)))
            message = f"The gateway is busy with {self.inside} questions; ask again in {wait} seconds."
            raise RefusedError(429, message, retry_after=wait, reason="queue")
        return Ticket(self, self._queues["model" if model else "quick"], min(timeout, _LONGEST_SECONDS))

    async def close(self, seconds: float) -> None:
        """Let nobody in any more, and wait for the questions inside; those that take longer than ``seconds`` are given up."""
        self._closed = True
        deadline = time.monotonic() + seconds
        while self.inside and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
        if self.inside:
            _log.warning("%d questions are given up", self.inside)
        for stop in list(self._stops):
            stop.set()

    def _took(self, seconds: float) -> None:
        self._seconds += 0.2 * (seconds - self._seconds)


class Ticket:
    """A question's admission and its turn in the queue; it must be closed."""

    def __init__(self, admission: Admission, line: _Queue, timeout: float) -> None:
        self._admission = admission
        self._line = line
        self._turn: asyncio.Future[None] | None = None
        self._running = False
        self._left = False
        self.timeout = timeout
        self.deadline = time.monotonic() + timeout
        self.stop = threading.Event()
        admission.inside += 1
        admission._stops.add(self.stop)

    async def run(self, work: Callable[[], _Result]) -> _Result:
        """Run ``work`` in a thread when the turn has come; when cancelled, ``stop`` is set, which the work must heed.

        Raises RefusedError when the time was up before, or when the work goes on long after it.
        """
        loop = asyncio.get_running_loop()
        try:
            self._turn = self._line.enqueue()
            await self._within(self._turn, 0.0, f"No slot got free within the question's {self.timeout:g} seconds; ask again later, or raise 'timeout'.")
            started = time.monotonic()
            running = loop.run_in_executor(self._admission._pool, work)
            self._running = True
            # The ticket is held until the thread has really ended.
            running.add_done_callback(lambda ended: self._end(ended, started))
            return await self._within(running, _GRACE_SECONDS, f"The question was not answered within its {self.timeout:g} seconds; raise 'timeout'.")
        finally:
            self.stop.set()
            self.close()

    async def _within(self, awaited: asyncio.Future[_Result], grace: float, message: str) -> _Result:
        remaining = self.deadline + grace - time.monotonic()
        done, _pending = await asyncio.wait({awaited}, timeout=max(0.0, remaining))
        if not done:
            raise RefusedError(504, message, reason="deadline")
        return awaited.result()

    def _end(self, ended: asyncio.Future[t.Any], started: float) -> None:
        if not ended.cancelled():
            ended.exception()  # looked at, so that asyncio does not complain about that of a question whose asker has gone
        self._admission._took(time.monotonic() - started)
        self._leave()

    def close(self) -> None:
        """Give the turn to another as soon as no thread works; more than once does no harm."""
        if not self._running:
            self._leave()

    def _leave(self) -> None:
        if self._left:
            return
        self._left = True
        self._admission.inside -= 1
        self._admission._stops.discard(self.stop)
        if self._turn is not None:
            self._line.leave(self._turn)
