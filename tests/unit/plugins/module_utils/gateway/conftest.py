# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server that answers each connection with the bytes it is told to, over TCP, TLS or a unix socket, and an authority for its certificates."""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import json
import socket
import ssl
import threading
import time
import typing as t
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Union

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

Script = Union[bytes, Callable[[socket.socket], None]]  # noqa: UP007 - evaluated here


@pytest.fixture
def answer() -> Callable[..., bytes]:
    """Make answers."""
    return http_answer


def http_answer(status: int, body: object = b"", **headers: str) -> bytes:
    """A whole answer; what is no bytes is sent as JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(raw)}", *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + raw


class Scripted:
    """Each connection gets the next answer; the last one is repeated. ``requests`` are (head, body)."""

    def __init__(self, *script: Script, context: ssl.SSLContext | None = None, path: Path | None = None) -> None:
        self.requests: list[tuple[str, bytes]] = []
        self._script = list(script)
        self._context = context
        self._listener = socket.socket(socket.AF_INET if path is None else socket.AF_UNIX)
        self._listener.bind(("127.0.0.1", 0) if path is None else str(path))
        self._listener.listen(64)
        scheme = "http" if context is None else "https"
        self.url = f"unix:{path}" if path else f"{scheme}://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _address = self._listener.accept()
                threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), contextlib.ExitStack() as opened:
            opened.enter_context(connection)
            connection.settimeout(5)
            if self._context:
                connection = opened.enter_context(self._context.wrap_socket(connection, server_side=True))
            stream = opened.enter_context(connection.makefile("rb"))
            head = self._head(stream)
            length = next((int(line.partition(":")[2]) for line in head.splitlines() if line.lower().startswith("content-length:")), 0)
            self.requests.append((head, stream.read(length)))
            answer = self._script.pop(0) if len(self._script) > 1 else self._script[0]
            if callable(answer):
                answer(connection)
            else:
                connection.sendall(answer)

    @staticmethod
    def _head(stream: t.BinaryIO) -> str:
        lines = []
        while line := stream.readline().decode("latin-1").rstrip("\r\n"):
            lines.append(line)
        return "\n".join(lines)

    def bodies(self) -> list[dict[str, Any]]:
        """What was sent, decoded."""
        return [json.loads(body) for _head, body in self.requests]

    def close(self) -> None:
        """Listen no longer."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@pytest.fixture
def scripted() -> Iterator[Callable[..., Scripted]]:
    """Make such servers."""
    made: list[Scripted] = []

    def make(*script: Script, **options: Any) -> Scripted:
        made.append(Scripted(*script, **options))
        return made[-1]

    yield make
    for server in made:
        server.close()


class Authority:
    """An authority of one's own; ``bundle`` is the file with its certificate."""

    def __init__(self, directory: Path, name: str) -> None:
        self._directory = directory
        self._name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        self._key = ec.generate_private_key(ec.SECP256R1())
        own = self._certificate(self._name, self._key, days=1).add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        self.bundle = str(directory / f"{name}.pem")
        Path(self.bundle).write_bytes(own.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))

    def _certificate(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, *, days: int) -> x509.CertificateBuilder:
        now = datetime.datetime.now(datetime.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=2))
            .not_valid_after(now + datetime.timedelta(days=days))
        )

    def pair(self, *, name: str = "127.0.0.1", days: int = 1) -> Path:
        """A file with a key and a server's certificate, which is for ``name`` and valid for so many more days."""
        key = ec.generate_private_key(ec.SECP256R1())
        is_address = name[0].isdigit()
        names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(name)) if is_address else x509.DNSName(name)])
        certificate = self._certificate(x509.Name([]), key, days=days).add_extension(names, critical=True).sign(self._key, hashes.SHA256())
        file = self._directory / f"{time.monotonic_ns()}.pem"
        private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
        return file

    def context(self, *, name: str = "127.0.0.1", days: int = 1) -> ssl.SSLContext:
        """TLS of a server with such a certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.pair(name=name, days=days))
        return context


@pytest.fixture
def make_authority(tmp_path: Path) -> Callable[[str], Authority]:
    """Make authorities by name."""
    return lambda name: Authority(tmp_path, name)
