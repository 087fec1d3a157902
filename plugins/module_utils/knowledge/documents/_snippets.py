# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Includes of other files in Markdown, in prose and in code: those of MkDocs, VitePress, DocFX, HashiCorp and Docusaurus."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import posixpath
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from ._markup import ReadText

_MAX_DEPTH: Final = 5
_MAX_LINE: Final = 1000
_FENCE: Final = re.compile(r"[ \t>]*+(?:(?:[-*+]|\d{1,9}[.)])[ \t]++)?+(`{3,}|~{3,})([^`\n]*)$")
_SCISSORS: Final = r"-{1,8}8<-{1,8}"
# One line that includes a file: the indentation, then the file in one of the groups.
_LINE: Final = re.compile(
    rf"([ \t>]*)(?:{_SCISSORS}[ \t]+[\"'](?P<snippet>[^\"']+)[\"']"
    r"|\{%-?[ \t]*include(?:-markdown|_relative|_file)?[ \t]+[\"'](?P<jinja>[^\"']+)[\"'](?P<options>[^%]*)-?%\}"
    r"|\{\{[<%][ \t]*(?:readfile|include(?:-file|-text|_file)?|embed-file|snippet)[ \t]+(?:(?:file|path|src)=)?[\"'](?P<hugo>[^\"']+)[\"'][ \t]*[>%]\}\}"
    r"|\{!(?P<braces>[^!{}\n]+)!\}"
    r"|<<<[ \t]*(?P<code>[@./~][^\s{}]*)(?:[ \t]*\{(?P<hints>[^{}]*)\})?(?:[ \t]*\[(?P<label>[^\]]*)\])?"
    r"|<!--[ \t]*@include:[ \t]*(?P<comment>[^\s{}>]+)(?:\{(?P<range>[^{}]*)\})?[ \t]*-->"
    r"|\[!(?:INCLUDE|include)[ \t]*(?:\[[^\]]*\])?\((?P<docfx>[^()\s]+)\)\]"
    r"|\[!code-?(?P<language>[\w+#-]*)[ \t]*(?:\[[^\]]*\])?\((?P<listing>[^()\s]+)\)\]"
    r"|@include[ \t]+[\"'](?P<partial>[^\"']+)[\"'])[ \t]*$"
)
# Templates are shown in code of these languages: there an include is content.
_TEMPLATES: Final = re.compile(r"\b(?:jinja2?|j2|twig|django|liquid|nunjucks|njk|sls|salt|html|erb|go-?template|gotmpl)\b", re.IGNORECASE)
_BLOCK: Final = re.compile(rf"([ \t>]*){_SCISSORS}[ \t]*$")
_SECTION: Final = re.compile(rf"{_SCISSORS}[ \t]*\[[ \t]*(start|end)[ \t]*:[ \t]*([\w.-]+)[ \t]*\]")
_REGION: Final = re.compile(r"^\s*(?://|#|<!--|/\*|--|;)?\s*#?(end)?region\b[ \t]*([\w.-]*)", re.IGNORECASE)
_PART: Final = re.compile(r"(?P<file>.+?)(?::(?P<lines>\d*(?::\d*)?(?:,\d*:\d*)*)|:(?P<section>[A-Za-z_][\w.-]*)|\?(?P<query>[^#]*)|#(?P<region>[\w.-]+))?$")
_BETWEEN: Final = re.compile(r"\b(start|end)[ \t]*=[ \t]*(?:\"([^\"]+)\"|'([^']+)')")
_FRONT_MATTER: Final = re.compile(r"\A\s*(---|\+\+\+)[ \t]*\n.*?\n\1[ \t]*(?:\n|\Z)", re.DOTALL)
_MARK: Final = re.compile(r"8<|\{\{[<%]|%[ \t]*include|\{!|<<<|@include|\[![Ii][Nn][Cc]|\[!code|\sfrom\s")
_IMPORT: Final = re.compile(r"import\s+(\w+)\s+from\s+[\"'](!!raw-loader!)?([^\"'\n]+?)(\?raw)?[\"'];?\s*$")
_IMPORTED_CODE: Final = re.compile(r"([ \t]*)<Code\w*\b([^<>]*)>\s*\{\s*(\w+)\s*\}\s*</Code\w*>[ \t]*$")
_IMPORTED_PAGE: Final = re.compile(r"([ \t]*)<(\w+)\b[^<>]{0,300}/>[ \t]*$")
_PAGE_SUFFIXES: Final = (".md", ".mdx", ".markdown")


