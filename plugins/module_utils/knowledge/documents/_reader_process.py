# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages of a directory, read in a process of their own: one that costs too much, or kills its reader, is skipped with its name.

Neither a regular expression nor a parser written in C can be interrupted from within.
"""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import contextlib
import os
import pickle
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final, cast

from ..._errors import DataError, InfraLlmError, MissingLibraryError
from ._directory_source import DirectoryReader, Progress, SkippedFile, SourcePage

# Processor time that one page may take; the largest of the reference corpus (1.4 MB) takes three seconds.
PAGE_SECONDS: Final = 30
# Address space of the reading process, in bytes. A page that wants more is skipped.
_MEMORY: Final = 4 * 2**30
_START: Final = "import importlib, sys; sys.path[:] = sys.argv[3:]; importlib.import_module(sys.argv[1]).serve(int(sys.argv[2]))"


def read_pages(path: Path | str, *, version: str | None = None, page_seconds: float = PAGE_SECONDS) -> Iterator[SourcePage | SkippedFile]:
    """Yield the entries of DirectoryReader; a page that takes more than so many seconds of processor time is among the skipped files."""
    progress = Progress()
    while True:
        reader = _Reader(str(path), version, progress, page_seconds)
        try:
            yield from reader.entries()
        finally:
            status = reader.close()
        if reader.is_done:
            return
        if reader.file is None or reader.file in progress.done:
            raise DataError(f"The process that reads the documents of {path} cannot work ({_reason(status, page_seconds)}); see whether memory is left.")
        progress.done.add(reader.file)
        yield SkippedFile(reader.file, _reason(status, page_seconds))


def _reason(status: int, page_seconds: float) -> str:
    if status == -signal.SIGPROF:
        return f"its conversion takes more than {page_seconds:g} seconds of processor time"
    return f"its conversion was ended by {signal.Signals(-status).name}" if status < 0 else f"its conversion ended with status {status}"


class _Reader:
    """A process that reads a directory; ``file`` is the one that it has begun."""

    def __init__(self, path: str, version: str | None, progress: Progress, page_seconds: float) -> None:
        self.file: str | None = None
        self.is_done = False
        self._progress = progress
        receiving, sending = os.pipe()
        command = [sys.executable, "-c", _START, __name__, str(sending), *sys.path]
        try:
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, pass_fds=(sending,))
        finally:
            os.close(sending)
        self._results = os.fdopen(receiving, "rb")
        with contextlib.suppress(BrokenPipeError), cast("IO[bytes]", self._process.stdin) as request:
            pickle.dump((path, version, progress, page_seconds), request)

    def entries(self) -> Iterator[SourcePage | SkippedFile]:
        while not self.is_done:
            try:
                kind, *values = pickle.load(self._results)  # noqa: S301 - from the process above
            except (EOFError, pickle.UnpicklingError):
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._process.wait(5)
                return
            if kind == "begin":
                (self.file,) = values
            elif kind == "entry":
                entry, changed = values
                self._progress.done |= changed.done
                self._progress.inlined |= changed.inlined
                self._progress.described |= changed.described
                yield entry
            elif kind == "error":
                raise _error(*values)
            self.is_done = kind == "end"

    def close(self) -> int:
        """End the process if need be; return its status."""
        if self._process.poll() is None:
            self._process.kill()
        self._results.close()
        return self._process.wait()


def _error(kind: str, message: str) -> InfraLlmError:
    error: InfraLlmError = MissingLibraryError.__new__(MissingLibraryError) if kind == "MissingLibraryError" else DataError(message)
    InfraLlmError.__init__(error, message)
    return error


def serve(channel: int) -> None:
    """Read the directory that standard input names and write what is in it to the ``channel``."""
    path, version, progress, page_seconds = pickle.load(sys.stdin.buffer)  # noqa: S301 - from the process that started this one
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY if hard == resource.RLIM_INFINITY else min(_MEMORY, hard), hard))
    with os.fdopen(channel, "wb") as results:
        _serve(results, path, version, progress, page_seconds)


def _serve(results: IO[bytes], path: str, version: str | None, progress: Progress, page_seconds: float) -> None:
    def send(*message: Any) -> None:
        pickle.dump(message, results)
        results.flush()

    def begin(relative: str) -> None:
        send("begin", relative)
        signal.setitimer(signal.ITIMER_PROF, page_seconds)  # its signal ends the process

    reader = DirectoryReader(path, version=version, progress=progress, begin=begin)
    known = Progress(set(progress.done), set(progress.inlined), set(progress.described))
    try:
        for entry in reader.entries():
            signal.setitimer(signal.ITIMER_PROF, 0)
            changed = Progress(progress.done - known.done, progress.inlined - known.inlined, progress.described - known.described)
            known.done |= changed.done
            known.inlined |= changed.inlined
            known.described |= changed.described
            send("entry", entry, changed)
        send("end")
    except InfraLlmError as error:
        send("error", type(error).__name__, error.message)
