# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One cell of a versions column: the versions in it, or why there is none."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import re
import typing as t

from ..catalogue._entries import entries
from ..catalogue._release import DATE, UNKNOWN, Release, read_release

NO_VALUE: t.Final = frozenset(
    ("", "-", "--", "—", "–", "?", "??", "n/a", "na", "none", "null", "nil", "unknown", "#n/a", "#н/д", "н/д", "неизвестно", "неизв.")
)
_ABSENT: t.Final = frozenset(
    (
        *("no", "not installed", "uninstalled", "removed", "absent", "not present", "not deployed", "not used", "not running"),
        *("нет", "не установлен", "не установлена", "не установлено", "не стоит", "удален", "удалён", "удалено", "отсутствует", "не используется"),
    )
)
_MONTHS: t.Final = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
    "|янв(?:ар[ья])?|фев(?:р|рал[ья])?|март?а?|апр(?:ел[ья])?|ма[йя]|июн[ья]?|июл[ья]?|авг(?:уста?)?|сен(?:т|тябр[ья])?|окт(?:ябр[ья])?|ноя(?:б|бр[ья])?"
    "|дек(?:абр[ья])?|märz?|mai|okt(?:ober)?|dez(?:ember)?|janv(?:ier)?|févr?(?:ier)?|mars|avr(?:il)?|juin|juil(?:let)?|août|déc(?:embre)?"
)
# What a spreadsheet makes of 3.4: 3-Apr, апр.03, 03.04.2024, 03:04:00, 2024-04-03 00:00:00, the days since 1900.
_MONTH_DATE: t.Final = re.compile(rf"(?i)\d{{1,4}}[\s./-]*(?:{_MONTHS})\.?(?:[\s./-]*\d{{2,4}})?|(?:{_MONTHS})\.?[\s./-]*\d{{1,4}}(?:[\s,./-]+\d{{2,4}})?")
_NUMBER_DATE: t.Final = re.compile(
    r"\d{1,2}([./-])\d{1,2}\1(?:19|20)\d\d(?:[ t]\d\d?:\d\d(?::\d\d)?)?|(?:19|20)\d\d/\d{1,2}/\d{1,2}|\d{1,2}:\d\d:\d\d(?: ?[ap]m)?", re.IGNORECASE
)
_MIDNIGHT: t.Final = re.compile(r"(?:19|20)\d\d-\d\d-\d\d[ t]00:00(?::00(?:\.0+)?)?z?", re.IGNORECASE)
_SERIAL: t.Final = re.compile(r"(3[6-9]|4\d|5[0-8])\d{3}(?:[.,]\d+)?")  # 1998 to 2058
_EXPONENT: t.Final = re.compile(r"\d(?:[.,]\d+)?e[+-]?\d+", re.IGNORECASE)
_DECIMAL_COMMA: t.Final = re.compile(r"\d{1,9}(?:,\d{1,9}){1,3}")
_BETWEEN_VERSIONS: t.Final = re.compile(r"\s*[;\n|]\s*|\s*,\s+|\s*/\s*|\s+(?:and|or|&|и|или)\s+")


class VersionCell(t.NamedTuple):
    """``releases`` are the versions as they are to be kept, `UNKNOWN` for one that cannot be read.

    Without any, ``is_absent`` tells that the cell says that the product is not there.
    """

    releases: tuple[str, ...]
    problem: str = ""
    is_absent: bool = False


def read_version_cell(text: str, product: str) -> VersionCell:
    """Read what a version cell of a row about ``product`` says; ``problem`` is a clause for a warning, without the place."""
    lowered = text.lower().strip(" .")
    if lowered in _ABSENT:
        return VersionCell((), is_absent=True)
    if text.lower() in NO_VALUE:
        return VersionCell(())
    pieces = [piece for piece in _BETWEEN_VERSIONS.split(text) if piece]
    if len(pieces) > 1 and not _NUMBER_DATE.fullmatch(text) and all(piece[0].isdigit() or piece[0] in "vV" for piece in pieces):
        cells = [_read_one(piece, product) for piece in pieces]
        return VersionCell(tuple(dict.fromkeys(cell.releases[0] for cell in cells)), next((cell.problem for cell in cells if cell.problem), ""))
    return _read_one(text, product)


def _read_one(text: str, product: str) -> VersionCell:
    if _DECIMAL_COMMA.fullmatch(text):
        text = text.replace(",", ".")
    scheme = entries().data.get(product, {}).get("versions")
    if scheme == DATE and _MIDNIGHT.fullmatch(text):
        text = text[: len("2024-04-03")]
    damage = _damage(text, product, scheme)
    if damage:
        return VersionCell((UNKNOWN,), f"{text!r} is {damage}, not a version of {product}; format the column as text and write the version again")
    release = read_release(text, product)
    if release is None:
        return VersionCell((UNKNOWN,), f"{text!r} names no version of {product}")
    return VersionCell((text,), _unread(text, release))


def _damage(text: str, product: str, scheme: str | None) -> str:
    if _SERIAL.fullmatch(text):
        return "a number that a spreadsheet writes for a date"
    if _EXPONENT.fullmatch(text):
        return "a number as a spreadsheet writes it"
    if _MONTH_DATE.fullmatch(text) or _NUMBER_DATE.fullmatch(text):
        return "a date"
    if scheme == DATE:
        return ""
    if _MIDNIGHT.fullmatch(text):
        return "a date"
    # Of a product that is not in the catalogue the releases may be dates.
    release = read_release(text, product) if scheme is not None and text[:2] in ("19", "20") else None
    return "a date" if release is not None and release.scheme == DATE else ""


def _unread(text: str, release: Release) -> str:
    if release.is_line:
        return f"{text!r} names several versions, taken as {release.upstream}"
    return f"of {text!r} only {release.upstream} is understood" if release.unread else ""
