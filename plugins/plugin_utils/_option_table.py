# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that the documentation of the lookup lists, in the form in which Ansible's configuration manager wants them.

Ansible would read them from the documentation in every process that loads the lookup, and parsing that much YAML takes longer than asking a question.
A test sees to it that both say the same.
"""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import typing as t

from ansible import constants as C  # noqa: N812

_WITHOUT_INI: t.Final = frozenset({"embedding_api_key", "gateway_token", "llm_api_key"})
_OPTIONS: t.Final[dict[str, dict[str, t.Any]]] = {
    "gateway_url": {"type": "str"},
    "gateway_token": {"type": "str", "secret": True},
    "gateway_ca_bundle": {"type": "path"},
    "state_dir": {"type": "path", "default": "~/.local/state/infra_llm"},
    "knowledge_dir": {"type": "path"},
    "gateway_python": {"type": "path"},
    "gateway_idle": {"type": "int", "default": 900},
    "embedding_model": {"type": "str", "default": "all-MiniLM-L6-v2"},
    "embedding_query_prefix": {"type": "str"},
    "embedding_passage_prefix": {"type": "str"},
    "embedding_window": {"type": "int"},
    "embedding_pooling": {"type": "str", "choices": ["mean", "cls", "last"]},
    "embedding_url": {"type": "str"},
    "embedding_api_key": {"type": "str", "secret": True},
    "chroma_url": {"type": "str"},
    "model_path": {"type": "path"},
    "llm_url": {"type": "str"},
    "llm_api_key": {"type": "str", "secret": True},
    "model": {"type": "str"},
    "catalogue": {"type": "raw"},
    "hosts": {"type": "list", "elements": "str", "aliases": ["host"]},
    "mode": {"type": "str", "choices": ["answer", "extractive", "context"], "default": "answer"},
    "max_tokens": {"type": "int", "default": 512},
    "temperature": {"type": "float", "default": 0.0},
    "timeout": {"type": "int", "default": 300},
    "strict_version": {"type": "str", "choices": ["off", "minor", "exact"], "default": "off"},
    "hostvars_allow": {"type": "list", "elements": "str"},
    "hostvars_deny": {"type": "list", "elements": "str", "default": []},
    "on_llm_error": {"type": "str", "choices": ["extract", "fail"], "default": "extract"},
    "schema": {"type": "raw"},
    "stream": {"type": "bool", "default": False},
    "versions_csv": {"type": "path"},
    "versions_csv_encoding": {"type": "str"},
    "output": {"type": "str", "choices": ["text", "full"], "default": "text"},
}


def definitions() -> dict[str, dict[str, t.Any]]:
    """Every option with its one name in all sources."""
    defined = {"_terms": {"type": "list", "elements": "str", "required": True}}
    for name, option in _OPTIONS.items():
        defined[name] = {**option, "env": [{"name": f"INFRA_LLM_{name.upper()}"}], "vars": [{"name": f"infra_llm_{name}"}]}
        if name not in _WITHOUT_INI:
            defined[name]["ini"] = [{"section": "infra_llm", "key": name}]
    return defined


def define_options(*plugins: str) -> None:
    """Tell Ansible the options of the lookup, by each name under which it is loaded. A version of Ansible without this call reads the documentation."""
    define = getattr(C.config, "initialize_plugin_configuration_definitions", None)
    if define is not None:
        for plugin in plugins:
            define("lookup", plugin, definitions())
