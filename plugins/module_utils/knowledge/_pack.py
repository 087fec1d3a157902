# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Indexed versions as one file: exported where there is a network and time, imported elsewhere without either and without embedding."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import hashlib
import itertools
import json
import os
import pathlib
import sqlite3
import typing as t

from .._errors import DataError
from ._change import NewVersion, StoredChunk, StoredPage
from ._chunks import CHUNKER_VERSION
from ._pack_file import CHUNKS, FORMAT, VECTORS, PackedVersion, PackReader, PackWriter, damage, reading

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ._change import Change
    from ._converted_pages import ConvertedPages
    from ._database import IndexedVersion
    from ._index import KnowledgeIndex

_BATCH = 500  # chunks


def export_pack(index: KnowledgeIndex, versions: Sequence[IndexedVersion], path: str | os.PathLike[str]) -> dict[str, t.Any]:
    """Write versions to the one file ``path``, replacing it only when the new one is whole.

    Returns ``{path, bytes, chunks, versions: [{kind, product, version, pages, chunks}]}``. Raises DataError.
    """
    target = pathlib.Path(path)
    draft = target.with_name(f"{target.name}.new")
    if not versions:
        raise DataError("There is nothing to export; name products that are indexed.")
    try:
        with index.writing(), index.snapshot():
            writer = PackWriter(draft)
            try:
                facts = _export(index, [_as_it_is_now(index, version) for version in versions], writer)
            except BaseException:
                writer.abandon()
                draft.unlink(missing_ok=True)
                raise
        draft.replace(target)
    except (OSError, sqlite3.Error) as exc:
        raise DataError(f"{target} cannot be written ({exc}); check its directory, the owner and free space.", file=str(target)) from exc
    listed = [{name: entry[name] for name in ("kind", "product", "version", "pages", "chunks")} for entry in facts["versions"]]
    return {"path": str(target), "bytes": target.stat().st_size, "chunks": facts["chunks"], "versions": listed}


def inspect_pack(path: str | os.PathLike[str]) -> dict[str, t.Any]:
    """Return what a pack's manifest says, without its list of members: ``{format, created_at, embedder, chunker, dimension, chunks, bytes, versions}``."""
    with reading(pathlib.Path(path)) as pack:
        facts = {name: value for name, value in pack.manifest.items() if name != "members"}
        return facts | {"bytes": pathlib.Path(path).stat().st_size, "versions": [dataclasses.asdict(version) for version in pack.versions]}


def import_pack(index: KnowledgeIndex, path: str | os.PathLike[str], *, check: bool = False) -> dict[str, t.Any]:
    """Index the versions of a pack in place of what is known of them: all of them, or after an error or a kill none.

    With ``check`` only tell what would change. Returns ``{changed, chunks, versions: [{kind, product, version, changed}]}``.
    Raises DataError for a pack that is damaged, of a newer format or made with another embedder or chunker.
    """
    source = pathlib.Path(path)
    try:
        with reading(source) as pack, index.writing():
            _require_same_maker(index, pack, source)
            new = [number for number, version in enumerate(pack.versions) if not _is_known(index, pack, number, version)]
            if new and not check:
                _import(index, pack, new, source)
    except (OSError, sqlite3.Error) as exc:
        raise DataError(f"Importing {source} into {index.directory} failed ({exc}); what was known before is untouched.", file=str(source)) from exc
    listed = [
        {"kind": version.kind, "product": version.product, "version": version.version, "changed": number in new} for number, version in enumerate(pack.versions)
    ]
    return {"changed": bool(new), "chunks": pack.chunks, "versions": listed}


def _as_it_is_now(index: KnowledgeIndex, version: IndexedVersion) -> IndexedVersion:
    now = index.find(version.kind, version.product, version.version)
    if now is None:
        raise DataError(f"{version.product or version.kind} {version.version} is not indexed any more; export without it.")
    return now


def _export(index: KnowledgeIndex, versions: Sequence[IndexedVersion], writer: PackWriter) -> dict[str, t.Any]:
    connection = index.connection
    ids = ", ".join(str(version.id) for version in versions)
    placed = f"FROM chunk WHERE id IN (SELECT chunk_id FROM placement WHERE version_id IN ({ids}))"  # noqa: S608 - numbers
    number, length = connection.execute(f"SELECT count(*), (SELECT length(vector) FROM vector LIMIT 1) {placed}").fetchone()  # noqa: S608 - the same
    rows = connection.execute(f"SELECT fingerprint, title, headings, text {placed} ORDER BY id")
    writer.add(CHUNKS, map(_line, rows))
    kept = connection.execute(f"SELECT vector {placed.replace('FROM chunk', 'FROM chunk JOIN vector USING (fingerprint)')} ORDER BY id")
    writer.add(VECTORS, (row[0] for row in kept), compress=False)
    counts = index.counts()
    packed = []
    for position, version in enumerate(versions):
        writer.add(f"versions/{position}.jsonl", _pages(connection, version))
        tree = index.directory / version.tree
        for file in sorted(entry for entry in tree.rglob("*") if entry.is_file() and not entry.is_symlink()) if version.tree else ():
            writer.add(f"{version.tree}/{file.relative_to(tree).as_posix()}", _blocks(file))
        licenses = connection.execute("SELECT DISTINCT license FROM page WHERE version_id = ? AND license != '' ORDER BY license", (version.id,))
        packed.append(
            PackedVersion(
                kind=version.kind,
                product=version.product,
                version=version.version,
                digest=version.digest,
                indexed_at=version.indexed_at,
                provenance=dict(version.provenance),
                serves=list(version.serves),
                licenses=[row[0] for row in licenses],
                tree=version.tree,
                **counts[version.id],
            )
        )
    facts = {
        "format": FORMAT,
        "created_at": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "embedder": index.embedder_name,
        "chunker": CHUNKER_VERSION,
        "dimension": (length or 0) // 4,
        "chunks": number,
        "versions": [dataclasses.asdict(version) for version in packed],
    }
    writer.close(facts)
    return facts


