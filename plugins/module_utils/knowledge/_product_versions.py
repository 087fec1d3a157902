# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Versions of products: reading what packages call them, and choosing the documentation for a deployed one."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from .._errors import ConfigError
from ..catalogue._entries import entries

Version = tuple[int, ...]

EXACT: Final = "exact"
SAME_MINOR: Final = "same_minor"
NEAREST_LOWER: Final = "nearest_lower"
NEAREST_HIGHER: Final = "nearest_higher"
UNVERSIONED: Final = "unversioned"

_EPOCH = re.compile(r"^[0-9]+:(?=[0-9])")
# `kafka_2.13-3.4.0`: the number before the last dash is Scala's.
_SCALA_SUFFIX = re.compile(r"^[A-Za-z][\w.-]*?_[0-9]+\.[0-9]+-(?=[0-9])")
_LEADING = re.compile(r"^[vV]?([0-9]{1,18}(?:\.[0-9]{1,18}){0,3})")
_DOTTED = re.compile(r"(?<![0-9A-Za-z.])[vV]?([0-9]{1,18}(?:\.[0-9]{1,18}){1,3})")
_BARE = re.compile(r"(?<![0-9A-Za-z.])[vV]?([0-9]{1,18})(?![0-9A-Za-z])")
_WORD = re.compile(r"[a-z]+")


@dataclass(frozen=True)
class VersionMatch:
    """Which documentation version serves a deployed one, and how near it is (``sources[].match`` of a result)."""

    requested_version: str | None
    served_version: str
    match: str


def parse_version(text: str, product: str | None = None) -> Version | None:
    """Return the upstream version in ``text`` as one to four numbers, or None when there is none.

    Epochs, package revisions, build suffixes and leading words are ignored; a release codename of
    ``product`` (of any product when it is None) counts as its major version.
    """
    text = _SCALA_SUFFIX.sub("", _EPOCH.sub("", text.strip()))
    found = _LEADING.match(text) or _DOTTED.search(text)
    if found is None:
        codename = _codename_major(text, product)
        if codename is not None:
            return (codename,)
        found = _BARE.search(text)
    return tuple(int(part) for part in found.group(1).split(".")) if found else None


def _codename_major(text: str, product: str | None) -> int | None:
    codenames = entries().codenames
    tables = codenames.values() if product is None else (codenames.get(product.lower(), {}),)
    words = _WORD.findall(text.lower())
    return next((table[word] for table in tables for word in words if word in table), None)


def choose_version(deployed: str | None, available: Iterable[str], product: str | None = None) -> VersionMatch | None:
    """Choose the documentation version that serves ``deployed`` among ``available``; None when there is none at all.

    Order: the same version; the same major.minor (the highest patch not above the deployed one, else the lowest
    above); the fewest minor versions away within the major (the lower on a tie); the nearest lower major, else the
    nearest higher one; documentation without a version. Documentation named by a bare major (``14``, ``quincy``)
    counts as the same minor. A product that is not deployed, or whose deployed version cannot be read, is served
    by the newest documentation with match ``unversioned``, for nothing is known that it could be near to.
    """
    names = sorted(set(available))
    if not names:
        return None
    if deployed is not None and deployed.strip() in names:
        return VersionMatch(deployed, deployed.strip(), EXACT)
    parsed = {name: version for name in names if (version := parse_version(name, product)) is not None}
    if not parsed:
        return VersionMatch(deployed, UNVERSIONED if UNVERSIONED in names else names[0], UNVERSIONED)
    wanted = None if deployed is None else parse_version(deployed, product)
    if wanted is None:
        return VersionMatch(deployed, max(parsed, key=lambda name: parsed[name]), UNVERSIONED)
    exact = [name for name, version in parsed.items() if version == wanted]
    if exact:
        return VersionMatch(deployed, exact[0], EXACT)
    served = min(parsed, key=lambda name: _distance(wanted, parsed[name], product))
    if _distance(wanted, parsed[served], product)[0] == 0:
        return VersionMatch(deployed, served, SAME_MINOR)
    return VersionMatch(deployed, served, NEAREST_LOWER if parsed[served] < wanted else NEAREST_HIGHER)


def _distance(wanted: Version, found: Version, product: str | None) -> tuple[int, ...]:
    """Return a sort key: smaller is nearer; the first number is 0 for the same major.minor."""
    higher = int(found > wanted)
    # Among several patches of one minor version, the nearest to the deployed one from its own side.
    patch = _order(found) if higher else _order(found, descending=True)
    if found[0] == wanted[0]:
        if len(found) == 1:
            return (0, 1, *patch)
        if len(wanted) == 1:
            return (0 if product and product.lower() in entries().major_releases else 1, 0, *_order(found, descending=True))
        if found[1] == wanted[1]:
            return (0, 0, higher, *patch)
        return (1, abs(found[1] - wanted[1]), higher, *patch)
    return (2, higher, abs(found[0] - wanted[0]), *patch)


def _order(version: Version, *, descending: bool = False) -> Version:
    padded = (*version, 0, 0, 0)[:4]
    return tuple(-number for number in padded) if descending else padded


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
