# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The default model behind a real llama-server against itself in sentence-transformers."""

from __future__ import annotations

import base64
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import minilm_gguf
import numpy
import pytest
import service_process
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import ConfigError, ServiceError
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients import _embedding_http
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._embedding import Embedder
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._embedding_http import HttpEmbedder
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._embedding_settings import embedder_settings

RUNBOOKS = Path(__file__).resolve().parents[5] / "docs" / "examples" / "knowledge" / "house"
KEY = "key-of-the-test"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    service = service_process.embedding_server(
        minilm_gguf.minilm_gguf(), tmp_path_factory.mktemp("llama") / "log", "--ctx-size", "1024", "--parallel", "2", "--ubatch-size", "512", "--api-key", KEY
    )
    service.start()
    yield service.url
    service.stop()


def load(url: str, model: str = "all-MiniLM-L6-v2", key: str | None = KEY, **options: Any) -> HttpEmbedder:
    return HttpEmbedder(url, embedder_settings(model, served=True, **options), key)


@pytest.fixture(scope="module")
def texts() -> list[str]:
    """Paragraphs of the example runbooks, a question in Russian, special tokens as text, nothing, and what is longer than the window."""
    found = [text for path in sorted(RUNBOOKS.glob("*.md")) for text in path.read_text(encoding="utf-8").split("\n\n")[1::6]]
    others = ["Почему брокер Kafka отстаёт?", "[SEP] and [CLS] ##～ ～", "", "disk " * 300, "дис " * 300]
    return found + others


def test_vectors_and_counts_are_those_of_sentence_transformers(url: str, embedder: Embedder, texts: list[str]) -> None:
    served = load(f"{url}/v1/")
    assert (served.name, served.window, served.multilingual) == (embedder.name, embedder.window, embedder.multilingual)
    assert len(texts) > 2 * 16, "several requests"
    plain = [text for text in texts if "[SEP]" not in text]  # in which the two see different things
    assert served.count_tokens(plain) == embedder.count_tokens(plain)
    vectors = served.embed_passages(plain)
    assert vectors.dtype == numpy.float32
    assert vectors.shape == (len(plain), 384)
    assert numpy.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert (vectors * embedder.embed_queries(plain)).sum(axis=1).min() > 0.9999, "for questions the other computes in full precision"
    assert (served.embed_queries(plain[:3]) * vectors[:3]).sum(axis=1).min() > 0.9999


def test_texts_are_counted_alike_alone_and_together(url: str, texts: list[str]) -> None:
    served = load(url)
    assert served.count_tokens(texts) == [served.count_tokens([text])[0] for text in texts]
    assert served.count_tokens(["", "disk", "disk " * 1000]) == [2, 3, 1002]
    assert served.count_tokens([]) == []


def test_prefixes_and_window_are_as_configured(url: str) -> None:
    plain, other = load(url), load(url, query_prefix="query: ", passage_prefix="passage: ", window=64)
    assert other.window == 64
    assert other.count_tokens(["disk"]) == plain.count_tokens(["passage: disk"])
    assert (other.embed_queries(["disk"]) * plain.embed_queries(["query: disk"])).sum() > 0.99999
    filled = "disk " * 59 + "{}"
    assert other.count_tokens([filled.format("disk")])[0] == 64
    assert (other.embed_passages([filled.format("disk")]) * other.embed_passages([filled.format("bread")])).sum() < 0.99999
    assert (other.embed_passages([filled.format("disk bread")]) * other.embed_passages([filled.format("disk")])).sum() > 0.99999, "behind the window"
    assert load(url, window=513).window == 512, "the server reads no more"


@pytest.mark.parametrize("model", ["multilingual-e5-small", "/models/bge-m3-q8_0.gguf", "acme/own-embedder"])
def test_another_model_is_refused(url: str, model: str) -> None:
    with pytest.raises(ConfigError, match=r"runs all-MiniLM-L6-v2-f16\.gguf, not the embedding_model '.+'; start it with that model, or set embedding_model"):
        load(url, model).embed_queries(["disk"])


@pytest.mark.parametrize("model", ["/somewhere/all-MiniLM-L6-v2-q8_0.gguf", "sentence-transformers/all-MiniLM-L6-v2", "/models/all-MiniLM-L6-v2/"])
def test_a_model_is_known_by_its_preset_wherever_its_files_are(url: str, model: str) -> None:
    served = load(url, model)
    assert (served.name, served.window) == ("all-MiniLM-L6-v2", 256)


@pytest.mark.parametrize("key", [None, "wrong"])
def test_a_wrong_key_is_one_sentence(url: str, key: str | None) -> None:
    with pytest.raises(ServiceError, match=rf"^The embedding server at {url} refused the API key \(status 401\); set embedding_api_key to a key that"):
        load(url, key=key).embed_queries(["disk"])


def test_a_server_that_cannot_do_it_says_what_to_change(tmp_path: Path, texts: list[str]) -> None:
    renamed = shutil.copy(minilm_gguf.minilm_gguf(), tmp_path / "embedder.gguf")
    service = service_process.embedding_server(Path(renamed), tmp_path / "log", "--ctx-size", "512", "--parallel", "1", "--ubatch-size", "128")
    service.start()
    try:
        with pytest.raises(ConfigError, match=r"does not take a text of 256 tokens at once; start it with --ubatch-size 256 or more"):
            load(service.url).embed_queries(["disk"])
        small = load(service.url, window=128)
        assert small.embed_passages(texts[:3]).shape == (3, 384), "its size tells that it is the model, whatever its file is called"
        with pytest.raises(ConfigError, match=r"runs embedder\.gguf, not the embedding_model 'multilingual-e5-small'"):
            load(service.url, "multilingual-e5-small").embed_queries(["disk"])
    finally:
        service.stop()
    with pytest.raises(ServiceError, match=r"^The embedding server at .* cannot be reached \(.+\); check embedding_url and that the service runs\.$"):
        small.embed_queries(["disk"])
    service.start()
    try:
        assert small.embed_queries(["disk"]).shape == (1, 384)
    finally:
        service.stop()


def test_a_server_that_loads_or_chats_is_one_sentence(serve: Callable[..., Any], reply: Any) -> None:
    loading = serve({"GET /v1/models": reply({"error": {"message": "Loading model", "code": 503}}, 503)})
    with pytest.raises(ServiceError, match=r"^The embedding server at .* answered with status 503 \(Loading model\)"):
        load(loading.url).embed_queries(["disk"])


def test_counting_the_tokens_of_a_long_question_takes_no_longer_than_the_question_may(
    serve: Callable[..., Any], reply: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    vector = base64.b64encode(numpy.ones(384, "<f4").tobytes()).decode()
    routes = {
        "GET /v1/models": reply({"data": [{"id": "all-MiniLM-L6-v2-f16.gguf", "meta": {}}]}),
        "GET /props": reply({}),
        "POST /tokenize": reply({"tokens": [7]}),
        "POST /v1/embeddings": reply({"data": [{"index": 0, "embedding": vector}]}),
    }
    served = load(serve(routes).url)
    assert served.embed_queries(["disk"]).shape == (1, 384)
    monkeypatch.setattr(_embedding_http, "_QUERY_SECONDS", 0.2)
    routes["POST /tokenize"] = reply({"tokens": [7]}, delay=5)
    started = time.monotonic()
    with pytest.raises(ServiceError, match="did not answer within 0 seconds"):
        served.embed_queries(["disk " * 300])
    assert time.monotonic() - started < 2
