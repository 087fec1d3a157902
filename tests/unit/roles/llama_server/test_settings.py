# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import itertools
from pathlib import Path

import yaml
from service_process import ROLE_FLAGS

ROLE = Path(__file__).resolve().parents[4] / "roles" / "llama_server"


def test_what_the_cache_was_tested_with_is_what_the_role_sets() -> None:
    said = yaml.safe_load((ROLE / "vars" / "main.yml").read_text(encoding="utf-8"))
    settings, batch = said["__infra_llm_llama_settings_of"], str(said["__infra_llm_llama_kinds"]["chat"]["batch"])
    flags = dict(itertools.pairwise(ROLE_FLAGS))
    assert {"--no-kv-unified", "--no-cache-idle-slots"} <= flags.keys()
    assert (settings["LLAMA_ARG_KV_UNIFIED"], settings["LLAMA_ARG_CACHE_IDLE_SLOTS"]) == ("false", "false")
    assert (flags["--batch-size"], flags["--ubatch-size"]) == (batch, batch)
    assert f"'--slot-prompt-similarity', '{flags['--slot-prompt-similarity']}'" in said["__infra_llm_llama_arguments_of"]
