# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import numpy
import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge import _kept_arrays
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._kept_arrays import KeptArrays


def test_what_was_asked_for_longest_ago_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_kept_arrays, "_MOST", 2_000)
    kept = KeptArrays()
    read: list[str] = []

    def ask(word: str) -> None:
        kept.get(("docs-tool-1.0-0a1b", word), lambda: (read.append(word), (numpy.zeros(20), numpy.zeros(20)))[1])

    for word in ("disk", "node", "disk", "pool", "disk", "node"):
        ask(word)
    assert read == ["disk", "node", "pool", "node"]


def test_more_than_there_is_room_for_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_kept_arrays, "_MOST", 2_000)
    kept = KeptArrays()
    read: list[int] = []

    def ask(length: int) -> int:
        return len(kept.get(("docs-tool-1.0-0a1b", str(length)), lambda: (read.append(length), (numpy.zeros(length), numpy.zeros(length)))[1])[0])

    assert [ask(length) for length in (1_000, 1_000, 3, 3)] == [1_000, 1_000, 3, 3]
    assert read == [1_000, 1_000, 3]
