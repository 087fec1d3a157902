# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""playbooks/ingest.yml by the versions CSV: what is deployed is fetched from local git repositories, indexed, kept and removed."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import signal
import subprocess
import threading
import time
import typing as t
from pathlib import Path

import pytest

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Assistant, Finished

PAGE = "# Ticks\n\nA tick of version {0} is the basic unit of time.\n\n## Limits\n\nThe least session timeout is two ticks, the greatest is twenty.\n"


def git(repository: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *identity, *arguments], cwd=repository, check=True, capture_output=True)


@dataclasses.dataclass
class Site:
    """An inventory with its versions CSV and catalogue, and the repositories that the catalogue names."""

    assistant: Assistant
    directory: Path

    def deploy(self, *rows: str) -> None:
        (self.directory / "versions.csv").write_text("server,product,version,os_version\n" + "".join(f"{row},\n" for row in rows), encoding="utf-8")

    def release(self, product: str, version: str, **pages: str) -> None:
        """Commit and tag a version of the documentation."""
        repository = self.directory / "git" / product
        if not repository.is_dir():
            (repository / "docs").mkdir(parents=True)
            git(repository, "init", "--quiet", "--initial-branch=main")
        for name, text in {"ticks": PAGE.format(version), **pages}.items():
            (repository / "docs" / f"{name}.md").write_text(text, encoding="utf-8")
        git(repository, "add", "--all")
        git(repository, "commit", "--quiet", "--message", version)
        git(repository, "tag", f"v{version}")

    def ingest(self, *arguments: str) -> Finished:
        return self.assistant.playbook("playbooks/ingest.yml", "-e", "community=false", "-v", *arguments)

    def indexed(self) -> dict[str, list[str]]:
        """What version_index.json says: product and version -> the deployed versions that it serves."""
        file = self.assistant.state_dir / "knowledge" / "metadata" / "version_index.json"
        versions = json.loads(file.read_text(encoding="utf-8"))["versions"] if file.exists() else []
        return {f"{known['product']} {known['version']}": known["serves"] for known in versions}


@pytest.fixture(scope="module")
def make_site(make_assistant: Callable[..., Assistant]) -> Callable[[], Site]:
    def make() -> Site:
        assistant = make_assistant()
        site = Site(assistant, assistant.home / "site")
        entry = {name: _entry(site.directory / "git" / name) for name in ("zookeeper", "bookkeeper")}
        hosts = {"all": {"hosts": {"one": {}, "two": {}}, "vars": {"infra_llm_catalogue": entry}}}
        site.directory.mkdir()
        (site.directory / "hosts.yml").write_text(json.dumps(hosts), encoding="utf-8")
        assistant.inventory = site.directory / "hosts.yml"
        return site

    return make


def _entry(repository: Path) -> dict[str, t.Any]:
    where = {"repository": str(repository), "refs": ["v{version}"], "paths": ["docs"]}
    return {"git": where, "versions": "patch", "license": "Apache-2.0", "attribution": "The authors"}


def recap(finished: Finished) -> str:
    return next(line for line in finished.out.splitlines() if line.startswith("localhost") and "ok=" in line)


def test_the_knowledge_follows_what_is_deployed(make_site: Callable[[], Site]) -> None:
    site = make_site()
    site.release("zookeeper", "3.8.1")
    site.release("zookeeper", "3.9.0")
    site.deploy("one,zookeeper,3.8.1-2", "two,zookeeper,3.8.4")

    planned = site.ingest("--check").ok()
    assert f"zookeeper 3.8.1: git {site.directory}/git/zookeeper at v3.8.1" in planned.out
    assert "zookeeper 3.8.4: documentation of 3.8.1 (same minor)" in planned.out
    assert site.indexed() == {}

    assert "changed=" in recap(site.ingest().ok())
    assert site.indexed() == {"zookeeper 3.8.1": ["3.8.1", "3.8.4"]}
    assert "changed=0 " in recap(site.ingest().ok())
    assert "changed=0 " in recap(site.ingest("-e", "refresh=true").ok())

    site.deploy("one,zookeeper,3.9.0", "two,bookkeeper,4.16.0")
    failed = site.ingest()
    assert failed.returncode != 0
    assert "1 of " in failed.text
    assert "bookkeeper" in failed.sentence()
    assert site.indexed() == {"zookeeper 3.8.1": ["3.8.1", "3.8.4"], "zookeeper 3.9.0": ["3.9.0"]}
    assert "docs zookeeper 3.8.1" in failed.out, "what nobody runs is only listed"

    site.release("bookkeeper", "4.16.0")
    site.ingest("-e", "prune=true").ok()
    assert site.indexed() == {"bookkeeper 4.16.0": ["4.16.0"], "zookeeper 3.9.0": ["3.9.0"]}
    fetched = site.assistant.state_dir / "knowledge" / "fetched"
    assert sorted(path.name for path in fetched.glob("*/*")) == ["3.9.0", "4.16.0"]

    answered = site.assistant.answer("What is the least session timeout of zookeeper on one?")
    (source, *_others) = answered["sources"]
    assert (source["served_version"], source["match"], source["license"], source["attribution"]) == ("3.9.0", "exact", "Apache-2.0", "The authors")
    assert "The authors" in answered["answer"]


