# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import DataError
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway._config import GatewayConfig
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway._services import Services
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway.served._health import Health, checks_of

NOTHING = "http://127.0.0.1:9"  # where nobody listens


class Knowledge:
    """A knowledge base, perhaps one that cannot be read."""

    def __init__(self, *, readable: bool) -> None:
        self._readable = readable

    def versions(self) -> list[str]:
        if not self._readable:
            raise DataError("The knowledge base cannot be read.")
        return []


def no_embedder() -> None:
    raise DataError("There is no such model.")


def health(tmp_path: Path, *, readable: bool = True, embedder: Callable[[], object] = object, **options: str) -> dict[str, Any]:
    config = GatewayConfig(str(tmp_path), str(tmp_path), sys.executable, 0, "model", **cast(Any, options))
    services = SimpleNamespace(embedder=embedder, index=lambda: Knowledge(readable=readable))
    return asyncio.run(Health(checks_of(config, cast(Services, services))).summary())


@pytest.mark.parametrize("missing", ["embedding_url", "chroma_url", "llm_url"])
def test_without_a_server_questions_are_answered_all_the_same(tmp_path: Path, missing: str) -> None:
    summary = health(tmp_path, **{missing: NOTHING})
    assert (summary["status"], summary["ready"]) == ("degraded", True)
    (error,) = [state["error"] for state in summary["dependencies"].values() if not state["ok"]]
    assert f"{NOTHING} cannot be reached" in error


def test_without_knowledge_or_its_own_embedding_model_it_cannot_answer(tmp_path: Path) -> None:
    for summary in (health(tmp_path, readable=False), health(tmp_path, embedder=no_embedder)):
        assert (summary["status"], summary["ready"]) == ("unavailable", False)
    assert health(tmp_path)["status"] == "ok"


def test_each_language_model_is_looked_at(tmp_path: Path, scripted: Callable[..., Any], answer: Callable[..., bytes]) -> None:
    server = scripted(answer(200, {"status": "ok"}))
    summary = health(tmp_path, llm_url=f"{server.url}/v1, {NOTHING}")
    assert {name: state["ok"] for name, state in summary["dependencies"].items()} == {"llm 1": True, "llm 2": False, "embeddings": True, "knowledge": True}
    assert (summary["status"], summary["ready"]) == ("degraded", True)
