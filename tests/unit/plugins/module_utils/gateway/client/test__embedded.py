# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.splitter import parse_kv
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import ConfigError, DataError, InfraLlmError, ServiceError
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway._config import GatewayConfig
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway.client import _embedded
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway.client._embedded import EmbeddedGateway

PLUGINS = Path(_embedded.__file__).parents[3]
MakeConfig = Callable[..., GatewayConfig]


@pytest.fixture
def config(tmp_path: Path) -> Iterator[MakeConfig]:
    made: list[GatewayConfig] = []

    def make(**changes: Any) -> GatewayConfig:
        base = GatewayConfig(str(tmp_path / "state"), str(tmp_path / "knowledge"), sys.executable, 60, "all-MiniLM-L6-v2")
        made.append(dataclasses.replace(base, **changes))
        return made[-1]

    yield make
    for used in made:
        # What holds a lock of a gateway is a gateway, whether its socket is there or not.
        with contextlib.suppress(OSError, ValueError):
            os.kill(int(Path(used.state_dir, "gateway.lock").read_text().partition(" ")[0]), signal.SIGKILL)


def health(config: GatewayConfig) -> dict[str, Any]:
    return EmbeddedGateway(config).request("GET", "/health", timeout=30)


def test_one_gateway_is_started_reused_seen_and_stopped(config: MakeConfig) -> None:
    client = EmbeddedGateway(config())
    assert client.status() is None
    assert client.stop() is False
    assert client.start() is True
    assert EmbeddedGateway(config()).start() is False
    status = client.status()
    assert status is not None
    assert (status["status"], status["knowledge_dir"], status["log"]) == ("ok", config().knowledge_dir, config().log_path)
    assert "gateway 0." in Path(status["log"]).read_text()
    assert {os.stat(path).st_mode & 0o077 for path in (config().state_dir, config().knowledge_dir, status["log"], config().socket_path)} == {0}
    assert client.stop() is True
    assert client.status() is None
    assert not os.path.exists(config().socket_path)


def test_a_crowd_at_a_cold_start_makes_one_gateway_and_another_configuration_replaces_it(config: MakeConfig) -> None:
    answers: list[Any] = []

    def ask() -> None:
        try:
            answers.append(health(config())["pid"])
        except InfraLlmError as exc:
            answers.append(exc)

    crowd = [threading.Thread(target=ask) for number in range(8)]
    for member in crowd:
        member.start()
    for member in crowd:
        member.join()
    assert len(answers) == 8
    assert len(set(answers)) == 1
    other = health(config(gateway_idle=61))["pid"]
    assert other != answers[0]
    assert health(config(gateway_idle=61))["pid"] == other


