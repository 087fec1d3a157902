# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The running text of an HTML element as Markdown: code in backticks, links and emphasis as their text."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import re
from typing import Final

from ._html_content import BLOCKS, Element, is_dropped

# Deeper elements are read as plain text: a page that nests further is broken, and Python's stack is finite.
MAX_DEPTH: Final = 120
# Stands after a label ("Note:") that belongs to whatever text comes next; a private character that no document keeps.
JOINER: Final = "\ue000"

BLANKS: Final = re.compile(r"\s+")
_INLINE_CODE: Final = frozenset({"code", "tt", "kbd", "samp", "var", "pre"})
_POWER: Final = re.compile(r"[-+]?[\dnN]{1,4}")
# Shorter descriptions of images name a logo or repeat what is written beside it.
_MIN_IMAGE_WORDS: Final = 5


def inline_text(element: Element, depth: int = 0, in_code: bool = False) -> str:
    """Return the element's text on one line (``\\n`` for a line break)."""
    tag = element.tag
    if tag == "br":
        return "\n"
    if tag == "img":
        return _image_text(element)
    if depth > MAX_DEPTH:
        return BLANKS.sub(" ", " ".join(element.itertext()))
    if tag in ("ul", "ol") and depth:
        return f" {_joined_items(element, depth, in_code)} "
    is_code = tag in _INLINE_CODE and not in_code
    parts = [BLANKS.sub(" ", element.text)] if element.text else []
    for child in element:
        if not is_dropped(child):
            parts.append(inline_text(child, depth + 1, in_code or is_code))
        if child.tail:
            parts.append(BLANKS.sub(" ", child.tail))
    text = "".join(parts)
    if is_code:
        return code_span(text)
    if tag == "sup" and not in_code:
        return _raised(element, text)
    return f" {text} " if tag in BLOCKS else text


def cell_text(element: Element) -> str:
    """Return the text of a table's cell on one line."""
    text = BLANKS.sub(" ", inline_text(element).replace(JOINER, "")).strip()
    # Where an image is all that a cell holds, it is a word ("yes") as a sign.
    return text or next((image.get("alt") or image.get("title") or "" for image in element.iter("img")), "").strip()


def code_span(text: str) -> str:
    """Return ``text`` in as many backticks as it needs."""
    code = BLANKS.sub(" ", text).strip()
    if not code:
        return text
    fence = "``" if "`" in code else "`"
    padding = " " if "`" in code else ""
    return f"{fence}{padding}{code}{padding}{fence}"


def _joined_items(element: Element, depth: int, in_code: bool) -> str:
    """A list within a cell or a sentence: its items are divided by a semicolon where they do not end a sentence."""
    items = [BLANKS.sub(" ", inline_text(item, depth + 1, in_code)).strip() for item in element if not is_dropped(item)]
    items = [item for item in items if item]
    return "".join(f"{item}{'' if item[-1] in '.;:!?,' else ';'} " for item in items[:-1]) + "".join(items[-1:])


def _raised(element: Element, text: str) -> str:
    text = text.strip()
    if next(element.iter("a"), None) is not None and text.strip("[]").isalnum():
        return f"[{text.strip('[]')}]"  # a footnote's mark
    return f"^{text}" if _POWER.fullmatch(text) else text


def _image_text(element: Element) -> str:
    text = BLANKS.sub(" ", element.get("alt") or "").strip()
    return text if len(text.split()) >= _MIN_IMAGE_WORDS else ""
