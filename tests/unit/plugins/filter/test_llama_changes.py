# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.infra_llm.assistant.plugins.filter.llama_changes import UNIT, llama_changes

WANTED = {name: {"environment": f"environment of {name}", "limits": "limits"} for name in ("chat", "review")}
PRESENT = {UNIT: "unit"}
for _name, _files in WANTED.items():
    PRESENT[f"/etc/llama/{_name}.env"] = _files["environment"]
    PRESENT[f"/etc/systemd/system/infra-llm-llama@{_name}.service.d/instance.conf"] = _files["limits"]
SAME: dict[str, Any] = {
    "present": PRESENT,
    "config_dir": "/etc/llama",
    "unit": "unit",
    "versions": ["1", "1"],
    "states": ["chat active key", "review active key"],
}


@pytest.mark.parametrize(
    ("difference", "changed", "pending"),
    [
        ({}, [], []),
        ({"versions": ["", "1"]}, ["chat", "review"], ["chat", "review"]),
        ({"unit": "another"}, [], ["chat", "review"]),
        ({"present": {**PRESENT, "/etc/llama/review.env": "former"}}, ["review"], ["review"]),
        ({"states": ["chat failed key", "review active old-key"]}, [], ["chat", "review"]),
        ({"present": {}}, ["chat", "review"], ["chat", "review"]),
    ],
)
def test_only_what_differs_is_tried_and_started_anew(difference: dict[str, Any], changed: list[str], pending: list[str]) -> None:
    found = llama_changes(WANTED, **{**SAME, **difference})
    assert (found["changed"], found["pending"]) == (changed, pending)


def test_what_runs_is_known_by_systemds_word() -> None:
    assert llama_changes(WANTED, **{**SAME, "states": ["chat active key", "review activating key"]})["running"] == ["chat"]
