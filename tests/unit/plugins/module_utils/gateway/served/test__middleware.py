# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import asyncio
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway.served import _middleware
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway.served._middleware import AccessMiddleware, BodyLimitMiddleware
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway.served._tokens import Tokens

TOKEN, READER = "the-token", "the-reader"


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """An application that sends back what it gets."""
    body = (await receive())["body"]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


def ask(
    app: Any, path: str, *parts: bytes, method: str = "POST", headers: dict[str, str] | None = None, silent: bool = False
) -> tuple[int, dict[str, str], bytes]:
    """Send one request whose body comes in parts, and with ``silent`` not to its end."""
    messages = [{"type": "http.request", "body": part, "more_body": silent or number < len(parts)} for number, part in enumerate(parts or (b"",), start=1)]
    sent: list[Any] = []

    async def receive() -> Any:
        if not messages:
            await asyncio.sleep(60)
        return messages.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "path": path, "method": method, "headers": [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]}
    asyncio.run(app(scope, receive, send))
    return sent[0]["status"], {name.decode(): value.decode() for name, value in sent[0]["headers"]}, b"".join(message["body"] for message in sent[1:])


def test_a_body_is_handed_on_whole_and_one_that_is_too_large_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    app = BodyLimitMiddleware(echo, 10)
    assert ask(app, "/query", b"01234", b"56789") == (200, {}, b"0123456789")
    assert ask(app, "/query", b"01234", b"567890")[0] == 413
    assert ask(app, "/query", headers={"Content-Length": "11"})[0] == 413
    assert ask(app, "/query", headers={"Content-Length": "9" * 500})[0] == 413
    monkeypatch.setattr(_middleware, "_BODY_SECONDS", 0.05)
    assert ask(app, "/query", b"0", silent=True)[0] == 408


@pytest.fixture
def door(tmp_path: Path) -> AccessMiddleware:
    file = tmp_path / "tokens.yml"
    file.touch(mode=0o600)
    hashes = {name: hashlib.sha256(name.encode()).hexdigest() for name in (TOKEN, READER)}
    entries = [{"name": "ops", "sha256": hashes[TOKEN]}, {"name": "page", "sha256": hashes[READER], "read_only": True, "requests_per_minute": 3}]
    file.write_text(json.dumps(entries))
    return AccessMiddleware(echo, Tokens(str(file)))


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_nobody_passes_without_a_token_but_who_asks_for_a_sign_of_life(door: AccessMiddleware) -> None:
    for headers in ({}, bearer("another"), bearer(""), {"Authorization": TOKEN}, {"Authorization": f"Basic {TOKEN}"}):
        status, answered, body = ask(door, "/query", headers=headers)
        assert (status, answered["www-authenticate"]) == (401, 'Bearer realm="infra_llm"')
        assert json.loads(body)["error"].endswith("which the option gateway_token does.")
    assert ask(door, "/health/live", method="GET")[0] == 200
    assert ask(door, "/health", method="GET")[0] == 401
    assert ask(door, "/query", headers=bearer(TOKEN))[0] == 200
    assert ask(door, "/query", headers={"Authorization": f"bearer  {TOKEN} "})[0] == 200


def test_what_belongs_to_the_service_is_not_there_on_the_network(door: AccessMiddleware) -> None:
    for path in ("/knowledge", "/knowledge/index", "/shutdown"):
        assert ask(door, path, headers=bearer(TOKEN))[0] == 404


def test_a_reader_updates_nothing_and_has_its_rate(door: AccessMiddleware) -> None:
    assert ask(door, "/update-knowledge", headers=bearer(READER))[0] == 403
    assert ask(door, "/update-knowledge", headers=bearer(TOKEN))[0] == 200
    assert [ask(door, "/query", headers=bearer(READER))[0] for _request in range(3)] == [200, 200, 429]
    status, answered, body = ask(door, "/v1/chat/completions", headers=bearer(READER))
    assert (status, int(answered["retry-after"]) in range(15, 21)) == (429, True)
    assert json.loads(body)["error"]["type"] == "rate_limit_error", "clients of OpenAI's API get its errors"
    assert ask(door, "/health", method="GET", headers=bearer(READER))[0] == 200, "what machines ask again and again is not counted"


def test_where_there_are_no_tokens_one_may_ask_and_not_administer() -> None:
    door = AccessMiddleware(echo, Tokens(None))
    assert ask(door, "/query")[0] == 200
    assert ask(door, "/update-knowledge")[0] == 403
    assert ask(door, "/knowledge")[0] == 404
