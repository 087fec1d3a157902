# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import http.server
import json
import threading
import types
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest


class Llama(http.server.ThreadingHTTPServer):
    """Answers as llama-server does; its attributes say how it is."""

    decoded = 5
    waiting = 0
    loading = False
    metrics = True
    tokens = True
    progress = False  # whether others' tokens come although ours does not

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.keys: set[str | None] = set()
        super().__init__(("127.0.0.1", 0), Handler)


class Handler(http.server.BaseHTTPRequestHandler):
    server: Llama

    def answer(self, status: int, body: str) -> None:
        content = body.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_GET(self) -> None:
        llama = self.server
        llama.keys.add(self.headers["Authorization"])
        if llama.loading:
            self.answer(503, '{"error":{"message":"Loading model","type":"unavailable_error","code":503}}')
        elif llama.metrics:
            self.answer(200, f"# HELP\nllamacpp:n_decode_total {llama.decoded}\nllamacpp:requests_processing {llama.waiting}\nllamacpp:requests_deferred 0\n")
        else:
            self.close_connection = True

    def do_POST(self) -> None:
        llama = self.server
        llama.asked.append(self.path)
        if llama.tokens:
            self.answer(200, json.dumps({"tokens_predicted": 1, "data": [{"embedding": [0.0, 0.5]}]}))
        else:
            llama.decoded += int(llama.progress)
            self.close_connection = True

    def log_message(self, *_arguments: t.Any) -> None:
        pass


@pytest.fixture
def llama() -> Iterator[Llama]:
    server = Llama()
    threading.Thread(target=server.serve_forever, args=[0.05], daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def watch(watchdog: types.ModuleType, llama: Llama, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> t.Callable[..., int]:
    (tmp_path / "key").write_text("# comment\nsecret\n")
    monkeypatch.setenv("LLAMA_ARG_HOST", "127.0.0.1")
    monkeypatch.setenv("LLAMA_ARG_PORT", str(llama.server_port))
    monkeypatch.setenv("LLAMA_ARG_API_KEY_FILE", str(tmp_path / "key"))

    def look(idle: float = 0) -> int:
        return int(watchdog.main(["watch", "--state", str(tmp_path / "state"), "--timeout", "0.5", "--idle", str(idle)]))

    return look


def test_a_server_that_hangs_is_restarted_at_the_second_look_that_finds_it_so(
    llama: Llama, watch: t.Callable[..., int], capfd: pytest.CaptureFixture[str]
) -> None:
    assert watch() == 0
    llama.metrics = llama.tokens = False
    assert watch() == 0
    assert watch() == 1
    assert "2 in a row" in capfd.readouterr().out
    # The server that was started in its place begins with a clean record.
    assert watch() == 0


def test_a_health_that_is_well_does_not_hide_that_no_token_comes(llama: Llama, watch: t.Callable[..., int]) -> None:
    assert watch() == 0
    llama.tokens, llama.waiting = False, 1
    assert [watch(), watch()] == [0, 1]


def test_a_busy_server_is_left_alone(llama: Llama, watch: t.Callable[..., int]) -> None:
    llama.tokens = False
    for _look in range(4):
        llama.decoded += 1
        assert watch() == 0
    assert llama.asked == []
    # The token itself waits in the queue of one that is overrun, and others' come.
    llama.progress, llama.waiting = True, 50
    assert [watch() for _look in range(4)] == [0, 0, 0, 0]


def test_a_server_that_reads_its_model_is_left_alone(llama: Llama, watch: t.Callable[..., int]) -> None:
    llama.loading = True
    assert [watch() for _look in range(4)] == [0, 0, 0, 0]


def test_an_idle_server_is_rarely_asked_since_a_slot_loses_its_prompt_for_it(llama: Llama, watch: t.Callable[..., int]) -> None:
    for _look in range(4):
        watch(idle=600)
    assert llama.asked == []
    watch(idle=0)
    assert llama.asked == ["/completion"]
    assert llama.keys == {"Bearer secret"}


def test_an_embedding_server_is_asked_for_an_embedding(llama: Llama, watch: t.Callable[..., int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLAMA_ARG_EMBEDDINGS", "true")
    watch()
    watch()
    assert llama.asked == ["/v1/embeddings"]


def test_probe_reads_the_settings_as_the_role_writes_them(watchdog: types.ModuleType, llama: Llama, tmp_path: Path) -> None:
    settings = tmp_path / "chat.env"
    settings.write_text(
        f'# comment\nLLAMA_ARG_HOST="0.0.0.0"\nLLAMA_ARG_PORT="{llama.server_port}"\n'
        'LLAMA_ARG_CHAT_TEMPLATE_KWARGS="{\\"date_string\\": \\"26 Jul 2024\\"}"\n'
    )
    assert watchdog.read_settings(str(settings))["LLAMA_ARG_CHAT_TEMPLATE_KWARGS"] == '{"date_string": "26 Jul 2024"}'
    assert watchdog.main(["probe", "--settings", str(settings), "--wait", "0"]) == 0
    llama.tokens = False
    assert watchdog.main(["probe", "--settings", str(settings), "--wait", "0"]) == 1
