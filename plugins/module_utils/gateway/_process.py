# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a gateway's process needs before it serves: its packages, and its directories for itself alone."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import contextlib
import fcntl
import importlib.util
import os
import pathlib
import shlex
import sys
import time
import typing as t

from .._errors import ConfigError, MissingLibraryError
from ..clients._embedding_settings import is_gguf

if t.TYPE_CHECKING:
    from collections.abc import Iterator

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


def require_packages(config: GatewayConfig, *, needed_for: str, requirements: str, more: dict[str, str] | None = None) -> None:
    """Raise MissingLibraryError when something that this configuration needs cannot be imported; ``more`` is of import name -> name to install."""
    gguf_embedder = is_gguf(config.embedding_model) and not config.embedding_url
    packages = {**_PACKAGES, **(more or {})}
    if gguf_embedder or config.embedding_url:
        del packages["sentence_transformers"]
    if config.chroma_url:
        del packages["chromadb"]
    missing = [package for module, package in packages.items() if importlib.util.find_spec(module) is None]
    if missing:
        raise MissingLibraryError(*missing, needed_for=needed_for, python=sys.executable, requirements=requirements)
    if (gguf_embedder or config.model_path) and importlib.util.find_spec("llama_cpp") is None:
        raise MissingLibraryError("llama-cpp-python", needed_for="GGUF models", python=sys.executable, requirements="llama.txt")


class SocketFile:
    """The file of a unix socket that this process has bound. Who removes it, or its directory, makes the process unreachable."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._number = os.stat(path).st_ino

    def is_there(self) -> bool:
        """Tell whether the path still leads to this process."""
        try:
            return os.stat(self._path).st_ino == self._number
        except OSError:
            return False

    def remove(self) -> None:
        """Remove the file, unless it is another's by now."""
        if self.is_there():
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self._path)


@contextlib.contextmanager
def exclusive_directories(config: GatewayConfig) -> Iterator[None]:
    """Hold the gateway's directories. Raises ConfigError when another gateway does, or they cannot be used."""
    with contextlib.ExitStack() as held:
        state_dir = os.path.realpath(config.state_dir)
        for directory, option in {state_dir: "state_dir", os.path.realpath(config.knowledge_dir): "knowledge_dir"}.items():
            held.enter_context(_exclusive(directory, option, state_dir))
        yield


@contextlib.contextmanager
def _exclusive(directory: str, option: str, state_dir: str) -> Iterator[None]:
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
