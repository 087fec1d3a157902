# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much memory llama-server needs: `inspect FILE...` reads what a GGUF model says of itself, `plan` does the sum for a host.

`choose` judges by the results of llama-bench whether weights are better repacked. All print JSON; `plan` and `choose` read it from standard input.
Standard library of Python 3.9 only; run by the role on the hosts and on the controller.
"""

from __future__ import annotations

import json
import os
import struct
import sys
from typing import Any, BinaryIO

MIB = 1 << 20
# Formats of the scalar types of GGUF by their number; 8 is a string, 9 an array.
SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
STRING, ARRAY = 8, 9
KEPT_ITEMS = 4096  # of an array; longer ones are vocabularies, of which the length is enough
# Bytes of a quantised KV cache over those of f16.
KV_SHARES = {"f32": 2.0, "f16": 1.0, "bf16": 1.0, "q8_0": 0.53125, "q5_1": 0.375, "q5_0": 0.34375, "q4_1": 0.3125, "q4_0": 0.28125, "iq4_nl": 0.28125}
PROCESS = 150 * MIB  # the program itself with the tokenizer and its connections
COMFORT = 0.9  # of the host's memory; more than that is tight
PROMPT_TOKENS, ANSWER_TOKENS = 500, 300  # of a usual question: those that no cache has, and those of its answer
UNKNOWN = {"vocabulary": 152064, "width": 4096, "feed_forward": 14336, "heads": 32}  # a usual 8B model, where nothing is known yet


class ModelError(Exception):
    """A file is no GGUF model; the message names it."""


def inspect(path: str) -> dict[str, Any]:
    """Size in bytes, architecture, context in tokens, bytes of f16 KV cache for each token, and the shape, of the model at `path`."""
    try:
        with open(path, "rb") as file:
            values = metadata(file)
    except (struct.error, UnicodeDecodeError, KeyError) as error:
        raise ModelError(f"{path} is no whole GGUF model: {error!r}") from error
    architecture = values.get("general.architecture", "")

    def own(name: str, default: Any = 0) -> Any:
        return values.get(f"{architecture}.{name}", default)

    blocks, width, heads = own("block_count"), own("embedding_length"), largest(own("attention.head_count"))
    heads_kv = own("attention.head_count_kv", heads)
    all_heads_kv = sum(heads_kv) if isinstance(heads_kv, list) else heads_kv * blocks
    head_width = width // heads if heads else 0
    key, value = own("attention.key_length", head_width), own("attention.value_length", head_width)
    tokens = values.get("tokenizer.ggml.tokens", 0)
    return {
        "architecture": architecture,
        "size": os.path.getsize(path),
        "model_context": own("context_length"),
        # Encoders look at the whole text at once and keep nothing.
        "kv_bytes_per_token": all_heads_kv * (key + value) * 2 if own("attention.causal", True) else 0,
        "vocabulary": tokens if isinstance(tokens, int) else len(tokens),
        "width": width,
        "feed_forward": largest(own("feed_forward_length")),
        "heads": heads,
    }


def largest(value: Any) -> int:
    """Some models have a number for each block."""
    return int(max(value, default=0) if isinstance(value, list) else value)


def metadata(file: BinaryIO) -> dict[str, Any]:
    """The key-value pairs at the beginning of a GGUF file; of a long array its length. Raises struct.error, KeyError and ModelError."""
    if file.read(4) != b"GGUF":
        raise ModelError(f"{file.name} is no GGUF model: it does not begin with GGUF")
    unpack(file, "I")
    unpack(file, "Q")
    pairs = unpack(file, "Q")
    return {string(file): item(file, unpack(file, "I")) for _pair in range(pairs)}


def unpack(file: BinaryIO, kind: str) -> Any:
    """One little-endian scalar."""
    return struct.unpack(f"<{kind}", file.read(struct.calcsize(f"<{kind}")))[0]


def string(file: BinaryIO) -> str:
    """One string."""
    return file.read(unpack(file, "Q")).decode()


def item(file: BinaryIO, kind: int) -> Any:
    """One value of that type."""
    if kind == STRING:
        return string(file)
    if kind != ARRAY:
        return unpack(file, SCALARS[kind])
    kind, length = unpack(file, "I"), unpack(file, "Q")
    if length <= KEPT_ITEMS:
        return [item(file, kind) for _number in range(length)]
    if kind == STRING:
        for _number in range(length):
            file.seek(unpack(file, "Q"), os.SEEK_CUR)
    else:
        file.seek(length * struct.calcsize(f"<{SCALARS[kind]}"), os.SEEK_CUR)
    return length


def needs(instance: dict[str, Any]) -> dict[str, int]:
    """Bytes that an instance needs, by what for; `repacked` is what a repacked copy of the weights would add."""
    shape = {name: int(instance.get(name) or default) for name, default in UNKNOWN.items()}
    context, size = int(instance["context"]), int(instance["size"])
    if instance["kind"] == "embeddings":
        # A batch is a whole text, and there are no logits.
        compute = context * 4 * (8 * shape["width"] + 3 * shape["feed_forward"] + shape["heads"] * context)
    else:
        per_token = shape["vocabulary"] + 6 * shape["width"] + 3 * shape["feed_forward"]
        compute = int(instance["batch"]) * 4 * (per_token if instance["flash_attention"] else per_token + shape["heads"] * context)
    return {
        "model": size,
        "repacked": size,
        "kv": int(int(instance["slots"]) * context * int(instance["kv_bytes_per_token"]) * KV_SHARES.get(instance["kv_type"], 1.0)),
        "compute": compute + PROCESS,
    }


def plan(host: dict[str, Any]) -> dict[str, Any]:
    """The sum for a host: `total` and `reserve` in MiB, `recommended` in GiB, `instances` by name.

    `verdict` is `short` (more than there is), `tight` or `ok`; `repack` says of which instances a repacked copy of the weights has room.
    """
    said, need, repack = [], host["reserve"] * MIB, {}
    total = host["total"] * MIB
    for name, instance in host["instances"].items():
        parts = needs(instance)
        own = parts["model"] + parts["kv"] + parts["compute"]
        terms = [
            f"{gib(parts['model'])} model",
            f"{gib(parts['kv'])} KV cache ({instance['slots']} slots x {instance['context']} tokens x {instance['kv_bytes_per_token']} bytes)",
            f"{gib(parts['compute'])} to compute in",
        ]
        if instance["repack"] == "on":
            own += parts["repacked"]
            terms.insert(1, f"{gib(parts['repacked'])} repacked copy of it")
        need += own
        said.append(f"{name}: {' + '.join(terms)} = {gib(own)}")
    room = COMFORT * total - need
    for name, instance in host["instances"].items():
        repack[name] = instance["repack"] == "on" or (instance["kind"] == "chat" and int(instance["size"]) <= room)
        if repack[name] and instance["repack"] != "on":
            room -= int(instance["size"])
    recommended = max(need / COMFORT, host.get("recommended", 0) * (MIB << 10) * 0.95)  # a machine sold with 16 GiB shows a little less
    verdict = "short" if need > total else "tight" if recommended > total else "ok"
    said.append(f"system and other services: {gib(host['reserve'] * MIB)}")
    return {
        "verdict": verdict,
        "repack": repack,
        "need": need // MIB,
        "message": f"{'; '.join(said)}; together {gib(need)} of the host's {gib(total)}, {gib(recommended)} are recommended",
    }


def choose(results: list[dict[str, Any]]) -> dict[str, Any]:
    """`repack`, and the seconds of a usual question both ways; from the JSON of llama-bench with `--repack 0,1`, a prompt and a generation each."""
    seconds = {
        repack: sum((PROMPT_TOKENS if result["n_prompt"] else ANSWER_TOKENS) / result["avg_ts"] for result in results if result["repack"] is repack)
        for repack in (False, True)
    }
    return {"repack": seconds[True] < seconds[False], "seconds_with": round(seconds[True], 2), "seconds_without": round(seconds[False], 2)}


def gib(size: float) -> str:
    """A size for people."""
    return f"{size / (MIB << 10):.1f} GiB"


def main(arguments: list[str]) -> int:
    """Do as the arguments say."""
    try:
        if arguments[0] == "plan":
            print(json.dumps(plan(json.load(sys.stdin))))
        elif arguments[0] == "choose":
            print(json.dumps(choose(json.load(sys.stdin))))
        else:
            print(json.dumps({path: inspect(path) for path in arguments[1:]}))
    except (ModelError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
