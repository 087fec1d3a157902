# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which processors can run the same native build."""

# Private to the collection: names here may change in any release.
from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Any

DOCUMENTATION = r"""
name: processor_kind
short_description: Name a kind of processor and system
version_added: 0.1.0
description:
  - Used by the role P(infra_llm.assistant.llama_server#role) alone; it may change in any release.
  - Machines of one kind can run the same native build.
options:
  _input:
    description: The processor's features as C(/proc/cpuinfo) lists them, separated by blanks.
    type: str
    required: true
  facts:
    description: Ansible's facts of the machine.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Say of which kind this machine is
  ansible.builtin.debug:
    msg: "{{ 'fma avx2 amx_tile' | infra_llm.assistant.processor_kind(ansible_facts) }}"
"""

RETURN = r"""
_value:
  description: C(key), 12 hexadecimal digits that are the same for machines of one kind; C(avx2) and C(amx), whether it has these, another than x86 the first.
  type: dict
"""

# Instruction sets that a compiler or ggml makes use of; a newer kernel's names for other features shall not cause another build.
USED = re.compile(
    r"sse|ssse3|sse4a|pni|avx|fma|f16c|bmi|abm|adx|amx|gfni|vaes|vpclmul|movbe|popcnt|cx16|lahf_lm|fsgsbase|xop|tbm|3dnowprefetch|sha_ni"  # by their beginning
)


def processor_kind(features: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The kind as a key of 12 digits, and what matters of it."""
    x86 = facts["architecture"] in ("x86_64", "amd64")
    names = features.split()
    used = [name for name in names if USED.match(name)] if x86 else names
    parts = [facts["architecture"], facts["distribution"], facts["distribution_major_version"], *sorted(used)]
    key = hashlib.sha256(" ".join(map(str, parts)).encode()).hexdigest()[:12]
    return {"key": key, "avx2": not x86 or "avx2" in names, "amx": "amx_tile" in names}


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Callable[..., dict[str, Any]]]:
        return {"processor_kind": processor_kind}
