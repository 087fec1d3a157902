# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""MDX (Docusaurus): Markdown with imports, components and expressions of JavaScript, as plain Markdown. Nothing is evaluated."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import reduce
from html import escape
from typing import Any, Final

from ._dialects import fenced
from ._html_boxes import KINDS, label_text
from ._html_content import BLOCKS
from ._html_inline import JOINER
from ._shortcodes import replace_between

# Possessive and bounded, so that no text makes them slow. Braces nest as deep as tables of options that are data do.
_BRACES: Final = reduce(lambda inner, _level: rf"\{{(?:[^{{}}]++|{inner})*+\}}", range(7), r"\{[^{}]*+\}")
_PARTS: Final = rf"(?:[^<>\"'{{}}/]++|/(?!>)|\"[^\"]{{0,2000}}+\"|'[^']{{0,2000}}+'|{_BRACES}){{0,60}}+"
_TAG: Final = re.compile(rf"(^[ \t]*+)?<(/?)([A-Za-z][\w.]*+(?:-[\w.]++)*+(?=[\s/>])|(?=>))({_PARTS})(/?)>([ \t]*+$)?", re.MULTILINE)
_ATTRIBUTE: Final = re.compile(rf"([A-Za-z][\w-]*+)\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|({_BRACES}))")
_STRING: Final = re.compile(r"\{\s*+(?:\"([^\"{}\n]*+)\"|'([^'{}\n]*+)'|`([^`{}]*+)`|(\d++))\s*+\}")
_TEMPLATE: Final = re.compile(r"\{\s{0,99}`([^`{}]{1,2000}+)`\s{0,99}\}")
_CODE_ELEMENT: Final = re.compile(r"<code>\s{0,99}\{\s{0,99}(?:`([^`]{1,2000}+)`|\"([^\"`\n]{1,500}+)\"|'([^'`\n]{1,500}+)')\s{0,99}\}\s{0,99}</code>")
_ROW: Final = re.compile(r"[ \t>]{0,40}\|.*\|[ \t]*")
_RECORD: Final = re.compile(r"\b(\w{1,40})\s*+:\s*+(?:'((?:[^'\\\n]|\\.){0,2000}+)'|\"((?:[^\"\\\n]|\\.){0,2000}+)\"|`([^`]{0,2000}+)`)")
_ITEM: Final = re.compile(r"[\"']([^\"'\n]{1,100}+)[\"']")
_FIELD: Final = re.compile(r".*(?:field|param|parameter|property|option|argument)$")
_PLACE: Final = re.compile(r"(?<![\\${])\{\s*+(?:props\.|frontMatter\.|metadata\.)?([A-Za-z_][\w.]*+)(?:\([^(){}\n]*+\))?\s*+\}(?!\})")
_CODE_COMPONENT: Final = re.compile(rf"^([ \t]*+)<(Code\w*+)({_PARTS})>\s*+(?:\{{\s*+`([^`]{{0,20000}}+)`\s*+\}}|([^<`]{{0,20000}}+))\s*+</\2>", re.MULTILINE)
_EXPRESSION: Final = re.compile(r"\$\{\s*+([\w.]++)[^{}\n]*+\}")
_TAB_VALUES: Final = re.compile(r"label\s*+:\s*+[\"']([^\"'\n]{0,200}+)[\"']\s*+,\s*+value\s*+:\s*+[\"']([^\"'\n]{0,200}+)[\"']")
_COMMENT: Final = (re.compile(r"\{/\*"), re.compile(r"\*/\}"))
_IMPORT: Final = re.compile(r"import\s+(?:[\w$*{][^\"'\n]{0,500}\sfrom\s+)?[\"'][^\"'\n]+[\"'];?\s*$|import\s+(?:[\w$]+\s*,\s*)?\{[^}\"']*$")
_EXPORT: Final = re.compile(r"export\s+(?:const|let|var|default|function|async|\{)")
_CONSTANT: Final = re.compile(r"export\s+const\s+(\w+)\s*=\s*[\"'`]([^\"'`\n]{0,200})[\"'`]")
_MARKS: Final = re.compile(
    r"import\s[^\n]{0,300}\sfrom\s+[\"']|import\s+[\"']|export\s+(?:const|default)\b"
    r"|\s{0,40}</?[A-Z]\w*[a-z]\w*[\s/>]|.{0,500}\b(?:className|style)=\{|\s{0,40}\{/\*"
)
_CODE_SPAN: Final = re.compile(r"(?<![`\\])(`{1,4})(?!`)[^`]{1,2000}\1(?!`)")
# Begin lines that open or close an element, or are one; private characters that no document keeps.
_OPEN: Final = "\ue002"
_CLOSE: Final = "\ue003"
_ALONE: Final = "\ue004"
# Stands for a brace in an attribute's text, which is no expression.
_BRACE: Final = "\ue005"
_FAR: Final = 10_000
_MASK: Final = re.compile("\ue001(\\d+)\ue001")
# Attributes of components whose value the component shows, and those of HTML that mean something here.
_SHOWN: Final = ("title", "label", "heading", "header", "summary", "text", "description", "caption", "term", "filename")
_TAB_NAMES: Final = ("label", "title", "heading", "header", "name")
# What components that describe an option call it, and what names and describes one in a list of data.
_FIELD_NAMES: Final = ("name", "path", "query", "body", "header", "param", "title")
_RECORD_NAMES: Final = frozenset("name title label key option flag field parameter property term".split())
_RECORD_TEXTS: Final = frozenset("description desc text summary details content type default defaultValue value".split())
_KEPT: Final = ("id", "name", "href", "start", "alt", "colspan", "rowspan", "role", "class", "hidden")
_MAX_LINE: Final = 4000
# A statement of more lines is not one.
_MAX_STATEMENT: Final = 400


