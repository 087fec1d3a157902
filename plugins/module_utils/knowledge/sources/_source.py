# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every source of documentation has in common: it finds the documentation of a deployed version, then brings its files."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import dataclasses
import pathlib
import typing as t

if t.TYPE_CHECKING:
    from .._product_versions import VersionMatch


@dataclasses.dataclass(frozen=True)
class Located:
    """Documentation that a source has: of the version ``match.served_version``, at ``location`` (a URL or path without credentials).

    ``reference`` is the tag, branch or first page; ``revision`` the commit or digest behind it, empty where only fetching tells.
    """

    source: str
    location: str
    reference: str
    match: VersionMatch
    revision: str = ""


@dataclasses.dataclass(frozen=True)
class FetchedFile:
    """Where a fetched file is from; ``url`` is for citations. A web server's ``etag`` and ``last_modified`` are empty where it sent none."""

    url: str
    sha256: str
    license: str = ""
    attribution: str = ""
    etag: str = ""
    last_modified: str = ""


@dataclasses.dataclass(frozen=True)
class Fetched:
    """What one fetch brought: files by their path below the directory, and what was left out as (path or URL, reason)."""

    files: dict[str, FetchedFile]
    skipped: list[tuple[str, str]]
    revision: str
    warnings: list[str] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True)
class Earlier:
    """What the last whole fetch of a version brought, and the directory in which it is kept; for conditional requests."""

    fetched: Fetched
    directory: pathlib.Path


# Called with (files so far, files known of) while a source works.
Progress = t.Callable[[int, int], None]


class Source(t.Protocol):
    """One place where a product's documentation can be had."""

    def locate(self, deployed: str | None) -> Located:
        """Find the documentation that serves a deployed version, fetching nothing but listings.

        Raises ServiceError when the place cannot be reached, DataError when it has nothing for the product.
        """

    def fetch(self, located: Located, directory: pathlib.Path, earlier: Earlier | None, progress: Progress) -> Fetched:
        """Bring the files into ``directory``, which is empty or holds an interrupted attempt at the same ``located``.

        Files whose names begin with a dot are the source's own notes there. Raises ServiceError or DataError; what is in
        ``directory`` then is for the next attempt.
        """
