# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of OpenAI's API that chat clients use, on the same engine: the last message of the user is the question, earlier ones its history."""

# Private to the collection: names here may change in any release.
# Without deferred annotations: FastAPI needs the models themselves, which exist in the functions below alone.

import json
import re
import secrets
import time
import typing as t

from ..._options import OPTIONS
from ..._phrases import phrase
from .._request_facts import facts_of
from ._chat_model import MODEL, chat_model
from ._description import EVENT_SCHEMA, EVERYWHERE, OF_QUESTIONS, errors
from ._errors import error_body, openai_error, status_of, validated
from ._events import abort_on_disconnect, event_response
from ._query_model import VISIBLE

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from fastapi import FastAPI

    from ...answering._result import Result
    from .._question_handler import QuestionHandler

_HISTORY = 20  # messages
_SHOWN_SOURCES = 8
_ERROR_SCHEMA: dict[str, t.Any] = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message", "type"],
            "properties": {
                "message": {"type": "string"},
                "type": {"type": "string"},
                "param": {"type": ["string", "null"]},
                "code": {"type": ["string", "null"]},
            },
        }
    },
}
_ANSWER_EXAMPLE: dict[str, t.Any] = {
    "id": "chatcmpl-5f1c9e07",
    "object": "chat.completion",
    "created": 1767225600,
    "model": MODEL,
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "A follower of its partitions is down [1]."}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 1805, "completion_tokens": 64, "total_tokens": 1869, "prompt_tokens_details": {"cached_tokens": 1620}},
}
_QUESTION = re.compile(VISIBLE)


def add_openai_routes(app: "FastAPI", handler: "QuestionHandler", query: t.Any) -> None:
    """Add the routes below ``/v1``; ``query`` is the model of POST /query."""
    from fastapi import Request
    from fastapi.responses import JSONResponse, Response

    Chat = chat_model()  # noqa: N806 - a class
    answered = {
        "description": "The answer, with the gateway's own result in the field infra_llm.",
        "content": {"application/json": {"schema": {"type": "object"}, "example": _ANSWER_EXAMPLE}, "text/event-stream": {"schema": EVENT_SCHEMA}},
    }

    @app.get("/v1/models", summary="List the one model", response_model=None, responses=errors(*EVERYWHERE, schema=_ERROR_SCHEMA))
    async def models() -> dict[str, t.Any]:
        return {"object": "list", "data": [{"id": MODEL, "object": "model", "created": 0, "owned_by": "infra_llm"}]}

    @app.post(
        "/v1/chat/completions",
        summary="Ask as a client of OpenAI's API",
        response_model=None,
        responses={200: answered, **errors(*EVERYWHERE, *OF_QUESTIONS, schema=_ERROR_SCHEMA)},
    )
    async def chat(body: Chat, request: Request) -> Response:  # type: ignore[valid-type]
        asked: t.Any = body
        question, history = _split(asked.messages)
        wanted = {
            "query": question,
            "max_tokens": asked.max_completion_tokens or asked.max_tokens or OPTIONS["max_tokens"].default,
            "temperature": asked.temperature or 0.0,
            "schema": asked.response_format.json_schema.answer_schema if asked.response_format and asked.response_format.json_schema else None,
        }
        translated = validated(query, wanted, {"query": "messages", "schema": "response_format"})
        facts = facts_of(request)
        ticket = handler.admit(translated)
        if asked.stream:
            usage = bool(asked.stream_options and asked.stream_options.include_usage)
            write = _Chunks(translated.max_tokens, usage=usage)
            return t.cast(
                "Response",
                event_response(lambda report: handler.answer(translated, ticket, facts, history=history, report=report), ticket, facts, write),
            )
        try:
            result = await abort_on_disconnect(request.receive, handler.answer(translated, ticket, facts, history=history))
        finally:
            ticket.close()
        message = {"role": "assistant", "content": result["answer"] + _sources(result)}
        choice = {"index": 0, "message": message, "finish_reason": _finish(result, translated.max_tokens), "logprobs": None}
        return JSONResponse({**_head("chat.completion"), "choices": [choice], "usage": _usage(result), "infra_llm": _own(result)})


