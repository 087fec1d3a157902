# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to the collection: names here may change in any release.
"""The digest of the infrastructure as text, for the prompt and for the extractive answer."""

from __future__ import annotations

import json
import re
import typing as t

from ._phrases import phrase

_SHOWN_EXAMPLES = 3


def infrastructure_lines(infrastructure: dict[str, t.Any], language: str, *, bearing_on: str | None = None, most_vars: int = 30) -> list[str]:
    """One line a product and a few lines a host. With ``bearing_on`` only variables that share a word with that text are kept."""
    lines = []
    for product in infrastructure.get("products", []):
        parts = []
        counts = product.get("counts") or {}
        for version, hosts in product["versions"].items():
            total = max(counts.get(version, 0), len(hosts))
            named = ", ".join(hosts[:_SHOWN_EXAMPLES])
            more = "" if total <= _SHOWN_EXAMPLES else f", … ({total} {phrase('hosts', language)})"
            parts.append(f"{version} {phrase('on', language)} {named}{more}" if named else version)
        lines.append(f"- {product['name']}: {'; '.join(parts)}")
    words = None if bearing_on is None else set(re.findall(r"\w{3,}", bearing_on.lower().replace("_", " ")))
    for host in infrastructure.get("hosts", []):
        software = ", ".join(f"{entry['product']} {entry['version']}" for entry in host["software"])
        systems = sorted({entry["os_version"] for entry in host["software"] if entry.get("os_version")})
        groups = ", ".join(host["groups"])
        lines.append(f"- {host['name']}" + (f" ({phrase('groups', language)}: {groups})" if groups else ""))
        if software:
            lines.append(f"    {software}" + (f"; {', '.join(systems)}" if systems else ""))
        lines.extend(f"    {name}: {_value(value)}" for name, value in _bearing(host.get("vars") or {}, words)[:most_vars])
    omitted = infrastructure.get("omitted") or {}
    if omitted.get("hosts"):
        lines.append(f"- … {phrase('more_hosts', language, count=omitted['hosts'])}")
    return lines


def _bearing(variables: dict[str, t.Any], words: set[str] | None) -> list[tuple[str, t.Any]]:
    if words is None:
        return sorted(variables.items())
    shared = {name: len(words.intersection(re.findall(r"[^\W_]{3,}", name.lower()))) for name in variables}
    return sorted((item for item in variables.items() if shared[item[0]]), key=lambda item: (-shared[item[0]], item[0]))


def _value(value: object) -> str:
    """One line, so that no value can look like a part of the prompt."""
    return value if isinstance(value, str) and value.isprintable() else json.dumps(value, ensure_ascii=False)
