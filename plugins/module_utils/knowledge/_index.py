# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known, on disk: SQLite holds pages, chunks, their full-text index and vectors; Chroma is built from it and can be rebuilt."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import json
import os
import pathlib
import sqlite3
import threading
import typing as t

from .._errors import DataError
from ._bm25 import Words
from ._change import STALE, Change, NewVersion, StoredChunk, StoredPage
from ._chunks import CHUNKER_VERSION, Chunk, section_fingerprint
from ._collections import Collections
from ._converted_pages import ConvertedPages, begin, remove_tree, settle, size_of
from ._database import Database, IndexedVersion
from ._kept_arrays import KeptArrays, Pair
from ._metadata import write_metadata

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from ..clients._embedding import Embedder
    from ..clients._vector_store import VectorStore

__all__ = ["SECTION_SHARE", "IndexReport", "IndexedVersion", "KnowledgeIndex", "PageChunks"]

_EMBED_BATCH = 128
_BALLAST_BYTES = 256 * 1024
SECTION_SHARE = 0.2  # of a chunk's vector in the vector store that is its section's mean


@dataclasses.dataclass(frozen=True)
class PageChunks:
    """A converted page with its chunks, ready for the index."""

    path: str
    title: str
    url: str
    license: str
    attribution: str
    chunks: Sequence[Chunk]

    def sections(self) -> dict[int, str]:
        """Hashes of the sections by their numbers; the same words in another version have the same hash."""
        texts: dict[int, list[str]] = {}
        for chunk in self.chunks:
            texts.setdefault(chunk.section_id, []).append(chunk.embed_text)
        return {number: section_fingerprint(" ".join(parts)) for number, parts in texts.items()}


@dataclasses.dataclass(frozen=True)
class IndexReport:
    """What indexing one version did; ``embedded`` counts the chunks that were not known by fingerprint."""

    pages: int
    chunks: int
    embedded: int


@dataclasses.dataclass(frozen=True)
class Comparison:
    """Pages beside what is indexed: ``sections_changed`` are those that no indexed version has, ``to_embed`` chunks have no vector yet."""

    chunks: int
    to_embed: int
    sections: int
    sections_changed: int


