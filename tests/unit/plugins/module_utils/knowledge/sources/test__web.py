# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import DataError, ServiceError
from ansible_collections.infra_llm.assistant.plugins.module_utils.catalogue._product import Product, WebSettings
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.documents._directory_source import DirectoryReader, SourcePage
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.sources._http import USER_AGENT, PoliteSession
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.sources._source import Earlier, Fetched
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.sources._web import WebSource
from misbehaving_site import PROSE, Answer, Clock, Site, busy, html, in_seconds

KOI8 = ("<html><head><title>Темы</title></head><body><p>" + "Брокер хранит записи темы на диске до истечения срока. " * 9 + "</p></body></html>").encode(
    "koi8-r"
)
CP1251 = KOI8.decode("koi8-r").encode("cp1251")
TYPE = {"Content-Type": "text/html; charset=utf-8"}


def moved(to: str, status: int = 302) -> Answer:
    return Answer(b"", status, {"Location": to})


# A page that the start page links to: what the server does, and what becomes of it ("" is kept).
CASES: dict[str, tuple[Any, str]] = {
    "gone.html": (Answer(b"gone", 410), "status 410"),
    "busy.html": (busy(2, html(PROSE), 429, "7"), ""),
    "busy-until.html": (busy(1, html(PROSE), 503, lambda: in_seconds(30)), ""),
    "busy-for-hours.html": (busy(1, html(PROSE), 503, "86400"), ""),
    "down.html": (Answer(b"", 500), "status 500"),
    "forbidden.html": (Answer(b"", 403), "status 403"),
    "moved.html": (moved("/34/design.html", 301), "which is fetched on its own"),
    "renamed.html": (moved("new-name.html"), ""),
    "to-newer.html": (moved("/35/design.html"), "out of scope"),
    "to-other-host.html": (moved("https://docs.invalid/34/design.html"), "out of scope"),
    "to-metadata.html": (moved("http://169.254.169.254/34/latest/meta-data/"), "out of scope"),
    "to-file.html": (moved("file:///etc/passwd"), "no plain http"),
    "to-disallowed.html": (moved("/34/private/a.html"), "robots.txt disallows"),
    "loop.html": (moved("loop2.html"), "redirects back"),
    "chain0.html": (moved("chain1.html"), "redirects more than 5 times"),
    "soft-404.html": (html(PROSE, title="Oops! Page not found", enough=False), "soft 404"),
    "refresh.html": (html("", head='<meta http-equiv="refresh" content="0; url=/35/">'), "meta refresh"),
    "scripted.html": (html("<script>window.location.replace('/35/')</script>", title="Docs", enough=False), "JavaScript"),
    "redirecting.html": (html("<p>Redirecting to the new place of this page.</p>", title="Redirecting…", enough=False), "redirect stub"),
    "thin.html": (html("<p>Loading…</p>", title="Docs", enough=False), "characters of text"),
    "empty.html": (Answer(b"", headers=TYPE), "is empty"),
    "large.html": (Answer(b"x" * 100, headers={**TYPE, "Content-Length": str(10**9)}), "larger than"),
    "endless.html": (Answer(b"<p>endless " * 50_000, headers={**TYPE, "Content-Length": ""}), "larger than"),
    "bomb.html": (Answer(gzip.compress(b" " * 10**8), headers={**TYPE, "Content-Encoding": "gzip"}), "larger than"),
    "no-gzip.html": (Answer(b"this is not gzip", headers={**TYPE, "Content-Encoding": "gzip"}), "cannot be unpacked"),
    "dripping.html": (Answer(b"<html>" + b"<p>slow</p>" * 20, headers=TYPE, drip=0.05), "did not come within"),
    "cut.html": (Answer(b"<p>half of it", headers={**TYPE, "Content-Length": "5000"}), "broke off"),
    "picture.html": (Answer(b"\x89PNG\r\n", headers={"Content-Type": "image/png"}), "image/png"),
    "binary.html": (Answer(b"<html>\x00\x01" * 100, headers=TYPE), "is binary"),
    "mislabelled.html": (Answer(CP1251, headers=TYPE), "not in the encoding"),
    "koi8.html": (Answer(KOI8, headers={"Content-Type": "text/html; charset=koi8-r"}), ""),
    "plain": (Answer(PROSE.encode() * 3, headers={"Content-Type": "text/plain"}), ""),
    "noindex.html": (html('<a href="behind-noindex.html">more</a>', X_Robots_Tag="noindex"), "noindex"),
    "behind-noindex.html": (html(PROSE), ""),
    "nofollow.html": (html('<a href="behind-nofollow.html">more</a>', head='<meta name="robots" content="nofollow">'), ""),
    "private/a.html": (html(PROSE), "disallowed by robots.txt"),
    "latest/a.html": (html(PROSE), "latest version"),
    "javadoc/a.html": (html(PROSE), "excluded"),
    "list.html?page=2": (html(PROSE), "query"),
    "kafka.tgz": (Answer(b""), "no page by its name"),
}
# Addresses of pages that are listed already, or must not be asked for at all.
QUIET = ["design.html?utm_source=mail", "design.html#replication", "./", "../35/design.html", "%2e%2e/35/secret.html", "https://docs.invalid/34/"]


