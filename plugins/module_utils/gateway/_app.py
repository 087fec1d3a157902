# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTP API over the engine that every gateway has: questions, the knowledge base, errors."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import logging
import typing as t

from .._errors import InfraLlmError
from .._version import VERSION
from ..catalogue._catalogue import load_catalogue
from ._answering import GONE, GoneError, event_response, facts_of, log_error, reason_of, status_of, unless_gone, write_event
from ._api_description import EVERYWHERE, QUERY_RESPONSES, describe_api, errors
from ._error_bodies import shaped
from ._knowledge_api import add_knowledge_routes, error_body
from ._query_model import query_model

if t.TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fastapi import FastAPI

    from ._answering import Answering
    from ._config import GatewayConfig
    from ._services import Services

    Query: t.TypeAlias = t.Any

_log = logging.getLogger("infra_llm.gateway")


def create_app(config: GatewayConfig, services: Services, answering: Answering, stop: Callable[[], None]) -> FastAPI:
    """The application; ``stop`` asks the server to end when its running requests have."""
    from fastapi import FastAPI, Request
    from fastapi.exceptions import RequestValidationError
    from fastapi.responses import JSONResponse, Response
    from starlette.exceptions import HTTPException

    # FastAPI resolves the annotations of the routes below by name.
    globals().update(Request=Request, Query=query_model())
    app: FastAPI = FastAPI(
        title="infra_llm gateway",
        version=VERSION,
        description="Answers about your infrastructure.",
        docs_url=None,
        redoc_url=None,
        responses=errors(*EVERYWHERE),
    )

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
        first = exc.errors()[0]
        where = ".".join(str(part) for part in first["loc"][1:]) if first["type"] != "json_invalid" else ""
        error = f"The request's {where or 'body'} is wrong: {first['msg'].removeprefix('Value error, ')}."
        return say(request, 400, {"error": error.encode("utf-8", "replace").decode(), "detail": "ConfigError", "hint": None})

    @app.exception_handler(HTTPException)
    async def not_served(request: Request, exc: HTTPException) -> JSONResponse:
        error = f"The gateway answers this with status {exc.status_code} ({exc.detail}); GET /openapi.json describes what there is."
        return say(request, exc.status_code, {"error": error, "detail": "ServiceError", "hint": None}, exc.headers)

    @app.exception_handler(GoneError)
    async def gone(_request: Request, _exc: GoneError) -> Response:
        return Response(status_code=GONE)

    @app.exception_handler(Exception)
    async def unexpected(request: Request, exc: Exception) -> JSONResponse:
        # Only the type: an exception's text may quote what was asked.
        error = f"The gateway met an unexpected {type(exc).__name__}; see its log and report it."
        return say(request, 500, {"error": error, "detail": "InfraLlmError", "hint": None})

    @app.post("/query", summary="Ask a question", response_model=None, responses=QUERY_RESPONSES)
    async def query(asked: Query, request: Request) -> Response:
        """Answer from the operator's infrastructure and the documentation of the versions that run there.

        With `stream`, or where `text/event-stream` is accepted, the answer comes as server-sent events: `data: {"delta": TEXT}` while it is written,
        then `event: result` with the whole result, or `event: error`.
        """
        facts = facts_of(request)
        place = answering.admit(asked)
        if asked.stream or "text/event-stream" in request.headers.get("accept", ""):
            return t.cast("Response", event_response(lambda report: answering.answer(asked, place, facts, report=report), place, facts, write_event))
        try:
            return JSONResponse(await unless_gone(request.receive, answering.answer(asked, place, facts)))
        finally:
            place.close()

    @app.post("/shutdown", include_in_schema=False)
    async def shutdown() -> dict[str, t.Any]:
        _log.info("stop requested")
        stop()
        return {"stopping": True}

    add_knowledge_routes(app, services, config.knowledge_dir, load_catalogue(config.catalogue))
    describe_api(app)
    return app
