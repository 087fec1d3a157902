# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an entry of the catalogue may say. jsonschema is not on a bare ansible-core, and its sentences are not an operator's."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import math
import re
import typing as t
import urllib.parse
from collections.abc import Callable, Collection, Mapping

from ._entries import listed_form, spaced
from ._placeholders import PAGE, PLACEHOLDERS, placeholders

SCHEMES: t.Final = ("patch", "minor", "major", "codename", "glued", "date", "unversioned")

_NAME = re.compile(r"[a-z0-9][a-z0-9._+-]{0,63}")
_CODENAME = re.compile(r"[a-z][a-z0-9-]*")
_REF = re.compile(r"[A-Za-z0-9_{][A-Za-z0-9_{}./+@-]*")
_SITE = re.compile(r"[a-z0-9][a-z0-9.-]*")
# "ext::" and the like would run a program; a host that begins with a dash would be an option of ssh.
_REPOSITORY = re.compile(r"(?:https?|ssh|git)://(?!-)[^\s/][^\s]*|file:///\S+|[\w.-]+@(?!-)[\w.-]+:(?!-)\S+|~?/(?!\s).*")
_LOCAL = re.compile(r"file:///\S+|~?/.*")
_USER = re.compile(r"://[^/@\s]*@")

Path = tuple[str, ...]
Check = Callable[[object, Path], t.Any]


class WrongEntryError(Exception):
    """A wrong field at ``path`` (entry, then fields): what was found, and what to write."""

    def __init__(self, path: Path, found: str, write: str) -> None:
        self.path = path
        where = f"The catalogue entry '{path[0]}'{', ' + '.'.join(path[1:]) if path[1:] else ''}"
        super().__init__(f"{where}: found {found}; write {write}.")


def check_extension(extension: Mapping[t.Any, t.Any]) -> dict[str, t.Any]:
    """Return an extension as plain data, each field checked by itself; None in place of a field takes away what is shipped."""
    checked: dict[str, t.Any] = {}
    for name, entry in extension.items():
        path = (str(name),)
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise WrongEntryError(path, "a name that cannot be a directory's", "lower-case letters, digits, '.', '_', '+' and '-'")
        checked[str(name)] = _ENTRY(entry, path)
    return checked


def check_whole(catalogue: Mapping[str, Mapping[str, t.Any]], changed: Collection[str]) -> None:
    """Check a merged catalogue: required fields, names that two products claim, codenames that patterns need; ``changed`` are the operator's entries."""
    for name, entry in catalogue.items():
        for section, required in _REQUIRED.items():
            for field in required if section in entry else ():
                if not entry[section].get(field):
                    raise WrongEntryError((name, section, field), "nothing", f"it: an entry's {section} needs {' and '.join(required)}")
        codenames = entry.get("codenames", {})
        for codename in entry.get("distinctive_codenames", ()):
            if codename not in codenames:
                raise WrongEntryError((name, "distinctive_codenames"), _shown(codename), "names that the entry's codenames list")
        if not codenames and (entry.get("versions") == "codename" or any("codename" in placeholders(text) for text in _texts(entry))):
            raise WrongEntryError((name, "codenames"), "nothing", "them, for its versions or patterns say {codename}: a mapping such as {quincy: 17}")
    owner: dict[str, str] = {spaced(name): name for name in catalogue}
    for name in (*(name for name in catalogue if name not in changed), *(name for name in catalogue if name in changed)):
        for alias in catalogue[name].get("aliases", ()):
            other = owner.setdefault(listed_form(alias), name)
            if other != name:
                raise WrongEntryError((name, "aliases"), f"{_shown(alias)}, which is a name of '{other}'", "each name in one entry only")


def _texts(value: object) -> list[str]:
    """All texts in an entry, at any depth."""
    if isinstance(value, str):
        return [value]
    parts = value.values() if isinstance(value, Mapping) else value if isinstance(value, (list, tuple)) else ()
    return [text for part in parts for text in _texts(part)]


