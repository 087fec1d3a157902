# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a web server's answer is: a page of text, or one of the many things that servers send in place of one."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import codecs
import dataclasses
import hashlib
import re
import typing as t
from email.message import Message
from urllib.parse import unquote, urljoin, urlsplit

from ..documents._convert import Page, format_of
from ..documents._html_content import Element
from ._http import ROBOT
from ._urls import is_no_page, normalised

# A page that converts to fewer characters than this is a shell without its text; a section may be one short entry.
MIN_CHARACTERS: t.Final = 200
MIN_SECTION_CHARACTERS: t.Final = 40
# A page about "404 Not Found" is longer than one that is it.
_MAX_NOT_FOUND: t.Final = 3000
_MAX_STUB: t.Final = 500
_MAX_REFRESH_DELAY: t.Final = 10

_SUFFIXES: t.Final = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/markdown": ".md",
    "text/x-markdown": ".md",
    "text/plain": ".txt",
    "text/x-rst": ".rst",
}
_META_CHARSET: t.Final = re.compile(rb"""<meta\b[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]+)""", re.IGNORECASE)
_LOOKS_LIKE_HTML: t.Final = re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|title)\b", re.IGNORECASE | re.DOTALL)
_SERVER_INCLUDE: t.Final = re.compile(r"""<!--\s*#include\s+(?:virtual|file)\s*=\s*["']([^"']*)["']\s*-->""")
_REFRESH: t.Final = re.compile(r"""\s*(\d+)[\d.]*\s*[;,]?\s*url\s*=\s*["']?([^"']+)""", re.IGNORECASE)
_SCRIPTED: t.Final = re.compile(r"\blocation(?:\.href)?\s*=(?!=)|\blocation\.(?:replace|assign)\s*\(")
_REDIRECTING: t.Final = re.compile(
    r"\W*(?:redirect(?:ing|ed)?\b|(?:this )?(?:page|document) (?:has )?(?:been )?moved|moved permanently|перенаправл)", re.IGNORECASE
)
_NOT_FOUND: t.Final = re.compile(
    r"^\W*(?:error|http|ошибка)?\W*404\W*(?:$|error\b|page\b|not found|[|:\u2013\u2014-])"
    r"|^\W*(?:(?:the |this )?(?:requested )?(?:page|file|document|resource|url|topic|article) )?(?:is |was |could |can)?(?:not|n.t)(?: be)? found\b"
    r".{0,3}(?:$|[|:\u2013\u2014-])"
    r"|\bpage not found\b|\bpage (?:you.{0,40} )?(?:does(?:n.t| not) exist|no longer exists|is missing)|\bisn.t the page you\b"
    r"|\b(?:can.?t|cannot|could ?n.t|could not) find (?:that|the|this|your) page|\bno such page\b|(?:страница|документ) не найден",
    re.IGNORECASE,
)


@dataclasses.dataclass(frozen=True)
class Links:
    """Where a page leads: normalised addresses of pages, and of the files that it includes on the server's side."""

    pages: tuple[str, ...] = ()
    includes: tuple[str, ...] = ()


def page_suffix(content_type: str, body: bytes, url: str) -> str:
    """Return the suffix that a page of this Content-Type is kept with, "" when it is no page."""
    kind = content_type.partition(";")[0].strip().lower()
    if not kind:
        return ".html" if _LOOKS_LIKE_HTML.match(body[:4096]) else ".txt" if format_of(urlsplit(url).path) and b"\x00" not in body else ""
    suffix = _SUFFIXES.get(kind, "")
    return ".html" if suffix == ".txt" and _LOOKS_LIKE_HTML.match(body[:4096]) else suffix


def decode_page(body: bytes, content_type: str) -> tuple[str, bytes]:
    """Return the text of a page, and its bytes as they are to be kept: in UTF-8 where only the header names another encoding.

    Raises ValueError when they are no text in the encoding that the page or its server names.
    """
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return body.decode("utf-16", "replace"), body
    if b"\x00" in body:
        raise ValueError("is binary, not text")
    header = Message()
    header["Content-Type"] = content_type or "text/html"
    named = header.get_content_charset()
    meta = _META_CHARSET.search(body[:4096])
    declared = [name for name in (named, meta and meta[1].decode("ascii")) if name and _is_codec(name)]
    for name in (*declared, "utf-8"):
        try:
            text = body.decode(name)
        except UnicodeDecodeError:
            continue
        return text, text.encode(errors="replace") if name == named else body
    text = body.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    # A few broken characters spoil no page; the converter tells of them.
    if declared and broken * 4 > sum(char > "\x7f" for char in text) - broken:
        raise ValueError(f"is not in the encoding that it names ({declared[0]})")
    return text, body


