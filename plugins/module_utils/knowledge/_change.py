# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One change of the knowledge base: versions that replace what was known of them, all together or not at all."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import collections
import contextlib
import dataclasses
import functools
import hashlib
import json
import re
import secrets
import typing as t

from .._errors import InfraLlmError, ServiceError
from .questions._sounds import latin_keys

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import numpy

    from ..clients._vector_store import VectorStore
    from ._converted_pages import ConvertedPages
    from ._database import Database, IndexedVersion

STALE: t.Final = "metadata_stale"  # the setting that is there while the files under metadata/ are of an earlier state
_NAME = re.compile(r"[A-Za-z]{3,20}")
# Versions of one product have nearly the same words.
_keys_of = functools.lru_cache(maxsize=1 << 15)(latin_keys)


@dataclasses.dataclass(frozen=True)
class StoredChunk:
    """A chunk as it is kept; ``headings`` are joined, ``fingerprint`` is its vector's."""

    fingerprint: str
    title: str
    headings: str
    text: str

    @property
    def content(self) -> str:
        """A hash that only equal chunks share, white space included."""
        return hashlib.sha256("\0".join((self.fingerprint, self.title, self.headings, self.text)).encode()).hexdigest()


@dataclasses.dataclass(frozen=True)
class StoredPage:
    """A page as it is kept: its chunks in reading order as (section, anchor, content, joint), and its sections' fingerprints by their numbers."""

    path: str
    title: str
    url: str
    license: str
    attribution: str
    chunks: Sequence[tuple[int, str, str, str | None]]
    sections: Mapping[int, str]


@dataclasses.dataclass(frozen=True)
class NewVersion:
    """What is to be indexed, without its pages; fields as in IndexedVersion."""

    kind: str
    product: str
    version: str
    source: str
    digest: str
    indexed_at: str
    provenance: Mapping[str, str]
    serves: tuple[str, ...]


