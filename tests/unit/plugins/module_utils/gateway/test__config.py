# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway import _config
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway._config import GatewayConfig

CONFIG = GatewayConfig("/state", "/knowledge", "/usr/bin/python3", 900, "all-MiniLM-L6-v2", llm_api_key="s3cret")


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(GatewayConfig)])
def test_another_configuration_has_another_fingerprint(name: str) -> None:
    changed: Any = 60 if name == "gateway_idle" else "/other"
    assert dataclasses.replace(CONFIG, **{name: changed}).fingerprint != CONFIG.fingerprint
    assert dataclasses.replace(CONFIG).fingerprint == CONFIG.fingerprint


def test_other_code_or_another_version_has_another_fingerprint(monkeypatch: pytest.MonkeyPatch) -> None:
    before = CONFIG.fingerprint
    assert any(name == "gateway/_config.py" for name, size, changed in _config._code_state())
    monkeypatch.setattr(_config, "VERSION", "99.0.0")
    newer = CONFIG.fingerprint
    monkeypatch.setattr(_config, "_code_state", lambda: [("gateway/_config.py", 1, 2)])
    assert len({before, newer, CONFIG.fingerprint}) == 3


def test_the_key_is_not_shown() -> None:
    assert "s3cret" not in repr(CONFIG)


def test_a_state_dir_too_long_for_a_socket_gets_a_short_one_of_its_own(tmp_path: Path) -> None:
    short = dataclasses.replace(CONFIG, state_dir="/srv/state")
    assert short.socket_path == "/srv/state/gateway.sock"
    first, second = (dataclasses.replace(CONFIG, state_dir=str(tmp_path / ("я" * 60) / name)) for name in ("a", "b"))
    assert len(first.socket_path.encode()) <= 100
    assert first.socket_path != second.socket_path
