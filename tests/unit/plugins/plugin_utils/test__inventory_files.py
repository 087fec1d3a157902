# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.infra_llm.assistant.plugins.plugin_utils import _inventory_files
from ansible_collections.infra_llm.assistant.plugins.plugin_utils._inventory_files import FileInventory

VAULT = VaultLib([("default", VaultSecret(b"a password that the gateway does not have"))])


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of an inventory with vaulted values, broken templates and a versions CSV."""
    inventory = tmp_path / "inventory"
    (inventory / "group_vars").mkdir(parents=True)
    (inventory / "host_vars").mkdir()
    (inventory / "hosts").write_text("[kafka]\nkafka-01\nkafka-02\n")
    (inventory / "versions.csv").write_text("server,product,version,os_version\nkafka-01,kafka,3.4.0,Debian 12\n")
    vaulted = VAULT.encrypt("one secret").decode().replace("\n", "\n    ")
    (inventory / "group_vars" / "kafka.yml").write_text(
        "kafka_port: 9092\nkafka_address: '{{ inventory_hostname }}:{{ kafka_port }}'\nkafka_broken: '{{ nothing.x | nosuchfilter }}'\n"
        "kafka_encoded_name: \"{{ 'x' | ansible.builtin.b64encode }}\"\n"
        f"kafka_log_dir: !vault |\n    {vaulted}\n"
    )
    (inventory / "host_vars" / "kafka-01.yml").write_bytes(VAULT.encrypt("kafka_heap: 6g"))
    return inventory


def opened(copy: Path) -> FileInventory:
    return FileInventory([str(copy / "hosts")], versions_csv=None, state_dir=str(copy.parent / "state"))


def host(inventory: FileInventory, name: str = "kafka-01") -> dict[str, Any]:
    (found,) = inventory.describe(f"Why is {name} slow?", [])["infrastructure"]["hosts"]
    assert isinstance(found, dict)
    return found


def test_the_files_are_read_as_in_a_play_without_the_vaults_password(copy: Path) -> None:
    shown = host(opened(copy))
    assert shown["software"] == [{"product": "kafka", "version": "3.4.0", "os_version": "Debian 12"}]
    assert shown["vars"]["kafka_address"] == "kafka-01:9092"
    assert shown["vars"]["kafka_log_dir"] == "[redacted]"
    assert not shown["vars"].keys() & {"kafka_heap", "kafka_broken"}
    assert "secret" not in str(shown)


def test_a_file_that_cannot_be_read_is_one_warning_whatever_is_asked(copy: Path) -> None:
    (copy / "group_vars" / "kafka.yml").write_text("kafka_port: [1\n")
    inventory = opened(copy)
    for question in ("Why is kafka-01 slow?", "What is kafka-02?"):
        (warning,) = inventory.describe(question, [])["warnings"]
        assert "host_vars/kafka-01.yml" in warning
        assert "group_vars/kafka.yml" in warning
        assert "--ask-vault-pass" not in warning, "a gateway is nobody to ask"


def test_a_scope_narrows_what_the_question_leaves_open(copy: Path) -> None:
    for scope in ([], ["kafka-02"]):
        described = opened(copy).describe("What runs here?", scope)
        assert [entry["name"] for entry in described["infrastructure"]["hosts"]] == scope


def test_only_files_that_changed_are_read_again_and_broken_ones_leave_the_former_view(copy: Path) -> None:
    inventory = opened(copy)
    assert inventory.refresh() is True
    assert inventory.refresh() is False
    (copy / "host_vars" / "kafka-02.yml").write_text("kafka_heap: 7g\n")
    assert inventory.refresh() is True
    assert host(inventory, "kafka-02")["vars"]["kafka_heap"] == "7g"
    (copy / "hosts").write_text("")
    assert inventory.refresh() is False
    assert host(inventory, "kafka-02")["vars"]["kafka_heap"] == "7g"


def test_what_lies_beside_a_file_of_hosts_is_not_looked_at(copy: Path) -> None:
    inventory = opened(copy)
    assert inventory.refresh() is True
    (copy / "notes").mkdir()
    (copy / "notes" / "group_vars").write_text("nothing of Ansible's")
    assert inventory.refresh() is False
    (copy / "group_vars" / "all").mkdir()
    (copy / "group_vars" / "all" / "more.yml").write_text("kafka_heap: 8g\n")
    assert inventory.refresh() is True
    assert host(inventory)["vars"]["kafka_heap"] == "8g"


def test_a_versions_csv_that_cannot_be_read_is_a_warning(copy: Path) -> None:
    (copy / "versions.csv").write_text("nothing,of,use\n")
    described = opened(copy).describe("Why is kafka-01 slow?", [])
    assert [entry["name"] for entry in described["infrastructure"]["hosts"]] == ["kafka-01"]
    assert any("versions.csv" in warning for warning in described["warnings"])


def test_a_crowd_may_ask_while_it_is_read_again(copy: Path) -> None:
    inventory = opened(copy)
    failures: list[BaseException] = []

    def ask(number: int) -> None:
        try:
            for turn in range(5):
                if number == 0:
                    (copy / "host_vars" / "kafka-02.yml").write_text(f"kafka_heap: {turn}g\n")
                    inventory.refresh()
                assert host(inventory)["vars"]["kafka_port"] == 9092
        except BaseException as exc:
            failures.append(exc)

    crowd = [threading.Thread(target=ask, args=(number,)) for number in range(6)]
    for member in crowd:
        member.start()
    for member in crowd:
        member.join()
    assert not failures


def test_a_question_that_takes_long_to_read_holds_up_no_other(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    describe = _inventory_files.describe
    reading, done = threading.Event(), threading.Event()

    def slow(question: str, *arguments: Any, **options: Any) -> Any:
        if question == "long":
            reading.set()
            assert done.wait(30)
        return describe(question, *arguments, **options)

    monkeypatch.setattr(_inventory_files, "describe", slow)
    inventory = opened(copy)
    asker = threading.Thread(target=inventory.describe, args=("long", []))
    asker.start()
    assert reading.wait(30)
    answered = threading.Thread(target=host, args=(inventory,), daemon=True)
    answered.start()
    answered.join(30)
    assert not answered.is_alive()
    (copy / "host_vars" / "kafka-02.yml").write_text("kafka_heap: 9g\n")
    assert inventory.refresh() is True
    done.set()
    asker.join(30)
