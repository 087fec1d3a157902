# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a question mentions, in both languages, and what only looks like it."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.infra_llm.assistant.plugins.module_utils.infrastructure._mentions import find_mentions
from ansible_collections.infra_llm.assistant.plugins.module_utils.infrastructure._names import NameIndex


def test_golden_questions_name_the_right_product_or_none(shared: Path) -> None:
    import json

    index = NameIndex({"all": [], "ungrouped": []})
    wrong = []
    for file in ("dev.jsonl", "dev_ru.jsonl"):
        for line in (shared / "golden" / file).read_text(encoding="utf-8").splitlines():
            item = json.loads(line)
            products = find_mentions(item["question"], index).products
            if products and item["product"] not in products:
                wrong.append((item["id"], products))
    # two questions about etcd as a part of Kubernetes, one that names Docker beside what it means
    assert len(wrong) <= 3, wrong
