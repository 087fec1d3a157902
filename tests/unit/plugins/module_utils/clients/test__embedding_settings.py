# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What makes two embedders different, and what a preset brings along; nothing here loads a model."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import ConfigError
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._embedding_settings import embedder_settings


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    made = tmp_path / "some-model"
    (made / "1_Pooling").mkdir(parents=True)
    (made / "model.safetensors").write_bytes(bytes(range(256)) * 10_000)
    (made / "1_Pooling" / "config.json").write_text('{"pooling_mode": "mean"}', encoding="utf-8")
    return made


@pytest.mark.parametrize(
    "model",
    [
        "multilingual-e5-small",
        "intfloat/multilingual-e5-small",
        "{}/multilingual-e5-small/",
        "{}/multilingual-e5-small-f16.gguf",
        "{}/Multilingual-E5-Small.Q8_0.GGUF",
    ],
)
def test_a_preset_is_recognised_wherever_the_model_lies(model: str, tmp_path: Path) -> None:
    path = Path(model.format(tmp_path))
    if path.suffix.lower() == ".gguf":
        path.write_bytes(b"GGUF")
    elif path.is_absolute():
        path.mkdir()
    settings = embedder_settings(model.format(tmp_path))
    assert (settings.query_prefix, settings.passage_prefix, settings.window, settings.pooling) == ("query: ", "passage: ", 512, "mean")


@pytest.mark.parametrize("model", ["someone/other-e5-small", "{}/multilingual-e5-small-tuned", "{}/multilingual-e5-small-tuned.gguf"])
def test_what_only_resembles_a_preset_is_as_its_own_files_say(model: str, tmp_path: Path) -> None:
    (tmp_path / "multilingual-e5-small-tuned").mkdir()
    (tmp_path / "multilingual-e5-small-tuned.gguf").touch()
    settings = embedder_settings(model.format(tmp_path))
    assert (settings.query_prefix, settings.passage_prefix, settings.window, settings.pooling) == (None, None, None, None)


def test_the_name_tells_settings_apart_but_not_ways_to_write_the_same() -> None:
    plain = embedder_settings("multilingual-e5-small")
    assert plain.name == "multilingual-e5-small"
    assert embedder_settings("intfloat/multilingual-e5-small", query_prefix="query: ", passage_prefix="passage: ", window=512, pooling="mean") == plain
    assert embedder_settings("multilingual-e5-small", query_prefix="q: ").name == 'multilingual-e5-small, query prefix "q: "'
    others = [{"query_prefix": "p: "}, {"passage_prefix": "p: "}, {"window": 256}, {"pooling": "cls"}, {"window": 256, "pooling": "cls"}]
    assert len({embedder_settings("multilingual-e5-small", **other).name for other in [{}, *others]}) == 1 + len(others)


def test_files_may_be_moved_but_not_exchanged(directory: Path) -> None:
    name = embedder_settings(str(directory)).name
    assert name.startswith("some-model ")
    (directory / "README.md").write_text("Read.", encoding="utf-8")
    moved = directory.parent / "elsewhere" / "some-model"
    moved.parent.mkdir()
    directory.rename(moved)
    assert embedder_settings(str(moved)).name == embedder_settings(f"{moved}/").name == name
    (moved / "1_Pooling" / "config.json").write_text('{"pooling_mode": "last"}', encoding="utf-8")
    other_pooling = embedder_settings(str(moved)).name
    weights = bytearray((moved / "model.safetensors").read_bytes())
    weights[1_600_000:1_700_000] = bytes(100_000)
    (moved / "model.safetensors").write_bytes(weights)
    assert len({name, other_pooling, embedder_settings(str(moved)).name}) == 3


def test_what_cannot_be_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^embedding_pooling is 'max'; set it to one of mean, cls, last\.$"):
        embedder_settings(pooling="max")
    with pytest.raises(ConfigError, match=rf"^embedding_model '{tmp_path}/none\.gguf' is not a file; give the path of a GGUF embedding model\.$"):
        embedder_settings(f"{tmp_path}/none.gguf")
    with pytest.raises(ConfigError, match=rf"^embedding_model '{tmp_path}/none' is not there; give the directory of a sentence-transformers model\.$"):
        embedder_settings(f"{tmp_path}/none")
