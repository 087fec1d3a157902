# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fetch one large file: what was received is kept over failures and the rest asked for; it appears in its place only when whole and right.

`fetch_model.py URL FILE [--sha256 HEX] [--size BYTES]` prints `fetched` or `present`, or says in one sentence why not and ends with 1.
Standard library of Python 3.9 only; run by the role on the hosts. Proxies come from the environment.
"""

from __future__ import annotations

import argparse
import hashlib
import http.client
import os
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

CHUNK = 1 << 20
TRIES = 8  # in a row without a single new byte
PAUSE = 2.0  # seconds, doubled at each of them
CONNECTION_TIMEOUT = 60.0


class FetchError(Exception):
    """The file could not be had; the message says why and what to do."""


def fetch(url: str, path: Path, sha256: str, size: int, pause: float = PAUSE) -> str:
    """Bring `url` to `path`; `fetched` or `present`. Without `sha256` a file of the right size, or any where `size` is 0, is taken as present."""
    if is_verified(path, sha256, size):
        return "present"
    partial = path.with_name(f"{path.name}.part")
    failures = 0
    while True:
        had = partial.stat().st_size if partial.exists() else 0
        try:
            receive(url, partial, size)
            break
        except (OSError, http.client.HTTPException) as error:
            failures = 0 if partial.exists() and partial.stat().st_size > had else failures + 1
            code = error.code if isinstance(error, urllib.error.HTTPError) else 0
            if failures >= TRIES or (400 <= code < 500 and code not in {408, 416, 429}):
                raise FetchError(f"{url} cannot be fetched ({error}); what was received stays in {partial}, so that the next run goes on there") from error
            time.sleep(min(pause * 2**failures, 60))
    found = digest(partial)
    if sha256 and found != sha256:
        partial.unlink()
        raise FetchError(f"{url} has sha256 {found} instead of {sha256}: it is another file, or was damaged on its way; it was removed")
    os.chmod(partial, 0o640)
    partial.replace(path)
    remember(path, found)
    return "fetched"


def receive(url: str, partial: Path, size: int) -> None:
    """Append what is missing to `partial`; OSError and HTTPException when the connection breaks."""
    had = partial.stat().st_size if partial.exists() else 0
    if size and had == size:
        return
    if size and had > size:
        partial.unlink()
        had = 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={had}-"} if had else {})  # noqa: S310  # the operator's own URL
    try:
        answer = urllib.request.build_opener().open(request, timeout=CONNECTION_TIMEOUT)
    except urllib.error.HTTPError as error:
        if error.code == 416 and had and not size and error.headers.get("Content-Range") == f"bytes */{had}":
            return  # it was whole already
        if error.code == 416:
            partial.unlink()
        raise
    with answer, partial.open("ab" if answer.status == 206 else "wb") as file:
        start = file.tell()
        expected = start + int(answer.headers.get("Content-Length") or 0)
        if answer.status == 206 and not (answer.headers.get("Content-Range") or "").startswith(f"bytes {start}-"):
            raise http.client.HTTPException("the server sent another part than was asked for")
        while True:
            data = answer.read(CHUNK)
            if not data:
                break
            file.write(data)
    if partial.stat().st_size < max(size, expected):
        raise http.client.HTTPException("the connection ended before the file did")


def is_verified(path: Path, sha256: str, size: int) -> bool:
    """Whether the file is there and right. Gigabytes are not read again at every run: size and time of the last check are kept beside it."""
    if not path.exists() or (size and path.stat().st_size != size):
        return False
    if not sha256:
        return True
    if recalled(path) == sha256:
        return True
    found = digest(path)
    remember(path, found)
    return found == sha256


def digest(path: Path) -> str:
    """The sha256 of a file, in hex."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        for data in iter(lambda: file.read(CHUNK), b""):
            found.update(data)
    return found.hexdigest()


def stamp(path: Path) -> str:
    """What changes when somebody writes to the file."""
    status = path.stat()
    return f"{status.st_size} {status.st_mtime_ns}"


def remember(path: Path, found: str) -> None:
    """Note the checksum of the file as it is now."""
    path.with_name(f"{path.name}.sha256").write_text(f"{found} {stamp(path)}\n", encoding="utf-8")


def recalled(path: Path) -> str:
    """The noted checksum, empty when the file has changed since."""
    try:
        found, noted = path.with_name(f"{path.name}.sha256").read_text(encoding="utf-8").strip().split(" ", 1)
    except (OSError, ValueError):
        return ""
    return found if noted == stamp(path) else ""


def main(arguments: list[str]) -> int:
    """Do as the arguments say."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("url")
    parser.add_argument("path", type=Path)
    parser.add_argument("--sha256", default="")
    parser.add_argument("--size", type=int, default=0)
    options = parser.parse_args(arguments)
    try:
        print(fetch(options.url, options.path, options.sha256.lower(), options.size))
    except FetchError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
