# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Updates of the knowledge as jobs: the playbook of the collection as a child process, one at a time, its course kept on disk."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import collections
import contextlib
import dataclasses
import datetime
import json
import logging
import os
import pathlib
import secrets
import signal
import subprocess
import sys
import threading
import time
import typing as t

from ..._errors import ConfigError, InfraLlmError
from ..._files import write_atomically
from ..._visible_text import visible_text
from ...infrastructure._secret_patterns import redact_text
from .._admission import RefusedError

if t.TYPE_CHECKING:
    from ._config import ServedConfig

_KEPT_JOBS = 50
_KEPT_LINES = 200
_LONGEST_LINE = 2_000  # characters
_WRITE_SECONDS = 5.0  # between two records of a running job
_ENDING_SECONDS = 10  # for the playbook to end on a signal
_PLAYBOOK = "infra_llm.assistant.ingest"
_log = logging.getLogger("infra_llm.gateway")


@dataclasses.dataclass
class Job:
    """One update; ``state`` is running, succeeded or failed, times are in ISO 8601. ``dropped`` counts the lines before ``lines``, which are not kept."""

    id: str
    options: dict[str, t.Any]
    state: str
    started_at: str
    finished_at: str | None = None
    lines: list[str] = dataclasses.field(default_factory=list)
    dropped: int = 0
    error: str | None = None


