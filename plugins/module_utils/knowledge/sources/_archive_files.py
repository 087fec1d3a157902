# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a tar or zip archive, read where they lie: nothing is ever unpacked that is not asked for."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import bz2
import contextlib
import gzip
import lzma
import stat
import tarfile
import typing as t
import zipfile
import zlib

from ..._errors import DataError
from ..documents._convert import MAX_BYTES
from ._selection import FILE, LINK

if t.TYPE_CHECKING:
    import pathlib
    from collections.abc import Callable, Iterator, Sequence

MAX_EXPANDED: t.Final = 4 * 2**30
MAX_MEMBERS: t.Final = 200_000
# The largest piece of a tar archive that is held in memory: a long name or a header, for files are read by MAX_BYTES at most.
_MAX_PIECE: t.Final = 2 * MAX_BYTES
# How the archives begin that are compressed as a whole.
_COMPRESSIONS: t.Final[dict[bytes, Callable[[pathlib.Path], t.Any]]] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\x00": lzma.open}
_DAMAGE: t.Final = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    ValueError,
    LookupError,
    NotImplementedError,
    RuntimeError,
)


class _TooLargeError(Exception):
    """The archive expands to more than it may; the message says of what."""


@contextlib.contextmanager
def open_archive(file: pathlib.Path, where: str) -> Iterator[TarTree | ZipTree]:
    """Open an archive of which ``where`` is the address; raises DataError when it is none, damaged, or expands to too much."""
    with contextlib.ExitStack() as stack:
        with _reading(where):
            with file.open("rb") as stream:
                start = stream.read(512)
            tree: TarTree | ZipTree
            if start.startswith(b"PK\x03\x04"):
                tree = ZipTree(stack.enter_context(zipfile.ZipFile(file)), where)
            else:
                begin = next((begin for mark, begin in _COMPRESSIONS.items() if start.startswith(mark)), None)
                if begin is None and start[257:262] != b"ustar":
                    raise DataError(f"{where} is no .tar.gz, .tar.xz, .tar.bz2 or .zip archive; correct the archive's url in the catalogue.", file=where)
                plain = stack.enter_context(file.open("rb") if begin is None else begin(file))
                bounded = t.cast("t.IO[bytes]", _Bounded(plain))
                tree = TarTree(stack.enter_context(tarfile.open(fileobj=bounded, mode="r:", encoding="utf-8")), where)
                _read_to_the_end(plain, bounded)
        yield tree


class TarTree:
    """The members of a tar archive."""

    def __init__(self, archive: tarfile.TarFile, where: str) -> None:
        self._archive = archive
        self._where = where
        members: dict[str, tarfile.TarInfo] = {}
        for number, member in enumerate(archive, 1):
            _check_count(number)
            if not member.isdir():
                members[member.name] = member
        self._members = {_below_top(name, top): member for top in [_top(members)] for name, member in members.items()}
        self.kinds = {path: _tar_kind(member) for path, member in self._members.items()}

    def contents(self, paths: Sequence[str]) -> Iterator[tuple[str, bytes | None]]:
        """Yield the bytes of files and the targets of links, in the order of the archive."""
        for path in sorted(paths, key=lambda path: self._members[path].offset):
            with _reading(self._where):
                member = self._members[path]
                data: bytes | None = None
                if member.issym():
                    data = member.linkname.encode(errors="surrogateescape")
                elif member.size <= MAX_BYTES:
                    stream = self._archive.extractfile(member)
                    data = stream.read() if stream else b""
                    if len(data) != member.size:
                        raise EOFError
            yield path, data


class ZipTree:
    """The members of a zip archive."""

    def __init__(self, archive: zipfile.ZipFile, where: str) -> None:
        self._archive = archive
        self._where = where
        members = {member.filename: member for member in archive.infolist() if not member.is_dir()}
        _check_count(len(archive.infolist()))
        if sum(member.file_size for member in members.values()) > MAX_EXPANDED:
            raise _TooLargeError(f"{MAX_EXPANDED // 2**30} GiB")
        self._members = {_below_top(name, top): member for top in [_top(members)] for name, member in members.items()}
        self.kinds = {path: _zip_kind(member) for path, member in self._members.items()}

    def contents(self, paths: Sequence[str]) -> Iterator[tuple[str, bytes | None]]:
        """Yield the bytes of files and the targets of links."""
        for path in paths:
            # Whatever the directory of the archive says of the size.
            with _reading(self._where), self._archive.open(self._members[path]) as stream:
                data = stream.read(MAX_BYTES + 1)
            yield path, data if len(data) <= MAX_BYTES else None


class _Bounded:
    """An expanded stream that ends with an error where an archive is too large; tarfile reads and seeks it."""

    def __init__(self, stream: t.IO[bytes]) -> None:
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= _MAX_PIECE:
            raise _TooLargeError(f"{_MAX_PIECE // 2**20} MiB in one header")
        return self._stream.read(size)

    def seek(self, position: int, whence: int = 0) -> int:
        if position > MAX_EXPANDED or whence:
            raise _TooLargeError(f"{MAX_EXPANDED // 2**30} GiB")
        return self._stream.seek(position)

    def tell(self) -> int:
        position = self._stream.tell()
        if position > MAX_EXPANDED:
            raise _TooLargeError(f"{MAX_EXPANDED // 2**30} GiB")
        return position


def _read_to_the_end(plain: t.IO[bytes], bounded: t.IO[bytes]) -> None:
    """The checksum of a compressed archive is at its end, and tarfile takes a damaged header for the end."""
    while plain.read(2**20):
        bounded.tell()


@contextlib.contextmanager
def _reading(where: str) -> Iterator[None]:
    """Say what is wrong with an archive; the exceptions of the libraries that read it are many."""
    try:
        yield
    except _TooLargeError as exc:
        raise DataError(f"{where} expands to more than {exc}, which no documentation needs; look at what is in it.", file=where) from exc
    except PermissionError as exc:
        raise DataError(f"{where} may not be read by this account; see to its permissions.", file=where) from exc
    except _DAMAGE as exc:
        raise DataError(f"{where} is damaged or not whole ({str(exc) or 'it ends too early'}); get it again.", file=where) from exc


def _check_count(number: int) -> None:
    if number > MAX_MEMBERS:
        raise _TooLargeError(f"{MAX_MEMBERS:,} files")


def _top(names: t.Iterable[str]) -> str:
    """Return the one directory in which all of an archive is, "" when there is none; names that lead out do not count."""
    parts = [_clean(name).split("/") for name in names]
    tops = {part[0] if len(part) > 1 else "" for part in parts if part[0] and ".." not in part}
    return tops.pop() if len(tops) == 1 else ""


def _below_top(name: str, top: str) -> str:
    """An absolute name stays one, with an empty first part, and ``..`` stays too: both are refused with the file."""
    return _clean(name).removeprefix(f"{top}/") if top else _clean(name)


def _clean(name: str) -> str:
    while name.startswith("./"):
        name = name[2:]
    return name


def _tar_kind(member: tarfile.TarInfo) -> str:
    if member.isreg():
        return FILE
    return LINK if member.issym() else "another name of a file (a hard link)" if member.islnk() else "not a regular file"


def _zip_kind(member: zipfile.ZipInfo) -> str:
    kind = stat.S_IFMT(member.external_attr >> 16)
    if member.flag_bits & 1:
        return "encrypted"
    return LINK if kind == stat.S_IFLNK else FILE if kind in (0, stat.S_IFREG) else "not a regular file"
