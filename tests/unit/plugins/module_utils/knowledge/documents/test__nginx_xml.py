# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import DataError
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.documents._convert import Page, Section, convert
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.documents._nginx_xml import appeared_later


def text_of(page: Page) -> str:
    return "\n".join(block.text for part in page.sections for block in part.blocks)


MODULE = """<module name="Module acme_limits" link="/docs/limits.html" lang="en" rev="3">
<section id="summary"><para>The <literal>acme_limits</literal> module{since} bounds what a client may ask for.</para></section>
<section id="example" name="Example Configuration"><para><example>
limits on;
    quota on;
</example></para></section>
<section id="directives" name="Directives">
<directive name="limits"><syntax><literal>on</literal> | <literal>off</literal></syntax><default>on</default>
<context>server</context><context>location</context><para>Turns the limits on.</para></directive>
<directive name="zone"><syntax block="yes">[ <literal>=</literal> ] <value>name</value></syntax>
<syntax><literal>@</literal><value>name</value></syntax>
<default/><context>server</context><para>Names a zone. Parameters are:
<list type="tag"><tag-name id="weight"><literal>weight</literal>=<value>number</value></tag-name><tag-desc>sets how much a client counts.</tag-desc></list>
</para></directive>
<directive name="quota"><syntax><literal>on</literal> | <literal>off</literal></syntax><default>off</default><context>server</context>
<appeared-in>1.25.1</appeared-in><para>Counts bytes as well.</para></directive>
</section>
<section id="variables" name="Embedded Variables"><para><list type="tag">
<tag-name id="var_used"><var>$used</var></tag-name><tag-desc>what was used of the quota (1.25.3)</tag-desc>
<tag-name id="var_left"><var>$left</var></tag-name><tag-desc>requests that are left</tag-desc></list></para></section></module>"""


def module(version: str | None, since: str = "") -> Page:
    return convert(MODULE.replace("{since}", since).encode(), "limits.xml", version=version)


def section(page: Page, *headings: str) -> Section:
    return next(found for found in page.sections if found.headings == headings)


def test_a_directive_is_a_section_with_its_facts() -> None:
    page = module("1.26")
    assert page.title == "Module acme_limits"
    found = section(page, "Directives", "limits")
    assert found.anchor == "limits"
    assert [block.text for block in found.blocks] == [
        "- Syntax: `limits on | off;`",
        "- Default: `limits on;`",
        "- Context: `server`, `location`",
        "Turns the limits on.",
    ]
    syntax = [block.text for block in section(page, "Directives", "zone").blocks][:3]
    assert syntax == ["- Syntax: `zone [ = ] name { ... }`", "- Syntax: `zone @name;`", "- Default: none"]


def test_parameters_and_variables_are_sections() -> None:
    weight = section(module("1.26"), "Directives", "zone", "weight=number")
    assert (weight.anchor, weight.blocks[0].text) == ("weight", "sets how much a client counts.")
    assert section(module("1.26"), "Embedded Variables", "$left").anchor == "var_left"


def test_what_is_newer_than_the_documentation_is_not_offered() -> None:
    old = module("1.24")
    assert not {"quota", "$used"} & {part.headings[-1] for part in old.sections if part.headings}
    assert "quota on;  # appeared in version 1.25.1, not in 1.24" in text_of(old)
    assert old.warnings == ["2 entries were left out, for they appeared after 1.24: quota, $used."]
    for version in ("1.25", "1.31", None):
        kept = module(version)
        assert "This directive appeared in version 1.25.1." in {block.text for block in section(kept, "Directives", "quota").blocks}
        assert kept.warnings == []


def test_a_module_that_is_newer_as_a_whole_is_refused_with_its_version() -> None:
    with pytest.raises(DataError, match=r"describes what appeared in 1\.25\.0, after 1\.24\."):
        module("1.24", " (1.25.0)")
    assert module("1.31", " (1.25.0)").title == "Module acme_limits"


@pytest.mark.parametrize(
    ("appeared", "version", "later"),
    [
        (["1.25.1"], "1.24", True),
        (["1.25.1"], "1.25", False),
        (["1.25.1"], "1.25.0", True),
        (["1.1.0", "1.0.6"], "1.0", False),
        (["1.27.2"], "1.9", True),
        (["1.25.1"], "unversioned", False),
        ([], "1.24", False),
    ],
)
def test_versions_are_compared_as_far_as_both_go(appeared: list[str], version: str, later: bool) -> None:
    assert appeared_later(appeared, version) is later


def test_broken_pages_give_their_text() -> None:
    deep = '<module name="M" link="x">' + '<section name="s"><para>' * 600 + "innermost words"
    assert "innermost words" in text_of(convert(deep.encode(), "m.xml"))
    odd = b'<module name="M"><section name="D"><directive><syntax>a &lt; b</syntax><para>kept <literal>x</para></directive></section>'
    assert "kept `x`" in text_of(convert(odd, "m.xml"))
