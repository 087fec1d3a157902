# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A question and its answers as one page of Markdown, with what the licence wants said of each post."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import dataclasses
import hashlib
import html
import json
import re
import sys
import typing as t
import unicodedata
from datetime import UTC, datetime
from urllib.parse import urlsplit

from ..._errors import MissingLibraryError
from ..documents._html import read_html
from ..documents._page import CODE, LIST, TABLE, TEXT, Block, PageBuilder, Section

if t.TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# What is kept of a post, in characters of Markdown, and of each of its code blocks, in lines: of a question enough to be
# found and understood by, of an answer practically all.
_QUESTION_LIMITS: t.Final = (1500, 15)
_ANSWER_LIMITS: t.Final = (8000, 150)
_MAX_ANSWERS: t.Final = 5
_CUT: t.Final = "[...]"
# Posts without a stated licence have the one that the site gave to all posts at the time (seconds since 1970, UTC).
_LICENSES: t.Final = ((1302220800, "CC BY-SA 2.5"), (1525219200, "CC BY-SA 3.0"))
_LICENSE: t.Final = "CC BY-SA 4.0"
_DELETED: t.Final = "a deleted user"

_BLANKS: t.Final = re.compile(r"\s+")
_TICKS: t.Final = re.compile(r"`+")
# Signs that Markdown, or a dialect of it, would read in running text; text in backticks is left alone.
_SIGNS: t.Final = re.compile(r"[\\*\[{~]|(?<![^\W_])_|_(?![^\W_])")
_LINE_SIGNS: t.Final = re.compile(r"^([ \t]*)(?:([#>+=|:!-])|(\d{1,9})(?=[.)](?:\s|$)))", re.MULTILINE)
_ENTITY: t.Final = re.compile(r"&(?=#?\w+;)")
_ITEM: t.Final = re.compile(r"\s*(?:[-*+]|\d{1,9}[.)])\s+")
_LINK: t.Final = re.compile(r"https?://[^\s()<>\"'\\]+")


@dataclasses.dataclass(frozen=True)
class QuestionPage:
    """A page: ``body`` without the front matter, what it is from, and whether one of its answers is the accepted one."""

    title: str
    body: str
    url: str
    license: str
    attribution: str
    accepted: bool
    modified: bool


def plain_line(text: object) -> str:
    """Return a title or name, which the API encodes as HTML, as one line of text without characters that no reader sees."""
    return _BLANKS.sub(" ", _visible(html.unescape(text if isinstance(text, str) else ""))).strip()


def is_acceptable(text: str) -> bool:
    """Tell whether the converters would keep a text: not empty, not addressed to AI agents."""
    builder = PageBuilder("post")
    builder.add(TEXT, text)
    return bool(builder.finish().sections)


def is_link(text: object) -> bool:
    """Tell whether a text is an address that may stand in a link of Markdown."""
    return isinstance(text, str) and _LINK.fullmatch(text) is not None


def plain_text(post: Mapping[str, t.Any]) -> str:
    """Return what a reader sees of a post, as Markdown."""
    sections, _modified = _sections_of(post)
    return "\n".join(text for section in sections for text in (*section.headings, *(block.text for block in section.blocks)))


def license_of(post: Mapping[str, t.Any]) -> str:
    """Return the licence of a post: the stated one, else that of the date of its last revision."""
    stated = plain_line(post.get("content_license"))
    if stated:
        return stated
    date = _number(post.get("last_edit_date")) or _number(post.get("creation_date"))
    return next((name for before, name in _LICENSES if 0 < date < before), _LICENSE)


