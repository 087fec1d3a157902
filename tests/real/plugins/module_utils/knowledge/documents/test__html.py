# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.documents._convert import Page, convert


def text_of(converted: Page) -> str:
    return "\n".join(block.text for section in converted.sections for block in section.blocks)


def section(converted: Page, name: str) -> str:
    return "\n".join(block.text for part in converted.sections if part.headings[-1:] == (name,) for block in part.blocks)


@pytest.mark.parametrize("name", ["quickstart", "configuration", "security", "upgrade", "design", "connect", "api", "introduction", "implementation"])
def test_kafka_pages_hold_their_text_in_a_template(shared: Path, name: str) -> None:
    # Some of these pages hold little beside their includes.
    path = shared / "corpus" / "kafka" / "3.4" / f"{name}.html"
    assert len(text_of(convert(path.read_bytes(), f"{name}.html", version="3.4")).split()) > 200


def test_kafka_pages_have_their_includes_and_no_template_syntax(shared: Path) -> None:
    asked: list[str] = []

    def read_include(target: str) -> bytes:
        asked.append(target)
        return b"<p>Inlined.</p>"

    for path in sorted((shared / "corpus" / "kafka" / "3.4").glob("*.html")):
        text = text_of(convert(path.read_bytes(), path.name, version="3.4", read_include=read_include))
        assert "{{" not in text, path
        assert "#include" not in text, path
        if path.name == "quickstart.html":
            assert "$ tar -xzf kafka_<scalaVersion>-<fullDotVersion>.tgz" in text
        elif path.name == "configuration.html":
            assert text.count("Inlined.") == 9
    assert "generated/kafka_config.html" in asked


def test_each_configuration_entry_is_a_section(shared: Path) -> None:
    path = shared / "corpus" / "kafka" / "3.4" / "generated" / "kafka_config.html"
    converted = convert(path.read_bytes(), "generated/kafka_config.html")
    entry = next(part for part in converted.sections if part.headings == ("log.retention.hours",))
    assert entry.anchor == "brokerconfigs_log.retention.hours"
    assert [block.text for block in entry.blocks] == [
        "The number of hours to keep a log file before deleting it (in hours), tertiary to log.retention.ms property",
        "- Type: int",
        "- Default: 168",
        "- Importance: high",
        "- Update Mode: read-only",
    ]


def test_nginx_pages_without_banner_menu_and_languages(shared: Path) -> None:
    path = shared / "corpus" / "nginx" / "1.24" / "html" / "http" / "ngx_http_proxy_module.html"
    converted = convert(path.read_bytes(), "ngx_http_proxy_module.html")
    assert converted.title == "Module ngx_http_proxy_module"
    entry = next(part for part in converted.sections if part.headings[-1:] == ("proxy_read_timeout",))
    assert (entry.headings, entry.anchor) == (("Directives", "proxy_read_timeout"), "proxy_read_timeout")
    assert entry.blocks[0].text == "- Syntax: `proxy_read_timeout time;`"
    text = text_of(converted)
    assert "русский" not in text
    assert "security advisories" not in text