# Pages that behave, as two projects have them: one with a directory for each version and includes, one without versions.
LONG = PROSE * 3
DOCUMENTS = {
    **{f"34/{name}.html": f"<html><head><title>{name}</title></head><body><h1>{name}</h1>{LONG}</body></html>" for name in ("ops", "uses", "api")},
    **{f"34/{name}.html": f"<html><head><title>{name}</title></head><body><h1>{name}</h1>{LONG}</body></html>" for name in ("introduction", "security")},
    "34/design.html": f'<html><head><title>Design</title></head><body><h1>Design</h1>{LONG}<a href="https://perf.invalid/disks">disks</a></body></html>',
    "36/design.html": f"<html><head><title>Design</title></head><body><h1>Design</h1>{LONG}</body></html>",
    "34/documentation.html": f"""<html><head><title>Documentation</title></head><body>
        <h3><a id="introduction"></a><a href="#introduction">1.1 Introduction</a></h3><p>Streams of events are the nerves of a company.</p>{LONG}
        <h3><a id="quickstart"></a><a href="#quickstart">1.2 First steps</a></h3><!--#include virtual="quickstart.html" -->
        <h3><a id="upgrade"></a><a href="#upgrade">1.3 Upgrading</a></h3><!--#include virtual="upgrade.html" --></body></html>""",
    "34/quickstart.html": f"""<script id="quickstart-template" type="text/x-handlebars-template"><h4>Get it</h4>
        <pre>tar -xzf broker_{{{{scalaVersion}}}}-{{{{fullDotVersion}}}}.tgz</pre><pre>bin/topics.sh --create --topic first-events</pre>{LONG}</script>""",
    "34/upgrade.html": f"""<script id="upgrade-template" type="text/x-handlebars-template">
        <h4><a id="upgrade_3_4_0" href="#upgrade_3_4_0">Upgrading to 3.4.0</a></h4>{LONG}</script>""",
    "en/docs/install.html": f"<html><head><title>Installing</title></head><body><h1>Installing</h1>{LONG}</body></html>",
    "en/docs/http/proxy.html": f"""<html><head><title>Module proxy</title></head><body><h2>Module proxy</h2><h4>Directives</h4>
        <a name="proxy_pass"></a><div class="directive">proxy_pass</div><p>Says where requests go.</p>{LONG}
        <a name="proxy_store"></a><div class="directive">proxy_store</div><p>Keeps answers in files.</p>{LONG}</body></html>""",
}


@pytest.fixture
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    root = tmp_path_factory.mktemp("site")
    for name, text in DOCUMENTS.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    found = Site({"/": root})
    found.pages["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /34/private/\n")
    yield found
    found.close()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return Clock()


def kafka(site: Site, *start: str, **settings: Any) -> Product:
    pages = tuple(f"{site.url}/{{glued}}/{page}" for page in start or ("index.html",))
    return Product("kafka", versions="glued", web=WebSettings(pages, **{"allow_private_addresses": True, **settings}), license="Apache-2.0")


def nginx(site: Site, *start: str, **settings: Any) -> Product:
    pages = tuple(f"{site.url}/en/docs/{page}" for page in start)
    return Product("nginx", versions="unversioned", web=WebSettings(pages, **{"allow_private_addresses": True, **settings}))


def fetch(product: Product, clock: Clock, directory: Path, earlier: Earlier | None = None, deployed: str = "3.4.0") -> Fetched:
    directory.mkdir(exist_ok=True)
    source = WebSource(product, PoliteSession(clock=clock, sleep=clock.sleep))
    return source.fetch(source.locate(deployed), directory, earlier, lambda done, known: None)


def links(*names: str) -> str:
    return "".join(f'<p><a href="{name}">{name}</a></p>' for name in names)


