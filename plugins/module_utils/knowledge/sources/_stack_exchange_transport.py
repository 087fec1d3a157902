# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stackapi sends its requests through: with time limits and a User-Agent, waiting as long as the API asks to."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import re
import sys
import time
import typing as t
from datetime import UTC, datetime
from urllib.parse import urlsplit

from ..._errors import ConfigError, MissingLibraryError, ServiceError

if t.TYPE_CHECKING:
    from collections.abc import Mapping

    from ._stack_exchange_state import ApiState

API_VERSION: t.Final = "2.3"
# Longer waits, which the API asks for, are not sat out. One second is added to each, for clocks differ.
MAX_WAIT_SECONDS: t.Final = 60
_TIMEOUTS: t.Final = (10, 60)  # seconds to connect, and without a byte of the answer
_USER_AGENT: t.Final = "infra_llm.assistant (Ansible collection; community answers; via stackapi)"
_THROTTLED: t.Final = re.compile(r"more requests available in (\d{1,9}) seconds?", re.IGNORECASE)
_MAX_THROTTLED: t.Final = 3
_IDS: t.Final = re.compile(r"(?<=/)[\d;]+(?=/)")
_SITES: t.Final = "sites"


class _Answer:
    """As much of a response as stackapi looks at."""

    encoding: str | None = None

    def __init__(self, url: str, data: dict[str, t.Any]) -> None:
        self.url = url
        self._data = data

    def json(self) -> dict[str, t.Any]:
        """Return the decoded answer."""
        return self._data


class Transport:
    """Stands where stackapi expects the module requests."""

    def __init__(self, url: str, state: ApiState, *, key: str | None, ca_bundle: str | None) -> None:
        try:
            import requests
        except ModuleNotFoundError as exc:
            raise MissingLibraryError("requests", needed_for="collecting questions and answers", python=sys.executable) from exc
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ConfigError("stack_exchange.api_url in the catalogue is not an address of a web server; write it as https://HOST, without /2.3.")
        host = parts.netloc.rpartition("@")[2]
        self.shown = f"{parts.scheme}://{host}{parts.path}"
        self.exceptions = requests.exceptions
        self.compat = requests.compat
        self._prefix = f"{url}/{API_VERSION}/"
        self._state = state
        self._key = key
        self._session = requests.Session()
        self._session.headers["User-Agent"] = _USER_AGENT
        self._ca_bundle = ca_bundle

    def get(self, url: str, params: Mapping[str, t.Any], proxies: Mapping[str, str] | None = None) -> _Answer:
        """Send a request when the API allows it again; the list of sites is taken from the state while that is fresh."""
        method = _IDS.sub("{ids}", url.removeprefix(self._prefix)).rstrip("/")
        if method == _SITES and self._state.sites_are_fresh():
            return _Answer(url, {"items": [{"api_site_parameter": site, "name": name} for site, name in self._state.sites().items()]})
        request = f"{url}?{sorted((name, str(value)) for name, value in params.items() if name != 'key')}"
        for _attempt in range(_MAX_THROTTLED):
            self._wait(self._state.wait_seconds(method, request))
            data = self._send(url, params, proxies)
            throttled = self._note(request, method, data)
            if not throttled:
                return _Answer(url, data)
        raise ServiceError(f"{self.shown} refused '{method}' {_MAX_THROTTLED} times for too many requests; run again in some minutes.", url=self.shown)

    def _wait(self, seconds: float) -> None:
        if seconds > MAX_WAIT_SECONDS + 1:
            until = datetime.fromtimestamp(time.time() + seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
            raise ServiceError(f"{self.shown} takes no more requests from this address before {until}; run again then.", url=self.shown)
        if seconds > 0:
            time.sleep(seconds)

    def _note(self, request: str, method: str, data: dict[str, t.Any]) -> bool:
        """Remember what an answer says of further requests; tell whether it refuses this one for now."""
        quota = data.get("quota_remaining")
        blocked = 0.0
        if data.get("error_id") == 502:
            named = _THROTTLED.search(str(data.get("error_message")))
            # Without a time the API means that it was asked too fast.
            blocked = int(named[1]) + 1 if named else MAX_WAIT_SECONDS / 2
        sites = None
        if method == _SITES and isinstance(data.get("items"), list):
            sites = {str(item.get("api_site_parameter")): str(item.get("name")) for item in data["items"] if isinstance(item, dict)}
        backoff = data.get("backoff")
        self._state.note(
            request,
            method=method,
            quota=quota if isinstance(quota, int) else None,
            backoff=backoff + 1 if isinstance(backoff, int) else 0,
            blocked=blocked,
            sites=sites,
        )
        return blocked > 0

    def _send(self, url: str, params: Mapping[str, t.Any], proxies: Mapping[str, str] | None) -> dict[str, t.Any]:
        try:
            verify = self._ca_bundle or True
            response = self._session.get(url, params=dict(params), proxies=dict(proxies) if proxies else None, timeout=_TIMEOUTS, verify=verify)
            response.encoding = "utf-8-sig"
            status, kind = response.status_code, response.headers.get("Content-Type", "").partition(";")[0]
        except self.exceptions.Timeout:
            raise self._unreachable("it does not answer in time") from None
        except self.exceptions.SSLError:
            raise self._unreachable("its certificate is not trusted", hint="give the certificate authority's file as the CA bundle") from None
        except (OSError, ValueError) as exc:
            raise self._unreachable(_reason(exc)) from None
        try:
            data = response.json()
        except ValueError:
            data = None
        if not isinstance(data, dict) or not ("error_id" in data or (status < 400 and isinstance(data.get("items"), list))):
            raise ServiceError(
                f"{self.shown} answered with status {status} and {kind or 'nothing'} that is not the Stack Exchange API's; "
                "check stack_exchange.api_url in the catalogue, and whether a proxy answers in its place.",
                url=self.shown,
                status=status,
            )
        # An error that lacks one of these would pass for an answer.
        if "error_id" in data:
            data = {"error_name": "error", "error_message": "", **data}
        return data

    def _unreachable(self, reason: str, *, hint: str = "check the network, the proxy and stack_exchange.api_url in the catalogue") -> ServiceError:
        return ServiceError(f"{self.shown} cannot be reached ({reason}); {hint}.", url=self.shown)


def _reason(error: BaseException | None) -> str:
    """The operating system's words; those of requests hold the address with the key."""
    seen: set[int] = set()
    pending = [error]
    while pending:
        current = pending.pop()
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        if isinstance(current, OSError) and current.strerror:
            return current.strerror
        reason = getattr(current, "reason", None)
        pending += [current.__cause__, current.__context__, reason if isinstance(reason, BaseException) else None]
        pending += [argument for argument in current.args if isinstance(argument, BaseException)]
    return type(error).__name__
