# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import tiny_gguf
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import ConfigError, ServiceError
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients import _llm_llama, _llm_process
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._llm import AbandonedError, Chat, Completion, ModelLoadingError
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._llm_llama import LlamaCppModel

MESSAGES = [{"role": "system", "content": "You help."}, {"role": "user", "content": "Why?"}]
MakeModel = Callable[[str], LlamaCppModel]
# A program in place of the real one, in which a test says what becomes of a request.
PROGRAM = """
import json, os, signal, sys, time
def say(**line): print(json.dumps(line), flush=True)
say(context_length=2048)
for line in sys.stdin:
    request = json.loads(line)
    if "stop" in request: continue
    if "count" in request: say(id=request["id"], tokens=3); continue
    def answer(): say(id=request["id"], piece="Yes."); say(id=request["id"], finish_reason="stop", completion_tokens=2)
"""


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeModel]:
    """Makes a model of a program; ``answer()`` in it answers properly."""
    monkeypatch.setattr(_llm_process, "GRACE_SECONDS", 0.5)
    models: list[LlamaCppModel] = []
    (tmp_path / "model.gguf").touch()

    def make(behaviour: str, whole: bool = False) -> LlamaCppModel:
        path = tmp_path / "program.py"
        path.write_text(behaviour if whole else PROGRAM + textwrap.indent(behaviour, "    "), encoding="utf-8")
        models.append(LlamaCppModel(str(tmp_path / "model.gguf"), [sys.executable, str(path)]))
        return models[-1]

    yield make
    for model in models:
        model.close()


def chat(model: LlamaCppModel, seconds: float = 20, **settings: object) -> Completion:
    return model.chat(Chat(MESSAGES, max_tokens=16, temperature=0.0, deadline=time.monotonic() + seconds, **settings))  # type: ignore[arg-type]


def loaded(model: LlamaCppModel) -> LlamaCppModel:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with contextlib.suppress(ModelLoadingError):
            assert model.context_length
            return model
    raise AssertionError("the model was not loaded")


def test_pieces_are_passed_on_as_they_come(program: MakeModel) -> None:
    pieces: list[str] = []
    answer = chat(program("answer()"), report=pieces.append)
    assert (answer.text, answer.finish_reason, answer.completion_tokens, pieces) == ("Yes.", "stop", 2, ["Yes."])
    assert program("answer()").count_tokens("any") == 3


@pytest.mark.parametrize(
    ("end", "message"),
    [
        (
            "os.kill(os.getpid(), signal.SIGILL)",
            r"model\.gguf was ended by SIGILL; its llama\.cpp was compiled with .+CMAKE_ARGS=-DGGML_NATIVE=OFF",
        ),
        ("os.kill(os.getpid(), signal.SIGKILL)", "was ended by SIGKILL; most likely memory ran out: take a smaller model"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "was ended by SIGSEGV; check that the GGUF file is whole"),
        ("os._exit(3)", "ended with status 3;"),
        ("print('Segmentation fault', flush=True)", "said something that is no answer and was ended"),
        ("say(id='x', piece=1); print('[]', flush=True)", "said something that is no answer and was ended"),
        ("print('x' * (1 << 21), flush=True)", "said something that is no answer and was ended"),
        ("say(id=request['id'], error='context is full')", r"llama\.cpp failed on this prompt \(context is full\); lower max_tokens"),
    ],
)
def test_a_process_that_ends_costs_one_answer_with_a_sentence_that_says_why(program: MakeModel, tmp_path: Path, end: str, message: str) -> None:
    model = program(f"if os.path.exists({str(tmp_path / 'again')!r}):\n    answer()\nelse:\n    open({str(tmp_path / 'again')!r}, 'w')\n    {end}")
    with pytest.raises(ServiceError, match=message):
        chat(model)
    assert chat(model).text == "Yes."


def test_a_process_that_hangs_is_ended_after_its_time(program: MakeModel) -> None:
    model = program("say(id=request['id'], piece='Half'); time.sleep(60)")
    loaded(model)
    started = time.monotonic()
    answer = chat(model, 0.5)
    assert (answer.text, answer.finish_reason) == ("Half", "deadline")
    with pytest.raises(ServiceError, match=r"did not answer within \d seconds"):
        chat(program("time.sleep(60)"), 1)
    assert time.monotonic() - started < 20


