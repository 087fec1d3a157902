# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import json
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import ConfigError, ServiceError
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients import _llm_http
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._llm import AbandonedError, Chat, Completion
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._llm_http import OpenAiModel

MESSAGES = [{"role": "system", "content": "You help."}, {"role": "user", "content": "Why?"}]
MODELS = {"object": "list", "data": [{"id": "qwen2.5-7b", "object": "model"}]}
CHAT = "POST /v1/chat/completions"


def completion(text: str | None, reason: str = "stop", **usage: Any) -> dict[str, Any]:
    return {"object": "chat.completion", "choices": [{"index": 0, "finish_reason": reason, "message": {"role": "assistant", "content": text}}], "usage": usage}


def chat(model: Any, seconds: float = 5) -> Completion:
    answer: Completion = model.chat(Chat(MESSAGES, max_tokens=16, temperature=0.0, deadline=time.monotonic() + seconds))
    return dataclasses.replace(answer, first_token_ms=None)


def test_llama_server_is_asked_for_its_context_and_its_tokenizer(serve: Callable[..., Any], reply: Any) -> None:
    usage = {"prompt_tokens": 20, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": 15}}
    service = serve(
        {
            "GET /v1/models": reply(MODELS),
            "GET /props": reply({"default_generation_settings": {"n_ctx": 16384}, "total_slots": 1}),
            "POST /tokenize": reply({"tokens": [1, 2, 3]}),
            CHAT: reply(completion("Because.", **usage)),
        }
    )
    model = OpenAiModel(f"{service.url}/v1/", api_key=" key\n")
    assert (model.name, model.server, model.context_length, model.count_tokens("any text")) == ("qwen2.5-7b", service.url, 16384, 3)
    assert chat(model) == Completion("Because.", "stop", 20, 15, 3)
    asked, body, headers = service.requests[-1]
    assert asked == CHAT
    assert body == {
        "messages": MESSAGES,
        "max_tokens": 16,
        "temperature": 0.0,
        "seed": 42,
        "model": "qwen2.5-7b",
        "stream": True,
        "stream_options": {"include_usage": True},
        "cache_prompt": True,
        "chat_template_kwargs": {"date_string": "26 Jul 2024"},
    }
    assert headers["Authorization"] == "Bearer key"


def test_a_plain_openai_server_needs_neither_properties_nor_tokenizer_nor_usage(serve: Callable[..., Any], reply: Any) -> None:
    answer = completion("Cut", "length")
    del answer["usage"]
    service = serve({"GET /v1/models": reply({"data": [{"id": "a"}, {"id": "b", "max_model_len": 32768}]}), CHAT: reply(answer)})
    model = OpenAiModel(service.url, model="b")
    assert (model.name, model.context_length) == ("b", 32768)
    assert model.count_tokens("x" * 30) == model.count_tokens("я" * 15) == 10
    assert [asked for asked, body, headers in service.requests].count("POST /tokenize") == 1
    assert chat(model) == Completion("Cut", finish_reason="length")
    assert OpenAiModel(service.url).context_length == 4096


def test_a_server_too_busy_to_count_tokens_is_still_asked(serve: Callable[..., Any], reply: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = reply({"tokens": [1]}, delay=2)
    service = serve({"GET /v1/models": reply(MODELS), "POST /tokenize": slow, CHAT: reply(completion("Because."))})
    model = OpenAiModel(service.url)
    monkeypatch.setattr(_llm_http, "_COUNT_SECONDS", 0.2)
    assert [model.count_tokens("x" * 30) for _time in range(2)] == [10, 10]
    assert [asked for asked, body, headers in service.requests].count("POST /tokenize") == 1
    assert chat(model).text == "Because."


@pytest.mark.parametrize(
    ("answer", "status", "asked_again"),
    [
        ({"error": "Loading model"}, 503, True),
        (b"<html>Bad Gateway", 502, True),
        ({"error": "no tokenizer"}, 501, False),
        ({"detail": "Not Found"}, 404, False),
        (b"<html>It works!", 200, False),
        ({}, 200, False),
    ],
)
def test_only_a_server_that_has_no_tokenizer_is_never_asked_again(
    serve: Callable[..., Any], reply: Any, monkeypatch: pytest.MonkeyPatch, answer: Any, status: int, asked_again: bool
) -> None:
    monkeypatch.setattr(_llm_http, "_ESTIMATED_SECONDS", 0.2)
    routes = {"GET /v1/models": reply(MODELS), "POST /tokenize": reply(answer, status)}
    model = OpenAiModel(serve(routes).url)
    assert model.count_tokens("x" * 30) == 10
    routes["POST /tokenize"] = reply({"tokens": [1, 2, 3]})
    assert model.count_tokens("x" * 30) == 10
    time.sleep(0.2)
    assert model.count_tokens("x" * 30) == (3 if asked_again else 10)


def test_a_model_that_the_server_does_not_have_is_refused_with_those_it_has(serve: Callable[..., Any], reply: Any) -> None:
    service = serve({"GET /v1/models": reply(MODELS)})
    with pytest.raises(ConfigError, match=rf"{service.url} has no model 'gpt'; set model to one of: qwen2\.5-7b\."):
        OpenAiModel(service.url, model="gpt")


@pytest.mark.parametrize(
    ("answer", "status", "message"),
    [
        ({"error": {"message": "Invalid API Key", "code": 401}}, 401, r"refused the API key \(status 401\); set llm_api_key"),
        ({"error": {"message": "KV cache is full"}}, 500, r"answered with status 500 \(KV cache is full\); look into the server's log"),
        ({"error": "overloaded"}, 503, r"answered with status 503 \(overloaded\)"),
        ({"detail": "Not Found"}, 404, r"answered with status 404 \(no reason given\)"),
        ({"choices": []}, 200, "sent a chat completion without a message"),
        (b"<html>", 200, "no JSON object"),
        (b"<html>Bad gateway", 502, "answered with status 502 and no reason; look into the server's log"),
        ({"choices": "none", "usage": 1}, 200, "sent a chat completion without a message"),
    ],
)
def test_what_the_server_refuses_is_one_sentence(serve: Callable[..., Any], reply: Any, answer: Any, status: int, message: str) -> None:
    service = serve({"GET /v1/models": reply(MODELS), CHAT: reply(answer, status)})
    model = OpenAiModel(service.url, api_key="s3cret")
    with pytest.raises(ServiceError, match=message) as caught:
        chat(model)
    assert "s3cret" not in caught.value.message


def test_a_slow_server_is_given_up_at_the_deadline(serve: Callable[..., Any], reply: Any) -> None:
    model = OpenAiModel(serve({"GET /v1/models": reply(MODELS), CHAT: reply(completion("late"), delay=3)}).url)
    with pytest.raises(ServiceError, match="did not answer within 1 seconds"):
        chat(model, 0.5)


def test_a_key_that_no_header_can_carry_is_refused_and_not_shown() -> None:
    with pytest.raises(ConfigError, match="llm_api_key holds characters") as caught:
        OpenAiModel("http://127.0.0.1:1", api_key="s3cret\nsecond line")
    assert "s3cret" not in caught.value.message


def test_a_plain_openai_server_is_sent_nothing_that_only_llama_server_knows(serve: Callable[..., Any], reply: Any) -> None:
    service = serve({"GET /v1/models": reply(MODELS), CHAT: reply(completion("Because."))})
    chat(OpenAiModel(service.url))
    assert not service.requests[-1][1].keys() & {"id_slot", "cache_prompt", "chat_template_kwargs"}


def test_a_schema_goes_where_llama_server_heeds_it(serve: Callable[..., Any], reply: Any) -> None:
    service = serve({"GET /v1/models": reply(MODELS), CHAT: reply(completion("{}"))})
    schema = {"type": "object"}
    OpenAiModel(service.url).chat(Chat(MESSAGES, max_tokens=16, temperature=0.0, deadline=time.monotonic() + 5, schema=schema))
    assert service.requests[-1][1]["response_format"] == {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema, "strict": True}}


def stream(*pieces: str, end: bytes = b"data: [DONE]\n\n") -> bytes:
    chunks = [{"choices": [{"index": 0, "finish_reason": None, "delta": {"content": piece}}]} for piece in pieces]
    last = {"choices": [{"index": 0, "finish_reason": "stop", "delta": {}}], "usage": {"prompt_tokens": 20, "completion_tokens": 2}}
    return b"".join(b": ping\n\ndata: " + json.dumps(chunk).encode() + b"\n\n" for chunk in [*chunks, last]) + end


def test_a_stream_is_passed_on_piece_by_piece(serve: Callable[..., Any], reply: Any) -> None:
    service = serve({"GET /v1/models": reply(MODELS), CHAT: reply(stream("Be", "cause."), content_type="text/event-stream")})
    pieces: list[str] = []
    answer = OpenAiModel(service.url).chat(Chat(MESSAGES, max_tokens=16, temperature=0.0, deadline=time.monotonic() + 5, report=pieces.append))
    assert pieces == ["Be", "cause."]
    assert (answer.text, answer.finished, answer.prompt_tokens, answer.completion_tokens) == ("Because.", True, 20, 2)


@pytest.mark.parametrize(
    ("end", "message"),
    [
        (b"", "cannot be reached"),
        (b'data: {"error": {"message": "slot is broken"}}\n\n', r"answered with status 500 \(slot is broken\)"),
        (b"data: nonsense\n\n", "no JSON object"),
    ],
)
def test_a_stream_that_breaks_off_is_no_answer(serve: Callable[..., Any], reply: Any, end: bytes, message: str) -> None:
    service = serve({"GET /v1/models": reply(MODELS), CHAT: reply(stream("Be", end=end), content_type="text/event-stream")})
    with pytest.raises(ServiceError, match=message):
        chat(OpenAiModel(service.url))


def test_a_question_whose_asker_has_gone_is_given_up_at_once(serve: Callable[..., Any], reply: Any) -> None:
    model = OpenAiModel(serve({"GET /v1/models": reply(MODELS), CHAT: reply(completion("late"), delay=10)}).url)
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    started = time.monotonic()
    with pytest.raises(AbandonedError):
        model.chat(Chat(MESSAGES, max_tokens=16, temperature=0.0, deadline=time.monotonic() + 60, stop=stop))
    assert time.monotonic() - started < 5
