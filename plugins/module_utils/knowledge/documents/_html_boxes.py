# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Boxes and tabs of HTML pages: their titles become labels of the text that they stand over."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from ._html_content import HEADINGS, Element, is_tab_panel
from ._html_inline import cell_text

_TITLE_CLASS: Final = re.compile(
    r"(?:^|\s)(?:admonition-(?:title|heading)|admonitionHeading\S*|alert-heading|alert__heading|custom-block-title|markdown-alert-title|callout-title"
    r"|callout__title|notice-title|box-title)(?=\s|$)"
)
KINDS: Final = frozenset(
    "note warning tip important caution danger info information hint attention error example seealso todo deprecated abstract question success failure bug"
    " quote summary notice alert critical".split()
)
_BOX_PREFIX: Final = re.compile(r"(?:theme-admonition|admonition|alert|markdown-alert|callout|notice|custom-block|is|md-typeset)-{1,2}")
# A longer heading in a box is a heading of its text.
_MAX_TITLE_WORDS: Final = 12


def label_text(kind: str, title: str = "") -> str:
    """Return what a reader sees over a box, ending in a colon: its title, and its kind where the title does not say it."""
    title = " ".join(title.split()).strip().rstrip(":")
    kind = kind.strip().lower()
    if not title:
        return f"{kind.capitalize()}:" if kind else ""
    if not kind or kind in title.lower() or kind not in KINDS or title.lower() in KINDS:
        return f"{title[0].upper()}{title[1:]}:"
    return f"{kind.capitalize()} ({title}):"


def box_title(element: Element) -> str | None:
    """Return the label that an element gives to its box; None when it is no title of a box."""
    classes = element.get("class") or ""
    parent = element.getparent()
    kind = _kind(parent) if parent is not None else ""
    if _TITLE_CLASS.search(classes) is None:
        is_title = element.tag in HEADINGS or "title" in classes.split()
        # DocBook's pages have the kind of a box as a class, and its title as a heading.
        if not kind or not is_title or element.getprevious() is not None or kind not in parent.get("class").lower().split():
            return None
    text = cell_text(element)
    if len(text.split()) > _MAX_TITLE_WORDS:
        return None
    return label_text(kind, text)


def _kind(box: Element) -> str:
    for name in (box.get("class") or "").lower().split():
        bare = _BOX_PREFIX.sub("", name)
        if bare in KINDS and bare != "alert":
            return bare
    return ""


def box_content(element: Element) -> tuple[str, Element] | None:
    """Return the label and the content of Asciidoctor's boxes, which are tables; None when they are not."""
    content = element.xpath(".//td[contains(concat(' ', @class, ' '), ' content ')]")
    if not content:
        return None
    icons = element.xpath(".//td[contains(concat(' ', @class, ' '), ' icon ')]")
    title = (cell_text(icons[0]) or next(iter(icons[0].xpath(".//@title")), "")) if icons else ""
    return label_text(_kind(element), title), content[0]


def tab_labels(element: Element) -> list[str]:
    """Return the labels when the element is a row of tabs."""
    if element.get("role") == "tablist":
        tabs = element.xpath(".//*[@role='tab']") or list(element)
    elif "tabbed-labels" in (element.get("class") or "").split():
        tabs = element.xpath("./label")
    else:
        return []
    return [" ".join("".join(tab.itertext()).split()) for tab in tabs]


class Tabs:
    """Gives each panel the label of its tab, in order; panels may hold tabs of their own."""

    def __init__(self) -> None:
        self._waiting: list[list[str]] = []

    def push(self, labels: Sequence[str]) -> None:
        """A row of tabs begins."""
        if labels:
            self._waiting.append(list(labels))

    def label_of(self, element: Element) -> str:
        """Return the label when the element is the next panel."""
        if not self._waiting or not is_tab_panel(element):
            return ""
        label = self._waiting[-1].pop(0)
        if not self._waiting[-1]:
            self._waiting.pop()
        return label
