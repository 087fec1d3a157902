# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The values of the options for the lookup and the actions alike: from arguments, variables, environment, ``ansible.cfg`` or the default."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import configparser
import math
import os
import sys
import typing as t

from ansible import constants as C  # noqa: N812
from ansible.errors import AnsibleError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.loader import lookup_loader
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import ConfigError
from ansible_collections.infra_llm.assistant.plugins.module_utils._options import OPTIONS, option_names
from ansible_collections.infra_llm.assistant.plugins.module_utils._visible_text import visible_text
from ansible_collections.infra_llm.assistant.plugins.module_utils.catalogue._entries import use_catalogue
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway._config import GatewayConfig
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway.client._address import GatewayAddress
from jinja2 import Undefined

if t.TYPE_CHECKING:
    from collections.abc import Set

LOOKUP = "infra_llm.assistant.infra_llm"
# A served gateway has these of its own. The directory also holds the index of the versions CSV, and the catalogue's names are found here.
_OF_A_GATEWAY_HERE = frozenset(option_names("engine", "embedded")) - {"state_dir", "catalogue"}
_GATEWAY_OPTIONS = frozenset(option_names("address", "engine", "embedded"))
_FLEET_OPTIONS = frozenset({"versions_csv", "versions_csv_encoding"})
_LOOKUP_ONLY = frozenset({"_terms", "output"})
_LONGEST_SHOWN = 40  # characters of a wrong value


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
        if name in _OF_A_GATEWAY_HERE and options["gateway_url"]:
            continue
        definition = definitions[name]
        # Values from variables come untemplated out of the configuration manager, so they go in templated.
        templated = {source["name"]: _templated(name, source["name"], variables, templar) for source in definition["vars"] if source["name"] in variables}
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


def _templated(name: str, variable: str, variables: dict[str, t.Any], templar: Templar) -> t.Any:
    try:
        value = templar.template(variables[variable])
    except AnsibleError as exc:
        raise _unreadable(name, variable, (str(exc).strip().splitlines() or [type(exc).__name__])[0].rstrip(".")) from exc
    if isinstance(value, Undefined):  # what a lookup gets where an action gets the error
        raise _unreadable(name, variable, "it is undefined")
    return value


def _unreadable(name: str, variable: str, reason: str) -> ConfigError:
    advice = "give the vault's password with --ask-vault-pass or --vault-password-file" if "decrypt" in reason else "correct the variable"
    return ConfigError(f"{name} cannot be taken from the variable {variable} ({reason}); {advice}, or give {name} itself.")


def _value(plugin: ConfigurablePlugin, name: str, argument: object, variables: dict[str, t.Any], *, in_ini: bool) -> t.Any:
    """The value of one option; with ``in_ini`` false, what Ansible's configuration file says of it is not looked at."""
    option = OPTIONS[name]
    in_environment = [set_to for source in plugin.option_definitions[name]["env"] if (set_to := _environment(source["name"]))]
    given = next(iter([*([] if argument is None else [argument]), *variables.values(), *in_environment]), None)
    if given is None and not in_ini:
        argument = option.default
        if argument is None:
            return None
    if option.type in ("int", "float") and not _may_be_number(given):
        raise _wrong(name, given)
    try:
        if option.type == "bool" and given is not None:
            boolean(given)  # Ansible itself would take every other word for false
        if argument is not None:
            plugin.set_option(name, argument)
        value = plugin.get_option(name, hostvars=variables)
    except (AnsibleError, KeyError, OverflowError, TypeError, ValueError) as exc:  # what get_option() and the conversion of numbers raise
        raise _wrong(name, given) from exc
    if isinstance(value, list):
        value = [str(item) if isinstance(item, int) and not isinstance(item, bool) else item for item in value]
    if value is not None and not option.accepts(value):
        raise _wrong(name, value)
    return value


def _may_be_number(given: object) -> bool:
    """False for what Ansible would take for a number and nobody means as one: true is 1 to it, and 1e999999999 a thousand million digits."""
    if isinstance(given, bool):
        return False
    try:
        return not isinstance(given, str) or math.isfinite(float(given))
    except ValueError:
        return True  # Ansible will say so


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


def _wrong(name: str, value: object) -> ConfigError:
    option = OPTIONS[name]
    # Only of numbers and choices the value is shown: in place of a text there may stand a secret with something around it.
    shown = isinstance(value, (str, int, float)) and (option.type in ("int", "float") or bool(option.choices))
    said = f"is '{_short(value)}'" if shown else "has a wrong value"
    return ConfigError(f"{name} {said}; set it to {option.wanted}.")


def _short(value: object) -> str:
    text = visible_text(str(value))
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."


def gateway_config(options: dict[str, t.Any]) -> GatewayConfig | GatewayAddress:
    """The gateway that these options ask for, its paths absolute: the served one where its address is set, else an embedded one."""
    if options["gateway_url"]:
        return GatewayAddress(**{name: _for_gateway(name, options[name]) for name in option_names("address")})
    values = {name: _for_gateway(name, options[name]) for name in option_names("engine", "embedded")}
    values["knowledge_dir"] = values["knowledge_dir"] or os.path.join(values["state_dir"], "knowledge")
    values["gateway_python"] = values["gateway_python"] or sys.executable
    values["embedding_model"] = _embedding_model(values["embedding_model"])
    return GatewayConfig(**values)


def _for_gateway(name: str, value: t.Any) -> t.Any:
    """A plain value, paths being absolute, for a gateway has another working directory."""
    if value is None or not isinstance(value, str):
        return value
    if not value:
        return None
    return os.path.abspath(value) if OPTIONS[name].type == "path" else str(value)


def _embedding_model(given: str) -> str:
    """A path is made absolute as well; a name stays as it is."""
    path = os.path.expanduser(given)
    return os.path.abspath(path) if os.path.isdir(path) or path.lower().endswith(".gguf") else path
