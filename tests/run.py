# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every gate and test layer, one after the other; called by `make test`, with the Python of .venv.

`make test LAYERS="ruff unit"` runs some of them; each brings what it needs. `LAYERS=molecule` boots machines, wants root for that, and runs only when it is
named. `real` and `cores` are left out, with a line that says so, where their material or their Python is missing.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
SUPPORT = ROOT / "tests" / "support"
LINK = VENV / "collections" / "ansible_collections" / "infra_llm" / "assistant"
CORES = os.environ.get("INFRA_LLM_TEST_CORES", "2.20,2.21")
# Tests of the code that meets ansible-core.
ADAPTERS = tuple(f"tests/unit/plugins/{kind}" for kind in ("action", "lookup", "modules", "plugin_utils"))
# Documentation that must be shown from an installed artefact.
DOCUMENTED = (("lookup", "infra_llm"), ("module", "infra_llm"))

sys.path.insert(0, str(SUPPORT))


@dataclass
class Outcome:
    """What one layer did; counts are of tests, a gate being one test."""

    layer: str
    passed: int = 0
    failed: int = 0
    seconds: float = 0.0
    left_out: str = ""

    def __str__(self) -> str:
        if self.left_out:
            return f"{self.layer:<12} left out: {self.left_out}"
        verdict = "failed" if self.failed else "ok"
        return f"{self.layer:<12} {verdict:<7} {self.passed:>5} passed {self.failed:>4} failed {self.seconds:>6.0f} s"


class LayerError(Exception):
    """A layer failed; the message adds to what its programs printed."""


class LeftOut(Exception):  # noqa: N818 - not an error
    """A layer cannot be run on this machine, and need not be; the message says what is missing."""


