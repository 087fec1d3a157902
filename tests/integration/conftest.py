# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real `ansible-playbook` runs against real gateways; each `Assistant` has directories and a gateway of its own."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import re
import signal
import subprocess
import sys
import time
import typing as t
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "docs" / "examples"
BIN = Path(sys.executable).parent
KEPT = ("LANG", "LC_ALL", "TMPDIR", "TZ", "INFRA_LLM_GATEWAY_PYTHON")
LONGEST_RUN = 180  # seconds


@dataclasses.dataclass(frozen=True)
class Finished:
    """An ended program."""

    returncode: int
    out: str
    err: str

    @property
    def text(self) -> str:
        """Everything that it printed."""
        return self.out + self.err

    def ok(self) -> Finished:
        """Itself, when it succeeded."""
        assert self.returncode == 0, self.text
        return self

    def results(self) -> list[dict[str, t.Any]]:
        """What the tasks returned, in order; Ansible prints it with -v, in one line or in several."""
        starts = re.finditer(r"^(?:ok|changed|fatal|failed): \[.*?=> (?=\{)", self.out, re.MULTILINE)
        return [json.JSONDecoder().raw_decode(self.out, start.end())[0] for start in starts]

    def sentence(self) -> str:
        """The reason of the failure, which must be one line without a traceback."""
        assert self.returncode != 0, self.text
        assert "Traceback" not in self.text, self.text
        results = self.results()
        assert results, self.text
        message: str = results[-1]["msg"]
        assert "\n" not in message, message
        assert "nexpected" not in message, message
        return message


class Assistant:
    """The collection with a state directory, and so a gateway, of its own."""

    def __init__(self, home: Path, **environment: str) -> None:
        self.home = home
        self.state_dir = home / "state"
        self.inventory: Path | str = EXAMPLES / "inventory" / "hosts.yml"
        self.environment = {
            **{name: os.environ[name] for name in KEPT if name in os.environ},
            "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "HOME": str(home),
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".venv" / "collections"),
            "ANSIBLE_CALLBACK_RESULT_FORMAT": "json",
            "ANSIBLE_NOCOLOR": "1",
            "INFRA_LLM_STATE_DIR": str(self.state_dir),
            **environment,
        }

    def run(self, command: list[str | Path], *, cwd: Path = ROOT, **environment: str) -> Finished:
        """Run a program in this assistant's environment."""
        ended = subprocess.run(
            [str(word) for word in command],
            cwd=cwd,
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=LONGEST_RUN,
            check=False,
        )
        return Finished(ended.returncode, ended.stdout.decode(), ended.stderr.decode())

    def playbook(self, playbook: str | Path, *arguments: str | Path, **environment: str) -> Finished:
        """Run a playbook on this assistant's inventory."""
        return self.run([BIN / "ansible-playbook", "-i", self.inventory, playbook, *arguments], **environment)

    def play(
        self, tasks: list[dict[str, t.Any]], *arguments: str | Path, hosts: str = "localhost", play: dict[str, t.Any] | None = None, **environment: str
    ) -> Finished:
        """Run tasks; a playbook is YAML, of which JSON is a part."""
        written = self.home / "play.yml"
        written.write_text(json.dumps([{"hosts": hosts, "gather_facts": False, "connection": "local", "tasks": tasks, **(play or {})}]), encoding="utf-8")
        return self.playbook(written, *arguments, **environment)

    def ask(self, query: str | None, *arguments: str | Path, **environment: str) -> Finished:
        """Ask by ask.yml; the question goes the way of `make ask`, through the environment."""
        question = {} if query is None else {"INFRA_LLM_QUERY": query}
        return self.playbook("playbooks/ask.yml", *arguments, **question, **environment)

    def answer(self, query: str, *arguments: str | Path, **environment: str) -> dict[str, t.Any]:
        """The result of ask.yml as it is saved."""
        saved = self.home / "answer.json"
        saved.unlink(missing_ok=True)
        self.ask(query, *arguments, "-e", f"save_to={saved}", **environment).ok()
        result: dict[str, t.Any] = json.loads(saved.read_text(encoding="utf-8"))
        return result

    def ingest(self, directory: Path, *arguments: str, **environment: str) -> Finished:
        """Index a directory."""
        return self.playbook("playbooks/ingest.yml", "-e", json.dumps({"knowledge_source": str(directory)}), *arguments, **environment)

    def log(self) -> str:
        """The gateway's log."""
        return (self.state_dir / "gateway.log").read_text(encoding="utf-8")

    def pid(self) -> int | None:
        """The process of the running gateway."""
        with contextlib.suppress(FileNotFoundError, ValueError):
            pid = int((self.state_dir / "gateway.lock").read_text(encoding="utf-8").partition(" ")[0])
            return pid if alive(pid) else None
        return None

    def ends(self) -> bool:
        """Wait for the gateway to end; tell whether it did within half a minute."""
        deadline = time.monotonic() + 30
        while self.pid() is not None and time.monotonic() < deadline:
            time.sleep(0.1)
        return self.pid() is None

    def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End the gateway, if one runs, and wait until it has."""
        pid = self.pid()
        if pid is None:
            return
        os.kill(pid, number)
        deadline = time.monotonic() + 20
        while alive(pid):
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.05)


def alive(pid: int) -> bool:
    """Tell whether the process runs; one that ended and was not yet waited for does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return not Path("/proc/self").exists()


@pytest.fixture(scope="module")
def make_assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Assistant]]:
    """Make assistants, whose gateways end with the module."""
    made: list[Assistant] = []

    def make(**environment: str) -> Assistant:
        made.append(Assistant(tmp_path_factory.mktemp("home"), **environment))
        return made[-1]

    yield make
    for assistant in made:
        assistant.end()


@pytest.fixture(scope="session")
def first_ingest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Assistant, Finished]]:
    """An assistant that has just indexed the example knowledge, and how that went."""
    assistant = Assistant(tmp_path_factory.mktemp("examples"))
    try:
        yield assistant, assistant.ingest(EXAMPLES / "knowledge", "-v")
    finally:
        assistant.end()


@pytest.fixture(scope="session")
def examples(first_ingest: tuple[Assistant, Finished]) -> Assistant:
    """An assistant that knows the example runbooks."""
    first_ingest[1].ok()
    return first_ingest[0]
