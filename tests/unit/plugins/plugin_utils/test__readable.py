# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible_collections.infra_llm.assistant.plugins.plugin_utils._readable import readable


def source(number: int, **changes: Any) -> dict[str, Any]:
    docs = {"product": "kafka", "requested_version": "3.5.1", "served_version": "3.4", "match": "nearest_lower", "kind": "docs"}
    return {"id": number, **docs, "title": "Broker", "section": "Fetchers", "url": "kafka/3.4/broker.md#fetchers", **changes}


def test_answer_sources_with_version_match_and_warnings_in_this_order() -> None:
    house = source(2, product="", requested_version=None, served_version="unversioned", match="unversioned", kind="house", section="", url="house/reboot.md")
    result = {"language": "en", "answer": "Do this [1].", "sources": [source(1, license="Apache-2.0"), house], "warnings": ["Mind the version."]}
    text = readable(result)
    assert "3.5.1" in text
    assert re.sub(r"\([^)]*3\.5\.1,", "(MATCH,", text) == (
        """
Do this [1].

Sources
  [1] Broker > Fetchers
      kafka 3.4 documentation (MATCH, Apache-2.0): kafka/3.4/broker.md#fetchers
  [2] Broker
      house runbook (no version): house/reboot.md

Warnings
  - Mind the version.
"""
    )


def test_a_community_answer_names_its_author_and_licence() -> None:
    post = source(1, kind="qa", served_version="unversioned", match="unversioned", attribution="J. Doe", license="CC BY-SA 4.0", url="https://qa.example.org/1")
    text = readable({"language": "en", "answer": "A", "sources": [post], "warnings": []})
    assert "kafka community answer (no version, J. Doe, CC BY-SA 4.0): https://qa.example.org/1" in text


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({}, r"ближайшая старее .*3\.5\.1"),
        ({"match": "exact"}, "точная версия"),
        ({"requested_version": None, "match": "unversioned"}, "самая новая.*"),
        ({"served_version": "unversioned", "match": "unversioned"}, "без версии"),
    ],
)
def test_it_is_in_the_language_of_the_answer(changes: dict[str, Any], shown: str) -> None:
    text = readable({"language": "ru", "answer": "Так.", "sources": [source(1, **changes)], "warnings": []})
    assert "Источники" in text
    assert re.search(rf"\({shown}\)", text)
    assert "Предупреждения" not in text


def test_a_page_without_title_and_an_answer_without_sources_can_be_shown() -> None:
    untitled = source(1)
    del untitled["title"]
    assert "[1] Fetchers\n" in readable({"language": "en", "answer": "A", "sources": [untitled], "warnings": []})
    assert readable({"language": "de", "answer": "A", "sources": [], "warnings": []}) == "\nA\n"
