# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file in which indexed versions travel: a zip archive with a manifest, and the SHA-256 of everything before it as its comment.

Members: manifest.json; chunks.jsonl, one chunk a line; vectors.bin, the chunks' vectors in the same order (float32, little endian);
versions/N.jsonl, the pages of version N of the manifest with their chunks by content; the converted pages under their names in
the knowledge base.
"""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import pathlib
import typing as t
import zipfile
import zlib

from .._errors import DataError
from ._converted_pages import ROOTS, tree_of

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FORMAT: t.Final = 1
MANIFEST, CHUNKS, VECTORS = "manifest.json", "chunks.jsonl", "vectors.bin"
_BLOCK = 1 << 18
_DIGEST_LENGTH = 64  # of the comment, in hexadecimal digits
_LARGEST_MANIFEST = 1 << 26
_LARGEST_LINE = 1 << 25
# Documentation shrinks to a fifth; what grows more than this when unpacked is no pack.
_MOST_GROWTH = 200
_SMALL = 1 << 24
_EARLIEST = (1980, 1, 1, 0, 0, 0)


@dataclasses.dataclass(frozen=True)
class PackedVersion:
    """A version in the manifest; fields as in IndexedVersion, ``licenses`` are those of its pages, ``tree`` is '' when it has no converted pages."""

    kind: str
    product: str
    version: str
    digest: str
    indexed_at: str
    provenance: dict[str, str]
    serves: list[str]
    pages: int
    sections: int
    chunks: int
    licenses: list[str]
    tree: str

    def __post_init__(self) -> None:
        """Raise ValueError or TypeError for what export does not write."""
        texts = [self.kind, self.product, self.version, self.digest, self.indexed_at, self.tree, *self.serves, *self.licenses, *self.provenance.values()]
        if not all(isinstance(text, str) for text in texts) or self.kind not in ROOTS:
            raise ValueError(self.kind)
        if self.tree not in ("", tree_of(self.kind, self.product, self.version)) or not self.version:
            raise ValueError(self.tree)
        if min(self.pages, self.sections, self.chunks) < 0:
            raise ValueError(self.pages)


class PackWriter:
    """Writes members one after the other, then the manifest."""

    def __init__(self, path: pathlib.Path) -> None:
        self._path = path
        self._archive = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6)
        self._members: dict[str, dict[str, t.Any]] = {}

    def add(self, name: str, blocks: Iterable[bytes], *, compress: bool = True) -> None:
        """Add a member; without ``compress`` what would not get smaller."""
        info = zipfile.ZipInfo(name, _EARLIEST)
        info.compress_type = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
        info.external_attr = 0o644 << 16
        digest, size = hashlib.sha256(), 0
        with self._archive.open(info, "w", force_zip64=True) as member:
            for block in blocks:
                member.write(block)
                digest.update(block)
                size += len(block)
        self._members[name] = {"size": size, "sha256": digest.hexdigest()}

    def close(self, facts: dict[str, t.Any]) -> None:
        """Write the manifest of these facts and end the file."""
        members = dict(self._members)
        self.add(MANIFEST, [json.dumps({**facts, "members": members}, ensure_ascii=False, indent=1).encode()])
        self._archive.comment = b"0" * _DIGEST_LENGTH
        self._archive.close()
        digest = _sha256_before_comment(self._path)
        with self._path.open("r+b") as stream:
            stream.seek(-_DIGEST_LENGTH, 2)
            stream.write(digest.encode())

    def abandon(self) -> None:
        """Close the file without ending it."""
        if self._archive.fp is not None:
            self._archive.fp.close()
            self._archive.fp = None


class PackReader:
    """A pack that has been read as far as its manifest and found whole. Whatever is wrong with one is a DataError."""

    def __init__(self, path: pathlib.Path, archive: zipfile.ZipFile) -> None:
        self._path = path
        self._archive = archive
        with damage(path):
            info = archive.getinfo(MANIFEST)
            if info.file_size > _LARGEST_MANIFEST:
                raise ValueError(MANIFEST)
            self.manifest: dict[str, t.Any] = json.loads(archive.read(info))
            if int(self.manifest["format"]) > FORMAT:
                raise DataError(f"{path} was made by a newer release of the collection (format {self.manifest['format']}); update this one.", file=str(path))
            if _sha256_before_comment(path).encode() != archive.comment:
                raise ValueError("digest")
            self._members: dict[str, dict[str, t.Any]] = self.manifest["members"]
            self.versions = [PackedVersion(**entry) for entry in self.manifest["versions"]]
            self.chunks = int(self.manifest["chunks"])
            self.dimension = int(self.manifest["dimension"])
            self._check_members()

    def _check_members(self) -> None:
        infos = {info.filename: info for info in self._archive.infolist()}
        for name, info in infos.items():
            kept = info.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) and not info.flag_bits & 1
            if not kept or not _is_safe(name) or (name != MANIFEST and self._members[name]["size"] != info.file_size):
                raise ValueError(name)
        if len(infos) != len(self._archive.infolist()) or infos.keys() != {MANIFEST, *self._members}:
            raise ValueError("members")
        if sum(info.file_size for info in infos.values()) > _MOST_GROWTH * self._path.stat().st_size + _SMALL:
            raise ValueError("growth")
        if self._members[VECTORS]["size"] != 4 * self.dimension * self.chunks:
            raise ValueError(VECTORS)
        known = {MANIFEST, CHUNKS, VECTORS, *(f"versions/{number}.jsonl" for number in range(len(self.versions)))}
        trees = [f"{version.tree}/" for version in self.versions if version.tree]
        if not known <= infos.keys() or not all(name in known or any(map(name.startswith, trees)) for name in infos):
            raise ValueError("members")

    def sha256(self, name: str) -> str:
        """The hash of a member's content."""
        return str(self._members[name]["sha256"])

    def converted(self, version: PackedVersion) -> Iterator[tuple[str, Iterator[bytes]]]:
        """Yield the converted pages of a version: name in its tree, and content in blocks."""
        for name in self._members:
            if version.tree and name.startswith(f"{version.tree}/"):
                yield name.removeprefix(f"{version.tree}/"), self.blocks(name)

    def blocks(self, name: str) -> Iterator[bytes]:
        """Yield a member's content; raises ValueError at the end when it is not what was packed."""
        digest = hashlib.sha256()
        with self._archive.open(name) as member:
            while block := member.read(_BLOCK):
                digest.update(block)
                yield block
        if digest.hexdigest() != self._members[name]["sha256"]:
            raise ValueError(name)

    def lines(self, name: str) -> Iterator[t.Any]:
        """Yield the JSON values of a member, one a line."""
        rest = b""
        for block in self.blocks(name):
            *whole, rest = (rest + block).split(b"\n")
            yield from map(json.loads, whole)
            if len(rest) > _LARGEST_LINE:
                raise ValueError(name)
        if rest:
            raise ValueError(name)

    def vectors(self) -> Iterator[bytes]:
        """Yield the vectors."""
        rest, size = b"", 4 * self.dimension
        for block in self.blocks(VECTORS):
            rest += block
            whole = len(rest) // size * size
            yield from (rest[start : start + size] for start in range(0, whole, size))
            rest = rest[whole:]


