# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A language model as a GGUF file, run by llama.cpp on this machine in a process of its own, one question at a time."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import contextlib
import importlib.util
import os
import sys
import threading
import time
import typing as t

from .._errors import ConfigError, MissingLibraryError, ServiceError
from ._llm import SEED, Completion
from ._llm_process import LateError, ModelProcess
from ._llm_turns import Turns

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from ._llm import Chat
    from ._llm_process import Line

_PATIENCE_SECONDS = 5.0  # for a model that is being loaded, before the caller is told so
_COUNT_SECONDS = 15.0  # normally a millisecond
_FIRST_PAUSE_SECONDS = 15.0  # before it is started again when it has ended twice in a row; doubled each time
_LONGEST_PAUSE_SECONDS = 300.0


class LlamaCppModel:
    """A GGUF file; the prefix that two prompts in a row have in common is computed once.

    A process that ends costs the answer that it was writing. The next question starts another one; not at once where it has ended again and again.
    ``command`` is the program to run in place of the worker.
    """

    server = "in process"
    parallel = 1

    def __init__(self, model_path: str, command: Sequence[str] | None = None) -> None:
        if not os.path.isfile(model_path):
            raise ConfigError(f"model_path '{model_path}' is not a file; give the path of a GGUF model.")
        if command is None and importlib.util.find_spec("llama_cpp") is None:
            raise MissingLibraryError("llama-cpp-python", needed_for="model_path", python=sys.executable, requirements="llama.txt")
        self.name = os.path.basename(model_path)
        self._command = [*(command or (sys.executable, "-m", f"{__package__}._llm_worker")), os.path.abspath(model_path)]
        self._turns = Turns(1, "The language model")
        self._starting = threading.Lock()
        self._ended_in_a_row = 0
        self._not_before: float | None = None  # time of time.monotonic() at which it may be started again; None while it runs
        self._process = ModelProcess(self._command, self.name)

    @property
    def context_length(self) -> int:
        return self._ready().context_length

    def count_tokens(self, text: str) -> int:
        with contextlib.closing(self._ready().ask({"count": text}, time.monotonic() + _COUNT_SECONDS)) as lines:
            try:
                return int(next(lines)["tokens"])
            except LateError as exc:
                raise ServiceError(f"The process of the language model {self.name} hung and was ended; ask again, and read the gateway's log.") from exc

    def chat(self, chat: Chat) -> Completion:
        with self._turns.take(chat.deadline, chat.stop):
            completion = self._complete(self._ready(), chat)
            self._ended_in_a_row = 0
            return completion

    def close(self) -> None:
        """End the process."""
        self._process.end()

    def _ready(self) -> ModelProcess:
        """The process with its model loaded, started anew where it has ended. Raises ModelLoadingError, or why it ended where it must rest."""
        with self._starting:
            if self._process.failure is not None:
                if self._not_before is None:
                    self._ended_in_a_row += 1
                    pause = _FIRST_PAUSE_SECONDS * 2 ** (self._ended_in_a_row - 2) if self._ended_in_a_row > 1 else 0.0
                    self._not_before = time.monotonic() + min(pause, _LONGEST_PAUSE_SECONDS)
                if time.monotonic() >= self._not_before:
                    self._not_before = None
                    self._process = ModelProcess(self._command, self.name)
            process = self._process
        process.wait_until_ready(_PATIENCE_SECONDS)
        return process

    def _complete(self, process: ModelProcess, chat: Chat) -> Completion:
        started = time.monotonic()
        request = {"messages": chat.messages, "max_tokens": chat.max_tokens, "temperature": chat.temperature, "seed": SEED, "schema": chat.schema}
        pieces: list[str] = []
        first_token_ms = None
        last: Line = {"finish_reason": "deadline"}
        lines = process.ask({**request, "seconds": chat.deadline - started}, chat.deadline, chat.stop)
        with contextlib.closing(lines), contextlib.suppress(LateError):
            for last in lines:
                if "piece" not in last:
                    break
                first_token_ms = first_token_ms or round((time.monotonic() - started) * 1000, 1)
                pieces.append(last["piece"])
                if chat.report is not None:
                    chat.report(last["piece"])
        reason = last.get("finish_reason", "deadline")
        if reason == "deadline" and not pieces:
            waited = time.monotonic() - started
            raise ServiceError(f"The language model {self.name} did not answer within {waited:.0f} seconds; raise 'timeout', or ask when it is less busy.")
        return Completion("".join(pieces), reason, completion_tokens=last.get("completion_tokens"), first_token_ms=first_token_ms)
