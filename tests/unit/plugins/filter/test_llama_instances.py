# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.infra_llm.assistant.plugins.filter.llama_instances import llama_instances

COMMON = {"host": "127.0.0.1", "repack": "auto", "threads": 4, "model_url": "", "model_sha256": ""}
KINDS = {"chat": {"model": "small", "port": 8080, "context": 8192}, "embeddings": {"model": "vectors", "port": 8081, "context": 512}}
PRESETS = {"small": {"file": "small-q4.gguf", "url": "house/small/small-q4.gguf", "size": 1000, "sha256": "aa", "context": 4096}, "vectors": {"file": "v.gguf"}}


def complete(instances: dict[str, Any], **more: Any) -> dict[str, dict[str, Any]]:
    return llama_instances(
        instances,
        common=COMMON,
        kinds=KINDS,
        presets=PRESETS,
        inspected=more.pop("inspected", {}),
        models_dir="/srv/models",
        hub="https://hub.example/",
        **more,
    )


def test_an_instance_that_says_nothing_has_the_preset_of_its_kind() -> None:
    instances = complete({"chat": {}, "embeddings": {}})
    chat = instances["chat"]
    assert chat["url"] == "https://hub.example/house/small/small-q4.gguf"
    assert (chat["place"], chat["path"], chat["sha256"], chat["size"]) == ("preset", "/srv/models/small-q4.gguf", "aa", 1000)
    assert (chat["context"], chat["port"], chat["alias"], chat["kind"]) == (4096, 8080, "small", "chat")
    assert (instances["embeddings"]["kind"], instances["embeddings"]["port"]) == ("embeddings", 8081)


@pytest.mark.parametrize(
    ("model", "inspected", "place", "path", "alias"),
    [
        ("https://models.example/house.gguf?download=1", {}, "url", "/srv/models/house.gguf", "house"),
        ("/here/house.gguf", {"/here/house.gguf": {"size": 7, "model_context": 2048}}, "controller", "/srv/models/house.gguf", "house"),
        ("/there/house.gguf", {}, "host", "/there/house.gguf", "house"),
    ],
)
def test_a_model_is_known_by_where_it_is(model: str, inspected: dict[str, Any], place: str, path: str, alias: str) -> None:
    chat = complete({"chat": {"model": model}}, inspected=inspected)["chat"]
    assert (chat["place"], chat["path"], chat["alias"]) == (place, path, alias)
    assert chat["size"] == (7 if inspected else 0)
    assert chat["url"] == (model if place == "url" else "")


def test_what_the_operator_says_goes_before_the_preset() -> None:
    said = {"context": 1024, "repack": True, "model_sha256": "bb", "model_size": 5, "alias": "mine", "port": 9000}
    chat = complete({"chat": said}, model_url="https://mirror.example/other.gguf")["chat"]
    assert (chat["context"], chat["repack"], chat["sha256"], chat["size"], chat["alias"], chat["port"]) == (1024, "on", "bb", 5, "mine", 9000)
    assert chat["url"] == "https://mirror.example/other.gguf"
    assert complete({"chat": {"model_url": "sub/other.gguf"}})["chat"]["url"] == "https://hub.example/sub/other.gguf"
