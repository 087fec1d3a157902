# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The JSON schema of a structured answer: as a mapping, as JSON text, or in a JSON file."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import json
import os
import typing as t
from collections.abc import Mapping

from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import ConfigError


def read_schema(given: object) -> dict[str, t.Any]:
    """The schema as plain data. Raises ConfigError when it is none."""
    if isinstance(given, Mapping):
        where, text = "schema", _dumped(given)
    elif isinstance(given, str) and given.lstrip().startswith("{"):
        where, text = "schema", given
    elif isinstance(given, str):
        path = os.path.abspath(os.path.expanduser(given))
        where, text = f"The file {path} of schema", _file(path)
    else:
        raise ConfigError("schema has a wrong value; set it to a JSON schema as a mapping or as text, or to the path of a JSON file.")
    try:
        schema = json.loads(text)
    except ValueError as exc:
        raise ConfigError(f'{where} is not JSON ({exc}); write a JSON schema, such as {{"type": "object"}}.') from exc
    if not isinstance(schema, dict):
        raise ConfigError(f'{where} is not a JSON object; write a JSON schema, such as {{"type": "object"}}.')
    return schema


def _dumped(given: Mapping[t.Any, t.Any]) -> str:
    try:
        return json.dumps(given)
    except (TypeError, ValueError) as exc:
        raise ConfigError(f"schema holds what JSON cannot ({exc}); write plain mappings, lists, texts and numbers.") from exc


def _file(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except (OSError, UnicodeDecodeError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else "it is not UTF-8"
        raise ConfigError(f"The file {path} of schema cannot be read ({reason}); give the path of a JSON file, or the schema itself.") from exc
