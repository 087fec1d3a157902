# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A question's way through the engine, in stages over one draft."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import time
import typing as t

from ._draft import Draft
from ._extractive import quote
from ._generation import choose_model, generate
from ._result import Result
from ._retrieval import retrieve
from ._sources import source

if t.TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from ._question import Engine, Question


def answer(question: Question, engine: Engine, *, report: Callable[[str], None] | None = None, stop: threading.Event | None = None) -> Result:
    """Answer one question. Returns the result of the design's section 4.3 as plain JSON data; raises InfraLlmError.

    ``report`` is given what the language model writes, piece by piece. When ``stop`` is set, the model is freed and AbandonedError raised.
    """
    draft = Draft(question)
    choose_model(draft, engine, stop)
    retrieve(draft, engine)
    generate(draft, engine, report, stop)
    if not draft.text:
        quote(draft, engine)
    return _result(draft)


def _result(draft: Draft) -> Result:
    draft.timings["total_ms"] = round((time.monotonic() - draft.started) * 1000, 1)
    result: Result = {
        "answer": draft.text,
        "mode": draft.mode,
        "language": draft.language,
        "infrastructure": draft.question.infrastructure,
        "sources": [source(number, passage) for number, passage in draft.passages],
        "timings": draft.timings,
        "warnings": draft.warnings,
        "changed": False,
    }
    if draft.model is not None and draft.completion is not None:
        result["model"] = {"name": draft.model.name, "server": draft.model.server, "context_length": draft.model.context_length}
    if draft.mode == "llm" and draft.question.schema is not None:
        result["answer_data"] = draft.data
    return result
