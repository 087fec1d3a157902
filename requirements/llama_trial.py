# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a build of llama.cpp works on this processor: one real token from its Python binding, and one from its llama-server.

A model of a hundred kilobytes with random quantised weights is enough, for it goes through the kernels that a real one goes through.
"""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

SECONDS = 120  # for a token that takes milliseconds, on a machine that does much else
WIDTH = 64
FEED_FORWARD = 128
VOCABULARY = 288  # three special tokens, the 256 bytes, and names
# GGUF: the numbers of its types, and how its file is laid out.
UINT32, FLOAT32, STRING, ARRAY = 4, 6, 8, 9
INT32 = 5
PLAIN, Q8_0 = 0, 8
BLOCK = 32  # weights of Q8_0 with one scale; also the alignment of tensors
BY_BINDING = """
import sys
from llama_cpp import Llama
model = Llama(sys.argv[1], n_ctx=64, n_threads=1, verbose=False)
assert model.create_completion("one token, please", max_tokens=1, temperature=0)["choices"]
"""


def problem(python: Path, installed: Path) -> str:
    """Try the build that is installed in the directory: an empty string, or what went wrong; a signal is called by its name."""
    with tempfile.TemporaryDirectory() as directory:
        model = Path(directory, "trial.gguf")
        model.write_bytes(tiny_model())
        found = _by_binding(python, installed, model)
        server = installed / "bin" / "llama-server"
        return _by_server(server, model) if not found and server.exists() else found


def crashed(found: str) -> bool:
    """Tell whether a problem is one of the processor's: the program died of a signal that its own instructions raise."""
    return found.startswith(("SIGILL", "SIGSEGV", "SIGBUS", "SIGFPE", "SIGABRT"))


def _by_binding(python: Path, installed: Path, model: Path) -> str:
    try:
        ended = subprocess.run(
            [python, "-c", BY_BINDING, model],
            env={**os.environ, "PYTHONPATH": str(installed)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"no token within {SECONDS} seconds"
    return _ending(ended.returncode, ended.stderr)


def _by_server(program: Path, model: Path) -> str:
    with socket.socket() as probe, tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as log:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        address = ["--host", "127.0.0.1", "--port", str(port)]
        process = subprocess.Popen(
            [program, "--model", model, *address, "--ctx-size", "64", "--parallel", "1", "--threads", "1"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            if _answers(process, f"http://127.0.0.1:{port}/completion"):
                return ""
            log.seek(0)
            return _ending(process.returncode, log.read()) if process.poll() is not None else f"no token from llama-server within {SECONDS} seconds"
        finally:
            process.kill()
            process.wait()


def _answers(process: subprocess.Popen[bytes], url: str) -> bool:
    """Ask for one token until one comes; false when the server ends or the time is over."""
    question = json.dumps({"prompt": "one token, please", "n_predict": 1}).encode()
    deadline = time.monotonic() + SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, question, timeout=SECONDS) as answer:
                return "content" in json.load(answer)
        except (urllib.error.URLError, OSError, ValueError):
            time.sleep(0.1)
    return False


def _ending(returncode: int, output: str) -> str:
    if returncode == 0:
        return ""
    if returncode < 0:
        return signal.Signals(-returncode).name
    last = [line for line in output.splitlines() if line.strip()][-1:]
    return f"it ended with {returncode}: {''.join(last)}"


def tiny_model() -> bytes:
    """A llama of one layer as a GGUF file, with a vocabulary of single bytes; the same on every run."""
    randomness = random.Random(1)
    settings = b"".join(_setting(name, kind, value) for name, kind, value in _settings())
    infos, data = [], b""
    tensors = list(_tensors(randomness))
    for name, shape, kind, content in tensors:
        infos.append(_string(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, kind, len(data)))
        data += content + bytes(-len(content) % BLOCK)
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(list(_settings()))) + settings + b"".join(infos)
    return head + bytes(-len(head) % BLOCK) + data


def _settings() -> Iterator[tuple[str, int, object]]:
    tokens = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    tokens += [f"w{number}" for number in range(VOCABULARY - len(tokens))]
    yield "general.architecture", STRING, "llama"
    for name, number in (("block_count", 1), ("context_length", 64), ("embedding_length", WIDTH), ("feed_forward_length", FEED_FORWARD)):
        yield f"llama.{name}", UINT32, number
    yield "llama.attention.head_count", UINT32, 2
    yield "llama.attention.layer_norm_rms_epsilon", FLOAT32, 1e-5
    yield "tokenizer.ggml.model", STRING, "llama"
    yield "tokenizer.ggml.tokens", STRING, tokens
    yield "tokenizer.ggml.scores", FLOAT32, [0.0] * VOCABULARY
    # What kind of token each is: unknown, control, byte, normal.
    yield "tokenizer.ggml.token_type", INT32, [2, 3, 3] + [6] * 256 + [1] * (VOCABULARY - 259)


def _tensors(randomness: random.Random) -> Iterator[tuple[str, tuple[int, ...], int, bytes]]:
    for name, columns, rows in (
        ("token_embd", WIDTH, VOCABULARY),
        *((f"blk.0.attn_{part}", WIDTH, WIDTH) for part in ("q", "k", "v", "output")),
        ("blk.0.ffn_gate", WIDTH, FEED_FORWARD),
        ("blk.0.ffn_up", WIDTH, FEED_FORWARD),
        ("blk.0.ffn_down", FEED_FORWARD, WIDTH),
        ("output", WIDTH, VOCABULARY),
    ):
        blocks = rows * columns // BLOCK
        yield f"{name}.weight", (columns, rows), Q8_0, b"".join(struct.pack("<e", 0.001) + randomness.randbytes(BLOCK) for _block in range(blocks))
    for name in ("blk.0.attn_norm", "blk.0.ffn_norm", "output_norm"):
        yield f"{name}.weight", (WIDTH,), PLAIN, struct.pack("<f", 1.0) * WIDTH


def _string(text: str) -> bytes:
    return struct.pack("<Q", len(text.encode())) + text.encode()


def _setting(name: str, kind: int, value: object) -> bytes:
    if isinstance(value, list):
        return _string(name) + struct.pack("<IIQ", ARRAY, kind, len(value)) + b"".join(_value(kind, item) for item in value)
    return _string(name) + struct.pack("<I", kind) + _value(kind, value)


def _value(kind: int, value: object) -> bytes:
    return _string(str(value)) if kind == STRING else struct.pack({UINT32: "<I", INT32: "<i", FLOAT32: "<f"}[kind], value)


if __name__ == "__main__":
    found = problem(Path(sys.executable), Path(sys.argv[1]).resolve())
    print(found or "one token each, from the binding and from llama-server")
    sys.exit(bool(found))
