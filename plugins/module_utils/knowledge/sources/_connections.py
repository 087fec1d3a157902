# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections of a crawler that works inside somebody's network: only to addresses that it may reach, and never for longer than it has time."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import ipaddress
import socket
import threading
import typing as t

from ..._errors import ServiceError

if t.TYPE_CHECKING:
    from requests.adapters import HTTPAdapter

# Not private by its number, but a cloud's own service to its machines.
_METADATA: t.Final = frozenset({ipaddress.ip_address("168.63.129.16")})
# IPv6 addresses that stand for the IPv4 address in their last 32 bits.
_TRANSLATED: t.Final = ipaddress.ip_network("64:ff9b::/96")

_running = threading.local()


class AddressRefusedError(ServiceError):
    """A host has an address that is not public, and such addresses are not allowed."""


class Deadline:
    """Cuts the connection of this thread's request when its time, in seconds, is over: a server that drips never runs into a timeout between bytes."""

    def __init__(self, seconds: float) -> None:
        self.expired = False
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._timer = threading.Timer(seconds, self._expire)
        self._timer.daemon = True

    def __enter__(self) -> Deadline:
        _running.deadline = self
        self._timer.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._timer.cancel()
        _running.deadline = None
        with self._lock:
            self._socket = None

    def watch(self, connection: socket.socket) -> None:
        """Cut this connection when the time is over."""
        with self._lock:
            self._socket = connection
            if self.expired:
                self._cut()

    def _expire(self) -> None:
        with self._lock:
            self.expired = True
            self._cut()

    def _cut(self) -> None:
        if self._socket is not None:
            try:
                # Not the method of a TLS socket, which would take the encryption away under the reader.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
            except OSError:
                self._socket = None


def is_public(address: str) -> bool:
    """Tell whether an address is of the public internet: not private, loopback, link-local, reserved, multicast or a cloud's metadata service."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address):
        embedded = parsed.ipv4_mapped or parsed.sixtofour or (parsed.teredo[1] if parsed.teredo else None)
        if parsed in _TRANSLATED:
            embedded = ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)
        if embedded is not None:
            return is_public(str(embedded))
    return parsed.is_global and not parsed.is_multicast and parsed not in _METADATA


def check_literal(host: str) -> None:
    """Raise AddressRefusedError when ``host`` is written as an address that is not public; a name is nobody's to resolve but the proxy's."""
    bare = host.strip("[]").partition("%")[0]
    if bare == "localhost" or bare.endswith(".localhost"):
        raise _refused(host, "127.0.0.1")
    try:
        # Also 127.1, 0x7f000001 and 2130706433, as resolvers read them.
        literal = bare if ":" in bare else socket.inet_ntoa(socket.inet_aton(bare))
    except OSError:
        return
    if not is_public(literal):
        raise _refused(host, literal)


def adapter(*, public_only: bool) -> HTTPAdapter:
    """Return an adapter for a requests session, whose connections know their Deadline.

    With ``public_only`` a host is resolved once, every one of its addresses is checked, and the connection goes to a checked
    address; a name that resolves differently the next moment gains nothing. Connections to a proxy are not checked.
    """
    from requests.adapters import HTTPAdapter
    from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
    from urllib3.connection import HTTPConnection, HTTPSConnection

    class Watched:
        def getresponse(self) -> t.Any:
            deadline: Deadline | None = getattr(_running, "deadline", None)
            if deadline is not None:
                deadline.watch(t.cast("HTTPConnection", self).sock)
            return super().getresponse()  # type: ignore[misc]

    class Checked(Watched):
        def _new_conn(self) -> socket.socket:
            return _connect(self)

    def pools(*mixins: type) -> dict[str, t.Any]:
        plain = type("Connection", (*mixins, HTTPConnection), {})
        secure = type("SecureConnection", (*mixins, HTTPSConnection), {})
        return {
            "http": type("Pool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
            "https": type("SecurePool", (HTTPSConnectionPool,), {"ConnectionCls": secure}),
        }

    class Adapter(HTTPAdapter):
        def init_poolmanager(self, *args: t.Any, **options: t.Any) -> None:
            super().init_poolmanager(*args, **options)
            self.poolmanager.pool_classes_by_scheme = pools(Checked if public_only else Watched)

        def proxy_manager_for(self, proxy: str, **options: t.Any) -> t.Any:
            manager = super().proxy_manager_for(proxy, **options)
            if not proxy.lower().startswith("socks"):
                manager.pool_classes_by_scheme = pools(Watched)
            return manager

    return Adapter(max_retries=0)


def _connect(connection: t.Any) -> socket.socket:
    """Connect one of urllib3's connections to an address of its host that was checked."""
    from urllib3.exceptions import NameResolutionError, NewConnectionError
    from urllib3.util.connection import create_connection

    host, port = connection.host, connection.port
    try:
        found = socket.getaddrinfo(connection._dns_host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as exc:
        raise NameResolutionError(host, connection, t.cast("socket.gaierror", exc)) from exc
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for address in addresses:
        if not is_public(address):
            raise _refused(host, address)
    failure: OSError | None = None
    for address in addresses:
        try:
            return create_connection((address, port), connection.timeout, source_address=connection.source_address, socket_options=connection.socket_options)
        except OSError as exc:
            failure = exc
    raise NewConnectionError(connection, f"Failed to establish a new connection: {failure}") from failure


def _refused(host: str, address: str) -> AddressRefusedError:
    shown = host if host == address else f"{host} ({address})"
    return AddressRefusedError(f"{shown} is not an address of the public internet; set allow_private_addresses for the source if it is meant.", url=host)
