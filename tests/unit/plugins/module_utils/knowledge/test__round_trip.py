# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an operator copies is what the author wrote: through every format, the chunks, and the passage that they make again."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._chunks import chunk_page
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._passage_text import Piece, join_pieces
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.documents._convert import Block, Page, Section, convert
from hypothesis import given, settings
from hypothesis import strategies as st

# Quotes, dashes, dots, continuations, placeholders, tabs, entities, template marks, and what looks like markup of some format.
CODE = r"""storectl --force --name "it's" 'a "b"' -- -x \
    --key=<secret-key> \
⇥--tab="${HOME}/data"   # two  blanks ... and -- dashes
rm -rf "/var/lib/store/$(date +%F)" && echo done >/dev/null 2>&1

if [ ! -e "$f" ]; then
⇥cat <<-'EOF' | tee file_with_underscores *.log
⇥key: {{ value }} | "quoted" @at #hash %percent
⇥EOF
fi
a_b__c__d = **not bold** _not italic_ `tick` ~tilde~ ^caret^
&amp; &lt;tag&gt; <a href="x">link</a> http://host:1/p?q=1&r=2
[link](target) [[cell]] ((x)) +plus+ ++plus++ \n \t C:\path
1. not a list
- not a list
    indented by four
| not | a table |""".replace("⇥", "\t")
INLINE = "cmd --opt='a b' -- \"x\" ... --y --flag=value"


def escaped(code: str) -> str:
    return code.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def indented(code: str) -> str:
    return "\n".join(f"        {line}" if line else "" for line in code.split("\n"))


SOURCES = {
    "a.md": f"# A\n\nRun `{INLINE}` now:\n\n````sh\n{CODE}\n````\n",
    "a.mdx": f"import X from 'x'\n\n# A\n\nRun `{INLINE}` now:\n\n````sh\n{CODE}\n````\n",
    "a.html": f"<h1>A</h1><p>Run <code>{escaped(INLINE)}</code> now:</p><pre><code class='language-sh'>{escaped(CODE)}</code></pre>",
    "a.adoc": f"= A\n\nRun `+{INLINE}+` now:\n\n[source,sh]\n----\n{CODE}\n----\n",
    "a.xml": f"<chapter><title>A</title><para>Run <command>{escaped(INLINE)}</command> now:</para>"
    f"<programlisting language='sh'>{escaped(CODE)}</programlisting></chapter>",
    "a.rst": f"A\n=\n\nRun ``{INLINE}`` now:\n\n.. code-block:: sh\n\n{indented(CODE)}\n",
    "a.1": ".TH A 1\n.SH A\nRun\n\\fB"
    + INLINE.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace('"', "\\(dq")
    + "\\fR\nnow:\n.nf\n"
    + "\n".join(("\\&" if line[:1] in (".", "'") else "") + line.replace("\\", "\\e").replace("-", "\\-") for line in CODE.split("\n"))
    + "\n.fi\n",
}


def count_tokens(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) + 2 for text in texts]


def passage(page: Page, window: int) -> str:
    chunks = chunk_page(page, product=None, count_tokens=count_tokens, window=window)
    return join_pieces([Piece(chunk.ordinal, chunk.text, chunk.joint) for chunk in chunks])


@pytest.mark.parametrize("path", SOURCES)
@pytest.mark.parametrize("window", [25, 60, 10_000])
def test_code_is_the_author_s_in_every_format(path: str, window: int) -> None:
    text = passage(convert(SOURCES[path].encode(), path), window)
    # To docutils a tab is eight blanks, before any directive reads it.
    assert (CODE.expandtabs(8) if path == "a.rst" else CODE) in text
    assert f"`{INLINE}`" in text or (path == "a.1" and INLINE in text)


@pytest.mark.parametrize(
    ("opening", "label"),
    [
        ('yaml tab="Docker labels"', "Docker labels"),
        ('yaml title="conf.yml"', "conf.yml"),
        ("yaml {label='On Debian'}", "On Debian"),
        ('yaml caption="The manifest"', "The manifest"),
        ("yaml filename=a.yml", "a.yml"),
        ("yaml name=b.yml", "b.yml"),
        ("yaml title='it is long: here'", "it is long: here"),
    ],
)
def test_labels_of_fences_are_text(opening: str, label: str) -> None:
    page = convert(f"# A\n\nIn one of these ways:\n\n```{opening}\na: 1\n```\n".encode(), "a.md")
    assert [block.text.replace("`", "") for block in page.sections[0].blocks[1:2]] == [f"{label}:"]


LINES = st.text(alphabet=st.sampled_from("ab1 .;:|\\\t`-{}\n"), max_size=120)


@given(st.lists(st.tuples(st.sampled_from(["code", "text", "list"]), LINES.filter(lambda text: any(char.isalnum() for char in text))), min_size=1, max_size=5))
@settings(max_examples=200, deadline=None)
def test_chunks_of_a_section_are_its_text_again(parts: list[tuple[str, str]]) -> None:
    blocks = []
    for kind, text in parts:
        body = text.strip("\n").rstrip()
        blocks.append(Block(kind, f"`````sh\n{body}\n`````" if kind == "code" else "- " + " ".join(body.split()) if kind == "list" else f"x{body.strip()}"))
    whole = passage(Page("T", [Section((), None, blocks)]), 10_000)
    assert passage(Page("T", [Section((), None, blocks)]), 14) == whole
