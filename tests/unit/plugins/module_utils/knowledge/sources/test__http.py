# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import ConfigError, ServiceError
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.sources import _connections
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.sources._connections import AddressRefusedError, check_literal, is_public
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.sources._http import Limits, PoliteSession
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from misbehaving_site import Answer, Clock, Site

HERE = Limits(rate=1000.0, allow_private_addresses=True)
PUBLIC = Limits(rate=1000.0)
RESOLVE = socket.getaddrinfo


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def site() -> Iterator[Site]:
    found = Site()
    found.pages["/a"] = Answer(b"text", headers={"Content-Type": "text/plain"})
    yield found
    found.close()


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("64:ff9b::5db8:d822", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("192.168.0.1", False),
        ("100.100.100.200", False),
        ("169.254.169.254", False),
        ("168.63.129.16", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1", False),
        ("fd00:ec2::254", False),
        ("::ffff:127.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
    ],
)
def test_addresses_that_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "2130706433", "0x7f.1", "localhost", "[::ffff:10.0.0.1]"])
def test_addresses_behind_a_proxy_that_are_refused_as_they_are_written(host: str) -> None:
    with pytest.raises(AddressRefusedError):
        check_literal(host)
    check_literal("docs.example.org")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433"])
def test_private_addresses_are_refused_before_anything_is_sent(site: Site, host: str) -> None:
    reply = PoliteSession().get(f"http://{host}:{site.port}/a", PUBLIC)
    assert "is refused" in reply.problem
    assert not reply.transient
    assert not site.requests


def test_a_name_is_refused_when_one_of_its_addresses_is_private_also_after_a_redirect(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    names = {"mixed.example": ["93.184.216.34", "127.0.0.1"], "public.example": ["127.0.0.1"]}
    monkeypatch.setattr(socket, "getaddrinfo", resolver(names))
    assert "mixed.example (127.0.0.1)" in PoliteSession().get(f"http://mixed.example:{site.port}/a", PUBLIC).problem
    # As if this machine were public.
    monkeypatch.setattr(_connections, "is_public", lambda address: address == "127.0.0.1")
    site.pages["/to-private"] = Answer(b"", 302, {"Location": "http://10.0.0.1/"})
    assert "10.0.0.1 is not an address" in PoliteSession().get(f"http://public.example:{site.port}/to-private", PUBLIC).problem


def test_the_connection_goes_to_the_address_that_was_checked(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def rebinding(host: Any, *args: Any, **options: Any) -> Any:
        asked.append(host)
        # Public when it is checked, private the next moment.
        return resolver({"rebinding.example": ["127.0.0.1" if asked.count("rebinding.example") == 1 else "10.0.0.1"]})(host, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    monkeypatch.setattr(_connections, "is_public", lambda address: address == "127.0.0.1")
    assert PoliteSession().get(f"http://rebinding.example:{site.port}/a", PUBLIC).body == b"text"
    assert asked.count("rebinding.example") == 1
    assert site.requests[0].headers["Host"] == f"rebinding.example:{site.port}"


def resolver(names: dict[str, list[str]]) -> Any:
    def resolve(host: Any, port: Any, *args: Any, **options: Any) -> Any:
        return [entry for address in names.get(host, [host]) for entry in RESOLVE(address, port, *args, **options)]

    return resolve


def test_threads_share_the_rate_of_a_host(site: Site) -> None:
    session = PoliteSession()
    threads = [threading.Thread(target=session.get, args=(f"{site.url}/a", Limits(rate=20.0, allow_private_addresses=True))) for _number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    times = sorted(request.at for request in site.requests)
    assert times[-1] - times[0] >= 5 / 20 - 0.02


def test_a_host_that_fails_again_and_again_is_left_alone(site: Site) -> None:
    clock = Clock()
    session = PoliteSession(clock=clock, sleep=clock.sleep)
    site.pages["/down"] = Answer(b"", 502)
    for _number in range(4):
        assert session.get(f"{site.url}/down", HERE).transient
    assert session.get(f"{site.url}/a", HERE).body == b"text"
    for _number in range(4):
        session.get(f"{site.url}/down", HERE)
    with pytest.raises(ServiceError, match="failed 5 times in a row") as raised:
        session.get(f"{site.url}/down", HERE)
    assert raised.value.status == 502
    site.close()
    assert "cannot be reached (Connection refused)" in PoliteSession(clock=clock, sleep=clock.sleep).get(f"{site.url}/a", HERE).problem


@pytest.mark.parametrize("by_environment", [True, False])
def test_a_proxy_is_asked_instead_of_the_host(site: Site, monkeypatch: pytest.MonkeyPatch, by_environment: bool) -> None:
    if by_environment:
        monkeypatch.setenv("HTTP_PROXY", site.url)
    session = PoliteSession(proxy=None if by_environment else site.url)
    site.pages["http://docs.invalid/a"] = Answer(b"by proxy")
    # The proxy is on a private address, and resolves the names itself.
    assert session.get("http://docs.invalid/a", PUBLIC).body == b"by proxy"
    assert "is refused" in session.get("http://169.254.169.254/a", PUBLIC).problem
    assert len(site.requests) == 1
    clock = Clock()
    gone = PoliteSession(proxy="http://user:secret@127.0.0.1:9", clock=clock, sleep=clock.sleep).get("http://docs.invalid/a", PUBLIC)
    assert "the proxy is not there" in gone.problem
    assert "secret" not in str(gone)


def test_a_ca_bundle_is_what_is_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = self_signed(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    secure = Site(context=context)
    secure.pages["/a"] = Answer(b"secret")
    try:
        assert "certificate" in PoliteSession().get(f"{secure.url}/a", HERE).problem
        assert PoliteSession(ca_bundle=certificate).get(f"{secure.url}/a", HERE).body == b"secret"
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert PoliteSession().get(f"{secure.url}/a", HERE).body == b"secret"
    finally:
        secure.close()
    with pytest.raises(ConfigError, match="does not exist"):
        PoliteSession(ca_bundle=tmp_path / "none.pem")


def self_signed(directory: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "documentation")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now - datetime.timedelta(1), now + datetime.timedelta(1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = directory / "certificate.pem"
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return path


def test_no_passwords_of_the_users_files_are_sent(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login somebody password secret\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    PoliteSession().get(f"{site.url}/a", HERE)
    assert "Authorization" not in site.requests[0].headers
