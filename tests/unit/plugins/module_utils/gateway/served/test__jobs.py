# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import ConfigError
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway._admission import RefusedError
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway._config import GatewayConfig
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway.served import _jobs
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway.served._config import ServedConfig
from ansible_collections.infra_llm.assistant.plugins.module_utils.gateway.served._jobs import Job, Jobs


@pytest.fixture
def config(tmp_path: Path) -> ServedConfig:
    engine = GatewayConfig(str(tmp_path), str(tmp_path), sys.executable, 0, "model")
    return ServedConfig(engine=engine, inventory=("/srv/hosts",), gateway_socket="/run/gateway.sock")


def playing(monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Put a program of the shell in the playbook's place."""
    monkeypatch.setattr(Jobs, "_command", lambda self, variables: ["/bin/sh", "-c", script])


def when(jobs: Jobs, job: Job, true: Callable[[Job], bool]) -> Job:
    """The job as soon as that is true of it."""
    deadline = time.monotonic() + 15
    while True:
        found = jobs.get(job.id)
        assert found is not None
        if true(found):
            return found
        assert time.monotonic() < deadline, "it did not come to that in time"
        time.sleep(0.02)


def ended(jobs: Jobs, job: Job) -> Job:
    return when(jobs, job, lambda found: found.state != "running")


def test_a_job_is_followed_to_its_end_and_remembered(config: ServedConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = Jobs(config)
    playing(monkeypatch, "seq 300; echo 'a \\377 line' >&2; env")
    monkeypatch.setenv("INFRA_LLM_LLM_API_KEY", "secret")
    done = ended(jobs, jobs.start({"prune": True}))
    assert (done.state, done.error, done.options) == ("succeeded", None, {"prune": True})
    assert len(done.lines) == 200
    assert done.lines[0] == str(done.dropped + 1), "the lines before are counted"
    assert any(line.startswith("a \ufffd line") for line in done.lines)
    assert not any("secret" in line for line in done.lines)
    playing(monkeypatch, "echo 'no network'; exit 3")
    failed = ended(jobs, jobs.start({}))
    assert (failed.state, failed.lines) == ("failed", ["no network"])
    assert "status 3" in str(failed.error)
    assert [job.state for job in Jobs(config).all()] == [job.state for job in jobs.all()]
    assert {path.stat().st_mode & 0o077 for path in Path(config.engine.state_dir, "jobs").parent.glob("jobs")} == {0}


def test_the_catalogue_is_told_in_a_file_of_the_service_alone_and_no_password_is_kept(config: ServedConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    mirror = "https://mirror:hunter-2-deer@127.0.0.1/kafka.tgz"
    jobs = Jobs(dataclasses.replace(config, engine=dataclasses.replace(config.engine, catalogue={"kafka": {"archive": {"url": mirror}}})))
    started: list[list[str]] = []

    def command(jobs: Jobs, variables: Path) -> list[str]:
        started.append(real(jobs, variables))
        return ["/bin/sh", "-c", f"stat --format=%a {variables}; cat {variables}"]

    real = Jobs._command
    monkeypatch.setattr(Jobs, "_command", command)
    done = ended(jobs, jobs.start({}))
    assert started[0][-2].startswith("@")
    assert "hunter" not in str(started)
    assert done.lines[0] == "600"
    assert "kafka.tgz" in done.lines[1]
    left = list(Path(config.engine.state_dir, "jobs").iterdir())
    assert [path.suffix for path in left] == [".json"]
    assert "hunter" not in left[0].read_text()


def runs(pid: int) -> bool:
    """Tell whether the process runs; one that ended and that nobody has waited for does not."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


def test_one_job_at_a_time_which_ends_with_the_gateway_and_all_that_it_has_started(config: ServedConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = Jobs(config)
    playing(monkeypatch, "trap '' TERM; sleep 60 & echo $!; wait")
    job = jobs.start({})
    with pytest.raises(RefusedError, match=f"The update {job.id} is still at work") as refused:
        jobs.start({})
    assert refused.value.status == 409
    job = when(jobs, job, lambda found: bool(found.lines))
    monkeypatch.setattr(_jobs, "_ENDING_SECONDS", 0.5)
    jobs.close()
    assert ended(jobs, job).error == "interrupted: the gateway was stopped."
    assert not runs(int(job.lines[0]))


def test_a_job_that_ran_when_the_gateway_was_killed_has_failed(config: ServedConfig) -> None:
    directory = Path(config.engine.state_dir, "jobs")
    directory.mkdir()
    job = Job("20260101-030000-5f1c9e", {}, "running", "2026-01-01T03:00:00+00:00", lines=["PLAY"])
    (directory / f"{job.id}.json").write_text(json.dumps(dataclasses.asdict(job)))
    (directory / "broken.json").write_text("{")
    for _life in range(2):
        (found,) = Jobs(config).all()
        assert (found.state, found.lines) == ("failed", ["PLAY"])
        assert "interrupted" in str(found.error)


def test_only_the_last_jobs_are_kept(config: ServedConfig) -> None:
    directory = Path(config.engine.state_dir, "jobs")
    directory.mkdir()
    for number in range(60):
        job = Job(f"20260101-0300{number:02}-5f1c9e", {}, "succeeded", "2026-01-01T03:00:00+00:00")
        (directory / f"{job.id}.json").write_text(json.dumps(dataclasses.asdict(job)))
    assert len(Jobs(config).all()) == len(list(directory.iterdir())) == 50


def test_without_an_inventory_there_is_nothing_to_update_by(config: ServedConfig) -> None:
    with pytest.raises(ConfigError, match="set inventory in its configuration file"):
        Jobs(dataclasses.replace(config, inventory=())).start({})
