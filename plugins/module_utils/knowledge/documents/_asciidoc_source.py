# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AsciiDoc's preprocessor: includes, conditions and attribute definitions."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import re
from typing import Final

from ._asciidoc_inline import Attributes
from ._markup import ReadText

_MAX_DEPTH: Final = 5
# What includes may add to a document, in characters.
_MAX_INCLUDED: Final = 10_000_000

_INCLUDE: Final = re.compile(r"^\\?include::([^\[\]\s]+)\[([^\]]*)\]\s*$")
_CONDITION: Final = re.compile(r"^(ifdef|ifndef|ifeval|endif)::([^\[\]]*)\[(.*)\]\s*$")
_DEFINITION: Final = re.compile(r"^:(!?)([A-Za-z0-9_][^:!\n]{0,60}+)(!?):(?:[ \t]+(.*))?$")
_EVALUATION: Final = re.compile(r"""^\s*(["'].*?["']|\S+)\s*(==|!=|<=|>=|<|>)\s*(["'].*?["']|\S+)\s*$""")
_VERBATIM: Final = re.compile(r"^(?:(-{4,}|\.{4,}|\+{4,}|/{4,})|(```)[\w-]*)\s*$")
_TAG: Final = re.compile(r"\b(tag|end)::([\w.-]+)\[\]")
_HEADING: Final = re.compile(r"^={1,6}[ \t]+\S")
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

    def lines(self, text: str, depth: int) -> list[str]:
        result: list[str] = []
        # Whether each open condition holds.
        conditions: list[bool] = []
        verbatim = ""
        pending = ""
        for raw in text.expandtabs(8).split("\n"):
            line = pending + raw.rstrip()
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
                result += self._include(include.group(1), include.group(2), depth)
                continue
            definition = None if verbatim else _DEFINITION.match(line)
            if definition is not None and line.endswith(" \\"):
                pending = line[:-1]
            elif definition is not None:
                self._define(*definition.groups())
            elif _TAG.search(line) is None:
                result.append(line)
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

    def _include(self, target: str, options: str, depth: int) -> list[str]:
        """Inline a fragment: a part by tag or lines, or a file without sections; of a page of its own take the attributes."""
        if self._read_text is None or depth >= _MAX_DEPTH:
            return []
        target = re.sub(r"^(?:\{[\w-]+\}/)+", "", self._attributes.substitute(target))
        text = self._read_text(target)
        if text is None:
            # The part after `#` says that no whole page is wanted.
            text = self._read_text(f"{target}#part")
            if text is None:
                return []
            if not re.search(r"\b(?:tags?|lines)\s*=", options) and any(_HEADING.match(line) for line in text.split("\n")):
                for line in text.split("\n"):
                    definition = _DEFINITION.match(line)
                    if definition is not None:
                        self._define(*definition.groups())
                return []
        chosen = _chosen(text, options)
        self._budget -= len(chosen) + 1
        return self.lines(chosen, depth + 1) if self._budget > 0 else []


def _chosen(text: str, options: str) -> str:
    """Return the part of an included text that ``tags`` or ``lines`` name."""
    tags = re.search(r"""\btags?\s*=\s*["']?([^"'\]]+)""", options)
    lines = re.search(r"""\blines\s*=\s*["']?([\d.;,-]+)""", options)
    if tags:
        wanted = {tag.strip() for tag in re.split(r"[;,]", tags.group(1)) if tag.strip() and not tag.strip().startswith("!")}
        everything = "**" in wanted or "*" in wanted or not wanted
        inside: list[str] = []
        kept = []
        for line in text.split("\n"):
            mark = _TAG.search(line)
            if mark is None:
                if everything or not wanted.isdisjoint(inside):
                    kept.append(line)
            elif mark.group(1) == "tag":
                inside.append(mark.group(2))
            elif mark.group(2) in inside:
                inside.remove(mark.group(2))
        return "\n".join(kept)
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
