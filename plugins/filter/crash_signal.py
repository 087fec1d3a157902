# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a program ended, as the role llama_server judges its builds."""

# Private to the collection: names here may change in any release.
from __future__ import annotations

import signal
from collections.abc import Callable

DOCUMENTATION = r"""
name: crash_signal
short_description: Name the signal that a program's own instructions raised
version_added: 0.1.0
description:
  - Used by the role P(infra_llm.assistant.llama_server#role) alone; it may change in any release.
  - Signals that come from outside, as that of a kernel without memory, are not among them.
options:
  _input:
    description: Status as a shell gives it, 128 and the signal's number for a program that died of one.
    type: int
    required: true
"""

EXAMPLES = r"""
- name: Say SIGILL
  ansible.builtin.debug:
    msg: "{{ 132 | infra_llm.assistant.crash_signal }}"
"""

RETURN = r"""
_value:
  description: Such as V(SIGILL); empty for a program that ended otherwise.
  type: str
"""

CRASHES = (signal.SIGILL, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGSEGV)


def crash_signal(status: int) -> str:
    """The signal's name, or an empty string."""
    return next((crash.name for crash in CRASHES if status == 128 + crash), "")


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Callable[..., str]]:
        return {"crash_signal": crash_signal}
