# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway import _question_handler
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway._admission import Admission
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway._question_handler import Describer, QuestionHandler
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway._services import Services
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway.api._openai import add_openai_routes
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway.api._query import add_query_routes
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway.api._query_model import query_model
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway.served._request_log import JsonLines, RequestLogMiddleware
from ansible_collections.infra_llm.assistant.plugins.module_utils.infrastructure._redaction import REDACTED
from fastapi import FastAPI
from starlette.testclient import TestClient

SECRET = "Wq7-pelican-Rut9"
TOLD = f"password={SECRET}"
RESULT = {"answer": "x", "mode": "context", "language": "en", "infrastructure": {}, "sources": [], "timings": {}, "warnings": [], "changed": False}


class Engine:
    """What the engine and the gateway's own inventory are given, and the log."""

    def __init__(self) -> None:
        self.given: list[Any] = []
        self.log = io.StringIO()

    def answer(self, question: Any, *_arguments: object, **_options: object) -> dict[str, Any]:
        self.given.append(question)
        return dict(RESULT)

    def describe(self, *asked: object) -> dict[str, Any]:
        self.given.append(asked)
        return {"infrastructure": {}, "targets": [], "warnings": []}

    def knows_the_secret(self) -> bool:
        return SECRET in repr(self.given) + self.log.getvalue()


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
def client(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """Every API by which questions come, with a log that shows them."""
    monkeypatch.setattr(_question_handler, "answer", engine.answer)
    handler = QuestionHandler(cast(Services, SimpleNamespace(engine=lambda: None)), Admission(lambda: 1, None), cast(Describer, engine))
    app = FastAPI()
    add_query_routes(app, handler)
    add_openai_routes(app, handler, query_model())
    shown = logging.StreamHandler(engine.log)
    shown.setFormatter(JsonLines())
    logger = logging.getLogger("infra_llm.gateway")
    monkeypatch.setattr(logger, "level", logging.INFO)
    logger.addHandler(shown)
    yield TestClient(cast(Any, RequestLogMiddleware(cast(Any, app), lambda _scope, _status: None, questions=True)))
    logger.removeHandler(shown)


@pytest.mark.parametrize(
    "field",
    [
        {"query": f"Why is kafka slow? {TOLD}"},
        {"hosts": [TOLD]},
        {"warnings": [TOLD]},
        {"targets": [{"product": TOLD, "version": TOLD}]},
        {"schema": {"type": "object", "description": TOLD, "properties": {"password": {"type": "string", "default": SECRET}}}},
        {"infrastructure": {"hosts": [{"name": "one", "vars": {"api_token": SECRET, "notes": [TOLD]}, "masterkey": SECRET}]}},
        {"infrastructure": {"products": [{"name": TOLD, "versions": {TOLD: [TOLD]}}]}},
    ],
)
def test_no_secret_of_a_question_comes_to_the_engine_or_into_the_log(client: TestClient, engine: Engine, field: dict[str, Any]) -> None:
    assert client.post("/query", json={"query": "Why is kafka slow?", **field}).status_code == 200
    assert engine.given
    assert not engine.knows_the_secret()
    assert "kafka slow" in engine.log.getvalue()


@pytest.mark.parametrize("stream", [False, True])
def test_no_secret_of_a_conversation_comes_to_the_engine_or_into_the_log(client: TestClient, engine: Engine, stream: bool) -> None:
    said = [{"role": "user", "content": TOLD}, {"role": "assistant", "content": f"So it is {TOLD}"}, {"role": "user", "content": f"Why? {TOLD}"}]
    schema = {"type": "json_schema", "json_schema": {"schema": {"type": "object", "description": TOLD}}}
    assert client.post("/v1/chat/completions", json={"messages": said, "response_format": schema, "stream": stream}).status_code == 200
    assert engine.given
    assert REDACTED in json.dumps(engine.given[-1].history)
    assert not engine.knows_the_secret()


def test_versions_that_look_like_names_of_secrets_keep_their_hosts_and_counts(client: TestClient, engine: Engine) -> None:
    product = {"name": "vault", "versions": {"token": ["one"]}, "counts": {"token": 3}}
    client.post("/query", json={"query": "What runs here?", "infrastructure": {"products": [product]}})
    assert engine.given[-1].infrastructure["products"] == [product]
