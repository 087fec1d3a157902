# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import DataError
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.documents._convert import Page, convert


def asciidoc(text: str, path: str = "page.adoc", **options: object) -> Page:
    return convert(text.encode(), path, **options)  # type: ignore[arg-type]


def blocks(page: Page) -> list[tuple[str, str]]:
    return [(block.kind, block.text) for section in page.sections for block in section.blocks]


def text_of(page: Page) -> str:
    return "\n".join(text for _kind, text in blocks(page))


def test_titles_anchors_code_and_callouts() -> None:
    page = asciidoc(
        """= Search service
A. Writer <a@example.org>
v1.2, 2024-01-01
:product: Finder

Intro to {product} {version}.

[[limits]]
== Limits [[other]]

[id='raise-limit_{context}']
=== Raise the limit

.Raise it
[source,sh,subs="attributes"]
----
finder --set {product}  # <1>
finder --get
----
<1> Sets *it*.
// CONSOLE
////
hidden
////

Underlined
~~~~~~~~~~
....
as it is
....
""",
        version="8.1",
    )
    assert page.title == "Search service"
    assert [(section.headings, section.anchor) for section in page.sections] == [
        ((), None),
        (("Limits", "Raise the limit"), "raise-limit"),
        (("Limits", "Underlined"), None),
    ]
    assert blocks(page) == [
        ("text", "Intro to Finder 8.1."),
        ("text", "Raise it:"),
        ("code", "```sh\nfinder --set Finder (1)\nfinder --get\n```"),
        ("list", "- (1) Sets it."),
        ("code", "```\nas it is\n```"),
    ]


def test_each_option_of_a_description_list_is_a_section() -> None:
    page = asciidoc(
        """== Settings

`cache.size`::
(Optional, string)
Memory of the cache.
+
IMPORTANT: Restart after it.
+
--
Values:

`small`:: 1 MB
`large`:: 9 MB
--

[[path-data]]
`path.data`, `pd`::

    Where the data is. Defaults to `/var`.

After it.

-f::
--force::
  Ask nothing.

Node:: A running process.
"""
    )
    assert [(section.headings, section.anchor) for section in page.sections] == [
        (("cache.size",), None),
        (("path.data, pd",), "path-data"),
        ((), None),
        (("-f, --force",), None),
        (("Node",), None),
    ]
    assert blocks(page)[:5] == [
        ("text", "(Optional, string) Memory of the cache."),
        ("text", "Important: Restart after it."),
        ("text", "Values:"),
        ("list", "- `small`: 1 MB"),
        ("list", "- `large`: 9 MB"),
    ]
    assert blocks(page)[5:] == [
        ("text", "Where the data is. Defaults to `/var`."),
        ("text", "After it."),
        ("text", "Ask nothing."),
        ("text", "A running process."),
    ]


def test_items_without_blank_lines_between_them() -> None:
    page = asciidoc(
        """= clock.conf(5)
:man manual: Configuration Files

== Directives

[[server]]*server* _name_::
Where the time is from:
+
*burst*:::
Ask often.
+
It may be
refused.
*key* _ID_:::
Sign it.
{blank}:::
An example:
+
----
server a
----
[[port]]*port* _number_::
The port.
{blank}::
It is 123.
""",
        "clock.adoc",
    )
    assert [(section.headings, section.anchor) for section in page.sections] == [
        (("Directives", "server name"), "server"),
        (("Directives", "port number"), "port"),
    ]
    assert blocks(page) == [
        ("text", "Where the time is from:"),
        ("list", "- burst: Ask often."),
        ("list", "  It may be refused."),
        ("list", "- key ID: Sign it."),
        ("text", "An example:"),
        ("code", "```\nserver a\n```"),
        ("text", "The port."),
        ("text", "It is 123."),
    ]


def test_a_procedure_keeps_its_steps_and_commands() -> None:
    page = asciidoc(
        """. *Stop* the node.
+
--
Run:

include::stop.adoc[]
--

. Upgrade:
.. the package
.. the plugins
+
[NOTE]
.Order
====
Package first.
====

. Start it.
""",
        read_include={"stop.adoc": b"[source,console]\n----\nPUT /stop\n----\n// TEST\n"}.get,
    )
    assert blocks(page) == [
        ("list", "1. Stop the node."),
        ("list", "   Run:"),
        ("code", "```console\nPUT /stop\n```"),
        ("list", "2. Upgrade:"),
        ("list", "   1. the package"),
        ("list", "   2. the plugins"),
        ("list", "      Note (Order): Package first."),
        ("list", "3. Start it."),
    ]


