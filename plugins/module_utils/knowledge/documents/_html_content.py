# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which part of an HTML page is its content: not the site's menus, banners and feedback forms, not what is hidden from readers."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

# lxml's elements are untyped; all handling of them is `Any`.
Element = Any

HEADINGS: Final = {f"h{level}": level for level in range(1, 7)}
# fmt: off
_DROPPED: Final = frozenset({
    "head", "script", "style", "nav", "footer", "aside", "noscript", "template", "button", "svg", "iframe", "object", "embed", "select", "textarea",
    "applet", "datalist", "noembed", "noframes", "input", "canvas", "video", "audio", "map", "dialog",
})
BLOCKS: Final = frozenset({
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "div", "dl", "dt", "fieldset", "figcaption", "figure",
    "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "html", "li", "main", "menu", "ol", "p", "pre", "section", "summary", "table",
    "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
})
# Names of classes and ids that sites give to what surrounds their content, in whole words.
_SURROUNDINGS: Final = re.compile(
    r"(?:^|[\s_])(?:"
    r"(?:wy-)?breadcrumbs?(?:-container)?|theme-doc-breadcrumbs|pagination(?:-nav|-centered-nav)?|theme-doc-footer\S*|theme-edit-this-page|theme-last-updated|"
    r"edit-this-page|edit-page(?:-link)?|feedback(?:--\S+|-form|-buttons)?|docs-feedback|td-page-meta\S*|page-meta|page-info|md-source-file|md-source-date|"
    r"md-content__button|md-feedback|md-sidebar\S*|md-nav\S*|md-header\S*|md-footer\S*|md-skip|"
    r"sphinxsidebar\S*|related|rst-footer-buttons|wy-nav-\S+|toctree-wrapper|nav-container|toolbar|nav(?:bar|header|footer)|prev-next\S*|prevnext|"
    r"toc|tocbot|toc-menu|toc-sidebar|table-of-contents|theme-doc-toc-\S+|tableOfContents\S*|td-toc|local-toc|"
    r"linenos|lineno|linenodiv|copy-button|copybtn|copy-code\S*|clipboard-copy|"
    r"sr-only|visually-?hidden|screen-reader-text|skip-link|skip-to-content|cookie-banner|announcement|dropdown-menu|version-banner|"
    r"search-form|searchbox|social-share|share-buttons|noprint|no-print"
    r")(?=$|\s)"
)
# Such a box is only dropped as a whole when no heading stands in it: pages have sections on toolbars and navigation too.
_SURROUNDING_IDS: Final = frozenset({
    "banner", "breadcrumb", "breadcrumbs", "feedback", "footer", "header", "menu", "nav", "navbar", "navigation", "search", "sidebar", "toc", "topnav",
})
# fmt: on
_DROPPED_ROLES: Final = frozenset({"navigation", "banner", "contentinfo", "search", "dialog"})
_BOXES: Final = re.compile(r"admonition|alert|callout|note|warning|tip|important|caution|danger|hint|info|sidebar-note", re.IGNORECASE)
# Icon fonts have their signs among the private characters.
_ANCHOR_SIGN: Final = re.compile("[#\u00b6\u00a7\U0001f517\u2693\ue000-\uf8ff]")
# A line of a page that speaks of the page.
_PAGE_CHROME: Final = re.compile(
    r"(?:(?:edit|improve|view|suggest|report|copy)\b.{0,30}\b(?:this page|this topic|page source|on github|as markdown|an issue|edits?)|"
    r"was this (?:page|article|topic|section) (?:helpful|useful).{0,20}|(?:page )?last (?:modified|updated|changed|reviewed)\b.{0,80}|"
    r"on this page|in this (?:page|article)|table of contents|contents|"
    r"skip to (?:main )?content|back to top|\u00ab? ?previous|next ?\u00bb?|thank you for your feedback.{0,40})[\s.!:?]*",
    re.IGNORECASE,
)
_MIN_CONTENTS_LINKS: Final = 5
_LINKED_SHARE: Final = 0.85
# Where generators put the content, the surest first.
_MAIN_PARTS: Final = (
    "//*[@itemprop='articleBody']",
    "//*[contains(concat(' ', @class, ' '), ' theme-doc-markdown ')]",
    "//*[contains(concat(' ', @class, ' '), ' md-content__inner ')]",
    "//article[contains(concat(' ', @class, ' '), ' doc ')]",
    "//*[contains(concat(' ', @class, ' '), ' td-content ')]",
    "//*[@id='docContent']",
    "//*[@role='main']",
    "//main",
    "//*[@id='content']",
    "//article",
)


def main_part(root: Element) -> Element:
    """Return the element that holds the page's content; the root when no single one does."""
    for query in _MAIN_PARTS:
        found = root.xpath(query)
        if len(found) == 1 and "".join(found[0].itertext()).strip():
            return found[0]
    return root


def is_dropped(element: Element) -> bool:
    """Tell whether an element holds nothing that a reader of the content sees."""
    tag = element.tag
    if not isinstance(tag, str):
        return True
    if tag in _DROPPED:
        return tag != "aside" or _BOXES.search(element.get("class") or "") is None
    if element.attrib and (is_hidden(element) or _surrounds(element)):
        return True
    if tag == "a":
        return _ANCHOR_SIGN.fullmatch("".join(element.itertext()).strip()) is not None
    return tag == "header" and next(element.iter(*HEADINGS), None) is None


def is_tab_panel(element: Element) -> bool:
    """Tell whether an element is a tab's content: hidden at first, but for a click away."""
    return element.get("role") == "tabpanel" or not {"tabbed-block", "tab-pane"}.isdisjoint((element.get("class") or "").split())


def is_hidden(element: Element) -> bool:
    """Tell whether an element's attributes hide it from the reader, though not from a program."""
    attributes = element.attrib
    return not is_tab_panel(element) and ("hidden" in attributes or attributes.get("aria-hidden") == "true")


def _surrounds(element: Element) -> bool:
    attributes = element.attrib
    if attributes.get("role") in _DROPPED_ROLES:
        return True
    if "class" in attributes and element.tag not in ("body", "html", "main", "article") and _SURROUNDINGS.search(attributes["class"]) is not None:
        return True
    return element.tag in ("div", "form", "ul") and attributes.get("id") in _SURROUNDING_IDS and next(element.iter(*HEADINGS), None) is None


def is_page_chrome(text: str) -> bool:
    """Tell whether a line of a page speaks of the page, not of its subject."""
    return len(text) < 120 and _PAGE_CHROME.fullmatch(text) is not None


def is_contents(element: Element) -> bool:
    """Tell whether a list or table is a table of contents: links to places of the same page and nothing else."""
    if element.tag not in ("ul", "ol", "dl", "table") or next(element.iter("th", "img"), None) is not None:
        return False
    links = list(element.iter("a"))
    if len(links) < _MIN_CONTENTS_LINKS or not all(len(link.get("href") or "") > 1 and link.get("href").startswith("#") for link in links):
        return False
    linked = sum(len("".join("".join(link.itertext()).split())) for link in links)
    return linked >= _LINKED_SHARE * len("".join("".join(element.itertext()).split()))


def visible_children(element: Element) -> Iterator[Element]:
    """Yield the children that a reader sees."""
    return (child for child in element if not is_dropped(child))
