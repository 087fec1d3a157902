# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs where: the versions CSV behind an SQLite index on disk, since every worker of Ansible is a new process."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import array
import collections
import contextlib
import gc
import hashlib
import heapq
import json
import os
import pathlib
import threading
import typing as t
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from .._errors import DataError
from .._files import replacing
from ..catalogue._entries import entries, spaced
from ._host_keys import host_key, short_name
from ._installed import Installed
from ._products import normalise_product

if t.TYPE_CHECKING:
    import sqlite3

    from ._versions_reader import Table

_SCHEMA_VERSION: t.Final = 3  # raise it when the tables, the reader or the code of normal forms change
_SCHEMA: t.Final = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT);
CREATE TABLE server (id INTEGER PRIMARY KEY, name TEXT, key TEXT, short TEXT, address INTEGER, software BLOB);
CREATE TABLE product (id INTEGER PRIMARY KEY, name TEXT, key TEXT, servers INTEGER);
CREATE TABLE software (id INTEGER PRIMARY KEY, product INTEGER, version TEXT, os_version TEXT, servers BLOB);
"""
_INDEXES: t.Final = """
CREATE UNIQUE INDEX server_key ON server (key);
CREATE INDEX server_short ON server (short);
CREATE UNIQUE INDEX product_key ON product (key);
CREATE INDEX software_product ON software (product, version);
"""
# Which software a server has, and the other way round, is in blobs of ids: rows of their own would take most of the time of building.
_IDS: t.Final = "I"
_CHUNK: t.Final = 500  # parameters per query; SQLite before 3.32 takes 999


def _ids(blob: bytes) -> array.array[int]:
    ids = array.array(_IDS)
    ids.frombytes(blob)
    return ids


def _is_address(key: str) -> bool:
    return ":" in key or key.replace(".", "").isdigit()


def _address(key: str) -> str:
    """Return an address in the one form that an inventory is asked for; other text as it is."""
    import ipaddress

    try:
        return str(ipaddress.ip_address(key.strip("[]")))
    except ValueError:
        return key


class Versions:
    """The versions CSV. Servers are matched as inventories name them: case does not count, and a short name fits the one full name that begins with it."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._db = database
        self._asking = threading.Lock()  # of two threads with one statement each would get parts of the other's rows
        self._ids: dict[str, int] | None = None
        self._names: dict[str, str] | None = None
        self._host_of: dict[str, str] = {}  # key of a server that is an address -> the host of that address
        self._addresses: dict[str, list[str]] = {}  # key of a host -> keys of servers that are its addresses

    def _rows(self, query: str, values: Sequence[object] = ()) -> list[t.Any]:
        with self._asking:
            return self._db.execute(query, values).fetchall()

    @property
    def warnings(self) -> list[str]:
        """What was skipped in the file, each with file and line."""
        return t.cast("list[str]", json.loads(self._meta("warnings")))

    @property
    def skipped(self) -> int:
        """How many rows could not be used."""
        return int(self._meta("skipped"))

    @property
    def faults(self) -> int:
        """How many rows could not be used, or not wholly."""
        return self.skipped + int(self._meta("unclear"))

    @property
    def path(self) -> str:
        """The absolute path of the file."""
        return self._meta("path")

    @property
    def has_addresses(self) -> bool:
        """Tell whether the file names servers by their addresses."""
        return self._meta("addresses") != "0"

    def name_addresses(self, hosts: Mapping[str, str]) -> None:
        """Take servers that are given by address for the hosts that have it; ``hosts`` is IP address -> host of the inventory."""
        named = ((str(key), hosts.get(_address(str(key)))) for (key,) in self._rows("SELECT key FROM server WHERE address"))
        self._host_of = {key: host for key, host in named if host is not None}
        self._addresses = {}
        for key, host in self._host_of.items():
            self._addresses.setdefault(host_key(host), []).append(key)

    def _meta(self, key: str) -> str:
        return str(self._rows("SELECT value FROM meta WHERE key = ?", (key,))[0][0])

    def summary(self) -> dict[str, dict[str, int]]:
        """Return product -> version -> number of servers, for the whole file, most first."""
        found: dict[str, dict[str, int]] = {}
        for (product,) in self._rows("SELECT name FROM product ORDER BY servers DESC, name"):
            found[product] = self.version_counts(product)
        return found

    def product_names(self) -> dict[str, str]:
        """Return comparable form (`spaced`) -> product, to look up what a question names."""
        if self._names is None:
            self._names = dict(self._rows("SELECT key, name FROM product"))
        return self._names

    def version_counts(self, product: str) -> dict[str, int]:
        """Return version -> number of servers of one product, most first."""
        query = "SELECT version, sum(length(servers)) / ? AS servers FROM software WHERE product = ? GROUP BY version ORDER BY servers DESC, version"
        return dict(self._rows(query, (array.array(_IDS).itemsize, self._product_id(product))))

    def examples(self, product: str, version: str, limit: int) -> list[str]:
        """Return the first ``limit`` servers that run this version of ``product``."""
        rows = self._rows("SELECT servers FROM software WHERE product = ? AND version = ?", (self._product_id(product), version))
        servers = heapq.nsmallest(limit, (server for (blob,) in rows for server in _ids(blob)))
        names = {number: str(name) for number, name in self._in_chunks("SELECT id, name FROM server WHERE id IN ({})", servers)}
        return [self._host_of.get(host_key(names[server]), names[server]) for server in servers]

    def find_server(self, name: str) -> list[str]:
        """Return the servers of the file that a name means: itself, or the full names that begin with it."""
        key = host_key(name)
        rows = self._rows("SELECT name FROM server WHERE key = ?", (key,))
        rows = rows or self._rows("SELECT name FROM server WHERE short = ? ORDER BY key", (key,))
        return [str(row[0]) for row in rows]

    def for_servers(self, names: Iterable[str], *, shared_short_names: Collection[str] = ()) -> dict[str, list[Installed]]:
        """Return server -> software for the given host names; a host without rows has an empty list.

        ``shared_short_names`` are first labels that several hosts of the inventory have: these match by their full name only.
        """
        owners: dict[int, list[str]] = {}
        found: dict[str, list[Installed]] = {}
        for name in names:
            found[name] = []
            for server in self._match(name, shared_short_names):
                owners.setdefault(server, []).append(name)
        software_of = {server: _ids(blob) for server, blob in self._in_chunks("SELECT id, software FROM server WHERE id IN ({})", list(owners))}
        software = self._software({number for ids in software_of.values() for number in ids})
        for server, ids in software_of.items():
            for name in owners[server]:
                found[name] = sorted({*found[name], *(software[number] for number in ids)})
        return found

    def counts_for_servers(self, names: Collection[str], *, shared_short_names: Collection[str] = ()) -> dict[str, dict[str, int]]:
        """Return product -> version -> number of the given hosts, most first; for thousands of hosts cheaper than `for_servers`."""
        servers = {server for name in names for server in self._match(name, shared_short_names, many=len(names) > 50)}
        totals = collections.Counter(
            number for (blob,) in self._in_chunks("SELECT software FROM server WHERE id IN ({})", list(servers)) for number in _ids(blob)
        )
        counts: dict[tuple[str, str], int] = collections.Counter()
        for number, software in self._software(totals).items():
            counts[software[:2]] += totals[number]
        found: dict[str, dict[str, int]] = {}
        for (product, version), count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
            found.setdefault(product, {})[version] = count
        return dict(sorted(found.items(), key=lambda item: -sum(item[1].values())))

    def _software(self, ids: Collection[int]) -> dict[int, Installed]:
        query = "SELECT w.id, p.name, w.version, w.os_version FROM software w JOIN product p ON p.id = w.product WHERE w.id IN ({})"
        return {number: Installed(*fields) for number, *fields in self._in_chunks(query, list(ids))}

    def examples_among(self, names: Iterable[str], product: str, version: str, limit: int, *, shared_short_names: Collection[str] = ()) -> list[str]:
        """Return the first ``limit`` of the given hosts that run this version of ``product``."""
        found: list[str] = []
        rows = self._rows("SELECT servers FROM software WHERE product = ? AND version = ?", (self._product_id(product), version))
        running = {server for (blob,) in rows for server in _ids(blob)}
        for name in names:
            # For a large group `counts_for_servers` has read the ids already.
            if not running.isdisjoint(self._match(name, shared_short_names, many=self._ids is not None)) and name not in found:
                found.append(name)
            if len(found) >= limit:
                break
        return found

    def lost_servers(self, fits: Callable[[str, str], bool], product: str) -> list[str]:
        """Return the servers of a product that no host of an inventory fits; ``fits`` is asked with the key and the short name of each."""
        rows = self._rows("SELECT servers FROM software WHERE product = ?", (self._product_id(product),))
        servers = sorted({server for (blob,) in rows for server in _ids(blob)})
        named = self._in_chunks("SELECT name, key, short FROM server WHERE id IN ({}) ORDER BY id", servers)
        return [str(name) for name, key, short in named if key not in self._host_of and not fits(key, short)]

    def _product_id(self, product: str) -> int:
        rows = self._rows("SELECT id FROM product WHERE key = ?", (spaced(normalise_product(product)),))
        return int(rows[0][0]) if rows else -1

    def _match(self, name: str, shared: Collection[str], *, many: bool = False) -> list[int]:
        """Return the ids of the servers that a host of the inventory is."""
        key = host_key(name)
        by_address = [row[0] for address in self._addresses.get(key, ()) for row in self._rows("SELECT id FROM server WHERE key = ?", (address,))]
        return by_address + self._match_name(key, shared, many=many)

    def _match_name(self, key: str, shared: Collection[str], *, many: bool) -> list[int]:
        short = short_name(key)
        if many:
            if self._ids is None:
                self._ids = dict(self._rows("SELECT key, id FROM server"))
            found = [self._ids[form] for form in ((key,) if short in shared else {key, short}) if form in self._ids]
            if found or short != key:
                return found
        else:
            found = [row[0] for row in self._rows("SELECT id FROM server WHERE key = ?", (key,))]
        if short in shared:
            return found
        if short != key:
            return found + [row[0] for row in self._rows("SELECT id FROM server WHERE key = ?", (short,))]
        full = [row[0] for row in self._rows("SELECT id FROM server WHERE short = ? AND key <> ?", (key, key))]
        return found + full if len(full) == 1 else found

    def _in_chunks(self, query: str, values: list[int]) -> Iterator[t.Any]:
        for start in range(0, len(values), _CHUNK):
            part = values[start : start + _CHUNK]
            yield from self._rows(query.format(",".join("?" * len(part))), part)


