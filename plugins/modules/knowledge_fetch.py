# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: knowledge_fetch
author: infra_llm.assistant contributors (@infra-llm)
version_added: 0.1.0
short_description: Fetch the documentation of a deployed version
description:
    - >-
      Finds the documentation that serves a deployed version, as the product's entry in the catalogue says, and brings its files into C(fetched/) of the
      knowledge base, with the address, licence and checksum of each. Then M(infra_llm.assistant.knowledge_index) makes it searchable.
    - The sources of an entry are asked in the order git, archive, web. The first one that has the version, or one near to it, is taken.
    - What was fetched is replaced only when the new files are all there. An interrupted run goes on where it was.
    - Also fetches questions and answers from Stack Exchange, and runbooks of your own from a git repository.
options:
    kind:
        description:
            - V(docs) for the documentation of the version of a product.
            - V(qa) for questions and answers about a product.
            - V(house) for runbooks of your own in a git repository.
        type: str
        choices: [docs, house, qa]
        default: docs
    product:
        description:
            - Name of a product of the catalogue. Required with O(kind=docs) and O(kind=qa).
        type: str
    version:
        description:
            - The deployed version, as in the versions CSV. Required with O(kind=docs).
        type: str
    versions:
        description:
            - With O(kind=qa), the deployed versions.
        type: list
        elements: str
    source:
        description:
            - Take only this source of the entry.
        type: str
        choices: [git, archive, web]
    repository:
        description:
            - With O(kind=house), the git repository, as C(git clone) takes it.
        type: str
    reference:
        description:
            - With O(kind=house), the branch or tag. The default is the repository's own.
        type: str
    stack_exchange_key:
        description:
            - With O(kind=qa), a key for the API. It raises the daily number of requests from 300 to 10,000.
        type: str
    refresh:
        description:
            - Ask again for what was fetched before. What did not change is not transferred again where the source can tell.
        type: bool
        default: false
    proxy:
        description:
            - Address of an HTTP proxy. The default is that of the controller's environment.
        type: str
    ca_bundle:
        description:
            - File with the certificates of the authorities to trust. The default is that of the controller's environment.
        type: path
extends_documentation_fragment:
    - infra_llm.assistant.gateway
attributes:
    action:
        description: The work is done on the controller.
        support: full
    check_mode:
        description: Asks the sources what they have and tells what would be fetched.
        support: full
    diff_mode:
        description: Tells in a line what changes.
        support: full
    async:
        description: The controller waits for the end.
        support: none
seealso:
    - module: infra_llm.assistant.knowledge_index
    - module: infra_llm.assistant.knowledge_info
"""

EXAMPLES = r"""
- name: Fetch the documentation for Kafka 3.4.0
  infra_llm.assistant.knowledge_fetch:
    product: kafka
    version: 3.4.0
  register: fetched

- name: Index it
  infra_llm.assistant.knowledge_index:
    path: "{{ fetched.path }}"
    product: "{{ fetched.product }}"
    version: "{{ fetched.version }}"

- name: Fetch questions and answers about Kafka
  infra_llm.assistant.knowledge_fetch:
    kind: qa
    product: kafka
"""

RETURN = r"""
product:
    description: The product by the name that the catalogue has for it.
    returned: success
    type: str
requested_version:
    description: The deployed version without what packagers add.
    returned: success, with O(kind=docs)
    type: str
version:
    description: The version that the documentation is of.
    returned: success
    type: str
match:
    description: How near the documentation is to the deployed version, V(exact), V(same_minor), V(nearest_lower), V(nearest_higher) or V(unversioned).
    returned: success
    type: str
source:
    description: The kind of source.
    returned: success
    type: str
    sample: git
location:
    description: The repository, archive or site.
    returned: success
    type: str
reference:
    description: The tag, branch or first page.
    returned: success
    type: str
    sample: v17.2.5
revision:
    description: The commit or checksum, where there is one.
    returned: success
    type: str
plan:
    description: In check mode, the source, the tag or address and the match in a sentence.
    returned: in check mode, when something would change
    type: str
path:
    description: Directory with the files.
    returned: success
    type: str
files:
    description: Number of files.
    returned: success, not when check mode finds something to fetch
    type: int
skipped_files:
    description: Pages and files that were left out, each with the reason, the first 50 of them.
    returned: success, not when check mode finds something to fetch
    type: list
    elements: str
skipped_count:
    description: Number of pages and files that were left out.
    returned: success, not when check mode finds something to fetch
    type: int
seconds:
    description: Time that it took.
    returned: success, not when check mode finds something to fetch
    type: float
"""