def test_after_a_kill_the_next_request_starts_another_in_spite_of_the_stale_socket(config: MakeConfig) -> None:
    killed = health(config())["pid"]
    os.kill(killed, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(killed, 0)
    assert os.path.exists(config().socket_path)
    assert health(config())["pid"] != killed


def test_it_ends_by_itself_when_it_is_idle(config: MakeConfig) -> None:
    EmbeddedGateway(config(gateway_idle=1)).start()
    deadline = time.monotonic() + 15
    while os.path.exists(config().socket_path) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert EmbeddedGateway(config()).status() is None
    assert "ending: idle for 1 s" in Path(config().log_path).read_text()


def test_it_ends_when_nobody_can_reach_it_any_more(config: MakeConfig) -> None:
    unreachable = health(config())["pid"]
    os.unlink(config().socket_path)
    deadline = time.monotonic() + 15
    while "ending: its socket is gone" not in Path(config().log_path).read_text() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert health(config())["pid"] != unreachable


def test_knowledge_is_indexed_and_asked_and_what_is_wrong_comes_back_as_the_engines_own_errors(config: MakeConfig, tmp_path: Path) -> None:
    client = EmbeddedGateway(config())
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "osd.md").write_text("# OSD\n\n## Backfill\n\n`osd_max_backfills` is the highest number of concurrent backfills of one OSD.\n")
    source = {"path": str(docs), "kind": "docs", "product": "ceph", "version": "17"}
    events = list(client.stream("POST", "/knowledge/index", source, timeout=60))
    assert events[-1]["result"]["changed"] is True
    assert events[-2] == {"progress": {"done": 1, "total": 1}}
    (unchanged,) = client.stream("POST", "/knowledge/index", {**source, "check": True}, timeout=60)
    assert (unchanged["result"]["changed"], unchanged["result"]["to_embed"]) == (False, 0)
    (listed,) = client.request("GET", "/knowledge", timeout=10)["versions"]
    assert (listed["product"], listed["version"], listed["path"]) == ("ceph", "17", str(docs))

    question = {"query": "osd_max_backfills", "targets": [{"product": "ceph", "version": "17.2.6"}]}
    result = client.request("POST", "/query", question, timeout=60)
    assert (result["mode"], result["sources"][0]["url"], result["sources"][0]["match"]) == ("extractive", "ceph/17/osd.md#backfill", "same_minor")
    assert "osd_max_backfills" not in Path(config().log_path).read_text(), "questions are not logged"

    with pytest.raises(ConfigError, match=r"The request's max_tokens is wrong: it must be at least 1\."):
        client.request("POST", "/query", {**question, "max_tokens": 0}, timeout=60)
    with pytest.raises(ServiceError, match="status 404"):
        client.request("GET", "/nothing", timeout=10)
    (docs / "osd.md").unlink()
    with pytest.raises(DataError, match="holds no document that can be read"):
        list(client.stream("POST", "/knowledge/index", source, timeout=60))


def test_a_gateway_that_dies_while_it_indexes_leaves_no_result_and_no_traceback(config: MakeConfig, tmp_path: Path) -> None:
    client = EmbeddedGateway(config())
    pid = health(config())["pid"]
    (tmp_path / "page.md").write_text("# Page\n\nFive words are in here.\n")
    events = client.stream("POST", "/knowledge/index", {"path": str(tmp_path), "kind": "house", "version": "unversioned"}, timeout=60)
    threading.Timer(0.3, os.kill, (pid, signal.SIGKILL)).start()
    with contextlib.suppress(ServiceError):
        assert list(events) == []
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, 0)
    assert client.status() is None


def test_missing_packages_are_named_with_what_to_install(config: MakeConfig, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)
    python = str(tmp_path / "bare" / "bin" / "python")
    with pytest.raises(
        InfraLlmError, match=rf"packages 'fastapi', 'uvicorn', .+ are not installed for {python}; install the collection's requirements/embedded\.txt"
    ):
        health(config(gateway_python=python))
    with pytest.raises(ConfigError, match=r"cannot be started with gateway_python '/no/python' \(No such file"):
        health(config(gateway_python="/no/python"))


