# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Versions as packages, commands and people write them."""

from __future__ import annotations

import random

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils.catalogue._release import DATE, MOVING, Release, read_release
from hypothesis import given
from hypothesis import strategies as st

NUMBERS = st.lists(st.integers(0, 99), min_size=2, max_size=4).map(lambda parts: ".".join(map(str, parts)))
# Behind a version these say nothing about the release.
PACKAGING = st.sampled_from(
    (
        *("", "-1", "-1.el9", "-2.fc39", "-1ubuntu2", "-0ubuntu0.22.04.1", "-1~bpo12+1", "-2+deb12u3", "-1.pgdg22.04+1", "+dfsg-1", "-1.x86_64", "-r0"),
        *("+k3s1", "+rke2r1", "-ee", "-ce.0", ".Final", "-alpine3.19", "-bookworm", ".linux-amd64", " (Debian)", " (Ubuntu)", " LTS"),
    )
)
# These name another release than the same numbers alone.
MARKS = st.sampled_from(["a", "k", "p1", "-rc1", "~rc2", "-beta.1", "a2", "-SNAPSHOT", "R2", "-SP1", " SP 2", "U3", "-p4", ".post1", "+git20240101"])
BEFORE = st.sampled_from(["", "v", "V", "1:", "2:", "tool-", "tool/", "tool ", "tool version "])


def read(text: str, product: str | None = None) -> Release:
    release = read_release(text, product)
    assert release is not None, text
    return release


@given(BEFORE, NUMBERS, PACKAGING)
def test_packaging_does_not_make_another_release(before: str, version: str, packaging: str) -> None:
    release = read(before + version + packaging)
    assert release.is_same_as(read(version)), (release, packaging)
    assert release.upstream == version


@given(BEFORE, NUMBERS, MARKS, PACKAGING)
def test_a_mark_makes_another_release_whatever_the_packaging(before: str, version: str, mark: str, packaging: str) -> None:
    marked = read(before + version + mark + packaging)
    assert not marked.is_same_as(read(version)), (version, mark, packaging)
    assert marked.numbers == read(version).numbers


@given(st.lists(st.tuples(NUMBERS, st.one_of(st.just(""), MARKS)).map("".join), min_size=1, max_size=6))
def test_the_order_is_total_and_agrees_with_sameness(texts: list[str]) -> None:
    releases = [read(text) for text in texts]
    assert sorted(releases, key=lambda release: release.order) == sorted(random.sample(releases, len(releases)), key=lambda release: release.order)
    for one in releases:
        for other in releases:
            assert one.is_same_as(other) == other.is_same_as(one)
            if one.is_same_as(other):
                assert (one.numbers, one.marks, one.stage) == (other.numbers, other.marks, other.stage)


@given(st.text(max_size=60))
def test_any_text_is_read_or_not_and_never_fails(text: str) -> None:
    release = read_release(text, "kafka")
    assert release is None or release.numbers


def test_earlier_releases_come_first() -> None:
    texts = ["1.0.0-SNAPSHOT", "1.0.0-alpha2", "1.0.0~beta1", "1.0.0-rc2", "1.0.0", "1.0.0a", "1.0.0k", "1.0.1", "1.2", "1.10", "15 SP4", "15-SP5", "15 SP11"]
    assert sorted(random.sample(texts, len(texts)), key=lambda text: read(text).order) == texts


@pytest.mark.parametrize(
    ("text", "numbers", "marks", "upstream"),
    [
        ("1.1.1k-9.el8_7", (1, 1, 1), [("k", ())], "1.1.1k"),
        ("1:9.2p1-2+deb12u2", (9, 2), [("p", (1,))], "9.2p1"),
        ("15-SP5", (15,), [("sp", (5,))], "15-SP5"),
        ("SUSE Linux Enterprise Server 15 Service Pack 5", (15,), [("sp", (5,))], "15 Service Pack 5"),
        ("12cR2", (12,), [("r", (2,))], "12cR2"),
        ("19c", (19,), [], "19c"),
        ("12.2.0.1.0", (12, 2, 0, 1, 0), [], "12.2.0.1.0"),
        ("21.4R3-S2", (21, 4), [("r", (3,)), ("s", (2,))], "21.4R3-S2"),
        ("15.2(7)E4", (15, 2, 7), [("e", (4,))], "15.2(7)E4"),
        ("9.3(10)", (9, 3, 10), [], "9.3(10)"),
        ("2022 CU12", (2022,), [("cu", (12,))], "2022 CU12"),
        ("8u392", (8,), [("u", (392,))], "8u392"),
        ("1.8.0_392-b08", (1, 8, 0), [("_", (392,))], "1.8.0_392"),
        ("13.2-RELEASE-p4", (13, 2), [("p", (4,))], "13.2-p4"),
        ("R81.20", (81, 20), [], "81.20"),
        ("FortiOS 7.2.5 build1517", (7, 2, 5), [], "7.2.5"),
        ("10.0.20348", (10, 0, 20348), [], "10.0.20348"),
    ],
)
def test_what_names_a_release_is_kept(text: str, numbers: tuple[int, ...], marks: list[tuple[str, tuple[int, ...]]], upstream: str) -> None:
    release = read(text)
    assert (release.numbers, list(release.marks), release.upstream, release.unread) == (numbers, marks, upstream, "")


