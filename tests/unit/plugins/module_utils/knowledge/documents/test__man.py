# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import DataError
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.documents._convert import Page, convert, format_of


def man(text: str, path: str = "diskcopy.1") -> Page:
    return convert(text.encode(), path)


def blocks(page: Page) -> list[tuple[str, str]]:
    return [(block.kind, block.text) for section in page.sections for block in section.blocks]


def headings(page: Page) -> list[tuple[str, ...]]:
    return [section.headings for section in page.sections]


def text_of(page: Page) -> str:
    return "\n".join(text for _kind, text in blocks(page))


def test_options_of_a_man_page_are_sections() -> None:
    page = man(
        r""".\" a comment
.TH DISKCOPY "1" "2024" "tools 1.0"
.SH NAME
diskcopy \- copy disks
.SH SYNOPSIS
.B diskcopy
[\fI\,OPTION\/\fR]... \fISOURCE\fR
.br
.BI "diskcopy \-\-help" " topic"
.SH OPTIONS
Before them.
.TP
\fB\-f\fR, \fB\-\-force\fR
ask \fBnothing\fR, see
.BR disks (5)
.TP
.BI \-\-size= bytes
.TQ
\fB\-s\fR \fIbytes\fR
how much; \(lqall\(rq by default
.RS
.TP
.B all
everything
.RE
.PP
After them.
.SS Examples
.nf
  $ diskcopy \-f /dev/a
    \(aqx\(aq
.fi
"""
    )
    assert page.title == "diskcopy(1)"
    assert headings(page) == [
        ("NAME",),
        ("SYNOPSIS",),
        ("OPTIONS",),
        ("OPTIONS", "-f, --force"),
        ("OPTIONS", "--size=bytes, -s bytes"),
        ("OPTIONS",),
        ("OPTIONS", "Examples"),
    ]
    assert blocks(page) == [
        ("text", "diskcopy - copy disks"),
        ("code", "```\ndiskcopy [OPTION]... SOURCE\ndiskcopy --help topic\n```"),
        ("text", "Before them."),
        ("text", "ask `nothing`, see `disks`(5)"),
        ("text", "how much; \u201call\u201d by default"),
        ("list", "- `all`: everything"),
        ("text", "After them."),
        ("code", "```\n$ diskcopy -f /dev/a\n  'x'\n```"),
    ]


def test_pages_that_other_tools_wrote() -> None:
    """DocBook's style sheets indent the text of an option and draw bullets; Sphinx brings macros of its own."""
    page = man(
        r"""'\" t
.TH "SERVICE\&.CONF" "5"
.ie \n(.g .ds Aq \(aq
.el       .ds Aq '
.de1 INDENT
. RS \\$1
..
.de UNINDENT
. RE
..
.de KEY
\fB\\$1\fR \- \\$2
..
.SH "NAME"
service.conf \- settings
.SH "OPTIONS"
.PP
\fIRestart=\fR
.RS 4
One of \fBno\fR or \*(Aqyes\*(Aq\&.
.sp
.RS 4
.ie n \{\
\h'-04'\(bu\h'+03'\c
.\}
.el \{\
.IP \(bu 2.3
.\}
If set to \fBno\fR, nothing\&.
.RE
.RE
.SH COMMANDS
.INDENT 0.0
.TP
.B  \-\-wait
.INDENT 7.0
.INDENT 3.5
.sp
.nf
.ft C
wait 10
.ft P
.fi
.UNINDENT
.UNINDENT
.UNINDENT
.SH KEYS
.KEY Ctrl\-C "stop it"
""",
        "service.conf.5",
    )
    assert page.title == "service.conf(5)"
    assert headings(page) == [("NAME",), ("OPTIONS", "Restart="), ("COMMANDS", "--wait"), ("KEYS",)]
    assert blocks(page)[1:] == [
        ("text", "One of `no` or 'yes'."),
        ("list", "- If set to `no`, nothing."),
        ("code", "```\nwait 10\n```"),
        ("text", "`Ctrl-C` - stop it"),
    ]


