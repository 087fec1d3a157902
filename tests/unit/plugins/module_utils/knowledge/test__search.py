# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._embedding import Embedder
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._vector_store import PersistentVectorStore
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._chunks import Chunk
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._database import IndexedVersion
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._index import KnowledgeIndex, PageChunks
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._ingest import index_version
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._search import SearchResult, Target, existing_targets, gather_sections, search

Ask = Callable[..., SearchResult]

KAFKA = """# Broker operations

## Restarting brokers

Use a controlled shutdown so that leaders move away before the process ends. This page is of Kafka {version}.

## Replication

`num.replica.fetchers` is the number of threads that copy messages from leaders. Its default in {version} is {fetchers}.
A partition is under-replicated when fewer replicas are in sync than are assigned, usually because a broker is down or slow.
"""
CEPH = """# OSD settings

## Backfill and recovery

`osd_max_backfills` is the highest number of concurrent backfills to or from one OSD.

`osd_recovery_max_active` is the number of active recovery requests for each OSD at one time.

## Replacing a disk

When a drive has failed, take its OSD out, destroy it, put a new device in and create the OSD again with the same id.

## Scrubbing

Deep scrubs read all objects and compare checksums. They run once a week unless the cluster is loaded.
"""
PROMETHEUS = """# Storage

## Retention

`--storage.tsdb.retention.time` says how long samples are kept, 15 days unless it is given.
`--storage.tsdb.retention.size` is the largest number of bytes of storage blocks; the oldest data is removed first.

## Compaction

Blocks of two hours are joined into larger ones in the background.

## Backfilling

Recording rules can be computed for the past with promtool.
"""
HOUSE = "# Reboot of a server\n\n## Before\n\nTell the shift in the chat, then silence the alerts of the host for thirty minutes.\n"
POST = "---\nlicense: CC BY-SA 4.0\nattribution: J. Doe\n---\n# Why is a zombie fetcher stuck?\n\n{text}\n"
HOUSE_KAFKA = (
    "---\nproduct: kafka\n---\n# Restart of our brokers\n\n## Order\n\nRestart the brokers of the north site first, wait ten minutes, then go south.\n"
)


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Ask:
    root = tmp_path_factory.mktemp("search")
    index = KnowledgeIndex(root / "knowledge", embedder_name=embedder.name, store=PersistentVectorStore)

    def add(kind: str, product: str, version: str, **pages: str) -> None:
        directory = root / kind / product / version
        directory.mkdir(parents=True)
        for name, text in pages.items():
            (directory / f"{name}.md").write_text(text, encoding="utf-8")
        index_version(index, lambda: embedder, kind, product, version, str(directory), lambda event: None)

    for version, fetchers in (("2.8", 1), ("3.0", 2), ("3.4", 4)):
        add("docs", "kafka", version, operations=KAFKA.format(version=version, fetchers=fetchers))
    add("docs", "ceph", "quincy", osd=CEPH)
    add("docs", "prometheus", "2.45.0", storage=PROMETHEUS)
    add("house", "", "unversioned", reboot=HOUSE, kafka=HOUSE_KAFKA)
    always, old, new = (
        POST.format(text=text) for text in ("Kill the process that holds its socket.", "Before 3.0 only a restart helps.", "It ends by itself within a minute.")
    )
    add("qa", "kafka", "unversioned", always=always, old=old.replace("---", "---\nversion: 3.0", 1), new=new.replace("---", "---\nversion: 3.4", 1))
    add("qa", "redis", "unversioned", always=always, old=old.replace("---", "---\nversion: 6.0", 1))

    def run(question: str, *targets: tuple[str, str | None] | tuple[str, str | None, bool], strictness: str = "off", count: int = 8) -> SearchResult:
        return search(index, question, [Target(*target) for target in targets], embedder=lambda: embedder, strictness=strictness, count=count)

    return run


def headings(result: SearchResult) -> list[str]:
    return [passage.headings for passage in result.passages]


@pytest.mark.parametrize("version", ["2.8.1", "3.0", "3.4.1-1.el8"])
def test_no_passage_is_of_another_version_however_similar(ask: Ask, version: str) -> None:
    served = version[:3]
    for question in ("What is the default of num.replica.fetchers?", "restart a broker", "Kafka 2.8 3.0 3.4 replication"):
        passages = [passage for passage in ask(question, ("kafka", version)).passages if passage.kind == "docs"]
        assert passages
        assert {passage.match.served_version for passage in passages} == {served}
        others = {"2.8", "3.0", "3.4"} - {served}
        assert not any(f"in {other} " in passage.text or f"Kafka {other}" in passage.text for other in others for passage in passages)


def test_a_comparison_hears_every_version_also_where_their_words_are_the_same(ask: Ask) -> None:
    asked = ("kafka", "2.8", True), ("kafka", "3.4", True)
    result = ask("How does a follower copy the log in 2.8 and 3.4?", *asked, count=4)
    assert {passage.match.served_version for passage in result.passages[:2]} == {"2.8", "3.4"}


