# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a directory of documents to the index: read, convert, chunk, put."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import json
import os
import re
import time
import types
import typing as t

from .._errors import ConfigError, DataError
from ..catalogue._release import read_release
from ._chunks import CHUNK_TOKENS, chunk_page
from ._converted_pages import DOCS, HOUSE, QA, ConvertedPages, markdown_of
from ._index import PageChunks
from ._product_versions import UNVERSIONED
from .documents._directory_source import SkippedFile, SourcePage, tree_sha256
from .documents._reader_process import read_pages

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ..clients._embedding import Embedder
    from ._index import IndexedVersion, KnowledgeIndex
    from .documents._page import Page
    from .sources._source import FetchedFile

__all__ = ["DOCS", "HOUSE", "QA", "check_version", "index_version"]

_LISTED_SKIPS = 50
_PROGRESS_SECONDS = 0.5
_MOST_COUNTED = 200_000  # texts whose tokens are remembered, at some 150 bytes each
_NO_ORIGINS: Mapping[str, FetchedFile] = types.MappingProxyType({})


def check_version(
    index: KnowledgeIndex,
    embedder: Callable[[], Embedder],
    kind: str,
    product: str,
    version: str,
    path: str,
    *,
    canonical: Callable[[str], str] = str,
    chunk_tokens: int = CHUNK_TOKENS,
    origins: Mapping[str, FetchedFile] = _NO_ORIGINS,
    strip: Sequence[str] = (),
) -> dict[str, t.Any]:
    """Tell what index_version() would do, embedding and changing nothing.

    Returns ``{changed, pages, chunks, to_embed, sections, sections_changed, skipped_files, skipped_count}``. The embedder, whose
    tokens measure the chunks, is only called for when something did change.
    """
    source = _Source(kind, product, version, path, canonical, origins, strip)
    known = source.known(index)
    source.require_sole(known)
    if source.is_current(known):
        return {"changed": False, **_counts(index, known), "to_embed": 0, "sections_changed": 0, "skipped_files": [], "skipped_count": 0}
    pages = [_chunk(page, group[0] or kind, _Tokens(index, embedder()), chunk_tokens) for group, page in source.pages()]
    source.require(pages)
    return {"changed": True, "pages": len(pages), **dataclasses.asdict(index.compare(pages)), **source.skips()}


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
    origins: Mapping[str, FetchedFile] = _NO_ORIGINS,
    strip: Sequence[str] = (),
    provenance: Mapping[str, str] = types.MappingProxyType({}),
    deployed: Sequence[str] = (),
) -> dict[str, t.Any]:
    """Make the index equal to the directory ``path``.

    House runbooks (kind ``house``) are filed under the ``canonical`` product and the version of their front matter, posts (kind
    ``qa``) under ``product`` and the version of theirs. Of a file that is among ``origins`` (by its path below ``path``) these say
    where it is from, for its own front matter may name the latest version's page. Blocks in which one of the regular expressions
    ``strip`` matches are left out. ``provenance`` and ``deployed`` are noted with the version, also when nothing else changed.
    ``report`` gets ``{"progress": {"done", "total"}}`` in chunks.

    Returns ``{changed, pages, chunks, embedded, sections, sections_changed, skipped_files, skipped_count, seconds}``; a section
    counts as changed when no indexed version has it in the same words. Raises DataError when the directory holds no usable page, or when
    what it would replace is indexed from another directory that is still there.
    """
    started = time.monotonic()
    source = _Source(kind, product, version, path, canonical, origins, strip)
    known = source.known(index)
    source.require_sole(known)
    if source.is_current(known):
        for entry in known:
            if provenance:
                index.set_provenance(entry, provenance)
            index.add_deployed(entry, deployed)
        counts = _counts(index, known)
        return {"changed": False, **counts, "embedded": 0, "sections_changed": 0, "skipped_files": [], "skipped_count": 0, "seconds": 0.0}
    fetched_at = provenance.get("fetched_at") or datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    groups: dict[tuple[str, str], _Group] = {}
    try:
        for filed, page in source.pages():
            if filed not in groups:
                groups[filed] = _Group(index.convert_to(kind, *filed, source=path))
            chunked = _chunk(page, filed[0] or kind, _Tokens(index, embedder()), chunk_tokens)
            groups[filed].add(chunked, page, _facts(chunked, filed, fetched_at, page.sha256))
        result = _put(index, embedder, source, groups, report, provenance, deployed)
    except OSError as exc:
        raise DataError(f"The converted pages of {path} cannot be written to {index.directory} ({exc}); check its owner and free space.") from exc
    finally:
        for group in groups.values():
            if group.tree is not None:
                group.tree.discard()
    for old in known:
        if (old.product, old.version) not in groups:
            index.remove(old)
    return {"changed": True, **result, **source.skips(), "seconds": round(time.monotonic() - started, 1)}


