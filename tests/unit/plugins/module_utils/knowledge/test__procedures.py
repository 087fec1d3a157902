# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a page of Markdown to the passage that is shown: procedures begin at their first step, and no two blocks are one."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._embedding import Embedder
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._vector_store import PersistentVectorStore
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._index import KnowledgeIndex
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._ingest import index_version
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._search import Target, gather_sections, search

FILLER = "The nodes of the ring compare their journals meanwhile, which takes a while on a busy ring, and nothing else may run. "
BLOCKS = "# Users\n\n## Declare users\n\nIn one of two ways:\n\n" + "\n\n".join(
    f'```yaml tab="{tab}"\n' + "\n".join(f'{tab.lower()}_{n}: "a value {n} that is long enough to fill a line of the example"' for n in range(9)) + "\n```"
    for tab in ("Labels", "Manifest")
)


def recovery(repeat: int) -> str:
    return (
        f"# Recover a ring\n\n## From an archive\n\n{FILLER * 4}\n\nFollow these steps on the node that holds the archive:\n\n"
        "1. Halt the ring on every node:\n\n   ```sh\n   ringctl halt --all\n   ```\n\n"
        f"2. {FILLER * repeat}\n\n3. Unpack the archive with zymurgy:\n\n   ```sh\n   rm -rf /var/lib/ring/members\n   ringctl zymurgy\n   ```\n\n"
        f"   {FILLER * 2}\n\n4. Start the ring: `ringctl start`. {FILLER * 6}\n"
    )


def passage(directory: Path, embedder: Embedder, page: str, question: str, *, context_words: int) -> str:
    source = directory / "docs"
    source.mkdir()
    (source / "page.md").write_text(page)
    index = KnowledgeIndex(directory / "knowledge", embedder_name=embedder.name, store=PersistentVectorStore)
    index_version(index, lambda: embedder, "docs", "ring", "1.0", str(source), lambda _event: None)
    found = search(index, question, [Target("ring", "1.0", named=True)], embedder=lambda: embedder, count=1, context_words=context_words)
    (gathered,) = gather_sections(index, found.passages) if not context_words else found.passages
    return gathered.text


@pytest.mark.parametrize("context_words", [0, 240])
def test_a_procedure_is_shown_from_its_first_step_to_what_was_found(tmp_path: Path, embedder: Embedder, context_words: int) -> None:
    text = passage(tmp_path, embedder, recovery(5), "zymurgy unpack the archive", context_words=context_words)
    steps = [text.index(step) for step in ("Follow these steps", "1. Halt", "ringctl halt --all", "2. The nodes", "3. Unpack", "rm -rf /var/lib")]
    assert steps == sorted(steps)
    assert "[…]" not in text[steps[0] : steps[-1]]


@pytest.mark.parametrize("context_words", [0, 240])
def test_of_a_procedure_that_is_too_long_the_end_is_cut(tmp_path: Path, embedder: Embedder, context_words: int) -> None:
    text = passage(tmp_path, embedder, recovery(60), "zymurgy unpack the archive", context_words=context_words)
    assert "1. Halt" in text
    assert "rm -rf" not in text
    assert text.endswith("[…]")


@pytest.mark.parametrize("context_words", [0, 240])
def test_two_blocks_of_one_language_stay_two(tmp_path: Path, embedder: Embedder, context_words: int) -> None:
    text = passage(tmp_path, embedder, BLOCKS, "manifest labels declare users", context_words=context_words)
    for tab in ("Labels", "Manifest"):
        assert f"{tab}:\n\n```yaml\n{tab.lower()}_0" in text or f"{tab.lower()}_0" not in text
    assert "labels" not in text.partition("manifest_0")[2]
