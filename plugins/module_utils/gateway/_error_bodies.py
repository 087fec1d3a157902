# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors as the API says them: ``{error, detail, hint}``, and in the form of OpenAI's API where a client of that asks."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import typing as t

_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    405: "invalid_request_error",
    408: "invalid_request_error",
    409: "conflict_error",
    413: "invalid_request_error",
    429: "rate_limit_error",
}


def shaped(path: str, status: int, body: dict[str, t.Any]) -> dict[str, t.Any]:
    """``body``, an error of the gateway, as the clients of ``path`` expect it."""
    if not path.startswith("/v1/"):
        return body
    return openai_error(status, body)


def openai_error(status: int, body: dict[str, t.Any]) -> dict[str, t.Any]:
    """An error of the gateway in the form of OpenAI's API."""
    return {"error": {"message": body["error"], "type": _TYPES.get(status, "server_error"), "param": None, "code": body.get("detail")}}
