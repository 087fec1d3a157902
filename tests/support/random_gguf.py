# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A model of Llama 3.2 1B's true shape and quantisation with random weights: it computes what that one computes, and says nothing of use.

With it latency, throughput and the prefix cache are measured where no weights can be had. As a program it prints the model's path.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import llama
import tiny_gguf

LAYERS = 16
WIDTH = 2048
HEADS = 32
KV_HEADS = 8
FEED_FORWARD = 8192
CONTEXT = 131_072
# Bytes of a block of 256 weights, and the offsets of what scales them; llama.cpp's block_q4_K and block_q6_K.
Q4_K_BYTES = 144
Q6_K_BYTES = 210
BLOCK = 256
# Weights of a few hundredths, as trained ones are.
Q4_K_SCALE = 8.5e-5
Q4_K_MINIMUM = 6.4e-4
Q6_K_SCALE = 1.46e-5


def random_gguf() -> Path:
    """The path of the model (0.8 GB); made on first use, in about ten seconds, and kept beside the cached build of llama.cpp."""
    directory = llama.ensure_built()
    made_by = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:8]
    path = directory / f"random-llama-1b-{made_by}.gguf"
    if not path.exists():
        partial = path.with_suffix(".part")
        write(partial, directory / llama.VOCABULARY)
        partial.rename(path)
    return path


def write(path: Path, vocabulary: Path) -> None:
    """Write the model with the tokenizer of `vocabulary` to `path`."""
    import gguf
    import numpy as np

    random = np.random.default_rng(20260102)
    writer = gguf.GGUFWriter(path, "llama")
    tokens = tiny_gguf.add_tokenizer(writer, vocabulary)
    writer.add_name("random llama 1B")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_rope_freq_base(500000.0)
    writer.add_layer_norm_rms_eps(1e-5)

    def quantised(name: str, rows: int, columns: int, *, fine: bool = False) -> None:
        size = Q6_K_BYTES if fine else Q4_K_BYTES
        blocks = random.integers(0, 256, (rows * columns // BLOCK, size), np.uint8)
        if fine:
            blocks[:, 208:210] = np.frombuffer(np.float16(Q6_K_SCALE).tobytes(), np.uint8)
        else:
            blocks[:, 0:2] = np.frombuffer(np.float16(Q4_K_SCALE).tobytes(), np.uint8)
            blocks[:, 2:4] = np.frombuffer(np.float16(Q4_K_MINIMUM).tobytes(), np.uint8)
        kind = gguf.GGMLQuantizationType.Q6_K if fine else gguf.GGMLQuantizationType.Q4_K
        writer.add_tensor(name, blocks.reshape(rows, columns // BLOCK * size), raw_dtype=kind)

    quantised("token_embd.weight", len(tokens), WIDTH, fine=True)
    for layer in range(LAYERS):
        for name in ("attn_norm", "ffn_norm"):
            writer.add_tensor(f"blk.{layer}.{name}.weight", np.ones(WIDTH, np.float32))
        # As llama.cpp's Q4_K_M: half of the layers have finer values and outputs.
        fine = layer < LAYERS // 8 or layer >= 7 * LAYERS // 8 or (layer - LAYERS // 8) % 3 == 2
        quantised(f"blk.{layer}.attn_q.weight", WIDTH, WIDTH)
        quantised(f"blk.{layer}.attn_k.weight", WIDTH // HEADS * KV_HEADS, WIDTH)
        quantised(f"blk.{layer}.attn_v.weight", WIDTH // HEADS * KV_HEADS, WIDTH, fine=fine)
        quantised(f"blk.{layer}.attn_output.weight", WIDTH, WIDTH)
        quantised(f"blk.{layer}.ffn_gate.weight", FEED_FORWARD, WIDTH)
        quantised(f"blk.{layer}.ffn_up.weight", FEED_FORWARD, WIDTH)
        quantised(f"blk.{layer}.ffn_down.weight", WIDTH, FEED_FORWARD, fine=fine)
    writer.add_tensor("output_norm.weight", np.ones(WIDTH, np.float32))

    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    print(random_gguf())
