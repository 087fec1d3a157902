# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import concurrent.futures
import time
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import ServiceError
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._llm import Chat
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._llm_pool import ModelPool

CHAT = "POST /v1/chat/completions"
SCOPES = [f"product {number}" for number in range(20)]
Services = list[Any]


@pytest.fixture
def services(serve: Callable[..., Any], reply: Any) -> Services:
    def routes(text: str) -> dict[str, Any]:
        return {
            "GET /v1/models": reply({"data": [{"id": "llama"}]}),
            "GET /props": reply({"default_generation_settings": {"n_ctx": 8192}, "total_slots": 2}),
            CHAT: reply({"choices": [{"finish_reason": "stop", "message": {"content": text}}]}),
        }

    return [serve(routes(str(number))) for number in range(3)]


def ask(model: ModelPool, scope: str) -> str:
    return model.chat(Chat([{"role": "user", "content": "Why?"}], max_tokens=8, temperature=0.0, deadline=time.monotonic() + 5, scope=scope)).text


def stop(service: Any) -> None:
    service.server.shutdown()
    service.server.socket.close()


def test_prompts_that_begin_alike_go_to_the_same_server_and_all_servers_get_some(services: Services) -> None:
    model = ModelPool([service.url for service in services])
    answered = {scope: ask(model, scope) for scope in SCOPES}
    assert {scope: ask(model, scope) for scope in SCOPES} == answered
    assert set(answered.values()) == {"0", "1", "2"}
    assert (model.parallel, model.context_length, model.name) == (6, 8192, "llama")


def test_without_a_server_only_its_own_scopes_move(services: Services) -> None:
    model = ModelPool([service.url for service in services])
    before = {scope: ask(model, scope) for scope in SCOPES}
    stop(services[1])
    after = {scope: ask(model, scope) for scope in SCOPES}
    assert all(after[scope] == before[scope] for scope in SCOPES if before[scope] != "1")
    assert "1" not in after.values()


def test_one_that_is_away_at_the_start_is_passed_over_and_none_is_one_sentence(services: Services) -> None:
    stop(services[0])
    urls = [service.url for service in services]
    assert ask(ModelPool(urls), "") in ("1", "2")
    for service in services[1:]:
        stop(service)
    with pytest.raises(ServiceError, match="cannot be reached"):
        ModelPool(urls)


def test_who_waits_for_a_server_that_does_not_load_shares_the_failure(services: Services, serve: Callable[..., Any], reply: Any) -> None:
    broken = serve({"GET /v1/models": reply({"error": "loading"}, 503, delay=0.5)})
    model = ModelPool([services[0].url, broken.url])
    asked_before = len(broken.requests)

    def load(_number: int) -> str:
        with pytest.raises(ServiceError, match="loading") as caught:
            model._model(broken.url)
        return caught.value.message

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(load, range(8)))) == 1
    assert len(broken.requests) == asked_before + 1
    load(0)
    assert len(broken.requests) == asked_before + 2, "who comes later tries again"


def test_no_credentials_are_shown(services: Services) -> None:
    model = ModelPool([services[0].url, services[1].url.replace("//", "//user:s3cret@")])
    assert model.server == f"{services[0].url}, {services[1].url}"


def test_a_smaller_context_of_a_server_that_comes_later_counts(services: Services, serve: Callable[..., Any], reply: Any) -> None:
    routes: dict[str, Any] = {}
    late = serve(routes)
    model = ModelPool([services[0].url, late.url])
    assert (model.context_length, model.parallel) == (8192, 2)
    routes["GET /v1/models"] = reply({"data": [{"id": "llama", "max_model_len": 2048}]})
    model._model(late.url)
    assert model.context_length == 2048


def test_what_another_server_would_refuse_too_is_not_asked_again(serve: Callable[..., Any], reply: Any) -> None:
    refusing = {"GET /v1/models": reply({"data": [{"id": "llama"}]}), CHAT: reply({"error": {"message": "the prompt is too long"}}, 400)}
    pair = [serve(refusing), serve(refusing)]
    with pytest.raises(ServiceError, match="the prompt is too long"):
        ask(ModelPool([service.url for service in pair]), "")
    assert sum(asked == CHAT for service in pair for asked, _body, _headers in service.requests) == 1
