# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a plain text has for its printed pages and its editors, and documentation does not need: page breaks, tables of contents, mode lines."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import re
from collections import Counter
from typing import Final

_FOOTER: Final = re.compile(r"\[Page\s+\w{1,8}\]$|^\s*(?:-\s*)?\d{1,4}(?:\s*-)?$|\bPage \d+(?:\s+of\s+\d+)?$", re.IGNORECASE)
_PRINTED_FOOTER: Final = re.compile(r"(\[Page \w{1,8}\])[ \t]*\n(?!\f)")
_CONTENTS: Final = re.compile(r"\s*[=#*-]{0,5}\s*(?:table of contents|contents|summary|index|toc|outline)\s*[:=#*-]{0,5}$", re.IGNORECASE)
_CONTENTS_ENTRY: Final = re.compile(
    r"\s*(?:(?:\d{1,3}|[A-Z]|[IVXLC]{1,7})(?:\.\d{1,3})*[.)]?\s+\S|[-*o\u2022]\s+\S|(?:chapter|appendix|section|part)\s)", re.IGNORECASE
)
_LEADERS: Final = re.compile(r"(?:\s*\.){3,}\s*\w{0,5}$|\s{3,}\d{1,4}$")
_NUMBER: Final = re.compile(
    r"^\s*(?:[-*o\u2022]\s+)?(?:(?:chapter|appendix|section|part)\s+)?(?:\d{1,3}|[A-Z](?=[.)\s]))?(?:\.\d{1,3})*[.):]?\s+", re.IGNORECASE
)
_MODE_LINE: Final = re.compile(r"\s*(?:[/*#;.\"-]+\s*)?(?:vim?:|ex:|-\*-.*-\*-\s*$)")
_LOCAL_VARIABLES: Final = re.compile(r"\s*[/*#;.\"]*\s*Local variables:\s*$", re.IGNORECASE)
_COMMENT_EDGE: Final = re.compile(r"\s*[/*#]+\s*$")
# Mode lines stand in the last lines of a text.
_TAIL_LINES: Final = 20
# So many entries, most of them lines of the text below, are a table of contents and not a list.
_MIN_CONTENTS: Final = 3
_MAX_ENTRY: Final = 200


def join_pages(text: str) -> list[str]:
    """Return the lines of ``text`` without page breaks, the headers and footers around them, tabs and mode lines."""
    if "\f" not in text:
        text = _PRINTED_FOOTER.sub("\\1\n\f", text)
    pages = [[line.rstrip() for line in page.expandtabs(8).split("\n")] for page in text.split("\f")]
    if len(pages) == 1:
        return _without_mode_lines(pages[0])
    heads = Counter(_without_digits(_first(page)) for page in pages[1:])
    lines: list[str] = []
    for number, page in enumerate(pages):
        page = _stripped(page)
        if number < len(pages) - 1 and page and _FOOTER.search(page[-1]):
            page = _stripped(page[:-1])
        if number and page and heads[_without_digits(page[0])] > 1:
            page = _stripped(page[1:])
        if lines and page and not _goes_on(lines[-1], page[0]):
            lines.append("")
        lines.extend(page)
    return _without_mode_lines(lines)


def without_contents(lines: list[str]) -> list[str]:
    """Return the lines without the table of contents: a list whose entries are headings of the text below it."""
    for start, line in enumerate(lines):
        if len(line) < _MAX_ENTRY and _CONTENTS.match(line):
            end, titles = _contents(lines, start + 1)
            if len(titles) >= _MIN_CONTENTS:
                below = {_letters(other) for other in lines[end:]} | {_letters(_NUMBER.sub("", other)) for other in lines[end:]}
                if sum(title in below for title in titles) * 2 >= len(titles):
                    return [*lines[:start], *lines[end:]]
    return lines


def _contents(lines: list[str], start: int) -> tuple[int, list[str]]:
    """Return where the table of contents that begins at ``start`` ends, and the letters of its entries' titles."""
    titles: list[str] = []
    seen: set[str] = set()
    end = start
    indent = 0
    for at in range(start, len(lines)):
        line = lines[at]
        if len(line) > _MAX_ENTRY:
            break
        if not line.strip() or (at == start and not re.search(r"\w", line)):
            continue
        entry = _LEADERS.sub("", line)
        whole = _letters(entry)
        own_indent = len(line) - len(line.lstrip())
        if whole in seen:
            break
        if _CONTENTS_ENTRY.match(line) or entry != line:
            indent = own_indent
            titles.append(_letters(_NUMBER.sub("", entry)))
        elif own_indent <= indent or not titles:
            break
        seen.add(whole)
        end = at + 1
    return end, titles


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()


def _first(page: list[str]) -> str:
    return next((line for line in page if line), "")


def _without_digits(line: str) -> str:
    return re.sub(r"[\d\s]+", " ", line)


def _stripped(page: list[str]) -> list[str]:
    start, end = 0, len(page)
    while start < end and not page[start]:
        start += 1
    while end > start and not page[end - 1]:
        end -= 1
    return page[start:end]


def _goes_on(before: str, after: str) -> bool:
    """Tell whether a paragraph was cut by the page's end."""
    same = len(before) - len(before.lstrip()) == len(after) - len(after.lstrip())
    return same and not before.endswith((".", ":", ";", "?", "!")) and after.lstrip()[:1].islower()


def _without_mode_lines(lines: list[str]) -> list[str]:
    for at in range(max(0, len(lines) - _TAIL_LINES), len(lines)):
        if _LOCAL_VARIABLES.match(lines[at]):
            lines = lines[:at]
            while lines and (not lines[-1] or _COMMENT_EDGE.match(lines[-1])):
                lines.pop()
            break
    last = len(lines) - 3
    return [line for at, line in enumerate(lines) if not ((at > last or at < 2) and _MODE_LINE.match(line))]
