# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a served gateway can do its work: each thing that it depends on asked at once, briefly, and not again for some seconds."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import asyncio
import concurrent.futures
import functools
import logging
import time
import typing as t

from ..._errors import InfraLlmError, ServiceError
from ...clients._http import Endpoint, server_root

if t.TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .._config import GatewayConfig
    from .._services import Services

_ASKED_SECONDS = 2
_KEPT_SECONDS = 5
_log = logging.getLogger("infra_llm.gateway")


class Check(t.NamedTuple):
    """Something that a gateway depends on: ``ask`` raises InfraLlmError. Without what is ``needed`` no question is answered."""

    ask: Callable[[], object]
    needed: bool = False


class Health:
    """The state of the dependencies."""

    def __init__(self, checks: Mapping[str, Check], clock: Callable[[], float] = time.monotonic) -> None:
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
                found = await asyncio.gather(*(self._ask(check.ask) for check in self._checks.values()))
                for name, state in zip(self._checks, found, strict=True):
                    if state["ok"] != self._states.get(name, {"ok": True})["ok"]:
                        _log.warning("%s is %s", name, "well again" if state["ok"] else f"unwell: {state['error']}")
                self._states = dict(zip(self._checks, found, strict=True))
                self._asked = self._clock()
            return self._states

    async def summary(self) -> dict[str, t.Any]:
        """``{status, live, ready, dependencies}``: ``ok``, ``degraded`` (answers without something, by quotations or a search by words) or ``unavailable``."""
        states = await self.states()
        ready = all(state["ok"] for name, state in states.items() if self._checks[name].needed)
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


def checks_of(config: GatewayConfig, services: Services) -> dict[str, Check]:
    """What a gateway of this configuration depends on; each of several language models is ``llm 1``, ``llm 2`` and so on, in the order of ``llm_url``."""
    checks: dict[str, Check] = {}
    for number, url in enumerate(config.llm_urls, start=1):
        checks["llm" if len(config.llm_urls) == 1 else f"llm {number}"] = Check(functools.partial(_llama_server, url, config.llm_api_key))
    # Servers may be away: documentation is searched by words then.
    if config.embedding_url:
        checks["embeddings"] = Check(functools.partial(_llama_server, config.embedding_url, config.embedding_key))
    else:
        checks["embeddings"] = Check(services.embedder, needed=True)
    if config.chroma_url:
        checks["chroma"] = Check(functools.partial(_chroma, config.chroma_url))
    checks["knowledge"] = Check(lambda: services.index().versions(), needed=True)
    return checks


def _chroma(url: str) -> None:
    _get(Endpoint(url), "/api/v2/heartbeat")


def _llama_server(url: str, api_key: str | None) -> None:
    """llama-server says when it is loading; other servers of the OpenAI API list their models."""
    endpoint = Endpoint(server_root(url))
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
