# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files of a source tree are documentation, where they are kept, and the page that a citation of each names."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import errno
import fnmatch
import hashlib
import pathlib
import posixpath
import re
import shutil
import typing as t
from urllib.parse import quote, urlsplit, urlunsplit

from ..._errors import DataError
from ...catalogue._placeholders import PAGE, fill
from .._product_versions import parse_version
from ..documents._convert import MAX_BYTES, format_of
from ..documents._option_tables import is_option_table
from ._source import Fetched, FetchedFile

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from ...catalogue._product import ArchiveSettings, GitSettings, Product
    from ._source import Progress

# Kinds of a tree's entries; any other kind is the reason for which the entry is not read.
FILE: t.Final = "file"
LINK: t.Final = "link"

# Examples and fragments that pages show or include; of these, what no page names is left out.
_INCLUDED: t.Final = frozenset(
    (
        ".bash .c .cfg .conf .cpp .cs .csv .dtd .ent .env .example .go .groovy .hcl .in .inc .ini .j2 .java .js .json .jsonnet .kt .lua .mod .php .pl "
        ".properties .proto .ps1 .py .rb .rego .rs .rules .service .sh .sql .tf .timer .toml .tpl .ts .yaml .yml"
    ).split()
)
# They would be read as plain text, but serve the build and the forge.
_NO_DOCUMENTS: t.Final = frozenset("cmakelists.txt codeowners dockerfile makefile owners owners_aliases requirements.txt robots.txt".split())
_FILE_NAME: t.Final = re.compile(rb"[\w.+-]+")
_INDEX_PAGES: t.Final = frozenset({"_index", "index", "readme"})
_MAX_LINKS: t.Final = 8
_LFS_POINTER: t.Final = b"version https://git-lfs.github.com/spec/"
_NO_SPACE: t.Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
# A name that the file system refuses, or that is both a file and a directory: that file's fault alone.
_BAD_NAME: t.Final = frozenset({errno.ENAMETOOLONG, errno.EILSEQ, errno.EINVAL, errno.EEXIST, errno.ENOTDIR, errno.EISDIR})


class Tree(t.Protocol):
    """The files of a repository at one commit, or of an archive."""

    @property
    def kinds(self) -> Mapping[str, str]:
        """FILE, LINK or why it is not read, by the path; no directories."""

    def contents(self, paths: Sequence[str]) -> Iterator[tuple[str, bytes | None]]:
        """Yield the bytes of files and the targets of links, in any order; None instead of more than MAX_BYTES."""


