# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
import json
import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import DataError
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._vector_store import PersistentVectorStore
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge import _pack
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._index import KnowledgeIndex
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._ingest import index_version
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._pack import export_pack, import_pack, inspect_pack
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._search import Passage, Target, search

PROVENANCE = {"source": "git", "location": "https://example.org/kafka.git", "reference": "3.4", "match": "same_minor", "license": "Apache-2.0"}
Members = dict[str, bytes]


def open_index(directory: Path, embedder_name: str = "counting") -> KnowledgeIndex:
    return KnowledgeIndex(directory, embedder_name=embedder_name, store=PersistentVectorStore)


@pytest.fixture
def pack(tmp_path: Path, counting_embedder: Any) -> Path:
    """Two versions of kafka, exported from the knowledge base in ``original``."""
    index, embedder = open_index(tmp_path / "original"), counting_embedder()
    for version in ("2.8", "3.4"):
        docs = tmp_path / "docs" / version
        docs.mkdir(parents=True)
        (docs / "brokers.md").write_text("# Brokers\n\n## Restart\n\nRestart the brokers one after the other.\n\n## Racks\n\nDrain the rack first.\n")
        (docs / "news.html").write_text(f"<h1>News</h1><p>What is new in version {version} of the brokers: «ё».</p>")
        index_version(index, lambda: embedder, "docs", "kafka", version, str(docs), [].append, provenance=PROVENANCE, deployed=[f"{version}.1"])
    export_pack(index, index.versions(), tmp_path / "kafka.pack")
    return tmp_path / "kafka.pack"


def found(index: KnowledgeIndex, embedder: Any, version: str) -> list[Passage]:
    return search(index, "restart the brokers", [Target("kafka", version)], embedder=lambda: embedder).passages


def state(directory: Path) -> dict[str, Any]:
    """Everything that a refused pack must leave as it is."""
    index = open_index(directory)
    rows = [index.connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall() for table in ("version", "chunk", "vector", "placement")]
    files = {str(file): file.read_bytes() for folder in ("products", "metadata") for file in (directory / folder).rglob("*") if file.is_file()}
    return {"rows": rows, "files": files, "collections": index.store.collections()}


