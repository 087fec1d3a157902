# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A question, and what answering it needs of the outside world."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import dataclasses
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..clients._embedding import Embedder
    from ..clients._llm import ChatModel, Message
    from ..infrastructure._description import Infrastructure
    from ..knowledge._index import KnowledgeIndex
    from ..knowledge._search import Target


@dataclasses.dataclass(frozen=True)
class Question:
    """A question with what its asker knows: the redacted digest of the infrastructure and the products to look up.

    ``timeout`` is in seconds. ``schema`` is the JSON schema of the wanted answer; ``history`` is what was said before, oldest first.
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
