# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a request to the engine and back: admission, deadline, the gateway's own view of the infrastructure."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import time
import typing as t

from .._errors import ServiceError
from .._options import option_names
from ..answering._answer import answer
from ..answering._question import Question
from ..infrastructure._redaction import redact_json, redact_schema
from ..infrastructure._secret_patterns import redact_text
from ..knowledge._search import Target
from ._admission import RefusedError

if t.TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..answering._result import Result, Timings
    from ..infrastructure._description import Description, Infrastructure
    from ._admission import Admission, Ticket
    from ._request_facts import RequestFacts
    from ._services import Services


class Describer(t.Protocol):
    """The gateway's own inventory and versions CSV."""

    def describe(self, question: str, hosts: Sequence[str]) -> Description:
        """What `infrastructure._digest.describe` returns for the question; ``hosts`` is its scope. Raises InfraLlmError."""


class QuestionHandler:
    """Answers requests by the engine; what becomes known of one is put into its ``facts`` for the log and the metrics."""

    def __init__(self, services: Services, admission: Admission, describer: Describer | None) -> None:
        self._services = services
        self._admission = admission
        self._describer = describer

    def admit(self, asked: t.Any) -> Ticket:
        """Let the question in. Raises RefusedError."""
        return self._admission.admit(model=asked.mode == "answer", timeout=asked.timeout)

    async def answer(
        self, asked: t.Any, ticket: Ticket, facts: RequestFacts, *, history: Sequence[dict[str, str]] = (), report: Callable[[str], None] | None = None
    ) -> Result:
        """The result for what was asked, a model of ``_query_model.py``; ``report`` is called in another thread. Raises InfraLlmError."""
        facts["asked"] = asked.mode
        arrived = ticket.deadline - ticket.timeout

        def work() -> Result:
            facts["waited_ms"] = _milliseconds(arrived)
            return self._work(_Redacted(asked, history), ticket, facts, report)

        try:
            result = await ticket.run(work)
        except RefusedError:
            raise
        except ServiceError as exc:
            if time.monotonic() < ticket.deadline - 0.5:
                raise
            raise RefusedError(504, exc.message, reason="deadline") from exc
        facts.update(
            mode=result["mode"],
            language=result["language"],
            hosts=len(result["infrastructure"].get("hosts") or ()),
            products=sorted({f"{source['product'] or source['kind']} {source['served_version']}" for source in result["sources"]}),
            timings=result["timings"],
        )
        return result

    def _work(self, redacted: _Redacted, ticket: Ticket, facts: RequestFacts, report: Callable[[str], None] | None) -> Result:
        facts["query"] = redacted.query
        asked = redacted.asked
        timings: Timings = {}
        infrastructure, targets, warnings = redacted.infrastructure, redacted.targets, redacted.warnings
        if infrastructure is None and self._describer is not None:
            started = time.monotonic()
            context = self._describer.describe(redacted.query, redacted.hosts)
            timings["context_ms"] = _milliseconds(started)
            infrastructure, warnings = context["infrastructure"], [*warnings, *context["warnings"]]
            targets = [Target(entry["product"], entry["version"], entry["why"] == "question") for entry in context["targets"]]
        options = {name: getattr(asked, name) for name in option_names("question")}
        options["timeout"] = max(1.0, ticket.deadline - time.monotonic())
        question = Question(
            question=redacted.query,
            infrastructure=infrastructure or {},
            targets=targets,
            warnings=warnings,
            **options,
            schema=redacted.schema,
            history=redacted.history,
        )
        result = answer(question, self._services.engine(), report=_timed(report, facts, ticket), stop=ticket.stop)
        result["timings"] = {**timings, **result["timings"]}
        return result


class _Redacted:
    """What a request brings, as it may go to a model, a log or a database: the one door for every API."""

    def __init__(self, asked: t.Any, history: Sequence[dict[str, str]]) -> None:
        self.asked = asked
        self.query = redact_text(asked.query.strip())
        self.infrastructure: Infrastructure | None = None
        if asked.infrastructure is not None:
            self.infrastructure = _without_secrets(asked.infrastructure.model_dump(exclude_none=True))
        self.targets = [
            Target(redact_text(entry.product), None if entry.version is None else redact_text(entry.version), entry.why == "question")
            for entry in asked.targets
        ]
        self.hosts = [redact_text(host) for host in asked.hosts]
        self.warnings = [redact_text(warning) for warning in asked.warnings]
        self.schema: dict[str, t.Any] | None = None if asked.answer_schema is None else redact_schema(asked.answer_schema)
        self.history = [{"role": said["role"], "content": redact_text(said["content"])} for said in history]


def _without_secrets(infrastructure: dict[str, t.Any]) -> Infrastructure:
    redacted: Infrastructure = redact_json(infrastructure)
    for product, given in zip(redacted["products"], infrastructure["products"], strict=True):
        # Their keys are versions and never the names of secrets, whatever they look like.
        product["versions"] = {redact_text(version): [redact_text(host) for host in hosts] for version, hosts in given["versions"].items()}
        product["counts"] = {redact_text(version): count for version, count in given["counts"].items()}
    return redacted


def _timed(report: Callable[[str], None] | None, facts: RequestFacts, ticket: Ticket) -> Callable[[str], None] | None:
    """``report``, noting when the first piece came."""
    if report is None:
        return None

    def pass_on(text: str) -> None:
        facts.setdefault("first_ms", _milliseconds(ticket.deadline - ticket.timeout))
        report(text)

    return pass_on


def _milliseconds(since: float) -> float:
    return round((time.monotonic() - since) * 1000, 1)
