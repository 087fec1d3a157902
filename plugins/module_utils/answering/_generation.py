# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stage in which the language model writes the answer."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import contextlib
import time
import typing as t

from .._errors import ConfigError, InfraLlmError, ServiceError
from ..clients._llm import AbandonedError, Chat, ModelLoadingError
from ..knowledge._search import gather_sections
from ._answer_schema import AnswerSchema
from ._extractive import version_note
from ._output_filter import OutputFilter, filter_output
from ._prompt import build_prompt, within_characters

if t.TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator

    from ..clients._llm import ChatModel, Completion
    from ._draft import Draft
    from ._prompt import Prompt
    from ._question import Engine
    from ._result import Timings

# On a CPU the passages are most of the time to the first word; docs/latency.md says what more of them would bring.
_CHARACTERS_FOR_MODEL = 3_000
_LOADING_PAUSE_SECONDS = 0.5  # between two attempts to ask a server that is loading its model
_Done = t.TypeVar("_Done")


def choose_model(draft: Draft, engine: Engine, stop: threading.Event | None) -> None:
    """Fill the draft's ``model``; without one a warning says why, unless the question is to fail then."""
    if draft.question.mode != "answer":
        return
    with _quoting_instead(draft):
        draft.model = _when_loaded(engine.model, draft, stop)
        if draft.model is not None:
            return
        if draft.question.on_llm_error == "fail":
            raise ConfigError("No language model is configured; set model_path or llm_url, or leave on_llm_error at 'extract'.")
        draft.warn("not_configured")


def generate(draft: Draft, engine: Engine, report: Callable[[str], None] | None, stop: threading.Event | None) -> None:
    """Fill ``prompt``, ``completion`` and the answer; where the model fails, leave the answer to be quoted, with a warning that says why."""
    model = draft.model
    if model is None:
        return
    schema = AnswerSchema(draft.question.schema) if draft.question.schema is not None else None
    with _quoting_instead(draft):
        prompt = draft.prompt = _when_loaded(lambda: _prompt(draft, engine, model), draft, stop)
        completion = draft.completion = _when_loaded(lambda: _completion(draft, prompt, model, report, stop), draft, stop)
        _accept(draft, prompt, completion, model, schema)


@contextlib.contextmanager
def _quoting_instead(draft: Draft) -> Iterator[None]:
    """Make a failure of the language model a warning, unless the question is to fail then."""
    try:
        yield
    except AbandonedError:
        raise
    except InfraLlmError as exc:
        if draft.question.on_llm_error == "fail":
            raise
        draft.warn("model_failed", reason=exc.message)


def _when_loaded(ask: Callable[[], _Done], draft: Draft, stop: threading.Event | None) -> _Done:
    """Ask, and again while the model is being loaded and there is time. Raises AbandonedError when ``stop`` is set."""
    while True:
        try:
            return ask()
        except ModelLoadingError:
            if time.monotonic() + _LOADING_PAUSE_SECONDS >= draft.deadline:
                raise
        if stop is None:
            time.sleep(_LOADING_PAUSE_SECONDS)
        elif stop.wait(_LOADING_PAUSE_SECONDS):
            raise AbandonedError


def _prompt(draft: Draft, engine: Engine, model: ChatModel) -> Prompt:
    before = time.monotonic()
    question = draft.question
    prompt = build_prompt(
        question.question,
        question.infrastructure,
        gather_sections(engine.index, within_characters(draft.found.passages, _CHARACTERS_FOR_MODEL)),
        model,
        max_tokens=question.max_tokens,
        language=draft.language,
        history=question.history,
        schema=question.schema,
    )
    draft.timings["prompt_ms"] = _milliseconds(before)
    return prompt


def _completion(draft: Draft, prompt: Prompt, model: ChatModel, report: Callable[[str], None] | None, stop: threading.Event | None) -> Completion:
    before = time.monotonic()
    shown = OutputFilter(report, markdown=draft.question.schema is None) if report is not None else None
    completion = model.chat(
        Chat(
            prompt.messages,
            max_tokens=draft.question.max_tokens,
            temperature=draft.question.temperature,
            deadline=draft.deadline,
            scope=prompt.facts,
            schema=draft.question.schema,
            report=shown.feed if shown is not None else None,
            stop=stop,
        )
    )
    if shown is not None:
        shown.end()
    draft.timings["llm_ms"] = _milliseconds(before)
    counted = {name: getattr(completion, name) for name in ("first_token_ms", "prompt_tokens", "cached_tokens", "completion_tokens")}
    draft.timings.update(t.cast("Timings", {name: value for name, value in counted.items() if value is not None}))
    return completion


def _accept(draft: Draft, prompt: Prompt, completion: Completion, model: ChatModel, schema: AnswerSchema | None) -> None:
    """Make the completion the answer, or leave it to be quoted. Raises ServiceError where it is none."""
    text = filter_output(completion.text, markdown=schema is None).strip()
    if not text:
        _refuse_silence(draft, completion, model)
        return
    if schema is None:
        draft.text = text + version_note(prompt.passages, draft.language)
    else:
        draft.text, draft.data = schema.read(text, completion.finish_reason, model)
    draft.mode = "llm"
    draft.passages = list(enumerate(prompt.passages, start=1))
    draft.warnings.extend(prompt.warnings)
    if not completion.finished and schema is None:
        draft.warn("answer_cut")


def _refuse_silence(draft: Draft, completion: Completion, model: ChatModel) -> None:
    if completion.text.strip() and completion.finish_reason == "length":
        raise ServiceError(f"The language model {model.name} spent all of max_tokens on thinking; raise max_tokens, or use a model that does not think.")
    if draft.question.on_llm_error == "fail":
        raise ServiceError(f"The language model {model.name} returned an empty answer; ask in other words, or leave on_llm_error at 'extract'.")
    draft.warn("model_silent")


def _milliseconds(since: float) -> float:
    return round((time.monotonic() - since) * 1000, 1)
