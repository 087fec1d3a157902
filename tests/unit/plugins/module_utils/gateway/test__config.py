# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import ConfigError
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway import _config
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway._config import GatewayConfig

CONFIG = GatewayConfig("/state", "/knowledge", "/usr/bin/python3", 900, "all-MiniLM-L6-v2", llm_api_key="s3cret")


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(GatewayConfig)])
def test_another_configuration_has_another_fingerprint(name: str) -> None:
    changed: Any = {"gateway_idle": 60, "catalogue": {"minio": {"aliases": ["s3"]}}}.get(name, "/other")
    assert dataclasses.replace(CONFIG, **{name: changed}).fingerprint != CONFIG.fingerprint
    assert dataclasses.replace(CONFIG).fingerprint == CONFIG.fingerprint


def test_other_code_or_another_version_has_another_fingerprint(monkeypatch: pytest.MonkeyPatch) -> None:
    before = CONFIG.fingerprint
    assert {"/gateway/_config.py", "/catalogue/products.json"} <= {name for name, size, changed in _config._code_state()}
    monkeypatch.setattr(_config, "VERSION", "99.0.0")
    newer = CONFIG.fingerprint
    monkeypatch.setattr(_config, "_code_state", lambda: [("/gateway/_config.py", 1, 2)])
    assert len({before, newer, CONFIG.fingerprint}) == 3


def test_the_key_is_not_shown() -> None:
    assert "s3cret" not in repr(CONFIG)


def test_a_state_dir_too_long_for_a_socket_gets_a_short_one_of_its_own(tmp_path: Path) -> None:
    short = dataclasses.replace(CONFIG, state_dir="/srv/state")
    assert short.socket_path == "/srv/state/gateway.sock"
    first, second = (dataclasses.replace(CONFIG, state_dir=str(tmp_path / ("я" * 60) / name)) for name in ("a", "b"))
    assert len(first.socket_path.encode()) <= 100
    assert first.socket_path != second.socket_path


needs_root = pytest.mark.skipif(os.getuid() != 0, reason="only root may make another user's files")


@pytest.fixture
def far_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[GatewayConfig, Path]:
    """A configuration whose socket is not in its state_dir, and the directory where it is."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    config = dataclasses.replace(CONFIG, state_dir=str(tmp_path / ("s" * 100)))
    os.mkdir(config.state_dir)
    return config, Path(config.socket_path).parent


@pytest.mark.parametrize("kind", ["open to others", "link", "file", pytest.param("another user's", marks=needs_root)])
def test_a_place_for_the_socket_that_is_not_private_is_refused(far_away: tuple[GatewayConfig, Path], kind: str) -> None:
    config, directory = far_away
    with pytest.raises(FileNotFoundError):
        config.require_own_directories()
    directory.mkdir(mode=0o700)
    config.require_own_directories()
    if kind == "open to others":
        directory.chmod(0o755)
    elif kind == "another user's":
        os.chown(directory, 12345, 12345)
    else:
        directory.rename(directory.with_name("elsewhere"))
        if kind == "link":
            directory.symlink_to("elsewhere")
        else:
            directory.touch(mode=0o700)
    with pytest.raises(ConfigError, match=rf"^{directory}, for the gateway's socket, must be a directory of your own with mode 0700; remove it, or set"):
        config.require_own_directories()


@needs_root
def test_a_state_dir_may_be_open_to_the_group_but_not_be_another_users(tmp_path: Path) -> None:
    config = dataclasses.replace(CONFIG, state_dir=str(tmp_path))
    tmp_path.chmod(0o770)
    config.require_own_directories()
    os.chown(tmp_path, 12345, -1)
    with pytest.raises(ConfigError, match=r"belongs to another user \(uid 12345\); set state_dir to a directory of your own\.$"):
        config.require_own_directories()