_opened: dict[tuple[t.Any, ...], Versions] = {}


def open_versions(path: str | os.PathLike[str], *, encoding: str | None = None, cache_dir: str | os.PathLike[str] | None = None) -> Versions:
    """Open a versions CSV, by its index in ``cache_dir`` when that is up to date; otherwise read it and leave an index there.

    The index is keyed by the file's path, size, time of change and inode and by the catalogue's names, and is private to its owner. Without
    ``cache_dir`` (a decrypted temporary copy must leave no trace), or where it cannot be written, the index lives in memory. Raises DataError
    and ConfigError as `read_versions`.
    """
    name = os.path.abspath(os.fspath(path))
    try:
        status = os.stat(name)
    except OSError as exc:
        raise DataError(f"The versions CSV {name} cannot be read ({exc.strerror}); check the path in versions_csv and the permissions.", file=name) from exc
    # The process is part of the key: an SQLite connection must not cross a fork.
    names = entries().names_digest
    key = (os.getpid(), name, status.st_size, status.st_mtime_ns, status.st_ino, encoding, names, None if cache_dir is None else os.fspath(cache_dir))
    versions = _opened.get(key)
    if versions is None:
        identity = _digest(*key[1:7], _SCHEMA_VERSION)
        with _collector_paused():
            database = None if cache_dir is None else _open_on_disk(name, encoding, pathlib.Path(cache_dir).absolute(), identity)
            versions = Versions(database or _build(name, _read(name, encoding), ":memory:"))
        _opened.clear()
        _opened[key] = versions
    return versions