def is_mdx(text: str) -> bool:
    """Tell whether Markdown has marks of MDX: imports, components, attributes in braces."""
    return any(not is_code and len(line) < _MAX_LINE and _MARKS.match(line) for line, is_code, _opens in fenced(text.split("\n")))


def expand_mdx(text: str, values: Mapping[str, Any]) -> str:
    """Return MDX as Markdown; ``values`` of the front matter fill the expressions that name them."""
    page = _Page(values)
    parts: list[str] = []
    segment: list[str] = []
    for line, is_code, _opens in fenced(page.without_statements(text.split("\n"))):
        if is_code and segment:
            parts.append(page.expand("\n".join(segment)))
            segment = []
        if is_code:
            parts.append(line)
        else:
            segment.append(line)
    parts.append(page.expand("\n".join(segment)))
    return "\n".join(_outdented("\n".join(parts).split("\n")))


def _outdented(lines: Sequence[str]) -> list[str]:
    """Move what stands in elements to the indentation of the outermost one: it shows their nesting, and Markdown takes it for lists."""
    result: list[str] = []
    chunk: list[str] = []
    bases: list[int] = []
    chunk_indent = _FAR

    def flush() -> None:
        nonlocal chunk, chunk_indent
        shift = chunk_indent - bases[0] if bases and chunk_indent < _FAR else 0
        result.extend(line[min(max(shift, 0), _indent(line)) :] for line in chunk)
        chunk, chunk_indent = [], _FAR

    for line, is_code, opens in fenced(lines):
        mark = line[:1]
        if is_code or mark not in (_OPEN, _CLOSE, _ALONE):
            chunk.append(line)
            if line.strip() and (not is_code or opens):
                chunk_indent = min(chunk_indent, _indent(line))
            continue
        flush()
        tag = line[1:]
        if mark == _OPEN:
            bases.append(_indent(tag))
        result.append(" " * (bases[0] if bases else _indent(tag)) + tag.strip())
        if mark == _CLOSE and bases:
            bases.pop()
    flush()
    return result


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" \t"))


