# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils.catalogue._product import Product, WebSettings
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.sources._http import PoliteSession
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.sources._source import Earlier, Fetched
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.sources._web import WebSource
from misbehaving_site import Answer, Clock, Site, html


@pytest.fixture
def site(shared: Path) -> Iterator[Site]:
    found = Site({"/34/": shared / "corpus" / "kafka" / "3.4", "/en/docs/": shared / "corpus" / "nginx" / "1.24" / "html"})
    found.pages["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /34/private/\n")
    yield found
    found.close()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return Clock()


def nginx(site: Site, *start: str, **settings: Any) -> Product:
    pages = tuple(f"{site.url}/en/docs/{page}" for page in start)
    return Product("nginx", versions="unversioned", web=WebSettings(pages, **{"allow_private_addresses": True, **settings}))


def fetch(product: Product, clock: Clock, directory: Path, earlier: Earlier | None = None, deployed: str = "3.4.0") -> Fetched:
    directory.mkdir(exist_ok=True)
    source = WebSource(product, PoliteSession(clock=clock, sleep=clock.sleep))
    return source.fetch(source.locate(deployed), directory, earlier, lambda done, known: None)


def links(*names: str) -> str:
    return "".join(f'<p><a href="{name}">{name}</a></p>' for name in names)


@pytest.mark.parametrize("linked", [True, False])
def test_real_pages_by_links_and_by_sitemap(site: Site, clock: Clock, tmp_path: Path, shared: Path, linked: bool) -> None:
    directory = shared / "corpus" / "nginx" / "1.24" / "html"
    names = sorted(path.relative_to(directory).as_posix() for path in directory.rglob("*.html"))
    site.pages["/en/docs/"] = html(links(*names), title="nginx documentation")
    if not linked:
        # An index of sitemaps, one packed, with the addresses of the site's other scheme; the start page does not link to all.
        other = site.url.replace("http:", "https:")
        entries = "".join(f"<url><loc>{other}/en/docs/{name}</loc><lastmod>2024-01-01</lastmod></url>" for name in names)
        namespace = "http://www.sitemaps.org/schemas/sitemap/0.9"
        site.pages["/pages.xml.gz"] = Answer(gzip.compress(f'<urlset xmlns="{namespace}">{entries}</urlset>'.encode()))
        site.pages["/map.xml"] = Answer(f'<sitemapindex xmlns="{namespace}"><sitemap><loc>{other}/pages.xml.gz</loc></sitemap></sitemapindex>'.encode())
        site.pages["/robots.txt"] = Answer(f"Sitemap: {other}/map.xml\nUser-agent: *\nAllow: /\n".encode())
    start = "" if linked else "install.html"
    fetched = fetch(nginx(site, start, scope=(f"{site.url}/en/docs/",)), clock, tmp_path, deployed="1.24.0")
    assert sorted({*fetched.files, "index.html"}) == sorted({*names, "index.html"})
    assert {reason for _url, reason in fetched.skipped} == {"answers with status 404"}
    assert not fetched.warnings
    if not linked:
        earlier = Earlier(fetched, tmp_path)
        del site.requests[:]
        again = fetch(nginx(site, start, scope=(f"{site.url}/en/docs/",)), clock, tmp_path / "again", earlier, deployed="1.24.0")
        assert again.files == fetched.files
        assert again.revision == fetched.revision
        assert not [path for path in site.asked()[1:] if path.removeprefix("/en/docs/") in names and path != f"/en/docs/{start}"]
