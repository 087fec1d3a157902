# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible's own variables as the engine sees them: real inventories, real vaults."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultSecret
from ansible.template import Templar
from ansible.vars.hostvars import HostVars
from ansible.vars.manager import VariableManager
from ansible_collections.infra_llm.assistant.plugins.module_utils.infrastructure._digest import describe
from ansible_collections.infra_llm.assistant.plugins.plugin_utils._inventory import PlayInventory

PASSWORD = VaultSecret(b"test only")


def play(source: Path, **options: Any) -> PlayInventory:
    loader = DataLoader()
    loader.set_vault_secrets([("default", PASSWORD)])
    inventory = InventoryManager(loader=loader, sources=[str(source)])
    variables = VariableManager(loader=loader, inventory=inventory)
    return PlayInventory({**variables.get_vars(), "hostvars": HostVars(inventory, variables, loader)}, Templar(loader=loader), **options)


REAL = {
    "avd-dummy-vault/inventory.yml": 10,
    "avd-dual-dc/inventory.yml": 16,
    "avd-unit-hosts/hosts.yml": 286,
    "avd-cv-pathfinder/inventory.yml": 15,
    "ceph-ansible/hosts": 14,
    "kolla-multinode/multinode": 9,
    "openshift-3.11/hosts.example": 8,
    "openshift-3.11/hosts.glusterfs.native.example": 4,
    "openshift-3.11/hosts.openstack": 4,
    "kubespray-sample/local/hosts.ini": 1,
    "kubespray-sample/sample/inventory.ini": 0,
}


@pytest.mark.parametrize(("source", "count"), REAL.items())
def test_real_inventories(shared: Path, source: str, count: int) -> None:
    inventory = play(shared / "inventories" / source)
    hosts = list(inventory.groups()["all"])
    assert len(hosts) == count
    step = max(1, len(hosts) // 25)
    for host in hosts[::step]:
        for question in (f"Why is {host} down?", f"почему {host} тормозит", f"ssh {host.upper()}:22"):
            result = describe(question, inventory, None)
            # A host called like a word or a product may be meant or not; every other is.
            if not host.isalpha():
                assert host in result["mentions"]["hosts"]
            json.dumps(result)
    for group in list(inventory.groups())[:40]:
        if group not in ("all", "ungrouped"):
            assert group in describe(f'what runs in the group "{group}"?', inventory, None)["mentions"]["groups"]
    for question in ("how are things", "что на 10.0.0.1 и 192.168.0.11", "osd nodes 0 and 1", "a[1:3] b{2..4}"):
        json.dumps(describe(question, inventory, None, current_host=hosts[0] if hosts else None, hostvars_allow=["*"]))
    assert describe("Restart the network, test all data and compute what is in the common storage.", inventory, None)["mentions"]["groups"] == []
