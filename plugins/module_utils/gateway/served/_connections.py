# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a connection may cost before its first request is there: some seconds, one of a bounded number of places, and no line in the log."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import asyncio
import logging
import resource
import time
import typing as t
from asyncio import constants

_HEAD_SECONDS = 10.0  # in which the head of a request, or the TLS handshake before it, must have come
_MOST_WAITING = 256  # connections whose request has not come; a further one displaces the one that has waited longest
_MOST_DESCRIPTORS = 65_536
_LOG_SECONDS = 60.0
_log = logging.getLogger("infra_llm.gateway")


class WaitingConnections:
    """The connections that have sent no whole head of a request, the oldest first."""

    def __init__(self, most: int = _MOST_WAITING) -> None:
        self._most = most
        self._waiting: dict[asyncio.Transport, asyncio.TimerHandle] = {}

    def add(self, transport: asyncio.Transport) -> None:
        """Begin to wait for a head on this connection, unless that has begun."""
        if transport in self._waiting:
            return
        if len(self._waiting) >= self._most:
            self._end(next(iter(self._waiting)))
        self._waiting[transport] = asyncio.get_running_loop().call_later(_HEAD_SECONDS, self._end, transport)

    def remove(self, transport: asyncio.Transport) -> None:
        """A request has come, or the connection is closed."""
        timer = self._waiting.pop(transport, None)
        if timer is not None:
            timer.cancel()

    def _end(self, transport: asyncio.Transport) -> None:
        self.remove(transport)
        transport.abort()  # not close(), which waits for a peer that may never read


def http_protocol(waiting: WaitingConnections) -> type[asyncio.Protocol]:
    """uvicorn's protocol of HTTP/1.1, which by itself waits for the end of a request's head for ever."""
    import h11
    from uvicorn.protocols.http.h11_impl import H11Protocol

    class Protocol(H11Protocol):
        def connection_made(self, transport: t.Any) -> None:
            super().connection_made(transport)
            waiting.add(transport)

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            cycle: t.Any = self.cycle  # the request that is being answered, None before the first
            idle = cycle is None or cycle.response_complete
            if idle and self.conn.their_state is h11.IDLE and not self.transport.is_closing():
                waiting.add(self.transport)
            else:
                waiting.remove(self.transport)

        def connection_lost(self, exc: Exception | None) -> None:
            waiting.remove(self.transport)
            super().connection_lost(exc)

    return Protocol


def bound_connections() -> None:
    """Give TLS handshakes as long as a request's head, and the process as many descriptors as it may have."""
    # The server that uvicorn makes takes asyncio's own time for a handshake, a minute.
    vars(constants)["SSL_HANDSHAKE_TIMEOUT"] = _HEAD_SECONDS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, _MOST_DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


class QuietErrors:
    """An event loop's exception handler: when descriptors run out, asyncio tells so thousands of times a second."""

    def __init__(self, clock: t.Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._told: dict[str, float] = {}

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, t.Any]) -> None:
        message, exc = str(context.get("message")), context.get("exception")
        if not isinstance(exc, OSError):
            loop.default_exception_handler(context)
            return
        now = self._clock()
        if now - self._told.get(message, -_LOG_SECONDS) >= _LOG_SECONDS:
            self._told[message] = now
            _log.warning("%s (%s); said once a minute", message, exc.strerror or type(exc).__name__)
