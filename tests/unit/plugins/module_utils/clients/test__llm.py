# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tiny_gguf
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import ConfigError, ServiceError
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients import _llm
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._llm import Completion, LlamaCppModel, OpenAiModel

MESSAGES = [{"role": "system", "content": "You help."}, {"role": "user", "content": "Why?"}]
MODELS = {"object": "list", "data": [{"id": "qwen2.5-7b", "object": "model"}]}
CHAT = "POST /v1/chat/completions"


def completion(text: str | None, reason: str = "stop", **usage: Any) -> dict[str, Any]:
    return {"object": "chat.completion", "choices": [{"index": 0, "finish_reason": reason, "message": {"role": "assistant", "content": text}}], "usage": usage}


def chat(model: Any, seconds: float = 5) -> Completion:
    answer: Completion = model.chat(MESSAGES, max_tokens=16, temperature=0.0, deadline=time.monotonic() + seconds)
    return answer


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
    assert chat(model) == Completion("Because.", True, 20, 15, 3)
    asked, body, headers = service.requests[-1]
    assert asked == CHAT
    assert body == {"messages": MESSAGES, "max_tokens": 16, "temperature": 0.0, "seed": 42, "model": "qwen2.5-7b"}
    assert headers["Authorization"] == "Bearer key"


def test_a_plain_openai_server_needs_neither_properties_nor_tokenizer_nor_usage(serve: Callable[..., Any], reply: Any) -> None:
    answer = completion("Cut", "length")
    del answer["usage"]
    service = serve({"GET /v1/models": reply({"data": [{"id": "a"}, {"id": "b", "max_model_len": 32768}]}), CHAT: reply(answer)})
    model = OpenAiModel(service.url, model="b")
    assert (model.name, model.context_length) == ("b", 32768)
    assert model.count_tokens("x" * 30) == model.count_tokens("я" * 15) == 10
    assert [asked for asked, body, headers in service.requests].count("POST /tokenize") == 1
    assert chat(model) == Completion("Cut", finished=False)
    assert OpenAiModel(service.url).context_length == 4096


def test_a_server_too_busy_to_count_tokens_is_still_asked(serve: Callable[..., Any], reply: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = reply({"tokens": [1]}, delay=2)
    service = serve({"GET /v1/models": reply(MODELS), "POST /tokenize": slow, CHAT: reply(completion("Because."))})
    model = OpenAiModel(service.url)
    monkeypatch.setattr(_llm, "_COUNT_SECONDS", 0.2)
    assert [model.count_tokens("x" * 30) for _time in range(2)] == [10, 10]
    assert [asked for asked, body, headers in service.requests].count("POST /tokenize") == 1
    assert chat(model).text == "Because."


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


@pytest.fixture(scope="module")
def tiny_model() -> LlamaCppModel:
    return LlamaCppModel(str(tiny_gguf.tiny_gguf()))


def test_a_gguf_answers_in_process_and_the_same_twice(tiny_model: LlamaCppModel) -> None:
    first = chat(tiny_model, 60)
    assert first.text.strip()
    assert first.finished is False, "random weights go on until max_tokens"
    assert 0 < (first.completion_tokens or 0) <= 17
    assert chat(tiny_model, 60).text == first.text
    assert (tiny_model.name, tiny_model.context_length) == (tiny_gguf.tiny_gguf().name, 8192)
    assert tiny_model.count_tokens("under-replicated") < tiny_model.count_tokens("under-replicated partitions")


def test_a_gguf_stops_at_the_deadline_and_refuses_a_prompt_beyond_its_context(tiny_model: LlamaCppModel) -> None:
    cut = tiny_model.chat(MESSAGES, max_tokens=4000, temperature=0.0, deadline=time.monotonic() + 0.2)
    assert not cut.finished
    assert (cut.completion_tokens or 0) < 4000
    with pytest.raises(ServiceError, match=r"llama\.cpp failed on this prompt \(.+\); lower max_tokens"):
        tiny_model.chat([{"role": "user", "content": "word " * 9000}], max_tokens=16, temperature=0.0, deadline=time.monotonic() + 60)


def test_a_model_path_that_holds_no_model_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"model_path '.+none\.gguf' is not a file; give the path of a GGUF model\."):
        LlamaCppModel(str(tmp_path / "none.gguf"))
    (tmp_path / "broken.gguf").write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(ConfigError, match=r"cannot be loaded by llama\.cpp \(.+\); check that the GGUF file is whole"):
        LlamaCppModel(str(tmp_path / "broken.gguf"))
