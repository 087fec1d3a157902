# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing that is a secret leaves, and nothing that is useful is lost without need."""

from __future__ import annotations

import json

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils.infrastructure._redaction import (
    VAULTED,
    clean_variables,
    redact_json,
    redact_schema,
    redact_value,
)
from ansible_collections.infra_llm.assistant.plugins.module_utils.infrastructure._secret_names import is_secret_name
from ansible_collections.infra_llm.assistant.plugins.module_utils.infrastructure._secret_patterns import redact_text
from ansible_collections.infra_llm.assistant.plugins.module_utils.infrastructure._variable_filter import DEFAULT_ALLOW, variable_filter

B64 = "kH7sLq9ZpT2vXw4RmB8n"
SECRETS = [
    ("-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIB\n-----END RSA PRIVATE KEY-----", "MIIEpAIB"),
    ("x -----BEGIN OPENSSH PRIVATE KEY-----\\nb3BlbnNz\\n", "b3BlbnNz"),
    ("-----BEGIN CERTIFICATE-----\nMIIDdzCC", "MIIDdzCC"),
    ("$ANSIBLE_VAULT;1.1;AES256\n36396163\n62306466", "36396163"),
    ("postgres://u:p@ss/w0rd@db:5432/x", "ss/w0rd"),
    ("amqp://guest:hunter2@h1,h2", "hunter2"),
    ("https://hunter2@git.example.com/x", "hunter2"),
    ("https://hooks.slack.com/services/T0/B0/hunter2", "hunter2"),
    ("Authorization: Bearer hunter.two", "hunter"),
    ('curl -H "X-Api-Key: hunter2" http://h', "hunter2"),
    ("Authorization: Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"),
    ("Cookie: sid=hunter2; a=b", "hunter2"),
    ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcdef", "eyJ"),
    ("key AKIAIOSFODNN7EXAMPLE here", "AKIA"),
    ("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "K7MDENG"),
    ("ghp_16C7e42F292c6912E7710c838347Ae178B4a", "16C7e"),
    ("glpat-abcdefghij0123456789", "abcdefghij"),
    ("xoxb-123456-abcdef", "123456"),
    ("hvs.CAESIJlU02LQZqxx", "CAES"),
    ("abcdef.0123456789abcdef", "0123456789abcdef"),
    ("$6$salt$hunter2hunter2", "hunter2"),
    ("{SSHA}aHVudGVyMmh1bnRlcjI=", "aHVudG"),
    ("password=hunter2", "hunter2"),
    ("Server=h;User Id=sa;Password=My pass;Timeout=5", "My pass"),
    ('sasl.jaas.config=x required username="a" password="hunter2";', "hunter2"),
    ('{"token": "hunter2", "a": 1}', "hunter2"),
    ('{\\"password\\": \\"hunter2\\"}', "hunter2"),
    ("http://h/?a=1&access_token=hunter2&b=2", "hunter2"),
    ("mysqldump --password=hunter2 db", "hunter2"),
    ("mysql -u root -phunter2 db", "hunter2"),
    ("curl -u admin:hunter2 https://h", "hunter2"),
    ("kafka-configs --password hunter2 x", "hunter2"),
    ("PGPASSWORD=hunter2 psql", "hunter2"),
    ("requirepass hunter2", "hunter2"),
    ("CREATE USER x IDENTIFIED BY 'hunter2'", "hunter2"),
    ("пароль: hunter2", "hunter2"),
    ("пароль был hunter2", "hunter2"),
    ("the password is hunter2, why", "hunter2"),
    ("d41d8cd98f00b204e9800998ecf8427e", "d41d8"),
    (f"note {B64} end", B64),
    ("AQBSdFhcGSkKNBAAXgDXXzR5ZVfFVs8mEkE3Aw==", "AQBS"),
    ("ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC7 u@h", "AAAAB3"),
    ("auth_token hunter2;", "hunter2"),
    ("vrrp auth_pass huntertwo", "huntertwo"),
    ("user app insecure-password huntertwo", "huntertwo"),
    ("stats auth admin:hunter2", "hunter2"),
    ("snmp-server community huntertwo RO", "huntertwo"),
    ("enable secret 5 huntertwo", "huntertwo"),
    ("<password>huntertwo</password>", "huntertwo"),
    ("https://h/?sig=hunter2&sv=1", "hunter2"),
    ("htpasswd -b f user hunter2", "hunter2"),
    ("echo huntertwo | passwd --stdin root", "huntertwo"),
    ("ldap bind pw: huntertwo", "huntertwo"),
    ("user/hunter2@tns", "hunter2"),
    ("jdbc:oracle:thin:scott/huntertwo@db", "huntertwo"),
    ("smbclient -U user%huntertwo", "huntertwo"),
    ("Login: admin / huntertwo", "huntertwo"),
    ("openssl enc -k huntertwo", "huntertwo"),
    ("vault write secret/x value=huntertwo", "huntertwo"),
    ("secret: >\n  huntertwo\n", "huntertwo"),
]
USEFUL = [
    "kafka-prod-00000.msk1.example.internal",
    "/usr/lib/x86_64-linux-gnu/libfoo.so.1",
    "/var/lib/kafka/data-0/topicName-12/00000000000000000000.log",
    "2:18.2.4-0ubuntu1~22.04.1 5:26.1.4-1~ubuntu.22.04~jammy v1.26.4+k3s1 kafka_2.13-3.4.0",
    "plugins.security.ssl.transport.enforce_hostname_verification",
    "org.apache.kafka.common.security.plain.PlainLoginModule",
    "OSD_OUT_OF_ORDER_FULL UnrecognizedOptionException ConcurrentMarkSweepGC2Collector",
    "a7f64266-0894-4f1e-a635-d0aeaca0e993",
    "coredns-7b96bf9f76-5hsxb nginx-deployment-67d4bdd6f5-cx2nz",
    "etcdctl member remove 8211f1d0f64f3269",
    "10.0.0.1/24, fe80::1ff:fe23:4567:890a, 52:54:00:12:34:56",
    "Basic authentication and bearer authentication; token_ttl: 3600; max_tokens=512",
    "kubeadm join: token id is invalid for this cluster",
    "Поменял GF_SECURITY_ADMIN_PASSWORD, пароль admin остался старый",
    "Change opensearch default password, I want to customize admin:admin",
    "glance-registry-internal-url and npm_config_registry_url and pypi-mirror-internal-host",
    "a person is identified by name; the password is wrong",
    "SASL_SSL://0.0.0.0:9093,CONTROLLER://kafka-01:9094 SCRAM-SHA-512",
    "principal kafka/kafka-01.example.com@EXAMPLE.COM, rbd/vm-disk@daily-2026, registry/nginx@sha256:aabb, @babel/core@7.1",
    "proxy_pass http://backend1:8080; auth_basic_user_file /etc/nginx/users; ssl_certificate_key /etc/nginx/a.key;",
    "echo ruok | nc kafka-01 2181; ssh -p 22 web1; docker run -p 8080:80 nginx:1.24",
    "Why was the password rejected? The token expired. Reset the admin password",
    "<version>3.4.0</version><port>9092</port> user: kafka/group: kafka",
]


@pytest.mark.parametrize(("text", "secret"), SECRETS)
def test_secret_shapes_in_any_place(text: str, secret: str) -> None:
    for framed in (text, f"it says {text}", f"{text}\nnext line"):
        assert secret not in redact_text(framed)
    hidden = json.dumps(redact_value({"a": [{"b": ("x", text)}]}))
    assert secret not in hidden
    assert "[redacted]" in hidden
    assert redact_text(redact_text(text)) == redact_text(text)


def test_a_line_of_configuration_is_redacted_to_its_end() -> None:
    assert redact_text("a: 1\n  db_password = correct horse battery\nb: 2") == "a: 1\n  db_password = [redacted]\nb: 2"


@pytest.mark.parametrize("text", USEFUL)
def test_useful_text_stays(text: str) -> None:
    assert redact_text(text) == text


@pytest.mark.parametrize(
    "name",
    "password root_passwd kafka_sasl_password DB_PASS apiKey accessToken AWS_SECRET_ACCESS_KEY tls_key kube_encrypt_token snmp_community dsn replication_key"
    " db_connection_string ansible_become_pass ceph_keyring credentials private_key tls_cert_body auth session_cookie password_salt requirepass пароль".split(),
)
def test_secret_names(name: str) -> None:
    assert is_secret_name(name)
    assert "hunter" not in str(redact_value({name: "hunter"}))
    assert "12345" not in str(redact_value({name: 12345}))
    assert "hunter" not in str(redact_value({name: {"a": ["hunter"]}}))


@pytest.mark.parametrize(
    "name",
    "keyspace tokenizer partition_key_count max_tokens token_ttl private_network private_ip author monkey bypass compass_url keyboard cert_manager_version"
    " kafka_authorizer_class_name tls_key_size auth_type hotkeys".split(),
)
def test_names_that_only_look_secret(name: str) -> None:
    assert not is_secret_name(name)


def test_a_path_to_a_key_is_a_setting_unless_it_is_the_key() -> None:
    assert redact_value({"tls_key_file": "/etc/ssl/a.key"}) == {"tls_key_file": "/etc/ssl/a.key"}
    assert redact_value({"tls_key_file": "MIIEpAIBAAKCAQEA"}) == {"tls_key_file": "[redacted]"}


@pytest.mark.parametrize(
    "items", [["--user", "admin", "--password", "X1"], ["-p", "X1"], ["DB_PASSWORD", "X1"], ("a", "--api-key", "X1", "b"), ["--token", "--x", "-pw", "X1"]]
)
def test_a_secret_that_follows_its_flag_in_a_list(items: list[str]) -> None:
    shown = redact_value({"opts": [items]})["opts"][0]
    assert shown == ["[redacted]" if item == "X1" else item for item in items]


@pytest.mark.parametrize(
    "items",
    [
        ["ssh", "-p", "22"],
        ["-p", "8080:80"],
        ["mkdir", "-p", "/var/lib/kafka"],
        ["--tls-key", "/etc/ssl/a.key"],
        ["nginx", "auth", "certs", "monitoring"],
        ["--password", "--verbose"],
        ["SASL_SSL", "PLAINTEXT"],
        ["10.0.0.1:9092", "10.0.0.2:9092"],
    ],
)
def test_ordinary_lists_stay(items: list[str]) -> None:
    assert redact_value(items) == items


def test_environment_lists() -> None:
    assert redact_value({"k": "password", "v": "hunter"}) == {"k": "password", "v": "[redacted]"}
    assert redact_value({"username": "bob", "value": "hunter"}) == {"username": "bob", "value": "[redacted]"}
    assert redact_value([{"name": "DB_PASSWORD", "value": "hunter"}, {"name": "TZ", "value": "UTC"}]) == [
        {"name": "DB_PASSWORD", "value": "[redacted]"},
        {"name": "TZ", "value": "UTC"},
    ]


def test_only_allowed_variables_pass_and_deny_wins() -> None:
    variables = {"kafka_heap": "4g", "kafka_password": "hunter", "notes": "x", "secret_plan": "y", "kafka_vaulted": VAULTED, "infra_llm_software": []}
    wanted = variable_filter()
    assert clean_variables(variables, wanted) == {"kafka_heap": "4g", "kafka_password": "[redacted]", "kafka_vaulted": "[redacted]"}
    assert clean_variables(variables, variable_filter(["*"], ["kafka_*", "secret*"])) == {"notes": "x"}
    assert clean_variables(variables, variable_filter([])) == {}
    matches = variable_filter(["a", "b*", "*c", "d*e", "*f*", "g?h"])
    assert [name for name in ("a", "aa", "b1", "1c", "dxe", "xfx", "g1h", "gh", "z") if matches(name)] == ["a", "b1", "1c", "dxe", "xfx", "g1h"]
    assert variable_filter()("ansible_host")
    assert not variable_filter()("ansible_become_password")
    assert "ansible_host" in DEFAULT_ALLOW


def test_sizes_are_bounded() -> None:
    deep: dict[str, object] = {}
    for _attempt in range(1000):
        deep = {"a": deep}
    variables = {f"kafka_{number}": "x" * 100_000 for number in range(200)} | {"kafka_deep": deep, "kafka_list": list(range(10_000)), "kafka_set": {"b", "a"}}
    cleaned = clean_variables(variables, variable_filter())
    assert len(json.dumps(cleaned)) < 20_000
    assert cleaned["…"] == "163 more"
    assert redact_value(list(range(100)))[-1] == "… 80 more"
    assert redact_value({"b", "a"}) == ["a", "b"]
    assert redact_value(b"\0") == "[redacted]"


def test_a_cut_does_not_bare_a_secret() -> None:
    text = "x" * 290 + " -----BEGIN PRIVATE KEY-----\n" + "MIIEpAIB" * 100_000
    assert "MIIE" not in redact_value(text)


def test_json_of_any_origin_keeps_its_shape_and_loses_its_secrets() -> None:
    given = {
        "history": [{"role": "user", "content": "password for admin: hunter2"}],
        "vars": {"db_password": {"value": ["hunter2", 12345]}, "env": [{"name": "API_TOKEN", "value": "hunter2"}], "port": 9092, "tls": True},
        "names": ["k" * 1000] * 50,
    }
    shown = redact_json(given)
    assert "hunter2" not in json.dumps(shown)
    assert "12345" not in json.dumps(shown)
    assert shown["vars"]["port"] == 9092
    assert shown["names"] == given["names"]
    assert redact_json(shown) == shown
    deep: object = "password=hunter2"
    for _level in range(500):
        deep = [deep]
    assert "hunter2" not in str(redact_json(deep))


def test_a_schema_may_ask_for_a_password_but_not_hold_one() -> None:
    schema = {"type": "object", "required": ["password"], "properties": {"password": {"type": "string", "minLength": 8}, "hosts": {"enum": ["a", "b"]}}}
    assert redact_schema(schema) == schema
    schema["properties"] = {"password": {"type": "string", "default": "hunter2", "description": "the password is hunter2"}, "token": {"const": "hunter2"}}
    assert "hunter2" not in json.dumps(redact_schema(schema))


def test_a_command_as_a_list() -> None:
    assert redact_value(["redis-cli", "-h", "cache-01", "-a", "hunter", "ping"]) == ["redis-cli", "-h", "cache-01", "-a", "[redacted]", "ping"]
    assert redact_value(["/usr/bin/mysql", "-u", "root", "-phunter"])[-1] == "[redacted]"
    assert redact_value(["docker", "run", "-p", "8080:80", "nginx"]) == ["docker", "run", "-p", "8080:80", "nginx"]
