# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One option has one name, one type and one default wherever it appears (section 4.2 of the design)."""

from __future__ import annotations

import dataclasses
import math
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.plugins.loader import lookup_loader
from ansible_collections.infra_llm.assistant.plugins.action import knowledge_fetch as fetch_action
from ansible_collections.infra_llm.assistant.plugins.action import knowledge_index as index_action
from ansible_collections.infra_llm.assistant.plugins.action import knowledge_pack as pack_action
from ansible_collections.infra_llm.assistant.plugins.action import knowledge_update as update_action
from ansible_collections.infra_llm.assistant.plugins.doc_fragments import fleet as fleet_fragment
from ansible_collections.infra_llm.assistant.plugins.doc_fragments import gateway as gateway_fragment
from ansible_collections.infra_llm.assistant.plugins.doc_fragments import question as question_fragment
from ansible_collections.infra_llm.assistant.plugins.lookup import infra_llm as lookup
from ansible_collections.infra_llm.assistant.plugins.module_utils._options import OPTIONS, option_names
from ansible_collections.infra_llm.assistant.plugins.module_utils._version import VERSION
from ansible_collections.infra_llm.assistant.plugins.module_utils.answering import _question
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._embedding_presets import DEFAULT_MODEL
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway import _config, _embedded, _services
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway.client import _address
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway.served import _config as _served_config
from ansible_collections.infra_llm.assistant.plugins.modules import gateway as gateway_module
from ansible_collections.infra_llm.assistant.plugins.modules import infra_llm as question_module
from ansible_collections.infra_llm.assistant.plugins.modules import knowledge_fetch as fetch_module
from ansible_collections.infra_llm.assistant.plugins.modules import knowledge_index as index_module
from ansible_collections.infra_llm.assistant.plugins.modules import knowledge_info as info_module
from ansible_collections.infra_llm.assistant.plugins.modules import knowledge_pack as pack_module
from ansible_collections.infra_llm.assistant.plugins.modules import knowledge_update as update_module
from ansible_collections.infra_llm.assistant.plugins.plugin_utils import _option_definitions

ROOT = Path(__file__).resolve().parents[3]
FRAGMENTS: dict[str, Any] = {
    "fleet": fleet_fragment.ModuleDocFragment,
    "gateway": gateway_fragment.ModuleDocFragment,
    "question": question_fragment.ModuleDocFragment,
}
PLUGINS: dict[str, tuple[Any, int]] = {  # with the number of fragments that each takes in
    "lookup": (lookup, 6),
    "infra_llm": (question_module, 3),
    "gateway": (gateway_module, 1),
    "knowledge_fetch": (fetch_module, 1),
    "knowledge_index": (index_module, 1),
    "knowledge_info": (info_module, 2),
    "knowledge_pack": (pack_module, 1),
    "knowledge_update": (update_module, 1),
}
DOCUMENTED: dict[str, dict[str, Any]] = {name: yaml.safe_load(plugin.DOCUMENTATION) for name, (plugin, _fragments) in PLUGINS.items()}
OWN: dict[str, dict[str, Any]] = {name: documentation.get("options", {}) for name, documentation in DOCUMENTED.items()}
SHARED: dict[str, dict[str, Any]] = {name: options for part in FRAGMENTS.values() for name, options in yaml.safe_load(part.DOCUMENTATION)["options"].items()}
SOURCES: dict[str, dict[str, Any]] = {name: options for part in FRAGMENTS.values() for name, options in yaml.safe_load(part.PLUGINS)["options"].items()}
SOURCES["output"] = {name: OWN["lookup"]["output"][name] for name in ("env", "ini", "vars")}
WITHOUT_INI = {"embedding_api_key", "gateway_token", "llm_api_key"}  # spelled out once more: no slip of the table may offer a secret a place in a file


def fields_of(app: _embedded.IdleMiddleware, path: str) -> dict[str, Any]:
    """The fields of the body that a route of the gateway takes, as JSON schemas."""
    (route,) = (route for route in app._app.routes if route.path == path)
    fields: dict[str, Any] = route.body_field.field_info.annotation.model_json_schema()["properties"]
    return fields


