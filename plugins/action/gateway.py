# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start, stop or look at the gateway of the controller; look at a served one."""

from __future__ import annotations

import typing as t

from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import ConfigError
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway.client._address import GatewayAddress
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway.client._client import open_gateway
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway.client._embedded import EmbeddedGateway
from ansible_collections.infra_llm.assistant.plugins.plugin_utils._action import ControllerAction
from ansible_collections.infra_llm.assistant.plugins.plugin_utils._option_values import read_gateway_options

_STATES = ("started", "stopped", "status")


class ActionModule(ControllerAction):
    """The gateway as a task."""

    def act(self, variables: dict[str, t.Any]) -> dict[str, t.Any]:
        config, own = read_gateway_options(self._task.args, variables, self._templar, own=frozenset({"state"}))
        state = own.get("state", "started")
        if state not in _STATES:
            raise ConfigError(f"state '{state}' is not known; it is one of {', '.join(_STATES)}.")
        if isinstance(config, GatewayAddress):
            return _served(config, state)
        client = EmbeddedGateway(config)
        running = client.status()
        if state == "status":
            changed = False
        elif self._task.check_mode:
            changed = running is not None if state == "stopped" else not client.matches()
        else:
            changed = client.start() if state == "started" else client.stop()
            running = client.status()
        shown = {} if running is None else {"gateway": running}
        return {"changed": changed, "running": running is not None, **shown}


def _served(address: GatewayAddress, state: str) -> dict[str, t.Any]:
    if state != "status":
        raise ConfigError(
            f"The gateway at gateway_url is a service and is not {state} from here; on its machine use systemctl with infra-llm-gateway, or unset gateway_url."
        )
    return {"changed": False, "running": True, "on_this_machine": address.on_this_machine, "gateway": open_gateway(address).status()}
