# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A question from a play: Ansible's variables in, the gateway's result out."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import os
import time
import typing as t

from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import ConfigError
from ansible_collections.infra_llm.assistant.plugins.module_utils._visible_text import visible_data
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway._client import open_gateway
from ansible_collections.infra_llm.assistant.plugins.module_utils.infrastructure._digest import describe
from ansible_collections.infra_llm.assistant.plugins.module_utils.infrastructure._secret_patterns import redact_text
from ansible_collections.infra_llm.assistant.plugins.module_utils.infrastructure._versions_csv import open_versions
from ansible_collections.infra_llm.assistant.plugins.plugin_utils._inventory import PlayInventory
from ansible_collections.infra_llm.assistant.plugins.plugin_utils._option_values import gateway_config

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from ansible_collections.infra_llm.assistant.plugins.module_utils.infrastructure._versions_csv import Versions

_DEFAULT_CSV = "versions.csv"


class Loader(t.Protocol):
    """What is used of Ansible's data loader."""

    def get_real_file(self, file_path: str) -> str:
        """The path of the file, or of a decrypted copy of a vaulted one."""


def ask(
    question: object,
    options: dict[str, t.Any],
    variables: dict[str, t.Any],
    templar: t.Any,
    loader: Loader,
    *,
    show: Callable[[str], None] | None = None,
) -> dict[str, t.Any]:
    """Ask one question with everything that this play knows; returns the result of the design's section 4.3.

    ``show`` is called with each piece of the answer as it is written.
    """
    if not isinstance(question, str) or not question.strip():
        raise ConfigError('The question is empty; give one, such as query="Why is a Kafka broker under-replicated?".')
    started = time.monotonic()
    asked = redact_text(question.strip())
    inventory = PlayInventory(variables, templar, allow=options["hostvars_allow"], deny=options["hostvars_deny"])
    context = describe(
        asked,
        inventory,
        open_play_versions(options, variables, loader),
        hosts=options["hosts"],
        current_host=variables.get("inventory_hostname"),
        hostvars_allow=options["hostvars_allow"],
        hostvars_deny=options["hostvars_deny"],
    )
    context_ms = round((time.monotonic() - started) * 1000, 1)
    request = {
        "query": asked,
        "infrastructure": context["infrastructure"],
        "targets": context["targets"],
        "warnings": [*inventory.warnings(), *context["warnings"]],
        **{name: options[name] for name in ("mode", "max_tokens", "temperature", "timeout", "strict_version", "on_llm_error")},
    }
    if options["schema"] is not None:
        # Few questions have one, and the others are spared what reads it.
        from ansible_collections.infra_llm.assistant.plugins.plugin_utils._schema import read_schema

        request["schema"] = read_schema(options["schema"])
    if show is not None:
        request["stream"] = True
    result = open_gateway(gateway_config(options)).ask(request, timeout=options["timeout"], show=show)
    result["timings"] = {"context_ms": context_ms, **result["timings"]}
    return result


def open_play_versions(options: dict[str, t.Any], variables: dict[str, t.Any], loader: Loader) -> Versions | None:
    """The versions CSV: the one that was named, else the one beside the inventory, else none."""
    path = options["versions_csv"] or _beside_inventory(variables)
    if path is None:
        return None
    path = os.path.abspath(path)
    readable = loader.get_real_file(path) if os.path.isfile(path) else path
    # A vaulted CSV is read from a decrypted copy, of which nothing must stay on disk.
    cache_dir = os.path.abspath(options["state_dir"]) if readable == path else None
    return open_versions(readable, encoding=options["versions_csv_encoding"], cache_dir=cache_dir)


def _beside_inventory(variables: dict[str, t.Any]) -> str | None:
    for source in variables.get("ansible_inventory_sources") or ():
        if not os.path.exists(source):
            continue  # a list of hosts, such as "web1,web2,"
        for directory in (source, os.path.dirname(source)):
            candidate = os.path.join(directory, _DEFAULT_CSV)
            if os.path.isfile(candidate):
                return candidate
    return None
