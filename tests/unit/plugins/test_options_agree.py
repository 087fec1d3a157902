# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One option has one name, one type and one default wherever it appears (section 4.2 of the design)."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.infra_llm.assistant.plugins.action import knowledge_index as knowledge_action
from ansible_collections.infra_llm.assistant.plugins.doc_fragments import gateway as gateway_fragment
from ansible_collections.infra_llm.assistant.plugins.doc_fragments import question as question_fragment
from ansible_collections.infra_llm.assistant.plugins.lookup import infra_llm as lookup
from ansible_collections.infra_llm.assistant.plugins.module_utils._version import VERSION
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._embedding_presets import DEFAULT_MODEL
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._embedding_settings import POOLINGS
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway import _app, _config, _services
from ansible_collections.infra_llm.assistant.plugins.modules import gateway as gateway_module
from ansible_collections.infra_llm.assistant.plugins.modules import infra_llm as question_module
from ansible_collections.infra_llm.assistant.plugins.modules import knowledge_index as knowledge_module
from ansible_collections.infra_llm.assistant.plugins.plugin_utils import _options

ROOT = Path(__file__).resolve().parents[3]
FRAGMENTS: dict[str, Any] = {"gateway": gateway_fragment.ModuleDocFragment, "question": question_fragment.ModuleDocFragment}
OWN: dict[str, dict[str, Any]] = {
    "lookup": yaml.safe_load(lookup.DOCUMENTATION)["options"],
    "infra_llm": yaml.safe_load(question_module.DOCUMENTATION)["options"],
    "gateway": yaml.safe_load(gateway_module.DOCUMENTATION)["options"],
    "knowledge_index": yaml.safe_load(knowledge_module.DOCUMENTATION)["options"],
}
SHARED: dict[str, dict[str, Any]] = {name: options for part in FRAGMENTS.values() for name, options in yaml.safe_load(part.DOCUMENTATION)["options"].items()}
SOURCES: dict[str, dict[str, Any]] = {name: options for part in FRAGMENTS.values() for name, options in yaml.safe_load(part.PLUGINS)["options"].items()}
SOURCES["output"] = {name: OWN["lookup"]["output"][name] for name in ("env", "ini", "vars")}
WITHOUT_INI = {"llm_api_key"}


@pytest.mark.parametrize("name", sorted(SHARED.keys() | {"output"}))
def test_an_option_has_its_one_name_in_every_source(name: str) -> None:
    sources = SOURCES[name]
    assert sources["env"] == [{"name": f"INFRA_LLM_{name.upper()}"}]
    assert sources["vars"] == [{"name": f"infra_llm_{name}"}]
    assert sources.get("ini") == (None if name in WITHOUT_INI else [{"section": "infra_llm", "key": name}])


def test_every_source_belongs_to_a_documented_option() -> None:
    assert set(SOURCES) == set(SHARED) | {"output"}


def test_the_plugins_take_the_shared_options_from_the_fragments_alone() -> None:
    for plugin, fragments in (("lookup", 4), ("infra_llm", 2), ("gateway", 1), ("knowledge_index", 1)):
        assert not OWN[plugin].keys() & SHARED.keys(), plugin
        documentation = {"lookup": lookup, "infra_llm": question_module, "gateway": gateway_module, "knowledge_index": knowledge_module}[plugin].DOCUMENTATION
        assert len(yaml.safe_load(documentation)["extends_documentation_fragment"]) == fragments


@pytest.mark.parametrize("name", sorted(SHARED))
def test_a_default_is_of_its_type_and_among_its_choices(name: str) -> None:
    option = SHARED[name]
    types = {"str": str, "path": str, "int": int, "float": float, "list": list, "bool": bool}
    if option.get("default") is not None:
        assert option["default"].__class__ is types[option["type"]]
        assert option["default"] in option.get("choices", [option["default"]])


def test_the_gateway_is_configured_by_documented_options() -> None:
    assert {field.name for field in dataclasses.fields(_config.GatewayConfig)} == yaml.safe_load(FRAGMENTS["gateway"].DOCUMENTATION)["options"].keys()
    assert SHARED["embedding_model"]["default"] == DEFAULT_MODEL
    assert SHARED["embedding_pooling"]["choices"] == list(POOLINGS)
    assert SHARED["gateway_idle"]["default"] == 15 * 60, "section 2 of the design"


def test_the_gateways_api_has_the_documented_defaults_choices_and_ranges(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_services.Services, "warm_up", lambda self: None)
    _app.create_app(_config.GatewayConfig(str(tmp_path), str(tmp_path), "python3", 900, DEFAULT_MODEL), lambda: None)
    schema = vars(_app)["Query"].model_json_schema()["properties"]
    for name in ("mode", "max_tokens", "temperature", "timeout", "strict_version", "on_llm_error"):
        assert schema[name]["default"] == SHARED[name]["default"], name
        assert schema[name].get("enum") == SHARED[name].get("choices"), name
    for name in ("max_tokens", "temperature"):
        assert (schema[name]["minimum"], schema[name]["maximum"]) == _options._RANGES[name], name


def test_a_source_has_the_same_kinds_in_the_api_the_action_and_its_documentation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_services.Services, "warm_up", lambda self: None)
    _app.create_app(_config.GatewayConfig(str(tmp_path), str(tmp_path), "python3", 900, DEFAULT_MODEL), lambda: None)
    choices = OWN["knowledge_index"]["kind"]["choices"]
    assert vars(_app)["Source"].model_json_schema()["properties"]["kind"]["enum"] == choices
    assert list(knowledge_action._KINDS) == choices


def test_the_version_is_the_same_everywhere() -> None:
    assert yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["version"] == VERSION


def test_pages_and_playbooks_name_no_option_that_does_not_exist() -> None:
    known = {*SOURCES, "software", "query", "display", *OWN["knowledge_index"], *OWN["gateway"]}
    own_names = {"infra_llm_assistant", "infra_llm_result", "infra_llm_found", "infra_llm_indexed", "infra_llm_indexed_posts", "infra_llm_gateway"}
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "playbooks").glob("*.yml")), *sorted(ROOT.glob("Makefile"))]:
        text = page.read_text(encoding="utf-8")
        # A name that goes on with a slash or dash is a path, one after a dot the FQCN.
        named = set(re.findall(r"(?<![\w./-])infra_llm_([a-z_]+)(?![\w/*<-])", text)) | {name.lower() for name in re.findall(r"\bINFRA_LLM_([A-Z_]+)\b", text)}
        unknown = {name for name in named - known if f"infra_llm_{name}" not in own_names}
        assert not unknown, f"{page.relative_to(ROOT)} names {sorted(unknown)}"
