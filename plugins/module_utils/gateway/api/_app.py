# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTP API that every gateway has: questions, the knowledge base, errors."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import logging
import typing as t

from ..._version import VERSION
from ...catalogue._catalogue import load_catalogue
from ._description import EVERYWHERE, describe_api, errors
from ._errors import add_error_handlers
from ._knowledge import add_knowledge_routes
from ._query import add_query_routes

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI

    from .._config import GatewayConfig
    from .._question_handler import QuestionHandler
    from .._services import Services

_log = logging.getLogger("infra_llm.gateway")


def create_app(config: GatewayConfig, services: Services, handler: QuestionHandler, stop: Callable[[], None]) -> FastAPI:
    """The application; ``stop`` asks the server to end when its running requests have."""
    from fastapi import FastAPI

    app: FastAPI = FastAPI(
        title="infra_llm gateway",
        version=VERSION,
        description="Answers about your infrastructure.",
        docs_url=None,
        redoc_url=None,
        responses=errors(*EVERYWHERE),
    )
    add_error_handlers(app)
    add_query_routes(app, handler)
    add_knowledge_routes(app, services, config.knowledge_dir, load_catalogue(config.catalogue))

    @app.post("/shutdown", include_in_schema=False)
    async def shutdown() -> dict[str, t.Any]:
        _log.info("stop requested")
        stop()
        return {"stopping": True}

    describe_api(app)
    return app
