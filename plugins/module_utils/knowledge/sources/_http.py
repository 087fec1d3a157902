# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP with manners: as slow as each host wants it, patient with a busy one, and bounded in size, time and places."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import dataclasses
import http.cookiejar
import os
import random
import sys
import threading
import time
import typing as t
from collections.abc import Callable, Mapping
from urllib.parse import urljoin, urlsplit

from ..._errors import ConfigError, MissingLibraryError, ServiceError
from ..._version import VERSION
from ...clients._retry_after import seconds_to_wait
from ._connections import AddressRefusedError, Deadline, adapter, check_literal

if t.TYPE_CHECKING:
    import requests

# What robots.txt calls us, and how the owner of a site finds us.
ROBOT: t.Final = "infra-llm-assistant"
USER_AGENT: t.Final = f"{ROBOT}/{VERSION} (+https://github.com/infra-llm/assistant)"

MAX_REDIRECTS: t.Final = 5
ATTEMPTS: t.Final = 3
# So many requests of one host fail one after the other before it is left alone.
MAX_HOST_FAILURES: t.Final = 5
# The longest pause, in seconds, that a server's Retry-After gets.
MAX_RETRY_AFTER: t.Final = 120.0
_BACKOFF: t.Final = 2.0
_CONNECT_TIMEOUT: t.Final = 10.0
_CHUNK: t.Final = 16384
_BUSY: t.Final = frozenset({429, 500, 502, 503, 504})
_REDIRECTS: t.Final = frozenset({301, 302, 303, 307, 308})
_CA_VARIABLES: t.Final = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")


@dataclasses.dataclass(frozen=True)
class Limits:
    """What one request may take: ``rate`` in requests a second to its host, ``max_bytes`` of the unpacked body, ``timeout`` in seconds for the whole of it."""

    rate: float = 1.0
    max_bytes: int = 10 * 1024 * 1024
    timeout: float = 30.0
    allow_private_addresses: bool = False


@dataclasses.dataclass(frozen=True)
class Reply:
    """What a request brought: the body of the page at ``url``, where redirects ended, or the ``problem`` in words that follow the URL.

    ``status`` is 0 when there was no answer. A ``transient`` problem is the server's or the way's, not the page's.
    """

    url: str
    status: int = 0
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)
    body: bytes = b""
    problem: str = ""
    transient: bool = False


