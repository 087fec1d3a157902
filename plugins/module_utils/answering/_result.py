# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The result of a question, as types: the design's section 4.3, which the documentation of the plugins is held against."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import typing as t

from ..infrastructure._description import Infrastructure

Mode = t.Literal["llm", "extractive", "context"]
Match = t.Literal["exact", "same_minor", "nearest_lower", "nearest_higher", "unversioned"]
Kind = t.Literal["docs", "qa", "house"]


class Source(t.TypedDict):
    """A passage that the answer rests on; ``id`` is the number by which it is cited, ``score`` compares within one answer only."""

    id: int
    product: str
    requested_version: str | None
    served_version: str
    match: Match
    kind: Kind
    title: t.NotRequired[str]
    section: str
    url: str
    license: t.NotRequired[str]
    attribution: t.NotRequired[str]
    score: float
    excerpt: str


class Model(t.TypedDict):
    """The language model that was asked; ``context_length`` in tokens."""

    name: str
    server: str
    context_length: int


class Timings(t.TypedDict, total=False):
    """Milliseconds by step, and tokens as the language model's server counts them; what was not done or not counted is left out.

    ``first_token_ms`` is the part of ``llm_ms`` until the first piece of the text; ``total_ms`` does not hold ``context_ms``.
    """

    context_ms: float
    retrieval_ms: float
    prompt_ms: float
    first_token_ms: float
    llm_ms: float
    total_ms: float
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int


class Result(t.TypedDict):
    """What the action returns, the lookup yields with output=full, and the gateway answers. ``changed`` is always false."""

    answer: str
    answer_data: t.NotRequired[t.Any]
    mode: Mode
    language: str
    infrastructure: Infrastructure
    sources: list[Source]
    model: t.NotRequired[Model]
    timings: Timings
    warnings: list[str]
    changed: bool
