# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import ConfigError
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway.served._tokens import Tokens, read_tokens

HASH, OTHER = (hashlib.sha256(token).hexdigest() for token in (b"the-token", b"another"))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "tokens.yml"
    path.touch(mode=0o600)
    return path


def test_a_token_is_found_by_itself_alone(file: Path) -> None:
    file.write_text(f"- {{name: ops, sha256: {HASH.upper()}}}\n- {{name: page, sha256: {OTHER}, read_only: true, requests_per_minute: 5}}\n")
    tokens = Tokens(str(file))
    found = tokens.find("the-token")
    assert found is not None
    assert (found.name, found.read_only, found.requests_per_minute) == ("ops", False, 60)
    assert [tokens.find(presented) for presented in ("", "the-toke", "the-token ", HASH, "тайна", "\udc80")] == [None] * 6


def test_a_rate_is_used_up_and_comes_back(file: Path) -> None:
    file.write_text(f"- {{name: ops, sha256: {HASH}, requests_per_minute: 2}}\n- {{name: page, sha256: {OTHER}}}\n")
    now = 100.0
    tokens = Tokens(str(file), clock=lambda: now)
    ops, page = tokens._known
    assert [tokens.wait(ops) for _request in range(3)] == [0, 0, 30]
    assert tokens.wait(page) == 0, "each has a rate of its own"
    now += 29
    assert tokens.wait(ops) == pytest.approx(1)
    now += 1
    assert [tokens.wait(ops), tokens.wait(ops)] == [0, pytest.approx(30)]
    now += 10_000
    assert [tokens.wait(ops) for _request in range(3)] == [0, 0, 30], "no more is saved up than a minute's"


def test_what_cannot_be_used_leaves_the_tokens_that_were_known(file: Path) -> None:
    file.write_text(f"- {{name: ops, sha256: {HASH}}}\n")
    tokens = Tokens(str(file))
    file.write_text("- [")
    with pytest.raises(ConfigError, match=r"line \d"):
        tokens.read()
    assert tokens.find("the-token") is not None
    file.write_text(f"- {{name: other, sha256: {OTHER}}}\n")
    tokens.read()
    assert tokens.find("the-token") is None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "holds no list of tokens"),
        ("{name: ops}", "holds no list of tokens"),
        ("- ops", "Entry 1 .* is no mapping"),
        (f"- {{sha256: {HASH}}}", "Entry 1 .* needs a name"),
        ("- {name: ops, sha256: the-token}", "needs sha256"),
        (f"- {{name: ops, sha256: {HASH}, scope: all}}", "has the key 'scope'"),
        (f"- {{name: ops, sha256: {HASH}, read_only: 'yes'}}", "read_only"),
        (f"- {{name: ops, sha256: {HASH}, requests_per_minute: 0}}", "requests_per_minute"),
        (f"- {{name: ops, sha256: {HASH}}}\n- {{name: ops, sha256: {OTHER}}}", "two entries with the same name"),
        (f"- {{name: a, sha256: {HASH}}}\n- {{name: b, sha256: {HASH}}}", "two entries with the same sha256"),
    ],
)
def test_a_file_that_is_wrong_is_refused_without_showing_a_token(file: Path, content: str, said: str) -> None:
    file.write_text(content)
    with pytest.raises(ConfigError, match=said) as refused:
        read_tokens(str(file))
    assert str(file) in refused.value.message
    assert "the-token" not in refused.value.message


@pytest.mark.parametrize("mode", [0o644, 0o660, 0o602])
def test_a_file_that_others_may_read_or_change_is_refused(file: Path, mode: int) -> None:
    file.write_text(f"- {{name: ops, sha256: {HASH}}}\n")
    file.chmod(mode)
    with pytest.raises(ConfigError, match="may be read or changed by others"):
        read_tokens(str(file))
    file.chmod(0o640)
    assert len(read_tokens(str(file))) == 1
