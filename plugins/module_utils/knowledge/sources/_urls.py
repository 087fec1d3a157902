# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses of pages: one way of writing each, which of them belong to a version's documentation, and the files they are kept in."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import fnmatch
import hashlib
import posixpath
import re
import typing as t
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import takewhile
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from ..documents._convert import format_of

_DEFAULT_PORTS: t.Final = {"http": 80, "https": 443}
_UNRESERVED: t.Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_ESCAPE: t.Final = re.compile(r"%([0-9A-Fa-f]{2})?")
# Parameters that follow a reader about and change nothing of the page.
_TRACKING: t.Final = re.compile(
    r"utm_\w+|(?:gcl|fbcl|msclk|dcl|yclid|ymcl|twcl|igsh)\w*|_ga|_gl|_hs\w+|mc_[ce]id|pk_\w+|piwik_\w+|matomo_\w+|ref|ref_src|referrer", re.IGNORECASE
)
_INDEX: t.Final = re.compile(r"/(?:index|default)\.(?:x?html?|shtml|php|aspx?)$")
_PAGE_SUFFIX: t.Final = re.compile(r"\.(?:x?html?|shtml|php|aspx?|jsp|md|markdown|txt|rst|adoc)$", re.IGNORECASE)
_NO_PAGE: t.Final = re.compile(
    r"\.(?:css|m?js|json|map|png|jpe?g|gif|svg|ico|webp|avif|pdf|ps|epub|zip|t?gz|bz2|tbz2?|txz|xz|zst|7z|tar|jar|war|rpm|deb|exe|msi|dmg|iso|whl|"
    r"woff2?|ttf|eot|mp[34]|webm|ogg|sha\d+|md5|sig|rss|atom|ya?ml|csv|xlsx?|docx?|pptx?|drawio|vsdx?)$",
    re.IGNORECASE,
)
_UNSAFE: t.Final = re.compile(r"[^\w.+()@=,~-]")
_MAX_NAME_BYTES: t.Final = 120
_MAX_PATH_BYTES: t.Final = 600