@pytest.fixture
def misbehaving(site: Site) -> Site:
    site.pages.update({f"/34/{name}": page for name, (page, _outcome) in CASES.items()})
    site.pages["/34/index.html"] = site.pages["/34/"] = html(
        links(*CASES, *QUIET, "design.html"), head='<link rel="canonical" href="/34/canonical.html">', Set_Cookie="a=b"
    )
    site.pages["/34/new-name.html"] = html(PROSE)
    site.pages["/34/loop2.html"] = moved("loop.html")
    site.pages.update({f"/34/chain{hop}.html": moved(f"chain{hop + 1}.html") for hop in range(1, 9)})
    return site


@pytest.mark.parametrize("concurrency", [1, 3])
def test_every_page_is_kept_or_skipped_with_its_reason(misbehaving: Site, clock: Clock, tmp_path: Path, concurrency: int) -> None:
    product = kafka(misbehaving, max_bytes=300_000, timeout=0.5, exclude=("*/javadoc/*",), concurrency=concurrency)
    fetched = fetch(product, clock, tmp_path)
    skipped = dict(fetched.skipped)
    urls = {file.url for file in fetched.files.values()}
    for name, (_page, reason) in CASES.items():
        url = f"{misbehaving.url}/34/{name}"
        assert reason in skipped.get(url, "") if reason else url not in skipped, (name, skipped.get(url))
    kept = {"index.html", "design.html", "new-name.html", *(name for name, (_page, reason) in CASES.items() if not reason and name != "renamed.html")}
    listed = {name for name, (_page, reason) in CASES.items() if reason}
    assert urls == {f"{misbehaving.url}/34/{name}" for name in kept}
    # Nothing else but what the design page links to.
    assert {url for url in skipped if "perf" not in url} == {f"{misbehaving.url}/34/{name}" for name in listed}
    assert len(urls) + len(skipped) == len(kept | listed) + ("perf" in str(skipped))
    assert {page.relative_path for page in DirectoryReader(tmp_path).entries() if isinstance(page, SourcePage)} == set(fetched.files)
    assert "Брокер хранит" in (tmp_path / "koi8.html").read_text(encoding="utf-8")
    asked = misbehaving.asked()
    assert not {"/35/secret.html", "/34/canonical.html", "/34/behind-nofollow.html", "/34/private/a.html", "/34/kafka.tgz"} & set(asked)
    assert asked.count("/34/design.html") == 2  # itself and the redirect to it
    assert all(request.headers["User-Agent"] == USER_AGENT and "Cookie" not in request.headers for request in misbehaving.requests)
    if concurrency == 1:  # the clock of the tests knows no two that sleep at a time
        # What Retry-After asked for, in seconds, by a date, and no longer than two minutes; for the rest a second between requests.
        pauses = sorted(round(pause) for pause in clock.slept if pause > 6.5)
        assert pauses[-1] == 120
        assert 7 in pauses
        assert any(28 <= pause <= 30 for pause in pauses)
        assert clock.now - 1000 >= len(asked) - 2


@pytest.mark.parametrize("sitemap", [Answer(b"<html>no sitemap</html>"), Answer(b"<urlset><url>"), Answer(b"", 404), Answer(b"\x1f\x8bbroken")])
def test_a_bad_sitemap_is_a_warning_and_links_are_followed(site: Site, clock: Clock, tmp_path: Path, sitemap: Answer) -> None:
    site.pages["/map.xml"] = sitemap
    site.pages["/34/index.html"] = html(links("design.html"))
    fetched = fetch(kafka(site, sitemap=f"{site.url}/map.xml"), clock, tmp_path)
    assert sorted(fetched.files) == ["design.html", "index.html"]
    assert "map.xml" in fetched.warnings[0]


def test_a_fragment_selects_a_section_with_what_the_server_did_not_include(site: Site, clock: Clock, tmp_path: Path) -> None:
    product = kafka(site, "documentation.html#quickstart", "documentation.html#upgrade_3_4_0", "documentation.html#nowhere")
    fetched = fetch(product, clock, tmp_path)
    assert {path: file.url.rpartition("/")[2] for path, file in fetched.files.items()} == {
        "documentation--quickstart.html": "documentation.html#quickstart",
        "documentation--upgrade_3_4_0.html": "documentation.html#upgrade_3_4_0",
    }
    assert "does not have" in dict(fetched.skipped)[f"{site.url}/34/documentation.html#nowhere"]
    assert site.asked().count("/34/documentation.html") == 2  # located and fetched
    pages = {page.relative_path: page for page in DirectoryReader(tmp_path, version="3.4").entries() if isinstance(page, SourcePage)}
    sections = pages["documentation--quickstart.html"].page.sections
    text = "\n".join(block.text for section in sections for block in section.blocks)
    assert "bin/topics.sh --create --topic first-events" in text
    assert "broker_<scalaVersion>-<fullDotVersion>.tgz" in text
    assert "nerves of a company" not in text


