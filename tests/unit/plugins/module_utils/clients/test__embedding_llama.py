# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The default model as GGUF against itself in sentence-transformers, and files that are something else."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import minilm_gguf
import numpy
import pytest
import tiny_gguf
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import ConfigError, MissingLibraryError
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._embedding import Embedder, load_embedder
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._embedding_settings import embedder_settings

RUNBOOKS = Path(__file__).resolve().parents[5] / "docs" / "examples" / "knowledge" / "house"


@pytest.fixture(scope="module")
def model() -> Path:
    return minilm_gguf.minilm_gguf()


def load(model: Path, **options: Any) -> Embedder:
    return load_embedder(embedder_settings(str(model), **options))


@pytest.fixture(scope="module")
def gguf(model: Path) -> Embedder:
    return load(model)


@pytest.fixture(scope="module")
def passages(embedder: Embedder) -> list[str]:
    """Paragraphs of the example runbooks, code and tables among them, and a question in Russian; each fits the window."""
    found = [text for path in sorted(RUNBOOKS.glob("*.md")) for text in path.read_text(encoding="utf-8").split("\n\n")[1::6]]
    found.append("Почему брокер Kafka отстаёт, и что делать в первую очередь?")
    return [text for text, size in zip(found, embedder.count_tokens(found), strict=True) if size <= embedder.window]


def test_vectors_are_those_of_sentence_transformers(gguf: Embedder, embedder: Embedder, passages: list[str]) -> None:
    assert len(passages) > 20
    assert gguf.count_tokens(passages) == embedder.count_tokens(passages)
    vectors = gguf.embed_passages(passages)
    assert vectors.dtype == numpy.float32
    assert numpy.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert (vectors * embedder.embed_queries(passages)).sum(axis=1).min() > 0.9999, "for questions the other computes in full precision"


def test_a_vector_does_not_depend_on_what_else_is_embedded(gguf: Embedder, passages: list[str]) -> None:
    together = gguf.embed_passages(passages[:6])
    alone = numpy.concatenate([gguf.embed_queries([text]) for text in passages[:6]])
    assert (together * alone).sum(axis=1).min() > 0.99999


def test_prefixes_window_and_pooling_are_as_configured(model: Path, gguf: Embedder) -> None:
    assert (gguf.window, gguf.count_tokens(["", "disk", "disk " * 1000])) == (256, [2, 3, 1002])
    other = load(model, query_prefix="query: ", passage_prefix="passage: ", window=64, pooling="cls")
    cls = load(model, pooling="cls")
    assert other.window == 64
    assert other.count_tokens(["disk"]) == gguf.count_tokens(["passage: disk"])
    assert numpy.array_equal(other.embed_queries(["disk"]), cls.embed_queries(["query: disk"]))
    assert numpy.array_equal(other.embed_passages(["disk"]), cls.embed_passages(["passage: disk"]))
    assert not numpy.allclose(cls.embed_passages(["disk"]), gguf.embed_passages(["disk"]), atol=0.01)
    filled = "disk " * 59 + "{}"
    assert other.count_tokens([filled.format("disk")])[0] == 64
    assert not numpy.array_equal(other.embed_passages([filled.format("disk")]), other.embed_passages([filled.format("bread")]))
    with pytest.raises(ConfigError, match=r"reads at most 512 tokens; set embedding_window to 512 or less\.$"):
        load(model, window=513)


def test_a_file_that_is_no_embedding_model_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"\.gguf' is no embedding model \(its architecture is llama, without pooling\); give .*$"):
        load(tiny_gguf.tiny_gguf())
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(ConfigError, match=r"broken\.gguf' cannot be loaded by llama\.cpp \(.+\); check that the GGUF file is whole") as caught:
        load(broken)
    assert "\n" not in caught.value.message


def test_without_the_library_the_error_names_the_file_that_brings_it(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "llama_cpp", None)
    with pytest.raises(MissingLibraryError, match=r"^The Python package 'llama-cpp-python', needed for a GGUF embedding .* requirements/llama\.txt there"):
        load(model)


def test_a_file_of_another_name_is_used_as_it_says_itself(model: Path, tmp_path: Path) -> None:
    renamed = tmp_path / "renamed.gguf"
    shutil.copy(model, renamed)
    assert load(renamed).window == 512, "only the preset knows that this model was trained on less than it can read"
