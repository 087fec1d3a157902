# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The process that runs a language model: requests in, lines out, and why it ended. The program is _llm_worker.py."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import queue
import select
import signal
import subprocess
import threading
import time
import typing as t

from .._errors import ConfigError, InfraLlmError, ServiceError
from ._llm import AbandonedError, ModelLoadingError

if t.TYPE_CHECKING:
    from collections.abc import Generator, Sequence

Line = dict[str, t.Any]

GRACE_SECONDS = 5.0  # past its time, or after it was told to stop, within which a process that is well answers
_LOOK_SECONDS = 0.2  # between two looks whether the asker is still there
_LONGEST_LINE = 1 << 20  # bytes
_MEANINGS: dict[int, str] = {
    signal.SIGILL: "its llama.cpp was compiled with instructions that do not work on this processor: build llama-cpp-python again with "
    "CMAKE_ARGS=-DGGML_NATIVE=OFF in the environment, or set llm_url to a llama-server",
    signal.SIGKILL: "most likely memory ran out: take a smaller model or give the machine more memory",
}
_OTHER_MEANING = "check that the GGUF file is whole, and read the gateway's log for what llama.cpp said"


class LateError(Exception):
    """The process did not answer in time, and was ended where it did not even stop."""


class ModelProcess:
    """A running process; threads may share it. ``failure`` says why it is of no use any more."""

    def __init__(self, command: Sequence[str], model: str) -> None:
        self._model = model
        self._ready = threading.Event()
        self._lock = threading.Lock()
        self._answers: dict[int, queue.SimpleQueue[Line | None]] = {}
        self._requests = 0
        self.context_length = 0
        self.failure: InfraLlmError | None = None
        package = __package__ or ""
        paths = [str(pathlib.Path(__file__).absolute().parents[len(package.split("."))]), os.environ.get("PYTHONPATH", "")]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd="/", env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
        )
        self._input = t.cast("t.IO[bytes]", self._process.stdin).fileno()
        os.set_blocking(self._input, False)
        threading.Thread(target=self._read, name="language model", daemon=True).start()

    def wait_until_ready(self, seconds: float) -> None:
        """Wait for the model to be loaded. Raises ModelLoadingError when it takes longer, and what it failed of."""
        if not self._ready.wait(seconds):
            raise ModelLoadingError(f"The language model {self._model}")
        if self.failure is not None:
            raise self.failure

    def ask(self, request: Line, deadline: float, stop: threading.Event | None = None) -> Generator[Line, None, None]:
        """The lines that answer a request, as they come. Raises ServiceError, LateError, and AbandonedError when ``stop`` is set."""
        with self._lock:
            self._requests += 1
            number = self._requests
            answers = self._answers[number] = queue.SimpleQueue()
        try:
            if self.failure is not None:
                raise self.failure
            self._send({"id": number, **request}, deadline)
            while True:
                line = self._next(answers, number, deadline, stop)
                if "error" in line:
                    raise ServiceError(f"llama.cpp failed on this prompt ({line['error']}); lower max_tokens or use a model with a larger context.")
                yield line
        finally:
            del self._answers[number]

    def end(self, failure: InfraLlmError | None = None) -> None:
        """End the process; what it was asked fails of ``failure``."""
        self.failure = self.failure or failure
        self._process.kill()

    def _failed(self, how: str) -> ServiceError:
        return ServiceError(f"The process of the language model {self._model} {how} and was ended; ask again, and read the gateway's log if it happens twice.")

    def _next(self, answers: queue.SimpleQueue[Line | None], number: int, deadline: float, stop: threading.Event | None) -> Line:
        """The next line. A process that neither answers nor stops is ended."""
        until, told = deadline + GRACE_SECONDS, False
        while True:
            if stop is not None and stop.is_set() and not told:
                told, until = True, time.monotonic() + GRACE_SECONDS
                self._send({"stop": number}, until)
            with contextlib.suppress(queue.Empty):
                line = answers.get(timeout=max(0.0, min(_LOOK_SECONDS, until - time.monotonic())))
                if line is None:
                    raise self.failure or self._failed("ended")
                if told:
                    if "piece" in line:
                        continue
                    raise AbandonedError
                return line
            if time.monotonic() >= until:
                self.end(self._failed("hung"))
                raise AbandonedError if told else LateError

    def _send(self, request: Line, deadline: float) -> None:
        data = memoryview(json.dumps(request).encode() + b"\n")
        with self._lock:  # lines must not be mixed
            while data:
                try:
                    data = data[os.write(self._input, data) :]
                except BlockingIOError:
                    if time.monotonic() >= deadline + GRACE_SECONDS:
                        self.end(self._failed("hung"))
                        raise LateError from None
                    select.select([], [self._input], [], _LOOK_SECONDS)
                except OSError:
                    return  # it has ended, and the reader says why

    def _read(self) -> None:
        """Hand each line to whoever waits for it, until the process ends."""
        with t.cast("t.IO[bytes]", self._process.stdout) as output:
            try:
                while raw := output.readline(_LONGEST_LINE):
                    self._take(json.loads(raw))
            except (ValueError, TypeError, AttributeError, KeyError):
                self.end(self._failed("said something that is no answer"))
        self.failure = self.failure or _why_it_ended(self._process.wait(), self._model)
        self._ready.set()
        for answers in list(self._answers.values()):
            answers.put(None)

    def _take(self, line: Line) -> None:
        if "refused" in line:
            self.failure = ConfigError(
                f"The model '{self._model}' cannot be loaded by llama.cpp ({line['refused']}); check that the GGUF file is whole and fits into memory."
            )
        elif "context_length" in line:
            self.context_length = int(line["context_length"])
            self._ready.set()
        else:
            answers = self._answers.get(line["id"])
            if answers is not None:
                answers.put(line)


def _why_it_ended(status: int, model: str) -> ServiceError:
    """The error for a process that ended by itself, of its exit status (negative: the number of a signal)."""
    if status >= 0:
        return ServiceError(f"The process of the language model {model} ended with status {status}; {_OTHER_MEANING}.")
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = f"signal {-status}"
    return ServiceError(f"The process of the language model {model} was ended by {name}; {_MEANINGS.get(-status, _OTHER_MEANING)}.")
