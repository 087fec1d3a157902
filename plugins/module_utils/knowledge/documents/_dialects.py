# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What generators of sites add to Markdown, as CommonMark: boxes, tabs, attributes, anchors of headings, footnotes, tables of contents.

kramdown (Jekyll), Docusaurus, VitePress, MkDocs, DocFX, GitHub and GitLab each have their own.
"""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from ._html_boxes import KINDS, label_text
from ._html_inline import JOINER
from ._shortcodes import drop_liquid, replace_between, uses_liquid

_FENCE: Final = re.compile(r"[ \t>]*+(?:(?:[-*+]|\d{1,9}[.)])[ \t]++)?+(`{3,}|~{3,})")
# Longer lines are data; the expressions below are for what people write.
_MAX_LINE: Final = 4000
_MAX_DEPTH: Final = 10
_MAX_FENCE: Final = 300
# A paragraph with so many brackets that are never closed is data, over which CommonMark's parsers take quadratic time.
_MAX_OPEN_BRACKETS: Final = 200

_GENERATED_CONTENTS: Final = (
    re.compile(r"<!--\s{0,9}(?:START doctoc|toc\s{0,9}-->|BEGIN TOC|MarkdownTOC)[^\n]{0,200}"),
    re.compile(r"<!--\s{0,9}(?:END doctoc|tocstop|/toc|END TOC|/MarkdownTOC)[^\n]{0,200}?-->"),
)
_COMMENT: Final = (re.compile(r"\{::comment[^}\n]{0,99}\}"), re.compile(r"\{:/(?:comment)?\}"))
_CONTENTS: Final = re.compile(
    r"^(?:#+[ \t]+Table of contents[^\n]*\n(?:[ \t]*\{:[^\n]*\n|\n)*)?[ \t]*(?:\d+\.|[-*])[ \t]+TOC[ \t]*\n\{:[ \t]*toc[^\n]*\}", re.MULTILINE | re.IGNORECASE
)
_CONTENTS_LINE: Final = re.compile(r"[ \t]*(?:\[\[?_?toc_?\]?\]|\$\{toc\}|\{\{\s?toc\s?\}\}|@\[toc\])[ \t]*", re.IGNORECASE)
# MkDocs: the text of boxes and tabs is indented below their first line.
_INDENTED_BOX: Final = re.compile(r"([ \t]*)(?:(?:!!!|\?\?\?\+?)[ \t]+([\w-]+)(?:[ \t]+[\w-]+)*[ \t]*(?:\"([^\"]*)\")?|===[!+]?[ \t]+\"([^\"]+)\")[ \t]*")
_ICON: Final = re.compile(r":(?:material|octicons|fontawesome|simple)-[a-z0-9-]+:(?:\{[^{}\n]*\})?")
_COLON_BOX: Final = re.compile(r"([ \t>]*+):{3,}+[ \t]*+(?:([A-Za-z][\w-]*+)[ \t]*+)?+(?:\[([^\]\n]*+)\])?+[ \t]*+(\{[^}\n]*+\})?+[ \t]*+([^\n:{]*+)")
# HashiCorp's and docsify's boxes are paragraphs that begin with a mark.
_MARKED_BOX: Final = re.compile(r"([ \t]{0,12})(->|~>|=>|!>|\?>)[ \t]{1,9}(\*\*|__)?(?=\S)")
_MARKED_KINDS: Final = {"->": "note", "~>": "warning", "!>": "warning", "=>": "", "?>": "tip"}
_QUOTED_BOX: Final = re.compile(r"([ \t]*+(?:(?:[-*+]|\d{1,9}[.)])[ \t]++)?>[ \t>]*+)\[!([A-Za-z]+)\][+-]?[ \t]*(.*)")
_DOCFX_TAB: Final = re.compile(r"#{1,6}[ \t]+\[([^\]\n]+)\]\(#tabs?/[^)\n]*\)[ \t]*")
_DOCFX_INCLUDE: Final = re.compile(r"\[!INCLUDE[ \t]*\[[^\]\n]*\]\(([^)\n]+)\)\]", re.IGNORECASE)
_ATTRIBUTE_LINE: Final = re.compile(r"[ \t>]*\{::?[ \t]*([^}\n]*)\}[ \t]*")
_ATTRIBUTE: Final = re.compile(
    r"(?<=[)\]`*_])\{:[^{}\n]*\}|(?<![ \t{])[ \t]*+\{:[ \t]*+[.#][^{}\n]*\}|(?:^|(?<=[)\]`*_ \t]))\{[ \t]*+[.#][a-z][^{}\n]*\}(?=[ \t]*+$)"
)
_HEADING: Final = re.compile(r"[ \t]*+#{1,6}[ \t]")
_HEADING_ANCHOR: Final = re.compile(r"\{:?[ \t]*+#([\w.:-]++)[^{}\n]*\}[ \t#]*+")
_MARKDOWN_INSIDE: Final = re.compile(r"""([ \t]*(?:<\w+[^>]*\bmarkdown=["']?(?:1|block|span)["']?[^>]*>|.*</summary>))[ \t]*""")
_HTML_LINE: Final = re.compile(r"[ \t>]*(?:(?:[-*+]|\d{1,9}\.)[ \t]+)?<")
_HEADING_ITEM: Final = re.compile(r"[ \t]*\d{1,9}\.[ \t]+(#{2,6}[ \t]+\S.*)")
_FOOTNOTE: Final = re.compile(r"\[\^([\w.-]{1,60})\]")
_FOOTNOTE_TEXT: Final = re.compile(r"[ \t]{0,3}\[\^([\w.-]{1,60})\]:[ \t]*")
_CODE_SPAN: Final = re.compile(r"(?<![`\\])(`{1,4})(?!`)([^`\n]+)\1(?!`)")
_PIPE: Final = re.compile(r"(?<!\\)\|")
_TIGHT_PIPE: Final = re.compile(r"(?<=[^\s|\\])\|(?=[^\s|])|(?<=[\s(])\|(?=\w)|(?<=\w)\|(?=[\s)])")
_TABLE_RULE: Final = re.compile(r"[ \t>]*+\|?[ \t]*+:?-++:?[ \t]*+(?:\|[ \t]*+:?-++:?[ \t]*+)++\|?[ \t]*+|[ \t>]*+\|[ \t]*+:?-++:?[ \t]*+\|[ \t]*+")
_EMPTY_CELL: Final = re.compile(r"\|[ \t]*$")
_HEADING_SIGN: Final = re.compile(r"^[ ]{0,3}#(?=#{0,5}[ \t])")


def expand_dialects(text: str) -> str:
    """Return the Markdown of ``text`` as CommonMark with tables and definition lists."""
    for opening, closing in (_GENERATED_CONTENTS, _COMMENT):
        text = replace_between(text, opening, closing, lambda _inner: "")
    text = _CONTENTS.sub("", text)
    liquid = uses_liquid(text)
    notes = {found.group(1) for line in text.split("\n") if (found := _FOOTNOTE_TEXT.match(line))}
    lines = _with_whole_rows(_outdented(text.split("\n")))
    result: list[str] = []
    for line, is_code, opens in fenced(lines):
        if not is_code:
            attributes = _ATTRIBUTE_LINE.fullmatch(line) if "{:" in line and len(line) < _MAX_LINE else None
            if attributes:
                _label_paragraph(result, attributes.group(1))
            if not (result and result[-1].strip()):
                line = _marked_box(line)
            result.append("" if attributes else _outside_code(line, notes, liquid=liquid))
            continue
        if opens and result and _HTML_LINE.match(result[-1]):
            result.append("")  # else CommonMark takes the fence for a part of the HTML above it
        result.append(line)
    return "\n".join(_without_open_brackets(result))


def fenced(lines: Sequence[str]) -> Iterator[tuple[str, bool, bool]]:
    """Yield each line, whether it belongs to fenced code, and whether it opens it."""
    fence = ""
    for line in lines:
        found = _FENCE.match(line, 0, _MAX_FENCE)
        if fence:
            stripped = line.strip(" \t>")
            yield line, True, False
            if found and stripped.startswith(fence) and not stripped.strip(fence[0]):
                fence = ""
        elif found and not (found.group(1)[0] == "`" and "`" in line[found.end() :]):
            fence = found.group(1)
            yield line, True, True
        else:
            yield line, False, False


def outside_spans(line: str, replace: Callable[[str], str]) -> str:
    """Apply ``replace`` to the parts of a line that are no code."""
    if "`" not in line:
        return replace(line)
    parts: list[str] = []
    at = 0
    for span in _CODE_SPAN.finditer(line):
        parts += replace(line[at : span.start()]), span.group()
        at = span.end()
    return "".join([*parts, replace(line[at:])])


def _outdented(lines: Sequence[str], depth: int = 0) -> list[str]:
    """Replace MkDocs' boxes and tabs by a label and their text at the indentation around them."""
    if not any(("!!!" in line or "???" in line or "===" in line) for line in lines):
        return list(lines)
    marked = list(fenced(lines))
    result: list[str] = []
    at = 0
    while at < len(lines):
        line, is_code, _opens = marked[at]
        at += 1
        if is_code or len(line) > _MAX_LINE:
            result.append(line)
            continue
        box = _INDENTED_BOX.fullmatch(line)
        if box is None:
            result.append(line)
            continue
        indent, kind, title, tab = box.groups()
        end = at
        while end < len(lines) and (not lines[end].strip() or _indent(lines[end]) >= len(indent) + 4):
            end += 1
        label = f"{tab}:" if tab else "" if title == "" else label_text(kind, title or "")
        body = [part[4:] if part.strip() else "" for part in lines[at:end]]
        result += [f"{indent}{label} {JOINER}" if label else "", "", *(_outdented(body, depth + 1) if depth < _MAX_DEPTH else body), ""]
        at = end
    return result


def _without_open_brackets(lines: list[str]) -> list[str]:
    start = unclosed = 0
    for number, line in enumerate([*lines, ""]):
        if line.strip():
            unclosed += line.count("[") - line.count("]")
            continue
        if unclosed > _MAX_OPEN_BRACKETS:
            lines[start:number] = [part.replace("[", "\\[") for part in lines[start:number]]
        start, unclosed = number + 1, 0
    return lines


def _with_whole_rows(lines: Sequence[str]) -> list[str]:
    """Escape what CommonMark would take from a table: bars within its cells, and the sign that begins a heading."""
    result: list[str] = []
    columns = 0
    closed = False
    for line, is_code, _opens in fenced(lines):
        if is_code or "|" not in line or len(line) > _MAX_LINE:
            columns = 0
        elif _TABLE_RULE.fullmatch(line):
            # A bar at the end of a row closes it only where the rule has one there as well.
            closed = line.rstrip().endswith("|")
            columns = len(_bars(_PIPE, line, closed=closed)) + 1
        elif columns:
            line = _HEADING_SIGN.sub(r"\\#", line)
            while len(_bars(_PIPE, line, closed=closed)) >= columns and (empty := _EMPTY_CELL.search(line)):
                line = line[: empty.start()]
            # The bars that touch words on both sides come first, then those after the columns that the table has.
            for expression in (_TIGHT_PIPE, _PIPE):
                extra = len(_bars(_PIPE, line, closed=closed)) + 1 - columns
                for at in reversed(_bars(expression, line, closed=closed)[-extra:] if extra > 0 else []):
                    line = f"{line[:at]}\\{line[at:]}"
        result.append(line)
    return result


def _bars(expression: re.Pattern[str], row: str, *, closed: bool) -> list[int]:
    """Return where a row has bars between its cells."""
    start = len(row) - len(row.lstrip(" \t>"))
    start += row[start : start + 1] == "|"
    end = len(row.rstrip())
    end -= closed and row[end - 1 : end] == "|"
    return [found.start() for found in expression.finditer(row, start, max(start, end))]


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" \t"))


def _label_paragraph(lines: list[str], attributes: str) -> None:
    """kramdown gives the paragraph above a class, such as ``note``, or the heading above an anchor."""
    anchor = re.search(r"#([\w.:-]+)", attributes)
    if anchor and lines and re.match(r"[ ]{0,3}#{1,6}[ \t]", lines[-1]):
        lines[-1] += f' <a id="{anchor.group(1)}"></a>'
    kind = next((name for name in re.findall(r"\.([\w-]+)", attributes) if name in KINDS), "")
    start = len(lines)
    while start and lines[start - 1].strip():
        start -= 1
    # Lists, tables, code and quotes say themselves what they are.
    if (
        kind
        and start < len(lines)
        and re.match(r"[^\W_]|[*_`\[\"'(]\S", lines[start])
        and not any(line.lstrip().startswith(("```", "|", "<")) for line in lines[start:])
    ):
        lines[start] = f"{label_text(kind)} {lines[start]}"


def _outside_code(line: str, notes: set[str], *, liquid: bool) -> str:
    if len(line) > _MAX_LINE:
        return line
    # kafka's converted pages number their headings as list items, at any indentation.
    heading = _HEADING_ITEM.fullmatch(line)
    if heading:
        line = f"\n{heading.group(1)}"
    line = _box(line)
    if notes and "[^" in line:
        line = _footnotes(line, notes)
    if "|" in line and "`" in line and line.lstrip(" \t>").startswith("|"):
        # Unlike CommonMark's tables, kramdown's divide no code.
        line = _CODE_SPAN.sub(lambda span: _PIPE.sub(r"\\|", span.group()), line)
    if ":" in line:
        line = _ICON.sub("", line)
    if "{" not in line and "<" not in line:
        return line
    line = drop_liquid(line, control=liquid)
    brace = line.rfind("{")
    anchored = _HEADING_ANCHOR.fullmatch(line, brace) if brace > 0 and _HEADING.match(line) else None
    if anchored:
        line = f'{line[:brace].rstrip()} <a id="{anchored.group(1)}"></a>'
    inside = _MARKDOWN_INSIDE.fullmatch(line)
    # kramdown reads Markdown inside such elements, CommonMark only after a blank line.
    return f"{inside.group(1)}\n" if inside else _ATTRIBUTE.sub("", line)


def _box(line: str) -> str:
    """The lines that open and close boxes and tabs."""
    if ":::" in line:
        found = _COLON_BOX.fullmatch(line)
        return _colon_box(found) if found else line
    if "[!" in line:
        found = _QUOTED_BOX.fullmatch(line)
        if found:
            return f"{found.group(1)}{label_text(found.group(2), found.group(3))} {JOINER}"
        return _DOCFX_INCLUDE.sub("", line)
    if line.startswith("#") and "](#tab" in line:
        found = _DOCFX_TAB.fullmatch(line)
        return f"{found.group(1)}: {JOINER}\n" if found else line
    return "" if _CONTENTS_LINE.fullmatch(line) else line


def _marked_box(line: str) -> str:
    """The mark at the beginning of a paragraph is its label, which may be written out in bold as well."""
    found = _MARKED_BOX.match(line, 0, _MAX_FENCE)
    if found is None:
        return line
    indent, mark, bold = found.groups()
    label = "" if bold else label_text(_MARKED_KINDS[mark])
    return f"{indent}{label} {JOINER} {bold or ''}{line[found.end() :]}" if label else f"{indent}{bold or ''}{line[found.end() :]}"


def _colon_box(found: re.Match[str]) -> str:
    indent, kind, title, attributes, rest = found.groups()
    title = (title or rest or "").strip()
    if attributes and not kind:
        kind = next(iter(re.findall(r"\.([\w-]+)", attributes)), "")
    if attributes and not title:
        title = next(iter(re.findall(r"title=[\"']([^\"']*)", attributes)), "")
    kind = (kind or "").lower()
    label = label_text(kind if kind in KINDS else "", title)
    return f"\n{indent}{label} {JOINER}\n" if label else indent.rstrip(" \t")


def _footnotes(line: str, notes: set[str]) -> str:
    text = _FOOTNOTE_TEXT.match(line)
    if text:
        return f"\\[{text.group(1)}\\] {line[text.end() :]}"
    return outside_spans(line, lambda part: _FOOTNOTE.sub(lambda found: f"[{found.group(1)}]" if found.group(1) in notes else found.group(), part))
