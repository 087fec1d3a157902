# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a request to the engine and back: admission, deadline, the gateway's own view of the infrastructure, cancelling, streaming."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
import typing as t

from .._errors import InfraLlmError, ServiceError
from ..answering._answer import answer
from ..answering._question import Question
from ..infrastructure._secret_patterns import redact_text
from ..knowledge._search import Target
from ._admission import RefusedError
from ._knowledge_api import error_body

if t.TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence

    from ..infrastructure._description import Description, Infrastructure
    from ._admission import Admission, Place
    from ._services import Services

    Facts = dict[str, t.Any]

GONE = 499  # what logs say where the client did not wait for the answer
_KEEP_ALIVE_SECONDS = 15
_log = logging.getLogger("infra_llm.gateway")
_Result = t.TypeVar("_Result")


class Describer(t.Protocol):
    """The gateway's own inventory and versions CSV."""

    def describe(self, question: str, hosts: Sequence[str]) -> Description:
        """What `infrastructure._digest.describe` returns for the question; ``hosts`` is its scope. Raises InfraLlmError."""


class GoneError(Exception):
    """Whoever asked has closed the connection."""


class Answering:
    """Answers requests by the engine; what becomes known of one is put into its ``facts`` for the log and the metrics."""

    def __init__(self, services: Services, admission: Admission, describer: Describer | None) -> None:
        self._services = services
        self._admission = admission
        self._describer = describer

    def admit(self, asked: t.Any) -> Place:
        """Let the question in. Raises RefusedError."""
        return self._admission.admit(model=asked.mode == "answer", timeout=asked.timeout)

    async def answer(
        self, asked: t.Any, place: Place, facts: Facts, *, history: Sequence[dict[str, str]] = (), report: Callable[[str], None] | None = None
    ) -> dict[str, t.Any]:
        """The result for what was asked, a model of ``_query_model.py``; ``report`` is called in another thread. Raises InfraLlmError."""
        facts.update(asked=asked.mode, query=asked.query)
        arrived = place.deadline - place.timeout

        def work() -> dict[str, t.Any]:
            facts["waited_ms"] = _milliseconds(arrived)
            return self._work(asked, place, facts, history, report)

        try:
            result = await place.run(work)
        except RefusedError:
            raise
        except ServiceError as exc:
            if time.monotonic() < place.deadline - 0.5:
                raise
            raise RefusedError(504, exc.message, reason="deadline") from exc
        facts.update(
            mode=result["mode"],
            language=result["language"],
            hosts=len(result["infrastructure"].get("hosts") or ()),
            products=sorted({f"{source['product'] or source['kind']} {source['served_version']}" for source in result["sources"]}),
            timings=result["timings"],
        )
        return result

    def _work(self, asked: t.Any, place: Place, facts: Facts, history: Sequence[dict[str, str]], report: Callable[[str], None] | None) -> dict[str, t.Any]:
        query = redact_text(asked.query.strip())
        timings: dict[str, float] = {}
        if asked.infrastructure is not None or self._describer is None:
            infrastructure: Infrastructure = {} if asked.infrastructure is None else asked.infrastructure.model_dump(exclude_none=True)
            targets = [Target(entry.product, entry.version, entry.why == "question") for entry in asked.targets]
            warnings = list(asked.warnings)
        else:
            started = time.monotonic()
            context = self._describer.describe(query, asked.hosts)
            timings["context_ms"] = _milliseconds(started)
            infrastructure, warnings = context["infrastructure"], [*asked.warnings, *context["warnings"]]
            targets = [Target(entry["product"], entry["version"], entry["why"] == "question") for entry in context["targets"]]
        question = Question(
            question=query,
            infrastructure=infrastructure,
            targets=targets,
            warnings=warnings,
            timeout=max(1.0, place.deadline - time.monotonic()),
            **{name: getattr(asked, name) for name in ("mode", "max_tokens", "temperature", "strict_version", "on_llm_error")},
            schema=asked.answer_schema,
            history=history,
        )
        result: dict[str, t.Any] = dict(answer(question, self._services.engine(), report=_timed(report, facts, place), stop=place.stop))
        result["timings"] = {**timings, **result["timings"]}
        return result


def _timed(report: Callable[[str], None] | None, facts: Facts, place: Place) -> Callable[[str], None] | None:
    """``report``, noting when the first piece came."""
    if report is None:
        return None

    def pass_on(text: str) -> None:
        facts.setdefault("first_ms", _milliseconds(place.deadline - place.timeout))
        report(text)

    return pass_on


def _milliseconds(since: float) -> float:
    return round((time.monotonic() - since) * 1000, 1)


