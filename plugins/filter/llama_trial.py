# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a new llama-server is tried beside the one that runs."""

# Private to the collection: names here may change in any release.
from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

DOCUMENTATION = r"""
name: llama_trial
short_description: Make the settings with which an instance of llama-server is tried beside what runs
version_added: 0.1.0
description:
  - Used by the role P(infra_llm.assistant.llama_server#role) alone; it may change in any release.
options:
  _input:
    description: An instance, completed.
    type: dict
    required: true
  settings:
    description: Its environment, of P(infra_llm.assistant.llama_settings#filter).
    type: dict
    required: true
  port:
    description: A port that is free.
    type: int
    required: true
  former:
    description: The environment file of the instance that runs.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Try it on port 40001
  ansible.builtin.debug:
    msg: "{{ instance | infra_llm.assistant.llama_trial(settings=settings, port=40001, former='') }}"
"""

RETURN = r"""
_value:
  description: C(settings), the environment of the trial, and C(memory), the MiB that it needs.
  type: dict
"""

MIB = 1 << 20
PROCESS = 500  # MiB: the program, and what it computes in
CHAT_TOKENS = 1024  # enough to see whether a chat model gives a token


def llama_trial(instance: Mapping[str, Any], *, settings: Mapping[str, Any], port: int, former: str) -> dict[str, Any]:
    """One small slot at a port of this machine; an embedding model takes a text whole."""
    context = int(instance["context"])
    tokens = min(context, CHAT_TOKENS) if instance["kind"] == "chat" else context
    # The pages of a model that runs already are shared, and its repacked copy is not made.
    weights = 0 if instance["path"] in former else int(instance["size"])
    return {
        "memory": PROCESS + (tokens * int(instance["kv_bytes_per_token"]) + weights) // MIB,
        "settings": {
            **settings,
            "LLAMA_ARG_HOST": "127.0.0.1",
            "LLAMA_ARG_PORT": int(port),
            "LLAMA_ARG_N_PARALLEL": 1,
            "LLAMA_ARG_CTX_SIZE": tokens,
            "LLAMA_ARG_REPACK": "false",
            "LLAMA_ARG_LOAD_MODE": "",
        },
    }


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Callable[..., dict[str, Any]]]:
        return {"llama_trial": llama_trial}
