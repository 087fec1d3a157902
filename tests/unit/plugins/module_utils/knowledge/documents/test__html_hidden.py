# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a reader of a page cannot see is not indexed; what only a browser could decide is."""

from __future__ import annotations

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.documents._convert import convert


def text_of(body: str, head: str = "") -> str:
    page = convert(f"<html><head><title>T</title>{head}</head><body><h1>T</h1><p>The text of the page.</p>{body}</body></html>".encode(), "a.html")
    return "\n".join(block.text for section in page.sections for block in section.blocks)


@pytest.mark.parametrize(
    "style",
    [
        "display:none", "DISPLAY : none !important", "visibility:hidden", "opacity:0", "opacity: .01", "font-size:0", "font-size:1px", "font-size:0.01em",
        "color:#fff;background:#fff", "color:white;background-color:#fefefe", "color:transparent", "color:rgba(0,0,0,0)", "color: #ff000000",
        "-webkit-text-fill-color: transparent", "clip:rect(0,0,0,0);position:absolute", "clip-path:inset(50%)", "transform:scale(0)", "transform: scaleY(0.0)",
        "position:fixed;left:-9999px", "text-indent:-9999px", "height:0;overflow:hidden", "max-height:0px;overflow:hidden", "content-visibility:hidden",
        "filter:opacity(0)", "transform:translateX(-9999px)",
    ],
)  # fmt: skip
def test_styles_that_hide(style: str) -> None:
    assert "SECRET" not in text_of(f'<p style="{style}">SECRET words</p><div style="{style}"><ul><li>SECRET</li></ul></div>')


@pytest.mark.parametrize(
    "style", ["color:#fff;background:#000", "color:#fff", "font-size:12px", "opacity:0.8", "margin-top:-80px", "width:50%", "transform:scale(1.5)", "color:red"]
)
def test_styles_that_show(style: str) -> None:
    assert "words to read" in text_of(f'<p style="{style}">words to read</p>')


@pytest.mark.parametrize("name", ["hidden", "d-none", "sr-only", "visually-hidden", "screen-reader-text", "invisible"])
def test_classes_that_frameworks_hide(name: str) -> None:
    assert "SECRET" not in text_of(f'<p class="x {name}">SECRET</p>')


@pytest.mark.parametrize("name", ["hidden md:block", "d-none d-lg-flex", "tab-content hidden", "accordion-body d-none"])
def test_what_a_wider_screen_or_a_click_shows_stays(name: str) -> None:
    assert "words to read" in text_of(f'<div class="{name}"><p>words to read</p></div>')


@pytest.mark.parametrize(
    ("sheet", "is_hidden"),
    [
        (".k { display: none }", True),
        ("#id{visibility:hidden}", True),
        ("/* a */ div.outer > p.k, .other {color:#fff;background:#fff}", True),
        ("p{font-size:0}", True),
        (".k{display:none} p.k{display:block}", False),
        (".k:hover{display:none}", False),
        ("@media print { .k { display:none } }", False),
        ("@media print { .x {color:red} } .k{display:none}", True),
        (".elsewhere .k{display:none}", False),
    ],
)
def test_rules_of_the_page_s_own_sheets(sheet: str, is_hidden: bool) -> None:
    text = text_of('<div class="outer"><p class="k" id="id">SECRET words</p></div><div>Shown.</div>', f"<style>{sheet}</style>")
    assert ("SECRET" not in text) == is_hidden
    assert "Shown." in text


def test_elements_without_a_reader() -> None:
    tags = ("noembed", "noscript", "template", "object", "dialog", "noframes")
    assert "SECRET" not in text_of("".join(f"<{tag}>SECRET</{tag}>" for tag in tags))
    assert "words to read" in text_of("<details><summary>More</summary>words to read</details>")


def test_lists_in_cells_cost_no_more_than_their_size() -> None:
    nested = "<ul><li>" * 60 + "words" + "</li></ul>" * 60
    assert "words" in text_of(f"<table><tr><td>a</td></tr><tr><td>{nested}</td></tr></table>")
