# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import struct
import types
import typing as t
from pathlib import Path

import pytest

CHAT: dict[str, t.Any] = {
    "kind": "chat",
    "size": 4920739232,
    "slots": 2,
    "context": 8192,
    "kv_bytes_per_token": 131072,
    "kv_type": "f16",
    "batch": 256,
    "flash_attention": True,
    "repack": "auto",
}


def gguf(path: Path, pairs: dict[str, t.Any]) -> str:
    """A file with these metadata: int, str, list of int, list of str."""

    def string(text: str) -> bytes:
        return struct.pack("<Q", len(text.encode())) + text.encode()

    def value(item: t.Any) -> bytes:
        if isinstance(item, bool):
            return struct.pack("<I?", 7, item)
        if isinstance(item, int):
            return struct.pack("<II", 4, item)
        if isinstance(item, str):
            return struct.pack("<I", 8) + string(item)
        if isinstance(item[0], str):
            return struct.pack("<IIQ", 9, 8, len(item)) + b"".join(map(string, item))
        return struct.pack("<IIQ", 9, 4, len(item)) + struct.pack(f"<{len(item)}I", *item)

    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 0, len(pairs)) + b"".join(string(key) + value(item) for key, item in pairs.items()))
    return str(path)


def test_a_model_says_what_a_token_costs(memory: types.ModuleType, tmp_path: Path) -> None:
    pairs = {
        "general.architecture": "llama",
        "tokenizer.ggml.tokens": ["word"] * 128256,
        "llama.block_count": 32,
        "llama.embedding_length": 4096,
        "llama.attention.head_count": 32,
        "llama.attention.head_count_kv": 8,
        "llama.context_length": 131072,
    }
    said = memory.inspect(gguf(tmp_path / "model", pairs))
    assert (said["kv_bytes_per_token"], said["vocabulary"], said["model_context"]) == (131072, 128256, 131072)
    # Heads of a width of their own, and another number of them in each block.
    pairs.update({"llama.attention.head_count_kv": [8] * 16 + [4] * 16, "llama.attention.key_length": 64, "llama.attention.value_length": 64})
    assert memory.inspect(gguf(tmp_path / "model", pairs))["kv_bytes_per_token"] == (8 + 4) * 16 * 128 * 2
    encoder = {
        "general.architecture": "bert",
        "bert.block_count": 6,
        "bert.embedding_length": 384,
        "bert.attention.head_count": 12,
        "bert.attention.causal": False,
    }
    assert memory.inspect(gguf(tmp_path / "model", encoder))["kv_bytes_per_token"] == 0


def test_a_file_that_is_no_model_is_named(memory: types.ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "page").write_text("<html>")
    (tmp_path / "cut").write_bytes(b"GGUF\x03")
    for name in ("page", "cut"):
        assert memory.main(["inspect", str(tmp_path / name)]) == 1
        assert str(tmp_path / name) in capsys.readouterr().err


@pytest.mark.parametrize(("total", "verdict"), [(6144, "short"), (8192, "short"), (9728, "tight"), (16000, "ok")])
def test_the_sum_decides(memory: types.ModuleType, total: int, verdict: str) -> None:
    planned = memory.plan({"total": total, "reserve": 2048, "instances": {"chat": CHAT}})
    assert planned["verdict"] == verdict
    # 4.6 of weights, 2 of KV cache, 2 for others, and some to compute in.
    assert 8.6 * 1024 < planned["need"] < 9.5 * 1024
    assert "2 slots x 8192 tokens x 131072 bytes" in planned["message"]


def test_all_instances_of_the_host_count_and_repacking_only_where_it_has_room(memory: types.ModuleType) -> None:
    one = memory.plan({"total": 24000, "reserve": 2048, "instances": {"chat": CHAT}})
    two = memory.plan({"total": 20000, "reserve": 2048, "instances": {"chat": CHAT, "other": {**CHAT, "slots": "1"}}})
    assert one["repack"] == {"chat": True}
    assert two["repack"] == {"chat": False, "other": False}
    assert memory.plan({"total": 26500, "reserve": 2048, "instances": {"chat": CHAT, "other": CHAT}})["repack"] == {"chat": True, "other": False}
    assert two["need"] - one["need"] > 5.5 * 1024
    forced = memory.plan({"total": 24000, "reserve": 2048, "instances": {"chat": {**CHAT, "repack": "on"}}})
    assert forced["need"] - one["need"] == pytest.approx(4920739232 / 1024**2, abs=1)


def test_the_layout_with_which_a_usual_question_is_faster_is_chosen(memory: types.ModuleType) -> None:
    def result(repack: bool, prompt: int, rate: float) -> dict[str, t.Any]:
        return {"repack": repack, "n_prompt": prompt, "n_gen": 0 if prompt else 16, "avg_ts": rate}

    # Measured with AVX-512: repacking halves the prompt's rate and adds a little to the answer's.
    chosen = memory.choose([result(False, 512, 52.0), result(False, 0, 7.2), result(True, 512, 20.0), result(True, 0, 7.5)])
    assert chosen == {"repack": False, "seconds_with": 65.0, "seconds_without": 51.28}
    assert memory.choose([result(False, 512, 30.0), result(False, 0, 7.2), result(True, 512, 60.0), result(True, 0, 8.5)])["repack"] is True
