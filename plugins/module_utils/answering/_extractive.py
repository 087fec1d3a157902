# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stage that answers without a language model: the facts that bear on the question, then the passages, quoted and cited."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import textwrap
import typing as t

from .._phrases import phrase
from ..knowledge._search import gather_sections
from ._infrastructure_text import infrastructure_lines
from ._retrieval import find_passages

if t.TYPE_CHECKING:
    from ..infrastructure._description import Infrastructure
    from ..knowledge._search import Passage
    from ._draft import Draft
    from ._question import Engine

_SHOWN_VARS = 6


def quote(draft: Draft, engine: Engine) -> None:
    """Fill the answer with quotations: alone in mode context, else with a sentence that no model wrote it."""
    question = draft.question
    if question.mode == "context":
        draft.mode = "context"
        passages = gather_sections(engine.index, draft.found.passages)
    else:
        if question.schema is not None:
            draft.warn("not_structured")
        # What a model that failed was to read is too short for people.
        passages = (draft.found if draft.model is None else find_passages(draft, engine, for_people=True)).passages
    draft.passages = list(enumerate(passages, start=1))
    draft.text = extractive_answer(question.question, question.infrastructure, passages, draft.language, refused=bool(draft.found.refused))
    if draft.mode == "extractive":
        draft.text = f"{phrase('no_model', draft.language)}\n\n{draft.text}"


def extractive_answer(question: str, infrastructure: Infrastructure, passages: list[Passage], language: str, *, refused: bool = False) -> str:
    """Readable plain text; passages are numbered from 1 in the order given, as the sources are.

    ``refused`` tells that strict_version left documentation out.
    """
    parts = []
    about = " ".join([question, *(f"{passage.product} {passage.headings}" for passage in passages)])
    facts = infrastructure_lines(infrastructure, language, bearing_on=about, most_vars=_SHOWN_VARS)
    if facts:
        parts.append("\n".join([phrase("your_infrastructure", language), *facts]))
    if passages:
        parts.append(phrase("documentation", language))
        for number, passage in enumerate(passages, start=1):
            place = " > ".join(filter(None, (passage.title, passage.headings)))
            heading = "\n".join(filter(None, (f"[{number}] {place} ({origin(passage, language)})", _credit(passage))))
            parts.append(f"{heading}\n\n{textwrap.indent(passage.text.strip(), '    ')}")
    else:
        parts.append(phrase("nothing_near_enough" if refused else "nothing_found", language))
    return "\n\n".join(parts)


def origin(passage: Passage, language: str) -> str:
    """Where a passage is from and how its version relates to the deployed one, for people."""
    match = passage.match
    if passage.kind == "house" and not passage.product:
        return phrase("house", language)
    kind = passage.kind
    if match.served_version == "unversioned":
        return phrase(f"{kind}_unversioned", language, product=passage.product)
    if match.requested_version is None or match.is_newest:
        return phrase(f"{kind}_only", language, product=passage.product, served=match.served_version)
    if match.requested_version == match.served_version:
        return f"{phrase(f'{kind}_exact', language, product=passage.product, served=match.served_version)}, {phrase(match.match, language)}"
    text = phrase(f"{kind}_for", language, product=passage.product, served=match.served_version, requested=match.requested_version)
    return f"{text}, {phrase(match.match, language)}"


def _credit(passage: Passage) -> str:
    """Author, licence and address, which licences such as CC BY-SA want beside the text."""
    if not passage.attribution and passage.kind != "qa":
        return ""
    return ", ".join(" ".join(part.split()) for part in (passage.attribution, passage.license, passage.url) if part)


def version_note(passages: list[Passage], language: str) -> str:
    """A closing line that says which documentation was used wherever it is not exactly the deployed version's."""
    notes = {origin(passage, language): None for passage in passages if passage.kind == "docs" and passage.match.match != "exact"}
    return f"\n\n{phrase('version_notes', language)}: {'; '.join(notes)}." if notes else ""
