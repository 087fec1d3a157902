# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import ConfigError, ServiceError
from ansible_collections.infra_llm.assistant.plugins.module_utils.answering._answer import answer
from ansible_collections.infra_llm.assistant.plugins.module_utils.answering._question import Engine, Question
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._llm import AbandonedError, Completion, ModelLoadingError
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._vector_store import PersistentVectorStore
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._chunks import Chunk
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._index import KnowledgeIndex, PageChunks
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._search import Target

MakeEngine = Callable[..., Engine]

QUESTION = Question(
    question="What is the default of num.replica.fetchers?",
    infrastructure={},
    targets=[Target("kafka", "3.5.1")],
    warnings=["said before"],
    mode="answer",
    max_tokens=100,
    temperature=0.0,
    timeout=10,
    strict_version="off",
    on_llm_error="extract",
)


@pytest.fixture
def engine(tmp_path: Path, counting_embedder: Any) -> MakeEngine:
    index = KnowledgeIndex(tmp_path, embedder_name="counting", store=PersistentVectorStore)
    text = "num.replica.fetchers has the default 1."
    pages = [
        PageChunks("broker.md", "Broker", "https://kafka.example.org/broker#f", "Apache-2.0", "ASF", [Chunk("Broker", ("Fetchers",), "f", text, text, 0, 0)])
    ]
    index.put("docs", "kafka", "3.4", pages, source="/docs", digest="d", embedder=counting_embedder())
    return lambda model=None: Engine(index, counting_embedder, lambda: model)


def asked(**changes: Any) -> Question:
    return dataclasses.replace(QUESTION, **changes)


def test_the_result_has_the_agreed_fields(engine: MakeEngine, scripted_model: Any) -> None:
    model = scripted_model(Completion(" It is 1 [1].\n", prompt_tokens=50, cached_tokens=40, completion_tokens=6))
    result = answer(QUESTION, engine(model))
    assert re.fullmatch(r"It is 1 \[1\]\.\n\nDocumentation used: kafka 3\.4 .*3\.5\.1.*\.", result["answer"])
    timings = result.pop("timings")
    assert set(timings) == {"retrieval_ms", "prompt_ms", "llm_ms", "total_ms", "prompt_tokens", "cached_tokens", "completion_tokens"}
    assert (timings["prompt_tokens"], timings["cached_tokens"], timings["completion_tokens"]) == (50, 40, 6)
    (source,) = result.pop("sources")
    assert source.pop("score") > 0
    assert source == {
        "id": 1,
        "product": "kafka",
        "requested_version": "3.5.1",
        "served_version": "3.4",
        "match": "nearest_lower",
        "kind": "docs",
        "title": "Broker",
        "section": "Fetchers",
        "url": "https://kafka.example.org/broker#f",
        "license": "Apache-2.0",
        "attribution": "ASF",
        "excerpt": "num.replica.fetchers has the default 1.",
    }
    del result["answer"]
    assert result == {
        "mode": "llm",
        "language": "en",
        "infrastructure": {},
        "changed": False,
        "model": {"name": "scripted.gguf", "server": "in process", "context_length": 4096},
        "warnings": [
            "said before",
            "There is no documentation of kafka 3.5.1 in the knowledge base; 3.4 (nearest older version) was used, so check defaults and option names.",
        ],
    }


@pytest.mark.parametrize(
    ("changes", "warning"),
    [
        ({"targets": [Target("kafka", None, named=True)]}, "kafka is not in your inventory or versions CSV, so the newest documentation, 3.4, was used."),
        ({"targets": [Target("ceph", "17", named=True)]}, "There is no documentation of ceph in the knowledge base; add it and run playbooks/ingest.yml."),
        (
            {"targets": [Target("kafka", "unknown", named=True)]},
            "Which version of kafka runs is not known ('unknown' names no release), so the newest documentation, 3.4, was used.",
        ),
        (
            {"question": "Какая версия?", "targets": [Target("kafka", "latest", named=True)]},
            "Какая версия kafka работает, неизвестно («latest» не называет выпуска), поэтому взята самая новая документация: 3.4.",
        ),
        ({"strict_version": "minor"}, "The documentation of kafka nearest to 3.5.1 is 3.4; strict_version does not allow it, so it was left out."),
        (
            {"question": "какое значение по умолчанию у num.replica.fetchers?"},
            "Документации kafka 3.5.1 в базе знаний нет; взята 3.4 (ближайшая более старая версия): проверьте значения по умолчанию и имена параметров.",
        ),
    ],
)
def test_documentation_of_other_versions_is_warned_about(engine: MakeEngine, changes: dict[str, Any], warning: str) -> None:
    result = answer(asked(mode="extractive", **changes), engine())
    assert result["warnings"] == ["said before", warning]
    assert result["mode"] == "extractive"
    assert "model" not in result


def test_a_post_without_an_address_is_found_by_its_place_in_the_directory(engine: MakeEngine, counting_embedder: Any) -> None:
    text = "A second fetcher helps num.replica.fetchers."
    post = PageChunks("version_agnostic/7.md", "Slow?", "", "CC BY-SA 4.0", "J. Doe", [Chunk("Slow?", (), "", text, text, 0, 0)])
    made = engine()
    made.index.put("qa", "kafka", "unversioned", [post], source="/qa", digest="q", embedder=counting_embedder())
    sources = answer(asked(mode="extractive"), made)["sources"]
    shown = [(source["url"], source["license"], source["attribution"]) for source in sources if source["kind"] == "qa"]
    assert shown == [("stackoverflow/kafka/version_agnostic/7.md", "CC BY-SA 4.0", "J. Doe")]


