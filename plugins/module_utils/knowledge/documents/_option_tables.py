# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables of options (*.yaml.in) that documentation refers to by the options' names, as Ceph's does."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import inspect
import posixpath
import re
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from ..._errors import DataError, MissingLibraryError
from ._convert import MAX_BYTES
from ._page import Page, PageBuilder
from ._rst import read_rst

# An option as its table has it: every scalar is the string that is written there.
Option = dict[str, Any]

_SUFFIX: Final = ".yaml.in"
# Values that the build fills in, as in "default: @prefix@/lib"; YAML has no scalar that begins so.
_BUILD_VALUE: Final = re.compile(r"^(\s*(?:- )?(?:[\w-]+:\s+)?)(@.*?)\s*$", re.MULTILINE)
_BUILD_NAME: Final = re.compile(r"@(\w+)@")
_DESCRIPTIONS: Final = ("fmt_desc", "desc", "long_desc", "description")
# A further description of which this share of the words was said before says little.
_SAID: Final = 0.6
_TYPES: Final = {
    "addr": "network address",
    "addrvec": "network addresses",
    "bool": "boolean",
    "float": "floating point number",
    "int": "integer",
    "millisecs": "milliseconds",
    "secs": "seconds",
    "size": "size in bytes",
    "str": "string",
    "uint": "unsigned integer",
    "uuid": "UUID",
}
_FLAGS: Final = {
    "runtime": "can be changed at runtime",
    "startup": "takes effect at startup only",
    "create": "takes effect when a daemon is created only",
    "cluster_create": "takes effect when a cluster is created only",
    "no_mon_update": "cannot be set in the monitors' configuration database",
}
# Quantities as Ceph writes them, 4_K or 10_min. K is 1024 of the option's own unit, which need not be the byte.
_QUANTITY: Final = re.compile(r"(\d+)_(?:([BKMGT])|(sec|min|hr|day|week))")
_DURATIONS: Final = {"sec": "second", "min": "minute", "hr": "hour", "day": "day", "week": "week"}


def is_option_table(path: str) -> bool:
    """Tell by a file's name whether it may hold a table of options."""
    return path.lower().endswith(_SUFFIX)


class OptionTables:
    """The tables of options of one tree, and which of their options its pages describe.

    An option is described where a page names it, in that page's context. The page that page_of() makes
    of a table holds the others, so that every option is found once and none is missing.
    """

    def __init__(self, described: set[str] | None = None) -> None:
        self._options: dict[str, Option] = {}
        self._described = set() if described is None else described

    def add(self, data: bytes, path: str) -> None:
        """Read a table; raises DataError when the file is none."""
        for option in _read_options(data, path):
            self._options.setdefault(option["name"], option)

    def describe(self, name: str, default: str | None = None) -> str | None:
        """Return the reStructuredText that describes an option, None when no table has it; ``default`` replaces the table's."""
        if name not in self._options:
            return None
        self._described.add(name)
        return _describe(self._options[name], default)

    def page_of(self, data: bytes, path: str) -> Page:
        """Return the options of a table that no page has described, one section each; raises DataError when the file is no table."""
        options = [option for option in _read_options(data, path) if option["name"] not in self._described]
        entries = [f".. confval:: {_line(option['name'])}\n\n{textwrap.indent(_describe(option), '   ')}\n" for option in options]
        builder = PageBuilder(path)
        builder.fallback_title = f"{posixpath.basename(path)[: -len(_SUFFIX)]} configuration options"
        with _libraries():
            read_rst("\n".join(entries), builder)
        return builder.finish()


@contextmanager
def _libraries() -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as exc:
        raise MissingLibraryError(exc.name or "yaml", needed_for="reading tables of options", python=sys.executable) from exc