def _is_codec(name: str) -> bool:
    try:
        # Such as base64 and zip are codecs too, but of no text.
        return bool(codecs.lookup(name)._is_text_encoding)
    except LookupError:
        return False


def robots_words(root: Element | None, header: str) -> frozenset[str]:
    """Return what a page's meta elements and its X-Robots-Tag ask of robots: ``noindex``, ``nofollow``."""
    values = []
    for part in header.lower().split(","):
        agent, colon, rest = part.rpartition(":")
        if not colon or agent.strip() == ROBOT:
            values.append(rest)
    for meta in root.iter("meta") if root is not None else ():
        if (meta.get("name") or "").strip().lower() in ("robots", ROBOT):
            values.extend((meta.get("content") or "").lower().split(","))
    words = {value.strip() for value in values}
    return frozenset(words | ({"noindex", "nofollow"} if "none" in words else set()))


def links_of(root: Element | None, text: str, url: str) -> Links:
    """Return the links and the server-side includes of an HTML page that came from ``url``; links marked nofollow are none."""
    if root is None:
        return Links()
    base = next((urljoin(url, element.get("href")) for element in root.iter("base") if element.get("href")), url)
    hrefs = [element.get("href") for element in root.iter("a", "area") if element.get("href") and "nofollow" not in (element.get("rel") or "").lower().split()]
    hrefs += [element.get("href") for element in root.iter("link") if element.get("href") and (element.get("rel") or "").lower() in ("next", "prev")]
    includes = [found for found in _absolute(_SERVER_INCLUDE.findall(text), url) if not is_no_page(found)]
    return Links(tuple(_absolute(hrefs, base)), tuple(includes))


def include_targets(text: str) -> list[re.Match[str]]:
    """Return the server-side includes of a page; the first group is the target as the page names it."""
    return list(_SERVER_INCLUDE.finditer(text))


def _absolute(hrefs: list[str], base: str) -> list[str]:
    found: dict[str, None] = {}
    for href in hrefs:
        # A template's variables are no address, and a fragment of the page itself leads nowhere.
        if href.startswith("#") or "{{" in href or "%7B%7B" in href:
            continue
        try:
            found[normalised(urljoin(base, href.strip()))] = None
        except ValueError:
            continue
    return sorted(found)


def plain_text(page: Page) -> str:
    """Return the text of a converted page."""
    return "\n".join(block.text for section in page.sections for block in section.blocks)


def redirect_stub(root: Element | None, text: str, url: str) -> tuple[str, str | None] | None:
    """Return why an HTML page of this converted ``text`` only sends its reader elsewhere, and where to if it says so; None when it does not."""
    if root is None:
        return None
    for meta in root.iter("meta"):
        if (meta.get("http-equiv") or "").strip().lower() == "refresh" and (found := _REFRESH.match(meta.get("content") or "")):
            target = next(iter(_absolute([found[2].strip()], url)), None)
            if target != url and (int(found[1]) <= _MAX_REFRESH_DELAY or len(text) < MIN_CHARACTERS):
                return f"is a redirect stub (meta refresh to {found[2].strip()})", target
    if len(text) < _MAX_STUB and any(_REDIRECTING.match(heading) for heading in (*_headings(root), text)):
        return "is a redirect stub (it says that it redirects)", None
    scripts = "\n".join("".join(script.itertext()) for script in root.iter("script"))
    if len(text) < MIN_CHARACTERS and _SCRIPTED.search(scripts):
        return "is a redirect stub (JavaScript)", None
    return None


def says_not_found(root: Element | None, text: str) -> bool:
    """Tell whether an HTML page of this converted ``text`` is an error page although its status says otherwise."""
    return root is not None and len(text) < _MAX_NOT_FOUND and any(_NOT_FOUND.search(heading) for heading in _headings(root))


def _headings(root: Element) -> list[str]:
    return [" ".join("".join(element.itertext()).split()) for element in root.iter("title", "h1")]


def fingerprint(text: str, url: str) -> str:
    """Return a digest of a page's text without its own address, in which error pages quote what was asked for."""
    path = unquote(urlsplit(url).path)
    for own in (path, path.rstrip("/").rpartition("/")[2]):
        text = text.replace(own, "") if len(own) > 1 else text
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()