def test_without_a_model_it_quotes_and_says_so_or_fails_when_told_to(engine: MakeEngine) -> None:
    result = answer(QUESTION, engine())
    assert result["mode"] == "extractive"
    assert "[1] Broker > Fetchers" in result["answer"]
    assert any(warning.startswith("No language model is configured") for warning in result["warnings"])
    with pytest.raises(ConfigError, match="No language model is configured; set model_path or llm_url"):
        answer(asked(on_llm_error="fail"), engine())


@pytest.mark.parametrize(
    ("completion", "reason"),
    [
        (ServiceError("http://llm cannot be reached."), "The language model was not used: http://llm cannot be reached."),
        (Completion(" \n"), "The language model returned an empty answer."),
    ],
)
def test_a_model_that_fails_or_is_silent_gives_quotations_or_an_error(engine: MakeEngine, scripted_model: Any, completion: Any, reason: str) -> None:
    result = answer(QUESTION, engine(scripted_model(completion)))
    assert result["mode"] == "extractive"
    assert result["warnings"][-1] == reason
    assert [source["id"] for source in result["sources"]] == [1]
    with pytest.raises(ServiceError, match=r"cannot be reached|empty answer"):
        answer(asked(on_llm_error="fail"), engine(scripted_model(completion)))


def test_a_structured_answer_is_checked_and_bears_no_note(engine: MakeEngine, scripted_model: Any) -> None:
    schema = {"type": "object", "properties": {"default": {"type": "integer"}}}
    model = scripted_model(Completion('<think>Is it {"default": 2}?</think>{"default": 1}'))
    result = answer(asked(schema=schema), engine(model))
    assert (result["answer"], result["answer_data"]) == ('{"default": 1}', {"default": 1})
    assert '"default": {"type": "integer"}' in model.asked[0][1]["content"]
    for text in ('{"default": ', '{"default": "1"}'):
        other = answer(asked(schema=schema), engine(scripted_model(Completion(text))))
        assert (other["mode"], "answer_data" in other) == ("extractive", False)
        assert other["warnings"][-2].startswith("The language model was not used: The ")
        with pytest.raises(ServiceError, match=r"The (language|structured)"):
            answer(asked(schema=schema, on_llm_error="fail"), engine(scripted_model(Completion(text))))
    with pytest.raises(ConfigError, match="The option 'schema' is no JSON schema"):
        answer(asked(schema={"type": 7}), engine(model))
    assert answer(asked(schema=schema), engine())["warnings"][-1].startswith("Only a language model can answer in the form of a schema")


def test_a_model_that_only_thinks_is_told_from_one_that_is_silent(engine: MakeEngine, scripted_model: Any) -> None:
    result = answer(QUESTION, engine(scripted_model(Completion("<think>The user wants", finish_reason="length"))))
    assert result["warnings"][-1].endswith("spent all of max_tokens on thinking; raise max_tokens, or use a model that does not think.")


def test_a_model_that_is_being_loaded_is_waited_for(engine: MakeEngine, scripted_model: Any) -> None:
    class LoadingModel(scripted_model):  # type: ignore[misc]
        attempts = 0

        def chat(self, chat: Any) -> Completion:
            self.attempts += 1
            if self.attempts < 3:
                raise ModelLoadingError("http://llm")
            return super().chat(chat)  # type: ignore[no-any-return]

    model = LoadingModel(Completion("It is 1 [1]."))
    assert answer(QUESTION, engine(model))["mode"] == "llm"
    assert model.attempts == 3
    late = answer(asked(timeout=0.1), engine(LoadingModel(Completion(""))))
    assert late["warnings"][-1].startswith("The language model was not used: http://llm was still loading its model; ask again")


def test_a_question_that_was_given_up_is_not_answered_by_quotations(engine: MakeEngine, scripted_model: Any) -> None:
    with pytest.raises(AbandonedError):
        answer(QUESTION, engine(scripted_model(AbandonedError())))


def test_a_cut_answer_is_kept_with_a_warning(engine: MakeEngine, scripted_model: Any) -> None:
    result = answer(QUESTION, engine(scripted_model(Completion("It is", finish_reason="length"))))
    assert result["mode"] == "llm"
    assert result["warnings"][-1] == "The answer was cut at max_tokens or at the timeout."


def test_context_mode_asks_no_model_and_gives_facts_and_passages_alone(engine: MakeEngine, scripted_model: Any) -> None:
    model = scripted_model(Completion("never"))
    result = answer(asked(mode="context"), engine(model))
    assert result["mode"] == "context"
    assert result["answer"].startswith("WHAT THE DOCUMENTATION SAYS\n\n[1] Broker")
    assert model.asked == []


def test_nothing_is_said_of_versions_that_the_question_and_the_passages_do_not_touch(engine: MakeEngine) -> None:
    result = answer(asked(mode="extractive", targets=[Target("kafka", "3.4"), Target("openssl", "3.0.13")]), engine())
    assert result["warnings"] == ["said before"]


def test_a_product_that_only_the_knowledge_base_knows_is_found_by_its_name(engine: MakeEngine) -> None:
    result = answer(asked(mode="extractive", question="What is num.replica.fetchers in kafka?", targets=[Target("openssl", "3.0.13")]), engine())
    assert result["sources"][0]["product"] == "kafka"
    assert result["warnings"][1].startswith("kafka is not in your inventory or versions CSV")


def test_a_version_written_beside_a_product_that_only_the_knowledge_base_knows_is_heeded(engine: MakeEngine) -> None:
    result = answer(asked(mode="extractive", question="What is num.replica.fetchers in kafka 3.4?", targets=[]), engine())
    assert result["sources"][0]["requested_version"] == "3.4"
    assert result["sources"][0]["match"] == "exact"