@pytest.mark.parametrize("name", sorted(SHARED.keys() | {"output"}))
def test_an_option_has_its_one_name_in_every_source(name: str) -> None:
    sources = SOURCES[name]
    assert sources["env"] == [{"name": f"INFRA_LLM_{name.upper()}"}]
    assert sources["vars"] == [{"name": f"infra_llm_{name}"}]
    assert sources.get("ini") == (None if name in WITHOUT_INI else [{"section": "infra_llm", "key": name}])
    assert sources.get("secret", False) is (name in WITHOUT_INI)


def test_ansible_is_told_what_the_documentation_says() -> None:
    told = _option_definitions.definitions()
    documented = {name: {**option, **SOURCES.get(name, {})} for name, option in {**SHARED, **OWN["lookup"]}.items()}
    for option in documented.values():
        del option["description"]
    assert told == documented
    for name in ("infra_llm.assistant.infra_llm", "infra_llm"):
        assert lookup_loader.get(name).option_definitions == told, "else it has read the documentation"


def test_every_source_belongs_to_a_documented_option() -> None:
    assert set(SOURCES) == set(SHARED) | {"output"}


@pytest.mark.parametrize(("name", "fragments"), [(name, fragments) for name, (_plugin, fragments) in PLUGINS.items()])
def test_the_plugins_take_the_shared_options_from_the_fragments_alone(name: str, fragments: int) -> None:
    assert not OWN[name].keys() & SHARED.keys()
    assert len(DOCUMENTED[name]["extends_documentation_fragment"]) == fragments


@pytest.mark.parametrize("name", sorted(SHARED))
def test_a_default_is_of_its_type_and_among_its_choices(name: str) -> None:
    option = SHARED[name]
    types = {"str": str, "path": str, "int": int, "float": float, "list": list, "bool": bool}
    if option.get("default") is not None:
        assert option["default"].__class__ is types[option["type"]]
        assert option["default"] in option.get("choices", [option["default"]])


def test_the_engine_is_handed_every_option_in_a_field_of_its_name() -> None:
    for part, names in (
        (_address.GatewayAddress, option_names("address")),
        (_config.GatewayConfig, option_names("engine", "embedded")),
    ):
        assert {field.name for field in dataclasses.fields(part)} == set(names)
    assert set(option_names("question")) <= {field.name for field in dataclasses.fields(_question.Question)}
    assert OPTIONS["gateway_idle"].default == 15 * 60, "section 2 of the design"


def test_the_gateways_api_has_the_documented_defaults_choices_and_ranges(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_services.Services, "warm_up", lambda self: None)
    app = _embedded.create_embedded_app(_config.GatewayConfig(str(tmp_path), str(tmp_path), "python3", 900, DEFAULT_MODEL), lambda: None)
    schema = fields_of(app, "/query")
    for name in option_names("question"):
        option = OPTIONS[name]
        assert schema[name]["default"] == option.default, name
        assert schema[name].get("enum") == (list(option.choices) or None), name
        assert schema[name].get("minimum", -math.inf) == option.lowest, name
        assert schema[name].get("maximum", math.inf) == option.highest, name


def test_the_knowledge_modules_have_the_same_options_and_choices_in_the_api_the_action_and_the_documentation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_services.Services, "warm_up", lambda self: None)
    app = _embedded.create_embedded_app(_config.GatewayConfig(str(tmp_path), str(tmp_path), "python3", 900, DEFAULT_MODEL), lambda: None)
    fetched, indexed = (fields_of(app, f"/knowledge/{work}") for work in ("fetch", "index"))
    kinds = OWN["knowledge_index"]["kind"]["choices"]
    assert kinds == OWN["knowledge_fetch"]["kind"]["choices"] == fetched["kind"]["enum"] == indexed["kind"]["enum"]
    assert kinds == list(index_action._KINDS) == list(fetch_action._KINDS)
    sources = OWN["knowledge_fetch"]["source"]["choices"]
    assert sources == list(fetch_action._SOURCES) == fetched["source"]["anyOf"][0]["enum"]
    actions = {"knowledge_fetch": fetch_action, "knowledge_index": index_action, "knowledge_pack": pack_action, "knowledge_update": update_action}
    for module, action in actions.items():
        assert OWN[module].keys() == action._ARGUMENTS
    assert {name: option["default"] for name, option in OWN["knowledge_update"].items()} == update_action._DEFAULTS
    assert OWN["knowledge_index"]["state"]["choices"] == list(index_action._STATES)
    assert OWN["knowledge_pack"]["state"]["choices"] == list(pack_action._STATES)