class _Page:
    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values: dict[str, Any] = dict(values)
        # Up to this line a statement was looked through for its end in vain.
        self._not_closed_before = 0
        # Labels of tabs where their parent lists them: by their values, and in order for each open parent.
        self._labels: dict[str, str] = {}
        self._waiting: list[list[str]] = []

    def without_statements(self, lines: Sequence[str]) -> list[str]:
        """Leave out imports, exports and comments that begin a line; keep the strings that are exported by name."""
        marked = list(fenced(lines))
        kept: list[str] = []
        at = 0
        while at < len(lines):
            line, is_code, _opens = marked[at]
            end = at if is_code or len(line) > _MAX_LINE else self._end_of_statement(lines, at)
            if end > at:
                at = end
            else:
                kept.append(line)
                at += 1
        return kept

    def _end_of_statement(self, lines: Sequence[str], at: int) -> int:
        """Return the line after the statement or comment that begins at a line, the line itself when none does."""
        line = lines[at]
        window = range(at, min(at + _MAX_STATEMENT, len(lines)))
        if line.lstrip().startswith("{/*"):
            last = next((number for number in window if "*/}" in lines[number]), None)
            return last + 1 if last is not None and lines[last].rstrip().endswith("*/}") else at
        if _IMPORT.match(line):
            return next((number + 1 for number in window if re.search(r"[\"'];?\s*$", lines[number])), at)
        if not _EXPORT.match(line):
            return at
        constant = _CONSTANT.match(line)
        if constant:
            self._values.setdefault(constant.group(1), constant.group(2))
        if at < self._not_closed_before:
            return at
        open_brackets = 0
        for number in window:
            open_brackets += sum(lines[number].count(bracket) for bracket in "{[(") - sum(lines[number].count(bracket) for bracket in "}])")
            if open_brackets <= 0:
                return number + 1
        self._not_closed_before = window.stop
        return at

    def expand(self, text: str) -> str:
        """Return a piece of the page without code blocks as Markdown."""
        text = _CODE_COMPONENT.sub(self._code, replace_between(text, *_COMMENT, lambda _inner: ""))
        text = _CODE_ELEMENT.sub(lambda found: f"`{next(filter(None, found.groups()))}`", text)
        text = _TEMPLATE.sub(r"\1", text)
        spans: list[str] = []

        def mask(found: re.Match[str]) -> str:
            spans.append(found.group())
            return f"\ue001{len(spans) - 1}\ue001"

        # Fenced code that came of components, and code spans, are no markup; a table's row stays one line.
        parts: list[str] = []
        prose: list[str] = []
        for line, is_code, _opens in fenced(text.split("\n")):
            is_row = not is_code and len(line) < _MAX_LINE and _ROW.fullmatch(line) is not None
            if is_code or is_row:
                parts += [self._prose(_CODE_SPAN.sub(mask, "\n".join(prose)))] if prose else []
                parts.append(self._prose(_CODE_SPAN.sub(mask, line), in_row=True) if is_row else line)
                prose = []
            else:
                prose.append(line)
        parts.append(self._prose(_CODE_SPAN.sub(mask, "\n".join(prose))))
        return _MASK.sub(lambda found: spans[int(found.group(1))], "\n".join(parts).replace(_BRACE, "{"))

    def _prose(self, text: str, *, in_row: bool = False) -> str:
        if "<" in text:
            text = _TAG.sub(self._tag_in_row if in_row else self._tag, text)
        if "{" in text:
            text = _STRING.sub(lambda found: next(group for group in found.groups() if group is not None), text)
            text = _PLACE.sub(lambda found: self._value(found.group(1)), text)
        return text

    def _value(self, name: str) -> str:
        value = self._values.get(name)
        return value if isinstance(value, str) else escape(f"<{name}>")

    def _code(self, found: re.Match[str]) -> str:
        indent, _name, attributes, template, plain = found.groups()
        code = _EXPRESSION.sub(lambda place: f"<{place.group(1)}>", template if template is not None else plain)
        if not code.strip():
            return found.group()
        named = _attributes(attributes)
        title = f"{indent}`{named['title']}`:\n\n" if named.get("title") else ""
        body = "\n".join(f"{indent}{line}" for line in code.strip("\n").split("\n"))
        return f"\n{title}{indent}```{named.get('language', '')}\n{body}\n{indent}```\n"

    def _tag(self, found: re.Match[str]) -> str:
        indent, closing, name, attributes, empty, line_end = found.groups()
        begins_line, ends_line = indent is not None, line_end is not None
        indent = indent or ""
        if name[:1].islower():
            return self._html(found, name.lower(), indent)
        if len(name) > 1 and name.isupper() and not attributes.strip():
            return found.group()  # a placeholder: <NAME>
        if name == "Tabs" and not empty:
            self._open_tabs(attributes, closing=bool(closing))
        shown = self._shown(name, _attributes(attributes)) if not closing else ""
        records = _records(attributes) if empty else []
        if records:
            listed = f"\n{_ALONE}{indent}".join(records)
            return (_own_line(_ALONE, indent, shown) if shown else "") + _own_line(_ALONE, indent, listed)
        # A component that opens or ends a line is a block of its own.
        if begins_line or (ends_line and not empty):
            return _own_line(_ALONE if empty else _CLOSE if closing else _OPEN, indent, shown)
        return shown or (escape(f"<{name}>") if empty and name else "")

    def _tag_in_row(self, found: re.Match[str]) -> str:
        indent, closing, name, attributes, empty, line_end = found.groups()
        if name[:1].islower():
            return found.group() if "{" not in attributes else f"{indent or ''}<{closing}{name}{empty}>{line_end or ''}"
        if len(name) > 1 and name.isupper() and not attributes.strip():
            return found.group()
        shown = self._shown(name, _attributes(attributes)).replace(JOINER, "") if not closing else ""
        return shown or (escape(f"<{name}>") if empty and name else "")

    def _open_tabs(self, attributes: str, *, closing: bool) -> None:
        if not closing:
            listed = next((braces for key, _double, _single, braces in _ATTRIBUTE.findall(attributes) if key == "items"), "")
            self._waiting.append(_ITEM.findall(listed))
        elif self._waiting:
            self._waiting.pop()

    def _html(self, found: re.Match[str], name: str, indent: str) -> str:
        closing, attributes, empty = found.group(2), found.group(4), found.group(5)
        if name not in BLOCKS and "{" not in attributes:
            return found.group()
        named = _attributes(attributes)
        written = "".join(f' {key}="{escape(named[key])}"' for key in _KEPT if key in named)
        tag = f"<{closing}{name}{written}{'/' if empty else ''}>"
        if name in BLOCKS:
            return _own_line(_ALONE if empty or name == "hr" else _CLOSE if closing else _OPEN, indent, tag)
        return f"{found.group(1) or ''}{tag}{found.group(6) or ''}"

    def _shown(self, name: str, named: Mapping[str, str]) -> str:
        """Return the words that a component puts on the page before its children."""
        kind = name.lower()
        if kind == "tabs":
            self._labels.update({value: label for label, value in _TAB_VALUES.findall(named.get("values", ""))})
            return ""
        if kind in ("tabitem", "tab"):
            label = next((named[key] for key in _TAB_NAMES if named.get(key)), "")
            listed = self._waiting[-1].pop(0) if self._waiting and self._waiting[-1] else ""
            label = label or self._labels.get(named.get("value", "")) or named.get("value") or listed
            return f"{label}: {JOINER}" if label else ""
        if _FIELD.match(kind) and (option := next((named[key] for key in _FIELD_NAMES if named.get(key)), "")):
            facts = ", ".join(named[key] if key == "type" else f"{key} {named[key]}" for key in ("type", "default") if named.get(key))
            return f"`{option}`{f' ({facts})' if facts else ''}: {JOINER}"
        if kind in KINDS or kind in ("admonition", "callout", "aside"):
            given = named.get("type") or named.get("variant") or ""
            return f"{label_text(given if given in KINDS else kind if kind in KINDS else 'note', named.get('title', ''))} {JOINER}"
        return ": ".join(dict.fromkeys(named[key] for key in _SHOWN if named.get(key))).replace("{", _BRACE)


