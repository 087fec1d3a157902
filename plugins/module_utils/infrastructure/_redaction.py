# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of the operator's data may leave the controller.

Host variables pass an allow-list, then secret names, then vault values, then secret-shaped values. Free text passes the shapes only.
Where a rule is in doubt it redacts: a lost value costs a poorer answer, a leaked one cannot be taken back.
"""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import fnmatch
import functools
import re
import typing as t
from collections.abc import Callable, Iterable, Mapping, Sequence

from ._secret_patterns import REDACTED, is_secret_flag, is_secret_name, redact_text

SOFTWARE_VARIABLE: t.Final = "infra_llm_software"

MAX_STRING: t.Final = 300
MAX_ITEMS: t.Final = 20
MAX_DEPTH: t.Final = 4
MAX_VARIABLES: t.Final = 40
MAX_NESTED: t.Final = 60
# A whole certificate bundle need not be searched when only its beginning can be shown.
_SEARCHED: t.Final = 8 * MAX_STRING
_LABELS: t.Final = ("name", "key", "Name", "Key", "k", "var", "variable", "param", "parameter", "property", "option", "setting", "field")
_VALUE_KEYS: t.Final = ("value", "val", "v", "default", "data", "content")

# Where the host is and what it runs on; what is configured, by the usual endings; what is configured, by product.
DEFAULT_ALLOW: t.Final = tuple(
    """
    ansible_host ansible_port ansible_connection ansible_network_os ansible_distribution* ansible_os_family ansible_kernel
    ansible_architecture ansible_processor_vcpus ansible_memtotal_mb ansible_virtualization_* os os_* arch kernel_* site region zone dc
    datacenter rack row room env environment tier stage role roles az *_zone *_rack
    *_version *_release *_port *_ports *_dir *_dirs *_directory *_path *_paths *_mount *_mounts *_device *_devices *_replicas
    *_replication_factor *_partitions *_shards *_size *_count *_limit *_limits *_threads *_workers *_retention* *_timeout* *_interval*
    *_memory* *_heap* *_cpu* *_enabled *_mode *_role *_roles *_type *_id *_name *_driver *_interface *_network *_networks *_subnet *_cidr
    *_address *_domain *_listen* *_plugin *_plugins *_backend *_disks devices dedicated_devices lvm_volumes cluster cluster_* public_network
    monitor_* fsid
    ceph_* osd_* mon_* mgr_* mds_* rgw_* radosgw_* kafka_* zookeeper_* kube_* kubernetes_* kubelet_* kubeadm_* k3s_* etcd_* containerd_*
    docker_* prometheus_* alertmanager_* grafana_* opensearch_* elasticsearch_* nginx_* haproxy_* postgresql_* postgres_* pg_* patroni_*
    redis_* valkey_* rabbitmq_* memcached_* mysql_* mariadb_* vault_version
    """.split()
)


class Vaulted:
    """Stands for a value that came out of Ansible Vault; it carries nothing of the value."""

    def __repr__(self) -> str:
        return "VAULTED"


VAULTED: t.Final = Vaulted()


def variable_filter(allow: Iterable[str] | None = None, deny: Iterable[str] = ()) -> Callable[[str], bool]:
    """Return a test of variable names against globs: ``deny`` wins over ``allow``; ``allow=None`` means `DEFAULT_ALLOW`."""
    allowed, denied = _any_of(DEFAULT_ALLOW if allow is None else tuple(allow)), _any_of(tuple(deny))
    # Ansible's own variables (ansible_check_mode and the like) are facts of the run, not of the host, unless the list names them.
    own_allowed = allowed if allow is not None else _any_of(tuple(glob for glob in DEFAULT_ALLOW if glob.startswith("ansible_")))

    def wanted(name: str) -> bool:
        return (own_allowed if name.startswith("ansible_") else allowed)(name) and not denied(name)

    return wanted


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


def clean_variables(variables: Mapping[str, object], wanted: Callable[[str], bool]) -> dict[str, t.Any]:
    """Return the allowed variables as bounded plain data in which secrets read ``[redacted]``.

    At most `MAX_VARIABLES`; the number left out is under the key ``…``. `SOFTWARE_VARIABLE` is not repeated here.
    """
    names = sorted(name for name in variables if name != SOFTWARE_VARIABLE and wanted(name))
    cleaned: dict[str, t.Any] = {name: _redact_named(name, variables[name], 0) for name in names[:MAX_VARIABLES]}
    if len(names) > MAX_VARIABLES:
        cleaned["…"] = f"{len(names) - MAX_VARIABLES} more"
    return cleaned


def redact_value(value: object, depth: int = 0) -> t.Any:
    """Return ``value`` as bounded plain data (str, int, float, bool, None, list, dict) without secrets."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, (Vaulted, bytes, bytearray)):
        return REDACTED
    if isinstance(value, Mapping):
        if depth >= MAX_DEPTH:
            return "{…}"
        return _redact_mapping(value, depth)
    if isinstance(value, (Sequence, set, frozenset)) and not isinstance(value, str):
        if depth >= MAX_DEPTH:
            return "[…]"
        items = sorted(value, key=str) if isinstance(value, (set, frozenset)) else value
        kept = _redact_items(list(items)[:MAX_ITEMS], depth, pair=len(items) == 2)
        return kept if len(items) <= MAX_ITEMS else [*kept, f"… {len(items) - MAX_ITEMS} more"]
    text = redact_text(str(value)[:_SEARCHED])
    return text if len(text) <= MAX_STRING else f"{text[:MAX_STRING]}…"


