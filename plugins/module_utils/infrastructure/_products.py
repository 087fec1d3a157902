# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to the collection: names here may change in any release.
"""Names of products: how people and package managers write them, in English and Russian."""

from __future__ import annotations

import functools
import re
import typing as t

# product -> what else it is called: aliases, package names, and components or commands that belong to no other product.
ALIASES: t.Final[dict[str, tuple[str, ...]]] = {
    "ceph": (
        *(
            "цеф",
            "сеф",
            "ceph osd",
            "ceph mon",
            "ceph mgr",
            "ceph mds",
            "ceph common",
            "ceph base",
            "ceph radosgw",
            "cephadm",
            "cephfs",
            "radosgw",
            "rgw",
            "rados",
        ),
        *("osd", "осд", "mds", "bluestore", "ceph volume", "ceph ansible", "ceph fuse", "ceph cluster", "rbd mirror", "crushmap"),
    ),
    "kafka": ("кафка", "кавка", "apache kafka", "confluent kafka", "cp kafka", "kafka broker", "kafka brokers", "kraft", "kafka cluster"),
    "prometheus": ("прометей", "прометеус", "промитей", "промитеус", "prom", "promtool", "promql", "prometheus2", "prometheus tsdb"),
    "alertmanager": ("алертменеджер", "алертменежер", "алертманагер", "алерт менеджер", "alert manager", "prometheus alertmanager", "amtool"),
    "kubernetes": (
        *("k8s", "k8", "kube", "кубер", "кубернетес", "кубернетис", "кубернейтс", "куб", "kubelet", "kubectl", "kubeadm", "kube apiserver", "kube proxy"),
        *("kube scheduler", "kube controller manager", "k3s", "rke2", "kubernetes node", "kubernetes master", "кубелет", "кубектл", "кубадм"),
    ),
    "grafana": ("графана", "grafana oss", "grafana enterprise"),
    "opensearch": ("опенсерч", "опенсеарч", "опен серч", "open search"),
    "nginx": ("энджинкс", "нгинкс", "энжинкс", "нджинкс", "инджинкс", "энгинкс", "nginx core", "nginx full", "nginx light", "nginx extras", "nginx plus"),
    "postgresql": (
        *("постгрес", "постгря", "постгре", "постгрескуэль", "postgres", "pgsql", "psql", "postgresql server", "postgres server", "pgdump", "pg dump"),
        *("pg basebackup", "pg restore"),
    ),
    "redis": ("редис", "редиска", "redis cli", "redis stack"),
    "valkey": ("валкей", "валки", "valkey cli"),
    "rabbitmq": ("кролик", "рэббит", "реббит", "раббит", "рэббитэмкью", "рэббитмк", "rabbit", "rabbitmqctl", "rabbit mq"),
    "haproxy": ("хапрокси", "хапрокся", "ха прокси", "ha proxy"),
    "elasticsearch": ("эластик", "эластиксерч", "эластик серч", "эластиксеарч", "elastic", "elastic search", "elasticsearch oss"),
    "etcd": ("этсд", "етсд", "этцд", "etcdctl", "etcdutl"),
    "docker": ("докер", "docker ce", "docker.io", "docker engine", "dockerd", "moby", "docker ee"),
}
KNOWN: t.Final = frozenset(ALIASES)

# Release names. The first set says which product is meant by itself; the others only beside the product's name (Octopus Deploy, the squid proxy).
CODENAMES: t.Final[dict[str, tuple[frozenset[str], frozenset[str]]]] = {
    "ceph": (
        frozenset(("luminous", "nautilus", "quincy")),
        frozenset(("jewel", "kraken", "mimic", "octopus", "pacific", "reef", "squid", "tentacle", "umbrella", "hammer", "infernalis")),
    ),
}

# Russian case endings of nouns as operators decline product names, longest first.
_ENDINGS: t.Final = tuple(
    """
    иями ями ами ому ого ыми ой ою ей ею ём ем ом ам ям ах ях ов ев ий ый а у ы и е я ю ь й
    """.split()
)
_SEPARATORS = re.compile(r"[\s_/-]+")
_CYRILLIC = re.compile(r"[а-яё]", re.IGNORECASE)
_PACKAGE_VERSION = re.compile(r"(?<=[a-z])[ -]?\d+(?:\.\d+)*$")


def spaced(name: str) -> str:
    """Return a name in the form in which names are compared: lower case, ``ё`` as ``е``, separators as one blank."""
    return _SEPARATORS.sub(" ", name.strip().lower().replace("ё", "е")).strip()


def stems(word: str) -> list[str]:
    """Return the forms in which a lower-case word may be listed: itself and, for Russian, it without each case ending that fits."""
    if not _CYRILLIC.search(word):
        return [word]
    return [word, *(word[: -len(ending)] for ending in _ENDINGS if word.endswith(ending) and len(word) - len(ending) >= 3)]


def _listed(alias: str) -> str:
    """The one form in which an alias is listed: a Russian noun loses the ending of its nominative."""
    name = spaced(alias)
    if _CYRILLIC.search(name) and len(name) > 4 and name[-1] in "аяьйы":
        return name[:-1]
    return name


@functools.cache
def alias_table() -> dict[str, str]:
    """Return listed form -> product; a form of several words has blanks between them."""
    table = {_listed(alias): product for product, aliases in ALIASES.items() for alias in aliases}
    table.update((product, product) for product in ALIASES)
    return table


def find_product(name: str) -> str | None:
    """Return the known product that a word or phrase of a question names, in any Russian case; None when it names none."""
    table = alias_table()
    form = spaced(name)
    head, blank, last = form.rpartition(" ")
    for stem in stems(last):
        product = table.get(f"{head}{blank}{stem}")
        if product is not None:
            return product
    return None


@functools.lru_cache(maxsize=4096)
def normalise_product(name: str) -> str:
    """Return the one name under which a product of the versions CSV is kept.

    Known products and their packages get the product's name (``redis-server``, ``postgresql-14`` -> ``redis``, ``postgresql``);
    any other name is lower-cased, its blanks become ``-`` and a trailing ``-server`` goes.
    """
    form = spaced(name)
    product = find_product(form)
    if product is None and form.endswith(" server"):
        form = form.removesuffix(" server")
        product = find_product(form)
    if product is None:
        # Package names carry the major version: postgresql14, postgresql-14-server. Unknown names keep it (python3, zabbix-agent2).
        product = find_product(_PACKAGE_VERSION.sub("", form))
    if product is not None:
        return product
    plain = re.sub(r"\s+", "-", name.strip().lower())
    shorter = re.sub(r"[-_]server$", "", plain)
    return shorter or plain
