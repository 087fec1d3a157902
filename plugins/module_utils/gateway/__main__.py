# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to the collection: names here may change in any release.
"""The gateway process: configuration as one line of JSON on standard input, readiness or an error as one line on standard output."""

from __future__ import annotations

import contextlib
import fcntl
import importlib.util
import json
import logging
import os
import pathlib
import shlex
import socket
import sys
import time
import typing as t

from .._errors import ConfigError, InfraLlmError, MissingLibraryError
from .._version import VERSION
from ..catalogue._entries import use_catalogue
from ..clients._embedding_settings import is_gguf
from ._config import GatewayConfig

_PACKAGES = {  # import name -> name to install
    "fastapi": "fastapi",
    "uvicorn": "uvicorn",
    "chromadb": "chromadb",
    "sentence_transformers": "sentence-transformers",
    "pymorphy3": "pymorphy3",
    "lxml": "lxml",
    "markdown_it": "markdown-it-py",
}
_TAKEOVER_SECONDS = 20  # for the predecessor to let go of the state directory
_log = logging.getLogger("infra_llm.gateway")


def main() -> None:
    """Serve until stopped, idle, or unable to start."""
    os.umask(0o077)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    config = GatewayConfig(**json.loads(sys.stdin.readline()))
    use_catalogue(config.catalogue)
    try:
        _require_packages(config)
        with contextlib.ExitStack() as held:
            state_dir = os.path.realpath(config.state_dir)
            for directory, option in {state_dir: "state_dir", os.path.realpath(config.knowledge_dir): "knowledge_dir"}.items():
                held.enter_context(_exclusive(directory, option, state_dir))
            _serve(config)
    except InfraLlmError as exc:
        _log.error("cannot start: %s", exc.message)
        _tell({"error": exc.message, "detail": type(exc).__name__, "hint": exc.hint})
    except OSError as exc:
        _log.exception("cannot start")
        _tell({"error": f"The gateway cannot start ({exc}); check free space and the owner of {config.state_dir}.", "detail": "ConfigError"})


def _require_packages(config: GatewayConfig) -> None:
    gguf_embedder = is_gguf(config.embedding_model) and not config.embedding_url
    unneeded = {
        "chromadb": bool(config.chroma_url),
        "sentence_transformers": gguf_embedder or bool(config.embedding_url),
    }
    wanted = [module for module in _PACKAGES if not unneeded.get(module)]
    missing = [_PACKAGES[module] for module in wanted if importlib.util.find_spec(module) is None]
    if missing:
        raise MissingLibraryError(*missing, needed_for="the embedded gateway", python=sys.executable)
    if (gguf_embedder or config.model_path) and importlib.util.find_spec("llama_cpp") is None:
        raise MissingLibraryError("llama-cpp-python", needed_for="GGUF models", python=sys.executable, requirements="llama.txt")


@contextlib.contextmanager
def _exclusive(directory: str, option: str, state_dir: str) -> t.Iterator[None]:
    """Hold the directory for this process alone: Chroma's files and the socket bear only one owner.

    The lock file says who holds it: the process and its ``state_dir``.
    """
    path = pathlib.Path(directory)
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = open(path / "gateway.lock", "a+", encoding="utf-8", errors="surrogateescape")  # noqa: SIM115
    except OSError as exc:
        raise ConfigError(
            f"{directory} cannot be used ({exc.strerror}); check its owner and free space, or set {option} to a directory that you can write to."
        ) from exc
    with lock:
        deadline = time.monotonic() + _TAKEOVER_SECONDS
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                lock.seek(0)
                process, _blank, holder = lock.read().partition(" ")
                # One of the same state_dir is the predecessor, which is ending. One that has not yet written its name may be.
                if time.monotonic() > deadline or holder not in ("", state_dir):
                    where = shlex.quote(f"infra_llm_state_dir={shlex.quote(holder or state_dir)}")
                    raise ConfigError(
                        f"{directory} is in use by another gateway (process {process or 'unknown'}); stop that one with "
                        f"playbooks/gateway.yml -e state=stopped -e {where}, or set state_dir and knowledge_dir to directories of your own."
                    ) from None
                time.sleep(0.1)
        lock.truncate(0)
        lock.write(f"{os.getpid()} {state_dir}")
        lock.flush()
        yield


def _serve(config: GatewayConfig) -> None:
    import uvicorn

    from ._app import create_app

    settings: dict[str, t.Any] = {"log_config": None, "access_log": False, "lifespan": "off", "timeout_graceful_shutdown": 600}
    server: uvicorn.Server

    def stop() -> None:
        server.should_exit = True

    server = uvicorn.Server(uvicorn.Config(create_app(config, stop), **settings))
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(config.socket_path)
    listener.bind(config.socket_path)
    listener.listen(512)
    _log.info("gateway %s started: process %d, socket %s, knowledge %s", VERSION, os.getpid(), config.socket_path, config.knowledge_dir)
    _tell({"ready": True})
    try:
        server.run(sockets=[listener])
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(config.socket_path)
        _log.info("gateway ended")


def _tell(message: dict[str, t.Any]) -> None:
    """The one line that the starting caller reads; afterwards standard output is the log."""
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.write(json.dumps(message) + "\n")
        sys.stdout.flush()
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())


if __name__ == "__main__":
    main()
