# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of the operator's data may leave the controller.

Host variables pass an allow-list, then secret names, then vault values, then secret-shaped values. Free text passes the shapes only.
Where a rule is in doubt it redacts: a lost value costs a poorer answer, a leaked one cannot be taken back.
"""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import re
import typing as t
from collections.abc import Callable, Mapping, Sequence

from .._visible_text import visible_text
from ._secret_arguments import Argument, is_command, secret_arguments
from ._secret_names import is_secret_name
from ._secret_patterns import REDACTED, redact_text
from ._secret_values import is_place

MAX_STRING: t.Final = 300
MAX_ITEMS: t.Final = 20
MAX_DEPTH: t.Final = 4
MAX_VARIABLES: t.Final = 40
MAX_NESTED: t.Final = 60
# A whole certificate bundle need not be searched when only its beginning can be shown.
_SEARCHED: t.Final = 8 * MAX_STRING
_LABELS: t.Final = ("name", "key", "Name", "Key", "k", "var", "variable", "param", "parameter", "property", "option", "setting", "field")
_VALUE_KEYS: t.Final = ("value", "val", "v", "default", "data", "content")


class Vaulted:
    """Stands for a value that came out of Ansible Vault; it carries nothing of the value."""

    def __repr__(self) -> str:
        return "VAULTED"


VAULTED: t.Final = Vaulted()


def clean_variables(variables: Mapping[str, object], wanted: Callable[[str], bool]) -> dict[str, t.Any]:
    """Return the allowed variables as bounded plain data in which secrets read ``[redacted]``.

    At most `MAX_VARIABLES`; the number left out is under the key ``…``.
    """
    names = sorted(name for name in variables if wanted(name))
    cleaned: dict[str, t.Any] = {visible_text(name): _redact_named(name, variables[name], 0) for name in names[:MAX_VARIABLES]}
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
    text = redact_text(visible_text(str(value)[:_SEARCHED]))
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
    """Redact what follows the name of a secret (``["--password", "x"]``, ``["DB_PASSWORD", "x"]``) or is one in a command (``["redis-cli", "-a", "x"]``)."""
    hidden = _secret_arguments(items)
    cleaned: list[t.Any] = []
    previous: object = None
    for position, item in enumerate(items):
        # "auth" in a list of roles is a name among names; alone with a second item, or as a flag, it may be the name of that.
        is_name = isinstance(previous, str) and (pair or not previous.isalpha() or previous.isupper())
        plain = item is None or isinstance(item, bool)
        named = is_name and not plain and _is_secret_flag(str(previous), str(item))
        cleaned.append(REDACTED if named or position in hidden else redact_value(item, depth + 1))
        previous = item
    return cleaned


def _secret_arguments(items: Sequence[object]) -> set[int]:
    """Return the places of secrets in a list that is a command with its arguments."""
    if not items or not all(isinstance(item, (str, int)) for item in items):
        return set()
    words = [str(item) for item in items]
    command = next((place for place, word in enumerate(words) if is_command(word.rpartition("/")[2])), None)
    if command is None:
        return set()
    # Each argument is placed by its number, so that a span tells which one it is in.
    arguments = [Argument(word, place * _SEARCHED) for place, word in enumerate(words) if place > command and word]
    return {start // _SEARCHED for start, _end in secret_arguments(words[command].rpartition("/")[2], arguments)}


def _is_secret_flag(flag: str, value: str) -> bool:
    """Tell whether a word of a command makes the next word, ``value``, a secret: ``--password``, ``DB_PASSWORD``; also ``-p``, but for ports and paths."""
    if re.match(r"--[a-z]", value) or not re.fullmatch(r"[\w.-]{1,60}", flag):
        return False
    if flag == "-p":
        return re.fullmatch(r"-.*|[/~.].*|\d{1,5}(?:[:-]\d{1,5})*(?:/\w+)?", value) is None
    name = flag.lstrip("-")
    # A path after --key is a setting.
    return is_secret_name(name, value) and not is_place(value)


def _redact_mapping(value: Mapping[t.Any, object], depth: int) -> dict[str, t.Any]:
    cleaned: dict[str, t.Any] = {}
    # {name: DB_PASSWORD, value: ...}, as environments of containers are written
    label = next((value[k] for k in _LABELS if isinstance(value.get(k), str)), None)
    hidden = (label is not None and is_secret_name(str(label))) or any(user in value for user in ("user", "username", "login"))
    for key, item in list(value.items())[:MAX_ITEMS]:
        name = str(key)
        shown = redact_text(visible_text(name[:MAX_STRING]))
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
