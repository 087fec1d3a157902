# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""robots.txt, as RFC 9309 reads it: what of a host may be fetched, how fast, and where its sitemaps are."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import dataclasses
import sys
import threading
import typing as t
from urllib.parse import urlsplit

from ..._errors import MissingLibraryError, ServiceError
from ._http import ROBOT, Limits, PoliteSession

if t.TYPE_CHECKING:
    from protego import Protego

_MAX_BYTES: t.Final = 5 * 1024 * 1024


class Robots:
    """The rules of every host that is asked about, each fetched once."""

    def __init__(self, http: PoliteSession, limits: Limits) -> None:
        self._http = http
        self._limits = dataclasses.replace(limits, max_bytes=_MAX_BYTES)
        self._lock = threading.Lock()
        self._rules: dict[str, Protego | None] = {}

    def allows(self, url: str) -> bool:
        """Tell whether the host lets us fetch ``url``. Raises ServiceError when its robots.txt cannot be had, which forbids everything."""
        rules = self._of(url)
        return rules is None or rules.can_fetch(url, ROBOT)

    def rate(self, url: str) -> float:
        """Return how many requests a second the host gets: the settings' rate, or less where it asks for a longer delay."""
        rules = self._of(url)
        delay = rules.crawl_delay(ROBOT) if rules is not None else None
        return min(self._limits.rate, 1.0 / delay) if delay and delay > 0 else self._limits.rate

    def sitemaps(self, url: str) -> list[str]:
        """Return the addresses of the sitemaps that the host names."""
        rules = self._of(url)
        return [] if rules is None else list(rules.sitemaps)

    def _of(self, url: str) -> Protego | None:
        parts = urlsplit(url)
        place = f"{parts.scheme}://{parts.netloc}/robots.txt"
        with self._lock:
            if place not in self._rules:
                self._rules[place] = self._read(place)
            return self._rules[place]

    def _read(self, place: str) -> Protego | None:
        try:
            from protego import Protego
        except ModuleNotFoundError as exc:
            raise MissingLibraryError("protego", needed_for="fetching documentation from web sites", python=sys.executable) from exc
        reply = self._http.get(place, self._limits)
        if not reply.problem:
            return Protego.parse(reply.body.decode("utf-8-sig", "replace"))
        # Only that the host says there is none (or none for us) lets us in; a busy one is not asked for pages.
        if 400 <= reply.status < 500 and not reply.transient:
            return None
        message = f"{place} {reply.problem}, so nothing of that host may be fetched; try again later, or check the address and the proxy."
        raise ServiceError(message, url=place, status=reply.status or None)
