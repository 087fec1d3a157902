# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages of a directory of documents."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import hashlib
import os
import posixpath
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ..._errors import DataError, InfraLlmError
from ..._visible_text import visible_text
from ._convert import MAX_BYTES, Page, convert, format_of
from ._includes import Includes, is_fragment
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


@dataclass
class Progress:
    """How far the reading of a directory has come, so that another process can go on with it: files that are done, and what pages have used."""

    done: set[str] = field(default_factory=set)
    inlined: set[str] = field(default_factory=set)
    described: set[str] = field(default_factory=set)


class DirectoryReader:
    """Reads the pages of a directory, from ``progress`` on, which it keeps; ``begin`` is told each file before it is read."""

    def __init__(
        self, path: Path | str, *, version: str | None = None, progress: Progress | None = None, begin: Callable[[str], None] = lambda _relative: None
    ) -> None:
        root = Path(path)
        self._inside = root.resolve()
        self._version = version
        self._files = list(_files(root))
        self._begin = begin
        self.progress = progress or Progress()

    def entries(self) -> Iterator[SourcePage | SkippedFile]:
        """Yield every visible file, in the order of their names, as a page or with the reason why it is none.

        An include whose target is itself a page is not inlined, so that no text is indexed twice. For the same reason fragments
        come after the pages, those that no page has included, and tables of options last, with the options that no page has described.
        """
        done = self.progress.done
        refused = {relative: refusal for relative, file in self._files if (refusal := _refusal(relative, file, self._inside)) is not None}
        tables = self._tables(refused)
        fragments = {relative for relative, file in self._files if relative not in refused and relative not in done and self._is_fragment(relative, file)}
        readable = [relative for relative, _file in self._files if relative not in refused or format_of(relative) is None]
        includes = Includes(self._inside, readable, pages={relative for relative, _file in self._files if format_of(relative) is not None} - fragments)
        includes.inlined = self.progress.inlined
        for relative, file in sorted(self._files, key=lambda entry: (is_option_table(entry[0]), entry[0] in fragments)):
            if relative in refused or relative in done or (relative in fragments and relative in includes.inlined):
                continue
            self._begin(relative)
            entry = _read_entry(relative, file, self._version, tables, includes)
            done.add(relative)
            yield entry
        for relative, refusal in refused.items():
            if relative not in includes.inlined and relative not in done:
                yield SkippedFile(visible_text(relative.encode(errors="replace").decode()), refusal)

    def _tables(self, refused: Collection[str]) -> OptionTables:
        tables = OptionTables(self.progress.described)
        for relative, file in self._files:
            if is_option_table(relative) and relative not in refused and relative not in self.progress.done:
                self._begin(relative)
                with suppress(Exception):  # told when it is its turn to be a page
                    tables.add(_read_bounded(file), relative)
        return tables

    def _is_fragment(self, relative: str, file: Path) -> bool:
        self._begin(relative)
        try:
            text = _read_bounded(file).decode(errors="replace")
        except OSError:  # told when it is its turn to be a page
            return False
        return is_fragment(relative, format_of(relative), text)


def _read_entry(relative: str, file: Path, version: str | None, tables: OptionTables, includes: Includes) -> SourcePage | SkippedFile:
    """Whatever goes wrong with a page costs that page."""
    try:
        return _read_page(relative, file, version, tables, includes)
    except DataError as error:
        return SkippedFile(relative, error.message)
    except InfraLlmError:
        raise
    except OSError as error:
        return SkippedFile(relative, f"cannot be read ({error.strerror or error})")
    except Exception as error:
        return SkippedFile(
            relative,
            f"cannot be converted ({type(error).__name__}: {visible_text(str(error)).splitlines()[0][:200] if str(error).strip() else 'no reason given'})",
        )


def _refusal(relative: str, file: Path, inside: Path) -> str | None:
    """Return why a file is not even opened, None when it is."""
    if relative.encode(errors="replace").decode() != relative:
        return "the name is not UTF-8"
    if visible_text(relative) != relative or "\n" in relative or "\t" in relative:
        return "the name has control characters"
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


def _read_page(relative: str, file: Path, version: str | None, tables: OptionTables, includes: Includes) -> SourcePage | SkippedFile:
    data = _read_bounded(file)
    digest = hashlib.sha256(data)
    # What includes may add to a page, in bytes: a few lines ask for much more.
    room = MAX_BYTES

    def read_include(target: str) -> bytes | None:
        nonlocal room
        included = includes.find(relative, target)
        content = b"" if included is None else _read_bounded(included)
        room -= len(content)
        if included is None or room < 0:
            return None
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
