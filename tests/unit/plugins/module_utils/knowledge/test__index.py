# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import errno
import json
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import DataError
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._vector_store import PersistentVectorStore
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge import _index
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._chunks import Chunk
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._database import Database
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._index import KnowledgeIndex, PageChunks
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._search import Target, search

PLUGINS = Path(_index.__file__).parents[2]
BATCH = 128  # chunks that are embedded, and kept, at once


def open_index(directory: Path, embedder_name: str = "counting") -> KnowledgeIndex:
    return KnowledgeIndex(directory, embedder_name=embedder_name, store=PersistentVectorStore)


def page(path: str, *texts: str) -> PageChunks:
    title = path.title()
    chunks = [Chunk(title, ("Section",), "section", text, f"kafka > {title} > Section\n{text}", number, number) for number, text in enumerate(texts)]
    return PageChunks(path, title, "", "", "", chunks)


def put(index: KnowledgeIndex, embedder: Any, version: str, *pages: PageChunks) -> _index.IndexReport:
    return index.put("docs", "kafka", version, pages, source="/docs", digest="d", embedder=embedder)


def found(index: KnowledgeIndex, embedder: Any, question: str, version: str = "3.4") -> list[str]:
    result = search(index, question, [Target("kafka", version)], embedder=lambda: embedder)
    return [text for passage in result.passages for text in passage.text.split("\n\n")]


def numbered(count: int, word: str = "entry") -> list[str]:
    return [f"{word} number{number} of the page" for number in range(count)]


def test_a_version_is_found_and_replaced_by_what_is_put_later(tmp_path: Path, counting_embedder: Any) -> None:
    index, embedder = open_index(tmp_path), counting_embedder()
    put(index, embedder, "3.4", page("brokers", "restart the quorum controller", "the leader epoch"), page("topics", "retention of a topic"))
    assert found(index, embedder, "quorum")[0] == "restart the quorum controller"
    put(index, embedder, "3.4", page("brokers", "drain the rack first"))
    assert found(index, embedder, "quorum") == found(index, embedder, "retention") == []
    assert found(index, embedder, "rack") == ["drain the rack first"]
    assert len(index.versions()) == 1
    assert index.store.collections() == {index.versions()[0].collection}
    listed = json.loads((tmp_path / "metadata" / "version_index.json").read_text())["versions"]
    assert [(entry["product"], entry["version"], entry["pages"], entry["chunks"]) for entry in listed] == [("kafka", "3.4", 1, 1)]


def test_unchanged_sections_are_never_embedded_again_not_even_for_another_version(tmp_path: Path, counting_embedder: Any) -> None:
    index, embedder = open_index(tmp_path), counting_embedder()
    assert put(index, embedder, "2.8", page("a", *numbered(5))).embedded == 5
    report = put(index, embedder, "3.0", page("a", *numbered(5), "only in three"))
    assert (report.chunks, report.embedded) == (6, 1)
    assert put(index, embedder, "3.0", page("a", *numbered(4), "only in three", "new")).embedded == 1
    assert len(embedder.texts) == len(set(embedder.texts)) == 7


def test_a_removed_version_leaves_the_others_and_their_shared_sections(tmp_path: Path, counting_embedder: Any) -> None:
    index, embedder = open_index(tmp_path), counting_embedder()
    put(index, embedder, "2.8", page("a", "shared words", "elderly words"))
    put(index, embedder, "3.4", page("a", "shared words"))
    old = index.find("docs", "kafka", "2.8")
    assert old is not None
    index.remove(old)
    assert [known.version for known in index.versions()] == ["3.4"]
    assert found(index, embedder, "shared") == ["shared words"]
    assert put(index, embedder, "2.8", page("a", "shared words")).embedded == 0


def test_an_interrupted_put_leaves_the_old_state_and_the_next_one_goes_on_where_it_was(tmp_path: Path, counting_embedder: Any) -> None:
    index, embedder = open_index(tmp_path), counting_embedder()
    put(index, embedder, "3.4", page("a", "the old state"))
    texts = numbered(3 * BATCH)
    with pytest.raises(KeyboardInterrupt):
        put(index, counting_embedder(fail_at_batch=3), "3.4", page("a", *texts))
    assert found(index, embedder, "old state number7") == ["the old state"]
    assert put(index, embedder, "3.4", page("a", *texts)).embedded == BATCH
    assert "entry number7 of the page" in found(index, embedder, "number7")


KILLED = """
import sys, time
from module_utils.clients._vector_store import PersistentVectorStore
from module_utils.knowledge._chunks import Chunk
from module_utils.knowledge._index import KnowledgeIndex, PageChunks
import numpy

directory, where, count = sys.argv[1], sys.argv[2], int(sys.argv[3])

def die():
    print("now", flush=True)
    time.sleep(60)

class Embedder:
    batches = 0
    def embed_passages(self, texts):
        self.batches += 1
        if where == "embedding" and self.batches == 2:
            die()
        return numpy.eye(256, dtype=numpy.float32)[numpy.arange(len(texts)) % 256]

class Store(PersistentVectorStore):
    def create(self, name, ids, vectors):
        super().create(name, ids, vectors)
        die()

index = KnowledgeIndex(directory, embedder_name="counting", store=Store)
texts = [f"entry number{number} of the page" for number in range(count)]
chunks = [Chunk("A", ("Section",), "section", text, f"kafka > A > Section\\n{text}", number, number) for number, text in enumerate(texts)]
index.put("docs", "kafka", "3.4", [PageChunks("a", "A", "", "", "", chunks)], source="/docs", digest="e", embedder=Embedder())
"""


