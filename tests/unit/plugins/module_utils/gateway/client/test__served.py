# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import ConfigError, DataError, InfraLlmError, ServiceError
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients import _http
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway.client import _served
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway.client._address import GatewayAddress
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway.client._client import open_gateway
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway.client._served import ServedGateway

TOKEN = "tok-1234567890"
QUESTION = {"query": "why?", "timeout": 20}
Make = Callable[..., Any]


def pause(seconds: float) -> None:
    """Wait, also where time.sleep() does not."""
    threading.Event().wait(seconds)


def served(url: str, token: str | None = TOKEN, ca_bundle: str | None = None) -> ServedGateway:
    return ServedGateway(GatewayAddress(url, token, ca_bundle))


def refusal(url: str, token: str | None = TOKEN, ca_bundle: str | None = None, timeout: float = 5) -> str:
    """The sentence with which a question fails."""
    with pytest.raises(InfraLlmError) as caught:
        served(url, token, ca_bundle).ask(QUESTION, timeout=timeout)
    message = caught.value.message
    assert "\n" not in message
    assert message.endswith(".")
    assert TOKEN not in message
    return message


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Pauses are noted and not made, and have no chance in them."""
    noted: list[float] = []
    monkeypatch.setattr(_served.time, "sleep", noted.append)
    monkeypatch.setattr(_served.random, "uniform", lambda _low, high: 0.0)
    return noted


def reset(connection: socket.socket) -> None:
    """Break the connection off so that the other side notices."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def after_a_byte(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 2")
    pause(0.1)
    reset(connection)


def silent(_connection: socket.socket) -> None:
    pause(4)


# --- the request ------------------------------------------------------------------------------------------------------


def test_one_request_a_question_with_the_token_as_bearer(scripted: Make, answer: Make) -> None:
    server = scripted(answer(200, {"answer": "Because."}))
    gateway = open_gateway(GatewayAddress(server.url + "/prefix/", f" {TOKEN}\n"))
    assert gateway.ask(QUESTION, timeout=5) == {"answer": "Because."}
    ((head, _body),) = server.requests
    assert head.startswith("POST /prefix/query HTTP/1.1\n")
    assert f"\nAuthorization: Bearer {TOKEN}" in head
    assert server.bodies()[0]["query"] == "why?"


def test_a_job_that_failed_is_no_failed_request(scripted: Make, answer: Make) -> None:
    job = {"id": "1", "state": "failed", "lines": ["Fetching."], "error": "1 of 2 steps failed."}
    assert served(scripted(answer(200, job)).url).request("GET", "/jobs/1", timeout=5) == job


def test_a_unix_socket_needs_no_token(scripted: Make, answer: Make, tmp_path: Path) -> None:
    server = scripted(answer(200, {"status": "ok"}), path=tmp_path / "gateway.sock")
    assert served(server.url, None).status() == {"status": "ok"}
    assert "Authorization" not in server.requests[0][0]


