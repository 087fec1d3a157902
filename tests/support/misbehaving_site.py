# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A documentation site on this machine: real pages from directories, and pages that misbehave as sites do."""

from __future__ import annotations

import email.utils
import hashlib
import http.server
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

MODIFIED = "Mon, 01 Jul 2024 10:00:00 GMT"
PROSE = "<p>The broker keeps every record of a topic on disk until it is older than the retention time that the topic is configured with. </p>"


class Answer(NamedTuple):
    """What to answer; a body that is longer or shorter than its Content-Length must name it, ``drip`` is seconds between single bytes."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = {}
    drip: float = 0.0


class Request(NamedTuple):
    path: str
    headers: dict[str, str]
    at: float


def html(content: str, *, title: str = "Topics", head: str = "", enough: bool = True, **headers: str) -> Answer:
    """A page; with enough text to be one, unless it is not meant to be."""
    text = f"<html><head><title>{title}</title>{head}</head><body><h1>{title}</h1>{content}{PROSE * 3 if enough else ''}</body></html>"
    return Answer(text.encode(), headers={"Content-Type": "text/html; charset=utf-8", **{name.replace("_", "-"): value for name, value in headers.items()}})


class Site:
    """The server. ``pages`` are answers by path, or functions that make them of the request's headers; ``directories`` are of real pages."""

    def __init__(self, directories: Mapping[str, Path] | None = None, context: ssl.SSLContext | None = None) -> None:
        self.pages: dict[str, Answer | Callable[[dict[str, str]], Answer]] = {}
        self.directories = dict(directories or {})
        self.requests: list[Request] = []
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                headers = dict(self.headers)
                site.requests.append(Request(self.path, headers, time.monotonic()))
                answer = site._answer(self.path, headers)
                self.send_response(answer.status)
                for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
                    if value:
                        self.send_header(name, value)
                if "Content-Length" in answer.headers:
                    self.send_header("Connection", "close")
                    self.close_connection = True
                self.end_headers()
                if not answer.drip:
                    self.wfile.write(answer.body)
                    return
                for byte in answer.body:
                    self.wfile.write(bytes([byte]))
                    time.sleep(answer.drip)

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *args: object) -> None:
                """Clients that give up are meant."""

        self._server = Server(("127.0.0.1", 0), Handler)
        if context is not None:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_address[1]
        self.url = f"http{'s' if context else ''}://127.0.0.1:{self.port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def asked(self) -> list[str]:
        """The paths of all requests."""
        return [request.path for request in self.requests]

    def _answer(self, path: str, headers: dict[str, str]) -> Answer:
        page = self.pages.get(path)
        if page is not None:
            return page if isinstance(page, Answer) else page(headers)
        for prefix, directory in self.directories.items():
            if path.startswith(prefix) and (directory / path.removeprefix(prefix)).is_file():
                return conditional((directory / path.removeprefix(prefix)).read_bytes(), headers)
        return Answer(b"<h1>Not found</h1>", 404, {"Content-Type": "text/html"})


def conditional(body: bytes, headers: Mapping[str, str]) -> Answer:
    """A page with an ETag and a date, or 304 when the asker has it."""
    etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    validators = {"ETag": etag, "Last-Modified": MODIFIED}
    if headers.get("If-None-Match") == etag:
        return Answer(b"", 304, validators)
    return Answer(body, headers={"Content-Type": "text/html", **validators})


def busy(times: int, answer: Answer, status: int, retry_after: str | Callable[[], str]) -> Callable[[dict[str, str]], Answer]:
    """A page that comes only after so many refusals."""
    left = [times]

    def page(_headers: dict[str, str]) -> Answer:
        left[0] -= 1
        after = retry_after if isinstance(retry_after, str) else retry_after()
        return Answer(b"busy", status, {"Retry-After": after}) if left[0] >= 0 else answer

    return page


def in_seconds(seconds: float) -> str:
    """A date so far ahead, as HTTP writes it."""
    return email.utils.formatdate(time.time() + seconds, usegmt=True)


class Clock:
    """A clock that runs only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []
        self._lock = threading.Lock()

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.slept.append(seconds)
            self.now += seconds
