# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import threading
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import ServiceError
from ansible_collections.infra_llm.assistant.plugins.module_utils.answering import _primer
from ansible_collections.infra_llm.assistant.plugins.module_utils.answering._answer import Engine, Question, answer, prefill
from ansible_collections.infra_llm.assistant.plugins.module_utils.answering._primer import Primers, make_primer
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._embedding import Embedder
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._llm import Completion
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._vector_store import PersistentVectorStore
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._chunks import Chunk
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._index import KnowledgeIndex, PageChunks
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._search import Passage, Target, search

PAGES = {
    "upgrade.md": "Upgrade to a newer version: restart one node after the other and check the health and status of each.",
    "disk.md": "To replace a failed disk, take the node out for maintenance, replace the disk and bring the node back.",
    "history.md": "The project was named by its founders after an animal of the sea.",
}
QUESTION = Question("How do I replace a failed disk?", {}, [Target("ceph", "17")], [], "answer", 100, 0.0, 10, "off", "extract")


@pytest.fixture
def index(tmp_path: Path, embedder: Embedder) -> KnowledgeIndex:
    made = KnowledgeIndex(tmp_path, embedder_name=embedder.name, store=PersistentVectorStore)
    for version, addition in (("17", ""), ("18", " This is new.")):
        pages = [PageChunks(name, name, "", "", "", [Chunk(name, (), "", text + addition, text + addition, 0, 0)]) for name, text in PAGES.items()]
        made.put("docs", "ceph", version, pages, source="/docs", digest="d", embedder=embedder)
    return made


def found(index: KnowledgeIndex, embedder: Embedder, version: str) -> Passage:
    return search(index, "disk", [Target("ceph", version)], embedder=lambda: embedder).passages[0]


def test_it_is_what_operators_ask_for_within_its_length(index: KnowledgeIndex, embedder: Embedder) -> None:
    primer = make_primer(index, lambda: embedder, "ceph", "17", characters=400)
    assert [passage.path for passage in primer.passages] == ["disk.md", "upgrade.md"]
    assert primer == make_primer(index, lambda: embedder, "ceph", "17", characters=400)
    assert {key[2]: position for key, position in primer.chunks.items()} == {"disk.md": 0, "upgrade.md": 1}


def test_each_version_has_its_own_and_says_how_it_serves_the_deployed_one(index: KnowledgeIndex, embedder: Embedder) -> None:
    primers = Primers()
    for deployed, served, match in (("17", "17", "exact"), ("18.2.1", "18", "same_minor"), ("17.9", "17", "same_minor")):
        passage = found(index, embedder, deployed)
        primer = primers.of_passage(index, lambda: embedder, passage)
        assert {entry.match for entry in primer.passages} == {passage.match}
        assert (passage.match.served_version, passage.match.match) == (served, match)
        assert all(("This is new" in entry.text) == (served == "18") for entry in primer.passages)


def test_while_the_embedder_is_away_the_model_answers_without_a_primer(index: KnowledgeIndex, embedder: Embedder, scripted_model: Any) -> None:
    away = True

    def load() -> Embedder:
        if away:
            raise ServiceError("The embedding server cannot be reached.")
        return embedder

    model = scripted_model(Completion("Take the node out [1].", finished=True))
    engine = Engine(index, load, lambda: model, Primers())
    result = answer(QUESTION, engine)
    assert (result["mode"], result["answer"]) == ("llm", "Take the node out [1].")
    assert "# Documentation of" not in model.asked[0][1]["content"]
    away = False
    answer(QUESTION, engine)
    assert "# Documentation of ceph 17" in model.asked[1][1]["content"]


def test_what_words_alone_would_choose_is_not_kept(index: KnowledgeIndex, embedder: Embedder, monkeypatch: pytest.MonkeyPatch) -> None:
    primers = Primers()
    leading = found(index, embedder, "17")
    with monkeypatch.context() as refilling:
        refilling.setattr(_primer, "search", lambda *given, **named: dataclasses.replace(search(*given, **named), words_only="It is being filled in again."))
        assert primers.of_passage(index, lambda: embedder, leading).passages == []
    assert primers.of_passage(index, lambda: embedder, leading).passages


def test_a_primer_that_is_there_is_had_while_another_one_is_made(index: KnowledgeIndex, embedder: Embedder) -> None:
    primers = Primers()
    ready = primers.of_version(index, lambda: embedder, "ceph", "17")
    begun, go_on = threading.Event(), threading.Event()

    def slow() -> Embedder:
        begun.set()
        assert go_on.wait(30)
        return embedder

    making = threading.Thread(target=primers.of_version, args=(index, slow, "ceph", "18"))
    making.start()
    try:
        assert begun.wait(30)
        had: list[Any] = []
        asking = threading.Thread(target=lambda: had.append(primers.of_version(index, slow, "ceph", "17")), daemon=True)
        asking.start()
        asking.join(5)
        assert had == [ready]
    finally:
        go_on.set()
        making.join()


def test_what_is_read_in_advance_is_what_prompts_about_the_version_begin_with(index: KnowledgeIndex, embedder: Embedder, scripted_model: Any) -> None:
    model = scripted_model(Completion("Take the node out [1].", finished=True))
    engine = Engine(index, lambda: embedder, lambda: model, Primers())
    prefill(engine, "ceph", "16", seconds=5, stop=threading.Event())
    assert model.asked == [], "there is no documentation of it"
    prefill(engine, "ceph", "17", seconds=5, stop=threading.Event())
    answer(QUESTION, engine)
    in_advance, asked = model.asked
    assert in_advance[0] == asked[0]
    beginning = in_advance[1]["content"].partition("# Infrastructure")[0]
    assert beginning.startswith("# Documentation of ceph 17\n")
    assert asked[1]["content"].startswith(beginning)
    assert all(passage.text in beginning for passage in engine.primers.of_version(index, lambda: embedder, "ceph", "17").passages)
    prefill(Engine(index, lambda: embedder, lambda: None, Primers()), "ceph", "17", seconds=5, stop=threading.Event())


def test_runbooks_and_posts_lead_to_none(index: KnowledgeIndex, embedder: Embedder, passage: Any) -> None:
    assert Primers().of_passage(index, lambda: embedder, passage(1, kind="house")).passages == []


def test_which_versions_were_asked_about_lately_outlives_the_gateway(index: KnowledgeIndex, embedder: Embedder, tmp_path: Path) -> None:
    record = tmp_path / "primers.json"
    primers = Primers(record)
    for version in ("17", "18", "17", "18.2"):
        primers.of_passage(index, lambda: embedder, found(index, embedder, version))
    assert Primers(record).recent() == [("ceph", "18"), ("ceph", "17")]
    record.write_text("broken", encoding="utf-8")
    assert Primers(record).recent() == []
