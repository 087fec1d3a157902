# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the served gateway adds to llama-server, against llama-server asked directly in the same run.

python tests/benchmark/serving.py [--model GGUF] [--corpus DIR] [--only PART ...] [--json OUT]

Without --model one of Llama 3.2 1B's shape with random weights is made: latency and counts of tokens are as with real ones, answers are not.
--corpus is a directory of PRODUCT/VERSION/; three of its products for which tests/benchmark/golden has questions are indexed, once.
"""

from __future__ import annotations

import argparse
import collections
import concurrent.futures
import json
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import typing as t
from pathlib import Path

import _report
from _served import BIN, COLLECTIONS, ROOT, TOKEN, Gateway, Processes, Recorder, chat_server, free_port, opened, request

sys.path[:0] = [str(ROOT / "tests" / "support"), str(COLLECTIONS)]

import random_gguf  # noqa: E402
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._embedding import load_embedder  # noqa: E402
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._embedding_settings import embedder_settings  # noqa: E402
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._vector_store import PersistentVectorStore  # noqa: E402
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._index import KnowledgeIndex  # noqa: E402
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._ingest import index_version  # noqa: E402

SHARED = Path(os.environ.get("INFRA_LLM_SHARED") or ROOT.parent / "shared")
GOLDEN = ROOT / "tests" / "benchmark" / "golden" / "english.jsonl"
PRODUCTS = ("kafka", "prometheus", "alertmanager")
QUESTIONS_OF_A_PRODUCT = 8
HOSTS = (("kafka-01", 0), ("kafka-02", 0), ("metrics-01", 1), ("alerts-01", 2))  # with the product that each runs
ASKERS = 50
QUESTIONS = 3
PAIRS = 5  # of each of these, with everything cached
FEW = {"max_tokens": 8}
PLAYS = 9
PARTS = ("overhead", "lookup", "first_word", "askers")
LOOKUP = "infra_llm.assistant.infra_llm"
NOTES = {
    "gateway_overhead_ms_p50": "a question over the same chat sent to llama-server, everything cached, medians",
    "total_ratio": "the same with nothing cached and 64 tokens written",
    "lookup_process_overhead_ms": "an ansible-playbook with the lookup over one with lookup('env'), the model's time aside",
    "first_word_ratio": "the first question on a host: time to the first word over llama-server's for rules, facts and passages alone, medians",
    "computed_tokens_first": "prompt tokens of such a question that are not from the cache, median",
    "computed_tokens_other": "the same for the questions about that host that follow",
    "throughput_share_50": f"answers in a second with {ASKERS} askers at once, over those of llama-server asked directly",
    "errors_50": "questions of these that were not answered",
}


class Mix:
    """Questions about four hosts that run three products."""

    def __init__(self, versions: dict[str, str]) -> None:
        self._versions = versions
        self._questions: dict[str, list[str]] = collections.defaultdict(list)
        for line in GOLDEN.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if row["product"] in versions and len(self._questions[row["product"]]) < QUESTIONS_OF_A_PRODUCT:
                self._questions[row["product"]].append(row["question"])

    def question(self, host: str, number: int, *, max_tokens: int, addition: str = "") -> dict[str, t.Any]:
        """The request for question `number` about what a host runs."""
        product = PRODUCTS[dict(HOSTS)[host]]
        version = self._versions[product]
        software = [{"product": product, "version": version, "os_version": "Debian 12"}, {"product": "openssl", "version": "3.0.11", "os_version": "Debian 12"}]
        settings = {f"{product}_{name}": 10 + len(host) * len(name) for name in ("heap_gb", "threads", "data_dirs", "retention_days", "listen_port", "rack")}
        return {
            "query": self._questions[product][number] + addition,
            "infrastructure": {
                "hosts": [{"name": f"{host}.north.example.com", "groups": [product, "north", "production"], "software": software, "vars": settings}],
                "products": [{"name": product, "versions": {version: [name for name, runs in HOSTS if PRODUCTS[runs] == product]}}],
            },
            "targets": [{"product": product, "version": version, "why": "question"}],
            "max_tokens": max_tokens,
            "timeout": 1800,
            "on_llm_error": "fail",
        }

    def drawn(self, count: int, *, max_tokens: int) -> list[dict[str, t.Any]]:
        """Questions as they come: some hosts and some questions far more often than others (Zipf)."""
        chance = random.Random(20261128)
        names = [host for host, _product in HOSTS]
        hosts = chance.choices(names, [1 / (rank + 1) for rank in range(len(names))], k=count)
        numbers = chance.choices(range(QUESTIONS_OF_A_PRODUCT), [1 / (rank + 1) for rank in range(QUESTIONS_OF_A_PRODUCT)], k=count)
        return [self.question(host, number, max_tokens=max_tokens) for host, number in zip(hosts, numbers, strict=True)]


class Bench:
    """The parts of the benchmark, each with a language model server of its own."""

    def __init__(self, processes: Processes, gateway: Gateway, model: Path, mix: Mix) -> None:
        self._processes = processes
        self._gateway = gateway
        self._model = model
        self._mix = mix
        self.measures: dict[str, float | int] = {}

    def overhead(self) -> None:
        port = free_port()
        saved = ("--slot-save-path", f"{self._processes.directory}/")  # without which no slot can be emptied, before what is to be cold
        server = chat_server(self._processes, self._model, port, *saved, slots=1)
        url = f"http://127.0.0.1:{port}"
        hosts = [host for host, runs in HOSTS if runs or host == HOSTS[0][0]]
        asked = [self._mix.question(host, 0, max_tokens=64) for host in hosts[:QUESTIONS]]
        chats = self._chats(port, asked)
        with self._gateway.serving(url):
            for question in asked:
                self._gateway.ask({**question, "mode": "context"})  # connections are open, words of the question looked up
            cold, warm = [], []
            for question, chat in zip(asked, chats, strict=True):
                request("POST", f"{url}/slots/0?action=erase", {})
                bare = direct(url, chat)
                request("POST", f"{url}/slots/0?action=erase", {})
                cold.append((bare, timed(lambda question=question: self._gateway.ask(question))))
                for _number in range(PAIRS):
                    bare = direct(url, {**chat, **FEW})
                    warm.append((bare, timed(lambda question=question: self._gateway.ask({**question, **FEW}))))
            self.measures["gateway_overhead_ms_p50"] = statistics.median(1000 * (ours - bare) for bare, ours in warm)
            self.measures["total_ratio"] = statistics.median(ours / bare for bare, ours in cold)
        server.stop()

    def lookup(self) -> None:
        port = free_port()
        server = chat_server(self._processes, self._model, port, slots=1)
        with self._gateway.serving(f"http://127.0.0.1:{port}"):
            plays = Plays(self._processes.directory, self._gateway.url, self._mix)
            plays.run("lookup")
            trivial, asking = [], []
            for _number in range(PLAYS):
                trivial.append(plays.run("trivial")[0])
                seconds, output = plays.run("lookup")
                asking.append(seconds - float(re.findall(r"llm_ms=([\d.]+)", output)[0]) / 1000)
            self.measures["lookup_process_overhead_ms"] = 1000 * (statistics.median(asking) - statistics.median(trivial))
        server.stop()

    def first_word(self) -> None:
        ratios, first, other = [], [], []
        for host in ("kafka-01", "metrics-01", "alerts-01"):
            port = free_port()
            url = f"http://127.0.0.1:{port}"
            asked = [self._mix.question(host, number, max_tokens=4) for number in range(5)]
            server = chat_server(self._processes, self._model, port, slots=2)
            (chat,) = self._chats(port, asked[:1])
            server.stop()
            bare, ours = [], []
            for number in range(QUESTIONS):
                # Each on a server that has computed nothing yet.
                server = chat_server(self._processes, self._model, port, slots=2)
                bare.append(direct_first_word(url, facts_and_passages(chat)))
                server.stop()
                server = chat_server(self._processes, self._model, port, slots=2)
                with self._gateway.serving(url):
                    self._gateway.ask({**asked[0], "mode": "context"})
                    milliseconds, answered = self._gateway.first_word(asked[0])
                    ours.append(milliseconds)
                    if not number:
                        first.append(computed(answered))
                        other += [computed(self._gateway.ask(question)) for question in asked[1:]]
                server.stop()
            ratios.append(statistics.median(ours) / statistics.median(bare))
        self.measures["first_word_ratio"] = statistics.median(ratios)
        self.measures["computed_tokens_first"] = statistics.median(first)
        self.measures["computed_tokens_other"] = statistics.median(other)

    def askers(self) -> None:
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        asked = self._mix.drawn(ASKERS, max_tokens=16)
        seconds = {}
        errors = 0
        chats: list[dict[str, t.Any]] = []
        for way in ("gateway", "direct"):
            server = chat_server(self._processes, self._model, port, slots=2)
            with concurrent.futures.ThreadPoolExecutor(ASKERS) as pool:
                if way == "gateway":
                    chats = self._chats(port, asked)
                    with self._gateway.serving(url):
                        self._gateway.ask({**asked[0], "mode": "context"})
                        started = time.monotonic()
                        futures = [pool.submit(self._gateway.ask, question) for question in asked]
                        errors = sum(future.exception() is not None for future in futures)
                        seconds[way] = time.monotonic() - started
                else:
                    started = time.monotonic()
                    list(pool.map(lambda chat: direct(url, chat), chats))
                    seconds[way] = time.monotonic() - started
            server.stop()
        self.measures["throughput_share_50"] = seconds["direct"] / seconds["gateway"]
        self.measures["errors_50"] = errors

    def _chats(self, port: int, questions: list[dict[str, t.Any]]) -> list[dict[str, t.Any]]:
        """What the gateway sends to llama-server for these questions."""
        recorder = Recorder(port)
        with self._gateway.serving(recorder.url):
            for question in questions:
                self._gateway.ask(question)
        recorder.close()
        return recorder.chats


def direct(url: str, chat: dict[str, t.Any]) -> float:
    """Send a chat to llama-server itself; returns the seconds."""
    started = time.monotonic()
    status, answer = request("POST", f"{url}/v1/chat/completions", {**chat, "stream": False, "stream_options": None})
    if status != 200:
        raise RuntimeError(f"llama-server answered with status {status}: {answer}")
    return time.monotonic() - started


def direct_first_word(url: str, chat: dict[str, t.Any]) -> float:
    """Milliseconds until llama-server itself writes the first word."""
    started = time.monotonic()
    with opened("POST", f"{url}/v1/chat/completions", {**chat, "stream": True}) as response:
        for line in response:
            if line.startswith(b"data: {") and any(choice["delta"].get("content") for choice in json.loads(line[5:])["choices"]):
                return (time.monotonic() - started) * 1000
    raise RuntimeError("llama-server wrote nothing")


def computed(answered: dict[str, t.Any]) -> int:
    """Prompt tokens of an answer that were not from the cache."""
    timings = answered["timings"]
    return int(timings["prompt_tokens"]) - int(timings["cached_tokens"])


def facts_and_passages(chat: dict[str, t.Any]) -> dict[str, t.Any]:
    """The chat with rules, facts, passages and question alone, whatever else a prompt may begin with."""
    rules, asked = chat["messages"]
    return {**chat, "messages": [rules, {**asked, "content": asked["content"][asked["content"].index("# Infrastructure") :]}]}


def index(directory: Path, versions: dict[str, Path]) -> None:
    """Index these versions, with the embedder in process; the gateway brings the vectors to its Chroma."""
    embedder = load_embedder(embedder_settings())
    known = KnowledgeIndex(str(directory), embedder_name=embedder.name, store=PersistentVectorStore)
    for product, path in versions.items():
        index_version(known, lambda: embedder, "docs", product, path.name, str(path), lambda event: None)


def timed(work: t.Callable[[], object]) -> float:
    """The seconds that it takes."""
    started = time.monotonic()
    work()
    return time.monotonic() - started


class Plays:
    """ansible-playbook on an inventory of the four hosts."""

    def __init__(self, directory: Path, url: str, mix: Mix) -> None:
        self._directory = directory
        hosts = {host: {"ansible_connection": "local"} for host, _product in HOSTS}
        self._write("hosts.yml", {"all": {"hosts": hosts}})
        question = mix.question("kafka-01", 0, max_tokens=8)
        (product,) = question["infrastructure"]["products"]
        (version,) = product["versions"]
        (directory / "versions.csv").write_text(f"server,product,version\nkafka-01,{product['name']},{version}\n", encoding="utf-8")
        asked = question["query"].replace("'", "\u2019")
        tasks = {
            "trivial": "{{ lookup('ansible.builtin.env', 'HOME') }}",
            "lookup": f"llm_ms={{{{ lookup('{LOOKUP}', '{asked}', output='full', max_tokens=8).timings.llm_ms }}}}",
        }
        for name, message in tasks.items():
            self._write(f"{name}.yml", [{"hosts": "kafka-01", "gather_facts": False, "tasks": [{"ansible.builtin.debug": {"msg": message}}]}])
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "INFRA_LLM_", "PYTHON"))},
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
            "ANSIBLE_NOCOLOR": "1",
            "INFRA_LLM_STATE_DIR": str(directory / "caller"),
            "INFRA_LLM_GATEWAY_URL": url,
            "INFRA_LLM_GATEWAY_TOKEN": TOKEN,
        }

    def _write(self, name: str, content: object) -> None:
        (self._directory / name).write_text(json.dumps(content), encoding="utf-8")

    def run(self, name: str) -> tuple[float, str]:
        """The seconds of the whole process, and its output."""
        started = time.monotonic()
        command = [BIN / "ansible-playbook", "-i", self._directory / "hosts.yml", self._directory / f"{name}.yml"]
        ended = subprocess.run(command, env=self._environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if ended.returncode:
            sys.exit(ended.stdout + ended.stderr)
        return time.monotonic() - started, ended.stdout


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="a GGUF chat model")
    parser.add_argument("--corpus", type=Path, default=SHARED / "corpus", help="a directory of PRODUCT/VERSION/")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="parts to run")
    parser.add_argument("--json", metavar="OUT", help="write the measures there")
    arguments = parser.parse_args()
    directories = {product: sorted(path for path in (arguments.corpus / product).glob("*") if path.is_dir()) for product in PRODUCTS}
    missing = [product for product, found in directories.items() if not found]
    if missing:
        sys.exit(f"{arguments.corpus} has no documentation of {', '.join(missing)}; give a directory of PRODUCT/VERSION/ with --corpus.")
    newest = {product: found[-1] for product, found in directories.items()}
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "infra_llm-benchmark" / "serving"
    model = arguments.model or random_gguf.random_gguf()
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))  # so that what was started ends too
    with tempfile.TemporaryDirectory() as work, Processes(Path(work)) as processes:
        index(cache / "knowledge", newest)
        gateway = Gateway(processes, cache)
        bench = Bench(processes, gateway, model, Mix({product: path.name for product, path in newest.items()}))
        for part in arguments.only:
            print(f"{part} ...", file=sys.stderr, flush=True)
            known = set(bench.measures)
            getattr(bench, part)()
            print({name: round(value, 4) for name, value in bench.measures.items() if name not in known}, file=sys.stderr, flush=True)
    _report.report(f"serving {model.name}", bench.measures, notes=NOTES, json_path=arguments.json)


if __name__ == "__main__":
    main()
