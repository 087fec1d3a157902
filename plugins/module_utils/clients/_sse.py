# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Server-sent events, for clients; with the standard library alone."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MEDIA_TYPE: t.Final = "text/event-stream"


def events_in(lines: Iterable[bytes]) -> Iterator[tuple[str, str]]:
    """Name and data of each event; what begins with a colon is a sign of life, and an event without its empty line is not complete."""
    name, data = "", []
    for line in lines:
        field, colon, value = line.decode("utf-8", "replace").rstrip("\r\n").partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            name = value
        elif field == "data":
            data.append(value)
        elif not field and not colon:
            if data:
                yield name, "\n".join(data)
            name, data = "", []
