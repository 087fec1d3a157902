# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.documents._convert import Page, convert


def page(text: str, path: str = "page.html", **options: object) -> Page:
    return convert(text.encode(), path, **options)  # type: ignore[arg-type]


def text_of(converted: Page) -> str:
    return "\n".join(block.text for section in converted.sections for block in section.blocks)


def section(converted: Page, name: str) -> str:
    return "\n".join(block.text for part in converted.sections if part.headings[-1:] == (name,) for block in part.blocks)


def test_kafka_templates_includes_and_variables() -> None:
    source = (
        '<script><!--#include virtual="js/data.js" --></script>\n<script id="x" type="text/x-handlebars-template">'
        '<h2>Setup</h2><p>Get kafka_{{scalaVersion}} {{dotVersion}}.</p><!--#include virtual="part.html" --></script><div class="p-x"></div>'
    )
    converted = page(source, "ops.html", read_include={"part.html": b"<p>Included.</p>"}.get, version="3.4.0")
    assert converted.title == "Setup"
    assert text_of(converted) == "Get kafka_<scalaVersion> 3.4.\nIncluded."


def test_each_configuration_entry_is_a_section() -> None:
    """As generators of reference pages write it: a heading with an anchor and a small table of facts for each entry."""
    entries = "".join(
        f'<li><h4><a id="{name}"></a><a id="broker_{name}" href="#broker_{name}">{name}</a></h4><p>How long a file is kept (in hours)</p>'
        "<table><tbody><tr><th>Type:</th><td>int</td></tr><tr><th>Default:</th><td>168</td></tr></tbody></table></li>"
        for name in ("log.keep", "log.keep.most")
    )
    converted = page(f'<ul class="config-list">{entries}</ul>', "generated/config.html")
    entry = next(part for part in converted.sections if part.headings == ("log.keep",))
    assert entry.anchor == "broker_log.keep"
    assert [block.text for block in entry.blocks] == ["How long a file is kept (in hours)", "- Type: int", "- Default: 168"]


def test_only_the_content_of_a_page_counts() -> None:
    converted = page(
        "<html><head><title>Pools — Ceph</title></head><body><nav>menu</nav><div role='main'><header><h1>Pools<a class='headerlink' href='#p'>\uf0c1"
        "</a></h1></header>"
        "<div class='theme-doc-breadcrumbs'>Home</div><ul><li><a href='#a'>One</a></li><li><a href='#b'>Two</a></li><li><a href='#c'>Three</a></li>"
        "<li><a href='#d'>Four</a></li><li><a href='#e'>Five</a></li></ul><p>Set <code class='docutils'>osd_pool_default_size</code> to 2<sup>16</sup>.</p>"
        "<aside>ad</aside><dl><dt id='opt'>mon_host</dt><dt>mon host</dt><dd>Where.</dd></dl><p>After.</p><p>Was this page helpful?</p><p>"
        "<a href='x'>Edit this page</a></p>"
        "</div><footer>foot</footer></body></html>"
    )
    assert converted.title == "Pools"
    assert [(part.headings, part.anchor) for part in converted.sections] == [((), None), (("mon_host, mon host",), "opt"), ((), None)]
    assert text_of(converted) == "Set `osd_pool_default_size` to 2^16.\nWhere.\nAfter."


@pytest.mark.parametrize(
    "box",
    [
        '<div class="admonition warning"><p class="admonition-title">Warning</p><p>Wait.</p></div>',
        '<aside class="admonition warning"><p class="admonition-title">Warning</p><p>Wait.</p></aside>',
        '<div class="theme-admonition theme-admonition-warning alert"><div class="admonitionHeading_Gv"><span><svg></svg></span>warning</div><div>'
        "<p>Wait.</p></div></div>",
        '<div class="alert alert-warning" role="alert"><h4 class="alert-heading">Warning:</h4>Wait.</div>',
        '<div class="warning"><h3 class="title">Warning</h3><p>Wait.</p></div>',
        '<div class="admonitionblock warning"><table><tr><td class="icon"><i class="fa icon-warning" title="Warning"></i></td>'
        '<td class="content">Wait.</td></tr></table></div>',
        '<div class="custom-block warning"><p class="custom-block-title">WARNING</p><p>Wait.</p></div>',
    ],
)
def test_boxes_of_all_generators(box: str) -> None:
    converted = page(f"<h1>T</h1><p>Before.</p>{box}")
    assert text_of(converted).replace("WARNING", "Warning") == "Before.\nWarning: Wait."


