# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The services that the assistant talks to, as processes on a loopback port: Chroma and llama-server."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import llama

_START_SECONDS = 60

# Of what roles/llama_server sets for a chat instance, what the cache depends on.
ROLE_FLAGS = (
    *("--no-kv-unified", "--slot-prompt-similarity", "0.33", "--cache-ram", "0", "--no-cache-idle-slots"),
    *("--batch-size", "256", "--ubatch-size", "256", "--flash-attn", "on"),
)


class ServiceProcess:
    """A service that start() and stop() run, always on the same address."""

    def __init__(self, command: Sequence[str | Path], health: str, log: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._command = [str(word) for word in command] + ["--host", "127.0.0.1", "--port", str(self.port)]
        self._health = health
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, env={**os.environ, "ANONYMIZED_TELEMETRY": "False"}
            )
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            try:
                connection.request("GET", self._health)
                if connection.getresponse().status == 200:
                    return
            except OSError:
                pass
            finally:
                connection.close()
            time.sleep(0.05)
        self.stop()
        raise RuntimeError(f"{self._command[0]} does not answer: {self._log.read_text(errors='replace')[-2000:]}")

    def stop(self) -> None:
        """Kill it, if it runs."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def chroma(directory: Path) -> ServiceProcess:
    """Chroma on the data in `directory`."""
    return ServiceProcess([Path(sys.executable).with_name("chroma"), "run", "--path", directory], "/api/v2/heartbeat", directory.with_suffix(".log"))


def embedding_server(model: Path, log: Path, *arguments: str) -> ServiceProcess:
    """A llama-server that embeds."""
    # One thread: where others keep the cores busy, several wait for each other.
    command = [llama.server_path(), "--model", model, "--embeddings", "--threads", "1", "--threads-batch", "1", *arguments]
    return ServiceProcess(command, "/health", log)


def chat_server(model: Path, log: Path, *arguments: str) -> ServiceProcess:
    """A llama-server that chats."""
    return ServiceProcess([llama.server_path(), "--model", model, "--threads", "1", "--threads-batch", "1", *arguments], "/health", log)