def _put(
    index: KnowledgeIndex,
    embedder: Callable[[], Embedder],
    source: _Source,
    groups: Mapping[tuple[str, str], _Group],
    report: Callable[[dict[str, t.Any]], None],
    provenance: Mapping[str, str],
    deployed: Sequence[str],
) -> dict[str, int]:
    pages = [page for group in groups.values() for page in group.pages]
    source.require(pages)
    comparison = index.compare(pages)
    progress = _Progress(report, sum(len(page.chunks) for page in pages))
    totals = {"pages": 0, "chunks": 0, "embedded": 0, "sections": comparison.sections, "sections_changed": comparison.sections_changed}
    for filed, group in groups.items():
        done = index.put(
            source.kind,
            *filed,
            group.pages,
            source=source.path,
            digest=source.group_digest(len(groups)),
            embedder=embedder(),
            progress=progress.group,
            provenance=provenance,
            deployed=deployed,
            tree=group.tree,
        )
        added = index.find(source.kind, *filed)
        if deployed and added is not None:
            index.add_deployed(added, deployed)
        progress.end_group(sum(len(page.chunks) for page in group.pages))
        for name, number in dataclasses.asdict(done).items():
            totals[name] += number
    return totals


class _Group:
    """The pages that are filed under one product and version; as files, too, where these are kept."""

    def __init__(self, tree: ConvertedPages | None) -> None:
        self.tree = tree
        self.pages: list[PageChunks] = []

    def add(self, chunked: PageChunks, page: SourcePage, facts: Mapping[str, str]) -> None:
        self.pages.append(chunked)
        if self.tree is not None:
            self.tree.write(chunked.path, markdown_of(page.page, facts))


class _Source:
    """A directory of documents and how it is to be read."""

    def __init__(
        self,
        kind: str,
        product: str,
        version: str,
        path: str,
        canonical: Callable[[str], str],
        origins: Mapping[str, FetchedFile],
        strip: Sequence[str],
    ) -> None:
        self.kind = kind
        self.path = path
        self._product = product
        self._version = version
        self._canonical = canonical
        self._origins = origins
        try:
            self._strip = [re.compile(pattern) for pattern in strip]
        except re.error as exc:
            raise ConfigError(f"'{exc.pattern!s}', which strips text from the pages of {product or kind}, is not a regular expression ({exc.msg}).") from exc
        self._digest = self._sha256()
        self._skipped: list[SkippedFile] = []

    def _sha256(self) -> str:
        try:
            tree = tree_sha256(self.path)
        except OSError as exc:
            raise DataError(f"{self.path} cannot be read ({exc.strerror}); check the path and its permissions.", file=self.path) from exc
        if not self._strip and not self._origins:
            return tree
        origins = sorted((path, origin.url, origin.license, origin.attribution) for path, origin in self._origins.items())
        return hashlib.sha256(json.dumps([tree, [pattern.pattern for pattern in self._strip], origins]).encode()).hexdigest()

    def known(self, index: KnowledgeIndex) -> list[IndexedVersion]:
        """What the index has of this source; all house runbooks are one source, and so are all posts about one product."""
        same_kind = [entry for entry in index.versions() if entry.kind == self.kind]
        if self.kind == HOUSE:
            return same_kind
        return [entry for entry in same_kind if entry.product == self._product and (self.kind == QA or self._is_of_release(entry.version))]

    def _is_of_release(self, version: str) -> bool:
        """Tell whether another name of a version, such as v3.4 or quincy, means the same release."""
        own, other = read_release(self._version, self._product), read_release(version, self._product)
        return version == self._version or (own is not None and other is not None and own.is_same_as(other))

    def require_sole(self, known: Sequence[IndexedVersion]) -> None:
        """Raise DataError when what is known is of another directory that is still there: one of the two would be lost.

        Runbooks are kept in one directory, which may become another one.
        """
        for entry in known if self.kind != HOUSE else ():
            if entry.digest == self._digest or not os.path.isdir(entry.source) or os.path.realpath(entry.source) == os.path.realpath(self.path):
                continue
            name = " ".join(filter(None, (entry.product or entry.kind, "" if entry.version == UNVERSIONED else entry.version)))
            raise DataError(
                f"{self.path} would replace {name}, which is indexed from {entry.source}: both mean the same product and version; put the files of both into "
                "one directory, or remove the other with knowledge_index and state: absent.",
                file=self.path,
            )

    def is_current(self, known: Sequence[IndexedVersion]) -> bool:
        """Tell whether that is what the directory holds."""
        return bool(known) and all(entry.digest == self.group_digest(len(known)) for entry in known)

    def group_digest(self, groups: int) -> str:
        """The digest of each of a source's groups; with their number in it, none is current before all are there."""
        return self._digest if groups == 1 else f"{self._digest} {groups}"

    def pages(self) -> Iterator[tuple[tuple[str, str], SourcePage]]:
        """Yield each page with the product and version under which it is filed, its metadata completed by its origin."""
        for entry in read_pages(self.path, version=self._version):
            page = entry if isinstance(entry, SkippedFile) else self._stripped(entry)
            if isinstance(page, SkippedFile):
                self._skipped.append(page)
                continue
            origin = self._origins.get(page.relative_path)
            if origin is not None:
                told = {"url": origin.url, "license": origin.license, "attribution": origin.attribution}
                page.page.metadata.update((name, value) for name, value in told.items() if value)
            yield self._filed_under(page.page), page

    def _stripped(self, source: SourcePage) -> SourcePage | SkippedFile:
        if not self._strip:
            return source
        page = source.page
        for section in page.sections:
            section.blocks = [block for block in section.blocks if not any(pattern.search(block.text) for pattern in self._strip)]
        page.sections = [section for section in page.sections if section.blocks]
        return source if page.sections else SkippedFile(source.relative_path, "all of its text is stripped")

    def _filed_under(self, page: Page) -> tuple[str, str]:
        """Product and version of a page; runbooks and posts say themselves what they are valid for."""
        if self.kind not in (HOUSE, QA):
            return self._product, self._version
        product = self._product
        if self.kind == HOUSE:
            own = str(page.metadata.get("product") or "")
            product = self._canonical(own) if own else ""
        return product, str(page.metadata.get("version") or UNVERSIONED)

    def require(self, pages: Sequence[PageChunks]) -> None:
        """Raise DataError when there is no page."""
        if not pages:
            raise DataError(
                f"{self.path} holds no document that can be read ({len(self._skipped)} files skipped); put Markdown, HTML or text files there.",
                file=self.path,
            )

    def skips(self) -> dict[str, t.Any]:
        """The files that gave no page, the first of them with the reasons."""
        return {"skipped_files": [f"{entry.relative_path}: {entry.reason}" for entry in self._skipped[:_LISTED_SKIPS]], "skipped_count": len(self._skipped)}


