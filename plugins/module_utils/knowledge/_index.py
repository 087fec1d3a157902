# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to the collection: names here may change in any release.
"""What is known, on disk: SQLite holds pages, chunks, their full-text index and vectors; Chroma is built from it and can be rebuilt."""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import datetime
import json
import os
import pathlib
import re
import secrets
import sqlite3
import threading
import typing as t

from .._errors import DataError
from ._chunks import CHUNKER_VERSION, Chunk, section_fingerprint
from .questions._sounds import latin_keys

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import numpy

    from ..clients._embedding import Embedder
    from ..clients._vector_store import PersistentVectorStore

_EMBED_BATCH = 128
SECTION_SHARE = 0.2  # of a chunk's vector in the vector store that is its section's mean
_VERSION_COLUMNS = "id, kind, product, version, source, digest, collection, indexed_at, chunks"
_NAME = re.compile(r"[A-Za-z]{3,20}")
_SCHEMA = """
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE version (
    id INTEGER PRIMARY KEY, kind TEXT NOT NULL, product TEXT NOT NULL, version TEXT NOT NULL,
    source TEXT NOT NULL, digest TEXT NOT NULL, collection TEXT NOT NULL, indexed_at TEXT NOT NULL, chunks INTEGER NOT NULL,
    UNIQUE (kind, product, version));
CREATE TABLE page (
    id INTEGER PRIMARY KEY, version_id INTEGER NOT NULL REFERENCES version ON DELETE CASCADE, path TEXT NOT NULL,
    title TEXT NOT NULL, url TEXT NOT NULL, license TEXT NOT NULL, attribution TEXT NOT NULL, UNIQUE (version_id, path));
CREATE TABLE chunk (
    id INTEGER PRIMARY KEY, fingerprint TEXT NOT NULL UNIQUE, title TEXT NOT NULL, headings TEXT NOT NULL, text TEXT NOT NULL);
CREATE TABLE vector (fingerprint TEXT PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE placement (
    version_id INTEGER NOT NULL REFERENCES version ON DELETE CASCADE, page_id INTEGER NOT NULL REFERENCES page ON DELETE CASCADE,
    ordinal INTEGER NOT NULL, section INTEGER NOT NULL, anchor TEXT NOT NULL, chunk_id INTEGER NOT NULL REFERENCES chunk,
    PRIMARY KEY (page_id, ordinal)) WITHOUT ROWID;
CREATE INDEX placement_chunk ON placement (chunk_id, version_id);
CREATE INDEX placement_version ON placement (version_id, chunk_id);
CREATE TABLE vocabulary (
    version_id INTEGER NOT NULL REFERENCES version ON DELETE CASCADE, sound TEXT NOT NULL, word TEXT NOT NULL, chunks INTEGER NOT NULL,
    PRIMARY KEY (version_id, sound, word)) WITHOUT ROWID;
"""


@dataclasses.dataclass(frozen=True)
class IndexedVersion:
    """One documentation version of one product; house runbooks without a product have the product ''."""

    id: int
    kind: str
    product: str
    version: str
    source: str
    digest: str
    collection: str
    indexed_at: str
    chunks: int

    @property
    def words_table(self) -> str:
        """The full-text table of this version's chunks, rowid = chunk id. Its own, so that a word's rarity is that in this documentation."""
        return f"words_{self.id}"


@dataclasses.dataclass(frozen=True)
class PageChunks:
    """A converted page with its chunks, ready for the index."""

    path: str
    title: str
    url: str
    license: str
    attribution: str
    chunks: Sequence[Chunk]


@dataclasses.dataclass(frozen=True)
class IndexReport:
    """What indexing one version did; ``embedded`` counts the chunks that were not known by fingerprint."""

    pages: int
    chunks: int
    embedded: int


