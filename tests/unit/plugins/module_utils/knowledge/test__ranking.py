# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._embedding import Embedder
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._vector_store import PersistentVectorStore
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._index import KnowledgeIndex
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._ingest import index_version
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._ranking import Ranking
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._search import Passage, Target, search
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.questions._search_text import Alternative

SAME = "Drain the node before its kernel is updated, wait until no volume is attached, then reboot it and let it join again."
PAGES = {
    "settings": "# Settings\n\n## max_open_files\n\nHighest number of descriptors.\n\n## open_max\n\nFiles that are open, at the max.\n\n## x\n\nMax.\n",
    "update": f"# Update\n\n## Nodes\n\n{SAME}\n",
    "update_again": f"# Update of nodes, again\n\n## All nodes\n\n{SAME} Then the next.\n",
    "cache": "# Zookrestor\n\n## Flushing\n\nThe zookrestor empties its cache at night.\n\n## Other\n\nNothing of note happens here.\n",
}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> KnowledgeIndex:
    root = tmp_path_factory.mktemp("ranking")
    made = KnowledgeIndex(root / "knowledge", embedder_name=embedder.name, store=PersistentVectorStore)

    def add(kind: str, product: str, directory: Path, pages: dict[str, str]) -> None:
        directory.mkdir(parents=True)
        for name, text in pages.items():
            (directory / f"{name}.md").write_text(text, encoding="utf-8")
        index_version(made, lambda: embedder, kind, product, "1.0" if kind == "docs" else "unversioned", str(directory), lambda event: None)

    add("docs", "tool", root / "docs", PAGES)
    add("house", "", root / "house", {"ours": f"# Update as we do it\n\n## Nodes\n\n{SAME} Tell the shift first, always.\n"})
    return made


def find(index: KnowledgeIndex, embedder: Embedder, question: str, ranking: Ranking | None = None) -> list[Passage]:
    return search(index, question, [Target("tool", "1.0")], embedder=lambda: embedder, ranking=ranking).passages


def test_an_identifier_found_whole_is_worth_more_than_its_parts(index: KnowledgeIndex, embedder: Embedder) -> None:
    assert find(index, embedder, "max_open_files", Ranking(dense_weight=0.0))[0].headings == "max_open_files"


def test_what_was_said_is_not_said_again(index: KnowledgeIndex, embedder: Embedder) -> None:
    said = [passage for passage in find(index, embedder, "drain the node before a kernel update") if passage.kind == "docs" and SAME in passage.text]
    assert len(said) == 1


def test_the_houses_own_way_goes_before_the_vendors(index: KnowledgeIndex, embedder: Embedder) -> None:
    question = "drain the node before a kernel update"
    assert find(index, embedder, question)[0].kind == "house"
    assert find(index, embedder, question, Ranking(kind_weights={"house": 0.5}))[0].kind == "docs"


def test_a_name_that_only_the_documentation_knows_is_found_from_russian_letters(index: KnowledgeIndex, embedder: Embedder) -> None:
    assert find(index, embedder, "когда зукрестор чистится")[0].headings == "Flushing"


def test_a_question_longer_than_any_error_is_answered(index: KnowledgeIndex, embedder: Embedder) -> None:
    assert find(index, embedder, "max_open_files " + " ".join(f"word{number} слово{number}" for number in range(3_000)))


@pytest.mark.parametrize(("multilingual", "embedded"), [(False, "disk"), (True, "диск")])
def test_a_multilingual_model_is_asked_in_the_questions_own_language(
    index: KnowledgeIndex, embedder: Embedder, monkeypatch: pytest.MonkeyPatch, multilingual: bool, embedded: str
) -> None:
    asked: list[str] = []
    embed = embedder.embed_queries
    monkeypatch.setattr(embedder, "embed_queries", lambda texts: (asked.extend(texts), embed(texts))[1])
    monkeypatch.setattr(embedder, "multilingual", multilingual)
    find(index, embedder, "диск")
    assert all(embedded in text for text in asked)


def test_words_of_replaced_documentation_are_looked_up_anew(tmp_path: Path, embedder: Embedder) -> None:
    made = KnowledgeIndex(tmp_path / "knowledge", embedder_name=embedder.name, store=PersistentVectorStore)
    page = tmp_path / "docs" / "page.md"
    page.parent.mkdir()
    for heading in ("Quorum", "Before the quorum"):
        page.write_text(f"# Tool\n\n## Nothing\n\nOf note.\n\n## {heading}\n\nA quorum is needed.\n", encoding="utf-8")
        index_version(made, lambda: embedder, "docs", "tool", "1.0", str(page.parent), lambda event: None)
        assert find(made, embedder, "quorum", Ranking(dense_weight=0.0))[0].headings == heading


def test_the_best_of_a_terms_alternatives_counts(index: KnowledgeIndex) -> None:
    def best(*terms: tuple[Alternative, ...]) -> dict[tuple[int, int], float]:
        return index.words.best([known for known in index.versions() if known.kind == "docs"], terms, 10)

    kernel, updated = Alternative("kernel", 1.0), Alternative("updated", 0.7)
    alone, other, either = best((kernel,)), best((updated,)), best((kernel, updated))
    assert either == {hit: max(alone.get(hit, 0.0), other.get(hit, 0.0)) for hit in alone.keys() | other.keys()}
    both = best((kernel,), (updated,))
    assert both == pytest.approx({hit: alone.get(hit, 0.0) + other.get(hit, 0.0) for hit in both})
    assert best((Alternative("nowhere", 1.0),)) == best() == {}
