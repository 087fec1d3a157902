# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import socket
import ssl
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway._config import GatewayConfig
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway.served import _service
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway.served._app import ServedApp
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway.served._config import ServedConfig
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway.served._service import _Service, main
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway.served._tokens import Tokens


def shakes_hands(context: ssl.SSLContext, bundle: str) -> bool:
    """Tell whether a client that trusts the bundle gets a connection."""
    ours, theirs = socket.socketpair()
    ours.settimeout(5)

    def serve() -> None:
        with contextlib.suppress(OSError), context.wrap_socket(theirs, server_side=True):
            pass

    server = threading.Thread(target=serve, daemon=True)
    server.start()
    try:
        with ssl.create_default_context(cafile=bundle).wrap_socket(ours, server_hostname="127.0.0.1"):
            return True
    except OSError:
        return False
    finally:
        theirs.close()
        server.join(5)


def write_tokens(path: Path, *names: str) -> None:
    path.write_text(json.dumps([{"name": name, "sha256": hashlib.sha256(name.encode()).hexdigest()} for name in names]))
    path.chmod(0o600)


def test_what_cannot_be_used_on_a_signal_leaves_tokens_and_certificate_in_force(
    tmp_path: Path, make_authority: Callable[[str], Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "infra_llm.gateway")
    authority, other = make_authority("own"), make_authority("other")
    certificate, key, tokens = tmp_path / "own.crt", tmp_path / "own.key", tmp_path / "tokens.yml"
    for path in (certificate, key):
        path.write_bytes(authority.pair().read_bytes())
    write_tokens(tokens, "one")
    engine = GatewayConfig(str(tmp_path), str(tmp_path), sys.executable, 0, "model")
    service = _Service(ServedConfig(engine, gateway_tls_certificate=str(certificate), gateway_tls_key=str(key)), "gateway.yml")
    app = SimpleNamespace(tokens=Tokens(str(tokens)))
    live = authority.context()

    def signalled() -> str:
        service._read_again(cast(ServedApp, app), cast(Any, SimpleNamespace(config=SimpleNamespace(ssl=live))))
        return caplog.records[-1].getMessage()

    certificate.write_bytes(other.pair().read_bytes())
    write_tokens(tokens, "one", "two")
    told = signalled()
    assert told.startswith("the tokens and the certificate stay as they were: gateway_tls_certificate and gateway_tls_key of gateway.yml cannot be used (")
    assert (len(app.tokens), shakes_hands(live, authority.bundle)) == (1, True)

    key.write_bytes(certificate.read_bytes())
    tokens.write_text("- [")
    assert "stay as they were: The tokens file" in signalled()
    assert (len(app.tokens), shakes_hands(live, authority.bundle)) == (1, True)

    write_tokens(tokens, "one", "two")
    assert signalled() == "tokens and certificate read again: 2 tokens"
    assert (shakes_hands(live, authority.bundle), shakes_hands(live, other.bundle)) == (False, True)


def test_only_a_configuration_that_cannot_be_used_is_not_started_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_service, "require_packages", lambda *_arguments, **_more: None)
    config = tmp_path / "gateway.yml"
    config.write_text("state_dir: [")
    assert main(["--config", str(config)]) == 78
    with socket.create_server(("127.0.0.1", 0)) as taken:
        config.write_text(f"state_dir: {tmp_path}\ngateway_port: {taken.getsockname()[1]}\n")
        assert main(["--config", str(config)]) == 1