def test_mdoc() -> None:
    page = man(
        r""".Dd $Mdocdate: June 1 2024 $
.Dt NETCOPY 8
.Os
.Sh NAME
.Nm netcopy
.Nd copy over the net
.Sh SYNOPSIS
.Nm netcopy
.Op Fl 46v
.Op Fl p Ar port
.Ar host : Ns Ar path
.Sh DESCRIPTION
.Nm
reads
.Pa /etc/netcopy.conf ,
see
.Xr netcopy.conf 5 .
The options are:
.Bl -tag -width Ds
.It Fl L Xo
.Sm off
.Oo Ar bind : Oc
.Ar port
.Sm on
.Xc
Listen there
.Pq default: Dq any .
.It Fl Fl verbose
Say more.
.Bl -bullet
.It
once
.It
twice
.El
.El
.Pp
Finally:
.Bd -literal -offset indent
$ netcopy -v
.Ed
.Dl netcopy host:path
""",
        "netcopy.8",
    )
    assert page.title == "netcopy(8)"
    assert headings(page) == [("NAME",), ("SYNOPSIS",), ("DESCRIPTION",), ("DESCRIPTION", "-L [bind:]port"), ("DESCRIPTION", "--verbose"), ("DESCRIPTION",)]
    assert blocks(page) == [
        ("text", "`netcopy` \u2014 copy over the net"),
        ("code", "```\nnetcopy [-46v] [-p port] host:path\n```"),
        ("text", "`netcopy` reads `/etc/netcopy.conf`, see netcopy.conf(5). The options are:"),
        ("text", "Listen there (default: \u201cany\u201d)."),
        ("text", "Say more."),
        ("list", "- once"),
        ("list", "- twice"),
        ("text", "Finally:"),
        ("code", "```\n$ netcopy -v\n```"),
        ("code", "```\nnetcopy host:path\n```"),
    ]


def test_tables_links_and_escapes() -> None:
    page = man(
        r""".TH X 7
.SH TABLE
.TS
allbox tab(:);
lB lB
l l.
Name:Meaning
.T&
l l.
\fBa\-b\fR:T{
over two
lines
T}
.TE
.UR https://example.org/
the site
.UE ,
.MT a@example.org
.ME .
A \[u2014] b \(co \e \N'65' \s-1SMALL\s0 \*(lqq\*(rq x\
y
""",
        "x.7",
    )
    assert blocks(page) == [
        ("table", "| Name | Meaning |\n| --- | --- |\n| `a-b` | over two lines |"),
        ("text", "the site, a@example.org. A \u2014 b \u00a9 \\ A SMALL \u201cq\u201d xy"),
    ]


@pytest.mark.parametrize(
    ("path", "kind"),
    [("ssh.1", "man"), ("a/lmtp.8postfix", "man"), ("x.man", "man"), ("data.7z", None), ("clip.3gp", None), ("page.8.gz", None), ("page.html", "html")],
)
def test_names_of_man_pages(path: str, kind: str | None) -> None:
    assert format_of(path) == kind


def test_a_name_alone_makes_no_man_page() -> None:
    with pytest.raises(DataError, match="no man page"):
        man("Release notes of this version\n", "NEWS-1.2")
    assert blocks(man(".so man1/other.1\n")) == []


def test_hostile_pages_end_soon_with_their_text() -> None:
    started = time.process_time()
    head = ".TH A 1\n.SH X\n"
    assert "text" in text_of(man(head + ".de a\n.b\n.b\n..\n.de b\n.a\n.a\n..\n.a\ntext\n"))
    assert "text" in text_of(man(head + ".ds a " + "\\*b" * 100 + "\n.ds b " + "\\*a" * 100 + "\n\\*a text\n"))
    assert "innermost" in text_of(man(head + ".RS\n.TP\n-x\nmore\n" * 600 + "innermost\n"))
    for junk in ("\\", "\\fB", "\\h'", "\\[", ".if n \\{\n", ".if t \\{\n", ".if n x\n", ".TP\n", ".TS\n", '.BR "a"', "a\\\n", ".de x\n"):
        man(head + "words\n" + junk * 10_000)
    for junk in (".Op ", ".It Xo\n", ".Bl -tag\n.It Fl x\nmore\n", ".Oo\n"):
        man(".Dd x\n.Dt A 1\n.Sh X\nwords\n" + junk * 5_000)
    assert time.process_time() - started < 60
