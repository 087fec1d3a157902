# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The versions of everything that is deployed, without a question: what the knowledge base should have."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import itertools
import typing as t

from ._deployed import FIRST_ASKED, Deployed
from ._names import name_index

if t.TYPE_CHECKING:
    from ._deployed import Inventory
    from ._versions_csv import Versions


def fleet_versions(inventory: Inventory, versions: Versions | None) -> tuple[dict[str, dict[str, int]], list[str]]:
    """Return product -> version -> number of hosts from the CSV and every host's ``infra_llm_software``, and warnings about unusable items."""
    deployed = Deployed(inventory, versions, name_index(inventory.groups()))
    hosts = iter(inventory.groups().get("all", ()))
    # In batches so small that none of a batch is passed over.
    while batch := list(itertools.islice(hosts, FIRST_ASKED)):
        deployed.ask(batch)
    return deployed.fleet_counts(), deployed.warnings
