# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the lookup in the form in which Ansible's configuration manager wants them.

Ansible would read them from the documentation in every process that loads the lookup, and parsing that much YAML takes longer than asking a question.
"""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import json
import typing as t

from ansible import constants as C  # noqa: N812
from ansible_collections.infra_llm.assistant.plugins.module_utils._options import OPTIONS, Option


def definitions() -> dict[str, dict[str, t.Any]]:
    """Every option with its one name in all sources."""
    terms = {"_terms": {"type": "list", "elements": "str", "required": True}}
    return terms | {name: {**_value(option), **_sources(name, option)} for name, option in OPTIONS.items()}


def documented_sources(documentation: str) -> str:
    """As documentation, the sources of the options that a fragment documents."""
    import yaml

    return json.dumps({"options": {name: _sources(name, OPTIONS[name]) for name in yaml.safe_load(documentation)["options"]}})


def _value(option: Option) -> dict[str, t.Any]:
    said: dict[str, t.Any] = {"type": option.type}
    if option.elements:
        said["elements"] = option.elements
    if option.aliases:
        said["aliases"] = list(option.aliases)
    if option.choices:
        said["choices"] = list(option.choices)
    if option.default is not None:
        said["default"] = option.default
    return said


def _sources(name: str, option: Option) -> dict[str, t.Any]:
    """Where the option may be given; a secret not in a file that is no secret."""
    sources: dict[str, t.Any] = {"env": [{"name": f"INFRA_LLM_{name.upper()}"}], "vars": [{"name": f"infra_llm_{name}"}]}
    return sources | ({"secret": True} if option.secret else {"ini": [{"section": "infra_llm", "key": name}]})


def define_options(*plugins: str) -> None:
    """Tell Ansible the options of the lookup, by each name under which it is loaded. A version of Ansible without this call reads the documentation."""
    define = getattr(C.config, "initialize_plugin_configuration_definitions", None)
    if define is not None:
        for plugin in plugins:
            define("lookup", plugin, definitions())