@contextlib.contextmanager
def reading(path: pathlib.Path) -> Iterator[PackReader]:
    """Open a pack; DataError when it is none, is damaged or of a newer format."""
    try:
        with damage(path):
            archive = zipfile.ZipFile(path)
    except OSError as exc:
        raise DataError(f"{path} cannot be read ({exc.strerror}); give the path of a knowledge pack.", file=str(path)) from exc
    with archive:
        yield PackReader(path, archive)


@contextlib.contextmanager
def damage(path: pathlib.Path) -> Iterator[None]:
    """What reading other people's bytes raises, as one sentence."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, LookupError, ArithmeticError, ValueError, TypeError, AttributeError, RuntimeError) as exc:
        raise DataError(f"{path} is not a knowledge pack, or it was damaged or altered; copy it again from where it was exported.", file=str(path)) from exc


def _is_safe(name: str) -> bool:
    """Whether a member's name leads to a place below the directory that it is unpacked to."""
    parts = name.split("/")
    return not any(part in ("", ".", "..") for part in parts) and "\\" not in name and "\0" not in name


def _sha256_before_comment(path: pathlib.Path) -> str:
    digest = hashlib.sha256()
    left = path.stat().st_size - _DIGEST_LENGTH
    with path.open("rb") as stream:
        while left > 0 and (block := stream.read(min(_BLOCK, left))):
            digest.update(block)
            left -= len(block)
    return digest.hexdigest()
