# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import ConfigError, DataError
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._vector_store import PersistentVectorStore
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._index import KnowledgeIndex
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._ingest import check_version, index_version
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.sources._source import FetchedFile


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


def is_changed(index: KnowledgeIndex, kind: str, product: str, version: str, path: str, embedder: Any = None) -> bool:
    """Without an embedder, which what did not change does not need."""
    return bool(check_version(index, lambda: embedder, kind, product, version, path)["changed"])


def test_only_what_changed_is_indexed_again(tmp_path: Path, index: KnowledgeIndex, counting_embedder: Any) -> None:
    embedder, events = counting_embedder(), []
    path = write(
        tmp_path / "docs", a="# Brokers\n\nRestart the brokers one after the other.\n", b="# Topics\n\nA topic has partitions, and these have replicas.\n"
    )
    told = check_version(index, lambda: embedder, "docs", "kafka", "3.4", path)
    assert (told["changed"], told["pages"], told["chunks"], told["to_embed"], told["sections"], told["sections_changed"]) == (True, 2, 2, 2, 2, 2)
    assert embedder.texts == []
    first = ingest(index, embedder, path, events=events)
    assert (first["changed"], first["pages"], first["chunks"], first["embedded"], first["sections"], first["sections_changed"]) == (True, 2, 2, 2, 2, 2)
    assert events[-1] == {"progress": {"done": 2, "total": 2}}
    assert not is_changed(index, "docs", "kafka", "3.4", path)
    second = ingest(index, embedder, path)
    assert (second["changed"], second["pages"], second["chunks"], second["embedded"], second["sections"]) == (False, 2, 2, 0, 2)
    write(tmp_path / "docs", b="# Topics\n\nA topic has partitions, each with its own replicas.\n")
    told = check_version(index, lambda: embedder, "docs", "kafka", "3.4", path)
    third = ingest(index, embedder, path)
    assert (third["chunks"], third["embedded"], third["sections_changed"]) == (2, told["to_embed"], told["sections_changed"]) == (2, 1, 1)


def test_a_directory_does_not_replace_what_another_one_has_of_the_same_version(tmp_path: Path, index: KnowledgeIndex, counting_embedder: Any) -> None:
    first = write(tmp_path / "first", a="# Brokers\n\nRestart the brokers one after the other.\n")
    second = write(tmp_path / "second", a="# Topics\n\nA topic has partitions, and these have replicas.\n")

    def add(version: str, path: str) -> dict[str, Any]:
        return index_version(index, counting_embedder, "docs", "kafka", version, path, [].append)

    add("3.4", first)
    for version in ("3.4", "v3.4", "3.4-1.el8"):  # names of one release
        for attempt in (lambda: add(version, second), lambda: check_version(index, counting_embedder, "docs", "kafka", version, second)):  # noqa: B023
            with pytest.raises(DataError, match=rf"second would replace kafka 3\.4, which is indexed from {re.escape(first)}"):
                attempt()
    assert [(known.version, known.source) for known in index.versions()] == [("3.4", first)]
    add("3.5", second)
    shutil.rmtree(first)
    assert add("v3.4", write(tmp_path / "moved", a="# Brokers\n\nRestart the controllers last of all brokers.\n"))["changed"]
    assert [known.version for known in index.versions()] == ["3.5", "v3.4"]


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
        assert not is_changed(index, "qa", product, "unversioned", source), "one product's posts do not touch another's"
    (tmp_path / "qa" / "version_specific" / "2.md").write_text(f"---\nversion: 3.4\n---\n{fetchers}", encoding="utf-8")
    again = ingest(index, embedder, path, kind="qa")
    assert (again["changed"], again["embedded"]) == (True, 0)
    assert known() == [("docs", "kafka", "3.4"), ("qa", "kafka", "3.4"), ("qa", "kafka", "unversioned")]
    assert not is_changed(index, "qa", "ceph", "unversioned", ceph)


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
    assert is_changed(index, "house", "", "unversioned", path, counting_embedder())
    canonical = {"k8s": "kubernetes"}.__getitem__
    index_version(index, counting_embedder, "house", "", "unversioned", path, [].append, canonical=canonical)
    assert [known.product for known in index.versions()] == ["", "kubernetes"]
    assert not is_changed(index, "house", "", "unversioned", path)