def test_directories_that_cannot_be_used_are_one_sentence(config: MakeConfig, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for unusable in (str(tmp_path / "file"), str(tmp_path / "file" / "state")):
        client = EmbeddedGateway(config(state_dir=unusable))
        for call in (client.start, client.stop, client.status):
            with pytest.raises(InfraLlmError, match=r"state_dir|set state_dir") as caught:
                call()
            assert "Not a directory" in caught.value.message or "File exists" in caught.value.message
    with pytest.raises(InfraLlmError, match=r"/file/knowledge cannot be used \(Not a directory\); check its owner and free space, or set knowledge_dir to"):
        health(config(knowledge_dir=str(tmp_path / "file" / "knowledge")))


def test_a_gateway_of_another_user_is_not_talked_to(config: MakeConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    Path(config().state_dir).mkdir()
    Path(config().socket_path).touch()
    monkeypatch.setattr(os, "getuid", lambda: 4242)
    with pytest.raises(ConfigError, match=r"belongs to another user \(uid \d+\); set state_dir to a directory of your own"):
        EmbeddedGateway(config()).status()


def test_a_gateway_whose_socket_is_gone_ends_by_itself(config: MakeConfig) -> None:
    health(config())
    running = EmbeddedGateway(config()).status()
    assert running is not None
    Path(config().socket_path).unlink()
    deadline = time.monotonic() + 20
    while Path(f"/proc/{running['pid']}/cmdline").exists() and Path(f"/proc/{running['pid']}/cmdline").read_bytes():
        assert time.monotonic() < deadline, "it goes on where nobody reaches it"
        time.sleep(0.1)


IMPATIENT = """
from module_utils.gateway import __main__ as gateway, _process
_process._TAKEOVER_SECONDS = 0.2
gateway.main()
"""


@pytest.mark.parametrize("holder", ["another", "the same", ""])
def test_a_knowledge_dir_bears_only_one_gateway(config: MakeConfig, tmp_path: Path, holder: str) -> None:
    knowledge = tmp_path / "knowledge"
    knowledge.mkdir()
    where = {"another": "/srv/other state", "the same": config().state_dir, "": ""}[holder]
    # A predecessor of the same state_dir is waited for, here only shortly; another one is not.
    command = [sys.executable, *(["-m", "module_utils.gateway"] if holder == "another" else ["-c", IMPATIENT])]
    with open(knowledge / "gateway.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write(f"4711 {where}" if where else "")
        lock.flush()
        started = time.monotonic()
        second = subprocess.run(
            command, input=json.dumps(dataclasses.asdict(config())), env={"PYTHONPATH": str(PLUGINS)}, capture_output=True, text=True, check=False
        )
    assert time.monotonic() - started < 10
    told = json.loads(second.stdout.splitlines()[0])
    assert told["detail"] == "ConfigError"
    process = "4711" if where else "unknown"
    assert f"{knowledge} is in use by another gateway (process {process}); stop that one with playbooks/gateway.yml -e state=stopped -e " in told["error"]
    variable = shlex.split(told["error"].partition("state=stopped -e ")[2].partition(", or")[0])[0]
    assert parse_kv(variable) == {"infra_llm_state_dir": where or config().state_dir}


def test_a_knowledge_dir_may_be_the_state_dir_and_is_named_when_another_gateway_wants_it(config: MakeConfig, tmp_path: Path) -> None:
    both = config(state_dir=str(tmp_path / "knowledge"))
    assert health(both)["knowledge_dir"] == both.state_dir
    with pytest.raises(ConfigError, match=rf"is in use by another gateway \(process \d+\); stop .+ -e infra_llm_state_dir={both.state_dir}, or"):
        health(config())
    assert EmbeddedGateway(both).stop() is True
    assert health(config())["status"] == "ok"


class Fickle:
    """Listens where a gateway does and closes connections without a byte, or after the first ones of an answer."""

    def __init__(self, path: str, said: bytes = b"") -> None:
        self.served = 0
        self._said = said
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(path)
        self._listener.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _address = self._listener.accept()
                with connection:
                    connection.recv(65536)
                    self.served += 1
                    connection.sendall(self._said)


def test_a_request_that_meets_the_end_of_a_gateway_is_sent_once_more_to_a_new_one(config: MakeConfig) -> None:
    os.makedirs(config().state_dir)
    ending = Fickle(config().socket_path)
    assert health(config())["status"] == "ok"
    assert ending.served == 2, "the request, and the look whether another caller has started one"


def test_a_request_that_two_gateways_leave_unanswered_is_given_up(config: MakeConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    os.makedirs(config().state_dir)
    ending = Fickle(config().socket_path)
    monkeypatch.setattr(EmbeddedGateway, "_spawn", lambda self: None)
    with pytest.raises(ServiceError, match="ended while it was answering; ask again"):
        health(config())
    assert ending.served == 3


def test_a_request_whose_answer_had_begun_is_not_sent_again(config: MakeConfig) -> None:
    os.makedirs(config().state_dir)
    breaking = Fickle(config().socket_path, b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"status"')
    with pytest.raises(ServiceError, match="ended while it was answering; ask again"):
        health(config())
    assert breaking.served == 1
