# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import hashlib
import http.server
import random
import threading
import types
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest

CONTENT = random.Random(1).randbytes(5_000_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Site(http.server.ThreadingHTTPServer):
    """Serves CONTENT, and breaks the connection after `cut` bytes of each answer."""

    cut = 0
    ranges = True

    def __init__(self) -> None:
        self.asked: list[str | None] = []
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/model.gguf"


class Handler(http.server.BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        asked = self.headers["Range"]
        self.server.asked.append(asked)
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and self.server.ranges else 0
        if start >= len(CONTENT):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(CONTENT)}")
            self.end_headers()
            return
        body = CONTENT[start:]
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: self.server.cut or len(body)])
        self.close_connection = True

    def log_message(self, *_arguments: t.Any) -> None:
        pass


@pytest.fixture
def site() -> Iterator[Site]:
    server = Site()
    threading.Thread(target=server.serve_forever, args=[0.05], daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_a_broken_connection_is_taken_up_where_it_broke(fetcher: types.ModuleType, site: Site, tmp_path: Path) -> None:
    site.cut = 2_000_000
    path = tmp_path / "model.gguf"
    assert fetcher.fetch(site.url, path, SHA256, len(CONTENT), pause=0) == "fetched"
    assert path.read_bytes() == CONTENT
    assert site.asked == [None, "bytes=2000000-", "bytes=4000000-"]
    assert fetcher.fetch(site.url, path, SHA256, len(CONTENT)) == "present"
    assert len(site.asked) == 3


def test_the_next_run_goes_on_with_what_the_last_one_received(fetcher: types.ModuleType, site: Site, tmp_path: Path) -> None:
    (tmp_path / "model.gguf.part").write_bytes(CONTENT[:4_000_000])
    fetcher.fetch(site.url, tmp_path / "model.gguf", SHA256, 0)
    assert (tmp_path / "model.gguf").read_bytes() == CONTENT
    assert site.asked == ["bytes=4000000-"]


def test_a_server_without_ranges_is_asked_for_the_whole(fetcher: types.ModuleType, site: Site, tmp_path: Path) -> None:
    site.ranges = False
    (tmp_path / "model.gguf.part").write_bytes(b"x" * 1000)
    fetcher.fetch(site.url, tmp_path / "model.gguf", SHA256, 0)
    assert (tmp_path / "model.gguf").read_bytes() == CONTENT


def test_a_part_that_is_whole_already_is_taken(fetcher: types.ModuleType, site: Site, tmp_path: Path) -> None:
    (tmp_path / "model.gguf.part").write_bytes(CONTENT)
    assert fetcher.fetch(site.url, tmp_path / "model.gguf", SHA256, 0, pause=0) == "fetched"


def test_another_file_never_gets_into_the_place(fetcher: types.ModuleType, site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert fetcher.main([site.url, str(tmp_path / "model.gguf"), "--sha256", "0" * 64]) == 1
    assert SHA256 in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_was_changed_is_fetched_again(fetcher: types.ModuleType, site: Site, tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    fetcher.fetch(site.url, path, SHA256, len(CONTENT))
    path.write_bytes(b"y" + CONTENT[1:])
    assert fetcher.fetch(site.url, path, SHA256, len(CONTENT)) == "fetched"
    assert path.read_bytes() == CONTENT


def test_what_cannot_be_fetched_is_said_in_one_sentence(fetcher: types.ModuleType, site: Site, tmp_path: Path) -> None:
    site.cut = 1
    site.ranges = False
    with pytest.raises(fetcher.FetchError, match="the next run goes on there"):
        fetcher.fetch(site.url, tmp_path / "model.gguf", SHA256, 0, pause=0)