class Selection:
    """What a catalogue entry takes from a tree for one version of the documentation."""

    def __init__(self, product: Product, settings: GitSettings | ArchiveSettings, url: str, version: str) -> None:
        def filled(patterns: Iterable[str]) -> list[str]:
            return [_normal(fill(pattern, version, product)) for pattern in patterns]

        self._product = product
        self._paths = filled(settings.paths)
        self._exclude = [pattern for pattern in filled(settings.exclude) if pattern]
        (self._root,) = filled([settings.root])
        self._url = fill(url, version, product)

    def copy(self, tree: Tree, directory: pathlib.Path, place: str, file_url: Callable[[str], str], revision: str, progress: Progress) -> Fetched:
        """Write the chosen files of ``tree`` below ``directory``, without what another attempt left there.

        ``place`` names the tree in messages; ``file_url`` gives the address of a file that is no page of the web site.
        Raises DataError when there is nothing to choose, or no space.
        """
        warnings = self._absent(tree.kinds, place)
        chosen, skipped = self._choose(tree)
        if not any(_is_document(path) for path, _source in chosen.values()):
            raise DataError(f"{place} has no documents below {', '.join(map(repr, self._paths))}; correct the paths of {self._product.name} in the catalogue.")
        clear(directory, self._product)
        written = self._write(tree, directory, chosen, skipped, progress)
        files = {
            stored: FetchedFile(self._page_url(path, stored) or file_url(path), written[stored], self._product.license, self._product.attribution)
            for stored, (path, _source) in chosen.items()
            if stored in written
        }
        if not files:
            raise DataError(f"None of the documents of {place} can be kept, {skipped[0][0]} for one {skipped[0][1]}; see what is in it.")
        return Fetched(files, [(_printable(path), reason) for path, reason in skipped], revision, warnings)

    def _absent(self, kinds: Mapping[str, str], place: str) -> list[str]:
        """Return a warning for every path that is not there; older versions may well lack one of them, but not all."""
        absent = [path for path in self._paths if not any(_below(entry, path) for entry in kinds)]
        if len(absent) == len(self._paths):
            top = sorted({_printable(path.split("/")[0]) for path in kinds})
            raise DataError(
                f"{place} has no {' or '.join(map(repr, absent))}, only {', '.join(top[:12]) or 'nothing'}{' ...' if len(top) > 12 else ''}; "
                f"correct the paths of {self._product.name} in the catalogue."
            )
        return [f"{place} has no '{path}'." for path in absent]

    def _choose(self, tree: Tree) -> tuple[dict[str, tuple[str, str]], list[tuple[str, str]]]:
        """Return {stored path: (path, path whose bytes it has)}, and what is left out for a reason."""
        chosen: dict[str, tuple[str, str]] = {}
        skipped: list[tuple[str, str]] = []
        wanted = {path: None for path in sorted(tree.kinds) if self._wants(path, tree.kinds[path])}
        sources = _follow([path for path in wanted if tree.kinds[path] == LINK], tree)
        for path in wanted:
            kind = tree.kinds[path]
            source, reason = (path, None if kind == FILE else kind) if kind != LINK else sources[path]
            if reason is None and source != path and _is_document(path) and source in wanted:
                reason = f"the same file as {_printable(source)}"
            reason = reason or _bad_name(path)
            stored = self._stored(path)
            if reason is None and stored in chosen:
                reason = f"its place is taken by {chosen[stored][0]}"
            if reason is None:
                chosen[stored] = (path, source)
            else:
                skipped.append((path, reason))
        return chosen, skipped

    def _wants(self, path: str, kind: str) -> bool:
        if not any(_below(path, chosen) for chosen in self._paths):
            return False
        # What is hidden is no page of its project, and is not read as one.
        if any(part.startswith(".") and part.strip(".") for part in self._stored(path).split("/")):
            return False
        if any(fnmatch.fnmatchcase(path, pattern) or _below(path, pattern) for pattern in self._exclude):
            return False
        return kind not in (FILE, LINK) or _is_document(path) or _may_be_included(path)

    def _stored(self, path: str) -> str:
        if self._root in ("", path) or not _below(path, self._root):
            return posixpath.basename(path) if path == self._root else path
        return path[len(self._root) + 1 :]

    def _write(
        self, tree: Tree, directory: pathlib.Path, chosen: Mapping[str, tuple[str, str]], skipped: list[tuple[str, str]], progress: Progress
    ) -> dict[str, str]:
        """Write the files and return the SHA-256 of each by its stored path."""
        stored_of: dict[str, list[str]] = {}
        for stored, (_path, source) in chosen.items():
            stored_of.setdefault(source, []).append(stored)
        includable = {posixpath.basename(stored).encode() for stored in chosen if not _is_document(stored)}
        named: set[bytes] = set()
        written: dict[str, str] = {}
        for source, data in tree.contents(list(stored_of)):
            refusal = _refusal(data)
            for stored in stored_of[source]:
                if data is None or refusal is not None:
                    skipped.append((chosen[stored][0], refusal or ""))
                    continue
                failure = self._write_file(directory, stored, data)
                if failure is not None:
                    skipped.append((chosen[stored][0], failure))
                    continue
                written[stored] = hashlib.sha256(data).hexdigest()
                progress(len(written), len(chosen))
            if data is not None and includable:
                named |= includable.intersection(_FILE_NAME.findall(data))
        for stored in [stored for stored in written if not _is_document(stored) and posixpath.basename(stored).encode() not in named]:
            (directory / stored).unlink()
            del written[stored]
        skipped.sort()
        return written

    def _write_file(self, directory: pathlib.Path, stored: str, data: bytes) -> str | None:
        """Return why the file system refuses the file, None when it is written; raises DataError when it would refuse any."""
        file = directory / stored
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("xb") as stream:
                stream.write(data)
        except OSError as exc:
            if exc.errno in _BAD_NAME:
                return f"cannot be stored ({exc.strerror})"
            raise cannot_write(exc, directory, self._product) from exc
        return None

    def _page_url(self, path: str, stored: str) -> str:
        """Return the page's address on the product's web site, empty when the file has none there."""
        if not self._url or format_of(path) is None or (self._root and not _below(path, self._root)):
            return ""
        before, placeholder, after = self._url.partition(f"{{{PAGE}}}")
        if not placeholder:
            return self._url
        page = posixpath.splitext(stored.removesuffix(".txt") if stored.endswith(".rst.txt") else stored)[0]
        # Where an extension follows, the site has a file for each page: index.html.
        if after[:1] in ("", "/", "?", "#") and posixpath.basename(page).lower() in _INDEX_PAGES:
            page = posixpath.dirname(page)
            after = after if page else after.removeprefix("/")
        return before + quote(page) + after


