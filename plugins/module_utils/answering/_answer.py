# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A question's way through the engine: search, prompt, model or extract, result."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import dataclasses
import json
import re
import time
import typing as t

from .._errors import ConfigError, InfraLlmError, ServiceError
from ..clients._llm import AbandonedError, Chat
from ..infrastructure._versions_in_text import find_versions
from ..knowledge._search import Passage, SearchResult, Target, existing_targets, gather_sections, search
from ..knowledge.questions._language import language_of
from ._extractive import extractive_answer, origin
from ._phrases import phrase
from ._primer import NONE, Primer, Primers
from ._prompt import Prompt, build_prompt, within_characters

if t.TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Collection, Iterable, Sequence

    from ..clients._embedding import Embedder
    from ..clients._llm import ChatModel, Message
    from ..infrastructure._description import Infrastructure
    from ..knowledge._index import KnowledgeIndex
    from ._result import Result, Source, Timings

_WORD = re.compile(r"[\w.-]*\w")
_EXTRACTIVE_PASSAGES = 4
_EXTRACTIVE_CONTEXT_WORDS = 240
_FOUND_FOR_MODEL = 16
# On a CPU the passages that no earlier question had are most of the time to the first word; docs/latency.md says what more of them would bring.
_CHARACTERS_FOR_MODEL = 3_000
_CITATION = re.compile(r"\[(\d+(?:\s*,\s*\d+)*)\]")


@dataclasses.dataclass(frozen=True)
class Question:
    """A question with what its asker knows: the redacted digest of the infrastructure and the products to look up.

    ``schema`` is the JSON schema of the wanted answer; ``history`` is what was said before, oldest first.
    """

    question: str
    infrastructure: Infrastructure
    targets: list[Target]
    warnings: list[str]
    mode: str
    max_tokens: int
    temperature: float
    timeout: float
    strict_version: str
    on_llm_error: str
    schema: dict[str, t.Any] | None = None
    history: Sequence[Message] = ()


@dataclasses.dataclass(frozen=True)
class Engine:
    """What answering needs of the outside world; the embedder and the model are loaded when first called for."""

    index: KnowledgeIndex
    embedder: Callable[[], Embedder]
    model: Callable[[], ChatModel | None]
    primers: Primers


def answer(question: Question, engine: Engine, *, report: Callable[[str], None] | None = None, stop: threading.Event | None = None) -> Result:
    """Answer one question. Returns the result of the design's section 4.3 as plain JSON data; raises InfraLlmError.

    ``report`` is given what the language model writes, piece by piece. When ``stop`` is set, the model is freed and AbandonedError raised.
    """
    started = time.monotonic()
    language = language_of(question.question)
    indexed = engine.index.versions()
    documented = dict.fromkeys(known.product for known in indexed)
    named = existing_targets(indexed, _with_documented_products(question.question, question.targets, documented), question.infrastructure)
    targets = _worth_searching(named, documented.keys())
    warnings = list(question.warnings)
    model = _model(question, engine, language, warnings) if question.mode == "answer" else None
    for_people = question.mode == "extractive" or (question.mode == "answer" and model is None)
    found = _find(question, targets, engine, for_people=for_people)
    warnings.extend(_version_warnings(found, targets, language))
    if found.words_only:
        warnings.append(phrase("words_only", language, reason=found.words_only))
    timings: Timings = {"retrieval_ms": round(found.embed_ms + found.search_ms, 1)}
    result: t.Any = {"language": language, "infrastructure": question.infrastructure, "changed": False}

    written = None
    if model is not None:
        try:
            written = _ask_model(question, engine, model, found.passages, language, started, timings, warnings, result, report, stop)
        except AbandonedError:
            raise
        except InfraLlmError as exc:
            if question.on_llm_error == "fail":
                raise
            warnings.append(phrase("model_failed", language, reason=exc.message))
    if written is not None:
        result["mode"] = "llm"
        text, sources = written
    elif question.mode == "context":
        result["mode"] = "context"
        passages = gather_sections(engine.index, found.passages)
        sources = list(enumerate(passages, start=1))
        text = extractive_answer(question.question, question.infrastructure, passages, language, refused=bool(found.refused))
    else:
        result["mode"] = "extractive"
        if question.schema is not None:
            warnings.append(phrase("not_structured", language))
        passages = (found if for_people else _find(question, targets, engine, for_people=True)).passages
        sources = list(enumerate(passages, start=1))
        quoted = extractive_answer(question.question, question.infrastructure, passages, language, refused=bool(found.refused))
        text = f"{phrase('no_model', language)}\n\n{quoted}"
    timings["total_ms"] = round((time.monotonic() - started) * 1000, 1)
    result.update(answer=text, sources=[_source(number, passage) for number, passage in sources], timings=timings, warnings=warnings)
    return t.cast("Result", result)


