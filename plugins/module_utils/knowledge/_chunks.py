# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages as chunks: pieces of one section that fit the embedder's window."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import hashlib
import itertools
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from ._passage_text import join_cut
from .documents._page import CODE, LIST, TABLE, Page

# Part of the index's identity, of its chunks as well as of its tables: an index of another number is rebuilt.
CHUNKER_VERSION: Final = 4

# The largest chunk, in tokens of the embedder with the breadcrumb. Small chunks find more within the same number of words:
# of 250 questions 0.79 within 600 words where 256 tokens found 0.76 (tests/benchmark/retrieval.py --chunk-tokens).
CHUNK_TOKENS: Final = 144

# Returns the number of tokens of each text, special tokens included.
CountTokens = Callable[[Sequence[str]], list[int]]

# A breadcrumb may take this share of the window; of a longer one the first parts are left out.
_BREADCRUMB_SHARE: Final = 0.3
# Code or a table stays with the block before it when that is an introduction of at most so many tokens.
_LEAD_IN_TOKENS: Final = 60
# How much smaller a section is cut again when its tokens did not add up as expected, and how often.
_SHRINK: Final = 0.8
_MAX_SHRINKS: Final = 5
# A sentence, or a line, with the white space after it.
_SENTENCE: Final = re.compile(r"(?:[^.!?;:\n]++|[.!?;:](?!\s))*+[.!?;:]?\s*")


@dataclass(frozen=True)
class Chunk:
    """A passage as the model is shown it (``text``) and as the embedder reads it (``embed_text``).

    ``section_id`` numbers the page's sections, ``ordinal`` its chunks, both from 0 in reading order. ``joint`` is the white space
    at which its first block was cut from the chunk before; None when that block begins here.
    """

    title: str
    headings: tuple[str, ...]
    anchor: str | None
    text: str
    embed_text: str
    section_id: int
    ordinal: int
    joint: str | None = None


_Sized: TypeAlias = tuple[str, int]  # a piece of text and its tokens


@dataclass(frozen=True)
class _Unit:
    """Markdown that is kept whole, its tokens without the special ones, and where it was cut from the unit before, as Chunk.joint."""

    kind: str
    text: str
    tokens: int
    joint: str | None = None


def section_fingerprint(embed_text: str) -> str:
    """Return a hash that two versions' chunks share when they have the same words, however spaced."""
    return hashlib.sha256(" ".join(embed_text.split()).encode()).hexdigest()


def chunk_page(page: Page, *, product: str | None, count_tokens: CountTokens, window: int) -> list[Chunk]:
    """Cut a page into chunks whose ``embed_text`` has at most ``window`` tokens; no text is lost.

    A chunk never crosses a heading. Code and tables stay whole where they fit; a part of one is complete in itself
    (its fence closed and opened again, its header repeated). ``embed_text`` begins with the breadcrumb
    ``product > title > headings``, without the version, so that unchanged sections of two versions are the same text.
    """
    specials = count_tokens([""])[0]
    breadcrumbs = [
        _breadcrumb([*([product] if product else []), page.title, *section.headings], count_tokens, int(window * _BREADCRUMB_SHARE))
        for section in page.sections
    ]
    counts = iter(count_tokens([*breadcrumbs, *(block.text for section in page.sections for block in section.blocks)]))
    budgets = [window - next(counts) for _breadcrumb_text in breadcrumbs]
    units = [[_Unit(block.kind, block.text, next(counts) - specials) for block in section.blocks] for section in page.sections]
    texts: dict[int, list[tuple[str, str | None]]] = {}
    pending = list(range(len(page.sections)))
    cutter = _Cutter(count_tokens, specials)
    for shrinks in range(_MAX_SHRINKS + 1):
        for number in pending:
            texts[number] = cutter.cut(units[number], int(budgets[number] * _SHRINK**shrinks))
        sizes = iter(count_tokens([f"{breadcrumbs[number]}\n{text}" for number in pending for text, _joint in texts[number]]))
        # A tokenizer that does not split at blanks counts a whole otherwise than its parts.
        pending = [number for number in pending if max(next(sizes) for _text in texts[number]) > window]
        if not pending:
            break
    # A block without any word (a rule) can be neither found nor read; what is left of one that was cut (a closing bracket) belongs to it.
    numbered = [(number, text, joint) for number in range(len(page.sections)) for text, joint in texts[number] if joint is not None or re.search(r"\w", text)]
    return [
        Chunk(page.title, page.sections[number].headings, page.sections[number].anchor, text, f"{breadcrumbs[number]}\n{text}", number, ordinal, joint)
        for ordinal, (number, text, joint) in enumerate(numbered)
    ]


