# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The digest: what it is about, what it holds, how large it gets."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils.infrastructure._digest import describe
from ansible_collections.infra_llm.assistant.plugins.module_utils.infrastructure._redaction import VAULTED
from ansible_collections.infra_llm.assistant.plugins.module_utils.infrastructure._versions_csv import Versions, open_versions


class FakeInventory:
    """Remembers whose variables were asked for."""

    def __init__(self, groups: dict[str, list[str]], variables: dict[str, dict[str, object]] | None = None) -> None:
        everyone = list(dict.fromkeys(host for members in groups.values() for host in members))
        self._groups = {"all": everyone, "ungrouped": [], **groups}
        self._variables = variables or {}
        self.rendered: list[str] = []

    def groups(self) -> Mapping[str, Sequence[str]]:
        return self._groups

    def addresses(self) -> Mapping[str, str]:
        return {"10.0.0.1": "k1"}

    def variables(self, host: str, wanted: Callable[[str], bool]) -> Mapping[str, object]:
        self.rendered.append(host)
        return self._variables.get(host, {})

    def software(self, hosts: Iterable[str]) -> Mapping[str, object]:
        return {host: self._variables[host]["infra_llm_software"] for host in hosts if "infra_llm_software" in self._variables.get(host, {})}


GROUPS = {"brokers": ["k1", "k2", "k3"], "storage": ["c1", "c2"], "empty": []}
ROWS = """k1,kafka,3.4.0,Debian 12
k1,openssl,3.0.2,Debian 12
k2,kafka,3.4.0,Debian 12
k3,kafka,2.8.1,Debian 12
c1,ceph,18.2.4,Debian 12
c2,ceph,16.2.5,Debian 12
c2,grafana,10.4.3,Debian 12
lost1,kafka,3.4.0,Debian 12
"""


@pytest.fixture
def versions(tmp_path: Path) -> Versions:
    (tmp_path / "versions.csv").write_text("server,product,version,os_version\n" + ROWS)
    return open_versions(tmp_path / "versions.csv")


def targets(result: dict[str, Any]) -> list[tuple[str, str | None, list[str], str]]:
    return [(target["product"], target["version"], target["hosts"], target["why"]) for target in result["targets"]]


def test_a_named_host(versions: Versions) -> None:
    inventory = FakeInventory(GROUPS, {"k1": {"kafka_heap": "4g", "kafka_password": "hunter", "kafka_dsn_id": VAULTED, "notes": "x"}})
    result = describe("Why is k1 slow?", inventory, versions, current_host="c1")
    assert result["infrastructure"] == {
        "hosts": [
            {
                "name": "k1",
                "groups": ["brokers"],
                "software": [
                    {"product": "kafka", "version": "3.4.0", "os_version": "Debian 12"},
                    {"product": "openssl", "version": "3.0.2", "os_version": "Debian 12"},
                ],
                "vars": {"kafka_dsn_id": "[redacted]", "kafka_heap": "4g", "kafka_password": "[redacted]"},
            }
        ],
        "products": [
            {"name": "kafka", "versions": {"3.4.0": ["k1"]}, "counts": {"3.4.0": 1}},
            {"name": "openssl", "versions": {"3.0.2": ["k1"]}, "counts": {"3.0.2": 1}},
        ],
    }
    assert targets(result) == [("kafka", "3.4.0", ["k1"], "host"), ("openssl", "3.0.2", ["k1"], "host")]
    assert result["mentions"] == {"hosts": ["k1"], "groups": [], "products": [], "versions": []}
    assert result["fleet"] == {}
    assert inventory.rendered == ["k1"]
    assert json.loads(json.dumps(result)) == result


def test_an_address(versions: Versions) -> None:
    assert describe("что на 10.0.0.1?", FakeInventory(GROUPS), versions)["mentions"]["hosts"] == ["k1"]


def test_a_product_on_named_hosts_has_their_version(versions: Versions) -> None:
    assert targets(describe("кафка на k3 тормозит", FakeInventory(GROUPS), versions)) == [("kafka", "2.8.1", ["k3"], "question")]
    assert targets(describe("kafka in the group brokers", FakeInventory(GROUPS), versions)) == [
        ("kafka", "3.4.0", ["k1", "k2"], "question"),
        ("kafka", "2.8.1", ["k3"], "question"),
    ]


