# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong on real machines ends in an answer or in one sentence."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import typing as t
import venv
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

if t.TYPE_CHECKING:
    from conftest import Assistant

QUESTION = "Why is a Kafka broker under-replicated?"
PAGE = "# Kafka: under-replicated partitions\n\nA Kafka broker is under-replicated when a follower is down.\n"
OTHER_UID = 12345
needs_root = pytest.mark.skipif(os.getuid() != 0, reason="only root may make another user's files and small file systems")


@pytest.fixture(scope="module")
def assistant(make_assistant: Callable[..., Assistant]) -> Assistant:
    """One that knows a single runbook."""
    made = make_assistant()
    runbooks = made.home / "runbooks" / "house"
    runbooks.mkdir(parents=True)
    (runbooks / "kafka.md").write_text(PAGE, encoding="utf-8")
    made.ingest(runbooks.parent).ok()
    return made


def test_a_killed_gateway_is_started_anew(assistant: Assistant) -> None:
    assert assistant.answer(QUESTION)["sources"]
    first = assistant.pid()
    assistant.end(signal.SIGKILL)
    assert (assistant.state_dir / "gateway.sock").exists()
    assert assistant.answer(QUESTION)["sources"]
    assert assistant.pid() not in (None, first)


def test_a_stale_socket_is_cleared(assistant: Assistant) -> None:
    path = assistant.state_dir / "gateway.sock"
    assistant.end()
    path.unlink(missing_ok=True)
    listen(path).close()
    assert assistant.answer(QUESTION)["sources"]


def listen(path: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen()
    return listener


@needs_root
def test_a_gateway_of_another_user_is_not_trusted(make_assistant: Callable[..., Assistant]) -> None:
    other = make_assistant()
    other.state_dir.mkdir()
    with listen(other.state_dir / "gateway.sock"):
        for path in (other.state_dir, other.state_dir / "gateway.sock"):
            os.chown(path, OTHER_UID, OTHER_UID)
        assert f"belongs to another user (uid {OTHER_UID})" in other.ask(QUESTION).sentence()
        for state in ("status", "started", "stopped"):
            assert f"belongs to another user (uid {OTHER_UID})" in other.playbook("playbooks/gateway.yml", "-e", f"state={state}").sentence()


@needs_root
def test_a_state_dir_of_another_user_is_left_alone(make_assistant: Callable[..., Assistant]) -> None:
    if shutil.which("setpriv") is None:
        pytest.skip("setpriv of util-linux is not here")
    other = make_assistant()
    other.state_dir.mkdir(mode=0o700)
    os.chown(other.state_dir, OTHER_UID, OTHER_UID)
    # root without the right to override permissions is as any other user.
    as_user: list[str | Path] = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--inh-caps", "-dac_override,-dac_read_search"]
    playbook = [*as_user, Path(sys.executable).parent / "ansible-playbook", "-i", other.inventory]
    for rest in (["playbooks/ask.yml"], ["playbooks/gateway.yml"], ["playbooks/gateway.yml", "-e", "state=started"]):
        assert "set state_dir to a directory of your own" in other.run([*playbook, *rest], INFRA_LLM_QUERY=QUESTION).sentence()


def test_a_state_dir_that_cannot_be_made(make_assistant: Callable[..., Assistant]) -> None:
    other = make_assistant()
    (other.home / "file").write_text("", encoding="utf-8")
    environment = {"INFRA_LLM_STATE_DIR": str(other.home / "file" / "state")}
    assert "state_dir" in other.ask(QUESTION, **environment).sentence()
    assert "state_dir" in other.playbook("playbooks/gateway.yml", "-e", "state=started", **environment).sentence()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """Make file systems of so many KiB."""
    made: list[Path] = []

    def make(size: int) -> Path:
        made.append(tmp_path / f"disk{len(made)}")
        made[-1].mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}k,mode=0700", "tmpfs", made[-1]], capture_output=True, text=True, check=False)
        if mounted.returncode:
            made.pop()
            pytest.skip(f"no file system can be mounted here: {mounted.stderr}")
        return made[-1]

    yield make
    for disk in made:
        subprocess.run(["umount", "--lazy", disk], check=False)


def fill(disk: Path) -> None:
    with (disk / "filler").open("wb", buffering=0) as filler:
        try:
            while filler.write(bytes(4096)):
                pass
        except OSError:
            return


@needs_root
def test_a_full_disk_at_the_start(make_assistant: Callable[..., Assistant], small_disk: Callable[[int], Path]) -> None:
    other = make_assistant()
    disk = other.state_dir = small_disk(64)
    fill(disk)
    message = other.ask(QUESTION, INFRA_LLM_STATE_DIR=str(disk)).sentence()
    assert "space" in message or "full" in message, message


