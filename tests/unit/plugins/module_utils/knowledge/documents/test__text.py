# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.documents._convert import Page, convert


def page(text: str, path: str = "manual.txt") -> Page:
    return convert(text.encode(), path)


def sections(converted: Page) -> dict[tuple[str, ...], list[tuple[str, str]]]:
    return {part.headings: [(block.kind, block.text) for block in part.blocks] for part in converted.sections}


MANUAL = """\
                         ----------------------
                                 BALANCER
                          Configuration Manual
                         ----------------------
                              version 2.6
                              2023/03/28


This document covers the configuration language.

Summary
-------

1.    Quick reminder
1.1.      The transaction model
2.    Proxies
2.1.      Keywords matrix
2.2.      Keywords reference

1. Quick reminder
-----------------

When the balancer runs, the request is fully analyzed and it is
possible to match on anything found in the contents.


1.1. The transaction model
--------------------------

A new request will involve a new connection :

  [CON1] [REQ1] ... [RESP1] [CLO1]

The server has 2 modes :
  - keep alive    : all requests are processed
  - tunnel        : only the first request is processed,
                    everything else is forwarded

To restart it :

1. Stop the service.

2. Start the service.


2. Proxies
----------

2.1. Keywords matrix
--------------------

 keyword                              defaults   frontend
------------------------------------+----------+----------
acl                                       X (!)      X
-- keyword -------------------------- defaults - frontend
backlog                                   -          X
------------------------------------+----------+----------


2.2. Keywords reference
-----------------------

This section describes each keyword.


balance <algorithm> [ <arguments> ]
balance url_param <param> [check_post]
  Define the load balancing algorithm to be used in a backend.
  May be used in sections :   defaults | frontend | listen
                                 yes   |    no    |   yes
  Arguments :
    <algorithm> is the algorithm used to select a server when doing load
                balancing. It may be one of the following :

      roundrobin  Each server is used in turns, according to their weights. This
                  is the smoothest algorithm.

                  It is limited by design to 4095 servers.

      source      The source IP address is hashed and divided by the total
                  weight of the running servers.

  The algorithm may only be set once for each backend.

  Example:
        balance roundrobin
        balance url_param userid   # for this one

        balance source

  See also : "dispatch", "cookie",
             "transparent"

tune.rcvbuf.client <number>
tune.rcvbuf.server <number>
  Forces the kernel buffer size to the specified value in bytes. The default is
  chosen by the kernel.

user <username> [password <password>]
                [groups <group>,<group>,(...)]
  Adds a user to the current list. Both passwords can be used.

always_true : boolean
  Always returns the boolean "true" value.

In all of them, a comment begins with a hash.

/*
 * Local variables:
 *  fill-column: 79
 * End:
 */
"""


def test_a_manual_of_numbered_chapters_and_keywords() -> None:
    converted = page(MANUAL)
    assert converted.title == "BALANCER Configuration Manual"
    found = sections(converted)
    reference = ("2. Proxies", "2.2. Keywords reference")
    assert list(found) == [
        (),
        ("1. Quick reminder",),
        ("1. Quick reminder", "1.1. The transaction model"),
        ("2. Proxies", "2.1. Keywords matrix"),
        reference,
        (*reference, "balance"),
        (*reference, "tune.rcvbuf.client, tune.rcvbuf.server"),
        (*reference, "user"),
        (*reference, "always_true"),
    ]
    assert found["1. Quick reminder", "1.1. The transaction model"] == [
        ("text", "A new request will involve a new connection :"),
        ("code", "```\n[CON1] [REQ1] ... [RESP1] [CLO1]\n```"),
        ("text", "The server has 2 modes :"),
        ("list", "- keep alive : all requests are processed"),
        ("list", "- tunnel : only the first request is processed, everything else is forwarded"),
        ("text", "To restart it :"),
        ("list", "1. Stop the service."),
        ("list", "2. Start the service."),
    ]
    assert found["2. Proxies", "2.1. Keywords matrix"] == [
        ("table", "| keyword | defaults | frontend |\n| --- | --- | --- |\n| acl | X (!) | X |\n| backlog | - | X |")
    ]
    assert found[(*reference, "user")][0] == ("text", "user <username> [password <password>]\n[groups <group>,<group>,(...)]")
    assert found[reference][-1] == ("text", "In all of them, a comment begins with a hash.")


