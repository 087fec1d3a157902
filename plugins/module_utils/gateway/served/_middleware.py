# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The door of a served gateway, before any route: who may pass, and how much a request may bring."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import asyncio
import json
import math
import typing as t

from .._request_facts import facts_in
from ..api._errors import shaped
from ._tokens import Token

if t.TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from ._tokens import Tokens

    Scope = MutableMapping[str, t.Any]
    Receive = Callable[[], Awaitable[MutableMapping[str, t.Any]]]
    Send = Callable[[MutableMapping[str, t.Any]], Awaitable[None]]
    App = Callable[[Scope, Receive, Send], Awaitable[None]]

_BODY_SECONDS = 60  # in which a request must have come
_UNRATED = frozenset({"/health", "/health/live", "/metrics"})  # what machines ask again and again
_ANYBODY = Token("anybody", "", read_only=True, requests_per_minute=1_000_000)
_SOCKET_ONLY = ("/knowledge", "/shutdown")
_REASONS = {401: "token", 403: "read_only", 408: "slow", 413: "body", 429: "rate"}
_ADMINISTRATION = frozenset({"/update-knowledge"})


class BodyLimitMiddleware:
    """Takes in a request's body before the application sees it, and refuses one that is too large or does not come to an end."""

    def __init__(self, app: App, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        length = _header(scope, b"content-length")
        if length.isdigit() and int(length[:20]) > self._limit:
            await self._refuse(scope, send)
            return
        try:
            async with asyncio.timeout(_BODY_SECONDS):
                body = await self._read(receive)
        except TimeoutError:
            await refuse(scope, send, 408, f"The request did not come within {_BODY_SECONDS} seconds.")
            return
        if body is None:
            await self._refuse(scope, send)
            return
        waiting = [{"type": "http.request", "body": body, "more_body": False}]

        async def replay() -> MutableMapping[str, t.Any]:
            return waiting.pop() if waiting else await receive()

        await self._app(scope, replay, send)

    async def _read(self, receive: Receive) -> bytes | None:
        """The body, or None when it is too large."""
        parts: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            part = message.get("body", b"")
            size += len(part)
            if size > self._limit:
                return None
            parts.append(part)
            if not message.get("more_body"):  # nor has a client that went away
                return b"".join(parts)

    async def _refuse(self, scope: Scope, send: Send) -> None:
        await refuse(
            scope, send, 413, f"The request is larger than {self._limit} bytes; ask something shorter, or raise gateway_body_limit.", {"Connection": "close"}
        )


class AccessMiddleware:
    """Lets in who has a token; what only the service itself may do is not there at all.

    Where there are no tokens, nothing but this machine can reach the gateway: then anybody on it may ask, and nobody administer.
    """

    def __init__(self, app: App, tokens: Tokens) -> None:
        self._app = app
        self._tokens = tokens

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path, method = scope["path"], scope["method"]
        if path == "/health/live" and method in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        scheme, _blank, presented = _header(scope, b"authorization").partition(" ")
        token = self._tokens.find(presented.strip()) if scheme.lower() == "bearer" and presented else None
        if token is None and not len(self._tokens):
            token = _ANYBODY
        if token is None:
            said = "The token is not known" if presented else "The request has no token"
            message = f"{said}; send the header 'Authorization: Bearer TOKEN', which the option gateway_token does."
            # Only who has a token may keep a connection.
            await refuse(scope, send, 401, message, {"WWW-Authenticate": 'Bearer realm="infra_llm"', "Connection": "close"})
            return
        facts = facts_in(scope)
        facts["token"] = token.name
        if any(path == hidden or path.startswith(f"{hidden}/") for hidden in _SOCKET_ONLY):
            await refuse(scope, send, 404, "This is not served over the network.")
            return
        wait = 0.0 if path in _UNRATED else self._tokens.wait(token)
        if wait:
            seconds = max(1, math.ceil(wait))
            message = f"The token {token.name} has used up its {token.requests_per_minute} requests a minute; try again in {seconds} seconds."
            await refuse(scope, send, 429, message, {"Retry-After": str(seconds)})
            return
        if token.read_only and path in _ADMINISTRATION and method == "POST":
            await refuse(scope, send, 403, f"The token {token.name} is for asking only; use another one to update the knowledge.")
            return
        await self._app(scope, receive, send)


async def refuse(scope: Scope, send: Send, status: int, message: str, headers: dict[str, str] | None = None) -> None:
    """Answer with an error before any route is reached."""
    facts_in(scope).setdefault("reason", _REASONS.get(status, ""))
    said = {"error": message, "detail": "ConfigError" if status < 429 else "RefusedError", "hint": None}
    body = json.dumps(shaped(scope["path"], status, said), ensure_ascii=False).encode()
    sent = {"Content-Type": "application/json", "Content-Length": str(len(body)), **(headers or {})}
    await send({"type": "http.response.start", "status": status, "headers": [(name.lower().encode(), value.encode()) for name, value in sent.items()]})
    await send({"type": "http.response.body", "body": body})


def _header(scope: Scope, name: bytes) -> str:
    """The value of a request's header; empty when there is none, or more than one."""
    values = [value for key, value in scope["headers"] if key.lower() == name]
    return values[0].decode("latin-1") if len(values) == 1 else ""
