# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to the collection: names here may change in any release.
"""The pages of a directory of documents."""

from __future__ import annotations

import hashlib
import os
import posixpath
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..._errors import DataError
from ._convert import MAX_BYTES, Page, convert, format_of
from ._option_tables import OptionTables, is_option_table

# Fewer words than this are a stub (front matter alone, a redirect), not a page.
_MIN_WORDS: Final = 5


@dataclass(frozen=True)
class SourcePage:
    """A converted file; ``sha256`` is of its bytes and of all that it includes."""

    relative_path: str
    page: Page
    sha256: str


@dataclass(frozen=True)
class SkippedFile:
    """A file that gives no page, and why."""

    relative_path: str
    reason: str


def tree_sha256(path: Path | str) -> str:
    """Return one hash of all visible files below ``path``, names and bytes: the same hash, nothing to index again."""
    digest = hashlib.sha256()
    for relative, file in _files(Path(path)):
        digest.update(f"{relative}\0{_file_sha256(file)}\n".encode(errors="surrogateescape"))
    return digest.hexdigest()


def _file_sha256(file: Path) -> str:
    try:
        if file.is_file():
            with file.open("rb") as stream:
                return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        pass
    return "unreadable"


def read_pages(path: Path | str, *, version: str | None = None) -> Iterator[SourcePage | SkippedFile]:
    """Yield every visible file below ``path``, in the order of their names, as a page or with the reason why it is none.

    An include whose target is itself a page is not inlined, so that no text is indexed twice. For the same reason tables
    of options come last, with the options that no page has described.
    """
    root = Path(path)
    inside = root.resolve()
    files = sorted(_files(root), key=lambda entry: is_option_table(entry[0]))
    tables = OptionTables()
    for relative, file in files:
        if is_option_table(relative) and _refusal(relative, file, inside) is None:
            with suppress(DataError, OSError):  # told when it is its turn to be a page
                tables.add(_read_bounded(file), relative)
    for relative, file in files:
        refusal = _refusal(relative, file, inside)
        if refusal is not None:
            yield SkippedFile(relative.encode(errors="replace").decode(), refusal)
            continue
        try:
            yield _read_page(inside, relative, file, version, tables)
        except DataError as error:
            yield SkippedFile(relative, error.message)
        except OSError as error:
            yield SkippedFile(relative, f"cannot be read ({error.strerror})")


def _refusal(relative: str, file: Path, inside: Path) -> str | None:
    """Return why a file is not even opened, None when it is."""
    if relative.encode(errors="replace").decode() != relative:
        return "the name is not UTF-8"
    if format_of(relative) is None and not is_option_table(relative):
        return f"files of type {posixpath.splitext(relative)[1]} cannot be converted"
    # realpath, unlike resolve(), does not fail on a loop of links.
    if not Path(os.path.realpath(file)).is_relative_to(inside):
        return "the link leads out of the directory"
    return None if file.is_file() else "not a regular file"


def _files(root: Path) -> Iterator[tuple[str, Path]]:
    for directory, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith("."):
                file = Path(directory, name)
                yield file.relative_to(root).as_posix(), file


def _read_page(root: Path, relative: str, file: Path, version: str | None, tables: OptionTables) -> SourcePage | SkippedFile:
    data = _read_bounded(file)
    digest = hashlib.sha256(data)

    def read_include(target: str) -> bytes | None:
        included = _included_file(root, relative, target)
        if included is None:
            return None
        content = _read_bounded(included)
        digest.update(content)
        return content

    def describe_option(name: str, default: str | None) -> str | None:
        description = tables.describe(name, default)
        digest.update((description or "").encode())
        return description

    if is_option_table(relative):
        page = tables.page_of(data, relative)
        if not page.sections:
            return SkippedFile(relative, "other pages describe all of its options")
    else:
        page = convert(data, relative, read_include=read_include, version=version, describe_option=describe_option)
    words = sum(len(block.text.split()) for section in page.sections for block in section.blocks)
    if words < _MIN_WORDS:
        return SkippedFile(relative, "no text in it beyond its headings" if words == 0 else f"only {words} words of text in it")
    return SourcePage(relative, page, digest.hexdigest())


def _read_bounded(file: Path) -> bytes:
    # One byte more than the limit is enough for the converter to refuse the file.
    with file.open("rb") as stream:
        return stream.read(MAX_BYTES + 1)


def _included_file(root: Path, relative: str, target: str) -> Path | None:
    """Return the file that an include names, beside the page or below ``root``; None when it is absent, outside or a page."""
    beside = posixpath.join(posixpath.dirname(relative), target)
    for candidate in (beside, target.lstrip("/")):
        file = Path(os.path.realpath(root / candidate.lstrip("/")))
        if file.is_relative_to(root) and os.path.isfile(file):
            return None if format_of(file.name) is not None else file
    return None
