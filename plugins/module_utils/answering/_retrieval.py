# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stage that looks for passages: which products and versions, the search, and what is to be said about versions."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import re
import typing as t

from .._phrases import phrase
from ..infrastructure._versions_in_text import find_versions
from ..knowledge._search import SearchResult, Target, existing_targets, search

if t.TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from ._draft import Draft
    from ._question import Engine

_WORD = re.compile(r"[\w.-]*\w")
_EXTRACTIVE_PASSAGES = 4
_EXTRACTIVE_CONTEXT_WORDS = 240
_FOUND_FOR_MODEL = 16


def retrieve(draft: Draft, engine: Engine) -> None:
    """Fill the draft's ``targets`` and ``found``."""
    question = draft.question
    indexed = engine.index.versions()
    documented = dict.fromkeys(known.product for known in indexed)
    named = existing_targets(indexed, _with_documented_products(question.question, question.targets, documented), question.infrastructure)
    draft.targets = _worth_searching(named, documented.keys())
    draft.found = find_passages(draft, engine, for_people=draft.model is None and question.mode != "context")
    draft.timings["retrieval_ms"] = round(draft.found.embed_ms + draft.found.search_ms, 1)
    draft.warnings.extend(_version_warnings(draft.found, draft.targets, draft.language))
    if draft.found.words_only:
        draft.warn("words_only", reason=draft.found.words_only)


def find_passages(draft: Draft, engine: Engine, *, for_people: bool) -> SearchResult:
    """Passages for a model, which reads many short ones, or for people, who read a few with what stands around them."""
    return search(
        engine.index,
        draft.question.question,
        draft.targets,
        embedder=engine.embedder,
        strictness=draft.question.strict_version,
        count=_EXTRACTIVE_PASSAGES if for_people else _FOUND_FOR_MODEL,
        context_words=_EXTRACTIVE_CONTEXT_WORDS if for_people else 0,
    )


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
