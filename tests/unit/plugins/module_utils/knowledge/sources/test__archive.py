# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Archives made here, from a disk and from a web server."""

from __future__ import annotations

import gzip
import hashlib
import http.server
import io
import os
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import ConfigError, DataError, ServiceError
from ansible_collections.infra_llm.assistant.plugins.module_utils.catalogue._product import ArchiveSettings, Product
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._product_versions import VersionMatch
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.sources import _archive, _archive_files
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.sources._archive import ArchiveSource
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.sources._source import Earlier, Fetched

BODY = "# Title\n\nA page with quite enough words in it.\n"
FILES = {"acme-1.2.3/doc/intro.md": BODY, "acme-1.2.3/doc/logo.png": "png", "acme-1.2.3/src/main.c": "int main;", "acme-1.2.3/README.md": BODY}


def tar(path: Path, files: dict[str, str] | None = None, extra: tuple[tarfile.TarInfo, ...] = ()) -> Path:
    with tarfile.open(path, f"w:{path.suffix[1:]}") as archive:  # type: ignore[call-overload]
        for name, content in (FILES if files is None else files).items():
            member = tarfile.TarInfo(name)
            member.size = len(content.encode())
            archive.addfile(member, io.BytesIO(content.encode()))
        for member in extra:
            archive.addfile(member)
    return path


def special(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member


def entry(url: Path | str, **settings: Any) -> Product:
    scheme = settings.pop("versions", "minor")
    return Product("acme", versions=scheme, license="MIT", archive=ArchiveSettings(**{"url": str(url), "paths": ("doc",), "root": "doc", **settings}))


def bring(product: Product, directory: Path, *, deployed: str = "1.2.3", earlier: Earlier | None = None) -> Fetched:
    directory.mkdir(exist_ok=True)
    source = ArchiveSource(product, requests.Session())
    return source.fetch(source.locate(deployed), directory, earlier, lambda done, known: None)


def files_below(directory: Path) -> dict[str, str]:
    return {file.relative_to(directory).as_posix(): file.read_text() for file in sorted(directory.rglob("*")) if file.is_file()}


class _Server(http.server.ThreadingHTTPServer):
    """Serves the files of ``root``; ``seen`` are the requests, ``refused`` the methods that it does not know, ``cut`` how much of a body is not sent."""

    root: Path
    seen: list[tuple[str, str]]
    refused: tuple[str, ...] = ()
    cut = 0

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_port}"


class _Handler(http.server.BaseHTTPRequestHandler):
    server: _Server

    def log_message(self, *arguments: Any) -> None:
        pass

    def do_GET(self) -> None:
        self.server.seen.append((self.command, self.path))
        file = self.server.root / self.path.partition("?")[0].lstrip("/")
        if self.command in self.server.refused or not file.is_file():
            self.send_error(405 if self.command in self.server.refused else 404)
            return
        tag = f'"{file.stat().st_mtime_ns}"'
        self.send_response(304 if self.headers.get("If-None-Match") == tag else 200)
        self.send_header("ETag", tag)
        self.send_header("Content-Length", str(file.stat().st_size))
        self.end_headers()
        if self.command == "GET" and self.headers.get("If-None-Match") != tag:
            data = file.read_bytes()
            self.wfile.write(data[: len(data) - self.server.cut])

    do_HEAD = do_GET  # noqa: N815


@pytest.fixture
def server(tmp_path: Path) -> Iterator[_Server]:
    server = _Server(("127.0.0.1", 0), _Handler)
    server.root, server.seen = tmp_path / "www", []
    server.root.mkdir()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("suffix", ["tar.gz", "tar.xz", "tar.bz2", "zip"])
