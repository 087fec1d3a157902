# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file of variables that cannot be read costs what stands in it, and one warning."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible.plugins.vars.host_group_vars import VarsModule
from ansible.vars.hostvars import HostVars
from ansible.vars.manager import VariableManager
from ansible_collections.infra_llm.assistant.plugins.plugin_utils._host_variables import HostVariables

ENCRYPTED = VaultLib([("default", VaultSecret(b"a password that nobody gives"))]).encrypt("service_port: 5432")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    for name in ("group_vars", "host_vars"):
        (tmp_path / name).mkdir()
    (tmp_path / "hosts").write_text("[brokers]\nbroker-1 rack=r1\nbroker-2 rack=r2\n[frontends]\nfront-1\n")
    (tmp_path / "group_vars" / "frontends.yml").write_text("service_port: 443\n")
    return tmp_path


def opened(source: Path) -> HostVariables:
    loader = DataLoader()
    inventory = InventoryManager(loader=loader, sources=[str(source / "hosts")])
    return HostVariables(HostVars(inventory, VariableManager(loader=loader, inventory=inventory), loader))


def fill(path: Path, kind: str) -> None:
    contents = {"vaulted": ENCRYPTED, "broken": b"service_port: [1\nrack: }", "list": b"- service_port\n", "bytes": b"\xff\xfe\x00p", "deep": b"[" * 20_000}
    path.write_bytes(contents[kind])


@pytest.mark.parametrize("kind", ["vaulted", "broken", "list", "bytes", "deep"])
def test_one_file_costs_its_variables_and_one_warning_that_names_it(source: Path, kind: str) -> None:
    (source / "group_vars" / "brokers").mkdir()
    (source / "group_vars" / "brokers" / "plain.yml").write_text("heap: 6g\n")
    unreadable = source / "group_vars" / "brokers" / "unreadable.yml"
    fill(unreadable, kind)
    variables = opened(source)
    assert variables.get("front-1")["service_port"] == 443
    assert variables.warnings() == []
    for host, rack in (("broker-1", "r1"), ("broker-2", "r2")):
        found = variables.get(host)
        assert (found["rack"], found["heap"], found.get("service_port")) == (rack, "6g", None)
    (warning,) = variables.warnings()
    assert str(unreadable) in warning
    assert ("--ask-vault-pass or --vault-password-file" in warning) is (kind == "vaulted")


def test_a_named_pipe_in_place_of_a_file_is_not_waited_for(source: Path) -> None:
    os.mkfifo(source / "host_vars" / "broker-1.yml")
    variables = opened(source)
    assert variables.get("broker-1")["rack"] == "r1"
    assert "no regular file" in variables.warnings()[0]


def test_many_unreadable_files_are_one_warning(source: Path) -> None:
    (source / "group_vars" / "brokers").mkdir()
    for number in range(20):
        fill(source / "group_vars" / "brokers" / f"{number}.yml", "vaulted")
    variables = opened(source)
    variables.get("broker-1")
    (warning,) = variables.warnings()
    assert "and in 15 more places" in warning
    assert len(warning) < 2_000


def test_ansible_itself_reads_as_before(source: Path) -> None:
    fill(source / "host_vars" / "broker-1.yml", "vaulted")
    loader = DataLoader()
    inventory = InventoryManager(loader=loader, sources=[str(source / "hosts")])
    hostvars = HostVars(inventory, VariableManager(loader=loader, inventory=inventory), loader)
    before = VarsModule.get_vars
    assert HostVariables(hostvars).get("broker-1")["rack"] == "r1"
    assert VarsModule.get_vars is before
    with pytest.raises(Exception, match="vault"):
        hostvars.raw_get("broker-1")


def test_a_vars_plugin_that_fails_costs_what_it_knows_of_one_host(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = VarsModule.get_vars

    def failing(plugin: Any, loader: Any, path: str, entities: list[Any]) -> dict[str, Any]:
        if any(entity.name == "broker-1" for entity in entities):
            raise RuntimeError("the site's own plugin")
        found: dict[str, Any] = original(plugin, loader, path, entities)
        return found

    monkeypatch.setattr(VarsModule, "get_vars", failing)
    (source / "group_vars" / "brokers.yml").write_text("service_port: 9092\n")
    variables = opened(source)
    assert [variables.get(host).get("service_port") for host in ("broker-1", "broker-2")] == [9092, 9092]
    (warning,) = variables.warnings()
    assert "broker-1" in warning


def test_a_host_that_does_not_exist_has_no_variables(source: Path) -> None:
    assert opened(source).get("nobody") == {}