def expand_snippets(text: str, read_text: ReadText | None) -> str:
    """Return Markdown with the files that its lines include. In code, what cannot be included is said below the block instead."""
    if _MARK.search(text) is None:
        return text
    return "\n".join(_Expander(read_text).lines(text.split("\n"), 0))


class _Expander:
    def __init__(self, read_text: ReadText | None) -> None:
        self._read_text = read_text
        # What the page imports by name: the file, and whether it is shown as code.
        self._imports: dict[str, tuple[str, bool]] = {}

    def lines(self, lines: Sequence[str], depth: int) -> list[str]:
        result: list[str] = []
        at = 0
        while at < len(lines):
            opening = _FENCE.match(lines[at]) if len(lines[at]) < _MAX_LINE else None
            if opening is None:
                at, found = self._directive(lines, at, depth, in_code=False)
                result += found
                continue
            end = _end_of_fence(lines, at, opening.group(1))
            result += self._code(lines[at : end + 1], depth)
            at = end + 1
        return result

    def _code(self, block: Sequence[str], depth: int) -> list[str]:
        """Return a block of code with its includes, and below it which files are missing; a block of nothing else is left out."""
        body: list[str] = []
        missing: list[str] = []
        at = 1
        closed = len(block) > 1 and _FENCE.match(block[-1]) is not None
        end = len(block) - closed
        is_template = _TEMPLATES.search(block[0]) is not None
        while at < end:
            before, targets = at, _targets(block, at)
            at, found = self._directive(block, at, depth, in_code=True)
            if targets and not found and "{%" in block[before] and (is_template or end > 2):
                found = [block[before]]
            elif targets and not found:
                missing += targets
            body += found
        if not missing:
            return [block[0], *body, *block[end:]]
        indent = block[0][: len(block[0]) - len(block[0].lstrip(" \t>"))]
        note = [f"{indent}(The file `{name}`, which belongs here, is missing.)" for name in missing]
        return [*([block[0], *body, *block[end:], ""] if any(line.strip(" \t>") for line in body) else []), *note, ""]

    def _directive(self, lines: Sequence[str], at: int, depth: int, *, in_code: bool) -> tuple[int, list[str]]:
        """Return the line after what begins at a line, and what it stands for."""
        line = lines[at]
        if len(line) > _MAX_LINE:
            return at + 1, [line]
        block = _BLOCK.match(line)
        if block and (end := next((n for n in range(at + 1, min(at + 200, len(lines))) if _BLOCK.match(lines[n])), None)):
            names = [name.strip(" \t>") for name in lines[at + 1 : end]]
            return end + 1, [part for name in names if name and not name.startswith(";") for part in self._snippet(name, block.group(1), depth, in_code)]
        found = _LINE.match(line)
        if found and (not in_code or _target_in_code(found)):
            return at + 1, self._included(found, depth, in_code)
        return at + 1, [line] if in_code else self._imported(line, depth)

    def _included(self, found: re.Match[str], depth: int, in_code: bool) -> list[str]:
        indent = found.group(1)
        if found["snippet"]:
            return self._snippet(found["snippet"], indent, depth, in_code)
        if found["code"] or found["listing"]:
            name = (found["code"] or found["listing"]).removeprefix("@/").removeprefix("~/")
            part = self._part(name, as_code=True)
            language = found["language"] or posixpath.splitext(_PART.match(name)["file"])[1].lstrip(".")  # type: ignore[index]
            if part is None:
                return [f"{indent}(The file `{name}`, which belongs here, is missing.)"]
            return _indented(["", f"```{language}", *part, "```", ""], indent)
        if found["hugo"] and not in_code:
            return [found.group()]
        name = found["jinja"] or found["hugo"] or found["braces"] or found["comment"] or found["docfx"] or found["partial"]
        lines = self._part(name.strip(), as_code=in_code, between=dict(_between(found["options"] or "")), lines=_as_range(found["range"] or ""))
        return self._nested(lines, indent, depth, in_code)

    def _snippet(self, name: str, indent: str, depth: int, in_code: bool) -> list[str]:
        return self._nested(self._part(name, as_code=in_code), indent, depth, in_code)

    def _nested(self, lines: list[str] | None, indent: str, depth: int, in_code: bool) -> list[str]:
        if lines is None or depth >= _MAX_DEPTH:
            return []
        return _indented(lines if in_code else self.lines(lines, depth + 1), indent)

    def _part(self, name: str, *, as_code: bool, between: Mapping[str, str] | None = None, lines: str = "") -> list[str] | None:
        """Return the lines of a file or of its part, None when there is no such file; a page of its own is only shown as code or in part."""
        parts = _PART.match(name)
        if parts is None or self._read_text is None:
            return None
        section = parts["section"] or parts["region"] or ""
        lines = lines or parts["lines"] or ""
        in_part = bool(as_code or section or lines or between)
        text = self._read_text(f"{parts['file']}#part" if in_part else parts["file"])
        if text is None:
            return None
        if not as_code:
            text = _FRONT_MATTER.sub("", text)
        for side, mark in (between or {}).items():
            before, _mark, after = text.partition(mark)
            text = text if mark not in text else after if side == "start" else before
        return _chosen(text.rstrip("\n").split("\n"), section, lines)

    def _imported(self, line: str, depth: int) -> list[str]:
        """Docusaurus' pages import others and code by a name, which stands as a component where they belong."""
        statement = _IMPORT.match(line)
        if statement and (statement.group(2) or statement.group(4) or statement.group(3).endswith(_PAGE_SUFFIXES)):
            self._imports[statement.group(1)] = (statement.group(3).removeprefix("@site/"), bool(statement.group(2) or statement.group(4)))
            return [line]
        code = _IMPORTED_CODE.match(line)
        if code and code.group(3) in self._imports:
            name = self._imports[code.group(3)][0]
            attributes = dict(re.findall(r"(\w+)=[\"']([^\"']*)[\"']", code.group(2)))
            part = self._part(name, as_code=True)
            if part is None:
                return [f"{code.group(1)}(The file `{name}`, which belongs here, is missing.)"]
            title = f' title="{attributes["title"]}"' if attributes.get("title") else ""
            return _indented(["", f"```{attributes.get('language', '')}{title}", *part, "```", ""], code.group(1))
        page = _IMPORTED_PAGE.match(line)
        if page and page.group(2) in self._imports and not self._imports[page.group(2)][1]:
            return ["", *self._nested(self._part(self._imports[page.group(2)][0], as_code=False), page.group(1), depth, False), ""]
        return [line]


