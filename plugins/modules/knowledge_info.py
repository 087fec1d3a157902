# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: knowledge_info
author: infra_llm.assistant contributors (@infra-llm)
version_added: 0.1.0
short_description: Compare the knowledge base with what is deployed
description:
    - >-
      Tells what is indexed, and compares it with the versions CSV and the inventory: for which deployed versions there is no documentation yet, and
      which documentation serves nothing that is deployed.
extends_documentation_fragment:
    - infra_llm.assistant.gateway
    - infra_llm.assistant.fleet
attributes:
    action:
        description: The work is done on the controller.
        support: full
    check_mode:
        description: Changes nothing in any mode.
        support: full
    diff_mode:
        description: There is nothing to compare.
        support: none
    async:
        description: The controller waits for the end.
        support: none
seealso:
    - module: infra_llm.assistant.knowledge_fetch
    - module: infra_llm.assistant.knowledge_index
"""

EXAMPLES = r"""
- name: Look at the knowledge base
  infra_llm.assistant.knowledge_info:
  register: knowledge

- name: Name the versions without documentation
  ansible.builtin.debug:
    msg: "{{ knowledge.gaps }}"
"""

RETURN = r"""
deployed:
    description: Number of hosts by product and version, as the CSV and C(infra_llm_software) of the hosts have them.
    returned: success
    type: dict
versions:
    description:
        - >-
          What is indexed, each with C(kind), C(product), C(version), C(serves) (the deployed versions that it was fetched for), C(source), C(pages),
          C(chunks), C(bytes), C(indexed_at), C(fetched_at) and C(license).
    returned: success
    type: list
    elements: dict
gaps:
    description: Deployed versions of products in the catalogue that no documentation was fetched for yet, as C(product) and C(version).
    returned: success
    type: list
    elements: dict
unlisted:
    description: Deployed versions without documentation whose product is not in the catalogue.
    returned: success
    type: list
    elements: dict
unreadable:
    description: Deployed versions that say nothing, such as C(latest).
    returned: success
    type: list
    elements: dict
without_posts:
    description: Deployed products whose questions and answers can be fetched and are not indexed yet.
    returned: success
    type: list
    elements: str
surplus:
    description: What is indexed and serves nothing that is deployed, as C(kind), C(product) and C(version).
    returned: success
    type: list
    elements: dict
bytes:
    description: Size of the knowledge base on disk.
    returned: success
    type: dict
"""
