# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway process.

Embedded, as the thin client starts it: configuration as one line of JSON on standard input, readiness or an error as one line on standard output.
Served, as systemd starts it: ``--config FILE``.
"""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import contextlib
import json
import logging
import os
import socket
import sys
import typing as t

from .._errors import InfraLlmError
from .._version import VERSION
from ..catalogue._entries import use_catalogue
from ._config import GatewayConfig
from ._process import SocketFile, exclusive_directories, require_packages

_log = logging.getLogger("infra_llm.gateway")


def main() -> None:
    """Serve until stopped, idle, or unable to start."""
    os.umask(0o077)
    if len(sys.argv) > 1:
        from .served._service import main as serve

        _end(serve(sys.argv[1:]))
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    config = GatewayConfig(**json.loads(sys.stdin.readline()))
    use_catalogue(config.catalogue)
    try:
        require_packages(config, needed_for="the embedded gateway", requirements="embedded.txt")
        with exclusive_directories(config):
            _serve(config)
    except InfraLlmError as exc:
        _log.error("cannot start: %s", exc.message)
        _tell({"error": exc.message, "detail": type(exc).__name__, "hint": exc.hint})
    except OSError as exc:
        _log.exception("cannot start")
        _tell({"error": f"The gateway cannot start ({exc}); check free space and the owner of {config.state_dir}.", "detail": "ConfigError"})
    _end(0)


def _end(status: int) -> t.NoReturn:
    """End the process at once: Python itself would wait for threads that were given up and go on."""
    logging.shutdown()
    os._exit(status)


def _serve(config: GatewayConfig) -> None:
    import uvicorn

    from ._embedded import create_embedded_app

    settings: dict[str, t.Any] = {"log_config": None, "access_log": False, "lifespan": "off", "timeout_graceful_shutdown": 600}
    server: uvicorn.Server

    def stop() -> None:
        server.should_exit = True

    with contextlib.suppress(FileNotFoundError):
        os.unlink(config.socket_path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(config.socket_path)
    listener.listen(512)
    own = SocketFile(config.socket_path)
    server = uvicorn.Server(uvicorn.Config(create_embedded_app(config, stop, own.is_there), **settings))
    _log.info("gateway %s started: process %d, socket %s, knowledge %s", VERSION, os.getpid(), config.socket_path, config.knowledge_dir)
    _tell({"ready": True})
    try:
        server.run(sockets=[listener])
    finally:
        own.remove()
        _log.info("gateway ended")


def _tell(message: dict[str, t.Any]) -> None:
    """The one line that the starting caller reads; afterwards standard output is the log."""
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.write(json.dumps(message) + "\n")
        sys.stdout.flush()
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())


if __name__ == "__main__":
    main()
