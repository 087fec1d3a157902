# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/embeddings.md shows the presets as they are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ansible_collections.infra_llm.assistant.plugins.module_utils.clients import _embedding_presets as presets
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._embedding_presets import PRESETS
from ansible_collections.infra_llm.assistant.plugins.module_utils.clients._embedding_settings import LARGEST_DEFAULT_WINDOW, POOLINGS

PAGE = Path(__file__).resolve().parents[5] / "docs" / "embeddings.md"
TASKS = {
    "CQADup Unix": presets.UNIX,
    "CQADup": presets.CQA,
    "SO-QA": presets.STACK_OVERFLOW,
    "FreshStack": presets.FRESH_STACK,
    "Belebele ru-en": presets.RU_EN,
    "Belebele ru-ru": presets.RU_RU,
    "RuBQ": presets.RUBQ,
    "RiaNews": presets.RIA,
    "MIRACL ru": presets.MIRACL_RU,
}


def table(rows: Iterator[list[str]], *header: str) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (header, ["---"] * len(header), *rows))


def test_the_page_shows_how_each_preset_is_used() -> None:
    def rows() -> Iterator[list[str]]:
        for name, preset in PRESETS.items():
            window = f"{preset.window}" if preset.longest == preset.window else f"{preset.window} of {preset.longest}"
            size = f"{preset.parameters} M" + (f" ({preset.computed:g} M)" if preset.computed else "")
            prefixes = [f"`{prefix}`".replace("|", "\\|") if prefix else "" for prefix in (preset.query_prefix, preset.passage_prefix)]
            pooling = preset.pooling or "unknown"
            yield [f"`{name}`", f"`{preset.repository}`", preset.languages, preset.license, size, str(preset.dimension), window, pooling, *prefixes]

    header = ("Preset", "Repository", "Languages", "Licence", "Parameters", "Dimension", "Window", "Pooling", "Before a question", "Before a passage")
    expected = table(rows(), *header)
    assert expected in PAGE.read_text(encoding="utf-8"), expected


def test_the_page_shows_what_was_measured() -> None:
    def rows() -> Iterator[list[str]]:
        for name, preset in PRESETS.items():
            cells = [f"{preset.measured[task]:.1f}" if task in preset.measured else "" for task in TASKS.values()]
            if presets.MIRACL_RU_HARD in preset.measured:
                cells[-1] = f"{preset.measured[presets.MIRACL_RU_HARD]:.1f}\\*"
            yield [f"`{name}`", *cells]

    expected = table(rows(), "Preset", *TASKS)
    assert expected in PAGE.read_text(encoding="utf-8"), expected


def test_a_preset_can_be_used_as_it_stands() -> None:
    for name, preset in PRESETS.items():
        assert preset.window <= min(preset.longest, LARGEST_DEFAULT_WINDOW), name
        assert preset.pooling in (None, *POOLINGS), name
        assert all(prefix == "" or prefix.endswith(" ") for prefix in (preset.query_prefix, preset.passage_prefix)), name
        assert set(preset.measured) <= {*TASKS.values(), presets.MIRACL_RU_HARD}, name
        assert presets.find_preset(name) == presets.find_preset(preset.repository) == name
