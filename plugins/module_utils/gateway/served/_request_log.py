# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The log of a served gateway: one JSON object a line, one line a request, without what was asked unless that is wanted."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import asyncio
import json
import logging
import time
import traceback
import typing as t

from .._request_facts import facts_in
from ..api._errors import CLIENT_CLOSED_REQUEST

if t.TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping

    from ._middleware import App, Receive, Scope, Send

    Observe = Callable[[Scope, int], None]

_FRAMES = 12
_log = logging.getLogger("infra_llm.gateway")


class RequestLogMiddleware:
    """Logs and measures every request; what else is known of one stands in its facts, which the routes fill."""

    def __init__(self, app: App, observe: Observe, *, questions: bool) -> None:
        self._app = app
        self._observe = observe
        self._questions = questions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        started = time.monotonic()
        facts = facts_in(scope)
        status = 500

        async def watched(message: MutableMapping[str, t.Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except asyncio.CancelledError:
            status = CLIENT_CLOSED_REQUEST
            raise
        finally:
            status = facts.pop("failed", status)
            self._observe(scope, status)
            _log.info("request", extra={"request": _line(scope, status, time.monotonic() - started, questions=self._questions)})


def _line(scope: Scope, status: int, seconds: float, *, questions: bool) -> dict[str, t.Any]:
    facts = facts_in(scope)
    shown = {name: value for name, value in facts.items() if value not in ("", None) and (name != "query" or questions)}
    route = scope.get("route")
    return {
        "method": scope["method"],
        # Of a path that is no route only that: it may be anything.
        "route": getattr(route, "path", None) or "none",
        "status": status,
        "ms": round(seconds * 1000, 1),
        **shown,
    }


class JsonLines(logging.Formatter):
    """Every record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, t.Any] = {"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)), "level": record.levelname.lower()}
        request = getattr(record, "request", None)
        line.update(request if request is not None else {"message": record.getMessage()})
        if record.exc_info and record.exc_info[0] is not None:
            # Without the exception's text, which may quote what was asked.
            line["exception"] = record.exc_info[0].__name__
            line["at"] = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(record.exc_info[2])[-_FRAMES:]]
        return json.dumps(line, ensure_ascii=False, default=str)
