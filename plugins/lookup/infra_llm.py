# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The assistant as a lookup."""

from __future__ import annotations

DOCUMENTATION = r"""
name: infra_llm
author: infra_llm.assistant contributors (@infra-llm)
version_added: 0.1.0
short_description: Ask a question about the servers of the inventory
description:
    - Answers a question about your infrastructure from your inventory and the documentation of exactly the versions that you run, with sources.
    - Questions may be in English or Russian; the answer is in the language of the question.
    - >-
      The work is done by a gateway. Without O(gateway_url) that is a process on the controller, which the first question starts and which ends when it
      is idle.
options:
    _terms:
        description:
            - One or more questions.
        type: list
        elements: str
        required: true
    output:
        description:
            - V(text) returns the answers as strings, V(full) everything that is known about them, as the module M(infra_llm.assistant.infra_llm) does.
        type: str
        choices: [text, full]
        default: text
        env:
            - name: INFRA_LLM_OUTPUT
        ini:
            - section: infra_llm
              key: output
        vars:
            - name: infra_llm_output
extends_documentation_fragment:
    - infra_llm.assistant.gateway
    - infra_llm.assistant.gateway.plugins
    - infra_llm.assistant.question
    - infra_llm.assistant.fleet
    - infra_llm.assistant.question.plugins
    - infra_llm.assistant.fleet.plugins
notes:
    - Ansible evaluates a variable that holds a lookup again at every use. Where the answer is needed more than once, use the module and register its result.
    - Answers are never templated, so text in braces in documentation or answers stays what it is.
seealso:
    - module: infra_llm.assistant.infra_llm
"""

EXAMPLES = r"""
- name: Show what to do first
  ansible.builtin.debug:
    msg: "{{ lookup('infra_llm.assistant.infra_llm', 'Why is this broker under-replicated?') }}"

- name: Ask about one host, and take only documentation of its own minor version
  ansible.builtin.debug:
    msg: "{{ lookup('infra_llm.assistant.infra_llm', 'How do I replace a failed disk?', hosts=['ceph-osd-02'], strict_version='minor') }}"

- name: List the sources of an answer
  ansible.builtin.debug:
    msg: "{{ lookup('infra_llm.assistant.infra_llm', 'как увеличить срок хранения метрик?', output='full').sources | map(attribute='url') }}"
"""

RETURN = r"""
_raw:
    description:
        - One answer for each question, as a string or, with O(output=full), as a dictionary with the keys that the module
          M(infra_llm.assistant.infra_llm) returns.
    type: list
    elements: raw
"""

import typing as t

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase
from ansible.utils.display import Display
from ansible_collections.infra_llm.assistant.plugins.plugin_utils._compiled_modules import use_compiled_modules
from ansible_collections.infra_llm.assistant.plugins.plugin_utils._option_definitions import define_options

if t.TYPE_CHECKING:
    from ansible_collections.infra_llm.assistant.plugins.module_utils.answering._result import Result

define_options(__name__, "infra_llm")


class LookupModule(LookupBase):
    """Questions in, answers out."""

    def run(self, terms: list[t.Any], variables: dict[str, t.Any] | None = None, **kwargs: t.Any) -> list[t.Any]:
        use_compiled_modules()
        from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import InfraLlmError
        from ansible_collections.infra_llm.assistant.plugins.module_utils._visible_text import visible_text
        from ansible_collections.infra_llm.assistant.plugins.plugin_utils._option_values import read_options

        variables = variables or {}
        try:
            options = read_options(kwargs, variables, self._templar, own=frozenset({"output"}))
            results = [self._ask(term, options, variables) for term in terms]
        except InfraLlmError as exc:
            raise AnsibleLookupError(visible_text(exc.message)) from None  # Ansible would print the whole chain
        if options["output"] == "full":
            return results
        for result in results:
            for warning in result["warnings"]:
                Display().warning(warning)
        return [result["answer"] for result in results]

    def _ask(self, question: object, options: dict[str, t.Any], variables: dict[str, t.Any]) -> Result:
        from ansible_collections.infra_llm.assistant.plugins.plugin_utils._answer_stream import AnswerStream, asks_alone
        from ansible_collections.infra_llm.assistant.plugins.plugin_utils._ask import ask

        stream = AnswerStream(Display()) if options["stream"] and asks_alone(variables) else None
        result = ask(question, options, variables, self._templar, self._loader, report=stream)
        if stream is not None:
            stream.end(result["answer"])
        return result
