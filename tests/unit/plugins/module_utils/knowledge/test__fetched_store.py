# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import DataError
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._fetched_store import FetchedStore, Record, read_record
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._product_versions import VersionMatch
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.sources._source import Fetched, FetchedFile, Located

LOCATED = Located("git", "https://git.example.com/kafka", "3.4.0", VersionMatch("3.4.0", "3.4.0", "exact"), "1f0c")


def record(text: str, *deployed: str) -> Record:
    files = {"index.md": FetchedFile("https://example.com/index", text, "Apache-2.0")}
    fetched = Fetched(files, [("logo.md", "no text")], "1f0c", ["a warning"])
    source = ("git", "https://git.example.com/kafka", "3.4.0", "exact", "2026-01-01")
    return Record("kafka", "3.4.0", deployed or ("3.4.0",), *source, "Apache-2.0", "", ("^x",), "entry", fetched)


def fetch(store: FetchedStore, text: str) -> Path:
    with store.attempt("kafka", "3.4.0", LOCATED) as directory:
        (directory / "index.md").write_text(text)
        (directory / ".journal").write_text("notes of the source")
    return store.keep(record(text))


def test_a_fetch_replaces_the_last_one_as_a_whole(tmp_path: Path) -> None:
    store = FetchedStore(tmp_path)
    fetch(store, "old")
    directory = fetch(store, "new")
    assert sorted(path.name for path in directory.iterdir()) == [".fetched.json", ".journal", "index.md"]
    assert (directory / "index.md").read_text() == "new"
    assert [path.name for path in directory.parent.iterdir()] == ["3.4.0"]
    assert store.record("kafka", "3.4.0") == record("new")
    assert store.earlier("kafka", "3.4.0").directory == directory  # type: ignore[union-attr]


def test_an_interrupted_attempt_goes_on_only_at_the_same_revision(tmp_path: Path) -> None:
    store = FetchedStore(tmp_path)
    with store.attempt("kafka", "3.4.0", LOCATED) as directory:
        (directory / "first.md").write_text("kept")
    with store.attempt("kafka", "3.4.0", dataclasses.replace(LOCATED, match=VersionMatch("3.4.1", "3.4.0", "same_minor"))) as directory:
        assert [path.name for path in directory.iterdir()] == ["first.md"]
    with store.attempt("kafka", "3.4.0", dataclasses.replace(LOCATED, revision="2e1d")) as directory:
        assert list(directory.iterdir()) == []


@pytest.mark.parametrize("new_is_there", [True, False])
def test_a_replacement_that_was_killed_is_undone_or_ended(tmp_path: Path, new_is_there: bool) -> None:
    store = FetchedStore(tmp_path)
    directory = fetch(store, "old")
    directory.rename(directory.with_name(".3.4.0.old"))
    if new_is_there:
        fetch(store, "new")
    assert store.serving("kafka", "3.4.0") == record("new" if new_is_there else "old")
    assert [path.name for path in directory.parent.iterdir()] == ["3.4.0"]


def test_what_serves_a_deployed_version_is_found_and_can_serve_more(tmp_path: Path) -> None:
    store = FetchedStore(tmp_path)
    fetch(store, "text")
    assert store.serving("kafka", "3.4.1") is None
    store.serve(record("text"), "3.4.1")
    assert store.serving("kafka", "3.4.1") == record("text", "3.4.0", "3.4.1")
    assert store.serving("ceph", "3.4.1") is None


def test_removal_leaves_nothing(tmp_path: Path) -> None:
    store = FetchedStore(tmp_path)
    fetch(store, "text")
    with store.attempt("kafka", "3.4.0", LOCATED):
        pass
    assert store.remove("kafka", "3.4.0")
    assert not store.remove("kafka", "3.4.0")
    assert list((tmp_path / "fetched").iterdir()) == []


@pytest.mark.parametrize("name", ["../../etc", ".hidden", "a/b", ""])
def test_a_name_never_leads_out_of_the_directory(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match="cannot be the name"):
        FetchedStore(tmp_path).record("kafka", name)


def test_a_damaged_record_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / ".fetched.json").write_text('{"product": "kafka"')
    with pytest.raises(DataError, match=r"\.fetched\.json is damaged .* fetch again\.$"):
        read_record(tmp_path)
    (tmp_path / ".fetched.json").write_text("[]")
    with pytest.raises(DataError, match="is damaged"):
        read_record(tmp_path)


def test_a_directory_made_by_hand_has_no_record(tmp_path: Path) -> None:
    assert read_record(tmp_path) is None
