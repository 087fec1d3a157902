# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time
from pathlib import Path

import pytest
import tiny_gguf
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import ConfigError, ServiceError
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._llm import Chat, Completion
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._llm_llama import LlamaCppModel

MESSAGES = [{"role": "system", "content": "You help."}, {"role": "user", "content": "Why?"}]


def chat(model: LlamaCppModel, seconds: float) -> Completion:
    return model.chat(Chat(MESSAGES, max_tokens=16, temperature=0.0, deadline=time.monotonic() + seconds))


@pytest.fixture(scope="module")
def tiny_model() -> LlamaCppModel:
    return LlamaCppModel(str(tiny_gguf.tiny_gguf()))


def test_a_gguf_answers_in_process_and_the_same_twice(tiny_model: LlamaCppModel) -> None:
    first = chat(tiny_model, 60)
    assert first.text.strip()
    assert first.finished is False, "random weights go on until max_tokens"
    assert 0 < (first.completion_tokens or 0) <= 17
    assert chat(tiny_model, 60).text == first.text
    assert (tiny_model.name, tiny_model.context_length) == (tiny_gguf.tiny_gguf().name, 8192)
    assert tiny_model.count_tokens("under-replicated") < tiny_model.count_tokens("under-replicated partitions")


def test_a_gguf_stops_at_the_deadline_and_refuses_a_prompt_beyond_its_context(tiny_model: LlamaCppModel) -> None:
    cut = tiny_model.chat(Chat(MESSAGES, max_tokens=4000, temperature=0.0, deadline=time.monotonic() + 0.2))
    assert not cut.finished
    assert (cut.completion_tokens or 0) < 4000
    with pytest.raises(ServiceError, match=r"llama\.cpp failed on this prompt \(.+\); lower max_tokens"):
        tiny_model.chat(Chat([{"role": "user", "content": "word " * 9000}], max_tokens=16, temperature=0.0, deadline=time.monotonic() + 60))


def test_a_model_path_that_holds_no_model_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"model_path '.+none\.gguf' is not a file; give the path of a GGUF model\."):
        LlamaCppModel(str(tmp_path / "none.gguf"))
    (tmp_path / "broken.gguf").write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(ConfigError, match=r"cannot be loaded by llama\.cpp \(.+\); check that the GGUF file is whole"):
        LlamaCppModel(str(tmp_path / "broken.gguf"))