@pytest.mark.parametrize(("where", "left_to_embed"), [("embedding", BATCH), ("collection", 0)])
def test_a_killed_put_leaves_the_old_state_whole(tmp_path: Path, counting_embedder: Any, where: str, left_to_embed: int) -> None:
    embedder = counting_embedder()
    put(open_index(tmp_path), embedder, "3.4", page("a", "the old state"))
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path), where, str(2 * BATCH)], env={"PYTHONPATH": str(PLUGINS)}, stdout=subprocess.PIPE)
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline() == b"now\n"
        process.send_signal(signal.SIGKILL)
    process.wait()
    index = open_index(tmp_path)
    assert found(index, embedder, "old state number7") == ["the old state"]
    assert index.store.collections() == {index.versions()[0].collection}
    assert put(index, embedder, "3.4", page("a", *numbered(2 * BATCH))).embedded == left_to_embed
    assert "entry number7 of the page" in found(index, embedder, "number7")


def test_opening_drops_collections_that_nobody_knows_and_rebuilds_missing_ones(tmp_path: Path, counting_embedder: Any) -> None:
    index, embedder = open_index(tmp_path), counting_embedder()
    put(index, embedder, "3.4", page("a", *numbered(5)))
    wanted = index.versions()[0].collection
    index.store.create("docs-kafka-3.4-leftover", [1], embedder.embed_passages(["x"]))
    index.store.delete(wanted)
    again = open_index(tmp_path)
    assert again.store.collections() == {wanted}
    vector = embedder.embed_passages(["kafka > A > Section\nentry number3 of the page"])[0]
    assert [round(similarity, 3) for number, similarity in again.store.nearest(wanted, vector, 1)] == [1.0]


def test_what_is_indexed_is_measured_and_its_converted_pages_go_with_it(tmp_path: Path, counting_embedder: Any) -> None:
    index = open_index(tmp_path)
    tree = index.convert_to("docs", "kafka", "3.4", source="/docs")
    assert tree is not None
    tree.write("ops/a.html", "x" * 100)
    index.put("docs", "kafka", "3.4", [page("ops/a.html", *numbered(5))], source="/docs", digest="d", embedder=counting_embedder(), tree=tree)
    sizes = index.sizes()
    assert sizes["versions"] == [{"kind": "docs", "product": "kafka", "version": "3.4", "pages": 1, "sections": 5, "chunks": 5, "converted_bytes": 100}]
    assert min(sizes["sqlite_bytes"], sizes["chroma_bytes"]) > 10_000
    index.remove(index.versions()[0])
    assert list((tmp_path / "products").iterdir()) == []


def test_another_embedder_or_chunker_is_refused_with_the_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_index(tmp_path)
    with pytest.raises(DataError, match=r"embedder 'counting', not 'other'; remove that directory and index again with playbooks/ingest\.yml"):
        open_index(tmp_path, "other")
    monkeypatch.setattr(_index, "CHUNKER_VERSION", 999)
    with pytest.raises(DataError, match=r"made with the chunker '\d+', not '999'"):
        open_index(tmp_path)


def test_a_directory_that_cannot_be_used_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "index.sqlite").write_bytes(b"not a database, but long enough to look like one" * 100)
    (tmp_path / "file").touch()
    for directory in (tmp_path / "damaged", tmp_path / "file" / "knowledge"):
        with pytest.raises(DataError, match=rf"The knowledge base in {directory} cannot be opened \(.+\); ") as caught:
            open_index(directory)
        assert "\n" not in caught.value.message


def test_it_opens_on_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_index(tmp_path)
    create = Database.create

    def full(database: Database, settings: Any) -> dict[str, str]:
        if (tmp_path / "ballast").exists():
            raise sqlite3.OperationalError("disk I/O error")
        return create(database, settings)

    monkeypatch.setattr(Database, "create", full)

    def refuse(path: Path, content: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", refuse)
    assert open_index(tmp_path).versions() == []
    assert not (tmp_path / "ballast").exists()
    monkeypatch.undo()
    open_index(tmp_path)
    assert (tmp_path / "ballast").stat().st_size > 32_768


def test_searches_see_one_whole_state_while_a_version_is_replaced(tmp_path: Path, counting_embedder: Any) -> None:
    index = open_index(tmp_path)
    put(index, counting_embedder(), "3.4", page("a", *numbered(30, "alpha")), page("b", *numbered(30, "alpha")))
    seen: list[set[str]] = []
    ended = threading.Event()

    def ask() -> None:
        embedder = counting_embedder()
        while not ended.is_set():
            seen.append({text.split()[0] for text in found(index, embedder, "number7 of the page")})

    def guarded() -> None:
        try:
            ask()
        except Exception as exc:
            seen.append({repr(exc)})

    threads = [threading.Thread(target=guarded) for number in range(4)]
    for thread in threads:
        thread.start()
    for word in ("beta", "alpha") * 4:
        put(index, counting_embedder(), "3.4", page("a", *numbered(30, word)), page("b", *numbered(30, word)))
    ended.set()
    for thread in threads:
        thread.join()
    assert {frozenset(words) for words in seen} == {frozenset({"alpha"}), frozenset({"beta"})}


def test_a_search_whose_version_is_replaced_in_the_middle_starts_anew(tmp_path: Path, counting_embedder: Any) -> None:
    index, embedder = open_index(tmp_path), counting_embedder()
    put(index, embedder, "3.4", page("a", "the old words"))
    replacing = threading.Thread(target=put, args=(index, counting_embedder(), "3.4", page("a", "the new words")))

    def replace_first() -> Any:
        if not replacing.ident:
            replacing.start()
            replacing.join()
        return embedder

    result = search(index, "words", [Target("kafka", "3.4")], embedder=replace_first)
    assert [passage.text for passage in result.passages] == ["the new words"]
