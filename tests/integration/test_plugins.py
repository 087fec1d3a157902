# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lookup and the action in plays on the examples: names, results, options and where their values come from."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

if t.TYPE_CHECKING:
    from conftest import Assistant

pytestmark = pytest.mark.cores

FQCN = "infra_llm.assistant.infra_llm"
QUESTION = "Why is a Kafka broker under-replicated?"
KAFKA = "kafka-01.north.example.com"


def debug(expression: str, **variables: object) -> dict[str, t.Any]:
    return {"ansible.builtin.debug": {"msg": f"{{{{ {expression} }}}}"}, "vars": variables}


def test_the_lookup_by_both_names(examples: Assistant) -> None:
    tasks = [
        debug(f"lookup('infra_llm', '{QUESTION}')"),
        debug(f"lookup('{FQCN}', '{QUESTION}')"),
        debug(f"lookup('{FQCN}', '{QUESTION}', output='full')"),
        debug(f"query('{FQCN}', '{QUESTION}', 'How is nginx restarted?') | length"),
    ]
    short, full_name, full, two = (result["msg"] for result in examples.play(tasks, "-v").ok().results())
    assert short == full_name == full["answer"]
    assert "kafka-topics.sh" in short
    assert full["sources"][0]["match"] == "exact"
    assert full["changed"] is False
    assert int(two) == 2


def test_the_action_takes_the_host_of_the_play(examples: Assistant) -> None:
    tasks = [{FQCN: {"query": "Which version runs here?", "display": True}, "register": "said"}, debug("said.infrastructure.hosts | map(attribute='name')")]
    finished = examples.play(tasks, "-v", "--check", hosts=f"{KAFKA},web-01.north.example.com").ok()
    # Hosts of one task end in any order.
    assert sorted(result["msg"] for result in finished.results() if "msg" in result) == [[KAFKA], ["web-01.north.example.com"]]
    assert "kafka 3.4.0" in finished.out


@pytest.mark.parametrize(
    ("task", "told"),
    [
        (debug(f"lookup('{FQCN}', '{QUESTION}', strict_versoin='minor')"), "There is no option 'strict_versoin'"),
        ({FQCN: {"query": QUESTION, "strict_versoin": "minor"}}, "There is no option 'strict_versoin'"),
        ({FQCN: {"query": QUESTION, "strict_version": "major"}}, "strict_version"),
        ({FQCN: {"query": QUESTION, "max_tokens": "many"}}, "max_tokens"),
        ({FQCN: {"query": QUESTION, "output": "full"}}, "belongs to the lookup"),
        ({FQCN: {"query": " "}}, "The question is empty"),
        ({FQCN: {"mode": "extractive"}}, "The question is empty"),
        ({FQCN: {"query": QUESTION, "on_llm_error": "fail"}}, "No language model is configured"),
    ],
    ids=["lookup option", "action option", "choice", "type", "output", "blank", "missing", "no model"],
)
def test_a_mistake_is_one_sentence(examples: Assistant, task: dict[str, t.Any], told: str) -> None:
    assert told in examples.play([task]).sentence()


def test_options_come_from_argument_variable_environment_ini_in_this_order(examples: Assistant, tmp_path: Path) -> None:
    settings = tmp_path / "ansible.cfg"
    settings.write_text("[infra_llm]\nmode = context\n", encoding="utf-8")
    full = f"lookup('{FQCN}', '{QUESTION}', output='full').mode"
    plain: dict[str, t.Any] = {FQCN: {"query": QUESTION}}
    by_variable = {"infra_llm_mode": "{{ 'con' ~ wanted }}", "wanted": "text"}

    def modes(tasks: list[dict[str, t.Any]], **environment: str) -> list[str]:
        results = examples.play(tasks, "-v", ANSIBLE_CONFIG=str(settings), **environment).ok().results()
        return [result.get("msg") or result["mode"] for result in results]

    assert modes([plain, debug(full)]) == ["context"] * 2  # ini
    tasks = [plain, debug(full), {**plain, "vars": by_variable}, debug(full, **by_variable)]
    tasks += [{FQCN: {"query": QUESTION, "mode": "extractive"}, "vars": by_variable}, debug(full.replace("output", "mode='extractive', output"), **by_variable)]
    assert modes(tasks, INFRA_LLM_MODE="extractive") == ["extractive"] * 2 + ["context"] * 2 + ["extractive"] * 2


def test_module_defaults_of_the_group(examples: Assistant) -> None:
    play = {"module_defaults": {f"group/{FQCN}": {"state_dir": str(examples.state_dir), "embedding_model": "all-MiniLM-L6-v2"}}}
    tasks = [{"infra_llm.assistant.gateway": {"state": "status"}}, {FQCN: {"query": QUESTION}}]
    status, said = examples.play(tasks, "-v", play=play, INFRA_LLM_STATE_DIR="/nonexistent").ok().results()
    assert status["gateway"]["pid"] == examples.pid()
    assert said["sources"]
    play["module_defaults"][f"group/{FQCN}"]["gateway_idel"] = 1
    assert "gateway_idel" in examples.play(tasks, play=play).sentence()
