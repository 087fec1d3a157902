# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a converted document is, and the builder that every format's converter writes to."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from typing import Any, Final

from ..._visible_text import visible_text

TEXT: Final = "text"
CODE: Final = "code"
TABLE: Final = "table"
LIST: Final = "list"

# Text that speaks to a language model instead of the operator is not documentation (and Grafana's site has it).
_AGENT_ADDRESSED: Final = re.compile(
    r"\b(?:if|since|because|as)\s+you(?:\s+are|['\u2019]re)\s+(?:an?|the)\s+(?:(?:autonomous|automated|coding|helpful|intelligent)\s+){0,2}"
    r"(?:AI|LLM|GPT|chat\s?bot|(?:large\s+)?language\s+model)\b(?!\s+(?:engineer|developer|researcher|practitioner|user|team|company|operator|admin))"
    r"|(?:^|[.!?]\s{1,20})[^\w\n]{0,20}(?:attention|(?:note|notice|message|instructions?)\s+(?:to|for))[\s,:!]+(?:all\s+|any\s+)?"
    r"(?:AI\s+(?:agents?|assistants?|models?|crawlers?)|LLMs?|language\s+models?|chat\s?bots?)\b"
    r"|\b(?:AI\s+(?:agents?|assistants?|models?)|LLMs?|language\s+models?)\s+(?:reading|processing|crawling|indexing|summari[sz]ing)\s+this\b"
    r"|\b(?:ignore|disregard|forget)\s+(?:(?:all|any|the|your|of)\s+)*(?:previous|prior|preceding|earlier|above)\s+"
    r"(?:instructions?|prompts?|directions?|messages?)\b",
    re.IGNORECASE | re.MULTILINE,
)
_MAX_METADATA_DEPTH: Final = 5
_MAX_LANGUAGE: Final = 40
_BLANKS: Final = re.compile(r"\s+")


@dataclass(frozen=True)
class Block:
    """A piece of Markdown that is better not split: ``kind`` is ``text``, ``code``, ``table`` or ``list`` (one item)."""

    kind: str
    text: str


@dataclass
class Section:
    """The blocks between two headings; ``headings`` is the breadcrumb below the page's title."""

    headings: tuple[str, ...]
    anchor: str | None
    blocks: list[Block] = field(default_factory=list)


@dataclass
class Page:
    """A document as Markdown by sections; ``metadata`` is its front matter, ``warnings`` what conversion had to guess."""

    title: str
    sections: list[Section]
    metadata: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def code_fence(code: str, language: str = "") -> str:
    """Return ``code`` as a fenced block whose fence is longer than any run of backticks in it."""
    language = language if len(language) <= _MAX_LANGUAGE else ""
    longest = max((len(run) for run in re.findall(r"`{3,}", code)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{code}\n{fence}"


@dataclass
class _OpenSection:
    trail: tuple[int, ...]
    anchor: str | None
    blocks: list[Block] = field(default_factory=list)


class PageBuilder:
    """Collects headings and blocks in reading order and makes the page of them."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.metadata: dict[str, Any] = {}
        self.warnings: list[str] = []
        self.fallback_title: str | None = None
        self._headings: list[tuple[int, str]] = []
        self._open: list[int] = []
        self._sections: list[_OpenSection] = [_OpenSection((), None)]

    def heading(self, level: int, text: str, anchor: str | None = None) -> None:
        """Begin a section; ``level`` 1 to 6 as in HTML, deeper for entries that have no heading element."""
        text = _BLANKS.sub(" ", visible_text(text)).strip()
        if not text or self._refused(text):
            return
        self._pop(level)
        self._headings.append((level, text))
        self._open.append(len(self._headings) - 1)
        self._sections.append(_OpenSection(tuple(self._open), anchor))

    def end_entries(self, level: int) -> None:
        """End the sections of ``level`` and deeper: what follows belongs to their parent again."""
        if self._pop(level):
            self._sections.append(_OpenSection(tuple(self._open), None))

    def add(self, kind: str, text: str) -> None:
        """Add a block of Markdown to the current section; empty and agent-addressed text is dropped."""
        # References (`&#x1b;`) bring in what the source has not as such.
        text = visible_text(text).strip("\n").rstrip()
        if text.strip() and not self._refused(text):
            self._sections[-1].blocks.append(Block(kind, text))

    def finish(self) -> Page:
        """Return the page; its title is the front matter's, the first h1, the ``<title>`` or the file's name."""
        self.metadata = _visible_values(self.metadata)
        titled, title = self._title()
        sections = [
            Section(tuple(self._headings[index][1] for index in section.trail if index != titled), section.anchor, section.blocks)
            for section in self._sections
            if section.blocks
        ]
        return Page(visible_text(title), sections, self.metadata, self.warnings)

    def _pop(self, level: int) -> bool:
        before = len(self._open)
        while self._open and self._headings[self._open[-1]][0] >= level:
            self._open.pop()
        return len(self._open) < before

    def _refused(self, text: str) -> bool:
        if _AGENT_ADDRESSED.search(text) is None:
            return False
        self.warnings.append("Text addressed to AI agents was dropped.")
        return True

    def _title(self) -> tuple[int | None, str]:
        """Return the index of the heading that is the title (None when none is) and the title."""
        first_h1 = next((index for index, (level, _text) in enumerate(self._headings) if level == 1), None)
        given = self.metadata.get("title")
        title = given if isinstance(given, str) and given.strip() else None
        if title is None and first_h1 is not None:
            return first_h1, self._headings[first_h1][1]
        title = title or self.fallback_title
        if title is not None:
            same = bool(self._headings) and _letters(self._headings[0][1]) == _letters(title)
            return (0 if same else None), _BLANKS.sub(" ", title).strip()
        if self._headings and not self._sections[0].blocks:
            # A page that begins with its only heading of the highest level.
            top = min(level for level, _text in self._headings)
            if self._headings[0][0] == top <= 6 and sum(level == top for level, _text in self._headings) == 1:
                return 0, self._headings[0][1]
        return None, _title_from_path(self.path)


def _visible_values(value: Any, depth: int = 0) -> Any:
    """Return front matter with visible text only, line breaks of its values as blanks; deeper than it can be meant nothing is kept."""
    if isinstance(value, str):
        return _BLANKS.sub(" ", visible_text(value)).strip()
    if depth > _MAX_METADATA_DEPTH:
        return None
    if isinstance(value, dict):
        return {visible_text(str(key)): _visible_values(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list):
        return [_visible_values(inner, depth + 1) for inner in value]
    return value


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()


def _title_from_path(path: str) -> str:
    folder, name = posixpath.split(path)
    stem = name.split(".")[0] or name
    if stem.lower() in ("index", "_index", "readme") and posixpath.basename(folder):
        stem = posixpath.basename(folder)
    return re.sub(r"[_-]+", " ", stem).strip() or name
