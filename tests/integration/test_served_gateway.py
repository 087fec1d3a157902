# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway as a service: a real process, a real llama-server, a small real knowledge base, and callers of every kind."""

from __future__ import annotations

import concurrent.futures
import contextlib
import dataclasses
import hashlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import typing as t
from collections.abc import Callable, Iterator
from pathlib import Path

import llama
import minilm_gguf
import pytest
import tiny_gguf

if t.TYPE_CHECKING:
    from conftest import Assistant

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "docs" / "examples"
TOKEN, READER = "the-token-of-ops", "the-token-of-a-page"
QUESTION = "Why is a Kafka broker under-replicated on kafka-01.north.example.com?"
PAGE = "# Ticks\n\nA tick of version {0} is the basic unit of time.\n\n## Limits\n\nThe least session timeout is two ticks, the greatest is twenty.\n"
LONGEST = 60  # seconds


@dataclasses.dataclass(frozen=True)
class Reply:
    """An answer of the gateway."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def data(self) -> t.Any:
        return json.loads(self.body)


class Gateway:
    """A gateway's process with its files."""

    def __init__(self, home: Path, **keys: object) -> None:
        self.home = home
        self.port = free_port()
        self.log = home / "gateway.log"
        self.socket = home / "gateway.sock"
        tokens = [
            {"name": "ops", "sha256": hashlib.sha256(TOKEN.encode()).hexdigest(), "requests_per_minute": 1_000_000},
            {"name": "page", "sha256": hashlib.sha256(READER.encode()).hexdigest(), "read_only": True},
        ]
        self.write("tokens.yml", tokens)
        defaults = {
            "state_dir": str(home / "state"),
            "embedding_model": str(minilm_gguf.minilm_gguf()),
            "gateway_port": self.port,
            "gateway_socket": str(self.socket),
            "gateway_tokens_file": str(home / "tokens.yml"),
        }
        self.write("gateway.yml", {**defaults, **keys})
        self._process: subprocess.Popen[bytes] | None = None

    def write(self, name: str, data: object) -> None:
        path = self.home / name
        path.touch(mode=0o600)
        path.write_text(json.dumps(data), encoding="utf-8")

    def start(self, seconds: float = LONGEST) -> Gateway:
        package = "ansible_collections.infra_llm.assistant.plugins.module_utils.gateway"
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.home), "PYTHONPATH": str(ROOT / ".venv" / "collections")}
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", package, "--config", str(self.home / "gateway.yml")]
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, cwd=self.home)
        wait_until(lambda: self._process is not None and (self._process.poll() is not None or self.is_ready()), seconds)
        assert self._process.poll() is None, self.log.read_text()
        return self

    def is_ready(self) -> bool:
        with contextlib.suppress(OSError):
            return self.ask("GET", "/health").status == 200
        return False

    def tell(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        assert self._process is not None
        self.tell(number)
        return self._process.wait(LONGEST)

    def open(self, method: str, path: str, body: object = None, token: str | None = TOKEN, **headers: str) -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LONGEST)
        authorization = {} if token is None else {"Authorization": f"Bearer {token}"}
        connection.request(method, path, None if body is None else json.dumps(body), {"Content-Type": "application/json", **authorization, **headers})
        return connection

    def ask(self, method: str, path: str, body: object = None, token: str | None = TOKEN, **headers: str) -> Reply:
        with contextlib.closing(self.open(method, path, body, token, **headers)) as connection:
            response = connection.getresponse()
            return Reply(response.status, response.headers, response.read())

    def query(self, query: str = QUESTION, token: str | None = TOKEN, **fields: object) -> Reply:
        return self.ask("POST", "/query", {"query": query, "max_tokens": 8, **fields}, token)

    def requests(self) -> list[dict[str, t.Any]]:
        """The lines of the log that are about requests."""
        lines = [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]
        return [line for line in lines if "route" in line]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(true: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come to that in time"
        time.sleep(0.05)


class Llama:
    """A llama-server of two slots."""

    def __init__(self, home: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = home / "llama.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        # One thread: several would wait for each other on a busy machine.
        command = [llama.server_path(), "-m", tiny_gguf.tiny_gguf(), "--host", "127.0.0.1", "--port", str(self.port), "-c", "8192", "-np", "2", "-t", "1"]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_until(lambda: self.get("/health") is not None, LONGEST)

    def get(self, path: str) -> t.Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LONGEST)
        with contextlib.closing(connection), contextlib.suppress(OSError):
            connection.request("GET", path)
            response = connection.getresponse()
            return json.loads(response.read()) if response.status == 200 else None
        return None

    def busy(self) -> int:
        return sum(slot["is_processing"] for slot in self.get("/slots"))

    def end(self) -> None:
        if self._process is not None:
            self._process.kill()  # now and then llama-server does not end on SIGTERM after clients have gone away
            self._process.wait()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Llama]:
    server = Llama(tmp_path_factory.mktemp("llama"))
    server.start()
    yield server
    server.end()


