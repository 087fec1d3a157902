# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of the plugins: one definition, that of the lookup's documentation, for the lookup and the actions alike."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import configparser
import dataclasses
import math
import os
import sys
import typing as t

from ansible import constants as C  # noqa: N812
from ansible.errors import AnsibleError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.loader import lookup_loader
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import ConfigError
from ansible_collections.infra_llm.assistant.plugins.module_utils.catalogue._entries import use_catalogue
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway._address import GatewayAddress
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway._config import GatewayConfig

if t.TYPE_CHECKING:
    from collections.abc import Set

LOOKUP = "infra_llm.assistant.infra_llm"
_ADDRESS_OPTIONS = frozenset(field.name for field in dataclasses.fields(GatewayAddress))
_GATEWAY_OPTIONS = _ADDRESS_OPTIONS | {field.name for field in dataclasses.fields(GatewayConfig)}
# Of these a served gateway has its own; state_dir also holds the index of the versions CSV, and the catalogue's names are found here.
_EMBEDDED_OPTIONS = _GATEWAY_OPTIONS - _ADDRESS_OPTIONS - {"state_dir", "catalogue"}
_FLEET_OPTIONS = frozenset({"versions_csv", "versions_csv_encoding"})
_LOOKUP_ONLY = frozenset({"_terms", "output"})
_TYPES = {
    "bool": "true or false",
    "str": "a text",
    "path": "a path",
    "list": "a list",
    "int": "a whole number",
    "float": "a number",
    "raw": "a mapping or a path",
}
_RANGES: dict[str, tuple[float, float]] = {
    "max_tokens": (1, 32_768),
    "temperature": (0, 2),
    "timeout": (1, math.inf),
    "gateway_idle": (1, math.inf),
    "embedding_window": (64, 32_768),
}


class Templar(t.Protocol):
    """What is used of Ansible's templar."""

    def template(self, variable: t.Any) -> t.Any:
        """Render a value."""


class ConfigurablePlugin(t.Protocol):
    """What is used of a plugin that has documented options."""

    @property
    def option_definitions(self) -> dict[str, t.Any]:
        """Documented options by name."""

    def set_option(self, option: str, value: t.Any) -> None:
        """Take the value of one option. Raises AnsibleError."""

    def get_option(self, option: str, hostvars: dict[str, t.Any] | None = None) -> t.Any:
        """The value of one option; one that was not set comes from variables, environment, ini or default. Raises KeyError."""


def read_options(arguments: dict[str, t.Any], variables: dict[str, t.Any], templar: Templar, *, own: frozenset[str]) -> dict[str, t.Any]:
    """Every option of a question with its value from arguments, variables, environment, ini or default.

    An empty value counts as none. Where ``gateway_url`` is set, what only an embedded gateway uses is not looked at and not in the result. The catalogue
    is read, and used in this process from then on. ``own`` are the caller's options beside those that all share; of these the result holds what the
    lookup documents.
    Raises ConfigError for an argument that is no option, or a value of the wrong type, range or choice.
    """
    plugin: ConfigurablePlugin = lookup_loader.get(LOOKUP)
    documented = plugin.option_definitions.keys()
    return _read(plugin, arguments, variables, templar, names=(documented - _LOOKUP_ONLY) | (documented & own), own=own)


def read_gateway_options(
    arguments: dict[str, t.Any], variables: dict[str, t.Any], templar: Templar, *, own: frozenset[str]
) -> tuple[GatewayConfig | GatewayAddress, dict[str, t.Any]]:
    """The gateway that the options ask for, and the arguments that are the caller's ``own``. Raises ConfigError as read_options()."""
    options = _read(lookup_loader.get(LOOKUP), arguments, variables, templar, names=_GATEWAY_OPTIONS, own=own)
    return gateway_config(options), {name: value for name, value in arguments.items() if name in own}


def read_fleet_options(arguments: dict[str, t.Any], variables: dict[str, t.Any], templar: Templar) -> dict[str, t.Any]:
    """The options of the gateway and those that say where the versions of everything that is deployed stand. Raises ConfigError as read_options()."""
    return _read(lookup_loader.get(LOOKUP), arguments, variables, templar, names=_GATEWAY_OPTIONS | _FLEET_OPTIONS, own=frozenset())


def _read(
    plugin: ConfigurablePlugin, arguments: dict[str, t.Any], variables: dict[str, t.Any], templar: Templar, *, names: Set[str], own: frozenset[str]
) -> dict[str, t.Any]:
    definitions = plugin.option_definitions
    aliases = {alias: name for name in names for alias in definitions[name].get("aliases", ())}
    known = names | aliases.keys() | own
    for name in sorted(arguments.keys() - known):
        raise ConfigError(f"There is no option '{name}'; the options are {', '.join(sorted(known))}.")
    given = {aliases.get(name, name): value for name, value in arguments.items() if not _is_empty(value)}
    emptied = _empty_ini_keys()
    options: dict[str, t.Any] = {}
    for name in sorted(names, key=lambda name: name != "gateway_url"):
        if name in _EMBEDDED_OPTIONS and options["gateway_url"]:
            continue
        definition = definitions[name]
        # Values from variables come untemplated out of the configuration manager, so they go in templated.
        templated = {source["name"]: templar.template(variables[source["name"]]) for source in definition.get("vars", ()) if source["name"] in variables}
        present = {variable: value for variable, value in templated.items() if not _is_empty(value)}
        in_ini = not any((source["section"], source["key"]) in emptied for source in definition.get("ini", ()))
        options[name] = _value(plugin, name, given.get(name), present, in_ini=in_ini)
    options["catalogue"] = _use_catalogue(options["catalogue"])
    return options


