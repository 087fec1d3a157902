# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A structured answer: the JSON in what a model wrote, checked against the schema that was asked for."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import json
import re
import sys
import typing as t

from .._errors import ConfigError, MissingLibraryError, ServiceError

if t.TYPE_CHECKING:
    from ..clients._llm import ChatModel

_FENCED = re.compile(r"^```[a-z]*[ \t]*\n(.*?)\n?```[ \t]*$", re.DOTALL | re.IGNORECASE | re.MULTILINE)
_SHOWN_CHARACTERS = 120


class AnswerSchema:
    """A JSON schema; references into other documents are not followed. Raises ConfigError where it is none."""

    def __init__(self, schema: dict[str, t.Any]) -> None:
        try:
            import jsonschema
            import referencing
        except ImportError as exc:
            raise MissingLibraryError("jsonschema", needed_for="a structured answer", python=sys.executable, requirements="gateway.txt") from exc
        kind = jsonschema.validators.validator_for(schema, default=jsonschema.Draft202012Validator)
        try:
            kind.check_schema(schema)
        except jsonschema.SchemaError as exc:
            raise ConfigError(f"The option 'schema' is no JSON schema ({_short(exc.message)} at {_place(exc.absolute_path)}); mend it.") from exc
        except RecursionError as exc:
            raise ConfigError("The option 'schema' is nested too deep; simplify it.") from exc
        # With a registry of its own nothing is fetched from the addresses in a schema.
        self._validator = kind(schema, registry=referencing.Registry())
        self._unresolvable = referencing.exceptions.Unresolvable

    def read(self, text: str, finish_reason: str | None, model: ChatModel) -> tuple[str, t.Any]:
        """The JSON text and its value. Raises ServiceError where ``text`` holds none or another one than the schema wants."""
        fenced = _FENCED.findall(text)
        for candidate in [text, *fenced] if len(fenced) == 1 else [text]:
            try:
                value = _parsed(candidate)
            except (ValueError, RecursionError):
                continue
            self._check(value, model)
            return candidate.strip(), value
        raise ServiceError(_no_json(text, finish_reason, model.name), url=model.server)

    def _check(self, value: t.Any, model: ChatModel) -> None:
        from jsonschema.exceptions import best_match

        try:
            error = best_match(self._validator.iter_errors(value))
        except self._unresolvable as exc:
            raise ConfigError(f"The option 'schema' refers to what it does not hold ({_short(str(exc))}); write it into the schema.") from exc
        except (re.error, RecursionError) as exc:
            raise ConfigError(f"The option 'schema' cannot be checked ({_short(str(exc))}); simplify it.") from exc
        if error is not None:
            raise ServiceError(
                f"The structured answer of the language model {model.name} does not fit the schema ({_short(error.message)} at "
                f"{_place(error.absolute_path)}); simplify the schema, or use a model or server that keeps to it.",
                url=model.server,
            )


def _parsed(text: str) -> t.Any:
    """The value; raises ValueError for what is no JSON, NaN and lone surrogates included."""
    value = json.loads(text, parse_constant=_refuse_constant)
    json.dumps(value, ensure_ascii=False).encode()
    return value


def _refuse_constant(name: str) -> t.NoReturn:
    raise ValueError(f"{name} is no JSON")


def _no_json(text: str, finish_reason: str | None, model: str) -> str:
    if finish_reason == "length":
        return f"The language model {model} did not finish the structured answer within max_tokens; raise max_tokens or simplify the schema."
    if finish_reason == "deadline":
        return f"The language model {model} did not finish the structured answer in time; raise 'timeout' or simplify the schema."
    return f"The language model {model} answered in another form than JSON ('{_short(text)}'); use a model or server that keeps to a schema."


def _short(text: str) -> str:
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return line if len(line) <= _SHOWN_CHARACTERS else f"{line[:_SHOWN_CHARACTERS]}..."


def _place(path: t.Iterable[str | int]) -> str:
    return ".".join(map(str, path)) or "the top"