def test_tabs_keep_their_labels_and_hidden_panels() -> None:
    converted = page(
        '<div class="tabs"><ul role="tablist"><li role="tab">Ubuntu</li><li role="tab">Debian</li></ul><div><div role="tabpanel"><pre>'
        '<code class="language-bash">apt'
        '</code></pre></div><div role="tabpanel" hidden><p>Use dpkg.</p></div></div></div><div class="tabbed-set"><input><div class="tabbed-labels">'
        "<label>A</label>"
        '</div><div class="tabbed-content"><div class="tabbed-block"><p>Panel.</p></div></div></div>'
    )
    assert text_of(converted) == "Ubuntu:\n```bash\napt\n```\nDebian: Use dpkg.\nA: Panel."


def test_tables() -> None:
    converted = page(
        "<table><th>Series</th><th>Source</th><th>Ok</th><tr><td rowspan=2>27.x</td><td><ul><li>Launchpad</li><li>Team.</li><li>a|b</li></ul></td>"
        "<td><img src=c.png alt=yes></td></tr>"
        "<tr><td colspan=2>none</td></tr></table><table><thead><tr><th>Key</th><th>Value</th></tr></thead><tr><td><code>a</code></td><td><p>Run:</p>"
        "<pre>x --y</pre></td></tr></table>"
    )
    assert text_of(converted).split("\n") == [
        "| Series | Source | Ok |",
        "| --- | --- | --- |",
        "| 27.x | Launchpad; Team. a\\|b | yes |",
        "| 27.x | none |  |",
        "- `a`",
        "  Value: Run:",
        "```",
        "x --y",
        "```",
    ]


def test_haproxy_keywords_and_prose_in_pre() -> None:
    converted = page(
        '<div id="sidebar"><p>Keyboard</p></div><h2 id="chapter-4.2">4.2. Keywords</h2><div>'
        '<pre class="text">This section describes each keyword and its use.\n</pre>'
        '<a class="anchor" name="4.2-errorloc"></a><div class="keyword"><b><a href="#4.2-errorloc">errorloc</a></b> &lt;code&gt;</div>'
        '<a class="anchor" name="4.2-errorloc302"></a><div class="keyword"><b><a href="#4.2-errorloc302">errorloc302</a></b> &lt;code&gt;</div>'
        '<pre class="text">Return an HTTP redirection to a URL instead\nof errors that are generated.\n</pre><pre class="prettyprint">'
        "<code>errorloc 503 /x</code></pre></div>"
    )
    assert text_of(converted).split("\n") == [
        "This section describes each keyword and its use.",
        "errorloc <code>",
        "errorloc302 <code>",
        "Return an HTTP redirection to a URL instead of errors that are generated.",
        "```",
        "errorloc 503 /x",
        "```",
    ]
    assert (converted.sections[-1].headings[-1], converted.sections[-1].anchor) == ("errorloc, errorloc302", "4.2-errorloc")


@pytest.mark.parametrize(
    "data",
    [
        "<div>" * 30_000 + "deep",
        "<ul><li>x" * 5_000,
        "<p" * 20_000,
        "<!--" * 20_000,
        "<td rowspan=200 colspan=200>x" * 2_000,
        "<pre>a\n" * 10_000,
        '<a href="#x">#</a>' * 5_000,
    ],
)
def test_hostile_pages_end_soon(data: str) -> None:
    started = time.process_time()
    page(data)
    assert time.process_time() - started < 5