def test_a_process_that_does_not_even_read_is_ended(program: MakeModel) -> None:
    model = program("os.kill(os.getpid(), signal.SIGSTOP)")
    long = [{"role": "user", "content": "word " * 100_000}]
    with pytest.raises(ServiceError, match="did not answer within"):
        chat(model, 1)
    stopped = program("answer()")
    loaded(stopped)
    os.kill(stopped._process._process.pid, signal.SIGSTOP)
    with pytest.raises(ServiceError, match="did not answer within"):
        stopped.chat(Chat(long, max_tokens=16, temperature=0.0, deadline=time.monotonic() + 1))
    assert chat(stopped).text == "Yes."


def test_whoever_has_gone_frees_the_model(program: MakeModel) -> None:
    stop = threading.Event()
    model = program("time.sleep(0.5); answer() if request['max_tokens'] == 16 else time.sleep(60)")
    with pytest.raises(AbandonedError):
        chat(model, report=lambda _piece: None, stop=_set_after(stop, 0.1))
    started = time.monotonic()
    with pytest.raises(AbandonedError):
        model.chat(Chat(MESSAGES, max_tokens=17, temperature=0.0, deadline=started + 60, stop=_set_after(threading.Event(), 0.7)))
    assert time.monotonic() - started < 20


def _set_after(stop: threading.Event, seconds: float) -> threading.Event:
    threading.Timer(seconds, stop.set).start()
    return stop


def test_a_model_that_is_being_loaded_is_said_to_be(program: MakeModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_llm_llama, "_PATIENCE_SECONDS", 0.05)
    with pytest.raises(ModelLoadingError, match=r"The language model model\.gguf was still loading"):
        chat(program("import time; time.sleep(60)", whole=True))  # type: ignore[call-arg]


def test_one_that_ends_at_each_start_is_not_started_again_and_again(program: MakeModel, tmp_path: Path) -> None:
    count = tmp_path / "starts"
    model = program(f"import os, signal\nopen({str(count)!r}, 'a').write('x')\nos.kill(os.getpid(), signal.SIGILL)", whole=True)  # type: ignore[call-arg]
    for _number in range(20):
        with pytest.raises(ServiceError, match="SIGILL"):
            chat(model)
    assert len(count.read_text()) == 2
    model._not_before = 0.0  # the pause is over
    with pytest.raises(ServiceError, match="SIGILL"):
        chat(model)
    assert len(count.read_text()) == 3


def test_the_process_ends_with_whoever_started_it(tmp_path: Path) -> None:
    started = f"""
import sys, time
sys.path.insert(0, {str(Path(_llm_llama.__file__).parents[2])!r})
from module_utils.clients._llm_llama import LlamaCppModel
model = LlamaCppModel({str(tiny_gguf.tiny_gguf())!r})
while True:
    try:
        model.context_length
        break
    except Exception:
        time.sleep(0.1)
print(model._process._process.pid, flush=True)
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", started], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.kill()
    deadline = time.monotonic() + 20
    while Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text().split()[2]:
        assert time.monotonic() < deadline, "it lives on alone"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def tiny_model() -> Iterator[LlamaCppModel]:
    model = LlamaCppModel(str(tiny_gguf.tiny_gguf()))
    yield loaded(model)
    model.close()


def test_a_gguf_answers_and_the_same_twice(tiny_model: LlamaCppModel) -> None:
    first = chat(tiny_model, 60)
    assert first.text.strip()
    assert first.finished is False, "random weights go on until max_tokens"
    assert 0 < (first.completion_tokens or 0) <= 17
    assert chat(tiny_model, 60).text == first.text
    assert (tiny_model.name, tiny_model.context_length) == (tiny_gguf.tiny_gguf().name, 8192)
    assert tiny_model.count_tokens("under-replicated") < tiny_model.count_tokens("under-replicated partitions")


def test_a_gguf_stops_at_the_deadline_and_refuses_a_prompt_beyond_its_context(tiny_model: LlamaCppModel) -> None:
    cut = tiny_model.chat(Chat(MESSAGES, max_tokens=4000, temperature=0.0, deadline=time.monotonic() + 1))
    assert not cut.finished
    assert (cut.completion_tokens or 0) < 4000
    with pytest.raises(ServiceError, match=r"llama\.cpp failed on this prompt \(.+\); lower max_tokens"):
        tiny_model.chat(Chat([{"role": "user", "content": "word " * 9000}], max_tokens=16, temperature=0.0, deadline=time.monotonic() + 60))


def test_a_model_path_that_holds_no_model_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"model_path '.+none\.gguf' is not a file; give the path of a GGUF model\."):
        LlamaCppModel(str(tmp_path / "none.gguf"))
    (tmp_path / "broken.gguf").write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(ConfigError, match=r"broken\.gguf' cannot be loaded by llama\.cpp \(.+\); check that the GGUF file is whole"):
        loaded(LlamaCppModel(str(tmp_path / "broken.gguf")))