def test_a_busy_gateway_is_asked_again_as_it_wants_and_is_given_what_is_left_of_the_time(
    scripted: Make, answer: Make, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = scripted(answer(429, {"error": "Busy."}, Retry_After="3"), answer(503), answer(503, Retry_After="soon"), answer(200, {"answer": "x"}))
    clock = time.monotonic
    monkeypatch.setattr(_served.time, "monotonic", lambda: clock() + sum(pauses))
    assert served(server.url).ask(QUESTION, timeout=20)["answer"] == "x"
    assert pauses == [3.0, 0.5, 1.0]
    assert [round(body["timeout"]) for body in server.bodies()] == [20, 17, 16, 15]  # it rounds to even


def test_the_health_of_a_gateway_that_is_unwell_is_an_answer(scripted: Make, answer: Make, pauses: list[float]) -> None:
    unwell = {"status": "unavailable", "dependencies": {"knowledge": {"ok": False, "error": "It cannot be read."}}}
    server = scripted(answer(503, unwell))
    assert served(server.url).status() == unwell
    with pytest.raises(ServiceError, match="answered with status 503 and no reason"):
        served(scripted(answer(503, b"Restarting")).url).status()
    assert (pauses, len(server.requests)) == ([], 1)


def test_a_pause_beyond_the_deadline_is_not_made(scripted: Make, answer: Make, pauses: list[float]) -> None:
    server = scripted(answer(429, {"error": "100 questions wait already."}, Retry_After="30"))
    assert refusal(server.url) == (
        f"The gateway {server.url} takes no more questions now (100 questions wait already); ask again in 30 seconds, or raise 'timeout'."
    )
    assert (pauses, len(server.requests)) == ([], 1)


def test_a_gateway_that_is_being_restarted_is_waited_for_but_not_for_long(
    scripted: Make, answer: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_served, "_FIRST_PAUSE", 0.01)
    monkeypatch.setattr(_served, "_RESTART_SECONDS", 0.3)
    server = scripted(answer(200, {}))
    server.close()
    started = time.monotonic()
    assert refusal(server.url) == f"Nothing listens at {server.url}; check gateway_url, and that the service infra-llm-gateway runs there."
    assert 0.1 < time.monotonic() - started < 3
    socket_path = tmp_path / "gateway.sock"
    assert refusal(f"unix:{socket_path}") == (
        f"There is no gateway at unix:{socket_path}; check gateway_url, and that the service infra-llm-gateway runs on this machine."
    )
    monkeypatch.setattr(_served, "_RESTART_SECONDS", 5)
    starting = threading.Timer(0.3, lambda: scripted(answer(200, {"answer": "x"}), path=socket_path))
    starting.start()
    assert served(f"unix:{socket_path}", None).ask(QUESTION, timeout=5) == {"answer": "x"}
    starting.join()


@pytest.mark.parametrize("lost", [reset, lambda connection: None])
def test_a_question_that_nobody_answered_is_sent_again_a_few_times(scripted: Make, answer: Make, pauses: list[float], lost: Any) -> None:
    assert served(scripted(lost, lost, answer(200, {"answer": "x"})).url).ask(QUESTION, timeout=5)["answer"] == "x"
    server = scripted(lost)
    assert refusal(server.url).startswith(f"The gateway {server.url} closed the connection without an answer; look whether it runs and into its log")
    assert len(server.requests) == 3


@pytest.mark.parametrize("begun", [after_a_byte, b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"answer"', b"HTTP/1.1 200 OK\r\n\r\n{"])
def test_a_question_whose_answer_had_begun_is_not_sent_again(scripted: Make, pauses: list[float], begun: Any) -> None:
    server = scripted(begun)
    told = refusal(server.url)
    assert "ended while it was answering; ask again" in told or "no JSON object" in told
    assert (len(server.requests), pauses) == (1, [])


def test_what_changes_something_is_not_sent_again_when_its_answer_is_lost(scripted: Make, pauses: list[float]) -> None:
    server = scripted(reset)
    with pytest.raises(ServiceError, match="closed the connection without an answer"):
        served(server.url).request("POST", "/update-knowledge", {}, timeout=5)
    assert len(server.requests) == 1


def test_the_time_of_a_question_is_kept(scripted: Make, answer: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_served, "_GRACE_SECONDS", 0.2)
    server = scripted(silent)
    started = time.monotonic()
    told = f"The gateway {server.url} did not answer within 1 seconds; look at its load, or give a question more 'timeout'."
    assert refusal(server.url, timeout=1) == told
    assert 1 < time.monotonic() - started < 2.5
    assert len(server.requests) == 1


# --- a streamed answer ------------------------------------------------------------------------------------------------


def events(*parts: str) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n\r\n" + "".join(parts).encode()


def test_a_streamed_answer_is_shown_piece_by_piece(scripted: Make) -> None:
    pieces: list[str] = []
    server = scripted(
        events(
            ": waiting\n\n",
            'data: {"delta": "Пере"}\n\n',
            'data: {"delta": "запустить"}\r\n\r\n',
            'event: result\ndata: {"answer": "Перезапустить",\ndata:  "mode": "llm"}\n\n',
        )
    )
    assert served(server.url).ask(QUESTION, timeout=5, report=pieces.append) == {"answer": "Перезапустить", "mode": "llm"}
    assert pieces == ["Пере", "запустить"]
    assert "Accept: text/event-stream" in server.requests[0][0]


def test_a_stream_may_end_in_an_error_or_break_off_and_is_not_begun_again(scripted: Make, answer: Make) -> None:
    failed = events('data: {"delta": "x"}\n\n', 'event: error\ndata: {"error": "The index is damaged.", "detail": "DataError", "hint": null}\n\n')
    with pytest.raises(DataError, match=r"^The index is damaged\.$"):
        served(scripted(failed).url).ask(QUESTION, timeout=5, report=str)
    server = scripted(events('data: {"delta": "x"}\n\n', 'event: result\ndata: {"answer": "x"}\n'))
    with pytest.raises(ServiceError, match="ended while it was answering"):
        served(server.url).ask(QUESTION, timeout=5, report=str)
    assert len(server.requests) == 1
    with pytest.raises(ConfigError, match=r"^The request's schema is wrong\.$"):
        served(scripted(answer(400, {"error": "The request's schema is wrong.", "detail": "ConfigError"})).url).ask(QUESTION, timeout=5, report=str)


def test_signs_of_life_do_not_lengthen_the_time_of_a_question(scripted: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_served, "_GRACE_SECONDS", 0.1)

    def alive(connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            connection.sendall(events())
            for _beat in range(40):
                connection.sendall(b": working\n\n")
                pause(0.1)

    started = time.monotonic()
    with pytest.raises(ServiceError, match="did not answer within 0 seconds"):
        served(scripted(alive).url).ask(QUESTION, timeout=0.4, report=str)
    assert time.monotonic() - started < 2


# --- what is wrong, in a sentence -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (401, {"error": "Unknown."}, "The gateway URL does not know this gateway_token; set it to one that this gateway has been given."),
        (403, {"error": "This token may only ask."}, "The gateway_token does not allow this at URL (This token may only ask); use one that is not read-only."),
        (404, {"detail": "Not Found"}, "URL has no /query; check that gateway_url is the address of a gateway of this collection's version."),
        (404, b"<html>", "URL has no /query; check that gateway_url is the address of a gateway of this collection's version."),
        (
            200,
            b"<html>It works!",
            "URL answered with status 200 and no JSON object; check that gateway_url is the address of a gateway of this collection's version.",
        ),
        (400, b"<html>", "URL answered with status 400 and no JSON object; check that gateway_url is the address of a gateway of this collection's version."),
        (
            413,
            {"error": "The body is larger than 2 MiB."},
            "The question with its infrastructure is too large for the gateway URL (The body is larger than 2 MiB); "
            "ask about fewer hosts, or raise gateway_body_limit there.",
        ),
        (400, {"error": "mode is wrong.", "detail": "ConfigError"}, "mode is wrong."),
        (500, {"error": "It met an unexpected KeyError."}, "The gateway URL could not answer: It met an unexpected KeyError."),
        (502, b"Bad Gateway", "The gateway URL answered with status 502 and no reason; read its log, and that of what is before it."),
        (302, b"", "URL sends its callers to https://other.example.com; set gateway_url to the address of the gateway itself."),
    ],
)
def test_a_refusal_says_what_to_do(scripted: Make, answer: Make, status: int, body: Any, told: str) -> None:
    server = scripted(answer(status, body, Location="https://u:p@other.example.com/"))
    assert refusal(server.url) == told.replace("URL", server.url)
    assert len(server.requests) == 1


def test_a_missing_token_is_asked_for(scripted: Make, answer: Make) -> None:
    server = scripted(answer(401, {"error": "Unknown."}))
    assert refusal(server.url, None) == f"The gateway {server.url} wants a token; set gateway_token."


def test_an_answer_before_the_whole_question_was_read_is_heard(scripted: Make) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"

        def refuse() -> None:
            connection, _address = listener.accept()
            connection.recv(100)
            connection.sendall(b"HTTP/1.1 413 Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
            connection.shutdown(socket.SHUT_WR)
            pause(0.5)
            connection.close()

        threading.Thread(target=refuse, daemon=True).start()
        with pytest.raises(ServiceError, match="is too large for the gateway"):
            served(url).ask({"query": "x" * 20_000_000}, timeout=5)


def test_what_is_no_gateway_or_is_not_there_is_told_apart(scripted: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    server = scripted(b"SSH-2.0-OpenSSH_9.2\r\n")
    assert refusal(server.url) == f"What listens at {server.url} does not speak HTTP (BadStatusLine); check host, port and scheme of gateway_url."
    for wrong in ("assistant:8090", "ftp://assistant"):
        assert refusal(wrong).startswith(f"gateway_url '{wrong}' is not an address of a service; write it as ")

    def unknown(*_arguments: Any, **_more: Any) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert refusal("http://assistent:8090") == (
        "The host name in gateway_url http://assistent:8090 cannot be resolved (Name or service not known); check its spelling and this machine's DNS."
    )


def test_a_machine_that_swallows_connections_is_not_waited_for_all_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (_http, _served):
        monkeypatch.setattr(module, "CONNECT_SECONDS", 0.2)
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        url = f"http://127.0.0.1:{full.getsockname()[1]}"
        with contextlib.ExitStack() as waiting:
            for _connection in range(3):
                other = waiting.enter_context(socket.socket())
                other.setblocking(False)
                with contextlib.suppress(BlockingIOError):
                    other.connect(full.getsockname())
            assert refusal(url) == f"The gateway {url} did not accept a connection within 0 seconds; check gateway_url, and the firewalls in between."


# --- TLS --------------------------------------------------------------------------------------------------------------


def test_the_certificate_of_an_authority_of_ones_own(scripted: Make, answer: Make, make_authority: Make) -> None:
    authority, other = make_authority("own"), make_authority("other")
    server = scripted(answer(200, {"answer": "x"}), context=authority.context())
    assert served(server.url, ca_bundle=authority.bundle).ask(QUESTION, timeout=5)["answer"] == "x"
    assert refusal(server.url) == (
        f"The certificate of the gateway {server.url} is by no authority that this machine trusts (unable to get local issuer certificate); "
        "set gateway_ca_bundle to the file with the certificate of yours."
    )
    assert f"is by no authority of gateway_ca_bundle {other.bundle} (" in refusal(server.url, ca_bundle=other.bundle)
    expired = scripted(answer(200, {}), context=authority.context(days=-1)).url
    assert refusal(expired, ca_bundle=authority.bundle) == (
        f"The certificate of the gateway {expired} has expired; renew it, and check the clock of this machine."
    )
    for name in ("assistant.example.com", "127.0.0.2"):
        elsewhere = scripted(answer(200, {}), context=authority.context(name=name)).url
        assert refusal(elsewhere, ca_bundle=authority.bundle) == (
            f"The certificate of the gateway {elsewhere} is made for another name; write that name into gateway_url, or make the certificate for this one."
        )


def test_the_wrong_scheme_is_noticed(scripted: Make, answer: Make, make_authority: Make, pauses: list[float]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        plain = f"https://127.0.0.1:{listener.getsockname()[1]}"

        def refuse() -> None:
            connection, _address = listener.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                pause(0.5)

        threading.Thread(target=refuse, daemon=True).start()
        assert refusal(plain).startswith(f"{plain} does not speak TLS (")
    secure = scripted(answer(200, {}), context=make_authority("own").context()).url.replace("https://", "http://")
    # Some servers say a few bytes of TLS before they close.
    assert refusal(secure).endswith(("and write https:// where it listens with TLS.", "check host, port and scheme of gateway_url."))


def test_a_bundle_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").touch()
    for name, reason in (("none.pem", "No such file or directory"), ("empty.pem", "it holds no certificate in PEM form")):
        bundle = f"{tmp_path}/{name}"
        assert refusal("https://127.0.0.1:1", ca_bundle=bundle).startswith(f"The CA bundle {bundle} cannot be used ({reason}); give a PEM file")


# --- the token --------------------------------------------------------------------------------------------------------


def test_the_token_is_never_shown(scripted: Make, answer: Make) -> None:
    address = GatewayAddress("http://127.0.0.1:1", TOKEN)
    assert TOKEN not in repr(address) + str(address) + repr(ServedGateway(address))
    for status in (400, 403, 413, 500):
        echo = scripted(answer(status, {"error": f"Bearer {TOKEN} is wrong.", "detail": "ConfigError"}))
        assert "[redacted]" in refusal(echo.url)
    streamed = events(f"event: error\ndata: {json.dumps({'error': f'{TOKEN} is wrong.'})}\n\n")
    with pytest.raises(ServiceError, match=r"^\[redacted\] is wrong\.$"):
        served(scripted(streamed).url).ask(QUESTION, timeout=5, report=str)


@pytest.mark.parametrize("token", [f"{TOKEN}\nX-Other: 1", f"{TOKEN}ключ", f"{TOKEN} {TOKEN}"])
def test_a_token_that_no_header_can_carry_is_refused_without_showing_it(token: str) -> None:
    assert refusal("http://127.0.0.1:1", token).startswith("gateway_token holds characters that no token has")
