# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One page of a site: asked for only when needed, judged, and taken apart into what is kept of it and where it leads."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import dataclasses
import hashlib
import posixpath
import secrets
import typing as t
from urllib.parse import urljoin, urlsplit

from ..._errors import DataError
from ..documents._convert import convert, format_of
from ._html_sections import parse_html, section_html
from ._http import Limits, PoliteSession, Reply
from ._robots import Robots
from ._source import FetchedFile
from ._urls import Scope, normalised
from ._web_journal import Kept, KeptPage, Visit
from ._web_page import (
    MIN_CHARACTERS,
    MIN_SECTION_CHARACTERS,
    Links,
    decode_page,
    fingerprint,
    include_targets,
    links_of,
    page_suffix,
    plain_text,
    redirect_stub,
    robots_words,
    says_not_found,
)

if t.TYPE_CHECKING:
    from ...catalogue._product import Product

_ACCEPT: t.Final = "text/html, application/xhtml+xml, text/markdown;q=0.8, text/plain;q=0.7, */*;q=0.1"
_INCLUDE_DEPTH: t.Final = 3


@dataclasses.dataclass(frozen=True)
class Task:
    """A page to visit, for the sections of its ``fragments`` or, without any, as a whole; ``lastmod`` is what the sitemap says of it."""

    url: str
    fragments: tuple[str, ...] = ()
    is_start: bool = False
    is_include: bool = False
    lastmod: str = ""


class Piece(t.NamedTuple):
    """A file to keep: its path if no other page has it, its bytes and where it is from."""

    path: str
    body: bytes
    file: FetchedFile


