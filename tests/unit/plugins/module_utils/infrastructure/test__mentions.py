# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a question mentions, in both languages, and what only looks like it."""

from __future__ import annotations

import itertools
import random
import time

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils.infrastructure._mentions import Mentions, find_mentions
from ansible_collections.infra_llm.assistant.plugins.module_utils.infrastructure._names import NameIndex, name_index

HOSTS = (
    "web1 web2 web3 web10 web1-backup kafka-01 kafka-02 kafka-03 osd0 osd1 osd2 osd3 mon0 mon1 mon2 grafana db1.msk.example.com app1.x.y app1.z.y 10.9.9.9"
).split()
GROUPS: dict[str, list[str]] = {
    "all": HOSTS,
    "ungrouped": [],
    "web": ["web1", "web2", "web3", "web10"],
    "app": ["app1.x.y", "app1.z.y"],
    "test": ["web1"],
    "data": ["db1.msk.example.com"],
    "consumer": ["web3"],
    "kafka": ["kafka-01"],
    "kafka_brokers": ["kafka-01", "kafka-02", "kafka-03"],
    "osds": ["osd0", "osd1", "osd2", "osd3"],
    "rack_01": ["web1"],
}
DEPLOYED = {"kafka": "kafka", "node exporter": "node_exporter", "file": "file", "time": "time", "myapp": "myapp"}
INDEX = NameIndex(GROUPS)


def mentions(question: str) -> Mentions:
    return find_mentions(question, INDEX, products=DEPLOYED, addresses=lambda: {"10.0.0.5": "web2", "fe80::1": "web3"})


@pytest.mark.parametrize(
    ("question", "hosts"),
    [
        ("Why is web1 down?", ["web1"]),
        ("compare WEB10 and web1-backup.", ["web10", "web1-backup"]),
        ("ssh root@web1:22, http://web2/x, (web3)", ["web1", "web2", "web3"]),
        ("web1.example.com is slow", ["web1"]),
        ("db1 and db1.msk", ["db1.msk.example.com"]),
        ("app1", ["app1.x.y", "app1.z.y"]),
        ("app1.z.y", ["app1.z.y"]),
        ("на 10.0.0.5 и [fe80::1]:9092", ["web2", "web3"]),
        ("10.9.9.9:80", ["10.9.9.9"]),
        ("kafka-0[1-3] lag", ["kafka-01", "kafka-02", "kafka-03"]),
        ("web[1:3]", ["web1", "web2", "web3"]),
        ("web{1,3} and kafka-{01..02}", ["web1", "web3", "kafka-01", "kafka-02"]),
        ("web1-3", ["web1", "web2", "web3"]),
        ("с kafka-01 по kafka-03", ["kafka-01", "kafka-02", "kafka-03"]),
        ("kafka-01, 02 и 03", ["kafka-01", "kafka-02", "kafka-03"]),
        ("move it from kafka-01 to kafka-03", ["kafka-01", "kafka-03"]),
        ("osd nodes 2 and 3 are slow", ["osd2", "osd3"]),
        ("узлы osd 2 и 3 тормозят", ["osd2", "osd3"]),
        ("ноды osd 1-3", ["osd1", "osd2", "osd3"]),
        ("брокеры кафки 1 и 2", ["kafka-01", "kafka-02"]),
        ("на узле mon0 и хосте web1", ["mon0", "web1"]),
        # near misses
        ("web100 and web-1 and xweb1 and web1x and web1_x", []),
        ("web1.conf, /etc/web1/web1.yml", []),
        ("kafka-04 or kafka-1", []),
        ("app1.q.y and db1.spb", []),
        ("10.0.0.50 and 110.0.0.5 and 10.0.0.5.6 and 10.0.0.5/24", []),
        ("version 1.2 on port 9092 at 10:00", []),
        ("curl localhost:9090", []),
    ],
)
def test_hosts(question: str, hosts: list[str]) -> None:
    assert mentions(question).hosts == hosts


