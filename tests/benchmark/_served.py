# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The served assistant on this machine, as the roles deploy it: llama-server twice, Chroma, and the gateway."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import http.server
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import typing as t
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

import llama  # noqa: E402
import minilm_gguf  # noqa: E402
from service_process import ROLE_FLAGS  # noqa: E402

BIN = Path(sys.executable).parent
COLLECTIONS = ROOT / ".venv" / "collections"
TOKEN = "benchmark-token-benchmark-token-benchmark"
EMBEDDING_FLAGS = ["--embeddings", "--pooling", "mean", "-ub", "512", "-t", "1", "-tb", "1", "--no-ui"]
STOP_SECONDS = 20


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Processes:
    """Programs that end with the `with` block; their output is kept in files."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, *exc: object) -> None:
        self._stack.close()

    def start(self, name: str, command: list[str | Path], url: str, *, env: dict[str, str] | None = None, headers: dict[str, str] | None = None) -> Running:
        """Run a program until `url` answers with status 200."""
        log = self._stack.enter_context((self.directory / f"{name}-{time.monotonic_ns()}.log").open("wb"))
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={**os.environ, **(env or {})})
        running = Running(process)
        self._stack.callback(running.stop)
        deadline = time.monotonic() + 180
        while time.monotonic() < deadline and process.poll() is None:
            with contextlib.suppress(OSError, http.client.HTTPException):
                if request("GET", url, headers=headers)[0] == 200:
                    return running
            time.sleep(0.1)
        sys.exit(f"{name} did not start: {Path(log.name).read_text(errors='replace')[-3000:]}")


class Running:
    """A program that runs."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def request(method: str, url: str, body: object = None, *, headers: dict[str, str] | None = None, timeout: float = 900) -> tuple[int, t.Any]:
    """One request; returns the status and the decoded JSON, or the raw text where it is none."""
    with opened(method, url, body, headers=headers, timeout=timeout) as response:
        raw = response.read()
    try:
        return response.status, json.loads(raw)
    except ValueError:
        return response.status, raw.decode(errors="replace")


@contextlib.contextmanager
def opened(method: str, url: str, body: object = None, *, headers: dict[str, str] | None = None, timeout: float = 900) -> t.Iterator[http.client.HTTPResponse]:
    """One request; yields the response with its body unread."""
    host, _slash, path = url.removeprefix("http://").partition("/")
    connection = http.client.HTTPConnection(host, timeout=timeout)
    try:
        connection.request(method, f"/{path}", None if body is None else json.dumps(body), {"Content-Type": "application/json", **(headers or {})})
        yield connection.getresponse()
    finally:
        connection.close()


def chat_server(processes: Processes, model: Path, port: int, *flags: str, slots: int) -> Running:
    """llama-server for chat as the role runs it."""
    flags = (*ROLE_FLAGS, "--parallel", str(slots), *flags)
    command: list[str | Path] = [llama.server_path(), "-m", model, "--host", "127.0.0.1", "--port", str(port), "-c", "16384", "--no-ui", *flags]
    return processes.start("chat", command, f"http://127.0.0.1:{port}/health")


class Recorder:
    """Stands before llama-server where the gateway expects it, notes the chats and answers them itself."""

    def __init__(self, chat_port: int) -> None:
        self.chats: list[dict[str, t.Any]] = []
        recorder = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self) -> None:
                sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if self.path == "/v1/chat/completions":
                    recorder.chats.append(json.loads(sent))
                    answer = json.dumps({"choices": [{"finish_reason": "stop", "message": {"content": "Noted."}}]})
                else:
                    _status, decoded = request(self.command, f"http://127.0.0.1:{chat_port}{self.path}", json.loads(sent) if sent else None)
                    answer = json.dumps(decoded)
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer.encode())))
                self.end_headers()
                self.wfile.write(answer.encode())

            do_GET = do_POST = answer  # noqa: N815

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()


class Gateway:
    """The served gateway with Chroma and the embedding server behind it."""

    def __init__(self, processes: Processes, knowledge: Path) -> None:
        self._processes = processes
        self._knowledge = knowledge
        knowledge.mkdir(parents=True, exist_ok=True)
        chroma, embeddings = free_port(), free_port()
        processes.start(
            "chroma",
            [BIN / "chroma", "run", "--path", knowledge / "chroma", "--host", "127.0.0.1", "--port", str(chroma)],
            f"http://127.0.0.1:{chroma}/api/v2/heartbeat",
            env={"ANONYMIZED_TELEMETRY": "False"},
        )
        model = minilm_gguf.minilm_gguf()
        processes.start(
            "embeddings",
            [llama.server_path(), "-m", model, "--host", "127.0.0.1", "--port", str(embeddings), *EMBEDDING_FLAGS],
            f"http://127.0.0.1:{embeddings}/health",
        )
        self._settings = {
            "knowledge_dir": str(knowledge / "knowledge"),
            "embedding_url": f"http://127.0.0.1:{embeddings}",
            "chroma_url": f"http://127.0.0.1:{chroma}",
            "gateway_socket": str(processes.directory / "gateway.sock"),
            "gateway_tokens_file": str(processes.directory / "tokens.yml"),
        }
        tokens = [{"name": "benchmark", "sha256": hashlib.sha256(TOKEN.encode()).hexdigest(), "requests_per_minute": 100_000}]
        self._write("tokens.yml", tokens)
        self.url = ""

    def _write(self, name: str, content: object) -> Path:
        path = self._processes.directory / name
        path.write_text(json.dumps(content), encoding="utf-8")  # JSON is YAML
        path.chmod(0o600)
        return path

    @contextlib.contextmanager
    def serving(self, llm_url: str, **settings: object) -> t.Iterator[Gateway]:
        """Run it with this language model, as after its first start."""
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        state = tempfile.mkdtemp(dir=self._processes.directory)
        config = self._write("gateway.yml", {**self._settings, "state_dir": state, "llm_url": llm_url, "gateway_port": port, **settings})
        module = "ansible_collections.infra_llm.assistant.plugins.module_utils.gateway"
        command: list[str | Path] = [sys.executable, "-m", module, "--config", config]
        headers = {"Authorization": f"Bearer {TOKEN}"}
        running = self._processes.start("gateway", command, f"{self.url}/health", env={"PYTHONPATH": str(COLLECTIONS)}, headers=headers)
        try:
            yield self
        finally:
            running.stop()

    def ask(self, question: dict[str, t.Any]) -> dict[str, t.Any]:
        """Ask one question; a status other than 200 raises RuntimeError."""
        status, answer = request("POST", f"{self.url}/query", question, headers={"Authorization": f"Bearer {TOKEN}"})
        if status != 200:
            raise RuntimeError(f"the gateway answered with status {status}: {answer}")
        result: dict[str, t.Any] = answer
        return result

    def first_word(self, question: dict[str, t.Any]) -> tuple[float, dict[str, t.Any]]:
        """Ask one question; returns the milliseconds to the first piece of its answer, and the result."""
        started = time.monotonic()
        first = None
        headers = {"Authorization": f"Bearer {TOKEN}", "Accept": "text/event-stream"}
        with opened("POST", f"{self.url}/query", {**question, "stream": True}, headers=headers) as response:
            for line in response:
                if not line.startswith(b"data:"):
                    continue
                event = json.loads(line[5:])
                if "delta" in event:
                    first = first or (time.monotonic() - started) * 1000
                elif "answer" in event and first is not None:
                    return first, event
                else:
                    raise RuntimeError(f"the gateway did not answer: {event}")
        raise RuntimeError("the gateway broke off")