def run(command: Sequence[str | Path], *, cwd: Path = ROOT, env: dict[str, str] | None = None, show: bool = True) -> str:
    """Run a program without standard input, pass its output on as it comes, and return it; fail when it fails."""
    words = [str(word) for word in command]
    process = subprocess.Popen(
        words,
        cwd=cwd,
        env={**environment(), **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if show:
            print(line, end="", flush=True)
    output = "".join(lines)
    if process.wait():
        if not show:
            print(output)
        raise LayerError(f"{Path(words[0]).name} {' '.join(words[1:3])} ... ended with {process.returncode}", output)
    return output


def environment() -> dict[str, str]:
    """The caller's environment with .venv in front, and nothing of the caller's Ansible or assistant settings."""
    settings = ("ANSIBLE_", "INFRA_LLM_")
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(settings) or name == "INFRA_LLM_SHARED"},
        "PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "ANSIBLE_COLLECTIONS_PATH": str(VENV / "collections"),
        "ANSIBLE_NOCOLOR": "1",
        "NO_COLOR": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def copy_of_checkout(parent: Path) -> Path:
    """The files that git would commit, under the path that ansible-test and ansible-lint demand."""
    target = parent / "ansible_collections" / "infra_llm" / "assistant"
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    for name in filter(None, listing.split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name, follow_symlinks=False)
    return target


def pytest(python: Path, *arguments: str | Path, env: dict[str, str] | None = None) -> tuple[int, int]:
    """Run pytest and return how many tests passed and failed; that none ran is a failure."""
    try:
        output = run([python, "-m", "pytest", "-q", "--tb=short", *arguments], env=env)
    except LayerError as failure:
        output = failure.args[1]
        passed, failed = counts(output)
        return passed, max(failed, 1)
    return counts(output)


def counts(output: str) -> tuple[int, int]:
    """Tests passed and failed, from pytest's closing line."""
    closing = next((line for line in reversed(output.splitlines()) if re.search(r"\d+ (passed|failed|error)", line)), "")
    numbers = {word: int(number) for number, word in re.findall(r"(\d+) (passed|failed|error)", closing)}
    return numbers.get("passed", 0), numbers.get("failed", 0) + numbers.get("error", 0)


def run_all(*commands: Sequence[str | Path], cwd: Path = ROOT, env: dict[str, str] | None = None) -> None:
    """Run every program, and fail when any did."""
    failures = []
    for command in commands:
        try:
            run(command, cwd=cwd, env=env)
        except LayerError as failure:
            failures.append(failure.args[0])
    if failures:
        raise LayerError("; ".join(failures))


def ruff() -> None:
    run_all(["ruff", "check", "--output-format=concise", "."], ["ruff", "format", "--check", "--output-format=concise", "."])


def mypy() -> None:
    run(["mypy", "--config-file", ROOT / "pyproject.toml", LINK.relative_to(VENV / "collections") / "plugins"], cwd=VENV / "collections")


def unit() -> tuple[int, int]:
    install_llama()
    # Each file in one process: its fixtures are made once.
    return pytest(VENV / "bin" / "python", "tests/unit", "-n", str(os.cpu_count() or 1), "--dist", "loadfile")


def real() -> tuple[int, int]:
    """Real documentation, inventories and questions, where they are."""
    import real_material

    if real_material.missing():
        raise LeftOut(real_material.missing())
    return pytest(VENV / "bin" / "python", "tests/real", "-n", str(os.cpu_count() or 1), "--dist", "loadfile")


def sanity() -> None:
    import llama
    import sanity_home

    if list((ROOT / "tests" / "sanity").glob("ignore-*.txt")):
        raise LayerError("tests/sanity has ignore files: mend what they hide.")
    home = sanity_home.prepare(llama.cache_dir().parent / "ansible-test-home")
    with tempfile.TemporaryDirectory() as parent:
        # One Python, by number: left to itself ansible-test also takes pyenv's stand-ins for versions that do not start.
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        run(["ansible-test", "sanity", "--local", "--python", version, "--color", "no"], cwd=copy_of_checkout(Path(parent)), env={"HOME": str(home)})


def lint() -> None:
    with tempfile.TemporaryDirectory() as parent:
        tree = copy_of_checkout(Path(parent))
        run_all(
            ["yamllint", "--strict", "."],
            ["ansible-lint", "--strict", "--profile", "production", "--offline"],
            ["antsibull-changelog", "lint"],
            ["antsibull-docs", "lint-collection-docs", "--plugin-docs", "."],
            cwd=tree,
            env={"ANSIBLE_COLLECTIONS_PATH": parent},
        )


def package() -> None:
    """Build the artefact, install it where nothing else is, and read its documentation there."""
    with tempfile.TemporaryDirectory() as parent:
        work = Path(parent)
        run(["ansible-galaxy", "collection", "build", "--output-path", work], cwd=copy_of_checkout(work / "source"))
        (artefact,) = work.glob("*.tar.gz")
        env = {"ANSIBLE_COLLECTIONS_PATH": str(work / "installed"), "HOME": parent}
        run(["ansible-galaxy", "collection", "install", "--offline", "-p", work / "installed", artefact], cwd=work, env=env)
        for kind, name in DOCUMENTED:
            text = run(["ansible-doc", "-t", kind, f"infra_llm.assistant.{name}"], cwd=work, env=env, show=False)
            if "EXAMPLES:" not in text:
                raise LayerError(f"ansible-doc -t {kind} infra_llm.assistant.{name} shows no examples.")


def integration() -> tuple[int, int]:
    install_llama()
    return pytest(VENV / "bin" / "python", "tests/integration")


def molecule() -> tuple[int, int]:
    """The roles on real machines with systemd, which systemd-nspawn boots on this host; a scenario is a test."""
    install_nspawn()
    install_llama()
    passed = failed = 0
    for scenario in sorted(ROOT.glob("extensions/molecule/*/molecule.yml")):
        try:
            run(["molecule", "test", "--scenario-name", scenario.parent.name])
            passed += 1
        except LayerError as failure:
            print(f"{scenario.parent.name}: {failure.args[0]}", flush=True)
            failed += 1
    return passed, failed


def install_nspawn() -> None:
    """See to it that this host can make machines and boot them."""
    if os.geteuid() != 0:
        raise LayerError("Only root can boot machines with systemd-nspawn: run this layer as root.")
    packages = {"debootstrap": "debootstrap", "systemd-nspawn": "systemd-container", "ssh-keygen": "openssh-client"}
    missing = [package for program, package in packages.items() if not shutil.which(program)]
    if missing and not shutil.which("apt-get"):
        raise LayerError(f"This host has no apt-get to install what boots machines: install {', '.join(missing)}.")
    if missing:
        run(["apt-get", "update", "--quiet"], show=False)
        run(["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", *missing], env={"DEBIAN_FRONTEND": "noninteractive"}, show=False)
    namespaces = subprocess.run(["unshare", "--mount", "--pid", "--ipc", "--uts", "--fork", "true"], capture_output=True, text=True, check=False)
    if namespaces.returncode:
        raise LayerError(f"systemd-nspawn cannot boot machines here, because this host gives no namespaces: {namespaces.stderr.strip()}")


def install_llama() -> None:
    """Put the binding and llama-server into .venv, compiling them when this machine has no build yet."""
    import llama

    try:
        llama.ensure_installed()
    except llama.llama_build.BuildError as error:
        raise LayerError(str(error)) from error


def cores() -> tuple[int, int]:
    """The adapters and the playbooks with the other cores, the gateway running in .venv as it would for an operator."""
    if not CORES:
        raise LeftOut("INFRA_LLM_TEST_CORES is empty.")
    passed = failed = 0
    for core in CORES.split(","):
        python = core_python(core)
        print(f"ansible-core {core}:", flush=True)
        env = {
            "PATH": f"{python.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "INFRA_LLM_GATEWAY_PYTHON": str(VENV / "bin" / "python"),
        }
        adapters = [path for path in ADAPTERS if (ROOT / path).is_dir()]
        for result in (pytest(python, *adapters, env=env), pytest(python, "tests/integration", "-m", "cores", env=env)):
            passed, failed = passed + result[0], failed + result[1]
    return passed, failed


def core_python(core: str) -> Path:
    """The Python of an environment that holds nothing but this core and pytest."""
    venv = VENV / f"core-{core}"
    wanted = SUPPORT / f"core-{core}.txt"
    stamp = venv / ".installed"
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted.read_text(encoding="utf-8"):
        run([newer_python(), "-m", "venv", "--clear", venv])
        pip: list[str | Path] = [venv / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        run([*pip, "-c", ROOT / "requirements" / "constraints.txt", "-r", wanted], show=False)
        shutil.copyfile(wanted, stamp)
    return venv / "bin" / "python"


def newer_python() -> Path:
    """A Python 3.12 to 3.14, which ansible-core 2.20 and 2.21 need: on PATH, or one of pyenv's."""
    names = [f"python3.{minor}" for minor in (12, 13, 14)]
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    on_path = [Path(found) for found in map(shutil.which, names) if found]
    for candidate in [*on_path, *(path for name in names for path in sorted(pyenv.glob(f"*/bin/{name}")))]:
        # pyenv puts a program on PATH for a version that it then refuses to start.
        if subprocess.run([candidate, "-c", "import venv, ensurepip"], capture_output=True, check=False).returncode == 0:
            return candidate
    raise LeftOut("ansible-core 2.20 and 2.21 need Python 3.12 to 3.14 with venv, and none is on PATH or in pyenv.")


LAYERS: dict[str, Callable[[], tuple[int, int] | None]] = {
    "ruff": ruff,
    "mypy": mypy,
    "unit": unit,
    "real": real,
    "sanity": sanity,
    "lint": lint,
    "package": package,
    "integration": integration,
    "molecule": molecule,
    "cores": cores,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("layers", nargs="*", metavar="LAYER", help=", ".join(LAYERS))
    wanted = parser.parse_args().layers or [name for name in LAYERS if name != "molecule"]
    unknown = [name for name in wanted if name not in LAYERS]
    if unknown:
        parser.error(f"no layer {', '.join(unknown)}: there are {', '.join(LAYERS)}")
    outcomes = [perform(name) for name in wanted]

    print("\n" + "=" * 60)
    print(*outcomes, sep="\n")
    print(f"{sum(outcome.passed for outcome in outcomes)} passed, {sum(outcome.failed for outcome in outcomes)} failed")
    return 1 if any(outcome.failed for outcome in outcomes) else 0


def perform(name: str) -> Outcome:
    """Run one layer and say how it went."""
    print(f"\n=== {name} " + "=" * (55 - len(name)), flush=True)
    outcome = Outcome(name)
    started = time.monotonic()
    try:
        outcome.passed, outcome.failed = LAYERS[name]() or (1, 0)
        if not outcome.passed + outcome.failed:
            raise LayerError("no test ran")
    except LayerError as failure:
        outcome.failed = 1
        print(f"{name}: {failure.args[0]}", flush=True)
    except LeftOut as reason:
        outcome.left_out = str(reason)
    outcome.seconds = time.monotonic() - started
    print(f"--- {outcome}", flush=True)
    return outcome


if __name__ == "__main__":
    sys.exit(main())
