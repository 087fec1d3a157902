# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""playbooks/ingest.yml."""

from __future__ import annotations

import json
import shutil
import typing as t
from pathlib import Path

if t.TYPE_CHECKING:
    from conftest import Assistant, Finished

HOUSE_TASK = "Index the house runbooks"
KNOWLEDGE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "knowledge"


def recap(finished: Finished) -> str:
    return next(line for line in finished.out.splitlines() if line.startswith("localhost") and "ok=" in line)


def test_the_first_run_indexes_and_shows_its_progress(first_ingest: tuple[Assistant, Finished]) -> None:
    finished = first_ingest[1].ok()
    assert "changed=1 " in recap(finished)
    assert "chunks" in finished.text
    indexed = finished.results()[-1]
    assert indexed["changed"]
    assert indexed["pages"] == len(list(KNOWLEDGE.rglob("*.md")))
    assert indexed["chunks"] == indexed["embedded"] > indexed["pages"]
    assert indexed["skipped_files"] == []


def test_the_second_run_changes_nothing(examples: Assistant) -> None:
    finished = examples.ingest(KNOWLEDGE, "-v").ok()
    assert "changed=0 " in recap(finished)
    assert finished.results()[-1]["embedded"] == 0


def test_check_mode_tells_and_leaves_alone(examples: Assistant, tmp_path: Path) -> None:
    changed = tmp_path / "knowledge"
    shutil.copytree(KNOWLEDGE, changed)
    (changed / "house" / "new.md").write_text("# Blue screens\n\nA zygomorphic runbook.\n", encoding="utf-8")
    for _again in range(2):
        assert "changed=1 " in recap(examples.ingest(changed, "--check").ok())
    assert "changed=0 " in recap(examples.ingest(KNOWLEDGE, "--check").ok())


def test_only_what_is_new_is_embedded(examples: Assistant, tmp_path: Path) -> None:
    documents = tmp_path / "with blank" / "zookeeper" / "3.8"
    documents.mkdir(parents=True)
    (documents / "one.md").write_text("# Ticks\n\nA tick is the basic time unit.\n\n## Limits\n\nTwo ticks are the least session timeout.\n", encoding="utf-8")
    (first,) = [result for result in examples.ingest(documents.parents[1], "-v").ok().results() if result.get("pages")]
    assert (first["pages"], first["embedded"]) == (1, first["chunks"])
    (documents / "two.md").write_text("# Snapshots\n\nSnapshots are fuzzy, since they are taken while requests go on.\n", encoding="utf-8")
    (documents / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00")
    (second,) = [result for result in examples.ingest(documents.parents[1], "-v").ok().results() if result.get("pages")]
    assert (second["pages"], second["embedded"]) == (2, second["chunks"] - first["chunks"])
    assert second["embedded"] > 0
    assert second["skipped_files"][0].startswith("picture.png: ")


def test_questions_and_answers_are_indexed_by_product_and_are_no_documentation(examples: Assistant, tmp_path: Path) -> None:
    for name in ("version_agnostic/1.md", "version_specific/2.md"):
        (tmp_path / "stackoverflow" / "zookeeper" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "stackoverflow" / "zookeeper" / name).write_text(f"# Why? {name}\n\nAn observer has no vote in the quorum.\n", encoding="utf-8")
    (tmp_path / "stackoverflow" / "bookkeeper").mkdir()
    finished = examples.ingest(tmp_path, INFRA_LLM_KNOWLEDGE_DIR=str(examples.home / "posts"))
    assert "1 of 2 directories could not be indexed" in finished.text
    assert "bookkeeper holds no document" in finished.text
    assert "changed=1 " in recap(finished)
    (tmp_path / "stackoverflow" / "bookkeeper").rmdir()
    assert "changed=0 " in recap(examples.ingest(tmp_path, INFRA_LLM_KNOWLEDGE_DIR=str(examples.home / "posts")).ok())
    index = json.loads((examples.home / "posts" / "metadata" / "version_index.json").read_text(encoding="utf-8"))
    assert [(known["kind"], known["product"], known["version"], known["pages"]) for known in index["versions"]] == [("qa", "zookeeper", "unversioned", 2)]


def test_a_missing_directory_is_one_sentence(examples: Assistant, tmp_path: Path) -> None:
    assert f"{tmp_path}/none is not a directory; give one that holds PRODUCT/VERSION/" in examples.ingest(tmp_path / "none").sentence()


def test_a_directory_without_documents_is_one_sentence(examples: Assistant, tmp_path: Path) -> None:
    (tmp_path / "redis" / "7.2").mkdir(parents=True)
    finished = examples.ingest(tmp_path, "-v")
    assert finished.returncode != 0
    assert "Traceback" not in finished.text
    assert "holds no document that can be read" in finished.out


def test_what_cannot_be_indexed_does_not_stop_the_rest_and_is_summed_up(examples: Assistant, tmp_path: Path) -> None:
    for name in ("zookeeper/3.9/one.md", "house/two.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("# Quorum\n\nAn ensemble of three survives the loss of one.\n", encoding="utf-8")
    (tmp_path / "bookkeeper" / "4.0").mkdir(parents=True)
    finished = examples.ingest(tmp_path, INFRA_LLM_KNOWLEDGE_DIR=str(examples.home / "partial"))
    assert finished.returncode != 0
    assert "1 of 2 directories could not be indexed" in finished.text
    assert "bookkeeper/4.0 holds no document" in finished.text
    assert "changed=2 " in recap(finished)


def test_a_directory_without_versions_is_one_sentence(examples: Assistant, tmp_path: Path) -> None:
    (tmp_path / "kafka").mkdir()
    (tmp_path / "kafka" / "readme.md").write_text("# Kafka\n\nNo version here.\n", encoding="utf-8")
    finished = examples.ingest(tmp_path)
    assert finished.returncode != 0
    assert "holds neither PRODUCT/VERSION/ directories" in finished.text
