# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A wheel of llama-cpp-python that works on this processor: compiled where it must be, tried before it is used, and kept.

Called as a program by the Makefile, with the Python of .venv, it installs that wheel there. CMAKE_ARGS in the environment is
respected. Where code with AMX dies of a signal (GCC 12 makes such), the kernels are compiled again without it; what was found
is remembered, so that nothing is tried or compiled twice.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import llama_trial
from pip_progress import run_pip

HERE = Path(__file__).resolve().parent
PACKAGE, VERSION = re.findall(r"^([\w-]+)==(\S+)", (HERE / "llama.txt").read_text(encoding="utf-8"), re.MULTILINE)[0]
REQUIREMENT = f"{PACKAGE}=={VERSION}"
# llama.cpp puts -march=native behind what is in this variable, for the library of its kernels alone: a second build compiles nothing else.
WITHOUT_AMX = "-DARCH_FLAGS=-mno-amx-tile;-mno-amx-int8;-mno-amx-bf16"
TRIED = "tried"  # this file says that the wheel beside it gave a token
INSTALLED = Path(sys.prefix) / ".llama"  # says which build this environment has; a target of the Makefile


class BuildError(Exception):
    """No build of llama.cpp works; the message is one sentence."""


@dataclass(frozen=True)
class Build:
    """What is wanted of llama.cpp."""

    cmake_args: tuple[str, ...]
    kept_in: str  # a directory of the user's cache
    source_only: bool = False  # not the wheel of an index, which has no programs


# The binding alone: no image models, no programs.
BINDING = Build(("-DLLAVA_BUILD=OFF", "-DLLAMA_OPENSSL=OFF"), "infra_llm")


def user_cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def cache_dir(build: Build) -> Path:
    """Where the wheel is kept; named after all that it depends on: version, build flags and the processor."""
    return user_cache() / build.kept_in / f"{PACKAGE}-{VERSION}-{_key(*build.cmake_args, *_callers_arguments(), *_processor())}"


def ensure_built(build: Build) -> Path:
    """The wheel, which was tried here; compiles on first use (7 to 15 minutes on two cores)."""
    directory = cache_dir(build)
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _kept(directory) or _make(build, directory)


def install(wheel: Path) -> None:
    """Put the wheel into this Python in place of any other build, unless it is there."""
    identity = f"{wheel} of {wheel.stat().st_mtime_ns}\n"
    if INSTALLED.exists() and INSTALLED.read_text(encoding="utf-8") == identity:
        return
    INSTALLED.unlink(missing_ok=True)
    subprocess.run([sys.executable, "-m", "pip", "--quiet", "uninstall", "--yes", PACKAGE], check=True, stderr=subprocess.DEVNULL)
    _pip("install", "-c", HERE / "constraints.txt", wheel, title=f"Installing {PACKAGE}")
    INSTALLED.write_text(identity, encoding="utf-8")


def fetch_source(directory: Path) -> Path:
    """The archive of the binding's source, which holds llama.cpp's, in `directory`."""
    _pip("download", "--no-deps", f"--no-binary={PACKAGE}", "--dest", directory, REQUIREMENT, title="Fetching llama.cpp's source")
    (source,) = directory.glob("*.tar.gz")
    return source


def _kept(directory: Path) -> Path | None:
    """The wheel that was tried in an earlier run."""
    return next((wheel for wheel in directory.glob("*.whl") if (directory / TRIED).exists()), None)


def _make(build: Build, directory: Path) -> Path:
    """Make wheels until one works; what was compiled when this was interrupted is not compiled again."""
    work = directory / "making"
    work.mkdir(exist_ok=True)
    try:
        wheel = _first_that_works(_candidates(build, directory, work), work)
    except BuildError:
        shutil.rmtree(work)
        raise
    kept = wheel.replace(directory / wheel.name)
    (directory / TRIED).touch()
    shutil.rmtree(work)
    return kept


