# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Converted pages as Markdown files, a tree for each version: written beside, then renamed into place."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import contextlib
import os
import pathlib
import re
import secrets
import shutil
import typing as t
import urllib.parse

from .._errors import DataError
from ._product_versions import UNVERSIONED

if t.TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from ._database import IndexedVersion
    from .documents._page import Page

DOCS = "docs"  # the kind of vendors' documentation
HOUSE = "house"  # the kind of the operator's own runbooks
QA = "qa"  # the kind of questions and answers of a community
ROOTS: t.Final = {DOCS: "products", HOUSE: "house", QA: "stackoverflow"}
_GENERAL = "_general"  # in place of a product, of runbooks for all
_AGNOSTIC, _SPECIFIC = "version_agnostic", "version_specific"
_DEEPEST_HEADING = 6
_LEFTOVER = re.compile(r"\..+\.[0-9a-f]{8}\.(?:new|old)")


def tree_of(kind: str, product: str, version: str) -> str:
    """Return the directory of a version's converted pages, relative to the knowledge base's."""
    folder = _part(product or _GENERAL)
    if kind != QA:
        return f"{ROOTS[kind]}/{folder}/{_part(version)}"
    return f"{ROOTS[kind]}/{folder}/{_AGNOSTIC if version == UNVERSIONED else f'{_SPECIFIC}/{_part(version)}'}"


def _part(name: str) -> str:
    """One safe name of a directory, whatever a front matter calls its version."""
    quoted = urllib.parse.quote(name, safe="")
    return f"%2E{quoted[1:]}" if quoted.startswith(".") else quoted


def markdown_of(page: Page, facts: Mapping[str, str]) -> str:
    """Return a page as Markdown, with those ``facts`` that are known as its front matter."""
    import yaml

    front = yaml.safe_dump({name: value for name, value in facts.items() if value}, allow_unicode=True, sort_keys=False, width=10_000)
    parts = [f"---\n{front}---\n\n# {page.title}"]
    before: tuple[str, ...] = ()
    for section in page.sections:
        same = 0
        while same < min(len(before), len(section.headings)) and before[same] == section.headings[same]:
            same += 1
        # A section with another one's headings, and one that goes on after its subsections, begin with their own last heading again.
        fresh = section.headings[same:] or section.headings[-1:]
        first = len(section.headings) - len(fresh) + 2
        parts.extend(f"{'#' * min(level, _DEEPEST_HEADING)} {heading}" for level, heading in enumerate(fresh, start=first))
        parts.extend(block.text for block in section.blocks)
        before = section.headings
    return "\n\n".join(parts) + "\n"


class ConvertedPages:
    """The new tree of one version; ``token`` goes into the version's collection name, by which an interrupted renaming is ended later."""

    def __init__(self, directory: pathlib.Path, tree: str) -> None:
        self.tree = tree
        self.token = secrets.token_hex(4)
        self._directory = directory
        self._draft, self._old, self._final = _places(directory / tree, self.token)
        self._prefixes = (f"{_AGNOSTIC}/", f"{_SPECIFIC}/{self._final.name}/", f"{_SPECIFIC}/") if tree.startswith(f"{ROOTS[QA]}/") else ()
        self._draft.mkdir(parents=True)

    def write(self, path: str, text: str) -> None:
        """Keep the converted page of the source file ``path``."""
        for prefix in self._prefixes:
            path = path.removeprefix(prefix)
        target = self._draft / (path if path.endswith(".md") else f"{path}.md")
        target.parent.mkdir(parents=True, exist_ok=True)
        while target.exists():  # page and page.md
            target = target.with_name(f"{target.name}.md")
        target.write_text(text, encoding="utf-8")

    def add_file(self, path: str) -> t.BinaryIO:
        """Open a new file of the tree for writing, by its name there."""
        target = self._draft / path
        target.parent.mkdir(parents=True, exist_ok=True)
        return target.open("xb")

    def publish(self) -> None:
        """Put the new tree in the old one's place."""
        _publish(self._draft, self._old, self._final)

    def discard(self) -> None:
        """Forget what is not published."""
        if self._draft.exists():
            shutil.rmtree(self._draft)
            _drop_empty(self._draft.parent, self._directory)


def begin(directory: pathlib.Path, kind: str, product: str, version: str, *, source: str | None, owned: Collection[str]) -> ConvertedPages | None:
    """Begin the tree of a version; None when the pages are indexed from where converted ones are kept.

    ``owned`` are the trees that the index has written. Raises DataError where the operator's own files are in the way.
    """
    root = (directory / ROOTS[kind]).resolve()
    if source is not None and pathlib.Path(source).resolve().is_relative_to(root):
        return None
    tree = tree_of(kind, product, version)
    if kind == HOUSE and tree not in owned and (directory / tree).exists():
        raise DataError(
            f"{directory / tree} holds files that indexing did not write, where the converted pages of {product or kind} {version} would be; "
            f"move them elsewhere, or index {root} itself.",
            file=str(directory / tree),
        )
    return ConvertedPages(directory, tree)


def settle(directory: pathlib.Path, versions: Iterable[IndexedVersion]) -> None:
    """End the renaming that a killed run began, and remove what else it left beside the trees."""
    for version in versions:
        if version.tree:
            draft, old, final = _places(directory / version.tree, version.token)
            if draft.exists():
                _publish(draft, old, final)
    for root in ROOTS.values():
        for pattern in ("*/.*", f"*/{_SPECIFIC}/.*"):
            for leftover in (directory / root).glob(pattern):
                if _LEFTOVER.fullmatch(leftover.name):
                    shutil.rmtree(leftover)
                    _drop_empty(leftover.parent, directory)


def remove_tree(directory: pathlib.Path, tree: str) -> None:
    """Remove a version's tree, and the directories above that are empty then."""
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(directory / tree)
    _drop_empty((directory / tree).parent, directory)


def size_of(directory: pathlib.Path) -> int:
    """Return the bytes of all files below a directory."""
    total = 0
    for folder, _folders, names in os.walk(directory):
        for name in names:
            with contextlib.suppress(OSError):  # deleted meanwhile
                total += os.lstat(os.path.join(folder, name)).st_size
    return total


def _places(final: pathlib.Path, token: str) -> tuple[pathlib.Path, pathlib.Path, pathlib.Path]:
    return final.with_name(f".{final.name}.{token}.new"), final.with_name(f".{final.name}.{token}.old"), final


def _publish(draft: pathlib.Path, old: pathlib.Path, final: pathlib.Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        final.rename(old)
    draft.rename(final)
    shutil.rmtree(old, ignore_errors=True)


def _drop_empty(folder: pathlib.Path, top: pathlib.Path) -> None:
    while folder.parent != top and folder != top:
        try:
            folder.rmdir()
        except OSError:  # not empty
            return
        folder = folder.parent
