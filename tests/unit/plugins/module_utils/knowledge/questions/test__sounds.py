# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.questions._sounds import cyrillic_key, latin_keys


@pytest.mark.parametrize(
    ("cyrillic", "latin"),
    [
        ("этсд", "etcd"),
        ("бэкенд", "backend"),
        ("плейсмент", "placement"),
        ("кворум", "quorum"),
        ("шедулер", "scheduler"),
        ("сторадж", "storage"),
        ("вебхук", "webhook"),
        ("чанк", "chunk"),
        ("хапрокси", "haproxy"),
        ("виджет", "widget"),
    ],
)
def test_a_name_spoken_in_russian_meets_its_spelling(cyrillic: str, latin: str) -> None:
    assert cyrillic_key(cyrillic) in latin_keys(latin)


def test_words_too_short_to_tell_apart_have_no_key() -> None:
    assert cyrillic_key("кот") is None
    assert latin_keys("cat") == set()
