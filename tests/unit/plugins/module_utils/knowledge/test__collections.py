# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A knowledge base whose vectors are in a real Chroma server: the same results, and nothing lost when that server is away or empty."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy
import pytest
import service_process
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import ServiceError
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._embedding import Embedder
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._vector_store import PersistentVectorStore
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._vector_store_http import HttpVectorStore
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge import _collections
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._index import KnowledgeIndex
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._ingest import index_version
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._search import SearchResult, Target, search

EXAMPLES = Path(__file__).resolve().parents[5] / "docs" / "examples" / "knowledge" / "house"
QUESTIONS = ("How are alerts silenced?", "recovery is stuck on backfill", "Как перезагрузить сервер?", "toofull")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Path:
    """A knowledge base of the example runbooks, made in process."""
    directory = tmp_path_factory.mktemp("made")
    index_version(open_index(directory), lambda: embedder, "house", "", "unversioned", str(EXAMPLES), lambda event: None)
    return directory


@pytest.fixture
def knowledge(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "knowledge"))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[service_process.ServiceProcess]:
    service = service_process.chroma(tmp_path / "served")
    service.start()
    yield service
    service.stop()


def open_index(directory: Path, url: str | None = None) -> KnowledgeIndex:
    store = (lambda path: HttpVectorStore(url, path)) if url else PersistentVectorStore
    return KnowledgeIndex(directory, embedder_name="all-MiniLM-L6-v2", store=store)


def ask(index: KnowledgeIndex, embedder: Any, question: str = QUESTIONS[0]) -> SearchResult:
    return search(index, question, [Target("ceph", None)], embedder=embedder if callable(embedder) else lambda: embedder)


def texts(result: SearchResult) -> list[str]:
    return [passage.text for passage in result.passages]


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_an_empty_server_is_filled_without_embedding_and_finds_the_same(
    made: Path, knowledge: Path, server: service_process.ServiceProcess, embedder: Embedder
) -> None:
    served = open_index(knowledge, server.url)
    local = open_index(made)
    for question in QUESTIONS:
        expected, found = ask(local, embedder, question), ask(served, embedder, question)
        assert texts(found) == texts(expected) != []
        assert [passage.score for passage in found.passages] == pytest.approx([passage.score for passage in expected.passages], abs=1e-4)
        assert found.words_only == ""


def test_while_the_server_is_away_words_are_searched_and_afterwards_meaning_again(
    knowledge: Path, server: service_process.ServiceProcess, embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_collections, "_RETRY_SECONDS", 0.1)
    server.stop()
    index = open_index(knowledge, server.url)
    away = ask(index, embedder, "toofull")
    assert "backfill" in texts(away)[0]
    assert away.words_only.startswith(f"Chroma at {server.url} cannot be reached")
    server.start()  # with nothing in it
    until(lambda: ask(index, embedder).words_only == "")
    assert index.store.count(index.versions()[0].collection) == index.versions()[0].chunks


def test_a_server_that_lost_its_data_is_filled_again_while_questions_are_answered(
    knowledge: Path, server: service_process.ServiceProcess, embedder: Embedder, tmp_path: Path
) -> None:
    index = open_index(knowledge, server.url)
    before = texts(ask(index, embedder))
    server.stop()
    shutil.rmtree(tmp_path / "served")
    server.start()
    meanwhile = ask(index, embedder, "toofull")
    assert "lost a part of the knowledge base, which is being filled in again" in meanwhile.words_only
    assert "backfill" in texts(meanwhile)[0]
    until(lambda: ask(index, embedder).words_only == "")
    assert texts(ask(index, embedder)) == before


def test_opening_drops_what_was_left_behind_and_fills_what_is_short(knowledge: Path, server: service_process.ServiceProcess) -> None:
    index = open_index(knowledge, server.url)
    versions = index.versions()
    version = versions[0]
    left_behind = HttpVectorStore(server.url, str(knowledge / "chroma"))
    one = numpy.ones((1, 384), numpy.float32)
    left_behind.create("docs-kafka-3.4-old", [1], one)
    left_behind.create(version.collection, [1], one)
    HttpVectorStore(server.url, "/another/knowledge/chroma").create("docs-kafka-3.4-another", [1], one)
    open_index(knowledge, server.url)
    assert index.store.collections() == {*(known.collection for known in versions), "docs-kafka-3.4-another"}
    assert index.store.count(version.collection) == version.chunks


def test_while_the_embedder_is_away_words_are_searched(made: Path) -> None:
    def away() -> Embedder:
        raise ServiceError("The embedding server is away.")

    result = ask(open_index(made), away, "toofull")
    assert "backfill" in texts(result)[0]
    assert result.words_only == "The embedding server is away."
