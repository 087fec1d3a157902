# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real model with random weights, in process and behind llama-server, and what happens without one."""

from __future__ import annotations

import concurrent.futures
import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import time
import typing as t
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import llama
import pytest
import real_gguf
import tiny_gguf

if t.TYPE_CHECKING:
    from conftest import Assistant

QUESTION = "Why is a Kafka broker under-replicated?"
KEY = "the-right-key"
FEW = {"INFRA_LLM_MAX_TOKENS": "24"}
PAGE = "# Kafka: under-replicated partitions\n\nA Kafka broker is under-replicated when a follower is down.\n"


@pytest.fixture(scope="module")
def model() -> Path:
    return tiny_gguf.tiny_gguf()


@pytest.fixture(scope="module")
def assistant(make_assistant: Callable[..., Assistant], model: Path) -> Assistant:
    made = make_assistant()
    runbooks = made.home / "runbooks" / "house"
    runbooks.mkdir(parents=True)
    (runbooks / "kafka.md").write_text(PAGE, encoding="utf-8")
    made.ingest(runbooks.parent, INFRA_LLM_MODEL_PATH=str(model)).ok()
    return made


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def serving(model: Path, log: Path, port: int, *arguments: str) -> Iterator[str]:
    """A llama-server; yields its address."""
    command = [llama.server_path(), "-m", model, "--host", "127.0.0.1", "--port", str(port), "-c", "8192", "-np", "1", *arguments]
    url = f"http://127.0.0.1:{port}"
    with log.open("wb") as output, subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output) as server:
        try:
            wait_for(f"{url}/health", server, log)
            yield url
        finally:
            server.terminate()


def wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(urllib.error.URLError, ConnectionError), urllib.request.urlopen(url, timeout=5):
            return
        time.sleep(0.1)
    pytest.fail(f"llama-server did not start: {log.read_text(errors='replace')[-2000:]}")


@pytest.fixture(scope="module")
def server(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A llama-server that wants the key."""
    with serving(model, tmp_path_factory.mktemp("server") / "log", free_port(), "--api-key", KEY) as url:
        yield url


def is_from_the_model(result: dict[str, t.Any]) -> None:
    assert result["mode"] == "llm", result["warnings"]
    assert len(result["answer"].split()) > 5
    assert result["sources"]
    assert result["timings"]["llm_ms"] > 0
    assert result["timings"]["completion_tokens"] > 0
    assert result["model"]["context_length"] == 8192


def is_extracted(result: dict[str, t.Any], reason: str) -> None:
    assert result["mode"] == "extractive"
    assert "a follower is down" in result["answer"]
    assert "model" not in result
    assert any(reason in warning for warning in result["warnings"]), result["warnings"]


def test_in_process(assistant: Assistant, model: Path) -> None:
    environment = {"INFRA_LLM_MODEL_PATH": str(model), **FEW}
    first = assistant.answer(QUESTION, **environment)
    is_from_the_model(first)
    assert first["model"] == {"name": model.name, "server": "in process", "context_length": 8192}
    again = assistant.answer(QUESTION, **environment)
    assert again["answer"] == first["answer"]
    assert any("max_tokens" in warning for warning in first["warnings"])
    # The other modes leave the model alone.
    for mode in ("extractive", "context"):
        result = assistant.answer(QUESTION, **environment, INFRA_LLM_MODE=mode)
        assert result["mode"] == mode
        assert "a follower is down" in result["answer"]
        assert "model" not in result
        assert "llm_ms" not in result["timings"]
    assert assistant.log().count("language model loaded") == 1


def workers(assistant: Assistant, model: Path) -> list[int]:
    """The processes that run the model for this assistant's gateway."""
    gateway = (assistant.state_dir / "gateway.lock").read_text(encoding="utf-8").split()[0]
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        with contextlib.suppress(OSError):
            if f"\nPPid:\t{gateway}\n" in status.read_text() and model.name in (status.parent / "cmdline").read_text():
                found.append(int(status.parent.name))
    return found


def test_a_model_that_is_killed_costs_one_answer_and_no_gateway(assistant: Assistant, model: Path) -> None:
    environment = {"INFRA_LLM_MODEL_PATH": str(model), **FEW}
    is_from_the_model(assistant.answer(QUESTION, **environment))
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        asked = pool.submit(assistant.answer, QUESTION, **environment)
        while not asked.done():
            for pid in workers(assistant, model):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.2)
        is_extracted(asked.result(), "was ended by SIGKILL; most likely memory ran out")
    deadline = time.monotonic() + 120
    while (result := assistant.answer(QUESTION, **environment))["mode"] != "llm":
        assert time.monotonic() < deadline, "it is not started again"
    is_from_the_model(result)
    assert len(workers(assistant, model)) == 1
    assert assistant.log().count("language model loaded") == 1, "the gateway is the same"


def test_a_model_that_is_no_model(assistant: Assistant, tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF" + bytes(200))
    environment = {"INFRA_LLM_MODEL_PATH": str(broken)}
    is_extracted(assistant.answer(QUESTION, **environment), "cannot be loaded")
    assert "cannot be loaded" in assistant.ask(QUESTION, **environment, INFRA_LLM_ON_LLM_ERROR="fail").sentence()


def test_a_server_that_comes_and_goes(assistant: Assistant, model: Path, tmp_path: Path) -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    environment = {"INFRA_LLM_LLM_URL": f"{address}/v1", **FEW}
    failing = {**environment, "INFRA_LLM_ON_LLM_ERROR": "fail"}
    is_extracted(assistant.answer(QUESTION, **environment), f"{address} cannot be reached")
    assert f"{address} cannot be reached" in assistant.ask(QUESTION, **failing).sentence()
    with serving(model, tmp_path / "log", port):
        result = assistant.answer(QUESTION, **failing)
    is_from_the_model(result)
    assert result["model"]["server"] == address
    assert result["timings"]["prompt_tokens"] > 100
    is_extracted(assistant.answer(QUESTION, **environment), f"{address} cannot be reached")


def test_a_trained_model_says_in_its_words_what_the_passage_says(assistant: Assistant, tmp_path: Path) -> None:
    # One thread: where others keep the cores busy, several wait for each other.
    with serving(real_gguf.real_gguf(), tmp_path / "log", free_port(), "--threads", "1", "--threads-batch", "1") as url:
        result = assistant.answer(QUESTION, INFRA_LLM_LLM_URL=url, INFRA_LLM_MAX_TOKENS="48")
    assert result["mode"] == "llm", result["warnings"]
    assert {"kafka", "broker", "follower", "partitions"} & set(re.findall(r"\w+", result["answer"].lower())), result["answer"]
    assert "<|" not in result["answer"]


def test_a_server_that_wants_a_key(assistant: Assistant, server: str) -> None:
    environment = {"INFRA_LLM_LLM_URL": server, **FEW}
    is_from_the_model(assistant.answer(QUESTION, "-e", json.dumps({"infra_llm_llm_api_key": KEY}), **environment))
    environment["INFRA_LLM_LLM_API_KEY"] = "a-wrong-key"
    is_extracted(assistant.answer(QUESTION, **environment), "refused the API key")
    finished = assistant.ask(QUESTION, **environment, INFRA_LLM_ON_LLM_ERROR="fail")
    assert "set llm_api_key" in finished.sentence()
    assert "a-wrong-key" not in finished.text
