# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A language model as a GGUF file, run by llama.cpp in this process, one question at a time."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import os
import sys
import threading
import time
import typing as t

from .._errors import ConfigError, MissingLibraryError, ServiceError
from ._cpu import physical_cores
from ._llm import DEFAULT_CONTEXT, SEED, AbandonedError, Completion

if t.TYPE_CHECKING:
    from ._llm import Chat

_MAX_CONTEXT = 8192  # more is never filled by our budgets and only costs memory for the KV cache
_LOOK_SECONDS = 0.2  # between two looks whether the asker of a waiting question is still there


class LlamaCppModel:
    """A GGUF file; the prefix that two prompts in a row have in common is computed once."""

    server = "in process"
    parallel = 1

    def __init__(self, model_path: str) -> None:
        if not os.path.isfile(model_path):
            raise ConfigError(f"model_path '{model_path}' is not a file; give the path of a GGUF model.")
        try:
            import llama_cpp
        except ImportError as exc:
            raise MissingLibraryError("llama-cpp-python", needed_for="model_path", python=sys.executable, requirements="llama.txt") from exc
        try:
            self._llama = llama_cpp.Llama(model_path, n_ctx=_MAX_CONTEXT, n_threads=physical_cores(), seed=SEED, verbose=False)
        except (ValueError, RuntimeError, OSError) as exc:
            raise ConfigError(
                f"The model '{model_path}' cannot be loaded by llama.cpp ({exc}); check that the GGUF file is whole and fits into memory."
            ) from exc
        architecture = self._llama.metadata.get("general.architecture", "")
        self.context_length = min(_MAX_CONTEXT, int(self._llama.metadata.get(f"{architecture}.context_length", DEFAULT_CONTEXT)))
        self.name = os.path.basename(model_path)
        self._lock = threading.Lock()

    def count_tokens(self, text: str) -> int:
        return len(self._llama.tokenize(text.encode("utf-8"), add_bos=False, special=False))

    def chat(self, chat: Chat) -> Completion:
        started = time.monotonic()
        self._take_turn(chat.deadline, chat.stop)
        try:
            pieces: list[str] = []
            finished, first_token_ms = False, None
            settings: dict[str, t.Any] = {"max_tokens": chat.max_tokens, "temperature": chat.temperature, "seed": SEED}
            if chat.schema is not None:
                settings["response_format"] = {"type": "json_object", "schema": chat.schema}
            for event in self._llama.create_chat_completion(messages=chat.messages, stream=True, **settings):
                choice = event["choices"][0]
                piece = choice["delta"].get("content") or ""
                if piece:
                    first_token_ms = first_token_ms or round((time.monotonic() - started) * 1000, 1)
                    pieces.append(piece)
                    if chat.report is not None:
                        chat.report(piece)
                finished = choice.get("finish_reason") == "stop"
                if chat.stop is not None and chat.stop.is_set():
                    raise AbandonedError
                if time.monotonic() > chat.deadline:
                    break
            text = "".join(pieces)
            return Completion(text, finished, completion_tokens=self.count_tokens(text), first_token_ms=first_token_ms)
        except (ValueError, RuntimeError) as exc:
            raise ServiceError(f"llama.cpp failed on this prompt ({exc}); lower max_tokens or use a model with a larger context.", url=self.server) from exc
        finally:
            self._lock.release()

    def _take_turn(self, deadline: float, stop: threading.Event | None) -> None:
        while not self._lock.acquire(timeout=max(0.0, min(_LOOK_SECONDS, deadline - time.monotonic()))):
            if stop is not None and stop.is_set():
                raise AbandonedError
            if time.monotonic() >= deadline:
                raise ServiceError("The language model was busy with other questions until the time was up; raise 'timeout' or ask again.", url=self.server)
