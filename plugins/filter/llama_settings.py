# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings of one instance of llama-server, as its environment."""

# Private to the collection: names here may change in any release.
from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

DOCUMENTATION = r"""
name: llama_settings
short_description: Make the environment of an instance of llama-server
version_added: 0.1.0
description:
  - Used by the role P(infra_llm.assistant.llama_server#role) alone; it may change in any release.
  - Nothing that llama-server could put back into another conversation is kept, neither in memory beside the slots nor in files.
options:
  _input:
    description: An instance, completed.
    type: dict
    required: true
  key_file:
    description: File of the key that requests must carry; empty for none.
    type: str
    required: true
  repack:
    description: Whether its weights are laid out anew when they are loaded.
    type: bool
    required: true
  arguments:
    description: Further arguments of all instances.
    type: list
    elements: str
    required: true
  environment:
    description: Further settings of all instances.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Write the environment of an instance
  ansible.builtin.debug:
    msg: "{{ instance | infra_llm.assistant.llama_settings(key_file='', repack=false, arguments=[], environment={}) }}"
"""

RETURN = r"""
_value:
  description: Values by the name of the variable; what is empty is to be left out.
  type: dict
"""


def llama_settings(instance: Mapping[str, Any], *, key_file: str, repack: bool, arguments: Sequence[str], environment: Mapping[str, Any]) -> dict[str, Any]:
    """Variables of the environment; what the operator adds goes before all."""
    chat = instance["kind"] == "chat"
    slots, context = int(instance["slots"]), int(instance["context"])
    batch = int(instance.get("batch", context))
    # A question goes to the slot that holds a third of its beginning, else to the one that was used longest ago.
    slot_choice = ["--slot-prompt-similarity", "0.33"] if chat else []
    words = [*slot_choice, "--threads-batch", instance.get("threads_batch", instance["threads"]), *arguments, *instance["arguments"]]
    return {
        "INFRA_LLM_LLAMA_ARGUMENTS": " ".join(map(str, words)),
        "LLAMA_ARG_MODEL": instance["path"],
        "LLAMA_ARG_ALIAS": instance["alias"],
        "LLAMA_ARG_HOST": instance["host"],
        "LLAMA_ARG_PORT": int(instance["port"]),
        "LLAMA_ARG_API_KEY_FILE": key_file,
        "LLAMA_ARG_THREADS": int(instance["threads"]),
        "LLAMA_ARG_N_PARALLEL": slots,
        "LLAMA_ARG_CTX_SIZE": slots * context,
        "LLAMA_ARG_BATCH": batch,
        "LLAMA_ARG_UBATCH": batch,
        "LLAMA_ARG_FLASH_ATTN": "on" if instance["flash_attention"] else "off",
        "LLAMA_ARG_CACHE_TYPE_K": instance["kv_type"] if chat else "",
        "LLAMA_ARG_CACHE_TYPE_V": instance["kv_type"] if chat else "",
        "LLAMA_ARG_REPACK": str(repack).lower(),
        "LLAMA_ARG_LOAD_MODE": "mmap+mlock" if instance["mlock"] else "",
        "LLAMA_ARG_NUMA": instance["numa"],
        "LLAMA_ARG_EMBEDDINGS": "" if chat else "true",
        "LLAMA_ARG_POOLING": instance["pooling"],
        "LLAMA_ARG_CHAT_TEMPLATE_KWARGS": json.dumps(instance["template_kwargs"]) if instance["template_kwargs"] else "",
        **FIXED,
        **environment,
        **instance["environment"],
    }


FIXED = {
    # A slot has its own part of the memory, and nothing is kept of a prompt once its slot has another (ggml-org/llama.cpp#27148).
    "LLAMA_ARG_KV_UNIFIED": "false",
    "LLAMA_ARG_CACHE_RAM": 0,
    "LLAMA_ARG_CACHE_IDLE_SLOTS": "false",
    "LLAMA_ARG_ENDPOINT_SLOTS": "false",
    "LLAMA_ARG_ENDPOINT_METRICS": "true",
    "LLAMA_ARG_UI": "false",
    "LLAMA_ARG_OFFLINE": "true",
    "LLAMA_ARG_FIT": "off",
    "LLAMA_ARG_TIMEOUT": "900",
    "LLAMA_ARG_LOG_COLORS": "off",
}


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Callable[..., dict[str, Any]]]:
        return {"llama_settings": llama_settings}
