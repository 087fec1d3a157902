# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any, cast

import pytest
from ansible.utils.display import Display
from ansible_collections.infra_llm.assistant.plugins.action import knowledge_update
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway.client._client import Gateway

KEPT = 3  # lines of a job


class LongJob:
    """A gateway with a job that prints two more lines each time that it is asked, and keeps the last of them."""

    def __init__(self, lines: int) -> None:
        self._lines = lines
        self._printed = 0

    def request(self, _method: str, _path: str, _body: object = None, *, timeout: float) -> dict[str, Any]:
        self._printed = min(self._printed + 2, self._lines)
        dropped = max(0, self._printed - KEPT)
        state = "running" if self._printed < self._lines else "succeeded"
        return {"id": "1", "state": state, "lines": [str(number) for number in range(dropped, self._printed)], "dropped": dropped}


def test_a_job_is_shown_to_its_end_however_much_it_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr(Display, "display", lambda _self, text, *_arguments, **_more: shown.append(text))
    monkeypatch.setattr(knowledge_update, "_PAUSE_SECONDS", 0)
    job = knowledge_update._follow(cast(Gateway, LongJob(9)), {"id": "1", "state": "running", "lines": []})
    assert job["state"] == "succeeded"
    assert shown == [str(number) for number in range(9)]
