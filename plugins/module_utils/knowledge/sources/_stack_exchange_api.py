# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Stack Exchange API through stackapi, within its rules: quota, backoff, no request twice; what was answered is kept in a journal."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import contextlib
import dataclasses
import importlib.util
import json
import pathlib
import re
import sys
import time
import typing as t

from ..._errors import ConfigError, DataError, MissingLibraryError, ServiceError
from ._stack_exchange_state import ApiState
from ._stack_exchange_transport import API_VERSION, Transport

if t.TYPE_CHECKING:
    from collections.abc import Sequence

PUBLIC_URL: t.Final = "https://api.stackexchange.com"
# Requests of a day that are left to others behind the same address or key.
QUOTA_RESERVE: t.Final = 20
# The API refuses pages above this one without a key.
MAX_PAGES_WITHOUT_KEY: t.Final = 25
_PAGE_SIZE: t.Final = 100
_JOURNAL: t.Final = ".stack_exchange.jsonl"
# Posts of an attempt that was interrupted longer ago may have changed.
_JOURNAL_SECONDS: t.Final = 24 * 3600
_MAX_QUOTED: t.Final = 200


@dataclasses.dataclass(frozen=True)
class Reply:
    """One page of an answer; ``at`` is when it came, in seconds since 1970."""

    items: list[dict[str, t.Any]]
    has_more: bool
    at: int


class StackExchangeApi:
    """Asks the API, and first the journal of an interrupted attempt in ``directory``."""

    def __init__(self, api_url: str, *, state_file: pathlib.Path, directory: pathlib.Path, key: str | None, ca_bundle: str | None, proxy: str | None) -> None:
        self.url = (api_url or PUBLIC_URL).rstrip("/")
        self.has_key = bool(key)
        self._key = key
        self._proxy = {"http": proxy, "https": proxy} if proxy else None
        self._state = ApiState(state_file, account=f"{self.url}\0{key or ''}")
        self._transport = Transport(self.url, self._state, key=key, ca_bundle=ca_bundle)
        self._module: t.Any = None
        self._clients: dict[str, t.Any] = {}
        self._journal = directory / _JOURNAL
        self._known = self._read_journal()

    @property
    def quota_remaining(self) -> int | None:
        """Requests that are left today, None while no answer of today has told."""
        return self._state.quota_remaining()

    def site_name(self, site: str) -> str:
        """Return the name of a site that was asked (``Server Fault``)."""
        return self._state.sites().get(site, site)

    def ask(self, site: str, method: str, page: int, *, ids: Sequence[int] = (), **parameters: object) -> Reply | None:
        """Return page ``page`` (from 1) of a method such as ``questions/{ids}/answers``, None when the day's quota is down to the reserve.

        Raises ConfigError for an unknown site or a refused key, ServiceError when the API does not answer or refuses.
        """
        request = json.dumps([self.url, site, method, page, list(ids), sorted(parameters.items())])
        if request in self._known:
            return self._known[request]
        remaining = self.quota_remaining
        if remaining is not None and remaining <= QUOTA_RESERVE:
            return None
        chosen: dict[str, object] = {"ids": list(ids)} if ids else {}
        self._module = self._module or _stackapi(self._transport)
        try:
            result = self._client(site).fetch(method, page=page, filter="withbody", **chosen, **parameters)
        except self._module.StackAPIError as exc:
            raise self._refused(exc, site, method) from None
        reply = Reply([item for item in result["items"] if isinstance(item, dict)], bool(result["has_more"]), int(time.time()))
        self._write_journal(request, reply)
        return reply

    def forget_attempt(self) -> None:
        """Remove the journal: everything was fetched."""
        self._journal.unlink(missing_ok=True)

    def _client(self, site: str) -> t.Any:
        """stackapi's client, made when it is needed: its constructor asks for the list of sites."""
        if site not in self._clients:
            try:
                self._clients[site] = self._module.StackAPI(
                    site, version=API_VERSION, base_url=self.url, key=self._key, proxy=self._proxy, max_pages=1, page_size=_PAGE_SIZE
                )
            except ValueError:
                raise ConfigError(
                    f"Stack Exchange has no site '{site}', which the catalogue names under stack_exchange.sites; "
                    "write its short name, such as stackoverflow, serverfault or unix."
                ) from None
        return self._clients[site]

    def _refused(self, error: t.Any, site: str, method: str) -> ConfigError | ServiceError:
        # The address in stackapi's error holds the key.
        shown = self._transport.shown
        said = re.sub(r"\s+", " ", str(error.message))[:_MAX_QUOTED].rstrip(".")
        if self._key:
            said = said.replace(self._key, "...")
        if error.code == "key_required" or re.search(r"\bkey\b", said, re.IGNORECASE):
            return ConfigError(
                f"{shown} does not accept the Stack Exchange application key ({said}); correct stack_exchange_key, or leave it out and have a smaller quota."
            )
        if re.search(r"no site found", said, re.IGNORECASE):
            return ConfigError(f"{shown} has no site '{site}' ({said}); correct stack_exchange.sites in the catalogue.")
        return ServiceError(f"{shown} refused '{method}' for {site} ({error.code}: {said}); run again later, or check the tags in the catalogue.", url=shown)

    def _read_journal(self) -> dict[str, Reply]:
        known: dict[str, Reply] = {}
        if not self._journal.is_file():
            return known
        with self._journal.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                # The last line of an attempt that was killed may be torn.
                with contextlib.suppress(ValueError, TypeError, KeyError):
                    entry = json.loads(line)
                    if time.time() - entry["at"] < _JOURNAL_SECONDS:
                        known[entry["request"]] = Reply(list(entry["items"]), bool(entry["has_more"]), int(entry["at"]))
        return known

    def _write_journal(self, request: str, reply: Reply) -> None:
        self._known[request] = reply
        line = json.dumps({"request": request, "at": reply.at, "has_more": reply.has_more, "items": reply.items})
        try:
            with self._journal.open("a", encoding="utf-8") as journal:
                # What a killed attempt left of its last line must not swallow this one.
                journal.write(f"\n{line}\n")
        except OSError as exc:
            raise DataError(f"{self._journal} cannot be written ({exc.strerror}); make room or correct its permissions.", file=str(self._journal)) from exc


def _stackapi(transport: Transport) -> t.Any:
    """stackapi with ``transport`` where it uses requests: its calls have neither a timeout nor a User-Agent, and no hook for them.

    It is a copy of the module, so that nobody else's stackapi changes.
    """
    try:
        spec = importlib.util.find_spec("stackapi.stackapi")
    except ModuleNotFoundError:
        spec = None
    if spec is None or spec.loader is None:
        raise MissingLibraryError("stackapi", needed_for="collecting questions and answers", python=sys.executable)
    module: t.Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.requests = transport
    # It would sleep after an answer; the state makes the next request of the same method wait instead.
    module.sleep = lambda _seconds: None
    return module
