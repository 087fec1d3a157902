# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a served gateway counts, for Prometheus. Of a caller only the name of its token is a label, of a question only its mode."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import threading
import time
import typing as t

from ..._version import VERSION
from .._request_facts import facts_in
from ..api._errors import CLIENT_CLOSED_REQUEST

if t.TYPE_CHECKING:
    from .._admission import Admission
    from .._services import Services
    from ._jobs import Jobs
    from ._middleware import Scope

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)
_SIZES_KEPT_SECONDS = 60.0  # counting chunks reads the whole table
_TOKENS = ("prompt_tokens", "cached_tokens", "completion_tokens")
_PHASES = {"retrieval": "retrieval_ms", "llm": "llm_ms", "first_token": "first_token_ms", "total": "total_ms", "waiting": "waited_ms"}


class Metrics:
    """The counters of one gateway."""

    def __init__(self, services: Services, admission: Admission, jobs: Jobs) -> None:
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, disable_created_metrics

        disable_created_metrics()  # type: ignore[no-untyped-call]  # the time of each counter's beginning, which Prometheus needs for nothing here
        self.registry = CollectorRegistry()
        self._services = services
        self._sizes: tuple[float, float, float] | None = None
        self._counting = threading.Lock()
        ProcessCollector(registry=self.registry)

        def gauge(name: str, text: str, value: t.Callable[[], float]) -> None:
            Gauge(f"infra_llm_{name}", text, registry=self.registry).set_function(value)

        self._requests = Counter("infra_llm_requests", "Requests.", ["route", "status", "token"], registry=self.registry)
        self._questions = Counter("infra_llm_questions", "Questions by mode of the answer and outcome.", ["mode", "outcome"], registry=self.registry)
        self._rejected = Counter("infra_llm_rejected", "Requests that were not taken.", ["reason"], registry=self.registry)
        self._tokens = Counter("infra_llm_tokens", "Tokens of prompts, of these served from cache, and of answers.", ["kind"], registry=self.registry)
        self._durations = Histogram(
            "infra_llm_question_seconds", "What the parts of a question's way take.", ["phase"], buckets=_SECONDS, registry=self.registry
        )
        gauge("questions_running", "Questions that are being answered.", lambda: admission.running)
        gauge("questions_waiting", "Questions that wait for their turn.", lambda: admission.waiting)
        gauge("knowledge_versions", "Versions in the knowledge base.", lambda: self._knowledge()[1])
        gauge("knowledge_chunks", "Chunks in the knowledge base.", lambda: self._knowledge()[2])
        gauge("job_running", "Whether the knowledge is being updated.", lambda: any(job.state == "running" for job in jobs.all()))
        gauge("job_last_succeeded", "Whether the last update that ended succeeded; 1 when there was none.", lambda: _last_succeeded(jobs))
        Gauge("infra_llm_build_info", "Version of the gateway.", ["version"], registry=self.registry).labels(VERSION).set(1)

    def exposition(self) -> bytes:
        """The metrics as Prometheus reads them."""
        from prometheus_client import generate_latest

        return bytes(generate_latest(self.registry))

    def observe(self, scope: Scope, status: int) -> None:
        """Count a request by its facts."""
        facts = facts_in(scope)
        route = getattr(scope.get("route"), "path", None) or "none"
        self._requests.labels(route, str(status), facts.get("token", "")).inc()
        if facts.get("reason"):
            self._rejected.labels(facts["reason"]).inc()
        if "asked" not in facts:
            return
        outcome = "ok" if status < 400 else "gone" if status == CLIENT_CLOSED_REQUEST else "refused" if facts.get("reason") else "failed"
        self._questions.labels(facts.get("mode", facts["asked"]), outcome).inc()
        measured = {"waited_ms": facts.get("waited_ms"), **facts.get("timings", {})}
        for phase, name in _PHASES.items():
            if measured.get(name) is not None:
                self._durations.labels(phase).observe(measured[name] / 1000)
        for name in _TOKENS:
            self._tokens.labels(name.removesuffix("_tokens")).inc(measured.get(name) or 0)

    def _knowledge(self) -> tuple[float, float, float]:
        """When it was counted, versions and chunks; zeros while the knowledge base is not open."""
        index = self._services.index.value
        if index is None:
            return 0.0, 0, 0
        with self._counting:
            if self._sizes is None or time.monotonic() - self._sizes[0] > _SIZES_KEPT_SECONDS:
                versions = index.sizes()["versions"]
                self._sizes = (time.monotonic(), len(versions), sum(version.get("chunks", 0) for version in versions))
            return self._sizes


def _last_succeeded(jobs: Jobs) -> float:
    ended = [job for job in jobs.all() if job.state != "running"]
    return 0.0 if ended and ended[0].state == "failed" else 1.0
