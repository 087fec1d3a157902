# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of a question."""

from __future__ import annotations

from ansible_collections.infra_llm.assistant.plugins.plugin_utils._option_definitions import documented_sources


class ModuleDocFragment:
    """Options of a question."""

    DOCUMENTATION = r"""
---
options:
    hosts:
        description:
            - Inventory hosts or groups that the question is about, where the question itself names none.
            - The default is the host of the current play, when it is one of the inventory.
        type: list
        elements: str
        aliases: [host]
    mode:
        description:
            - >-
              V(answer) asks the language model, and falls back to quotations when there is none.
            - >-
              V(extractive) quotes the infrastructure's facts and the documentation, without a language model.
            - >-
              V(context) returns only the facts and passages, to be used with a model of your own.
        type: str
        choices: [answer, extractive, context]
        default: answer
    max_tokens:
        description:
            - Tokens of the answer at the most, V(1) to V(32768).
        type: int
        default: 512
    temperature:
        description:
            - Randomness of the language model, V(0.0) to V(2.0); V(0.0) makes answers repeatable.
        type: float
        default: 0.0
    timeout:
        description:
            - Seconds after which a question is given up, from V(1) to V(604800), a week.
        type: int
        default: 300
    strict_version:
        description:
            - How near the documentation's version must be to the deployed one.
            - >-
              V(off) takes the nearest there is and says which, V(minor) wants the same minor version, V(exact) the same version.
        type: str
        choices: ['off', minor, exact]
        default: 'off'
    hostvars_allow:
        description:
            - Names or globs of host variables that may be shown to the language model and in answers, in place of the built-in list.
            - Variables with the name or the form of a secret, and vaulted ones, are never shown.
        type: list
        elements: str
    hostvars_deny:
        description:
            - Names or globs of host variables that must not be shown; they go before O(hostvars_allow).
        type: list
        elements: str
        default: []
    on_llm_error:
        description:
            - >-
              What to do when there is no language model or it fails: V(extract) quotes instead and warns, V(fail) fails.
        type: str
        choices: [extract, fail]
        default: extract
    schema:
        description:
            - JSON schema that the language model's answer must follow, as a mapping, as JSON text, or as the path of a JSON file.
            - The result then also has C(answer_data), the answer as data.
        type: raw
    stream:
        description:
            - Show the answer on the terminal while it is written, where one host alone asks.
        type: bool
        default: false
"""

    PLUGINS: str = documented_sources(DOCUMENTATION)
