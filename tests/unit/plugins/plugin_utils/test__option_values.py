# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible import constants
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar as AnsibleTemplar
from ansible.template import trust_as_template
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import ConfigError
from ansible_collections.infra_llm.assistant.plugins.module_utils.catalogue._entries import use_catalogue
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway.client._address import GatewayAddress
from ansible_collections.infra_llm.assistant.plugins.module_utils.infrastructure._products import find_product
from ansible_collections.infra_llm.assistant.plugins.plugin_utils._option_values import gateway_config, read_boolean, read_gateway_options, read_options


class Templar:
    """Renders what stands in braces."""

    def template(self, variable: Any) -> Any:
        return variable.replace("{{ inventory_hostname }}", "kafka-01") if isinstance(variable, str) else variable


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("INFRA_LLM_")]:
        monkeypatch.delenv(name)


def read(variables: dict[str, Any] | None = None, **arguments: Any) -> dict[str, Any]:
    return read_options(arguments, variables or {}, Templar(), own=frozenset({"output"}))


def test_defaults_are_those_of_the_documentation_with_paths_expanded() -> None:
    options = read()
    assert options["state_dir"] == os.path.expanduser("~/.local/state/infra_llm")
    assert (options["mode"], options["timeout"], options["temperature"], options["hosts"], options["hostvars_deny"]) == ("answer", 300, 0.0, None, [])
    config = gateway_config(options)
    assert (config.gateway_python, config.knowledge_dir) == (sys.executable, f"{config.state_dir}/knowledge")
    assert (config.model_path, config.llm_url, config.llm_api_key, config.model) == (None, None, None, None)


def test_an_argument_goes_before_a_variable_and_a_variable_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INFRA_LLM_MAX_TOKENS", "1")
    assert read()["max_tokens"] == 1
    assert read({"infra_llm_max_tokens": 2})["max_tokens"] == 2
    assert read({"infra_llm_max_tokens": 2}, max_tokens="3")["max_tokens"] == 3


def test_variables_are_rendered_and_lists_may_be_written_as_text() -> None:
    assert read({"infra_llm_state_dir": "/srv/{{ inventory_hostname }}"})["state_dir"] == "/srv/kafka-01"
    assert read(hosts="kafka-01,kafka-02")["hosts"] == ["kafka-01", "kafka-02"]
    assert read(host="kafka-01")["hosts"] == ["kafka-01"]
    assert read(hosts=[5, "kafka-01"])["hosts"] == ["5", "kafka-01"], "so YAML reads a host of that name"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"max_token": 5}, "There is no option 'max_token'; the options are .*max_tokens"),
        ({"max_tokens": "many"}, "^max_tokens is 'many'; set it to a whole number from 1 to 32768.$"),
        ({"max_tokens": 32_769}, "^max_tokens is '32769'; set it to a whole number from 1 to 32768.$"),
        ({"max_tokens": "inf"}, "^max_tokens is 'inf'; set it to a whole number from 1 to 32768.$"),
        ({"temperature": 2.5}, "^temperature is '2.5'; set it to a number from 0 to 2.$"),
        ({"temperature": "nan"}, "^temperature is 'nan'; set it to a number from 0 to 2.$"),
        ({"timeout": 0}, "^timeout is '0'; set it to a whole number from 1 to 604800.$"),
        ({"gateway_idle": 0}, "^gateway_idle is '0'; set it to a whole number from 1 to 31536000.$"),
        ({"embedding_window": 8}, "^embedding_window is '8'; set it to a whole number from 64 to 32768.$"),
        ({"embedding_pooling": "max"}, "^embedding_pooling is 'max'; set it to one of mean, cls, last.$"),
        ({"stream": "perhaps"}, "^stream has a wrong value; set it to true or false.$"),
        ({"gateway_token": ["s3cret"]}, "^gateway_token has a wrong value; set it to a text.$"),
        ({"mode": "guess"}, "^mode is 'guess'; set it to one of answer, extractive, context.$"),
        ({"strict_version": ["major"]}, "^strict_version has a wrong value; set it to one of off, minor, exact.$"),
        ({"llm_api_key": ["s3cret"]}, "^llm_api_key has a wrong value; set it to a text.$"),
        ({"hosts": {"a": 1}}, "^hosts has a wrong value; set it to a list of texts.$"),
        ({"hosts": 5}, "^hosts has a wrong value; set it to a list of texts.$"),
        ({"hosts": [{"name": "web"}]}, "^hosts has a wrong value; set it to a list of texts.$"),
        ({"hostvars_deny": [None]}, "^hostvars_deny has a wrong value; set it to a list of texts.$"),
        ({"max_tokens": True}, "^max_tokens is 'True'; set it to a whole number from 1 to 32768.$"),
        ({"max_tokens": "1e999999999"}, "^max_tokens is '1e999999999'; set it to a whole number from 1 to 32768.$"),
        ({"max_tokens": "9" * 400}, "^max_tokens is '9{40}[.]{3}'; set it to a whole number from 1 to 32768.$"),
        ({"max_tokens": float("inf")}, "^max_tokens is 'inf'; set it to a whole number from 1 to 32768.$"),
        ({"timeout": "1e10"}, "^timeout is '10000000000'; set it to a whole number from 1 to 604800.$"),
        ({"temperature": False}, "^temperature is 'False'; set it to a number from 0 to 2.$"),
        ({"timeout": "1\x1b[31m"}, "^timeout is '1[^\x1b]*'; set it to a whole number from 1 to 604800.$"),
        ({"state_dir": "a\0b"}, "^state_dir has a wrong value; set it to a path.$"),
        ({"gateway_url": "http://a\0b"}, "^gateway_url has a wrong value; set it to a text.$"),
    ],
)
def test_an_unknown_option_or_value_is_a_sentence_that_names_it(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read(**arguments)


def test_paths_of_the_gateway_do_not_depend_on_its_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "embedder").mkdir()
    options = {**read(), "state_dir": "state", "model_path": "model.gguf", "embedding_model": "embedder"}
    config = gateway_config(options)
    assert (config.state_dir, config.model_path, config.embedding_model) == tuple(f"{tmp_path}/{name}" for name in ("state", "model.gguf", "embedder"))
    assert gateway_config(read()).embedding_model == "all-MiniLM-L6-v2"
    monkeypatch.setenv("HOME", str(tmp_path))
    for written in ("model.gguf", "~/model.gguf"):
        assert gateway_config(read(embedding_model=written)).embedding_model == f"{tmp_path}/model.gguf"


