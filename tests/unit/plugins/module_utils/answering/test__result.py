# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
import yaml
from ansible_collections.infra_llm.assistant.plugins.module_utils.answering._result import Model, Result, Source, Timings
from ansible_collections.infra_llm.assistant.plugins.module_utils.infrastructure._description import Host, Infrastructure, Product, Software
from ansible_collections.infra_llm.assistant.plugins.modules import infra_llm

DOCUMENTED: dict[str, t.Any] = yaml.safe_load(infra_llm.RETURN)
ALWAYS = {"changed"}  # a keyword of all modules
ANSIBLE_TYPES = {str: "str", int: "int", float: "float", bool: "bool", dict: "dict", list: "list", t.Literal: "str"}


def types_of(shape: type) -> dict[str, object]:
    """The fields of a TypedDict, each with its type in whichever way it may be missing."""
    return {name: t.get_args(kind)[0] if t.get_origin(kind) is t.NotRequired else kind for name, kind in t.get_type_hints(shape, include_extras=True).items()}


def ansible_type(kind: object) -> str:
    if t.is_typeddict(kind):
        return "dict"
    alternatives = [alternative for alternative in t.get_args(kind) if alternative is not type(None)]
    if type(None) in t.get_args(kind):
        return ansible_type(alternatives[0])
    return ANSIBLE_TYPES[t.get_origin(kind) or kind]  # type: ignore[index]


@pytest.mark.parametrize(
    ("place", "shape"),
    [
        ((), Result),
        (("infrastructure",), Infrastructure),
        (("infrastructure", "hosts"), Host),
        (("infrastructure", "products"), Product),
        (("sources",), Source),
        (("model",), Model),
        (("timings",), Timings),
    ],
)
def test_the_return_documentation_names_the_fields_of_the_result(place: tuple[str, ...], shape: type) -> None:
    documented = DOCUMENTED
    for name in place:
        documented = documented[name]["contains"]
    fields = {name: kind for name, kind in types_of(shape).items() if name not in ALWAYS}
    assert documented.keys() == fields.keys()
    for name, kind in fields.items():
        if kind is not t.Any:
            assert documented[name]["type"] == ansible_type(kind), name


def test_the_fields_are_those_that_callers_rely_on() -> None:
    """Names of the agreed contract, which plays and other programs read; a field that is missing here has no part that fills it yet."""
    assert set(types_of(Result)) == {
        *("answer", "answer_data", "mode", "language", "infrastructure", "sources", "model", "timings", "warnings", "changed"),
    }
    assert set(types_of(Source)) == {
        *("id", "product", "requested_version", "served_version", "match", "kind", "title", "section", "url"),
        *("license", "attribution", "score", "excerpt"),
    }
    assert set(types_of(Timings)) == {
        *("context_ms", "retrieval_ms", "prompt_ms", "first_token_ms", "llm_ms", "total_ms", "prompt_tokens", "cached_tokens", "completion_tokens"),
    }
    assert set(types_of(Model)) == {"name", "server", "context_length"}
    assert set(types_of(Infrastructure)) == {"hosts", "products", "omitted"}
    assert set(types_of(Host)) == {"name", "groups", "software", "vars"}
    assert set(types_of(Software)) == {"product", "version", "os_version"}
    assert {"name", "versions"} <= set(types_of(Product))
