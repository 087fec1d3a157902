# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: knowledge_update
author: infra_llm.assistant contributors (@infra-llm)
version_added: 0.1.0
short_description: Have a served gateway update its knowledge
description:
    - >-
      Asks the gateway at O(gateway_url) to fetch and index, on its own machine, the documentation of what its copy of the versions CSV and the inventory
      says is deployed. Shows what it reports, and fails when it fails.
    - The token must not be a read-only one.
    - Where the gateway runs on this machine, the playbook C(ingest.yml) does the same by itself.
options:
    refresh:
        description:
            - Ask the sources again for what was fetched before.
        type: bool
        default: false
    prune:
        description:
            - Remove what nobody runs any more.
        type: bool
        default: false
    community:
        description:
            - Fetch questions and answers of communities too.
        type: bool
        default: true
extends_documentation_fragment:
    - infra_llm.assistant.gateway
attributes:
    action:
        description: The request is sent from the controller.
        support: full
    check_mode:
        description: Asks for nothing. The plan is printed where the gateway runs, by C(ingest.yml) with C(--check).
        support: partial
    diff_mode:
        description: There is nothing to compare.
        support: none
    async:
        description: The controller waits for the end.
        support: none
seealso:
    - module: infra_llm.assistant.gateway
    - module: infra_llm.assistant.knowledge_fetch
"""

EXAMPLES = r"""
- name: Bring the gateway's knowledge up to date
  infra_llm.assistant.knowledge_update:
    gateway_url: https://assistant.example.com:8090
    gateway_token: "{{ vaulted_gateway_token }}"
    refresh: true
"""

RETURN = r"""
job:
    description: The gateway's name for the update.
    returned: success, not in check mode
    type: str
lines:
    description: What the gateway reported, of a long report the end.
    returned: success
    type: list
    elements: str
"""