def normalised(url: str) -> str:
    """Return ``url`` in its one way of writing: no fragment, no default port, no tracking, no dot segments, percent-encoding only where needed.

    Raises ValueError when it is no http or https address, or holds a user's name.
    """
    parts = urlsplit(url.strip())
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or parts.username is not None:
        raise ValueError(f"{url} is no plain http or https address")
    host = parts.hostname if parts.hostname.isascii() else parts.hostname.encode("idna").decode("ascii")
    host = f"[{host}]" if ":" in host else host
    port = "" if parts.port in (None, _DEFAULT_PORTS[parts.scheme]) else f":{parts.port}"
    query = urlencode([(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.fullmatch(name)])
    return f"{parts.scheme}://{host}{port}{_path(parts.path)}{'?' if query else ''}{query}"


def _path(path: str) -> str:
    def escape(found: re.Match[str]) -> str:
        if found[1] is None:
            return "%25"
        char = chr(int(found[1], 16))
        return char if char in _UNRESERVED else f"%{found[1].upper()}"

    segments: list[str] = []
    for segment in quote(_ESCAPE.sub(escape, path), safe="%/:@!$&'()*+,;=~-._").split("/")[1:]:
        if segment == "..":
            del segments[-1:]
        elif segment != ".":
            segments.append(segment)
    if path.endswith(("/.", "/..")):
        segments.append("")
    return "/" + "/".join(segments)


def document_key(url: str) -> str:
    """Return what the addresses of one document share: ``/a/``, ``/a`` and ``/a/index.html``, over http as over https."""
    parts = urlsplit(url)
    path = _INDEX.sub("/", parts.path).rstrip("/")
    return f"{parts.netloc}{path}{'?' if parts.query else ''}{parts.query}"


def is_no_page(url: str) -> bool:
    """Tell whether an address is that of a picture, an archive or the like by its name."""
    return _NO_PAGE.search(urlsplit(url).path) is not None


class Scope:
    """The pages that belong to a version's documentation: those below ``prefixes``, and the ``exact`` ones; all normalised addresses.

    A prefix ends where a part of the path ends: ``/3.4`` holds ``/3.4/a``, not ``/3.40/a``.
    """

    def __init__(self, prefixes: Sequence[str], exact: Iterable[str], exclude: Sequence[str] = ()) -> None:
        self.prefixes = tuple(prefixes)
        self._exact = {document_key(url): url for url in exact}
        self._exclude = tuple(exclude)
        self._base = [steps[0] for steps in takewhile(lambda steps: len(set(steps)) == 1, zip(*map(self._parts, prefixes), strict=False))]

    @staticmethod
    def _parts(prefix: str) -> list[str]:
        parts = urlsplit(prefix)
        return [parts.netloc, *parts.path.strip("/").split("/")] if parts.path.strip("/") else [parts.netloc]

    def admit(self, url: str) -> str | None:
        """Return a normalised address with the scheme that its prefix has, for sites mix http and https in their links; None when it is out of scope."""
        parts = urlsplit(url)
        for prefix in self.prefixes:
            within = urlsplit(prefix)
            path = within.path.rstrip("/")
            if parts.netloc == within.netloc and (parts.path == path or parts.path.startswith(f"{path}/")):
                return url.replace(parts.scheme, within.scheme, 1)
        exact = self._exact.get(document_key(url))
        return None if exact is None else url.replace(parts.scheme, urlsplit(exact).scheme, 1)

    def same_host(self, url: str) -> str | None:
        """Return a normalised address on a host of the documentation, with the scheme used there; None when it is on another."""
        parts = urlsplit(url)
        for place in map(urlsplit, (*self.prefixes, *self._exact.values())):
            if place.netloc == parts.netloc:
                return url.replace(parts.scheme, place.scheme, 1)
        return None

    def is_excluded(self, url: str) -> bool:
        """Tell whether one of the patterns matches the address or its path."""
        path = unquote(urlsplit(url).path)
        return any(fnmatch.fnmatchcase(text, pattern) for pattern in self._exclude for text in (url, path))

    def is_latest(self, url: str) -> bool:
        """Tell whether an address leads to the newest version's copy below the prefix of this one."""
        segments = self._parts(url)
        return "latest" in segments[1:] and not any("latest" in self._parts(prefix) for prefix in (*self.prefixes, *self._exact.values()))

    def stored_path(self, url: str, suffix: str, fragment: str = "") -> str:
        """Return the path of a page's file below the prefixes: safe, without dot-files, of bounded length, ending in ``suffix`` if the page's own is none.

        An empty ``suffix`` keeps the name as it is, for what pages include by name.
        """
        parts = urlsplit(url)
        segments = [parts.netloc, *parts.path.lstrip("/").split("/")]
        if segments[: len(self._base)] == self._base:
            segments = segments[len(self._base) :] or [""]
        *folders, name = [unquote(segment) for segment in segments]
        safe = [_safe(f"{folder}.d" if format_of(folder) and "." in folder else folder, url) for folder in folders if folder]
        stem, extension = posixpath.splitext(_safe(name or "index", url))
        if suffix and not _keeps(stem + extension, suffix):
            stem, extension = stem + extension, suffix
        if parts.query:
            stem = f"{stem}-{_digest(url)}"
        if fragment:
            stem = _safe(f"{stem}--{fragment}", f"{url}#{fragment}")
        path = "/".join([*safe, stem + extension])
        return path if len(path.encode()) <= _MAX_PATH_BYTES else _safe(stem, url)[:60] + f"-{_digest(url + fragment)}{extension}"


def alternative(path: str, url: str) -> str:
    """Return another path for a page whose own is taken by another page."""
    stem, extension = posixpath.splitext(path)
    return f"{stem}-{_digest(url)}{extension}"


def default_prefix(start: str, *, versioned_name: bool) -> str:
    """Return the directory of a start page; with ``versioned_name`` its last part names the version, and is the directory unless it is a file's name."""
    directory, _slash, name = start.partition("?")[0].rpartition("/")
    return f"{directory}/{name}/" if name and versioned_name and not _PAGE_SUFFIX.search(name) else f"{directory}/"


def _keeps(name: str, suffix: str) -> bool:
    """Tell whether a name already says what a page of this kind is: a Markdown file served as plain text stays one."""
    kind = format_of(name) if "." in name else None
    return kind == format_of(f"page{suffix}") or (suffix == ".txt" and kind in ("markdown", "rst", "asciidoc"))


def _safe(name: str, url: str) -> str:
    clean = _UNSAFE.sub("_", unicodedata.normalize("NFC", name))
    if clean.startswith("."):
        clean = f"_{clean[1:]}"
    if clean == name and len(clean.encode()) <= _MAX_NAME_BYTES:
        return clean
    # Two names that became one must not meet in one file.
    stem, extension = posixpath.splitext(clean)
    return f"{stem.encode()[: _MAX_NAME_BYTES - 20].decode(errors='ignore')}-{_digest(url + name)}{extension[:12]}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:8]
