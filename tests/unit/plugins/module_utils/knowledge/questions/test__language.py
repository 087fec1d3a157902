# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.questions._language import language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("How do I drain a node?", "en"),
        ("как перезапустить брокер?", "ru"),
        ("kubectl drain --ignore-daemonsets завис, что делать?", "ru"),
        ("Why does kafka-topics.sh --describe say 'реплика'?", "en"),
        ('level=error msg="upstream timed out (110: Connection timed out) while reading response header from upstream" чо крутить?', "ru"),
        ("What does «нет места на устройстве» in the log mean?", "en"),
        ("«нет места»", "ru"),
        ("", "en"),
        ("42 %", "en"),
    ],
)
def test_the_language_is_that_of_the_letters(text: str, language: str) -> None:
    assert language_of(text) == language


NAMES = ["сервер-файлов.example.net", "db-01", "файловые_серверы", "базы"]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("how to disable SMB1 on сервер-файлов", "en"),
        ("how to disable SMB1 on Сервер-Файлов.example.net?", "en"),
        ("restart all of файловые серверы and базы", "en"),
        ("is сервер-файлов. up?", "en"),
        ("как отключить SMB1 на сервер-файлов", "ru"),
        ("базы лежат", "ru"),
        ("сервер-файлов", "ru"),
        ("why is сервер-файлового-кэша slow", "ru"),
    ],
)
def test_names_of_hosts_and_groups_do_not_count(text: str, language: str) -> None:
    assert language_of(text, NAMES) == language
