# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The vector store kept equal to SQLite: what it lacks is filled in again without embedding anything."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import logging
import threading
import time
import typing as t

from .._errors import InfraLlmError
from ..clients._vector_store import CollectionGoneError
from ._change import Change

if t.TYPE_CHECKING:
    from ..clients._vector_store import VectorStore
    from ._database import Database

_log = logging.getLogger("infra_llm.knowledge")
_OPENING_SECONDS = 10.0  # that opening waits for a store elsewhere; a large one is filled while questions are answered
_RETRY_SECONDS = 5.0


class Collections:
    """The collections in ``store`` that the versions in ``database`` have. Threads may share it; ``write_lock`` is held while they are filled."""

    def __init__(self, database: Database, store: VectorStore, section_share: float, write_lock: threading.RLock) -> None:
        self._database = database
        self._store = store
        self._section_share = section_share
        self._write_lock = write_lock
        self._lock = threading.Lock()
        self._running: threading.Thread | None = None
        self._whole = False
        self._retry_at = 0.0

    def restore(self) -> None:
        """Make the collections what SQLite says: drop what was left behind, fill what is missing or short. Raises ServiceError."""
        with self._write_lock:
            wanted = {version.collection: version for version in self._database.versions()}
            present = self._store.collections()
            for name in self._store.leftovers(wanted):
                self._store.delete(name)
            # A rebuild that was interrupted leaves a collection with a part of its chunks.
            for name, version in wanted.items():
                if name not in present or not self._has(name, version.chunks):
                    _log.info("filling %s again, %d chunks", name, version.chunks)
                    Change(self._database, self._store, self._section_share).fill_collection(version)

    def open(self) -> None:
        """restore(), but of a store elsewhere only what can be had soon: that it is away, or large, is no reason not to open."""
        if not self._store.remote:
            self.restore()
            return
        self.restore_soon()
        with self._lock:
            running = self._running
        if running is not None:
            running.join(_OPENING_SECONDS)

    def missing(self, name: str) -> bool:
        """Whether a collection that was not there while searching is still wanted, and not merely replaced in the meantime."""
        return any(version.collection == name for version in self._database.versions())

    def restore_soon(self) -> None:
        """Begin restore() in the background, unless it runs or has just failed."""
        with self._lock:
            if self._running is None and time.monotonic() >= self._retry_at:
                self._whole = False
                self._running = threading.Thread(target=self._restore_quietly, name="restore-collections", daemon=True)
                self._running.start()

    def watch(self) -> None:
        """Called with every search: what could not be restored before, as the store was away, is tried again."""
        if not self._whole and self._store.remote:
            self.restore_soon()

    def _has(self, name: str, chunks: int) -> bool:
        try:
            return self._store.count(name) == chunks
        except CollectionGoneError:
            return False

    def _restore_quietly(self) -> None:
        try:
            self.restore()
            self._whole = True
        except InfraLlmError as exc:
            _log.warning("%s", exc.message)
        except Exception:
            _log.exception("filling the vector store failed")
        finally:
            with self._lock:
                self._running = None
                self._retry_at = 0.0 if self._whole else time.monotonic() + _RETRY_SECONDS
