# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import DataError
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.documents._convert import Page, Section, convert


def nginx_page(shared: Path, tree: str, name: str, version: str | None) -> Page:
    path = shared / "corpus" / "nginx" / tree / name
    return convert(path.read_bytes(), name, version=version)


def section(page: Page, *headings: str) -> Section:
    return next(found for found in page.sections if found.headings == headings)


def text_of(page: Page) -> str:
    return "\n".join(block.text for part in page.sections for block in part.blocks)


def test_a_directive_is_a_section_with_its_facts(shared: Path) -> None:
    page = nginx_page(shared, "1.24", "http/ngx_http_core_module.xml", "1.24")
    assert page.title == "Module ngx_http_core_module"
    found = section(page, "Directives", "absolute_redirect")
    assert found.anchor == "absolute_redirect"
    assert [block.text for block in found.blocks][:5] == [
        "- Syntax: `absolute_redirect on | off;`",
        "- Default: `absolute_redirect on;`",
        "- Context: `http`, `server`, `location`",
        "This directive appeared in version 1.11.8.",
        "If disabled, redirects issued by nginx will be relative.",
    ]
    syntax = [block.text for block in section(page, "Directives", "location").blocks][:3]
    assert syntax == ["- Syntax: `location [ = | ~ | ~* | ^~ ] uri { ... }`", "- Syntax: `location @name { ... }`", "- Default: none"]


def test_parameters_and_variables_are_sections(shared: Path) -> None:
    page = nginx_page(shared, "1.24", "http/ngx_http_upstream_module.xml", "1.24")
    weight = section(page, "Directives", "server", "weight=number")
    assert (weight.anchor, weight.blocks[0].text) == ("weight", "sets the weight of the server, by default, 1.")
    assert "commercial" in section(page, "Directives", "server", "route=string").blocks[-1].text
    variables = nginx_page(shared, "1.24", "http/ngx_http_core_module.xml", "1.24")
    assert section(variables, "Embedded Variables", "$args").anchor == "var_args"


def test_what_is_newer_than_the_documentation_is_not_offered(shared: Path) -> None:
    name = "http/ngx_http_v2_module.xml"
    old = nginx_page(shared, "1.24", name, "1.24")
    assert "http2" not in {part.headings[-1] for part in old.sections if part.headings}
    assert "http2 on;  # appeared in version 1.25.1, not in 1.24" in text_of(old)
    assert old.warnings == ["1 entries were left out, for they appeared after 1.24: http2."]
    for version in ("1.25", "1.31", None):
        kept = nginx_page(shared, "1.24", name, version)
        assert "This directive appeared in version 1.25.1." in {block.text for block in section(kept, "Directives", "http2").blocks}
        assert kept.warnings == []
    upstream = nginx_page(shared, "1.24", "http/ngx_http_upstream_module.xml", "1.24")
    assert "$upstream_last_server_name" in upstream.warnings[0]


def test_a_module_that_is_newer_as_a_whole_is_refused_with_its_version(shared: Path) -> None:
    with pytest.raises(DataError, match=r"describes what appeared in 1\.25\.0, after 1\.24\."):
        nginx_page(shared, "1.24", "http/ngx_http_v3_module.xml", "1.24")
    assert nginx_page(shared, "1.31", "http/ngx_http_v3_module.xml", "1.31").title == "Module ngx_http_v3_module"


@pytest.mark.parametrize("tree", ["1.24", "1.31"])
def test_no_word_of_the_documentation_is_lost(shared: Path, tree: str) -> None:
    directory = shared / "corpus" / "nginx" / tree
    files = sorted(directory.rglob("*.xml"))
    assert len(files) >= 88
    for file in files:
        source = re.sub(r"<!--.*?-->|<!DOCTYPE[^>]*>|&\w+;", " ", file.read_text(encoding="utf-8"), flags=re.DOTALL)
        words = Counter(re.findall(r"\w+", re.sub(r"<[^>]*>", " ", source)))
        page = convert(file.read_bytes(), file.name, version=None)
        kept = Counter(re.findall(r"\w+", text_of(page) + " ".join(heading for part in page.sections for heading in part.headings)))
        # Parts of a word that were marked apart (`$arg_` and `name`) are one word now.
        assert (words - kept).total() <= max(3, 0.01 * words.total()), file
