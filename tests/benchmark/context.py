# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long the context of a question takes: from the variables of a play to the digest for the gateway.

Ansible's own loading of the inventory is not counted: it is done once a play, and forks inherit it.

  load_s                first load in a fresh process with an empty cache: the index of the CSV is built and opened, the index of names is built
  question_ms_p95       one question in the process that has loaded
  cold_question_ms_p95  one question in a newly forked process, as every task of a play is: it opens the index on disk and builds that of names.
                        As for an action, whose code Ansible loads before it forks (the strategies ask action_loader for its class)
  cold_lookup_ms_p95    the same for a lookup, which is found in the worker only: with the import of this collection's code, which Ansible compiles anew
  baseline_read_s       plain Python over the same files: csv.reader over the CSV, PyYAML's C loader over a YAML inventory (bytes only of any other)
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import csv
import dataclasses
import os
import pathlib
import pickle
import random
import shutil
import sys
import tempfile
import time
import typing as t
from collections.abc import Callable, Iterator

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from _report import percentile, report

QUESTIONS = 200
COLD_QUESTIONS = 100


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--inventory", metavar="DIR", help="a directory with an inventory file and versions.csv; by default the shared generator makes a large one"
    )
    parser.add_argument("--json", metavar="OUT", help="write the measures as JSON")
    arguments = parser.parse_args()
    with _collection(), tempfile.TemporaryDirectory(prefix="infra-llm-context-") as scratch:
        directory = pathlib.Path(arguments.inventory) if arguments.inventory else _generate(pathlib.Path(scratch))
        _measure(directory, pathlib.Path(scratch) / "state", arguments.json)


@contextlib.contextmanager
def _collection() -> Iterator[None]:
    """Make this checkout importable as the collection, wherever it lies."""
    checkout = pathlib.Path(__file__).resolve().parents[2]
    with tempfile.TemporaryDirectory(prefix="infra-llm-collections-") as scratch:
        namespace = pathlib.Path(scratch) / "ansible_collections" / "infra_llm"
        namespace.mkdir(parents=True)
        (namespace / "assistant").symlink_to(checkout)
        # Through Ansible's own loader, which compiles every module anew in every worker.
        from ansible.plugins.loader import init_plugin_loader

        init_plugin_loader([scratch])
        yield


def _generate(scratch: pathlib.Path) -> pathlib.Path:
    import subprocess

    shared = pathlib.Path(os.environ.get("INFRA_LLM_SHARED") or pathlib.Path(__file__).resolve().parents[3] / "shared")
    generator = shared / "inventories" / "big" / "gen_big.py"
    if not generator.is_file():
        sys.exit(f"No {generator}; set INFRA_LLM_SHARED to the shared test data or give --inventory DIR.")
    made = scratch / "big"
    made.mkdir()
    subprocess.run([sys.executable, str(generator), str(made)], check=True)
    return made


def _measure(directory: pathlib.Path, state: pathlib.Path, json_path: str | None) -> None:
    csv_file = directory / "versions.csv"
    source = _inventory_file(directory)
    if not csv_file.is_file() or source is None:
        sys.exit(f"{directory} needs an inventory file and versions.csv.")
    started = time.perf_counter()
    play = _load(source)
    ansible_s = time.perf_counter() - started

    load_s = min(_in_fork(lambda: _first_load(play, csv_file, state)) for _attempt in range(3))
    questions = _questions(play.task_vars["groups"], random.Random(7))
    lookup = [_in_fork(lambda question=question: _ask_once(play, csv_file, state, question)) for question in questions[:COLD_QUESTIONS]]
    _import()
    warm = _in_fork(lambda: _ask_all(play, csv_file, state, questions))
    cold = [_in_fork(lambda question=question: _ask_once(play, csv_file, state, question)) for question in questions[:COLD_QUESTIONS]]
    baseline_s, what = _baseline(csv_file, source)

    groups = play.task_vars["groups"]
    measures = {
        "load_s": load_s,
        "question_ms_p95": percentile(warm, 0.95),
        "cold_question_ms_p95": percentile(cold, 0.95),
        "cold_lookup_ms_p95": percentile(lookup, 0.95),
        "baseline_read_s": baseline_s,
        "question_ms_p50": percentile(warm, 0.5),
        "cold_question_ms_p50": percentile(cold, 0.5),
        "cold_lookup_ms_p50": percentile(lookup, 0.5),
        "ansible_load_s": ansible_s,
        "hosts": len(groups["all"]),
        "groups": len(groups) - 2,
        "csv_rows": csv_file.read_bytes().count(b"\n") - 1,
    }
    notes = {
        "load_s": "target <= 1.5",
        "question_ms_p95": f"target <= 20; {len(questions)} questions",
        "cold_question_ms_p95": f"target <= 100; {len(cold)} forks",
        "cold_lookup_ms_p95": f"{len(lookup)} forks",
        "baseline_read_s": what,
        "ansible_load_s": "InventoryManager, once a play, not ours",
    }
    ok = measures["load_s"] <= 1.5 and measures["question_ms_p95"] <= 20 and measures["cold_question_ms_p95"] <= 100
    summary = (
        f"context: {'within' if ok else 'MISSES'} its targets: load {load_s:.2f} s, question {measures['question_ms_p95']:.1f} ms, "
        f"cold question {measures['cold_question_ms_p95']:.1f} ms, cold lookup {measures['cold_lookup_ms_p95']:.1f} ms (p95); plain reading {baseline_s:.2f} s"
    )
    report("context", measures, notes=notes, json_path=json_path, summary=summary)


def _inventory_file(directory: pathlib.Path) -> pathlib.Path | None:
    for name in ("inventory.yml", "inventory.yaml", "hosts.yml", "hosts.yaml", "inventory.ini", "hosts.ini", "hosts", "inventory"):
        if (directory / name).is_file():
            return directory / name
    return None