def test_a_product_alone_has_all_deployed_versions_or_those_of_the_play(versions: Versions) -> None:
    everywhere = [("kafka", "3.4.0", ["k1", "k2", "lost1"], "question"), ("kafka", "2.8.1", ["k3"], "question")]
    result = describe("почему на кафке лаг", FakeInventory(GROUPS), versions)
    assert targets(result) == everywhere
    assert result["infrastructure"]["products"][0]["counts"] == {"3.4.0": 3, "2.8.1": 1}
    assert result["warnings"] == ["1 server of kafka in the versions CSV is not in the inventory: lost1."]
    assert targets(describe("kafka lag", FakeInventory(GROUPS), versions, current_host="k3")) == [("kafka", "2.8.1", ["k3"], "question")]
    assert targets(describe("kafka lag", FakeInventory(GROUPS), versions, hosts=["brokers"])) == [
        ("kafka", "3.4.0", ["k1", "k2"], "question"),
        ("kafka", "2.8.1", ["k3"], "question"),
    ]
    assert targets(describe("kafka lag", FakeInventory(GROUPS), versions, current_host="c1")) == everywhere


def test_a_group_called_like_the_product_does_not_narrow_it(versions: Versions) -> None:
    result = describe("why is kafka slow", FakeInventory({**GROUPS, "kafka": ["k3"]}), versions)
    assert result["mentions"]["groups"] == ["kafka"]
    assert len(result["targets"]) == 2


def test_a_version_of_the_question_comes_first(versions: Versions) -> None:
    assert targets(describe("upgrade kafka from 2.8 to 3.4", FakeInventory(GROUPS), versions)) == [
        ("kafka", "2.8", ["k3"], "question"),
        ("kafka", "3.4", ["k1", "k2", "lost1"], "question"),
    ]
    assert targets(describe("kafka 4.1 on k3", FakeInventory(GROUPS), versions)) == [("kafka", "4.1", [], "question"), ("kafka", "2.8.1", ["k3"], "question")]


def test_a_bare_number_that_is_no_known_release_does_not_beat_what_is_deployed(versions: Versions) -> None:
    found = targets(describe("kafka 8 on which JDK", FakeInventory(GROUPS), versions))
    assert found[0] == ("kafka", "8", [], "question")
    assert {version for _product, version, _hosts, _why in found} > {"2.8.1", "3.4.0"}
    assert {target[1] for target in targets(describe("kafka 3 is slow", FakeInventory(GROUPS), versions))} == {"3"}


def test_a_server_by_address_is_the_host_that_has_it(tmp_path: Path) -> None:
    (tmp_path / "versions.csv").write_text("server,product,version\n10.0.0.1,redis,7.2.4\n")
    result = describe("redis", FakeInventory(GROUPS), open_versions(tmp_path / "versions.csv"))
    assert (targets(result), result["warnings"]) == ([("redis", "7.2.4", ["k1"], "question")], [])


def test_versions_of_variables_are_read_as_those_of_the_csv() -> None:
    software = [{"product": "kafka", "version": "latest"}, {"product": "nginx", "version": "not installed"}]
    result = describe("k1", FakeInventory(GROUPS, {"k1": {"infra_llm_software": software}}), None)
    assert [(target["product"], target["version"]) for target in result["targets"]] == [("kafka", "unknown")]
    assert "'latest' names no version of kafka" in result["warnings"][0]


def test_a_product_that_nobody_runs(versions: Versions) -> None:
    result = describe("redis is slow", FakeInventory(GROUPS), versions)
    assert targets(result) == [("redis", None, [], "question")]
    assert result["infrastructure"] == {"hosts": [], "products": []}


def test_a_product_that_the_named_host_lacks(versions: Versions) -> None:
    result = describe("grafana on k1", FakeInventory(GROUPS), versions)
    assert targets(result) == [("grafana", "10.4.3", ["c2"], "question")]
    assert "grafana is not known to run on k1." in result["warnings"]


def test_nothing_named_scope_then_play_then_fleet(versions: Versions) -> None:
    question = "Where is the limit of open files set?"
    assert targets(describe(question, FakeInventory(GROUPS), versions, hosts=["c2"], current_host="k1")) == [
        ("ceph", "16.2.5", ["c2"], "host"),
        ("grafana", "10.4.3", ["c2"], "host"),
    ]
    assert targets(describe(question, FakeInventory(GROUPS), versions, current_host="c1")) == [("ceph", "18.2.4", ["c1"], "host")]
    for play_host in (None, "localhost"):
        result = describe(question, FakeInventory(GROUPS), versions, current_host=play_host)
        assert result["fleet"] == {"host_count": 5, "group_count": 3, "products": {"kafka": 4, "ceph": 2, "grafana": 1, "openssl": 1}}
        assert {target["why"] for target in result["targets"]} == {"fleet"}
        assert [target["product"] for target in result["targets"]] == ["kafka", "kafka", "ceph", "ceph", "grafana", "openssl"]


