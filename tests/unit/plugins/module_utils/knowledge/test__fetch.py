# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import ConfigError, DataError, InfraLlmError, ServiceError
from ansible_collections.infra_llm.assistant.plugins.module_utils.catalogue._product import ArchiveSettings, Product, StackExchangeSettings
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge import _fetch
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._fetch import FetchOptions, fetch_posts, fetch_runbooks, fetch_version
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._fetched_store import POSTS, FetchedStore
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.sources._source import Fetched, FetchedFile
from upstream import BODY, Upstream, entry

FETCH, REFRESH, CHECK = FetchOptions(), FetchOptions(refresh=True), FetchOptions(check=True)


def silent(event: dict[str, Any]) -> None:
    """Nobody looks at the progress."""


@pytest.fixture
def store(tmp_path: Path) -> FetchedStore:
    return FetchedStore(tmp_path / "knowledge")


@pytest.fixture
def upstream(tmp_path: Path) -> Upstream:
    repository = Upstream(tmp_path / "upstream")
    repository.commit({"doc/a.md": BODY}, tag="v1.0.0")
    repository.commit({"doc/a.md": BODY + "More.\n", "doc/b.md": BODY}, tag="v1.2.0")
    return repository


def fetch(store: FetchedStore, product: Product, deployed: str, how: FetchOptions = FETCH) -> dict[str, Any]:
    return fetch_version(store, product, deployed, how, silent)


def test_what_is_there_is_asked_for_again_only_to_refresh(store: FetchedStore, upstream: Upstream) -> None:
    product = entry(upstream.path)
    first = fetch(store, product, "1.2.0")
    assert (first["changed"], first["files"], first["match"], first["license"]) == (True, 2, "exact", "MIT")
    shutil.move(upstream.path, upstream.path.with_name("away"))
    again = fetch(store, product, "1.2.0")
    assert (again["changed"], again["path"]) == (False, first["path"])
    with pytest.raises(InfraLlmError, match="upstream"):
        fetch(store, product, "1.2.0", REFRESH)
    assert fetch(store, product, "1.2.0")["files"] == 2, "a failure leaves what was there"


def test_a_moved_tag_is_fetched_again_and_an_unmoved_one_is_not(store: FetchedStore, upstream: Upstream) -> None:
    product = entry(upstream.path)
    fetch(store, product, "1.2.0")
    assert not fetch(store, product, "1.2.0", REFRESH)["changed"]
    upstream.commit({"doc/c.md": BODY})
    upstream.git("tag", "-f", "v1.2.0")
    assert fetch(store, product, "1.2.0", FetchOptions(refresh=True, check=True))["changed"]
    assert fetch(store, product, "1.2.0")["files"] == 2
    refreshed = fetch(store, product, "1.2.0", REFRESH)
    assert (refreshed["changed"], refreshed["files"]) == (True, 3)


def test_versions_that_share_documentation_fetch_it_once(store: FetchedStore, upstream: Upstream) -> None:
    product = entry(upstream.path)
    fetch(store, product, "1.2.0")
    other = fetch(store, product, "1.2.7")
    assert (other["changed"], other["version"], other["requested_version"]) == (True, "1.2.0", "1.2.7")
    record = store.record("acme", "1.2.0")
    assert record is not None
    assert record.deployed == ("1.2.0", "1.2.7")
    assert not fetch(store, product, "1.2.7")["changed"]


def test_the_plan_names_source_reference_and_match_and_fetches_nothing(store: FetchedStore, upstream: Upstream) -> None:
    planned = fetch(store, entry(upstream.path), "1.1.3", CHECK)
    assert planned["plan"] == f"acme 1.1.3: documentation of 1.0.0 (nearest lower), git {upstream.path} at v1.0.0"
    assert planned["changed"]
    assert not Path(planned["path"]).exists()


def test_a_version_is_served_by_one_documentation_alone(store: FetchedStore, upstream: Upstream) -> None:
    product = entry(upstream.path)
    fetch(store, product, "1.3.0")
    upstream.commit({"doc/d.md": BODY}, tag="v1.3.0")
    fetch(store, product, "1.3.0", REFRESH)
    records = [store.record("acme", version) for version in ("1.2.0", "1.3.0")]
    assert [record.deployed for record in records if record] == [(), ("1.3.0",)]


def test_a_refresh_follows_the_catalogue_and_never_replaces_a_source_that_cannot_be_reached(store: FetchedStore, upstream: Upstream, tmp_path: Path) -> None:
    product = entry(upstream.path)
    fetch(store, product, "1.2.0")
    assert fetch(store, dataclasses.replace(product, license="BSD"), "1.2.0", REFRESH)["license"] == "BSD"
    upstream.git("archive", "--format=tar.gz", "--prefix=acme/", "-o", str(tmp_path / "acme-1.2.0.tar.gz"), "v1.0.0", "doc")
    archive = ArchiveSettings(url=str(tmp_path / "acme-{version}.tar.gz"), paths=("doc",))
    unreachable = dataclasses.replace(entry("http://127.0.0.1:9/acme.git"), archive=archive)
    with pytest.raises(ServiceError):
        fetch(store, unreachable, "1.2.0", REFRESH)
    assert fetch(store, product, "1.2.0")["files"] == 2
    fallen_back = fetch(FetchedStore(tmp_path / "other"), unreachable, "1.2.0")
    assert fallen_back["source"] == "archive"
    assert "127.0.0.1:9" in fallen_back["warnings"][0]


