# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The crawl of one site: which pages are still to be visited, in an order that does not depend on who answers first."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import collections
import contextlib
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from ..._errors import DataError
from ..._files import write_atomically
from ._source import FetchedFile, Progress
from ._urls import Scope, alternative, document_key, is_no_page
from ._web_journal import Journal, Visit
from ._web_visit import Piece, Task

VisitPage = Callable[[Task], tuple[Visit, list[Piece]]]


class Crawl:
    """Visits pages round by round: the start pages, those of the sitemap, then what they link to. Every page becomes a file or a reason."""

    def __init__(
        self,
        scope: Scope,
        visit_page: VisitPage,
        journal: Journal,
        directory: Path,
        *,
        max_pages: int,
        concurrency: int,
        without_latest: bool,
        progress: Progress,
    ) -> None:
        self.files: dict[str, FetchedFile] = {}
        self.warnings: list[str] = []
        # The first page that a passing trouble kept away, and why.
        self.trouble: tuple[str, str] | None = None
        self._scope = scope
        self._visit_page = visit_page
        self._journal = journal
        self._directory = directory
        self._max_pages = max_pages
        self._concurrency = concurrency
        self._without_latest = without_latest
        self._progress = progress
        self._skipped: dict[tuple[str, str], None] = {}
        # Of every document the addresses that wait; of those that are kept, the address.
        self._waiting: dict[str, dict[str, Task]] = {}
        self._kept: dict[str, str] = {}
        self._seen: set[str] = set()
        self._visited = 0

    @property
    def skipped(self) -> list[tuple[str, str]]:
        """What was left out, as (address, reason)."""
        return sorted(self._skipped)

    def add(self, task: Task) -> None:
        """Put a page on the list, unless it is out of scope, on it already or refused with a reason."""
        url = self._scope.admit(task.url)
        if url is None or url in self._seen or document_key(url) in self._kept:
            return
        self._seen.add(url)
        reason = "" if task.is_start else self._refusal(url)
        if reason:
            self._skip(url, reason)
            return
        self._waiting.setdefault(document_key(url), {})[url] = Task(url, task.fragments, task.is_start, task.is_include, task.lastmod)

    def run(self) -> None:
        """Visit all that is on the list, and what that leads to."""
        while self._waiting:
            tasks = self._next_round()
            for number, (url, (visit, pieces)) in enumerate(self._visits(tasks), start=1):
                self._visited += 1
                self._take(visit, pieces, is_new=url not in self._journal.visits)
                for task in (*(Task(link) for link in visit.links), *(Task(place, is_include=True) for place in visit.includes)):
                    self.add(task)
                self._progress(self._visited, self._visited + len(tasks) - number + len(self._waiting))

    def clean(self) -> None:
        """Remove files of an earlier attempt that are none of this crawl's."""
        for folder, folders, names in os.walk(self._directory):
            folders[:] = [name for name in folders if not name.startswith(".")]
            for name in names:
                path = Path(folder, name)
                if path.relative_to(self._directory).as_posix() not in self.files and name != self._journal.name:
                    with contextlib.suppress(OSError):
                        path.unlink()

    def _refusal(self, url: str) -> str:
        if self._scope.is_excluded(url):
            return "is excluded by the catalogue"
        if self._without_latest and self._scope.is_latest(url):
            return "is of the latest version, not of this one"
        if is_no_page(url):
            return "is no page by its name"
        return "has a query, which makes endless pages" if "?" in url else ""

    def _next_round(self) -> list[Task]:
        """Take one address of every waiting document: the others are for when it fails."""
        tasks = []
        for key, addresses in sorted(self._waiting.items()):
            if key in self._kept:
                del self._waiting[key]
                continue
            url = min(addresses, key=lambda address: (not addresses[address].is_start, address))
            tasks.append(addresses.pop(url))
            if not addresses:
                del self._waiting[key]
        room = max(self._max_pages - self._visited, 0)
        for task in tasks[room:]:
            self._skip(task.url, f"is beyond the limit of {self._max_pages} pages (max_pages)")
        return tasks[:room]

    def _visits(self, tasks: list[Task]) -> Iterator[tuple[str, tuple[Visit, list[Piece]]]]:
        """Yield the visits in the order of the tasks; at most twice the threads' number are ahead."""
        if self._concurrency == 1:
            for task in tasks:
                yield task.url, self._visit(task)
            return
        pool = ThreadPoolExecutor(self._concurrency)
        ahead: collections.deque[tuple[str, Future[tuple[Visit, list[Piece]]]]] = collections.deque()
        try:
            for task in tasks:
                ahead.append((task.url, pool.submit(self._visit, task)))
                if len(ahead) >= 2 * self._concurrency:
                    url, future = ahead.popleft()
                    yield url, future.result()
            for url, future in ahead:
                yield url, future.result()
        finally:
            pool.shutdown(cancel_futures=True)

    def _visit(self, task: Task) -> tuple[Visit, list[Piece]]:
        done = self._journal.visits.get(task.url)
        return (done, []) if done is not None else self._visit_page(task)

    def _take(self, visit: Visit, pieces: Iterable[Piece], *, is_new: bool) -> None:
        key = document_key(visit.final)
        if key in self._kept and (pieces or visit.files):
            if document_key(visit.url) != key:
                self._skip(visit.url, f"redirects to {visit.final}, which is fetched on its own")
            return
        for path, body, file in pieces:
            path = alternative(path, file.url) if path in self.files else path
            self._write(path, body)
            visit.files[path] = file
        self.files.update(visit.files)
        if visit.files:
            self._kept[key] = visit.final
            self._kept.setdefault(document_key(visit.url), visit.final)
        for place, reason in visit.skipped:
            self._skip(place, reason)
        self.warnings.extend(visit.warnings)
        if visit.transient and visit.skipped and self.trouble is None:
            self.trouble = visit.skipped[0]
        if is_new:
            self._journal.add(visit)

    def _write(self, path: str, body: bytes) -> None:
        target = self._directory / path
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(target, body)
        except OSError as exc:
            raise DataError(f"{target} cannot be written ({exc.strerror}); make room or set its owner, and fetch again.", file=str(target)) from exc

    def _skip(self, url: str, reason: str) -> None:
        self._skipped[url, reason] = None
