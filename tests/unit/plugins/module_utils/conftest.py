# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The embedder that operators get, loaded once, and one that only counts."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy
import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._embedding import Embedder, load_embedder
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._embedding_settings import embedder_settings


class CountingEmbedder:
    """Meaningless unit vectors, the same for the same text; remembers what it was given."""

    name = "counting"
    window = 256
    multilingual = False

    def __init__(self, fail_at_batch: int | None = None) -> None:
        self.texts: list[str] = []
        self._batches = 0
        self._fail_at_batch = fail_at_batch

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) + 2 for text in texts]

    def embed_passages(self, texts: Sequence[str]) -> numpy.ndarray[Any, Any]:
        self._batches += 1
        if self._batches == self._fail_at_batch:
            raise KeyboardInterrupt
        self.texts.extend(texts)
        numbers = numpy.array([list(hashlib.shake_256(text.encode()).digest(256)) for text in texts], dtype=numpy.float32) - 127.5
        return numbers / numpy.linalg.norm(numbers, axis=1, keepdims=True)

    embed_queries = embed_passages


@pytest.fixture
def counting_embedder() -> type[CountingEmbedder]:
    return CountingEmbedder


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    return load_embedder(embedder_settings())
