# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of a product: its names, how its documentation is versioned and where that is to be had."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import dataclasses
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Mapping


@dataclasses.dataclass(frozen=True)
class GitSettings:
    """Documentation in a git repository; ``refs``, ``paths`` and ``url`` may hold placeholders of the version."""

    repository: str
    refs: tuple[str, ...]
    paths: tuple[str, ...]
    exclude: tuple[str, ...] = ()
    root: str = ""
    url: str = ""


@dataclasses.dataclass(frozen=True)
class ArchiveSettings:
    """Documentation in a source archive, by URL or local path."""

    url: str
    paths: tuple[str, ...]
    exclude: tuple[str, ...] = ()
    root: str = ""
    page_url: str = ""


@dataclasses.dataclass(frozen=True)
class WebSettings:
    """Documentation on a web site; ``rate`` is in requests a second and host, ``max_bytes`` of one page, ``timeout`` in seconds of one request."""

    start: tuple[str, ...]
    scope: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    sitemap: str = ""
    rate: float = 1.0
    concurrency: int = 1
    max_pages: int = 2000
    max_bytes: int = 10 * 1024 * 1024
    timeout: float = 30.0
    allow_private_addresses: bool = False


@dataclasses.dataclass(frozen=True)
class StackExchangeSettings:
    """Questions and answers: tags by site; only questions of at least ``min_score``, the best ``max_questions`` of them."""

    sites: Mapping[str, tuple[str, ...]]
    api_url: str = ""
    min_score: int = 1
    max_questions: int = 500


@dataclasses.dataclass(frozen=True)
class Product:
    """An entry of the catalogue; ``versions`` is the scheme: patch, minor, major, codename, glued, date or unversioned.

    ``variables`` are beginnings of host variables about it, other than its names. ``codenames`` are release names with the major version they stand for,
    of which the distinctive ones mean the product by themselves; with ``major_releases`` a bare major version says all there is to say.
    """

    name: str
    aliases: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    versions: str = "minor"
    codenames: Mapping[str, int] = dataclasses.field(default_factory=dict)
    distinctive_codenames: tuple[str, ...] = ()
    major_releases: bool = False
    git: GitSettings | None = None
    archive: ArchiveSettings | None = None
    web: WebSettings | None = None
    stack_exchange: StackExchangeSettings | None = None
    license: str = ""
    attribution: str = ""
    strip: tuple[str, ...] = ()