class Jobs:
    """Starts jobs and remembers the last ones, those of former lives of the gateway included."""

    def __init__(self, config: ServedConfig) -> None:
        self._config = config
        self._directory = pathlib.Path(config.engine.state_dir, "jobs")
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._changing = threading.Lock()  # for what of a job must fit together: its lines, its end
        self._process: subprocess.Popen[bytes] | None = None
        self._running: Job | None = None
        self._closing = False
        self._jobs: dict[str, Job] = {}
        for path in sorted(self._directory.glob("*.json")):
            self._take_up(path)
        for path in self._directory.glob("*.variables"):  # of jobs that nobody has ended
            path.unlink(missing_ok=True)
        self._forget()

    def _take_up(self, path: pathlib.Path) -> None:
        try:
            job = Job(**json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            _log.warning("%s is no record of a job and is left out", path)
            return
        self._jobs[job.id] = job
        if job.state == "running":
            job.state, job.error, job.finished_at = "failed", "interrupted: the gateway ended before the update did.", _now()
            self._record(job)

    def all(self) -> list[Job]:
        """Every job that is remembered, the latest first."""
        return [self._copy(job) for job in sorted(self._jobs.values(), key=lambda job: job.id, reverse=True)]

    def get(self, number: str) -> Job | None:
        """The job of that id."""
        job = self._jobs.get(number)
        return None if job is None else self._copy(job)

    def _copy(self, job: Job) -> Job:
        """The job as it is now, while it goes on."""
        with self._changing:
            return dataclasses.replace(job)

    def start(self, options: dict[str, t.Any]) -> Job:
        """Begin an update with these variables of the playbook; returns it as it begins. Raises RefusedError, ConfigError."""
        if not self._config.inventory:
            raise ConfigError("The gateway has no inventory to update its knowledge by; set inventory in its configuration file.")
        with self._lock:
            if self._closing:
                raise RefusedError(503, "The gateway is ending; try again in a few seconds.", retry_after=5, reason="ending")
            if self._running is not None:
                raise RefusedError(409, f"The update {self._running.id} is still at work; GET /jobs/{self._running.id} tells how far it is.", reason="running")
            now = datetime.datetime.now(datetime.UTC)
            job = Job(f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}", options, "running", _now())
            try:
                self._record(job)
                # In a file, for a command line is read by everybody on this machine, and the catalogue may hold the password of a mirror.
                write_atomically(self._variables(job), json.dumps(self._playbook_variables(options)))
                self._process = subprocess.Popen(
                    self._command(self._variables(job)),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    env=self._environment(),
                    cwd=self._config.engine.state_dir,
                    start_new_session=True,  # so that it can be ended with all that it has started
                )
            except OSError as exc:
                with contextlib.suppress(OSError):
                    self._variables(job).unlink(missing_ok=True)
                    self._path(job).unlink()
                raise InfraLlmError(f"The update cannot be started ({exc}); check free space and the installation of ansible-core.") from exc
            self._jobs[job.id] = self._running = job
            self._forget()
        threading.Thread(target=self._follow, args=(job, self._process), name="job", daemon=True).start()
        _log.info("job %s started", job.id)
        return self._copy(job)

    def _playbook_variables(self, options: dict[str, t.Any]) -> dict[str, t.Any]:
        config = self._config
        # What the inventory says of the gateway is meant for those who ask from elsewhere, and may be known there alone.
        there = {"infra_llm_gateway_token": "", "infra_llm_gateway_ca_bundle": ""}
        variables = {**options, **there, "infra_llm_gateway_url": f"unix:{config.gateway_socket}"}
        if config.versions_csv is not None:
            variables["infra_llm_versions_csv"] = config.versions_csv
        if config.engine.catalogue:
            variables["infra_llm_catalogue"] = config.engine.catalogue
        return variables

    def _command(self, variables: pathlib.Path) -> list[str]:
        sources = [word for source in self._config.inventory for word in ("--inventory", source)]
        return [sys.executable, os.path.join(sys.prefix, "bin", "ansible-playbook"), *sources, "--extra-vars", f"@{variables}", _PLAYBOOK]

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("INFRA_LLM_", "NOTIFY_", "WATCHDOG_"))}
        state_dir = self._config.engine.state_dir
        return {
            **inventory_environment(),
            **kept,
            "ANSIBLE_COLLECTIONS_PATH": collections_root(),
            "ANSIBLE_LOCAL_TEMP": os.path.join(state_dir, "tmp"),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "INFRA_LLM_STATE_DIR": state_dir,
            "LC_ALL": "C.UTF-8",
            "PYTHONUNBUFFERED": "1",
        }

    def _follow(self, job: Job, process: subprocess.Popen[bytes]) -> None:
        lines: collections.deque[str] = collections.deque(maxlen=_KEPT_LINES)
        written = time.monotonic()
        if process.stdout is not None:
            with process.stdout:
                for raw in process.stdout:
                    line = redact_text(visible_text(raw.decode("utf-8", "replace").rstrip()[:_LONGEST_LINE]))
                    if not line:
                        continue
                    with self._changing:
                        job.dropped += len(lines) == _KEPT_LINES
                        lines.append(line)
                        job.lines = list(lines)
                    if time.monotonic() - written > _WRITE_SECONDS:
                        self._record_if_possible(job)
                        written = time.monotonic()
        status = process.wait()
        with contextlib.suppress(OSError):
            self._variables(job).unlink(missing_ok=True)
        with self._lock:
            with self._changing:
                job.state = "succeeded" if status == 0 else "failed"
                if self._closing and status:
                    job.error = "interrupted: the gateway was stopped."
                elif status:
                    job.error = f"ansible-playbook ended with status {status}; the lines say why."
                job.finished_at = _now()
            self._running = self._process = None
            self._record_if_possible(job)
        _log.info("job %s %s", job.id, job.state)

    def close(self) -> None:
        """End the running job with everything that it has started."""
        with self._lock:
            self._closing = True
            process = self._process
        if process is None:
            return
        for number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, number)
            deadline = time.monotonic() + _ENDING_SECONDS
            while self._running is not None and time.monotonic() < deadline:
                time.sleep(0.05)

    def _forget(self) -> None:
        for old in self.all()[_KEPT_JOBS:]:
            del self._jobs[old.id]
            with contextlib.suppress(OSError):
                self._path(old).unlink()

    def _path(self, job: Job) -> pathlib.Path:
        return self._directory / f"{job.id}.json"

    def _variables(self, job: Job) -> pathlib.Path:
        return self._directory / f"{job.id}.variables"

    def _record(self, job: Job) -> None:
        write_atomically(self._path(job), json.dumps(dataclasses.asdict(job), ensure_ascii=False))

    def _record_if_possible(self, job: Job) -> None:
        try:
            self._record(job)
        except OSError as exc:
            _log.error("the record of job %s cannot be written: %s", job.id, exc)


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def collections_root() -> str:
    """The directory that holds this collection's ``ansible_collections``."""
    return str(pathlib.Path(__file__).absolute().parents[7])


def inventory_environment() -> dict[str, str]:
    """Settings of Ansible without which it takes the versions CSV in an inventory's directory for an inventory."""
    return {
        "ANSIBLE_INVENTORY_IGNORE": ".pyc,.pyo,.swp,.bak,~,.rpm,.md,.txt,.rst,.orig,.cfg,.retry,.csv",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
    }
