# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The knowledge base's SQLite file: its tables, a connection for each thread, transactions."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import contextlib
import dataclasses
import json
import pathlib
import sqlite3
import threading
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

SCHEMA = """
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE version (
    id INTEGER PRIMARY KEY, kind TEXT NOT NULL, product TEXT NOT NULL, version TEXT NOT NULL,
    source TEXT NOT NULL, digest TEXT NOT NULL, collection TEXT NOT NULL, indexed_at TEXT NOT NULL, chunks INTEGER NOT NULL,
    provenance TEXT NOT NULL, serves TEXT NOT NULL, tree TEXT NOT NULL,
    UNIQUE (kind, product, version));
CREATE TABLE page (
    id INTEGER PRIMARY KEY, version_id INTEGER NOT NULL REFERENCES version ON DELETE CASCADE, path TEXT NOT NULL,
    title TEXT NOT NULL, url TEXT NOT NULL, license TEXT NOT NULL, attribution TEXT NOT NULL, UNIQUE (version_id, path));
CREATE TABLE section (
    page_id INTEGER NOT NULL REFERENCES page ON DELETE CASCADE, number INTEGER NOT NULL, fingerprint TEXT NOT NULL,
    PRIMARY KEY (page_id, number)) WITHOUT ROWID;
CREATE INDEX section_fingerprint ON section (fingerprint);
CREATE TABLE chunk (
    id INTEGER PRIMARY KEY, content TEXT NOT NULL UNIQUE, fingerprint TEXT NOT NULL, title TEXT NOT NULL, headings TEXT NOT NULL, text TEXT NOT NULL);
CREATE INDEX chunk_fingerprint ON chunk (fingerprint);
CREATE TABLE vector (fingerprint TEXT PRIMARY KEY, vector BLOB NOT NULL);
CREATE TABLE placement (
    version_id INTEGER NOT NULL REFERENCES version ON DELETE CASCADE, page_id INTEGER NOT NULL REFERENCES page ON DELETE CASCADE,
    ordinal INTEGER NOT NULL, section INTEGER NOT NULL, anchor TEXT NOT NULL, chunk_id INTEGER NOT NULL REFERENCES chunk, joint TEXT,
    PRIMARY KEY (page_id, ordinal)) WITHOUT ROWID;
CREATE INDEX placement_chunk ON placement (chunk_id, version_id);
CREATE INDEX placement_version ON placement (version_id, chunk_id);
CREATE TABLE vocabulary (
    version_id INTEGER NOT NULL REFERENCES version ON DELETE CASCADE, sound TEXT NOT NULL, word TEXT NOT NULL, chunks INTEGER NOT NULL,
    PRIMARY KEY (version_id, sound, word)) WITHOUT ROWID;
CREATE TABLE removed_tree (tree TEXT PRIMARY KEY) WITHOUT ROWID;
"""
_VERSION_COLUMNS = "id, kind, product, version, source, digest, collection, indexed_at, chunks, provenance, serves, tree"
_LOOKUPS = 500  # values of one query


@dataclasses.dataclass(frozen=True)
class IndexedVersion:
    """One documentation version of one product; house runbooks without a product have the product ''.

    ``provenance`` says where the documentation is from (source, location, reference, revision, match, license, attribution,
    fetched_at, as far as known), ``serves`` for which deployed versions it was chosen. ``tree`` is the directory of the
    converted pages below the knowledge base's; '' when the pages were indexed from there.
    """

    id: int
    kind: str
    product: str
    version: str
    source: str
    digest: str
    collection: str
    indexed_at: str
    chunks: int
    provenance: Mapping[str, str] = dataclasses.field(default_factory=dict, hash=False)
    serves: tuple[str, ...] = ()
    tree: str = ""

    @property
    def words_table(self) -> str:
        """The full-text table of this version's chunks, rowid = chunk id. Its own, so that a word's rarity is that in this documentation."""
        return f"words_{self.id}"

    @property
    def token(self) -> str:
        """What tells this state of the version from earlier ones."""
        return self.collection.rpartition("-")[2]


class Database:
    """The file ``path``. Threads may share it."""

    def __init__(self, path: pathlib.Path) -> None:
        self._path = path
        self._local = threading.local()
        self._versions: tuple[list[tuple[t.Any, ...]], list[IndexedVersion]] = ([], [])  # rows, and what they say

    @property
    def connection(self) -> sqlite3.Connection:
        """This thread's connection."""
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self._path, isolation_level=None, timeout=30)
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
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """What is written inside is there as a whole or, after an error, not at all."""
        connection = self.connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            # SQLite has rolled back by itself when the disk is full.
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    def create(self, settings: Mapping[str, str]) -> dict[str, str]:
        """Make the tables with these settings if there are none; return the settings that are stored."""
        connection = self.connection
        connection.execute("PRAGMA journal_mode = WAL")
        if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            with self.transaction():
                for statement in _statements(SCHEMA):
                    connection.execute(statement)
                connection.executemany("INSERT INTO setting VALUES (?, ?)", settings.items())
        return dict(connection.execute("SELECT name, value FROM setting"))

    def versions(self) -> list[IndexedVersion]:
        """Everything that is indexed, by kind, product and version."""
        rows = self.connection.execute(f"SELECT {_VERSION_COLUMNS} FROM version ORDER BY kind, product, version").fetchall()  # noqa: S608 - constants
        known_rows, versions = self._versions
        if rows != known_rows:
            versions = [
                dataclasses.replace(IndexedVersion(*facts), provenance=json.loads(provenance), serves=tuple(json.loads(serves)), tree=tree)
                for *facts, provenance, serves, tree in rows
            ]
            self._versions = (rows, versions)
        return list(versions)

    def known(self, table: str, column: str, values: Sequence[str], wanted: str = "1") -> dict[str, t.Any]:
        """Of ``values`` of a column those that a table has, each with the ``wanted`` column of its row."""
        found: dict[str, t.Any] = {}
        for start in range(0, len(values), _LOOKUPS):
            part = values[start : start + _LOOKUPS]
            marks = ", ".join("?" * len(part))
            found.update(self.connection.execute(f"SELECT {column}, {wanted} FROM {table} WHERE {column} IN ({marks})", part))  # noqa: S608 - constants
        return found

    def counts(self) -> dict[int, dict[str, int]]:
        """Pages, sections and chunks by version id."""
        counts: dict[int, dict[str, int]] = {version.id: {"pages": 0, "sections": 0, "chunks": version.chunks} for version in self.versions()}
        for name, query in (
            ("pages", "SELECT version_id, count(*) FROM page GROUP BY version_id"),
            ("sections", "SELECT version_id, count(*) FROM section JOIN page ON page.id = page_id GROUP BY version_id"),
        ):
            for version_id, number in self.connection.execute(query):
                counts[version_id][name] = number
        return counts


def _statements(script: str) -> Iterable[str]:
    """Split a script into statements that can run inside one transaction; executescript() would commit it."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
