# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.infra_llm.assistant.plugins.filter.llm_urls import llm_urls


def test_each_host_has_its_own_port() -> None:
    addresses = {"one": "10.0.0.1", "two": "2001:db8::2", "three": "10.0.0.3"}
    hostvars = {"one": {}, "two": {"infra_llm_chat_port": 9001}, "three": {"infra_llm_chat_settings": {"port": "9002"}}}
    assert llm_urls(addresses, hostvars, settings={}, port=8080) == "http://10.0.0.1:8080,http://[2001:db8::2]:9001,http://10.0.0.3:9002"
    assert llm_urls({"one": "10.0.0.1"}, hostvars, settings={"port": 9000}, port=8080) == "http://10.0.0.1:9000"
    assert llm_urls({}, {}, settings={}, port=8080) == ""