@pytest.mark.parametrize(
    ("question", "groups"),
    [
        ("what is in the web group?", ["web"]),
        ("web servers are slow", ["web"]),
        ("restart group test", ["test"]),
        ("what runs on web?", ["web"]),
        ("что в группе app", ["app"]),
        ("что крутится на test", ["test"]),
        ("хосты из «data»", ["data"]),
        ("`data` is broken", ["data"]),
        ("kafka_brokers", ["kafka_brokers", "kafka"]),
        ("the kafka brokers are slow", ["kafka_brokers", "kafka"]),
        ("rack 01 lost power", ["rack_01"]),
        # ordinary sentences
        ("The app does not respond", []),
        ("test the data of all hosts", []),
        ("what does a web of consumer groups do", []),
        ("consumer group lag", []),
        ("data is lost, test it in the app", []),
        ("ungrouped and all", []),
    ],
)
def test_groups(question: str, groups: list[str]) -> None:
    assert mentions(question).groups == groups


@pytest.mark.parametrize(
    ("question", "products"),
    [
        ("почему на кафке растёт лаг", ["kafka"]),
        ("в кластере ceph предупреждение", ["ceph"]),
        ("кубера обновить, прометеем мониторим, с графаной беда", ["kubernetes", "prometheus", "grafana"]),
        ("цеф, цефа, цефу, цефом, цефе", ["ceph"]),
        (
            "этсд и опенсёрч и энджинкс с постгресом, редисом, кроликом и эластиком",
            ["etcd", "opensearch", "nginx", "postgresql", "redis", "rabbitmq", "elasticsearch"],
        ),
        ("K8S and Postgres and pgsql and HAProxy and valkey in Docker", ["kubernetes", "postgresql", "haproxy", "valkey", "docker"]),
        ("prometheus-alertmanager and alertmanager", ["alertmanager"]),
        ("ceph-кластер, kafka-брокер и kube-apiserver", ["ceph", "kafka", "kubernetes"]),
        ("kafka-topics.sh and prometheus.yml and org.apache.kafka.common", ["kafka", "prometheus"]),
        ("osd.12 and OSD_OUT_OF_ORDER_FULL, osd_memory_target", ["ceph"]),
        ("node exporter and node_exporter and myapp", ["node_exporter", "myapp"]),
        ("package file, file 5.41", ["file"]),
        # near misses
        ("open the file at this time", []),
        ("кафель, цефалоспорин, докеров нет", ["docker"]),
        ("unkafkaesque kafkaesque", []),
        ("pg 1.2f is inconsistent", []),
        ("kafka-99 is no host", []),
    ],
)
def test_products(question: str, products: list[str]) -> None:
    assert mentions(question).products == products


