# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Planted secrets of every kind: none comes out anywhere, at the highest verbosity, with every variable allowed."""

from __future__ import annotations

import http.server
import json
import os
import secrets
import string
import sys
import threading
import typing as t
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

if t.TYPE_CHECKING:
    from conftest import Assistant

BIN = Path(sys.executable).parent
HOST = "kafka-01"
FAILING = 99  # tokens, which the server below refuses
ALNUM = string.ascii_letters + string.digits
PEM = "-----BEGIN {0}-----\n{1}\n-----END {0}-----"


def words() -> str:
    """A secret that looks like a name: only the rules of names and vaults can catch it."""
    return "".join(secrets.choice(string.ascii_lowercase) for _letter in range(12))


def random(count: int) -> str:
    """A secret that looks like one, with every kind of character."""
    return "aB3" + "".join(secrets.choice(ALNUM) for _letter in range(count - 3))


class Planted(dict[str, str]):
    """Secrets by where they are; ``plant`` makes one."""

    def plant(self, place: str, secret: str) -> str:
        self[place] = secret
        return secret


@pytest.fixture(scope="module")
def model_requests() -> Iterator[tuple[str, list[str]]]:
    """An OpenAI-compatible server: its address, and the prompts that it got."""
    prompts: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_arguments: object) -> None:
            """Be quiet."""

        def reply(self, status: int, body: object) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_GET(self) -> None:
            found = self.path == "/v1/models"
            self.reply(200 if found else 404, {"data": [{"id": "echo", "max_model_len": 100_000}]} if found else {"error": "none"})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            if self.path != "/v1/chat/completions":
                self.reply(404, {"error": "none"})
                return
            if json.loads(body)["max_tokens"] == FAILING:
                # As a server may: quote what it was sent.
                self.reply(500, {"error": {"message": f"cannot work on {body}"}})
                return
            prompts.append(body)
            # As a model may: repeat everything that it was told.
            said = "\n".join(message["content"] for message in json.loads(body)["messages"])
            self.reply(200, {"choices": [{"message": {"content": said}, "finish_reason": "stop"}]})

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", prompts
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def planted() -> Planted:
    return Planted()


