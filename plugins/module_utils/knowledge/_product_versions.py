# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Choosing the documentation for a deployed version."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from .._errors import ConfigError
from ..catalogue._entries import entries
from ..catalogue._release import DATE, MOVING, Release, read_release

EXACT: Final = "exact"
SAME_MINOR: Final = "same_minor"
NEAREST_LOWER: Final = "nearest_lower"
NEAREST_HIGHER: Final = "nearest_higher"
UNVERSIONED: Final = "unversioned"


@dataclass(frozen=True)
class VersionMatch:
    """Which documentation version serves a deployed one, and how near it is (``sources[].match`` of a result)."""

    requested_version: str | None
    served_version: str
    match: str

    @property
    def is_newest(self) -> bool:
        """Tell whether the newest documentation was taken because the requested version says nothing."""
        return self.match == UNVERSIONED and self.served_version != UNVERSIONED


def parse_version(text: str, product: str | None = None) -> tuple[int, ...] | None:
    """Return the numbers of the release in ``text``, or None when there is none; two releases may have the same."""
    release = read_release(text, product)
    return None if release is None else release.numbers


def choose_version(deployed: str | None, available: Iterable[str], product: str | None = None) -> VersionMatch | None:
    """Choose the documentation version that serves ``deployed`` among ``available``; None when there is none at all.

    Order: the same release; the same major.minor (the highest not above the deployed one, else the lowest above); the
    fewest minor versions away within the major (the lower on a tie); the nearest lower major, else the nearest higher
    one; documentation without a version. Of releases that are dates the month is the minor version, and no year
    separates two of them. Documentation named by a bare major (``14``, ``quincy``) counts as the same minor. A product
    that is not deployed, or whose deployed version cannot be read or compared, is served by the newest documentation
    with match ``unversioned``, for nothing is known that it could be near to.
    """
    names = sorted(set(available))
    if not names:
        return None
    releases = {name: release for name in names if (release := read_release(name, product)) is not None}
    wanted = None if deployed is None else read_release(deployed, product)
    same = None if deployed is None else _same(deployed.strip(), wanted, names, releases)
    if same is not None:
        return VersionMatch(deployed, same, EXACT)
    if not releases:
        return VersionMatch(deployed, UNVERSIONED if UNVERSIONED in names else names[0], UNVERSIONED)
    near = {name: release for name, release in releases.items() if wanted is not None and release.is_comparable_to(wanted)}
    if wanted is None or not near:
        return VersionMatch(deployed, max(releases, key=lambda name: (releases[name].is_final, releases[name].order)), UNVERSIONED)
    distances = _distances(wanted, near, product)
    served = min(near, key=lambda name: distances[name])
    if distances[served][0] == 0:
        return VersionMatch(deployed, served, SAME_MINOR)
    return VersionMatch(deployed, served, NEAREST_LOWER if near[served].order < wanted.order else NEAREST_HIGHER)


def _same(deployed: str, wanted: Release | None, names: list[str], releases: dict[str, Release]) -> str | None:
    """The name of the deployed release itself."""
    if wanted is not None:
        same = [name for name, release in releases.items() if release.is_same_as(wanted)]
        if same:
            return deployed if deployed in same else same[0]
    # A name that nobody can read is still itself, unless it moves or stands for several releases.
    is_name = deployed in names and deployed.lower() not in MOVING and deployed != UNVERSIONED
    return deployed if is_name and (wanted is None or not wanted.is_line) else None


def _distances(wanted: Release, found: dict[str, Release], product: str | None) -> dict[str, tuple[int, ...]]:
    """Return a sort key for each name: smaller is nearer; the first number is 0 for the same major.minor."""
    keys = {}
    for place, name in enumerate(sorted(found, key=lambda name: found[name].order)):
        # Among equals, the nearest to the deployed one from its own side.
        own_side = place if found[name].order > wanted.order else -place
        keys[name] = (*_distance(wanted, found[name], product, newest_first=-place), own_side)
    return keys


def _distance(wanted: Release, found: Release, product: str | None, *, newest_first: int) -> tuple[int, ...]:
    higher = int(found.order > wanted.order)
    if wanted.scheme == found.scheme == DATE:
        months = abs(_months(found) - _months(wanted))
        return (int(months > 0), months, higher)
    one, other = wanted.line, found.line
    if one[0] != other[0]:
        return (2, higher, abs(other[0] - one[0]))
    if len(other) == 1:
        return (0, 1, higher)
    if len(one) == 1:
        return (0 if product and product.lower() in entries().major_releases else 1, 0, newest_first)
    return (int(one[1] != other[1]), abs(other[1] - one[1]), higher)


def _months(date: Release) -> int:
    return 12 * date.numbers[0] + date.numbers[1]


def within(strictness: str, match: str) -> bool:
    """Tell whether ``strict_version`` (``off``, ``minor`` or ``exact``) admits documentation of this ``match``.

    ``minor`` refuses documentation of another minor version; what has no version cannot be of another one.
    ``exact`` admits nothing but the same version.
    """
    if strictness == "off":
        return True
    if strictness == "minor":
        return match in (EXACT, SAME_MINOR, UNVERSIONED)
    if strictness == "exact":
        return match == EXACT
    raise ConfigError(f"strict_version is '{strictness}'; set it to off, minor or exact.")
