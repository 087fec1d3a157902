# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which version of a product a question names: beside the product's name, by a codename, in a tag, or as a bare v1.26."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import re
import typing as t

from .._product_versions import parse_version

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ...catalogue._product import Product

_NUMBER: t.Final = r"\d{1,4}(?:\.\d{1,5}){1,3}"
_VERSION_WORD: t.Final = r"(?:versions?|ver\.?|release)"
_FILLER: t.Final = (
    rf"(?:{_VERSION_WORD}|clusters?|servers?|brokers?|nodes?|clients?|daemons?|images?|packages?|docker|community|edition|is|at|on|in|running|using|with)"
)
# "Kafka 3.4", "kafka: 3.4.0", "Ceph cluster (version 17.2.5)", "kafka_2.13-3.4.0", where the first number is Scala's.
_AFTER_NAME: t.Final = re.compile(
    rf"(?:[\s:=,(\[/_-]{{1,3}}{_FILLER}(?![\w])){{0,3}}[\s:=,(\[/_\"'`-]{{1,3}}(?:\d\.\d+-(?=\d+\.\d))?(?:v\.?\s?)?(?P<version>{_NUMBER})(?:\.x)?(?![\d.]*\d)",
    re.IGNORECASE,
)
_BEFORE_NAME: t.Final = re.compile(rf"(?<![\w./:-])v?(?P<version>{_NUMBER})(?:\.x)?\s(?:of|for)\s(?:the\s)?\Z", re.IGNORECASE)
_BARE: t.Final = re.compile(
    rf"(?P<word>[\s:,(-]{{1,3}}{_VERSION_WORD}\s?[:=]?\s?|[\s:,(-]{{1,3}}v)?(?:(?<=\w)[- ])?(?P<version>\d{{1,2}})(?![\w%])", re.IGNORECASE
)
# A version without the product's name is the product's where a word of grammar, or nothing, stands before it.
_BARE_V: t.Final = re.compile(
    rf"(?:^|[:;,.(\[\"'`=>]\s?|\b(?:on|in|to|from|of|for|at|is|are|was|using|use|run|running|with|between|and|or|than|since|after|before|until|version)\s)"
    rf"v(?P<version>{_NUMBER})(?![\d.]*\d)",
    re.IGNORECASE | re.MULTILINE,
)
_ADDRESS: t.Final = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
_MEASURE: t.Final = re.compile(r"\s?(?:%|[kmgt]i?b\b|ms\b|s\b|secs?\b|seconds?\b|minutes?\b|hours?\b|days?\b|times\b|x\b)", re.IGNORECASE)
# After a bare number a plural, or what clusters are made of, makes it a count: "postgres 2 servers", "ceph 3 node cluster".
_COUNTED: t.Final = re.compile(
    r"[\s-]+(?:(?!(?:is|has|was|does|vs|as|across|this|crashes|fails|runs|uses)\b)[a-z]+s|node|host|server|disk|replica|broker|member|instance|shard|osd)\b"
    r"|\s*[.:]?\d",
    re.IGNORECASE,
)
# What wraps a product has versions of its own: "Spring Kafka 2.8".
_WRAPPED: t.Final = re.compile(r"\b(?:spring|spring for|spring-boot|confluent|strimzi|bitnami|helm|go|python|node|laravel|django|rails)\s\Z", re.IGNORECASE)
# How much text before the product's name is looked at.
_REACH_BEFORE: t.Final = 40
# How far from the product's name a codename may stand in running text, in characters of one line.
_CODENAME_REACH: t.Final = 40


