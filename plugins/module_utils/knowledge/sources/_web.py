# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation on a web site: the pages below a version's prefix, fetched slowly and only when they have changed."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import dataclasses
import hashlib
import json
import pathlib
import typing as t
from urllib.parse import urldefrag

from ..._errors import ConfigError, DataError, ServiceError
from ...catalogue._placeholders import documentation_version, fill, placeholders, version_of
from .._product_versions import VersionMatch, choose_version, parse_version
from ._http import Limits, PoliteSession
from ._robots import Robots
from ._sitemap import read_sitemaps
from ._source import Earlier, Fetched, Located, Progress
from ._urls import Scope, default_prefix, normalised
from ._web_crawl import Crawl
from ._web_journal import Journal, Kept
from ._web_visit import Task, Visitor

if t.TYPE_CHECKING:
    from ...catalogue._product import Product, WebSettings


class WebSource:
    """The web site of a product's documentation."""

    def __init__(self, product: Product, http: PoliteSession) -> None:
        if product.web is None:
            raise ConfigError(f"The catalogue has no web site for {product.name}; add 'web' to its entry.")
        self._product = product
        self._settings: WebSettings = product.web
        self._http = http
        self._limits = Limits(
            rate=self._settings.rate,
            max_bytes=self._settings.max_bytes,
            timeout=self._settings.timeout,
            allow_private_addresses=self._settings.allow_private_addresses,
        )

    def locate(self, deployed: str | None) -> Located:
        """Find the documentation that serves a deployed version; of a site that does not list its versions, the first start page must be there."""
        match = self._match(deployed)
        starts, scope = self._places(match)
        located = Located("web", scope.prefixes[0], next(iter(starts)), match)
        if not self._settings.versions:
            self._probe(located, scope)
        return located

    def fetch(self, located: Located, directory: pathlib.Path, earlier: Earlier | None, progress: Progress) -> Fetched:
        """Bring the pages below the version's prefixes; see Source.fetch."""
        starts, scope = self._places(located.match)
        robots = Robots(self._http, self._limits)
        visitor = Visitor(self._product, self._http, robots, self._limits, scope, Kept(earlier), located.match.served_version)
        visitor.learn_missing()
        identity = json.dumps([self._product.name, located.location, located.reference, located.match.served_version, repr(self._settings)])
        crawl = Crawl(
            scope,
            visitor.visit,
            Journal(directory, identity),
            directory,
            max_pages=self._settings.max_pages,
            concurrency=self._settings.concurrency,
            without_latest=self._product.versions != "unversioned",
            progress=progress,
        )
        sitemaps, warnings = self._sitemap(robots, scope, located)
        for url, fragments in starts.items():
            crawl.add(Task(url, fragments, is_start=True, lastmod=sitemaps.get(url, "")))
        for url, lastmod in sitemaps.items():
            crawl.add(Task(url, lastmod=lastmod))
        crawl.run()
        if not crawl.files:
            raise self._nothing(located, crawl)
        crawl.clean()
        files = dict(sorted(crawl.files.items()))
        digest = hashlib.sha256("".join(f"{path}\0{file.sha256}\n" for path, file in files.items()).encode())
        return Fetched(files, crawl.skipped, digest.hexdigest(), [*warnings, *crawl.warnings])

    def _match(self, deployed: str | None) -> VersionMatch:
        name = self._product.name
        available = list(self._settings.versions)
        if not available:
            if self._product.versions == "unversioned":
                available = ["unversioned"]
            elif deployed is None or not self._upstream(deployed):
                shown = "no version of it is deployed" if deployed is None else f"'{deployed}' is no version"
                raise DataError(f"The web site of {name} has its documentation by version and {shown}; list the site's versions in the entry's web.versions.")
            else:
                available = [self._site_version(self._upstream(deployed))]
        match = choose_version(deployed, available, name)
        if match is None:
            raise DataError(f"The web site of {name} has no version of its documentation; look at the entry's web.versions.")
        return match

    def _site_version(self, upstream: str) -> str:
        """Return the version as finely as the site's addresses tell it; by the product's scheme where they do not."""
        start = self._settings.start[0]
        return version_of(start, fill(start, upstream, self._product), self._product) or documentation_version(self._product, upstream)

    def _upstream(self, deployed: str) -> str:
        """Return the version without what packages add to it, "" when it has none."""
        if deployed.strip().lower() in self._product.codenames:
            return deployed.strip().lower()
        return ".".join(map(str, parse_version(deployed, self._product.name) or ()))

    def _places(self, match: VersionMatch) -> tuple[dict[str, tuple[str, ...]], Scope]:
        """Return the start pages with their fragments, and the scope, for a version."""
        version = match.served_version
        upstream = self._upstream(match.requested_version or "")
        # The whole deployed version, where it is the documentation's: its address may name the patch.
        if upstream and version != "unversioned" and documentation_version(self._product, upstream) == version:
            version = upstream

        def filled(pattern: str) -> str:
            address = fill(pattern, version, self._product)
            try:
                return normalised(address)
            except ValueError as exc:
                raise ConfigError(f"'{address}' of {self._product.name} in the catalogue is no http or https address; write it in full.") from exc

        fragments: dict[str, list[str]] = {}
        prefixes = [filled(pattern) for pattern in self._settings.scope]
        for pattern in self._settings.start:
            bare, fragment = urldefrag(pattern)
            url = filled(bare)
            fragments.setdefault(url, []).append(fill(fragment, version, self._product))
            if not self._settings.scope:
                prefixes.append(default_prefix(url, versioned_name=bool(placeholders(bare.rpartition("/")[2]))))
        # A page that is also named without a fragment is wanted whole.
        starts = {url: () if "" in names else tuple(dict.fromkeys(names)) for url, names in fragments.items()}
        return starts, Scope(list(dict.fromkeys(prefixes)), starts, self._settings.exclude)

    def _probe(self, located: Located, scope: Scope) -> None:
        place = located.reference
        robots = Robots(self._http, self._limits)
        if not robots.allows(place):
            raise DataError(f"{place} is disallowed by the site's robots.txt; take the documentation of {self._product.name} from git or an archive.")
        visitor = Visitor(self._product, self._http, robots, self._limits, scope, Kept(None), located.match.served_version)
        reply = self._http.get(place, dataclasses.replace(self._limits, rate=robots.rate(place)), refusal=visitor.refusal)
        if reply.transient:
            raise ServiceError(f"{place} {reply.problem}; check the address and the proxy, or try again later.", url=place, status=reply.status or None)
        if reply.problem:
            message = (
                f"{place} {reply.problem}, so the site has no {located.match.served_version} of {self._product.name}; use git, an archive or another version."
            )
            raise DataError(message)

    def _sitemap(self, robots: Robots, scope: Scope, located: Located) -> tuple[dict[str, str], list[str]]:
        """Return lastmod by address of the pages that the site's sitemaps name, and warnings."""

        def admit(written: str) -> str | None:
            try:
                return scope.same_host(normalised(written))
            except ValueError:
                return None

        configured = fill(self._settings.sitemap, located.match.served_version, self._product) if self._settings.sitemap else ""
        named = [configured] if configured else robots.sitemaps(located.reference)
        root = "/".join(located.reference.split("/")[:3])
        limits = dataclasses.replace(self._limits, rate=robots.rate(located.reference))
        found = read_sitemaps(self._http, limits, named, [f"{root}/sitemap.xml"], admit)
        pages = {}
        for written, lastmod in found.pages.items():
            url = admit(written)
            if url is not None and scope.admit(url) is not None:
                pages[t.cast("str", scope.admit(url))] = lastmod
        return dict(sorted(pages.items())), found.warnings

    def _nothing(self, located: Located, crawl: Crawl) -> ServiceError | DataError:
        place, reason = crawl.trouble or next(iter(crawl.skipped), (located.reference, "was not found"))
        message = f"{located.location} gave no page of {self._product.name}: {place} {reason}"
        if crawl.trouble is not None:
            return ServiceError(f"{message}; try again later.", url=place)
        return DataError(f"{message}; look at the entry's web.start and web.scope.")