def test_a_neighbouring_version_embeds_only_its_changed_sections(make_site: Callable[[], Site]) -> None:
    site = make_site()
    site.release("zookeeper", "3.8.1", other="# Snapshots\n\nSnapshots are fuzzy, since they are taken while requests go on.\n")
    site.release("zookeeper", "3.9.0")
    site.deploy("one,zookeeper,3.8.1")
    site.ingest().ok()
    site.deploy("one,zookeeper,3.8.1", "two,zookeeper,3.9.0")
    (indexed,) = [result for finished in [site.ingest().ok()] for result in finished.results() if "embedded" in json.dumps(result) and "results" not in result]
    assert (indexed["sections"], indexed["sections_changed"], indexed["embedded"]) == (3, 1, 1)


def test_a_pack_answers_elsewhere_as_at_home(make_site: Callable[[], Site]) -> None:
    site, other = make_site(), make_site()
    for place in (site, other):
        place.deploy("one,zookeeper,3.8.1")
    site.release("zookeeper", "3.8.1")
    site.ingest().ok()
    pack = site.directory / "knowledge.pack"
    task = {"infra_llm.assistant.knowledge_pack": {"path": str(pack), "state": "exported"}}
    site.assistant.play([task]).ok()
    task = {"infra_llm.assistant.knowledge_pack": {"path": str(pack), "state": "imported"}}
    outcomes = [other.assistant.play([task], "-v").ok().results()[0]["changed"] for _again in range(2)]
    assert outcomes == [True, False]
    question = "What is the least session timeout of zookeeper?"
    here, there = (place.assistant.answer(question) for place in (site, other))
    assert here["answer"] == there["answer"]
    assert [source["score"] for source in here["sources"]] == [source["score"] for source in there["sources"]]
    assert other.indexed() == site.indexed()
    assert "changed=0 " in recap(other.ingest().ok())

    pack.write_bytes(pack.read_bytes()[:-100])
    assert str(pack) in other.assistant.play([task]).sentence()


def test_an_ingest_that_is_killed_again_and_again_ends_as_one_that_was_not(make_site: Callable[[], Site]) -> None:
    killed, quiet = make_site(), make_site()
    pages = {
        f"page{number}": f"# Page {number}\n\n" + "\n\n".join(f"## Part {part}\n\nSentence {number} of part {part}." for part in range(40))
        for number in range(8)
    }
    for site in (killed, quiet):
        site.release("zookeeper", "3.8.1", **pages)
        site.deploy("one,zookeeper,3.8.1")
    quiet.ingest().ok()
    killed.assistant.playbook("playbooks/gateway.yml", "-e", "state=started").ok()
    for delay in (0.5, 1.0, 2.0, 3.5):
        timer = threading.Timer(delay, _kill, [killed.assistant])
        timer.start()
        killed.ingest()
        timer.join()
    killed.ingest().ok()
    assert killed.indexed() == quiet.indexed()
    counts = [_counts(site) for site in (killed, quiet)]
    assert counts[0] == counts[1]
    found = [site.assistant.answer("What is sentence 5 of part 7 of zookeeper?")["sources"] for site in (killed, quiet)]
    assert [(source["excerpt"], source["score"]) for source in found[0]] == [(source["excerpt"], source["score"]) for source in found[1]]


def _kill(assistant: Assistant) -> None:
    pid = assistant.pid()
    if pid is not None:
        os.kill(pid, signal.SIGKILL)
        time.sleep(0.1)


def _counts(site: Site) -> list[tuple[int, int, int]]:
    file = site.assistant.state_dir / "knowledge" / "metadata" / "version_index.json"
    return [(known["pages"], known["sections"], known["chunks"]) for known in json.loads(file.read_text(encoding="utf-8"))["versions"]]


def test_house_runbooks_come_from_a_repository(make_site: Callable[[], Site]) -> None:
    site = make_site()
    site.release("zookeeper", "3.8.1")
    site.deploy("one,zookeeper,3.8.1")
    house = site.directory / "runbooks"
    (house / "sub").mkdir(parents=True)
    (house / "sub" / "ticks.md").write_text("# Change of ticks\n\nAsk the zygomorphic team before a tick is changed.\n", encoding="utf-8")
    git(house, "init", "--quiet", "--initial-branch=main")
    git(house, "add", "--all")
    git(house, "commit", "--quiet", "--message", "x")
    bare = site.directory / "runbooks.git"
    subprocess.run(["git", "clone", "--quiet", "--bare", str(house), str(bare)], check=True)
    shutil.rmtree(house)
    finished = site.ingest("-e", f"house=file://{bare}").ok()
    assert "changed=" in recap(finished)
    answered = site.assistant.answer("Whom do I ask before a change of ticks on one?")
    assert "zygomorphic" in answered["answer"]
    assert {source["kind"] for source in answered["sources"]} == {"docs", "house"}
    assert "changed=0 " in recap(site.ingest("-e", f"house=file://{bare}").ok())


def test_nothing_deployed_is_one_sentence(make_site: Callable[[], Site]) -> None:
    site = make_site()
    assert "Nothing is known to be deployed" in site.ingest().sentence()
