# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A page costs time in proportion to its size, whatever is in it."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.documents._convert import convert

SMALL, LARGE = 6_000, 60_000
# Below this both sizes are noise; twice the ratio of the sizes allows for a busy machine.
NOISE_SECONDS = 0.3
MOST_TIMES = 20


def repeated(unit: str) -> Callable[[int], str]:
    return lambda size: unit * (size // len(unit))


def nested(opening: str, closing: str) -> Callable[[int], str]:
    def page(size: int) -> str:
        depth = size // len(opening + closing)
        return opening * depth + "some words within" + closing * depth

    return page


def substitutions(size: int) -> str:
    lines = [f".. |s{number}| replace:: |s{number - 1}| |s{number - 1}|\n" for number in range(1, size // 50)]
    return f".. note:: x\n\n.. |s0| replace:: x\n{''.join(lines)}\n|s{len(lines)}| and words\n"


PAGES: dict[str, tuple[str, Callable[[int], str]]] = {
    "lists in a cell": ("a.html", lambda size: f"<table><tr><td>{nested('<ul><li>', '</li></ul>')(size)}</td></tr></table>"),
    "tables": ("a.html", nested("<table><tr><td>", "</td></tr></table>")),
    "descriptions": ("a.html", nested("<dl><dt>a<dd>", "</dl>")),
    "styles": ("a.html", lambda size: "<style>" + ".a .b{display:none}" * (size // 40) + "</style>" + "<p class=b>words" * (size // 32)),
    "open elements": ("a.html", repeated("<div><b>")),
    "brackets": ("a.md", repeated("[a](")),
    "backticks": ("a.md", repeated("`a ")),
    "emphasis": ("a.md", repeated("*a **b ")),
    "quotes": ("a.md", lambda size: "> " * (size // 2) + "a"),
    "boxes": ("a.md", lambda size: "\n".join("    " * level + "!!! note" for level in range(int((size / 2) ** 0.5)))),
    "shortcodes": ("a.md", repeated('{{< note "')),
    "snippets": ("a.md", repeated('--8<-- "a.md"\n')),
    "components": ("a.mdx", repeated("<Tabs a={")),
    "substitutions": ("a.rst", substitutions),
    "directives": ("a.rst", repeated(".. foo:: abc\n\n   text\n\n")),
    "references": ("a.rst", repeated("`a <b>`_ ")),
    "attributes": ("a.adoc", lambda size: ":a: " + "b" * 1000 + "\n\n" + "{a}" * (size // 3)),
    "marks": ("a.adoc", repeated("*a _b `c ")),
    "entities": ("a.xml", lambda size: f"<!DOCTYPE a [<!ENTITY e '{'x' * 500}'>]><para>{'&e;' * (size // 3)}</para>"),
    "sections": ("a.xml", nested("<section><title>a</title>", "</section>")),
    "macros": ("a.1", lambda size: ".TH A 1\n.de x\n" + "b\n" * (size // 4) + "..\n" + ".x\n" * (size // 6)),
    "lines": ("a.txt", repeated("a    b\n")),
    "one character": ("a.txt", repeated("=")),
}


def seconds(path: str, text: str) -> float:
    started = time.process_time()
    convert(text.encode(), path)
    return time.process_time() - started


@pytest.mark.parametrize("name", PAGES)
def test_time_is_in_proportion_to_size(name: str) -> None:
    path, page = PAGES[name]
    seconds(path, page(500))
    # The least of several: another process on the same core adds to the time of this one.
    small, large = (min(seconds(path, page(size)) for _try in range(3)) for size in (SMALL, LARGE))
    assert large <= max(NOISE_SECONDS, MOST_TIMES * small)
