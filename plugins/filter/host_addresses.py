# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the hosts of the assistant reach each other."""

# Private to the collection: names here may change in any release.
from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

DOCUMENTATION = r"""
name: host_addresses
short_description: Choose the address by which other hosts reach a host
version_added: 0.1.0
description:
  - Used by the role P(infra_llm.assistant.assistant#role) alone; it may change in any release.
  - >-
    It is what the operator has said in C(infra_llm_address), else C(ansible_host) or the host's name if that is an address of the host itself,
    else the address of its default route.
options:
  _input:
    description: Names of hosts.
    type: list
    elements: str
    required: true
  hostvars:
    description: The variables of all hosts.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show where everyone is
  ansible.builtin.debug:
    msg: "{{ groups.all | infra_llm.assistant.host_addresses(hostvars) }}"
"""

RETURN = r"""
_value:
  description: Addresses by the name of the host.
  type: dict
"""


def host_addresses(hosts: Iterable[str], hostvars: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """An address for each host."""
    return {host: _address(host, hostvars[host]) for host in hosts}


def _address(host: str, variables: Mapping[str, Any]) -> str:
    if "infra_llm_address" in variables:
        return str(variables["infra_llm_address"])
    facts = variables.get("ansible_facts") or {}
    own = [*facts.get("all_ipv4_addresses", []), *facts.get("all_ipv6_addresses", [])]
    named = str(variables.get("ansible_host", host))
    literal = ":" in named or re.fullmatch(r"[0-9.]+", named)
    if literal and (named.startswith("127.") or named in own or not own):
        return named
    routes = [facts.get(family, {}).get("address") for family in ("default_ipv4", "default_ipv6")]
    return str(next(filter(None, [*routes, *own]), "127.0.0.1"))


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Callable[..., dict[str, str]]]:
        return {"host_addresses": host_addresses}
