# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Versions that people write in questions, and numbers beside a product's name that are none."""

from __future__ import annotations

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils.catalogue._product import Product
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.sources._stack_exchange_versions import VersionFinder

PRODUCTS = {
    "kafka": Product("kafka", aliases=("apache kafka", "confluent kafka", "кафка"), versions="glued"),
    "kubernetes": Product("kubernetes", aliases=("k8s", "kubelet", "kube apiserver", "k3s")),
    "ceph": Product("ceph", aliases=("cephadm",), versions="codename", codenames={"quincy": 17, "reef": 18}),
    "postgresql": Product("postgresql", aliases=("postgres",), versions="major"),
    "nginx": Product("nginx", versions="unversioned"),
}


@pytest.mark.parametrize(
    ("product", "title", "version"),
    [
        ("kafka", "Kafka 3.4 controller quorum", "3.4"),
        ("kafka", "apache-kafka: 3.4.0, no leader", "3.4"),
        ("kafka", "Kafka cluster version 3.4.1 is slow", "3.4"),
        ("kafka", "kafka_2.13-3.4.0.tgz does not start", "3.4"),
        ("kafka", "quorum in version 3.4 of Kafka", "3.4"),
        ("kafka", "Docker image apache/kafka:3.7.0", "3.7"),
        ("kafka", "Кафка 2.8 не стартует", "2.8"),
        ("kafka", "From Kafka v2.8.x to Kafka 3.4", "3.4"),
        ("kafka", "Kafka version 3", "3"),
        ("kafka", "Kafka 3 brokers", None),
        ("kafka", "Kafka 10.0.0.1:9092 refused", None),
        ("kafka", "kafka 0.5 seconds latency, kafka 1.5 GB heap", None),
        ("kafka", "Spring Kafka 2.8 listener", None),
        ("kafka", "spring-kafka 2.8, kafka-python 2.0.2 and Grafana 9.5", None),
        ("kubernetes", "Pods pending since v1.26.3", "1.26"),
        ("kubernetes", "v1.26 kubelet cannot join", "1.26"),
        ("kubernetes", "registry.k8s.io/kube-apiserver:v1.26.3", "1.26"),
        ("kubernetes", "k3s v1.26.4+k3s1", "1.26"),
        ("kubernetes", "Calico v3.25 on k8s.io/v1", None),
        ("ceph", "ceph quincy OSD flapping", "quincy"),
        ("ceph", "After the upgrade to Reef", "reef"),
        ("ceph", "Ceph version 17.2.5 (98318ae89f) stable", "quincy"),
        ("ceph", "ceph 12.2.0", "12"),
        ("ceph", "ceph 3 nodes", None),
        ("ceph", "ceph 3-node cluster", None),
        ("postgresql", "PostgreSQL 14 is slow", "14"),
        ("postgresql", "Postgres 14.4", "14"),
        ("postgresql", "PostgreSQL 9.6", "9.6"),
        ("postgresql", "Postgres 2 replicas", None),
        ("nginx", "nginx/1.24.0 returns 502", "1.24"),
    ],
)
def test_the_version_in_a_title(product: str, title: str, version: str | None) -> None:
    assert VersionFinder(PRODUCTS[product]).find(title, [], "", ["3.4"]) == version


def test_the_title_counts_before_tags_and_these_before_the_text() -> None:
    finder = VersionFinder(PRODUCTS["postgresql"])
    assert finder.find("Postgres 15 lock contention", ["postgresql-13"], "PostgreSQL 12.1", []) == "15"
    assert finder.find("Locks", ["postgresql-13", "locking"], "PostgreSQL 12.1", []) == "13"
    assert finder.find("Locks", ["postgresql"], "We run\nPostgreSQL 12.1 here", []) == "12"
    # In running text a codename needs the product's name near it.
    ceph = VersionFinder(PRODUCTS["ceph"])
    assert ceph.find("OSD", [], "Our Ceph cluster runs Quincy", []) == "quincy"
    assert ceph.find("OSD", [], "The Reef office. Ceph is in the basement", []) is None


def test_deployed_versions_are_named_as_in_the_documentation() -> None:
    assert VersionFinder(PRODUCTS["kafka"]).documented(["3.4.0-1.el8", "3.4.1", "kafka_2.13-2.8.0", "unknown"]) == ["3.4", "2.8"]
    assert VersionFinder(PRODUCTS["ceph"]).documented(["2:17.2.5-1~bpo", "20.1.0"]) == ["quincy", "20"]