@pytest.fixture(scope="module")
def gateway(server: Llama, make_assistant: Callable[..., Assistant], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway that knows the example inventory and two of its runbooks, brought over its socket."""
    home = tmp_path_factory.mktemp("served")
    shutil.copytree(EXAMPLES / "inventory", home / "inventory")
    made = Gateway(home, llm_url=server.url, inventory=[str(home / "inventory")], gateway_queue=4).start()
    runbooks = home / "runbooks" / "house"
    runbooks.mkdir(parents=True)
    for name in ("kafka-under-replicated.md", "ceph-osd-down.md"):
        shutil.copy(EXAMPLES / "knowledge" / "house" / name, runbooks)
    make_assistant().ingest(runbooks.parent, "-e", f"infra_llm_gateway_url=unix:{made.socket}").ok()
    yield made
    made.end()


def events(reply: Reply) -> list[tuple[str, t.Any]]:
    """Name and data of each event; [DONE] stays a text."""
    found = []
    for block in reply.body.decode().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if "data" in fields:
            found.append((fields.get("event", ""), fields["data"] if fields["data"] == "[DONE]" else json.loads(fields["data"])))
    return found


def test_a_question_is_answered_from_the_gateways_own_inventory_for_who_has_a_token(gateway: Gateway) -> None:
    assert gateway.query(token=None).status == gateway.query(token="another").status == 401
    reply = gateway.query(token=READER)
    assert reply.status == 200
    result = reply.data
    (host,) = result["infrastructure"]["hosts"]
    assert (host["name"], host["software"][0]["version"]) == ("kafka-01.north.example.com", "3.4.0")
    assert result["mode"] == "llm"
    assert {source["product"] for source in result["sources"]} == {"kafka"}
    assert result["timings"]["context_ms"] >= 0
    told = gateway.query(infrastructure={"hosts": [{"name": "of-the-asker"}]}).data["infrastructure"]
    assert told == {"hosts": [{"name": "of-the-asker", "groups": [], "software": [], "vars": {}}], "products": []}
    wait_until(lambda: gateway.requests()[-1].get("token") == "ops")  # it is written when the caller has its answer
    logged = gateway.requests()[-1]
    assert (logged["token"], logged["route"], logged["mode"], logged["language"]) == ("ops", "/query", "llm", "en")
    assert "under-replicated" not in gateway.log.read_text()
    assert TOKEN not in gateway.log.read_text()


def test_the_inventory_is_read_again_when_it_changes(gateway: Gateway) -> None:
    hosts = gateway.home / "inventory" / "host_vars" / "kafka-01.north.example.com.yml"
    before = hosts.read_text()
    hosts.write_text(before + "\nkafka_heap: 7g\nkafka_broken: '{{ nothing | nosuchfilter }}'\nkafka_password: secret\n")
    wait_until(lambda: gateway.query(mode="context").data["infrastructure"]["hosts"][0]["vars"].get("kafka_heap") == "7g")
    hosts.write_text(before)


def test_an_answer_is_streamed(gateway: Gateway) -> None:
    reply = gateway.query(stream=True)
    assert (reply.status, reply.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    *pieces, (name, result) = events(reply)
    assert name == "result"
    assert len(pieces) > 1
    assert result["answer"].startswith("".join(piece["delta"] for _name, piece in pieces).strip())
    assert gateway.ask("POST", "/query", {"query": ""}, Accept="text/event-stream").status == 400


def test_a_client_of_openais_api_asks(gateway: Gateway) -> None:
    assert [model["id"] for model in gateway.ask("GET", "/v1/models").data["data"]] == ["infra_llm"]
    said = [{"role": "system", "content": "You are a pirate."}, {"role": "user", "content": [{"type": "text", "text": QUESTION}]}]
    chat = {"model": "any", "messages": said, "max_tokens": 8, "temperature": 0.5, "user": "me"}
    answered = gateway.ask("POST", "/v1/chat/completions", chat).data
    assert answered["choices"][0]["finish_reason"] == "length"
    assert "\n\nSources:\n[" in answered["choices"][0]["message"]["content"]
    assert answered["usage"]["completion_tokens"] == 8
    assert answered["infra_llm"]["mode"] == "llm"
    *chunks, (_name, last) = events(gateway.ask("POST", "/v1/chat/completions", {**chat, "stream": True, "stream_options": {"include_usage": True}}))
    assert last == "[DONE]"
    assert {chunk["object"] for _name, chunk in chunks} == {"chat.completion.chunk"}
    assert chunks[-1][1]["usage"]["completion_tokens"] == 8
    assert [chunk["choices"][0]["finish_reason"] for _name, chunk in chunks if chunk["choices"]][-1] == "length"
    refused = gateway.ask("POST", "/v1/chat/completions", {"messages": [{"role": "assistant", "content": "Hello"}]})
    assert (refused.status, refused.data["error"]["type"]) == (400, "invalid_request_error")


def test_a_flood_is_turned_away_in_part_and_nothing_stays_behind(gateway: Gateway, server: Llama) -> None:
    with concurrent.futures.ThreadPoolExecutor(16) as crowd:
        replies = list(crowd.map(lambda _number: gateway.query(max_tokens=100), range(16)))
    statuses = [reply.status for reply in replies]
    assert set(statuses) == {200, 429}
    assert statuses.count(200) >= 6, "two that the model writes at once, four that wait"
    assert all(int(reply.headers["retry-after"]) >= 1 for reply in replies if reply.status == 429)
    health = gateway.ask("GET", "/health").data
    assert (health["running"], health["waiting"], server.busy()) == (0, 0, 0)
    counted = gateway.ask("GET", "/metrics").body.decode()
    assert f'infra_llm_rejected_total{{reason="queue"}} {statuses.count(429)}.0' in counted


@pytest.mark.parametrize("stream", [False, True])
def test_when_the_client_goes_away_the_model_is_free_at_once(gateway: Gateway, server: Llama, stream: bool) -> None:
    connections = [gateway.open("POST", "/query", {"query": f"{QUESTION} {number}", "max_tokens": 3_000, "stream": stream}) for number in range(6)]
    wait_until(lambda: server.busy() == 2)
    for connection in connections:
        connection.close()
    wait_until(lambda: server.busy() == 0 and gateway.ask("GET", "/health").data["running"] == 0)
    assert gateway.query().status == 200


def test_a_question_that_has_no_time_left_says_so(gateway: Gateway) -> None:
    with concurrent.futures.ThreadPoolExecutor(4) as crowd:
        long = [crowd.submit(gateway.query, max_tokens=3_000, timeout=6) for _number in range(4)]
        wait_until(lambda: gateway.ask("GET", "/health").data["running"] == 4)
        late = gateway.query(timeout=1)
        assert (late.status, "'timeout'" in late.data["error"]) == (504, True)
        # Their own time is up while the model writes: its answer is cut, or extractive_answer take its place where it has not begun, and both say why.
        replies = [answered.result() for answered in long]
        assert {reply.status for reply in replies} == {200}
        assert all(any("timeout" in warning for warning in reply.data["warnings"]) for reply in replies)


def test_without_its_language_model_it_quotes_and_says_so(gateway: Gateway, server: Llama) -> None:
    server.end()
    try:
        result = gateway.query().data
        assert result["mode"] == "extractive"
        assert any(f"{server.url} cannot be reached" in warning for warning in result["warnings"])
        failed = gateway.query(on_llm_error="fail")
        assert (failed.status, failed.data["detail"]) == (502, "ServiceError")
        wait_until(lambda: gateway.ask("GET", "/health").data["status"] == "degraded")
        health = gateway.ask("GET", "/health")
        assert (health.status, health.data["ready"]) == (200, True)
        assert "cannot be reached" in health.data["dependencies"]["llm"]["error"]
    finally:
        server.start()
    assert gateway.query().data["mode"] == "llm"


def test_tokens_are_read_again_on_a_signal(gateway: Gateway) -> None:
    path = gateway.home / "tokens.yml"
    before = path.read_text()
    gateway.write("tokens.yml", [*json.loads(before), {"name": "new", "sha256": hashlib.sha256(b"the-new-token").hexdigest()}])
    assert gateway.ask("GET", "/health", token="the-new-token").status == 401
    gateway.tell(signal.SIGHUP)
    wait_until(lambda: gateway.ask("GET", "/health", token="the-new-token").status == 200)
    path.write_text("- [")
    gateway.tell(signal.SIGHUP)
    wait_until(lambda: "stay as they were" in gateway.log.read_text())
    path.write_text(before)
    gateway.tell(signal.SIGHUP)
    wait_until(lambda: gateway.ask("GET", "/health", token="the-new-token").status == 401)
    assert gateway.ask("GET", "/health").status == 200


def git(repository: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *identity, *arguments], cwd=repository, check=True, capture_output=True)


def test_the_knowledge_is_updated_by_what_is_deployed(tmp_path: Path) -> None:
    repository = tmp_path / "zookeeper"
    (repository / "docs").mkdir(parents=True)
    (repository / "docs" / "ticks.md").write_text(PAGE.format("3.9.0"), encoding="utf-8")
    git(repository, "init", "--quiet", "--initial-branch=main")
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--message", "3.9.0")
    git(repository, "tag", "v3.9.0")
    where = {"repository": f"file://{repository}", "refs": ["v{version}"], "paths": ["docs"]}
    catalogue = {"zookeeper": {"git": where, "versions": "patch", "license": "Apache-2.0", "attribution": "The authors"}}
    inventory = tmp_path / "inventory"
    inventory.mkdir()
    (inventory / "hosts.yml").write_text(json.dumps({"all": {"hosts": {"one": {}}}}), encoding="utf-8")
    (inventory / "versions.csv").write_text("server,product,version,os_version\none,zookeeper,3.9.0,\n", encoding="utf-8")

    gateway = Gateway(tmp_path, inventory=[str(inventory / "hosts.yml")], catalogue=catalogue).start()
    try:
        wanted = {"community": False}
        assert gateway.ask("POST", "/update-knowledge", wanted, READER).status == 403
        for unknown in ({"house": "https://user:password@git.example.com/runbooks"}, {"infra_llm_catalogue": "{{ lookup('pipe', 'id') }}"}):
            assert gateway.ask("POST", "/update-knowledge", unknown).status == 400
        begun = gateway.ask("POST", "/update-knowledge", wanted)
        assert begun.status == 202
        assert gateway.ask("POST", "/update-knowledge", wanted).status == 409
        job = begun.headers["location"]
        wait_until(lambda: gateway.ask("GET", job).data["state"] != "running", LONGEST)
        done = gateway.ask("GET", job).data
        assert (done["state"], done["error"]) == ("succeeded", None), done["lines"]
        assert any("PLAY RECAP" in line for line in done["lines"])
        result = gateway.query("What is the least session timeout of zookeeper on one?").data
        assert (result["mode"], result["sources"][0]["served_version"], result["sources"][0]["match"]) == ("extractive", "3.9.0", "exact")

        running = gateway.ask("POST", "/update-knowledge", wanted).headers["location"]
        assert gateway.end(signal.SIGKILL) == -signal.SIGKILL
        gateway.start()
        assert gateway.ask("GET", running).data["error"].startswith("interrupted")
        assert [entry["state"] for entry in gateway.ask("GET", "/jobs").data["jobs"]] == ["failed", "succeeded"]
    finally:
        assert gateway.end() == 0
    assert not gateway.socket.exists()


def test_an_embedding_model_in_process_and_an_inventory_of_its_own_go_together(tmp_path: Path) -> None:
    (tmp_path / "hosts").write_text("one\n", encoding="utf-8")
    gateway = Gateway(tmp_path, embedding_model="all-MiniLM-L6-v2", inventory=[str(tmp_path / "hosts")]).start(4 * LONGEST)
    try:
        health = gateway.ask("GET", "/health").data
        assert (health["status"], health["loaded"]["embedder"]) == ("ok", True)
        (host,) = gateway.query("What runs on one?", mode="context").data["infrastructure"]["hosts"]
        assert host["name"] == "one"
    finally:
        gateway.end()


def test_nothing_that_a_fuzzer_sends_is_answered_in_a_way_that_is_not_described(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path).start()
    try:
        address = f"http://127.0.0.1:{gateway.port}/openapi.json"
        # Updates would start Ansible with each request.
        options = ["--exclude-path", "/update-knowledge", "--phases", "examples,coverage,fuzzing", "--max-examples", "20", "--max-time", "90", "--seed", "1"]
        command = [Path(sys.executable).with_name("schemathesis"), "run", address, "-H", f"Authorization: Bearer {TOKEN}", *options]
        fuzzed = subprocess.run(command, cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=400, check=False)
        assert fuzzed.returncode == 0, fuzzed.stdout
        assert not [line for line in gateway.requests() if line["status"] >= 500 and line["route"] != "/health"]  # that is 503 until it is ready
    finally:
        gateway.end()
