# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.infra_llm.assistant.plugins.filter.processor_kind import processor_kind

FACTS = {"architecture": "x86_64", "distribution": "Debian", "distribution_major_version": "12"}


def test_what_a_compiler_can_use_makes_another_kind_and_nothing_else_does() -> None:
    kind = processor_kind("fpu fma avx2 amx_tile", FACTS)
    assert kind["avx2"]
    assert kind["amx"]
    assert kind["key"] == processor_kind("amx_tile avx2 fma hypervisor md_clear", FACTS)["key"]
    assert kind["key"] != processor_kind("fpu fma avx2", FACTS)["key"]
    assert kind["key"] != processor_kind("fpu fma avx2 amx_tile", {**FACTS, "distribution_major_version": "13"})["key"]


def test_only_x86_is_asked_for_avx2() -> None:
    assert not processor_kind("sse4_2", FACTS)["avx2"]
    assert processor_kind("asimd sve", {**FACTS, "architecture": "aarch64"})["avx2"]
    assert processor_kind("", FACTS)["amx"] is False
