# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The vector store: Chroma, one collection per product and documentation version, vectors always our own."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import contextlib
import os
import sys
import typing as t

from .._errors import MissingLibraryError, ServiceError

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy

BATCH = 250  # Chroma's guide for a single node: insert 50-250 records at a time
CONFIGURATION: t.Any = {"hnsw": {"space": "ip", "ef_construction": 200, "ef_search": 200, "max_neighbors": 32}}


class CollectionGoneError(LookupError):
    """The collection was replaced while it was being searched."""


class VectorStore(t.Protocol):
    """Port of the vector store; collections are named by the caller. ``remote`` is one that can be away, and come back with other content.

    Everything may raise ServiceError.
    """

    remote: bool

    def collections(self) -> set[str]:
        """Names of all collections."""

    def leftovers(self, wanted: t.Collection[str]) -> set[str]:
        """Names of the collections that were made for this knowledge base and are not among ``wanted``."""

    def count(self, name: str) -> int:
        """Number of vectors in the collection ``name``. May raise CollectionGoneError."""

    def create(self, name: str, ids: Sequence[int], vectors: numpy.ndarray[t.Any, t.Any]) -> None:
        """Make the collection ``name`` with one vector per id, in place of one that is there."""

    def delete(self, name: str) -> None:
        """Delete the collection if it exists."""

    def nearest(self, name: str, vector: numpy.ndarray[t.Any, t.Any], count: int) -> Iterator[tuple[int, float]]:
        """Up to ``count`` pairs (id, inner product), nearest first. Raises CollectionGoneError."""


class PersistentVectorStore:
    """Chroma in this process on a directory that no other process may use."""

    remote = False

    def __init__(self, directory: str) -> None:
        os.environ.setdefault("ANONYMIZED_TELEMETRY", "False")
        try:
            import chromadb
            from chromadb.config import Settings
        except ImportError as exc:
            raise MissingLibraryError("chromadb", needed_for="the vector store", python=sys.executable) from exc
        self._directory = directory
        with self._errors():
            self._client = chromadb.PersistentClient(path=directory, settings=Settings(anonymized_telemetry=False))

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        """Chroma's errors, which tell of full disks and damaged files in its own words, as ServiceError."""
        from chromadb.errors import ChromaError

        try:
            yield
        except (ChromaError, ValueError, RuntimeError, OSError, AttributeError) as exc:  # AttributeError: its own after a start without space
            raise ServiceError(
                f"The vector store in {self._directory} failed ({exc}); check free space, or remove that directory: it is rebuilt without embedding again."
            ) from exc

    def collections(self) -> set[str]:
        with self._errors():
            return {collection.name for collection in self._client.list_collections()}

    def leftovers(self, wanted: t.Collection[str]) -> set[str]:
        return self.collections().difference(wanted)

    def count(self, name: str) -> int:
        with self._errors():
            return int(self._client.get_collection(name, embedding_function=None).count())

    def create(self, name: str, ids: Sequence[int], vectors: numpy.ndarray[t.Any, t.Any]) -> None:
        self.delete(name)
        with self._errors():
            # embedding_function=None: Chroma must never embed by itself, its default function downloads a model.
            collection = self._client.create_collection(name, embedding_function=None, configuration=CONFIGURATION)
            for start in range(0, len(ids), BATCH):
                collection.add(ids=[str(number) for number in ids[start : start + BATCH]], embeddings=vectors[start : start + BATCH])

    def delete(self, name: str) -> None:
        from chromadb.errors import NotFoundError

        with self._errors(), contextlib.suppress(NotFoundError):
            self._client.delete_collection(name)

    def nearest(self, name: str, vector: numpy.ndarray[t.Any, t.Any], count: int) -> Iterator[tuple[int, float]]:
        from chromadb.errors import ChromaError

        with self._errors():
            try:
                collection = self._client.get_collection(name, embedding_function=None)
                found = collection.query(query_embeddings=[vector], n_results=count, include=["distances"])
            except ChromaError as exc:
                # Deleted between these two calls it is an internal error to Chroma.
                if name not in self.collections():
                    raise CollectionGoneError(name) from exc
                raise
        for number, distance in zip(found["ids"][0], (found["distances"] or [[]])[0], strict=True):
            yield int(number), 1.0 - float(distance)