def test_sections_of_anchors_and_elements(site: Site, clock: Clock, tmp_path: Path) -> None:
    site.pages["/en/docs/page.html"] = html(f'<section id="a"><h2>A</h2>{PROSE}</section><h2 id="b">B</h2><h3>C</h3>{PROSE}<div><h2>D</h2></div>')
    fetched = fetch(nginx(site, "http/proxy.html#proxy_pass", "page.html#a", "page.html#b"), clock, tmp_path, deployed="1.24.0")
    text = {path: "\n".join(page.read_text(encoding="utf-8") for page in [tmp_path / path]) for path in fetched.files}
    assert "<h3>C</h3>" in text["page--b.html"]
    assert "<h2>D</h2>" not in text["page--b.html"]
    assert "<h2>B</h2>" not in text["page--a.html"]
    directive = text["http/proxy--proxy_pass.html"]
    assert "Says where requests go." in directive
    assert "proxy_store" not in directive


def test_includes_of_a_whole_page_are_kept_beside_it(site: Site, clock: Clock, tmp_path: Path) -> None:
    site.pages["/34/index.html"] = html('<!--#include virtual="parts/limits.inc" --><!--#include virtual="../up.html" -->')
    site.pages["/34/parts/limits.inc"] = Answer(b"<p>Included words about the limits.</p>", headers={"Content-Type": "application/octet-stream"})
    fetched = fetch(kafka(site), clock, tmp_path)
    assert sorted(fetched.files) == ["index.html", "parts/limits.inc"]
    page = next(page for page in DirectoryReader(tmp_path).entries() if isinstance(page, SourcePage))
    assert "Included words about the limits." in str(page.page)


def test_a_refresh_asks_only_for_changes_and_keeps_what_cannot_be_had_now(site: Site, clock: Clock, tmp_path: Path) -> None:
    names = ["design.html", "ops.html", "uses.html", "api.html"]
    site.pages["/34/index.html"] = html(links(*names))
    first = fetch(kafka(site), clock, tmp_path / "first")
    site.pages["/34/ops.html"] = html(PROSE)
    site.pages["/34/uses.html"] = Answer(b"", 503)
    site.pages["/34/api.html"] = Answer(b"", 404)
    del site.requests[:]
    second = fetch(kafka(site), clock, tmp_path / "second", Earlier(first, tmp_path / "first"))
    assert sorted(second.files) == ["design.html", "index.html", "ops.html", "uses.html"]
    assert [path for path, file in second.files.items() if file != first.files[path]] == ["ops.html"]
    assert (tmp_path / "second" / "design.html").read_bytes() == (tmp_path / "first" / "design.html").read_bytes()
    assert second.revision != first.revision
    assert "uses.html answers with status 503" in second.warnings[0]
    design = next(request for request in site.requests if request.path == "/34/design.html")
    assert {"If-None-Match", "If-Modified-Since"} <= set(design.headers)
    # A file that is not what was fetched is not kept.
    (tmp_path / "first" / "design.html").write_text("changed")
    third = fetch(kafka(site), clock, tmp_path / "third", Earlier(first, tmp_path / "first"))
    assert third.files["design.html"].sha256 == first.files["design.html"].sha256


def test_an_interrupted_crawl_goes_on_where_it_was(site: Site, clock: Clock, tmp_path: Path) -> None:
    names = ["api.html", "design.html", "gone.html", "introduction.html", "ops.html", "security.html", "uses.html", "v.html", "w.html", "x.html"]
    site.pages["/34/index.html"] = html(links(*names))
    down: dict[str, Any] = {f"/34/{name}": Answer(b"", 503) for name in names[3:]}
    site.pages.update(down)
    with pytest.raises(ServiceError, match="failed 5 times in a row"):
        fetch(kafka(site), clock, tmp_path / "one")
    for path in down:
        del site.pages[path]
    (tmp_path / "one" / "leftover.html").write_text("of an attempt with other settings")
    del site.requests[:]
    resumed = fetch(kafka(site), clock, tmp_path / "one")
    assert not {"/34/api.html", "/34/design.html", "/34/gone.html"} & set(site.asked())
    whole = fetch(kafka(site), clock, tmp_path / "two")
    assert (resumed.files, resumed.skipped, resumed.revision) == (whole.files, whole.skipped, whole.revision)
    assert not (tmp_path / "one" / "leftover.html").exists()


