# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The caller's side of a served gateway: one request a question, over TCP, TLS or a unix socket, tried again while the gateway is busy or restarting."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import contextlib
import http.client
import json
import random
import re
import socket
import time
import typing as t

from ..._errors import ConfigError, InfraLlmError, ServiceError
from ...clients._http import CONNECT_SECONDS, Endpoint
from ...clients._retry_after import seconds_to_wait
from ._responses import EVENT_STREAM, is_event_stream, raise_for, read_events
from ._served_errors import ServedErrors

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ...answering._result import Result
    from ._address import GatewayAddress

_RESTART_SECONDS = 10.0  # a service that is being restarted refuses connections, or has no socket, no longer than this
_GRACE_SECONDS = 2.0  # beyond the deadline, so that the gateway itself can say or do what it does when the time is up
_HEALTH_SECONDS = 10.0
_FIRST_PAUSE = 0.25  # seconds; doubled with each attempt up to the longest one
_LONGEST_PAUSE = 4.0
_LONGEST_ASKED_FOR = 60.0  # of the pauses that a gateway asks for by Retry-After
_LOST_ATTEMPTS = 3  # of a question whose connection is lost before the first byte of an answer
_BUSY = frozenset({http.client.TOO_MANY_REQUESTS, http.client.SERVICE_UNAVAILABLE})
_TOKEN = re.compile(r"[\x21-\x7e]+")


class _Request(t.NamedTuple):
    """A request and how long it may take: ``deadline`` is a time of time.monotonic(), ``seconds`` what it was given at first."""

    method: str
    path: str
    body: t.Any
    headers: t.Mapping[str, str]
    deadline: float
    seconds: float
    repeatable: bool
    waits: bool = True  # while the gateway is busy


class _TimedResponse:
    """A response whose body is not waited for beyond the deadline; iterating gives its lines."""

    def __init__(self, response: http.client.HTTPResponse, wire: socket.socket, deadline: float) -> None:
        self.response = response
        self._wire = wire
        self._deadline = deadline

    def read(self) -> bytes:
        """The whole body."""
        return self._within_time().read()

    def __iter__(self) -> Iterator[bytes]:
        while line := self._within_time().readline():
            yield line

    def _within_time(self) -> http.client.HTTPResponse:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._wire.settimeout(left)
        return self.response