def long_section(name: str, words: int = 700) -> str:
    return f"## {name}\n\n" + "\n\n".join(f"{name} {' '.join(f'{name.lower()}{at + number}' for number in range(50))}." for at in range(0, words, 50)) + "\n\n"


def test_one_changed_paragraph_embeds_the_chunks_of_its_section_and_no_neighbour(tmp_path: Path, index: KnowledgeIndex, counting_embedder: Any) -> None:
    embedder, sections = counting_embedder(), {name: long_section(name) for name in ("Brokers", "Topics", "Groups")}
    whole = ingest(index, embedder, write(tmp_path / "docs", a="# Operations\n\n" + "".join(sections.values())))
    of_each = whole["chunks"] // 3
    assert of_each > 3
    before = len(embedder.texts)
    sections["Topics"] = sections["Topics"].replace("topics321", "another word and one more")
    path = write(tmp_path / "next", a="# Operations\n\n" + "".join(sections.values()))
    done = index_version(index, lambda: embedder, "docs", "kafka", "3.5", path, [].append)
    assert (done["sections"], done["sections_changed"]) == (3, 1)
    assert 1 <= done["embedded"] <= of_each
    assert {text.split("\n")[0] for text in embedder.texts[before:]} == {"kafka > Operations > Topics"}
    fingerprints = json.loads((index.directory / "metadata" / "content_fingerprints.json").read_text())
    assert sorted(fingerprints.values()) == [["kafka 3.4"], ["kafka 3.4", "kafka 3.5"], ["kafka 3.4", "kafka 3.5"], ["kafka 3.5"]]


def test_white_space_that_means_something_is_shown_as_it_is_now_without_embedding(tmp_path: Path, index: KnowledgeIndex, counting_embedder: Any) -> None:
    for indent in ("  ", "    "):
        path = write(tmp_path / "docs", a=f"# Brokers\n\nThe file of a broker:\n\n```yaml\nbroker:\n{indent}id: 1\n```\n")
        done = ingest(index, counting_embedder(), path)
        (text,) = index.connection.execute("SELECT text FROM chunk").fetchone()
        assert f"\n{indent}id: 1" in text
    assert done["embedded"] == 0


def test_an_origin_says_where_a_page_is_from_whatever_its_front_matter_says(tmp_path: Path, index: KnowledgeIndex, counting_embedder: Any) -> None:
    latest = "---\nurl: https://example.org/latest/a\nlicense: MIT\n---\n# Brokers\n\nRestart the brokers one after the other.\n"
    path = write(tmp_path / "docs", a=latest, b=latest)
    origins = {"a.md": FetchedFile("https://example.org/3.4/a", "0" * 64, attribution="Kafka's authors")}
    arguments = (index, counting_embedder, "docs", "kafka", "3.4", path, [].append)
    index_version(*arguments, origins=origins, provenance={"source": "git", "fetched_at": "2026-03-01T10:00:00+00:00"})
    rows = index.connection.execute("SELECT path, url, license, attribution FROM page ORDER BY path").fetchall()
    assert rows == [("a.md", "https://example.org/3.4/a", "MIT", "Kafka's authors"), ("b.md", "https://example.org/latest/a", "MIT", "")]
    front = yaml.safe_load((index.directory / "products/kafka/3.4/a.md").read_text().split("---\n")[1])
    assert front.pop("sha256")
    assert front == {
        "title": "Brokers",
        "product": "kafka",
        "version": "3.4",
        "url": "https://example.org/3.4/a",
        "license": "MIT",
        "attribution": "Kafka's authors",
        "fetched_at": "2026-03-01T10:00:00+00:00",
    }
    assert index_version(*arguments, origins=origins)["changed"] is False
    moved = index_version(*arguments, origins={"a.md": FetchedFile("https://example.org/v3.4/a", "0" * 64)})
    assert (moved["changed"], moved["embedded"]) == (True, 0)


