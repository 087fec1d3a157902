# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the gateway finds the language models."""

# Private to the collection: names here may change in any release.
from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

DOCUMENTATION = r"""
name: llm_urls
short_description: Make the URLs of the language models
version_added: 0.1.0
description:
  - Used by the role P(infra_llm.assistant.assistant#role) alone; it may change in any release.
options:
  _input:
    description: Addresses by the name of the host.
    type: dict
    required: true
  hostvars:
    description: The variables of all hosts. Those of a host go before the other options.
    type: dict
    required: true
  settings:
    description: Settings of chat instances, as C(infra_llm_chat_settings).
    type: dict
    required: true
  port:
    description: Port of chat instances whose settings name none.
    type: int
    required: true
"""

EXAMPLES = r"""
- name: Say http://10.0.0.1:8080
  ansible.builtin.debug:
    msg: "{{ {'llm-01': '10.0.0.1'} | infra_llm.assistant.llm_urls(hostvars, settings={}, port=8080) }}"
"""

RETURN = r"""
_value:
  description: The URLs, with commas between them.
  type: str
"""


def llm_urls(addresses: Mapping[str, str], hostvars: Mapping[str, Mapping[str, Any]], *, settings: Mapping[str, Any], port: int) -> str:
    """One URL for each host."""
    return ",".join(f"http://{_literal(address)}:{_port(hostvars[host], settings, port)}" for host, address in addresses.items())


def _literal(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _port(variables: Mapping[str, Any], settings: Mapping[str, Any], port: int) -> int:
    own = variables.get("infra_llm_chat_settings", settings)
    return int(own.get("port") or variables.get("infra_llm_chat_port", port))


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Callable[..., str]]:
        return {"llm_urls": llm_urls}