def prefill(engine: Engine, product: str, version: str, *, seconds: float, stop: threading.Event) -> None:
    """Have the model compute what every prompt about this documentation begins with, so that its cache holds it. Raises InfraLlmError."""
    model = engine.model()
    primer = engine.primers.of_version(engine.index, engine.embedder, product, version)
    if model is None or not primer.passages:
        return
    prompt = build_prompt("", {}, [], model, max_tokens=1, language="en", primer=primer.passages)
    model.chat(Chat(prompt.messages, max_tokens=1, temperature=0.0, deadline=time.monotonic() + seconds, scope=prompt.scope, stop=stop))


def _find(question: Question, targets: list[Target], engine: Engine, *, for_people: bool) -> SearchResult:
    """Passages for a model, which reads many short ones, or for people, who read a few with what stands around them."""
    return search(
        engine.index,
        question.question,
        targets,
        embedder=engine.embedder,
        strictness=question.strict_version,
        count=_EXTRACTIVE_PASSAGES if for_people else _FOUND_FOR_MODEL,
        context_words=_EXTRACTIVE_CONTEXT_WORDS if for_people else 0,
    )


def _model(question: Question, engine: Engine, language: str, warnings: list[str]) -> ChatModel | None:
    """The language model; without one a warning says why, unless the question is to fail then."""
    try:
        model = engine.model()
    except InfraLlmError as exc:
        if question.on_llm_error == "fail":
            raise
        warnings.append(phrase("model_failed", language, reason=exc.message))
        return None
    if model is None:
        if question.on_llm_error == "fail":
            raise ConfigError("No language model is configured; set model_path or llm_url, or leave on_llm_error at 'extract'.")
        warnings.append(phrase("not_configured", language))
    return model


def _ask_model(
    question: Question,
    engine: Engine,
    model: ChatModel,
    found: list[Passage],
    language: str,
    started: float,
    timings: Timings,
    warnings: list[str],
    result: dict[str, t.Any],
    report: Callable[[str], None] | None,
    stop: threading.Event | None,
) -> tuple[str, list[tuple[int, Passage]]] | None:
    """The model's answer and its sources with their numbers, or None when it had nothing to say."""
    before = time.monotonic()
    prompt, relevant = _prompt(question, engine, model, found, language)
    timings["prompt_ms"] = round((time.monotonic() - before) * 1000, 1)
    before = time.monotonic()
    completion = model.chat(
        Chat(
            prompt.messages,
            max_tokens=question.max_tokens,
            temperature=question.temperature,
            deadline=started + question.timeout,
            scope=prompt.scope,
            schema=question.schema,
            report=report,
            stop=stop,
        )
    )
    timings["llm_ms"] = round((time.monotonic() - before) * 1000, 1)
    counted = {name: getattr(completion, name) for name in ("first_token_ms", "prompt_tokens", "cached_tokens", "completion_tokens")}
    timings.update(t.cast("Timings", {name: value for name, value in counted.items() if value is not None}))
    result["model"] = {"name": model.name, "server": model.server, "context_length": model.context_length}
    if not completion.text.strip():
        if question.on_llm_error == "fail":
            raise ServiceError(f"The language model {model.name} returned an empty answer; ask in other words, or leave on_llm_error at 'extract'.")
        warnings.append(phrase("model_silent", language))
        return None
    warnings.extend(prompt.warnings)
    if not completion.finished:
        warnings.append(phrase("answer_cut", language))
    cited = {int(number) for group in _CITATION.findall(completion.text) for number in group.split(",")}
    sources = [(number, passage) for number, passage in enumerate(prompt.passages, start=1) if number in cited or number in relevant]
    text = completion.text.strip()
    if question.schema is not None:
        result["answer_data"] = _parsed(text, model)
        return text, sources
    return text + _version_note([passage for _number, passage in sources], language), sources


