# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a served gateway is and what it takes to be let in."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class GatewayAddress:
    """Options of a served gateway, by their public names."""

    gateway_url: str
    gateway_token: str | None = dataclasses.field(default=None, repr=False)
    gateway_ca_bundle: str | None = None

    @property
    def on_this_machine(self) -> bool:
        """Whether it is reached by a unix socket, so that it sees the same files as the caller."""
        return self.gateway_url.startswith("unix:")
