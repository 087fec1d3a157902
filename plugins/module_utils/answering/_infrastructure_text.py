# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The digest of the infrastructure as text, for the prompt and for the extractive answer."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import json
import re
import typing as t

from .._phrases import phrase
from ..infrastructure._secret_patterns import REDACTED

if t.TYPE_CHECKING:
    from ..infrastructure._description import Host, Infrastructure, Product

_STEM = 6  # letters; replication, replicas and replicated are then one word
_GENERIC = frozenset({"ansibl", "config", "host", "hosts", "name", "versio", "type", "mode", "enable"})


def infrastructure_lines(infrastructure: Infrastructure, language: str, *, bearing_on: str | None = None, most_vars: int = 40) -> list[str]:
    """Products with their versions, hosts with their software, then the hosts' variables, each once with the hosts that have its value.

    With ``bearing_on`` only variables that share a word with that text are kept, those that share most first.
    """
    products = infrastructure.get("products", [])
    hosts = infrastructure.get("hosts", [])
    lines = [f"- {product['name']}: {_versions(product, language)}" for product in products]
    for host in hosts:
        software = ", ".join(f"{entry['product']} {entry['version']}" for entry in host["software"])
        systems = ", ".join(sorted({system for entry in host["software"] if (system := entry.get("os_version"))}))
        groups = f" ({phrase('groups', language)}: {', '.join(host['groups'])})" if host["groups"] else ""
        runs = "; ".join(filter(None, (software, systems)))
        lines.append(f"- {host['name']}{groups}" + (f": {runs}" if runs else ""))
    omitted = infrastructure.get("omitted") or {}
    if omitted.get("hosts"):
        lines.append(f"- {phrase('more_hosts' if hosts else 'host_count', language, count=omitted['hosts'])}")
    shown = {(name, _one_line(value)) for host in hosts for name, value in (host.get("vars") or {}).items()}
    names = sorted({name for name, _value in shown})
    if bearing_on is not None:
        names = sorted({name for name, value in shown if value != REDACTED})
        named = {word for entry in (*products, *hosts) for word in _stems(entry["name"])}
        names = _bearing(names, _stems(bearing_on) - named - _GENERIC)
    if names:
        lines.append(f"- {phrase('settings', language)}:")
        lines.extend(f"    {name}: {_values(name, hosts)}" for name in names[:most_vars])
    return lines


def _versions(product: Product, language: str) -> str:
    parts = []
    counts = product.get("counts") or {}
    for version, hosts in product["versions"].items():
        more = counts.get(version, 0) - len(hosts)
        named = ", ".join([*hosts, *([phrase("more_hosts", language, count=more)] if more > 0 else [])])
        parts.append(f"{version} {phrase('on', language)} {named}" if named else version)
    return "; ".join(parts)


def _bearing(names: list[str], words: set[str]) -> list[str]:
    shared = {name: len(words & _stems(name)) for name in names}
    return sorted((name for name in names if shared[name]), key=lambda name: (-shared[name], name))


def _stems(text: str) -> set[str]:
    return {word[:_STEM] for word in re.findall(r"[^\W_]{3,}", text.lower())}


def _values(name: str, hosts: list[Host]) -> str:
    holders: dict[str, list[str]] = {}
    for host in hosts:
        if name in (host.get("vars") or {}):
            holders.setdefault(_one_line(host["vars"][name]), []).append(_short(host["name"], hosts))
    if len(holders) == 1 and len(next(iter(holders.values()))) == len(hosts):
        return next(iter(holders))
    return "; ".join(f"{value} ({', '.join(owners)})" for value, owners in holders.items())


def _one_line(value: object) -> str:
    """So that no value can look like a part of the prompt."""
    return value if isinstance(value, str) and value.isprintable() else json.dumps(value, ensure_ascii=False)


def _short(name: str, hosts: list[Host]) -> str:
    """The first label of a host name where no other host shown begins with it."""
    label = name.split(".")[0]
    return label if label.isdigit() is False and sum(host["name"].split(".")[0] == label for host in hosts) == 1 else name
