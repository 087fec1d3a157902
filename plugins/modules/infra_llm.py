# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: infra_llm
author: infra_llm.assistant contributors (@infra-llm)
version_added: 0.1.0
short_description: Ask a question about the servers of the inventory
description:
    - Answers a question about your infrastructure from your inventory and the documentation of exactly the versions that you run, with sources.
    - Questions may be in English or Russian; the answer is in the language of the question.
    - The task runs on the controller and never connects to its host, which only says what the question is about.
options:
    query:
        description:
            - The question.
        type: str
        required: true
    display:
        description:
            - Also print the answer, its sources and the warnings on the terminal as readable text.
        type: bool
        default: false
extends_documentation_fragment:
    - infra_llm.assistant.gateway
    - infra_llm.assistant.question
    - infra_llm.assistant.fleet
attributes:
    action:
        description: The work is done on the controller.
        support: full
    check_mode:
        description: Asking changes nothing, so a question is answered in check mode too.
        support: full
    diff_mode:
        description: There is nothing to compare.
        support: none
    async:
        description: The controller waits for the answer.
        support: none
notes:
    - With O(display=true) the terminal shows more than the callback's own output; leave it out where that output is parsed.
seealso:
    - plugin: infra_llm.assistant.infra_llm
      plugin_type: lookup
    - module: infra_llm.assistant.knowledge_index
"""

EXAMPLES = r"""
- name: Ask about the host of the play
  infra_llm.assistant.infra_llm:
    query: Why is this broker under-replicated, and what do I do first?
  register: advice

- name: Show the answer
  ansible.builtin.debug:
    msg: "{{ advice.answer }}"

- name: Ask once about a whole group, and accept only documentation of the same minor version
  infra_llm.assistant.infra_llm:
    query: How do I take one OSD node out for maintenance?
    hosts: [ceph_osd]
    strict_version: minor
    display: true
  run_once: true

- name: Ask a served gateway for something to go on with
  infra_llm.assistant.infra_llm:
    query: Which Kafka hosts run a version without security support?
    gateway_url: https://assistant.example.com:8090
    gateway_token: "{{ vaulted_gateway_token }}"
    schema:
      type: object
      properties:
        hosts: {type: array, items: {type: string}}
      required: [hosts]
  register: outdated

- name: Use a language model of your own
  infra_llm.assistant.infra_llm:
    query: как перезапустить брокеры кафки по одному?
    llm_url: http://llm.example.com:8080
    llm_api_key: "{{ vaulted_llm_key }}"
"""

RETURN = r"""
answer:
    description: The answer, with the numbers of its sources in square brackets.
    returned: success
    type: str
    sample: "Run kafka-topics.sh --describe --under-replicated-partitions first [1]."
answer_data:
    description: The answer as data.
    returned: with O(schema), when the language model has answered
    type: dict
mode:
    description: How it was made; V(llm) by the language model, V(extractive) by quoting, V(context) as asked for.
    returned: success
    type: str
    sample: extractive
language:
    description: Language of the question and the answer.
    returned: success
    type: str
    sample: en
infrastructure:
    description: The hosts and products that the question is about, as the answer was given them.
    returned: success
    type: dict
    contains:
        hosts:
            description: Hosts, a few of those that the question is about.
            type: list
            elements: dict
            contains:
                name:
                    description: Name in the inventory.
                    type: str
                groups:
                    description: Groups that it is in.
                    type: list
                    elements: str
                software:
                    description: What runs there, each with C(product), C(version) and C(os_version).
                    type: list
                    elements: dict
                vars:
                    description: Allowed variables, redacted.
                    type: dict
        products:
            description: Products, with some hosts of each deployed version.
            type: list
            elements: dict
            contains:
                name:
                    description: Name of the product.
                    type: str
                versions:
                    description: Hosts by version.
                    type: dict
                counts:
                    description: Number of all hosts by version.
                    type: dict
                omitted:
                    description: How many C(versions) are not listed.
                    returned: when some are not
                    type: dict
        omitted:
            description: How many C(hosts) and C(products) are not listed.
            returned: when some are not
            type: dict
sources:
    description: The passages that the answer rests on.
    returned: success
    type: list
    elements: dict
    contains:
        id:
            description: Number by which the answer cites it.
            type: int
        product:
            description: Product that it documents.
            type: str
        requested_version:
            description: Version that is deployed.
            type: str
        served_version:
            description: Version that the passage documents.
            type: str
        match:
            description: V(exact), V(same_minor), V(nearest_lower), V(nearest_higher) or V(unversioned).
            type: str
        kind:
            description: V(docs) for documentation, V(house) for runbooks of your own, V(qa) for questions and answers of a community.
            type: str
        title:
            description: Title of the page.
            type: str
        section:
            description: Headings above the passage.
            type: str
        url:
            description: Address, or file and anchor, of the passage.
            type: str
        license:
            description: Licence of the page.
            type: str
        attribution:
            description: Whom the licence asks to name.
            type: str
        score:
            description: Rank score of the search; comparable within one answer only.
            type: float
        excerpt:
            description: Text of the passage.
            type: str
model:
    description: The language model that was asked.
    returned: when a language model was asked
    type: dict
    contains:
        name:
            description: Name of the model.
            type: str
        server:
            description: Address of its server, or C(in process).
            type: str
        context_length:
            description: Tokens of prompt and answer together.
            type: int
timings:
    description: What the answer took; steps that were not done and tokens that the server did not count are left out.
    returned: success
    type: dict
    contains:
        context_ms:
            description: Milliseconds for what is known of the infrastructure; not a part of C(total_ms).
            type: float
        retrieval_ms:
            description: Milliseconds for the search in the documentation.
            type: float
        prompt_ms:
            description: Milliseconds for the prompt.
            type: float
        first_token_ms:
            description: Milliseconds from the request to the language model to the first piece of its text; a part of C(llm_ms).
            type: float
        llm_ms:
            description: Milliseconds of the language model.
            type: float
        total_ms:
            description: Milliseconds in the engine.
            type: float
        prompt_tokens:
            description: Tokens of the prompt.
            type: int
        cached_tokens:
            description: Those of them that the server had computed before.
            type: int
        completion_tokens:
            description: Tokens of the answer.
            type: int
warnings:
    description: What to keep in mind, such as documentation of another version.
    returned: success
    type: list
    elements: str
"""