def _shown(value: object) -> str:
    if isinstance(value, str):
        plain = _USER.sub("://", value)  # without the password of a URL
        return f"'{plain[:80]}'" if plain.strip() else "an empty text"
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return f"the number {value}"
    return "a list" if isinstance(value, (list, tuple)) else "a mapping" if isinstance(value, Mapping) else "a value of another type"


# --- one value ------------------------------------------------------------------------------------------------------------


def _text(value: object, path: Path) -> str:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        raise WrongEntryError(path, _shown(value), "it in quotation marks")
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise WrongEntryError(path, _shown(value), "a text of one line")
    return str(value)  # Ansible's own kinds of text become plain


def _matching(form: re.Pattern[str], write: str) -> Check:
    def check(value: object, path: Path) -> str:
        text = _text(value, path)
        if not form.fullmatch(text):
            raise WrongEntryError(path, _shown(text), write)
        return text

    return check


def _choice(value: object, path: Path) -> str:
    if value not in SCHEMES:
        raise WrongEntryError(path, _shown(value), f"one of {', '.join(SCHEMES)}")
    return str(value)


def _flag(value: object, path: Path) -> bool:
    if not isinstance(value, bool):
        raise WrongEntryError(path, _shown(value), "true or false")
    return value


def _whole(least: int, most: int | None = None) -> Check:
    def check(value: object, path: Path) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or value < least or (most is not None and value > most):
            raise WrongEntryError(path, _shown(value), f"a whole number {f'of at least {least}' if most is None else f'from {least} to {most}'}")
        return int(value)

    return check


def _positive(value: object, path: Path) -> float:
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 < value < math.inf:
        raise WrongEntryError(path, _shown(value), "a number above 0")
    return float(value)


def _expression(value: object, path: Path) -> str:
    text = _text(value, path)
    try:
        re.compile(text)
    except (re.error, RecursionError, OverflowError) as exc:
        raise WrongEntryError(path, f"{_shown(text)}, which is no regular expression ({exc})", "one that Python's re understands") from None
    return text


def _alias(value: object, path: Path) -> str:
    text = _text(value, path)
    if not spaced(text):
        raise WrongEntryError(path, _shown(text), "a name with a letter or digit in it")
    return text


# --- patterns with placeholders -------------------------------------------------------------------------------------------


def _pattern(value: object, path: Path, *, page: bool = False) -> str:
    text = _text(value, path)
    known = (*PLACEHOLDERS, PAGE) if page else PLACEHOLDERS
    listed = ", ".join(f"{{{name}}}" for name in known)
    for name in sorted(placeholders(text)):
        if name not in known:
            raise WrongEntryError(path, f"the placeholder {{{name}}} in {_shown(text)}", f"one of {listed}")
    if re.search(r"[{}]", re.sub(r"\{[^{}]*\}", "", text)):
        raise WrongEntryError(path, f"a single brace in {_shown(text)}", f"a placeholder in both: one of {listed}")
    return text


def _ref(value: object, path: Path) -> str:
    text = _pattern(value, path)
    if not _REF.fullmatch(text) or ".." in text:
        raise WrongEntryError(path, _shown(text), "the name of a tag or branch, such as v{version}")
    return text


def _inner_path(value: object, path: Path) -> str:
    text = _pattern(value, path)
    if text.startswith(("-", "/", ":", "~")) or ".." in text.split("/") or "\\" in text:
        raise WrongEntryError(path, _shown(text), "a path in the repository or archive, such as docs/en")
    return text


def _root(value: object, path: Path) -> str:
    return "" if value == "" else _inner_path(value, path)


