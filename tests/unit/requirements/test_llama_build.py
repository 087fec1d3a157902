# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which build of llama.cpp is made and used, by what the builds before it did when they were tried."""

from __future__ import annotations

import sys
import sysconfig
import tarfile
from pathlib import Path
from typing import Any

import llama
import llama_build
import llama_trial
import pytest
from llama_build import Build, BuildError, ensure_built

BINDING = Build(("-DA=1",), "binding", source_only=True)
PROGRAMS = Build(("-DB=1",), "programs", source_only=True)


class Machine:
    """What this processor makes of a build: the arguments of CMake, and what is wrong with code compiled so."""

    def __init__(self, problems: dict[str, str]) -> None:
        self.compiled: list[tuple[str, ...]] = []
        self._problems = problems

    def fetch_source(self, directory: Path) -> Path:
        (directory / "llama.py").write_text("source")
        archive = directory / "llama-1.tar.gz"
        with tarfile.open(archive, "w:gz") as packed:
            packed.add(directory / "llama.py", "llama-1/llama.py")
        return archive

    def compile(self, source: Path, cmake_args: tuple[str, ...], title: str) -> Path:
        self.compiled.append(cmake_args)
        wheel = source.with_name("llama-1.whl")
        wheel.write_text("without" if llama_build.WITHOUT_AMX in cmake_args else "with")
        return wheel

    def trial(self, wheel: Path, _work: Path) -> str:
        return self._problems.get(wheel.read_text(), "")


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("CMAKE_ARGS", raising=False)

    def make(problems: dict[str, str], features: str = "avx512f amx_tile") -> Machine:
        made = Machine(problems)
        monkeypatch.setattr(llama_build, "cpu_features", features.split)
        monkeypatch.setattr(llama_build, "fetch_source", made.fetch_source)
        monkeypatch.setattr(llama_build, "_compile", made.compile)
        monkeypatch.setattr(llama_build, "_trial", made.trial)
        return made

    return make


def test_a_build_that_works_is_used_again_without_a_trial(machine: Any) -> None:
    first = machine({})
    assert ensure_built(BINDING).read_text() == "with"
    second = machine({"with": "SIGILL"})
    assert ensure_built(BINDING).read_text() == "with"
    assert (len(first.compiled), second.compiled) == (1, [])


def test_where_amx_crashes_it_is_left_out_and_that_is_remembered_for_every_build(machine: Any, capsys: pytest.CaptureFixture[str]) -> None:
    made = machine({"with": "SIGILL"})
    assert ensure_built(BINDING).read_text() == "without"
    assert ensure_built(BINDING).read_text() == "without"
    assert ensure_built(PROGRAMS).read_text() == "without"
    assert made.compiled == [("-DA=1",), ("-DA=1", llama_build.WITHOUT_AMX), ("-DB=1", llama_build.WITHOUT_AMX)]
    assert capsys.readouterr().out.count("died of SIGILL") == 1


def test_a_build_of_an_earlier_version_of_this_program_is_tried_before_it_is_used(machine: Any) -> None:
    made = machine({"with": "SIGSEGV"})
    directory = llama_build.cache_dir(PROGRAMS)
    directory.mkdir(parents=True)
    (directory / "llama-1.whl").write_text("with")
    assert ensure_built(PROGRAMS) == directory / "llama-1.whl"
    assert (directory / "llama-1.whl").read_text() == "without"
    assert len(made.compiled) == 1


def test_other_arguments_and_other_processors_are_other_builds(machine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    made = machine({"with": "SIGILL"})
    ensure_built(BINDING)
    monkeypatch.setenv("CMAKE_ARGS", "-DGGML_BLAS=ON")
    ensure_built(BINDING)
    assert len(made.compiled) == 4
    other = machine({}, "avx2")
    ensure_built(BINDING)
    assert other.compiled == [("-DA=1",)]


@pytest.mark.parametrize(
    ("features", "problems", "said"),
    [
        ("avx2", {"with": "SIGILL"}, "No build of llama.cpp works on this processor"),
        ("amx_tile", {"with": "SIGILL", "without": "SIGILL"}, "No build of llama.cpp works on this processor"),
        ("amx_tile", {"with": "SIGKILL"}, "SIGKILL"),
        ("amx_tile", {"with": "it ended with 1: ImportError"}, "ImportError"),
    ],
)
def test_what_cannot_be_helped_is_an_error_and_leaves_nothing_to_use(machine: Any, features: str, problems: dict[str, str], said: str) -> None:
    machine(problems, features)
    with pytest.raises(BuildError, match=said):
        ensure_built(BINDING)
    assert not list(llama_build.cache_dir(BINDING).glob("*.whl"))


def test_what_was_compiled_before_a_kill_is_there_in_the_next_run_and_gone_when_the_build_works(machine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    made = machine({})
    objects = llama_build.cache_dir(BINDING) / "making" / "build" / "objects"

    def killed(source: Path, cmake_args: tuple[str, ...], title: str) -> Path:
        objects.mkdir(parents=True)
        raise KeyboardInterrupt

    def goes_on(source: Path, cmake_args: tuple[str, ...], title: str) -> Path:
        assert source.with_name("build") == objects.parent
        assert objects.exists()
        return made.compile(source, cmake_args, title)

    monkeypatch.setattr(llama_build, "_compile", killed)
    with pytest.raises(KeyboardInterrupt):
        ensure_built(BINDING)
    monkeypatch.setattr(llama_build, "_compile", goes_on)
    assert ensure_built(BINDING).exists()
    assert not objects.exists()


def test_the_trial_passes_with_the_build_that_is_installed(tmp_path: Path) -> None:
    installed = Path(sysconfig.get_paths()["platlib"])
    assert llama.server_path().exists()
    assert llama_trial.problem(Path(sys.executable), installed) == ""


@pytest.mark.parametrize(
    ("program", "found"),
    [("raise ValueError('broken')", "it ended with 1: ValueError: broken"), ("import os; os.kill(os.getpid(), 4)", "SIGILL")],
)
def test_the_trial_says_how_the_binding_failed(tmp_path: Path, program: str, found: str) -> None:
    (tmp_path / "llama_cpp.py").write_text(program)
    assert llama_trial.problem(Path(sys.executable), tmp_path) == found
    assert llama_trial.crashed(found) is (found == "SIGILL")


@pytest.mark.parametrize(("program", "found"), [("echo no such argument; exit 3", "it ended with 3: no such argument"), ("kill -ILL $$", "SIGILL")])
def test_the_trial_says_how_llama_server_failed(tmp_path: Path, program: str, found: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(llama_trial, "BY_BINDING", "")
    (tmp_path / "bin").mkdir()
    server = tmp_path / "bin" / "llama-server"
    server.write_text(f"#!/bin/sh\n{program}\n")
    server.chmod(0o755)
    assert llama_trial.problem(Path(sys.executable), tmp_path) == found
