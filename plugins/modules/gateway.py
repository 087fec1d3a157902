# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: gateway
author: infra_llm.assistant contributors (@infra-llm)
version_added: 0.1.0
short_description: Start, stop or look at the assistant's gateway on the controller
description:
    - The gateway is the process that holds the knowledge base and the language model. The first question starts it, and it ends when it is idle.
    - This is for starting it beforehand, ending it early, and seeing how it is.
    - With O(gateway_url) it only looks, for a served gateway is started and stopped by systemd on its machine.
options:
    state:
        description:
            - V(started) starts it, or replaces one that runs with another configuration or version.
            - V(stopped) ends it when the questions that it works on are answered.
            - V(status) only looks.
        type: str
        choices: [started, stopped, status]
        default: started
extends_documentation_fragment:
    - infra_llm.assistant.gateway
attributes:
    action:
        description: The work is done on the controller.
        support: full
    check_mode:
        description: Tells what would be done.
        support: full
    diff_mode:
        description: There is nothing to compare.
        support: none
    async:
        description: The controller waits for the end.
        support: none
seealso:
    - module: infra_llm.assistant.infra_llm
"""

EXAMPLES = r"""
- name: Start the gateway before the first question
  infra_llm.assistant.gateway:
    state: started

- name: See how the served gateway is
  infra_llm.assistant.gateway:
    state: status
    gateway_url: https://assistant.example.com:8090
"""

RETURN = r"""
running:
    description: Whether a gateway runs now.
    returned: success
    type: bool
gateway:
    description:
        - What the running gateway says of itself, such as C(status), C(version), C(uptime_s) and the state of what it depends on.
        - >-
          The C(status) of a served gateway is V(ok), V(degraded) when it answers without something, such as a language model, the embedding server or Chroma,
          or V(unavailable) when it cannot answer.
    returned: when a gateway runs
    type: dict
on_this_machine:
    description: Whether O(gateway_url) is a unix socket, so that the gateway sees the files of this machine.
    returned: with O(gateway_url)
    type: bool
"""
