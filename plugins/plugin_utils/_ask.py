# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A question from a play: Ansible's variables in, the gateway's result out."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import os
import time
import typing as t

from ansible.errors import AnsibleError
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import ConfigError, DataError, ServiceError
from ansible_collections.infra_llm.assistant.plugins.module_utils._options import option_names
from ansible_collections.infra_llm.assistant.plugins.module_utils._visible_text import visible_data, visible_text
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway.client._client import open_gateway
from ansible_collections.infra_llm.assistant.plugins.module_utils.infrastructure._digest import describe
from ansible_collections.infra_llm.assistant.plugins.module_utils.infrastructure._secret_patterns import redact_text
from ansible_collections.infra_llm.assistant.plugins.module_utils.infrastructure._versions_csv import open_versions
from ansible_collections.infra_llm.assistant.plugins.plugin_utils._inventory import PlayInventory
from ansible_collections.infra_llm.assistant.plugins.plugin_utils._option_values import gateway_config

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from ansible_collections.infra_llm.assistant.plugins.module_utils.answering._result import Result
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
    report: Callable[[str], None] | None = None,
) -> Result:
    """Ask one question with everything that this play knows. Raises the engine's errors.

    ``report`` is called with each piece of the answer as it is written.
    """
    started = time.monotonic()
    if question is not None and not isinstance(question, str):
        raise ConfigError("The question is no text; put it in quotes.")
    asked = redact_text(visible_text(question or "").strip())
    if not asked:
        raise ConfigError('The question is empty; give one, such as query="Why is a Kafka broker under-replicated?".')
    schema = _schema(options)
    inventory = PlayInventory(variables, templar)
    description = describe(
        asked,
        inventory,
        open_play_versions(options, variables, loader),
        hosts=options["hosts"],
        current_host=variables.get("inventory_hostname"),
        hostvars_allow=options["hostvars_allow"],
        hostvars_deny=options["hostvars_deny"],
    )
    spent = time.monotonic() - started
    known = {
        "query": asked,
        "infrastructure": description["infrastructure"],
        "targets": description["targets"],
        "warnings": [*visible_data(inventory.warnings()), *description["warnings"]],
    }
    request = {
        **known,
        **{name: options[name] for name in option_names("question")},
        "timeout": _left(options["timeout"], spent),
        **schema,
        **({} if report is None else {"stream": True}),
    }
    result = open_gateway(gateway_config(options)).ask(request, timeout=request["timeout"], report=report)
    result["timings"] = {"context_ms": round(spent * 1000, 1), **result["timings"]}
    return t.cast("Result", visible_data(result))


def _left(timeout: float, spent: float) -> float:
    """The seconds that the gateway has, of which the caller's own work took its part; a gateway counts from one second on."""
    if spent >= timeout:
        raise ServiceError(f"Reading the question and the inventory took the {timeout:.0f} seconds of 'timeout'; ask about less, or give it more.")
    return max(1.0, timeout - spent)


def _schema(options: dict[str, t.Any]) -> dict[str, t.Any]:
    """The request's field with the JSON schema. Few questions have one, and the others are spared what reads it."""
    if options["schema"] is None:
        return {}
    from ansible_collections.infra_llm.assistant.plugins.plugin_utils._schema import read_schema

    return {"schema": read_schema(options["schema"])}


def open_play_versions(options: dict[str, t.Any], variables: dict[str, t.Any], loader: Loader) -> Versions | None:
    """The versions CSV: the one that was named, else the one beside the inventory, else none."""
    path = options["versions_csv"] or _beside_inventory(variables)
    if path is None:
        return None
    path = os.path.abspath(path)
    try:
        readable = loader.get_real_file(path) if os.path.isfile(path) else path
    except AnsibleError as exc:
        raise DataError(
            f"The versions CSV {path} cannot be decrypted; give the vault's password with --ask-vault-pass or --vault-password-file.", file=path
        ) from exc
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