def _pages(connection: sqlite3.Connection, version: IndexedVersion) -> Iterator[bytes]:
    """The pages of a version, one a line; the same lines in every knowledge base that has the same pages."""
    pages = connection.execute("SELECT id, path, title, url, license, attribution FROM page WHERE version_id = ? ORDER BY id", (version.id,))
    for page_id, *facts in pages:
        sections = connection.execute("SELECT number, fingerprint FROM section WHERE page_id = ? ORDER BY number", (page_id,)).fetchall()
        chunks = connection.execute(
            "SELECT section, anchor, content, joint FROM placement JOIN chunk ON chunk.id = chunk_id WHERE page_id = ? ORDER BY ordinal", (page_id,)
        ).fetchall()
        yield _line([*facts, sections, chunks])


def _line(values: Sequence[t.Any]) -> bytes:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _blocks(file: pathlib.Path) -> Iterator[bytes]:
    with file.open("rb") as stream:
        while block := stream.read(1 << 18):
            yield block


def _require_same_maker(index: KnowledgeIndex, pack: PackReader, path: pathlib.Path) -> None:
    for part, own in (("embedder", index.embedder_name), ("chunker", CHUNKER_VERSION)):
        made_with = pack.manifest.get(part)
        if made_with != own:
            raise DataError(
                f"{path} was made with the {part} '{made_with}', but this knowledge base with '{own}'; export it from a knowledge base of the same {part}.",
                file=str(path),
            )


def _is_known(index: KnowledgeIndex, pack: PackReader, number: int, version: PackedVersion) -> bool:
    known = index.find(version.kind, version.product, version.version)
    if known is None or (known.digest, known.provenance) != (version.digest, version.provenance) or not set(version.serves) <= set(known.serves):
        return False
    if version.tree and not (known.tree and (index.directory / known.tree).is_dir()):
        return False
    digest = hashlib.sha256()
    for line in _pages(index.connection, known):
        digest.update(line)
    return digest.hexdigest() == pack.sha256(f"versions/{number}.jsonl")


def _import(index: KnowledgeIndex, pack: PackReader, numbers: Sequence[int], path: pathlib.Path) -> None:
    trees: list[ConvertedPages] = []
    try:
        with index.change() as change, damage(path):
            row = index.connection.execute("SELECT length(vector) FROM vector LIMIT 1").fetchone()
            if row is not None and row[0] != 4 * pack.dimension:
                raise ValueError(VECTORS)
            ids = _import_chunks(change, pack)
            for number in numbers:
                version = pack.versions[number]
                tree = index.convert_to(version.kind, version.product, version.version, source=None) if version.tree else None
                if tree is not None:
                    trees.append(tree)
                    _import_converted(pack, version, tree)
                new = NewVersion(
                    kind=version.kind,
                    product=version.product,
                    version=version.version,
                    source=path.name,
                    digest=version.digest,
                    indexed_at=version.indexed_at,
                    provenance=version.provenance,
                    serves=tuple(version.serves),
                )
                change.add_version(new, _read_pages(pack, number), ids, tree)
    finally:
        for tree in trees:
            tree.discard()


def _import_chunks(change: Change, pack: PackReader) -> Mapping[str, int]:
    """Keep the pack's chunks and vectors; return the chunks' ids by content."""
    import numpy

    ids: dict[str, int] = {}
    number = 0
    chunks = (_chunk(values) for values in pack.lines(CHUNKS))
    pairs = zip(chunks, pack.vectors(), strict=True)
    while batch := list(itertools.islice(pairs, _BATCH)):
        number += len(batch)
        if not numpy.isfinite(numpy.frombuffer(b"".join(vector for _chunk, vector in batch), numpy.float32)).all():
            raise ValueError(VECTORS)
        change.add_vectors((chunk.fingerprint, vector) for chunk, vector in batch)
        ids |= change.add_chunks({chunk.content: chunk for chunk, _vector in batch})
    if number != pack.chunks:
        raise ValueError(CHUNKS)
    return ids


def _chunk(values: t.Any) -> StoredChunk:
    chunk = StoredChunk(*values)
    _require_texts(*values)
    return chunk


def _read_pages(pack: PackReader, number: int) -> Iterator[StoredPage]:
    count = 0
    for path, title, url, license_name, attribution, sections, chunks in pack.lines(f"versions/{number}.jsonl"):
        _require_texts(
            path,
            title,
            url,
            license_name,
            attribution,
            *(row[1] for row in sections),
            *(text for row in chunks for text in row[1:3]),
            *(row[3] for row in chunks if row[3] is not None),
        )
        placed = [(int(section), anchor, content, joint) for section, anchor, content, joint in chunks]
        yield StoredPage(path, title, url, license_name, attribution, placed, {int(section): fingerprint for section, fingerprint in sections})
        count += 1
    if count != pack.versions[number].pages:
        raise ValueError(count)


def _import_converted(pack: PackReader, version: PackedVersion, tree: ConvertedPages) -> None:
    for name, blocks in pack.converted(version):
        with contextlib.closing(tree.add_file(name)) as stream:
            for block in blocks:
                stream.write(block)


def _require_texts(*values: t.Any) -> None:
    if not all(isinstance(value, str) for value in values):
        raise TypeError(values)
