# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of products: how people and package managers write them, in English and Russian."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import functools
import re
import typing as t

from ..catalogue._entries import Entries, entries, spaced

if t.TYPE_CHECKING:
    from collections.abc import Collection

# Russian case endings of nouns as operators decline product names, longest first.
_ENDINGS: t.Final = tuple(
    """
    иями ями ами ому ого ыми ой ою ей ею ём ем ом ам ям ах ях ов ев ий ый а у ы и е я ю ь й
    """.split()
)
_CYRILLIC = re.compile(r"[а-яё]", re.IGNORECASE)
_PACKAGE_VERSION = re.compile(r"(?<=[a-z])[ -]?\d+(?:\.\d+)*$")


def stems(word: str) -> list[str]:
    """Return the forms in which a lower-case word may be listed: itself and, for Russian, it without each case ending that fits."""
    if not _CYRILLIC.search(word):
        return [word]
    return [word, *(word[: -len(ending)] for ending in _ENDINGS if word.endswith(ending) and len(word) - len(ending) >= 3)]


def known_products() -> Collection[str]:
    """Return the products of the catalogue."""
    return entries().data.keys()


def codename_words() -> dict[str, tuple[frozenset[str], frozenset[str]]]:
    """Return product -> release names that mean it by themselves, and those that do only beside its name."""
    return entries().codename_words


def find_product(name: str) -> str | None:
    """Return the known product that a word or phrase of a question names, in any Russian case; None when it names none."""
    return _find(name, entries())


def _find(name: str, catalogue: Entries) -> str | None:
    table = catalogue.by_name
    form = spaced(name)
    head, blank, last = form.rpartition(" ")
    for stem in stems(last):
        product = table.get(f"{head}{blank}{stem}")
        if product is not None:
            return product
    return None


def normalise_product(name: str) -> str:
    """Return the one name under which a product of the versions CSV is kept.

    Known products and their packages get the product's name (``redis-server``, ``postgresql-14`` -> ``redis``, ``postgresql``);
    any other name is lower-cased, its blanks become ``-`` and a trailing ``-server`` goes.
    """
    return _normalise(name, entries())


@functools.lru_cache(maxsize=4096)
def _normalise(name: str, catalogue: Entries) -> str:
    form = spaced(name)
    product = _find(form, catalogue)
    if product is None and form.endswith(" server"):
        form = form.removesuffix(" server")
        product = _find(form, catalogue)
    if product is None:
        # Package names carry the major version: postgresql14, postgresql-14-server. Unknown names keep it (python3, zabbix-agent2).
        product = _find(_PACKAGE_VERSION.sub("", form), catalogue)
    if product is not None:
        return product
    plain = re.sub(r"\s+", "-", name.strip().lower())
    shorter = re.sub(r"[-_]server$", "", plain)
    return shorter or plain