def test_a_keyword_keeps_its_syntax_arguments_and_examples() -> None:
    assert sections(page(MANUAL))["2. Proxies", "2.2. Keywords reference", "balance"] == [
        ("text", "balance <algorithm> [ <arguments> ]\nbalance url_param <param> [check_post]"),
        ("text", "Define the load balancing algorithm to be used in a backend."),
        ("table", "```\nMay be used in sections :   defaults | frontend | listen\n                               yes   |    no    |   yes\n```"),
        ("text", "Arguments :"),
        ("text", "<algorithm> is the algorithm used to select a server when doing load balancing. It may be one of the following :"),
        ("list", "- roundrobin Each server is used in turns, according to their weights. This is the smoothest algorithm."),
        ("list", "  It is limited by design to 4095 servers."),
        ("list", "- source The source IP address is hashed and divided by the total weight of the running servers."),
        ("text", "The algorithm may only be set once for each backend."),
        ("text", "Example:"),
        ("code", "```\nbalance roundrobin\nbalance url_param userid   # for this one\n\nbalance source\n```"),
        ("text", 'See also : "dispatch", "cookie", "transparent"'),
    ]


PRINTED = """\
Network Working Group                                         S. Bradner
Request for Comments: 9999                            Harvard University


        Key words for use in RFCs to Indicate Requirement Levels

Table of Contents

   1.  Introduction . . . . . . . . . .   3
     1.1.  Requirements . . . . . . . .   3
   2.  Security . . . . . . . . . . . .   4

Abstract

   In many standards track documents several words are used to signify
   the requirements in the specification.  These words are often
   capitalized.  This document defines these words as they should be
   interpreted.

1.  Introduction

   It is sent when the client begins to talk with the server about



Bradner                  Best Current Practice                  [Page 1]
\f
RFC 9999                     RFC Key Words                    March 1997


   protocols and so on.

1.1.  Requirements

   o  A server is there.

   o  A request:

      GET / HTTP/1.1
      Host: x



Bradner                  Best Current Practice                  [Page 2]
\f
RFC 9999                     RFC Key Words                    March 1997


2.  Security

   Nothing is known of it.
"""


@pytest.mark.parametrize("text", [PRINTED, PRINTED.replace("\f\n", "")])
def test_printed_pages(text: str) -> None:
    converted = page(text)
    assert converted.title == "Key words for use in RFCs to Indicate Requirement Levels"
    found = sections(converted)
    assert list(found)[1:] == [("Abstract",), ("1. Introduction",), ("1. Introduction", "1.1. Requirements"), ("2. Security",)]
    assert found[("1. Introduction",)] == [("text", "It is sent when the client begins to talk with the server about protocols and so on.")]
    assert found["1. Introduction", "1.1. Requirements"] == [
        ("list", "- A server is there."),
        ("list", "- A request:"),
        ("code", "```\nGET / HTTP/1.1\nHost: x\n```"),
    ]


def test_readme_with_capital_headings_steps_and_options() -> None:
    found = sections(
        page(
            "Frobnicator\n===========\n\nIt frobs.\n\nINSTALLATION\n\n1. Unpack the archive.\n2. Run the commands:\n\n    ./configure\n    make install\n\n"
            "3. Start it.\n\nUSAGE\n\nOptions:\n\n  -c FILE, --config FILE\n        Read the configuration from FILE, which must be there.\n\n"
            "  -d    Do not fork into the background.\n",
            "README",
        )
    )
    assert found[("INSTALLATION",)] == [
        ("list", "1. Unpack the archive."),
        ("list", "2. Run the commands:"),
        ("code", "```\n./configure\nmake install\n```"),
        ("list", "3. Start it."),
    ]
    assert found[("USAGE",)] == [
        ("text", "Options:"),
        ("list", "- -c FILE, --config FILE Read the configuration from FILE, which must be there."),
        ("list", "- -d Do not fork into the background."),
    ]