def test_the_embedders_settings_reach_the_gateway_with_the_blank_at_a_prefixs_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert {getattr(gateway_config(read()), f"embedding_{name}") for name in ("query_prefix", "passage_prefix", "window", "pooling")} == {None}
    configure(tmp_path, monkeypatch, "embedding_query_prefix = 'query: '\nembedding_window = 300\n")
    config = gateway_config(read({"infra_llm_embedding_passage_prefix": "passage: "}, embedding_pooling="cls"))
    assert (config.embedding_query_prefix, config.embedding_passage_prefix, config.embedding_window, config.embedding_pooling) == (
        "query: ",
        "passage: ",
        300,
        "cls",
    )


def test_a_variable_that_cannot_be_rendered_is_a_sentence_that_names_it() -> None:
    templar = AnsibleTemplar(loader=DataLoader(), variables={})
    message = r"^timeout cannot be taken from the variable infra_llm_timeout \(.*nowhere.*\); correct the variable, or give timeout itself\.$"
    with pytest.raises(ConfigError, match=message):
        read_options({}, {"infra_llm_timeout": trust_as_template("{{ nowhere.at.all }}")}, templar, own=frozenset())


@pytest.mark.parametrize("source", ["argument", "variable", "environment", "ini"])
def test_an_empty_value_is_as_none_for_every_option(source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = read()
    arguments = dict.fromkeys(wanted, "") if source == "argument" else {}
    variables = {f"infra_llm_{name}": "" for name in wanted} if source == "variable" else {}
    if source == "environment":
        for name in wanted:
            monkeypatch.setenv(f"INFRA_LLM_{name.upper()}", "")
    if source == "ini":
        configure(tmp_path, monkeypatch, "".join(f"{name} =\n" for name in wanted))
    assert read_options(arguments, variables, Templar(), own=frozenset({"output"})) == wanted


def configure(directory: Path, monkeypatch: pytest.MonkeyPatch, lines: str) -> None:
    (directory / "ansible.cfg").write_text(f"[infra_llm]\n{lines}", encoding="utf-8")
    monkeypatch.setattr(constants.config, "_config_file", str(directory / "ansible.cfg"))


def test_an_empty_value_lets_the_next_source_speak(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(tmp_path, monkeypatch, "knowledge_dir = written\nmodel_path =\nmax_tokens =\n")
    for name in ("KNOWLEDGE_DIR", "MODEL_PATH", "MAX_TOKENS"):
        monkeypatch.setenv(f"INFRA_LLM_{name}", "")
    options = read({"infra_llm_knowledge_dir": "", "infra_llm_model_path": "/model.gguf"}, knowledge_dir="")
    assert (options["knowledge_dir"], options["model_path"], options["max_tokens"]) == (str(tmp_path / "written"), "/model.gguf", 512)
    monkeypatch.setenv("INFRA_LLM_MAX_TOKENS", "7")
    assert read()["max_tokens"] == 7


def test_each_caller_is_offered_its_own_options() -> None:
    with pytest.raises(ConfigError, match="There is no option 'x'; the options are ") as caught:
        read_options({"x": 1}, {}, Templar(), own=frozenset({"query", "display"}))
    offered = caught.value.message.rstrip(".").rpartition(" are ")[2].split(", ")
    assert {"query", "display", "mode", "host", "timeout"} <= set(offered)
    assert not {"output", "_terms"} & set(offered)
    assert "output" not in read_options({}, {}, Templar(), own=frozenset({"query", "display"}))
    assert read()["output"] == "text"


def test_what_is_wrong_with_an_option_of_a_question_does_not_concern_the_gateway(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INFRA_LLM_MODE", "guess")
    assert read_gateway_options({}, {}, Templar(), own=frozenset())[0].gateway_idle == 900
    with pytest.raises(ConfigError, match="mode is 'guess'"):
        read()


def test_other_tasks_take_the_gateways_options_and_their_own_but_not_those_of_a_question() -> None:
    config, own = read_gateway_options({"path": "/docs", "gateway_idle": 5}, {"infra_llm_model": "m"}, Templar(), own=frozenset({"path"}))
    assert (own, config.gateway_idle, config.model) == ({"path": "/docs"}, 5, "m")
    for name in ("strict_version", "timeout"):
        with pytest.raises(ConfigError, match=f"There is no option '{name}'; the options are"):
            read_gateway_options({name: "off"}, {}, Templar(), own=frozenset())


def test_with_a_served_gateway_what_an_embedded_one_uses_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INFRA_LLM_GATEWAY_IDLE", "never")
    monkeypatch.setenv("INFRA_LLM_GATEWAY_TOKEN", "s3cret")
    variables = {"infra_llm_gateway_url": "https://assistant:8090", "infra_llm_model_path": "/none.gguf", "infra_llm_gateway_ca_bundle": "/ca.pem"}
    options = read(variables, llm_api_key="other")
    assert not {"gateway_idle", "model_path", "llm_url", "llm_api_key", "knowledge_dir"} & options.keys()
    assert gateway_config(options) == GatewayAddress("https://assistant:8090", "s3cret", "/ca.pem")
    with pytest.raises(ConfigError, match="gateway_idle is 'never'"):
        read()
    with pytest.raises(ConfigError, match="There is no option 'gateway_urls'"):
        read(variables, gateway_urls="x")


def test_the_catalogue_of_the_operator_is_read_used_and_handed_to_the_gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        options = read({"infra_llm_catalogue": {"minio": {"aliases": ["{{ inventory_hostname }} store", "минио"]}}})
        assert find_product("минио") == "minio"
        assert gateway_config(options).catalogue == {"minio": {"aliases": ["{{ inventory_hostname }} store", "минио"]}}
        (tmp_path / "catalogue.yml").write_text("vault:\n  aliases: [hashicorp vault]\n", encoding="utf-8")
        monkeypatch.setenv("INFRA_LLM_CATALOGUE", str(tmp_path / "catalogue.yml"))
        assert read_gateway_options({}, {}, Templar(), own=frozenset())[0].catalogue == {"vault": {"aliases": ["hashicorp vault"]}}
        assert (find_product("минио"), find_product("hashicorp vault")) == (None, "vault")
        with pytest.raises(ConfigError, match=r"^The catalogue entry 'vault', alias: found a field that there is not; write one of aliases, "):
            read({"infra_llm_catalogue": {"vault": {"alias": "v"}}})
    finally:
        use_catalogue(None)


def test_a_boolean_argument_is_what_ansible_takes_for_one() -> None:
    assert [read_boolean("display", value) for value in ("yes", "false", True, 0)] == [True, False, True, False]
    with pytest.raises(ConfigError, match=r"^display is 'perhaps'; set it to true or false\.$"):
        read_boolean("display", "perhaps")