class VersionFinder:
    """Finds the version that a question about ``product`` names, in the granularity of its documentation."""

    def __init__(self, product: Product) -> None:
        self._product = product
        names = sorted({product.name, *product.aliases}, key=lambda name: (-len(name), name))
        spelled = "|".join(re.escape(name).replace(r"\ ", r"[\s_-]") for name in names)
        self._name = re.compile(rf"(?<![\w.-])(?:{spelled})(?![^\W_])", re.IGNORECASE)
        self._tag = re.compile(rf"(?:{spelled})-v?(?P<version>\d+(?:\.(?:\d+|x))*)", re.IGNORECASE)
        self._majors = {major: name for name, major in product.codenames.items()}
        codenames = "|".join(map(re.escape, sorted(product.codenames)))
        self._codename = re.compile(rf"(?<![\w.-])(?P<version>{codenames})(?![\w-])", re.IGNORECASE) if codenames else None
        near = rf"[^\n.;]{{0,{_CODENAME_REACH}}}?(?<![\w-])(?P<version>{codenames})(?![\w-])"
        self._codename_near = re.compile(near, re.IGNORECASE) if codenames else None

    def documented(self, versions: Iterable[str]) -> list[str]:
        """Return deployed versions as the documentation calls them (``3.4`` for ``3.4.0``), each once, in the given order."""
        return list(dict.fromkeys(filter(None, map(self._normalised, versions))))

    def find(self, title: str, tags: Sequence[str], text: str, deployed: Sequence[str]) -> str | None:
        """Return the version that a question names, None when it names none.

        The title counts before the tags and these before the text. Where one of them names several, it is one of ``deployed``
        (as ``documented()`` gives them) if there is such, else the first.
        """
        tagged = (found["version"].removesuffix(".x") for tag in tags if (found := self._tag.fullmatch(tag)))
        places = (self._in_text(title, is_title=True), tagged, self._in_text(text, is_title=False))
        for place in places:
            named = self.documented(place)
            if named:
                return next((version for version in named if version in deployed), named[0])
        return None

    def _in_text(self, text: str, *, is_title: bool) -> list[str]:
        """The versions as written, in the order of their places."""
        found: dict[int, str] = {}
        for start, version in self._written(text, is_title=is_title):
            if not _ADDRESS.fullmatch(version) and not _MEASURE.match(text, start + len(version)):
                found.setdefault(start, version)
        return [version for _start, version in sorted(found.items())]

    def _written(self, text: str, *, is_title: bool) -> Iterator[tuple[int, str]]:
        """Numbers and codenames that may be versions, with their places."""
        for name in self._name.finditer(text):
            offset = max(0, name.start() - _REACH_BEFORE)
            before = text[offset : name.start()]
            if _WRAPPED.search(before):
                continue
            if match := _BEFORE_NAME.search(before):
                yield offset + match.start("version"), match["version"]
            if match := self._after(text, name.end(), is_title=is_title):
                yield match.start("version"), match["version"]
        for match in _BARE_V.finditer(text):
            yield match.start("version"), match["version"]
        for match in self._codename.finditer(text) if self._codename and is_title else ():
            yield match.start("version"), match["version"]

    def _after(self, text: str, end: int, *, is_title: bool) -> re.Match[str] | None:
        """What follows the product's name, which ends at ``end``."""
        if match := _AFTER_NAME.match(text, end):
            return match
        # A bare number says all of a product with major releases; of another one only where it is called a version.
        match = _BARE.match(text, end)
        if match and (match["word"] or self._product.versions in ("major", "codename")) and not _COUNTED.match(text, match.end("version")):
            return match
        return self._codename_near.match(text, end) if self._codename_near and not is_title else None

    def _normalised(self, version: str) -> str | None:
        codename = self._product.codenames.get(version.lower())
        numbers = (codename,) if codename is not None else parse_version(version, self._product.name)
        if not numbers:
            return None
        if self._product.versions == "codename":
            name = self._majors.get(numbers[0], "")
            # A name that the version contract cannot read would match nothing.
            return name if name and parse_version(name, self._product.name) else str(numbers[0])
        # Releases such as PostgreSQL 9.6 are from the time when two numbers made a major version.
        if self._product.versions == "major" and (numbers[0] >= 10 or len(numbers) == 1):
            return str(numbers[0])
        return ".".join(map(str, numbers[:2]))
