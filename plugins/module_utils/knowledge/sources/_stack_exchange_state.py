# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must be remembered of the Stack Exchange API from one run to the next: quota, waits, the last minute's requests, the sites."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import hashlib
import json
import pathlib
import time
import typing as t
from datetime import UTC, datetime

from ..._errors import DataError
from ..._files import write_atomically

# The same request is not sent twice within this time.
REPEAT_SECONDS: t.Final = 60
_SITES_SECONDS: t.Final = 7 * 24 * 3600
ALL_METHODS: t.Final = "*"


class ApiState:
    """The state of one account (address and key), in a JSON file that is read before and written after every request.

    A file that cannot be read as such, or is of another account, counts as none.
    """

    def __init__(self, file: pathlib.Path, *, account: str) -> None:
        self._file = file
        self._account = hashlib.sha256(account.encode()).hexdigest()[:16]

    def quota_remaining(self) -> int | None:
        """Requests that are left of today's (UTC), None when no answer of today has told."""
        quota = self._read().get("quota")
        if isinstance(quota, dict) and quota.get("day") == _today() and isinstance(quota.get("remaining"), int):
            return int(quota["remaining"])
        return None

    def sites(self) -> dict[str, str]:
        """Names of the sites by their short names, as far as they were asked for."""
        names = self._part("sites").get("names")
        return {str(site): str(name) for site, name in names.items()} if isinstance(names, dict) else {}

    def sites_are_fresh(self) -> bool:
        """Tell whether the list of sites need not be asked for again."""
        asked = self._part("sites").get("at")
        return bool(self.sites()) and isinstance(asked, int) and time.time() - asked < _SITES_SECONDS

    def wait_seconds(self, method: str, request: str) -> float:
        """Seconds for which the next ``request`` of a ``method`` has to wait."""
        now = time.time()
        waits = self._part("not_before")
        times = [waits.get(method), waits.get(ALL_METHODS), self._part("asked").get(_digest(request))]
        return max([0.0, *(moment - now for moment in times if isinstance(moment, int | float))])

    def note(self, request: str, *, method: str, quota: int | None = None, backoff: float = 0, blocked: float = 0, sites: dict[str, str] | None = None) -> None:
        """Remember an answer: the requests left, and the seconds to wait before the next of the ``method`` and before any."""
        state = self._read()
        now = time.time()
        if quota is not None:
            state["quota"] = {"day": _today(), "remaining": quota}
        waits = {name: until for name, until in self._part("not_before").items() if isinstance(until, int | float) and until > now}
        if backoff > 0:
            waits[method] = now + backoff
        if blocked > 0:
            waits[ALL_METHODS] = now + blocked
        asked = {name: until for name, until in self._part("asked").items() if isinstance(until, int | float) and until > now}
        if not blocked:
            asked[_digest(request)] = now + REPEAT_SECONDS
        if sites is not None:
            state["sites"] = {"at": int(now), "names": sites}
        state.update(account=self._account, not_before=waits, asked=asked)
        self._write(state)

    def _part(self, name: str) -> dict[str, t.Any]:
        part = self._read().get(name)
        return part if isinstance(part, dict) else {}

    def _read(self) -> dict[str, t.Any]:
        try:
            state = json.loads(self._file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except OSError as exc:
            raise DataError(f"{self._file} cannot be read ({exc.strerror}); correct its permissions.", file=str(self._file)) from exc
        except ValueError:
            return {}
        return state if isinstance(state, dict) and state.get("account") == self._account else {}

    def _write(self, state: dict[str, t.Any]) -> None:
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self._file, json.dumps(state, sort_keys=True))
        except OSError as exc:
            raise DataError(f"{self._file} cannot be written ({exc.strerror}); make room or correct its permissions.", file=str(self._file)) from exc


def _today() -> str:
    return datetime.fromtimestamp(time.time(), UTC).strftime("%Y-%m-%d")


def _digest(request: str) -> str:
    return hashlib.sha256(request.encode()).hexdigest()[:16]
