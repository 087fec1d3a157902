# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import DataError
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._vector_store import PersistentVectorStore
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._index import KnowledgeIndex
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._ingest import check_version, index_version


@pytest.fixture
def index(tmp_path: Path) -> KnowledgeIndex:
    return KnowledgeIndex(tmp_path / "knowledge", embedder_name="counting", store=PersistentVectorStore)


def write(directory: Path, **pages: str) -> str:
    directory.mkdir(exist_ok=True)
    for name, text in pages.items():
        (directory / f"{name}.md").write_text(text, encoding="utf-8")
    return str(directory)


def ingest(index: KnowledgeIndex, embedder: Any, path: str, *, kind: str = "docs", events: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    product, version = {"docs": ("kafka", "3.4"), "qa": ("kafka", "unversioned")}.get(kind, ("", "unversioned"))
    return index_version(index, lambda: embedder, kind, product, version, path, [].append if events is None else events.append)


def test_only_what_changed_is_indexed_again(tmp_path: Path, index: KnowledgeIndex, counting_embedder: Any) -> None:
    embedder, events = counting_embedder(), []
    path = write(
        tmp_path / "docs", a="# Brokers\n\nRestart the brokers one after the other.\n", b="# Topics\n\nA topic has partitions, and these have replicas.\n"
    )
    assert check_version(index, "docs", "kafka", "3.4", path) == {"changed": True}
    first = ingest(index, embedder, path, events=events)
    assert (first["changed"], first["pages"], first["chunks"], first["embedded"]) == (True, 2, 2, 2)
    assert events[-1] == {"progress": {"done": 2, "total": 2}}
    assert check_version(index, "docs", "kafka", "3.4", path) == {"changed": False}
    assert ingest(index, embedder, path)["changed"] is False
    write(tmp_path / "docs", b="# Topics\n\nA topic has partitions, each with its own replicas.\n")
    second = ingest(index, embedder, path)
    assert (second["chunks"], second["embedded"]) == (2, 1)


def test_runbooks_are_filed_under_their_front_matter_and_forgotten_with_it(tmp_path: Path, index: KnowledgeIndex, counting_embedder: Any) -> None:
    general = "# Reboot\n\nTell the shift before you reboot a server.\n"
    path = write(tmp_path / "house", a=general, b="---\nproduct: kafka\nversion: '3.4'\n---\n# Restart\n\nRestart the controllers last of all brokers.\n")
    ingest(index, counting_embedder(), path, kind="house")
    assert [(known.product, known.version) for known in index.versions()] == [("", "unversioned"), ("kafka", "3.4")]
    (tmp_path / "house" / "b.md").unlink()
    ingest(index, counting_embedder(), path, kind="house")
    assert [(known.product, known.version) for known in index.versions()] == [("", "unversioned")]


def test_posts_about_one_product_are_one_source_filed_under_their_versions(tmp_path: Path, index: KnowledgeIndex, counting_embedder: Any) -> None:
    lag = "---\nproduct: ceph\n---\n# Lag\n\nLook at the lag of the consumer group first.\n"
    fetchers = "# Fetchers\n\nIn this version a second fetcher helps a slow replica.\n"
    for name, text in {"version_agnostic/1": lag, "version_specific/2": f"---\nversion: 3.10\n---\n{fetchers}", "version_specific/3": fetchers}.items():
        (tmp_path / "qa" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "qa" / f"{name}.md").write_text(text, encoding="utf-8")
    path, embedder = str(tmp_path / "qa"), counting_embedder()
    ceph = write(tmp_path / "ceph", a="# Backfill\n\nLower the number of backfills for an hour.\n", b=f"---\nversion: 17\n---\n{lag}")

    def known() -> list[tuple[str, str, str]]:
        return [(entry.kind, entry.product, entry.version) for entry in index.versions() if entry.product == "kafka"]

    index_version(index, lambda: embedder, "qa", "ceph", "unversioned", ceph, [].append)
    ingest(index, embedder, write(tmp_path / "docs", a=fetchers))
    assert ingest(index, embedder, path, kind="qa")["pages"] == 3
    assert known() == [("docs", "kafka", "3.4"), ("qa", "kafka", "3.10"), ("qa", "kafka", "unversioned")]
    for product, source in (("kafka", path), ("ceph", ceph)):
        assert check_version(index, "qa", product, "unversioned", source) == {"changed": False}, "one product's posts do not touch another's"
    (tmp_path / "qa" / "version_specific" / "2.md").write_text(f"---\nversion: 3.4\n---\n{fetchers}", encoding="utf-8")
    again = ingest(index, embedder, path, kind="qa")
    assert (again["changed"], again["embedded"]) == (True, 0)
    assert known() == [("docs", "kafka", "3.4"), ("qa", "kafka", "3.4"), ("qa", "kafka", "unversioned")]
    assert check_version(index, "qa", "ceph", "unversioned", ceph) == {"changed": False}


def test_files_that_give_no_page_are_named_and_a_directory_without_any_page_is_an_error(tmp_path: Path, index: KnowledgeIndex, counting_embedder: Any) -> None:
    path = write(tmp_path / "docs", a="# Brokers\n\nRestart the brokers one after the other.\n", empty="")
    (tmp_path / "docs" / "logo.png").write_bytes(b"\x89PNG\r\n")
    result = ingest(index, counting_embedder(), path)
    assert result["skipped_count"] == 2
    assert result["skipped_files"][0].startswith("empty.md: ")
    assert result["skipped_files"][1].startswith("logo.png: ")
    (tmp_path / "docs" / "a.md").unlink()
    with pytest.raises(DataError, match=r"holds no document that can be read \(2 files skipped\)"):
        ingest(index, counting_embedder(), path)
    assert [known.version for known in index.versions()] == ["3.4"], "what was indexed before stays"


def test_runbooks_are_not_current_before_all_of_them_are_indexed(
    tmp_path: Path, index: KnowledgeIndex, counting_embedder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    general = "# Reboot\n\nTell the shift before you reboot a server.\n"
    path = write(tmp_path / "house", a=general, b="---\nproduct: k8s\n---\n# Drain\n\nDrain the node before you reboot it.\n")
    put, calls = index.put, []

    def interrupted(*arguments: Any, **options: Any) -> Any:
        calls.append(arguments)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return put(*arguments, **options)

    monkeypatch.setattr(index, "put", interrupted)
    with pytest.raises(KeyboardInterrupt):
        ingest(index, counting_embedder(), path, kind="house")
    assert check_version(index, "house", "", "unversioned", path) == {"changed": True}
    canonical = {"k8s": "kubernetes"}.__getitem__
    index_version(index, counting_embedder, "house", "", "unversioned", path, [].append, canonical=canonical)
    assert [known.product for known in index.versions()] == ["", "kubernetes"]
    assert check_version(index, "house", "", "unversioned", path) == {"changed": False}
