# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A tiny llama-architecture model with random weights and Llama 3's real tokenizer, the same on every run.

It answers quickly, in a random order of the words below, so that everything around a model can be tested without one.
"""

from __future__ import annotations

import hashlib
import typing as t
from pathlib import Path

import llama

WIDTH = 64
LAYERS = 2
HEADS = 4
FEED_FORWARD = 128
CONTEXT = 32768
WORDS = frozenset(
    """a an and are as at available before broker cache check client cluster command config copy data default disk each error file first
    for from group has high host if in is it key leader less limit list log may memory metric more network new node not of off old on
    one option or other partition path port query queue rate read replica restart role run same second server service set size slow
    space start state status step stop table task that the then time to topic until update use value version wait when with write""".split()
)
# Llama 3.1's format, cut down to messages; it prints a date as that one does, so that pinning the date is tested.
CHAT_TEMPLATE = """\
{{- bos_token }}
{%- if date_string is not defined %}{% set date_string = "26 Jul 2024" %}{% endif %}
{%- if messages[0]['role'] == 'system' %}
    {%- set system_message = messages[0]['content'] %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system_message = "" %}
{%- endif %}
{{- "<|start_header_id|>system<|end_header_id|>\\n\\nToday Date: " + date_string + "\\n\\n" + system_message + "<|eot_id|>" }}
{%- for message in messages %}
    {{- "<|start_header_id|>" + message['role'] + "<|end_header_id|>\\n\\n" + message['content'] + "<|eot_id|>" }}
{%- endfor %}
{%- if add_generation_prompt %}{{- "<|start_header_id|>assistant<|end_header_id|>\\n\\n" }}{% endif %}
"""


def tiny_gguf() -> Path:
    """The path of the model; made on first use and kept beside the cached build of llama.cpp."""
    directory = llama.ensure_built()
    made_by = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:8]
    path = directory / f"tiny-random-llama-{made_by}.gguf"
    if not path.exists():
        partial = path.with_suffix(".part")
        write(partial, directory / llama.VOCABULARY)
        partial.rename(path)
    return path


def add_tokenizer(writer: t.Any, vocabulary: Path) -> list[str]:
    """Give the model the tokenizer of `vocabulary` and the template of chats; return the tokens."""
    import gguf

    source = gguf.GGUFReader(vocabulary)
    tokenizer = {name: field for name, field in source.fields.items() if name.startswith("tokenizer.")}
    tokens: list[str] = tokenizer["tokenizer.ggml.tokens"].contents()
    writer.add_vocab_size(len(tokens))
    for name, field in tokenizer.items():
        writer.add_key_value(name, field.contents(), field.types[0], field.types[1] if len(field.types) > 1 else None)
    writer.add_eot_token_id(tokens.index("<|eot_id|>"))
    writer.add_chat_template(CHAT_TEMPLATE)
    return tokens


def write(path: Path, vocabulary: Path) -> None:
    """Write the model with the tokenizer of `vocabulary` to `path`."""
    import gguf
    import numpy as np

    random = np.random.default_rng(20260101)
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("tiny random llama")
    tokens = add_tokenizer(writer, vocabulary)
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_rope_freq_base(500000.0)
    writer.add_layer_norm_rms_eps(1e-5)

    def add(name: str, *shape: int) -> None:
        writer.add_tensor(name, random.normal(0, shape[-1] ** -0.5, shape).astype(np.float16))

    add("token_embd.weight", len(tokens), WIDTH)
    for layer in range(LAYERS):
        for name in ("attn_norm", "ffn_norm"):
            writer.add_tensor(f"blk.{layer}.{name}.weight", np.ones(WIDTH, np.float32))
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            add(f"blk.{layer}.{name}.weight", WIDTH, WIDTH)
        add(f"blk.{layer}.ffn_gate.weight", FEED_FORWARD, WIDTH)
        add(f"blk.{layer}.ffn_up.weight", FEED_FORWARD, WIDTH)
        add(f"blk.{layer}.ffn_down.weight", WIDTH, FEED_FORWARD)
    writer.add_tensor("output_norm.weight", np.ones(WIDTH, np.float32))
    # Only the rows of WORDS differ from nought; "\u0120" stands for the blank before a word.
    output = np.zeros((len(tokens), WIDTH), np.float16)
    spoken = [number for number, token in enumerate(tokens) if token[0] == "\u0120" and token[1:] in WORDS]
    output[spoken] = random.normal(0, 1, (len(spoken), WIDTH))
    writer.add_tensor("output.weight", output)

    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    print(tiny_gguf())
