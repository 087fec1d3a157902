# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The routes that keep the knowledge base, for the gateway's own user alone."""

# Private to the collection: names here may change in any release.
# Without deferred annotations: FastAPI needs the models themselves, which exist in the functions below alone.

import json
import logging
import queue
import threading
import typing as t

from ..._errors import DataError, InfraLlmError
from .._knowledge_work import KnowledgeWork
from ._errors import error_body

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fastapi import FastAPI

    from ...catalogue._catalogue import Catalogue
    from .._knowledge_work import Report
    from .._services import Services

_log = logging.getLogger("infra_llm.gateway")
_HEARTBEAT_SECONDS = 30  # git and downloads are silent for long


def add_knowledge_routes(app: "FastAPI", services: "Services", knowledge_dir: str, catalogue: "Catalogue") -> None:
    """Add the routes below ``/knowledge``. What takes long answers with one JSON object a line: progress, then the result or an error."""
    from fastapi.responses import StreamingResponse
    from pydantic import BaseModel, ConfigDict, Field

    Text: t.TypeAlias = t.Optional[str]  # noqa: UP045 - in annotations that are not deferred, pylint knows no other way

    class Strict(BaseModel):
        model_config = ConfigDict(extra="forbid")

    class Documents(Strict):
        path: str
        kind: t.Literal["docs", "house", "qa"]
        product: str = ""
        version: str
        check: bool = False

    class Wanted(Strict):
        kind: t.Literal["docs", "house", "qa"] = "docs"
        product: str = ""
        version: str = ""
        versions: list[str] = Field(default_factory=list)
        source: t.Optional[t.Literal["git", "archive", "web"]] = None  # noqa: UP045
        repository: str = ""
        reference: str = ""
        key: Text = None
        refresh: bool = False
        check: bool = False
        proxy: Text = None
        ca_bundle: Text = None

    class Fleet(Strict):
        deployed: dict[str, list[str]]

    class Known(Strict):
        kind: t.Literal["docs", "house", "qa"]
        product: str
        version: str

    class Removal(Known):
        check: bool = False

    class Pack(Strict):
        path: str
        versions: list[Known] = Field(default_factory=list)
        check: bool = False

    work = KnowledgeWork(services, knowledge_dir, catalogue)

    def stream(begin: "Callable[[Report], dict[str, t.Any]]") -> StreamingResponse:
        return StreamingResponse(_events(begin), media_type="application/x-ndjson")

    @app.get("/knowledge", include_in_schema=False, response_model=None)
    def knowledge() -> dict[str, t.Any]:
        return work.listing()

    @app.post("/knowledge/fetch", include_in_schema=False, response_model=None)
    def fetch(wanted: Wanted) -> StreamingResponse:
        return stream(lambda report: work.fetch(wanted, report))

    @app.post("/knowledge/index", include_in_schema=False, response_model=None)
    def index(documents: Documents) -> StreamingResponse:
        return stream(lambda report: work.index(documents, report))

    @app.post("/knowledge/compare", include_in_schema=False, response_model=None)
    def compare_with(fleet: Fleet) -> dict[str, t.Any]:
        return work.compare(fleet.deployed)

    @app.post("/knowledge/remove", include_in_schema=False, response_model=None)
    def remove(unwanted: Removal) -> dict[str, t.Any]:
        return work.remove(unwanted)

    @app.post("/knowledge/export", include_in_schema=False, response_model=None)
    def export(pack: Pack) -> StreamingResponse:
        return stream(lambda report: work.export(pack))

    @app.post("/knowledge/import", include_in_schema=False, response_model=None)
    def take_in(pack: Pack) -> StreamingResponse:
        return stream(lambda report: work.take_in(pack))


def _events(work: "Callable[[Report], dict[str, t.Any]]") -> "Iterator[str]":
    """Run ``work`` in a thread; yield what it reports, then its result or error, one JSON object a line."""
    events: queue.Queue[dict[str, t.Any] | None] = queue.Queue()

    def run() -> None:
        try:
            events.put({"result": work(events.put)})
        except InfraLlmError as exc:
            _log.warning("%s", exc.message)
            events.put(error_body(exc))
        except Exception as exc:
            _log.exception("work on the knowledge base failed")
            events.put(error_body(DataError(f"The work on the knowledge base met an unexpected {type(exc).__name__}; read the gateway's log and report it.")))
        events.put(None)

    threading.Thread(target=run, name="knowledge", daemon=True).start()
    while True:
        try:
            event = events.get(timeout=_HEARTBEAT_SECONDS)
        except queue.Empty:
            event = {"working": True}
        if event is None:
            return
        yield json.dumps(event, ensure_ascii=False) + "\n"
