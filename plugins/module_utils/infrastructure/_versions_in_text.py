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
_AFTER_PRODUCT = lazy_pattern(rf"[\s,(/:_-]{{0,3}}(?P<word>{_VERSION_WORD}\s*[:=]?\s*)?(?P<version>{_DOTTED}|\d{{1,3}}(?![\w.]*\d))(?:\.x)?", _I)
_CONTINUED = lazy_pattern(
    rf"\s*(?:(?:,|/|and|or|vs\.?|и|или|по)\s*(?:{_VERSION_WORD}\s*)?(?P<also>{_DOTTED})"
    rf"|(?:->|→|=>|to|на|до)\s*(?:{_VERSION_WORD}\s*)?(?P<next>{_DOTTED}|\d{{1,3}}(?![\w.]*\d)))",
    _I,
)
# "from 14 to 17" behind a product; "from 3 to 5 brokers" is no version.
_FROM = lazy_pattern(r"[\s,]{1,2}(?:from|с|со)\s+(?P<version>\d{1,3})(?=\s*(?:to|до|на)\s+\d{1,3}(?![\w.]*\d))", _I)
_CHANGE = lazy_pattern(
    r"\b(?:upgrad|updat|migrat|downgrad|mov(?:e|ing)|switch|обнов|апгрейд|перей|переход|перех|мигр|откат|даунгрейд)\w*\b[^.?!\n]{0,60}?\s"
    rf"(?:to|from|на|до|с|со)\s+(?:{_VERSION_WORD}\s*)?(?P<version>{_DOTTED})",
    _I,
)
_BY_WORD = lazy_pattern(rf"(?<![\w.]){_VERSION_WORD}\s*[:=]?\s*(?P<version>{_DOTTED})", _I)
_STEP = lazy_pattern(rf"(?<![\w.-])(?:(?:from|с|со)\s+)?(?P<version>{_DOTTED})(?=\s*(?:->|→|=>|to|на|до)\s*v?\d)", _I)
_WITH_V = lazy_pattern(r"(?<![\w./-])(?P<version>v\d+(?:\.\d+)+(?:[\w.+~-]*\w)?)", _I)
_ADDRESS = lazy_pattern(r"\d{1,3}(?:\.\d{1,3}){3}")
# A bare number behind a product is a version, a count or the number of an instance; what follows it tells which.
_INSTANCES: t.Final = lazy_pattern(r"(?:brokers?|nodes?|clusters?|masters?|servers?|workers?|hosts?|osds?|mds|mons?|осд|брокер\w*|нод\w*|кластер\w*)\W*\Z", _I)
_CHOICES: t.Final = lazy_pattern(r"(?:\s*(?:to|or|and|до|или|и|-|–|/)\s*\d{1,4})*", _I)
_CLAUSE: t.Final = lazy_pattern(r"[^.?!,;:()\[\]\n]{0,80}")
_LETTERS: t.Final = lazy_pattern(r"[^\W\d_]+")
_MOST_WORDS_TO_NOUN: t.Final = 3  # "kafka 3 large dead brokers"
# No noun that is counted follows these.
_ENDS_OF_COUNT: t.Final = frozenset(
    """
    is was are were has have had does do did vs as across this its it crashes fails runs uses needs says shows running using on in at with without for from
    to after before since via and or not the a an under behind over when while if but because supports cannot can could will should must keeps release version
    на в с со из от до после перед при и или не под над без для за что как когда но или же тормозит падает версия релиз
    """.split()
)
_COUNTED: t.Final = lazy_pattern(
    r"(?:брокер|нод|реплик|партиц|узл|узел|хост|сервер|раз|дн|день|час|минут|секунд|под|топик|диск|мастер|машин|экземпляр|инстанс|шард|копи|процент|штук|гб|мб"
    r"|(?:broker|node|replica|shard|host|server|member|instance|disk|pod|partition|topic|worker|master|core|cpu|gb|tb|mb|kb|ms|sec|second|minute|hour|day|week"
    r"|month|year|time|percent|way|standby|slave|osd|mon|machine|vm)s?\Z|(?:of|out|more|[a-z])\Z)",
    _I,
)


def find_versions(text: str, products: Sequence[tuple[int, int, str]], taken: Sequence[tuple[int, int]]) -> list[tuple[int, str | None, str]]:
    """Return (position, product or None, version as written) for the versions in ``text``.

    A number without a dot is one where the words say so; whether there is such a release, who knows the product's releases must tell.

    ``products`` are (start, end, product) as found there; ``taken`` are spans that stand for hosts. A version that stands beside no product
    belongs to the nearest one before it, else to the first one.
    """
    if not any(map(str.isdigit, text)):
        return []
    found: dict[int, tuple[int, str | None, str]] = {}

    def add(match: re.Match[str], product: str | None) -> bool:
        group = match.lastgroup if match.lastgroup in ("also", "next") else "version"
        start, version = match.start(group), match[group]
        if _ADDRESS.fullmatch(version) or any(start < stop and first < match.end(group) for first, stop in taken):
            return False
        entry = (start, product, version.rstrip("."))
        return found.setdefault(start, entry) is entry  # what follows one that was found before was looked at then

    for begin, end, product in sorted(products):
        match = _AFTER_PRODUCT.match(text, end)
        if match is None or not _is_version(text, begin, match):
            match = _FROM.match(text, end)
            match = None if match is None or _is_counted(text, match.end()) else match
        while match is not None and add(match, product):
            match = _continued(text, _end(match))
    for pattern in (_BY_WORD, _STEP, _CHANGE, _WITH_V):
        for match in pattern.finditer(text):
            owner = _owner(match.start("version"), products)
            current: re.Match[str] | None = match
            while current is not None and add(current, owner):
                current = _continued(text, _end(current))
    return list(found.values())


def _end(match: re.Match[str]) -> int:
    return match.end(match.lastgroup if match.lastgroup in ("also", "next") else "version")


def _continued(text: str, end: int) -> re.Match[str] | None:
    match = _CONTINUED.match(text, end)
    return None if match is None or (match[match.lastgroup or 0].isdigit() and _is_counted(text, match.end())) else match


def _is_version(text: str, begin: int, match: re.Match[str]) -> bool:
    """Tell whether what follows the product that begins at ``begin`` is its version."""
    version = match["version"]
    if match[0].startswith("/") and "." not in version:  # k8s.io/v1 is an API
        return False
    if match["word"] or not version.isdigit():
        return True
    between = text[match.start() : match.start("version")]
    return between.strip(" \t_-") == "" and not _INSTANCES.search(text[begin : match.start()]) and not _is_counted(text, match.end("version"))


def _is_counted(text: str, end: int) -> bool:
    """Tell whether the number that ends there says how many of something there are."""
    choices = _CHOICES.match(text, end)
    end = end if choices is None else choices.end()
    if text[end : end + 1].isalpha() or text[end : end + 2].strip()[:1] in ("%", "°"):
        return True
    clause = _CLAUSE.match(text, end)
    for word in _LETTERS.findall(clause[0].lower() if clause else "")[:_MOST_WORDS_TO_NOUN]:
        if word in _ENDS_OF_COUNT:
            return False
        if _COUNTED.match(word) or (word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3):
            return True
    return False


def _owner(position: int, products: Sequence[tuple[int, int, str]]) -> str | None:
    before = [product for start, _end, product in sorted(products) if start < position]
    if before:
        return before[-1]
    return min(products)[2] if products else None
