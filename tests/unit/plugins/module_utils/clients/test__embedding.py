# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The default embedder, and how the configured one is chosen."""

from __future__ import annotations

from pathlib import Path

import numpy
import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import ConfigError
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._embedding import Embedder, load_embedder
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._embedding_settings import embedder_settings


def test_vectors_are_of_unit_length_and_near_when_the_meaning_is(embedder: Embedder) -> None:
    near, same, far = embedder.embed_passages(["replace a failed disk", "swap a broken drive", "how to bake bread"])
    assert near.dtype == numpy.float32
    assert numpy.linalg.norm(near) == pytest.approx(1, abs=1e-3)
    assert near @ same > near @ far + 0.3
    assert embedder.embed_queries(["replace a failed disk"])[0] @ near > 0.999, "this model embeds a question as it does documents"


def test_tokens_are_counted_beyond_the_window(embedder: Embedder) -> None:
    assert (embedder.name, embedder.window) == ("all-MiniLM-L6-v2", 256)
    assert embedder.count_tokens(["", "disk", "disk " * 1000]) == [2, 3, 1002]


def test_a_model_that_is_not_there_is_not_downloaded() -> None:
    with pytest.raises(ConfigError, match=r"The embedding model 'no/such-model' cannot be loaded; .*'all-MiniLM-L6-v2'.* hf download no/such-model\.$"):
        load_embedder(embedder_settings("no/such-model"))
    with pytest.raises(ConfigError, match=r"'intfloat/multilingual-e5-small' cannot be loaded; .* hf download intfloat/multilingual-e5-small\.$"):
        load_embedder(embedder_settings("multilingual-e5-small"))


def test_a_directory_that_holds_no_model_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "bert"}', encoding="utf-8")
    with pytest.raises(ConfigError, match=rf"^The embedding model in '{tmp_path}' cannot be loaded \(.+\); give the directory of a sentence-tra") as caught:
        load_embedder(embedder_settings(str(tmp_path)))
    assert "\n" not in caught.value.message
