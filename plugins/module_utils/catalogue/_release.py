# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Versions: a release in a scheme, told from what packaging and version commands write around it.

Two releases are the same when their numbers, what marks them (patch letters, service packs, updates) and their stage are, and nothing of
either remained unread. Only what is known to be packaging is left out: epochs, package revisions, build metadata, distributions, editions.
"""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import functools
import typing as t

from ._entries import Entries, entries
from ._release_suffix import read_suffix, search

if t.TYPE_CHECKING:
    import re

NUMBERS: t.Final = "numbers"
DATE: t.Final = "date"
# In place of a version where it is known that a product runs, and not which version of it.
UNKNOWN: t.Final = "unknown"
# Names that move from release to release: no two of them are known to be the same one.
MOVING: t.Final = frozenset(("latest", "stable", "current", "main", "master", "trunk", "head", "edge", "nightly", "devel", "dev", "rolling", UNKNOWN))

_FINAL: t.Final = (9, ())
_REVISED: t.Final = frozenset(("r", "sp"))  # behind a bare major they count what other products call minor versions: 15 SP5, 12c R2
_MAX_TEXT: t.Final = 300

_DATE: t.Final = (
    r"(?i)(?<![\w.-])(?P<prefix>release[.-])?(?P<date>((?:19|20)\d\d)-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01]))?(?:[t ](\d\d)[-:](\d\d)(?:[-:](\d\d))?z?)?"
    r"|((?:19|20)\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01]))(?P<rest>[^\s,;]*)"
)
# v1.2, R81.20, 2:17.2.5, nginx/1.24.0, OpenSSH_9.2p1, go1.21.5, 15.2(7), 9.3(x)
_CANDIDATE: t.Final = (
    r"(?<![0-9.])(?:(?<![A-Za-z])|(?<![A-Za-z])(?:[vVrR]\.?\s?)|(?<=[A-Za-z])(?=\d+\.\d))(?:\d{1,3}:(?=\d))?(?:[vVrR]\.?(?=\d))?"
    r"(?P<numbers>\d{1,18}(?:\.\d{1,18})*(?:\(\d{1,6}\))?)"
)
_WORDS_BEFORE: t.Final = r"(?:([^\W\d_]+)[\s_-]+)?(?<![^\W\d_])([^\W\d_]+)[\s/_:=\"'(\[-]*\Z"
_VERSION_WORDS: t.Final = frozenset(("version", "ver", "v", "release", "версия", "версии", "rel"))
# MariaDB's server says 5.5.5 first so that old replicas accept it; the number before Kafka's is Scala's; Debian's 2.12+really2.11 is 2.11.
_OTHERS_NUMBER: t.Final = r"(?i)\A5\.5\.5-(?=\d+\.\d+\.\d+\S*mariadb)|\A[a-z][\w.-]*?_\d+\.\d+-(?=\d)|\A\S*[+~.]really(?=\d)"
_BOUND: t.Final = r"\A(?:[<>]=?|[~^]=?>?|!=)\s*(?=v?\d)"
# What people write behind words that is no version: see note 5, ticket 123, в 2025.
_PROSE: t.Final = r"(?i)\b(?:see|note|notes|ticket|tbd|todo|in|since|after|before|until|row|line|page|q[1-4]|ask|issue|task|item)\b|[а-яё]"


class Release(t.NamedTuple):
    """A version as it was read.

    ``upstream`` is its text without packaging. ``stage`` orders pre-releases before the final release, ``marks`` are (word, numbers) behind the
    dotted numbers, such as ``("sp", (5,))``. ``revision`` is a package's, which decides between two that have one. ``unread`` is text whose meaning
    is not known. A ``is_line`` names several releases: ``1.24.x``, ``>=3.4``.
    """

    scheme: str
    upstream: str
    numbers: tuple[int, ...]
    stage: tuple[int, tuple[int, ...]] = _FINAL
    marks: tuple[tuple[str, tuple[int, ...]], ...] = ()
    revision: str = ""
    unread: str = ""
    is_line: bool = False

    @property
    def is_final(self) -> bool:
        """Tell whether this is no pre-release."""
        return self.stage == _FINAL

    @property
    def line(self) -> tuple[int, ...]:
        """Major and minor numbers and what follows them; ``15 SP5`` is of the line 15, 5."""
        if len(self.numbers) == 1 and self.marks and self.marks[0][0] in _REVISED:
            return (*self.numbers, *self.marks[0][1])
        return self.numbers

    @property
    def order(self) -> tuple[t.Any, ...]:
        """A sort key: earlier releases are smaller."""
        return ((*self.line, *(0,) * 8)[:8], self.stage, self.marks, self.numbers, self.scheme, self.revision, self.upstream)

    def is_same_as(self, other: Release) -> bool:
        """Tell whether both are known to be the same release."""
        if self.unread or other.unread or self.is_line or other.is_line:
            return False
        if self.revision and other.revision and self.revision != other.revision:
            return False
        return (self.numbers, self.stage, self.marks) == (other.numbers, other.stage, other.marks)

    def covers(self, other: Release) -> bool:
        """Tell whether the other one is this release or, where only its first numbers are written, one of those: 3.4 covers 3.4.1."""
        if self.marks or not self.is_final:
            return (self.numbers, self.stage, self.marks) == (other.numbers, other.stage, other.marks)
        return other.line[: len(self.line)] == self.line

    def is_comparable_to(self, other: Release) -> bool:
        """Tell whether one can be nearer to the other than a third; a date and a number such as 3.4 cannot."""
        return self.scheme == other.scheme or all(1990 <= release.numbers[0] <= 2100 for release in (self, other))


def read_release(text: str, product: str | None = None) -> Release | None:
    """Return the release that a version, or the output of a version command, names; None when it names none.

    ``product`` tells whose version is wanted where several are named, and whose release names count (of any product when it is None).
    """
    return _read(text.strip()[:_MAX_TEXT], None if product is None else product.lower(), entries())


@functools.lru_cache(maxsize=8192)
def _read(text: str, product: str | None, _catalogue: object) -> Release | None:
    if text.lower() in MOVING:
        return None
    bound = search(_BOUND, text)
    plain = text[bound.end() :] if bound else text.removeprefix("==").strip()
    others = search(_OTHERS_NUMBER, plain)
    plain = plain[others.end() :] if others else plain
    release = _read_dated(plain) or _read_numbers(plain, product) or _read_codename(plain, product) or _read_dated(plain, anywhere=True)
    return release._replace(is_line=True) if release and bound else release


def _read_dated(text: str, *, anywhere: bool = False) -> Release | None:
    """A date that is the whole text, or is called a release, or stands anywhere in it."""
    found = search(_DATE, text)
    if found is None or not (anywhere or found["prefix"] or (found.start() == 0 and found.end() == len(text))):
        return None
    rest = found["rest"]
    if rest and (rest[0].isalnum() or rest[0] == "-") and not found["prefix"]:
        return None  # 2019-05.1 and the like
    numbers = tuple(int(part) for part in found.groups()[2:-1] if part is not None)
    return Release(DATE, text[found.start() : found.end("date")], numbers, unread=rest)


def _read_numbers(text: str, product: str | None) -> Release | None:
    """The best of the numbers in the text that may be the version."""
    ranked: list[tuple[int, int, Release]] = []
    position, banner = 0, False
    while (found := search(_CANDIDATE, text, position)) is not None:
        release, end = _release_at(text, found)
        position = max(end, found.end())
        before = text[: found.start()]
        banner = banner or bool(before.strip(" \t\"'(["))
        rank = _rank(before, release, text[found.end() : position], product)
        if rank is not None:
            ranked.append((rank, len(ranked), release._replace(unread=release.unread or ("" if banner else _remark(text[position:])))))
    if not ranked:
        return None
    ranked.sort(key=lambda item: item[:2])
    rank, _place, best = ranked[0]
    others = [other for other_rank, _place, other in ranked[1:] if other_rank == rank and len(other.numbers) > 1 and other.numbers != best.numbers]
    return best._replace(unread=best.unread or others[0].upstream) if others else best


def _release_at(text: str, found: re.Match[str]) -> tuple[Release, int]:
    written = found["numbers"]
    numbers = tuple(int(part) for part in written.replace("(", ".").rstrip(")").split("."))
    suffix = read_suffix(text, found.end(), numbers)
    upstream = written + "".join(suffix.kept)
    release = Release(NUMBERS, upstream, numbers, suffix.stage or _FINAL, tuple(suffix.marks), suffix.revision, suffix.unread, suffix.is_line)
    return release, suffix.end


def _rank(before: str, release: Release, suffix: str, product: str | None) -> int | None:
    """How well a number is shown to be the version, the best first; None when it is shown to be none."""
    bare = len(release.numbers) == 1 and not release.marks
    if any(before.count(left) > before.count(right) for left, right in ("()", "[]")) and before.strip("([ "):
        return 8
    words = search(_WORDS_BEFORE, before)
    further, word = ((words[1] or "").lower(), words[2].lower()) if words else ("", "")
    if word == "distrib" or "mariadb" in suffix.lower():
        return 0
    if product is not None and word and word in _names(product, entries()):
        return 1
    if word in _VERSION_WORDS:
        return 2 if further == "server" else 3
    if bare and before.strip() and search(_PROSE, before):
        return None
    return 6 if bare and before.strip() else 4


@functools.cache
def _names(product: str, catalogue: Entries) -> frozenset[str]:
    aliases = catalogue.data.get(product, {}).get("aliases", ())
    return frozenset((product, *product.split("-")[:1], *(alias for alias in aliases if " " not in alias)))


def _remark(rest: str) -> str:
    return rest.strip(" \t\r\n.,;\"'()[]")[:60]


def _read_codename(text: str, product: str | None) -> Release | None:
    codenames = entries().codenames
    tables = codenames.values() if product is None else (codenames.get(product, {}),)
    words = "".join(char if char.isalpha() else " " for char in text.lower()).split()
    major = next((table[word] for table in tables for word in words if word in table), None)
    return None if major is None else Release(NUMBERS, str(major), (major,))