def page_of(question: Mapping[str, t.Any], answers: Sequence[Mapping[str, t.Any]], site_name: str) -> QuestionPage | None:
    """Return a question and the best of its answers as a page, None when nothing is left of the answers.

    ``question`` and ``answers`` are as the API gives them with the filter ``withbody``. The accepted answer comes first, then they
    come by score; one with a score below zero is only shown when it is the accepted one.
    """
    title = plain_line(question.get("title"))
    url = str(question["link"])
    forum = f"{urlsplit(url).scheme}://{urlsplit(url).netloc}"
    accepted_id = question.get("accepted_answer_id")
    shown: list[str] = []
    posts: list[Mapping[str, t.Any]] = [question]
    modified = False
    has_accepted = False
    for answer in sorted(answers, key=lambda answer: (not _is_accepted(answer, accepted_id), -_number(answer.get("score")), _number(answer.get("answer_id")))):
        is_accepted = _is_accepted(answer, accepted_id)
        if len(shown) == _MAX_ANSWERS or (_number(answer.get("score")) < 0 and not is_accepted):
            continue
        text, shortened = _post_text(answer, _ANSWER_LIMITS)
        if not text:
            continue
        number = _number(answer.get("answer_id"))
        heading = f"## {'Accepted answer' if is_accepted else 'Answer'} by {_escaped(_author(answer))} {{#{number}}}"
        shown.append(f"{heading}\n\n{_byline(answer, f'{forum}/a/{number}', site_name, shortened)}\n\n{text}")
        posts.append(answer)
        modified |= shortened
        has_accepted |= is_accepted
    if not shown:
        return None
    text, shortened = _post_text(question, _QUESTION_LIMITS)
    first = f"# {_escaped(title)}\n\n{_byline(question, url, site_name, shortened)}"
    body = "\n\n".join([first, *filter(None, [text]), *shown]) + "\n"
    licenses = dict.fromkeys(map(license_of, posts))
    authors = dict.fromkeys(map(_author, posts))
    return QuestionPage(title, body, url, ", ".join(licenses), f"{', '.join(authors)} on {site_name}", has_accepted, modified or shortened)


