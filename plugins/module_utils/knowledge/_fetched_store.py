# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fetched documentation on disk: the files of a product version as their makers write them, with a record of where they are from.

``fetched/PRODUCT/VERSION/`` is only ever replaced as a whole. What an interrupted fetch had is kept beside it for the next attempt.
"""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import collections
import contextlib
import dataclasses
import hashlib
import json
import os
import pathlib
import shutil
import threading
import typing as t

from .._errors import DataError
from .._files import write_atomically
from .sources._source import Earlier, Fetched, FetchedFile

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from .sources._source import Located

POSTS = "stackoverflow"  # as a product of the store: posts, those about each product as a version
RECORD = ".fetched.json"  # a name with a dot, so that it is no document
_PARTIAL = ".partial"
_OLD = ".old"


@dataclasses.dataclass(frozen=True)
class Record:
    """Where a directory of fetched documentation is from; ``deployed`` are the versions that it was fetched for, ``strip`` boilerplate to drop.

    ``entry`` is the digest of the catalogue entry by which it was fetched.
    """

    product: str
    version: str
    deployed: tuple[str, ...]
    source: str
    location: str
    reference: str
    match: str
    fetched_at: str
    license: str
    attribution: str
    strip: tuple[str, ...]
    entry: str
    fetched: Fetched

    @property
    def provenance(self) -> dict[str, str]:
        """What the index keeps and shows of it."""
        names = ("source", "location", "reference", "match", "fetched_at", "license", "attribution")
        return {**{name: getattr(self, name) for name in names}, "revision": self.fetched.revision}


class FetchedStore:
    """The fetched documentation below ``knowledge_dir``."""

    def __init__(self, knowledge_dir: str | os.PathLike[str]) -> None:
        self._root = pathlib.Path(knowledge_dir) / "fetched"
        self._locks: collections.defaultdict[str, threading.Lock] = collections.defaultdict(threading.Lock)

    @contextlib.contextmanager
    def one_at_a_time(self, product: str) -> Iterator[None]:
        """Keep two callers from fetching for the same product; the second one waits and finds what the first one has brought.

        An OSError inside becomes a DataError.
        """
        with self._locks[product]:
            try:
                yield
            except OSError as exc:
                raise DataError(f"{self._root} cannot be used ({exc.strerror or exc}); check the owner and the free space of knowledge_dir.") from exc

    def directory(self, product: str, version: str) -> pathlib.Path:
        """Where the files of a version are, or would be; posts are where they are shown to people."""
        for name in (product, version):
            if not name or name.startswith(".") or "/" in name or "\0" in name:
                raise DataError(f"'{name}' cannot be the name of a product or version; use letters, digits, dots and dashes.")
        return (self._root.parent if product == POSTS else self._root) / product / version

    def state_file(self, source: str) -> pathlib.Path:
        """Where a source keeps what it must know from one time to the next."""
        self._root.mkdir(parents=True, exist_ok=True, mode=0o700)
        return self._root / f".{source}.json"

    def record(self, product: str, version: str) -> Record | None:
        """The record of a version, None when it was never fetched."""
        directory = self.directory(product, version)
        self._restore(directory)
        return read_record(directory)

    def serving(self, product: str, deployed: str) -> Record | None:
        """The record of what was fetched for a deployed version."""
        records = (self.record(product, version) for version in self._versions(product))
        return next((record for record in records if record is not None and deployed in record.deployed), None)

    def _versions(self, product: str) -> list[str]:
        known = self.directory(product, "-").parent
        names = sorted(entry.name.removesuffix(_OLD).lstrip(".") for entry in known.iterdir() if entry.is_dir()) if known.is_dir() else []
        return [name for name in dict.fromkeys(names) if not name.endswith(_PARTIAL)]

    def earlier(self, product: str, version: str) -> Earlier | None:
        """The last whole fetch of a version."""
        record = self.record(product, version)
        return Earlier(record.fetched, self.directory(product, version)) if record else None

    @contextlib.contextmanager
    def attempt(self, product: str, version: str, located: Located) -> Iterator[pathlib.Path]:
        """A directory to fetch into: empty, or with what an interrupted attempt at the same ``located`` has left there."""
        directory = self._beside(self.directory(product, version), _PARTIAL)
        key = hashlib.sha256(json.dumps([located.source, located.location, located.reference, located.revision]).encode()).hexdigest()
        mark = directory.with_name(f"{directory.name}.for")
        try:
            directory.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            if not mark.is_file() or mark.read_text(encoding="ascii") != key:
                shutil.rmtree(directory, ignore_errors=True)
                mark.write_text(key, encoding="ascii")
            directory.mkdir(exist_ok=True, mode=0o700)
        except OSError as exc:
            raise DataError(f"{directory} cannot be written ({exc.strerror}); check the owner and the free space of knowledge_dir.") from exc
        yield directory

    def keep(self, record: Record) -> pathlib.Path:
        """Put what the attempt brought in place of what was there, with its record."""
        directory = self.directory(record.product, record.version)
        partial, old = self._beside(directory, _PARTIAL), self._beside(directory, _OLD)
        try:
            write_record(partial, record)
            self._restore(directory)
            if directory.exists():
                directory.rename(old)
            partial.rename(directory)
            shutil.rmtree(old, ignore_errors=True)
            partial.with_name(f"{partial.name}.for").unlink(missing_ok=True)
        except OSError as exc:
            raise DataError(f"{directory} cannot be written ({exc.strerror}); check the owner and the free space of knowledge_dir.") from exc
        return directory

    def serve(self, record: Record, deployed: str) -> Record:
        """Note that what was fetched serves a deployed version, and that nothing else of the product does."""
        for version in self._versions(record.product):
            other = self.record(record.product, version)
            if other is not None and other.version != record.version and deployed in other.deployed:
                less = tuple(served for served in other.deployed if served != deployed)
                write_record(self.directory(other.product, other.version), dataclasses.replace(other, deployed=less))
        if deployed not in record.deployed:
            record = dataclasses.replace(record, deployed=(*record.deployed, deployed))
            write_record(self.directory(record.product, record.version), record)
        return record

    def remove(self, product: str, version: str) -> bool:
        """Delete what was fetched of a version; return whether there was anything."""
        directory = self.directory(product, version)
        found = False
        for path in (directory, self._beside(directory, _PARTIAL), self._beside(directory, _OLD)):
            found = found or path.is_dir()
            shutil.rmtree(path, ignore_errors=True)
        self._beside(directory, _PARTIAL).with_name(f".{version}{_PARTIAL}.for").unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            directory.parent.rmdir()
        return found

    @staticmethod
    def _beside(directory: pathlib.Path, suffix: str) -> pathlib.Path:
        return directory.with_name(f".{directory.name}{suffix}")

    def _restore(self, directory: pathlib.Path) -> None:
        """Undo a replacement that was killed between its two renames."""
        old = self._beside(directory, _OLD)
        if not old.is_dir():
            return
        if directory.exists():
            shutil.rmtree(old, ignore_errors=True)
        else:
            old.rename(directory)


def read_record(directory: pathlib.Path) -> Record | None:
    """The record of a fetched directory; None for a directory that somebody made by hand. Raises DataError for a damaged one."""
    file = directory / RECORD
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        fetched = data.pop("fetched")
        files = {path: FetchedFile(**origin) for path, origin in fetched.pop("files").items()}
        skipped = [(str(place), str(reason)) for place, reason in fetched.pop("skipped")]
        lists: dict[str, t.Any] = {name: tuple(data.pop(name)) for name in ("deployed", "strip")}
        return Record(**data, **lists, fetched=Fetched(files=files, skipped=skipped, **fetched))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, LookupError, AttributeError) as exc:
        raise DataError(f"{file} is damaged ({type(exc).__name__}); remove its directory and fetch again.", file=str(file)) from exc


def write_record(directory: pathlib.Path, record: Record) -> None:
    """Write the record of a fetched directory, whole or not at all."""
    write_atomically(directory / RECORD, json.dumps(dataclasses.asdict(record), ensure_ascii=False, indent=1) + "\n")
