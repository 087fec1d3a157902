# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import ConfigError
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway.served._config import ServedConfig, is_loopback, read_config


def read(directory: Path, **keys: Any) -> ServedConfig:
    """The configuration of these keys; JSON is a part of YAML."""
    path = directory / "gateway.yml"
    path.write_text(json.dumps({"state_dir": "/srv/state", **keys}))
    return read_config(str(path))


def test_what_is_not_set_has_its_default(tmp_path: Path) -> None:
    config = read(tmp_path, gateway_tls_key="", model=None)
    assert (config.gateway_host, config.gateway_port, config.gateway_queue, config.gateway_body_limit) == ("127.0.0.1", 8090, 100, 2_097_152)
    assert (config.engine.knowledge_dir, config.engine.embedding_model) == ("/srv/state/knowledge", "all-MiniLM-L6-v2")
    assert (config.gateway_log_questions, config.inventory) == (False, ())


def test_keys_are_read_from_files_and_that_of_the_language_model_serves_the_embeddings_too(tmp_path: Path) -> None:
    for name in ("llm", "embedding"):
        (tmp_path / name).touch(mode=0o640)
        (tmp_path / name).write_text(f"the-key-of-{name}\n")
    one = read(tmp_path, llm_url="http://llm:8080", llm_api_key_file=f"{tmp_path}/llm", inventory=["/srv/hosts"]).engine
    assert (one.llm_api_key, one.embedding_key) == ("the-key-of-llm", "the-key-of-llm")
    two = read(tmp_path, llm_api_key_file=f"{tmp_path}/llm", embedding_api_key_file=f"{tmp_path}/embedding").engine
    assert two.embedding_key == "the-key-of-embedding"
    assert "the-key" not in repr(two)
    (tmp_path / "llm").chmod(0o644)
    with pytest.raises(ConfigError, match="may be read or changed by others; set its mode to 0640"):
        read(tmp_path, llm_api_key_file=f"{tmp_path}/llm")


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"llm_api_key": "secret"}, r"has the key 'llm_api_key', which is not known; the keys are catalogue, .*, llm_api_key_file"),
        ({"state_dir": None}, "lacks state_dir"),
        ({"state_dir": "state"}, "state_dir in .* set it to an absolute path"),
        ({"gateway_port": "8090"}, "gateway_port in .* a whole number from 1 to 65535"),
        ({"gateway_port": True}, "gateway_port"),
        ({"gateway_queue": -1}, "gateway_queue"),
        ({"gateway_log_questions": "no"}, "true or false"),
        ({"inventory": ["hosts.yml"]}, "a list of absolute paths"),
        ({"hostvars_allow": "kafka_*"}, "a list of texts"),
        ({"embedding_pooling": "max"}, "one of mean, cls, last"),
        ({"gateway_tls_key": "/srv/key.pem"}, "sets only one of gateway_tls_certificate and gateway_tls_key"),
        ({"gateway_host": "0.0.0.0"}, "reachable by others, and there are no tokens"),
        ({"gateway_host": "::"}, "reachable by others, and there are no tokens"),
        ({"llm_api_key_file": "/nonexistent/key"}, "cannot be read"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(tmp_path: Path, keys: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said) as refused:
        read(tmp_path, **keys)
    assert "\n" not in refused.value.message
    assert "secret" not in refused.value.message


def test_a_file_that_is_no_yaml_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "gateway.yml"
    path.write_text("state_dir: /srv/state\ngateway_port: [1\n")
    with pytest.raises(ConfigError, match=r"gateway\.yml line 3 is not YAML"):
        read_config(str(path))
    with pytest.raises(ConfigError, match="cannot be read"):
        read_config(str(tmp_path / "nothing.yml"))


def test_loopback_is_what_nobody_else_reaches() -> None:
    assert all(is_loopback(host) for host in ("127.0.0.1", "127.1.2.3", "::1", "localhost"))
    assert not any(is_loopback(host) for host in ("0.0.0.0", "::", "10.0.0.1", "", "host.invalid"))
