# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to the collection: names here may change in any release.
"""From a directory of documents to the index: read, convert, chunk, put."""

from __future__ import annotations

import time
import typing as t

from .._errors import DataError
from ._chunks import CHUNK_TOKENS, chunk_page
from ._index import PageChunks
from ._product_versions import UNVERSIONED
from .documents._directory_source import SkippedFile, SourcePage, read_pages, tree_sha256

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from ..clients._embedding import Embedder
    from ._index import IndexedVersion, KnowledgeIndex

HOUSE = "house"  # the kind of the operator's own runbooks; vendors' documentation is "docs"
QA = "qa"  # the kind of questions and answers of a community
_LISTED_SKIPS = 50
_PROGRESS_SECONDS = 0.5


def check_version(index: KnowledgeIndex, kind: str, product: str, version: str, path: str) -> dict[str, t.Any]:
    """Tell whether index_version() would change the index: ``{changed}``."""
    return {"changed": not _is_current(_known(index, kind, product, version), _digest(path))}


def index_version(
    index: KnowledgeIndex,
    embedder: Callable[[], Embedder],
    kind: str,
    product: str,
    version: str,
    path: str,
    report: Callable[[dict[str, t.Any]], None],
    *,
    canonical: Callable[[str], str] = str,
    chunk_tokens: int = CHUNK_TOKENS,
) -> dict[str, t.Any]:
    """Make the index equal to the directory ``path``; return ``{changed, pages, chunks, embedded, skipped_files, skipped_count, seconds}``.

    House runbooks (kind ``house``) are filed under the ``canonical`` product and the version of their front matter, posts (kind
    ``qa``) under ``product`` and the version of theirs. ``report`` gets ``{"progress": {"done", "total"}}`` in chunks. Raises
    DataError when the directory holds no usable page.
    """
    started = time.monotonic()
    digest = _digest(path)
    known = _known(index, kind, product, version)
    if _is_current(known, digest):
        return {"changed": False, "pages": 0, "chunks": 0, "embedded": 0, "skipped_files": [], "skipped_count": 0, "seconds": 0.0}
    found = list(read_pages(path, version=version))
    skipped = [entry for entry in found if isinstance(entry, SkippedFile)]
    groups: dict[tuple[str, str], list[SourcePage]] = {}
    for page in found:
        if isinstance(page, SourcePage):
            groups.setdefault(_filed_under(page, kind, product, version, canonical), []).append(page)
    if not groups:
        raise DataError(f"{path} holds no document that can be read ({len(skipped)} files skipped); put Markdown, HTML or text files there.", file=path)

    chunked = {group: [_chunk(page, group[0] or kind, embedder(), chunk_tokens) for page in pages] for group, pages in groups.items()}
    progress = _Progress(report, sum(len(page.chunks) for pages in chunked.values() for page in pages))
    totals = {"pages": 0, "chunks": 0, "embedded": 0}
    for (group_product, group_version), pages in chunked.items():
        group_digest = _group_digest(digest, len(chunked))
        done = index.put(kind, group_product, group_version, pages, source=path, digest=group_digest, embedder=embedder(), progress=progress.group)
        progress.end_group(sum(len(page.chunks) for page in pages))
        for name in totals:
            totals[name] += getattr(done, name)
    for old in known:
        if (old.product, old.version) not in groups:
            index.remove(old)
    listed = [f"{entry.relative_path}: {entry.reason}" for entry in skipped[:_LISTED_SKIPS]]
    return {"changed": True, **totals, "skipped_files": listed, "skipped_count": len(skipped), "seconds": round(time.monotonic() - started, 1)}


def _known(index: KnowledgeIndex, kind: str, product: str, version: str) -> list[IndexedVersion]:
    """What the index has of this source; all house runbooks are one source, and so are all posts about one product."""
    same_kind = [entry for entry in index.versions() if entry.kind == kind]
    if kind == HOUSE:
        return same_kind
    return [entry for entry in same_kind if entry.product == product and (kind == QA or entry.version == version)]


def _is_current(known: list[IndexedVersion], digest: str) -> bool:
    return bool(known) and all(entry.digest == _group_digest(digest, len(known)) for entry in known)


def _group_digest(digest: str, groups: int) -> str:
    """The digest of each of a source's groups; with their number in it, none is current before all are there."""
    return digest if groups == 1 else f"{digest} {groups}"


def _filed_under(page: SourcePage, kind: str, product: str, version: str, canonical: Callable[[str], str]) -> tuple[str, str]:
    """Product and version of a page; runbooks and posts say themselves what they are valid for."""
    if kind not in (HOUSE, QA):
        return product, version
    metadata = page.page.metadata
    if kind == HOUSE:
        own = str(metadata.get("product") or "")
        product = canonical(own) if own else ""
    return product, str(metadata.get("version") or UNVERSIONED)


def _digest(path: str) -> str:
    try:
        return tree_sha256(path)
    except OSError as exc:
        raise DataError(f"{path} cannot be read ({exc.strerror}); check the path and its permissions.", file=path) from exc


def _chunk(page: SourcePage, product: str, embedder: Embedder, chunk_tokens: int) -> PageChunks:
    metadata = page.page.metadata
    return PageChunks(
        path=page.relative_path,
        title=page.page.title,
        url=str(metadata.get("url") or ""),
        license=str(metadata.get("license") or ""),
        attribution=str(metadata.get("attribution") or ""),
        chunks=chunk_page(page.page, product=product, count_tokens=embedder.count_tokens, window=min(chunk_tokens, embedder.window)),
    )


class _Progress:
    """Progress over all groups of a source, in chunks; reported at most twice a second, and at the end."""

    def __init__(self, report: Callable[[dict[str, t.Any]], None], total: int) -> None:
        self._report = report
        self._total = total
        self._ended = 0
        self._last = time.monotonic()

    def group(self, done: int, missing: int) -> None:
        """``done`` of the ``missing`` chunks of the present group are embedded."""
        now = time.monotonic()
        if now - self._last >= _PROGRESS_SECONDS and done < missing:
            self._last = now
            self._report({"progress": {"done": min(self._ended + done, self._total), "total": self._total}})

    def end_group(self, chunks: int) -> None:
        """A group of so many chunks is indexed."""
        self._ended += chunks
        if self._ended == self._total:
            self._report({"progress": {"done": self._total, "total": self._total}})
