# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The application of an embedded gateway: it ends when idle, and turns away callers of another configuration."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import http.client
import logging
import os
import threading
import time
import typing as t

from .._version import VERSION
from ._admission import Admission
from ._config import CONFIG_HEADER
from ._question_handler import QuestionHandler
from ._services import Services
from .api._app import create_app

if t.TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping

    from ._config import GatewayConfig

    Scope = MutableMapping[str, t.Any]

_log = logging.getLogger("infra_llm.gateway")
_IDLE_CHECK_SECONDS = 1.0


class IdleMiddleware:
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
            await send({"type": "http.response.start", "status": http.client.MISDIRECTED_REQUEST, "headers": [(b"content-type", b"application/json")]})
            await send({"type": "http.response.body", "body": body})
            return
        self.running += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self.running -= 1
            self.last = time.monotonic()

    def end_when_idle(self, idle: float, is_reachable: Callable[[], bool], stop: Callable[[], None]) -> None:
        """Call ``stop`` once no request has run for ``idle`` seconds, or none can come any more."""
        while is_reachable() and (self.running or time.monotonic() - self.last < idle):
            time.sleep(min(_IDLE_CHECK_SECONDS, idle))
        _log.info("ending: %s", f"idle for {idle:g} s" if is_reachable() else "its socket is gone")
        stop()


def create_embedded_app(config: GatewayConfig, stop: Callable[[], None], is_reachable: Callable[[], bool] = lambda: True) -> IdleMiddleware:
    """The ASGI application; ``stop`` asks the server to end when its running requests have; ``is_reachable`` tells whether its socket is there."""
    services = Services(config)
    app = create_app(config, services, QuestionHandler(services, Admission(services.parallel, queue=None), describer=None), stop)
    activity = IdleMiddleware(app, config.fingerprint)
    started = time.monotonic()

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

    threading.Thread(target=activity.end_when_idle, args=(config.gateway_idle, is_reachable, stop), name="idle", daemon=True).start()
    services.warm_up()
    return activity
