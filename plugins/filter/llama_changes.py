# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which instances of llama-server are to be tried, and which started anew."""

# Private to the collection: names here may change in any release.
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

DOCUMENTATION = r"""
name: llama_changes
short_description: Say which instances of llama-server a run changes
version_added: 0.1.0
description:
  - Used by the role P(infra_llm.assistant.llama_server#role) alone; it may change in any release.
options:
  _input:
    description: By the instance's name the C(environment) and the C(limits) that it shall have, as texts.
    type: dict
    required: true
  present:
    description: The present files by path, empty for one that is not there.
    type: dict
    required: true
  config_dir:
    description: Directory of the environment files.
    type: str
    required: true
  unit:
    description: The unit that all instances shall have.
    type: str
    required: true
  versions:
    description: The version that is current, and the one that shall be.
    type: list
    elements: str
    required: true
  states:
    description: A line for each instance, with its name, systemd's word for its state, and C(old-key) where it was started before its key was written.
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: Say that chat is to be started anew, since it does not run
  ansible.builtin.debug:
    msg: >-
      {{ {'chat': {'environment': '', 'limits': ''}} | infra_llm.assistant.llama_changes(
         present={}, config_dir='/etc', unit='', versions=['1', '1'], states=['chat inactive key']) }}
"""

RETURN = r"""
_value:
  description:
    - C(running), the instances that run now; C(changed), those whose program or settings change, which are tried first; C(pending), those that
      are to be started anew.
  type: dict
"""


UNIT = "/etc/systemd/system/infra-llm-llama@.service"


def llama_changes(
    wanted: Mapping[str, Mapping[str, str]], *, present: Mapping[str, str], config_dir: str, unit: str, versions: Sequence[str], states: Sequence[str]
) -> dict[str, list[str]]:
    """Names of instances, in the order of `wanted`."""
    seen = [line.split() for line in states]
    running = [name for name, state, _key in seen if state == "active"]
    old_keys = [name for name, _state, key in seen if key == "old-key"]
    another_version, another_unit = versions[0] != versions[1], present.get(UNIT, "") != unit
    changed = [name for name, files in wanted.items() if another_version or _differ(name, files, present, config_dir)]
    pending = [name for name in wanted if name in changed or another_unit or name not in running or name in old_keys]
    return {"running": running, "changed": changed, "pending": pending}


def _differ(name: str, files: Mapping[str, str], present: Mapping[str, str], config_dir: str) -> bool:
    limits = f"/etc/systemd/system/infra-llm-llama@{name}.service.d/instance.conf"
    return present.get(f"{config_dir}/{name}.env", "") != files["environment"] or present.get(limits, "") != files["limits"]


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Callable[..., dict[str, list[str]]]]:
        return {"llama_changes": llama_changes}