def test_manual_page_as_text() -> None:
    manual = sections(
        page(
            "NAME\n       postconf - configuration utility\n\nOPTIONS\n       -a     List the plug-in types for the server. They are\n"
            "              selected with a parameter.\n\n       -c config_dir\n              The file is in the named directory instead of the default.\n\n"
            "       -d     Print the default settings of all the parameters.\n"
        )
    )
    assert manual["OPTIONS", "-a"] == [("text", "-a"), ("text", "List the plug-in types for the server. They are selected with a parameter.")]
    assert manual["OPTIONS", "-c config_dir"] == [("text", "-c config_dir"), ("text", "The file is in the named directory instead of the default.")]


def test_options_in_boxes() -> None:
    boxes = "".join(f"+-----+\n|{name}|Use: main|Default: 3h|\n+-----+\n\nThis option says it all.\n\n" for name in ("auto_thaw", "bi_command", "check_log"))
    assert sections(page(f"Options\n\n1. MAIN\n=======\n\n{boxes}"))["1. MAIN", "bi_command"] == [
        ("text", "bi_command | Use: main | Default: 3h"),
        ("text", "This option says it all."),
    ]


def test_configuration_in_the_text_is_no_keyword() -> None:
    text = (
        "Transports\n==========\n\nThere are some of them, as in\n\nremote_smtp:\n  driver = smtp\n\nwhich is for the other hosts.\n\n"
        "/etc/main.cf:\n    # It is used when the\n    # other one is not.\n    a_b = c\n\nspecial_smtp:\n  driver = smtp\n  port = 1\n\nThat is all of it.\n"
    )
    found = sections(page(text))
    assert list(found) == [()]
    assert ("code", "```\ndriver = smtp\nport = 1\n```") in found[()]


def test_a_line_that_is_bold_as_a_whole_is_a_heading() -> None:
    def bold(text: str) -> str:
        return "".join(char if char == " " else f"{char}\b{char}" for char in text)

    text = f"{bold('Mail Howto')}\n\n---------\n\n{bold('Quick tests')}\n\nThey are {bold('fast')} and\n\n{bold('Other tests')}\n\nThey are not.\n"
    converted = page(text, "MAIL_README")
    assert converted.title == "Mail Howto"
    assert sections(converted) == {("Quick tests",): [("text", "They are fast and")], ("Other tests",): [("text", "They are not.")]}


def test_a_paragraph_after_a_list_of_terms_stays_whole() -> None:
    text = (
        "Levels\n======\n\nlow   Only the errors are written.\nhigh  All that is done is written.\n\n"
        "This is what you set it to, if some\nof it is not what you want it to be\nin the log that it is written to now.\n"
    )
    assert sections(page(text))[()] == [
        ("list", "- low Only the errors are written."),
        ("list", "- high All that is done is written."),
        ("text", "This is what you set it to, if some of it is not what you want it to be in the log that it is written to now."),
    ]


def test_plain_runbook_in_russian() -> None:
    converted = page(
        "Порядок перезапуска\n===================\n\nПеред остановкой проверьте, что на узле нет сессий:\n\n    systemctl status keepalived\n", "notes"
    )
    assert converted.title == "Порядок перезапуска"
    assert sections(converted)[()] == [
        ("text", "Перед остановкой проверьте, что на узле нет сессий:"),
        ("code", "```\nsystemctl status keepalived\n```"),
    ]


def test_restructured_text_under_another_name() -> None:
    converted = page("Options\n=======\n\n.. contents:: Table\n\n.. note:: Wait.\n\nSet ``server.port``.\n")
    assert sections(converted)[()] == [("text", "Note: Wait."), ("text", "Set `server.port`.")]


@pytest.mark.parametrize(
    "piece",
    [
        "#",
        "[",
        "1. a\n---\n",
        "--8<--\n",
        "+---+\n",
        "+-+-+\n|a|b|\n",
        "Contents\n1. a\n",
        "Example:\n  a\n",
        "\f",
        "[Page 1]\n\n",
        "-a\n  the is of\n",
        "a  b\n",
        "- ",
        " a\n  b\n",
        "a\b",
        "a\ba",
        "\n\na\ba a\ba",
    ],
)
def test_hostile_texts_end_soon(piece: str) -> None:
    started = time.process_time()
    page("Text.\n" + piece * (100_000 // len(piece)))
    assert time.process_time() - started < 5
