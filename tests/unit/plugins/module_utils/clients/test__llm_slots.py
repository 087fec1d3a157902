# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import concurrent.futures
import threading
import time

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import ServiceError
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._llm import AbandonedError
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._llm_slots import Slots, _shared


def slot_of(slots: Slots, prompt: str) -> int:
    with slots.hold(prompt, time.monotonic() + 5, None) as slot:
        return slot


def test_a_prompt_goes_where_its_beginning_was_computed() -> None:
    slots = Slots(3, "llm")
    primers = [f"rules {product * 20}" for product in ("kafka", "ceph", "nginx")]
    used = {primer: slot_of(slots, f"{primer} one") for primer in primers}
    assert sorted(used.values()) == [0, 1, 2], "the rules alone are in all of them"
    assert [slot_of(slots, f"{primer} two") for primer in reversed(primers)] == [used[primer] for primer in reversed(primers)]


@pytest.mark.parametrize("shared", [0, 1, 2, 3, 7, 8, 1000])
def test_what_two_prompts_have_in_common_is_counted_to_the_first_difference(shared: int) -> None:
    beginning = "правила "[:shared].ljust(shared, "п")
    for one, other in (("", ""), ("", "b"), ("a", ""), ("a", "b"), ("a then the same", "b then the same")):
        assert _shared(beginning + one, beginning + other) == shared


def test_a_prompt_like_no_other_takes_the_slot_that_was_used_longest_ago() -> None:
    slots = Slots(2, "llm")
    first, second = slot_of(slots, "a"), slot_of(slots, "b")
    assert slot_of(slots, "c") == first
    assert slot_of(slots, "d") == second


def test_no_slot_is_given_twice_and_nobody_is_passed_over() -> None:
    slots = Slots(2, "llm")
    held: list[int] = []
    most = 0
    guard = threading.Lock()

    def ask(number: int) -> None:
        nonlocal most
        with slots.hold(str(number), time.monotonic() + 30, None) as slot:
            with guard:
                assert slot not in held
                held.append(slot)
                most = max(most, len(held))
            time.sleep(0.005)
            with guard:
                held.remove(slot)

    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        list(pool.map(ask, range(100)))
    assert most == 2


def test_whoever_waits_in_vain_is_told_and_leaves_the_queue() -> None:
    slots = Slots(1, "http://llm:8080")
    gone = threading.Event()
    with slots.hold("", time.monotonic() + 5, None):
        assert not slots.any_free()
        with pytest.raises(ServiceError, match="http://llm:8080 was busy with other questions until the time was up"), slots.hold("", time.monotonic(), None):
            pass
        threading.Timer(0.1, gone.set).start()
        with pytest.raises(AbandonedError), slots.hold("", time.monotonic() + 30, gone):
            pass
    assert slots.any_free()
    assert slot_of(slots, "") == 0
