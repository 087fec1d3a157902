# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalogue as plain data, and which one a process uses: the shipped one, or that with the operator's extension merged over it.

Every forked worker of Ansible needs the names of products, so this file costs as little as can be; what is made of an entry beyond them
is in ``_catalogue.py``.
"""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import functools
import hashlib
import json
import os
import re
import typing as t
from collections.abc import Mapping

_SEPARATORS = re.compile(r"[\s_/-]+")
_CYRILLIC = re.compile(r"[а-яё]", re.IGNORECASE)


class Entries:
    """Product -> its entry, as the catalogue's file has it, and what is looked up in all of them."""

    def __init__(self, data: Mapping[str, Mapping[str, t.Any]]) -> None:
        self.data = data

    @functools.cached_property
    def by_name(self) -> dict[str, str]:
        """Listed form of a name or alias -> product; a form of several words has blanks between them."""
        table = {listed_form(alias): product for product, entry in self.data.items() for alias in entry.get("aliases", ())}
        table.update((spaced(product), product) for product in self.data)
        return table

    @functools.cached_property
    def codenames(self) -> dict[str, Mapping[str, int]]:
        """Product -> release name -> the major version that it stands for."""
        return {product: entry["codenames"] for product, entry in self.data.items() if entry.get("codenames")}

    @functools.cached_property
    def codename_words(self) -> dict[str, tuple[frozenset[str], frozenset[str]]]:
        """Product -> release names that mean it by themselves, and those that do only beside its name (Octopus Deploy, the squid proxy)."""
        own = {product: frozenset(self.data[product].get("distinctive_codenames", ())) for product in self.codenames}
        return {product: (own[product], frozenset(names) - own[product]) for product, names in self.codenames.items()}

    @functools.cached_property
    def major_releases(self) -> frozenset[str]:
        """Products of which a bare major version says all there is to say."""
        return frozenset(product for product, entry in self.data.items() if entry.get("major_releases"))

    @functools.cached_property
    def names_digest(self) -> str:
        """Changes when a name means another product than before, or a version is read in another way."""
        versions = {product: (entry.get("versions"), entry.get("codenames")) for product, entry in self.data.items()}
        return hashlib.sha256(repr((self.by_name, versions)).encode()).hexdigest()[:16]


def spaced(name: str) -> str:
    """Return a name in the form in which names are compared: lower case, ``ё`` as ``е``, separators as one blank."""
    return _SEPARATORS.sub(" ", name.strip().lower().replace("ё", "е")).strip()


def listed_form(alias: str) -> str:
    """Return the one form in which an alias is listed: a Russian noun loses the ending of its nominative."""
    name = spaced(alias)
    if len(name) > 4 and name[-1] in "аяьйы" and _CYRILLIC.search(name):
        return name[:-1]
    return name


@functools.cache
def shipped() -> dict[str, dict[str, t.Any]]:
    """The catalogue that comes with the collection."""
    with open(os.path.join(os.path.dirname(__file__), "products.json"), encoding="utf-8") as file:
        return t.cast("dict[str, dict[str, t.Any]]", json.load(file))


def merged(extension: Mapping[str, t.Any] | None) -> dict[str, dict[str, t.Any]]:
    """Return the shipped catalogue with an extension over it: mappings deeply, anything else in place of what is there, None for its removal."""
    return _merge(shipped(), extension or {})


def _merge(below: Mapping[str, t.Any], above: Mapping[str, t.Any]) -> dict[str, t.Any]:
    result = dict(below)
    for name, value in above.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, Mapping):
            there = result.get(name)
            result[name] = _merge(there if isinstance(there, Mapping) else {}, value)
        else:
            result[name] = value
    if "start" in above and "scope" not in above:
        result.pop("scope", None)  # it was that of the other site
    return result


_in_use: tuple[Mapping[str, t.Any] | None, Entries] | None = None


def use_catalogue(extension: Mapping[str, t.Any] | None) -> None:
    """Make this process use the shipped catalogue with ``extension``, as `_catalogue.read_extension` returns it, over it."""
    global _in_use
    if _in_use is None or _in_use[0] != extension:
        _in_use = (extension, Entries(merged(extension)))


def entries() -> Entries:
    """The catalogue that this process uses; the same object until it uses another one."""
    global _in_use
    if _in_use is None:
        _in_use = (None, Entries(shipped()))
    return _in_use[1]
