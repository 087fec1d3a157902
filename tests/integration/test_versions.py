# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts get the documentation of their own versions: two products, each version with one fact of its own."""

from __future__ import annotations

import json
import typing as t
from collections.abc import Callable

import pytest

if t.TYPE_CHECKING:
    from conftest import Assistant

LOOKUP = "infra_llm.assistant.infra_llm"
QUESTION = "What is the default retention?"
# product -> documented version -> its fact
FACTS = {
    "kafka": {"2.8": "28 days", "3.0": "30 days", "3.4": "34 days"},
    "prometheus": {"2.40": "40 weeks", "2.45": "45 weeks"},
}
DEPLOYED = {
    "k-old": ("kafka", "2.8.1"),
    "k-mid": ("kafka", "3.0"),
    "k-between": ("kafka", "3.3.2-1.el8"),
    "p-new": ("prometheus", "v2.45.0"),
}
PAGE = """# Retention

The default retention of {product} is {fact}, which the option `retention.default` changes.

## Alerts

An alert text may hold `{{{{ $labels.instance }}}}` and `{{{{ 6 * 7 }}}}`, which stay as they are.

## Backups

Backups are taken every night.
"""


@pytest.fixture(scope="module")
def assistant(make_assistant: Callable[..., Assistant]) -> Assistant:
    made = make_assistant()
    knowledge = made.home / "knowledge"
    for product, versions in FACTS.items():
        for version, fact in versions.items():
            (knowledge / product / version).mkdir(parents=True)
            (knowledge / product / version / "retention.md").write_text(PAGE.format(product=product, fact=fact), encoding="utf-8")
    made.inventory = made.home / "hosts.yml"
    made.inventory.write_text(json.dumps({"all": {"children": {"shop": {"hosts": dict.fromkeys(DEPLOYED)}}}}), encoding="utf-8")
    rows = [f"{host},{product},{version}" for host, (product, version) in DEPLOYED.items()]
    (made.home / "versions.csv").write_text("\n".join(["server,product,version", *rows, ""]), encoding="utf-8")
    finished = made.ingest(knowledge, "-v").ok()
    indexed = [result for result in finished.results() if "embedded" in result]
    assert [result["changed"] for result in indexed] == [True] * 5, finished.text
    return made


def facts_in(text: str) -> set[str]:
    return {fact for versions in FACTS.values() for fact in versions.values() if fact in text}


@pytest.mark.parametrize(
    ("host", "fact", "served", "match"),
    [
        ("k-old", "28 days", "2.8", "same_minor"),
        ("k-mid", "30 days", "3.0", "exact"),
        ("k-between", "34 days", "3.4", "nearest_higher"),
        ("p-new", "45 weeks", "2.45", "same_minor"),
    ],
)
def test_a_host_gets_its_version(assistant: Assistant, host: str, fact: str, served: str, match: str) -> None:
    result = assistant.answer(QUESTION, "-e", f"host={host}")
    assert facts_in(result["answer"]) == {fact}
    source = result["sources"][0]
    assert (source["product"], source["served_version"], source["match"]) == (DEPLOYED[host][0], served, match)
    assert facts_in(json.dumps(result["sources"])) == {fact}
    told = [warning for warning in result["warnings"] if served in warning]
    assert bool(told) == (match == "nearest_higher")
    if told:
        assert "nearest newer version" in result["answer"]


def test_strict_version_refuses(assistant: Assistant) -> None:
    result = assistant.answer(QUESTION, "-e", "host=k-between", INFRA_LLM_STRICT_VERSION="minor")
    assert result["sources"] == []
    assert facts_in(result["answer"]) == set()
    assert any("strict_version does not allow" in warning for warning in result["warnings"])
    assert assistant.answer(QUESTION, "-e", "host=k-old", INFRA_LLM_STRICT_VERSION="minor")["sources"]
    assert not assistant.answer(QUESTION, "-e", "host=k-old", INFRA_LLM_STRICT_VERSION="exact")["sources"]


def test_a_question_about_two_versions_keeps_them_apart(assistant: Assistant) -> None:
    result = assistant.answer("What is the default retention of kafka?", "-e", "hosts=shop")
    assert facts_in(result["answer"]) == set(FACTS["kafka"].values())
    for source in result["sources"]:
        assert facts_in(source["excerpt"]) <= {FACTS["kafka"][source["served_version"]]}


def test_a_lookup_in_a_play_takes_the_version_of_each_host(assistant: Assistant) -> None:
    tasks = [{"ansible.builtin.debug": {"msg": f"{{{{ lookup('{LOOKUP}', '{QUESTION}') }}}}"}}]
    finished = assistant.play(tasks, "-v", hosts="shop").ok()
    said = {part.partition("]")[0]: facts_in(part) for part in finished.out.split("\nok: [")[1:]}
    assert said == {"k-old": {"28 days"}, "k-mid": {"30 days"}, "k-between": {"34 days"}, "p-new": {"45 weeks"}}


def test_braces_of_documents_stay_literal(assistant: Assistant) -> None:
    question = "What may an alert text hold?"
    tasks = [
        {"ansible.builtin.debug": {"msg": f"{{{{ lookup('{LOOKUP}', '{question}') }}}}"}},
        {LOOKUP: {"query": question}, "register": "said"},
        {"ansible.builtin.set_fact": {"kept": "{{ said.answer }}"}},
        {"ansible.builtin.debug": {"msg": "{{ kept }}"}},
    ]
    messages = [result["msg"] for result in assistant.play(tasks, "-v", hosts="k-old").ok().results() if "msg" in result]
    assert len(messages) == 2
    for message in messages:
        assert "`{{ $labels.instance }}` and `{{ 6 * 7 }}`" in message


def test_a_host_variable_goes_before_the_csv(assistant: Assistant) -> None:
    written = json.loads((assistant.home / "hosts.yml").read_text(encoding="utf-8"))
    written["all"]["children"]["shop"]["hosts"]["k-old"] = {"infra_llm_software": [{"product": "kafka", "version": "3.4"}]}
    own = assistant.home / "own.yml"
    own.write_text(json.dumps(written), encoding="utf-8")
    result = assistant.answer(QUESTION, "-i", own, "-e", "host=k-old")
    assert facts_in(result["answer"]) == {"34 days"}
    assert result["sources"][0]["match"] == "exact"
