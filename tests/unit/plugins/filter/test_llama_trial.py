# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.infra_llm.assistant.plugins.filter.llama_trial import llama_trial

GIB = 1 << 30
CHAT = {"kind": "chat", "context": "8192", "path": "/srv/m.gguf", "size": 4 * GIB, "kv_bytes_per_token": 131072}
SETTINGS = {"LLAMA_ARG_HOST": "10.0.0.1", "LLAMA_ARG_CTX_SIZE": 16384, "LLAMA_ARG_ALIAS": "m", "LLAMA_ARG_REPACK": "true"}


def test_a_chat_model_is_tried_with_one_small_slot_on_this_machine_alone() -> None:
    trial = llama_trial(CHAT, settings=SETTINGS, port=40001, former='LLAMA_ARG_MODEL="/srv/m.gguf"')
    assert trial["memory"] == 500 + 128
    tried = trial["settings"]
    assert (tried["LLAMA_ARG_HOST"], tried["LLAMA_ARG_PORT"], tried["LLAMA_ARG_CTX_SIZE"], tried["LLAMA_ARG_N_PARALLEL"]) == ("127.0.0.1", 40001, 1024, 1)
    assert (tried["LLAMA_ARG_ALIAS"], tried["LLAMA_ARG_REPACK"]) == ("m", "false")


def test_another_model_needs_its_own_memory() -> None:
    assert llama_trial(CHAT, settings=SETTINGS, port=1, former='LLAMA_ARG_MODEL="/srv/other.gguf"')["memory"] == 500 + 128 + 4096
    vectors = {**CHAT, "kind": "embeddings", "kv_bytes_per_token": 0, "context": 512}
    assert llama_trial(vectors, settings=SETTINGS, port=1, former="/srv/m.gguf") == {
        "memory": 500,
        "settings": llama_trial(vectors, settings=SETTINGS, port=1, former="")["settings"] | {"LLAMA_ARG_CTX_SIZE": 512},
    }
