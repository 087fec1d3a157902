# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Indexing of one directory of documentation, with its progress on the terminal, and forgetting of one version."""

from __future__ import annotations

import os
import typing as t

from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import ConfigError
from ansible_collections.infra_llm.assistant.plugins.plugin_utils._action import ControllerAction
from ansible_collections.infra_llm.assistant.plugins.plugin_utils._knowledge import knowledge_gateway, work_in_gateway
from ansible_collections.infra_llm.assistant.plugins.plugin_utils._option_values import read_gateway_options

_ARGUMENTS = frozenset({"path", "kind", "product", "version", "state"})
_KINDS = ("docs", "house", "qa")
_STATES = ("present", "absent")
_REMOVAL_SECONDS = 600


class ActionModule(ControllerAction):
    """Hand a directory to the gateway, which alone owns the knowledge base."""

    def act(self, variables: dict[str, t.Any]) -> dict[str, t.Any]:
        config, own = read_gateway_options(self._task.args, variables, self._templar, own=_ARGUMENTS)
        kind, state = own.get("kind", "docs"), own.get("state", "present")
        if kind not in _KINDS:
            raise ConfigError(f"kind '{kind}' is not known; it is one of {', '.join(_KINDS)}.")
        if state not in _STATES:
            raise ConfigError(f"state '{state}' is not known; it is one of {', '.join(_STATES)}.")
        names = {name: str(own.get(name) or "") for name in ("product", "version")}
        if state == "absent":
            if kind == "docs" and not all(names.values()):
                raise ConfigError("To remove documentation, give both 'product' and 'version'.")
            unwanted = {"kind": kind, **names, "version": names["version"] or "unversioned", "check": bool(self._task.check_mode)}
            return knowledge_gateway(config).request("POST", "/knowledge/remove", unwanted, timeout=_REMOVAL_SECONDS)
        source = {"path": self._directory(own.get("path")), "kind": kind, **names, "check": bool(self._task.check_mode)}
        self._require_names(source)
        source["version"] = names["version"] or "unversioned"
        title = f"{names['product'] or kind} {source['version']}"
        result = work_in_gateway(config, "/knowledge/index", source, title=title)
        if result["changed"]:
            embedded = result["to_embed"] if source["check"] else result["embedded"]
            result["summary"] = (
                f"{title}: {result['pages']} pages, {result['sections_changed']} of {result['sections']} sections new or changed, "
                f"{embedded} of {result['chunks']} passages to embed, {result['skipped_count']} files left out"
            )
            if self._task.diff:
                result["diff"] = {"prepared": result["summary"]}
        return result

    @staticmethod
    def _directory(path: object) -> str:
        if not isinstance(path, str) or not path:
            raise ConfigError("The option 'path' is missing; give the directory of the documents.")
        path = os.path.abspath(os.path.expanduser(path))
        if not os.path.isdir(path):
            raise ConfigError(f"{path} is not a directory; give the directory that holds the documents of one version.")
        return path

    @staticmethod
    def _require_names(source: dict[str, t.Any]) -> None:
        path = source["path"]
        if source["kind"] == "docs" and not (source["product"] and source["version"]):
            raise ConfigError(f"The documentation in {path} needs both 'product' and 'version'.")
        if source["kind"] == "qa" and not source["product"]:
            raise ConfigError(f"The questions and answers in {path} need a 'product'; their versions are those of their front matter.")