def _load(source: pathlib.Path) -> Play:
    from ansible.inventory.manager import InventoryManager
    from ansible.parsing.dataloader import DataLoader
    from ansible.template import Templar
    from ansible.vars.hostvars import HostVars
    from ansible.vars.manager import VariableManager

    loader = DataLoader()
    manager = InventoryManager(loader=loader, sources=[str(source)])
    variables = VariableManager(loader=loader, inventory=manager)
    task_vars = {**variables.get_vars(), "hostvars": HostVars(manager, variables, loader)}
    # A play has rendered something before it comes to a question: Ansible's own start of templating is not ours.
    Templar(loader=loader).template("x")
    return Play(task_vars, Templar(loader=loader))


@dataclasses.dataclass
class Play:
    """What a task has at hand before any code of the collection is imported."""

    task_vars: dict[str, t.Any]
    templar: t.Any


def _import() -> tuple[t.Any, t.Any, t.Any]:
    from ansible_collections.infra_llm.assistant.plugins.module_utils.infrastructure._digest import describe
    from ansible_collections.infra_llm.assistant.plugins.module_utils.infrastructure._versions_csv import open_versions
    from ansible_collections.infra_llm.assistant.plugins.plugin_utils._inventory import PlayInventory

    return describe, open_versions, PlayInventory


def _describe(play: Play, csv_file: pathlib.Path, state: pathlib.Path, question: str) -> None:
    describe, open_versions, play_inventory = _import()
    describe(question, play_inventory(play.task_vars, play.templar), open_versions(csv_file, cache_dir=state))


def _first_load(play: Play, csv_file: pathlib.Path, state: pathlib.Path) -> float:
    shutil.rmtree(state, ignore_errors=True)
    started = time.perf_counter()
    from ansible_collections.infra_llm.assistant.plugins.module_utils.infrastructure._names import name_index
    from ansible_collections.infra_llm.assistant.plugins.module_utils.infrastructure._versions_csv import open_versions

    open_versions(csv_file, cache_dir=state)
    name_index(play.task_vars["groups"])
    return time.perf_counter() - started


def _ask_all(play: Play, csv_file: pathlib.Path, state: pathlib.Path, questions: list[str]) -> list[float]:
    _describe(play, csv_file, state, "loaded?")
    return [_timed(lambda question=question: _describe(play, csv_file, state, question)) for question in questions]


def _ask_once(play: Play, csv_file: pathlib.Path, state: pathlib.Path, question: str) -> float:
    return _timed(lambda: _describe(play, csv_file, state, question))


def _timed(action: Callable[[], None]) -> float:
    started = time.perf_counter()
    action()
    return (time.perf_counter() - started) * 1000


def _in_fork(action: Callable[[], t.Any]) -> t.Any:
    """Run in a forked process, as Ansible runs every task, and return its result."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.close(read)
            with os.fdopen(write, "wb") as pipe:
                pickle.dump(action(), pipe)
            status = 0
        finally:
            os._exit(status)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        data = pipe.read()
    status = os.waitpid(child, 0)[1]
    if status:
        sys.exit("A measured process failed.")
    return pickle.loads(data)


def _questions(groups: dict[str, list[str]], rnd: random.Random) -> list[str]:
    """A mix as operators ask: mostly about hosts and products, some about groups, ranges and nothing in particular."""
    hosts = [str(host) for host in groups["all"]]
    names = [group for group in groups if group not in ("all", "ungrouped") and groups[group]]
    products = ["kafka", "ceph", "Kubernetes", "postgresql", "nginx", "redis", "etcd", "opensearch", "prometheus", "openssl"]
    russian = ["кафке", "цефе", "кубере", "постгресе", "энджинксе", "редисе", "этсд", "опенсёрче", "прометее", "графане"]
    forms: list[Callable[[], str]] = [
        lambda: f"Why is {rnd.choice(hosts)} slow?",
        lambda: f"почему {rnd.choice(hosts).partition('.')[0]} не отвечает и что на нём изменилось",
        lambda: f"Compare {rnd.choice(hosts)} and {rnd.choice(hosts)}, which of them runs an older {rnd.choice(products)}?",
        lambda: f"How do I change the retention of {rnd.choice(products)} on {rnd.choice(hosts)}?",
        lambda: f"How many replicas does {rnd.choice(products)} need to survive the loss of a rack?",
        lambda: f"что делать, если на {rnd.choice(russian)} кончается место на диске",
        lambda: f"Upgrade {rnd.choice(products)} from 2.8 to 3.4 in the group {rnd.choice(names)}",
        lambda: f"что крутится в группе {rnd.choice(names)}",
        lambda: f"{rnd.choice(hosts).rpartition('-')[0]}-0000[1-9] are down, what now?",
        lambda: "Too many open files, where is the limit set?",
    ]
    weights = [16, 14, 8, 16, 14, 14, 6, 4, 4, 4]
    return [form() for form in rnd.choices(forms, weights, k=QUESTIONS)]


def _baseline(csv_file: pathlib.Path, source: pathlib.Path) -> tuple[float, str]:
    started = time.perf_counter()
    with csv_file.open(encoding="utf-8", errors="replace", newline="") as file:
        collections.deque(csv.reader(file), maxlen=0)
    if source.suffix not in (".yml", ".yaml"):
        source.read_bytes()
        return time.perf_counter() - started, "csv.reader over the CSV, the inventory's bytes"
    import yaml

    with source.open("rb") as file:
        yaml.load(file, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return time.perf_counter() - started, "csv.reader over the CSV, PyYAML's C loader over the inventory"


if __name__ == "__main__":
    main()
