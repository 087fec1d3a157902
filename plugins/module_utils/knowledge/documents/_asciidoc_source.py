# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AsciiDoc's preprocessor: includes, conditions and attribute definitions."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import posixpath
import re
from typing import Final

from ._asciidoc_inline import Attributes
from ._markup import ReadText

_MAX_DEPTH: Final = 5
# What includes may add to a document, in characters.
_MAX_INCLUDED: Final = 10_000_000

_INCLUDE: Final = re.compile(r"^include::([^\[\]\s]+)\[([^\]]*)\]\s*$")
_CONDITION: Final = re.compile(r"^(ifdef|ifndef|ifeval|endif)::([^\[\]]*)\[(.*)\]\s*$")
_DEFINITION: Final = re.compile(r"^:(!?)([A-Za-z0-9_][^:!\n]{0,60}+)(!?):(?:[ \t]+(.*))?$")
_EVALUATION: Final = re.compile(r"""^\s*(["'].*?["']|\S+)\s*(==|!=|<=|>=|<|>)\s*(["'].*?["']|\S+)\s*$""")
_VERBATIM: Final = re.compile(r"^(?:(-{4,}|\.{4,}|\+{4,}|/{4,})|(```)[\w-]*)\s*$")
_TAG: Final = re.compile(r"\b(tag|end)::([\w.-]+)\[\]")
_HEADING: Final = re.compile(r"^={1,6}[ \t]+\S")
_PART: Final = re.compile(r"\b(?:tags?|lines)\s*=")
_OFFSET: Final = re.compile(r"\bleveloffset\s*=\s*[\"']?([+-]?\d)")
_FAMILY: Final = re.compile(r"(?:[\w.-]*[:@]){0,3}(partial|example|page|attachment)\$")
# Such conditions choose another output than a page for reading.
_OTHER_OUTPUT: Final = re.compile(r"^(?:env-|backend-(?!html)|basebackend-(?!html))")


def preprocess(text: str, attributes: Attributes, read_text: ReadText | None) -> list[str]:
    """Return the document's lines with includes inlined and conditions applied; attributes that they define are set."""
    return _Preprocessor(attributes, read_text).lines(text, 0)


class _Preprocessor:
    def __init__(self, attributes: Attributes, read_text: ReadText | None) -> None:
        self._attributes = attributes
        self._read_text = read_text
        self._budget = _MAX_INCLUDED
        # The folders of the texts that are being read, the innermost last.
        self._folders = [""]

    def lines(self, text: str, depth: int, verbatim: str = "") -> list[str]:
        """Return the lines of a text that stands in a ``verbatim`` block, or in none."""
        result: list[str] = []
        # Whether each open condition holds.
        conditions: list[bool] = []
        missing: list[str] = []
        pending = ""
        for raw in text.split("\n"):
            # Tabs are what code has where its author wrote them.
            line = pending + (raw if verbatim else raw.expandtabs(8)).rstrip()
            pending = ""
            condition = _CONDITION.match(line)
            if condition is not None:
                kept = self._condition(conditions, *condition.groups())
                if kept and all(conditions):
                    result.append(kept)
                continue
            if not all(conditions):
                continue
            delimiter = _VERBATIM.match(line)
            if delimiter and verbatim in ("", delimiter.group().strip()):
                verbatim = "" if verbatim else delimiter.group(1) or "```"
            include = _INCLUDE.match(line)
            if include is not None:
                included = self._include(include.group(1), include.group(2), depth, verbatim)
                result += included or []
                missing += [include.group(1)] if included is None and verbatim else []
                continue
            if missing and not verbatim:
                result += [line, "", *(f"(The file `{target}`, which belongs here, is missing.)" for target in missing), ""]
                missing = []
                continue
            definition = None if verbatim else _DEFINITION.match(line)
            if definition is not None and line.endswith(" \\"):
                pending = line[:-1]
            elif definition is not None:
                self._define(*definition.groups())
            elif _TAG.search(line) is None:
                result.append(line[1:] if line.startswith("\\include::") else line)
        return result

    def _define(self, off: str, name: str, off_after: str, value: str | None) -> None:
        if off or off_after:
            self._attributes.undefine(name)
        else:
            self._attributes.define(name, value or "")

    def _condition(self, conditions: list[bool], kind: str, target: str, inner: str) -> str:
        """Open or close a condition; return the text of one that is complete in its line."""
        if kind == "endif":
            if conditions:
                conditions.pop()
            return ""
        holds = self._evaluate(inner) if kind == "ifeval" else self._defined(target, kind == "ifdef")
        if inner and kind != "ifeval":
            return inner if holds else ""
        conditions.append(holds)
        return ""

    def _defined(self, target: str, wanted: bool) -> bool:
        """Attributes are mostly set outside the document: what is not known keeps its text, whatever is asked."""
        names = re.split(r"[,+]", target)
        if all(_OTHER_OUTPUT.match(name) for name in names):
            return not wanted
        return wanted or all(self._attributes.get(name) is None for name in names)

    def _evaluate(self, expression: str) -> bool:
        found = _EVALUATION.match(self._attributes.substitute(expression))
        if found is None or "{" in found.group(1) + found.group(3):
            return True
        left, operator, right = found.group(1).strip("\"'"), found.group(2), found.group(3).strip("\"'")
        if operator in ("==", "!="):
            return (left == right) == (operator == "==")
        try:
            order = float(left) - float(right)
        except ValueError:
            return True
        return {"<": order < 0, ">": order > 0, "<=": order <= 0, ">=": order >= 0}[operator]

    def _include(self, target: str, options: str, depth: int, verbatim: str) -> list[str] | None:
        """Return the lines of a fragment, or of a part by tag or lines, None where there are none; of a page of its own take the attributes."""
        if self._read_text is None or depth >= _MAX_DEPTH:
            return []
        target = _file_name(self._attributes.substitute(target))
        beside = posixpath.normpath(posixpath.join(self._folders[-1], target))
        # In code any text may stand; the part after `#` says that no whole page is wanted.
        part = "#part" if verbatim or _PART.search(options) else ""
        text = self._read_text(f"{beside}{part}")
        if text is None and beside != target:
            beside, text = target, self._read_text(f"{target}{part}")
        if text is None:
            self._take_definitions(None if part else self._read_text(f"{target}#part"))
            return None
        chosen = _chosen(text, options)
        self._budget -= len(chosen) + 1
        if self._budget <= 0:
            return []
        self._folders.append(posixpath.dirname(beside))
        lines = self.lines(chosen, depth + 1, verbatim)
        self._folders.pop()
        offset = _OFFSET.search(options)
        return _shifted(lines, int(offset.group(1))) if offset else lines

    def _take_definitions(self, page: str | None) -> None:
        """Of a page of its own take the attributes."""
        for line in (page or "").split("\n"):
            definition = _DEFINITION.match(line)
            if definition is not None:
                self._define(*definition.groups())


