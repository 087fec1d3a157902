# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON schemas of the types in which the engine answers, so that the API's description has one source. Pydantic reads no TypedDict of Python 3.11."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import types
import typing as t

_PLAIN: t.Final[dict[object, str]] = {str: "string", int: "integer", float: "number", bool: "boolean", types.NoneType: "null"}


def schema_of(kind: t.Any) -> dict[str, t.Any]:
    """The JSON schema of a TypedDict, a Literal, a list, a mapping, a union or a plain type. Raises TypeError for another one."""
    origin, arguments = t.get_origin(kind), t.get_args(kind)
    if kind is t.Any:
        return {}
    if t.is_typeddict(kind):
        return _object(kind)
    if origin is t.Literal:
        return {"enum": list(arguments)}
    if origin is list:
        return {"type": "array", "items": schema_of(arguments[0])}
    if origin is dict:
        return {"type": "object", "additionalProperties": schema_of(arguments[1])}
    if origin in (t.Union, types.UnionType):
        return {"anyOf": [schema_of(argument) for argument in arguments]}
    if kind in _PLAIN:
        return {"type": _PLAIN[kind]}
    raise TypeError(f"{kind} has no JSON schema")


def _object(kind: t.Any) -> dict[str, t.Any]:
    fields = t.get_type_hints(kind, include_extras=True)
    optional = {name for name, field in fields.items() if t.get_origin(field) is t.NotRequired or not kind.__total__}
    properties = {name: schema_of(t.get_args(field)[0] if t.get_origin(field) is t.NotRequired else field) for name, field in fields.items()}
    return {"type": "object", "properties": properties, "required": [name for name in fields if name not in optional]}
