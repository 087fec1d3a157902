# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import ConfigError
from ansible_collections.infra_llm.assistant.plugins.module_utils.catalogue._placeholders import (
    documentation_version,
    fill,
    placeholders,
    version_of,
)
from ansible_collections.infra_llm.assistant.plugins.module_utils.catalogue._product import Product

CEPH = Product("ceph", versions="codename", codenames={"pacific": 16, "quincy": 17})
KAFKA = Product("kafka", versions="glued")


@pytest.mark.parametrize(
    ("pattern", "version", "product", "text"),
    [
        ("v{version}", "17.2.5", CEPH, "v17.2.5"),
        ("{codename}", "17.2.5", CEPH, "quincy"),
        ("REL_{underscored}", "14.4", KAFKA, "REL_14_4"),
        ("release-{minor}", "1.26", KAFKA, "release-1.26"),
        ("{minor}/haproxy-{version}.tar.gz", "2.6.14", KAFKA, "2.6/haproxy-2.6.14.tar.gz"),
        ("docs/{major}/", "14.4", KAFKA, "docs/14/"),
        ("content/en/{glued}", "3.4.0", KAFKA, "content/en/34"),
        ("{glued}", "3.10.1", KAFKA, "310"),
        ("{glued}", "0.11.0.3", KAFKA, "0110"),
        ("{glued}", "0.8.2", KAFKA, "082"),
        ("main", "17.2.5", CEPH, "main"),
        ("{codename}", "Quincy", CEPH, "quincy"),
        ("{version}", "v1.26.4+k3s1", KAFKA, "1.26.4"),
    ],
)
def test_a_pattern_is_filled(pattern: str, version: str, product: Product, text: str) -> None:
    assert fill(pattern, version, product) == text


@pytest.mark.parametrize(
    ("pattern", "text", "version"),
    [
        ("v{version}", "v17.2.5", "17.2.5"),
        ("{codename}", "quincy", "quincy"),
        ("REL_{underscored}", "REL_14_4", "14.4"),
        ("release-{minor}", "release-1.26", "1.26"),
        ("versioned_docs/version-{minor}", "versioned_docs/version-3.13", "3.13"),
        ("{glued}", "34", "3.4"),
        ("{glued}", "24", "2.4"),
        ("{glued}", "10", "1.0"),
        ("{glued}", "310", "3.10"),
        ("{glued}", "0110", "0.11.0"),
        ("{glued}", "082", "0.8.2"),
        ("{glued}", "08", "0.8"),
        ("{minor}/v{version}", "2.6/v2.6.14", "2.6.14"),
    ],
)
def test_a_filled_pattern_gives_its_version_back(pattern: str, text: str, version: str) -> None:
    assert version_of(pattern, text, CEPH) == version
    assert fill(pattern, version, CEPH) == text


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("v{version}", "v17.2.5-rc1"),
        ("v{version}", "av17.2.5"),
        ("v{version}", "v17.2.5\n"),
        ("REL_{underscored}", "REL_14_BETA1"),
        ("release-{minor}", "release-1.26.1"),
        ("{codename}", "reef-release"),
        ("{codename}", "main"),
        ("{glued}", "images"),
        ("{minor}/v{version}", "2.4/v2.6.14"),
        ("main", "main"),
    ],
)
def test_what_was_not_filled_for_a_version_has_none(pattern: str, text: str) -> None:
    assert version_of(pattern, text, CEPH) is None


def test_the_place_of_a_page_stays_for_who_knows_the_page() -> None:
    url = "https://docs.example.com/{codename}/{page}/"
    assert placeholders(url) == {"codename", "page"}
    assert fill(url, "17.2.5", CEPH) == "https://docs.example.com/quincy/{page}/"


@pytest.mark.parametrize(
    ("pattern", "version", "message"),
    [
        ("{minor}", "17", "Version '17' of ceph has no minor number, which '{minor}' needs; write the whole version."),
        ("{codename}", "22.1", "ceph 22.1 has no codename in the catalogue; add its major version to the entry's codenames."),
        ("{version}", "stable", "'stable' is not a version of ceph; write it in numbers, such as 1.2.3."),
    ],
)
def test_a_version_that_lacks_a_part_is_refused_in_a_sentence(pattern: str, version: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        fill(pattern, version, CEPH)
    assert caught.value.message == message


@pytest.mark.parametrize(
    ("scheme", "version"),
    [("patch", "17.2.5"), ("minor", "17.2"), ("major", "17"), ("codename", "quincy"), ("glued", "17.2"), ("unversioned", "unversioned")],
)
def test_documentation_has_the_version_that_its_scheme_says(scheme: str, version: str) -> None:
    product = Product("ceph", versions=scheme, codenames={"quincy": 17})
    assert documentation_version(product, "17.2.5") == version


def test_glued_documentation_before_1_0_has_three_numbers() -> None:
    assert documentation_version(KAFKA, "0.11.0.3") == "0.11.0"