def test_robots_txt(site: Site, clock: Clock, tmp_path: Path) -> None:
    site.pages["/34/index.html"] = html(PROSE)
    site.pages["/robots.txt"] = Answer(b"", 503)
    with pytest.raises(ServiceError, match=r"robots\.txt answers with status 503"):
        fetch(kafka(site), clock, tmp_path / "closed")
    site.pages["/robots.txt"] = Answer(b"User-agent: infra-llm-assistant\nDisallow: /34/\nUser-agent: *\nAllow: /")
    with pytest.raises(DataError, match="disallowed"):
        fetch(kafka(site), clock, tmp_path / "refused")
    site.pages["/robots.txt"] = Answer(b"", 403)
    assert sorted(fetch(kafka(site, rate=100.0), clock, tmp_path / "open").files) == ["index.html"]
    site.pages["/robots.txt"] = Answer(b"User-agent: *\nCrawl-delay: 9\n")
    del clock.slept[:]
    fetch(kafka(site, rate=100.0), clock, tmp_path / "slow")
    assert len([pause for pause in clock.slept if pause == pytest.approx(9, abs=0.1)]) >= 3


def test_a_site_that_answers_everything_with_the_same_page(site: Site, clock: Clock, tmp_path: Path) -> None:
    shell = html(f"<h2>Welcome</h2>{PROSE * 3}", title="Kafka")
    site._answer = lambda path, headers: {  # type: ignore[method-assign]
        "/robots.txt": Answer(b"", 404),
        "/34/index.html": html(links("design.html", "gone.html")),
        "/34/design.html": html(PROSE),
    }.get(path, shell)
    fetched = fetch(kafka(site), clock, tmp_path)
    assert sorted(fetched.files) == ["design.html", "index.html"]
    assert "soft 404" in dict(fetched.skipped)[f"{site.url}/34/gone.html"]


def test_versions_of_a_site(site: Site, clock: Clock) -> None:
    def locate(product: Product, deployed: str | None) -> tuple[str, str, str]:
        found = WebSource(product, PoliteSession(clock=clock, sleep=clock.sleep)).locate(deployed)
        return found.reference.removeprefix(site.url), found.match.served_version, found.match.match

    design = kafka(site, "design.html")
    assert locate(design, "2:3.4.1-1.el8") == ("/34/design.html", "3.4", "same_minor")
    assert not set(site.asked()) - {"/robots.txt", "/34/design.html"}
    with pytest.raises(DataError, match=r"answers with status 404, so the site has no 3\.9 of kafka"):
        locate(design, "3.9.0")
    with pytest.raises(DataError, match="no version of it is deployed"):
        locate(design, None)
    listed = kafka(site, "design.html", versions=("2.8", "3.4", "3.6"))
    assert locate(listed, "3.5.0") == ("/34/design.html", "3.4", "nearest_lower")
    assert locate(listed, None) == ("/36/design.html", "3.6", "unversioned")
    assert locate(nginx(site, "install.html"), "1.24.0") == ("/en/docs/install.html", "unversioned", "unversioned")


def test_pages_beyond_the_limit_and_names_that_no_file_may_have(site: Site, clock: Clock, tmp_path: Path) -> None:
    names = [".hidden.html", "a:b.html", "a.html", "a.html/b", f"{'long' * 60}.html", "..%2Fup.html", "z.html"]
    site.pages["/34/index.html"] = html(links(*(f"./{name}" for name in names)))
    site.pages.update({f"/34/{name}": html(PROSE) for name in names})
    fetched = fetch(kafka(site, max_pages=len(names)), clock, tmp_path / "out")
    assert fetched.skipped == [(f"{site.url}/34/z.html", f"is beyond the limit of {len(names)} pages (max_pages)")]
    assert len(fetched.files) == len(names)
    assert {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("[!.]*") if path.is_file()} == set(fetched.files)
    assert all(len(part) <= 130 and not part.startswith(".") for path in fetched.files for part in path.split("/"))


def test_nothing_to_keep_is_an_error(site: Site, clock: Clock, tmp_path: Path) -> None:
    site.pages["/34/index.html"] = html("<p>Redirecting…</p>", title="Redirecting…", enough=False)
    with pytest.raises(DataError, match=r"gave no page of kafka: .*index\.html is a redirect stub"):
        fetch(kafka(site), clock, tmp_path)
