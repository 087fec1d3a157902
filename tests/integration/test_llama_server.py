# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What decides the latency of a real llama-server with the settings of the role: prefixes found in its caches, slots handed out and freed."""

from __future__ import annotations

import contextlib
import json
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import tiny_gguf
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._llm import AbandonedError, Chat, Completion
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._llm_http import OpenAiModel
from service_process import ROLE_FLAGS, chat_server

ROLE = [*ROLE_FLAGS, "--cache-ram", "512"]
RULES = "Follow the rules of the house and answer from the passages. " * 40
FEW_RULES = "Answer from the passages."
PRIMERS = {name: f"What is to be known of {name}: " + f"{name} keeps its replicas on other brokers. " * 30 for name in ("kafka", "ceph", "nginx")}


def call(url: str, body: Any = None) -> Any:
    request = urllib.request.Request(url, None if body is None else json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as response:
        return json.load(response)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Starts llama-servers with some arguments, and gives their addresses."""
    with contextlib.ExitStack() as stack:

        def start(*arguments: str) -> str:
            service = chat_server(tiny_gguf.tiny_gguf(), tmp_path / "log", "-c", "8192", *arguments)
            stack.callback(service.stop)
            service.start()
            return service.url

        yield start


def ask(model: OpenAiModel, primer: str, question: str, max_tokens: int = 8, rules: str = RULES, **settings: Any) -> Completion:
    messages = [{"role": "system", "content": rules}, {"role": "user", "content": f"{PRIMERS[primer]}\n\n{question}"}]
    return model.chat(Chat(messages, max_tokens=max_tokens, temperature=0.0, deadline=time.monotonic() + 60, scope=primer, **settings))


def cached_share(answers: list[Completion]) -> float:
    return sum(answer.cached_tokens or 0 for answer in answers) / sum(answer.prompt_tokens or 0 for answer in answers)


def test_the_date_that_templates_print_is_pinned(server: Callable[..., str]) -> None:
    """Else every cached prompt would be of no use from midnight on."""
    url = server("-np", "1", *ROLE)
    messages = {"messages": [{"role": "user", "content": "Why?"}]}
    today = datetime.now().strftime("%d %b %Y")
    assert today in call(f"{url}/apply-template", messages)["prompt"], "the trap that this is about"
    ask(OpenAiModel(url), "kafka", "Why?")
    pinned = call(f"{url}/apply-template", {**messages, "chat_template_kwargs": {"date_string": "26 Jul 2024"}})["prompt"]
    assert today not in pinned
    # What was asked as of another day is in the cache.
    body = {"messages": [{"role": "system", "content": RULES}, {"role": "user", "content": f"{PRIMERS['kafka']}\n\nWhy?"}], "max_tokens": 1}
    as_pinned = call(f"{url}/v1/chat/completions", {**body, "chat_template_kwargs": {"date_string": "26 Jul 2024"}})["usage"]
    assert as_pinned["prompt_tokens_details"]["cached_tokens"] > 0.95 * as_pinned["prompt_tokens"]


def test_a_prompt_that_shares_more_than_half_with_others_is_found_again_in_host_memory(server: Callable[..., str]) -> None:
    """llama-server's own settings drop it: prompts that share that much replace each other without being kept."""
    shares = {}
    for name, settings in {"role": ROLE, "own": ["--no-kv-unified", "--cache-ram", "512"]}.items():
        model = OpenAiModel(server("-np", "1", *settings))
        for primer in PRIMERS:
            ask(model, primer, "What first?")
        shares[name] = cached_share([ask(model, primer, f"And number {number}?") for number in range(3) for primer in PRIMERS])
    assert shares["role"] > 0.95
    assert shares["own"] < 0.8, "the trap that this is about"


def test_each_primer_stays_in_its_slot(server: Callable[..., str]) -> None:
    """Without a cache in host memory: what two questions share is where the first one left it."""
    model = OpenAiModel(server("-np", "3", "--no-kv-unified", "--cache-ram", "0"))
    for primer in PRIMERS:
        ask(model, primer, "What first?", rules=FEW_RULES)
    questions = [(primer, f"And number {number}?") for number in range(3) for primer in reversed(PRIMERS)]
    assert cached_share([ask(model, *question, rules=FEW_RULES) for question in questions]) > 0.9


def test_no_answer_is_that_of_another_conversation(server: Callable[..., str]) -> None:
    """Prompts that differ in one secret alternate through slots and host memory, and are answered as by a server that knows nothing else."""

    def likelihoods(url: str, word: str, slot: int) -> dict[str, float]:
        messages = [{"role": "user", "content": f"{RULES}{PRIMERS['kafka']} The secret is {' '.join([word] * 40)}. Which is it?"}]
        body = {"messages": messages, "max_tokens": 1, "temperature": 0.0, "logprobs": True, "top_logprobs": 8, "cache_prompt": True, "id_slot": slot}
        first = call(f"{url}/v1/chat/completions", body)["choices"][0]["logprobs"]["content"][0]
        return {entry["token"]: entry["logprob"] for entry in first["top_logprobs"]}

    def distance(one: dict[str, float], other: dict[str, float]) -> float:
        return sum(abs(one.get(token, -12.0) - other.get(token, -12.0)) for token in one.keys() | other.keys())

    words = ("cedar", "maple", "birch", "aspen")
    fresh = server("-np", "1", "--no-kv-unified", "--cache-ram", "0")
    alone = {}
    for word in words:
        call(f"{fresh}/v1/chat/completions", {"messages": [{"role": "user", "content": "Forget."}], "max_tokens": 1})
        alone[word] = likelihoods(fresh, word, 0)
    url = server("-np", "2", *ROLE)
    for number in range(12):
        asked = words[number % 4]
        said = likelihoods(url, asked, number % 3 % 2)
        # Batches are cut elsewhere, so the numbers are not quite the same.
        assert min(words, key=lambda word: distance(said, alone[word])) == asked


def test_a_schema_is_kept_to_even_by_a_model_that_knows_nothing(server: Callable[..., str]) -> None:
    schema = {"type": "object", "properties": {"risk": {"enum": ["low", "high"]}}, "required": ["risk"], "additionalProperties": False}
    answer = ask(OpenAiModel(server("-np", "1", *ROLE)), "kafka", "How risky?", max_tokens=200, schema=schema)
    assert json.loads(answer.text)["risk"] in ("low", "high")


def test_a_question_that_is_given_up_frees_its_slot(server: Callable[..., str]) -> None:
    url = server("-np", "1", *ROLE)
    model = OpenAiModel(url)
    stop = threading.Event()
    pieces: list[str] = []

    def report(piece: str) -> None:
        pieces.append(piece)
        stop.set()

    with pytest.raises(AbandonedError):
        ask(model, "kafka", "Tell all.", max_tokens=4000, report=report, stop=stop)
    deadline = time.monotonic() + 10
    while any(slot["is_processing"] for slot in call(f"{url}/slots")):
        assert time.monotonic() < deadline, "the server goes on writing for nobody"
        time.sleep(0.1)
    assert pieces
    assert ask(model, "kafka", "And now?").text