class Visitor:
    """Visits pages of one crawl; several threads may do so at a time."""

    def __init__(self, product: Product, http: PoliteSession, robots: Robots, limits: Limits, scope: Scope, kept: Kept, version: str) -> None:
        self._product = product
        self._http = http
        self._robots = robots
        self._limits = limits
        self._scope = scope
        self._kept = kept
        self._version = version
        self._missing: set[str] = set()

    def learn_missing(self) -> None:
        """Ask each host for a page that cannot exist: where the answer is a page all the same, its like is no page."""
        for prefix in {urlsplit(prefix).netloc: prefix for prefix in reversed(self._scope.prefixes)}.values():
            url = f"{prefix.rstrip('/')}/{secrets.token_hex(8)}.html"
            if not self._robots.allows(url):
                continue
            reply = self._get(url)
            # Where it redirects to is a page of its own.
            if reply.problem or reply.status != 200 or reply.url != url:
                continue
            try:
                _text, body = decode_page(reply.body, reply.headers.get("Content-Type", ""))
                plain = self._text(body, "missing.html")
            except (ValueError, DataError):
                continue
            if plain:
                self._missing.add(fingerprint(plain, url))

    def visit(self, task: Task) -> tuple[Visit, list[Piece]]:
        """Return what became of a page, and the files to keep of it. Raises ServiceError when its host is down."""
        if not self._robots.allows(task.url):
            return _skipped(task, "is disallowed by robots.txt")
        kept = self._kept.page(task.url, task.fragments)
        if kept and task.lastmod and task.lastmod == self._kept.lastmod(task.url):
            return self._again(task, task.url, kept, "")
        reply = self._get(task.url, task.fragments)
        if reply.status == 304 and not reply.problem:
            final = normalised(reply.url)
            kept = self._kept.page(final, task.fragments)
            return self._again(task, final, kept, reply.headers.get("X-Robots-Tag", "")) if kept else _skipped(task, "answers with status 304 unasked")
        if reply.transient and kept:
            visit, pieces = self._again(task, task.url, kept, "")
            visit.warnings.append(f"{task.url} {reply.problem}; its text of the last fetch was kept.")
            visit.transient = True
            return visit, pieces
        if reply.problem:
            visit, pieces = _skipped(task, reply.problem)
            visit.transient = reply.transient
            return visit, pieces
        return self._judge(task, reply)

    def refusal(self, target: str) -> str:
        """Say why a redirect is not followed, "" when it is."""
        try:
            url = normalised(target)
        except ValueError:
            return "redirects to what is no plain http or https address"
        admitted = self._scope.admit(url)
        if admitted is None or self._scope.is_excluded(url) or self._is_latest(url):
            return f"redirects to {target}, which is out of scope"
        if admitted != url and url.startswith("http:"):
            return f"redirects to {target}, which is not encrypted"
        return "" if self._robots.allows(url) else f"redirects to {target}, which robots.txt disallows"

    def _is_latest(self, url: str) -> bool:
        return self._product.versions != "unversioned" and self._scope.is_latest(url)

    def _get(self, url: str, fragments: tuple[str, ...] | None = None) -> Reply:
        """Ask for a page; with ``fragments`` only if what is kept of it has changed."""

        def headers(place: str) -> dict[str, str]:
            known = {"Accept": _ACCEPT}
            for _path, file, _body in () if fragments is None else self._kept.page(normalised(place), fragments).values():
                known |= {"If-None-Match": file.etag} if file.etag else {}
                known |= {"If-Modified-Since": file.last_modified} if file.last_modified else {}
            return known

        return self._http.get(url, dataclasses.replace(self._limits, rate=self._robots.rate(url)), headers=headers, refusal=self.refusal)

    def _again(self, task: Task, final: str, kept: KeptPage, robots_tag: str) -> tuple[Visit, list[Piece]]:
        """A page that is as it was: the files of the last fetch."""
        visit = Visit(task.url, final, lastmod=task.lastmod)
        pieces = []
        links: set[str] = set()
        includes: set[str] = set()
        for fragment, (path, file, body) in kept.items():
            pieces.append(Piece(path, body, file))
            if format_of(path) == "html":
                text, _body = decode_page(body, "")
                root = parse_html(text)
                if "nofollow" not in robots_words(root, robots_tag):
                    found = links_of(root, text, final)
                    links.update(found.pages)
                    includes.update(found.includes if not fragment else ())
        visit.links, visit.includes = tuple(sorted(links)), tuple(sorted(includes))
        return visit, pieces

    def _judge(self, task: Task, reply: Reply) -> tuple[Visit, list[Piece]]:
        """Tell a page from what only looks like one."""
        url = normalised(reply.url)
        content_type = reply.headers.get("Content-Type", "")
        suffix = page_suffix(content_type, reply.body, url)
        bare_include = task.is_include and format_of(urlsplit(url).path) is None
        if not suffix and not bare_include:
            return _skipped(task, f"is no page of text but {content_type.partition(';')[0].strip() or 'of an unnamed type'}", url)
        try:
            text, body = decode_page(reply.body, content_type)
        except ValueError as problem:
            return _skipped(task, str(problem), url)
        if bare_include:
            return Visit(task.url, url, lastmod=task.lastmod), [self._piece(url, "", body, reply)]
        if not text.strip():
            return _skipped(task, "is empty", url)
        root = parse_html(text) if suffix == ".html" else None
        words = robots_words(root, reply.headers.get("X-Robots-Tag", ""))
        links = Links() if "nofollow" in words else links_of(root, text, url)
        try:
            plain = self._text(body, posixpath.basename(self._scope.stored_path(url, suffix)))
        except DataError as error:
            return _skipped(task, f"cannot be converted: {error.message}", url, links)
        stub = redirect_stub(root, plain, url)
        if stub is not None:
            return _skipped(task, stub[0], url, Links((stub[1],) if stub[1] else ()))
        if says_not_found(root, plain) or fingerprint(plain, url) in self._missing:
            return _skipped(task, "is an error page although its status is 200 (soft 404)", url)
        if "noindex" in words and not task.is_start:
            return _skipped(task, "asks not to be indexed (noindex)", url, links)
        if task.fragments and root is not None:
            return self._sections(task, url, text, reply, follow="nofollow" not in words)
        if len(plain) < MIN_CHARACTERS and all(format_of(urlsplit(include).path) for include in links.includes):
            return _skipped(task, f"has only {len(plain)} characters of text", url, links)
        visit = Visit(task.url, url, links=links.pages, includes=links.includes, lastmod=task.lastmod)
        return visit, [self._piece(url, suffix, body, reply)]

    def _sections(self, task: Task, url: str, text: str, reply: Reply, *, follow: bool) -> tuple[Visit, list[Piece]]:
        visit = Visit(task.url, url, lastmod=task.lastmod)
        root = parse_html(text)
        everything: str | None = None
        pieces = []
        links: set[str] = set()
        for fragment in task.fragments:
            place = f"{url}#{fragment}"
            alone = section_html(root, fragment)
            section = None if alone is None else self._with_includes(alone, url, visit.skipped)
            if alone is None and include_targets(text):
                # The section may stand in one of the included files.
                everything = everything or self._with_includes(text, url, visit.skipped)
                section = section_html(parse_html(everything), fragment)
            if section is None:
                visit.skipped.append((place, "names a section that the page does not have"))
                continue
            plain = self._text(section.encode(), "section.html")
            if len(plain) < MIN_SECTION_CHARACTERS:
                visit.skipped.append((place, f"has only {len(plain)} characters of text"))
                continue
            # The server's validators are of the page without what it includes.
            pieces.append(self._piece(url, ".html", section.encode(), reply, fragment, validated=section == alone))
            links.update(links_of(parse_html(section), "", url).pages if follow else ())
        visit.links = tuple(sorted(links))
        return visit, pieces

    def _with_includes(self, text: str, url: str, skipped: list[tuple[str, str]], depth: int = 0) -> str:
        """Put in what the page includes on the server's side, where the server has not: a section may have all of its text there."""
        parts = []
        at = 0
        for found in include_targets(text):
            parts.append(text[at : found.start()])
            at = found.end()
            try:
                place = normalised(urljoin(url, found[1]))
            except ValueError:
                continue
            if depth >= _INCLUDE_DEPTH or self._scope.admit(place) is None or not format_of(urlsplit(place).path) or not self._robots.allows(place):
                continue
            reply = self._get(place)
            try:
                if reply.problem:
                    raise ValueError(reply.problem)
                included, _body = decode_page(reply.body, reply.headers.get("Content-Type", ""))
            except ValueError as problem:
                skipped.append((place, str(problem)))
                continue
            parts.append(self._with_includes(included, url, skipped, depth + 1))
        return "".join([*parts, text[at:]])

    def _text(self, body: bytes, name: str) -> str:
        return plain_text(convert(body, name, version=self._version))

    def _piece(self, url: str, suffix: str, body: bytes, reply: Reply, fragment: str = "", *, validated: bool = True) -> Piece:
        file = FetchedFile(
            url=f"{url}#{fragment}" if fragment else url,
            sha256=hashlib.sha256(body).hexdigest(),
            license=self._product.license,
            attribution=self._product.attribution,
            etag=reply.headers.get("ETag", "") if validated else "",
            last_modified=reply.headers.get("Last-Modified", "") if validated else "",
        )
        return Piece(self._scope.stored_path(url, suffix, fragment), body, file)


def _skipped(task: Task, reason: str, final: str = "", links: Links | None = None) -> tuple[Visit, list[Piece]]:
    links = links or Links()
    visit = Visit(task.url, final or task.url, skipped=[(task.url, reason)], links=links.pages, includes=links.includes, lastmod=task.lastmod)
    return visit, []
