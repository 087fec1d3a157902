# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Sequence

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._chunks import Chunk, chunk_page, section_fingerprint
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.documents._convert import Block, Page, Section

WINDOW = 40


def count_tokens(texts: Sequence[str]) -> list[int]:
    """Words and two special tokens: what WordPiece does, coarsely."""
    return [len(text.split()) + 2 for text in texts]


def chunks_of(*blocks: Block, headings: tuple[str, ...] = ("H",)) -> list[Chunk]:
    page = Page("Title", [Section(headings, "anchor", list(blocks))])
    chunks = chunk_page(page, product="kafka", count_tokens=count_tokens, window=WINDOW)
    assert all(size <= WINDOW for size in count_tokens([chunk.embed_text for chunk in chunks]))
    assert all(chunk.text.strip() for chunk in chunks)
    return chunks


def test_chunk_carries_its_breadcrumb_without_the_version() -> None:
    (chunk,) = chunks_of(Block("text", "Some text."))
    assert chunk.embed_text == "kafka > Title > H\nSome text."
    assert (chunk.title, chunk.headings, chunk.anchor, chunk.text) == ("Title", ("H",), "anchor", "Some text.")


def test_sections_are_not_mixed() -> None:
    page = Page("T", [Section(("A",), None, [Block("text", "one")]), Section(("B",), None, [Block("text", "two")])])
    chunks = chunk_page(page, product=None, count_tokens=count_tokens, window=WINDOW)
    assert [(chunk.embed_text, chunk.section_id, chunk.ordinal) for chunk in chunks] == [("T > A\none", 0, 0), ("T > B\ntwo", 1, 1)]


def test_paragraphs_are_cut_at_sentence_ends_without_loss() -> None:
    sentences = [f"Sentence number {number} has some words." for number in range(30)]
    chunks = chunks_of(Block("text", " ".join(sentences)))
    assert len(chunks) > 1
    assert all(chunk.text.endswith(".") for chunk in chunks)
    assert " ".join(chunk.text for chunk in chunks) == " ".join(sentences)


def test_fences_are_closed_and_opened_again() -> None:
    lines = [f"set option{number} = {number}" for number in range(40)]
    chunks = chunks_of(Block("code", "\n".join(["````ini", *lines, "````"])))
    assert len(chunks) > 1
    assert all(chunk.text.startswith("````ini\n") and chunk.text.endswith("\n````") for chunk in chunks)
    assert [line for chunk in chunks for line in chunk.text.split("\n")[1:-1]] == lines


def test_tables_repeat_their_header() -> None:
    rows = [f"| option{number} | what it does |" for number in range(20)]
    chunks = chunks_of(Block("table", "\n".join(["| Name | Text |", "| --- | --- |", *rows])))
    assert len(chunks) > 1
    assert all(chunk.text.startswith("| Name | Text |\n| --- | --- |\n| option") for chunk in chunks)
    assert [row for chunk in chunks for row in chunk.text.split("\n")[2:]] == rows


def test_code_stays_with_its_introduction() -> None:
    filler = Block("text", "word " * 20)
    chunks = chunks_of(filler, Block("text", "Then run this command:"), Block("code", "```\nrestart the broker now please " + "x " * 9 + "\n```"))
    assert chunks[-1].text.startswith("Then run this command:\n\n```")


def test_what_cannot_be_divided_is_halved() -> None:
    chunks = chunks_of(Block("code", "```\n" + "a b " * 200 + "\n```"), Block("table", "| " + "h " * 50 + "|\n| --- |\n| " + "c " * 50 + "|"))
    words = [word for chunk in chunks for word in chunk.text.split()]
    assert [words.count(word) for word in ("a", "b", "h", "c")] == [200, 200, 50, 50]


def test_long_breadcrumb_is_shortened() -> None:
    chunks = chunks_of(Block("text", "text " * 30), headings=tuple("long heading of many words " * 4 for _number in range(5)))
    assert all(chunk.text for chunk in chunks)


@pytest.mark.parametrize("unit", [3, 7])
def test_tokenizer_whose_counts_do_not_add_up(unit: int) -> None:
    def by_length(texts: Sequence[str]) -> list[int]:
        # The whole counts for more than its parts.
        return [2 + len(text) // unit + len(text) ** 2 // 40000 for text in texts]

    page = Page("T", [Section((), None, [Block("text", "Some words here. " * 200)])])
    chunks = chunk_page(page, product="p", count_tokens=by_length, window=64)
    assert all(size <= 64 for size in by_length([chunk.embed_text for chunk in chunks]))
    assert " ".join(chunk.text for chunk in chunks).split() == ("Some words here. " * 200).split()


def test_fingerprint_ignores_white_space_alone() -> None:
    assert section_fingerprint("a > b\nsome  text") == section_fingerprint("a > b some text")
    assert section_fingerprint("some text") != section_fingerprint("some texts")
