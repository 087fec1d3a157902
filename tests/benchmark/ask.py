# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What asking from a play costs: the first question, the next ones, and fifty forks at once. No language model: its time is not ours.

python tests/benchmark/ask.py [--json OUT]
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import _report

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "docs" / "examples"
LOOKUP = "infra_llm.assistant.infra_llm"
QUESTION = "Why is a Kafka broker under-replicated, and what do I do first?"
TASKS = {
    "debug": {"ansible.builtin.debug": {"msg": QUESTION}},
    "action": {LOOKUP: {"query": QUESTION, "mode": "extractive"}},
    "lookup": {"ansible.builtin.debug": {"msg": f"{{{{ lookup('{LOOKUP}', '{QUESTION}', mode='extractive') }}}}"}},
}
PAIRS = 12
COLD_STARTS = 3
HOSTS = 50
NOTES = {
    "second_ask_overhead_ms": "a playbook of one question over one of a debug task, medians of interleaved runs",
    "second_lookup_overhead_ms": "the same by lookup",
    "debug_playbook_ms": "the playbook of one debug task",
    "cold_start_s": "a playbook of one question with no gateway running",
    "forks50_ok": f"answers when {HOSTS} forks ask at a cold start",
    "forks50_gateways": "gateways that this started",
    "forks50_s": "seconds that this took",
}


class Bench:
    """Plays on an inventory of fifty brokers, with a state directory of their own."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._state = directory / "state"
        hosts = [f"broker-{number:02}" for number in range(1, HOSTS + 1)]
        self._write("hosts.yml", {"all": {"children": {"kafka": {"hosts": dict.fromkeys(hosts)}}}})
        (directory / "versions.csv").write_text("server,product,version\n" + "".join(f"{host},kafka,3.4.0\n" for host in hosts), encoding="utf-8")
        for name, task in TASKS.items():
            self._write(f"{name}.yml", [{"hosts": "kafka[0]", "gather_facts": False, "tasks": [task]}])
        self._write("all.yml", [{"hosts": "kafka", "gather_facts": False, "tasks": [TASKS["action"]]}])
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "INFRA_LLM_")) or name == "INFRA_LLM_GATEWAY_PYTHON"},
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".venv" / "collections"),
            "ANSIBLE_CALLBACK_RESULT_FORMAT": "json",
            "ANSIBLE_NOCOLOR": "1",
            "INFRA_LLM_STATE_DIR": str(self._state),
        }

    def _write(self, name: str, content: object) -> None:
        (self._directory / name).write_text(json.dumps(content), encoding="utf-8")

    def play(self, playbook: str | Path, *arguments: str, check: bool = True) -> tuple[float, str]:
        """Run a playbook; returns the seconds of the whole process and its output."""
        command = [Path(sys.executable).parent / "ansible-playbook", "-i", self._directory / "hosts.yml", self._directory / playbook, *arguments]
        started = time.monotonic()
        ended = subprocess.run(
            command, env=self._environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        seconds = time.monotonic() - started
        if check and ended.returncode:
            sys.exit(ended.stdout)
        return seconds, ended.stdout

    def ingest(self) -> None:
        """Index the example runbooks."""
        self.play(ROOT / "playbooks" / "ingest.yml", "-e", f"knowledge_source={EXAMPLES / 'knowledge'}")

    def stop(self) -> None:
        """Stop the gateway."""
        self.play(ROOT / "playbooks" / "gateway.yml", "-e", "state=stopped")

    def kill(self) -> None:
        """End the gateway at once, if one runs."""
        try:
            os.kill(int((self._state / "gateway.lock").read_text(encoding="ascii")), signal.SIGTERM)
        except (OSError, ValueError):
            return

    def gateways(self) -> int:
        """Gateway processes that were ever started."""
        return len(set(re.findall(r"gateway \S+ started: process (\d+)", (self._state / "gateway.log").read_text(encoding="utf-8"))))


def overheads(bench: Bench) -> dict[str, float]:
    """Milliseconds of a warm question over a debug task, in interleaved pairs, so that other work on the machine falls on both alike."""
    seconds: dict[str, list[float]] = {name: [] for name in TASKS}
    for name in TASKS:
        bench.play(f"{name}.yml")
    for _pair in range(PAIRS):
        for name, taken in seconds.items():
            taken.append(bench.play(f"{name}.yml")[0])
    plain = statistics.median(seconds["debug"])
    return {
        "second_ask_overhead_ms": (statistics.median(seconds["action"]) - plain) * 1000,
        "second_lookup_overhead_ms": (statistics.median(seconds["lookup"]) - plain) * 1000,
        "debug_playbook_ms": plain * 1000,
    }


def cold_start(bench: Bench) -> float:
    """Seconds of the whole first question with no gateway running."""
    taken = []
    for _start in range(COLD_STARTS):
        bench.stop()
        taken.append(bench.play("action.yml")[0])
    return statistics.median(taken)


def fifty_forks(bench: Bench) -> dict[str, float | int]:
    """Fifty hosts ask at once and no gateway runs: how many are answered, and how many gateways that takes."""
    bench.stop()
    before = bench.gateways()
    seconds, out = bench.play("all.yml", "-v", "--forks", str(HOSTS), check=False)
    answers = [json.loads(line) for line in re.findall(r"^ok: .*?=> (\{.*\})$", out, re.MULTILINE)]
    answered = sum(bool(answer.get("answer") and answer.get("sources")) for answer in answers)
    return {"forks50_ok": answered, "forks50_gateways": bench.gateways() - before, "forks50_s": seconds}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", metavar="OUT", help="write the measures to this file")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ask-") as directory:
        bench = Bench(Path(directory))
        try:
            bench.ingest()
            measures = {**overheads(bench), "cold_start_s": cold_start(bench), **fifty_forks(bench)}
        finally:
            bench.kill()
    summary = (
        f"ask: the second question costs {measures['second_ask_overhead_ms']:.0f} ms over a debug task, a cold start takes {measures['cold_start_s']:.1f} s, "
        f"{measures['forks50_ok']} of {HOSTS} forks answered by {measures['forks50_gateways']} gateway(s)."
    )
    _report.report("Asking from a play", measures, notes=NOTES, json_path=arguments.json, summary=summary)


if __name__ == "__main__":
    main()