def test_a_play_host_without_software_leaves_the_fleet(versions: Versions) -> None:
    inventory = FakeInventory({**GROUPS, "control": ["localhost"]})
    result = describe("What is the default retention?", inventory, versions, current_host="localhost")
    assert result["targets"][0]["product"] == "kafka"
    assert result["targets"][0]["why"] == "fleet"


def test_a_scope_that_names_nothing_is_said(versions: Versions) -> None:
    assert "nowhere" in describe("what now", FakeInventory(GROUPS), versions, hosts=["nowhere,k1"])["warnings"][0]


def test_a_server_of_the_csv_alone_is_kept_and_flagged(versions: Versions) -> None:
    result = describe("what is on lost1", FakeInventory(GROUPS), versions)
    assert result["infrastructure"]["hosts"][0]["software"][0]["version"] == "3.4.0"
    assert result["warnings"] == ["lost1 is in the versions CSV but not in the inventory."]


def test_software_of_host_variables_adds_and_overrides(versions: Versions) -> None:
    variables: dict[str, dict[str, object]] = {
        "k1": {"infra_llm_software": [{"product": "Apache Kafka", "version": "3.9.0"}, {"product": "myapp", "version": 1.5, "os_version": "x"}]},
        "k2": {"infra_llm_software": ["nonsense", {"product": "kafka"}]},
        "k3": {"infra_llm_software": VAULTED},
    }
    inventory = FakeInventory(GROUPS, variables)
    assert targets(describe("k1?", inventory, versions)) == [
        ("kafka", "3.9.0", ["k1"], "host"),
        ("myapp", "1.5", ["k1"], "host"),
        ("openssl", "3.0.2", ["k1"], "host"),
    ]
    result = describe("kafka lag", inventory, versions)
    assert result["infrastructure"]["products"][0]["counts"] == {"3.4.0": 2, "2.8.1": 1, "3.9.0": 1}
    assert result["infrastructure"]["products"][0]["versions"]["3.9.0"] == ["k1"]
    assert any(warning.startswith("infra_llm_software of k2") for warning in result["warnings"])
    assert targets(describe("myapp is slow", inventory, None)) == [("myapp", "1.5", ["k1"], "question")]


def test_no_csv_at_all() -> None:
    result = describe("kafka on k1", FakeInventory(GROUPS), None)
    assert targets(result) == [("kafka", None, [], "question")]
    assert result["infrastructure"]["hosts"][0]["software"] == []


def test_three_hundred_brokers_become_counts_and_examples(tmp_path: Path) -> None:
    brokers = [f"broker-{number:03d}.dc.example.com" for number in range(300)]
    rows = "".join(f"{host.partition('.')[0]},kafka,{'3.4.0' if number % 3 else '2.8.1'},x\n" for number, host in enumerate(brokers))
    (tmp_path / "versions.csv").write_text("server,product,version,os_version\n" + rows)
    inventory = FakeInventory({"brokers": brokers})
    for question in ("kafka in the group brokers", "which kafka do we run", "all of broker-[000:299]"):
        result = describe(question, inventory, open_versions(tmp_path / "versions.csv"))
        [product] = result["infrastructure"]["products"]
        assert product["counts"] == {"3.4.0": 200, "2.8.1": 100}
        assert all(len(hosts) == 3 for hosts in product["versions"].values())
        assert all(host in brokers for hosts in product["versions"].values() for host in hosts)
        assert len(result["infrastructure"]["hosts"]) <= 8
        assert result["infrastructure"]["omitted"]["hosts"] >= 292
        assert len(json.dumps(result)) < 6000
    assert len(set(inventory.rendered)) <= 8


def test_three_hundred_hosts_with_software_in_variables_only() -> None:
    brokers = [f"broker-{number:03d}" for number in range(300)]
    inventory = FakeInventory({"brokers": brokers}, {host: {"infra_llm_software": [{"product": "kafka", "version": "3.4.0"}]} for host in brokers})
    result = describe("the group brokers is slow", inventory, None)
    assert result["infrastructure"]["products"][0]["counts"] == {"3.4.0": 300}
    assert len(inventory.rendered) <= 5


