# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operators' questions over real documentation: what the benchmark measures must not fall below these floors."""

from __future__ import annotations

import json
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
import real_material

ROOT = Path(__file__).resolve().parents[2]
BENCHMARK = ROOT / "tests" / "benchmark"
SHARED = real_material.directory()
# Little text, but several versions of each and three formats of questions: config, errors, how-to.
DOCUMENTED = {"alertmanager": ("0.25.0", "0.27.0"), "prometheus": ("2.45.0", "2.53.0")}


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> dict[str, t.Any]:
    directory = tmp_path_factory.mktemp("retrieval")
    for product, versions in DOCUMENTED.items():
        (directory / "corpus" / product).mkdir(parents=True)
        for version in versions:
            (directory / "corpus" / product / version).symlink_to(SHARED / "corpus" / product / version)
    lines = [
        line
        for folder in (SHARED / "golden", BENCHMARK / "golden")
        for file in sorted(folder.glob("*.jsonl"))
        if not file.stem.endswith("_keys")
        for line in file.read_text().splitlines()
    ]
    chosen = [line for line in lines if (row := json.loads(line))["expect_version"] in DOCUMENTED.get(row["product"], ())]
    (directory / "golden.jsonl").write_text("\n".join(chosen), encoding="utf-8")
    command = [sys.executable, BENCHMARK / "retrieval.py", "--corpus", directory / "corpus", "--golden", directory / "golden.jsonl"]
    done = subprocess.run([*command, "--index", directory / "index", "--json", directory / "out.json"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    print(done.stdout)
    return t.cast("dict[str, t.Any]", json.loads((directory / "out.json").read_text()))


@pytest.mark.parametrize(("language", "within_600", "within_1500"), [("en", 0.85, 0.95), ("ru", 0.70, 0.80)])
def test_the_answer_is_found_in_few_words(measured: dict[str, t.Any], language: str, within_600: float, within_1500: float) -> None:
    found = measured["systems"]["hybrid"]["lang"][language]
    assert found["n"] >= 20
    assert found["found@600w"] >= within_600
    assert found["found@1500w"] >= within_1500


def test_no_passage_is_of_another_version(measured: dict[str, t.Any]) -> None:
    assert measured["systems"]["hybrid"]["all"]["wrong_version"] == 0


@pytest.mark.parametrize("baseline", ["bm25", "dense"])
@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_search_is_ahead_of_each_half_of_it(measured: dict[str, t.Any], baseline: str, language: str) -> None:
    systems = measured["systems"]
    assert systems["hybrid"]["lang"][language]["found@1500w"] > systems[baseline]["lang"][language]["found@1500w"]
