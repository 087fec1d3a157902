# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import DataError
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.documents._convert import Page, convert


def docbook(text: str, path: str = "chapter.sgml", **options: object) -> Page:
    return convert(text.encode(), path, **options)  # type: ignore[arg-type]


def blocks(page: Page) -> list[tuple[str, str]]:
    return [(block.kind, block.text) for section in page.sections for block in section.blocks]


def text_of(page: Page) -> str:
    return "\n".join(text for _kind, text in blocks(page))


CONFIG = """<!-- doc/config.sgml -->
<chapter id="server-config">
 <title>Server Settings</title>
 <indexterm><primary>settings</primary></indexterm>
 <sect1 id="config-disk"><title>Disk</title>
  <variablelist>
   <varlistentry id="guc-cache-size" xreflabel="cache_size">
    <term><varname>cache_size</varname> (<type>integer</type>)
     <indexterm><primary><varname>cache_size</varname> parameter</primary></indexterm></term>
    <listitem><para>How much memory is used.  The default is 128&nbsp;MB, see <xref linkend="guc-page-size"/>
      and <xref linkend="guc-other-place"/>.</para>
     <itemizedlist><listitem><para>On Linux <literal>huge</literal> helps.</para></listitem></itemizedlist></listitem>
   </varlistentry>
   <varlistentry id="guc-page-size" xreflabel="page_size">
    <term><varname>page_size</varname> (<type>enum</type>)</term>
    <listitem><para>One of <literal>small</literal> &mdash; or not.</para></listitem>
   </varlistentry>
  </variablelist>
  <para>After the list.</para>
 </sect1>
</chapter>
"""


def test_each_option_is_a_section_named_by_its_term() -> None:
    page = docbook(CONFIG)
    assert page.title == "Server Settings"
    assert [(section.headings, section.anchor) for section in page.sections] == [
        (("Disk", "cache_size (integer)"), "guc-cache-size"),
        (("Disk", "page_size (enum)"), "guc-page-size"),
        (("Disk",), None),
    ]
    assert blocks(page) == [
        ("text", "How much memory is used. The default is 128 MB, see `page_size` and `other_place`."),
        ("list", "- On Linux `huge` helps."),
        ("text", "One of `small` \u2014 or not."),
        ("text", "After the list."),
    ]


def test_reference_page_with_synopsis_options_and_callouts() -> None:
    page = docbook(
        """<?xml version="1.0"?>
<!DOCTYPE refentry PUBLIC "-//OASIS//DTD DocBook XML V4.5//EN" "http://www.oasis-open.org/docbook/xml/4.5/docbookx.dtd">
<refentry id="app-copy"><refentryinfo><author>A. Nobody</author></refentryinfo>
<refmeta><refentrytitle>diskcopy</refentrytitle><manvolnum>1</manvolnum></refmeta>
<refnamediv><refname>diskcopy</refname><refname>dc</refname><refpurpose>copy disks</refpurpose></refnamediv>
<refsynopsisdiv><cmdsynopsis><command>diskcopy</command><arg choice="opt">-f</arg>
<group choice="req"><arg choice="plain">--all</arg><arg choice="plain">--from=<replaceable>disk</replaceable></arg></group>
<arg choice="plain" rep="repeat"><replaceable>target</replaceable></arg></cmdsynopsis></refsynopsisdiv>
<refsect1><title>Options</title><variablelist>
<varlistentry><term><option>-f</option></term><term><option>--force</option></term><listitem><para>Ask nothing.</para></listitem></varlistentry>
</variablelist></refsect1>
<refsect1><title>Example</title><programlisting>diskcopy -f <replaceable>/dev/a</replaceable> <co id="first"/>
</programlisting><calloutlist><callout arearefs="first"><para>The source, see <citerefentry><refentrytitle>disks</refentrytitle>
<manvolnum>5</manvolnum></citerefentry>.</para></callout></calloutlist>
<warning><para>Data is lost<footnote><para>for ever</para></footnote>.</para></warning></refsect1></refentry>""",
        "diskcopy.xml",
    )
    assert page.title == "diskcopy"
    assert [section.headings for section in page.sections] == [(), ("Synopsis",), ("Options", "-f, --force"), ("Example",)]
    assert blocks(page) == [
        ("text", "diskcopy, dc \u2014 copy disks"),
        ("code", "```\ndiskcopy [-f] {--all | --from=disk} target...\n```"),
        ("text", "Ask nothing."),
        ("code", "```\ndiskcopy -f /dev/a (1)\n```"),
        ("list", "- (1) The source, see disks(5)."),
        ("text", "Warning: Data is lost (for ever)."),
    ]


