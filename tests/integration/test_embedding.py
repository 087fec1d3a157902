# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Another embedding model than the default: a GGUF file."""

from __future__ import annotations

import shutil
import typing as t
from collections.abc import Callable
from pathlib import Path

import minilm_gguf
import pytest

if t.TYPE_CHECKING:
    from conftest import Assistant

RUNBOOKS = Path(__file__).resolve().parents[2] / "docs" / "examples" / "knowledge" / "house"
QUESTION = "Why is a Kafka broker under-replicated, and what do I do first?"


@pytest.fixture(scope="module")
def assistant(make_assistant: Callable[..., Assistant]) -> Assistant:
    made = make_assistant(INFRA_LLM_EMBEDDING_MODEL=str(minilm_gguf.minilm_gguf()))
    runbooks = made.home / "runbooks" / "house"
    runbooks.mkdir(parents=True)
    for name in ("kafka-under-replicated.md", "ceph-nearfull.md"):
        shutil.copy(RUNBOOKS / name, runbooks)
    made.ingest(runbooks.parent).ok()
    return made


def test_a_gguf_indexes_and_finds(assistant: Assistant) -> None:
    titles = [source["title"] for source in assistant.answer(QUESTION)["sources"]]
    assert "under-replicated" in titles[0].lower()
    assert "torch" not in loaded_by(assistant.pid()), "llama.cpp alone is enough"


def loaded_by(pid: int | None) -> str:
    return "\n".join(line for line in Path(f"/proc/{pid}/maps").read_text(encoding="utf-8").splitlines() if ".so" in line)


def test_other_settings_are_refused_and_the_way_out_is_told(assistant: Assistant) -> None:
    said = assistant.ask(QUESTION, INFRA_LLM_EMBEDDING_PASSAGE_PREFIX="passage: ").sentence()
    assert "was made with the embedder 'all-MiniLM-L6-v2-f16.gguf " in said
    assert "index again with playbooks/ingest.yml, or set the embedding options back" in said


def test_a_model_that_is_not_there_is_one_sentence(assistant: Assistant) -> None:
    said = assistant.ask(QUESTION, INFRA_LLM_EMBEDDING_MODEL="/srv/models/none.gguf").sentence()
    assert said == "embedding_model '/srv/models/none.gguf' is not a file; give the path of a GGUF embedding model."
