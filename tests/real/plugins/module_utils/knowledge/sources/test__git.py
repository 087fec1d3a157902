# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real repositories, made here: which ref is chosen, and which files of it are brought."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.documents._directory_source import DirectoryReader, SkippedFile
from upstream import Upstream, bring, entry, files_below


@pytest.fixture
def upstream(tmp_path: Path) -> Upstream:
    return Upstream(tmp_path / "upstream")


def test_real_documentation(upstream: Upstream, tmp_path: Path, shared: Path) -> None:
    """Kafka's site as it is in git, versions side by side; what is brought converts as the original does."""
    for version in ("2.8", "3.0", "3.4"):
        shutil.copytree(shared / "corpus" / "kafka" / version, upstream.path / version.replace(".", ""))
    upstream.commit({"34/images/logo.svg": "<svg/>", "34/js/templateData.js": "var context={}"})
    original = files_below(shared / "corpus" / "kafka" / "3.4")
    product = entry(
        upstream.path, name="kafka", versions="glued", refs=("main",), paths=("{glued}",), root="{glued}", url="https://k.example/{glued}/{page}.html"
    )
    fetched = bring(product, "3.4.1", tmp_path / "out")
    assert files_below(tmp_path / "out") == {**original, "js/templateData.js": b"var context={}"}, "code that pages may include, and no pictures"
    assert not fetched.skipped
    assert fetched.files["generated/kafka_config.html"].url == "https://k.example/34/generated/kafka_config.html"
    again = bring(product, "3.4.1", tmp_path / "again")
    assert again == fetched
    assert not [page for page in DirectoryReader(tmp_path / "out").entries() if isinstance(page, SkippedFile) and "cannot be converted" in page.reason]
