# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import numpy
import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import ServiceError
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._vector_store import CollectionGoneError, PersistentVectorStore


def test_the_store_finds_the_nearest_and_says_when_a_collection_is_gone(tmp_path: Path) -> None:
    store = PersistentVectorStore(str(tmp_path))
    store.create("docs-kafka-3.4-a", [7, 8, 9], numpy.eye(3, dtype=numpy.float32))
    store.create("docs-kafka-3.4-empty", [], numpy.empty((0, 0), numpy.float32))
    query = numpy.array([0.6, 0.8, 0.0], dtype=numpy.float32)
    assert [(number, round(similarity, 4)) for number, similarity in store.nearest("docs-kafka-3.4-a", query, 2)] == [(8, 0.8), (7, 0.6)]
    assert list(store.nearest("docs-kafka-3.4-empty", query, 2)) == []
    store.delete("docs-kafka-3.4-a")
    store.delete("docs-kafka-3.4-a")
    with pytest.raises(CollectionGoneError):
        list(store.nearest("docs-kafka-3.4-a", query, 2))
    assert store.collections() == {"docs-kafka-3.4-empty"}


def test_a_damaged_store_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "chroma.sqlite3").write_bytes(b"not a database" * 1000)
    with pytest.raises(ServiceError, match=rf"The vector store in {tmp_path} failed \(.+\); check free space, or remove that directory"):
        PersistentVectorStore(str(tmp_path))