def _web_url(*, page: bool = False, optional: bool = False) -> Check:
    def check(value: object, path: Path) -> str:
        if optional and value == "":
            return ""
        text = _pattern(value, path, page=page)
        try:
            parts = urllib.parse.urlsplit(text)
        except ValueError:
            parts = urllib.parse.SplitResult("", "", "", "", "")
        if parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"\s", text):
            raise WrongEntryError(path, _shown(text), "a URL that begins with http:// or https://")
        return text

    return check


def _archive_url(value: object, path: Path) -> str:
    text = _pattern(value, path)
    if _LOCAL.fullmatch(text):
        return text
    try:
        return t.cast("str", _web_url()(text, path))
    except WrongEntryError:
        raise WrongEntryError(path, _shown(text), "a URL with http://, https:// or file://, or an absolute path") from None


# --- lists and mappings ---------------------------------------------------------------------------------------------------


def _list(item: Check) -> Check:
    def check(value: object, path: Path) -> list[t.Any]:
        if not isinstance(value, (list, tuple)):
            raise WrongEntryError(path, _shown(value), "a list")
        return [item(part, path) for part in value]

    return check


def _mapping(key: Check, item: Check, write: str) -> Check:
    def check(value: object, path: Path) -> dict[str, t.Any]:
        if not isinstance(value, Mapping):
            raise WrongEntryError(path, _shown(value), write)
        return {key(name, path): None if part is None else item(part, (*path, str(name))) for name, part in value.items()}

    return check


def _section(fields: Mapping[str, Check]) -> Check:
    def check(value: object, path: Path) -> dict[str, t.Any]:
        if not isinstance(value, Mapping):
            raise WrongEntryError(path, _shown(value), f"a mapping with some of {', '.join(fields)}")
        for name in value:
            if name not in fields:
                raise WrongEntryError((*path, str(name)), "a field that there is not", f"one of {', '.join(fields)}")
        return {str(name): None if part is None else fields[name](part, (*path, str(name))) for name, part in value.items()}

    return check


_REQUIRED: t.Final[dict[str, tuple[str, ...]]] = {
    "git": ("repository", "refs", "paths"),
    "archive": ("url", "paths"),
    "web": ("start",),
    "stack_exchange": ("sites",),
}
_FILES: t.Final[dict[str, Check]] = {"paths": _list(_inner_path), "exclude": _list(_pattern), "root": _root}
_codename = _matching(_CODENAME, "a release name in lower-case letters")
_ENTRY: t.Final = _section(
    {
        "aliases": _list(_alias),
        "variables": _list(_alias),
        "versions": _choice,
        "codenames": _mapping(_codename, _whole(0), "a mapping of release names to major versions, such as {quincy: 17}"),
        "distinctive_codenames": _list(_codename),
        "major_releases": _flag,
        "git": _section(
            {
                "repository": _matching(_REPOSITORY, "a URL with https://, ssh://, git:// or file://, user@host:path, or an absolute path"),
                "refs": _list(_ref),
                **_FILES,
                "url": _web_url(page=True, optional=True),
            }
        ),
        "archive": _section({"url": _archive_url, **_FILES, "page_url": _web_url(page=True, optional=True)}),
        "web": _section(
            {
                "start": _list(_web_url()),
                "scope": _list(_web_url()),
                "exclude": _list(_text),
                "versions": _list(_text),
                "sitemap": _web_url(optional=True),
                "rate": _positive,
                "concurrency": _whole(1, 16),
                "max_pages": _whole(1),
                "max_bytes": _whole(1),
                "timeout": _positive,
                "allow_private_addresses": _flag,
            }
        ),
        "stack_exchange": _section(
            {
                "sites": _mapping(
                    _matching(_SITE, "a site as the API names it, such as stackoverflow"),
                    _list(_text),
                    "a mapping of sites to lists of tags, such as {stackoverflow: [ceph]}",
                ),
                "api_url": _web_url(optional=True),
                "min_score": _whole(0),
                "max_questions": _whole(1),
            }
        ),
        "license": _text,
        "attribution": _text,
        "strip": _list(_expression),
    }
)
