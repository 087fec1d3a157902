# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Versions that a question writes, told from all other numbers: addresses, ports, ratios, counts."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import re
import typing as t
from collections.abc import Sequence

from ._lazy_pattern import lazy_pattern

_I = re.IGNORECASE
_VERSION_WORD: t.Final = r"(?:versions?|ver\.?|release|верси[яиюейямх]+|релиз\w*)"
_DOTTED: t.Final = r"(?:\d{1,4}:)?v?\d{1,14}(?:\.\d{1,14}){1,9}(?:[\w.+~-]{0,60}\w)?|v\d{1,14}(?:\.[x\d]{1,14}){0,9}"
# What follows a product: "kafka 2.8", "kafka (version: 2.8)", "кафка версии 3.4.0"; a bare number needs the word or an end of the phrase after it.
_AFTER_PRODUCT = lazy_pattern(
    rf"[\s,(/:_-]{{0,3}}(?P<word>{_VERSION_WORD}\s*[:=]?\s*)?(?P<version>{_DOTTED}|\d{{1,3}}(?![\w.]*\d))(?:\.x)?(?:\s*(?P<following>[^\W\d_]+))?", _I
)
_CONTINUED = lazy_pattern(
    rf"\s*(?:(?:,|/|and|or|vs\.?|и|или|по)\s*(?:{_VERSION_WORD}\s*)?(?P<also>{_DOTTED})"
    rf"|(?:->|→|=>|to|на|до)\s*(?:{_VERSION_WORD}\s*)?(?P<next>{_DOTTED}|\d{{1,3}}(?![\w.]*\d)))",
    _I,
)
_CHANGE = lazy_pattern(
    r"\b(?:upgrad|updat|migrat|downgrad|mov(?:e|ing)|switch|обнов|апгрейд|перей|переход|перех|мигр|откат|даунгрейд)\w*\b[^.?!\n]{0,60}?\s"
    rf"(?:to|from|на|до|с|со)\s+(?:{_VERSION_WORD}\s*)?(?P<version>{_DOTTED})",
    _I,
)
_BY_WORD = lazy_pattern(rf"(?<![\w.]){_VERSION_WORD}\s*[:=]?\s*(?P<version>{_DOTTED})", _I)
_STEP = lazy_pattern(rf"(?<![\w.-])(?:(?:from|с|со)\s+)?(?P<version>{_DOTTED})(?=\s*(?:->|→|=>|to|на|до)\s*v?\d)", _I)
_WITH_V = lazy_pattern(r"(?<![\w./-])(?P<version>v\d+(?:\.\d+)+(?:[\w.+~-]*\w)?)", _I)
_ADDRESS = lazy_pattern(r"\d{1,3}(?:\.\d{1,3}){3}")
# After a bare number a plural makes it a count: "kafka 3 brokers", but "ceph 18 is slow".
_VERBS: t.Final = frozenset(
    """
    is was has does as vs across this its crashes fails runs uses needs
    """.split()
)
_COUNTED: t.Final = lazy_pattern(
    r"(?:брокер|нод|реплик|партиц|узл|узел|хост|сервер|раз|дн|день|час|минут|секунд|под|топик|диск|мастер|машин"
    r"|экземпляр|инстанс|шард|копи|процент|штук|гб|мб|gb|mb)"
)


def find_versions(text: str, products: Sequence[tuple[int, int, str]], taken: Sequence[tuple[int, int]]) -> list[tuple[int, str | None, str]]:
    """Return (position, product or None, version as written) for the versions in ``text``.

    ``products`` are (start, end, product) as found there; ``taken`` are spans that stand for hosts. A version that stands beside no product
    belongs to the nearest one before it, else to the first one.
    """
    if not any(map(str.isdigit, text)):
        return []
    found: dict[int, tuple[int, str | None, str]] = {}

    def add(match: re.Match[str], product: str | None) -> bool:
        group = match.lastgroup if match.lastgroup in ("also", "next") else "version"
        start, version = match.start(group), match[group]
        if _ADDRESS.fullmatch(version) or any(start < end and begin < match.end(group) for begin, end in taken):
            return False
        entry = (start, product, version.rstrip("."))
        return found.setdefault(start, entry) is entry  # what follows one that was found before was looked at then

    for _start, end, product in sorted(products):
        match = _AFTER_PRODUCT.match(text, end)
        if match is None or not _is_version(match):
            continue
        while match is not None and add(match, product):
            match = _CONTINUED.match(text, _end(match))
    for pattern in (_BY_WORD, _STEP, _CHANGE, _WITH_V):
        for match in pattern.finditer(text):
            owner = _owner(match.start("version"), products)
            current: re.Match[str] | None = match
            while current is not None and add(current, owner):
                current = _CONTINUED.match(text, _end(current))
    return list(found.values())


def _end(match: re.Match[str]) -> int:
    return match.end(match.lastgroup if match.lastgroup in ("also", "next") else "version")


def _is_version(match: re.Match[str]) -> bool:
    version = match["version"]
    if match[0].startswith("/") and "." not in version:  # k8s.io/v1 is an API
        return False
    if match["word"] or not version.isdigit():
        return True
    following = (match["following"] or "").lower()
    if following in _VERBS:
        return True
    return not (following.endswith("s") or _COUNTED.match(following))


def _owner(position: int, products: Sequence[tuple[int, int, str]]) -> str | None:
    before = [product for start, _end, product in sorted(products) if start < position]
    if before:
        return before[-1]
    return min(products)[2] if products else None
