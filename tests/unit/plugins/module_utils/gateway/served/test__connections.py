# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway.served import _connections
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway.served._connections import QuietErrors, WaitingConnections, http_protocol

MOST = 20
REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


async def hello(_scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
    await send({"type": "http.response.body", "body": b"hello"})


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(_connections, "_HEAD_SECONDS", 2.0)
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(hello, http=http_protocol(WaitingConnections(MOST)), lifespan="off", log_config=None))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield listener.getsockname()[1]
    server.should_exit = True
    thread.join(10)


def connect(port: int, sent: bytes) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=10)
    connection.sendall(sent)
    return connection


def is_closed(connection: socket.socket, seconds: float) -> bool:
    """Tell whether the server closes the connection within that time."""
    connection.settimeout(seconds)
    with contextlib.suppress(TimeoutError, BlockingIOError):
        try:
            return connection.recv(1) == b""
        except ConnectionError:
            return True
    return False


def test_half_a_head_is_not_waited_for_and_keeps_nobody_out(port: int) -> None:
    halves = [connect(port, b"GET / HTTP/1.1\r\nX: " if number % 2 else b"") for number in range(3 * MOST)]
    whole = connect(port, REQUEST)
    assert b"hello" in whole.recv(4_096)
    assert all(is_closed(half, 1) for half in halves[:MOST]), "the oldest made room"
    started = time.monotonic()
    assert all(is_closed(half, 5) for half in halves)
    assert time.monotonic() - started < 5


def test_a_connection_that_asks_again_is_waited_for_like_a_new_one(port: int) -> None:
    kept = connect(port, REQUEST)
    assert b"hello" in kept.recv(4_096)
    kept.sendall(REQUEST[:10])
    assert is_closed(kept, 5)


def test_that_descriptors_run_out_is_said_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    now = 0.0
    handler = QuietErrors(lambda: now)
    loop = asyncio.new_event_loop()
    for _attempt in range(1_000):
        handler(loop, {"message": "socket.accept() out of system resource", "exception": OSError(errno.EMFILE, "Too many open files")})
    assert [record.getMessage() for record in caplog.records] == ["socket.accept() out of system resource (Too many open files); said once a minute"]
    now = 61.0
    handler(loop, {"message": "socket.accept() out of system resource", "exception": OSError(errno.EMFILE, "Too many open files")})
    assert len(caplog.records) == 2
    loop.close()
