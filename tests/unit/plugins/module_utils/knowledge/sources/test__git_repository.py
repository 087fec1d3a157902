# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real repositories, made here: how they are reached, and what is said when they are not."""

from __future__ import annotations

import base64
import contextlib
import errno
import functools
import http.server
import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import ConfigError, DataError, ServiceError
from ansible_collections.infra_llm.assistant.plugins.module_utils.catalogue._product import Product
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.sources import _selection
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.sources._git import GitSource
from upstream import BODY, Upstream, bring, entry, fetch, files_below


@pytest.fixture
def upstream(tmp_path: Path) -> Upstream:
    return Upstream(tmp_path / "upstream")


@pytest.mark.parametrize("repository", ["ext::sh -c touch% ran", "ftp://example.com/x", "a\nb", "", "--upload-pack=touch ran"])
def test_addresses_that_git_would_run(repository: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises((ConfigError, ServiceError), match="repository"):
        GitSource(entry(repository)).locate("1.0")
    assert list(tmp_path.iterdir()) == []


def test_the_operators_hooks_and_directories_are_not_used(upstream: Upstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    upstream.commit({"doc/a.md": BODY}, tag="v1.0")
    hook = tmp_path / "hooks" / "reference-transaction"
    hook.parent.mkdir()
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    hook.chmod(0o755)
    (tmp_path / "gitconfig").write_text(f"[core]\n\thooksPath = {hook.parent}\n\tautocrlf = true\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "elsewhere.index"))
    monkeypatch.chdir(tmp_path)
    bring(entry("upstream"), "1.0", Path("out"))
    assert files_below(tmp_path / "out") == {"doc/a.md": BODY.encode()}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["gitconfig", "hooks", "out", "upstream"]
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["doc"]


@pytest.mark.parametrize("partial", [True, False])
@pytest.mark.parametrize("protocol", ["0", "2"])
def test_mirrors_give_the_same_files(upstream: Upstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, partial: bool, protocol: str) -> None:
    """A server may send parts of a commit, only parts that it lists itself, or no parts at all."""
    upstream.commit({"doc/a.md": BODY, "src/big.bin": os.urandom(500_000)}, tag="v1.0", note="x")
    commit = upstream.commit({"doc/b.md": BODY + "b"}, tag="v1.1", note="x")
    mirror = upstream.mirror(tmp_path / "mirror.git")
    for repository in (upstream.path, mirror):
        subprocess.run(["git", "-C", str(repository), "config", "uploadpack.allowFilter", str(partial)], check=True)
    (tmp_path / "gitconfig").write_text(f"[protocol]\n\tversion = {protocol}\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    for number, address in enumerate((upstream.path, mirror, f"file://{mirror}")):
        out = tmp_path / str(number)
        out.mkdir()
        sizes: list[int] = []
        source = GitSource(entry(address))

        fetched = source.fetch(source.locate("1.1"), out, None, functools.partial(_measure, out, sizes))
        assert files_below(out) == {"doc/a.md": BODY.encode(), "doc/b.md": f"{BODY}b".encode()}
        assert fetched.revision == commit
        assert (max(sizes) < 100_000) == (partial and protocol == "2")


def _measure(directory: Path, sizes: list[int], _done: int, _known: int) -> None:
    """Note how large the repository is at this moment."""
    sizes.append(sum(file.stat().st_size for file in directory.glob(".repository-*/**/*") if file.is_file()))


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments: Any) -> None:
        pass

    def do_GET(self) -> None:
        if self.path.startswith("/private"):
            self.send_response(401)
            self.send_header("WWW-Authenticate", "Basic")
            self.end_headers()
        else:
            super().do_GET()


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    """The files of tmp_path, as the simplest web server serves them."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), lambda *arguments: _Quiet(*arguments, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_plain_web_server_and_its_citations(upstream: Upstream, tmp_path: Path, web: str) -> None:
    commit = upstream.commit({"doc/a.md": BODY}, tag="v1.0")
    upstream.mirror(tmp_path / "mirror.git")
    product = entry(f"http://reader:pa%73s@{web}/mirror.git")
    located = GitSource(product).locate("1.0")
    fetched = fetch(product, located, tmp_path / "out")
    assert (located.location, fetched.revision) == (f"http://{web}/mirror.git", commit)
    assert fetched.files["doc/a.md"].url == f"http://{web}/mirror/blob/v1.0/doc/a.md"


def test_a_prompt_is_never_shown_and_passwords_neither(web: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = tmp_path / "askpass"
    asked.write_text(f"#!/bin/sh\ntouch {tmp_path}/asked\n")
    asked.chmod(0o755)
    for name in ("GIT_ASKPASS", "SSH_ASKPASS"):
        monkeypatch.setenv(name, str(asked))
    monkeypatch.setenv("DISPLAY", ":0")
    for address in (f"http://{web}/private/x.git", f"http://reader:pa%73s@{web}/private/x.git?token=t0p"):
        with pytest.raises(ServiceError, match="wants credentials") as raised:
            GitSource(entry(address)).locate("1.0")
        assert f"http://{web}/private/x.git is not there" in raised.value.message
        assert not any(secret in f"{raised.value.message} {raised.value.url}" for secret in ("pa%73s", "pass", "t0p", "reader"))
    assert not (tmp_path / "asked").exists()


def test_a_password_reaches_the_server_and_no_command_line(tmp_path: Path) -> None:
    seen: list[str] = []

    def look(listener: socket.socket) -> None:
        connection, _address = listener.accept()
        with connection:
            seen.append(connection.recv(4_096).decode())
            for process in Path("/proc").glob("[0-9]*/cmdline"):
                with contextlib.suppress(OSError):
                    seen.append(process.read_text(errors="replace"))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        looking = threading.Thread(target=look, args=(listener,))
        looking.start()
        with pytest.raises(ServiceError):
            GitSource(entry(f"http://reader:Rut9%2Dpelican@127.0.0.1:{port}/x.git")).locate("1.0")
        looking.join(30)
    asked, *commands = seen
    assert f"Authorization: Basic {base64.b64encode(b'reader:Rut9-pelican').decode()}" in asked
    assert any(f"127.0.0.1:{port}" in command for command in commands)
    assert not any("pelican" in command for command in commands)


def test_failures_are_sentences(upstream: Upstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def said(product: Product, deployed: str | None = "1.0") -> str:
        with pytest.raises((DataError, ServiceError)) as raised:
            bring(product, deployed, tmp_path / "out")
        assert raised.value.message.count(". ") == 0
        assert "\n" not in raised.value.message
        return raised.value.message

    assert "is empty, it has no tag or branch" in said(entry(upstream.path))
    upstream.commit({"doc/logo.png": b"x", "src/a.c": "", "docs/a.md": BODY}, tag="release")
    assert "No tag or branch of " in said(entry(upstream.path))
    assert "but it has main, release;" in said(entry(upstream.path))
    upstream.commit(tag="v1.0")
    assert "at 'v1.0' has no 'documentation', only doc, docs, src; correct the paths of acme" in said(entry(upstream.path, paths=("documentation",)))
    assert "at 'v1.0' has no documents below 'doc'" in said(entry(upstream.path))
    assert f"{tmp_path}/nothing is no git repository" in said(entry(tmp_path / "nothing"))
    assert "http://127.0.0.1:9/x cannot be reached (" in said(entry("http://127.0.0.1:9/x"))
    located = GitSource(entry(upstream.path, paths=("docs",))).locate("1.0")
    upstream.git("tag", "-d", "v1.0")
    with pytest.raises(DataError, match=r"has no tag or branch 'v1\.0' any more"):
        fetch(entry(upstream.path, paths=("docs",)), located, tmp_path / "out")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "git, which fetches the documentation of acme" in said(entry(upstream.path))


def test_a_full_disk_is_said(upstream: Upstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    upstream.commit({"doc/a.md": BODY}, tag="v1.0")

    def full(*_arguments: Any, **_options: Any) -> Any:
        raise OSError(errno.ENOSPC, "No space left on device")

    located = GitSource(entry(upstream.path)).locate("1.0")
    monkeypatch.setattr(_selection.pathlib.Path, "open", full)
    with pytest.raises(DataError, match=r"There is no space left in .*/out for the documentation of acme; free some"):
        fetch(entry(upstream.path), located, tmp_path / "out")


def test_a_server_that_says_nothing_ends_in_time(upstream: Upstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    silent = tmp_path / "ssh"
    silent.write_text("#!/bin/sh\nsleep 60\n")
    silent.chmod(0o755)
    monkeypatch.setenv("GIT_SSH_COMMAND", str(silent))
    source = GitSource(entry("git@git.example:acme/acme.git"))
    source._list_seconds = 0.5
    started = time.monotonic()
    with pytest.raises(ServiceError, match=r"^git@git\.example:acme/acme\.git did not send the documentation of acme within 0 seconds"):
        source.locate("1.0")
    assert time.monotonic() - started < 10
