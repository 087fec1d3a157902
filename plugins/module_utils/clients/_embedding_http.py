# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An embedding model behind llama-server, with its own tokenizer."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import base64
import contextlib
import dataclasses
import math
import os
import threading
import typing as t

from .._errors import ConfigError, ServiceError
from ._embedding_presets import PRESETS, find_preset
from ._embedding_settings import LARGEST_DEFAULT_WINDOW, EmbedderSettings
from ._http import server_root
from ._http_pool import PooledEndpoint

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy

_DESCRIBE_SECONDS = 10.0  # for each answer that says what the server runs
_TRIAL_SECONDS = 300.0  # for the one text as long as the window, which a slow machine with a large model may take minutes for
_QUERY_SECONDS = 15.0  # normally some milliseconds, more while passages are embedded
_PASSAGES_SECONDS = 300.0  # for a request of indexing
_BATCH = 16  # texts a request; a question that comes meanwhile waits for the end of one
_COUNTED = 64  # texts whose tokens are counted in one request
_PARAMETERS_SHARE = 0.15  # by which counts of parameters may differ: a file of a model may lack a part that embedding does not use


@dataclasses.dataclass(frozen=True)
class _Served:
    """What the server runs: its name there, the tokens that it reads at most, and those that stand before and behind every text.

    ``separator`` is a token that hardly any text holds.
    """

    model: str
    window: int
    before: list[int]
    behind: list[int]
    separator: int


