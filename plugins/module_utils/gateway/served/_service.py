# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A served gateway: the API on TCP for callers with a token, and on a unix socket for the service's own user, until the service is stopped."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import socket
import ssl
import stat
import sys
import typing as t

from ..._errors import ConfigError, InfraLlmError, ServiceError
from ..._version import VERSION
from ...catalogue._entries import use_catalogue
from .._process import SocketFile, exclusive_directories, require_packages
from ._app import ServedApp
from ._config import ServedConfig, is_loopback, read_config
from ._connections import QuietErrors, WaitingConnections, bound_connections, http_protocol
from ._request_log import JsonLines
from ._systemd import notify, watchdog_seconds

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    import uvicorn

_log = logging.getLogger("infra_llm.gateway")
_MISCONFIGURED = 78  # EX_CONFIG; systemd does not start it again then
_DRAIN_SECONDS = 60.0  # for the questions that are being answered when the service is stopped
_CLOSING_SECONDS = 5
_BACKLOG = 2_048
_LOOK_SECONDS = 5.0


def main(arguments: list[str]) -> int:
    """Serve until stopped; returns the process's exit status."""
    parser = argparse.ArgumentParser(prog="gateway", description="The gateway of infra_llm.assistant as a service.")
    parser.add_argument("--config", required=True, metavar="FILE", help="configuration file, in YAML")
    path = parser.parse_args(arguments).config
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    for library in ("httpx", "uvicorn"):
        logging.getLogger(library).setLevel(logging.WARNING)
    status = _MISCONFIGURED
    try:
        config = read_config(os.path.abspath(path))
        use_catalogue(config.engine.catalogue)
        require_packages(config.engine, needed_for="the gateway", requirements="gateway.txt", more={"prometheus_client": "prometheus_client"})
        status = 1  # what fails from here on may pass: a full disk, an address in use
        with exclusive_directories(config.engine), _listeners(config) as listeners:
            asyncio.run(_Service(config, path).run(*listeners))
    except InfraLlmError as exc:
        _log.error("%s", exc.message)
        return status
    except OSError as exc:
        _log.error("cannot start: %s; check free space and the owner of %s", exc, path)
        return 1
    return 0


