# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._product_versions import choose_version


@pytest.mark.parametrize("golden", ["dev.jsonl", "dev_ru.jsonl"])
def test_golden_pairs(shared: Path, golden: str) -> None:
    for line in (shared / "golden" / golden).read_text(encoding="utf-8").splitlines():
        question = json.loads(line)
        available = [entry.name for entry in (shared / "corpus" / question["product"]).iterdir()]
        found = choose_version(question["deployed_version"], available, question["product"])
        assert found is not None
        assert found.served_version == question["expect_version"], question["id"]
