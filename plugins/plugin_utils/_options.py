# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to the collection: names here may change in any release.
"""Options of the plugins: one definition, that of the lookup's documentation, for the lookup and the actions alike."""

from __future__ import annotations

import dataclasses
import os
import sys
import typing as t

from ansible.errors import AnsibleError
from ansible.plugins.loader import lookup_loader
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import ConfigError
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway._config import GatewayConfig

LOOKUP = "infra_llm.assistant.infra_llm"
_GATEWAY_OPTIONS = frozenset({field.name for field in dataclasses.fields(GatewayConfig)} | {"timeout"})


class Templar(t.Protocol):
    """What is used of Ansible's templar."""

    def template(self, variable: t.Any) -> t.Any:
        """Render a value."""


class ConfigurablePlugin(t.Protocol):
    """What is used of a plugin that has documented options."""

    @property
    def option_definitions(self) -> dict[str, t.Any]:
        """Documented options by name."""

    def set_options(self, task_keys: t.Any = None, var_options: t.Any = None, direct: t.Any = None) -> None:
        """Take the options' values."""

    def get_option(self, option: str) -> t.Any:
        """The value of one option."""


def read_options(arguments: dict[str, t.Any], variables: dict[str, t.Any], templar: Templar) -> dict[str, t.Any]:
    """Every option of a question with its value from arguments, variables, environment, ini or default.

    Raises ConfigError for an argument that is no option, or a value of the wrong type.
    """
    plugin: ConfigurablePlugin = lookup_loader.get(LOOKUP)
    return _read(plugin, arguments, variables, templar, set(plugin.option_definitions) - {"_terms"})


def read_gateway_options(
    arguments: dict[str, t.Any], variables: dict[str, t.Any], templar: Templar, *, own: frozenset[str]
) -> tuple[GatewayConfig, dict[str, t.Any]]:
    """The gateway that the options ask for, and the arguments that are the caller's ``own``. Raises ConfigError as read_options()."""
    for name in sorted(arguments.keys() - own - _GATEWAY_OPTIONS):
        raise ConfigError(f"There is no option '{name}'; the options are {', '.join(sorted(own | _GATEWAY_OPTIONS))}.")
    mine = {name: value for name, value in arguments.items() if name in own}
    shared = {name: value for name, value in arguments.items() if name not in own}
    return gateway_config(_read(lookup_loader.get(LOOKUP), shared, variables, templar, set(_GATEWAY_OPTIONS))), mine


def _read(plugin: ConfigurablePlugin, arguments: dict[str, t.Any], variables: dict[str, t.Any], templar: Templar, names: set[str]) -> dict[str, t.Any]:
    definitions = plugin.option_definitions
    known = names | {alias for name in names for alias in definitions[name].get("aliases", ())}
    for name in sorted(arguments.keys() - known):
        raise ConfigError(f"There is no option '{name}'; the options are {', '.join(sorted(known))}.")
    # Values from variables come untemplated out of the configuration manager, so they go in templated.
    templated = {name: templar.template(variables[name]) for name in _variable_names(definitions) if name in variables}
    try:
        plugin.set_options(var_options=templated, direct=arguments)
        return {name: plugin.get_option(name) for name in names}
    except AnsibleError as exc:
        raise ConfigError(str(exc)) from exc


def _variable_names(definitions: dict[str, t.Any]) -> set[str]:
    return {source["name"] for definition in definitions.values() for source in definition.get("vars", ())}


def gateway_config(options: dict[str, t.Any]) -> GatewayConfig:
    """The gateway that these options ask for, its paths absolute."""
    state_dir = os.path.abspath(options["state_dir"])
    knowledge_dir = options["knowledge_dir"] or os.path.join(state_dir, "knowledge")
    model_path = options["model_path"]
    embedding_model = str(options["embedding_model"])
    if int(options["gateway_idle"]) < 1:
        raise ConfigError(f"gateway_idle is {options['gateway_idle']}; set it to at least 1 second.")
    return GatewayConfig(
        state_dir=state_dir,
        knowledge_dir=os.path.abspath(knowledge_dir),
        gateway_python=str(options["gateway_python"] or sys.executable),
        gateway_idle=int(options["gateway_idle"]),
        # The gateway has another working directory.
        embedding_model=os.path.abspath(embedding_model) if os.path.isdir(embedding_model) else embedding_model,
        model_path=os.path.abspath(model_path) if model_path else None,
        llm_url=_text(options["llm_url"]),
        llm_api_key=_text(options["llm_api_key"]),
        model=_text(options["model"]),
    )


def _text(value: t.Any) -> str | None:
    return str(value) if value else None