def _first_that_works(candidates: Iterator[tuple[Path, str]], work: Path) -> Path:
    for wheel, origin in candidates:
        problem = _trial(wheel, work)
        if not problem:
            return wheel
        wheel.unlink()
        if not llama_trial.crashed(problem):
            raise BuildError(f"llama.cpp {origin} does not give one token: {problem}.")
        print(f"llama.cpp {origin} died of {problem} at its first token.", flush=True)
    raise BuildError("No build of llama.cpp works on this processor: try another compiler (CC and CXX), or CMAKE_ARGS=-DGGML_NATIVE=OFF.")


def _candidates(build: Build, directory: Path, work: Path) -> Iterator[tuple[Path, str]]:
    """Wheels to be tried, and where each comes from; the next is made only when the one before crashed."""
    has_amx = "amx_tile" in cpu_features()
    crash = _crash_with_amx()
    for wheel in directory.glob("*.whl"):
        yield wheel, "as it was compiled before"
        if has_amx:
            _remember(crash)
    if not build.source_only:
        _pip("download", "--no-deps", "--dest", work, REQUIREMENT, title="Looking for llama.cpp")
        for wheel in work.glob("*.whl"):
            yield wheel, "as pip found it"
    source = _unpack(next(work.glob("*.tar.gz"), None) or fetch_source(work))
    if not crash.exists():
        yield _compile(source, build.cmake_args, "Compiling llama.cpp"), "compiled for this processor"
    if has_amx:
        _remember(crash)
        yield _compile(source, (*build.cmake_args, WITHOUT_AMX), "Compiling llama.cpp without AMX"), "compiled without AMX"


def _crash_with_amx() -> Path:
    """The file that is there when code with AMX crashed: of this version, compiler and kind of processor."""
    return user_cache() / "infra_llm" / f"llama.cpp-{VERSION}-crashes-with-amx-{_key(_compiler(), *_callers_arguments(), *_processor())}"


def _remember(crash: Path) -> None:
    crash.parent.mkdir(parents=True, exist_ok=True)
    crash.touch()


def _unpack(archive: Path) -> Path:
    shutil.unpack_archive(archive, archive.parent)
    return archive.with_name(archive.name.removesuffix(".tar.gz"))


def _compile(source: Path, cmake_args: tuple[str, ...], title: str) -> Path:
    """Compile a wheel; a second call compiles only what its arguments change."""
    wheels = source.with_name("wheels")
    shutil.rmtree(wheels, ignore_errors=True)
    kept_build = ("--config-settings", f"build-dir={source.with_name('build')}")
    arguments = {"CMAKE_ARGS": " ".join([*cmake_args, *_callers_arguments()])}
    _pip("wheel", "--no-deps", "--no-cache-dir", "--verbose", *kept_build, "--wheel-dir", wheels, source, title=title, environment=arguments)
    (wheel,) = wheels.glob("*.whl")
    return wheel


def _trial(wheel: Path, work: Path) -> str:
    """What is wrong with the wheel, or an empty string."""
    installed = work / "trial"
    shutil.rmtree(installed, ignore_errors=True)
    _pip("install", "-c", HERE / "constraints.txt", "--target", installed, wheel, title="Trying it with one token")
    return llama_trial.problem(Path(sys.executable), installed)


def cpu_features() -> list[str]:
    """Instruction sets of this processor: ggml compiles for exactly these (GGML_NATIVE)."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return [platform.processor()]
    return sorted(next((line.split(":", 1)[1].split() for line in lines if line.startswith(("flags", "Features"))), []))


def _processor() -> list[str]:
    return [platform.system(), platform.machine(), *cpu_features()]


def _callers_arguments() -> list[str]:
    return os.environ.get("CMAKE_ARGS", "").split()


def _compiler() -> str:
    """The compiler and its version."""
    command = [os.environ.get("CXX") or "c++", "--version"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.partition("\n")[0]
    except OSError:
        return ""


def _key(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def _pip(command: str, *arguments: str | Path, title: str, environment: dict[str, str] | None = None) -> None:
    if not run_pip(sys.executable, command, *arguments, title=title, environment=environment):
        raise BuildError(f"{title}: this failed for the reason above; it needs a package index, and compilers for C and C++.")


if __name__ == "__main__":
    try:
        install(ensure_built(BINDING))
    except BuildError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("\ninterrupted; run the same command again to go on")
