# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole of the real documentation, converted and cut: what no single file's test can promise."""

from __future__ import annotations

import collections
import re
import typing as t

import pytest
import real_material
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._embedding import load_embedder
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._embedding_settings import embedder_settings
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._chunks import CHUNK_TOKENS, Chunk, chunk_page
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.documents._directory_source import DirectoryReader, SkippedFile, SourcePage
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.documents._page import Page

CORPUS = real_material.directory() / "corpus"
# Left by a converter that did not know a site generator's syntax; in code they may be content.
LEFTOVERS = re.compile(r"\{\{[<%]|\{%|%\}|^import .+ from ['\"]|^:::|\{: ?\.\w|<!--|\.\. [\w-]+::", re.MULTILINE)


class Read(t.NamedTuple):
    """One file's page and its chunks."""

    name: str
    page: Page
    chunks: list[Chunk]


@pytest.fixture(scope="module")
def count_tokens() -> t.Any:
    return load_embedder(embedder_settings()).count_tokens


@pytest.fixture(scope="module")
def corpus(count_tokens: t.Any) -> tuple[list[Read], list[str]]:
    read, skipped = [], []
    for directory in sorted(path for path in CORPUS.glob("*/*") if path.is_dir()):
        product, version = directory.parts[-2:]
        for entry in DirectoryReader(directory, version=None if version == "unversioned" else version).entries():
            name = f"{product}/{version}/{entry.relative_path}"
            if isinstance(entry, SkippedFile):
                skipped.append(f"{name}: {entry.reason}")
            elif isinstance(entry, SourcePage):
                chunks = chunk_page(entry.page, product=product, count_tokens=count_tokens, window=CHUNK_TOKENS)
                read.append(Read(name, entry.page, chunks))
    return read, skipped


def test_every_page_is_read_or_skipped_for_a_reason(corpus: tuple[list[Read], list[str]]) -> None:
    read, skipped = corpus
    assert len(read) > 2_000
    unexplained = [line for line in skipped if not re.search("words of text|no text|empty|option|appeared in", line)]
    assert not unexplained, unexplained
    assert len(skipped) < 0.05 * len(read), skipped


def test_every_chunk_fits_the_window_and_says_something(corpus: tuple[list[Read], list[str]], count_tokens: t.Any) -> None:
    chunks = [chunk for read in corpus[0] for chunk in read.chunks]
    assert max(count_tokens([chunk.embed_text for chunk in chunks])) <= CHUNK_TOKENS
    assert not [chunk.headings for chunk in chunks if not re.search(r"\w", chunk.text)]


def test_fences_are_balanced_in_every_chunk(corpus: tuple[list[Read], list[str]]) -> None:
    unbalanced = [
        f"{read.name}: {chunk.text[:200]}" for read in corpus[0] for chunk in read.chunks if len(re.findall(r"^ *`{3,}", chunk.text, re.MULTILINE)) % 2
    ]
    assert not unbalanced, unbalanced[:5]


def test_no_word_of_a_page_is_lost_by_cutting(corpus: tuple[list[Read], list[str]]) -> None:
    for read in corpus[0]:
        before = collections.Counter(word for section in read.page.sections for block in section.blocks for word in re.findall(r"\w+", block.text))
        after = collections.Counter(word for chunk in read.chunks for word in re.findall(r"\w+", chunk.text))
        # A word may be cut in two only where one line has no blank; the repeated table headers only add.
        assert sum((before - after).values()) <= 0.005 * sum(before.values()) + 2, read.name


def test_next_to_nothing_of_a_site_generators_syntax_is_left_in_prose(corpus: tuple[list[Read], list[str]]) -> None:
    blocks = [(read.name, block.text) for read in corpus[0] for section in read.page.sections for block in section.blocks if block.kind == "text"]
    left = [f"{name}: {text[:160]}" for name, text in blocks if LEFTOVERS.search(re.sub("`[^`]*`", "", text))]
    assert len(left) <= 0.001 * len(blocks), left[:10]


def test_few_chunks_of_a_version_repeat_another(corpus: tuple[list[Read], list[str]]) -> None:
    texts: dict[str, list[str]] = collections.defaultdict(list)
    for read in corpus[0]:
        if "/html/" not in read.name:  # nginx's pages are there twice, as XML and as HTML
            texts["/".join(read.name.split("/")[:2])].extend(" ".join(chunk.embed_text.split()) for chunk in read.chunks)
    repeated = {version: 1 - len(set(chunks)) / len(chunks) for version, chunks in texts.items()}
    assert max(repeated.values()) < 0.05, repeated
