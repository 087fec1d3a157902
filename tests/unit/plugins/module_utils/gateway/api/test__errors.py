# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any, cast

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway._question_handler import QuestionHandler
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway.api._errors import add_error_handlers
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway.api._openai import add_openai_routes
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway.api._query import add_query_routes
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway.api._query_model import query_model
from fastapi import FastAPI
from starlette.testclient import TestClient


@pytest.fixture(scope="module")
def client() -> TestClient:
    def admit(_asked: Any) -> Any:
        raise AssertionError("a wrong request was let in")

    app = FastAPI()
    handler = cast(QuestionHandler, SimpleNamespace(admit=admit))
    add_error_handlers(app)
    add_query_routes(app, handler)
    add_openai_routes(app, handler, query_model())
    return TestClient(app, raise_server_exceptions=False)


def refusal(client: TestClient, path: str, body: bytes) -> str:
    """The sentence with which a request is refused, which must be one for people."""
    answered = client.post(path, content=body, headers={"Content-Type": "application/json"})
    assert answered.status_code == 400, answered.text
    error = answered.json()["error"]
    sentence: str = error["message"] if isinstance(error, dict) else error
    for raw in ("Input should", "Traceback", "pydantic", "type=", "<class", "Field required"):
        assert raw not in sentence
    assert "\n" not in sentence
    return sentence


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"hosts": 5}, "hosts is wrong: it must be a list"),
        ({"hosts": [5]}, "hosts.0 is wrong: it must be a text"),
        ({"max_tokens": 0}, "max_tokens is wrong: it must be at least 1"),
        ({"max_tokens": 1e300}, "max_tokens is wrong: it must be "),
        ({"max_tokens": 1.5}, "max_tokens is wrong: it must be a whole number"),
        ({"max_tokens": True}, "max_tokens is wrong: it must be a whole number"),
        ({"max_tokens": "9" * 5_000}, "max_tokens is wrong: it must be a whole number"),
        ({"temperature": "warm"}, "temperature is wrong: it must be a number"),
        ({"timeout": -1}, "timeout is wrong: it must be at least 1"),
        ({"mode": "magic"}, "mode is wrong: it must be 'answer', 'extractive' or 'context'"),
        ({"quary": "?"}, "quary is wrong: there is no such field"),
        ({"infrastructure": []}, "infrastructure is wrong: it must be an object"),
        ({"stream": "yes"}, "stream is wrong: it must be true or false"),
    ],
)
def test_a_wrong_field_is_told_by_name_and_what_it_must_be(client: TestClient, fields: dict[str, Any], told: str) -> None:
    assert told in refusal(client, "/query", json.dumps({"query": "What runs here?", **fields}).encode())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"5",
        b"\xff\xfe",
        b'{"query": "\\ud800"}',
        b'{"query": "x", "warnings": ["\\udfff"]}',
        b'{"query": "x", "max_tokens": NaN}',
        b'{"query": "x", "max_tokens": 1e999}',
        b'{"query": "x", "timeout": Infinity}',
        b'{"query": ' + b"[" * 100_000,
        json.dumps({"query": "x" * 20_001}).encode(),
        json.dumps({"query": "x", "schema": {"a": "\ud800"}}).encode(),
        json.dumps({"query": "x", "infrastructure": {"hosts": [{"name": "\ud800"}]}}).encode(),
    ],
)
def test_what_is_no_request_is_refused_in_a_sentence(client: TestClient, body: bytes) -> None:
    refusal(client, "/query", body)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("x" * 20_001, "messages is wrong: it is longer than 20000 characters"),
        ("\ud800", "messages"),
        (" ", "there is no message"),
        (5, "messages"),
    ],
)
def test_a_chat_is_refused_as_its_clients_expect_it(client: TestClient, content: object, told: str) -> None:
    assert told in refusal(client, "/v1/chat/completions", json.dumps({"messages": [{"role": "user", "content": content}]}).encode())
