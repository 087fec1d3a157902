# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program that runs a language model as a GGUF file: JSON lines on standard input and output.

Native code may crash and a model may be killed for memory, so that it lives in a process of its own, which _llm_llama.py starts. Requests:

``{id, count}``
    a text to count the tokens of; answered by ``{id, tokens}``.
``{id, messages, max_tokens, temperature, seed, seconds, schema}``
    a chat; answered by any number of ``{id, piece}`` and one ``{id, finish_reason, completion_tokens}``.
``{stop}``
    the id of a chat to be given up.

Any may be answered by ``{id, error}``. The first line says ``{context_length}`` or ``{refused}``. When its input ends, it ends.
"""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import contextlib
import json
import os
import queue
import sys
import threading
import time
import typing as t

from ._cpu import physical_cores
from ._llm import DEFAULT_CONTEXT, SEED

_MAX_CONTEXT = 8192  # more is never filled by our budgets and only costs memory for the KV cache
_KILLED_FIRST = "900"  # of 1000: where memory runs out, this process goes before the gateway
_Line = dict[str, t.Any]


class Worker:
    """One model; chats are answered one after the other, tokens counted meanwhile."""

    def __init__(self, model_path: str, write: t.Callable[[_Line], None]) -> None:
        import llama_cpp

        self._write = write
        self._llama = llama_cpp.Llama(model_path, n_ctx=_MAX_CONTEXT, n_threads=physical_cores(), seed=SEED, verbose=False)
        self._chats: queue.SimpleQueue[_Line] = queue.SimpleQueue()
        self._stopped: set[int] = set()
        self._given_up: t.Callable[[], bool] = _never
        # Referenced here as long as llama.cpp may call it, which it does while it computes a prompt.
        self._abort = llama_cpp.ggml_abort_callback(lambda _data: self._given_up())
        llama_cpp.llama_set_abort_callback(self._llama.ctx, self._abort, None)
        architecture = self._llama.metadata.get("general.architecture", "")
        context_length = min(_MAX_CONTEXT, int(self._llama.metadata.get(f"{architecture}.context_length", DEFAULT_CONTEXT)))
        self._begins_thinking = self._template_opens_thinking()
        write({"context_length": context_length})

    def receive(self, request: _Line) -> None:
        """Take one request."""
        if "stop" in request:
            self._stopped.add(request["stop"])
        elif "count" in request:
            self._write({"id": request["id"], "tokens": self._count(request["count"])})
        else:
            self._chats.put(request)

    def run(self) -> t.NoReturn:
        """Answer chats."""
        while True:
            request = self._chats.get()
            try:
                self._chat(**request)
            except (ValueError, RuntimeError) as exc:
                self._write({"id": request["id"], "error": str(exc)})

    def _count(self, text: str) -> int:
        return len(self._llama.tokenize(text.encode("utf-8", "replace"), add_bos=False, special=False))

    def _chat(self, *, id: int, seconds: float, schema: dict[str, t.Any] | None, **settings: t.Any) -> None:  # noqa: A002
        deadline = time.monotonic() + seconds
        self._given_up = lambda: id in self._stopped or time.monotonic() > deadline
        if schema is not None:
            settings["response_format"] = {"type": "json_object", "schema": schema}
        reason, tokens = "deadline", 0
        try:
            if self._begins_thinking:
                self._write({"id": id, "piece": "<think>"})
            for event in self._llama.create_chat_completion(stream=True, **settings):
                choice = event["choices"][0]
                if piece := choice["delta"].get("content"):
                    tokens += 1
                    self._write({"id": id, "piece": piece})
                if self._given_up():
                    break
                reason = choice.get("finish_reason") or reason
        except RuntimeError:
            if not self._given_up():
                raise
        finally:
            self._given_up = _never
        self._write({"id": id, "finish_reason": reason, "completion_tokens": tokens})

    def _template_opens_thinking(self) -> bool:
        """Whether the chat template itself writes the mark after which the model thinks."""
        template = self._llama.metadata.get("tokenizer.chat_template")
        if not template:
            return False
        from llama_cpp.llama_chat_format import Jinja2ChatFormatter

        try:
            made = Jinja2ChatFormatter(template, eos_token="", bos_token="")(messages=[{"role": "user", "content": "Why?"}])
        except Exception:  # templates are programs, and may want what is not given here
            return False
        return bool(made.prompt.rstrip().endswith("<think>"))


def _never() -> bool:
    return False


def main() -> None:
    """Run the model that is named on the command line."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what native code prints is no answer
    writing = threading.Lock()

    def write(line: _Line) -> None:
        with writing, contextlib.suppress(BrokenPipeError):
            answers.write(json.dumps(line).encode() + b"\n")
            answers.flush()

    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as score:
        score.write(_KILLED_FIRST)
    try:
        worker = Worker(sys.argv[1], write)
    except (ValueError, RuntimeError, OSError) as exc:
        write({"refused": str(exc)})
        return
    threading.Thread(target=_receive, args=(worker,), daemon=True).start()
    worker.run()


def _receive(worker: Worker) -> None:
    for line in sys.stdin.buffer:
        worker.receive(json.loads(line))
    os._exit(0)  # whoever started this has gone, and native code heeds no exception


if __name__ == "__main__":
    main()
