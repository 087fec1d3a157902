# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to the collection: names here may change in any release.
"""What the API says of itself at /openapi.json: results, errors, examples."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from fastapi import FastAPI

_ERROR_SCHEMA: dict[str, t.Any] = {
    "type": "object",
    "required": ["error", "detail"],
    "properties": {
        "error": {"type": "string", "description": "One sentence: what is wrong, where, and what to do."},
        "detail": {"type": "string", "description": "The kind of error, such as ConfigError or ServiceError."},
        "hint": {"type": ["string", "null"]},
    },
}
_ERROR_EXAMPLE = {"error": "The request's query is wrong: Field required.", "detail": "ConfigError", "hint": None}
_RETRY_AFTER = {"Retry-After": {"description": "Seconds after which to try again.", "schema": {"type": "integer", "minimum": 1}}}


def error_response(description: str, *, retry: bool = False, schema: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
    """How an error of the API is described."""
    content: dict[str, t.Any] = {"schema": schema or _ERROR_SCHEMA, **({} if schema else {"example": _ERROR_EXAMPLE})}
    return {"description": description, "content": {"application/json": content}, **({"headers": _RETRY_AFTER} if retry else {})}


# Of every route.
ERRORS: dict[int | str, dict[str, t.Any]] = {
    400: error_response("The request cannot be understood."),
    401: error_response("There is no token, or one that is not known."),
    405: error_response("The path does not know this method."),
    413: error_response("The request is too large."),
    429: error_response("The token has used up its rate, or too many questions wait.", retry=True),
    500: error_response("The gateway cannot do its work, for instance because the knowledge base cannot be read."),
}

_TIMINGS = {
    name: {"type": "number"}
    for name in ("context_ms", "retrieval_ms", "prompt_ms", "llm_ms", "total_ms", "prompt_tokens", "cached_tokens", "completion_tokens")
}
_RESULT_SCHEMA: dict[str, t.Any] = {
    "type": "object",
    "required": ["answer", "mode", "language", "infrastructure", "sources", "timings", "warnings", "changed"],
    "properties": {
        "answer": {"type": "string"},
        "answer_data": {"description": "The answer as data, where the question had a schema."},
        "mode": {"type": "string", "enum": ["llm", "extractive", "context"]},
        "language": {"type": "string"},
        "infrastructure": {"type": "object"},
        "sources": {"type": "array", "items": {"type": "object", "required": ["id", "product", "served_version", "match", "kind"]}},
        "model": {"type": "object"},
        "timings": {"type": "object", "properties": _TIMINGS},
        "warnings": {"type": "array", "items": {"type": "string"}},
        "changed": {"type": "boolean", "const": False},
    },
}
_RESULT_EXAMPLE: dict[str, t.Any] = {
    "answer": "A follower of its partitions is down or too slow [1].",
    "mode": "llm",
    "language": "en",
    "infrastructure": {"hosts": [], "products": [{"name": "kafka", "versions": {"3.4.0": ["kafka-01.example.com"]}, "counts": {"3.4.0": 1}}]},
    "sources": [
        {"id": 1, "product": "kafka", "requested_version": "3.4.0", "served_version": "3.4.0", "match": "exact", "kind": "docs", "section": "Replication"}
    ],
    "timings": {"retrieval_ms": 21.4, "llm_ms": 2310.0, "total_ms": 2334.1, "prompt_tokens": 1805, "cached_tokens": 1620, "completion_tokens": 64},
    "warnings": [],
    "changed": False,
}
_EVENTS_EXAMPLE = 'data: {"delta": "A follower"}\n\nevent: result\ndata: {"answer": "A follower of its partitions ...", "mode": "llm"}\n\n'
QUERY_RESPONSES: dict[int | str, dict[str, t.Any]] = {
    200: {
        "description": "The answer with its sources.",
        "content": {
            "application/json": {"schema": _RESULT_SCHEMA, "example": _RESULT_EXAMPLE},
            "text/event-stream": {"schema": {"type": "string"}, "example": _EVENTS_EXAMPLE},
        },
    },
    502: error_response("The language model, or another service behind the gateway, failed."),
    503: error_response("The gateway is ending.", retry=True),
    504: error_response("The question was not answered in its time."),
}


def describe_api(app: FastAPI, *, tokens: bool = False) -> None:
    """Make the application's description as it is: no answers that it never gives, and the token that it wants."""
    build = app.openapi

    def openapi() -> dict[str, t.Any]:
        if app.openapi_schema:
            return app.openapi_schema
        described = build()
        for methods in described["paths"].values():
            for operation in methods.values():
                operation["responses"].pop("422", None)
        for name in ("HTTPValidationError", "ValidationError"):
            described.get("components", {}).get("schemas", {}).pop(name, None)
        if tokens:
            described.setdefault("components", {})["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
            described["security"] = [{"token": []}]
        return described

    app.openapi = openapi  # type: ignore[method-assign]
