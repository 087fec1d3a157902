# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a gateway sends back, as its callers read it: errors as ``{error, detail, hint}``, a streamed answer as server-sent events."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import http.client
import json
import typing as t

from ..._errors import ConfigError, DataError, InfraLlmError, MissingLibraryError, ServiceError
from ...clients._sse import MEDIA_TYPE, events_in

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ...answering._result import Result
EVENT_STREAM: t.Final = {"Accept": MEDIA_TYPE}
_ERRORS = {error.__name__: error for error in (ConfigError, DataError, ServiceError)}


def raise_for(decoded: dict[str, t.Any], status: int) -> None:
    """Turn an answer ``{error, detail, hint}`` back into the error that the gateway raised."""
    if "error" not in decoded and status < http.client.BAD_REQUEST:
        return
    kind, message, hint = decoded.get("detail"), decoded.get("error", f"The gateway answered with status {status}."), decoded.get("hint")
    if kind == MissingLibraryError.__name__:
        raise InfraLlmError(message, hint=hint)
    raise _ERRORS.get(str(kind), ServiceError)(message, hint=hint)


def is_event_stream(response: http.client.HTTPResponse) -> bool:
    """Whether the answer comes as events; what is refused comes as JSON."""
    return (response.getheader("Content-Type") or "").startswith(MEDIA_TYPE)


def read_events(lines: Iterable[bytes], report: Callable[[str], None]) -> Result:
    """Hand each piece of the answer to ``report`` and return the whole result.

    Raises the gateway's own error, ConnectionError when the stream breaks off and ValueError when it is none.
    """
    for name, data in events_in(lines):
        decoded = json.loads(data)
        if not isinstance(decoded, dict):
            raise ValueError("an event that is no JSON object")
        if name == "error":
            raise_for(decoded, http.client.INTERNAL_SERVER_ERROR)
        if name == "result":
            return t.cast("Result", decoded)
        if decoded.get("delta"):
            report(str(decoded["delta"]))
    raise ConnectionAbortedError("the events ended before the result")