class HttpEmbedder:
    """A llama-server in embedding mode. Nothing is asked of it before it is needed, so that it may come and go.

    Everything may raise ServiceError, and ConfigError when the server runs another model than the settings are of.
    """

    def __init__(self, url: str, settings: EmbedderSettings, api_key: str | None = None) -> None:
        self._server = PooledEndpoint(server_root(url), name="The embedding server", option="embedding_url", api_key=api_key, key_option="embedding_api_key")
        self._settings = settings
        self._lock = threading.Lock()
        self._known: _Served | None = None
        self.name = settings.name
        self.multilingual = settings.multilingual
        self._query_prefix = settings.query_prefix or ""
        self._passage_prefix = settings.passage_prefix or ""

    @property
    def window(self) -> int:
        return self._served().window

    def connect(self) -> None:
        """Learn now what the server runs. Raises ConfigError; a server that is away is asked when it is needed."""
        with contextlib.suppress(ServiceError):
            self._served()

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        served = self._served()
        specials = len(served.before) + len(served.behind)
        return [len(tokens) + specials for tokens in self._tokens(served, [self._passage_prefix + text for text in texts], _PASSAGES_SECONDS)]

    def embed_passages(self, texts: Sequence[str]) -> numpy.ndarray[t.Any, t.Any]:
        return self._embed([self._passage_prefix + text for text in texts], _PASSAGES_SECONDS)

    def embed_queries(self, texts: Sequence[str]) -> numpy.ndarray[t.Any, t.Any]:
        return self._embed([self._query_prefix + text for text in texts], _QUERY_SECONDS)

    def _embed(self, texts: Sequence[str], timeout: float) -> numpy.ndarray[t.Any, t.Any]:
        import numpy

        served = self._served()
        free = served.window - len(served.before) - len(served.behind)
        inputs: list[str | list[int]] = list(texts)
        # A token has at least one byte; what may be too long is cut here, where the server would refuse it or read more than the window.
        long = [at for at, text in enumerate(texts) if len(text.encode("utf-8", "replace")) > free]
        for at, tokens in zip(long, self._tokens(served, [texts[at] for at in long], timeout), strict=True):
            inputs[at] = [*served.before, *tokens[:free], *served.behind]
        parts = [self._vectors(served, inputs[start : start + _BATCH], timeout) for start in range(0, len(inputs), _BATCH)]
        vectors = numpy.concatenate(parts) if parts else numpy.empty((0, 0), numpy.float32)
        return t.cast("numpy.ndarray[t.Any, t.Any]", vectors / numpy.linalg.norm(vectors, axis=1, keepdims=True))

    def _vectors(self, served: _Served, inputs: list[str | list[int]], timeout: float) -> numpy.ndarray[t.Any, t.Any]:
        import numpy

        answer = self._ask("POST", "/v1/embeddings", {"input": inputs, "encoding_format": "base64"}, timeout=timeout)
        if answer.get("model", served.model) != served.model:
            # Restarted with another model: what is known of the former one must not be used for it.
            with self._lock:
                self._known = None
            raise ServiceError(f"{self._server.name} was restarted with another model in the meantime; ask again.", url=self._server.shown)
        found = sorted(answer["data"], key=lambda entry: int(entry["index"]))
        return numpy.stack([numpy.frombuffer(base64.b64decode(entry["embedding"]), "<f4") for entry in found]).astype(numpy.float32)

    def _tokens(self, served: _Served, texts: Sequence[str], timeout: float) -> Iterator[list[int]]:
        """The tokens of each text, without special ones. Many texts go in one request, with a token between them by which they are told apart."""
        for start in range(0, len(texts), _COUNTED):
            some = texts[start : start + _COUNTED]
            joined: list[str | int] = [part for text in some for part in (text, served.separator)]
            parts: list[list[int]] = [[]]
            for token in self._tokenize(joined, timeout):
                if token == served.separator:
                    parts.append([])
                else:
                    parts[-1].append(token)
            if len(parts) == len(some) + 1:
                yield from parts[:-1]
            else:  # a text holds that very token
                yield from (self._tokenize(text, timeout) for text in some)

    def _tokenize(self, content: str | list[str | int], timeout: float, *, special: bool = False) -> list[int]:
        answer = self._ask("POST", "/tokenize", {"content": content, "add_special": special}, timeout=timeout)
        return list(answer["tokens"])

    def _ask(self, method: str, path: str, body: object = None, *, timeout: float) -> t.Any:
        status, answer = self._server.call(method, path, body, timeout=timeout)
        if status >= 400 or not isinstance(answer, dict):
            raise self._server.failed(status, answer)
        return answer

    # -- what the server runs ------------------------------------------------------------------------------------------------

    def _served(self) -> _Served:
        served = self._known
        if served is None:
            with self._lock:
                served = self._known = self._known or self._look()
        return served

    def _look(self) -> _Served:
        listed = self._ask("GET", "/v1/models", timeout=_DESCRIBE_SECONDS).get("data") or [{}]
        model, facts = str(listed[0].get("id", "")), listed[0].get("meta") or {}
        properties = self._ask("GET", "/props", timeout=_DESCRIBE_SECONDS)
        self._require_model([model, str(properties.get("model_path") or "")], facts)
        bare, whole = self._tokenize("a", _DESCRIBE_SECONDS), self._tokenize("a", _DESCRIBE_SECONDS, special=True)
        at = next((at for at in range(len(whole)) if whole[at : at + len(bare)] == bare), 0)
        before, behind = whole[:at], whole[at + len(bare) :]
        longest = (properties.get("default_generation_settings") or {}).get("n_ctx") or math.inf
        trained = int(facts.get("n_ctx_train") or LARGEST_DEFAULT_WINDOW)
        window = int(min(self._settings.window or min(trained, LARGEST_DEFAULT_WINDOW), longest))
        served = _Served(model, window, before, behind, separator=int(facts.get("n_vocab") or 1) - 1)
        self._try_window(served, bare)
        return served

    def _require_model(self, names: list[str], facts: dict[str, t.Any]) -> None:
        """Raise ConfigError when the server runs another model than is configured, as far as names and sizes tell."""
        shown = os.path.basename(names[0]) or "a model without name"
        wanted = find_preset(self._settings.location)
        runs = next((preset for preset in map(find_preset, names) if preset), None)
        if wanted is None:
            last = os.path.basename(self._settings.location.rstrip("/")).lower()
            same = runs is None and last in {os.path.basename(name).lower() for name in names}
        elif runs is None:
            # An alias or a name of the operator's own.
            preset = PRESETS[wanted]
            parameters = int(facts.get("n_params") or 0) / 1e6
            same = facts.get("n_embd") == preset.dimension and abs(parameters - preset.parameters) <= _PARAMETERS_SHARE * preset.parameters
        else:
            same = runs == wanted
        if not same:
            raise ConfigError(
                f"{self._server.name} runs {shown}, not the embedding_model '{self._settings.location}'; "
                "start it with that model, or set embedding_model to the one that it runs, which needs a knowledge base of its own."
            )

    def _try_window(self, served: _Served, filler: list[int]) -> None:
        """Raise ConfigError unless the server takes a text as long as the window: it must fit into one physical batch."""
        free = served.window - len(served.before) - len(served.behind)
        text = [*served.before, *(filler * free)[:free], *served.behind]
        try:
            self._vectors(served, [text], _TRIAL_SECONDS)
        except ServiceError as exc:
            if exc.status is None or "too large" not in exc.message:
                raise
            raise ConfigError(
                f"{self._server.name} does not take a text of {served.window} tokens at once; "
                f"start it with --ubatch-size {served.window} or more, or set embedding_window to what it takes."
            ) from exc