def _read_options(data: bytes, path: str) -> list[Option]:
    with _libraries():
        import yaml

    if len(data) > MAX_BYTES:
        raise DataError(f"{path} has more than the {MAX_BYTES // 2**20} MB of a page; split it.", file=path)
    text = _BUILD_VALUE.sub(lambda found: f"{found.group(1)}'{found.group(2).replace(chr(39), chr(39) * 2)}'", data.decode("utf-8", errors="replace"))
    try:
        # All scalars stay as they are written: 4_K and 1_hr are numbers to Ceph, not to YAML.
        content = yaml.load(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))  # noqa: S506
    except (yaml.YAMLError, RecursionError) as exc:
        mark = getattr(exc, "problem_mark", None)
        place = f" (line {mark.line + 1})" if mark else ""
        raise DataError(f"{path} is not YAML{place}, so it is no table of options either.", file=path) from exc
    options = content.get("options") if isinstance(content, dict) else None
    if not isinstance(options, list) or not options or not all(_is_option(option) for option in options):
        raise DataError(f"{path} is not a table of options (a list `options` of entries with a name and a type or description).", file=path)
    return options


def _is_option(entry: object) -> bool:
    return (
        isinstance(entry, dict) and isinstance(entry.get("name"), str) and bool(entry["name"].strip()) and any(key in entry for key in ("type", *_DESCRIPTIONS))
    )


def _describe(option: Option, default: str | None = None) -> str:
    parts = _descriptions(option)
    parts += [f".. {name}:: {_line(option[name])}" for name in ("note", "warning") if option.get(name)]
    least, most = _value(option, "min"), _value(option, "max")
    fields = {
        "Type": _TYPES.get(_line(option.get("type")), _line(option.get("type"))),
        "Default": _literal(default) if default else _value(option, "default"),
        "Default of daemons": _value(option, "daemon_default"),
        "Allowed range": f"{least} to {most}" if least and most else "",
        "Minimum": least if not most else "",
        "Maximum": most if not least else "",
        "Allowed values": _values(option, "enum_values") or _values(option, "enum_allowed"),
        "Flags": ", ".join(f"{flag} ({_FLAGS[flag]})" if flag in _FLAGS else flag for flag in _list(option, "flags")),
        "Services": ", ".join(_list(option, "services")),
        "Level": _line(option.get("level")),
        "See also": _values(option, "see_also"),
    }
    listed = "\n".join(f":{name}: {text}" for name, text in fields.items() if text)
    return "\n\n".join([*parts, *([listed] if listed else [])])


def _descriptions(option: Option) -> list[str]:
    """The option's descriptions, the fullest first, without those that only repeat it."""
    kept: list[str] = []
    said: set[str] = set()
    for key in _DESCRIPTIONS:
        text = inspect.cleandoc(option[key]) if isinstance(option.get(key), str) else ""
        words = set(re.findall(r"\w{3,}", text.lower()))
        if words and len(words & said) < _SAID * len(words):
            kept.append(text)
            said |= words
    return kept


def _line(value: object) -> str:
    return " ".join(value.split()) if isinstance(value, str) else ""


def _list(option: Option, key: str) -> list[str]:
    value = option.get(key)
    return [_line(entry) for entry in value if _line(entry)] if isinstance(value, list) else [_line(value)] if _line(value) else []


def _values(option: Option, key: str) -> str:
    return ", ".join(_literal(entry) for entry in _list(option, key))


def _value(option: Option, key: str) -> str:
    """The value as an operator writes it; an empty one is said to be."""
    if key not in option or not isinstance(option[key], str):
        return ""
    text = _line(option[key])
    quantity = _QUANTITY.fullmatch(text)
    if quantity:
        number, size, duration = int(quantity.group(1)), quantity.group(2), quantity.group(3)
        if duration:
            return f"{number} {_DURATIONS[duration]}{'' if number == 1 else 's'}"
        return f"``{number * 1024 ** 'BKMGT'.index(size)}``" + (f" ({number} {size}i)" if size != "B" else "")
    return _literal(_BUILD_NAME.sub(r"<\1>", text)) if text else "empty"


def _literal(text: str) -> str:
    return f"``{text}``"
