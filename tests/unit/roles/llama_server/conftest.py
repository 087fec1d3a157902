# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs that the role brings to its hosts, as modules."""

from __future__ import annotations

import importlib.util
import sys
import types
from pathlib import Path

import pytest

FILES = Path(__file__).resolve().parents[4] / "roles" / "llama_server" / "files"


def load(name: str) -> types.ModuleType:
    """The program `name`.py of the role."""
    spec = importlib.util.spec_from_file_location(name, FILES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look there
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def watchdog() -> types.ModuleType:
    return load("llama_watchdog")


@pytest.fixture(scope="session")
def memory() -> types.ModuleType:
    return load("llama_memory")


@pytest.fixture(scope="session")
def fetcher() -> types.ModuleType:
    return load("fetch_model")
