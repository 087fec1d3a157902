# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import ConfigError, ServiceError
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients import _http_pool
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._http_pool import PooledEndpoint

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 4\r\n\r\ntrue"


@contextlib.contextmanager
def listener(answers_a_connection: int) -> Iterator[tuple[str, list[int]]]:
    """A service that closes each connection after so many answers; yields its address and the requests of each connection."""
    served: list[int] = []

    def run() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _address = server.accept()
                served.append(0)
                with connection:
                    while served[-1] < answers_a_connection and connection.recv(65536):
                        served[-1] += 1
                        connection.sendall(ANSWER)

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=run, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", served
        server.shutdown(socket.SHUT_RDWR)


def endpoint(url: str, **options: Any) -> PooledEndpoint:
    return PooledEndpoint(url, name="Chroma", option="chroma_url", **options)


def test_a_connection_serves_many_requests_and_one_that_was_closed_is_replaced() -> None:
    with listener(3) as (url, served):
        service = endpoint(url)
        for _number in range(7):
            assert service.call("GET", "/x", timeout=5) == (200, True)
    assert served == [3, 3, 1]


def test_a_service_that_hangs_is_not_waited_for_again_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_http_pool, "_PAUSE_SECONDS", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        service = endpoint(f"http://127.0.0.1:{silent.getsockname()[1]}")
        said = r"^Chroma at http://127\.0\.0\.1:\d+ did not answer within 1 seconds; check chroma_url and that the service runs\.$"
        with pytest.raises(ServiceError, match=said):
            service.call("GET", "/x", timeout=0.8)
        started = time.monotonic()
        with pytest.raises(ServiceError, match=said):
            service.call("GET", "/x", timeout=0.8)
        assert time.monotonic() - started < 0.1
        time.sleep(1.0)
        with pytest.raises(ServiceError, match=said):
            service.call("GET", "/x", timeout=0.8)
        assert time.monotonic() - started > 1.5, "after the pause it is asked again"


def test_indexing_neither_heeds_nor_starts_nor_ends_a_pause(serve: Callable[..., Any], reply: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_http_pool, "_LONGEST_IN_A_QUESTION", 0.7)
    slow = reply({}, delay=1.5)
    service = endpoint(serve({"GET /slow": slow, "GET /quick": reply({})}).url)
    with pytest.raises(ServiceError, match="did not answer"):
        service.call("GET", "/slow", timeout=0.8)
    assert service.call("GET", "/quick", timeout=0.6) == (200, {})
    with pytest.raises(ServiceError, match="did not answer"):
        service.call("GET", "/slow", timeout=0.6)
    with pytest.raises(ServiceError, match="did not answer"):
        service.call("GET", "/quick", timeout=0.6)
    assert service.call("GET", "/quick", timeout=5) == (200, {})
    with pytest.raises(ServiceError, match="did not answer"):
        service.call("GET", "/quick", timeout=0.6)


def test_another_service_is_one_sentence(serve: Callable[..., Any], reply: Any) -> None:
    url = serve({"GET /key": reply({"error": {"message": "no"}}, 401)}).url
    with pytest.raises(ServiceError, match=r"answered with status 404 and no JSON; check that chroma_url is the address of the right service\.$"):
        endpoint(url).call("GET", "/x", timeout=5)
    with pytest.raises(ServiceError, match=r"refused the API key \(status 401\); set some_key to a key that it accepts\.$") as caught:
        endpoint(url, api_key="k", key_option="some_key").call("GET", "/key", timeout=5)
    assert caught.value.status == 401
    with pytest.raises(ConfigError, match=r"^some_key holds characters that an HTTP header cannot carry"):
        endpoint(url, api_key="ключ", key_option="some_key")
