# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to the collection: names here may change in any release.
"""The HTTP API of the gateway over the engine."""

from __future__ import annotations

import json
import logging
import os
import threading
import time
import typing as t

from .._errors import ConfigError, InfraLlmError, ServiceError
from .._version import VERSION
from ..answering._answer import Question, answer
from ..catalogue._catalogue import load_catalogue
from ..knowledge._search import Target
from ._config import CONFIG_HEADER
from ._knowledge_api import add_knowledge_routes, error_body
from ._services import Services

if t.TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping

    from fastapi import FastAPI

    from ._config import GatewayConfig

    Scope = MutableMapping[str, t.Any]

_log = logging.getLogger("infra_llm.gateway")
_IDLE_CHECK_SECONDS = 1.0


class _Activity:
    """ASGI wrapper that knows how many requests run and when the last one ended, and turns away callers of another configuration."""

    def __init__(self, app: t.Any, fingerprint: str) -> None:
        self._app = app
        self._fingerprint = fingerprint
        self.running = 0
        self.last = time.monotonic()

    async def __call__(self, scope: Scope, receive: t.Any, send: t.Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sent = dict(scope["headers"]).get(CONFIG_HEADER.lower().encode())
        if sent is not None and sent.decode() != self._fingerprint:
            # Read first what is being sent: a caller whose pipe breaks never sees the answer.
            while (await receive()).get("more_body"):
                pass
            body = b'{"error": "This gateway runs with another configuration or version.", "detail": "ConfigError"}'
            await send({"type": "http.response.start", "status": 409, "headers": [(b"content-type", b"application/json")]})
            await send({"type": "http.response.body", "body": body})
            return
        self.running += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self.running -= 1
            self.last = time.monotonic()

    def end_when_idle(self, idle: float, stop: Callable[[], None]) -> None:
        """Call ``stop`` once no request has run for ``idle`` seconds."""
        while self.running or time.monotonic() - self.last < idle:
            time.sleep(min(_IDLE_CHECK_SECONDS, idle))
        _log.info("idle for %d s, ending", idle)
        stop()


def create_app(config: GatewayConfig, stop: Callable[[], None]) -> _Activity:
    """The ASGI application; ``stop`` asks the server to end when its running requests have."""
    from fastapi import FastAPI, Request
    from fastapi.exceptions import RequestValidationError
    from fastapi.responses import JSONResponse
    from pydantic import BaseModel, ConfigDict, Field

    class Product(BaseModel):
        model_config = ConfigDict(extra="ignore")
        product: str
        version: str | None = None
        why: str = "question"

    class Query(BaseModel):
        model_config = ConfigDict(extra="forbid")
        query: str = Field(min_length=1, max_length=20_000)
        infrastructure: dict[str, t.Any] = Field(default_factory=dict)
        targets: list[Product] = Field(default_factory=list, max_length=100)
        warnings: list[str] = Field(default_factory=list)
        mode: t.Literal["answer", "extractive", "context"] = "answer"
        max_tokens: int = Field(default=512, ge=1, le=32_768)
        temperature: float = Field(default=0.0, ge=0.0, le=2.0)
        timeout: float = Field(default=300.0, gt=0.0)
        strict_version: t.Literal["off", "minor", "exact"] = "off"
        on_llm_error: t.Literal["extract", "fail"] = "extract"

    # FastAPI resolves the annotations of the routes below by name.
    globals().update(Request=Request, Query=Query)
    services = Services(config)
    app: FastAPI = FastAPI(title="infra_llm gateway", version=VERSION, docs_url=None, redoc_url=None)
    activity = _Activity(app, config.fingerprint)
    started = time.monotonic()

    @app.exception_handler(InfraLlmError)
    async def engine_error(_request: Request, exc: InfraLlmError) -> JSONResponse:
        status = 400 if isinstance(exc, ConfigError) else 502 if isinstance(exc, ServiceError) else 500
        _log.warning("%s", exc.message)
        return JSONResponse(error_body(exc), status)

    @app.exception_handler(RequestValidationError)
    async def bad_request(_request: Request, exc: RequestValidationError) -> JSONResponse:
        first = exc.errors()[0]
        where = ".".join(str(part) for part in first["loc"][1:]) or "the body"
        return JSONResponse({"error": f"The request's {where} is wrong: {first['msg']}.", "detail": "ConfigError", "hint": None}, 400)

    @app.exception_handler(Exception)
    async def unexpected(_request: Request, exc: Exception) -> JSONResponse:
        # Only the type: an exception's text may quote what was asked.
        error = f"The gateway met an unexpected {type(exc).__name__}; read {config.log_path} and report it."
        return JSONResponse({"error": error, "detail": "InfraLlmError", "hint": None}, 500)

    # Without "async" a request waits for one of 40 threads, which a crowd of questions can occupy.
    @app.get("/health")
    async def health() -> dict[str, t.Any]:
        return {
            "status": "ok",
            "version": VERSION,
            "pid": os.getpid(),
            "uptime_s": round(time.monotonic() - started, 1),
            "running": activity.running,
            "state_dir": config.state_dir,
            "knowledge_dir": config.knowledge_dir,
            "log": config.log_path,
            "loaded": {"knowledge": services.index.value is not None, "embedder": services.embedder.value is not None},
        }

    @app.post("/query")
    def query(asked: Query) -> dict[str, t.Any]:
        fields = asked.model_dump(exclude={"query", "targets"})
        targets = [Target(entry.product, entry.version, entry.why == "question") for entry in asked.targets]
        result = answer(Question(question=asked.query, targets=targets, **fields), services.engine())
        served = ", ".join(sorted({f"{source['product'] or source['kind']} {source['served_version']}" for source in result["sources"]}))
        timings = json.dumps(result["timings"])
        _log.info("question answered: mode %s, language %s, from %s, %s", result["mode"], result["language"], served or "nothing", timings)
        return result

    @app.post("/shutdown")
    async def shutdown() -> dict[str, t.Any]:
        _log.info("stop requested")
        stop()
        return {"stopping": True}

    add_knowledge_routes(app, services, config.knowledge_dir, load_catalogue(config.catalogue))
    threading.Thread(target=activity.end_when_idle, args=(config.gateway_idle, stop), name="idle", daemon=True).start()
    services.warm_up()
    return activity