class Change:
    """Writes within the transaction of ``database``; what is outside of SQLite becomes visible, or is taken back, when that has ended."""

    def __init__(self, database: Database, store: VectorStore, section_share: float) -> None:
        self._database = database
        self._store = store
        self._section_share = section_share
        self._replaced: list[IndexedVersion] = []
        self._collections: list[str] = []
        self._trees: list[ConvertedPages] = []

    def add_vectors(self, vectors: Iterable[tuple[str, bytes]]) -> None:
        """Keep vectors (float32) by their fingerprints; one that is known stays."""
        self._database.connection.executemany("INSERT OR IGNORE INTO vector VALUES (?, ?)", vectors)

    def add_chunks(self, chunks: Mapping[str, StoredChunk]) -> dict[str, int]:
        """Keep chunks, given by their contents; return the ids."""
        self._database.connection.executemany(
            "INSERT OR IGNORE INTO chunk (content, fingerprint, title, headings, text) VALUES (?, ?, ?, ?, ?)",
            ((content, chunk.fingerprint, chunk.title, chunk.headings, chunk.text) for content, chunk in chunks.items()),
        )
        return self._database.known("chunk", "content", list(chunks), "id")

    def add_version(self, new: NewVersion, pages: Iterable[StoredPage], ids: Mapping[str, int], tree: ConvertedPages | None) -> None:
        """Index a version whose chunks are kept under ``ids`` by content, in place of what is known of it."""
        connection = self._database.connection
        old = next((known for known in self._database.versions() if (known.kind, known.product, known.version) == (new.kind, new.product, new.version)), None)
        if old:
            self._forget(old)
        if tree:
            self._trees.append(tree)
        token = tree.token if tree else secrets.token_hex(4)
        collection = "-".join((new.kind, _collection_part(new.product), _collection_part(new.version), token))
        columns = dataclasses.asdict(new) | {
            "provenance": json.dumps(dict(new.provenance), ensure_ascii=False),
            "serves": json.dumps(sorted({*new.serves, *(old.serves if old else ())}), ensure_ascii=False),
            "collection": collection,
            "chunks": 0,
            "tree": tree.tree if tree else "",
        }
        version_id = connection.execute(
            f"INSERT INTO version ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})",  # noqa: S608 - names of fields
            tuple(columns.values()),
        ).lastrowid
        for page in pages:
            page_id = connection.execute(
                "INSERT INTO page (version_id, path, title, url, license, attribution) VALUES (?, ?, ?, ?, ?, ?)",
                (version_id, page.path, page.title, page.url, page.license, page.attribution),
            ).lastrowid
            connection.executemany("INSERT INTO section VALUES (?, ?, ?)", ((page_id, number, fingerprint) for number, fingerprint in page.sections.items()))
            connection.executemany(
                "INSERT INTO placement VALUES (?, ?, ?, ?, ?, ?, ?)",
                ((version_id, page_id, ordinal, section, anchor, ids[content], joint) for ordinal, (section, anchor, content, joint) in enumerate(page.chunks)),
            )
        connection.execute("UPDATE version SET chunks = (SELECT count(DISTINCT chunk_id) FROM placement WHERE version_id = ?1) WHERE id = ?1", (version_id,))
        added = next(version for version in self._database.versions() if version.id == version_id)
        self._index_words(added)
        self._collections.append(collection)
        self.fill_collection(added)

    def remove(self, version: IndexedVersion) -> None:
        """Forget a version and its converted pages."""
        self._forget(version)
        if version.tree:
            self._database.connection.execute("INSERT OR IGNORE INTO removed_tree VALUES (?)", (version.tree,))

    def drop_orphans(self) -> None:
        """Drop chunks that no version places, and vectors that no chunk has."""
        self._database.connection.execute("DELETE FROM chunk WHERE NOT EXISTS (SELECT 1 FROM placement WHERE chunk_id = chunk.id)")
        self._database.connection.execute("DELETE FROM vector WHERE NOT EXISTS (SELECT 1 FROM chunk WHERE chunk.fingerprint = vector.fingerprint)")

    def finish(self) -> None:
        """After the transaction: drop what was replaced, show the converted pages."""
        for old in self._replaced:
            # One that cannot be deleted now is a leftover, which goes at the next opening.
            with contextlib.suppress(ServiceError):
                self._store.delete(old.collection)
        for tree in self._trees:
            tree.publish()

    def undo(self) -> None:
        """After a transaction that failed: take back what it could not; what cannot be taken back now is at the next opening."""
        with contextlib.suppress(InfraLlmError, OSError):
            for tree in self._trees:
                tree.discard()
            for name in self._collections:
                self._store.delete(name)

    def fill_collection(self, version: IndexedVersion) -> None:
        """Fill the version's collection with the vectors of the chunks of each section, each drawn towards the mean of its section.

        The mean is not made a unit vector again: a section about many things draws less, and one option's own entry gains.
        """
        import numpy

        rows = self._database.connection.execute(
            "SELECT page_id, section, chunk_id, vector FROM placement JOIN chunk ON chunk.id = chunk_id JOIN vector USING (fingerprint) "
            "WHERE version_id = ? ORDER BY page_id, ordinal",
            (version.id,),
        )
        sections: dict[tuple[int, int], list[tuple[int, bytes]]] = {}
        for page_id, section, chunk_id, vector in rows:
            sections.setdefault((page_id, section), []).append((chunk_id, vector))
        share = self._section_share
        vectors: dict[int, numpy.ndarray[t.Any, t.Any]] = {}
        for members in sections.values():
            own = numpy.stack([numpy.frombuffer(vector, numpy.float32) for _chunk_id, vector in members])
            drawn = ((1 - share) * own + share * own.mean(axis=0)).astype(numpy.float32)
            for (chunk_id, _vector), one in zip(members, drawn, strict=True):
                vectors.setdefault(chunk_id, one)
        self._store.create(version.collection, list(vectors), numpy.stack(list(vectors.values())) if vectors else numpy.empty((0, 0), numpy.float32))

    def _forget(self, version: IndexedVersion) -> None:
        """Drop a version's rows, not its chunks."""
        self._replaced.append(version)
        self._database.connection.execute("DELETE FROM version WHERE id = ?", (version.id,))
        self._database.connection.execute(f"DROP TABLE IF EXISTS {version.words_table}")

    def _index_words(self, version: IndexedVersion) -> None:
        connection, table = self._database.connection, version.words_table
        chunks = "FROM chunk WHERE id IN (SELECT chunk_id FROM placement WHERE version_id = ?) ORDER BY id"
        connection.execute(f"CREATE VIRTUAL TABLE {table} USING fts5 (title, headings, text, content='', tokenize='porter unicode61')")
        connection.execute(
            f"INSERT INTO {table} (rowid, title, headings, text) SELECT id, title, headings, text {chunks}",
            (version.id,),
        )
        texts = connection.execute(f"SELECT title, headings, text {chunks}", (version.id,))
        connection.executemany("INSERT INTO vocabulary VALUES (?, ?, ?, ?)", _vocabulary(version.id, texts))


def _vocabulary(version_id: int, texts: Iterable[Sequence[str]]) -> Iterator[tuple[int, str, str, int]]:
    """Rows of the words of one version by their sound, with the number of chunks that have them."""
    count = collections.Counter(word for parts in texts for word in set(_NAME.findall(" ".join(parts).lower())))
    return ((version_id, sound, word, number) for word, number in count.items() for sound in _keys_of(word))


def _collection_part(name: str) -> str:
    """Chroma allows [a-zA-Z0-9._-] in collection names."""
    return re.sub(r"[^a-zA-Z0-9.]+", "_", name).strip("._") or "general"