@pytest.fixture(scope="module")
def assistant(make_assistant: Callable[..., Assistant], planted: Planted) -> Assistant:
    made = make_assistant()
    inventory = made.home / "inventory"
    for directory in ("host_vars", "group_vars/kafka"):
        (inventory / directory).mkdir(parents=True)
    password_file = made.home / "vault_password"
    password_file.write_text(planted.plant("the vault's password", random(30)) + "\n", encoding="utf-8")
    made.environment["ANSIBLE_VAULT_PASSWORD_FILE"] = str(password_file)

    def vaulted(name: str, secret: str) -> str:
        return made.run([BIN / "ansible-vault", "encrypt_string", "--name", name, secret]).ok().out

    plant = planted.plant
    header = ".".join(("eyJhbGciOiJIUzI1NiJ9", f"eyJzdWIiOiIx{random(20)}"))
    values: dict[str, t.Any] = {
        "kafka_admin_password": plant("host_vars, by name", words()),
        "kafka_listeners": [{"name": "client", "sasl": {"api_token": plant("nested, by name", words())}}],
        "kafka_environment": [{"name": "DB_PASSWORD", "value": plant("name and value", words())}],
        "kafka_opts": f"-Xmx1g -Dssl.keystore.password={plant('in an option', words())}",
        "kafka_tls": PEM.format("PRIVATE KEY", plant("PEM", random(64))),
        "kafka_registry_url": f"https://reader:{plant('URL', words())}@registry.example.com/v1",
        "kafka_backup_user": "AKIA" + plant("AWS key", "".join(secrets.choice(string.ascii_uppercase) for _letter in range(16))),
        "kafka_header": f"Authorization: Bearer {plant('bearer', random(24))}",
        "kafka_session": f"{header}.{plant('JWT', random(43))}",
        "kafka_cluster_seed": plant("high entropy", random(40)),
        # Vault values under other names and inside other values.
        "kafka_connect_path": "/srv/{{ kafka_realm }}/connect",
        "kafka_backend": "postgresql://app:{{ kafka_store }}@db-01.example.com/kafka",
        "kafka_mirror_name": "{{ hostvars['kafka-01'].kafka_realm | upper }}",
        "kafka_heap": "6g",
        "kafka_undefined_size": "{{ nobody_defines_this }}",
    }
    realm = plant("inline vault", words())
    plant("inline vault, changed by a filter", realm.upper())
    inline = vaulted("kafka_realm", realm) + vaulted("kafka_store", plant("inline vault in a DSN", words()))
    own = "".join(f"{name}: {json.dumps(value)}\n" for name, value in values.items())
    (inventory / "host_vars" / f"{HOST}.yml").write_text(own + inline, encoding="utf-8")
    (inventory / "group_vars" / "kafka" / "main.yml").write_text(f"kafka_truststore_passphrase: {plant('group_vars, by name', words())}\n", encoding="utf-8")
    whole = inventory / "group_vars" / "kafka" / "vault.yml"
    whole.write_text(
        f"vault_kafka_password: {plant('vaulted file, by name', words())}\nkafka_nickname: {plant('vaulted file, harmless name', words())}\n", encoding="utf-8"
    )
    made.run([BIN / "ansible-vault", "encrypt", whole]).ok()
    (inventory / "hosts.yml").write_text(json.dumps({"all": {"children": {"kafka": {"hosts": {HOST: None, "kafka-02": None}}}}}), encoding="utf-8")
    rows = [
        "server,product,version,os_version,admin_note",
        f"{HOST},kafka,3.4.0,Rocky 8 password={plant('cell', words())},{plant('extra column', words())}",
        f"kafka-02,kafka,3.4.0 {plant('version cell', random(40))},Rocky 8,",
        f"kafka-02,,password={plant('skipped row', words())},Rocky 8,",
    ]
    (inventory / "versions.csv").write_text("\n".join([*rows, ""]), encoding="utf-8")
    made.inventory = inventory / "hosts.yml"
    runbooks = made.home / "runbooks" / "house"
    runbooks.mkdir(parents=True)
    (runbooks / "kafka.md").write_text("# Kafka\n\n## Heap\n\nThe heap of a Kafka broker is set by `kafka_heap`.\n", encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def options(planted: Planted, model_requests: tuple[str, list[str]]) -> dict[str, str]:
    """Everything is allowed, and a model is asked."""
    return {
        "INFRA_LLM_HOSTVARS_ALLOW": "*",
        "INFRA_LLM_LLM_URL": model_requests[0].replace("://", f"://user:{planted.plant('LLM URL', words())}@"),
        "INFRA_LLM_LLM_API_KEY": planted.plant("API key", random(32)),
    }


def test_no_secret_comes_out(assistant: Assistant, planted: Planted, options: dict[str, str], model_requests: tuple[str, list[str]], tmp_path: Path) -> None:
    prompts = model_requests[1]
    saved, log = tmp_path / "saved.json", tmp_path / "ansible.log"
    everywhere = {**options, "ANSIBLE_LOG_PATH": str(log)}
    question = (
        f"Why is the heap of {HOST} full? Login works with password={planted.plant('question', words())} and {planted.plant('question, random', random(44))}."
    )
    lookup = {"ansible.builtin.debug": {"msg": "{{ lookup('infra_llm.assistant.infra_llm', lookup('env', 'INFRA_LLM_QUERY'), output='full') }}"}}

    runs = [
        assistant.ingest(assistant.home / "runbooks", "-vvvv", **everywhere),
        assistant.ask(question, "-vvvv", "-e", f"save_to={saved}", "-e", "hosts=kafka", **everywhere),
        # By the environment: what stands behind -e Ansible itself prints at -vvvv.
        assistant.ask(question, "-vvvv", "-e", "hosts=kafka", **everywhere, INFRA_LLM_MODE="extractive"),
        assistant.play([lookup], "-vvvv", hosts="kafka", INFRA_LLM_QUERY=question, **everywhere),
        assistant.playbook("playbooks/gateway.yml", "-vvvv", **everywhere),
    ]
    for run in runs:
        run.ok()
    # And where something fails.
    failing = {**everywhere, "INFRA_LLM_MAX_TOKENS": str(FAILING)}
    runs.append(assistant.ask(question, "-vvvv", "-e", "hosts=kafka", **failing).ok())
    runs.append(assistant.ask(question, "-vvvv", "-e", "hosts=kafka", **failing, INFRA_LLM_ON_LLM_ERROR="fail"))
    assert "status 500" in runs[-1].text
    assert runs[-1].returncode != 0

    result = json.loads(saved.read_text(encoding="utf-8"))
    shown = next(host for host in result["infrastructure"]["hosts"] if host["name"].startswith(HOST))
    assert shown["vars"]["kafka_heap"] == "6g"
    assert "[redacted]" in json.dumps(shown["vars"])
    assert result["mode"] == "llm"
    assert len(prompts) == 1 + 2
    assert "6g" in prompts[0]

    texts = {f"output of run {number}": run.text.encode() for number, run in enumerate(runs, start=1)}
    texts.update({f"prompt {number}": prompt.encode() for number, prompt in enumerate(prompts, start=1)})
    kept = [saved, log, *(Path(parent, name) for parent, _directories, names in os.walk(assistant.state_dir) for name in names)]
    assert any(path.name == "gateway.log" for path in kept)
    assert any("index" in path.name for path in kept)
    texts.update({str(path): path.read_bytes() for path in kept if path.is_file()})
    leaks = [f"{kind} in {place}" for kind, secret in planted.items() for place, text in texts.items() if secret.encode() in text]
    assert leaks == []


def test_nothing_needs_the_vault_password(assistant: Assistant, planted: Planted, options: dict[str, str]) -> None:
    # Ansible itself reads a file that is vaulted as a whole, and needs its password; not so for single values.
    whole = assistant.home / "inventory" / "group_vars" / "kafka" / "vault.yml"
    hidden = whole.rename(assistant.home / "vault.yml")
    environment = assistant.environment
    assistant.environment = {name: value for name, value in environment.items() if name != "ANSIBLE_VAULT_PASSWORD_FILE"}
    try:
        result = assistant.answer(f"What is the heap of {HOST}?", "-vvvv", **options, INFRA_LLM_MODE="extractive")
    finally:
        assistant.environment = environment
        hidden.rename(whole)
    assert result["infrastructure"]["hosts"][0]["vars"]["kafka_heap"] == "6g"
    assert planted["inline vault"] not in json.dumps(result)