def _prompt(question: Question, engine: Engine, model: ChatModel, found: list[Passage], language: str) -> tuple[Prompt, set[int]]:
    """The prompt, and the numbers of the passages in it that the search has found for this question."""

    def build(primer: Primer) -> Prompt:
        # What the primer holds costs nothing.
        chosen = within_characters([passage for passage in found if passage.key not in primer.chunks], _CHARACTERS_FOR_MODEL)
        return build_prompt(
            question.question,
            question.infrastructure,
            gather_sections(engine.index, chosen),
            model,
            max_tokens=question.max_tokens,
            language=language,
            primer=primer.passages,
            history=question.history,
            schema=question.schema,
        )

    leading = next((passage for passage in found if passage.kind == "docs"), None)
    primer = engine.primers.of_passage(engine.index, engine.embedder, leading) if leading is not None else NONE
    prompt = build(primer)
    if primer.passages and not prompt.primer:  # it was too long for this model
        primer = NONE
        prompt = build(primer)
    held = {primer.chunks[passage.key] + 1 for passage in found if passage.key in primer.chunks}
    return prompt, held | set(range(len(prompt.primer) + 1, len(prompt.passages) + 1))


def _parsed(text: str, model: ChatModel) -> t.Any:
    """The structured answer. Raises ServiceError where it is none, such as one that was cut."""
    try:
        return json.loads(text)
    except ValueError as exc:
        raise ServiceError(f"The language model {model.name} did not finish the structured answer; raise max_tokens or simplify the schema.") from exc


def _version_note(passages: list[Passage], language: str) -> str:
    """A closing line that says which documentation was used wherever it is not exactly the deployed version's."""
    notes = {origin(passage, language): None for passage in passages if passage.kind == "docs" and passage.match.match != "exact"}
    return f"\n\n{phrase('version_notes', language)}: {'; '.join(notes)}." if notes else ""


def _with_documented_products(question: str, targets: list[Target], documented: Iterable[str]) -> list[Target]:
    """Add products that the question names and that only the knowledge base knows; what is named goes before what merely runs there."""
    named = [target for target in targets if target.named]
    looked_for = {product.lower(): product for product in documented} | {target.product.lower(): "" for target in named}
    found = [(word.start(), word.end(), looked_for[word.group().lower()]) for word in _WORD.finditer(question) if looked_for.get(word.group().lower())]
    if not found:
        return targets
    deployed = {target.product: target.version for target in reversed(targets)}
    written = {product: version for _position, product, version in find_versions(question, found, [])}
    missed = dict.fromkeys(product for _start, _end, product in found)
    return [*(Target(product, written.get(product, deployed.get(product)), named=True) for product in missed), *named]


def _worth_searching(targets: list[Target], documented: Collection[str]) -> list[Target]:
    """The named products alone when there is documentation of any, else also what runs where the question is about."""
    named = [target for target in targets if target.named]
    return named if any(target.product in documented for target in named) else targets


def _version_warnings(found: SearchResult, targets: list[Target], language: str) -> list[str]:
    """What to say about versions: of products that the question names, and of those that the passages are from."""
    named = {target.product for target in targets if target.named}
    used = {(passage.product, passage.match.served_version) for passage in found.passages}
    warnings = []
    for product, match in found.matches:
        if (product, match.served_version) not in used and (found.passages or product not in named):
            continue
        if match.requested_version is None:
            warnings.append(phrase("not_deployed", language, product=product, served=match.served_version))
        elif match.is_newest:
            warnings.append(phrase("not_readable", language, product=product, requested=match.requested_version, served=match.served_version))
        elif match.match in ("nearest_lower", "nearest_higher"):
            nearness = phrase(match.match, language)
            warnings.append(phrase("differs", language, product=product, requested=match.requested_version, served=match.served_version, match=nearness))
    warnings.extend(
        phrase("refused", language, product=product, requested=match.requested_version, served=match.served_version)
        for product, match in found.refused
        if product in named or not found.passages
    )
    warnings.extend(phrase("undocumented", language, product=target.product) for target in found.undocumented if target.named or not found.passages)
    return list(dict.fromkeys(warnings))


def _source(number: int, passage: Passage) -> Source:
    directory = {"house": "house", "qa": f"stackoverflow/{passage.product}"}.get(passage.kind, f"{passage.product}/{passage.match.served_version}")
    place = passage.url or f"{directory}/{passage.path}"
    if passage.anchor and "#" not in place:
        place = f"{place}#{passage.anchor}"
    source = {
        "id": number,
        "product": passage.product,
        "requested_version": passage.match.requested_version,
        "served_version": passage.match.served_version,
        "match": passage.match.match,
        "kind": passage.kind,
        "title": passage.title,
        "section": passage.headings,
        "url": place,
        "license": passage.license,
        "attribution": passage.attribution,
        "score": passage.score,
        "excerpt": passage.text,
    }
    kept = {name: value for name, value in source.items() if value not in ("", None) or name in ("product", "requested_version", "section")}
    return t.cast("Source", kept)
