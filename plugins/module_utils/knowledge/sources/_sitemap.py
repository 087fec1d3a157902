# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sitemaps: the pages that a site says it has, and when each last changed."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import dataclasses
import typing as t
import zlib
from collections.abc import Callable, Iterable

from ._http import Limits, PoliteSession

# The protocol's own limit for one unpacked file.
_MAX_BYTES: t.Final = 50 * 1024 * 1024
_MAX_FILES: t.Final = 50
_GZIP: t.Final = b"\x1f\x8b"


class _SitemapError(ValueError):
    """A file is no sitemap; the message follows its address."""


def read_sitemap(data: bytes) -> tuple[dict[str, str], list[str]]:
    """Return (lastmod by page address, "" where it has none; addresses of further sitemaps). Raises ValueError when it is no sitemap, plain or gzip."""
    from lxml import etree

    if data.startswith(_GZIP):
        unpacker = zlib.decompressobj(wbits=31)
        try:
            data = unpacker.decompress(data, _MAX_BYTES)
        except zlib.error as exc:
            raise _SitemapError("cannot be unpacked") from exc
        if unpacker.unconsumed_tail:
            raise _SitemapError("is larger than 50 MB when unpacked")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as exc:
        raise _SitemapError("is not well-formed XML") from exc
    kind = etree.QName(root).localname
    if kind not in ("urlset", "sitemapindex"):
        raise _SitemapError("is no sitemap")
    entries: dict[str, str] = {}
    for entry in root:
        # Extensions for images and other languages have a `loc` too, in their own namespace and deeper.
        fields = {etree.QName(field).localname: (field.text or "").strip() for field in entry if isinstance(field.tag, str)}
        if fields.get("loc"):
            entries[fields["loc"]] = fields.get("lastmod", "")
    return ({}, list(entries)) if kind == "sitemapindex" else (entries, [])


@dataclasses.dataclass
class Sitemaps:
    """What the sitemaps of a site say together: lastmod by page address as it is written there."""

    pages: dict[str, str] = dataclasses.field(default_factory=dict)
    warnings: list[str] = dataclasses.field(default_factory=list)


def read_sitemaps(http: PoliteSession, limits: Limits, named: Iterable[str], guessed: Iterable[str], admit: Callable[[str], str | None]) -> Sitemaps:
    """Read the ``named`` sitemaps, or the ``guessed`` ones when none is named, and those that they name; ``admit`` gives an address to fetch one from or None.

    A sitemap that cannot be read is a warning, but for a guessed one that is not there.
    """
    found = Sitemaps()
    waiting = [(place, True) for place in named] or [(place, False) for place in guessed]
    seen: set[str] = set()
    limits = dataclasses.replace(limits, max_bytes=_MAX_BYTES)
    while waiting:
        written, expected = waiting.pop(0)
        place = admit(written)
        if place is None or place in seen:
            if place is None:
                found.warnings.append(f"The sitemap {written} is not on the documentation's own host and was not read.")
            continue
        if len(seen) >= _MAX_FILES:
            found.warnings.append(f"Only the first {_MAX_FILES} sitemaps were read; pages are also found by links.")
            break
        seen.add(place)
        reply = http.get(place, limits)
        if reply.problem:
            if expected or reply.transient:
                found.warnings.append(f"The sitemap {place} {reply.problem}; pages are found by links.")
            continue
        try:
            pages, further = read_sitemap(reply.body)
        except ValueError as problem:
            found.warnings.append(f"The sitemap {place} {problem}; pages are found by links.")
            continue
        found.pages.update(pages)
        waiting.extend((child, True) for child in further)
    return found
