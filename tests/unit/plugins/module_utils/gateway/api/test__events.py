# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import InfraLlmError, ServiceError
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway._admission import RefusedError, Ticket
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway._request_facts import facts_in
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway._services import Services
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway.api._events import event_response, write_event
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway.served._jobs import Jobs
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway.served._metrics import Metrics
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway.served._request_log import RequestLogMiddleware


def streamed(metrics: Metrics, exc: InfraLlmError) -> str:
    """What is sent when a streamed answer ends in that error."""

    async def answering(_report: Callable[[str], None]) -> dict[str, Any]:
        raise exc

    sent: list[bytes] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        facts = facts_in(scope)
        facts["asked"] = "answer"
        await event_response(answering, cast(Ticket, SimpleNamespace(close=lambda: None)), facts, write_event)(scope, receive, send)

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(60)
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message.get("body", b""))

    asyncio.run(RequestLogMiddleware(app, metrics.observe, questions=False)({"type": "http", "method": "POST"}, receive, send))
    return b"".join(sent).decode()


def test_a_streamed_answer_that_fails_is_logged_and_counted_like_another(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "infra_llm.gateway")
    services = SimpleNamespace(index=SimpleNamespace(value=None))
    admission: Any = SimpleNamespace(running=0, waiting=0)
    metrics = Metrics(cast(Services, services), admission, cast(Jobs, SimpleNamespace(all=list)))
    assert "event: error" in streamed(metrics, ServiceError("The model is away."))
    assert [record.getMessage() for record in caplog.records] == ["The model is away.", "request"]
    assert "event: error" in streamed(metrics, RefusedError(504, "The time is up.", reason="deadline"))
    assert caplog.records[-1].__dict__["request"]["reason"] == "deadline"
    counted = metrics.exposition().decode()
    for line in (
        'infra_llm_questions_total{mode="answer",outcome="failed"} 1.0',
        'infra_llm_questions_total{mode="answer",outcome="refused"} 1.0',
        'infra_llm_rejected_total{reason="deadline"} 1.0',
    ):
        assert line in counted
