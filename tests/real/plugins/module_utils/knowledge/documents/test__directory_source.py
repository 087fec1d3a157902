# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.documents._directory_source import (
    DirectoryReader,
    SourcePage,
)


def test_corpus_evidence_survives_conversion(shared: Path) -> None:
    """The broker options of two kafka versions, one from HTML includes and one from Markdown, stay in the file that holds them."""
    for version, option in (("3.4", "zookeeper.connect"), ("4.1", "process.roles")):
        pages = {entry.relative_path: entry.page for entry in DirectoryReader(shared / "corpus" / "kafka" / version).entries() if isinstance(entry, SourcePage)}
        assert any(section.headings[-1:] == (option,) for section in pages["generated/kafka_config.html"].sections)
        assert not any(section.headings[-1:] == (option,) for name, page in pages.items() if not name.startswith("generated/") for section in page.sections)
