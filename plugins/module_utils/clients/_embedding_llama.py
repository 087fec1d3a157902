# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An embedding model as a GGUF file, run by llama.cpp in this process."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import sys
import threading
import typing as t

from .._errors import ConfigError, MissingLibraryError
from ._cpu import physical_cores
from ._embedding_settings import LARGEST_DEFAULT_WINDOW, EmbedderSettings

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy

# llama.cpp's numbers; 0 is none, 4 is for rerankers.
_POOLING_TYPES = {"mean": 1, "cls": 2, "last": 3}


class LlamaCppEmbedder:
    """A GGUF embedding model; its own tokenizer counts tokens."""

    def __init__(self, settings: EmbedderSettings) -> None:
        try:
            import llama_cpp
        except ImportError as exc:
            raise MissingLibraryError("llama-cpp-python", needed_for="a GGUF embedding model", python=sys.executable, requirements="llama.txt") from exc
        try:
            metadata = llama_cpp.Llama(settings.location, vocab_only=True, verbose=False).metadata
            window, pooling = _use(settings, metadata)
            # A passage is computed in one go, so the batch must hold the longest.
            self._llama = llama_cpp.Llama(
                settings.location,
                embedding=True,
                pooling_type=pooling,
                n_ctx=window,
                n_batch=window,
                n_ubatch=window,
                n_threads=physical_cores(),
                n_threads_batch=physical_cores(),
                verbose=False,
            )
        except (ValueError, RuntimeError, OSError) as exc:
            raise ConfigError(
                f"embedding_model '{settings.location}' cannot be loaded by llama.cpp ({exc}); check that the GGUF file is whole and fits into memory."
            ) from exc
        self._lock = threading.Lock()
        self.name = settings.name
        self.multilingual = settings.multilingual
        self.window = window
        self._query_prefix = settings.query_prefix or ""
        self._passage_prefix = settings.passage_prefix or ""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(self._llama.tokenize((self._passage_prefix + text).encode())) for text in texts]

    def embed_passages(self, texts: Sequence[str]) -> numpy.ndarray[t.Any, t.Any]:
        return self._embed([self._passage_prefix + text for text in texts])

    def embed_queries(self, texts: Sequence[str]) -> numpy.ndarray[t.Any, t.Any]:
        return self._embed([self._query_prefix + text for text in texts])

    def _embed(self, texts: list[str]) -> numpy.ndarray[t.Any, t.Any]:
        import numpy

        with self._lock:
            vectors = numpy.asarray(self._llama.embed(texts), dtype=numpy.float32)
        return t.cast("numpy.ndarray[t.Any, t.Any]", vectors / numpy.linalg.norm(vectors, axis=1, keepdims=True))


def _use(settings: EmbedderSettings, metadata: dict[str, str]) -> tuple[int, int]:
    """Window and llama.cpp's number of the pooling. Raises ConfigError when the file is of another kind of model, or the window too large."""
    architecture = metadata.get("general.architecture", "")
    own_pooling = int(metadata.get(f"{architecture}.pooling_type", 0))
    pooling = _POOLING_TYPES[settings.pooling] if settings.pooling else own_pooling
    if pooling not in _POOLING_TYPES.values():
        raise ConfigError(
            f"embedding_model '{settings.location}' is no embedding model (its architecture is {architecture or 'unknown'}, without pooling); "
            "give the GGUF file of an embedding model, or set embedding_pooling if it is one."
        )
    longest = int(metadata.get(f"{architecture}.context_length", LARGEST_DEFAULT_WINDOW))
    if settings.window and settings.window > longest:
        raise ConfigError(f"The embedding model {settings.name} reads at most {longest} tokens; set embedding_window to {longest} or less.")
    return settings.window or min(longest, LARGEST_DEFAULT_WINDOW), pooling
