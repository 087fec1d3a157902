# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which host variables may be looked at: by default those about the host itself, the usual settings, and those of products."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import fnmatch
import functools
import re
import typing as t
from collections.abc import Callable, Collection, Iterable

from ..catalogue._entries import entries, spaced

SOFTWARE_VARIABLE: t.Final = "infra_llm_software"
_OWN_PREFIX: t.Final = "infra_llm_"
_MAX_WORDS: t.Final = 4

# Where the host is and what it runs on; then what is configured, by the usual endings.
DEFAULT_ALLOW: t.Final = tuple(
    """
    ansible_host ansible_port ansible_connection ansible_network_os ansible_distribution* ansible_os_family ansible_kernel
    ansible_architecture ansible_processor_vcpus ansible_memtotal_mb ansible_virtualization_* os os_* arch kernel_* site region zone dc
    datacenter rack row room env environment tier stage role roles az *_zone *_rack
    *_version *_release *_port *_ports *_dir *_dirs *_directory *_path *_paths *_mount *_mounts *_device *_devices *_replicas
    *_replication_factor *_partitions *_shards *_size *_count *_limit *_limits *_threads *_workers *_retention* *_timeout* *_interval*
    *_memory* *_heap* *_cpu* *_enabled *_mode *_role *_roles *_type *_id *_name *_driver *_interface *_network *_networks *_subnet *_cidr
    *_address *_domain *_listen* *_plugin *_plugins *_backend *_disks devices dedicated_devices lvm_volumes cluster cluster_* public_network
    fsid
    """.split()
)


def variable_filter(allow: Iterable[str] | None = None, deny: Iterable[str] = (), products: Collection[str] = ()) -> Callable[[str], bool]:
    """Return a test of variable names against globs: ``deny`` wins over ``allow``.

    ``allow=None`` means `DEFAULT_ALLOW` and what begins with the name of a product: those of the catalogue with their aliases, and ``products``, the deployed
    ones in their comparable form (see `spaced`). The assistant's own settings are never wanted: they are no facts about a host.
    """
    denied = _any_of(tuple(deny))
    if allow is not None:
        listed = _any_of(tuple(allow))
        return lambda name: listed(name) and not name.startswith(_OWN_PREFIX) and not denied(name)
    usual = _any_of(DEFAULT_ALLOW)
    # Ansible's own variables (ansible_check_mode and the like) are facts of the run, not of the host, unless the list names them.
    facts = _any_of(tuple(glob for glob in DEFAULT_ALLOW if glob.startswith("ansible_")))

    def wanted(name: str) -> bool:
        if name.startswith(("ansible_", _OWN_PREFIX)):
            return facts(name) and not denied(name)
        return (usual(name) or _is_of_product(name, products)) and not denied(name)

    return wanted


def _is_of_product(name: str, deployed: Collection[str]) -> bool:
    """Tell whether a variable begins with the name of a product, ``kafka_heap`` or ``open_search_url``, or is called so."""
    words = name.lower().split("_", _MAX_WORDS)
    beginnings = (" ".join(words[: count + 1]) for count in range(min(len(words), _MAX_WORDS)))
    known = _known_beginnings(entries().names_digest)
    return any(beginning in known or beginning in deployed for beginning in beginnings)


@functools.lru_cache(maxsize=2)
def _known_beginnings(_names: str) -> frozenset[str]:
    catalogue = entries()
    listed = {str(beginning) for entry in catalogue.data.values() for beginning in entry.get("variables", ())}
    return frozenset((*catalogue.by_name, *map(spaced, listed)))


@functools.lru_cache(maxsize=8)
def _any_of(globs: tuple[str, ...]) -> Callable[[str], bool]:
    # Nearly all globs are a name, a beginning or an end: as such they need no regular expression, of which a hundred take milliseconds to compile.
    exact: set[str] = set()
    beginnings: list[str] = []
    ends: list[str] = []
    patterns: list[str] = []
    for glob in filter(None, map(str.strip, globs)):
        inner = glob.strip("*")
        if any(char in inner for char in "*?["):
            patterns.append(fnmatch.translate(glob))
        elif glob == inner:
            exact.add(glob)
        elif glob == f"{inner}*":
            beginnings.append(inner)
        elif glob == f"*{inner}":
            ends.append(inner)
        else:
            patterns.append(fnmatch.translate(glob))
    begin, end = tuple(beginnings), tuple(ends)
    pattern = re.compile("|".join(patterns)) if patterns else None

    def matches(name: str) -> bool:
        return name in exact or name.startswith(begin) or name.endswith(end) or (pattern is not None and pattern.match(name) is not None)

    return matches
