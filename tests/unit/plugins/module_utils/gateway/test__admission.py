# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway._admission import Admission, RefusedError, Ticket


@pytest.fixture
def release() -> Iterator[threading.Event]:
    """What the work of the tests waits for."""
    event = threading.Event()
    yield event
    event.set()


def run(test: Callable[[], Awaitable[Any]]) -> None:
    asyncio.run(asyncio.wait_for(test(), 20))  # type: ignore[arg-type]


def begin(place: Ticket, release: threading.Event) -> asyncio.Task[str]:
    def work() -> str:
        release.wait(15)
        return "stopped" if place.stop.is_set() else "answered"

    return asyncio.create_task(place.run(work))


def test_as_many_are_let_in_as_may_wait_and_the_others_are_told_when_to_come_back(release: threading.Event) -> None:
    async def test() -> None:
        admission = Admission(lambda: 1, queue=5)
        inside = [begin(admission.admit(model=True, timeout=60), release) for _question in range(6)]
        await asyncio.sleep(0.05)
        assert (admission.running, admission.waiting, admission.inside) == (4, 2, 6)
        with pytest.raises(RefusedError, match="busy with 6 questions") as refused:
            admission.admit(model=True, timeout=60)
        assert refused.value.status == 429
        assert refused.value.retry_after is not None
        assert refused.value.retry_after >= 1
        release.set()
        assert await asyncio.gather(*inside) == ["answered"] * 6
        assert (admission.running, admission.waiting, admission.inside) == (0, 0, 0)

    run(test)


def test_one_that_gives_up_frees_its_place_at_once_when_it_waits_and_with_its_thread_when_it_runs(release: threading.Event) -> None:
    async def test() -> None:
        admission = Admission(lambda: 1, queue=10)
        places = [admission.admit(model=True, timeout=60) for _question in range(6)]
        tasks = [begin(place, release) for place in places]
        await asyncio.sleep(0.05)
        for number in (0, 4):  # one that runs, one that waits
            tasks[number].cancel()
        await asyncio.sleep(0.05)
        assert places[0].stop.is_set()
        assert (admission.running, admission.waiting, admission.inside) == (4, 1, 5)
        release.set()
        done = await asyncio.gather(*tasks, return_exceptions=True)
        assert [isinstance(result, asyncio.CancelledError) for result in done] == [number in (0, 4) for number in range(6)]
        await asyncio.sleep(0.05)
        assert admission.inside == 0

    run(test)


def test_the_time_of_a_question_counts_from_its_arrival(release: threading.Event) -> None:
    async def test() -> None:
        admission = Admission(lambda: 1, queue=10)
        running = [begin(admission.admit(model=True, timeout=60), release) for _question in range(4)]
        started = time.monotonic()
        with pytest.raises(RefusedError, match=r"No slot got free within the question's 0\.2 seconds") as refused:
            await begin(admission.admit(model=True, timeout=0.2), release)
        assert refused.value.status == 504
        assert time.monotonic() - started < 5
        assert admission.inside == 4
        # What needs no model does not wait for those that do.
        quick = admission.admit(model=False, timeout=60)
        assert await quick.run(lambda: "quoted") == "quoted"
        release.set()
        await asyncio.gather(*running)

    run(test)


def test_who_is_inside_is_answered_before_the_end_and_nobody_else_let_in(release: threading.Event) -> None:
    async def test() -> None:
        admission = Admission(lambda: 1, queue=10)
        inside = begin(admission.admit(model=True, timeout=60), release)
        closing = asyncio.create_task(admission.close(10))
        await asyncio.sleep(0.05)
        with pytest.raises(RefusedError, match="is ending") as refused:
            admission.admit(model=True, timeout=60)
        assert refused.value.status == 503
        release.set()
        assert await inside == "answered"
        await closing

    run(test)


def test_who_takes_too_long_is_given_up_at_the_end(release: threading.Event) -> None:
    async def test() -> None:
        admission = Admission(lambda: 1, queue=10)
        place = admission.admit(model=True, timeout=60)
        inside = begin(place, release)
        await asyncio.sleep(0.05)
        await admission.close(0.1)
        assert place.stop.is_set()
        release.set()
        assert await inside == "stopped"

    run(test)


def test_a_question_that_never_begins_leaves_nothing_behind() -> None:
    async def test() -> None:
        admission = Admission(lambda: 1, queue=10)
        place = admission.admit(model=True, timeout=60)
        place.close()
        place.close()
        assert admission.inside == 0

    run(test)
