# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible's own variables as the engine sees them: real inventories, real vaults."""

from __future__ import annotations

import itertools
import json
import sys
from pathlib import Path

import pytest
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultLib, VaultSecret, VaultSecretsContext
from ansible.template import Templar
from ansible.vars.hostvars import HostVars
from ansible.vars.manager import VariableManager
from ansible_collections.infra_llm.assistant.plugins.module_utils.infrastructure._digest import describe
from ansible_collections.infra_llm.assistant.plugins.module_utils.infrastructure._redaction import VAULTED
from ansible_collections.infra_llm.assistant.plugins.module_utils.infrastructure._variable_filter import variable_filter
from ansible_collections.infra_llm.assistant.plugins.plugin_utils import _inventory
from ansible_collections.infra_llm.assistant.plugins.plugin_utils._inventory import PlayInventory

PASSWORD = VaultSecret(b"test only")
EXAMPLES = Path(__file__).resolve().parents[4] / "docs" / "examples"


def play(source: Path) -> PlayInventory:
    loader = DataLoader()
    loader.set_vault_secrets([("default", PASSWORD)])
    inventory = InventoryManager(loader=loader, sources=[str(source)])
    variables = VariableManager(loader=loader, inventory=inventory)
    return PlayInventory({**variables.get_vars(), "hostvars": HostVars(inventory, variables, loader)}, Templar(loader=loader))


def vaulted(text: str) -> str:
    return str(VaultLib([("default", PASSWORD)]).encrypt(text.encode(), PASSWORD).decode())


def inline(text: str) -> str:
    return "!vault |\n" + "".join(f"    {line}\n" for line in vaulted(text).splitlines())


@pytest.fixture
def company(tmp_path: Path) -> Path:
    (tmp_path / "group_vars" / "all").mkdir(parents=True)
    (tmp_path / "host_vars").mkdir()
    (tmp_path / "hosts").write_text("h1 ansible_host=10.0.0.1\nh2 ansible_host=10.0.0.2\n[kafka]\nh1\n[vms]\nh2\n")
    (tmp_path / "group_vars" / "all" / "vault.yml").write_text(
        vaulted("in_file: SECRETfile\nkafka_port: 9099\nkafka_tree: {SECRETkey: SECRETleaf, b: [SECRETitem]}\n")
    )
    (tmp_path / "group_vars" / "all" / "vault.json").write_text(vaulted('{"kafka_json_name": "SECRETjson"}'))
    (tmp_path / "host_vars" / "h2.yml").write_text(f"kafka_own_name: {inline('SECREThost')}")
    (tmp_path / "group_vars" / "all" / "main.yml").write_text(
        f"""
pw: {inline("SECRETinline")}
kafka_direct_name: {inline("SECRETdirect")}
kafka_not_ours_name: !vault |
    $ANSIBLE_VAULT;1.1;AES256
    6162
kafka_garbage_name: !vault |
    not a vault at all
kafka_dsn_path: "postgres://u:{{{{ pw }}}}@h/db"
kafka_indirect_path: "{{{{ kafka_dsn_path }}}}?x"
kafka_encoded_name: "{{{{ pw | b64encode }}}}"
kafka_hashed_name: "{{{{ in_file | hash('sha1') }}}}"
kafka_length_size: "{{{{ pw | length }}}}"
kafka_chars_name: "{{{{ pw | list }}}}"
kafka_reversed_name: "{{{{ kafka_direct_name | reverse }}}}"
kafka_list_name: ["a", "{{{{ pw }}}}", {{k: "{{{{ kafka_direct_name }}}}"}}]
kafka_undefined_name: "{{{{ nope }}}}"
kafka_nested_name: {{a: "{{{{ nope.x }}}}"}}
kafka_default_name: "{{{{ nope | default('x') }}}}"
kafka_loop_name: "{{{{ kafka_loop2_name }}}}"
kafka_loop2_name: "{{{{ kafka_loop_name }}}}"
kafka_lookup_name: "{{{{ lookup('pipe', 'touch {tmp_path}/ran') }}}}"
kafka_through_name: "{{{{ kafka_lookup_name }}}}"
kafka_broken_name: "{{{{ 1 / 0 }}}}"
kafka_syntax_name: "{{{{ 1 +"
kafka_date_id: 2026-01-01
kafka_plain_size: 5
kafka_ratio_size: 0.5
kafka_none_name:
kafka_on_enabled: true
kafka_joined_name: "{{{{ groups['kafka'] | join(',') }}}}"
notes: "{{{{ nope }}}}"
kafka_release: 3.4.0
infra_llm_software: [{{product: kafka, version: "{{{{ kafka_release }}}}"}}]
"""
    )
    return tmp_path / "hosts"