def _targets(lines: Sequence[str], at: int) -> list[str]:
    """Return the files that the line, or the block that it begins, includes into code."""
    line = lines[at]
    if len(line) > _MAX_LINE:
        return []
    found = _LINE.match(line)
    if found:
        return _target_in_code(found)
    if _BLOCK.match(line) and (end := next((n for n in range(at + 1, min(at + 200, len(lines))) if _BLOCK.match(lines[n])), None)):
        return [name.strip(" \t>") for name in lines[at + 1 : end] if name.strip(" \t>") and not name.strip(" \t>").startswith(";")]
    return []


def _target_in_code(found: re.Match[str]) -> list[str]:
    return [str(name) for name in (found["snippet"], found["jinja"], found["hugo"], found["braces"]) if name]


def _as_range(hints: str) -> str:
    """VitePress divides the first and the last line by a comma."""
    return hints.replace(",", ":") if "," in hints or not hints else f"{hints}:{hints}"


def _between(options: str) -> Iterator[tuple[str, str]]:
    return ((side, double or single) for side, double, single in _BETWEEN.findall(options))


def _end_of_fence(lines: Sequence[str], at: int, fence: str) -> int:
    for number in range(at + 1, len(lines)):
        stripped = lines[number].strip(" \t>")
        if stripped.startswith(fence) and not stripped.strip(fence[0]):
            return number
    return len(lines) - 1


def _indented(lines: Sequence[str], indent: str) -> list[str]:
    return [f"{indent}{line}" if line.strip() else line for line in lines] if indent else list(lines)


def _chosen(lines: list[str], section: str, ranges: str) -> list[str] | None:
    """Return the lines of a section or of ranges (``3:7``, ``3`` to the end, ``:7``), without the marks of sections."""
    if section:
        return _between_marks(lines, section)
    if ranges:
        chosen: list[str] = []
        for part in ranges.split(","):
            first, _colon, last = part.partition(":")
            start = int(first) if first.isdecimal() else 1
            chosen += lines[max(start, 1) - 1 : int(last) if last.isdecimal() else None]
        return chosen
    return [line for line in lines if _SECTION.search(line) is None]


def _between_marks(lines: list[str], section: str) -> list[str] | None:
    start: int | None = None
    for number, line in enumerate(lines):
        mark = _SECTION.search(line)
        region = _REGION.match(line) if mark is None else None
        opens = (mark is not None and mark.group(1) == "start") or (region is not None and not region.group(1))
        name = mark.group(2) if mark else region.group(2) if region else ""
        if start is None:
            if (mark or region) and opens and name == section:
                start = number + 1
        elif (mark or region) and not opens and name in (section, ""):
            return textwrap.dedent("\n".join(line for line in lines[start:number] if _SECTION.search(line) is None)).split("\n")
    return None if start is None else lines[start:]