def _own_line(mark: str, indent: str, text: str) -> str:
    """Markdown inside of elements is Markdown: CommonMark reads it where blank lines divide it from the tags."""
    return f"\n\n{mark}{indent}{text}\n\n{indent}"


def _records(attributes: str) -> list[str]:
    """Return the options of lists of objects as lines of a Markdown list; the lists are searched for names and texts, not evaluated."""
    lines: list[str] = []
    named = ""
    for _key, _double, _single, braces in _ATTRIBUTE.findall(attributes):
        if not re.match(r"\{\s*\[\s*\{", braces):
            continue
        for key, *quoted in _RECORD.findall(braces):
            text = " ".join(next(filter(None, quoted), "").split()).replace("\\", "").replace("{", _BRACE)
            if not text:
                continue
            if key in _RECORD_NAMES:
                named = f"- `{text}`"
                lines.append(named)
            elif key in _RECORD_TEXTS and lines:
                lines[-1] += f"{': ' if lines[-1] == named else '; '}{escape(text, quote=False)}"
    return lines


def _attributes(text: str) -> dict[str, str]:
    """Return the attributes that are strings, and the source of others that hold a list."""
    named: dict[str, str] = {}
    for key, double, single, braces in _ATTRIBUTE.findall(text):
        string = _STRING.fullmatch(braces) if braces else None
        value = next((group for group in string.groups() if group is not None), "") if string else braces or double or single
        if string or not braces or key == "values":
            named["class" if key == "className" else key.lower()] = value
    return named
