# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Embedding models whose settings are known, and what was measured of them."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import dataclasses
import os
import re
import typing as t

from .._options import OPTIONS

if t.TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_MODEL: t.Final[str] = OPTIONS["embedding_model"].default

UNIX = "CQADupstackUnixRetrieval"
CQA = "CQADupstackRetrieval"
STACK_OVERFLOW = "StackOverflowQA"
FRESH_STACK = "FreshStackRetrieval"
RU_EN = "BelebeleRetrieval, Russian question, English text"
RU_RU = "BelebeleRetrieval, Russian question, Russian text"
RUBQ = "RuBQRetrieval"
RIA = "RiaNewsRetrieval"
MIRACL_RU = "MIRACLRetrieval, Russian"
MIRACL_RU_HARD = "MIRACLRetrievalHardNegatives, Russian"

# What converters write behind the name of a model: multilingual-e5-small-f16.gguf, bge-m3.Q8_0.gguf
_QUANTISATION = re.compile(r"[-._](?:f16|fp16|bf16|f32|fp32|i?q\d\w*)$", re.IGNORECASE)


@dataclasses.dataclass(frozen=True)
class Preset:
    """How a model wants to be used, and facts for choosing one.

    ``window`` is in tokens, special ones included: what is used; ``longest`` is what the model can read. ``parameters`` are in
    millions, those of the token table included; ``computed`` are those that each token passes through, where they are known to be far fewer.
    ``pooling`` is None where only the model's own files say it. ``measured`` is nDCG@10 in percent by task, as published in
    the results repository of MTEB. Changing prefixes, window or pooling changes vectors without changing the embedder's name: do not.
    """

    repository: str
    languages: str
    license: str
    parameters: int
    dimension: int
    window: int
    longest: int
    pooling: str | None
    measured: Mapping[str, float]
    query_prefix: str = ""
    passage_prefix: str = ""
    computed: float | None = None

    @property
    def multilingual(self) -> bool:
        """Whether a question in Russian needs no translation for it."""
        return self.languages != "English"