@pytest.mark.parametrize(
    ("question", "versions"),
    [
        ("kafka 2.8 to 3.4", [("kafka", "2.8"), ("kafka", "3.4")]),
        ("обновить кафку с 2.8.1 на 3.4.0", [("kafka", "2.8.1"), ("kafka", "3.4.0")]),
        ("версия 3.4.0 кафки", [("kafka", "3.4.0")]),
        ("k3s v1.26.4+k3s1 token", [("kubernetes", "v1.26.4+k3s1")]),
        ("kafka version: 3.4.0-1.el8", [("kafka", "3.4.0-1.el8")]),
        ("ceph 2:17.2.5-1~bpo", [("ceph", "2:17.2.5-1~bpo")]),
        ("ceph quincy and the pacific release of ceph", [("ceph", "quincy"), ("ceph", "pacific")]),
        ("nautilus is old", [("ceph", "nautilus")]),
        ("kafka_2.13-3.4.0.tgz", [("kafka", "3.4.0")]),
        ("nginx/1.24.0 says 504", [("nginx", "1.24.0")]),
        ("ceph 18 is slow", [("ceph", "18")]),
        ("постгря 14 тормозит", [("postgresql", "14")]),
        ("upgrade to 10.4, before Grafana 11", [("grafana", "10.4"), ("grafana", "11")]),
        ("since version 3.4.0 it fails", [(None, "3.4.0")]),
        ("postgres 14, how is it vacuumed", [("postgresql", "14")]),
        ("upgrade postgres from 14 to 17", [("postgresql", "14"), ("postgresql", "17")]),
        ("обновить postgres с 14 до 17", [("postgresql", "14"), ("postgresql", "17")]),
        ("upgrade kubernetes to 1.30", [("kubernetes", "1.30")]),
        # other numbers
        ("kafka 3 brokers are down", []),
        ("Which heap do the Kafka brokers need, 8 or 16?", []),
        ("the top 5 reasons, kafka, 3 hosts", []),
        ("kafka broker 3 is down", []),
        ("postgres 5 replicas lag", []),
        ("kubernetes 2 nodes down", []),
        ("kafka 3 брокера упали", []),
        ("ceph 3 node cluster", []),
        ("kafka 3 dead brokers", []),
        ("scale redis from 3 to 5 shards", []),
        ("redis 6 or 7 shards?", []),
        ("kafka 10ms latency, ceph 85% full", []),
        ("графана 2 раза упала", []),
        ("full_ratio (0.3) < 0.99 on port 9092 in 5.5 s", []),
        ("policy/v1beta1, HTTP/1.1, TLS 1.3 with nginx, 10.0.0.0", []),
        ("octopus deploy in the pacific", []),
    ],
)
def test_versions(question: str, versions: list[tuple[str | None, str]]) -> None:
    assert mentions(question).versions == versions


@pytest.mark.parametrize(
    ("question", "hosts"),
    [
        ("osd nodes 2 and 3 are full", ["ceph-osd-02", "ceph-osd-03"]),
        ("на осд нодах 2 и 3 кончилось место", ["ceph-osd-02", "ceph-osd-03"]),
        ("брокеры kafka 1 и 2", ["kafka-01", "kafka-02"]),
        ("worker nodes 1 and 3", ["k8s-worker-01", "k8s-worker-03"]),
        ("на воркер нодах 1 и 3", ["k8s-worker-01", "k8s-worker-03"]),
        ("mon 1", ["ceph-mon-01"]),
        ("мон 1 лежит", ["ceph-mon-01"]),
        ("plane nodes 2", ["n2"]),
        ("osd 2 is down, kafka 3 is old, worker 3 times", []),
    ],
)
def test_numbered_hosts_by_the_end_of_their_names(question: str, hosts: list[str]) -> None:
    groups = {
        "ceph": [f"ceph-{kind}-0{number}.a.example" for kind in ("mon", "osd") for number in (1, 2, 3)],
        "kafka": ["kafka-01.a.example", "kafka-02.a.example", "kafka-ctl-01.a.example"],
        "k8s_worker": [f"k8s-worker-0{number}.a.example" for number in (1, 2, 3)],
        "control_plane": ["n1", "n2"],
    }
    index = NameIndex({"all": [host for members in groups.values() for host in members], **groups})
    assert [host.partition(".")[0] for host in find_mentions(question, index).hosts] == hosts


def test_a_name_that_is_only_a_products_is_soft() -> None:
    assert mentions("grafana is slow").soft == {"grafana"}
    assert mentions("на кафке лаг").soft == {"kafka"}
    assert mentions("the group kafka").soft == set()


def test_every_name_is_found_and_no_other() -> None:
    """Names that contain each other in every way, in sentences of both languages."""
    parts = ["srv", "srv1", "srv11", "srv-1", "srv-1-a", "srv_1", "a-srv1", "srv1.dc1.corp", "srv11.dc1.corp", "a.srv1.corp"]
    index = NameIndex({"all": parts, "ungrouped": parts})
    frames = ["{}", "why is {} down?", "почему {}, а не другой", "«{}».", "({})", "ssh ops@{}:22", "{}/{}"]
    for name, frame in itertools.product(parts, frames):
        assert find_mentions(frame.format(name, name), index).hosts == [name], (name, frame)
    for name in parts:
        for near in (f"x{name}", f"{name}x", f"x-{name}", f"{name}-x", f"{name}_x", f"x.{name}"):
            if near not in parts:
                assert find_mentions(f"what about {near} now", index).hosts == [], near


