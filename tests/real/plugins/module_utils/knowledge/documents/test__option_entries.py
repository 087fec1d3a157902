# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.documents._convert import Page, convert


def entries(converted: Page) -> list[tuple[str, str]]:
    return [(part.headings[-1] if part.headings else "", "\n".join(block.text for block in part.blocks)) for part in converted.sections]


def test_real_option_references(shared: Path) -> None:
    def names(path: str) -> dict[str, str]:
        return dict(entries(convert((shared / "corpus" / path).read_bytes(), path)))

    flags = names("prometheus/3.5.0/command-line/prometheus.md")
    assert flags["--storage.tsdb.retention.size"].startswith("`--storage.tsdb.retention.size`\n- Description: ")
    settings = names("opensearch/2.11/_install-and-configure/configuring-opensearch/cluster-settings.md")
    assert settings["cluster.routing.allocation.disk.watermark.low"].startswith("`cluster.routing.allocation.disk.watermark.low`")
    assert names("kafka/3.4/generated/protocol_errors.html")["UNKNOWN_SERVER_ERROR"]