class _Service:
    def __init__(self, config: ServedConfig, path: str) -> None:
        self._config = config
        self._path = path

    async def run(self, tcp: socket.socket, unix: socket.socket) -> None:
        """Serve on both sockets until a signal or POST /shutdown ends it."""
        bound_connections()
        asyncio.get_running_loop().set_exception_handler(QuietErrors())
        ending = asyncio.Event()
        app = ServedApp(self._config, ending.set)
        servers = [self._server(app.for_tcp, tls=True), self._server(app.for_socket)]
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, ending.set)
        loop.add_signal_handler(signal.SIGHUP, self._read_again, app, servers[0])
        app.warm_up()
        serving = [asyncio.ensure_future(server.serve(sockets=[listener])) for server, listener in zip(servers, (tcp, unix), strict=True)]
        while not all(server.started for server in servers) and not any(task.done() for task in serving):
            await asyncio.sleep(0.01)
        shown = f"{self._config.gateway_host} port {self._config.gateway_port}, socket {self._config.gateway_socket}"
        _log.info("gateway %s started: process %d, %s, knowledge %s", VERSION, os.getpid(), shown, self._config.engine.knowledge_dir)
        notify("READY=1")
        watchdog = asyncio.ensure_future(_watchdog())
        vanished = asyncio.ensure_future(_vanished(SocketFile(self._config.gateway_socket)))
        await asyncio.wait({asyncio.ensure_future(ending.wait()), vanished, *serving}, return_when=asyncio.FIRST_COMPLETED)
        _log.info("stop requested")
        notify("STOPPING=1")
        # New questions are told to come back, on connections that go on being accepted, while the others are answered.
        await app.close(_DRAIN_SECONDS)
        for server in servers:
            server.should_exit = True
        await asyncio.gather(*serving)
        watchdog.cancel()
        if vanished.done():
            raise ServiceError(f"{self._config.gateway_socket} is gone; the gateway ends so that it is started again.")
        _log.info("gateway ended")

    def _server(self, app: t.Any, *, tls: bool = False) -> uvicorn.Server:
        import uvicorn

        class Server(uvicorn.Server):
            @contextlib.contextmanager
            def capture_signals(self) -> Iterator[None]:
                yield  # of two servers in one loop none can have them

        settings: dict[str, t.Any] = {
            "http": http_protocol(WaitingConnections()),
            "ws": "none",
            "log_config": None,
            "access_log": False,
            "lifespan": "off",
            "server_header": False,
            "proxy_headers": False,
            "timeout_keep_alive": 30,
            "timeout_graceful_shutdown": _CLOSING_SECONDS,
            "backlog": _BACKLOG,
        }
        if tls and self._config.gateway_tls_certificate is not None:
            settings.update(ssl_certfile=self._config.gateway_tls_certificate, ssl_keyfile=self._config.gateway_tls_key)
        configured = uvicorn.Config(app, **settings)
        try:
            configured.load()
        except OSError as exc:  # SSLError is one
            raise self._unusable(exc) from exc
        return Server(configured)

    def _unusable(self, exc: OSError) -> ConfigError:
        return ConfigError(
            f"gateway_tls_certificate and gateway_tls_key of {self._path} cannot be used ({exc.strerror or exc}); "
            "give a PEM certificate and its key without a passphrase, readable by the gateway's user."
        )

    def _read_again(self, app: ServedApp, tcp: uvicorn.Server) -> None:
        """Take the tokens and the certificate as they are now; what cannot be used leaves the former in force."""
        try:
            # A context that has taken a certificate and not its key serves nobody any more: another one tries them first.
            self._load_certificate(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
            app.tokens.read()
            if tcp.config.ssl is not None:
                self._load_certificate(tcp.config.ssl)
        except InfraLlmError as exc:
            _log.error("the tokens and the certificate stay as they were: %s", exc.message)
        else:
            _log.info("tokens and certificate read again: %d tokens", len(app.tokens))

    def _load_certificate(self, context: ssl.SSLContext) -> None:
        if self._config.gateway_tls_certificate is None:
            return
        try:
            context.load_cert_chain(self._config.gateway_tls_certificate, self._config.gateway_tls_key)
        except OSError as exc:  # SSLError is one
            raise self._unusable(exc) from exc


async def _vanished(file: SocketFile) -> None:
    """Return when the socket's file is gone, by which the knowledge is updated."""
    while file.is_there():
        await asyncio.sleep(_LOOK_SECONDS)


async def _watchdog() -> None:
    seconds = watchdog_seconds()
    while seconds is not None:
        notify("WATCHDOG=1")
        await asyncio.sleep(seconds)


@contextlib.contextmanager
def _listeners(config: ServedConfig) -> Iterator[tuple[socket.socket, socket.socket]]:
    """The bound TCP socket and unix socket; the latter is removed in the end."""
    if config.gateway_tls_certificate is None and not is_loopback(config.gateway_host):
        _log.warning("tokens and questions cross the network unencrypted; set gateway_tls_certificate and gateway_tls_key")
    with _tcp(config.gateway_host, config.gateway_port) as tcp, _unix(config.gateway_socket) as unix:
        yield tcp, unix


def _tcp(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(_BACKLOG)
        except OSError:
            listener.close()
            raise
    except OSError as exc:
        raise ConfigError(f"The gateway cannot listen on {host} port {port} ({exc.strerror}); set gateway_host and gateway_port to what is free.") from exc
    return listener


@contextlib.contextmanager
def _unix(path: str) -> Iterator[socket.socket]:
    try:
        # What a killed predecessor has left; the lock of the state directory says that none runs. Nothing but a socket is removed.
        with contextlib.suppress(FileNotFoundError):
            if stat.S_ISSOCK(os.lstat(path).st_mode):
                os.unlink(path)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            listener.bind(path)
            os.chmod(path, 0o600)
            listener.listen(_BACKLOG)
        except OSError:
            listener.close()
            raise
    except OSError as exc:
        raise ConfigError(f"The gateway cannot listen on {path} ({exc.strerror or exc}); set gateway_socket to a path in a directory of its own.") from exc
    own = SocketFile(path)
    with listener:
        try:
            yield listener
        finally:
            own.remove()
