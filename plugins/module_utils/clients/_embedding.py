# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The embedder: texts in, unit vectors out. In process, by sentence-transformers or, for a GGUF file, by llama.cpp."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import typing as t

from ._embedding_llama import LlamaCppEmbedder
from ._embedding_sentence_transformer import SentenceTransformerEmbedder
from ._embedding_settings import EmbedderSettings, is_gguf

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy


class Embedder(t.Protocol):
    """Port of the embedder. ``name`` goes into the fingerprint of every vector.

    A passage for which count_tokens() says at most ``window`` is read whole; of longer texts the end is cut off.
    A ``multilingual`` model is given questions as they were asked, another one their translation.
    """

    name: str
    multilingual: bool

    @property
    def window(self) -> int:
        """Tokens of a passage that are read."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text as a passage: special tokens and the passage prefix included."""

    def embed_passages(self, texts: Sequence[str]) -> numpy.ndarray[t.Any, t.Any]:
        """Unit vectors of shape (len(texts), dimension), float32, of what can be found."""

    def embed_queries(self, texts: Sequence[str]) -> numpy.ndarray[t.Any, t.Any]:
        """Unit vectors of shape (len(texts), dimension), float32, of what is searched for."""


def load_embedder(settings: EmbedderSettings) -> Embedder:
    """Load the model. Raises ConfigError, MissingLibraryError."""
    return LlamaCppEmbedder(settings) if is_gguf(settings.location) else SentenceTransformerEmbedder(settings)
