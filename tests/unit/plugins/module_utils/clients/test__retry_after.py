# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import email.utils
import time

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._retry_after import seconds_to_wait


@pytest.mark.parametrize(("value", "seconds"), [("7", 7.0), (" 7 ", 7.0), ("900", 60.0), ("", None), ("soon", None), ("-3", None), ("\u0667", None)])
def test_a_number_of_seconds(value: str, seconds: float | None) -> None:
    assert seconds_to_wait(value, 60.0) == seconds


def test_a_date() -> None:
    assert seconds_to_wait(email.utils.formatdate(time.time() + 30, usegmt=True), 60.0) == pytest.approx(30, abs=2)
    assert seconds_to_wait(email.utils.formatdate(time.time() - 30, usegmt=True), 60.0) == 0.0
