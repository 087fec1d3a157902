# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plain text: manuals with numbered, underlined or capital headings, and entries of keywords with their indented descriptions."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import Final

from ._blocks import ENTRY_LEVEL, LINE_BREAK, BlockWriter, looks_like_option
from ._page import PageBuilder
from ._text_blocks import GAP, ITEM, MAX_LINE, RULE, SCISSORS, body_indent, end_of_cut, indent_of, is_prose, write_blocks
from ._text_pages import join_pages, without_contents

_NUMBERED: Final = re.compile(r"((?:\d{1,3}|[A-Z](?=\.\d))(?:\.\d{1,3})*)(\.|\)|\s)?\s+(?=[\w\"'`(<\[$%-])")
_SUBSECTION: Final = re.compile(r"\d{1,3}(?:\.\d{1,3})+[.\s]")
_CHAPTER: Final = re.compile(
    r"(?:chapter|part|section|appendix)\s+(?:\d{1,3}|[A-Z]|[IVXLC]{1,7})\b[.:)]?\s*[-\u2013\u2014:]?\s*\S{0,200}(?:\s\S+){0,11}$", re.IGNORECASE
)
_CAPITALS: Final = re.compile(r"[A-Z0-9][A-Z0-9 &/,'()_-]{2,60}:?$")
_BANNER: Final = re.compile(r"\s*([=*#~-])\1{2,}\s+(\S.{0,90}?)\s+\1{3,}$")
_BOXED: Final = re.compile(r"\|([\w.*-]{2,60})\|(.{0,200})\|$")
_COLUMNS: Final = re.compile(r"\S\s{4,}\S")
_SYNTAX: Final = re.compile(r"[\[<{(|]|\w[._]\w|^-")
_SETTING: Final = re.compile(r"\s*[\w.-]+\s*=\s")
_SENTENCE_END: Final = re.compile(r"(?<!\.\.)[.,;?!]$")
_PLACES: Final = re.compile(r"<[^<>]*>|\[[^\[\]]*\]")
_END_OF_NAME: Final = re.compile(r"\s*[\[<{(|=\"']|\s+:\s|:$")
_TITLE_END: Final = re.compile(r"\(?\s*(?:version|revision|release|last|updated?|authors?|contact|by|draft|\d)\b", re.IGNORECASE)
# The page's title is looked for in so many lines, centred in so many columns.
_TITLE_LINES: Final = 30
_PAGE_WIDTH: Final = 79
_MIN_CENTRE: Final = 8
_OFF_CENTRE: Final = 9
# A text of which so many lines are indented has its headings at the left edge.
_INDENTED_SHARE: Final = 0.6
_MIN_CAPITALS: Final = 2
# Names that an entry's heading lists, words that a line of syntax may have.
# So many lines of a description tell whether it is one.
_PROSE_LINES: Final = 3
_MAX_NAMES: Final = 4
_MAX_SYNTAX: Final = 40
_MAX_PLAIN: Final = 6
_MAX_HEADING: Final = 100
# Fewer entries of keywords in a text are paragraphs that happen to look alike.
_MIN_ENTRIES: Final = 3


@dataclass(frozen=True)
class _Heading:
    """A heading in the lines from ``start`` to ``end``; ``level`` is None when its ``style`` decides."""

    start: int
    end: int
    text: str
    style: str
    level: int | None = None


@dataclass(frozen=True)
class _Entry:
    """A keyword in the lines from ``start`` to ``end``: its name, its syntax and what it means, in lines of their own."""

    start: int
    end: int
    name: str
    syntax: list[str]
    body: list[str]


def read_text(text: str, builder: PageBuilder) -> None:
    """Write the content of a plain text to ``builder``."""
    lines = without_contents(join_pages(text))
    title, lines = _title(lines)
    if title:
        builder.heading(1, title)
    write_text(lines, builder, titled=bool(title))


def write_text(lines: list[str], builder: PageBuilder, *, titled: bool = True) -> None:
    """Write the lines of a text with their headings, which are below the page's title when it is ``titled``."""
    writer = BlockWriter(builder)
    edge = _edge(lines)
    headings = _headings(lines, indented=edge > 0)
    untitled = not titled and headings and not any(lines[: headings[0].start])
    headings = _levelled(headings, first=1 if untitled else 2)
    bounds = [*((heading.start, heading.end) for heading in headings), (len(lines), len(lines))]
    parts = [lines[: bounds[0][0]], *(lines[bounds[number][1] : bounds[number + 1][0]] for number in range(len(headings)))]
    parts = [_dedented(part, edge) for part in parts]
    entries = [_entries(part) for part in parts]
    if sum(map(len, entries)) < _MIN_ENTRIES:
        entries = [[] for _part in parts]
    for number, part in enumerate(parts):
        if number:
            builder.heading(headings[number - 1].level or 2, headings[number - 1].text)
        _write(part, entries[number], writer)


