# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A tiny multilingual model with random weights: what is configured reaches the vectors, and vectors of two configurations are never mixed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy
import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import ConfigError, DataError
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._embedding import Embedder, load_embedder
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._embedding_settings import embedder_settings
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway._config import GatewayConfig
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway._services import Services
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._ingest import index_version

LONGEST = 128
QUESTIONS = ["Как увеличить число реплик топика?", "replace the failed disk"]
LINES = [*QUESTIONS, "query: passage: search result", "Замена отказавшего диска в кластере", "The broker is under-replicated when a follower is down."]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sentence-transformers directory: XLM-RoBERTa with a vocabulary made of LINES, pooled from the first token, with prompts of its own."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast, XLMRobertaConfig, XLMRobertaModel

    directory = tmp_path_factory.mktemp("models")
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.train_from_iterator(LINES, trainers.UnigramTrainer(vocab_size=120, special_tokens=special, unk_token="<unk>"))
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    names = {"bos_token": "<s>", "cls_token": "<s>", "eos_token": "</s>", "sep_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names).save_pretrained(directory / "plain")
    torch.manual_seed(20260101)
    config = XLMRobertaConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=LONGEST + 2,
        pad_token_id=1,
        initializer_range=0.2,  # so that every token counts
    )
    XLMRobertaModel(config).save_pretrained(directory / "plain")
    modules = [Transformer(str(directory / "plain")), Pooling(32, "cls")]
    SentenceTransformer(modules=modules, device="cpu", prompts={"query": "search ", "document": ""}).save(str(directory / "tiny"))
    return directory / "tiny"


def load(model: Path, **options: Any) -> Embedder:
    return load_embedder(embedder_settings(str(model), **options))


def same(first: Any, second: Any) -> bool:
    """Whether all vectors are pairwise the same, but for computing in bfloat16."""
    return bool((first * second).sum(axis=1).min() > 0.995)


def test_without_options_the_models_own_files_say_how_it_is_used(model: Path) -> None:
    embedder = load(model)
    assert embedder.window == LONGEST, "two of the positions of this architecture are not for tokens"
    assert same(embedder.embed_passages(QUESTIONS), load(model, pooling="cls").embed_passages(QUESTIONS))
    assert same(embedder.embed_queries(QUESTIONS), embedder.embed_passages([f"search {question}" for question in QUESTIONS]))


def test_prefixes_stand_before_questions_and_passages_and_are_counted(model: Path) -> None:
    plain = load(model)
    prefixed = load(model, query_prefix="query: ", passage_prefix="passage: ")
    assert same(prefixed.embed_queries(QUESTIONS), plain.embed_passages([f"query: {question}" for question in QUESTIONS]))
    assert same(prefixed.embed_passages(QUESTIONS), plain.embed_passages([f"passage: {question}" for question in QUESTIONS]))
    assert not same(prefixed.embed_passages(QUESTIONS), plain.embed_passages(QUESTIONS))
    assert prefixed.count_tokens(QUESTIONS) == plain.count_tokens([f"passage: {question}" for question in QUESTIONS])


@pytest.mark.parametrize("pooling", ["mean", "cls", "last"])
def test_pooling_is_as_configured(model: Path, pooling: str) -> None:
    import torch
    from transformers import AutoModel, AutoTokenizer

    tokens = AutoTokenizer.from_pretrained(model)(QUESTIONS[0], return_tensors="pt")
    with torch.no_grad():
        states = AutoModel.from_pretrained(model)(input_ids=tokens["input_ids"], attention_mask=tokens["attention_mask"]).last_hidden_state[0].numpy()
    expected = {"mean": states.mean(axis=0), "cls": states[0], "last": states[-1]}[pooling]
    assert same(load(model, pooling=pooling).embed_passages([QUESTIONS[0]]), expected / numpy.linalg.norm(expected))


def test_a_passage_as_long_as_the_window_is_read_to_its_end_and_a_longer_one_is_not(model: Path) -> None:
    embedder = load(model, window=64, passage_prefix="passage: ", pooling="mean")
    words = "disk"
    while embedder.count_tokens([f"{words} disk"])[0] <= embedder.window:
        words += " disk"
    other_end = f"{words.removesuffix(' disk')} broker"
    assert embedder.count_tokens([words])[0] <= embedder.window == 64 < embedder.count_tokens([f"{words} disk"])[0]
    read, read_other_end = embedder.embed_passages([words]), embedder.embed_passages([other_end])
    assert not numpy.array_equal(read, read_other_end)
    assert numpy.array_equal(embedder.embed_passages([f"{words} disk disk"]), embedder.embed_passages([f"{words} disk broker"]))
    assert not numpy.array_equal(load(model, window=32, passage_prefix="passage: ", pooling="mean").embed_passages([words]), read)


def test_a_window_beyond_the_models_positions_is_refused(model: Path) -> None:
    with pytest.raises(ConfigError, match=r"^The embedding model tiny \w+, window 129 reads at most 128 tokens; set embedding_window to 128 or less\.$"):
        load(model, window=LONGEST + 1)


def test_a_model_of_word_vectors_alone_can_be_used(model: Path, tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
    SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_dim=16)], device="cpu").save(str(tmp_path))
    embedder = load(tmp_path)
    assert (embedder.window, embedder.count_tokens(QUESTIONS)) == (512, load(model).count_tokens(QUESTIONS))
    assert embedder.embed_passages(QUESTIONS).shape == (2, 16)
    with pytest.raises(ConfigError, match=r" has no pooling that could be changed; unset embedding_pooling\.$"):
        load(tmp_path, pooling="cls")


def services(home: Path, model: Path, **options: Any) -> Services:
    return Services(GatewayConfig(str(home), str(home / "knowledge"), "python3", 900, str(model), **options))


@pytest.mark.parametrize("option", [{"query_prefix": "query: "}, {"passage_prefix": "passage: "}, {"window": 64}, {"pooling": "mean"}])
def test_a_knowledge_base_refuses_another_configuration_and_says_how_to_rebuild_it(model: Path, tmp_path: Path, option: dict[str, Any]) -> None:
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "disk.md").write_text(f"# Disks\n\n{LINES[3]}.\n\n{LINES[4]}\n", encoding="utf-8")
    made = services(tmp_path, model)
    assert index_version(made.index(), made.embedder, "docs", "ceph", "18.2", str(documents), lambda progress: None)["embedded"] > 0
    assert services(tmp_path, model).index().versions()[0].product == "ceph"
    changed = {f"embedding_{name}": value for name, value in option.items()}
    with pytest.raises(DataError, match=r"was made with the embedder 'tiny \w+', not 'tiny \w+, .+'; remove .+ and index again with playbooks/ingest\.yml"):
        services(tmp_path, model, **changed).index()
