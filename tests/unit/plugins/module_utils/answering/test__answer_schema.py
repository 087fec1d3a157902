# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import ConfigError, ServiceError
from ansible_collections.infra_llm.assistant.plugins.module_utils.answering._answer_schema import AnswerSchema
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._llm import Completion

SCHEMA = {
    "type": "object",
    "properties": {"risk": {"enum": ["low", "high"]}, "hosts": {"type": "integer"}},
    "required": ["risk"],
    "additionalProperties": False,
}


@pytest.fixture
def model(scripted_model: Any) -> Any:
    return scripted_model(Completion(""))


@pytest.mark.parametrize("text", ['{"risk": "high"}', '```json\n{"risk": "high"}\n```', 'Sure:\n\n```\n{"risk": "high"}\n```\nThat is it.'])
def test_json_is_taken_out_of_a_fence(text: str, model: Any) -> None:
    assert AnswerSchema(SCHEMA).read(text, "stop", model) == ('{"risk": "high"}', {"risk": "high"})


@pytest.mark.parametrize(
    ("text", "reason", "message"),
    [
        ('{"risk": "extreme"}', "stop", r"does not fit the schema \('extreme' is not one of \['low', 'high'\] at risk\)"),
        ('{"risk": "low", "extra": true}', "stop", r"does not fit the schema \(Additional properties are not allowed .+ at the top\)"),
        ("{}", "stop", "'risk' is a required property"),
        ('{"risk": "low", "hosts": "3"}', "stop", "'3' is not of type 'integer' at hosts"),
        ("Sure! It is low.", "stop", r"answered in another form than JSON \('Sure! It is low\.'\)"),
        ("NaN", "stop", "another form than JSON"),
        ('{"risk": "\\ud800"}', "stop", "another form than JSON"),
        ("[" * 100_000, "stop", "another form than JSON"),
        ('```\n{"risk": "low"}\n```\nor\n```\n{"risk": "high"}\n```', "stop", "another form than JSON"),
        ('{"risk": "lo', "length", "did not finish the structured answer within max_tokens; raise max_tokens"),
        ('{"risk": "lo', "deadline", "in time; raise 'timeout'"),
    ],
)
def test_what_does_not_fit_is_one_sentence_that_tells_what_came(text: str, reason: str, message: str, model: Any) -> None:
    with pytest.raises(ServiceError, match=message) as caught:
        AnswerSchema(SCHEMA).read(text, reason, model)
    assert ("max_tokens" in caught.value.message) == (reason == "length")
    assert len(caught.value.message) < 500


def test_what_is_no_schema_is_the_askers_error(model: Any) -> None:
    with pytest.raises(ConfigError, match=r"The option 'schema' is no JSON schema \('strin' is not valid .+ at type\)"):
        AnswerSchema({"type": "strin"})
    for schema in ({"$ref": "https://schemas.example/none.json"}, {"$ref": "#/definitions/none"}, {"pattern": "("}, {"$ref": "#"}):
        with pytest.raises(ConfigError, match="The option 'schema'"):
            AnswerSchema(schema).read('"text"', "stop", model)
