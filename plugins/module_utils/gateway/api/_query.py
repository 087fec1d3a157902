# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""POST /query: a question and its answer, at once or as it is written."""

# Private to the collection: names here may change in any release.
# Without deferred annotations: FastAPI needs the models themselves, which exist in the functions below alone.

import typing as t

from .._request_facts import facts_of
from ._description import QUERY_RESPONSES
from ._events import abort_on_disconnect, event_response, write_event
from ._query_model import query_model

if t.TYPE_CHECKING:
    from fastapi import FastAPI

    from .._question_handler import QuestionHandler


def add_query_routes(app: "FastAPI", handler: "QuestionHandler") -> None:
    """Add POST /query."""
    from fastapi import Request
    from fastapi.responses import JSONResponse, Response

    Query = query_model()  # noqa: N806 - a class

    @app.post("/query", summary="Ask a question", response_model=None, responses=QUERY_RESPONSES)
    async def query(asked: Query, request: Request) -> Response:  # type: ignore[valid-type]
        """Answer from the operator's infrastructure and the documentation of the versions that run there.

        With `stream`, or where `text/event-stream` is accepted, the answer comes as server-sent events: `data: {"delta": TEXT}` while it is written,
        then `event: result` with the whole result, or `event: error`.
        """
        question: t.Any = asked
        facts = facts_of(request)
        ticket = handler.admit(question)
        if question.stream or "text/event-stream" in request.headers.get("accept", ""):
            return t.cast("Response", event_response(lambda report: handler.answer(question, ticket, facts, report=report), ticket, facts, write_event))
        try:
            return JSONResponse(await abort_on_disconnect(request.receive, handler.answer(question, ticket, facts)))
        finally:
            ticket.close()
