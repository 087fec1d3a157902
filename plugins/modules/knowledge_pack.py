# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: knowledge_pack
author: infra_llm.assistant contributors (@infra-llm)
version_added: 0.1.0
short_description: Move documentation between sites as one file
description:
    - >-
      Writes what is indexed into one file, with its pages, passages, vectors, sources, licences and checksums, or takes such a file in. Taking in needs
      neither a network nor the embedding model, for sites that have no way out.
    - A pack that is damaged, or was made with another embedding model, is refused as a whole.
options:
    path:
        description:
            - The file of the pack, on the controller.
        type: path
        required: true
    state:
        description:
            - V(exported) writes the pack.
            - V(imported) takes it in. Taking in again changes nothing.
        type: str
        choices: [exported, imported]
        required: true
    versions:
        description:
            - What to export. The default is everything.
        type: list
        elements: dict
        suboptions:
            kind:
                description:
                    - As in M(infra_llm.assistant.knowledge_index).
                type: str
                choices: [docs, house, qa]
                default: docs
            product:
                description:
                    - Name of the product.
                type: str
                required: true
            version:
                description:
                    - Version of the documentation.
                type: str
                default: unversioned
extends_documentation_fragment:
    - infra_llm.assistant.gateway
attributes:
    action:
        description: The work is done on the controller.
        support: full
    check_mode:
        description: Tells what the pack would hold or bring.
        support: full
    diff_mode:
        description: There is nothing to compare.
        support: none
    async:
        description: The controller waits for the end.
        support: none
seealso:
    - module: infra_llm.assistant.knowledge_info
"""

EXAMPLES = r"""
- name: Export everything
  infra_llm.assistant.knowledge_pack:
    path: /srv/transfer/knowledge.pack
    state: exported

- name: Take it in where there is no network
  infra_llm.assistant.knowledge_pack:
    path: /media/transfer/knowledge.pack
    state: imported
"""

RETURN = r"""
versions:
    description:
        - >-
          What the pack holds, each with C(kind), C(product) and C(version), in check mode with C(state=imported) also with the sources, licences and counts,
          and whether it would change anything here.
    returned: success
    type: list
    elements: dict
bytes:
    description: Size of the pack.
    returned: success, not when a pack was taken in
    type: int
"""
