# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The adapter against a real Chroma, and against Chroma in process."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy
import pytest
import service_process
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import ServiceError
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients import _vector_store_http
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._vector_store import CollectionGoneError, PersistentVectorStore
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._vector_store_http import HttpVectorStore

BASE = "/api/v2/tenants/default_tenant/databases/default_database/collections"
QUERY = numpy.array([0.6, 0.8, 0.0], dtype=numpy.float32)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[service_process.ServiceProcess]:
    service = service_process.chroma(tmp_path_factory.mktemp("chroma") / "data")
    service.start()
    yield service
    service.stop()


@pytest.fixture
def store(server: service_process.ServiceProcess, tmp_path: Path) -> Iterator[HttpVectorStore]:
    made = HttpVectorStore(server.url, str(tmp_path))
    yield made
    for name in made.collections():
        made.delete(name)


def test_it_finds_what_chroma_in_process_finds(store: HttpVectorStore, tmp_path: Path) -> None:
    vectors = numpy.random.default_rng(1).standard_normal((700, 384)).astype(numpy.float32)
    vectors /= numpy.linalg.norm(vectors, axis=1, keepdims=True)
    local = PersistentVectorStore(str(tmp_path))
    for one in (local, store):
        one.create("docs-kafka-3.4-a", range(1000, 1700), vectors)
        assert one.count("docs-kafka-3.4-a") == 700
    for query in vectors[:20]:
        expected, found = (dict(one.nearest("docs-kafka-3.4-a", query, 60)) for one in (local, store))
        assert found == {number: pytest.approx(similarity, abs=1e-6) for number, similarity in expected.items()}
        assert list(found)[:10] == list(expected)[:10]


def test_a_collection_that_is_gone_or_replaced_is_noticed(server: service_process.ServiceProcess, store: HttpVectorStore, tmp_path: Path) -> None:
    store.create("docs-kafka-3.4-a", [7, 8, 9], numpy.eye(3, dtype=numpy.float32))
    store.create("docs-kafka-3.4-empty", [], numpy.empty((0, 0), numpy.float32))
    assert [(number, round(similarity, 4)) for number, similarity in store.nearest("docs-kafka-3.4-a", QUERY, 2)] == [(8, 0.8), (7, 0.6)]
    assert list(store.nearest("docs-kafka-3.4-empty", QUERY, 2)) == []
    other = HttpVectorStore(server.url, str(tmp_path))
    other.create("docs-kafka-3.4-a", [1], numpy.eye(3, dtype=numpy.float32)[:1])
    assert [number for number, _similarity in store.nearest("docs-kafka-3.4-a", QUERY, 2)] == [1], "another collection has the name now"
    other.delete("docs-kafka-3.4-a")
    other.delete("docs-kafka-3.4-a")
    with pytest.raises(CollectionGoneError):
        list(store.nearest("docs-kafka-3.4-a", QUERY, 2))
    assert store.collections() == {"docs-kafka-3.4-empty"}


def test_what_others_keep_there_is_never_a_leftover(server: service_process.ServiceProcess, store: HttpVectorStore, tmp_path: Path) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    connection.request("POST", BASE, body=json.dumps({"name": "somebody-elses"}), headers={"Content-Type": "application/json"})
    assert connection.getresponse().status == 200
    connection.close()
    HttpVectorStore(server.url, str(tmp_path / "other")).create("docs-ceph-1", [1], numpy.eye(3, dtype=numpy.float32)[:1])
    for name in ("docs-kafka-1", "docs-kafka-2"):
        store.create(name, [1], numpy.eye(3, dtype=numpy.float32)[:1])
    assert store.collections() == {"somebody-elses", "docs-ceph-1", "docs-kafka-1", "docs-kafka-2"}
    assert store.leftovers({"docs-kafka-2"}) == {"docs-kafka-1"}


def test_a_filling_that_ends_half_way_leaves_the_former_collection(store: HttpVectorStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.create("docs-kafka-1", [7], numpy.eye(3, dtype=numpy.float32)[:1])
    monkeypatch.setattr(_vector_store_http, "BATCH", 1)
    with pytest.raises(ServiceError, match=r"dimension"):  # the second batch is of another kind
        store.create("docs-kafka-1", [1, 2], [numpy.ones(3, numpy.float32), numpy.ones(2, numpy.float32)])  # type: ignore[arg-type]
    assert store.collections() == {"docs-kafka-1"}
    assert [number for number, _similarity in store.nearest("docs-kafka-1", QUERY, 2)] == [7]


def test_threads_share_it_and_a_restart_is_not_noticed(server: service_process.ServiceProcess, store: HttpVectorStore) -> None:
    store.create("docs-kafka-1", [7, 8, 9], numpy.eye(3, dtype=numpy.float32))
    found: list[int] = []

    def ask() -> None:
        for _number in range(10):
            found.append(next(iter(store.nearest("docs-kafka-1", QUERY, 2)))[0])

    def at_once() -> None:
        threads = [threading.Thread(target=ask) for _number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    at_once()
    server.stop()
    with pytest.raises(ServiceError, match=rf"^Chroma at {server.url} cannot be reached \(.*refused\); check chroma_url and that the service runs\.$"):
        list(store.nearest("docs-kafka-1", QUERY, 2))
    server.start()
    at_once()
    server.stop()
    server.start()
    at_once()
    assert found == [8] * 240
