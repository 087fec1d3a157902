# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service that is asked several times for one question: its connections are kept open, and one that is gone is not waited for again and again."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import contextlib
import http.client
import json
import threading
import time
import typing as t

from .._errors import ConfigError, ServiceError
from ._http import Endpoint

_CONNECT_SECONDS = 3.0  # it is asked several times for one question, and each time may have to connect
_LONGEST_IN_A_QUESTION = 30.0  # timeout of a call; what may take longer is indexing, which must neither be refused nor stand in the way of questions
_SLOW_FAILURE_SECONDS = 0.5  # a service that refuses at once may be asked at once again
_PAUSE_SECONDS = 10.0  # after a failure that others would have to wait for, too
_MOST_IDLE = 16


class PooledEndpoint(Endpoint):
    """A service by its ``name`` in messages and the ``option`` that holds its address. Threads may share it.

    Every request may be sent twice, so it must do the same when it is: a kept connection may turn out to be closed by the other side.
    """

    def __init__(self, url: str, *, name: str, option: str, api_key: str | None = None, key_option: str | None = None) -> None:
        super().__init__(url)
        self.name = f"{name} at {self.shown}"
        self._option = option
        self._key_option = key_option
        if api_key:
            api_key = api_key.strip()
            if not (api_key.isascii() and api_key.isprintable()):
                raise ConfigError(f"{key_option} holds characters that an HTTP header cannot carry; set it to the bare key.")
            self.headers["Authorization"] = f"Bearer {api_key}"
        self._lock = threading.Lock()
        self._idle: list[http.client.HTTPConnection] = []
        self._paused_until = 0.0
        self._failure = ""

    def call(self, method: str, path: str, body: object = None, *, timeout: float) -> tuple[int, t.Any]:
        """Send one request, ``body`` being bytes of JSON or what is made JSON; return (HTTP status, decoded JSON).

        Raises ServiceError when there is no usable answer, or the key is refused.
        """
        data = body if body is None or isinstance(body, bytes) else json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        in_a_question = timeout <= _LONGEST_IN_A_QUESTION
        if in_a_question and time.monotonic() < self._paused_until:
            raise ServiceError(self._failure, url=self.shown)
        started = time.monotonic()
        try:
            status, raw = self._exchange(method, self._prefix + path, data, timeout)
        except (OSError, http.client.HTTPException) as exc:
            waited = time.monotonic() - started
            why = f"did not answer within {waited:.0f} seconds" if isinstance(exc, TimeoutError) else f"cannot be reached ({str(exc) or type(exc).__name__})"
            failure = f"{self.name} {why}; check {self._option} and that the service runs."
            if in_a_question and waited > _SLOW_FAILURE_SECONDS:
                self._failure = failure
                self._paused_until = time.monotonic() + _PAUSE_SECONDS
            self._close_idle()
            raise ServiceError(failure, url=self.shown) from exc
        if status in (401, 403) and self._key_option:
            raise ServiceError(
                f"{self.name} refused the API key (status {status}); set {self._key_option} to a key that it accepts.", url=self.shown, status=status
            )
        try:
            return status, json.loads(raw) if raw else None
        except ValueError as exc:
            raise ServiceError(
                f"{self.name} answered with status {status} and no JSON; check that {self._option} is the address of the right service.",
                url=self.shown,
                status=status,
            ) from exc

    def failed(self, status: int, answer: object) -> ServiceError:
        """The error for an answer that says that the service could not do it."""
        error = answer.get("message") or answer.get("error") if isinstance(answer, dict) else None
        told = error.get("message") if isinstance(error, dict) else error
        return ServiceError(
            f"{self.name} answered with status {status} ({told or 'no reason given'}); look into the service's log.", url=self.shown, status=status
        )

    def _exchange(self, method: str, path: str, data: bytes | None, timeout: float) -> tuple[int, bytes]:
        headers = {"Accept": "application/json", **self.headers}
        if data is not None:
            headers["Content-Type"] = "application/json"
        with self._lock:
            kept = self._idle.pop() if self._idle else None
        if kept is not None:
            # What else is idle is as old, and closed, too.
            with contextlib.suppress(ConnectionError, http.client.RemoteDisconnected, http.client.BadStatusLine):
                return self._send(kept, method, path, data, headers, timeout)
            self._close_idle()
        connection = self.connect(min(timeout, _CONNECT_SECONDS))
        return self._send(connection, method, path, data, headers, timeout)

    def _send(
        self, connection: http.client.HTTPConnection, method: str, path: str, data: bytes | None, headers: dict[str, str], timeout: float
    ) -> tuple[int, bytes]:
        try:
            connection.sock.settimeout(timeout)
            connection.request(method, path, body=data, headers=headers)
            response = connection.getresponse()
            raw = response.read()
        except BaseException:
            connection.close()
            raise
        if connection.sock is not None:  # None when the service closed it after this answer
            with self._lock:
                if len(self._idle) < _MOST_IDLE:
                    self._idle.append(connection)
                    return response.status, raw
            connection.close()
        return response.status, raw

    def _close_idle(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()
