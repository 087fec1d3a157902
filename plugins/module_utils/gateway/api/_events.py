# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers that are sent while they are made: server-sent events, and what happens when the client goes away."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import typing as t

from ..._errors import InfraLlmError
from ._errors import CLIENT_CLOSED_REQUEST, ClientGoneError, error_body, log_error, reason_of, status_of

if t.TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from ...answering._result import Result
    from .._admission import Ticket
    from .._request_facts import RequestFacts

_KEEP_ALIVE_SECONDS = 15
_log = logging.getLogger("infra_llm.gateway")
_Result = t.TypeVar("_Result")


async def abort_on_disconnect(receive: Callable[[], Awaitable[t.Any]], answer: Awaitable[_Result]) -> _Result:
    """Await ``answer``, cancelling it when the client closes the connection. Raises ClientGoneError then."""
    task = asyncio.ensure_future(answer)
    gone = asyncio.ensure_future(_disconnected(receive))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise ClientGoneError
        return task.result()
    finally:
        for waiting in (task, gone):
            _drop(waiting)


def _drop(task: asyncio.Future[t.Any]) -> None:
    """Cancel what is awaited no more; an error of it is of no interest."""
    task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
    task.cancel()


async def _disconnected(receive: Callable[[], Awaitable[t.Any]]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def event_response(
    answer: Callable[[Callable[[str], None]], Awaitable[Result]], ticket: Ticket, facts: RequestFacts, write: Callable[[str, t.Any], str]
) -> t.Any:
    """A response of server-sent events.

    ``answer`` is called with what takes the pieces of the answer. ``write`` makes an event of a kind and its value: ``delta`` (text), ``result``
    (what ``answer`` returns) or ``error`` (an InfraLlmError). When the client closes the connection, the question is given up.
    """
    from starlette.responses import Response

    class EventResponse(Response):
        media_type = "text/event-stream"

        async def __call__(self, scope: t.Any, receive: t.Any, send: t.Any) -> None:
            try:
                await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
                async with contextlib.aclosing(_events(answer, receive)) as events:
                    async for kind, value in events:
                        if kind == "error":
                            facts.update(failed=status_of(value), reason=reason_of(value))
                        text = ": still at work\n\n" if kind == "silence" else write(kind, value)
                        await send({"type": "http.response.body", "body": text.encode("utf-8", "replace"), "more_body": True})
                await send({"type": "http.response.body", "body": b""})
            except ClientGoneError:
                facts["failed"] = CLIENT_CLOSED_REQUEST
            finally:
                ticket.close()

    response = EventResponse(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
    del response.headers["content-length"]
    return response


async def _events(
    answer: Callable[[Callable[[str], None]], Awaitable[Result]], receive: Callable[[], Awaitable[t.Any]]
) -> AsyncGenerator[tuple[str, t.Any], None]:
    """Pairs of kind and value: delta, silence when nothing came for a while, and in the end result or error. Raises ClientGoneError."""
    loop = asyncio.get_running_loop()
    pieces: asyncio.Queue[str] = asyncio.Queue()

    def report(text: str) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(pieces.put_nowait, text)

    task = asyncio.ensure_future(answer(report))
    gone = asyncio.ensure_future(_disconnected(receive))
    piece = asyncio.ensure_future(pieces.get())
    try:
        while True:
            await asyncio.wait({task, gone, piece}, timeout=_KEEP_ALIVE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if gone.done():
                raise ClientGoneError
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
