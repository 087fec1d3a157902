# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import DataError
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._converted_pages import ConvertedPages, begin, markdown_of, settle, tree_of
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._database import IndexedVersion
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.documents._convert import convert


def files(directory: Path) -> dict[str, str]:
    return {file.relative_to(directory).as_posix(): file.read_text(encoding="utf-8") for file in directory.rglob("*") if file.is_file()}


def indexed(tree: ConvertedPages) -> IndexedVersion:
    return IndexedVersion(1, "docs", "kafka", "3.4", "/docs", "d", f"docs-kafka-3.4-{tree.token}", "", 1, tree=tree.tree)


def test_every_kind_has_its_place_and_no_name_leads_out_of_it() -> None:
    assert tree_of("docs", "kafka", "3.4") == "products/kafka/3.4"
    assert tree_of("qa", "kafka", "unversioned") == "stackoverflow/kafka/version_agnostic"
    assert tree_of("qa", "kafka", "3.4") == "stackoverflow/kafka/version_specific/3.4"
    assert tree_of("house", "", "unversioned") == "house/_general/unversioned"
    assert tree_of("house", "kafka", "../../etc") == "house/kafka/%2E.%2F..%2Fetc"


def test_a_converted_page_converts_to_the_same_sections_again() -> None:
    text = "# Brokers\n\nBefore all.\n\n## Restart\n\nOne by one:\n\n- first\n- second\n\n### Controllers\n\n```sh\nkafka --help\n```\n\n"
    text += "## Scale\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    page = convert(text.encode(), "brokers.md")
    again = convert(markdown_of(page, {"title": page.title, "url": "https://kafka.apache.org/34/?a: b", "license": ""}).encode(), "brokers.md")
    assert (again.title, again.metadata) == ("Brokers", {"title": "Brokers", "url": "https://kafka.apache.org/34/?a: b"})
    assert [(section.headings, section.blocks) for section in again.sections] == [(section.headings, section.blocks) for section in page.sections]


def test_front_matter_holds_whatever_a_title_holds() -> None:
    page = convert(b"<h1>Topics: &lt;b&gt; '---' &quot;x&quot;</h1><p>A topic has partitions.</p>", "topics.html")
    front = markdown_of(page, {"title": page.title, "attribution": "Ärzte: [b"}).removeprefix("---\n").partition("\n---\n\n")[0]
    assert yaml.safe_load(front) == {"title": page.title, "attribution": "Ärzte: [b"}


def test_the_old_tree_is_there_until_the_new_one_is_published(tmp_path: Path) -> None:
    for content in ("old", "new"):
        tree = ConvertedPages(tmp_path, "products/kafka/3.4")
        tree.write("ops/brokers.html", content)
        if content == "new":
            assert (tmp_path / "products/kafka/3.4/ops/brokers.html.md").read_text() == "old"
            tree.write("man", "a page without extension")
            tree.write("man.md", "and one beside it")
        tree.publish()
    assert files(tmp_path / "products") == {
        "kafka/3.4/ops/brokers.html.md": "new",
        "kafka/3.4/man.md": "a page without extension",
        "kafka/3.4/man.md.md": "and one beside it",
    }


@pytest.mark.parametrize("committed", [False, True])
@pytest.mark.parametrize("renamed", [False, True])
def test_an_interrupted_publication_is_ended_and_an_unfinished_tree_is_dropped(tmp_path: Path, committed: bool, renamed: bool) -> None:
    old = ConvertedPages(tmp_path, "products/kafka/3.4")
    old.write("page.md", "old")
    old.publish()
    new = ConvertedPages(tmp_path, "products/kafka/3.4")
    new.write("page.md", "new")
    if committed and renamed:  # killed between the two renames
        (tmp_path / "products/kafka/3.4").rename(tmp_path / f"products/kafka/.3.4.{new.token}.old")
    settle(tmp_path, [indexed(new if committed else old)])
    assert files(tmp_path) == {"products/kafka/3.4/page.md": "new" if committed else "old"}


def test_the_operators_own_files_are_neither_rewritten_nor_replaced(tmp_path: Path) -> None:
    runbook = tmp_path / "house" / "kafka" / "3.4" / "restart.md"
    runbook.parent.mkdir(parents=True)
    runbook.write_text("# Restart\n")
    assert begin(tmp_path, "house", "kafka", "3.4", source=str(tmp_path / "house"), owned=()) is None
    with pytest.raises(DataError, match=r"holds files that indexing did not write, .+; move them elsewhere, or index .+/house itself\."):
        begin(tmp_path, "house", "kafka", "3.4", source="/srv/runbooks", owned=())
    assert files(tmp_path) == {"house/kafka/3.4/restart.md": "# Restart\n"}