def _breadcrumb(parts: list[str], count_tokens: CountTokens, limit: int) -> str:
    text = " > ".join(parts)
    # A token has at least one character: short breadcrumbs need no count.
    while len(text) > limit and count_tokens([text])[0] > limit:
        text = " > ".join(parts := parts[1:]) if len(parts) > 1 else text[: len(text) * 2 // 3].rstrip()
    return text


class _Cutter:
    """Cuts the blocks of one section into texts of at most ``budget`` tokens."""

    def __init__(self, count_tokens: CountTokens, specials: int) -> None:
        self._count_tokens = count_tokens
        self._specials = specials

    def cut(self, units: Sequence[_Unit], budget: int) -> list[tuple[str, str | None]]:
        """Return the texts, each with the joint at which its first block was cut from the text before."""
        whole: list[_Unit] = []
        for unit in units:
            whole.extend([unit] if unit.tokens <= budget else self._divide(unit, budget))
        return [(_join(group), group[0].joint) for group in _pack(_with_lead_ins(whole, budget), budget)]

    def _count(self, texts: Sequence[str]) -> list[int]:
        return [count - self._specials for count in self._count_tokens(texts)]

    def _divide(self, unit: _Unit, budget: int) -> Iterator[_Unit]:
        lines = unit.text.split("\n")
        if lines[0].startswith("```"):
            return self._parts(unit.kind, _with_ends(lines[1:-1]), budget, opening=f"{lines[0]}\n", closing=f"\n{lines[-1]}")
        if unit.kind == TABLE:
            return self._parts(unit.kind, _with_ends(lines[2:]), budget, opening="\n".join(lines[:2]) + "\n")
        return self._parts(unit.kind, [sentence for sentence in _SENTENCE.findall(unit.text) if sentence], budget)

    def _parts(self, kind: str, pieces: Sequence[str], budget: int, *, opening: str = "", closing: str = "") -> Iterator[_Unit]:
        """Yield units of consecutive ``pieces``, about equally large, each between ``opening`` and ``closing``; a joint is the white space left out there."""
        around = self._count([opening + closing])[0]
        if around > budget // 2:
            # A header this large says little as a header: its text comes once, as a first piece.
            pieces, opening, around = [*opening.splitlines(keepends=True), *pieces], "", self._count([closing])[0]
        room = budget - around
        sized: list[_Sized] = []
        for piece, tokens in zip(pieces, self._count(pieces), strict=True):
            sized.extend([(piece, tokens)] if tokens <= room else self._halves(piece, room))
        limit = _even_share(sum(tokens for _piece, tokens in sized), room)
        joint: str | None = None
        for taken in _with_words(list(_filled(sized, room, limit)), room):
            text = "".join(piece for piece, _tokens in taken)
            # Within a line of code white space counts, at the end of one only the line's end is left out.
            kept = text.rstrip() if kind not in (CODE, TABLE) else text.removesuffix("\n")
            if kept.strip():
                yield _Unit(kind, opening + kept + closing, sum(tokens for _piece, tokens in taken) + around, joint)
                joint = text[len(kept) :]
            else:
                joint = (joint or "") + text

    def _halves(self, text: str, room: int) -> list[tuple[str, int]]:
        """Halve a line or sentence, at a blank where there is one, until each part fits."""
        tokens = self._count([text])[0]
        if tokens <= room or len(text) < 2:
            return [(text, tokens)]
        middle = len(text) // 2
        blank = text.find(" ", middle, middle + middle // 2)
        at = blank + 1 if blank > 0 else middle
        return [*self._halves(text[:at], room), *self._halves(text[at:], room)]


def _with_ends(lines: Sequence[str]) -> list[str]:
    return [*(f"{line}\n" for line in lines[:-1]), *lines[-1:]]


def _filled(sized: Sequence[_Sized], room: int, limit: float) -> Iterator[list[_Sized]]:
    """Yield runs of pieces, about ``limit`` large and within ``room``."""
    taken: list[_Sized] = []
    size = 0
    for piece, tokens in sized:
        if taken and (size + tokens > room or size + tokens / 2 > limit):
            yield taken
            taken, size = [], 0
        taken.append((piece, tokens))
        size += tokens
    if taken:
        yield taken


def _with_words(runs: list[list[_Sized]], room: int) -> list[list[_Sized]]:
    """The runs, such that one of closing brackets alone begins earlier, for without a word nothing can be found."""
    for before, run in itertools.pairwise(runs):
        while len(before) > 1 and not any(re.search(r"\w", piece) for piece, _tokens in run) and sum(tokens for _piece, tokens in [*run, before[-1]]) <= room:
            run.insert(0, before.pop())
    return runs


def _even_share(total: int, budget: int) -> float:
    """Return the size of each of the fewest equal parts of ``total`` within ``budget``."""
    return total / max(1, math.ceil(total / max(budget, 1)))


def _with_lead_ins(units: Sequence[_Unit], budget: int) -> Iterator[list[_Unit]]:
    """Yield groups that stay together: code, a table or a list's first item with what introduces it."""
    group: list[_Unit] = []
    for unit in units:
        if group:
            before = group[-1]
            introduced = (
                before.text.endswith(":") or unit.text.startswith("1. ") if unit.kind == LIST else before.kind != TABLE and not before.text.endswith("```")
            )
            belongs = introduced and unit.kind != "text" and before.tokens <= _LEAD_IN_TOKENS
            if not belongs or sum(member.tokens for member in group) + unit.tokens > budget:
                yield group
                group = []
        group.append(unit)
    if group:
        yield group


def _pack(groups: Iterator[list[_Unit]], budget: int) -> Iterator[list[_Unit]]:
    """Yield lists of consecutive units, about equally large, within ``budget``."""
    sized = [(group, sum(unit.tokens for unit in group)) for group in groups]
    limit = _even_share(sum(tokens for _group, tokens in sized), budget)
    taken: list[_Unit] = []
    size = 0
    for group, tokens in sized:
        if taken and (size + tokens > budget or size + tokens / 2 > limit):
            yield taken
            taken, size = [], 0
        taken.extend(group)
        size += tokens
    if taken:
        yield taken


def _join(units: Sequence[_Unit]) -> str:
    text = units[0].text
    for before, unit in itertools.pairwise(units):
        if unit.joint is not None:
            text = join_cut(text, unit.text, unit.joint)
        else:
            text += ("\n" if before.kind == unit.kind == LIST else "\n\n") + unit.text
    return text
