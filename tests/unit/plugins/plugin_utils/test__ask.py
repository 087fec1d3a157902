# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a play sends with its question, and what it makes of the result."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible.template import Templar
from ansible.vars.hostvars import HostVars
from ansible.vars.manager import VariableManager
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import ConfigError, DataError, ServiceError
from ansible_collections.infra_llm.assistant.plugins.plugin_utils import _ask
from ansible_collections.infra_llm.assistant.plugins.plugin_utils._option_values import read_options

VAULT = VaultLib([("default", VaultSecret(b"a password that nobody gives"))])


class Gateway:
    """Keeps what it is asked, and answers with a terminal's escape sequences."""

    def __init__(self) -> None:
        self.asked: dict[str, Any] = {}
        self.timeout = 0.0

    def ask(self, question: dict[str, Any], *, timeout: float, report: Any = None) -> dict[str, Any]:
        self.asked, self.timeout = question, timeout
        return {"answer": "It \x1b[31mruns\u202e.", "sources": [{"title": "\x1b]0;x\x07Title"}], "warnings": ["w\u009b1m"], "timings": {"total_ms": 1.0}}


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Gateway:
    made = Gateway()
    monkeypatch.setattr(_ask, "open_gateway", lambda config: made)
    return made


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "hosts").write_text("[brokers]\nbroker-1 ansible_host=10.1.2.3\nbroker-2\n[frontends]\nfront-1\n")
    (tmp_path / "versions.csv").write_text("server,product,version,os_version\nbroker-1,kafka,3.4.0,\u001b[32mDebian 12\n")
    return tmp_path


def ask(source: Path, question: str, **arguments: Any) -> dict[str, Any]:
    loader = DataLoader()
    inventory = InventoryManager(loader=loader, sources=[str(source / "hosts")])
    manager = VariableManager(loader=loader, inventory=inventory)
    variables = {
        "hostvars": HostVars(inventory, manager, loader),
        "groups": inventory.get_groups_dict(),
        "inventory_hostname": "localhost",
        "ansible_inventory_sources": [str(source / "hosts")],
    }
    templar = Templar(loader=loader, variables=variables)
    options = read_options({"state_dir": str(source / "state"), **arguments}, variables, templar, own=frozenset())
    return dict(_ask.ask(question, options, variables, templar, loader))


def test_nothing_that_steers_a_terminal_goes_out_or_comes_back(source: Path, gateway: Gateway) -> None:
    result = ask(source, "Why is \x1b[1mbroker-1\x1b[0m slow?")
    assert (result["answer"], result["sources"][0]["title"], result["warnings"]) == ("It runs.", "Title", ["w"])
    assert gateway.asked["query"] == "Why is broker-1 slow?"
    (host,) = gateway.asked["infrastructure"]["hosts"]
    assert host["software"] == [{"product": "kafka", "version": "3.4.0", "os_version": "Debian 12"}]


def test_the_callers_own_work_is_a_part_of_the_timeout(source: Path, gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    original = _ask.describe

    def slow(*arguments: Any, **options: Any) -> Any:
        time.sleep(0.3)
        return original(*arguments, **options)

    monkeypatch.setattr(_ask, "describe", slow)
    ask(source, "Why is broker-1 slow?", timeout=5)
    assert gateway.timeout == gateway.asked["timeout"] <= 4.7
    monkeypatch.setattr(_ask, "describe", lambda *arguments, **options: time.sleep(1.1) or original(*arguments, **options))
    with pytest.raises(ServiceError, match="took the 1 seconds of 'timeout'"):
        ask(source, "Why is broker-1 slow?", timeout=1)


def test_an_unreadable_file_of_variables_is_a_warning_of_the_request(source: Path, gateway: Gateway) -> None:
    (source / "group_vars").mkdir()
    (source / "group_vars" / "brokers.yml").write_bytes(VAULT.encrypt("kafka_heap: 6g"))
    ask(source, "What is front-1?")
    (warning,) = gateway.asked["warnings"]
    assert "group_vars/brokers.yml" in warning
    assert "--ask-vault-pass" in warning


def test_a_vaulted_versions_csv_without_its_password_is_a_sentence(source: Path, gateway: Gateway) -> None:
    (source / "versions.csv").write_bytes(VAULT.encrypt("server,product,version\n"))
    with pytest.raises(DataError, match=r"versions\.csv cannot be decrypted; give the vault's password with --ask-vault-pass"):
        ask(source, "What is front-1?")


@pytest.mark.parametrize("encoding", ["nonsense", "undefined", "hex"])
def test_an_encoding_that_is_none_is_a_sentence(source: Path, gateway: Gateway, encoding: str) -> None:
    with pytest.raises(ConfigError, match=rf"^The encoding '{encoding}' of versions_csv_encoding is unknown; give a name such as utf-8"):
        ask(source, "What is broker-1?", versions_csv_encoding=encoding)


@pytest.mark.parametrize("piece", ["[1-300]", "[", "1.", "login: ", "a.b", "(((", "10.0.0.", "пароль "])
def test_the_cost_of_a_question_grows_with_its_length(source: Path, gateway: Gateway, piece: str) -> None:
    def seconds(length: int) -> float:
        started = time.process_time()
        ask(source, "kafka-" + piece * (length // len(piece)), mode="context")
        return time.process_time() - started

    seconds(100)
    assert min(seconds(16_000), seconds(16_000)) < 16 * max(0.05, min(seconds(4_000), seconds(4_000)))
