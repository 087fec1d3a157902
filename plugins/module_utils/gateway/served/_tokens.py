# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may ask a served gateway over TCP: named tokens, of which only hashes are kept, each with a rate and perhaps a read-only scope."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import re
import threading
import time
import typing as t

from ..._errors import ConfigError
from ._config import load_yaml, read_private

if t.TYPE_CHECKING:
    from collections.abc import Callable

_SHA256 = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[\w.@-]{1,64}")
_DEFAULT_RATE = 60


@dataclasses.dataclass(frozen=True)
class Token:
    """A caller's token; ``sha256`` is in hexadecimal. The token itself is random, so that a plain hash tells nothing of it."""

    name: str
    sha256: str
    read_only: bool = False
    requests_per_minute: int = _DEFAULT_RATE


class Tokens:
    """The tokens of a file, and how much of its rate each has used."""

    def __init__(self, file: str | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._file = file
        self._clock = clock
        self._lock = threading.Lock()
        self._known: tuple[Token, ...] = ()
        self._buckets: dict[str, tuple[float, float]] = {}
        self.read()

    def read(self) -> None:
        """Read the file again. Raises ConfigError and keeps the tokens that were known when it cannot be used."""
        if self._file is not None:
            self._known = read_tokens(self._file)

    def __len__(self) -> int:
        return len(self._known)

    def find(self, presented: str) -> Token | None:
        """The token that a caller presents, or None; how long that takes says nothing about the tokens."""
        digest = hashlib.sha256(presented.encode("utf-8", "replace")).hexdigest()
        found = None
        for token in self._known:
            if hmac.compare_digest(token.sha256, digest):
                found = token
        return found

    def wait(self, token: Token) -> float:
        """Take one request off the token's rate; returns 0, or the seconds after which there is one again."""
        rate = token.requests_per_minute / 60
        with self._lock:
            now = self._clock()
            left, since = self._buckets.get(token.name, (float(token.requests_per_minute), now))
            left = min(token.requests_per_minute, left + (now - since) * rate)
            wait = 0.0 if left >= 1 else (1 - left) / rate
            self._buckets[token.name] = (left - 1 if left >= 1 else left, now)
            return wait


def read_tokens(file: str) -> tuple[Token, ...]:
    """The tokens of a file. Raises ConfigError, a sentence that names file and entry."""
    content = read_private(file, "tokens file")
    listed = load_yaml(file, "The tokens file", content)
    if not isinstance(listed, list) or not listed:
        raise ConfigError(f"The tokens file {file} holds no list of tokens; write entries with name and sha256.")
    tokens = tuple(_token(file, number, entry) for number, entry in enumerate(listed, start=1))
    for field in ("name", "sha256"):
        values = [getattr(token, field) for token in tokens]
        if len(set(values)) < len(values):
            raise ConfigError(f"The tokens file {file} has two entries with the same {field}; give each token its own.")
    return tokens


def _token(file: str, number: int, entry: object) -> Token:
    def wrong(what: str) -> ConfigError:
        return ConfigError(f"Entry {number} of the tokens file {file} {what}.")

    if not isinstance(entry, dict):
        raise wrong("is no mapping; write name and sha256")
    unknown = sorted(str(key) for key in entry.keys() - {"name", "sha256", "read_only", "requests_per_minute"})
    if unknown:
        raise wrong(f"has the key '{unknown[0]}', which is not known; the keys are name, sha256, read_only and requests_per_minute")
    name, digest, read_only, rate = (entry.get(key) for key in ("name", "sha256", "read_only", "requests_per_minute"))
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise wrong("needs a name of letters, digits, '.', '_', '@' and '-'")
    # The value is not shown: where a hash belongs, someone may have written the token.
    if not isinstance(digest, str) or not _SHA256.fullmatch(digest.lower()):
        raise wrong("needs sha256, the 64 hexadecimal digits that 'printf %s TOKEN | sha256sum' prints")
    if read_only not in (None, True, False):
        raise wrong("needs true or false for read_only")
    if rate is not None and (not isinstance(rate, int) or isinstance(rate, bool) or not 1 <= rate <= 1_000_000):
        raise wrong("needs a whole number from 1 to 1000000 for requests_per_minute")
    return Token(name, digest.lower(), bool(read_only), rate or _DEFAULT_RATE)
