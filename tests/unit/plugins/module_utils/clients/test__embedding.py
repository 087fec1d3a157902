# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import numpy
import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import ConfigError
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._embedding import SentenceTransformerEmbedder


def test_vectors_are_of_unit_length_and_near_when_the_meaning_is(embedder: SentenceTransformerEmbedder) -> None:
    near, same, far = embedder.embed(["replace a failed disk", "swap a broken drive", "how to bake bread"])
    assert near.dtype == numpy.float32
    assert numpy.linalg.norm(near) == pytest.approx(1, abs=1e-3)
    assert near @ same > near @ far + 0.3
    assert embedder.embed(["replace a failed disk"])[0] @ near > 0.999, "a question is embedded as documents are"


def test_tokens_are_counted_beyond_the_window(embedder: SentenceTransformerEmbedder) -> None:
    assert embedder.window == 256
    assert embedder.count_tokens(["", "disk", "disk " * 1000]) == [2, 3, 1002]


def test_a_model_that_is_not_there_is_not_downloaded() -> None:
    with pytest.raises(ConfigError, match="The embedding model 'no/such-model' cannot be loaded; set embedding_model to 'all-MiniLM-L6-v2'"):
        SentenceTransformerEmbedder("no/such-model")
