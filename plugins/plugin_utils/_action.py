# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the collection's actions have in common: they work on the controller and fail in one sentence."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import InfraLlmError
from ansible_collections.infra_llm.assistant.plugins.module_utils._visible_text import visible_data, visible_text


class ControllerAction(ActionBase):
    """An action that never connects to its host; `act` does its work and may raise the engine's errors."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        try:
            result.update(visible_data(self.act(task_vars or {})))
        except InfraLlmError as exc:
            raise AnsibleActionFail(visible_text(exc.message)) from None  # Ansible would print the whole chain
        return result

    def act(self, variables: dict[str, t.Any]) -> dict[str, t.Any]:
        """Return what the task adds to its result; ``variables`` are those of its host."""
        raise NotImplementedError
