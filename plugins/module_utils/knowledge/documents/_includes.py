# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which file of a tree an include means, and which files are only there to be included."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import itertools
import os
import posixpath
import re
from collections.abc import Collection
from pathlib import Path
from typing import Final

# Folders whose files generators of sites render nowhere by themselves.
_FRAGMENT_FOLDERS: Final = re.compile(r"_?(?:includes?|partials?|snippets?|snips?|fragments?|parts|shared|reusables?|_\w[\w-]*)", re.IGNORECASE)
# Frames of a site's pages, which server-side includes put around the content.
_FRAME: Final = re.compile(r"_?(?:\w+[_-])?(?:header|footer|head|nav|navbar|menu|sidebar|top|bottom|banner|toc)", re.IGNORECASE)
# What begins a page of its own, by format: a title, or a heading.
_HEADINGS: Final = {
    "markdown": re.compile(
        r"^[ ]{0,3}#{1,6}[ \t]+\S|^\S[^\n]*\n(?:={3,}|-{3,})[ \t]*$|\A\s*(?:---|\+\+\+)\n(?:[^\n]*\n){0,60}?(?:\w+_)?title[ \t]*[:=]", re.MULTILINE
    ),
    "rst": re.compile(r"^\S[^\n]*\n([=\-~^\"'`#*+:.<>_])\1{2,}[ \t]*$", re.MULTILINE),
    "asciidoc": re.compile(r"^={1,6}[ \t]+\S", re.MULTILINE),
    "html": re.compile(r"<(?:h[1-6]|title)\b", re.IGNORECASE),
    "xml": re.compile(r"<(?:\w+:)?(?:appendix|article|book|chapter|glossary|preface|part|reference|refentry|refsect\d|section|sect\d|module)\b", re.IGNORECASE),
    "man": re.compile(r"^[.'][ \t]*(?:TH|SH|Dt|Sh)\b", re.MULTILINE),
    "text": re.compile(r"^\S[^\n]*\n([=\-~^#*])\1{2,}[ \t]*$|^\d+(?:\.\d+)*\.?[ \t]+[A-Z]", re.MULTILINE),
}
_VERBATIM: Final = re.compile(r"^[ \t]*(```+|~~~+|-{4,}|\.{4,})[^\n]*\n.*?^[ \t]*\1[`~.-]*[ \t]*$", re.MULTILINE | re.DOTALL)


def is_fragment(path: str, kind: str | None, text: str) -> bool:
    """Tell whether a document is only there to be included: its folder or name says so, or it has neither title nor heading."""
    *folders, name = path.split("/")
    stem = name.partition(".")[0]
    if kind == "html" and _FRAME.fullmatch(stem):
        return False
    if stem.lower() == "_index" or kind is None:
        return False
    if name.startswith("_") or any(_FRAGMENT_FOLDERS.fullmatch(folder) for folder in folders):
        return True
    headings = _HEADINGS[kind]
    return headings.search(text) is None or (kind in ("markdown", "asciidoc") and headings.search(_VERBATIM.sub("", text)) is None)


class Includes:
    """The includes of the pages below ``root``, whose files are ``paths``; ``inlined`` are those that a page has asked for."""

    def __init__(self, root: Path, paths: Collection[str], *, pages: Collection[str]) -> None:
        self._root = root
        self._pages = frozenset(pages)
        self._by_name: dict[str, list[str]] = {}
        for path in paths:
            self._by_name.setdefault(posixpath.basename(path), []).append(path)
        self.inlined: set[str] = set()

    def find(self, page: str, target: str) -> Path | None:
        """Return the file that an include of a page names; None when it is absent, outside or a page of its own.

        After ``#`` a part of a file is asked for, which may be one of a page as well. The file stands beside the page, below the
        root, or where only the site's generator knows: then its path ends as the include says, or begins above the root.
        """
        name, hash_sign, _part = target.partition("#")
        found = self._path_of(page, name)
        if found is None or (found in self._pages and not hash_sign):
            return None
        self.inlined.add(found)
        return self._root / found

    def _path_of(self, page: str, name: str) -> str | None:
        if "://" in name:
            return None
        beside = posixpath.join(posixpath.dirname(page), name)
        for candidate in (beside, name.lstrip("/")):
            found = self._existing(candidate.lstrip("/"))
            if found is not None:
                return found
        wanted = [part for part in posixpath.normpath(name).split("/") if part not in ("", ".", "..")]
        known = self._by_name.get(wanted[-1], []) if wanted else []
        ending = [path for path in known if f"/{path}".endswith("/" + "/".join(wanted))]
        if not ending and len(wanted) > 1:
            # The include begins above the root.
            ending = [path for path in known if any("/".join(wanted[above:]) == path for above in range(1, len(wanted)))]
        return self._nearest(page, ending)

    def _existing(self, path: str) -> str | None:
        file = Path(os.path.realpath(self._root / path))
        return file.relative_to(self._root).as_posix() if file.is_relative_to(self._root) and os.path.isfile(file) else None

    @staticmethod
    def _nearest(page: str, paths: list[str]) -> str | None:
        """Of several files the one with most folders in common with the page; None when that is not one alone."""
        shared = {path: _common_folders(path, page) for path in paths}
        best = [path for path in paths if shared[path] == max(shared.values())]
        return best[0] if len(best) == 1 else None


def _common_folders(path: str, other: str) -> int:
    return sum(1 for _same in itertools.takewhile(lambda pair: pair[0] == pair[1], zip(path.split("/"), other.split("/"), strict=False)))
