# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to the collection: names here may change in any release.
"""The application of a served gateway: the common API with its own routes, behind one door for TCP and one for the unix socket."""

from __future__ import annotations

import logging
import os
import time
import typing as t

from .._version import VERSION
from ._access import Access, BodyLimit
from ._admission import Admission
from ._answering import Answering
from ._api_description import describe_api
from ._app import create_app
from ._health import Health, checks_of
from ._request_log import Recorded
from ._services import Services
from ._tokens import Tokens

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI

    from ._access import App, Scope
    from ._served_config import ServedConfig

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
        answering = Answering(self.services, self.admission, describer=None)
        app = create_app(config.engine, self.services, answering, stop)
        self._add_health(app)
        describe_api(app, tokens=True)
        limited = BodyLimit(app, config.gateway_body_limit)
        self.for_tcp = self._recorded(Access(limited, self.tokens))
        self.for_socket = self._recorded(limited)

    def _recorded(self, app: App) -> App:
        return Recorded(app, self._observe, questions=self._config.gateway_log_questions)

    def _observe(self, scope: Scope, status: int, seconds: float) -> None:
        pass

    def _add_health(self, app: FastAPI) -> None:
        from fastapi.responses import JSONResponse

        @app.get("/health/live", summary="Tell whether the process answers")
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

    def warm_up(self) -> None:
        """Load in the background what questions need."""
        self.services.warm_up()

    async def close(self, seconds: float) -> None:
        """Answer the questions that are inside, within ``seconds``, and no new ones."""
        await self.admission.close(seconds)