class KnowledgeIndex:
    """The knowledge base in ``directory``. One process may have it open (the gateway sees to that); threads may share it."""

    def __init__(
        self,
        directory: str | os.PathLike[str],
        *,
        embedder_name: str,
        store: Callable[[str], VectorStore],
        section_share: float = SECTION_SHARE,
    ) -> None:
        self.directory = pathlib.Path(directory)
        self.embedder_name = embedder_name
        self.token_counts: dict[int, int] = {}  # by hash of the text, for indexing
        self._section_share = section_share
        self._write_lock = threading.RLock()
        self._database = Database(self.directory / "index.sqlite")
        self._kept = KeptArrays()
        self.words = Words(self._database, self._kept)
        with self._failing("opened", "check the directory's owner and free space"):
            self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._open()
        self.store = store(str(self.directory / "chroma"))
        self.collections = Collections(self._database, self.store, section_share, self._write_lock)
        with self._failing("opened", "check the directory's owner and free space"):
            self._repair()

    # -- opening -------------------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _failing(self, done: str, hint: str) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.Error) as exc:
            raise DataError(f"The knowledge base in {self.directory} cannot be {done} ({exc}); {hint}.") from exc

    def _open(self) -> None:
        """Open SQLite's file, on a full disk too: for that SQLite needs another one, of a few dozen kilobytes, for which a file of that use makes room."""
        ballast = self.directory / "ballast"
        try:
            self._check_maker()
        except sqlite3.OperationalError:
            if not ballast.exists():
                raise
            ballast.unlink()
            self._check_maker()
        if not ballast.exists():
            try:
                ballast.write_bytes(os.urandom(_BALLAST_BYTES))
            except OSError:
                ballast.unlink(missing_ok=True)

    def _check_maker(self) -> None:
        made_with = {"embedder": self.embedder_name, "chunker": str(CHUNKER_VERSION)}
        found = self._database.create(made_with)
        for part, value in made_with.items():
            if found.get(part) != value:
                other_way = ", or set the embedding options back" if part == "embedder" else ""
                raise DataError(
                    f"The knowledge base in {self.directory} was made with the {part} '{found.get(part)}', not '{value}'; "
                    f"remove that directory and index again with playbooks/ingest.yml{other_way}."
                )

    def _repair(self) -> None:
        """Make everything beside SQLite equal to it again: what a killed run left behind is dropped, what it did not come to is done."""
        versions = self.versions()
        self.collections.open()
        settle(self.directory, versions)
        self._remove_trees()
        if self.connection.execute("SELECT 1 FROM setting WHERE name = ?", (STALE,)).fetchone():
            self._write_metadata()

    # -- reading -------------------------------------------------------------------------------------------------------------

    @property
    def connection(self) -> sqlite3.Connection:
        """This thread's connection."""
        return self._database.connection

    def snapshot(self) -> contextlib.AbstractContextManager[None]:
        """Everything read inside is of one state, whatever is being indexed meanwhile."""
        return self._database.snapshot()

    def versions(self) -> list[IndexedVersion]:
        """Everything that is indexed, by kind, product and version."""
        return self._database.versions()

    def find(self, kind: str, product: str, version: str) -> IndexedVersion | None:
        """The indexed version of that name, if there is one."""
        return next((known for known in self.versions() if (known.kind, known.product, known.version) == (kind, product, version)), None)

    def counts(self) -> dict[int, dict[str, int]]:
        """Pages, sections and chunks by version id."""
        return self._database.counts()

    def sizes(self) -> dict[str, t.Any]:
        """What each version holds, and the disk that is taken.

        Returns ``{versions: [{kind, product, version, pages, sections, chunks, converted_bytes}], sqlite_bytes, chroma_bytes}``.
        """
        counts = self.counts()
        versions = [
            {
                "kind": known.kind,
                "product": known.product,
                "version": known.version,
                **counts.get(known.id, {}),
                "converted_bytes": size_of(self.directory / known.tree) if known.tree else 0,
            }
            for known in self.versions()
        ]
        files = (self.directory / f"index.sqlite{suffix}" for suffix in ("", "-wal", "-shm"))
        sqlite_bytes = sum(file.stat().st_size for file in files if file.exists())
        return {"versions": versions, "sqlite_bytes": sqlite_bytes, "chroma_bytes": size_of(self.directory / "chroma")}

    def similar_sounding(self, version_ids: Sequence[int], sound: str) -> dict[str, int]:
        """Words of these versions that sound so, with the number of chunks that have them."""
        marks = ", ".join("?" * len(version_ids))
        rows = self.connection.execute(
            f"SELECT word, sum(chunks) FROM vocabulary WHERE version_id IN ({marks}) AND sound = ? GROUP BY word",  # noqa: S608 - only marks are filled in
            (*version_ids, sound),
        )
        return dict(rows.fetchall())

    def pages(self, version: IndexedVersion, chunk_ids: Sequence[int]) -> list[int]:
        """Ids of the first page of the version that each of these chunks, which it has, stands in."""
        import numpy

        def read() -> Pair:
            query = "SELECT chunk_id, min(page_id) FROM placement WHERE version_id = ? GROUP BY chunk_id ORDER BY chunk_id"
            rows = numpy.array(self.connection.execute(query, (version.id,)).fetchall(), numpy.int64).reshape(-1, 2)
            return rows[:, 0].copy(), rows[:, 1].copy()

        known, pages = self._kept.get((version.collection, ""), read)
        return t.cast("list[int]", pages[numpy.searchsorted(known, chunk_ids)].tolist())

    def compare(self, pages: Iterable[PageChunks]) -> Comparison:
        """Tell what indexing these pages would embed. Nothing is changed."""
        sections: list[str] = []
        contents: set[str] = set()
        fingerprints: dict[str, None] = {}
        for page in pages:
            sections.extend(page.sections().values())
            for stored in map(self._stored, page.chunks):
                contents.add(stored.content)
                fingerprints[stored.fingerprint] = None
        known = self._database.known("section", "fingerprint", list(dict.fromkeys(sections)))
        embedded = self._database.known("vector", "fingerprint", list(fingerprints))
        return Comparison(len(contents), len(fingerprints) - len(embedded), len(sections), sum(section not in known for section in sections))

    # -- writing -------------------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def change(self) -> Iterator[Change]:
        """Versions that are added inside are there together when it ends; after an error, and after a kill, the old state is whole."""
        with self._write_lock:
            change = Change(self._database, self.store, self._section_share)
            try:
                with contextlib.ExitStack() as stack:
                    connection = stack.enter_context(self._database.transaction())
                    yield change
                    change.drop_orphans()
                    connection.execute("INSERT OR REPLACE INTO setting VALUES (?, '')", (STALE,))
            except BaseException:
                change.undo()
                raise
            change.finish()
            self._remove_trees()
            self._write_metadata()

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Nobody else changes anything meanwhile."""
        with self._write_lock:
            yield

    def convert_to(self, kind: str, product: str, version: str, *, source: str | None) -> ConvertedPages | None:
        """Begin the version's tree of converted pages, for put(); None when ``source`` is where such pages are kept."""
        return begin(self.directory, kind, product, version, source=source, owned={known.tree for known in self.versions()})

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
        provenance: Mapping[str, str] | None = None,
        deployed: Sequence[str] = (),
        tree: ConvertedPages | None = None,
    ) -> IndexReport:
        """Index one version in place of what was known of it. Atomic: until the end, and after a kill, the old state is whole.

        ``progress`` is called with (chunks embedded so far, chunks to embed).
        """
        pages = list(pages)
        stored = [[self._stored(chunk) for chunk in page.chunks] for page in pages]
        chunks = {chunk.content: chunk for of_page in stored for chunk in of_page}
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        new = NewVersion(kind, product, version, source, digest, now, provenance or {}, tuple(deployed))
        try:
            with self._write_lock:
                texts: dict[str, str] = {}
                for page, of_page in zip(pages, stored, strict=True):
                    texts.update((kept.fingerprint, chunk.embed_text) for chunk, kept in zip(page.chunks, of_page, strict=True))
                embedded = self._embed_missing(texts, embedder, progress)
                with self.change() as change:
                    change.add_version(new, map(_stored_page, pages, stored), change.add_chunks(chunks), tree)
        except (OSError, sqlite3.Error) as exc:
            raise DataError(f"Indexing {product or kind} {version} into {self.directory} failed ({exc}); what was indexed before is untouched.") from exc
        return IndexReport(len(pages), len(chunks), embedded)

    def remove(self, version: IndexedVersion) -> None:
        """Forget one version and its converted pages."""
        with self._failing("changed", "check the directory's owner and free space"), self.change() as change:
            change.remove(version)

    def add_deployed(self, version: IndexedVersion, deployed: Iterable[str]) -> bool:
        """Note for which deployed versions this documentation was chosen, too, and no other of the product any more; tell whether that is new."""
        chosen = set(deployed)
        for other in self.versions():
            if (other.kind, other.product) == (version.kind, version.product) and other.id != version.id and chosen.intersection(other.serves):
                self._update(other, "serves", lambda known: sorted({*known} - chosen))
        return self._update(version, "serves", lambda known: sorted({*known, *chosen}))

    def set_provenance(self, version: IndexedVersion, provenance: Mapping[str, str]) -> bool:
        """Note where the documentation, which did not change, was found this time; tell whether that is new."""
        return self._update(version, "provenance", lambda _known: dict(provenance))

    def _update(self, version: IndexedVersion, column: str, change: Callable[[t.Any], t.Any]) -> bool:
        with self._failing("changed", "check the directory's owner and free space"), self._write_lock:
            with self._database.transaction() as connection:
                before = json.loads(connection.execute(f"SELECT {column} FROM version WHERE id = ?", (version.id,)).fetchone()[0])  # noqa: S608 - constants
                after = change(before)
                if after == before:
                    return False
                connection.execute(f"UPDATE version SET {column} = ? WHERE id = ?", (json.dumps(after, ensure_ascii=False), version.id))  # noqa: S608
                connection.execute("INSERT OR REPLACE INTO setting VALUES (?, '')", (STALE,))
            self._write_metadata()
        return True

    def _stored(self, chunk: Chunk) -> StoredChunk:
        return StoredChunk(section_fingerprint(f"{self.embedder_name} {chunk.embed_text}"), chunk.title, " > ".join(chunk.headings), chunk.text)

    def _embed_missing(self, texts: Mapping[str, str], embedder: Embedder, progress: Callable[[int, int], None]) -> int:
        """Embed the texts whose fingerprints have no vector yet. Each batch is kept at once, so that a killed run goes on where it was."""
        known = self._database.known("vector", "fingerprint", list(texts))
        # Texts of one length together: the embedder pads every batch to its longest text.
        missing = sorted((key for key in texts if key not in known), key=lambda key: -len(texts[key]))
        progress(0, len(missing))
        for start in range(0, len(missing), _EMBED_BATCH):
            batch = missing[start : start + _EMBED_BATCH]
            vectors = embedder.embed_passages([texts[key] for key in batch])
            with self._database.transaction() as connection:
                rows = ((key, vector.tobytes()) for key, vector in zip(batch, vectors, strict=True))
                connection.executemany("INSERT OR REPLACE INTO vector VALUES (?, ?)", rows)
            progress(start + len(batch), len(missing))
        return len(missing)

    def _remove_trees(self) -> None:
        """Remove the trees of versions that are forgotten, but not one that another version has since."""
        owned = {version.tree for version in self.versions()}
        for (tree,) in self.connection.execute("SELECT tree FROM removed_tree").fetchall():
            if tree not in owned:
                remove_tree(self.directory, tree)
            self.connection.execute("DELETE FROM removed_tree WHERE tree = ?", (tree,))

    def _write_metadata(self) -> None:
        write_metadata(self.directory, self._database, self.embedder_name)
        self.connection.execute("DELETE FROM setting WHERE name = ?", (STALE,))


def _stored_page(page: PageChunks, stored: Sequence[StoredChunk]) -> StoredPage:
    chunks = [(chunk.section_id, chunk.anchor or "", kept.content, chunk.joint) for chunk, kept in zip(page.chunks, stored, strict=True)]
    return StoredPage(page.path, page.title, page.url, page.license, page.attribution, chunks, page.sections())