@contextlib.contextmanager
def _collector_paused() -> Iterator[None]:
    """Reading makes many objects and no cycles; each collection meanwhile would walk the whole inventory that Ansible holds."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _digest(*parts: object) -> str:
    return hashlib.sha256("\0".join(map(str, parts)).encode("utf-8", "surrogateescape")).hexdigest()[:24]


def _open_on_disk(name: str, encoding: str | None, directory: pathlib.Path, identity: str) -> sqlite3.Connection | None:
    """Return the index on disk, made by one process while the others wait; None when the directory cannot be used."""
    import sqlite3

    family = f"versions-{_digest(name)}"
    index = directory / f"{family}-{identity}.sqlite"
    database = _open_index(index)
    if database is not None:
        return database
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _locked(directory / f"{family}.lock"):
            database = _open_index(index)
            if database is None:
                table = _read(name, encoding)
                with replacing(index) as draft:
                    _build(name, table, str(draft)).close()
                for old in directory.glob(f"{family}-*.sqlite"):
                    if old != index:
                        old.unlink(missing_ok=True)
                database = _open_index(index)
    except (OSError, sqlite3.Error):
        return None  # a full disk, a read-only or foreign directory: the answer does not need the index, only its speed does
    return database


def _open_index(index: pathlib.Path) -> sqlite3.Connection | None:
    import sqlite3

    try:
        if index.lstat().st_uid != os.geteuid():
            return None
        # It is replaced as a whole and never written again, so it needs no locks.
        database = sqlite3.connect(f"{index.as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False)
    except (OSError, sqlite3.Error):
        return None
    try:
        database.execute("SELECT value FROM meta WHERE key = 'path'").fetchone()[0]
    except (sqlite3.Error, TypeError):
        database.close()
        return None
    return database


@contextlib.contextmanager
def _locked(path: pathlib.Path) -> Iterator[None]:
    import fcntl

    handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
    try:
        with contextlib.suppress(OSError):  # a file system without locks: the work may be done twice, the result is the same
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _read(name: str, encoding: str | None) -> Table:
    # Most workers find the index ready and need no reader.
    from ._versions_reader import read_versions

    return read_versions(name, encoding)


def _build(name: str, table: Table, target: str) -> sqlite3.Connection:
    import sqlite3

    servers: dict[str, tuple[int, str, str, str, bool]] = {}
    server_ids: dict[str, int] = {}
    for server in dict.fromkeys(name for name, _software in table.installed):
        key = host_key(server)
        server_ids[server] = servers.setdefault(key, (len(servers), server.rstrip("."), key, short_name(key), _is_address(key)))[0]
    software = {item: number for number, item in enumerate(dict.fromkeys(item for _server, item in table.installed))}
    software_of: list[list[Installed]] = [[] for _server in servers]
    for server, item in table.installed:
        software_of[server_ids[server]].append(item)
    servers_of = [array.array(_IDS) for _item in software]
    blobs: list[bytes] = []
    for number, items in enumerate(software_of):
        ids = [software[item] for item in _distinct(items)]
        blobs.append(array.array(_IDS, ids).tobytes())
        for item_id in ids:
            servers_of[item_id].append(number)
    products: dict[str, set[int]] = {}
    for item, item_id in software.items():
        products.setdefault(item.product, set()).update(servers_of[item_id])
    product_ids = {product: number for number, product in enumerate(products)}
    database = sqlite3.connect(target, check_same_thread=False)
    database.executescript(f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; {_SCHEMA}")
    database.executemany("INSERT INTO server VALUES (?, ?, ?, ?, ?, ?)", ((*server, blob) for server, blob in zip(servers.values(), blobs, strict=True)))
    database.executemany(
        "INSERT INTO product VALUES (?, ?, ?, ?)", [(product_ids[product], product, spaced(product), len(running)) for product, running in products.items()]
    )
    database.executemany(
        "INSERT INTO software VALUES (?, ?, ?, ?, ?)",
        (
            (item_id, product_ids[item.product], item.version, item.os_version, servers_of[item_id].tobytes())
            for item, item_id in software.items()
            if servers_of[item_id]
        ),
    )
    addresses = sum(server[4] for server in servers.values())
    counts = {"skipped": table.skipped, "unclear": table.unclear, "addresses": addresses}
    meta = {"path": name, "warnings": json.dumps(table.warnings), **{key: str(count) for key, count in counts.items()}}
    database.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
    database.executescript(_INDEXES)
    database.commit()
    return database


def _distinct(items: list[Installed]) -> Iterable[Installed]:
    """The software of one server, each product and version once: of two that differ in the system the first one counts."""
    return {item[:2]: item for item in reversed(items)}.values()