def _split(messages: "Sequence[t.Any]") -> tuple[str, list[dict[str, str]]]:
    """The question, and what was said before it."""
    said = [(message.role, _text(message.content)) for message in messages if message.role in ("user", "assistant")]
    last = max((number for number, (role, text) in enumerate(said) if role == "user" and _QUESTION.search(text)), default=None)
    if last is None:
        from fastapi.exceptions import RequestValidationError

        raise RequestValidationError([{"type": "value_error", "loc": ("body", "messages"), "msg": "there is no message of the user with a text"}])
    history = [{"role": role, "content": text} for role, text in said[:last] if text.strip()]
    return said[last][1], history[-_HISTORY:]


def _text(content: t.Any) -> str:
    parts = [part.text for part in content if part.type == "text" and part.text] if isinstance(content, list) else [content or ""]
    return "\n".join(parts).replace("\0", " ")


def _head(kind: str) -> dict[str, t.Any]:
    return {"id": f"chatcmpl-{secrets.token_hex(12)}", "object": kind, "created": int(time.time()), "model": MODEL}


def _finish(result: "Result", max_tokens: int) -> str:
    return "length" if result["timings"].get("completion_tokens", 0) >= max_tokens else "stop"


def _usage(result: "Result") -> dict[str, t.Any]:
    timings = result["timings"]
    prompt, cached, completion = (timings.get("prompt_tokens") or 0, timings.get("cached_tokens") or 0, timings.get("completion_tokens") or 0)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": cached},
    }


def _own(result: "Result") -> dict[str, t.Any]:
    return {name: value for name, value in result.items() if name not in ("answer", "changed")}


def _sources(result: "Result") -> str:
    """A short list of the sources, for clients that show nothing but the text; quotations name theirs anyway, and data must stay data."""
    if result["mode"] != "llm" or not result["sources"] or "answer_data" in result:
        return ""
    lines = [f"[{source['id']}] {source.get('title') or source['product']}: {source['url']}" for source in result["sources"][:_SHOWN_SOURCES]]
    return "\n\n" + "\n".join([f"{phrase('sources', result['language'])}:", *lines])


class _Chunks:
    """Writes the events of one streamed answer."""

    def __init__(self, max_tokens: int, *, usage: bool) -> None:
        self._head = _head("chat.completion.chunk")
        self._max_tokens = max_tokens
        self._usage = usage
        self._sent = ""

    def __call__(self, kind: str, value: t.Any) -> str:
        if kind == "delta":
            return self._delta(value)
        if kind == "error":
            status = status_of(value)
            return f"data: {json.dumps(openai_error(status, error_body(value)), ensure_ascii=False)}\n\ndata: [DONE]\n\n"
        return self._end(value)

    def _delta(self, text: str) -> str:
        delta = {"content": text} if self._sent else {"role": "assistant", "content": text}
        self._sent += text
        return self._event({"choices": [{"index": 0, "delta": delta, "finish_reason": None}]})

    def _end(self, result: "Result") -> str:
        answer = result["answer"]
        sent = self._sent.strip()
        rest = answer[len(sent) :] if answer.startswith(sent) else f"\n\n{answer}"
        rest += _sources(result)
        events = [self._delta(rest)] if rest else []
        choice = {"index": 0, "delta": {}, "finish_reason": _finish(result, self._max_tokens)}
        events.append(self._event({"choices": [choice], "infra_llm": _own(result)}))
        if self._usage:
            events.append(self._event({"choices": [], "usage": _usage(result)}))
        return "".join([*events, "data: [DONE]\n\n"])

    def _event(self, body: dict[str, t.Any]) -> str:
        return f"data: {json.dumps({**self._head, **body}, ensure_ascii=False)}\n\n"