def test_two_callers_at_once_fetch_once(store: FetchedStore, upstream: Upstream) -> None:
    product = entry(upstream.path)
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _number: fetch(store, product, "1.2.0"), range(4)))
    assert sorted(result["changed"] for result in done) == [False, False, False, True]
    assert {result["files"] for result in done} == {2}


def test_the_plan_of_what_another_version_has_brought_already_says_so(store: FetchedStore, upstream: Upstream) -> None:
    product = entry(upstream.path)
    fetch(store, product, "1.2.0")
    planned = fetch(store, product, "1.2.7", CHECK)
    assert (planned["changed"], planned["plan"].endswith("v1.2.0, is fetched already")) == (True, True)


def test_the_next_source_is_asked_when_one_has_nothing_and_all_reasons_are_told_when_none_has(store: FetchedStore, upstream: Upstream, tmp_path: Path) -> None:
    product = dataclasses.replace(entry(tmp_path / "nowhere"), archive=ArchiveSettings(url=str(tmp_path / "acme-{version}.tar.gz"), paths=("doc",)))
    with pytest.raises(InfraLlmError, match=r"No source has the documentation of acme 1\.0\.0: .* no git repository; .* no archive of acme "):
        fetch(store, product, "1.0.0")
    upstream.git("archive", "--format=tar.gz", "--prefix=acme/", "-o", str(tmp_path / "acme-1.0.0.tar.gz"), "v1.0.0", "doc")
    assert fetch(store, product, "1.0.0")["source"] == "archive"


def test_an_entry_without_sources_is_one_sentence(store: FetchedStore) -> None:
    with pytest.raises(ConfigError, match=r"^The catalogue entry of acme has no source \(git, archive or web\); add one"):
        fetch(store, Product("acme"), "1.0.0")


def test_documentation_without_documents_is_refused(store: FetchedStore, upstream: Upstream) -> None:
    upstream.commit({"pictures/logo.png": b"\x89PNG"}, tag="v3.0.0")
    with pytest.raises(DataError):
        fetch(store, entry(upstream.path, paths=("pictures",)), "3.0.0")
    assert store.record("acme", "3.0.0") is None


def test_posts_that_changed_are_merged_into_those_that_did_not(store: FetchedStore, monkeypatch: pytest.MonkeyPatch) -> None:
    brought = [
        ({"version_agnostic/s-1.md": "old", "version_agnostic/s-2.md": "old", "version_agnostic/s-3.md": "old"}, [], "100"),
        ({"version_specific/s-1.md": "new"}, [("s-3.md", "closed")], "200"),
    ]
    asked: list[int | None] = []

    class Source:
        def __init__(self, product: Product, **settings: Any) -> None:
            pass

        def fetch(self, directory: Path, versions: list[str], since: int | None, progress: Any) -> Fetched:
            asked.append(since)
            files, skipped, revision = brought[len(asked) - 1]
            for path, text in files.items():
                (directory / path).parent.mkdir(exist_ok=True)
                (directory / path).write_text(text)
            return Fetched({path: FetchedFile(path, text) for path, text in files.items()}, skipped, revision)

    monkeypatch.setattr(_fetch, "StackExchangeSource", Source)
    product = Product("kafka", stack_exchange=StackExchangeSettings({"serverfault": ("kafka",)}))
    assert fetch_posts(store, product, ["3.4.0"], CHECK, silent)["plan"] == "kafka: questions and answers from serverfault"
    assert fetch_posts(store, product, ["3.4.0"], FETCH, silent)["files"] == 3
    assert not fetch_posts(store, product, ["3.4.0"], FETCH, silent)["changed"]
    done = fetch_posts(store, product, ["3.4.0"], REFRESH, silent)
    assert (done["changed"], done["kind"], done["product"], asked) == (True, "qa", "kafka", [None, 100])
    directory = store.directory(POSTS, "kafka")
    assert {path.relative_to(directory).as_posix(): path.read_text() for path in directory.glob("*/*")} == {
        "version_agnostic/s-2.md": "old",
        "version_specific/s-1.md": "new",
    }


def test_runbooks_are_fetched_again_when_their_branch_moved(store: FetchedStore, upstream: Upstream) -> None:
    outcomes = [fetch_runbooks(store, str(upstream.path), "", REFRESH, silent)["changed"] for _again in range(2)]
    upstream.commit({"new.md": BODY})
    done = fetch_runbooks(store, str(upstream.path), "", REFRESH, silent)
    assert (outcomes, done["changed"], done["files"]) == ([True, False], True, 3)
