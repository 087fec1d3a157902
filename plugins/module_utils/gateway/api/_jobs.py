# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The routes by which the knowledge is updated and an update is followed."""

# Private to the collection: names here may change in any release.
# Without deferred annotations: FastAPI needs the models themselves, which exist in the functions below alone.

import asyncio
import dataclasses
import typing as t

from ._description import errors

if t.TYPE_CHECKING:
    from fastapi import FastAPI

    from ..served._jobs import Job, Jobs

_JOB_SCHEMA: dict[str, t.Any] = {
    "type": "object",
    "required": ["id", "state", "options", "started_at", "finished_at", "error"],
    "properties": {
        "id": {"type": "string"},
        "state": {"type": "string", "enum": ["running", "succeeded", "failed"]},
        "options": {"type": "object"},
        "started_at": {"type": "string", "format": "date-time"},
        "finished_at": {"type": ["string", "null"], "format": "date-time"},
        "lines": {"type": "array", "items": {"type": "string"}, "description": "The last lines that the playbook has printed."},
        "dropped": {"type": "integer", "description": "How many lines it has printed before these."},
        "error": {"type": ["string", "null"]},
    },
}
_JOB_EXAMPLE: dict[str, t.Any] = {
    "id": "20260101-030000-5f1c9e",
    "state": "running",
    "options": {"refresh": False, "prune": True, "community": True},
    "started_at": "2026-01-01T03:00:00+00:00",
    "finished_at": None,
    "lines": ["PLAY [Keep the assistant's knowledge equal to what is deployed] ***"],
    "dropped": 0,
    "error": None,
}


def _job_response(description: str) -> dict[str, t.Any]:
    return {"description": description, "content": {"application/json": {"schema": _JOB_SCHEMA, "example": _JOB_EXAMPLE}}}


def add_job_routes(app: "FastAPI", jobs: "Jobs") -> None:
    """Add POST /update-knowledge, GET /jobs and GET /jobs/ID."""
    from fastapi.responses import JSONResponse
    from pydantic import BaseModel, ConfigDict, Field
    from starlette.exceptions import HTTPException

    class Update(BaseModel):
        """An update of the knowledge by what the inventory and the versions CSV say is deployed."""

        model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra={"examples": [{"prune": True}]})

        refresh: bool = Field(default=False, description="Look again for what is there already.")
        prune: bool = Field(default=False, description="Remove what serves nothing that is deployed.")
        community: bool = Field(default=True, description="Fetch questions and answers too.")

    @app.post(
        "/update-knowledge",
        status_code=202,
        summary="Begin to update the knowledge",
        response_model=None,
        responses={
            202: _job_response("The update has begun; follow it at /jobs/ID."),
            **errors(403, 503),
        },
    )
    async def update(wanted: Update) -> JSONResponse:
        options = wanted.model_dump()
        # Starting a process waits for the disk.
        job = await asyncio.to_thread(jobs.start, options)
        return JSONResponse(_shown(job), 202, headers={"Location": f"/jobs/{job.id}"})

    @app.get(
        "/jobs",
        summary="List the updates, the latest first",
        response_model=None,
        responses={200: {"content": {"application/json": {"example": {"jobs": [_JOB_EXAMPLE]}}}}},
    )
    async def listing() -> dict[str, t.Any]:
        return {"jobs": [_shown(job, lines=False) for job in jobs.all()]}

    @app.get(
        "/jobs/{job_id}",
        summary="Follow one update",
        response_model=None,
        responses={200: _job_response("The update so far."), **errors(404)},
    )
    async def one(job_id: str) -> dict[str, t.Any]:
        job = jobs.get(job_id)
        if job is None:
            raise HTTPException(404, "there is no such job")
        return _shown(job)


def _shown(job: "Job", *, lines: bool = True) -> dict[str, t.Any]:
    shown = dataclasses.asdict(job)
    if not lines:
        del shown["lines"], shown["dropped"]
    return shown
