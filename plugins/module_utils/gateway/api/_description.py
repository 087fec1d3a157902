# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the API says of itself at /openapi.json: results, errors, examples."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import typing as t

from ...answering._result import Result
from ._type_schema import schema_of

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
_ERROR_EXAMPLE = {"error": "The request's query is wrong: it is missing.", "detail": "ConfigError", "hint": None}
_RETRY_AFTER = {"Retry-After": {"description": "Seconds after which to try again.", "schema": {"type": "integer", "minimum": 1}}}

_SAID = {
    400: "The request cannot be understood.",
    401: "There is no token, or one that is not known.",
    403: "The token is for asking only.",
    404: "There is no such thing.",
    405: "The path does not know this method.",
    408: "The request did not come to its end.",
    409: "The gateway's configuration does not allow it, or something else is at work.",
    413: "The request is too large.",
    429: "The token has used up its rate, or too many questions wait.",
    500: "The gateway cannot do its work, for instance because the knowledge base cannot be read.",
    502: "The language model, or another service behind the gateway, failed.",
    503: "The gateway is ending.",
    504: "The question was not answered in its time.",
}


def errors(*statuses: int, schema: dict[str, t.Any] | None = None) -> dict[int | str, dict[str, t.Any]]:
    """How these errors are described; ``schema`` is that of their bodies, where it is another than the gateway's."""
    described: dict[int | str, dict[str, t.Any]] = {}
    for status in statuses:
        content: dict[str, t.Any] = {"schema": schema or _ERROR_SCHEMA, **({} if schema else {"example": _ERROR_EXAMPLE})}
        retry = {"headers": _RETRY_AFTER} if status in (429, 503) else {}
        described[status] = {"description": _SAID[status], "content": {"application/json": content}, **retry}
    return described


EVERYWHERE = (400, 401, 405, 408, 409, 413, 429, 500)  # what any route may answer
OF_QUESTIONS = (502, 503, 504)

_RESULT_EXAMPLE: dict[str, t.Any] = {
    "answer": "A follower of its partitions is down or too slow [1].",
    "mode": "llm",
    "language": "en",
    "infrastructure": {"hosts": [], "products": [{"name": "kafka", "versions": {"3.4.0": ["kafka-01.example.com"]}, "counts": {"3.4.0": 1}}]},
    "sources": [
        {
            "id": 1,
            "product": "kafka",
            "requested_version": "3.4.0",
            "served_version": "3.4.0",
            "match": "exact",
            "kind": "docs",
            "section": "Replication",
            "url": "https://kafka.apache.org/34/documentation.html",
            "score": 0.032,
            "excerpt": "A follower that has fallen behind is taken out of the set of in-sync replicas.",
        }
    ],
    "timings": {"retrieval_ms": 21.4, "llm_ms": 2310.0, "total_ms": 2334.1, "prompt_tokens": 1805, "cached_tokens": 1620, "completion_tokens": 64},
    "warnings": [],
    "changed": False,
}
# Of one event, as readers of such streams hand them out.
EVENT_SCHEMA: dict[str, t.Any] = {"type": "object", "required": ["data"], "properties": {"event": {"type": "string"}, "data": {"type": "string"}}}
_EVENTS_EXAMPLE = 'data: {"delta": "A follower"}\n\nevent: result\ndata: {"answer": "A follower of its partitions ...", "mode": "llm"}\n\n'
QUERY_RESPONSES: dict[int | str, dict[str, t.Any]] = {
    200: {
        "description": "The answer with its sources.",
        "content": {
            "application/json": {"schema": schema_of(Result), "example": _RESULT_EXAMPLE},
            "text/event-stream": {"schema": EVENT_SCHEMA, "example": _EVENTS_EXAMPLE},
        },
    },
    **errors(*OF_QUESTIONS),
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
