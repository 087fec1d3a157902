# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Patterns of tags, branches, paths and URLs with placeholders of the version: filled for a version, and read back."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import functools
import re
import typing as t

from .._errors import ConfigError

if t.TYPE_CHECKING:
    from collections.abc import Iterable

    from ._product import Product

PLACEHOLDERS: t.Final = ("version", "underscored", "minor", "glued", "major", "codename")
# Of a page, not of a version: fill() leaves it, for who knows the page.
PAGE: t.Final = "page"

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_LEADING = re.compile(r"(?:[0-9]+:)?[vV]?([0-9]+(?:\.[0-9]+)*)")
_FORMS: t.Final = {
    "version": r"[0-9]+(?:\.[0-9]+)*",
    "underscored": r"[0-9]+(?:_[0-9]+)*",
    "minor": r"[0-9]+\.[0-9]+",
    "glued": r"0[1-9][0-9]{0,2}|[1-9](?:0|[1-9][0-9]*)",
    "major": r"[0-9]+",
}


def placeholders(pattern: str) -> set[str]:
    """Return the names in braces of ``pattern``, known or not."""
    return set(_PLACEHOLDER.findall(pattern))


def fill(pattern: str, version: str, product: Product) -> str:
    """Return ``pattern`` with its placeholders filled for a version text such as ``17.2.5`` or ``quincy``; ``{page}`` stays.

    An epoch, a leading ``v`` and what follows the numbers are not part of the version. Raises ConfigError when the version lacks a part.
    """

    def part(found: re.Match[str]) -> str:
        name = found[1]
        return found[0] if name == PAGE else _part(name, numbers, version, product, pattern)

    numbers = _numbers(version, product) if placeholders(pattern) - {PAGE} else ()
    return _PLACEHOLDER.sub(part, pattern)


def documentation_version(product: Product, version: str) -> str:
    """Return the version of the documentation that a deployed version has by the product's scheme: ``17.2.5``, ``17.2``, ``17``, ``quincy``, ``unversioned``.

    A version text with fewer numbers than the scheme has is returned with those it has.
    """
    if product.versions == "unversioned":
        return "unversioned"
    if product.versions == "date":
        return version.strip()
    numbers = _numbers(version, product)
    if product.versions == "codename":
        return _part("codename", numbers, version, product, "{codename}")
    if product.versions == "glued":
        return _dotted(_glued_numbers(numbers))
    return _dotted(numbers[: {"major": 1, "minor": 2}.get(product.versions)])


def version_pattern(pattern: str, product: Product) -> re.Pattern[str]:
    """Return the regular expression that matches, from end to end, what ``pattern`` is when filled for any version; no suffixes such as ``-rc1``."""
    return _compiled(pattern, tuple(product.codenames))


def version_of(pattern: str, text: str, product: Product) -> str | None:
    """Return the version for which ``pattern`` was filled to give ``text``: ``17.2.5`` of ``v17.2.5``, ``3.4`` of ``34``; None when it was not."""
    found = version_pattern(pattern, product).match(text)
    if found is None:
        return None
    name = next((name for name in PLACEHOLDERS if name in found.re.groupindex), None)
    if name is None:
        return None
    written = found[name]
    version = written.replace("_", ".") if name == "underscored" else _unglued(written) if name == "glued" else written
    # Two placeholders may contradict each other, and a number begin with a zero.
    return version if fill(pattern, version, product) == text else None


@functools.lru_cache(maxsize=256)
def _compiled(pattern: str, codenames: tuple[str, ...]) -> re.Pattern[str]:
    forms = {**_FORMS, "codename": "|".join(map(re.escape, codenames)) or "(?!)"}
    seen: set[str] = set()
    parts: list[str] = []
    for position, piece in enumerate(_PLACEHOLDER.split(pattern)):
        if position % 2 == 0:
            parts.append(re.escape(piece))
        elif piece in seen:
            parts.append(f"(?P={piece})")
        elif piece in forms:
            seen.add(piece)
            parts.append(f"(?P<{piece}>{forms[piece]})")
        else:
            raise _unknown(piece, pattern)
    return re.compile(r"\A" + "".join(parts) + r"\Z")


def _numbers(version: str, product: Product) -> tuple[str, ...]:
    """The numbers of a version as they are written; those of a codename are its major version."""
    codename = version.strip().lower()
    if codename in product.codenames:
        return (str(product.codenames[codename]),)
    found = _LEADING.match(version.strip())
    if found is None:
        raise ConfigError(f"'{version}' is not a version of {product.name}; write it in numbers, such as 1.2.3.")
    return tuple(found[1].split("."))


def _part(name: str, numbers: tuple[str, ...], version: str, product: Product, pattern: str) -> str:
    if name == "version":
        return _dotted(numbers)
    if name == "underscored":
        return "_".join(numbers)
    if name == "major":
        return numbers[0]
    if name == "codename":
        found = next((codename for codename, major in product.codenames.items() if str(major) == numbers[0]), None)
        if found is None:
            raise ConfigError(f"{product.name} {version} has no codename in the catalogue; add its major version to the entry's codenames.")
        return found
    if name not in ("minor", "glued"):
        raise _unknown(name, pattern)
    if len(numbers) < 2:
        raise ConfigError(f"Version '{version}' of {product.name} has no minor number, which '{pattern}' needs; write the whole version.")
    return _dotted(numbers[:2]) if name == "minor" else "".join(_glued_numbers(numbers))


def _glued_numbers(numbers: tuple[str, ...]) -> tuple[str, ...]:
    return numbers[: 3 if numbers[0] == "0" else 2]


def _unglued(text: str) -> str:
    """Kafka's way: 34 is 3.4 and 310 is 3.10; before 1.0 there are up to three numbers, 0110 being 0.11.0, 082 being 0.8.2 and 08 being 0.8."""
    if not text.startswith("0"):
        return f"{text[0]}.{text[1:]}"
    digits = text[1:]
    return f"0.{digits}" if len(digits) == 1 else f"0.{digits[:-1]}.{digits[-1]}"


def _dotted(numbers: Iterable[str]) -> str:
    return ".".join(numbers)


def _unknown(name: str, pattern: str) -> ConfigError:
    known = ", ".join(f"{{{placeholder}}}" for placeholder in PLACEHOLDERS)
    return ConfigError(f"'{{{name}}}' in '{pattern}' is no placeholder; the placeholders are {known}.")
