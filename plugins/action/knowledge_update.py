# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An update of a served gateway's knowledge, asked for and followed from here."""

from __future__ import annotations

import time
import typing as t
from urllib.parse import quote

from ansible.utils.display import Display
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import ConfigError, ServiceError
from ansible_collections.infra_llm.assistant.plugins.module_utils._visible_text import visible_text
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway.client._address import GatewayAddress
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway.client._client import open_gateway
from ansible_collections.infra_llm.assistant.plugins.plugin_utils._action import ControllerAction
from ansible_collections.infra_llm.assistant.plugins.plugin_utils._option_values import read_boolean, read_gateway_options

if t.TYPE_CHECKING:
    from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway.client._client import Gateway

_ARGUMENTS = frozenset({"refresh", "prune", "community"})
_DEFAULTS = {"refresh": False, "prune": False, "community": True}
_REQUEST_SECONDS = 30
_PAUSE_SECONDS = 2.0
_LOST_SECONDS = 120.0  # for which a gateway may be away before its job is given up


class ActionModule(ControllerAction):
    """Have the gateway fetch and index, on its own machine, what is deployed."""

    def act(self, variables: dict[str, t.Any]) -> dict[str, t.Any]:
        address, own = read_gateway_options(self._task.args, variables, self._templar, own=_ARGUMENTS)
        if not isinstance(address, GatewayAddress):
            raise ConfigError("There is no served gateway to update; set gateway_url, or run playbooks/ingest.yml for the gateway of this machine.")
        wanted = {name: read_boolean(name, own.get(name, default)) for name, default in _DEFAULTS.items()}
        if self._task.check_mode:
            return {"changed": True, "lines": []}
        gateway = open_gateway(address)
        job = gateway.request("POST", "/update-knowledge", wanted, timeout=_REQUEST_SECONDS)
        if not job.get("id"):
            raise ServiceError("The gateway did not say which job it began; check that gateway_url is the address of a gateway of this collection's version.")
        job = _follow(gateway, job)
        if job.get("state") != "succeeded":
            reason = job.get("error") or "it does not say why"
            raise ServiceError(f"The gateway's update of its knowledge failed ({visible_text(str(reason)).strip().rstrip('.')}); read what it reported above.")
        return {"changed": True, "job": job["id"], "lines": job.get("lines", [])}


def _follow(gateway: Gateway, job: dict[str, t.Any]) -> dict[str, t.Any]:
    """Show what the job reports until it has ended, and return it as it is then."""
    path = f"/jobs/{quote(str(job['id']), safe='')}"
    shown, heard = 0, time.monotonic()
    while True:
        # Of a long report the gateway keeps the end alone.
        lines, dropped = job.get("lines") or [], int(job.get("dropped") or 0)
        for line in lines[max(0, shown - dropped) :]:
            Display().display(visible_text(str(line)))
        shown = dropped + len(lines)
        if job.get("state") != "running":
            return job
        time.sleep(_PAUSE_SECONDS)
        try:
            job = gateway.request("GET", path, timeout=_REQUEST_SECONDS)
            heard = time.monotonic()
        except ServiceError as exc:
            # Without a status it is away, being restarted perhaps.
            if exc.status is not None or time.monotonic() - heard > _LOST_SECONDS:
                raise