async def unless_gone(receive: Callable[[], Awaitable[t.Any]], answering: Awaitable[_Result]) -> _Result:
    """Await ``answering``, cancelling it when the client closes the connection. Raises GoneError then."""
    task = asyncio.ensure_future(answering)
    gone = asyncio.ensure_future(_gone(receive))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise GoneError
        return task.result()
    finally:
        for waiting in (task, gone):
            _drop(waiting)


def _drop(task: asyncio.Future[t.Any]) -> None:
    """Cancel what is awaited no more; an error of it is of no interest."""
    task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
    task.cancel()


async def _gone(receive: Callable[[], Awaitable[t.Any]]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def event_response(
    answering: Callable[[Callable[[str], None]], Awaitable[dict[str, t.Any]]], place: Place, facts: Facts, write: Callable[[str, t.Any], str]
) -> t.Any:
    """A response of server-sent events.

    ``answering`` is called with what takes the pieces of the answer. ``write`` makes an event of a kind and its value: ``delta`` (text), ``result``
    (what ``answering`` returns) or ``error`` (an InfraLlmError). When the client closes the connection, the question is given up.
    """
    from starlette.responses import Response

    class EventResponse(Response):
        media_type = "text/event-stream"

        async def __call__(self, scope: t.Any, receive: t.Any, send: t.Any) -> None:
            try:
                await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
                async with contextlib.aclosing(_events(answering, receive)) as events:
                    async for kind, value in events:
                        if kind == "error":
                            facts.update(failed=status_of(value), reason=reason_of(value))
                        text = ": still at work\n\n" if kind == "silence" else write(kind, value)
                        await send({"type": "http.response.body", "body": text.encode("utf-8", "replace"), "more_body": True})
                await send({"type": "http.response.body", "body": b""})
            except GoneError:
                facts["failed"] = GONE
            finally:
                place.close()

    response = EventResponse(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
    del response.headers["content-length"]
    return response


async def _events(
    answering: Callable[[Callable[[str], None]], Awaitable[dict[str, t.Any]]], receive: Callable[[], Awaitable[t.Any]]
) -> AsyncGenerator[tuple[str, t.Any], None]:
    """Pairs of kind and value: delta, silence when nothing came for a while, and in the end result or error. Raises GoneError."""
    loop = asyncio.get_running_loop()
    pieces: asyncio.Queue[str] = asyncio.Queue()

    def report(text: str) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(pieces.put_nowait, text)

    task = asyncio.ensure_future(answering(report))
    gone = asyncio.ensure_future(_gone(receive))
    piece = asyncio.ensure_future(pieces.get())
    try:
        while True:
            await asyncio.wait({task, gone, piece}, timeout=_KEEP_ALIVE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if gone.done():
                raise GoneError
            if piece.done():
                yield "delta", piece.result()
                piece = asyncio.ensure_future(pieces.get())
            elif task.done():
                break
            else:
                yield "silence", None
        while not pieces.empty():
            yield "delta", pieces.get_nowait()
        try:
            result = task.result()
        except InfraLlmError as exc:
            log_error(exc)
            yield "error", exc
        except Exception as exc:
            _log.exception("a question failed")
            yield "error", InfraLlmError(f"The gateway met an unexpected {type(exc).__name__}; read its log and report it.")
        else:
            yield "result", result
    finally:
        for waiting in (task, gone, piece):
            _drop(waiting)


def write_event(kind: str, value: t.Any) -> str:
    """A server-sent event of POST /query."""
    if kind == "delta":
        return f"data: {json.dumps({'delta': value}, ensure_ascii=False)}\n\n"
    if kind == "error":
        value = {**error_body(value), "status": status_of(value)}
    return f"event: {kind}\ndata: {json.dumps(value, ensure_ascii=False)}\n\n"


def status_of(exc: InfraLlmError) -> int:
    """The HTTP status for an error of the engine."""
    if isinstance(exc, RefusedError):
        return exc.status or 503
    return {"ConfigError": 409, "ServiceError": 502}.get(type(exc).__name__, 500)


def reason_of(exc: InfraLlmError) -> str:
    """Why the gateway did not take or gave up a request, as the metrics name it; empty for another error."""
    return exc.reason if isinstance(exc, RefusedError) else ""


def log_error(exc: InfraLlmError) -> None:
    """Log an error with which a request is answered; those that were not taken are counted alone."""
    if not isinstance(exc, RefusedError):
        _log.warning("%s", exc.message)


def facts_of(request: t.Any) -> dict[str, t.Any]:
    """What is to be known of a request for the log and the metrics."""
    facts: dict[str, t.Any] = request.scope.setdefault("infra_llm", {})
    return facts
