# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils._files import replacing, write_atomically


def write_half(target: Path) -> None:
    with replacing(target) as draft:
        draft.write_text("half of the sec")
        raise KeyboardInterrupt


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "record.json"
    write_atomically(target, "первая")
    assert (target.read_text(encoding="utf-8"), target.stat().st_mode & 0o777) == ("первая", 0o600)
    with pytest.raises(KeyboardInterrupt):
        write_half(target)
    assert target.read_text(encoding="utf-8") == "первая"
    write_atomically(target, b"second")
    assert target.read_bytes() == b"second"
    assert list(tmp_path.iterdir()) == [target], "no draft is left"


def test_a_directory_that_is_not_there_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_atomically(tmp_path / "away" / "record.json", "x")
