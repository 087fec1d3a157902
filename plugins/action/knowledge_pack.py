# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Moving of knowledge between sites as one file."""

from __future__ import annotations

import os
import typing as t

from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import ConfigError
from ansible_collections.infra_llm.assistant.plugins.plugin_utils._action import ControllerAction
from ansible_collections.infra_llm.assistant.plugins.plugin_utils._knowledge import work_in_gateway
from ansible_collections.infra_llm.assistant.plugins.plugin_utils._option_values import read_gateway_options

_ARGUMENTS = frozenset({"path", "state", "versions"})
_STATES = ("exported", "imported")


class ActionModule(ControllerAction):
    """Have the gateway write a pack of what it knows, or take one in."""

    def act(self, variables: dict[str, t.Any]) -> dict[str, t.Any]:
        config, own = read_gateway_options(self._task.args, variables, self._templar, own=_ARGUMENTS)
        state, path = own.get("state"), own.get("path")
        if state not in _STATES:
            raise ConfigError(f"state '{state}' is not known; it is one of {', '.join(_STATES)}.")
        if not isinstance(path, str) or not path:
            raise ConfigError("The option 'path' is missing; give the file of the pack.")
        versions = own.get("versions") or []
        if not isinstance(versions, list) or not all(isinstance(item, dict) and item.get("product") is not None for item in versions):
            raise ConfigError("versions must be a list of {product, version, kind}; leave it out to export everything.")
        chosen = [{"kind": item.get("kind", "docs"), "product": str(item["product"]), "version": str(item.get("version", "unversioned"))} for item in versions]
        request = {"path": os.path.abspath(os.path.expanduser(path)), "versions": chosen, "check": bool(self._task.check_mode)}
        return work_in_gateway(config, f"/knowledge/{'export' if state == 'exported' else 'import'}", request, title=os.path.basename(path))