def repack(path: Path, change: Callable[[dict[str, Any], Members], None]) -> None:
    """Rewrite a pack after ``change`` of its manifest and members, with all the sums right."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(members.pop("manifest.json"))
    change(manifest, members)
    manifest["members"] = {name: {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in members.items()} | manifest.get("extra", {})
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in {**members, "manifest.json": json.dumps(manifest).encode()}.items():
            archive.writestr(name, data)
        archive.comment = b"0" * 64
    data = path.read_bytes()[:-64]
    path.write_bytes(data + hashlib.sha256(data).hexdigest().encode())


def test_an_imported_base_answers_as_the_original_and_importing_again_changes_nothing(tmp_path: Path, pack: Path, counting_embedder: Any) -> None:
    copy = open_index(tmp_path / "copy")
    assert import_pack(copy, pack, check=True)["changed"] is True
    assert copy.versions() == []
    result = import_pack(copy, pack)
    assert (result["changed"], [entry["changed"] for entry in result["versions"]]) == (True, [True, True])
    original, embedder = open_index(tmp_path / "original"), counting_embedder()
    for version in ("2.8", "3.4"):
        assert found(copy, embedder, version) == found(original, embedder, version) != []
    assert [(known.provenance, known.serves) for known in copy.versions()] == [(PROVENANCE, ("2.8.1",)), (PROVENANCE, ("3.4.1",))]
    for name in ("products", "metadata/content_fingerprints.json"):
        place = tmp_path / "original" / name
        for file in [place] if place.is_file() else [file for file in place.rglob("*") if file.is_file()]:
            assert (tmp_path / "copy" / file.relative_to(tmp_path / "original")).read_bytes() == file.read_bytes()
    before = state(tmp_path / "copy")
    assert import_pack(copy, pack)["changed"] is False
    assert state(tmp_path / "copy") == before
    # The pages themselves, indexed where the pack was imported, are what is there.
    again = index_version(copy, lambda: embedder, "docs", "kafka", "3.4", str(tmp_path / "docs" / "3.4"), [].append)
    assert (again["changed"], again["chunks"]) == (False, 3)


def test_an_import_replaces_what_differs_and_keeps_the_rest(tmp_path: Path, pack: Path, counting_embedder: Any) -> None:
    copy, embedder = open_index(tmp_path / "copy"), counting_embedder()
    for product in ("kafka", "ceph"):
        (tmp_path / product).mkdir()
        (tmp_path / product / "page.md").write_text(f"# Page\n\nAn earlier page about {product} itself.\n")
        index_version(copy, lambda: embedder, "docs", product, "3.4", str(tmp_path / product), [].append, deployed=["3.4.9"])
    assert import_pack(copy, pack)["changed"] is True
    assert [(known.product, known.version, known.serves) for known in copy.versions()] == [
        ("ceph", "3.4", ("3.4.9",)),
        ("kafka", "2.8", ("2.8.1",)),
        ("kafka", "3.4", ("3.4.1", "3.4.9")),
    ]
    assert sorted(file.name for file in (tmp_path / "copy" / "products" / "kafka" / "3.4").iterdir()) == ["brokers.md", "news.html.md"]
    assert copy.store.collections() == {known.collection for known in copy.versions()}
    assert import_pack(copy, pack)["changed"] is False


def test_a_pack_tells_what_is_in_it(tmp_path: Path, pack: Path) -> None:
    told = inspect_pack(pack)
    assert (told["format"], told["embedder"], told["chunks"], told["bytes"]) == (1, "counting", 4, pack.stat().st_size)
    first = told["versions"][0]
    assert (first["product"], first["version"], first["pages"], first["sections"], first["provenance"]) == ("kafka", "2.8", 2, 3, PROVENANCE)
    with zipfile.ZipFile(pack) as archive:
        assert "products/kafka/3.4/news.html.md" in archive.namelist()
        assert str(tmp_path) not in "".join(archive.read(name).decode(errors="replace") for name in archive.namelist())


def test_any_damage_refuses_the_pack_whole(tmp_path: Path, pack: Path) -> None:
    copy = open_index(tmp_path / "copy")
    before, whole = state(tmp_path / "copy"), pack.read_bytes()
    places = random.Random(4)
    damaged = [
        bytes([*whole[:at], whole[at] ^ 1 << places.randrange(8), *whole[at + 1 :]]) for at in [0, len(whole) - 1, *places.sample(range(len(whole)), 40)]
    ]
    for data in (b"", whole[:-1], whole[: len(whole) // 2], whole + b"\n", b"not a pack" * 100, *damaged):
        pack.write_bytes(data)
        with pytest.raises(DataError, match=r"kafka\.pack is not a knowledge pack, or it was damaged or altered; copy it again") as caught:
            import_pack(copy, pack)
        assert "\n" not in caught.value.message
    assert state(tmp_path / "copy") == before
    with pytest.raises(DataError, match=r"none\.pack cannot be read \(No such file or directory\); give the path"):
        inspect_pack(tmp_path / "none.pack")


def alter_chunk(_manifest: dict[str, Any], members: Members) -> None:
    members["chunks.jsonl"] = members["chunks.jsonl"].replace(b"Restart the brokers", b"Destroy the brokers")


def alter_text_type(_manifest: dict[str, Any], members: Members) -> None:
    members["versions/1.jsonl"] = members["versions/1.jsonl"].replace(b'"brokers.md"', b"17")


def cut_vectors(_manifest: dict[str, Any], members: Members) -> None:
    members["vectors.bin"] = members["vectors.bin"][:-4]


def no_numbers(_manifest: dict[str, Any], members: Members) -> None:
    members["vectors.bin"] = b"\xff" * len(members["vectors.bin"])


def climb(_manifest: dict[str, Any], members: Members) -> None:
    members["products/kafka/3.4/../../../../evil.md"] = b"out"


def root(_manifest: dict[str, Any], members: Members) -> None:
    members["/tmp/evil.md"] = b"out"


def elsewhere(_manifest: dict[str, Any], members: Members) -> None:
    members["house/_general/unversioned/evil.md"] = b"not of these versions"


def bomb(_manifest: dict[str, Any], members: Members) -> None:
    members["products/kafka/3.4/zeros.md"] = bytes(1 << 26)


def lie(manifest: dict[str, Any], members: Members) -> None:
    manifest["extra"] = {"products/kafka/3.4/news.html.md": {"size": len(members["products/kafka/3.4/news.html.md"]), "sha256": "0" * 64}}


@pytest.mark.parametrize("change", [alter_chunk, alter_text_type, cut_vectors, no_numbers, climb, root, elsewhere, bomb, lie])
def test_what_export_did_not_write_is_refused_whole_though_its_sums_are_right(tmp_path: Path, pack: Path, change: Any) -> None:
    copy = open_index(tmp_path / "copy")
    before = state(tmp_path / "copy")
    repack(pack, change)
    with pytest.raises(DataError, match="is not a knowledge pack, or it was damaged or altered"):
        import_pack(copy, pack)
    assert state(tmp_path / "copy") == before
    assert not list(tmp_path.rglob("*evil*"))


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("format", 2, r"was made by a newer release of the collection \(format 2\); update this one\."),
        ("embedder", "other", "was made with the embedder 'other', but this knowledge base with 'counting'; export it"),
        ("chunker", 1, r"was made with the chunker '1', but this knowledge base with '\d+'; export it"),
    ],
)
def test_packs_of_another_make_are_refused_with_the_way_out(tmp_path: Path, pack: Path, field: str, value: Any, message: str) -> None:
    copy = open_index(tmp_path / "copy")
    repack(pack, lambda manifest, _members: manifest.update({field: value}))
    for check in (True, False):
        with pytest.raises(DataError, match=message):
            import_pack(copy, pack, check=check)
    assert copy.versions() == []


def test_an_export_that_fails_leaves_the_earlier_pack(tmp_path: Path, pack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = pack.read_bytes()
    index = open_index(tmp_path / "original")

    def full(_file: Path) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(_pack, "_blocks", full)
    with pytest.raises(DataError, match=r"kafka\.pack cannot be written \(.*No space left on device"):
        export_pack(index, index.versions(), pack)
    assert pack.read_bytes() == before
    assert not pack.with_name("kafka.pack.new").exists()