class KnowledgeIndex:
    """The knowledge base in ``directory``. One process may have it open (the gateway sees to that); threads may share it."""

    def __init__(
        self,
        directory: str | os.PathLike[str],
        *,
        embedder_name: str,
        store: Callable[[str], PersistentVectorStore],
        section_share: float = SECTION_SHARE,
    ) -> None:
        self._directory = pathlib.Path(directory)
        self._section_share = section_share
        self._embedder_name = embedder_name
        self._write_lock = threading.Lock()
        self._local = threading.local()
        try:
            self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._prepare()
        except (OSError, sqlite3.Error) as exc:
            raise DataError(f"The knowledge base in {self._directory} cannot be opened ({exc}); check the directory's owner and free space.") from exc
        self.store = store(str(self._directory / "chroma"))
        self._reconcile_store()

    # -- opening -------------------------------------------------------------------------------------------------------------

    @property
    def connection(self) -> sqlite3.Connection:
        """This thread's connection."""
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self._directory / "index.sqlite", isolation_level=None, timeout=30)
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA synchronous = NORMAL")
            self._local.connection = connection
        return t.cast("sqlite3.Connection", connection)

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[None]:
        """Everything read inside is of one state, whatever is being indexed meanwhile."""
        self.connection.execute("BEGIN")
        try:
            yield
        finally:
            self.connection.execute("COMMIT")

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        connection = self.connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")

    def _prepare(self) -> None:
        connection = self.connection
        connection.execute("PRAGMA journal_mode = WAL")
        made_with = {"embedder": self._embedder_name, "chunker": str(CHUNKER_VERSION)}
        if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            with self._transaction():
                for statement in _statements(_SCHEMA):
                    connection.execute(statement)
                connection.executemany("INSERT INTO setting VALUES (?, ?)", made_with.items())
        found = dict(connection.execute("SELECT name, value FROM setting"))
        for part, value in made_with.items():
            if found.get(part) != value:
                other_way = ", or set the embedding options back" if part == "embedder" else ""
                raise DataError(
                    f"The knowledge base in {self._directory} was made with the {part} '{found.get(part)}', not '{value}'; "
                    f"remove that directory and index again with playbooks/ingest.yml{other_way}."
                )

    def _reconcile_store(self) -> None:
        """Drop collections that a killed run left behind and rebuild those that are missing or not whole."""
        present = self.store.collections()
        wanted = {version.collection: version for version in self.versions()}
        for name in present - wanted.keys():
            self.store.delete(name)
        # A rebuild that was interrupted leaves a collection with a part of its chunks.
        for name in (name for name, version in wanted.items() if name not in present or self.store.count(name) != version.chunks):
            rows = self.connection.execute(
                "SELECT page_id, section, chunk_id FROM placement WHERE version_id = ? ORDER BY page_id, ordinal", (wanted[name].id,)
            )
            sections: dict[tuple[int, int], list[int]] = {}
            for page_id, section, chunk_id in rows:
                sections.setdefault((page_id, section), []).append(chunk_id)
            self._fill_collection(name, sections.values())

    # -- reading -------------------------------------------------------------------------------------------------------------

    def versions(self) -> list[IndexedVersion]:
        """Everything that is indexed, by kind, product and version."""
        rows = self.connection.execute(f"SELECT {_VERSION_COLUMNS} FROM version ORDER BY kind, product, version")  # noqa: S608 - constants
        return [IndexedVersion(*row) for row in rows]

    def find(self, kind: str, product: str, version: str) -> IndexedVersion | None:
        """The indexed version of that name, if there is one."""
        return next((known for known in self.versions() if (known.kind, known.product, known.version) == (kind, product, version)), None)

    def similar_sounding(self, version_ids: Sequence[int], sound: str) -> dict[str, int]:
        """Words of these versions that sound so, with the number of chunks that have them."""
        marks = ", ".join("?" * len(version_ids))
        rows = self.connection.execute(
            f"SELECT word, sum(chunks) FROM vocabulary WHERE version_id IN ({marks}) AND sound = ? GROUP BY word",  # noqa: S608 - only marks are filled in
            (*version_ids, sound),
        )
        return dict(rows.fetchall())

    # -- writing -------------------------------------------------------------------------------------------------------------

    def put(
        self,
        kind: str,
        product: str,
        version: str,
        pages: Iterable[PageChunks],
        *,
        source: str,
        digest: str,
        embedder: Embedder,
        progress: Callable[[int, int], None] = lambda done, total: None,
    ) -> IndexReport:
        """Index one version in place of what was known of it. Atomic: until the end, and after a kill, the old state is whole.

        ``progress`` is called with (chunks embedded so far, chunks to embed).
        """
        with self._write_lock:
            try:
                return self._put(kind, product, version, list(pages), source, digest, embedder, progress)
            except (OSError, sqlite3.Error) as exc:
                raise DataError(f"Indexing {product or kind} {version} into {self._directory} failed ({exc}); what was indexed before is untouched.") from exc

    def _put(
        self,
        kind: str,
        product: str,
        version: str,
        pages: list[PageChunks],
        source: str,
        digest: str,
        embedder: Embedder,
        progress: Callable[[int, int], None],
    ) -> IndexReport:
        chunks = {self._fingerprint(chunk): chunk for page in pages for chunk in page.chunks}
        embedded = self._embed_missing(chunks, embedder, progress)
        chunk_ids = self._add_chunks(chunks)
        collection = "-".join((kind, _collection_part(product), _collection_part(version), secrets.token_hex(4)))
        sections: dict[tuple[str, int], list[int]] = {}
        for page in pages:
            for chunk in page.chunks:
                sections.setdefault((page.path, chunk.section_id), []).append(chunk_ids[self._fingerprint(chunk)])
        self._fill_collection(collection, sections.values())
        old = self.find(kind, product, version)
        with self._transaction() as connection:
            if old:
                self._forget(connection, old)
            now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
            version_id = connection.execute(
                "INSERT INTO version (kind, product, version, source, digest, collection, indexed_at, chunks) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (kind, product, version, source, digest, collection, now, len(chunks)),
            ).lastrowid
            for page in pages:
                page_id = connection.execute(
                    "INSERT INTO page (version_id, path, title, url, license, attribution) VALUES (?, ?, ?, ?, ?, ?)",
                    (version_id, page.path, page.title, page.url, page.license, page.attribution),
                ).lastrowid
                connection.executemany(
                    "INSERT INTO placement VALUES (?, ?, ?, ?, ?, ?)",
                    (
                        (version_id, page_id, ordinal, chunk.section_id, chunk.anchor or "", chunk_ids[self._fingerprint(chunk)])
                        for ordinal, chunk in enumerate(page.chunks)
                    ),
                )
            added = self._version(connection, kind, product, version)
            connection.execute(f"CREATE VIRTUAL TABLE {added.words_table} USING fts5 (title, headings, text, content='', tokenize='porter unicode61')")
            distinct = {chunk_ids[key]: chunk for key, chunk in chunks.items()}
            connection.executemany(
                f"INSERT INTO {added.words_table} (rowid, title, headings, text) VALUES (?, ?, ?, ?)",  # noqa: S608 - the name is a number
                ((number, chunk.title, " > ".join(chunk.headings), chunk.text) for number, chunk in distinct.items()),
            )
            connection.executemany("INSERT INTO vocabulary VALUES (?, ?, ?, ?)", _vocabulary(added.id, distinct.values()))
            self._drop_orphans(connection)
        if old:
            self.store.delete(old.collection)
        self._write_metadata()
        return IndexReport(len(pages), len(chunks), embedded)

    def remove(self, version: IndexedVersion) -> None:
        """Forget one version."""
        with self._write_lock:
            with self._transaction() as connection:
                self._forget(connection, version)
                self._drop_orphans(connection)
            self.store.delete(version.collection)
            self._write_metadata()

    def _fingerprint(self, chunk: Chunk) -> str:
        return section_fingerprint(f"{self._embedder_name} {chunk.embed_text}")

    def _embed_missing(self, chunks: dict[str, Chunk], embedder: Embedder, progress: Callable[[int, int], None]) -> int:
        """Embed what has no vector yet. Each batch is kept at once, so that a killed run goes on where it was."""
        connection = self.connection
        missing = [key for key in chunks if not connection.execute("SELECT 1 FROM vector WHERE fingerprint = ?", (key,)).fetchone()]
        # Texts of one length together: the embedder pads every batch to its longest text.
        missing.sort(key=lambda key: -len(chunks[key].embed_text))
        progress(0, len(missing))
        for start in range(0, len(missing), _EMBED_BATCH):
            batch = missing[start : start + _EMBED_BATCH]
            vectors = embedder.embed_passages([chunks[key].embed_text for key in batch])
            with self._transaction():
                rows = ((key, vector.tobytes()) for key, vector in zip(batch, vectors, strict=True))
                connection.executemany("INSERT OR REPLACE INTO vector VALUES (?, ?)", rows)
            progress(start + len(batch), len(missing))
        return len(missing)

    def _add_chunks(self, chunks: dict[str, Chunk]) -> dict[str, int]:
        """Chunk ids by fingerprint; new chunks stay invisible to searches until a version places them."""
        with self._transaction() as connection:
            connection.executemany(
                "INSERT OR IGNORE INTO chunk (fingerprint, title, headings, text) VALUES (?, ?, ?, ?)",
                ((key, chunk.title, " > ".join(chunk.headings), chunk.text) for key, chunk in chunks.items()),
            )
            return {key: connection.execute("SELECT id FROM chunk WHERE fingerprint = ?", (key,)).fetchone()[0] for key in chunks}

    def _fill_collection(self, name: str, sections: Iterable[list[int]]) -> None:
        """Fill a collection with the vectors of the chunks of each section, each drawn towards the mean of its section.

        The mean is not made a unit vector again: a section about many things draws less, and one option's own entry gains.
        """
        import numpy

        share = self._section_share
        vectors: dict[int, numpy.ndarray[t.Any, t.Any]] = {}
        for chunk_ids in sections:
            own = numpy.stack([self._vector(number) for number in chunk_ids])
            drawn = ((1 - share) * own + share * own.mean(axis=0)).astype(numpy.float32)
            for number, vector in zip(chunk_ids, drawn, strict=True):
                vectors.setdefault(number, vector)
        self.store.create(name, list(vectors), numpy.stack(list(vectors.values())) if vectors else numpy.empty((0, 0), numpy.float32))

    def _vector(self, chunk_id: int) -> numpy.ndarray[t.Any, t.Any]:
        import numpy

        row = self.connection.execute("SELECT vector FROM vector JOIN chunk USING (fingerprint) WHERE chunk.id = ?", (chunk_id,)).fetchone()
        return numpy.frombuffer(row[0], numpy.float32)

    @staticmethod
    def _version(connection: sqlite3.Connection, kind: str, product: str, version: str) -> IndexedVersion:
        found = f"SELECT {_VERSION_COLUMNS} FROM version WHERE kind = ? AND product = ? AND version = ?"  # noqa: S608 - constants
        row = connection.execute(found, (kind, product, version)).fetchone()
        return IndexedVersion(*row)

    @staticmethod
    def _forget(connection: sqlite3.Connection, version: IndexedVersion) -> None:
        connection.execute("DELETE FROM version WHERE id = ?", (version.id,))
        connection.execute(f"DROP TABLE {version.words_table}")

    @staticmethod
    def _drop_orphans(connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM chunk WHERE id NOT IN (SELECT chunk_id FROM placement)")
        connection.execute("DELETE FROM vector WHERE fingerprint NOT IN (SELECT fingerprint FROM chunk)")

    def _write_metadata(self) -> None:
        """The index's contents for people and other programs; a copy of what SQLite knows, never read back."""
        counts = {
            row[0]: row[1:]
            for row in self.connection.execute("SELECT version_id, count(DISTINCT page_id), count(DISTINCT chunk_id) FROM placement GROUP BY version_id")
        }
        listing = [
            {
                "kind": known.kind,
                "product": known.product,
                "version": known.version,
                "source": known.source,
                "indexed_at": known.indexed_at,
                "pages": counts.get(known.id, (0, 0))[0],
                "chunks": counts.get(known.id, (0, 0))[1],
                "embedder": self._embedder_name,
                "chunker": CHUNKER_VERSION,
            }
            for known in self.versions()
        ]
        target = self._directory / "metadata" / "version_index.json"
        target.parent.mkdir(exist_ok=True)
        draft = target.with_suffix(".new")
        draft.write_text(json.dumps({"versions": listing}, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        draft.replace(target)


def _vocabulary(version_id: int, chunks: Iterable[Chunk]) -> Iterator[tuple[int, str, str, int]]:
    """Rows of the words of one version by their sound, with the number of chunks that have them."""
    count = collections.Counter(word for chunk in chunks for word in set(_NAME.findall(f"{chunk.title} {' '.join(chunk.headings)} {chunk.text}".lower())))
    return ((version_id, sound, word, number) for word, number in count.items() for sound in latin_keys(word))


def _collection_part(name: str) -> str:
    """Chroma allows [a-zA-Z0-9._-] in collection names."""
    return re.sub(r"[^a-zA-Z0-9.]+", "_", name).strip("._") or "general"


def _statements(script: str) -> Iterator[str]:
    """Split a script into statements that can run inside one transaction; executescript() would commit it."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
