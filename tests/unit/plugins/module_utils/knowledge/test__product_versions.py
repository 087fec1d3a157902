# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import ConfigError
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._product_versions import choose_version, parse_version, within


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2:17.2.5-1~bpo", (17, 2, 5)),
        ("3.4.0-1.el8", (3, 4, 0)),
        ("v1.26.4+k3s1", (1, 26, 4)),
        ("kafka_2.13-3.4.0", (3, 4, 0)),
        ("ceph version 17.2.5 (98318ae89f1a893a6ded3a640405cdbb33e08757) quincy (stable)", (17, 2, 5)),
        ("15.2.17-0ubuntu0.20.04.4", (15, 2, 17)),
        ("2.11.0-SNAPSHOT", (2, 11, 0)),
        ("6:7.2.4-1rl1~jammy1", (7, 2, 4)),
        ("14.4-1.pgdg22.04+1", (14, 4)),
        ("9.6p1", (9, 6)),
        ("prometheus-2.45.0.linux-amd64", (2, 45, 0)),
        ("Debian GNU/Linux 12 (bookworm)", (12,)),
        ("Quincy", (17,)),
        ("latest", None),
        ("", None),
    ],
)
def test_parse_version(text: str, expected: tuple[int, ...] | None) -> None:
    assert parse_version(text) == expected


def test_codenames_belong_to_their_product() -> None:
    assert parse_version("reef", "ceph") == (18,)
    assert parse_version("reef", "kafka") is None


@pytest.mark.parametrize(
    ("product", "deployed", "available", "served", "match"),
    [
        ("kafka", "3.4.0-1.el8", ["3.4.0", "3.5.0"], "3.4.0", "exact"),
        ("kubernetes", "1.26", ["1.22", "1.26"], "1.26", "exact"),
        ("kafka", "3.4.0", ["3.3", "3.4"], "3.4", "same_minor"),
        ("kafka", "3.4.2", ["3.4.0", "3.4.1", "3.4.9"], "3.4.1", "same_minor"),
        ("kafka", "3.4.2", ["3.4.9", "3.4.5"], "3.4.5", "same_minor"),
        ("prometheus", "2.47.2", ["2.45.0", "2.53.0", "3.5.0"], "2.45.0", "nearest_lower"),
        ("kafka", "3.2.0", ["2.8", "3.0", "3.4", "4.1"], "3.0", "nearest_lower"),
        ("grafana", "10.2.3", ["9.5.19", "10.4.3"], "10.4.3", "nearest_higher"),
        ("opensearch", "2.5", ["1.3", "2.11"], "2.11", "nearest_higher"),
        ("kubernetes", "1.28", ["1.22", "1.26", "1.31"], "1.26", "nearest_lower"),
        ("ceph", "17.2.5", ["14.2.22", "16.2.5", "18.2.4"], "16.2.5", "nearest_lower"),
        ("haproxy", "2.6.1", ["3.0", "4.0"], "3.0", "nearest_higher"),
        ("postgresql", "14.4-1.pgdg22.04+1", ["14", "17"], "14", "same_minor"),
        ("ceph", "17.2.5", ["quincy", "reef"], "quincy", "same_minor"),
        ("ceph", "reef", ["16.2.5", "18.2.4"], "18.2.4", "same_minor"),
        ("kafka", "3", ["3.0", "3.4", "4.1"], "3.4", "nearest_higher"),
        ("nginx", "1.24.0", ["unversioned"], "unversioned", "unversioned"),
        ("kafka", "latest", ["2.8", "3.10", "3.9", "unversioned"], "3.10", "unversioned"),
        ("kafka", None, ["2.8", "3.4"], "3.4", "unversioned"),
    ],
)
def test_choose_version(product: str, deployed: str | None, available: list[str], served: str, match: str) -> None:
    found = choose_version(deployed, available, product)
    assert found is not None
    assert (found.requested_version, found.served_version, found.match) == (deployed, served, match)


@pytest.mark.parametrize(
    ("deployed", "available", "served", "match"),
    [
        ("RELEASE.2024-05-20T10-00-00Z", ["RELEASE.2024-05-01T00-00-00Z", "RELEASE.2024-05-11T01-00-00Z"], "RELEASE.2024-05-11T01-00-00Z", "same_minor"),
        ("2024-02-10", ["2022-02-10", "2023-12-20", "2024-11-02"], "2023-12-20", "nearest_lower"),
        ("2024-06-15", ["2024-05", "2024-07"], "2024-05", "nearest_lower"),
        ("20240615", ["2024-06", "2024-06-15"], "2024-06-15", "exact"),
        ("2024-06-15", ["3.4", "3.5"], "3.5", "unversioned"),
        ("1.1.1k-9.el8_7", ["1.1.1", "1.1.1a", "1.1.1w"], "1.1.1a", "same_minor"),
        ("15 SP5", ["15-SP3", "15-SP4", "15-SP7"], "15-SP4", "nearest_lower"),
        ("15 SP5", ["15"], "15", "same_minor"),
        ("12.2.0.1.0", ["12cR1", "12cR2", "19c"], "12cR2", "same_minor"),
        ("12cR2", ["12cR1", "12cR2"], "12cR2", "exact"),
        ("21.4R3-S2", ["21.4R1", "21.4R3", "22.1R1"], "21.4R3", "same_minor"),
        ("2019-CU22", ["2017", "2019"], "2019", "same_minor"),
        ("7.0.0-rc2", ["6.2.0", "7.0.0"], "7.0.0", "same_minor"),
        ("7.0.0", ["7.0.0-rc1", "7.0.0-rc2"], "7.0.0-rc2", "same_minor"),
        ("3.4.0-acme", ["3.4.0"], "3.4.0", "same_minor"),
        ("3.4.0-acme", ["3.4.0", "3.4.0-acme"], "3.4.0-acme", "exact"),
        ("1.24.x", ["1.24"], "1.24", "same_minor"),
        ("latest", ["1.0", "2.0-rc1", "latest"], "1.0", "unversioned"),
        ("unknown", ["1.0", "1.1"], "1.1", "unversioned"),
        ("bookworm", ["bookworm", "trixie"], "bookworm", "exact"),
        ("16.3-ee", ["16.2", "16.3"], "16.3", "exact"),
    ],
)
def test_what_names_another_release_decides_and_is_never_exact(deployed: str, available: list[str], served: str, match: str) -> None:
    found = choose_version(deployed, available, "tool")
    assert found is not None
    assert (found.served_version, found.match) == (served, match)


def test_no_documentation_at_all() -> None:
    assert choose_version("1.0", [], "kafka") is None


def test_strictness() -> None:
    matches = ["exact", "same_minor", "nearest_lower", "nearest_higher", "unversioned"]
    assert [match for match in matches if within("off", match)] == matches
    assert [match for match in matches if within("minor", match)] == ["exact", "same_minor", "unversioned"]
    assert [match for match in matches if within("exact", match)] == ["exact"]
    with pytest.raises(ConfigError, match="off, minor or exact"):
        within("patch", "exact")