class _Host:
    """When the next request to a host is due, and how many have failed in a row."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.due = 0.0
        self.failures = 0


class PoliteSession:
    """GET requests to any number of hosts, from any number of threads; the rate is kept for each host over all of them.

    ``proxy`` is a URL, ``ca_bundle`` a file of certificates; without them the usual environment variables are read. No cookies are
    kept and no passwords of the user's files are sent.
    """

    def __init__(
        self,
        *,
        proxy: str | None = None,
        ca_bundle: str | os.PathLike[str] | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._proxy = proxy
        bundle = os.fspath(ca_bundle) if ca_bundle else next(filter(None, map(os.environ.get, _CA_VARIABLES)), None)
        if bundle is not None and not os.path.exists(bundle):
            raise ConfigError(f"The CA bundle {bundle} does not exist; name a file of PEM certificates.")
        self._verify: str | bool = bundle or True
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._hosts: dict[str, _Host] = {}
        self._sessions: dict[bool, requests.Session] = {}

    def get(
        self,
        url: str,
        limits: Limits,
        *,
        headers: Callable[[str], Mapping[str, str]] | None = None,
        refusal: Callable[[str], str] | None = None,
    ) -> Reply:
        """Get a page, following up to five redirects; ``headers`` gives a URL's own, ``refusal`` says why a redirect to a URL is not followed, "" when it is.

        A page that cannot be had is a Reply with a problem. Raises ServiceError when its host has failed too often in a row.
        """
        seen = {url}
        for _hop in range(MAX_REDIRECTS + 1):
            reply = self._get_patiently(url, limits, headers(url) if headers else {})
            target = _redirect_target(reply)
            if target is None:
                return reply
            problem = f"redirects to {target}, which redirects back" if target in seen else _unusable(target) or (refusal(target) if refusal else "")
            if problem:
                return dataclasses.replace(reply, problem=problem)
            seen.add(target)
            url = target
        return Reply(url, problem=f"redirects more than {MAX_REDIRECTS} times")

    def _get_patiently(self, url: str, limits: Limits, headers: Mapping[str, str]) -> Reply:
        host = self._host(url)
        for attempt in range(1, ATTEMPTS + 1):
            self._wait(host, limits.rate)
            reply, again = self._get_once(url, limits, headers)
            if not reply.transient:
                with host.lock:
                    host.failures = 0
                return reply
            asked = seconds_to_wait(reply.headers.get("Retry-After", ""), MAX_RETRY_AFTER)
            if asked is not None or (again and attempt < ATTEMPTS):
                # The whole host waits, not this thread alone.
                backoff = _BACKOFF ** (attempt - 1) * random.uniform(1.0, 1.5)  # noqa: S311  # spreads requests, guards nothing
                self._pause(host, backoff if asked is None else asked)
            if not again:
                break
        with host.lock:
            host.failures += 1
            failures = host.failures
        if failures >= MAX_HOST_FAILURES:
            name = urlsplit(url).netloc
            message = f"{name} failed {failures} times in a row, the last time with {url}, which {reply.problem}; try again later, it goes on from there."
            raise ServiceError(message, url=url, status=reply.status or None)
        return reply

    def _host(self, url: str) -> _Host:
        with self._lock:
            return self._hosts.setdefault(urlsplit(url).netloc.lower(), _Host())

    def _wait(self, host: _Host, rate: float) -> None:
        with host.lock:
            now = self._clock()
            turn = max(now, host.due)
            host.due = turn + 1.0 / rate
        if turn > now:
            self._sleep(turn - now)

    def _pause(self, host: _Host, seconds: float) -> None:
        with host.lock:
            host.due = max(host.due, self._clock() + seconds)

    def _get_once(self, url: str, limits: Limits, headers: Mapping[str, str]) -> tuple[Reply, bool]:
        """Return the answer, and whether to ask again when its problem is transient."""
        session = self._session(limits.allow_private_addresses)
        from requests import RequestException
        from urllib3.exceptions import DecodeError, HTTPError

        proxies = self._proxies(url)
        problem = ""
        again = True
        with Deadline(limits.timeout) as deadline:
            try:
                if proxies and not limits.allow_private_addresses:
                    check_literal(urlsplit(url).hostname or "")
                with session.get(
                    url,
                    headers={"User-Agent": USER_AGENT, "Accept": "*/*", "Accept-Encoding": "gzip, deflate", **headers},
                    stream=True,
                    allow_redirects=False,
                    timeout=(min(_CONNECT_TIMEOUT, limits.timeout), limits.timeout),
                    proxies=proxies,
                    verify=self._verify,
                ) as response:
                    reply = Reply(url, response.status_code, response.headers)
                    if response.status_code == 200:
                        reply = _with_body(reply, response, limits.max_bytes)
                    elif response.status_code not in (_REDIRECTS | {304}):
                        busy = response.status_code in _BUSY
                        reply = dataclasses.replace(reply, problem=f"answers with status {response.status_code}", transient=busy)
            except AddressRefusedError as exc:
                return Reply(url, problem=f"is refused: {exc.message}"), False
            except DecodeError:
                return Reply(url, 200, problem="is compressed in a way that cannot be unpacked"), False
            except (RequestException, HTTPError, OSError, ValueError) as exc:
                problem, again = _problem(exc)
        if deadline.expired or problem == _TIMED_OUT:
            return Reply(url, problem=f"did not come within {limits.timeout:g} seconds", transient=True), False
        if problem:
            return Reply(url, problem=problem, transient=True), again
        return reply, True

    def _session(self, private_addresses: bool) -> requests.Session:
        with self._lock:
            if private_addresses not in self._sessions:
                try:
                    import requests
                except ModuleNotFoundError as exc:
                    raise MissingLibraryError("requests", needed_for="fetching documentation", python=sys.executable) from exc
                session = requests.Session()
                # The environment would also bring the passwords of ~/.netrc.
                session.trust_env = False
                session.cookies.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=()))
                for scheme in ("http://", "https://"):
                    session.mount(scheme, adapter(public_only=not private_addresses))
                self._sessions[private_addresses] = session
            return self._sessions[private_addresses]

    def _proxies(self, url: str) -> dict[str, str]:
        from requests.utils import get_environ_proxies, should_bypass_proxies

        if self._proxy:
            return {} if should_bypass_proxies(url, no_proxy=None) else {"http": self._proxy, "https": self._proxy}
        found = get_environ_proxies(url, no_proxy=None)
        return {scheme: proxy for scheme, proxy in found.items() if scheme in (urlsplit(url).scheme, "all")}


_TIMED_OUT: t.Final = "timed out"


def _with_body(reply: Reply, response: requests.Response, max_bytes: int) -> Reply:
    too_large = dataclasses.replace(reply, problem=f"is larger than {max_bytes / 2**20:g} MB")
    length = reply.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) > max_bytes:
        return too_large
    body = bytearray()
    # Unpacked piece by piece: a few bytes may stand for gigabytes.
    for chunk in response.raw.stream(_CHUNK, decode_content=True):
        body += chunk
        if len(body) > max_bytes:
            return too_large
    return dataclasses.replace(reply, body=bytes(body))


def _redirect_target(reply: Reply) -> str | None:
    if reply.problem or reply.status not in _REDIRECTS:
        return None
    # Header values come as Latin-1; addresses in them are UTF-8.
    location = reply.headers.get("Location", "").encode("latin-1", "replace").decode("utf-8", "replace")
    return urljoin(reply.url, location).partition("#")[0]


def _unusable(target: str) -> str:
    try:
        parts = urlsplit(target)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None and (parts.port or 1) > 0
    except ValueError:
        usable = False
    return "" if usable else "redirects to what is no plain http or https address"


def _problem(exc: Exception) -> tuple[str, bool]:
    """Say what went wrong on the way to an answer, without the addresses and credentials that exceptions quote, and whether to ask again."""
    import requests
    import urllib3

    if isinstance(exc, (requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError)):
        return _TIMED_OUT, False
    if isinstance(exc, requests.exceptions.ProxyError):
        return "cannot be reached, for the proxy is not there or refuses", True
    if isinstance(exc, (requests.exceptions.SSLError, urllib3.exceptions.SSLError)):
        return "cannot be trusted, for its certificate or encryption is not accepted", False
    if isinstance(exc, (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema, urllib3.exceptions.LocationValueError)):
        return "cannot be asked for, for its address or that of the proxy is not valid", False
    if isinstance(exc, (requests.exceptions.ChunkedEncodingError, urllib3.exceptions.ProtocolError)):
        return "broke off before its end", True
    reason = _innermost(exc)
    return f"cannot be reached ({reason})" if reason else "cannot be reached", True


def _innermost(exc: BaseException) -> str:
    found: BaseException | None = exc
    reason = ""
    while found is not None:
        if isinstance(found, OSError) and found.strerror:
            reason = found.strerror
        found = found.__cause__ or found.__context__
    return reason
