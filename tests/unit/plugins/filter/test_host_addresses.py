# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.infra_llm.assistant.plugins.filter.host_addresses import host_addresses

FACTS = {"all_ipv4_addresses": ["10.0.0.5", "192.0.2.9"], "all_ipv6_addresses": ["2001:db8::5"], "default_ipv4": {"address": "192.0.2.9"}}


@pytest.mark.parametrize(
    ("variables", "address"),
    [
        ({"infra_llm_address": "203.0.113.1", "ansible_host": "10.0.0.5", "ansible_facts": FACTS}, "203.0.113.1"),
        ({"ansible_host": "10.0.0.5", "ansible_facts": FACTS}, "10.0.0.5"),
        ({"ansible_host": "2001:db8::5", "ansible_facts": FACTS}, "2001:db8::5"),
        ({"ansible_host": "198.51.100.7", "ansible_facts": FACTS}, "192.0.2.9"),  # of a router before it
        ({"ansible_host": "node.example", "ansible_facts": FACTS}, "192.0.2.9"),
        ({"ansible_facts": {"default_ipv4": {}, "default_ipv6": {"address": "2001:db8::1"}}}, "2001:db8::1"),
        ({"ansible_facts": {"all_ipv4_addresses": ["10.0.0.5"]}}, "10.0.0.5"),
        ({"ansible_host": "127.0.10.21", "ansible_facts": FACTS}, "127.0.10.21"),
        ({"ansible_host": "10.0.0.5"}, "10.0.0.5"),
        ({}, "127.0.0.1"),
    ],
)
def test_a_host_is_where_others_reach_it(variables: dict[str, Any], address: str) -> None:
    assert host_addresses(["node"], {"node": variables}) == {"node": address}