def test_two_deployed_versions_each_bring_their_own_documentation(ask: Ask) -> None:
    result = ask("What is the default of num.replica.fetchers?", ("kafka", "2.8.0"), ("kafka", "3.4.0"))
    texts = {passage.match.served_version: passage.text for passage in result.passages if "Replication" in passage.headings}
    assert "default in 2.8 is 1" in texts["2.8"]
    assert "default in 3.4 is 4" in texts["3.4"]


def test_one_documentation_that_serves_two_deployed_versions_is_matched_to_both(ask: Ask) -> None:
    result = ask("deep scrub", ("ceph", "17.2.6"), ("ceph", "18.2.0"))
    assert [(match.requested_version, match.match) for product, match in result.matches] == [("17.2.6", "same_minor"), ("18.2.0", "nearest_lower")]


@pytest.mark.parametrize(
    ("question", "target", "heading"),
    [
        ("osd_max_backfills", ("ceph", "17.2.6"), "Backfill and recovery"),
        ("what does --storage.tsdb.retention.size do", ("prometheus", "2.45.0"), "Retention"),
        ("swap a broken hard drive", ("ceph", "17.2.6"), "Replacing a disk"),
        ("how many days of metrics are stored", ("prometheus", "2.45.0"), "Retention"),
        ("как заменить сломанный диск?", ("ceph", "17.2.6"), "Replacing a disk"),
        ("как увеличить срок хранения метрик?", ("prometheus", "2.45.0"), "Retention"),
        ("почему партиция недореплицирована?", ("kafka", "3.4.0"), "Replication"),
    ],
)
def test_identifiers_paraphrases_and_russian_questions_find_their_section(ask: Ask, question: str, target: tuple[str, str], heading: str) -> None:
    assert headings(ask(question, target))[0].endswith(heading)


def test_runbooks_of_the_house_are_served_beside_the_documentation(ask: Ask) -> None:
    result = ask("In which order do I restart the brokers?", ("kafka", "3.4.0"))
    assert {passage.kind for passage in result.passages[:3]} == {"docs", "house"}
    assert "kafka" not in {passage.product for passage in ask("In which order do I restart the brokers?", ("ceph", "17.2.6")).passages}


def test_posts_are_served_by_version_beside_the_documentation_and_name_their_author(ask: Ask) -> None:
    posts = [passage for passage in ask("zombie fetcher stuck", ("kafka", "3.4.1")).passages if passage.kind == "qa"]
    assert {(passage.path, passage.match.served_version, passage.match.match) for passage in posts} == {
        ("always.md", "unversioned", "unversioned"),
        ("new.md", "3.4", "same_minor"),
    }
    assert {(passage.attribution, passage.license) for passage in posts} == {("J. Doe", "CC BY-SA 4.0")}
    assert "qa" not in {passage.kind for passage in ask("zombie fetcher stuck", ("ceph", "17.2.6")).passages}


def test_posts_alone_document_no_product_and_are_not_reported_as_its_documentation(ask: Ask) -> None:
    alone = ask("zombie fetcher stuck", ("redis", "7.2"))
    assert {passage.match.served_version for passage in alone.passages if passage.kind == "qa"} == {"unversioned", "6.0"}
    assert (alone.undocumented, alone.matches, alone.refused) == ([Target("redis", "7.2")], [], [])
    strict = ask("zombie fetcher stuck", ("redis", "7.2"), strictness="minor")
    assert {passage.match.served_version for passage in strict.passages if passage.kind == "qa"} == {"unversioned"}
    assert strict.refused == []
    kafka = ask("zombie fetcher stuck", ("kafka", "2.8.0"))
    assert [(match.served_version, match.match) for _product, match in kafka.matches] == [("2.8", "same_minor")]


def test_without_a_product_only_general_runbooks_are_searched(ask: Ask) -> None:
    result = ask("What do I do before a reboot?")
    assert [(passage.kind, passage.product) for passage in result.passages] == [("house", "")]
    assert result.matches == []


def test_strict_version_refuses_what_is_farther_and_an_unknown_product_is_said_to_be_undocumented(ask: Ask) -> None:
    near = ask("deep scrub", ("ceph", "18.2.0"))
    assert [(product, match.served_version, match.match) for product, match in near.matches] == [("ceph", "quincy", "nearest_lower")]
    for strictness, version in (("minor", "18.2.0"), ("exact", "17.2.6")):
        refused = ask("deep scrub", ("ceph", version), strictness=strictness)
        assert [(product, match.requested_version) for product, match in refused.refused] == [("ceph", version)]
        assert "docs" not in {passage.kind for passage in refused.passages}
    assert ask("deep scrub", ("ceph", "17.2.6"), strictness="minor").refused == []
    assert ask("vacuum", ("postgresql", "15.3")).undocumented == [Target("postgresql", "15.3")]