def _use_catalogue(given: object) -> dict[str, t.Any] | None:
    """Read the operator's extension of the catalogue, and use its names in this process from now on."""
    extension = None
    if given is not None:
        # Most workers have none, and are spared what checks it.
        from ansible_collections.infra_llm.assistant.plugins.module_utils.catalogue._catalogue import read_extension

        extension = read_extension(given)
    use_catalogue(extension)
    return extension


def _value(plugin: ConfigurablePlugin, name: str, argument: object, variables: dict[str, t.Any], *, in_ini: bool) -> t.Any:
    """The value of one option; with ``in_ini`` false, what Ansible's configuration file says of it is not looked at."""
    definition = plugin.option_definitions[name]
    in_environment = [value for source in definition.get("env", ()) if (value := _environment(source["name"]))]
    given = next(iter([*([] if argument is None else [argument]), *variables.values(), *in_environment]), None)
    if given is None and not in_ini:
        argument = definition.get("default")
        if argument is None:
            return None
    try:
        if definition["type"] == "bool" and given is not None:
            boolean(given)  # Ansible itself would take every other word for false
        if argument is not None:
            plugin.set_option(name, argument)
        value = plugin.get_option(name, hostvars=variables)
    except (AnsibleError, KeyError, OverflowError, TypeError) as exc:  # what get_option() and the conversion of numbers raise
        raise _wrong(name, definition, given) from exc
    if name in _RANGES and value is not None:
        lowest, highest = _RANGES[name]
        if not lowest <= value <= highest:
            raise _wrong(name, definition, value)
    return value


def read_boolean(name: str, value: object) -> bool:
    """The truth of an argument that is no option of all. Raises ConfigError where it is neither true nor false."""
    try:
        return bool(boolean(value))
    except TypeError as exc:
        raise ConfigError(f"{name} is '{value}'; set it to true or false.") from exc


def _environment(variable: str) -> str | None:
    """The variable's value. An empty one is removed: Ansible would take an empty path for the current directory."""
    if os.environ.get(variable) == "":
        del os.environ[variable]
    return os.environ.get(variable)


def _is_empty(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value)


def _empty_ini_keys() -> set[tuple[str, str]]:
    """Sections and keys that stand in Ansible's configuration file without a value."""
    path = C.config.get_config_value("CONFIG_FILE")
    if not path:
        return set()
    parser = configparser.ConfigParser(inline_comment_prefixes=(";",), interpolation=None)  # as Ansible reads it
    parser.read(path, encoding="utf-8")
    return {(section, key) for section in parser.sections() for key, value in parser.items(section) if not value.strip("\"'")}


def _wrong(name: str, definition: dict[str, t.Any], value: object) -> ConfigError:
    wanted = f"one of {', '.join(definition['choices'])}" if "choices" in definition else _TYPES[definition["type"]]
    if name in _RANGES:
        lowest, highest = _RANGES[name]
        wanted += f" of at least {lowest}" if highest == math.inf else f" from {lowest} to {highest}"
    # Only of numbers and choices the value is shown: in place of a text there may stand a secret with something around it.
    shown = isinstance(value, (str, int, float)) and (name in _RANGES or "choices" in definition)
    said = f"is '{value}'" if shown else "has a wrong value"
    return ConfigError(f"{name} {said}; set it to {wanted}.")


def gateway_config(options: dict[str, t.Any]) -> GatewayConfig | GatewayAddress:
    """The gateway that these options ask for, its paths absolute: the served one where its address is set, else an embedded one."""
    if options["gateway_url"]:
        ca_bundle = options["gateway_ca_bundle"]
        return GatewayAddress(str(options["gateway_url"]), _text(options["gateway_token"]), os.path.abspath(ca_bundle) if ca_bundle else None)
    state_dir = os.path.abspath(options["state_dir"])
    knowledge_dir = options["knowledge_dir"] or os.path.join(state_dir, "knowledge")
    model_path = options["model_path"]
    return GatewayConfig(
        state_dir=state_dir,
        knowledge_dir=os.path.abspath(knowledge_dir),
        gateway_python=str(options["gateway_python"] or sys.executable),
        gateway_idle=int(options["gateway_idle"]),
        embedding_model=_embedding_model(str(options["embedding_model"])),
        embedding_query_prefix=_text(options["embedding_query_prefix"]),
        embedding_passage_prefix=_text(options["embedding_passage_prefix"]),
        embedding_window=options["embedding_window"],
        embedding_pooling=options["embedding_pooling"],
        embedding_url=_text(options["embedding_url"]),
        embedding_api_key=_text(options["embedding_api_key"]),
        chroma_url=_text(options["chroma_url"]),
        model_path=os.path.abspath(model_path) if model_path else None,
        llm_url=_text(options["llm_url"]),
        llm_api_key=_text(options["llm_api_key"]),
        model=_text(options["model"]),
        catalogue=options["catalogue"],
    )


def _embedding_model(given: str) -> str:
    """A path is made absolute, for the gateway has another working directory; a name stays as it is."""
    path = os.path.expanduser(given)
    return os.path.abspath(path) if os.path.isdir(path) or path.lower().endswith(".gguf") else path


def _text(value: t.Any) -> str | None:
    return str(value) if value else None
