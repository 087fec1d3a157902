# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Indexing of one directory of documentation, with its progress on the terminal."""

from __future__ import annotations

import os
import time
import typing as t

from ansible.utils.display import Display
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import ConfigError, ServiceError
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway._client import GatewayClient
from ansible_collections.infra_llm.assistant.plugins.plugin_utils._action import ControllerAction
from ansible_collections.infra_llm.assistant.plugins.plugin_utils._options import read_gateway_options
from ansible_collections.infra_llm.assistant.plugins.plugin_utils._progress import ProgressBar

_ARGUMENTS = frozenset({"path", "kind", "product", "version"})
_KINDS = ("docs", "house", "qa")
_SILENCE_SECONDS = 600  # between two signs of life of the gateway; loading the embedding model is the longest


class ActionModule(ControllerAction):
    """Hand a directory to the gateway, which alone owns the knowledge base."""

    def act(self, variables: dict[str, t.Any]) -> dict[str, t.Any]:
        config, own = read_gateway_options(self._task.args, variables, self._templar, own=_ARGUMENTS)
        source = self._source(own)
        progress = ProgressBar(f"{source['product'] or source['kind']} {source['version']}", Display(), time.monotonic)
        for event in GatewayClient(config).stream("POST", "/knowledge/index", source, timeout=_SILENCE_SECONDS):
            if "result" in event:
                result: dict[str, t.Any] = event["result"]
                return result
            progress.show(event["progress"]["done"], event["progress"]["total"])
        raise ServiceError("The gateway ended while it was indexing; run this again, it goes on where it was.")

    def _source(self, arguments: dict[str, t.Any]) -> dict[str, t.Any]:
        path, kind = arguments.get("path"), arguments.get("kind", "docs")
        if not isinstance(path, str) or not path:
            raise ConfigError("The option 'path' is missing; give the directory of the documents.")
        path = os.path.abspath(os.path.expanduser(path))
        if not os.path.isdir(path):
            raise ConfigError(f"{path} is not a directory; give the directory that holds the documents of one version.")
        if kind not in _KINDS:
            raise ConfigError(f"kind '{kind}' is not known; it is one of {', '.join(_KINDS)}.")
        names = {name: str(arguments.get(name) or "") for name in ("product", "version")}
        if kind == "docs" and not all(names.values()):
            raise ConfigError(f"The documentation in {path} needs both 'product' and 'version'.")
        if kind == "qa" and not names["product"]:
            raise ConfigError(f"The questions and answers in {path} need a 'product'; their versions are those of their front matter.")
        return {"path": path, "kind": kind, "product": names["product"], "version": names["version"] or "unversioned", "check": bool(self._task.check_mode)}
