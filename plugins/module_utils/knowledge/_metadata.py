# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files under metadata/: what is indexed, for people and other programs. Copies of what SQLite knows, never read back."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import itertools
import json
import typing as t

from .._files import replacing
from ._chunks import CHUNKER_VERSION

if t.TYPE_CHECKING:
    import pathlib
    from collections.abc import Iterable

    from ._database import Database


def write_metadata(directory: pathlib.Path, database: Database, embedder_name: str) -> None:
    """Write version_index.json and content_fingerprints.json, each whole at once."""
    counts = database.counts()
    listing = [
        {
            "kind": known.kind,
            "product": known.product,
            "version": known.version,
            "source": known.source,
            "match": known.provenance.get("match", ""),
            "serves": known.serves,
            "provenance": known.provenance,
            "indexed_at": known.indexed_at,
            **counts[known.id],
            "converted_pages": known.tree,
            "embedder": embedder_name,
            "chunker": CHUNKER_VERSION,
        }
        for known in database.versions()
    ]
    folder = directory / "metadata"
    folder.mkdir(exist_ok=True)
    _write(folder / "version_index.json", [json.dumps({"versions": listing}, indent=2, ensure_ascii=False), "\n"])
    _write(folder / "content_fingerprints.json", _fingerprints(database))


def _fingerprints(database: Database) -> Iterable[str]:
    """A JSON object in pieces: for each section's hash the versions that have the section."""
    rows = database.connection.execute(
        "SELECT DISTINCT section.fingerprint, coalesce(nullif(product, ''), kind), version FROM section JOIN page ON page.id = page_id "
        "JOIN version ON version.id = version_id ORDER BY section.fingerprint, kind, product, version"
    )
    opening = "{\n"
    for fingerprint, same in itertools.groupby(rows, key=lambda row: row[0]):
        yield f"{opening}{json.dumps(fingerprint)}: {json.dumps([f'{product} {version}' for _hash, product, version in same], ensure_ascii=False)}"
        opening = ",\n"
    yield "{}\n" if opening == "{\n" else "\n}\n"


def _write(target: pathlib.Path, pieces: Iterable[str]) -> None:
    with replacing(target) as draft, draft.open("w", encoding="utf-8") as stream:
        stream.writelines(pieces)