def _file_name(target: str) -> str:
    """Return a path without what only the site's generator can place: attributes that nothing defines, Antora's components and families."""
    target = re.sub(r"^(?:\{[\w-]+\}/)+", "", target)
    family = _FAMILY.match(target)
    return f"{family.group(1)}s/{target[family.end() :]}" if family else target


def _shifted(lines: list[str], offset: int) -> list[str]:
    """Move headings outside of verbatim blocks by so many levels."""
    shifted: list[str] = []
    verbatim = ""
    for line in lines:
        delimiter = _VERBATIM.match(line)
        if delimiter and verbatim in ("", delimiter.group().strip()):
            verbatim = "" if verbatim else delimiter.group(1) or "```"
        heading = None if verbatim else _HEADING.match(line)
        if heading:
            level = len(line) - len(line.lstrip("="))
            line = "=" * min(max(level + offset, 1), 6) + line[level:]
        shifted.append(line)
    return shifted


def _chosen(text: str, options: str) -> str:
    """Return the part of an included text that ``tags`` or ``lines`` name."""
    tags = re.search(r"""\btags?\s*=\s*["']?([^"'\]]+)""", options)
    lines = re.search(r"""\blines\s*=\s*["']?([\d.;,-]+)""", options)
    if tags:
        return _tagged(text, [tag.strip() for tag in re.split(r"[;,]", tags.group(1)) if tag.strip()])
    if lines:
        numbered = text.split("\n")
        kept = []
        for part in re.split(r"[;,]", lines.group(1)):
            first, _dots, last = part.partition("..") if ".." in part else part.partition("-")
            start = int(first or 1) if (first or "1").isdecimal() else 1
            end = int(last) if last.isdecimal() else (len(numbered) if _dots else start)
            kept += numbered[max(start, 1) - 1 : end]
        return "\n".join(kept)
    return text


def _tagged(text: str, tags: list[str]) -> str:
    """Return the lines of the tags; ``!`` leaves a tag out, ``*`` stands for all tags, ``**`` for all lines."""
    wanted = {tag for tag in tags if not tag.startswith("!")}
    unwanted = {tag[1:] for tag in tags if tag.startswith("!")}
    by_default = "**" in wanted or (not wanted and "**" not in unwanted)
    inside: list[str] = []
    kept = []
    for line in text.split("\n"):
        mark = _TAG.search(line)
        if mark is None:
            chosen = by_default
            for tag in inside:
                chosen = tag in wanted or (tag not in unwanted and (chosen or "*" in wanted) and "*" not in unwanted)
            if chosen:
                kept.append(line)
        elif mark.group(1) == "tag":
            inside.append(mark.group(2))
        elif mark.group(2) in inside:
            inside.remove(mark.group(2))
    return "\n".join(kept)