def test_boilerplate_is_stripped_and_a_wrong_pattern_is_named(tmp_path: Path, index: KnowledgeIndex, counting_embedder: Any) -> None:
    banner = "You are viewing an old version of this page.\n\n"
    path = write(tmp_path / "docs", a=f"# Brokers\n\n{banner}Restart the brokers one after the other.\n", b=f"# Old\n\n{banner}")
    done = index_version(index, counting_embedder, "docs", "kafka", "3.4", path, [].append, strip=["^You are viewing an old"])
    assert [row[0] for row in index.connection.execute("SELECT text FROM chunk")] == ["Restart the brokers one after the other."]
    assert done["skipped_files"] == ["b.md: all of its text is stripped"]
    assert ingest(index, counting_embedder(), path)["chunks"] == 2, "without the pattern it is another documentation"
    with pytest.raises(ConfigError, match=r"'\(', which strips text from the pages of kafka, is not a regular expression \(.+\)\."):
        index_version(index, counting_embedder, "docs", "kafka", "3.4", path, [].append, strip=["("])


def test_where_documentation_is_from_and_whom_it_serves_is_noted_without_indexing_again(tmp_path: Path, index: KnowledgeIndex, counting_embedder: Any) -> None:
    path = write(tmp_path / "docs", a="# Brokers\n\nRestart the brokers one after the other.\n")
    for revision, deployed in (("abc", ["3.4.0"]), ("def", ["3.4.1"])):
        provenance = {"source": "git", "revision": revision, "match": "same_minor"}
        done = index_version(index, counting_embedder, "docs", "kafka", "3.4", path, [].append, provenance=provenance, deployed=deployed)
    assert done["changed"] is False
    (known,) = index.versions()
    assert (known.serves, known.provenance["revision"]) == (("3.4.0", "3.4.1"), "def")
    assert (index.add_deployed(known, ["3.4.2"]), index.add_deployed(known, ["3.4.2"])) == (True, False)
    (listed,) = json.loads((index.directory / "metadata" / "version_index.json").read_text())["versions"]
    assert (listed["serves"], listed["match"], listed["provenance"]["revision"]) == (["3.4.0", "3.4.1", "3.4.2"], "same_minor", "def")
    assert (listed["pages"], listed["sections"], listed["chunks"]) == (1, 1, 1)


def test_runbooks_kept_in_the_knowledge_base_are_left_alone_and_others_are_converted_into_it(
    tmp_path: Path, index: KnowledgeIndex, counting_embedder: Any
) -> None:
    runbook = "# Reboot\n\nTell the shift before you reboot a server.\n"
    inside = write(index.directory / "house", reboot=runbook)
    ingest(index, counting_embedder(), inside, kind="house")
    assert [file.name for file in (index.directory / "house").rglob("*")] == ["reboot.md"]
    ingest(index, counting_embedder(), write(tmp_path / "runbooks", reboot=runbook + "\nAnd wait for an answer of theirs.\n"), kind="house")
    assert (index.directory / "house/_general/unversioned/reboot.md").is_file()
    for known in index.versions():
        index.remove(known)
    assert [file.name for file in (index.directory / "house").rglob("*")] == ["reboot.md"]
    assert (index.directory / "house" / "reboot.md").read_text() == runbook


def test_a_run_that_fails_leaves_nothing_beside_the_old_pages(tmp_path: Path, index: KnowledgeIndex, counting_embedder: Any) -> None:
    path = write(tmp_path / "docs", a="# Brokers\n\nRestart the brokers one after the other.\n")
    ingest(index, counting_embedder(), path)
    before = (index.directory / "products/kafka/3.4/a.md").read_text()
    write(tmp_path / "docs", a="# Brokers\n\nRestart the brokers in any order you like.\n")
    with pytest.raises(KeyboardInterrupt):
        ingest(index, counting_embedder(fail_at_batch=1), path)
    assert {file.name: file.read_text() for file in (index.directory / "products").rglob("*") if file.is_file()} == {"a.md": before}