@pytest.mark.parametrize(
    ("text", "product", "upstream"),
    [
        ("nginx version: nginx/1.24.0 (Ubuntu)", None, "1.24.0"),
        ("psql (PostgreSQL) 14.11 (Ubuntu 14.11-1.pgdg22.04+1)", "postgresql", "14.11"),
        ("PostgreSQL 14.11 (Debian 14.11-1.pgdg120+2) on x86_64-pc-linux-gnu, compiled by gcc (Debian 12.2.0-14) 12.2.0, 64-bit", "postgresql", "14.11"),
        ("mysql  Ver 15.1 Distrib 10.6.16-MariaDB, for debian-linux-gnu (x86_64) using  EditLine wrapper", "mariadb", "10.6.16"),
        ("5.5.5-10.11.6-MariaDB-1:10.11.6+maria~ubu2204", None, "10.11.6"),
        ("mariadb from 11.4.2-MariaDB, client 15.2 for Linux", None, "11.4.2"),
        ("OpenSSH_9.2p1 Debian-2+deb12u2, OpenSSL 3.0.11 19 Sep 2023", "openssh", "9.2p1"),
        ("OpenSSH_9.2p1 Debian-2+deb12u2, OpenSSL 3.0.11 19 Sep 2023", "openssl", "3.0.11"),
        ("go version go1.21.5 linux/amd64", None, "1.21.5"),
        ('openjdk version "17.0.9" 2023-10-17', None, "17.0.9"),
        ("HAProxy version 2.8.5-1~bpo11+1 2023/12/09", "haproxy", "2.8.5"),
        ("Redis server v=7.2.4 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64", "redis", "7.2.4"),
        ("redis_version:7.2.4", "redis", "7.2.4"),
        ("Client Version: v1.28.2 Kustomize Version: v5.0.4 Server Version: v1.27.4", "kubernetes", "1.27.4"),
        ("zabbix-server-pgsql 6.0.25", None, "6.0.25"),
        ("minio version RELEASE.2024-05-20T10-00-00Z (commit-id=b0e1)", "minio", "RELEASE.2024-05-20T10-00-00Z"),
        ("kafka_2.13-3.4.0", "kafka", "3.4.0"),
        ("2.12.1+really2.11.3-1", None, "2.11.3"),
        ("Erlang/OTP 25 [erts-13.1.5] [source]", "erlang", "25"),
        ("ansible [core 2.15.3]", "ansible", "2.15.3"),
    ],
)
def test_the_output_of_version_commands(text: str, product: str | None, upstream: str) -> None:
    release = read(text, product)
    assert (release.upstream, release.unread) == (upstream, "")


@pytest.mark.parametrize(
    "text",
    [
        *("3.4.0-acme", "3.4.0 (patched)", "1.27.3-gke.100", "1.2.3+git20240101", "2.13-3.4.0", "tool 1.2.3 with libtool 4.5.6"),
        *("1.24.x", ">=3.4", "3.4–3.6", "3.4 - 3.6", "~3.4", "3.4+"),
    ],
)
def test_what_is_not_read_wholly_is_never_the_same_release(text: str) -> None:
    release = read(text)
    assert release.unread or release.is_line
    assert not release.is_same_as(release)


@pytest.mark.parametrize("text", ["", "—", "TBD", "#REF!", "не установлен", "см. примечание 2", "see note 5", "ask in 2025", *sorted(MOVING)])
def test_text_without_a_version(text: str) -> None:
    assert read_release(text) is None


def test_dates() -> None:
    assert {read(text).numbers for text in ("2024-06-20", "20240620")} == {(2024, 6, 20)}
    assert read("2024-06").scheme == DATE
    assert not read("2024-06").is_same_as(read("2024-06-20"))
    assert not read("2024-06-20").is_comparable_to(read("3.4"))
    assert read("2024-06-20").is_comparable_to(read("2024.2"))


@pytest.mark.parametrize(("first", "second", "same"), [("8.0.35-27", "8.0.35", True), ("8.0.35-27", "8.0.35-25", False), ("3.4.0-1.el8", "3.4.0-2.el9", True)])
def test_package_revisions_decide_between_two_that_have_one(first: str, second: str, same: bool) -> None:
    assert read(first).is_same_as(read(second)) == same


@pytest.mark.parametrize(
    ("written", "deployed", "covers"), [("3.4", "2:3.4.1-1", True), ("3.4", "3.40", False), ("15", "15 SP5", True), ("15 SP4", "15 SP5", False)]
)
def test_what_people_write_covers_what_is_deployed(written: str, deployed: str, covers: bool) -> None:
    assert read(written).covers(read(deployed)) == covers
