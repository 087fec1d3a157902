# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Work on the knowledge base that takes long: done by the gateway, its progress on the terminal."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import time
import typing as t

from ansible.utils.display import Display
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import ConfigError, ServiceError
from ansible_collections.infra_llm.assistant.plugins.module_utils._visible_text import visible_text
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway.client._address import GatewayAddress
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway.client._client import open_gateway
from ansible_collections.infra_llm.assistant.plugins.plugin_utils._progress import ProgressBar

if t.TYPE_CHECKING:
    from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway._config import GatewayConfig
    from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway.client._client import Gateway

_SILENCE_SECONDS = 600  # between two signs of life of the gateway; loading the embedding model is the longest


def knowledge_gateway(config: GatewayConfig | GatewayAddress) -> Gateway:
    """The gateway that owns the knowledge base. Raises ConfigError when it is on another machine: it is handed paths."""
    if isinstance(config, GatewayAddress) and not config.on_this_machine:
        raise ConfigError(
            "The knowledge base of a served gateway is worked on only on its own machine; run this there with "
            "-e infra_llm_gateway_url=unix:/run/infra_llm/gateway.sock as the gateway's user, or from here playbooks/ingest.yml without knowledge_source."
        )
    return open_gateway(config)


def work_in_gateway(config: GatewayConfig | GatewayAddress, path: str, request: dict[str, t.Any], *, title: str) -> dict[str, t.Any]:
    """Send a request that reports its progress, show that under ``title``, and return the result."""
    progress_bar = ProgressBar(visible_text(title), Display(), time.monotonic)
    for event in knowledge_gateway(config).stream("POST", path, request, timeout=_SILENCE_SECONDS):
        if "result" in event:
            result: dict[str, t.Any] = event["result"]
            return result
        progress = event.get("progress")
        if progress:
            progress_bar.show(progress["done"], progress["total"], progress.get("unit", "chunks"))
    raise ServiceError("The gateway ended while it was at work; run this again, it goes on where it was.")
