# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The caller's door to the engine: the gateway that is served where its address is set, else the embedded one of this machine."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import typing as t

from ._address import GatewayAddress

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ...answering._result import Result
    from .._config import GatewayConfig


class Gateway(t.Protocol):
    """A gateway as its callers see it. Every method raises the engine's errors."""

    def request(self, method: str, path: str, body: object = None, *, timeout: float) -> dict[str, t.Any]:
        """Send one request and return the JSON object that answers it; ``timeout`` is in seconds."""

    def ask(self, question: dict[str, t.Any], *, timeout: float, report: Callable[[str], None] | None = None) -> Result:
        """Ask and return the result; with ``report`` that is called with each piece of the answer as it is written."""

    def stream(self, method: str, path: str, body: object = None, *, timeout: float) -> Iterator[dict[str, t.Any]]:
        """Send a request that is answered by one JSON object a line; ``timeout`` is that of one line."""

    def status(self) -> dict[str, t.Any] | None:
        """The gateway's health, or None when an embedded one does not run."""


def open_gateway(gateway: GatewayConfig | GatewayAddress) -> Gateway:
    """The client for what `gateway_config` of plugin_utils says. Nothing is sent or started before the first request."""
    # Each caller needs one of them only, and every lookup imports them anew.
    if isinstance(gateway, GatewayAddress):
        from ._served import ServedGateway

        return ServedGateway(gateway)
    from ._embedded import EmbeddedGateway

    return EmbeddedGateway(gateway)
