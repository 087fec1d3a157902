# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading in advance: what prompts about the versions asked about lately begin with is computed when the gateway starts."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import ServiceError
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._llm import AbandonedError
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway import _services
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway._config import GatewayConfig
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway._services import Services

RECENT = [["ceph", "17"], ["kafka", "3.4"], ["nginx", "1.24"]]
Start = Callable[..., tuple[Services, list[Any]]]


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Start:
    """Services of a gateway that was asked about three versions before it ended, and the versions that are read in advance."""
    (tmp_path / "primers.json").write_text(json.dumps(RECENT), encoding="utf-8")

    def make(failure: Callable[[Services], Exception | None] = lambda _made: None, **options: Any) -> tuple[Services, list[Any]]:
        made = Services(GatewayConfig(str(tmp_path), str(tmp_path), "python3", 900, "all-MiniLM-L6-v2", **{"llm_url": "http://llm:8080", **options}))
        made.index.value = made.embedder.value = made._model.value = object()  # type: ignore[assignment]
        read: list[Any] = []

        def prefill(_engine: Any, product: str, version: str, *, seconds: float, stop: threading.Event) -> None:
            read.append([product, version])
            assert seconds == 120
            happened = failure(made)
            assert stop is made._asked
            if happened is not None:
                raise happened

        monkeypatch.setattr(_services, "prefill", prefill)
        return made, read

    return make


def warm_up(services: Services) -> None:
    services.warm_up()
    for thread in threading.enumerate():
        if thread.name == "warm-up":
            thread.join(30)


def test_versions_are_read_in_the_order_in_which_they_were_asked_about(start: Start) -> None:
    services, read = start()
    warm_up(services)
    assert read == RECENT


def test_the_first_question_ends_it(start: Start) -> None:
    def abandoned(services: Services) -> Exception:
        services.engine()
        return AbandonedError()

    services, read = start(abandoned)
    warm_up(services)
    assert read == RECENT[:1]

    asked_meanwhile, read = start(lambda services: services.engine() and None)
    warm_up(asked_meanwhile)
    assert read == RECENT[:1]


@pytest.mark.parametrize("failure", [ServiceError("http://llm:8080 cannot be reached."), ZeroDivisionError()])
def test_a_server_that_is_away_is_not_tried_for_each_version(start: Start, failure: Exception) -> None:
    services, read = start(lambda _made: failure)
    warm_up(services)
    assert read == RECENT[:1]


def test_nothing_is_read_in_advance_for_a_model_in_process(start: Start) -> None:
    services, read = start(llm_url=None, model_path="/model.gguf")
    warm_up(services)
    assert read == []
