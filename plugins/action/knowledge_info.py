# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the knowledge base has, beside what the versions CSV and the inventory say is deployed."""

from __future__ import annotations

import typing as t

from ansible_collections.infra_llm.assistant.plugins.module_utils.infrastructure._fleet import fleet_versions
from ansible_collections.infra_llm.assistant.plugins.plugin_utils._action import ControllerAction
from ansible_collections.infra_llm.assistant.plugins.plugin_utils._ask import open_play_versions
from ansible_collections.infra_llm.assistant.plugins.plugin_utils._inventory import PlayInventory
from ansible_collections.infra_llm.assistant.plugins.plugin_utils._knowledge import knowledge_gateway
from ansible_collections.infra_llm.assistant.plugins.plugin_utils._option_values import gateway_config, read_fleet_options

_LOADING_SECONDS = 180  # of a gateway that has just been started


class ActionModule(ControllerAction):
    """Compare what is deployed with what is known; changes nothing."""

    def act(self, variables: dict[str, t.Any]) -> dict[str, t.Any]:
        options = read_fleet_options(self._task.args, variables, self._templar)
        versions = open_play_versions(options, variables, self._loader)
        inventory = PlayInventory(variables, self._templar)
        fleet, warnings = fleet_versions(inventory, versions)
        deployed = {product: list(counts) for product, counts in fleet.items()}
        result = knowledge_gateway(gateway_config(options)).request("POST", "/knowledge/compare", {"deployed": deployed}, timeout=_LOADING_SECONDS)
        skipped = [] if versions is None else versions.warnings
        return {"changed": False, "deployed": fleet, **result, "warnings": [*inventory.warnings(), *skipped, *warnings]}