def _counts(index: KnowledgeIndex, known: Sequence[IndexedVersion]) -> dict[str, int]:
    counts = index.counts()
    return {name: sum(counts[entry.id][name] for entry in known) for name in ("pages", "chunks", "sections")}


class _Tokens:
    """Counts the tokens of texts; those of neighbouring versions, nearly the same ones, only once as long as the index is open."""

    def __init__(self, index: KnowledgeIndex, embedder: Embedder) -> None:
        self._known = index.token_counts
        self._embedder = embedder
        self.window = embedder.window

    def count(self, texts: Sequence[str]) -> list[int]:
        keys = [hash(text) for text in texts]
        counts = {key: self._known.get(key, 0) for key in keys}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if not counts[key]}
        if missing:
            counts.update(zip(missing, self._embedder.count_tokens(list(missing.values())), strict=True))
            if len(self._known) > _MOST_COUNTED:
                self._known.clear()
            self._known.update((key, counts[key]) for key in missing)
        return [counts[key] for key in keys]


def _chunk(page: SourcePage, product: str, tokens: _Tokens, chunk_tokens: int) -> PageChunks:
    metadata = page.page.metadata
    return PageChunks(
        path=page.relative_path,
        title=page.page.title,
        url=str(metadata.get("url") or ""),
        license=str(metadata.get("license") or ""),
        attribution=str(metadata.get("attribution") or ""),
        chunks=chunk_page(page.page, product=product, count_tokens=tokens.count, window=min(chunk_tokens, tokens.window)),
    )


def _facts(page: PageChunks, group: tuple[str, str], fetched_at: str, sha256: str) -> dict[str, str]:
    """The front matter of a converted page; with product and version it can be indexed from where it is."""
    return {
        "title": page.title,
        "product": group[0],
        "version": group[1] if group[1] != UNVERSIONED else "",
        "url": page.url,
        "license": page.license,
        "attribution": page.attribution,
        "fetched_at": fetched_at,
        "sha256": sha256,
    }


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