def test_tables() -> None:
    page = asciidoc(
        """.Ports
[cols="1,2a",options="header"]
|===
| Name | Meaning

| `http`
| For clients,
9200 \\| 9300

2+| both
.2+| two rows
|
* one
* two
| last
|===

|===
|a |b

|1 |2
|===

,===
x,"y, z"
,===
"""
    )
    assert blocks(page) == [
        ("text", "Ports:"),
        (
            "table",
            "| Name | Meaning |\n| --- | --- |\n| `http` | For clients, 9200 \\| 9300 |\n| both |  |\n| two rows | one ; two |\n| two rows | last |",
        ),
        ("table", "| a | b |\n| --- | --- |\n| 1 | 2 |"),
        ("table", "|  |  |\n| --- | --- |\n| x | y, z |"),
    ]


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("See <<limits>>, <<limits,the `max` part>> and xref:a/b.adoc#c[page].", "See limits, the `max` part and page."),
        ("At https://example.org/x[the site], link:y.html[*here*^] or https://example.org.", "At the site, here or https://example.org."),
        (
            "Use `--opt=<x>` or ``a`b``, not _that_ *bold* one; my_var_name and *.log stay.",
            "Use `--opt=<x>` or `` a`b ``, not that bold one; my_var_name and *.log stay.",
        ),
        ("The `+{literal}+` and {unknown} of {es}{nbsp}stack.", "The `{literal}` and {unknown} of Elasticsearch stack."),
        ('added:[7.10.0] deprecated[8.0,"Use `b`."] beta::[]', "Added in 7.10.0. Deprecated in 8.0: Use `b`. Beta."),
        ("Press kbd:[Ctrl+C] in menu:File[Save]. footnote:[Or not.]", "Press Ctrl+C in File > Save. (Or not.)"),
        ("linkgit:git-add[1] +\nnext ((term)) [[here]]line", "git-add(1)\nnext term line"),
    ],
)
def test_inline_markup(source: str, text: str) -> None:
    assert text_of(asciidoc(source)) == text


def test_includes_and_conditions() -> None:
    files = {
        "parts.adoc#part": b"= Parts\n// tag::one[]\nFirst {name}.\n// end::one[]\nSecond.\n",
        "attributes.adoc#part": b"= Shared\n:name: shared\n\nText of another page.\n",
        "conf.yml#part": b"a: 1\n",
    }
    page = asciidoc(
        """include::attributes.adoc[]
include::{dir}/parts.adoc[tag=one]

ifdef::env-github[]
Only there.
endif::[]
ifdef::cloud[]
On the cloud.
endif::[]
ifndef::cloud[At home.]
ifeval::["{name}" == "other"]
Not this.
endif::[]

----
include::conf.yml[]
----
""",
        read_include=files.get,
    )
    assert blocks(page) == [("text", "First shared."), ("text", "On the cloud. At home."), ("code", "```\na: 1\n```")]


def test_a_signature_is_no_document() -> None:
    with pytest.raises(DataError, match="signature"):
        asciidoc("-----BEGIN PGP SIGNATURE-----\n\nabc\n", "package.tar.gz.asc")


def test_hostile_documents_end_soon_with_their_text() -> None:
    started = time.process_time()
    bomb = ":a0: lol\n" + "".join(f":a{number}: {f'{{a{number - 1}}}' * 10}\n" for number in range(1, 20)) + "\n" + "{a19} " * 20_000 + "end"
    assert text_of(asciidoc(bomb)).endswith("end")
    assert len(text_of(asciidoc(bomb))) < 3_000_000
    nested = "\n".join("=" * (4 + number) for number in range(600)) + "\ninnermost words\n"
    assert "innermost words" in text_of(asciidoc(nested))
    loop = asciidoc("include::loop.txt[]\n", read_include={"loop.txt": b"include::loop.txt[]\n" * 20 + b"some text\n"}.get)
    assert "some text" in text_of(loop)
    for junk in ("[", "`a ", "*a ", "_a_a ", "<<a ", "link:a[", "http://a[", "((( a", "pass:[", "{a", "image:a[", "* a\n+\n", "a::\n\n", "--\n", "100*|a\n"):
        asciidoc("words |===\n" + junk * 5_000)
    assert time.process_time() - started < 60
