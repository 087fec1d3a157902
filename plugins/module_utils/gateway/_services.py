# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway's heavy parts, each loaded once and only when first needed: knowledge base, embedder, language model."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import logging
import threading
import time
import typing as t

from .._errors import InfraLlmError
from ..answering._question import Engine
from ..clients._embedding import Embedder, load_embedder
from ..clients._embedding_http import HttpEmbedder
from ..clients._embedding_settings import EmbedderSettings, embedder_settings
from ..clients._llm_http import OpenAiModel
from ..clients._llm_llama import LlamaCppModel
from ..clients._llm_pool import ModelPool
from ..clients._vector_store import PersistentVectorStore, VectorStore
from ..clients._vector_store_http import HttpVectorStore
from ..knowledge._index import KnowledgeIndex

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from ..clients._llm import ChatModel
    from ._config import GatewayConfig

_log = logging.getLogger("infra_llm.gateway")
_GUESSED_PARALLEL = 2
_Loaded = t.TypeVar("_Loaded")
# One for all services: threads that import chromadb, torch and numpy at the same time get each other's half-made modules.
_loading = threading.Lock()


class _Once(t.Generic[_Loaded]):
    """A value made by the first caller while the others wait; a failed attempt is made anew by the next caller, but not by those who waited for it."""

    def __init__(self, name: str, make: Callable[[], _Loaded]) -> None:
        self._name = name
        self._make = make
        self._failures = 0
        self._failure: InfraLlmError | None = None
        self.value: _Loaded | None = None

    def __call__(self) -> _Loaded:
        if self.value is not None:
            return self.value
        failures = self._failures
        with _loading:
            if self.value is None:
                if self._failure is not None and self._failures > failures:
                    raise self._failure
                started = time.monotonic()
                try:
                    self.value = self._make()
                except InfraLlmError as exc:
                    self._failures += 1
                    self._failure = exc
                    raise
                _log.info("%s loaded in %.1f s", self._name, time.monotonic() - started)
            return self.value


class Services:
    """What the gateway's requests share."""

    def __init__(self, config: GatewayConfig) -> None:
        self._config = config
        self.index = _Once(
            "knowledge base",
            lambda: KnowledgeIndex(config.knowledge_dir, embedder_name=self._embedder_settings().name, store=self._vector_store),
        )
        self.embedder: _Once[Embedder] = _Once("embedding model", self._load_embedder)
        self._model: _Once[ChatModel | None] = _Once("language model", self._load_model)

    def _embedder_settings(self) -> EmbedderSettings:
        return embedder_settings(
            self._config.embedding_model,
            query_prefix=self._config.embedding_query_prefix,
            passage_prefix=self._config.embedding_passage_prefix,
            window=self._config.embedding_window,
            pooling=self._config.embedding_pooling,
            served=bool(self._config.embedding_url),
        )

    def _load_embedder(self) -> Embedder:
        settings = self._embedder_settings()
        if not self._config.embedding_url:
            return load_embedder(settings)
        embedder = HttpEmbedder(self._config.embedding_url, settings, self._config.embedding_key)
        embedder.connect()
        return embedder

    def _vector_store(self, directory: str) -> VectorStore:
        return HttpVectorStore(self._config.chroma_url, directory) if self._config.chroma_url else PersistentVectorStore(directory)

    def model(self) -> ChatModel | None:
        """The configured language model, or None when none is configured."""
        return self._model() if self._config.model_path or self._config.llm_url else None

    def parallel(self) -> int:
        """How many answers the language model writes at once; a guess before it is loaded."""
        return int(getattr(self._model.value, "parallel", _GUESSED_PARALLEL))

    def _load_model(self) -> ChatModel | None:
        urls = self._config.llm_urls
        if len(urls) > 1:
            return ModelPool(urls, api_key=self._config.llm_api_key, model=self._config.model)
        if urls:
            return OpenAiModel(urls[0], api_key=self._config.llm_api_key, model=self._config.model)
        return LlamaCppModel(self._config.model_path) if self._config.model_path else None

    def engine(self) -> Engine:
        """The engine for one question."""
        return Engine(self.index(), self.embedder, self.model)

    def warm_up(self) -> None:
        """Load everything in the background, so that the first question waits as short as can be."""

        def load() -> None:
            for service in (self.embedder, self.index, self.model):
                try:
                    service()
                except InfraLlmError as exc:
                    _log.warning("%s", exc.message)  # said again to whoever asks
                except Exception:
                    _log.exception("warm-up failed")

        threading.Thread(target=load, name="warm-up", daemon=True).start()