def _write(lines: list[str], entries: list[_Entry], writer: BlockWriter) -> None:
    at = 0
    for entry in entries:
        if entry.start > at:
            _write_between(lines[at : entry.start], writer, after_entry=at > 0)
        with writer.entry(ENTRY_LEVEL, entry.name):
            writer.paragraph(LINE_BREAK.join(entry.syntax))
            write_blocks(_dedented(entry.body), writer)
        at = entry.end
    _write_between(lines[at:], writer, after_entry=at > 0)


def _write_between(lines: list[str], writer: BlockWriter, *, after_entry: bool) -> None:
    if any(line.strip() for line in lines):
        if after_entry:
            writer.builder.end_entries(ENTRY_LEVEL)
        write_blocks(lines, writer)


def _dedented(lines: list[str], indent: int | None = None) -> list[str]:
    indent = body_indent(lines) if indent is None else min(indent, body_indent(lines))
    return [line[indent:] for line in lines]


def _title(lines: list[str]) -> tuple[str, list[str]]:
    """Return the title that is centred at the head of the text, and the lines without it."""
    if body_indent(lines[_TITLE_LINES:] or lines) >= _MIN_CENTRE:
        return "", lines
    start = 0
    while start < min(len(lines), _TITLE_LINES):
        end = start
        while end < len(lines) and lines[end]:
            end += 1
        paragraph = lines[start:end]
        first = next((at for at, line in enumerate(paragraph) if _is_centred(line)), None)
        if first is not None:
            last = first
            while last < len(paragraph) and _is_centred(paragraph[last]) and not (last > first and _TITLE_END.match(paragraph[last])):
                last += 1
            rest = [line.strip() for line in paragraph[:first] + paragraph[last:] if not RULE.match(line)]
            return " ".join(" ".join(paragraph[first:last]).split()), [*lines[:start], *rest, *lines[end:]]
        if paragraph and is_prose(paragraph) and not any(_COLUMNS.search(line) for line in paragraph):
            break
        start = end + 1
    return "", lines


def _is_centred(line: str) -> bool:
    text = line.strip()
    indent = indent_of(line)
    middle = indent + len(text) / 2
    return (
        indent >= _MIN_CENTRE and abs(middle - _PAGE_WIDTH / 2) <= _OFF_CENTRE and not RULE.match(line) and not text.endswith((".", ",")) and text[:1].isupper()
    )


def _edge(lines: list[str]) -> int:
    """Return the column of the text's left edge: 0, or where most lines begin when headings alone stand left of them."""
    indents = Counter(indent_of(line) for line in lines if line)
    if sum(indents.values()) * _INDENTED_SHARE > sum(count for indent, count in indents.items() if indent > 1):
        return 0
    return max(indents, key=indents.__getitem__, default=0)


def _headings(lines: list[str], *, indented: bool) -> list[_Heading]:
    found: list[_Heading] = []
    at = 0
    while at < len(lines):
        if SCISSORS.match(lines[at]):
            at = end_of_cut(lines, at) + 1
            continue
        heading = _drawn_heading(lines, at) or _bare_heading(lines, at, indented)
        if heading:
            found.append(heading)
        at = heading.end if heading else at + 1
    return _confirmed(found, lines)


def _drawn_heading(lines: list[str], at: int) -> _Heading | None:
    """A heading that is under a rule, between two or inside one."""
    line = lines[at]
    if len(line) > MAX_LINE:
        return None
    banner = _BANNER.match(line)
    if banner and _line(lines, at - 1) == "" == _line(lines, at + 1):
        return _heading(at, at + 1, banner.group(2), banner.group(1))
    over = RULE.match(line)
    title, under = _line(lines, at + bool(over)), RULE.match(_line(lines, at + 1 + bool(over)))
    if under is None or (over is None and indent_of(title) > 0) or RULE.match(title) or not re.search(r"\w", title):
        return None
    if over and (over.group(1) != under.group(1) or indent_of(title) > indent_of(line) + len(line.strip())):
        return None
    if not over and at and lines[at - 1] and not RULE.match(lines[at - 1]):
        return None  # the last line of a paragraph, or a table's header
    rule = under.group().strip()
    if len(title.strip()) > _MAX_HEADING or len(rule) < len(title.strip()) - 3 or _COLUMNS.search(title.strip()):
        return None
    return _heading(at, at + 2 + bool(over), title.strip().strip(rule[0]), f"{rule[0]}{bool(over)}")


