# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to the collection: names here may change in any release.
"""Whether a served gateway can do its work: each thing that it depends on asked at once, briefly, and not again for some seconds."""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
import time
import typing as t

from .._errors import InfraLlmError, ServiceError
from ..clients._http import Endpoint

if t.TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ._config import GatewayConfig
    from ._services import Services

_ASKED_SECONDS = 2
_KEPT_SECONDS = 5
# Without a language model the gateway still answers, by quotations.
_DISPENSABLE = frozenset({"llm"})
_log = logging.getLogger("infra_llm.gateway")


class Health:
    """The state of the dependencies; each check returns or raises InfraLlmError."""

    def __init__(self, checks: Mapping[str, Callable[[], object]], clock: Callable[[], float] = time.monotonic) -> None:
        self._checks = checks
        self._clock = clock
        # A check that hangs holds its thread; the next ones find another.
        self._pool = concurrent.futures.ThreadPoolExecutor(4 * len(checks), thread_name_prefix="health")
        self._asking = asyncio.Lock()
        self._asked: float | None = None
        self._states: dict[str, dict[str, t.Any]] = {}

    async def states(self) -> dict[str, dict[str, t.Any]]:
        """``{name: {ok, ms, error?}}``; ``error`` is one sentence."""
        async with self._asking:
            if self._asked is None or self._clock() - self._asked > _KEPT_SECONDS:
                found = await asyncio.gather(*(self._ask(check) for check in self._checks.values()))
                for name, state in zip(self._checks, found, strict=True):
                    if state["ok"] != self._states.get(name, {"ok": True})["ok"]:
                        _log.warning("%s is %s", name, "well again" if state["ok"] else f"unwell: {state['error']}")
                self._states = dict(zip(self._checks, found, strict=True))
                self._asked = self._clock()
            return self._states

    async def summary(self) -> dict[str, t.Any]:
        """``{status, live, ready, dependencies}``: ``ok``, ``degraded`` (answers by quotations alone) or ``unavailable``."""
        states = await self.states()
        ready = all(state["ok"] for name, state in states.items() if name not in _DISPENSABLE)
        status = "unavailable" if not ready else "ok" if all(state["ok"] for state in states.values()) else "degraded"
        return {"status": status, "live": True, "ready": ready, "dependencies": states}

    async def _ask(self, check: Callable[[], object]) -> dict[str, t.Any]:
        started = self._clock()
        error = None
        try:
            await asyncio.wait_for(asyncio.get_running_loop().run_in_executor(self._pool, check), _ASKED_SECONDS)
        except TimeoutError:
            error = f"No answer within {_ASKED_SECONDS} seconds."
        except InfraLlmError as exc:
            error = exc.message
        except Exception as exc:
            error = f"An unexpected {type(exc).__name__}."
        state = {"ok": error is None, "ms": round((self._clock() - started) * 1000, 1)}
        return state if error is None else {**state, "error": error}


def checks_of(config: GatewayConfig, services: Services) -> dict[str, Callable[[], object]]:
    """What a gateway of this configuration depends on."""
    checks: dict[str, Callable[[], object]] = {}
    if config.llm_url:
        urls = [url.strip() for url in config.llm_url.split(",") if url.strip()]
        checks["llm"] = lambda: _one_of(urls, config.llm_api_key)
    embedding_url, chroma_url = config.embedding_url, config.chroma_url
    key = config.embedding_api_key or config.llm_api_key
    checks["embeddings"] = (lambda: _llama_server(embedding_url, key)) if embedding_url else services.embedder
    if chroma_url:
        checks["chroma"] = lambda: _get(Endpoint(chroma_url), "/api/v2/heartbeat")
    checks["knowledge"] = lambda: services.index().versions()
    return checks


def _one_of(urls: list[str], api_key: str | None) -> None:
    """Some of several servers may be down."""
    failures = []
    for url in urls:
        try:
            _llama_server(url, api_key)
            return
        except InfraLlmError as exc:
            failures.append(exc)
    raise failures[0]


def _llama_server(url: str, api_key: str | None) -> None:
    """llama-server says when it is loading; other servers of the OpenAI API list their models."""
    endpoint = Endpoint(url.rstrip("/").removesuffix("/v1"))
    if api_key:
        endpoint.headers["Authorization"] = f"Bearer {api_key}"
    try:
        _get(endpoint, "/health")
    except ServiceError as exc:
        if exc.status not in (404, 405, 200):
            raise
        _get(endpoint, "/v1/models")


def _get(endpoint: Endpoint, path: str) -> None:
    status, body = endpoint.request("GET", path, timeout=_ASKED_SECONDS)
    if status < 400:
        return
    error = body.get("error")
    told = error.get("message") if isinstance(error, dict) else error
    raise ServiceError(f"{endpoint.shown} answered with status {status} ({told or 'no reason given'}); look into its log.", url=endpoint.shown, status=status)
