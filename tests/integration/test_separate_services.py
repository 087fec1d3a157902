# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Chroma and the embedding model as servers of their own, and what is answered while they are away."""

from __future__ import annotations

import shutil
import typing as t
from collections.abc import Callable, Iterator
from pathlib import Path

import minilm_gguf
import pytest
import service_process

if t.TYPE_CHECKING:
    from conftest import Assistant

RUNBOOKS = Path(__file__).resolve().parents[2] / "docs" / "examples" / "knowledge" / "house"
QUESTION = "Why is a Kafka broker under-replicated, and what do I do first?"
KEY = "key-of-the-test"


@pytest.fixture(scope="module")
def chroma(tmp_path_factory: pytest.TempPathFactory) -> Iterator[service_process.ServiceProcess]:
    service = service_process.chroma(tmp_path_factory.mktemp("chroma") / "data")
    service.start()
    yield service
    service.stop()


@pytest.fixture(scope="module")
def embeddings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[service_process.ServiceProcess]:
    service = service_process.embedding_server(minilm_gguf.minilm_gguf(), tmp_path_factory.mktemp("llama") / "log", "--api-key", KEY)
    service.start()
    yield service
    service.stop()


@pytest.fixture(scope="module")
def assistant(make_assistant: Callable[..., Assistant], chroma: service_process.ServiceProcess, embeddings: service_process.ServiceProcess) -> Assistant:
    made = make_assistant(INFRA_LLM_EMBEDDING_URL=embeddings.url, INFRA_LLM_EMBEDDING_API_KEY=KEY, INFRA_LLM_CHROMA_URL=chroma.url)
    runbooks = made.home / "runbooks" / "house"
    runbooks.mkdir(parents=True)
    for name in ("kafka-under-replicated.md", "ceph-nearfull.md"):
        shutil.copy(RUNBOOKS / name, runbooks)
    made.ingest(runbooks.parent).ok()
    return made


def first_title(result: dict[str, t.Any]) -> str:
    return str(result["sources"][0]["title"]).lower()


def test_both_index_and_find_without_their_packages(assistant: Assistant) -> None:
    result = assistant.answer(QUESTION)
    assert "under-replicated" in first_title(result)
    assert not [warning for warning in result["warnings"] if "by words alone" in warning]
    libraries = Path(f"/proc/{assistant.pid()}/maps").read_text(encoding="utf-8")
    assert "torch" not in libraries
    assert "chromadb" not in libraries


def test_a_question_is_answered_while_they_are_away(
    assistant: Assistant, chroma: service_process.ServiceProcess, embeddings: service_process.ServiceProcess
) -> None:
    for service, said in ((chroma, f"Chroma at {chroma.url} cannot be reached"), (embeddings, f"The embedding server at {embeddings.url} cannot be reached")):
        service.stop()
        result = assistant.answer(QUESTION)
        assert "under-replicated" in first_title(result)
        assert [warning for warning in result["warnings"] if "by words alone" in warning and said in warning]
        service.start()
    assert not [warning for warning in assistant.answer(QUESTION)["warnings"] if "by words alone" in warning]


def test_another_model_or_key_is_one_sentence(assistant: Assistant, embeddings: service_process.ServiceProcess) -> None:
    other = {"INFRA_LLM_EMBEDDING_MODEL": "bge-m3", "INFRA_LLM_KNOWLEDGE_DIR": str(assistant.home / "other")}
    said = assistant.ingest(assistant.home / "runbooks", **other).sentence()
    assert said.startswith(f"The embedding server at {embeddings.url} runs all-MiniLM-L6-v2-f16.gguf, not the embedding_model 'bge-m3'; ")
    wrong = assistant.answer(QUESTION, INFRA_LLM_EMBEDDING_API_KEY="wrong")["warnings"]
    assert [warning for warning in wrong if "refused the API key (status 401); set embedding_api_key to a key that it accepts." in warning]
