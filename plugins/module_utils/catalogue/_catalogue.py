# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalogue of products, from the shipped file and the operator's extension."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import dataclasses
import json
import os
import typing as t
from collections.abc import Mapping

from .._errors import ConfigError
from ._entries import merged
from ._product import ArchiveSettings, GitSettings, Product, StackExchangeSettings, WebSettings
from ._schema import WrongEntryError, check_extension, check_whole

_SECTIONS: t.Final = {"git": GitSettings, "archive": ArchiveSettings, "web": WebSettings, "stack_exchange": StackExchangeSettings}


@dataclasses.dataclass(frozen=True)
class Catalogue:
    """Products by name."""

    products: Mapping[str, Product]

    def get(self, name: str) -> Product | None:
        """The product of this name (not of an alias: see `normalise_product`), or None."""
        return self.products.get(name)


def load_catalogue(extension: Mapping[str, t.Any] | str | None = None) -> Catalogue:
    """Return the shipped catalogue with an extension over it: a mapping of its form, or the path of a YAML or JSON file that holds one.

    Mappings are merged deeply, lists and values replaced, and None takes a field away. Raises ConfigError as `read_extension`.
    """
    return Catalogue({name: _product(name, entry) for name, entry in merged(read_extension(extension)).items()})


def read_extension(given: object) -> dict[str, t.Any] | None:
    """Return the extension that a mapping or a file's path gives as plain data; None when there is none.

    Raises ConfigError that names file and line, entry and field, what was found there and what to write.
    """
    if given is None or given == {}:
        return None
    if isinstance(given, str):
        return _from_file(os.path.abspath(os.path.expanduser(given)))
    if not isinstance(given, Mapping):
        raise ConfigError("The option 'catalogue' has a wrong value; give a mapping of product names to entries, or the path of a YAML file with one.")
    try:
        return _checked(given)
    except WrongEntryError as exc:
        raise ConfigError(str(exc)) from None


def _checked(given: Mapping[str, t.Any]) -> dict[str, t.Any]:
    extension = check_extension(given)
    check_whole(merged(extension), extension)
    return extension


def _from_file(path: str) -> dict[str, t.Any] | None:
    try:
        with open(path, encoding="utf-8-sig") as file:
            text = file.read()
    except OSError as exc:
        raise ConfigError(f"The catalogue {path} cannot be read ({exc.strerror}); check the path in the option 'catalogue' and the permissions.") from None
    except UnicodeDecodeError:
        raise ConfigError(f"The catalogue {path} is not in UTF-8; save it so.") from None
    data = _parsed(path, text)
    if data is None:
        return None
    if not isinstance(data, Mapping):
        raise ConfigError(f"The catalogue {path} line 1: found no mapping; write product names, each with its entry below it.")
    try:
        return _checked(data)
    except WrongEntryError as exc:
        raise ConfigError(f"{path} line {_line_of(exc.path, text)}: {exc}") from None


def _parsed(path: str, text: str) -> object:
    if path.endswith(".json"):
        try:
            return json.loads(text)
        except ValueError as exc:
            where, problem = getattr(exc, "lineno", 1), getattr(exc, "msg", str(exc))
        raise ConfigError(f"The catalogue {path} line {where} is no JSON ({problem}); mend it there.")
    import yaml

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as exc:
        mark, problem = getattr(exc, "problem_mark", None), getattr(exc, "problem", None)
        where = 1 if mark is None else mark.line + 1
    raise ConfigError(f"The catalogue {path} line {where} is no YAML ({problem or 'it cannot be read'}); mend it there.")


def _line_of(path: tuple[str, ...], text: str) -> int:
    """The line, from 1, of the deepest field of ``path`` that the text has; YAML's reader reads JSON too."""
    import yaml

    line = 1
    try:
        node = yaml.compose(text)
    except yaml.YAMLError:  # JSON that is indented by tabs
        return line
    for name in path:
        pair = next((pair for pair in node.value if pair[0].value == name), None) if isinstance(node, yaml.MappingNode) else None
        if pair is None:
            break
        line, node = pair[0].start_mark.line + 1, pair[1]
    return line


def _product(name: str, entry: Mapping[str, t.Any]) -> Product:
    sections = {section: kind(**_tuples(entry[section])) for section, kind in _SECTIONS.items() if section in entry}
    return Product(name=name, **{**_tuples(entry), **sections})


def _tuples(fields: Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The fields with tuples for lists, also one mapping deep (tags by site)."""
    return {
        name: tuple(value) if isinstance(value, list) else _tuples(value) if isinstance(value, Mapping) and name == "sites" else value
        for name, value in fields.items()
    }
