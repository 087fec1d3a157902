# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a gateway is started with, and the fingerprint by which a caller knows that a running one is of its configuration and version."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import stat
import tempfile
import typing as t

from .._errors import ConfigError
from .._version import VERSION

CONFIG_HEADER = "X-Infra-Llm-Config"  # carries the fingerprint of the caller's configuration
_CODE = (".py", ".json", ".tsv")  # what the engine is made of
_LONGEST_SOCKET_PATH = 100  # bytes; the kernel's limit is 108 on Linux and 104 on macOS


@dataclasses.dataclass(frozen=True)
class GatewayConfig:
    """Options of the embedded gateway, by their public names; ``gateway_idle`` is in seconds, ``embedding_window`` in tokens.

    ``catalogue`` is the operator's extension itself, read on the controller, so that the gateway is replaced when it changes.
    """

    state_dir: str
    knowledge_dir: str
    gateway_python: str
    gateway_idle: int
    embedding_model: str
    embedding_query_prefix: str | None = None
    embedding_passage_prefix: str | None = None
    embedding_window: int | None = None
    embedding_pooling: str | None = None
    embedding_url: str | None = None
    embedding_api_key: str | None = dataclasses.field(default=None, repr=False)
    chroma_url: str | None = None
    model_path: str | None = None
    llm_url: str | None = None
    llm_api_key: str | None = dataclasses.field(default=None, repr=False)
    model: str | None = None
    catalogue: dict[str, t.Any] | None = None

    @property
    def llm_urls(self) -> tuple[str, ...]:
        """The addresses in ``llm_url``, which are separated by commas."""
        return tuple(url.strip() for url in (self.llm_url or "").split(",") if url.strip())

    @property
    def embedding_key(self) -> str | None:
        """The key for ``embedding_url``, the language model's unless it has one of its own."""
        return self.embedding_api_key or self.llm_api_key

    @property
    def fingerprint(self) -> str:
        """Changes with the configuration, the collection's version and the engine's code and data."""
        return hashlib.sha256(json.dumps([dataclasses.asdict(self), VERSION, _code_state()]).encode()).hexdigest()

    @property
    def socket_path(self) -> str:
        """The gateway's unix socket: in ``state_dir``, or in a private directory of the system's when that path is too long for a socket."""
        path = os.path.join(self.state_dir, "gateway.sock")
        if len(os.fsencode(path)) <= _LONGEST_SOCKET_PATH:
            return path
        name = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
        return os.path.join(tempfile.gettempdir(), f"infra_llm-{os.getuid()}", f"{name}.sock")

    def require_own_directories(self) -> None:
        """Raise ConfigError when the directory of the state or of the socket is another user's, OSError when there is none."""
        owner = os.stat(self.state_dir).st_uid
        if owner != os.getuid():
            raise ConfigError(f"The gateway in {self.state_dir} belongs to another user (uid {owner}); set state_dir to a directory of your own.")
        directory = os.path.dirname(self.socket_path)
        if directory == self.state_dir:
            return
        # In the system's temporary directory anyone can have made it beforehand.
        found = os.lstat(directory)
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o777 != 0o700:
            raise ConfigError(
                f"{directory}, for the gateway's socket, must be a directory of your own with mode 0700; remove it, or set state_dir to a shorter path."
            )

    @property
    def log_path(self) -> str:
        """Where the gateway writes its log."""
        return os.path.join(self.state_dir, "gateway.log")


def _code_state() -> list[tuple[str, int, int]]:
    engine = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    found = []
    for directory, _folders, names in os.walk(engine):
        for name in names:
            if name.endswith(_CODE):
                path = os.path.join(directory, name)
                state = os.stat(path)
                found.append((path[len(engine) :], state.st_size, state.st_mtime_ns))
    return sorted(found)
