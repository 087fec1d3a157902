# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import ConfigError, ServiceError
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients import _http
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._http import Endpoint


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://llm.example.com:8080/", "http://llm.example.com:8080"),
        ("https://user:s3cret@llm.example.com/v1/", "https://llm.example.com/v1"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("unix:/run/x.sock", "unix:/run/x.sock"),
    ],
)
def test_an_address_is_shown_without_its_credentials(url: str, shown: str) -> None:
    assert Endpoint(url).shown == shown


@pytest.mark.parametrize("url", ["htps://user:s3cret@host", "user:s3cret@host:8080", "http://user:s3cret@host:port", "http://user:s3cret@[::1", "", "http://"])
def test_what_is_no_address_is_refused_without_showing_credentials(url: str) -> None:
    with pytest.raises(ConfigError, match="is not an address of a service") as caught:
        Endpoint(url)
    assert "s3cret" not in caught.value.message


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        (b"<html>It works!</html>", 200, "answered with status 200 and no JSON object; check that the address is that of the right service."),
        (b"[1]", 200, "answered with status 200 and no JSON object"),
        (b"Bad Gateway", 502, "answered with status 502 and no JSON object"),
    ],
)
def test_an_answer_that_is_no_json_object_is_an_error(serve: Callable[..., Any], reply: Any, body: bytes, status: int, message: str) -> None:
    with pytest.raises(ServiceError, match=message) as caught:
        Endpoint(serve({"GET /x": reply(body, status)}).url).request("GET", "/x", timeout=5)
    assert caught.value.status == status


def test_a_service_that_is_slow_or_away_is_an_error_with_its_address(serve: Callable[..., Any], reply: Any) -> None:
    slow = serve({"GET /x": reply({}, delay=1)})
    with pytest.raises(ServiceError, match=f"{slow.url} did not answer within 0 seconds"):
        Endpoint(slow.url).request("GET", "/x", timeout=0.1)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(ServiceError, match=rf"{url} cannot be reached \(.*refused\); check the address"):
            Endpoint(url).request("GET", "/x", timeout=5)


def test_a_machine_that_swallows_connections_is_not_waited_for_as_long_as_an_answer(
    serve: Callable[..., Any], reply: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_http, "CONNECT_SECONDS", 0.2)
    with socket.socket() as full, contextlib.ExitStack() as waiting:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _connection in range(3):
            other = waiting.enter_context(socket.socket())
            other.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                other.connect(full.getsockname())
        with pytest.raises(ServiceError, match=r"cannot be reached \(no connection within 0 seconds\); check the address"):
            Endpoint(f"http://127.0.0.1:{full.getsockname()[1]}").request("GET", "/x", timeout=60)
    assert Endpoint(serve({"GET /x": reply({}, delay=0.5)}).url).request("GET", "/x", timeout=60) == (200, {})


def test_the_authorities_to_trust_are_read_once() -> None:
    endpoint = Endpoint("https://llm.example.com")
    assert endpoint._context() is endpoint._context()


def test_an_empty_answer_is_an_empty_object_and_text_that_is_no_unicode_is_sent_all_the_same(serve: Callable[..., Any], reply: Any) -> None:
    service = serve({"POST /x": reply(b"", 204)})
    assert Endpoint(service.url).request("POST", "/x", {"question": "диск \udcff"}, timeout=5) == (204, {})
    assert service.requests[0][1] == {"question": "диск ?"}


def test_a_socket_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ServiceError, match="cannot be reached"):
        Endpoint(f"unix:{tmp_path}/none.sock").request("GET", "/x", timeout=5)
