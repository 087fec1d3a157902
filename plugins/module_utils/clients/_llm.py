# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to the collection: names here may change in any release.
"""The language model: chat messages in, text out. In process by llama-cpp-python, or any OpenAI-compatible server over HTTP."""

from __future__ import annotations

import dataclasses
import math
import os
import sys
import threading
import time
import typing as t

from .._errors import ConfigError, MissingLibraryError, ServiceError
from ._cpu import physical_cores
from ._http import Endpoint

Message = dict[str, str]

_SEED = 42  # fixed, so that the same prompt at temperature 0 gives the same answer
_DEFAULT_CONTEXT = 4096  # assumed where a server does not say; small enough for every instruct model in use
_COUNT_SECONDS = 10  # normally a few milliseconds
_MAX_CONTEXT = 8192  # more is never filled by our budgets and only costs memory for the KV cache


@dataclasses.dataclass(frozen=True)
class Completion:
    """What the model wrote. Token counts are None where the server does not report them."""

    text: str
    finished: bool
    prompt_tokens: int | None = None
    cached_tokens: int | None = None
    completion_tokens: int | None = None


class ChatModel(t.Protocol):
    """Port of the language model. ``context_length`` is in tokens and holds prompt and answer together."""

    name: str
    server: str
    context_length: int

    def count_tokens(self, text: str) -> int:
        """Tokens of ``text`` by the model's own tokenizer, or a cautious estimate where the server offers none."""

    def chat(self, messages: list[Message], *, max_tokens: int, temperature: float, deadline: float) -> Completion:
        """Complete the chat; ``deadline`` is a time of time.monotonic(). Raises ServiceError."""


class LlamaCppModel:
    """A GGUF file run by llama-cpp-python in this process, one question at a time."""

    server = "in process"

    def __init__(self, model_path: str) -> None:
        if not os.path.isfile(model_path):
            raise ConfigError(f"model_path '{model_path}' is not a file; give the path of a GGUF model.")
        try:
            import llama_cpp
        except ImportError as exc:
            raise MissingLibraryError("llama-cpp-python", needed_for="model_path", python=sys.executable, requirements="llama.txt") from exc
        try:
            self._llama = llama_cpp.Llama(model_path, n_ctx=_MAX_CONTEXT, n_threads=physical_cores(), seed=_SEED, verbose=False)
        except (ValueError, RuntimeError, OSError) as exc:
            raise ConfigError(
                f"The model '{model_path}' cannot be loaded by llama.cpp ({exc}); check that the GGUF file is whole and fits into memory."
            ) from exc
        architecture = self._llama.metadata.get("general.architecture", "")
        self.context_length = min(_MAX_CONTEXT, int(self._llama.metadata.get(f"{architecture}.context_length", _DEFAULT_CONTEXT)))
        self.name = os.path.basename(model_path)
        self._lock = threading.Lock()

    def count_tokens(self, text: str) -> int:
        return len(self._llama.tokenize(text.encode("utf-8"), add_bos=False, special=False))

    def chat(self, messages: list[Message], *, max_tokens: int, temperature: float, deadline: float) -> Completion:
        if not self._lock.acquire(timeout=max(0.0, deadline - time.monotonic())):
            raise ServiceError("The language model was busy with other questions until the time was up; raise 'timeout' or ask again.", url=self.server)
        try:
            pieces: list[str] = []
            finished = False
            for event in self._llama.create_chat_completion(messages=messages, max_tokens=max_tokens, temperature=temperature, seed=_SEED, stream=True):
                choice = event["choices"][0]
                pieces.append(choice["delta"].get("content") or "")
                finished = choice.get("finish_reason") == "stop"
                if time.monotonic() > deadline:
                    break
            text = "".join(pieces)
            return Completion(text, finished, completion_tokens=self.count_tokens(text))
        except (ValueError, RuntimeError) as exc:
            raise ServiceError(f"llama.cpp failed on this prompt ({exc}); lower max_tokens or use a model with a larger context.", url=self.server) from exc
        finally:
            self._lock.release()


class OpenAiModel:
    """Any server of the OpenAI chat API; llama-server's own tokenizer and properties are used where it is one."""

    def __init__(self, url: str, *, api_key: str | None = None, model: str | None = None) -> None:
        self._endpoint = Endpoint(url.rstrip("/").removesuffix("/v1"))
        if api_key:
            api_key = api_key.strip()
            if not (api_key.isascii() and api_key.isprintable()):
                raise ConfigError("llm_api_key holds characters that an HTTP header cannot carry; set it to the bare key.")
            self._endpoint.headers["Authorization"] = f"Bearer {api_key}"
        self.server = self._endpoint.shown
        listed = self._get("/v1/models").get("data") or [{}]
        known = [str(entry.get("id", "")) for entry in listed]
        self.name = model or known[0]
        if model and known[0] and model not in known:
            raise ConfigError(f"{self.server} has no model '{model}'; set model to one of: {', '.join(known[:10])}.")
        described: dict[str, t.Any] = next((entry for entry in listed if entry.get("id") == self.name), {})
        try:
            settings = self._get("/props").get("default_generation_settings") or {}
        except ServiceError:
            settings = {}
        # llama-server states the context of one slot, vLLM max_model_len
        self.context_length = int(settings.get("n_ctx") or described.get("max_model_len") or _DEFAULT_CONTEXT)
        self._has_tokenizer = True

    def _get(self, path: str) -> dict[str, t.Any]:
        status, body = self._endpoint.request("GET", path, timeout=10)
        self._raise_for(status, body)
        return body

    def _raise_for(self, status: int, body: dict[str, t.Any]) -> None:
        if status < 400:
            return
        if status in (401, 403):
            message = f"{self.server} refused the API key (status {status}); set llm_api_key to a key that it accepts."
            raise ServiceError(message, url=self.server, status=status)
        error = body.get("error")
        told = error.get("message") if isinstance(error, dict) else error
        message = f"{self.server} answered with status {status} ({told or 'no reason given'}); look into the server's log."
        raise ServiceError(message, url=self.server, status=status)

    def count_tokens(self, text: str) -> int:
        if self._has_tokenizer:
            try:
                status, body = self._endpoint.request("POST", "/tokenize", {"content": text}, timeout=_COUNT_SECONDS)
                if status < 400 and "tokens" in body:
                    return len(body["tokens"])
            except ServiceError as exc:
                # A server too busy to count in time may still answer in time.
                if exc.status is None and not isinstance(exc.__cause__, TimeoutError):
                    raise
            self._has_tokenizer = False
        # Without a tokenizer three bytes a token are fewer than any common vocabulary needs for English, code or Russian.
        return math.ceil(len(text.encode("utf-8")) / 3)

    def chat(self, messages: list[Message], *, max_tokens: int, temperature: float, deadline: float) -> Completion:
        body = {"messages": messages, "max_tokens": max_tokens, "temperature": temperature, "seed": _SEED, "model": self.name}
        timeout = max(1.0, deadline - time.monotonic())
        status, answer = self._endpoint.request("POST", "/v1/chat/completions", body, timeout=timeout)
        self._raise_for(status, answer)
        try:
            choice = answer["choices"][0]
            text = choice["message"]["content"] or ""
        except (KeyError, IndexError, TypeError) as exc:
            message = f"{self.server} sent a chat completion without a message; check that it is an OpenAI-compatible server."
            raise ServiceError(message, url=self.server) from exc
        usage = answer.get("usage") or {}
        details = usage.get("prompt_tokens_details") or {}
        return Completion(text, choice.get("finish_reason") == "stop", usage.get("prompt_tokens"), details.get("cached_tokens"), usage.get("completion_tokens"))
