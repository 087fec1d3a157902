# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import subprocess

import pytest
from ansible_collections.infra_llm.assistant.plugins.filter.crash_signal import crash_signal


@pytest.mark.parametrize(("script", "name"), [("kill -ILL $$", "SIGILL"), ("kill -SEGV $$", "SIGSEGV"), ("kill -KILL $$", ""), ("exit 1", ""), ("exit 0", "")])
def test_only_what_a_programs_own_instructions_raise_is_a_crash(script: str, name: str) -> None:
    status = subprocess.run(["/bin/sh", "-c", '"$@"; exit $?', "sh", "/bin/sh", "-c", script], check=False, capture_output=True).returncode
    assert crash_signal(status) == name
