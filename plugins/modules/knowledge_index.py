# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: knowledge_index
author: infra_llm.assistant contributors (@infra-llm)
version_added: 0.1.0
short_description: Index a directory of documentation for the assistant
description:
    - >-
      Makes the knowledge base equal to a directory of documents of one version of one product: Markdown, HTML, reStructuredText, DocBook, AsciiDoc,
      nginx's XML, man pages and plain text.
    - Sections that another version has in the same words are not embedded again, and a directory that did not change is left alone.
    - The C(title), C(url), C(license) and C(attribution) in the front matter of a page are shown with its passages.
    - An interrupted run leaves what was indexed before; the next run goes on where it was.
options:
    path:
        description:
            - Directory on the controller. Required with O(state=present).
            - One that M(infra_llm.assistant.knowledge_fetch) has brought says itself where its files are from.
        type: path
    kind:
        description:
            - V(docs) for the documentation of one version of one product.
            - V(house) for runbooks of your own, each filed under the C(product) and C(version) of its front matter, or valid for everything.
            - V(qa) for questions and answers about one product, each filed under the C(version) of its front matter, or valid for all versions.
        type: str
        choices: [docs, house, qa]
        default: docs
    product:
        description:
            - Name of the product, as in the versions CSV. Required with O(kind=docs) and O(kind=qa).
        type: str
    version:
        description:
            - Version that is documented, or V(unversioned). Required with O(kind=docs).
        type: str
    state:
        description:
            - V(present) indexes the directory, V(absent) forgets the version and deletes what was fetched of it.
        type: str
        choices: [present, absent]
        default: present
extends_documentation_fragment:
    - infra_llm.assistant.gateway
attributes:
    action:
        description: The work is done on the controller.
        support: full
    check_mode:
        description: Tells whether the directory differs from what is indexed and how many sections changed, and indexes nothing.
        support: full
    diff_mode:
        description: Tells in a line what changes.
        support: full
    async:
        description: The controller waits for the end.
        support: none
seealso:
    - module: infra_llm.assistant.infra_llm
"""

EXAMPLES = r"""
- name: Index the documentation of Kafka 3.4
  infra_llm.assistant.knowledge_index:
    path: /srv/documentation/kafka/3.4
    product: kafka
    version: "3.4"

- name: Index the runbooks of our own
  infra_llm.assistant.knowledge_index:
    path: /srv/documentation/house
    kind: house

- name: Index questions and answers about Kafka
  infra_llm.assistant.knowledge_index:
    path: /srv/documentation/stackoverflow/kafka
    kind: qa
    product: kafka
"""

RETURN = r"""
pages:
    description: Pages indexed by this run.
    returned: success
    type: int
    sample: 28
chunks:
    description: Different passages in these pages.
    returned: success
    type: int
    sample: 1586
embedded:
    description: Passages that were not known from another version or an earlier run.
    returned: success, not in check mode
    type: int
    sample: 370
to_embed:
    description: Passages that would be embedded.
    returned: success, in check mode
    type: int
sections:
    description: Sections in these pages.
    returned: success
    type: int
sections_changed:
    description: Sections that no indexed version has in the same words.
    returned: success
    type: int
summary:
    description: The same in a sentence.
    returned: when something changed
    type: str
skipped_files:
    description: Files that gave no page, each with the reason, the first 50 of them.
    returned: success
    type: list
    elements: str
skipped_count:
    description: Number of files that gave no page.
    returned: success
    type: int
seconds:
    description: Time that indexing took.
    returned: success, not in check mode
    type: float
"""