class ServedGateway:
    """The gateway at an address."""

    def __init__(self, address: GatewayAddress) -> None:
        try:
            self._endpoint = Endpoint(address.gateway_url, address.gateway_ca_bundle)
        except ConfigError as exc:
            raise ConfigError(f"gateway_url {exc.message}") from None
        self._token = (address.gateway_token or "").strip()
        if self._token:
            if not _TOKEN.fullmatch(self._token):
                raise ConfigError("gateway_token holds characters that no token has, such as a blank or a line break; set it to the bare token.")
            self._endpoint.headers["Authorization"] = f"Bearer {self._token}"
        self._errors = ServedErrors(self._endpoint, has_token=bool(self._token), ca_bundle=address.gateway_ca_bundle)

    def request(self, method: str, path: str, body: object = None, *, timeout: float) -> dict[str, t.Any]:
        """Send one request and return the JSON object that answers it. Raises the engine's errors."""
        with self._responding(_request(method, path, body, timeout)) as answer:
            return self._decode(answer, path)

    def ask(self, question: dict[str, t.Any], *, timeout: float, report: Callable[[str], None] | None = None) -> Result:
        """Ask and return the result; with ``report`` that is called with each piece of the answer as it is written."""
        headers = None if report is None else EVENT_STREAM
        with self._responding(_request("POST", "/query", question, timeout, repeatable=True, headers=headers)) as answer:
            if report is not None and is_event_stream(answer.response):
                return read_events(answer, report)
            return t.cast("Result", self._decode(answer, "/query"))

    def stream(self, method: str, path: str, body: object = None, *, timeout: float) -> Iterator[dict[str, t.Any]]:
        """As request(), for answers that come as one JSON object a line; ``timeout`` is that of one line."""
        with self._responding(_request(method, path, body, timeout)) as answer:
            if answer.response.status != http.client.OK:
                self._decode(answer, path)
            for line in answer.response:
                decoded = json.loads(line)
                raise_for(decoded, http.client.OK)
                yield decoded

    def status(self) -> dict[str, t.Any]:
        """The gateway's health, also when it says that it cannot answer questions. Raises ServiceError when it does not say."""
        with self._responding(_request("GET", "/health", None, _HEALTH_SECONDS)._replace(waits=False)) as answer:
            return self._decode(answer, "/health")

    @contextlib.contextmanager
    def _responding(self, request: _Request) -> Iterator[_TimedResponse]:
        """Send the request until it is answered; what goes wrong with it, also while its answer is read, becomes one sentence."""
        try:
            answer = self._send(request)
            with answer.response:
                yield answer
        except InfraLlmError as exc:
            if self._token and self._token in exc.message:
                raise ServiceError(exc.message.replace(self._token, "[redacted]"), url=self._endpoint.shown) from None
            raise
        except TimeoutError as exc:
            raise self._errors.too_late(request.seconds) from exc
        except (OSError, http.client.HTTPException, ValueError) as exc:
            raise self._errors.broken_off() from exc

    def _send(self, request: _Request) -> _TimedResponse:
        """Send the request, once more when it was not answered and may be; OSError and HTTPException are those of a begun answer."""
        started = time.monotonic()
        attempt = 0
        while True:
            pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**attempt)
            attempt += 1
            try:
                answer = self._attempt(request)
            except (ConnectionRefusedError, FileNotFoundError) as exc:
                failure = self._errors.unanswered(exc)
                again = time.monotonic() - started < _RESTART_SECONDS
            except (ConnectionResetError, BrokenPipeError) as exc:  # RemoteDisconnected is one too
                failure = self._errors.unanswered(exc)
                again = request.repeatable and attempt < _LOST_ATTEMPTS
            else:
                if answer.response.status not in _BUSY or not request.waits:
                    return answer
                asked_for = _asked_for(answer.response)
                pause = max(pause, asked_for)
                with answer.response:
                    failure = self._errors.busy(answer.response.status, answer.read(), asked_for)
                again = True
            # Never before the gateway wants it, and not all of a crowd at the same moment.
            pause += random.uniform(0, pause)  # noqa: S311
            if not again or time.monotonic() + pause >= request.deadline:
                raise failure
            time.sleep(pause)

    def _attempt(self, request: _Request) -> _TimedResponse:
        """One attempt. Raises ServiceError too.

        ConnectionRefusedError, ConnectionResetError, BrokenPipeError and FileNotFoundError, that of a unix socket, mean that nothing was answered.
        """
        left = request.deadline - time.monotonic()
        try:
            connection = self._endpoint.connect(left)
        except TimeoutError as exc:
            if left < CONNECT_SECONDS:
                raise
            raise self._errors.unaccepted(CONNECT_SECONDS) from exc
        except (ConnectionRefusedError, ConnectionResetError, FileNotFoundError):
            raise
        except OSError as exc:
            raise self._errors.unanswered(exc) from exc
        wire = connection.sock
        try:
            deadline = request.deadline + _GRACE_SECONDS
            wire.settimeout(deadline - time.monotonic())
            body = request.body
            if isinstance(body, dict) and "timeout" in body:
                body = {**body, "timeout": max(1.0, min(body["timeout"], left))}  # what the attempts before have left of it
            # Who refuses a large body may close before it has read all of it, and has answered all the same.
            with contextlib.suppress(ConnectionResetError, BrokenPipeError):
                self._endpoint.send(connection, request.method, request.path, body, headers=request.headers)
            if not self._endpoint.secure and wire.recv(1, socket.MSG_PEEK):
                try:
                    return _TimedResponse(connection.getresponse(), wire, deadline)
                except ConnectionError as exc:
                    raise self._errors.broken_off() from exc
            return _TimedResponse(connection.getresponse(), wire, deadline)
        except http.client.RemoteDisconnected:
            connection.close()
            raise
        except http.client.HTTPException as exc:
            connection.close()
            raise self._errors.unanswered(exc) from exc
        except BaseException:
            connection.close()
            raise

    def _decode(self, answer: _TimedResponse, path: str) -> dict[str, t.Any]:
        """The answer's JSON object. Raises what the gateway said, or what its status means."""
        status, raw = answer.response.status, answer.read()
        try:
            decoded = json.loads(raw)
        except ValueError:
            decoded = None
        if isinstance(decoded, dict):
            unwell = status == http.client.SERVICE_UNAVAILABLE and "dependencies" in decoded
            if status < http.client.MULTIPLE_CHOICES or unwell:
                return decoded  # a job that failed has an error as well
        raise self._errors.refused(status, decoded, path, answer.response.getheader("Location"))


def _request(method: str, path: str, body: object, timeout: float, *, repeatable: bool = False, headers: t.Mapping[str, str] | None = None) -> _Request:
    return _Request(method, path, body, headers or {}, time.monotonic() + timeout, timeout, repeatable or method == "GET")


def _asked_for(response: http.client.HTTPResponse) -> float:
    """Seconds of Retry-After; 0 when there is none."""
    return seconds_to_wait(response.getheader("Retry-After") or "", _LONGEST_ASKED_FOR) or 0.0