def _bare_heading(lines: list[str], at: int, indented: bool) -> _Heading | None:
    """A heading that only its number, its words, its capitals or its place tell."""
    line = lines[at]
    if not line or line[0] == " " or not _is_apart(_line(lines, at - 1)) or len(line) > _MAX_HEADING or line.endswith((".", ",", ";")):
        return None
    after = _line(lines, at + 1)
    if _SUBSECTION.match(after):
        after = ""
    if after and not after.startswith("  "):
        return None
    if _CAPITALS.match(line) and sum(map(str.isalpha, line)) > 2:
        return _heading(at, at + 1, line.rstrip(":"), "capitals")
    if after or line.endswith(":"):
        return None
    if _CHAPTER.match(line):
        return _Heading(at, at + 1, line, "chapter", 2)
    if _NUMBERED.match(line):
        return _heading(at, at + 1, line, "number")
    return _heading(at, at + 1, line, "place") if indented and line[0].isupper() and not _SYNTAX.search(line) else None


def _is_apart(before: str) -> bool:
    """Tell whether a line stands apart from the one before it; headings may follow each other closely."""
    return not before or RULE.match(before) is not None or _NUMBERED.match(before) is not None


def _heading(start: int, end: int, text: str, style: str) -> _Heading:
    number = _NUMBERED.match(text)
    return _Heading(start, end, text.strip().rstrip(": "), style, 1 + len(number.group(1).split(".")) if number else None)


def _line(lines: list[str], at: int) -> str:
    return lines[at] if 0 <= at < len(lines) else ""


def _confirmed(headings: list[_Heading], lines: list[str]) -> list[_Heading]:
    """Leave out numbered lines that are items of a list: out of sequence, or without text of their own below them."""
    nested = any(heading.level is not None and heading.level > 2 for heading in headings)
    kept: list[_Heading] = []
    current: list[str] = []
    for heading in headings:
        number = _NUMBERED.match(heading.text) if heading.level is not None and heading.style != "chapter" else None
        if number:
            parts = number.group(1).split(".")
            if heading.style == "number" and not (_follows(current, parts) and (nested or _has_text(heading, lines))):
                continue
            current = parts
        kept.append(heading)
    if sum(heading.style == "capitals" for heading in kept) < _MIN_CAPITALS:
        kept = [heading for heading in kept if heading.style != "capitals"]
    return kept


def _follows(before: list[str], number: list[str]) -> bool:
    """Tell whether a section's number can come after another's."""
    if not number[0].isdigit() or (before and not before[0].isdigit()):
        return True
    top = int(before[0]) if before else 0
    return int(number[0]) in ((top, top + 1) if len(number) > 1 else (top + 1, 0 if not before else top + 1))


def _has_text(heading: _Heading, lines: list[str]) -> bool:
    below = next((line for line in lines[heading.end :] if line), "")
    return indent_of(below) == 0 and ITEM.match(below) is None and below != ""


def _levelled(headings: list[_Heading], *, first: int) -> list[_Heading]:
    """Give each heading its level: by its number, else by its style in the order of appearance, from ``first`` on."""
    numbered: dict[str, int] = {}
    for heading in headings:
        if heading.level is not None:
            numbered[heading.style] = min(heading.level, numbered.get(heading.style, 6))
    styles: list[str] = []
    result: list[_Heading] = []
    inside = 0
    for heading in headings:
        level = heading.level
        if level is not None:
            inside = level
        elif heading.style in numbered:
            level = inside = numbered[heading.style]
        else:
            if heading.style not in styles:
                styles.append(heading.style)
            level = max(first, inside + 1) + styles.index(heading.style)
        result.append(replace(heading, level=min(level, 6)))
    return result


