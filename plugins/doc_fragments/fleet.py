# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that say where the versions of everything that is deployed stand."""

from __future__ import annotations

from ansible_collections.infra_llm.assistant.plugins.plugin_utils._option_definitions import documented_sources


class ModuleDocFragment:
    """Options that say where the versions of everything that is deployed stand."""

    DOCUMENTATION = r"""
---
options:
    versions_csv:
        description:
            - CSV file with the columns C(server), C(product), C(version) and C(os_version) that says which software runs where.
            - The default is C(versions.csv) beside the inventory.
            - The host variable C(infra_llm_software), a list of C(product) and C(version), adds to it and goes before it.
        type: path
    versions_csv_encoding:
        description:
            - Encoding of O(versions_csv) when it is not UTF-8, such as V(cp1251).
        type: str
"""

    PLUGINS: str = documented_sources(DOCUMENTATION)