def test_variables_are_rendered_and_vaulted_values_never_seen(company: Path) -> None:
    variables = play(company).variables("h1", variable_filter())
    assert "SECRET" not in str(variables)
    assert "U0VDUkVU" not in str(variables)  # the beginning of SECRET in base64
    plain = {
        "ansible_host": "10.0.0.1",
        "kafka_dsn_path": "postgres://u:[redacted]@h/db",
        "kafka_indirect_path": "postgres://u:[redacted]@h/db?x",
        "kafka_list_name": ["a", VAULTED, {"k": VAULTED}],
        "kafka_default_name": "x",
        "kafka_date_id": "2026-01-01",
        "kafka_plain_size": 5,
        "kafka_ratio_size": 0.5,
        "kafka_none_name": None,
        "kafka_on_enabled": True,
        "kafka_joined_name": "h1",
        "kafka_release": "3.4.0",
    }
    hidden = "direct not_ours garbage encoded hashed length chars reversed json".split()
    assert {name: value for name, value in variables.items() if value is not VAULTED and name != "kafka_tree"} == plain
    assert {f"kafka_{name}_{'size' if name == 'length' else 'name'}" for name in hidden} | {"kafka_port"} == {
        name for name, value in variables.items() if value is VAULTED
    }
    assert all(type(value) in (str, int, float, bool, type(None), list, dict) or value is VAULTED for value in variables.values())
    assert not (company.parent / "ran").exists()
    assert play(company).variables("h2", variable_filter())["kafka_own_name"] is VAULTED


def test_only_allowed_variables_are_rendered(company: Path) -> None:
    assert set(play(company).variables("h1", variable_filter(["kafka_p*"]))) == {"kafka_port", "kafka_plain_size"}
    assert set(play(company).variables("h1", variable_filter(["kafka_p*"], ["*_port"]))) == {"kafka_plain_size"}
    everything = play(company).variables("h1", variable_filter(["*"]))
    assert "SECRET" not in str(everything)
    assert not {"groups", "hostvars", "ansible_facts", "infra_llm_software"} & set(everything)
    assert play(company).variables("no such host", variable_filter()) == {}


def test_software_and_addresses(company: Path) -> None:
    inventory = play(company)
    assert inventory.software(["h1", "no such host"]) == {"h1": [{"product": "kafka", "version": "3.4.0"}]}
    assert inventory.addresses() == {"10.0.0.1": "h1", "10.0.0.2": "h2"}
    result = describe("what runs on 10.0.0.2?", inventory, None)
    assert result["mentions"]["hosts"] == ["h2"]
    assert result["infrastructure"]["hosts"][0]["software"] == [{"product": "kafka", "version": "3.4.0", "os_version": ""}]


def test_planted_secrets_never_reach_the_digest(company: Path) -> None:
    (company.parent / "host_vars" / "h1.yml").write_text(
        "kafka_password: hunter2plain\nkafka_url_path: https://u:hunter2url@h/\nnotes_password: hunter2notes\n"
        "kafka_pem_path: |\n  -----BEGIN PRIVATE KEY-----\n  hunter2pem\nkafka_env: [{name: DB_PASSWORD, value: hunter2env}]\n"
        "kafka_deep: {a: {b: {secret: hunter2deep}}}\nkafka_args_path: --token hunter2arg\n"
    )
    for question, allow in itertools.product(("what is wrong with h1", "kafka lag", "how are things"), (None, ["*"])):
        result = json.dumps(describe(question, play(company), None, current_host="h1", hostvars_allow=allow))
        assert "hunter2" not in result
        assert "SECRET" not in result


