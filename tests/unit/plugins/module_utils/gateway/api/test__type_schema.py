# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import jsonschema
import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils.answering._result import Result, Source, Timings
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway.api._description import QUERY_RESPONSES
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway.api._type_schema import schema_of


def test_the_api_describes_every_field_of_the_result() -> None:
    described = QUERY_RESPONSES[200]["content"]["application/json"]["schema"]
    assert described["properties"].keys() == t.get_type_hints(Result).keys()
    assert set(t.get_type_hints(Result)) - set(described["required"]) == {"answer_data", "model"}
    source, timings = described["properties"]["sources"]["items"], described["properties"]["timings"]
    assert source["properties"].keys() == t.get_type_hints(Source).keys()
    assert source["properties"]["requested_version"] == {"anyOf": [{"type": "string"}, {"type": "null"}]}
    assert timings["properties"].keys() == t.get_type_hints(Timings).keys()
    assert timings["required"] == []


def test_its_example_is_a_result() -> None:
    content = QUERY_RESPONSES[200]["content"]["application/json"]
    jsonschema.Draft202012Validator(content["schema"]).validate(content["example"])
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(content["schema"]).validate({**content["example"], "mode": "magic"})


def test_a_type_without_a_schema_is_refused() -> None:
    with pytest.raises(TypeError, match="bytes"):
        schema_of(list[bytes])
