# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""playbooks/gateway.yml and the life of the gateway."""

from __future__ import annotations

import stat
import typing as t
from collections.abc import Callable

import pytest

if t.TYPE_CHECKING:
    from conftest import Assistant, Finished


@pytest.fixture(scope="module")
def assistant(make_assistant: Callable[..., Assistant]) -> Assistant:
    return make_assistant()


def bring(assistant: Assistant, state: str, *arguments: str, **environment: str) -> Finished:
    return assistant.playbook("playbooks/gateway.yml", "-e", f"state={state}", "-v", *arguments, **environment)


def outcome(finished: Finished) -> tuple[bool, bool]:
    """Whether it changed something, and whether a gateway runs then."""
    result = finished.ok().results()[0]
    return result["changed"], result["running"]


@pytest.mark.cores
def test_started_stopped_status(assistant: Assistant) -> None:
    assert outcome(bring(assistant, "status")) == (False, False)
    assert outcome(bring(assistant, "stopped")) == (False, False)
    assert outcome(bring(assistant, "started", "--check")) == (True, False)
    assert assistant.pid() is None
    assert outcome(bring(assistant, "started")) == (True, True)
    pid = assistant.pid()
    assert outcome(bring(assistant, "started")) == (False, True)
    assert outcome(bring(assistant, "started", "--check")) == (False, True)
    shown = bring(assistant, "status")
    assert outcome(shown) == (False, True)
    assert shown.results()[0]["gateway"]["pid"] == assistant.pid() == pid
    assert outcome(bring(assistant, "stopped", "--check")) == (True, True)
    assert outcome(bring(assistant, "stopped")) == (True, False)
    assert assistant.ends()
    assert "gateway ended" in assistant.log()
    assert "is not known" in bring(assistant, "paused").sentence()


def test_another_configuration_replaces_it(assistant: Assistant) -> None:
    assert outcome(bring(assistant, "started")) == (True, True)
    first = assistant.pid()
    assert outcome(bring(assistant, "started", "--check", INFRA_LLM_GATEWAY_IDLE="3")) == (True, True)
    assert outcome(bring(assistant, "started", INFRA_LLM_GATEWAY_IDLE="3")) == (True, True)
    assert assistant.pid() not in (None, first)


def test_it_ends_when_idle_and_what_it_keeps_is_private(assistant: Assistant) -> None:
    bring(assistant, "started", INFRA_LLM_GATEWAY_IDLE="3").ok()
    knowledge = assistant.state_dir / "knowledge"
    for path in (assistant.state_dir, assistant.state_dir / "gateway.sock", assistant.state_dir / "gateway.log", knowledge, *knowledge.rglob("*")):
        assert not path.lstat().st_mode & (stat.S_IRWXG | stat.S_IRWXO), path
    assert assistant.ends()
    assert "idle for 3 s" in assistant.log()
