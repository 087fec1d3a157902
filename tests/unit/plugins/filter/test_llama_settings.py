# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import itertools
from typing import Any

from ansible_collections.infra_llm.assistant.plugins.filter.llama_settings import llama_settings
from service_process import ROLE_FLAGS

CHAT: dict[str, Any] = {
    "kind": "chat",
    "path": "/srv/models/m.gguf",
    "alias": "m",
    "host": "::1",
    "port": "8080",
    "threads": 3,
    "slots": "2",
    "context": "4096",
    "batch": 256,
    "flash_attention": True,
    "kv_type": "f16",
    "mlock": False,
    "numa": "",
    "pooling": "",
    "template_kwargs": {"date_string": "1 Jan 2024"},
    "environment": {},
    "arguments": ["--prio", 1],
}


def settings(instance: dict[str, Any], **more: Any) -> dict[str, Any]:
    return llama_settings(instance, **{"key_file": "", "repack": False, "arguments": [], "environment": {}, **more})


def test_each_slot_has_its_context_and_what_is_added_comes_last() -> None:
    found = settings(CHAT, arguments=["--verbose"], repack=True, environment={"LLAMA_ARG_TIMEOUT": "60"}, key_file="/etc/key")
    assert (found["LLAMA_ARG_CTX_SIZE"], found["LLAMA_ARG_N_PARALLEL"]) == (8192, 2)
    assert found["INFRA_LLM_LLAMA_ARGUMENTS"] == "--slot-prompt-similarity 0.33 --threads-batch 3 --verbose --prio 1"
    assert (found["LLAMA_ARG_REPACK"], found["LLAMA_ARG_TIMEOUT"], found["LLAMA_ARG_API_KEY_FILE"]) == ("true", "60", "/etc/key")
    assert found["LLAMA_ARG_CHAT_TEMPLATE_KWARGS"] == '{"date_string": "1 Jan 2024"}'
    assert settings({**CHAT, "environment": {"LLAMA_ARG_TIMEOUT": "5"}}, environment={"LLAMA_ARG_TIMEOUT": "60"})["LLAMA_ARG_TIMEOUT"] == "5"


def test_an_embedding_instance_takes_a_text_whole() -> None:
    found = settings({**CHAT, "kind": "embeddings", "batch": 512, "context": 512, "template_kwargs": {}})
    assert (found["LLAMA_ARG_EMBEDDINGS"], found["LLAMA_ARG_CACHE_TYPE_K"], found["LLAMA_ARG_CHAT_TEMPLATE_KWARGS"]) == ("true", "", "")
    without_batch = {name: value for name, value in CHAT.items() if name != "batch"}
    assert settings({**without_batch, "context": 2048})["LLAMA_ARG_UBATCH"] == 2048


def test_nothing_of_a_prompt_is_kept_that_could_come_back_in_another_conversation() -> None:
    found = settings(CHAT)
    assert found["LLAMA_ARG_CACHE_RAM"] == 0
    assert (found["LLAMA_ARG_KV_UNIFIED"], found["LLAMA_ARG_CACHE_IDLE_SLOTS"], found["LLAMA_ARG_ENDPOINT_SLOTS"]) == ("false", "false", "false")
    assert "--slot-save-path" not in found["INFRA_LLM_LLAMA_ARGUMENTS"]


def test_what_the_tests_run_is_what_the_role_sets() -> None:
    found = settings(CHAT)
    flags = dict(itertools.pairwise(ROLE_FLAGS))
    assert {"--no-kv-unified", "--no-cache-idle-slots"} <= flags.keys()
    assert flags["--cache-ram"] == str(found["LLAMA_ARG_CACHE_RAM"])
    assert flags["--batch-size"] == flags["--ubatch-size"] == str(found["LLAMA_ARG_BATCH"])
    assert f"--slot-prompt-similarity {flags['--slot-prompt-similarity']}" in found["INFRA_LLM_LLAMA_ARGUMENTS"]
