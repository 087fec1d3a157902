# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON over HTTP with the standard library alone: over TCP, TLS or a unix socket. The hot path of every lookup goes through here."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import http.client
import json
import socket
import time
import typing as t
from urllib.parse import urlsplit

from .._errors import ConfigError, ServiceError

if t.TYPE_CHECKING:
    import ssl

CONNECT_SECONDS = 10.0  # within which a machine that is there accepts a connection


class _UnixConnection(http.client.HTTPConnection):
    """An HTTP connection to a unix socket."""

    def __init__(self, socket_path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._socket_path = socket_path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        try:
            self.sock.connect(self._socket_path)
        except OSError:
            self.sock.close()
            raise


class Endpoint:
    """Where a service listens: ``http://host:port/prefix``, ``https://...`` or ``unix:/path/of.sock``.

    ``shown`` is the address for messages: credentials in it are left out. ``ca_bundle`` is a file with the certificates of the authorities to trust
    in place of the system's.
    """

    def __init__(self, url: str, ca_bundle: str | None = None) -> None:
        self.headers: dict[str, str] = {}
        self.secure = False
        self._ca_bundle = ca_bundle
        self._socket_path: str | None = None
        self._prefix = ""
        self._kept_context: ssl.SSLContext | None = None
        if url.startswith("unix:"):
            self._socket_path = url.removeprefix("unix:")
            self.shown = url
            return
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as exc:
            raise ConfigError(
                f"'{_without_credentials(url)}' is not an address of a service ({exc}); write it as http://HOST:PORT or https://HOST:PORT."
            ) from exc
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ConfigError(f"'{_without_credentials(url)}' is not an address of a service; write it as http://HOST:PORT or https://HOST:PORT.")
        self.secure = parts.scheme == "https"
        self._host = parts.hostname
        self._port = port
        self._prefix = parts.path.rstrip("/")
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        self.shown = f"{parts.scheme}://{host}{f':{port}' if port else ''}{self._prefix}"

    def _connection(self, timeout: float) -> http.client.HTTPConnection:
        if self._socket_path is not None:
            return _UnixConnection(self._socket_path, timeout)
        if self.secure:
            return http.client.HTTPSConnection(self._host, self._port, timeout=timeout, context=self._context())
        return http.client.HTTPConnection(self._host, self._port, timeout=timeout)

    def _context(self) -> ssl.SSLContext:
        if self._kept_context is not None:  # reading the authorities of a system takes tens of milliseconds
            return self._kept_context
        import ssl  # only where it is needed, with the time that it takes

        try:
            self._kept_context = ssl.create_default_context(cafile=self._ca_bundle)
            return self._kept_context
        except OSError as exc:
            reason = "it holds no certificate in PEM form" if isinstance(exc, ssl.SSLError) else exc.strerror
            raise ConfigError(f"The CA bundle {self._ca_bundle} cannot be used ({reason}); give a PEM file with the certificate of your authority.") from exc

    def connect(self, timeout: float) -> http.client.HTTPConnection:
        """Connect within CONNECT_SECONDS, for send(), and give what follows ``timeout`` seconds; OSError is the caller's.

        Raises ConfigError when the CA bundle cannot be used.
        """
        connection = self._connection(min(timeout, CONNECT_SECONDS))
        try:
            connection.connect()
            connection.sock.settimeout(timeout)
        except BaseException:
            connection.close()
            self._kept_context = None  # the authorities to trust may be others since
            raise
        return connection

    def open(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        timeout: float,
        headers: t.Mapping[str, str] | None = None,
        on_connect: t.Callable[[socket.socket], None] | None = None,
    ) -> http.client.HTTPResponse:
        """Send one request and return the response with its body unread; OSError and HTTPException are the caller's.

        ``on_connect`` is given the connection's socket, by which another thread can end a wait for the answer.
        """
        try:
            connection = self.connect(timeout)
        except TimeoutError as exc:
            if timeout <= CONNECT_SECONDS:
                raise
            raise ConnectionError(f"no connection within {CONNECT_SECONDS:.0f} seconds") from exc
        try:
            self.send(connection, method, path, body, headers=headers)
            if on_connect is not None:
                on_connect(connection.sock)
            return connection.getresponse()
        except BaseException:
            connection.close()
            raise

    def send(self, connection: http.client.HTTPConnection, method: str, path: str, body: object = None, *, headers: t.Mapping[str, str] | None = None) -> None:
        """Send one request, to be answered by ``connection.getresponse()``; OSError and HTTPException are the caller's."""
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        sent = {"Accept": "application/json", "Connection": "close", **self.headers, **(headers or {})}
        if data is not None:
            sent["Content-Type"] = "application/json"
        connection.request(method, self._prefix + path, body=data, headers=sent)

    def request(
        self, method: str, path: str, body: object = None, *, timeout: float, headers: t.Mapping[str, str] | None = None
    ) -> tuple[int, dict[str, t.Any]]:
        """Send one request; return (HTTP status, decoded JSON object). Raises ServiceError when there is no usable answer."""
        started = time.monotonic()
        try:
            with self.open(method, path, body, timeout=timeout, headers=headers) as response:
                status, raw = response.status, response.read()
        except TimeoutError as exc:
            waited = time.monotonic() - started
            message = f"{self.shown} did not answer within {waited:.0f} seconds; look at its load and log, or raise 'timeout'."
            raise ServiceError(message, url=self.shown) from exc
        except (OSError, http.client.HTTPException) as exc:
            message = f"{self.shown} cannot be reached ({str(exc) or type(exc).__name__}); check the address and that the service runs."
            raise ServiceError(message, url=self.shown) from exc
        try:
            decoded = json.loads(raw) if raw else {}
        except ValueError:
            decoded = None
        if not isinstance(decoded, dict):
            raise ServiceError(
                f"{self.shown}{path} answered with status {status} and no JSON object; check that the address is that of the right service.",
                url=self.shown,
                status=status,
            )
        return status, decoded


def server_root(url: str) -> str:
    """The address of a server of the OpenAI API, which some write with the path of that API."""
    return url.rstrip("/").removesuffix("/v1")


def _without_credentials(url: str) -> str:
    """An address that cannot be parsed, for a message."""
    scheme, separator, rest = url.rpartition("://")
    return scheme + separator + rest.rpartition("@")[2].partition("?")[0]
