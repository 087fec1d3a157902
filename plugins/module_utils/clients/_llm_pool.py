# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A pool of servers of one language model: prompts that begin alike go to the same one, whose cache then holds that beginning."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import logging
import threading
import time
import typing as t

from .._errors import InfraLlmError, ServiceError
from ._http import Endpoint
from ._llm import AbandonedError, Completion, ModelLoadingError
from ._llm_http import OpenAiModel

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ._llm import Chat

_REST_SECONDS = 15  # that a server which failed is left alone, as long as another one answers
_Answer = t.TypeVar("_Answer")
_log = logging.getLogger("infra_llm.gateway")


class ModelPool:
    """A ChatModel over several OpenAiModel; a server that cannot be reached is passed over until it has rested."""

    def __init__(self, urls: Sequence[str], *, api_key: str | None = None, model: str | None = None) -> None:
        self._urls = list(urls)
        self._load: Callable[[str], OpenAiModel] = lambda url: OpenAiModel(url, api_key=api_key, model=model)
        self._models: dict[str, OpenAiModel] = {}
        self._failed: dict[str, float] = {}
        self._loading = {url: threading.Lock() for url in self._urls}
        self._not_loaded: dict[str, InfraLlmError] = {}
        first = self._first(lambda server: server, "")
        self.name = first.name
        self.server = ", ".join(Endpoint(url).shown for url in self._urls)
        for url in self._urls:
            with contextlib.suppress(ServiceError):
                self._model(url)

    @property
    def context_length(self) -> int:
        """What each server that has been reached can hold."""
        return min(known.context_length for known in list(self._models.values()))

    @property
    def parallel(self) -> int:
        """Of all servers that have been reached."""
        return sum(known.parallel for known in list(self._models.values()))

    def count_tokens(self, text: str) -> int:
        return self._first(lambda server: server.count_tokens(text), "")

    def chat(self, chat: Chat) -> Completion:
        begun = False

        def pass_on(piece: str) -> None:
            nonlocal begun
            begun = True
            if chat.report is not None:
                chat.report(piece)

        def ask(server: OpenAiModel) -> Completion:
            try:
                return server.chat(dataclasses.replace(chat, report=pass_on))
            except ServiceError as exc:
                # What has been shown cannot be taken back, and where the time is up another server has none either.
                if begun or time.monotonic() >= chat.deadline or (exc.status or 500) < 500:
                    raise _FinalError(exc) from exc
                raise

        return self._first(ask, chat.scope)

    def _first(self, ask: Callable[[OpenAiModel], _Answer], scope: str) -> _Answer:
        """What the first server says that can be asked."""
        loading: ModelLoadingError | None = None
        last: ServiceError | None = None
        for url in self._in_order(scope):
            try:
                answer = ask(self._model(url))
                self._failed.pop(url, None)
                return answer
            except AbandonedError:
                raise
            except _FinalError as exc:
                raise exc.cause from None
            except ModelLoadingError as exc:  # worth waiting for, whatever the others say
                self._failed[url] = time.monotonic()
                loading = exc
            except ServiceError as exc:
                _log.warning("%s", exc.message)
                self._failed[url] = time.monotonic()
                last = exc
        if loading is not None:
            raise loading
        if last is None:
            raise ServiceError("llm_url names no server; give at least one address.")
        raise last

    def _model(self, url: str) -> OpenAiModel:
        """The server, loaded when it is first needed. Who waits for a load that fails is told its failure, and the next caller tries again."""
        known = self._models.get(url)
        if known is None:
            failure_before = self._not_loaded.get(url)
            with self._loading[url]:
                known = self._models.get(url)
                failure = self._not_loaded.get(url)
                if known is None and failure is not None and failure is not failure_before:
                    raise failure
                if known is None:
                    try:
                        known = self._models[url] = self._load(url)
                    except InfraLlmError as exc:
                        self._not_loaded[url] = exc
                        raise
        return known

    def _in_order(self, scope: str) -> Iterator[str]:
        """Servers by rendezvous hashing: without one of them only its own scopes move. Those that are free go first, those that failed last."""
        now = time.monotonic()

        def place(url: str) -> tuple[bool, bool, bytes]:
            resting = now - self._failed.get(url, -_REST_SECONDS) < _REST_SECONDS
            model = self._models.get(url)
            return resting, model is not None and not model.free, hashlib.sha256(f"{url} {scope}".encode()).digest()

        yield from sorted(self._urls, key=place)


class _FinalError(Exception):
    """An error that no other server would mend."""

    def __init__(self, cause: ServiceError) -> None:
        super().__init__(cause.message)
        self.cause = cause