def _entries(lines: list[str]) -> list[_Entry]:
    """Find the keywords of a section: boxed, or at its left edge above their indented description."""
    boxed = [at for at in range(1, len(lines) - 1) if _BOXED.match(lines[at]) and lines[at - 1][:2] == "+-" == lines[at + 1][:2]]
    if boxed:
        ends = [*(at - 1 for at in boxed[1:]), len(lines)]
        return [_boxed_entry(lines, at, end) for at, end in zip(boxed, ends, strict=True)]
    edge = body_indent(lines)
    entries: list[_Entry] = []
    at = 0
    while at < len(lines):
        if SCISSORS.match(lines[at]):
            at = end_of_cut(lines, at) + 1
            continue
        entry = _entry(lines, at, edge) if not _line(lines, at - 1) or (entries and entries[-1].end == at) else None
        if entry:
            entries.append(entry)
        at = entry.end if entry else at + 1
    return entries


def _boxed_entry(lines: list[str], at: int, end: int) -> _Entry:
    name, rest = _BOXED.match(lines[at]).groups()  # type: ignore[union-attr]
    syntax = " | ".join([name, *(part.strip() for part in rest.split("|"))])
    return _Entry(at - 1, end, name, [syntax], lines[at + 2 : end])


def _entry(lines: list[str], at: int, edge: int) -> _Entry | None:
    head = at
    while head < min(len(lines), at + _MAX_SYNTAX) and _is_keyword(lines[head], edge):
        head += 1
    if head == at:
        return None
    end = head
    while end < len(lines) and (not lines[end] or indent_of(lines[end]) > edge):
        end += 1
    described = [line for line in lines[head:end] if line]
    # What a keyword means may begin beside it.
    beside = _option_beside(lines[head - 1])
    if not beside and not _describes(lines[at:head], described, apart=head < len(lines) and not lines[head]):
        return None
    # Syntax may go on in lines that are indented deeper than the description.
    inner = body_indent(described)
    body = head
    while not beside and body < end and lines[body] and indent_of(lines[body]) > inner and lines[body].lstrip()[0] in "[<{(|":
        body += 1
    syntax = [line.strip() for line in lines[at:body]]
    meaning = lines[body:end]
    if beside:
        syntax[-1] = beside.group(2)
        meaning = [" " * beside.end() + lines[head - 1][beside.end() :], *meaning]
    names: list[str] = []
    for line in syntax[: head - at]:
        name = _name(line)
        if not any(f"{name} ".startswith(f"{known} ") for known in names):
            names.append(name)
    return _Entry(at, end, ", ".join(names[:_MAX_NAMES]), syntax, meaning)


def _option_beside(line: str) -> re.Match[str] | None:
    found = GAP.match(line)
    return found if found and ":" not in found.group(3) and looks_like_option(found.group(2)) else None


def _describes(syntax: list[str], described: list[str], *, apart: bool) -> bool:
    """Tell whether indented lines are the description of the keywords above them, with a blank line between when they are ``apart``."""
    if not described or (syntax[-1].endswith(":") and (described[0].lstrip()[0] in "#;" or _SETTING.match(described[0]))):
        return False  # a configuration file's section or name, and its content
    return all(_SYNTAX.search(line) for line in syntax) or (not apart and is_prose(described[:_PROSE_LINES]))


def _is_keyword(line: str, edge: int) -> bool:
    """Tell whether a line begins with a keyword and not with a sentence or a list's item."""
    if not line or len(line) > MAX_LINE or indent_of(line) != edge or ITEM.match(line) or RULE.match(line):
        return False
    if _option_beside(line):
        return True
    if _SENTENCE_END.search(line):
        return False
    text = line.strip()
    words = text.split()
    if text.endswith(":"):
        return len(words) == 1 and len(text) > 2
    plain = [word for word in _PLACES.sub("", text).split() if word.isalpha()]
    if words[0][0].isupper() and words[0].isalpha() and not words[0].isupper():
        return len(words) == 1 or (len(plain) < _MAX_PLAIN and _SYNTAX.search(text) is not None)
    return (words[0][0].isalnum() or _SYNTAX.match(text) is not None or words[0][0] in "$%'\"/.*&~") and (
        len(plain) <= _MAX_PLAIN or looks_like_option(text) or text[0] == "'"
    )


def _name(syntax: str) -> str:
    """Return the keyword that a line of syntax begins with."""
    if syntax[0] in "'\"":
        return syntax[1:].split(syntax[0])[0]
    found = _END_OF_NAME.search(syntax, 1)
    return (syntax[: found.start()] if found else syntax)[:_MAX_HEADING].rstrip(" /,") or syntax[:_MAX_HEADING]
