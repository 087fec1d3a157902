# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils.answering._primer import Primers, make_primer, within_words
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._embedding import Embedder
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._vector_store import PersistentVectorStore
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._chunks import Chunk
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._index import KnowledgeIndex, PageChunks
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._search import Passage, Target, search

PAGES = {
    "upgrade.md": "Upgrade to a newer version: restart one node after the other and check the health and status of each.",
    "disk.md": "To replace a failed disk, take the node out for maintenance, replace the disk and bring the node back.",
    "history.md": "The project was named by its founders after an animal of the sea.",
}


@pytest.fixture
def index(tmp_path: Path, embedder: Embedder) -> KnowledgeIndex:
    made = KnowledgeIndex(tmp_path, embedder_name=embedder.name, store=PersistentVectorStore)
    for version, addition in (("17", ""), ("18", " This is new.")):
        pages = [PageChunks(name, name, "", "", "", [Chunk(name, (), "", text + addition, text + addition, 0, 0)]) for name, text in PAGES.items()]
        made.put("docs", "ceph", version, pages, source="/docs", digest="d", embedder=embedder)
    return made


def found(index: KnowledgeIndex, embedder: Embedder, version: str) -> Passage:
    return search(index, "disk", [Target("ceph", version)], embedder=lambda: embedder).passages[0]


def test_it_is_what_operators_ask_for_within_its_words(index: KnowledgeIndex, embedder: Embedder) -> None:
    primer = make_primer(index, lambda: embedder, "ceph", "17", words=40)
    assert [passage.path for passage in primer.passages] == ["disk.md", "upgrade.md"]
    assert primer == make_primer(index, lambda: embedder, "ceph", "17", words=40)
    assert {key[2]: position for key, position in primer.chunks.items()} == {"disk.md": 0, "upgrade.md": 1}


def test_each_version_has_its_own_and_says_how_it_serves_the_deployed_one(index: KnowledgeIndex, embedder: Embedder) -> None:
    primers = Primers()
    for deployed, served, match in (("17", "17", "exact"), ("18.2.1", "18", "same_minor"), ("17.9", "17", "same_minor")):
        passage = found(index, embedder, deployed)
        primer = primers.of_passage(index, lambda: embedder, passage)
        assert {entry.match for entry in primer.passages} == {passage.match}
        assert passage.match.served_version == served, match
        assert all(("This is new" in entry.text) == (served == "18") for entry in primer.passages)


def test_runbooks_and_posts_lead_to_none(index: KnowledgeIndex, embedder: Embedder, passage: Any) -> None:
    assert Primers().of_passage(index, lambda: embedder, passage(1, kind="house")).passages == []


def test_the_first_passage_is_kept_however_long_it_is(passage: Any) -> None:
    long, short, medium = passage(1, "word " * 500), passage(2, "word " * 20), passage(3, "word " * 60)
    assert within_words([long, short], 100) == [long]
    assert within_words([medium, medium, short], 100) == [medium, short]


def test_which_versions_were_asked_about_lately_outlives_the_gateway(index: KnowledgeIndex, embedder: Embedder, tmp_path: Path) -> None:
    record = tmp_path / "primers.json"
    primers = Primers(record)
    for version in ("17", "18", "17", "18.2"):
        primers.of_passage(index, lambda: embedder, found(index, embedder, version))
    assert Primers(record).recent() == [("ceph", "18"), ("ceph", "17")]
    record.write_text("broken", encoding="utf-8")
    assert Primers(record).recent() == []
