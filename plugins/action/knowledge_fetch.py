# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fetching of one product version's documentation, with its progress on the terminal."""

from __future__ import annotations

import os
import re
import typing as t

from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import ConfigError
from ansible_collections.infra_llm.assistant.plugins.plugin_utils._action import ControllerAction
from ansible_collections.infra_llm.assistant.plugins.plugin_utils._knowledge import work_in_gateway
from ansible_collections.infra_llm.assistant.plugins.plugin_utils._option_values import read_boolean, read_gateway_options

_ARGUMENTS = frozenset({"kind", "product", "version", "versions", "source", "repository", "reference", "stack_exchange_key", "refresh", "proxy", "ca_bundle"})
_KINDS = ("docs", "house", "qa")
_SOURCES = ("git", "archive", "web")
_NEEDED = {"docs": ("product", "version"), "qa": ("product",), "house": ("repository",)}


class ActionModule(ControllerAction):
    """Have the gateway fetch what a catalogue entry says, for it owns the knowledge base."""

    def act(self, variables: dict[str, t.Any]) -> dict[str, t.Any]:
        config, own = read_gateway_options(self._task.args, variables, self._templar, own=_ARGUMENTS)
        wanted = {name: str(own[name]) for name in ("kind", "product", "version", "source", "repository", "reference") if own.get(name)}
        kind = wanted.setdefault("kind", "docs")
        if kind not in _KINDS:
            raise ConfigError(f"kind '{kind}' is not known; it is one of {', '.join(_KINDS)}.")
        if wanted.get("source", "git") not in _SOURCES:
            raise ConfigError(f"source '{wanted['source']}' is not known; it is one of {', '.join(_SOURCES)}.")
        missing = [name for name in _NEEDED[kind] if not wanted.get(name)]
        if missing:
            raise ConfigError(f"The option '{missing[0]}' is missing; kind {kind} needs {' and '.join(_NEEDED[kind])}.")
        if kind == "house":
            wanted["repository"] = _repository(wanted["repository"])
        versions = own.get("versions") or []
        request = {
            **wanted,
            "versions": [str(version) for version in (versions if isinstance(versions, list) else [versions])],
            "refresh": read_boolean("refresh", own.get("refresh", False)),
            "check": bool(self._task.check_mode),
            "key": own.get("stack_exchange_key") or None,
            # The gateway may have been started from another environment.
            "proxy": own.get("proxy") or _environment("https_proxy", "http_proxy"),
            "ca_bundle": own.get("ca_bundle") or _environment("requests_ca_bundle", "ssl_cert_file"),
        }
        title = f"{wanted.get('product') or kind} {wanted.get('version', '')}".strip()
        result = work_in_gateway(config, "/knowledge/fetch", request, title=title)
        if self._task.diff and result["changed"]:
            result["diff"] = {"prepared": result.get("plan") or f"{title}: {result['files']} files from {result['location']} at {result['reference']}"}
        return result


def _repository(given: str) -> str:
    """A path is made absolute, for the gateway has another working directory; an address stays as it is."""
    if re.match(r"[a-z+]+://|[^/]+:", given):
        return given
    path = os.path.abspath(os.path.expanduser(given))
    if not os.path.isdir(path):
        raise ConfigError(f"{path} does not exist; give the directory or the git repository of your runbooks.")
    return path


def _environment(*names: str) -> str | None:
    return next((value for name in names for spelled in (name, name.upper()) if (value := os.environ.get(spelled))), None)