def redact_json(value: object) -> t.Any:
    """Return JSON data of any origin (facts, history, a client's own fields) in its own shape and size, without secrets.

    Strings pass `redact_text`, what goes by the name of a secret reads ``[redacted]``; below `MAX_NESTED` levels nothing is kept.
    """
    return _json(value, "", 0)


def redact_schema(schema: object) -> t.Any:
    """Return a JSON schema without secrets: as `redact_json`, but a property may be called ``password`` and still have a type."""
    return _schema(schema, "", 0)


def _json(value: object, name: str, depth: int) -> t.Any:
    if value is None or isinstance(value, bool):
        return value
    if depth > MAX_NESTED:
        return REDACTED
    if isinstance(value, Mapping):
        label = next((str(value[key]) for key in _LABELS if isinstance(value.get(key), str)), "")
        named = {str(key): label if str(key).lower() in _VALUE_KEYS and is_secret_name(label) else str(key) for key in value}
        inherited = is_secret_name(name)
        return {redact_text(str(key)): _json(item, name if inherited else named[str(key)], depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_json(item, name, depth + 1) for item in value]
    if is_secret_name(name, value):
        return REDACTED
    return redact_text(value) if isinstance(value, str) else value


def _schema(value: object, name: str, depth: int) -> t.Any:
    if depth > MAX_NESTED:
        return REDACTED
    if isinstance(value, Mapping):
        return {key: _of_schema(str(key), item, name, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_schema(item, name, depth + 1) for item in value]
    return redact_text(value) if isinstance(value, str) else value


def _of_schema(keyword: str, value: object, name: str, depth: int) -> t.Any:
    if keyword in ("default", "const", "enum", "examples", "example"):
        return _json(value, name, depth)
    if keyword in ("properties", "$defs", "definitions", "patternProperties") and isinstance(value, Mapping):
        return {key: _schema(item, str(key), depth + 1) for key, item in value.items()}
    return _schema(value, name, depth)


def _redact_items(items: Sequence[object], depth: int, *, pair: bool) -> list[t.Any]:
    """Redact what follows the name of a secret: ``["--password", "x"]``, ``["DB_PASSWORD", "x"]``."""
    cleaned: list[t.Any] = []
    previous: object = None
    for item in items:
        # "auth" in a list of roles is a name among names; alone with a second item, or as a flag, it may be the name of that.
        is_name = isinstance(previous, str) and (pair or not previous.isalpha() or previous.isupper() or is_secret_name(f"{previous}_ttl"))
        plain = item is None or isinstance(item, bool)
        hidden = is_name and not plain and is_secret_flag(str(previous), str(item))
        cleaned.append(REDACTED if hidden else redact_value(item, depth + 1))
        previous = item
    return cleaned


def _redact_mapping(value: Mapping[t.Any, object], depth: int) -> dict[str, t.Any]:
    cleaned: dict[str, t.Any] = {}
    # {name: DB_PASSWORD, value: ...}, as environments of containers are written
    label = next((value[k] for k in _LABELS if isinstance(value.get(k), str)), None)
    hidden = (label is not None and is_secret_name(str(label))) or any(user in value for user in ("user", "username", "login"))
    for key, item in list(value.items())[:MAX_ITEMS]:
        name = str(key)
        shown = redact_text(name[:MAX_STRING])
        if hidden and name.lower() in _VALUE_KEYS:
            cleaned[shown] = REDACTED
        elif name.lower() == "key" and item is label:
            cleaned[shown] = redact_value(item, depth + 1)
        else:
            cleaned[shown] = _redact_named(name, item, depth + 1)
    if len(value) > MAX_ITEMS:
        cleaned["…"] = f"{len(value) - MAX_ITEMS} more"
    return cleaned


def _redact_named(name: str, value: object, depth: int) -> t.Any:
    if value is None or isinstance(value, bool) or not is_secret_name(name, value):
        return redact_value(value, depth)
    return REDACTED
