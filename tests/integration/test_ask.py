# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""playbooks/ask.yml on the examples."""

from __future__ import annotations

import json
import stat
import typing as t
from pathlib import Path

import pytest

if t.TYPE_CHECKING:
    from conftest import Assistant

pytestmark = pytest.mark.cores

QUESTION = "Why is a Kafka broker under-replicated?"
REQUIRED = {"answer", "mode", "language", "infrastructure", "sources", "timings", "warnings", "changed"}
LATER = {"session_id", "verification", "rules_applied", "cached", "answer_data"}
SOURCE = {"id", "product", "requested_version", "served_version", "match", "kind", "title", "section", "url", "license", "attribution", "score", "excerpt"}


def test_prints_answer_then_sources_then_warnings(examples: Assistant) -> None:
    out = examples.ask("Why is a Kafka broker under-replicated, and how is hbase tuned on kafka-01?").ok().out
    answer, sources = out.index("kafka-topics.sh --bootstrap-server"), out.index("\nSources\n")
    assert answer < sources
    assert "[1]" in out[sources:]
    assert "exact version" in out[sources:]
    assert "PLAY RECAP" in out[sources:]


def test_saves_the_result_of_the_contract(examples: Assistant, tmp_path: Path) -> None:
    saved = tmp_path / "with blank.json"
    examples.ask(None, "-e", json.dumps({"query": QUESTION, "save_to": str(saved)})).ok()
    result = json.loads(saved.read_text(encoding="utf-8"))
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    assert result.keys() >= REQUIRED
    assert not result.keys() & LATER
    assert result["mode"] == "extractive"
    assert "model" not in result
    assert result["language"] == "en"
    assert result["changed"] is False
    (kafka,) = [product for product in result["infrastructure"]["products"] if product["name"] == "kafka"]
    assert any(version.startswith("3.4.0") for version in kafka["versions"])
    assert result["sources"]
    assert [source["id"] for source in result["sources"]] == list(range(1, len(result["sources"]) + 1))
    for source in result["sources"]:
        assert source.keys() <= SOURCE
        assert source["match"] in ("exact", "same_minor", "nearest_lower", "nearest_higher", "unversioned")
        assert source["excerpt"]
        assert source["url"]
    assert "kafka-under-replicated.md" in result["sources"][0]["url"]
    assert result["timings"].keys() >= {"context_ms", "retrieval_ms", "total_ms"}


def test_a_missing_question_is_one_sentence(examples: Assistant) -> None:
    for arguments in ((), ("-e", "query="), ("-e", 'query="  "')):
        assert examples.ask(None, *arguments).sentence().startswith("Give a question:")


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("""What does "it's" mean for 'kafka' brokers; $HOME & `id` \\ %s?""", "en"),
        ("Kafka alert: why does {{ $labels.instance }} show under-replicated {% if x %} partitions?", "en"),
        ("почему на кафке недореплицированы партиции?", "ru"),
        ("Broker kafka-01 is under-replicated.\n\n  What to do\n- first?\n", "en"),
    ],
    ids=["quotes", "braces", "russian", "newlines"],
)
def test_any_question_is_asked_as_it_is(examples: Assistant, question: str, language: str) -> None:
    result = examples.answer(question)
    assert result["language"] == language
    assert any("kafka" in source["url"] for source in result["sources"])


def test_a_question_is_about_the_host_that_is_given(examples: Assistant) -> None:
    result = examples.answer("Which version runs here?", "-e", "host=ceph-osd-04.north.example.com")
    (host,) = result["infrastructure"]["hosts"]
    assert host["name"] == "ceph-osd-04.north.example.com"
    assert {"product": "ceph", "version": "17.2.7", "os_version": "Ubuntu 22.04"} in host["software"]
    assert "ceph_osd" in host["groups"]


def test_a_question_is_about_the_group_that_is_given(examples: Assistant) -> None:
    result = examples.answer("What to do when the disk is full?", "-e", "hosts=prometheus")
    assert {host["name"] for host in result["infrastructure"]["hosts"]} == {f"prom-0{number}.north.example.com" for number in (1, 2)}
    result = examples.answer("What to do when the disk is full?", "-e", json.dumps({"hosts": ["opensearch", "web-01.north.example.com"]}))
    assert {product["name"] for product in result["infrastructure"]["products"]} == {"opensearch", "nginx"}


def test_an_unknown_scope_is_told(examples: Assistant) -> None:
    finished = examples.ask("What to do when the disk is full?", "-e", "hosts=no_such_group")
    assert "no_such_group" in finished.text
    assert "Traceback" not in finished.text


def test_what_the_inventory_sets_for_all_hosts_does_not_reach_the_controller(examples: Assistant, tmp_path: Path) -> None:
    inventory = tmp_path / "hosts.ini"
    inventory.write_text("edge1\n[all:vars]\nansible_connection=network_cli\nansible_become=true\nansible_become_method=enable\n", encoding="utf-8")
    saved = tmp_path / "answer.json"
    examples.playbook("playbooks/ask.yml", "-i", inventory, "-e", json.dumps({"query": "What runs on edge1?", "save_to": str(saved)})).ok()
    assert json.loads(saved.read_text(encoding="utf-8"))["infrastructure"]["hosts"][0]["name"] == "edge1"
