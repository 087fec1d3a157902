# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.questions._search_text import SearchText, search_text


def read(question: str, *, ignore: tuple[str, ...] = (), sounding: dict[str, list[str]] | None = None) -> SearchText:
    return search_text(question, lambda word: (sounding or {}).get(word, []), ignore=ignore)


def phrases(text: SearchText) -> set[str]:
    return {alternative.phrase for term in text.terms for alternative in term}


def test_an_english_question_is_embedded_as_it_is_and_its_stop_words_are_not_looked_up() -> None:
    text = read("Why is the OSD down?")
    assert text.sentences == ("Why is the OSD down?",)
    assert phrases(text) == {"osd", "down"}


def test_identifiers_are_looked_up_whole_and_in_parts() -> None:
    found = phrases(read("what do osd_max_backfills, --storage.tsdb.retention.size and HEALTH_WARN mean"))
    assert {"osd max backfills", "backfills", "storage tsdb retention size", "retention", "health warn"} <= found


def test_of_a_pasted_error_only_what_it_says_is_searched() -> None:
    text = read(
        'ts=2024-02-11T10:00:00.123Z caller=parse.go:176 level=warn pid=4711 msg="lock DB directory: no locks available" '
        "10.20.30.40:9090 /var/lib/prometheus/data 5f2c7d1e-9a3b-4c5d-8e6f-001122334455 0x7ffdeadbeef [12345] 23/Nov/2026:12:00:01 +0300"
    )
    assert text.sentences == ('msg="lock DB directory: no locks available" data',)


@pytest.mark.parametrize("kept", ["504 Gateway Time-out", "/api/v1/admin/tsdb/clean_tombstones", "after upgrade to 3.4.0", "(110: Connection timed out)"])
def test_codes_endpoints_and_versions_are_not_noise(kept: str) -> None:
    assert read(f"error: {kept}").sentences == (f"error: {kept}",)


def test_a_question_of_noise_alone_is_still_asked() -> None:
    assert read("10.0.0.1:9092").sentences == ("10.0.0.1:9092",)


def test_a_russian_question_becomes_english_words() -> None:
    text = read("А что делать, если брокеры и реплики на диске?")
    assert {"broker", "replica", "disk"} <= set(text.sentences[0].split())
    assert all(word.isascii() for sentence in text.sentences for word in sentence.split())


def test_phrases_are_translated_as_a_whole_in_any_case_form_and_over_prepositions() -> None:
    assert "retention" in read("увеличить срок хранения метрик").sentences[0]
    assert "read-only" in " ".join(read("индексы перешли в режим только для чтения").sentences)


def test_the_object_decides_the_sense_of_a_verb() -> None:
    raised, started = read("поднять таймаут соединения"), read("поднять сервис после сбоя")
    assert {"increase", "raise"} & phrases(raised)
    assert "start" in phrases(started)
    assert "start" not in phrases(raised)


def test_several_senses_are_looked_up_but_count_as_one_term() -> None:
    (term,) = read("уведомление").terms
    assert len(term) > 2
    assert term[0].weight > term[1].weight


def test_an_unknown_name_is_taken_from_the_documentation_by_its_sound() -> None:
    text = read("как настроить тарабумкер", sounding={"тарабумкер": ["tarabumker"]})
    assert "tarabumker" in text.sentences[0]
    assert "tarabumker" in phrases(text)


def test_identifiers_stay_and_unknown_words_still_find_russian_runbooks() -> None:
    text = read("что значит osd_max_backfills=4 на хосте kafka-01 с тарабумкой?")
    assert "osd_max_backfills=4" in text.sentences[0]
    assert {"osd max backfills", "4", "тарабумкой"} <= phrases(text)
    assert "тарабумкой" not in text.sentences[0]


@pytest.mark.parametrize(
    ("question", "identifiers"),
    [
        ("is --storage.tsdb.retention.time=30d ignored", {"storage tsdb retention time", "30d"}),
        ("set osd_max_backfills=4,osd_recovery_max_active=8", {"osd max backfills", "osd recovery max active"}),
        ('why is severity="critical" not routed', {"severity", "critical"}),
    ],
)
def test_a_setting_is_looked_up_without_its_value(question: str, identifiers: set[str]) -> None:
    assert identifiers <= phrases(read(question))


def test_a_preposition_is_no_pod() -> None:
    assert "pod" not in phrases(read("диск под нагрузкой"))
    assert "pod" in phrases(read("под не стартует"))


def test_what_the_caller_ignores_is_not_looked_up() -> None:
    assert "kafka" not in phrases(read("kafka broker", ignore=("kafka",)))


def test_a_long_run_of_signs_costs_no_time() -> None:
    started = time.monotonic()
    for run in ("-" * 20_000, "0" * 20_000, "a" * 20_000, "1:" * 20_000, "/" * 20_000, "at a(" * 5_000, "ж-" * 10_000):
        read("почему в логе брокера " + run)
        read("why does the broker say " + run)
    assert time.monotonic() - started < 20  # quadratic work would take minutes


def test_a_noun_is_not_lost_in_the_pronoun_whose_form_it_might_be() -> None:
    assert "volume" in phrases(read("подключить том к серверу"))


def test_a_russian_question_with_a_long_english_error_is_translated_too() -> None:
    assert "expand" in phrases(read("как увеличить размер: ERROR could not resize shared memory segment: No space left on device"))


@pytest.mark.parametrize("kept", ["listen address 0.0.0.0:9092", "bind to 127.0.0.1", "retention.ms 604800000"])
def test_what_is_a_setting_is_not_noise(kept: str) -> None:
    assert read(kept).sentences == (kept,)