def test_a_local_archive(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"acme-1.2.3.{suffix}"
    if suffix == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in FILES.items():
                archive.writestr(name, content)
    else:
        tar(path)
    out = tmp_path / "out"
    out.mkdir()
    (out / "stale.md").write_text("of an interrupted attempt")
    product = entry(tmp_path / ("acme-{version}." + suffix), page_url="https://acme.example/{minor}/{page}.html")
    located = ArchiveSource(product, requests.Session()).locate("1:1.2.3-4")
    fetched = bring(product, out, deployed="1:1.2.3-4")
    assert located.match == VersionMatch("1:1.2.3-4", "1.2.3", "exact")
    assert located.revision == fetched.revision == hashlib.sha256(path.read_bytes()).hexdigest()
    assert files_below(out) == {"intro.md": BODY}
    assert fetched.files["intro.md"].url == "https://acme.example/1.2/intro.html"
    assert (fetched.skipped, fetched.files["intro.md"].license) == ([], "MIT")
    assert bring(entry(f"file://{path}", versions="unversioned"), tmp_path / "other").files["intro.md"].url == f"file://{path}#doc/intro.md"


def test_a_download_is_one_request_and_leaves_no_trace(server: _Server, tmp_path: Path) -> None:
    tar(server.root / "acme-1.2.tar.gz")
    out = tmp_path / "out"
    out.mkdir()
    (out / ".archive-old").write_text("half of a download")
    product = entry(f"http://reader:s3cret@{server.address}/acme-{{version}}.tar.gz?token=t0p")
    fetched = bring(product, out)
    assert server.seen == [("HEAD", "/acme-1.2.tar.gz?token=t0p"), ("GET", "/acme-1.2.tar.gz?token=t0p")]
    assert os.listdir(out) == ["intro.md"]
    assert fetched.files["intro.md"].url == f"http://{server.address}/acme-1.2.tar.gz#doc/intro.md"


def test_the_scheme_then_the_version_itself(server: _Server) -> None:
    tar(server.root / "acme-1.2.3.tar.gz")
    server.refused = ("HEAD",)
    source = ArchiveSource(entry(f"http://{server.address}/acme-{{version}}.tar.gz"), requests.Session())
    assert source.locate("1.2.3").match == VersionMatch("1.2.3", "1.2.3", "exact")
    with pytest.raises(DataError, match=r"^There is no archive of acme at http://.*/acme-1\.3\.tar\.gz or http://.*/acme-1\.3\.1\.tar\.gz; correct"):
        source.locate("1.3.1")
    with pytest.raises(DataError, match="the newest cannot be known"):
        source.locate(None)


def test_an_unchanged_archive_is_not_sent_again(server: _Server, tmp_path: Path) -> None:
    file = tar(server.root / "acme-1.2.tar.gz")
    product = entry(f"http://{server.address}/acme-{{minor}}.tar.gz")
    first = bring(product, tmp_path / "first")
    server.cut = file.stat().st_size  # whoever asks for the body gets none
    earlier = Earlier(first, tmp_path / "first")
    assert bring(product, tmp_path / "second", earlier=earlier) == first
    assert files_below(tmp_path / "second") == files_below(tmp_path / "first")
    (tmp_path / "first" / "intro.md").write_text("not what was fetched")
    with pytest.raises(ServiceError, match="cannot be fetched"):
        bring(product, tmp_path / "third", earlier=earlier)


def test_nothing_leaves_the_directory(tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text("secret")
    names = {"../up.md": BODY, "/etc/doc/abs.md": BODY, "top/doc/../../../up.md": BODY, "top/doc/a.md": BODY, "top/doc/b.md": BODY}
    extra = (
        special("top/doc/link.md", tarfile.SYMTYPE, "../../../secret.md"),
        special("top/doc/absolute.md", tarfile.SYMTYPE, str(tmp_path / "secret.md")),
        special("top/doc/inside.md", tarfile.SYMTYPE, "../README.md"),
        special("top/doc/hard.md", tarfile.LNKTYPE, "top/doc/a.md"),
        special("top/doc/device.md", tarfile.CHRTYPE),
        special("top/doc/fifo.md", tarfile.FIFOTYPE),
    )
    path = tar(tmp_path / "x.tar.gz", {**names, "top/README.md": BODY}, extra)
    fetched = bring(entry(path), tmp_path / "out")
    assert files_below(tmp_path / "out") == dict.fromkeys(("a.md", "b.md", "inside.md"), BODY)
    assert dict(fetched.skipped) == {
        "doc/../../../up.md": "the name leads out of the tree",
        "doc/absolute.md": "the link leads out of the tree",
        "doc/device.md": "not a regular file",
        "doc/fifo.md": "not a regular file",
        "doc/hard.md": "another name of a file (a hard link)",
        "doc/link.md": "the link leads out of the tree",
    }
    everything = bring(entry(path, paths=("",), root=""), tmp_path / "all")
    assert {"../up.md", "/etc/doc/abs.md"} <= {name for name, _reason in everything.skipped}
    with zipfile.ZipFile(tmp_path / "slip.zip", "w") as archive:
        archive.writestr("top/doc/a.md", BODY)
        archive.writestr("top/doc/../../../../slip.md", BODY)
    assert list(bring(entry(tmp_path / "slip.zip"), tmp_path / "slip").files) == ["a.md"]
    assert not {"up.md", "slip.md"} & {file.name for file in [*tmp_path.iterdir(), *tmp_path.parent.iterdir()]}


def test_an_archive_without_one_directory_at_the_top(tmp_path: Path) -> None:
    fetched = bring(entry(tar(tmp_path / "x.tar.gz", {"./doc/a.md": BODY, "./other/b.md": BODY})), tmp_path / "out")
    assert list(fetched.files) == ["a.md"]


def test_damaged_archives_are_said_to_be(server: _Server, tmp_path: Path) -> None:
    whole = tar(tmp_path / "whole.tar.gz", {f"top/doc/{number}.md": f"{BODY}{os.urandom(200).hex()}" for number in range(200)}).read_bytes()
    plain = bytearray(gzip.decompress(whole))
    plain[10 * 1024 : 10 * 1024 + 512] = b"x" * 512  # a header, which tarfile takes for the end
    damaged = {
        "truncated.tar.gz": whole[: len(whole) // 2],
        "flipped.tar.gz": whole[:-8] + b"\0\0\0\0" + whole[-4:],
        "header.tar.gz": gzip.compress(bytes(plain))[:-8] + b"12345678",
        "cut.zip": b"PK\x03\x04" + whole[:1000],
    }
    for name, data in damaged.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(DataError, match=rf"^{tmp_path}/{name} is damaged or not whole \([^\n]*\); get it again\.$"):
            bring(entry(tmp_path / name), tmp_path / "out")
    (tmp_path / "login.tar.gz").write_text("<!DOCTYPE html><title>Log in</title>")
    with pytest.raises(DataError, match=r"is no \.tar\.gz, \.tar\.xz, \.tar\.bz2 or \.zip archive"):
        bring(entry(tmp_path / "login.tar.gz"), tmp_path / "out")
    (server.root / "x.tar.gz").write_bytes(whole)
    server.cut = 100
    with pytest.raises(ServiceError, match=r"x\.tar\.gz cannot be fetched \("):
        bring(entry(f"http://{server.address}/x.tar.gz"), tmp_path / "out")
    assert files_below(tmp_path / "out") == {}


def test_too_large_archives_are_refused(server: _Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = tar(tmp_path / "bomb.tar.gz", {"top/doc/a.md": BODY, "top/bomb": "0" * 3_000_000, "top/doc/b.md": BODY})
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("top/doc/a.md", "0" * 3_000_000)
    many = tar(tmp_path / "many.tar.gz", {f"top/doc/{number}.md": BODY for number in range(60)})
    (server.root / "big.tar.gz").write_bytes(os.urandom(600_000))
    monkeypatch.setattr(_archive_files, "MAX_EXPANDED", 2**20)
    monkeypatch.setattr(_archive_files, "MAX_MEMBERS", 50)
    monkeypatch.setattr(_archive, "MAX_ARCHIVE_BYTES", 500_000)
    for address, reason in {bomb: "expands to more than", tmp_path / "bomb.zip": "expands to more than", many: "more than 50 files"}.items():
        with pytest.raises(DataError, match=reason):
            bring(entry(address), tmp_path / "out")
    with pytest.raises(DataError, match="MiB that an archive may have"):
        bring(entry(f"http://{server.address}/big.tar.gz"), tmp_path / "out")
    assert os.listdir(tmp_path / "out") == []


def test_a_server_that_cannot_be_reached(server: _Server) -> None:
    def said(url: str) -> str:
        with pytest.raises((ServiceError, ConfigError)) as raised:
            ArchiveSource(entry(url), requests.Session()).locate("1.2.3")
        assert not any(secret in raised.value.message for secret in ("s3cret", "t0p"))
        return raised.value.message

    assert said("http://reader:s3cret@127.0.0.1:9/x-{version}.zip?token=t0p").startswith("http://127.0.0.1:9/x-1.2.zip cannot be fetched (Connection refused);")
    assert "is not the address of an archive" in said("ftp://reader:s3cret@127.0.0.1/x.zip")
