# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import itertools
import typing as t

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._database import IndexedVersion
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._plan import Comparison, compare, upstream_version

_ids = itertools.count(1)
GIT = {"source": "git"}


def known(product: str, version: str, *serves: str, kind: str = "docs", provenance: t.Mapping[str, str] | None = None) -> IndexedVersion:
    return IndexedVersion(
        id=next(_ids), kind=kind, product=product, version=version, source="", digest="", collection="", indexed_at="", chunks=1,
        provenance=GIT if provenance is None else provenance, serves=serves, tree="",
    )  # fmt: skip


def compared(entries: list[IndexedVersion], deployed: dict[str, list[str]]) -> Comparison:
    return compare(entries, deployed, {"ceph", "kafka", "nginx"}, discussed={"kafka"})


def test_what_nothing_was_fetched_for_is_a_gap_by_its_upstream_version() -> None:
    found = compared([known("kafka", "3.4", "3.4.0")], {"kafka": ["3.4.0-1.el8", "3.4.1", "3.10.0", "3.9.0"], "zookeeper": ["3.8"], "ceph": ["latest"]})
    assert found.gaps == [("kafka", "3.4.1"), ("kafka", "3.9.0"), ("kafka", "3.10.0")]
    assert found.unlisted == [("zookeeper", "3.8")]
    assert found.unreadable == [("ceph", "latest")]


def test_documentation_that_names_the_version_itself_closes_the_gap() -> None:
    by_hand = known("kafka", "3.4.0", provenance={})
    assert compared([by_hand], {"kafka": ["3.4.0"]}).gaps == []
    # Nearer documentation of another version beside what was fetched does not open it again.
    assert compared([by_hand, known("kafka", "3.4", "3.4.1")], {"kafka": ["3.4.0", "3.4.1"]}).gaps == []


def test_near_documentation_that_the_operator_has_indexed_himself_is_enough() -> None:
    found = compared([known("mystery", "1.0", provenance={}), known("ceph", "16.2.5", provenance={})], {"mystery": ["1.0.3"], "ceph": ["17.2.5"]})
    assert (found.unlisted, found.gaps) == ([], [("ceph", "17.2.5")])


def test_nothing_is_surplus_of_a_product_whose_versions_cannot_be_read_or_that_the_operator_has_indexed_himself() -> None:
    assert compared([known("ceph", "17.2.5", "17.2.5")], {"ceph": ["stable"]}).surplus == []
    assert compared([known("ceph", "17.2.5", provenance={})], {"kafka": ["3.4.0"]}).surplus == []


def test_only_what_serves_nothing_is_surplus() -> None:
    old, used, house = known("kafka", "2.8", "2.8.1"), known("kafka", "3.4", "3.4.0"), known("kafka", "2.8", kind="house")
    gone, posts = known("ceph", "17.2.5", "17.2.5"), known("ceph", "unversioned", kind="qa")
    general = known("kafka", "unversioned")
    found = compared([old, used, house, gone, posts, general], {"kafka": ["3.4.0"]})
    assert found.surplus == [gone, old, posts]


def test_what_was_fetched_is_refreshed_for_each_version_that_it_serves() -> None:
    found = compared(
        [known("kafka", "3.4", "3.4.0", "3.4.10", "3.4.9"), known("nginx", "1.24", provenance={})], {"kafka": ["3.4.9", "3.4.10"], "nginx": ["1.24"]}
    )
    assert found.fetched == [("kafka", "3.4.9"), ("kafka", "3.4.10")]


@pytest.mark.parametrize(("entries", "with_posts", "without_posts"), [([], [], ["kafka"]), ([known("kafka", "unversioned", kind="qa")], ["kafka"], [])])
def test_posts_are_wanted_about_what_is_deployed(entries: list[IndexedVersion], with_posts: list[str], without_posts: list[str]) -> None:
    found = compared(entries, {"kafka": ["3.4.0"], "ceph": ["17.2.5"]})
    assert (found.with_posts, found.without_posts) == (with_posts, without_posts)


@pytest.mark.parametrize(("text", "upstream"), [("2:17.2.5-1~bpo", "17.2.5"), ("quincy", "17"), ("latest", None)])
def test_the_upstream_version(text: str, upstream: str | None) -> None:
    assert upstream_version(text, "ceph") == upstream
