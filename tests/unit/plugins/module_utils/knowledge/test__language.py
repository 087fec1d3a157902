# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._language import language_of, search_text


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("How do I drain a node?", "en"),
        ("как перезапустить брокер?", "ru"),
        ("kubectl drain --ignore-daemonsets завис, что делать?", "ru"),
        ("Why does kafka-topics.sh --describe say 'реплика'?", "en"),
        ("", "en"),
        ("42 %", "en"),
    ],
)
def test_the_language_is_that_of_the_letters(text: str, language: str) -> None:
    assert language_of(text) == language


def test_an_english_question_stays_as_it_is() -> None:
    question = "Why is osd.12 down?"
    assert search_text(question).dense == question
    assert search_text(question).terms == ("Why", "is", "osd.12", "down?")


def test_a_russian_question_becomes_english_words_without_its_stop_words() -> None:
    text = search_text("А что делать, если брокеры и реплики на диске?")
    assert {"broker", "replica", "disk"} <= set(text.dense.split())
    assert all(word.isascii() for word in text.dense.split())


def test_phrases_are_translated_as_a_whole_in_any_case_form() -> None:
    assert "retention" in search_text("срока хранения").dense
    assert "retention" in search_text("увеличить срок хранения метрик").dense


def test_identifiers_and_unknown_words_are_kept() -> None:
    text = search_text("что значит osd_max_backfills=4 и --storage.tsdb.retention.size на хосте kafka-01 с тарабумкой?")
    assert {"osd_max_backfills=4", "--storage.tsdb.retention.size", "kafka-01"} <= set(text.dense.split())
    assert {"osd_max_backfills=4", "--storage.tsdb.retention.size", "kafka-01", "тарабумкой"} <= set(text.terms)
    assert "тарабумкой" not in text.dense


def test_a_long_run_of_signs_costs_no_time() -> None:
    started = time.monotonic()
    search_text("почему в логе брокера " + "-" * 20_000)
    assert time.monotonic() - started < 2