def plain_version(deployed: str | None, product: Product) -> str | None:
    """Return the upstream version in what a package calls its own, None when it says nothing that can be read."""
    if deployed is None:
        return None
    if deployed.strip().lower() in product.codenames:
        return deployed.strip().lower()
    numbers = parse_version(deployed, product.name)
    return None if numbers is None else ".".join(map(str, numbers))


def without_credentials(address: str) -> str:
    """Return a URL, a path or ssh's ``host:path`` without user, password and query, for messages and citations."""
    if "://" not in address:
        return re.sub(r"^[^/@]*:[^/@]*@", "", address)
    try:
        parts = urlsplit(address)
    except ValueError:
        scheme, _separator, rest = address.partition("://")
        return f"{scheme}://{rest.rpartition('@')[2].partition('?')[0]}"
    # The user's name leads to the right account over ssh, and is no secret there.
    user = f"{parts.username}@" if parts.scheme == "ssh" and parts.username else ""
    return urlunsplit((parts.scheme, user + parts.netloc.rpartition("@")[2], parts.path, "", ""))


def clear(directory: pathlib.Path, product: Product) -> None:
    """Remove what an interrupted attempt left in ``directory``, except the notes there."""
    try:
        for left in directory.iterdir():
            if left.name.startswith("."):
                continue
            if left.is_dir() and not left.is_symlink():
                shutil.rmtree(left)
            else:
                left.unlink()
    except OSError as exc:
        raise cannot_write(exc, directory, product) from exc


def cannot_write(exc: OSError, directory: pathlib.Path, product: Product) -> DataError:
    """Return the error that says why the documentation of ``product`` cannot be kept."""
    if exc.errno in _NO_SPACE:
        return DataError(f"There is no space left in {directory} for the documentation of {product.name}; free some and fetch again.", file=str(directory))
    return DataError(
        f"{exc.filename or directory} cannot be written ({exc.strerror or exc}); see to its permissions and fetch {product.name} again.", file=str(directory)
    )


def _is_document(path: str) -> bool:
    return posixpath.basename(path).lower() not in _NO_DOCUMENTS and (format_of(path) is not None or is_option_table(path))


def _may_be_included(path: str) -> bool:
    return posixpath.splitext(path)[1].lower() in _INCLUDED


def _follow(links: Sequence[str], tree: Tree) -> dict[str, tuple[str, str | None]]:
    """Return {link: (the file at its end, None)}, or the reason for which there is none in the tree, in place of None."""
    ends: dict[str, tuple[str, str | None]] = {link: (link, None) for link in links}
    for _hop in range(_MAX_LINKS):
        open_ends = [end for end, reason in ends.values() if reason is None and tree.kinds.get(end) == LINK]
        if not open_ends:
            break
        targets = {end: _target(end, target) for end, target in tree.contents(sorted(set(open_ends)))}
        for link, (end, reason) in ends.items():
            if reason is None and end in targets:
                target = targets[end]
                ends[link] = (end, "the link leads out of the tree") if target is None else (target, None)
    for link, (end, reason) in ends.items():
        kind = tree.kinds.get(end)
        if reason is None and kind != FILE:
            is_directory = kind is None and any(_below(path, end) for path in tree.kinds)
            ends[link] = (end, "the link leads to a directory" if is_directory else "the link leads to no file")
    return ends


def _target(link: str, target: bytes | None) -> str | None:
    """Return the path in the tree to which a link leads, None when that is out of it."""
    text = (target or b"/").decode(errors="surrogateescape")
    path = posixpath.normpath(posixpath.join(posixpath.dirname(link), text))
    return None if text.startswith("/") or path == ".." or path.startswith("../") else path


def _refusal(data: bytes | None) -> str | None:
    if data is None:
        return f"more than the {MAX_BYTES // 2**20} MB of a page"
    return "its text is in Git LFS, not in the repository" if data.startswith(_LFS_POINTER) else None


def _bad_name(path: str) -> str | None:
    if not path or any(part in ("", ".", "..") for part in path.split("/")):
        return "the name leads out of the tree"
    if any(ord(char) < 32 for char in path):
        return "the name has control characters"
    return None if path.encode(errors="replace").decode() == path else "the name is not UTF-8"


def _printable(path: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in path)


def _normal(path: str) -> str:
    """A path of the catalogue as trees have it; the whole tree is the empty path."""
    return "" if path.strip() in ("", ".", "/", "./") else path.strip().removeprefix("./").strip("/")


def _below(path: str, parent: str) -> bool:
    return not parent or path == parent or path.startswith(parent + "/")