def test_tables_with_spans_and_tables_of_one_column() -> None:
    page = docbook(
        """<sect1><title>T</title><table><title>Limits</title><tgroup cols="3"><colspec colname="a"/><colspec colname="b"/><colspec colname="c"/>
<thead><row><entry>System</entry><entry>Name</entry><entry>Value</entry></row></thead><tbody>
<row><entry morerows="1">Linux</entry><entry><literal>x|y</literal></entry><entry>1</entry></row>
<row><entry namest="b" nameend="c">both</entry></row></tbody></tgroup></table>
<informaltable><tgroup cols="1"><thead><row><entry>Column</entry></row></thead><tbody>
<row><entry><para><structfield>pid</structfield> <type>integer</type></para><para>Process id</para></entry></row></tbody></tgroup></informaltable></sect1>"""
    )
    assert blocks(page) == [
        ("text", "Limits:"),
        ("table", "| System | Name | Value |\n| --- | --- | --- |\n| Linux | `x\\|y` | 1 |\n| Linux | both |  |"),
        ("list", "- `pid` `integer`\n  Process id"),
    ]


def test_sgml_that_is_no_xml() -> None:
    page = docbook(
        """<SECT1 id=old><TITLE>Old <productname/Pool/</title>
<para>Set <varname>num_init</> to <literal>3</>, or <![%extra;[read <xref linkend="x"> and]]> <![IGNORE[never this]]>stop & think: 1 < 2.
<para>No end tag here.</sect1>"""
    )
    assert "Set `num_init` to `3`, or read x and stop & think: 1 < 2." in text_of(page)
    assert "No end tag here." in text_of(page)
    assert "never this" not in text_of(page)
    assert page.sections[0].anchor == "old"


def test_entities_come_from_the_document_its_own_files_and_the_version() -> None:
    page = docbook(
        """<!DOCTYPE chapter [<!ENTITY % shared SYSTEM "shared.ent"> %shared; <!ENTITY prod "Pool<literal>x</literal>"> <!ENTITY part SYSTEM "part.sgml">]>
<chapter><title>&prod; &version;</title><para>&prod; &site; &majorversion;&zwsp;! &unknown; &hellip; &#x200B;&#65;</para>&part;</chapter>""",
        read_include={"shared.ent#declarations": b"<!ENTITY site 'example'>"}.get,
        version="15.3",
    )
    assert page.title == "Poolx 15.3"
    assert text_of(page) == "Pool`x` example 15! <unknown> \u2026 A"


def test_an_include_of_a_part_is_inlined() -> None:
    standard = (
        b'<variablelist><varlistentry id="help"><term><option>-h</option></term><listitem><para>Print help.</para></listitem></varlistentry></variablelist>'
    )
    page = docbook(
        "<refsect1><title>Options</title><variablelist><varlistentry><term><option>-x</option></term><listitem><para>Do.</para></listitem></varlistentry>"
        '<xi:include href="standard.xml" xpointer="help"/><xi:include href="standard.xml"/></variablelist></refsect1>',
        "tool.xml",
        read_include={"standard.xml#help": standard}.get,
    )
    assert [section.headings for section in page.sections] == [("-x",), ("-h",)]


@pytest.mark.parametrize("text", ["<project><dependency>x</dependency></project>", "<!ENTITY config SYSTEM 'config.sgml'>", "only words"])
def test_what_is_no_documentation_is_refused(text: str) -> None:
    with pytest.raises(DataError, match=r"root <project>|no elements"):
        docbook(text, "file.xml")


def test_hostile_documents_end_soon_with_their_text() -> None:
    started = time.process_time()
    entities = "".join(f'<!ENTITY a{number} "{f"&a{number - 1};" * 10}">' for number in range(1, 12))
    bomb = docbook(f'<!DOCTYPE article [<!ENTITY a0 "lol">{entities}]><article><para>&a11; survivors</para></article>', "bomb.xml")
    assert "survivors" in text_of(bomb)
    assert len(text_of(bomb)) < 2_000_000
    outside = docbook('<!DOCTYPE article [<!ENTITY x SYSTEM "file:///etc/passwd">]><article><para>before &x; after</para></article>', "x.xml")
    assert text_of(outside) == "before <x> after"
    itself = docbook('<sect1 id="a"><title>Title <xref linkend="a"/></title><para>See <xref linkend="a"/> here.</para></sect1>')
    assert "See Title here." in text_of(itself)
    for nested in ("<section><title>t</title><para>", "<itemizedlist><listitem>", "<literal>", '<variablelist><varlistentry id="v"><term>t</term><listitem>'):
        assert "innermost" in text_of(docbook("<article><para>begin</para>" + nested * 600 + "innermost words", "deep.xml"))
    for junk in ("<a '", "<!--", "<![CDATA[", "</x>", "<", "&", "<!DOCTYPE a [<!--"):
        docbook("<article><para>begin</para>" + junk * 20_000, "junk.xml")
    assert time.process_time() - started < 60
