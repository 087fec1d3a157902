# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The application of a served gateway: the common API with its own routes, behind one door for TCP and one for the unix socket."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import asyncio
import importlib
import logging
import os
import time
import typing as t

from ..._errors import InfraLlmError
from ..._version import VERSION
from ...clients._embedding_settings import is_gguf
from .._admission import Admission
from .._question_handler import Describer, QuestionHandler
from .._services import Services
from ..api._app import create_app
from ..api._description import describe_api
from ..api._jobs import add_job_routes
from ..api._openai import add_openai_routes
from ..api._query_model import query_model
from ._health import Health, checks_of
from ._jobs import Jobs, collections_root, inventory_environment
from ._metrics import Metrics
from ._middleware import AccessMiddleware, BodyLimitMiddleware
from ._request_log import RequestLogMiddleware
from ._tokens import Tokens

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI

    from ._config import ServedConfig
    from ._middleware import App


_log = logging.getLogger("infra_llm.gateway")


class ServedApp:
    """The applications ``for_tcp`` and ``for_socket``. Raises ConfigError for tokens that cannot be used."""

    def __init__(self, config: ServedConfig, stop: Callable[[], None]) -> None:
        self._config = config
        self._started = time.monotonic()
        self.tokens = Tokens(config.gateway_tokens_file)
        self.services = Services(config.engine)
        self.admission = Admission(self.services.parallel, config.gateway_queue)
        self._health = Health(checks_of(config.engine, self.services))
        self._jobs = Jobs(config)
        self._metrics = Metrics(self.services, self.admission, self._jobs)
        self._inventory = _own_inventory(config, self.services)
        handler = QuestionHandler(self.services, self.admission, self._inventory)
        app = create_app(config.engine, self.services, handler, stop)
        add_openai_routes(app, handler, query_model())
        add_job_routes(app, self._jobs)
        self._add_health(app)
        describe_api(app, tokens=True)
        limited = BodyLimitMiddleware(app, config.gateway_body_limit)
        self.for_tcp = self._recorded(AccessMiddleware(limited, self.tokens))
        self.for_socket = self._recorded(limited)

    def _recorded(self, app: App) -> App:
        return RequestLogMiddleware(app, self._metrics.observe, questions=self._config.gateway_log_questions)

    def _add_health(self, app: FastAPI) -> None:
        from fastapi.responses import JSONResponse, PlainTextResponse

        @app.get("/health/live", summary="Tell whether the process answers", openapi_extra={"security": []})
        async def live() -> dict[str, bool]:
            return {"live": True}

        @app.get("/health", summary="Tell whether the gateway and each of its dependencies work", response_model=None)
        async def health() -> JSONResponse:
            summary = await self._health.summary()
            engine = self._config.engine
            body = {
                **summary,
                "version": VERSION,
                "pid": os.getpid(),
                "uptime_s": round(time.monotonic() - self._started, 1),
                "running": self.admission.running,
                "waiting": self.admission.waiting,
                "state_dir": engine.state_dir,
                "knowledge_dir": engine.knowledge_dir,
                "loaded": {"knowledge": self.services.index.value is not None, "embedder": self.services.embedder.value is not None},
            }
            return JSONResponse(body, 200 if summary["ready"] else 503)

        @app.get("/metrics", summary="Count for Prometheus", response_class=PlainTextResponse, response_model=None)
        def metrics() -> PlainTextResponse:
            return PlainTextResponse(self._metrics.exposition(), media_type="text/plain; version=0.0.4; charset=utf-8")

    def warm_up(self) -> None:
        """Load in the background what questions need."""
        self.services.warm_up()
        if self._inventory is not None:
            self._inventory.keep_fresh()

    async def close(self, seconds: float) -> None:
        """Answer the questions that are inside, within ``seconds``, and no new ones."""
        ending = asyncio.to_thread(self._jobs.close)
        await asyncio.gather(self.admission.close(seconds), ending)


class _Inventory(Describer, t.Protocol):
    def keep_fresh(self) -> None:
        """Follow the files in the background."""


def _load_before_ansible(services: Services) -> None:
    """Load the embedding model of this process: torch cannot be imported once Ansible has put an object in the place of ``sys.intern``."""
    try:
        services.embedder()
    except InfraLlmError as exc:
        _log.warning("%s", exc.message)  # said again to whoever asks


def _own_inventory(config: ServedConfig, services: Services) -> _Inventory | None:
    """The gateway's view of its copy of the inventory. It needs Ansible, which the engine must not know."""
    if not config.inventory:
        return None
    engine = config.engine
    if not engine.embedding_url and not is_gguf(engine.embedding_model):
        _load_before_ansible(services)
    for name, value in {"ANSIBLE_COLLECTIONS_PATH": collections_root(), **inventory_environment()}.items():
        os.environ.setdefault(name, value)
    adapters = __package__.partition(".module_utils.")[0]
    module = importlib.import_module(f"{adapters}.plugin_utils._inventory_files")
    inventory: _Inventory = module.FileInventory(
        config.inventory,
        versions_csv=config.versions_csv,
        versions_csv_encoding=config.versions_csv_encoding,
        state_dir=engine.state_dir,
        allow=config.hostvars_allow,
        deny=config.hostvars_deny,
    )
    return inventory