def with_front_matter(page: QuestionPage, *, version: str | None, score: int, fetched_at: int) -> tuple[str, str]:
    """Return the file's text and the SHA-256 of its body; ``fetched_at`` is in seconds since 1970."""
    digest = hashlib.sha256(page.body.encode()).hexdigest()
    fields: dict[str, object] = {
        "title": page.title,
        "url": page.url,
        "license": page.license,
        "attribution": page.attribution,
        **({"version": version} if version else {}),
        "score": score,
        "accepted": page.accepted,
        "modified": page.modified,
        "fetched_at": datetime.fromtimestamp(fetched_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "sha256": digest,
    }
    # A JSON scalar is one of YAML as well.
    lines = "\n".join(f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in fields.items())
    return f"---\n{lines}\n---\n\n{page.body}", digest


def _is_accepted(answer: Mapping[str, t.Any], accepted_id: object) -> bool:
    return answer.get("is_accepted") is True or (accepted_id is not None and answer.get("answer_id") == accepted_id)


def _author(post: Mapping[str, t.Any]) -> str:
    owner = post.get("owner")
    name = plain_line(owner.get("display_name")) if isinstance(owner, dict) else ""
    return name if is_acceptable(name) else _DELETED


def _byline(post: Mapping[str, t.Any], url: str, site_name: str, shortened: bool) -> str:
    owner = post.get("owner")
    profile = owner.get("link") if isinstance(owner, dict) else None
    name = _escaped(_author(post))
    author = f"[{name}]({profile})" if is_link(profile) else name
    place = f"[{_escaped(site_name)}]({url})"
    return f"By {author} on {place}, score {_number(post.get('score'))}, {_escaped(license_of(post))}{', modified: shortened' if shortened else ''}."


def _post_text(post: Mapping[str, t.Any], limits: tuple[int, int]) -> tuple[str, bool]:
    """Return a post as Markdown below the second level of headings, and whether anything of it was left out."""
    sections, dropped = _sections_of(post)
    limit, code_lines = limits
    parts: list[str] = []
    trail: tuple[str, ...] = ()
    room = limit
    shortened = dropped
    for section in sections:
        common = next(
            (index for index, (old, new) in enumerate(zip(trail, section.headings, strict=False)) if old != new), min(len(trail), len(section.headings))
        )
        headings = [f"{'#' * min(depth + 3, 6)} {_escaped(name)}" for depth, name in enumerate(section.headings) if depth >= common]
        trail = section.headings
        for block in section.blocks:
            if room <= 0:
                return "\n\n".join(parts), True
            kept = _cut(block, room, code_lines)
            shortened |= kept is not block
            parts.extend([*headings, _markdown(kept)])
            headings = []
            room -= len(kept.text)
    return "\n\n".join(parts), shortened


def _cut(block: Block, room: int, code_lines: int) -> Block:
    """Return the block itself, or the beginning of one that is too long."""
    if block.kind == CODE:
        opening, *code, closing = block.text.split("\n")
        if len(code) <= code_lines and len(block.text) <= room + 500:
            return block
        kept = _first(code, room, code_lines)
        return Block(CODE, "\n".join([opening, *kept, _CUT, closing]))
    if len(block.text) <= room + 500:
        return block
    if block.kind == TABLE:
        return Block(TABLE, "\n".join(_first(block.text.split("\n"), room, sys.maxsize)))
    return Block(block.kind, f"{block.text[:room].rpartition(' ')[0]} {_CUT}")


def _first(lines: Sequence[str], room: int, most: int) -> list[str]:
    kept: list[str] = []
    for line in lines[:most]:
        room -= len(line) + 1
        if room < 0 and len(kept) > 2:
            break
        kept.append(line[:2000])
    return kept


def _sections_of(post: Mapping[str, t.Any]) -> tuple[list[Section], bool]:
    """Return a post's sections, and whether hidden signs or text for AI agents were taken out."""
    builder = PageBuilder("post")
    # With a title given, no heading of the post is taken for one.
    builder.metadata["title"] = "post"
    try:
        read_html(f"<div>{post.get('body') or ''}</div>", builder, whole_document=False)
    except ModuleNotFoundError as exc:
        raise MissingLibraryError(exc.name or "lxml", needed_for="converting questions and answers", python=sys.executable) from exc
    sections: list[Section] = []
    dropped = bool(builder.warnings)
    for section in builder.finish().sections:
        visible = [Block(block.kind, _visible(block.text)) for block in section.blocks]
        # Text may have been hidden from the converter by such characters.
        blocks = [block for block in visible if is_acceptable(block.text)]
        dropped |= len(blocks) < len(visible)
        sections.append(Section(tuple(filter(is_acceptable, map(_visible, section.headings))), None, blocks))
    return sections, dropped


def _visible(text: str) -> str:
    """The text without control, format and private characters."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(char for char in text if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cf", "Cn", "Co", "Cs"))


def _markdown(block: Block) -> str:
    """A block as Markdown that reads as the same block again: what looks like markup in its text is escaped."""
    if block.kind == CODE:
        return block.text
    if block.kind == TABLE:
        return _outside_code(block.text, lambda text: re.sub(r"[<{]", lambda sign: {"<": "&lt;"}.get(sign[0], f"\\{sign[0]}"), text))
    marker = found[0] if block.kind == LIST and (found := _ITEM.match(block.text)) else ""
    text = _escaped(block.text[len(marker) :])
    # A line break within a paragraph is the author's.
    return marker + text.replace("\n", "\\\n")


def _escaped(text: str) -> str:
    text = _outside_code(text, lambda part: _SIGNS.sub(r"\\\g<0>", _ENTITY.sub("&amp;", part).replace("<", "&lt;")))
    return _LINE_SIGNS.sub(lambda found: f"{found[1]}\\{found[2]}" if found[2] else f"{found[1]}{found[3]}\\", text)


def _outside_code(text: str, change: t.Callable[[str], str]) -> str:
    runs = [run.span() for run in _TICKS.finditer(text)]
    # Of each run of backticks the next one that is as long, which closes what it opens.
    closing: list[int | None] = [None] * len(runs)
    latest: dict[int, int] = {}
    for index in range(len(runs) - 1, -1, -1):
        length = runs[index][1] - runs[index][0]
        closing[index] = latest.get(length)
        latest[length] = index
    parts: list[str] = []
    at = index = 0
    while index < len(runs):
        end = closing[index]
        if end is not None:
            parts += [change(text[at : runs[index][0]]), text[runs[index][0] : runs[end][1]]]
            at = runs[end][1]
        index = (index if end is None else end) + 1
    return "".join([*parts, change(text[at:])])


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
