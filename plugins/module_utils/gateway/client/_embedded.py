# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The caller's side of the embedded gateway: find it, start it when it is not there, send it one request."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import http.client
import json
import os
import pathlib
import select
import stat
import subprocess
import time
import typing as t

from ..._errors import ConfigError, ServiceError
from ...clients._http import Endpoint
from .._config import CONFIG_HEADER
from ._responses import EVENT_STREAM, is_event_stream, raise_for, read_events

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ...answering._result import Result
    from .._config import GatewayConfig

_START_SECONDS = 90  # importing the web framework from a cold disk on a busy machine; normally one or two
_STOP_SECONDS = 30
_LOG_LIMIT = 2_000_000  # bytes; one older log is kept
_LOADING_SECONDS = 120  # on top of a question's own time: the first one waits for the embedding model and perhaps the language model


class _UnansweredError(ServiceError):
    """The gateway ended before the first byte of its answer."""


_NONE_RUNS = (FileNotFoundError, ConnectionRefusedError, _UnansweredError)


class EmbeddedGateway:
    """The embedded gateway of one configuration."""

    def __init__(self, config: GatewayConfig) -> None:
        self._config = config
        self._endpoint = Endpoint(f"unix:{config.socket_path}")
        self._headers = {CONFIG_HEADER: config.fingerprint}

    def request(self, method: str, path: str, body: object = None, *, timeout: float) -> dict[str, t.Any]:
        """Send one request, starting or replacing the gateway when needed. Raises the engine's errors."""
        with self._errors(timeout), self._send(method, path, body, timeout) as response:
            return _decode(response)

    def ask(self, question: dict[str, t.Any], *, timeout: float, report: Callable[[str], None] | None = None) -> Result:
        """As request(), for a question; with ``report`` that is called with each piece of the answer as it is written."""
        timeout += _LOADING_SECONDS
        headers = None if report is None else EVENT_STREAM
        with self._errors(timeout), self._send("POST", "/query", question, timeout, headers) as response:
            if report is not None and is_event_stream(response):
                return read_events(response, report)
            return t.cast("Result", _decode(response))

    def stream(self, method: str, path: str, body: object = None, *, timeout: float) -> Iterator[dict[str, t.Any]]:
        """As request(), for answers that come as one JSON object a line; ``timeout`` is that of one line."""
        with self._errors(timeout), self._send(method, path, body, timeout) as response:
            for line in response:
                decoded = json.loads(line)
                raise_for(decoded, response.status)
                yield decoded

    def status(self) -> dict[str, t.Any] | None:
        """The running gateway's health, of whatever configuration it is, or None when none runs."""
        try:
            with self._errors(10), self._open("GET", "/health", None, 10, {}) as response:
                return t.cast("dict[str, t.Any]", json.loads(response.read()))
        except _NONE_RUNS:
            return None

    def matches(self) -> bool:
        """Whether a gateway of this configuration and version runs."""
        try:
            with self._open("GET", "/health", None, 10, self._headers) as response:
                return response.status != http.client.MISDIRECTED_REQUEST
        except _NONE_RUNS:
            return False

    def start(self) -> bool:
        """Start the gateway unless one of this configuration runs; return whether it had to be started."""
        if self.matches():
            return False
        self.request("GET", "/health", timeout=_START_SECONDS)
        return True

    def stop(self) -> bool:
        """Stop the gateway when its running questions are answered; return whether one ran."""
        with self._start_lock():
            return self._stop()

    # -- the request ---------------------------------------------------------------------------------------------------------

    def _send(self, method: str, path: str, body: object, timeout: float, headers: t.Mapping[str, str] | None = None) -> http.client.HTTPResponse:
        unanswered = False
        for _attempt in range(3):
            try:
                response = self._open(method, path, body, timeout, {**self._headers, **(headers or {})})
            except _NONE_RUNS as exc:
                if isinstance(exc, _UnansweredError):
                    # Most likely it was just ending, being idle or replaced. Where it died of the request, once more is enough.
                    if unanswered:
                        raise
                    unanswered = True
                self._start()
                continue
            if response.status != http.client.MISDIRECTED_REQUEST:
                return response
            response.close()
            self._replace()
        raise ServiceError(f"The gateway in {self._config.state_dir} is replaced again and again; give each configuration in use a state_dir of its own.")

    def _open(self, method: str, path: str, body: object, timeout: float, headers: dict[str, str]) -> http.client.HTTPResponse:
        """Send one request to whatever gateway runs; the errors of _NONE_RUNS say that none does."""
        with self._errors(timeout):
            self._config.require_own_directories()
            owner = os.stat(self._config.socket_path).st_uid
            if owner != os.getuid():
                raise ConfigError(f"The gateway in {self._config.state_dir} belongs to another user (uid {owner}); set state_dir to a directory of your own.")
            try:
                return self._endpoint.open(method, path, body, timeout=timeout, headers=headers)
            except (ConnectionResetError, BrokenPipeError) as exc:  # RemoteDisconnected is one too; status and headers come in one piece or not at all
                raise _UnansweredError(self._ended()) from exc

    def _ended(self) -> str:
        return f"The gateway ended while it was answering; ask again, and read {self._config.log_path} if it happens twice."

    @contextlib.contextmanager
    def _errors(self, timeout: float) -> Iterator[None]:
        log = self._config.log_path
        try:
            yield
        except (FileNotFoundError, ConnectionRefusedError):
            raise
        except TimeoutError as exc:
            raise ServiceError(f"The gateway did not answer within {timeout:.0f} seconds; read {log}, or give a question more 'timeout'.") from exc
        except (ConnectionError, http.client.HTTPException, ValueError) as exc:
            raise ServiceError(self._ended()) from exc
        except OSError as exc:
            raise ServiceError(
                f"The gateway's socket {self._config.socket_path} cannot be used ({exc.strerror}); set state_dir to a directory of your own."
            ) from exc

    # -- starting and stopping -----------------------------------------------------------------------------------------------

    def _start(self) -> None:
        """Start the gateway; of many callers at once one starts it and the others wait for it."""
        with self._start_lock():
            if self.status() is None:
                self._spawn()

    def _replace(self) -> None:
        with self._start_lock():
            if not self.matches():  # else another caller has replaced it meanwhile
                self._stop()
                self._spawn()

    def _stop(self) -> bool:
        running = self.status()
        if running is None:
            return False
        with contextlib.suppress(OSError, ServiceError):
            self._open("POST", "/shutdown", {}, 10, {}).close()
        deadline = time.monotonic() + _STOP_SECONDS
        while time.monotonic() < deadline:
            if not os.path.exists(self._config.socket_path):
                return True
            time.sleep(0.05)
        raise ServiceError(
            f"The gateway (process {running['pid']}) is still busy after {_STOP_SECONDS} seconds; wait for its questions to end, then try again."
        )

    def _spawn(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._config.socket_path)
        plugins = pathlib.Path(__file__).parents[3]
        environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONHOME", "PYTHONSTARTUP")}
        environment["PYTHONPATH"] = str(plugins)
        try:
            with self._log() as log:
                process = subprocess.Popen(
                    [self._config.gateway_python, "-m", "module_utils.gateway"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    cwd=self._config.state_dir,
                    env=environment,
                    start_new_session=True,
                )
        except OSError as exc:
            raise ConfigError(
                f"The gateway cannot be started with gateway_python '{self._config.gateway_python}' ({exc.strerror}); name a Python 3.11 or newer."
            ) from exc
        line = self._await_ready(process)
        if not line:
            raise ServiceError(
                f"The gateway ended while starting; read {self._config.log_path}, and check that gateway_python '{self._config.gateway_python}' "
                "is a Python 3.11 or newer."
            )
        raise_for(json.loads(line), http.client.OK)

    def _await_ready(self, process: subprocess.Popen[bytes]) -> bytes:
        """Hand the configuration over and return the line that the gateway says when it is ready or cannot start; empty when it died."""
        if process.stdin is None or process.stdout is None:
            raise ValueError("the gateway's input and output must be pipes")
        with process.stdin, process.stdout:
            # By pipe, not by argument or environment: the configuration may hold an API key.
            with contextlib.suppress(BrokenPipeError):
                process.stdin.write(json.dumps(dataclasses.asdict(self._config)).encode() + b"\n")
                process.stdin.flush()
            if not select.select([process.stdout], [], [], _START_SECONDS)[0]:
                process.kill()
                raise ServiceError(f"The gateway did not start within {_START_SECONDS} seconds; read {self._config.log_path}.")
            return process.stdout.readline()

    @contextlib.contextmanager
    def _start_lock(self) -> Iterator[None]:
        try:
            os.makedirs(self._config.state_dir, mode=0o700, exist_ok=True)
            os.makedirs(os.path.dirname(self._config.socket_path), mode=0o700, exist_ok=True)
            self._config.require_own_directories()
            lock = open(os.path.join(self._config.state_dir, "gateway.start"), "a", encoding="ascii")  # noqa: SIM115
        except OSError as exc:
            raise ConfigError(f"state_dir {self._config.state_dir} cannot be used ({exc.strerror}); set it to a directory that you can write to.") from exc
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _log(self) -> t.IO[bytes]:
        path = self._config.log_path
        with contextlib.suppress(FileNotFoundError):
            if os.stat(path)[stat.ST_SIZE] > _LOG_LIMIT:
                os.replace(path, f"{path}.1")
        return open(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab")


def _decode(response: http.client.HTTPResponse) -> dict[str, t.Any]:
    decoded: dict[str, t.Any] = json.loads(response.read())
    if response.status >= http.client.BAD_REQUEST:
        raise_for(decoded, response.status)
    return decoded
