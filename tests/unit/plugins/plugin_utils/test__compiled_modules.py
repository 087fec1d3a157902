# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import importlib
import sys
from importlib.machinery import SourceFileLoader

import pytest
from ansible_collections.infra_llm.assistant.plugins.plugin_utils._compiled_modules import use_compiled_modules

NAME = "ansible_collections.infra_llm.assistant.plugins.module_utils.infrastructure._words"


def test_modules_of_the_collection_are_compiled_once_and_those_of_others_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    monkeypatch.delitem(sys.modules, NAME, raising=False)
    before = len(sys.meta_path)
    use_compiled_modules()
    use_compiled_modules()
    assert len(sys.meta_path) == before + 1
    module = importlib.import_module(NAME)
    assert isinstance(module.__loader__, SourceFileLoader)
    assert module.__cached__.endswith(".pyc")
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module(f"{NAME}.nothing")
    assert sys.meta_path[0].find_spec("ansible_collections.other.plugins.x", ["/tmp"]) is None
