# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One section of an HTML page, chosen by the fragment that leads to it."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import copy
import re
import typing as t

from ..documents._html_content import HEADINGS, Element
from ..documents._shortcodes import replace_between

_TEMPLATE: t.Final = (
    re.compile(r"""<script\b[^>]*type\s*=\s*["']text/x-handlebars-template["'][^>]*>""", re.IGNORECASE),
    re.compile(r"</script\s*>", re.IGNORECASE),
)
_MARK: t.Final = "data-template"
_XML_DECLARATION: t.Final = re.compile(r"^\s*<\?xml[^>]*\?>")


def parse_html(text: str) -> Element | None:
    """Parse an HTML page, with the templates in which kafka's pages hold their text as elements; None when there is nothing in it."""
    from lxml import etree

    text = replace_between(_XML_DECLARATION.sub("", text), *_TEMPLATE, lambda content: f'<div {_MARK}="">{content}</div>')
    return etree.fromstring(text, etree.HTMLParser(huge_tree=True)) if text.strip() else None


def section_html(root: Element, fragment: str) -> str | None:
    """Return a page that holds nothing but the section of ``fragment`` and the head of ``root``; None when the page has no such place.

    The section of a heading, or of an empty anchor before one, goes on to the next heading that is not below it; that of an empty
    anchor elsewhere to the next such anchor or heading; that of any other element is the element.
    """
    root = copy.deepcopy(root)
    target = _target(root, fragment)
    if target is None:
        return None
    order = list(root.iter())
    position = order.index(target)
    heading = next((place for place in target.iterancestors(*HEADINGS)), target if target.tag in HEADINGS else None)
    if heading is not None:
        start, end = heading, _next_heading(order, order.index(heading) + 1, HEADINGS[heading.tag])
    elif not _is_empty_anchor(target):
        return _as_page(root, target, None, whole=True)
    else:
        start, end = target, _after_anchor(order, position)
    return _as_page(root, start, end, whole=False)


def _target(root: Element, fragment: str) -> Element | None:
    for attribute in ("id", "name"):
        found = root.xpath(f"//*[@{attribute}=$value]", value=fragment)
        if found and (attribute == "id" or found[0].tag == "a"):
            return found[0]
    return None


def _is_empty_anchor(element: Element) -> bool:
    return element.tag in ("a", "span") and not "".join(element.itertext()).strip()


def _next_heading(order: list[Element], position: int, level: int) -> Element | None:
    return next((element for element in order[position:] if HEADINGS.get(element.tag, 7) <= level), None)


def _after_anchor(order: list[Element], position: int) -> Element | None:
    """Return the element at which the section of the empty anchor at ``position`` ends."""
    text = order[position].tail or ""
    for index in range(position + 1, len(order)):
        element = order[index]
        if element.tag in HEADINGS and not text.strip():
            return _next_heading(order, index + 1, HEADINGS[element.tag])
        if element.tag in HEADINGS or (_is_empty_anchor(element) and (element.get("name") or element.get("id")) and text.strip()):
            return element
        if isinstance(element.tag, str):
            text += element.text or ""
        text += element.tail or ""
    return None


def _as_page(root: Element, start: Element, end: Element | None, *, whole: bool) -> str:
    """Take away what stands before ``start`` and from ``end`` on; with ``whole`` all but ``start`` itself."""
    from lxml import etree

    if end is not None:
        _drop_following(end)
        parent = end.getparent()
        _drop(end)
        for element in (parent, *parent.iterancestors()):
            _drop_following(element)
    elif whole:
        for element in (start, *start.iterancestors()):
            _drop_following(element)
    for element in (start, *start.iterancestors()):
        parent = element.getparent()
        if parent is not None:
            parent.text = None
        for sibling in list(element.itersiblings(preceding=True)):
            if sibling.tag != "head":
                _drop(sibling)
    # What an unclosed element of one template has drawn into another is in one template then, for scripts do not nest.
    for element in root.xpath(f"//div[@{_MARK}][not(ancestor::div[@{_MARK}])]"):
        # Around the element, not in its place: text directly in a script is written unescaped.
        script = etree.Element("script", type="text/x-handlebars-template")
        script.tail, element.tail = element.tail, None
        element.getparent().replace(element, script)
        script.append(element)
    etree.strip_attributes(root, _MARK)
    html: str = etree.tostring(root, method="html", encoding="unicode")
    return html


def _drop_following(element: Element) -> None:
    element.tail = None
    for sibling in list(element.itersiblings()):
        _drop(sibling)


def _drop(element: Element) -> None:
    element.getparent().remove(element)
