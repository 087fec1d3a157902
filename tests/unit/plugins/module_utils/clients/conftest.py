# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server that gives the answers it is told to, and remembers what it was asked."""

from __future__ import annotations

import http.server
import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest


class Reply(NamedTuple):
    """What to answer: a status and a body, JSON unless it is bytes, after so many seconds."""

    body: Any
    status: int = 200
    delay: float = 0.0
    content_type: str = "application/json"


class Service:
    """The server's address, and its requests as (method and path, body, headers)."""

    def __init__(self, routes: dict[str, Reply]) -> None:
        self.requests: list[tuple[str, Any, dict[str, str]]] = []
        service = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                asked = f"{self.command} {self.path}"
                service.requests.append((asked, json.loads(body) if body else None, dict(self.headers)))
                reply = routes.get(asked, Reply(b"<html>not found</html>", 404))
                time.sleep(reply.delay)
                raw = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
                self.send_response(reply.status)
                self.send_header("Content-Type", reply.content_type)
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            do_GET = do_POST = answer  # noqa: N815

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, *args: object) -> None:
                """Clients that give up are meant."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()


@pytest.fixture
def reply() -> type[Reply]:
    return Reply


@pytest.fixture
def serve() -> Iterator[Callable[[dict[str, Reply]], Service]]:
    services = []

    def start(routes: dict[str, Reply]) -> Service:
        services.append(Service(routes))
        return services[-1]

    yield start
    for service in services:
        service.server.shutdown()
        service.server.server_close()
