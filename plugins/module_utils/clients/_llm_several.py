# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to the collection: names here may change in any release.
"""Several servers of one language model: prompts that begin alike go to the same one, whose cache then holds that beginning."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import threading
import time
import typing as t

from .._errors import ServiceError
from ._llm import AbandonedError, Completion
from ._llm_http import OpenAiModel

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ._llm import Message

_REST_SECONDS = 15  # that a server which failed is left alone, as long as another one answers
_Answer = t.TypeVar("_Answer")
_log = logging.getLogger("infra_llm.gateway")


class SeveralServers:
    """A ChatModel over several OpenAiModel; a server that cannot be reached is passed over until it has rested."""

    def __init__(self, urls: Sequence[str], *, api_key: str | None = None, model: str | None = None) -> None:
        self._urls = list(urls)
        self._load: Callable[[str], OpenAiModel] = lambda url: OpenAiModel(url, api_key=api_key, model=model)
        self._models: dict[str, OpenAiModel] = {}
        self._failed: dict[str, float] = {}
        self._lock = threading.Lock()
        first = self._first(lambda server: server, "")
        self.name = first.name
        self.server = ", ".join(self._urls)
        for url in self._urls:
            with contextlib.suppress(ServiceError):
                self._model(url)
        self.context_length = min(known.context_length for known in self._models.values())

    @property
    def parallel(self) -> int:
        """Of all servers that have been reached."""
        return sum(known.parallel for known in self._models.values())

    def count_tokens(self, text: str) -> int:
        return self._first(lambda server: server.count_tokens(text), "")

    def chat(
        self,
        messages: list[Message],
        *,
        max_tokens: int,
        temperature: float,
        deadline: float,
        scope: str = "",
        schema: dict[str, t.Any] | None = None,
        report: Callable[[str], None] | None = None,
        stop: threading.Event | None = None,
    ) -> Completion:
        begun = False

        def pass_on(piece: str) -> None:
            nonlocal begun
            begun = True
            if report is not None:
                report(piece)

        def ask(server: OpenAiModel) -> Completion:
            try:
                return server.chat(
                    messages, max_tokens=max_tokens, temperature=temperature, deadline=deadline, scope=scope, schema=schema, report=pass_on, stop=stop
                )
            except ServiceError as exc:
                # What has been shown cannot be taken back, and where the time is up another server has none either.
                if begun or time.monotonic() >= deadline or (exc.status or 500) < 500:
                    raise _FinalError(exc) from exc
                raise

        return self._first(ask, scope)

    def _first(self, ask: Callable[[OpenAiModel], _Answer], scope: str) -> _Answer:
        """What the first server says that can be asked."""
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
            except ServiceError as exc:
                _log.warning("%s", exc.message)
                self._failed[url] = time.monotonic()
                last = exc
        if last is None:
            raise ServiceError("llm_url names no server; give at least one address.")
        raise last

    def _model(self, url: str) -> OpenAiModel:
        known = self._models.get(url)
        if known is None:
            with self._lock:
                known = self._models.get(url) or self._load(url)
                self._models[url] = known
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