def test_what_was_made_of_vaulted_values_before_is_redacted(company: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(VaultSecretsContext, "_current", VaultSecretsContext([("default", PASSWORD)]))
    constructed = company.parent / "z.constructed.yml"
    constructed.write_text("plugin: ansible.builtin.constructed\nstrict: true\nuse_vars_plugins: true\ncompose: {kafka_composed_name: \"'x-' ~ in_file\"}\n")
    (company.parent / "play.yml").write_text(vaulted("of_play: SECRETofplay"))
    loader = DataLoader()
    loader.set_vault_secrets([("default", PASSWORD)])
    inventory = InventoryManager(loader=loader, sources=[str(company), str(constructed)])
    variables = VariableManager(loader=loader, inventory=inventory)
    facts = {
        "kafka_fact_name": "fact-SECRETfile-x",
        "kafka_upper_name": "SECRETINLINE",
        "kafka_encoded_fact_name": "eDpTRUNSRVRmaWxlOnk= U0VDUkVUZmlsZTp5",
        "kafka_tree_name": {"a": ["SECRETleaf", 9099, {"SECRETitem": 9098}]},
        "kafka_played_name": "SECRETofplay",
        "kafka_listeners": "PLAINTEXT://kafka-01:9092",
    }
    variables.set_nonpersistent_facts("h1", facts)
    of_play = loader.load_from_file(str(company.parent / "play.yml"))
    task_vars = {**variables.get_vars(), **of_play, "hostvars": HostVars(inventory, variables, loader)}
    shown = PlayInventory(task_vars, Templar(loader=loader)).variables("h1", variable_filter())
    assert "SECRET" not in str(shown).upper()
    assert shown["kafka_composed_name"] == "x-[redacted]"
    assert shown["kafka_fact_name"] == "fact-[redacted]-x"
    assert shown["kafka_upper_name"] == shown["kafka_played_name"] == "[redacted]"
    assert "U0VDUkVU" not in str(shown["kafka_encoded_fact_name"])
    assert shown["kafka_tree_name"] == {"a": ["[redacted]", VAULTED, {"[redacted]": 9098}]}
    assert shown["kafka_listeners"] == "PLAINTEXT://kafka-01:9092"
    assert shown["kafka_joined_name"] == "h1"


def test_without_the_password_nothing_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "host_vars").mkdir()
    (tmp_path / "hosts").write_text("h1\n")
    (tmp_path / "host_vars" / "h1.yml").write_text(f"pw: {inline('SECRETinline')}\nkafka_path: /srv/kafka\n")
    for secrets in ([], [("default", VaultSecret(b"another"))]):
        monkeypatch.setattr(VaultSecretsContext, "_current", VaultSecretsContext(secrets))
        assert play(tmp_path / "hosts").variables("h1", variable_filter()) == {"kafka_path": "/srv/kafka"}


def test_this_core_marks_where_a_value_was_read(company: Path) -> None:
    # Without this mark every value counts as vaulted: a core that keeps it elsewhere must be noticed here.
    from ansible._internal._datatag._tags import Origin

    loader = DataLoader()
    loader.set_vault_secrets([("default", PASSWORD)])
    for name in ("vault.yml", "main.yml"):
        path = company.parent / "group_vars" / "all" / name
        value = next(iter(loader.load_from_file(str(path)).values()))
        assert Origin.get_tag(value).path == str(path)
        assert _inventory._is_vaulted(value)
    assert not _inventory._is_vaulted(loader.load_from_file(str(company.parent / "group_vars" / "all" / "main.yml"))["kafka_release"])


def test_what_cannot_be_shown_to_be_harmless_is_vaulted(company: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _inventory._is_encrypted_file(str(company.parent / "gone.yml"))
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "ansible._internal._datatag._tags", None)
        assert _inventory._is_vaulted("plain")
    assert not _inventory._is_vaulted("plain")


def test_every_host_and_group_of_an_inventory_is_found_by_its_name() -> None:
    inventory = play(EXAMPLES / "inventory" / "hosts.yml")
    hosts = inventory.groups()["all"]
    assert len(hosts) >= 5
    for host in hosts:
        for question in (f"Why is {host} down?", f"почему {host} тормозит", f"ssh {host.upper()}:22"):
            result = describe(question, inventory, None)
            assert host in result["mentions"]["hosts"]
            json.dumps(result)
    for group in set(inventory.groups()) - {"all", "ungrouped"}:
        assert group in describe(f'what runs in the group "{group}"?', inventory, None)["mentions"]["groups"]
