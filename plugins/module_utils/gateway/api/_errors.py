# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors on their way out: status, body, log and metrics of each, for every API of the gateway."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import logging
import typing as t

from ..._errors import InfraLlmError
from .._admission import RefusedError
from .._request_facts import facts_of

if t.TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import FastAPI, Request
    from fastapi.responses import JSONResponse

_log = logging.getLogger("infra_llm.gateway")
CLIENT_CLOSED_REQUEST = 499  # what logs say where the client did not wait for the answer
_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    405: "invalid_request_error",
    408: "invalid_request_error",
    409: "conflict_error",
    413: "invalid_request_error",
    429: "rate_limit_error",
}


class ClientGoneError(Exception):
    """Whoever asked has closed the connection."""


def shaped(path: str, status: int, body: dict[str, t.Any]) -> dict[str, t.Any]:
    """``body``, an error of the gateway, as the clients of ``path`` expect it."""
    if not path.startswith("/v1/"):
        return body
    return openai_error(status, body)


def openai_error(status: int, body: dict[str, t.Any]) -> dict[str, t.Any]:
    """An error of the gateway in the form of OpenAI's API."""
    return {"error": {"message": body["error"], "type": _TYPES.get(status, "server_error"), "param": None, "code": body.get("detail")}}


def error_body(exc: InfraLlmError) -> dict[str, t.Any]:
    """An error as the gateway says it."""
    return {"error": exc.message, "detail": type(exc).__name__, "hint": exc.hint}


def status_of(exc: InfraLlmError) -> int:
    """The HTTP status for an error of the engine."""
    if isinstance(exc, RefusedError):
        return exc.status or 503
    return {"ConfigError": 409, "ServiceError": 502}.get(type(exc).__name__, 500)


def reason_of(exc: InfraLlmError) -> str:
    """Why the gateway did not take or gave up a request, as the metrics name it; empty for another error."""
    return exc.reason if isinstance(exc, RefusedError) else ""


def log_error(exc: InfraLlmError) -> None:
    """Log an error with which a request is answered; those that were not taken are counted alone."""
    if not isinstance(exc, RefusedError):
        _log.warning("%s", exc.message)


def add_error_handlers(app: FastAPI) -> None:
    """Answer every error with one sentence in the form that the clients of its path expect."""
    from fastapi.exceptions import RequestValidationError
    from fastapi.responses import JSONResponse, Response
    from starlette.exceptions import HTTPException

    def say(request: Request, status: int, body: dict[str, t.Any], headers: Mapping[str, str] | None = None) -> JSONResponse:
        return JSONResponse(shaped(request.url.path, status, body), status, headers=headers)

    @app.exception_handler(InfraLlmError)
    async def engine_error(request: Request, exc: InfraLlmError) -> JSONResponse:
        log_error(exc)
        facts_of(request)["reason"] = reason_of(exc)
        retry_after = getattr(exc, "retry_after", None)
        return say(request, status_of(exc), error_body(exc), None if retry_after is None else {"Retry-After": str(retry_after)})

    @app.exception_handler(RequestValidationError)
    async def bad_request(request: Request, exc: RequestValidationError) -> JSONResponse:
        return say(request, 400, {"error": validation_sentence(exc.errors()[0]), "detail": "ConfigError", "hint": None})

    @app.exception_handler(HTTPException)
    async def not_served(request: Request, exc: HTTPException) -> JSONResponse:
        error = f"The gateway answers this with status {exc.status_code} ({exc.detail}); GET /openapi.json describes what there is."
        return say(request, exc.status_code, {"error": error, "detail": "ServiceError", "hint": None}, exc.headers)

    @app.exception_handler(ClientGoneError)
    async def client_gone(_request: Request, _exc: ClientGoneError) -> Response:
        return Response(status_code=CLIENT_CLOSED_REQUEST)

    @app.exception_handler(Exception)
    async def unexpected(request: Request, exc: Exception) -> JSONResponse:
        # Only the type: an exception's text may quote what was asked.
        error = f"The gateway met an unexpected {type(exc).__name__}; see its log and report it."
        return say(request, 500, {"error": error, "detail": "InfraLlmError", "hint": None})


_WRONG = {  # pydantic's kinds of error -> what the value must be; its own sentences speak of Python
    "missing": "it is missing",
    "json_invalid": "it is no valid JSON",
    "extra_forbidden": "there is no such field",
    "string_type": "it must be a text",
    "int_type": "it must be a whole number",
    "int_from_float": "it must be a whole number",
    "float_type": "it must be a number",
    "finite_number": "it must be a finite number",
    "bool_type": "it must be true or false",
    "list_type": "it must be a list",
    "dict_type": "it must be an object",
    "model_type": "it must be an object",
    "model_attributes_type": "it must be an object",
    "greater_than_equal": "it must be at least {ge}",
    "less_than_equal": "it must be at most {le}",
    "string_too_long": "it is longer than {max_length} characters",
    "string_too_short": "it is empty",
    "string_unicode": "it is no valid text",
    "too_long": "it has more than {max_length} entries",
    "too_short": "it has fewer than {min_length} entries",
    "literal_error": "it must be {expected}",
}


def validated(model: t.Any, values: dict[str, t.Any], names: Mapping[str, str]) -> t.Any:
    """The pydantic ``model`` of values that a request has brought under other ``names``. Raises RequestValidationError, which says these."""
    from fastapi.exceptions import RequestValidationError
    from pydantic import ValidationError

    try:
        return model.model_validate(values)
    except ValidationError as exc:
        found = [{**error, "loc": ("body", *(names.get(str(part), part) for part in error["loc"]))} for error in exc.errors()]
        raise RequestValidationError(found) from None


def validation_sentence(error: dict[str, t.Any]) -> str:
    """One sentence for what pydantic found first: which field of the request, and what it must be."""
    where = ".".join(str(part) for part in error["loc"][1:]) if error["type"] != "json_invalid" else ""
    pattern = _WRONG.get(error["type"])
    wrong = error["msg"].removeprefix("Value error, ") if pattern is None else pattern.format(**error.get("ctx", {}))
    return f"The request's {where or 'body'} is wrong: {wrong}.".encode("utf-8", "replace").decode()