def test_the_version_is_the_same_everywhere() -> None:
    assert yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["version"] == VERSION


ROLES = {directory.name: directory for directory in sorted((ROOT / "roles").iterdir())}
ROLE_VARIABLES = {name: yaml.safe_load((directory / "defaults" / "main.yml").read_text(encoding="utf-8")) for name, directory in ROLES.items()}


@pytest.mark.parametrize("role", ROLES)
def test_a_role_documents_each_of_its_variables_with_its_default(role: str) -> None:
    specification = yaml.safe_load((ROLES[role] / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))["argument_specs"]["main"]["options"]
    assert specification.keys() == ROLE_VARIABLES[role].keys()
    for name, value in ROLE_VARIABLES[role].items():
        templated = isinstance(value, str) and "{{" in value
        assert specification[name].get("default") == (None if templated else value), name


ROLE_TYPES = {"path": {"path", "str"}, "raw": {"raw", "dict"}}
NO_VALUE = ("", 0, [], {})  # in the variables of a role, which have no none


@pytest.mark.parametrize("role", ROLES)
def test_a_variable_of_a_role_that_is_an_option_has_its_type_choices_and_default(role: str) -> None:
    specification = yaml.safe_load((ROLES[role] / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))["argument_specs"]["main"]["options"]
    for name, option in OPTIONS.items():
        variable = specification.get(f"infra_llm_{name}")
        if variable is None:
            continue
        assert variable["type"] in ROLE_TYPES.get(option.type, {option.type}), name
        assert [choice for choice in variable.get("choices", ()) if choice != ""] == list(option.choices), name
        default = ROLE_VARIABLES[role][f"infra_llm_{name}"]
        assert default in (option.default, *NO_VALUE) or "{{" in default, name


def test_the_gateways_role_writes_every_key_of_the_configuration_file() -> None:
    written = yaml.safe_load((ROLES["gateway"] / "vars" / "main.yml").read_text(encoding="utf-8"))["__infra_llm_gateway_configuration"]
    assert written.keys() == _served_config._KEYS.keys() - {"embedding_api_key_file"}, "llama_server has one key for both"


def test_pages_and_playbooks_name_no_option_that_does_not_exist() -> None:
    known = {
        *SOURCES,
        "software",
        "shared",  # where the tests find real material
        "query",
        "display",
        "molecule_model",  # of the tests of roles
        *(name.removeprefix("infra_llm_") for variables in ROLE_VARIABLES.values() for name in variables),
        *(name for options in OWN.values() for name in options),
    }
    own_names = {"infra_llm_assistant", "infra_llm_chroma", "infra_llm_llm", "infra_llm_rag", "infra_llm_web", "infra_llm_lb"}
    playbooks = sorted((ROOT / "playbooks").rglob("*.yml"))
    registered = {name for playbook in playbooks for name in re.findall(r"register: infra_llm_([a-z_]+)", playbook.read_text(encoding="utf-8"))}
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *playbooks, *sorted(ROOT.glob("Makefile"))]:
        text = page.read_text(encoding="utf-8")
        # A name that goes on with a slash or dash is a path, one after a dot the FQCN.
        named = set(re.findall(r"(?<![\w./-])infra_llm_([a-z_]+)(?![\w/*<-])", text)) | {name.lower() for name in re.findall(r"\bINFRA_LLM_([A-Z_]+)\b", text)}
        unknown = {name for name in named - known - registered if f"infra_llm_{name}" not in own_names}
        assert not unknown, f"{page.relative_to(ROOT)} names {sorted(unknown)}"


def test_a_variable_of_several_roles_has_one_default() -> None:
    defaults: dict[str, dict[str, Any]] = {}
    for role, variables in ROLE_VARIABLES.items():
        for name, value in variables.items():
            defaults.setdefault(name, {})[role] = value
    own = {"infra_llm_gateway_token", "infra_llm_pip_arguments"}  # by role there is another one for what they leave out
    different = {
        name: values for name, values in defaults.items() if name not in own and any(value != next(iter(values.values())) for value in values.values())
    }
    assert not different
