# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An embedding model run by sentence-transformers in this process."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import contextlib
import math
import os
import sys
import threading
import typing as t

from .._errors import ConfigError, MissingLibraryError
from ._cpu import has_bfloat16
from ._embedding_presets import DEFAULT_MODEL
from ._embedding_settings import LARGEST_DEFAULT_WINDOW, EmbedderSettings

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy

_BATCH = 32  # texts
_BATCH_TOKENS = 8192  # padding included; more only costs memory
_POOLING_MODES = {"mean": "mean", "cls": "cls", "last": "lasttoken"}
# The names under which models keep their prefixes; sentence-transformers itself knows the first of each.
_QUERY_PROMPTS = ("query", "search_query")
_PASSAGE_PROMPTS = ("document", "passage", "corpus", "search_document")


class SentenceTransformerEmbedder:
    """A model that sentence-transformers can load: a directory or a repository id that is in the hub's local cache."""

    def __init__(self, settings: EmbedderSettings) -> None:
        # Loading must never turn into a download in the middle of a question; models are put in place beforehand.
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        try:
            import sentence_transformers
            import torch
        except ImportError as exc:
            raise MissingLibraryError("sentence-transformers", needed_for="embeddings", python=sys.executable) from exc
        try:
            self._model = sentence_transformers.SentenceTransformer(settings.location, device="cpu")
            tokenizer = self._model.tokenizer  # a model that is not for texts has none
        except Exception as exc:  # what a loader of other people's files raises cannot be listed
            raise _cannot_load(settings, exc) from exc
        self._torch = torch
        # The fast one beneath transformers' wrapper, where there is one.
        self._tokenizer = getattr(tokenizer, "backend_tokenizer", tokenizer)
        self._lock = threading.Lock()
        self.name = settings.name
        self.multilingual = settings.multilingual
        self.window = self._set_window(settings)
        if settings.pooling:
            self._set_pooling(settings.pooling)
        self._query_prefix = self._prefix(settings.query_prefix, _QUERY_PROMPTS)
        self._passage_prefix = self._prefix(settings.passage_prefix, _PASSAGE_PROMPTS)
        # bfloat16 halves the time of indexing where the CPU has it; vectors keep a cosine of 0.99996 to float32's (measured on the default).
        self._bfloat16 = has_bfloat16()

    def _set_window(self, settings: EmbedderSettings) -> int:
        own = self._model.max_seq_length or math.inf
        longest = min(self._positions(), math.inf if settings.window else own)
        window = settings.window or int(min(longest, LARGEST_DEFAULT_WINDOW))
        if window > longest:
            raise ConfigError(f"The embedding model {settings.name} reads at most {longest} tokens; set embedding_window to {longest} or less.")
        if own < math.inf or self._model.transformers_model is not None:  # others, of word vectors only, read all
            self._model.max_seq_length = window
        return window

    def _positions(self) -> float:
        """How many tokens the architecture can tell apart by their place; infinite where it has no such limit."""
        for name, module in self._model.named_modules():
            if name.endswith("position_embeddings") and hasattr(module, "num_embeddings"):
                # The RoBERTa family counts from behind the padding's number.
                padding = getattr(module, "padding_idx", None)
                return int(module.num_embeddings) - (0 if padding is None else padding + 1)
        transformer = self._model.transformers_model
        positions = getattr(transformer.config, "max_position_embeddings", None) if transformer is not None else None
        return int(positions) if positions and positions > 0 else math.inf

    def _set_pooling(self, pooling: str) -> None:
        from sentence_transformers.sentence_transformer.modules import Pooling

        module = next((module for module in self._model.children() if isinstance(module, Pooling)), None)
        if module is None:
            raise ConfigError(f"The embedding model {self.name} has no pooling that could be changed; unset embedding_pooling.")
        module.pooling_mode = _POOLING_MODES[pooling]

    def _prefix(self, given: str | None, prompts: Sequence[str]) -> str:
        if given is not None:
            return given
        own = self._model.prompts
        return next((own[name] for name in (*prompts, self._model.default_prompt_name) if own.get(name)), "")

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        prefixed = [self._passage_prefix + text for text in texts]
        if not hasattr(self._tokenizer, "encode_batch_fast"):
            return [len(ids) for ids in self._tokenizer(prefixed, truncation=False)["input_ids"]]
        with self._lock:
            self._tokenizer.no_truncation()
            self._tokenizer.no_padding()
            return [len(encoding.ids) for encoding in self._tokenizer.encode_batch_fast(prefixed)]

    def embed_passages(self, texts: Sequence[str]) -> numpy.ndarray[t.Any, t.Any]:
        import numpy

        # A text has at most as many tokens as characters.
        longest = min(self.window, max(map(len, texts), default=1))
        batch = max(1, min(_BATCH, _BATCH_TOKENS // longest))
        precision = self._torch.autocast("cpu", dtype=self._torch.bfloat16) if self._bfloat16 else contextlib.nullcontext()
        with self._lock, precision:
            vectors = self._model.encode_document(
                list(texts), prompt=self._passage_prefix, batch_size=batch, normalize_embeddings=True, show_progress_bar=False
            )
        return numpy.asarray(vectors, dtype=numpy.float32)

    def embed_queries(self, texts: Sequence[str]) -> numpy.ndarray[t.Any, t.Any]:
        import numpy

        with self._lock:
            vectors = self._model.encode_query(list(texts), prompt=self._query_prefix, batch_size=_BATCH, normalize_embeddings=True, show_progress_bar=False)
        return numpy.asarray(vectors, dtype=numpy.float32)


def _cannot_load(settings: EmbedderSettings, exc: Exception) -> ConfigError:
    if os.path.isdir(settings.location):
        reason = f"{type(exc).__name__}: {exc}".splitlines()[0]
        return ConfigError(f"The embedding model in '{settings.location}' cannot be loaded ({reason}); give the directory of a sentence-transformers model.")
    return ConfigError(
        f"The embedding model '{settings.location}' cannot be loaded; set embedding_model to '{DEFAULT_MODEL}', to the directory of a "
        f"sentence-transformers model, or fetch this one beforehand with: hf download {settings.location}."
    )
