# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real llama-server with the settings of the role: conversations kept apart, prompts found in its cache, slots freed."""

from __future__ import annotations

import concurrent.futures
import contextlib
import json
import random
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

ROLE = [*ROLE_FLAGS]
RULES = "Follow the rules of the house and answer from the passages. " * 40
FEW_RULES = "Answer from the passages."
TOKENS = 12
NEARLY_AS_LIKELY = 0.2  # in log likelihood
BEGINNINGS = {name: f"What is to be known of {name}: " + f"{name} keeps its replicas on other brokers. " * 30 for name in ("kafka", "ceph", "nginx")}


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


def ask(model: OpenAiModel, beginning: str, question: str, max_tokens: int = 8, rules: str = RULES, **settings: Any) -> Completion:
    messages = [{"role": "system", "content": rules}, {"role": "user", "content": f"{BEGINNINGS[beginning]}\n\n{question}"}]
    return model.chat(Chat(messages, max_tokens=max_tokens, temperature=0.0, deadline=time.monotonic() + 60, scope=beginning, **settings))


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
    body = {"messages": [{"role": "system", "content": RULES}, {"role": "user", "content": f"{BEGINNINGS['kafka']}\n\nWhy?"}], "max_tokens": 1}
    as_pinned = call(f"{url}/v1/chat/completions", {**body, "chat_template_kwargs": {"date_string": "26 Jul 2024"}})["usage"]
    assert as_pinned["prompt_tokens_details"]["cached_tokens"] > 0.95 * as_pinned["prompt_tokens"]


def test_each_conversation_stays_in_its_slot(server: Callable[..., str]) -> None:
    """The server itself chooses the slot whose last prompt begins most alike: what two questions share is where the first one left it."""
    model = OpenAiModel(server("-np", "3", *ROLE))
    for beginning in BEGINNINGS:
        ask(model, beginning, "What first?", rules=FEW_RULES)
    questions = [(beginning, f"And number {number}?") for number in range(3) for beginning in reversed(BEGINNINGS)]
    assert cached_share([ask(model, *question, rules=FEW_RULES) for question in questions]) > 0.9


def prompts(client: str, count: int) -> list[list[dict[str, str]]]:
    """Prompts of random lengths that begin in a few ways, as questions about a few hosts do."""
    chance = random.Random(client)
    return [
        [
            {"role": "system", "content": FEW_RULES},
            {"role": "user", "content": f"{BEGINNINGS[chance.choice(list(BEGINNINGS))]} " + f"{client} asks for {number}. " * chance.randint(1, 40)},
        ]
        for number in range(count)
    ]


def chat_body(messages: list[dict[str, str]], **settings: Any) -> dict[str, Any]:
    pinned = {"date_string": "26 Jul 2024"}
    return {"messages": messages, "max_tokens": TOKENS, "temperature": 0.0, "chat_template_kwargs": pinned, **settings}


def is_own(text: str, alone: list[dict[str, Any]]) -> bool:
    """Whether a text is what the model writes alone; where two tokens are as likely, it may take the other, since batches are cut elsewhere."""
    for token in alone:
        if not text.startswith(token["token"]):
            return any(text.startswith(other["token"]) and token["logprob"] - other["logprob"] < NEARLY_AS_LIKELY for other in token["top_logprobs"])
        text = text.removeprefix(token["token"])
    return True


def test_two_clients_at_once_never_get_each_others_words(server: Callable[..., str]) -> None:
    """One is the gateway's; the other pins its requests to slots, as any program may that knows the server."""
    asked = {client: prompts(client, 100) for client in ("Zorbax", "Quillon")}
    url = server("-np", "2", *ROLE)
    fresh = server("-np", "1", *ROLE)

    def written_alone(messages: list[dict[str, str]]) -> list[dict[str, Any]]:
        answer = call(f"{fresh}/v1/chat/completions", chat_body(messages, logprobs=True, top_logprobs=5, cache_prompt=False))
        tokens: list[dict[str, Any]] = answer["choices"][0]["logprobs"]["content"]
        return tokens

    model = OpenAiModel(url)
    chance = random.Random(20261201)

    def by_the_gateway(messages: list[dict[str, str]]) -> str:
        return model.chat(Chat(messages, max_tokens=TOKENS, temperature=0.0, deadline=time.monotonic() + 60)).text

    def by_another(messages: list[dict[str, str]]) -> str:
        answer = call(f"{url}/v1/chat/completions", chat_body(messages, **chance.choice([{}, {"id_slot": 0}, {"id_slot": 1}])))
        return str(answer["choices"][0]["message"]["content"])

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        written = {client: [pool.submit(ask, messages) for messages in asked[client]] for client, ask in (("Zorbax", by_the_gateway), ("Quillon", by_another))}
    for client, answers in written.items():
        own = [is_own(answer.result(), written_alone(messages)) for answer, messages in zip(answers, asked[client], strict=True)]
        assert all(own), f"{own.count(False)} answers of {client} are not its own"


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