@pytest.mark.parametrize(
    "question",
    [
        'an "unclosed quote',
        "*",
        "AND",
        "NEAR(broker, 5) OR NOT",
        "title: broker",
        "{broker} ^ - + ~",
        " ",
        "\U0001f525\U0001f4bd",
        "broker\x00disk",
        "\u00b2 \u00aa \u2116",
        "broker restart " * 700,
        " ".join(f"word{number}" for number in range(2000)),
        "почему " * 1500,
    ],
    ids=lambda question: repr(question[:20]),
)
def test_no_question_is_too_odd(ask: Ask, question: str) -> None:
    assert ask(question, ("kafka", "3.4.0"), ("ceph", "17.2.6")).undocumented == []


def test_passages_carry_what_a_citation_needs_and_keep_their_section_whole(ask: Ask) -> None:
    passage = next(entry for entry in ask("osd_max_backfills", ("ceph", "17.2.6")).passages if entry.headings.endswith("Backfill and recovery"))
    assert (passage.title, passage.path, passage.product) == ("OSD settings", "osd.md", "ceph")
    assert (passage.match.requested_version, passage.match.served_version) == ("17.2.6", "quincy")
    assert "osd_recovery_max_active" in passage.text
    assert "failed" not in passage.text


def test_at_most_count_passages_and_none_twice(ask: Ask) -> None:
    result = ask("broker disk retention replica scrub", ("kafka", "3.4"), ("ceph", "17"), ("prometheus", "2.45.0"), count=4)
    assert len(result.passages) == 4
    assert len({passage.key for passage in result.passages}) == 4
    assert [passage.score for passage in result.passages] == sorted((passage.score for passage in result.passages), reverse=True)


STEPS = ("Mark the daemon out.", "Wait until all data has moved.", "Stop the daemon zymurgy.", "Remove it from the crush map.", "Delete its key zymurgy.")


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> KnowledgeIndex:
    """One section of five steps, a chunk each, between two others."""
    index = KnowledgeIndex(tmp_path_factory.mktemp("steps"), embedder_name=embedder.name, store=PersistentVectorStore)
    texts = [("Adding", "Add the disk."), *(("Removing", step) for step in STEPS), ("Scrubbing", "Compare the checksums.")]
    sections = {"Adding": 0, "Removing": 1, "Scrubbing": 2}
    chunks = [Chunk("Disks", (heading,), None, text, f"{heading} {text}", sections[heading], at) for at, (heading, text) in enumerate(texts)]
    index.put("docs", "ceph", "17", [PageChunks("disks.md", "Disks", "", "", "", chunks)], source="/docs", digest="d", embedder=embedder)
    return index


def passages(index: KnowledgeIndex, embedder: Embedder, **options: int) -> SearchResult:
    return search(index, "zymurgy", [Target("ceph", "17", named=True)], embedder=lambda: embedder, **options)


def test_passages_of_one_section_are_one_with_the_step_between_them(steps: KnowledgeIndex, embedder: Embedder) -> None:
    found = passages(steps, embedder, count=2)
    assert [passage.text for passage in found.passages] != [STEPS[2]]
    (gathered,) = [passage for passage in gather_sections(steps, found.passages) if passage.headings == "Removing"]
    assert gathered.text == "\n\n".join(STEPS[2:])


def test_people_get_a_short_procedure_whole_and_see_where_a_long_one_is_cut(steps: KnowledgeIndex, embedder: Embedder) -> None:
    assert passages(steps, embedder, count=1, context_words=100).passages[0].text == "\n\n".join(STEPS)
    cut = passages(steps, embedder, count=1, context_words=8).passages[0].text
    assert "[…]" in cut
    assert "zymurgy" in cut


def known(product: str, version: str) -> IndexedVersion:
    return IndexedVersion(
        id=1, kind="docs", product=product, version=version, source="", digest="", collection="", indexed_at="", chunks=1, provenance={}, serves=(), tree=""
    )  # fmt: skip


@pytest.mark.parametrize(
    ("product", "asked", "deployed", "kept"),
    [
        ("kafka", "8", "2.8.1", ["2.8.1"]),
        ("kafka", "4", "2.8.1", ["4", "2.8.1"]),
        ("kafka", "8", None, [None]),
        ("ceph", "12", "17.2.5", ["12", "17.2.5"]),
        ("postgresql", "13", None, ["13"]),
        ("postgresql", "5", "14.4", ["14.4"]),
        ("tool", "8", "3.1", ["8", "3.1"]),
    ],
)
def test_a_number_of_the_question_that_is_no_release_leads_nowhere(product: str, asked: str, deployed: str | None, kept: list[str | None]) -> None:
    indexed = [known("kafka", "2.8"), known("kafka", "4.1"), known("ceph", "17.2.5"), known("postgresql", "14")]
    targets = [Target(product, version, named=True) for version in (asked, deployed) if version is not None]
    assert [target.version for target in existing_targets(indexed, targets, {})] == kept
    described = {"hosts": [], "products": [{"name": product, "versions": {asked: ["h1"]}}]}
    assert existing_targets(indexed, targets, described) == targets