def test_cost_does_not_grow_with_the_inventory() -> None:
    def seconds(count: int) -> float:
        hosts = [f"node-{number:05d}.dc{number % 7}.example.com" for number in range(count)]
        index = NameIndex({"all": hosts, "ungrouped": hosts})
        question = "why are node-00001 and node-00017.dc3.example.com slower than kafka 3.4 on node-99999, in Russian: на кафке"
        assert len(find_mentions(question, index).hosts) == 2
        best = 9.0
        for _attempt in range(30):
            started = time.process_time()
            find_mentions(question, index)
            best = min(best, time.process_time() - started)
        return best

    assert seconds(20_000) < 4 * seconds(50) + 0.001


def test_the_index_is_kept_while_the_mapping_is_unchanged() -> None:
    groups = {"all": ["a"], "ungrouped": ["a"]}
    index = name_index(groups)
    assert name_index(groups) is index
    groups["all"].append("b1")
    assert name_index(groups).hosts("b1") == ["b1"]


def test_a_scope_names_hosts_groups_ranges_and_globs() -> None:
    assert INDEX.resolve(["osds", "web[1:2]", "kafka-*", "db1"]) == (
        ["osd0", "osd1", "osd2", "osd3", "web1", "web2", "kafka-01", "kafka-02", "kafka-03", "db1.msk.example.com"],
        [],
    )
    assert INDEX.resolve(["nothing", "ungrouped"]) == ([], ["nothing"])


def test_noise_is_survived() -> None:
    rnd = random.Random(1)
    alphabet = "ab1[]{}-.,:_/\\\"'«» \n\t0-9кафка[1-9]{1..99999}web"
    for _attempt in range(500):
        mentions("".join(rnd.choices(alphabet, k=80)))
    assert mentions("").hosts == []
    started = time.process_time()
    mentions("web[1:99999999] kafka-{0..9}{0..9}{0..9}{0..9} " * 50 + "a-" * 5000 + "1." * 5000)
    assert time.process_time() - started < 5


BRACKETS = ["[1-300]", "kafka-[1-300]", "[1-9]", "{1..300}", "kafka-0[1-3] ", "[", "[1-3"]
REPEATED = [
    *BRACKETS,
    "1.",
    "1",
    "a",
    "-",
    "@",
    ",",
    "/",
    "a/",
    "ж",
    "login:",
    "kafka-01 ",
    "kafka-01,",
    "kafka 2.8 ",
    "->2.8 ",
    "nodes web 1 ",
    "1 and ",
    "fe80::",
    "«",
    "web-01..",
    "v1.",
]


@pytest.mark.parametrize("part", REPEATED)
def test_the_cost_of_a_question_is_in_proportion_to_its_length(part: str) -> None:
    index = NameIndex({"all": [f"kafka-{number:02}" for number in range(1, 100)] + [f"web{number}" for number in range(100)]})

    def cost(size: int) -> float:
        text = part * (size // len(part))
        started = time.process_time()
        find_mentions(text, index, find_server=lambda name: [], addresses=dict)
        return time.process_time() - started

    cost(100)
    # Four times the text takes four times the time, were it quadratic it would be sixteen; what is small is only noise.
    assert cost(20_000) < 10 * cost(5_000) + 0.05


def test_a_range_is_cut_before_it_is_multiplied_out() -> None:
    index = NameIndex({"all": [f"kafka-{one}{other}" for one in range(1, 4) for other in range(1, 4)]})
    assert find_mentions("kafka-[1-3][1-2] lag", index).hosts == ["kafka-11", "kafka-12", "kafka-21", "kafka-22", "kafka-31", "kafka-32"]
    assert find_mentions("kafka-" + "[1-300]" * 2000, index).hosts == []
    assert index.resolve(["kafka-" + "[1-300]" * 500])[0] == []