@needs_root
@pytest.mark.parametrize("size", [100, 700], ids=["no room for the tables", "no room for the pages"])
def test_a_disk_that_becomes_full_while_indexing(make_assistant: Callable[..., Assistant], small_disk: Callable[[int], Path], size: int) -> None:
    other = make_assistant()
    disk = small_disk(size)
    pages = other.home / "runbooks" / "house"
    pages.mkdir(parents=True)
    for number in range(20):
        text = " ".join(f"word{number}x{position}" for position in range(150))
        (pages / f"{number}.md").write_text(f"# Page {number}\n\n{text}\n", encoding="utf-8")
    message = other.ingest(pages.parent, INFRA_LLM_KNOWLEDGE_DIR=str(disk)).sentence()
    assert "space" in message or "full" in message, message
    other.end()


def test_missing_packages_are_named(make_assistant: Callable[..., Assistant]) -> None:
    other = make_assistant()
    venv.create(other.home / "bare", with_pip=False)
    message = other.ask(QUESTION, INFRA_LLM_GATEWAY_PYTHON=str(other.home / "bare" / "bin" / "python")).sentence()
    assert "chromadb" in message
    assert "gateway_python" in message
    assert "cannot be started with gateway_python" in other.ask(QUESTION, INFRA_LLM_GATEWAY_PYTHON=str(other.home / "none")).sentence()
    assert "gateway_python" in other.ask(QUESTION, INFRA_LLM_GATEWAY_PYTHON="/bin/true").sentence()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "empty"),
        (b"name,colour\nkafka-01,red\n", "no column"),
        (bytes(range(256)) * 20, "versions.csv"),
        ("сервер;продукт\n".encode("cp1251"), "cp1251"),
        (None, "cannot be read"),
    ],
    ids=["empty", "columns", "binary", "encoding", "missing"],
)
def test_a_versions_csv_that_cannot_be_used(assistant: Assistant, tmp_path: Path, content: bytes | None, told: str) -> None:
    path = tmp_path / "versions.csv"
    if content is not None:
        path.write_bytes(content)
    message = assistant.ask(QUESTION, INFRA_LLM_VERSIONS_CSV=str(path)).sentence()
    assert str(path) in message
    assert told in message


def test_a_broken_row_is_a_warning(assistant: Assistant, tmp_path: Path) -> None:
    path = tmp_path / "versions.csv"
    path.write_text("server,product,version\nkafka-01.north.example.com,kafka,3.4.0\nkafka-02\n", encoding="utf-8")
    result = assistant.answer(QUESTION, INFRA_LLM_VERSIONS_CSV=str(path))
    assert any(str(path) in warning and "3" in warning for warning in result["warnings"])
    assert result["sources"]


def test_undefined_and_broken_variables_do_no_harm(assistant: Assistant, tmp_path: Path) -> None:
    variables = {
        "kafka_heap": "6g",
        "kafka_log_dir": "{{ nobody_defines_this }}/log",
        "kafka_data_dir": "{{ kafka_data_dir }}",
        "kafka_tmp_dir": "{{ 1 / 0 }}",
        "kafka_run_dir": "{{ lookup('ansible.builtin.file', '/none') }}",
        "kafka_cache_dir": "{% if %}",
    }
    inventory = tmp_path / "hosts.yml"
    inventory.write_text(json.dumps({"all": {"children": {"kafka": {"hosts": {"kafka-01": variables}}}}}), encoding="utf-8")
    for host in ("localhost", "kafka-01"):
        tasks = [{"infra_llm.assistant.infra_llm": {"query": "What is the heap of kafka-01?"}}]
        (result,) = assistant.play(tasks, "-i", inventory, "-v", hosts=host).ok().results()
        (described,) = (entry for entry in result["infrastructure"]["hosts"] if entry["name"] == "kafka-01")
        assert described["vars"]["kafka_heap"] == "6g"


@needs_root
def test_asking_goes_on_when_the_disk_is_full(assistant: Assistant, make_assistant: Callable[..., Assistant], small_disk: Callable[[int], Path]) -> None:
    assistant.end()
    other = make_assistant()
    other.state_dir = small_disk(20_000)
    shutil.copytree(assistant.state_dir / "knowledge", other.state_dir / "knowledge")
    environment = {"INFRA_LLM_STATE_DIR": str(other.state_dir)}
    assert other.answer(QUESTION, **environment)["sources"]
    fill(other.state_dir)
    for question in (QUESTION, "How is the disk of kafka-01 freed?"):
        assert other.answer(question, **environment)["answer"]
    other.end()
