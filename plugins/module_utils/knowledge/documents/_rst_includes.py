# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which part of a file the includes of reStructuredText take."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Mapping
from typing import Final

_MARKS: Final = (("start-after", True, False), ("start-at", True, True), ("end-before", False, False), ("end-at", False, True))
_LINE_RANGE: Final = re.compile(r"(\d{1,6})?\s*(-)?\s*(\d{1,6})?(?:,|$)")
_LINE_NUMBER: Final = re.compile(r"-?\d{1,6}")


def selection(text: str, options: Mapping[str, str], *, by_line: bool) -> str:
    """Return the part of an included text that the include's options ask for, nothing when their marks are not in it.

    As in docutils and Sphinx the marks end or begin the text where they stand; ``by_line`` with their lines.
    """
    first, last = (_number(options.get(name)) for name in ("start-line", "end-line"))
    if first is not None or last is not None:
        text = "\n".join(text.split("\n")[first:last])
    for option, is_start, keep in _MARKS:
        mark = options.get(option)
        if not mark:
            continue
        at = text.find(mark)
        if at < 0:
            return ""
        line_start, line_end = text.rfind("\n", 0, at) + 1, text.find("\n", at)
        begin = line_start if by_line or keep else at
        end = (line_end if line_end >= 0 else len(text)) if by_line or keep else at + len(mark)
        text = (text[begin:] if keep else text[end:]) if is_start else (text[:end] if keep else text[:begin])
    return _ranges(text, options["lines"]) if options.get("lines") else text


def _number(option: str | None) -> int | None:
    return int(option) if option and _LINE_NUMBER.fullmatch(option) else None


def _ranges(text: str, wanted: str) -> str:
    lines = text.split("\n")
    kept: list[str] = []
    for found in _LINE_RANGE.finditer(wanted):
        first, dash, last = found.groups()
        if first or last:
            kept += lines[int(first or 1) - 1 : int(last) if last else None if dash else int(first)]
    return "\n".join(kept)


def python_object(text: str, name: str) -> str | None:
    """Return the source of a function or class, by its dotted name."""
    try:
        body: list[ast.stmt] = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    found: ast.stmt | None = None
    for part in name.split("."):
        found = next((node for node in body if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.name == part), None)
        if found is None:
            return None
        body = getattr(found, "body", [])
    if found is None or found.end_lineno is None:
        return None
    first = min([found.lineno, *(decorator.lineno for decorator in getattr(found, "decorator_list", []))])
    return textwrap.dedent("\n".join(text.split("\n")[first - 1 : found.end_lineno]))