# Passages of more than 512 tokens rank worse and take longer, so that is the window of models that could read more.
PRESETS: dict[str, Preset] = {
    "all-MiniLM-L6-v2": Preset(
        repository="sentence-transformers/all-MiniLM-L6-v2",
        languages="English",
        license="Apache-2.0",
        parameters=23,
        dimension=384,
        window=256,
        longest=512,
        pooling="mean",
        measured={UNIX: 41.3, CQA: 41.3, STACK_OVERFLOW: 84.0, FRESH_STACK: 22.8, RU_EN: 4.6, RU_RU: 12.7, RUBQ: 2.6, RIA: 0.7, MIRACL_RU: 0.4},
    ),
    "granite-embedding-small-english-r2": Preset(
        repository="ibm-granite/granite-embedding-small-english-r2",
        languages="English",
        license="Apache-2.0",
        parameters=47,
        dimension=384,
        window=512,
        longest=8192,
        pooling="cls",
        measured={UNIX: 51.1, CQA: 47.8, STACK_OVERFLOW: 90.0, FRESH_STACK: 32.8, MIRACL_RU_HARD: 16.2},
    ),
    "multilingual-e5-small": Preset(
        repository="intfloat/multilingual-e5-small",
        languages="about 100",
        license="MIT",
        parameters=118,
        computed=21,
        dimension=384,
        window=512,
        longest=512,
        pooling="mean",
        query_prefix="query: ",
        passage_prefix="passage: ",
        measured={UNIX: 35.3, CQA: 36.1, STACK_OVERFLOW: 81.9, FRESH_STACK: 21.4, RU_EN: 82.7, RU_RU: 92.2, RUBQ: 68.5, RIA: 70.0, MIRACL_RU: 59.0},
    ),
    "paraphrase-multilingual-MiniLM-L12-v2": Preset(
        repository="sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2",
        languages="about 50",
        license="Apache-2.0",
        parameters=118,
        computed=21,
        dimension=384,
        window=128,
        longest=512,
        pooling="mean",
        measured={UNIX: 32.2, CQA: 30.7, STACK_OVERFLOW: 37.9, FRESH_STACK: 11.1, RU_EN: 77.6, RU_RU: 79.7, RUBQ: 29.7, RIA: 44.8, MIRACL_RU: 19.0},
    ),
    "granite-embedding-97m-multilingual-r2": Preset(
        repository="ibm-granite/granite-embedding-97m-multilingual-r2",
        languages="more than 200, 52 of them trained for retrieval",
        license="Apache-2.0",
        parameters=97,
        dimension=384,
        window=512,
        longest=32768,
        pooling=None,
        measured={UNIX: 41.8, CQA: 40.6, STACK_OVERFLOW: 82.0, FRESH_STACK: 30.1, RU_EN: 77.9, RU_RU: 88.2, MIRACL_RU_HARD: 51.3},
    ),
    "bekko-a8m": Preset(
        repository="hotchpotch/bekko-embedding-v1-a8m",
        languages="more than 100",
        license="MIT",
        parameters=106,
        computed=7.7,
        dimension=384,
        window=512,
        longest=8192,
        pooling=None,
        measured={UNIX: 35.6, CQA: 37.3, STACK_OVERFLOW: 74.8, FRESH_STACK: 27.1, RU_EN: 86.9, RU_RU: 91.4, RUBQ: 60.3, MIRACL_RU_HARD: 50.5},
    ),
    "bekko-a25m": Preset(
        repository="hotchpotch/bekko-embedding-v1-a25m",
        languages="more than 100",
        license="MIT",
        parameters=123,
        computed=25,
        dimension=384,
        window=512,
        longest=8192,
        pooling=None,
        measured={UNIX: 39.7, CQA: 40.5, STACK_OVERFLOW: 77.2, FRESH_STACK: 30.5, RU_EN: 89.8, RU_RU: 92.7, RUBQ: 63.6, MIRACL_RU_HARD: 57.7},
    ),
    "granite-embedding-311m-multilingual-r2": Preset(
        repository="ibm-granite/granite-embedding-311m-multilingual-r2",
        languages="more than 200, 52 of them trained for retrieval",
        license="Apache-2.0",
        parameters=311,
        dimension=768,
        window=512,
        longest=32768,
        pooling=None,
        measured={UNIX: 45.5, CQA: 43.2, STACK_OVERFLOW: 86.3, FRESH_STACK: 31.4, RU_EN: 84.4, RU_RU: 90.9, MIRACL_RU_HARD: 56.9},
    ),
    "snowflake-arctic-embed-m-v2.0": Preset(
        repository="Snowflake/snowflake-arctic-embed-m-v2.0",
        languages="about 70",
        license="Apache-2.0",
        parameters=305,
        computed=113,
        dimension=768,
        window=512,
        longest=8192,
        pooling="cls",
        query_prefix="query: ",
        measured={UNIX: 47.8, CQA: 47.2, STACK_OVERFLOW: 90.7, RU_EN: 83.2, RU_RU: 90.2, MIRACL_RU: 58.8},
    ),
    "embeddinggemma-300m": Preset(
        repository="google/embeddinggemma-300m",
        languages="more than 100",
        license="Gemma Terms of Use",
        parameters=308,
        computed=106,
        dimension=768,
        window=512,
        longest=2048,
        pooling="mean",
        query_prefix="task: search result | query: ",
        passage_prefix="title: none | text: ",
        measured={UNIX: 41.5, STACK_OVERFLOW: 86.5, RU_EN: 94.1, RU_RU: 95.1, RUBQ: 69.7, MIRACL_RU_HARD: 66.5},
    ),
    "bge-m3": Preset(
        repository="BAAI/bge-m3",
        languages="more than 100",
        license="MIT",
        parameters=568,
        computed=303,
        dimension=1024,
        window=512,
        longest=8192,
        pooling="cls",
        measured={STACK_OVERFLOW: 80.6, FRESH_STACK: 27.2, RU_EN: 92.9, RU_RU: 94.7, RUBQ: 71.2, RIA: 83.0, MIRACL_RU: 70.2},
    ),
    "USER2-small": Preset(
        repository="deepvk/USER2-small",
        languages="Russian",
        license="Apache-2.0",
        parameters=34,
        dimension=384,
        window=512,
        longest=8192,
        pooling="mean",
        query_prefix="search_query: ",
        passage_prefix="search_document: ",
        measured={RUBQ: 61.1, RIA: 74.0, MIRACL_RU: 42.9},
    ),
    "FRIDA": Preset(
        repository="ai-forever/FRIDA",
        languages="Russian, English",
        license="MIT",
        parameters=823,
        dimension=1536,
        window=512,
        longest=512,
        pooling="cls",
        query_prefix="search_query: ",
        passage_prefix="search_document: ",
        measured={RUBQ: 72.9, RIA: 86.6, MIRACL_RU: 71.9},
    ),
}


def find_preset(model: str) -> str | None:
    """The name of the preset for a model, which is recognised by the last part of its name, repository, directory or GGUF file."""
    last = os.path.basename(model.rstrip("/"))
    if last.lower().endswith(".gguf"):
        last = _QUANTISATION.sub("", last[: -len(".gguf")])
    for name, preset in PRESETS.items():
        if last.lower() in (name.lower(), os.path.basename(preset.repository).lower()):
            return name
    return None