def test_a_short_name_that_fits_several_servers_is_not_guessed(tmp_path: Path) -> None:
    (tmp_path / "versions.csv").write_text("server,product,version\nk1.a.b,kafka,3.4.0\nk1.c.d,kafka,2.8.1\n")
    result = describe("k1?", FakeInventory(GROUPS), open_versions(tmp_path / "versions.csv"))
    assert result["infrastructure"]["hosts"][0]["software"] == []
    assert "2 servers that k1 may mean" in result["warnings"][0]


def test_numbers_behind_the_name_of_hosts_give_each_its_version(tmp_path: Path) -> None:
    (tmp_path / "versions.csv").write_text("server,product,version\nmon0,ceph,16.2.5\nosd0,ceph,18.2.4\nosd1,ceph,16.2.5\nosd2,ceph,18.2.4\n")
    inventory = FakeInventory({"mons": ["mon0", "mon1", "mon2"], "osds": ["osd0", "osd1", "osd2"]})
    versions = open_versions(tmp_path / "versions.csv")
    assert targets(describe("узлы osd 1 и 2 тормозят", inventory, versions)) == [
        ("ceph", "16.2.5", ["osd1"], "question"),
        ("ceph", "18.2.4", ["osd2"], "question"),
    ]
    assert targets(describe("mon0 and mon2 are gone, and mon1 is left without a quorum", inventory, versions))[0][0] == "ceph"


def test_what_runs_on_the_host_may_describe_a_product_that_nobody_is_known_to_run(versions: Versions) -> None:
    result = describe("how do I back up etcd on k1", FakeInventory(GROUPS), versions)
    assert targets(result)[0] == ("etcd", None, [], "question")
    assert ("kafka", "3.4.0", ["k1"], "host") in targets(result)


def shown_variables(variables: dict[str, object], csv: Path, **options: Any) -> dict[str, object]:
    result = describe("k1", FakeInventory(GROUPS, {"k1": variables}), open_versions(csv), **options)
    return dict(result["infrastructure"]["hosts"][0]["vars"])


def test_variables_of_known_and_of_deployed_products_are_shown(tmp_path: Path) -> None:
    csv = tmp_path / "versions.csv"
    csv.write_text("server,product,version,os_version\nk1,Frob Store,1.2,Debian 12\n")
    variables: dict[str, object] = {"frob_store_quorum": 3, "kafka_quota": 4, "pg_wal": "5", "zzz_quota": 6, "kafkaesque_quota": 7}
    assert shown_variables(variables, csv) == {"frob_store_quorum": 3, "kafka_quota": 4, "pg_wal": "5"}


@pytest.mark.parametrize("options", [{}, {"hostvars_allow": ["*"]}, {"hostvars_allow": ["infra_llm_*", "kafka_*"]}])
def test_the_assistants_own_settings_are_no_facts_about_a_host(versions: Versions, options: dict[str, Any]) -> None:
    variables: dict[str, object] = {"infra_llm_llama_memory_reserve": "2g", "infra_llm_port": 1, "kafka_port": 9092}
    result = describe("k1", FakeInventory(GROUPS, {"k1": variables}), versions, **options)
    assert result["infrastructure"]["hosts"][0]["vars"] == {"kafka_port": 9092}


def test_nothing_that_steers_a_terminal_is_in_a_digest(tmp_path: Path) -> None:
    evil = "\x1b[31m\x9b1m\u202e\u200b"
    host, group = f"k9{evil}", f"brokers{evil}"
    csv = tmp_path / "versions.csv"
    csv.write_text(f'server,product,version,os_version\n{host},fro{evil}b,1.2{evil},"Debian{evil} 12"\nlost{evil},kafka,3.4.0,x\n')
    inventory = FakeInventory({group: [host]}, {host: {f"kafka_{evil}port": f"9092{evil}", "kafka_list": [{f"a{evil}": f"pass{evil}word=hunter2"}]}})
    for question in ("what runs here", "kafka"):
        text = json.dumps(describe(question, inventory, open_versions(csv), current_host=host), ensure_ascii=False)
        assert not set("\x1b\x9b\u202e\u200b") & set(text)
        assert "\\u001b" not in text
        assert "hunter2" not in text
