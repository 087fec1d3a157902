# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a page's own styles hide from its reader: by attributes, by classes of frameworks and by rules of its style sheets.

What only a browser can decide (style sheets of the site, scripts, media) stays.
"""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

# lxml's elements are untyped.
Element = Any

_MAX_RULES: Final = 2000
_MAX_STYLE: Final = 2000
# Rules whose selectors end in the same class, id or element; a page has a few.
_MAX_ALIKE: Final = 20
_COMMENT: Final = re.compile(r"/\*[^*]*+(?:\*(?!/)[^*]*+)*+\*/")
_RULE: Final = re.compile(r"([^{}]++)\{([^{}]*+)\}")
_COMPOUND: Final = re.compile(r"(\*|[A-Za-z][\w-]*)?((?:[.#][\w-]+)*)")
_HIDING_CLASSES: Final = frozenset(
    "d-none display-none element-invisible hidden hide invisible is-hidden opacity-0 screen-reader-text sr-only u-hidden uk-hidden visuallyhidden "
    "visually-hidden w-hidden".split()
)
# Shown on wider screens (`md:block`, `d-lg-flex`), or by a click on what stands beside it.
_SHOWN_CLASS: Final = re.compile(
    r"(?:^|\s)(?:\w+:(?:block|flex|grid|inline\S*|table\S*|visible|not-sr-only)|d-(?:sm|md|lg|xl|xxl)-(?!none)\S+|\S*(?:tab|panel|collaps|accordion"
    r"|toggle|expand|"
    r"dropdown)\S*)(?=\s|$)",
    re.IGNORECASE,
)
_NUMBER: Final = re.compile(r"([-+]?(?:\d+(?:\.\d*)?|\.\d+))\s*(px|pt|em|rem|ex|ch|vw|vh|%|cm|mm|in)?")
_CLIPPED: Final = re.compile(
    r"rect\(\s*(?:0(?:px)?|1px|auto)(?:[\s,]+(?:0(?:px)?|1px)){3}\s*\)|inset\(\s*(?:50|[6-9]\d|100)%|circle\(\s*0|polygon\(\s*0[^,]*,\s*0[^,]*,\s*0[^,]*\)"
)
_SCALED: Final = re.compile(r"scale(?:[xy]|3d)?\(\s*[-+]?(?:0+(?:\.0*\d?)?|\.0\d*)\s*[,)]|(?:translate(?:[xy]|3d)?)\(\s*[^)]*-\d{3,}")
# Headings are moved by some pixels for links to them, not by so many.
_FAR_AWAY: Final = {"left": -99, "top": -99, "text-indent": -99, "right": -999, "bottom": -999, "margin-left": -999, "margin-top": -999}
_COLORS: Final = {"white": (255, 255, 255), "black": (0, 0, 0), "red": (255, 0, 0), "lime": (0, 255, 0), "blue": (0, 0, 255), "yellow": (255, 255, 0)}
_NEAR: Final = 12  # of 255, for each of red, green and blue
_SMALLEST: Final = {"px": 3.0, "pt": 2.5, "em": 0.2, "rem": 0.2, "ex": 0.4, "ch": 0.4, "%": 20.0, "vw": 0.2, "vh": 0.3}


def mark_hidden(root: Element) -> None:
    """Give the attribute ``hidden`` to every element that the page's styles hide."""
    rules = _Rules("\n".join("".join(style.itertext()) for style in root.iter("style")))
    for element in root.iter():
        attributes = element.attrib if isinstance(element.tag, str) else {}
        if not attributes and not rules.has_plain:
            continue
        classes = attributes.get("class", "")
        shown = bool(classes) and _SHOWN_CLASS.search(classes) is not None
        declared = dict(rules.of(element)) if rules and not shown else {}
        if "style" in attributes:
            declared.update(_declarations(attributes["style"][:_MAX_STYLE]))
        if (declared and _hides(declared)) or (not shown and not _HIDING_CLASSES.isdisjoint(classes.lower().split())):
            element.set("hidden", "")


class _Rules:
    """The rules of style sheets that simple selectors choose, by the last part of these."""

    def __init__(self, text: str) -> None:
        self._by_key: dict[str, dict[str, dict[str, str]]] = {}
        self.has_plain = False
        for number, found in enumerate(_RULE.finditer(_without_conditions(_COMMENT.sub("", text)))):
            declared = _declarations(found.group(2)[:_MAX_STYLE])
            if number >= _MAX_RULES or not declared:
                continue
            for selector in found.group(1).split(","):
                self._add(" ".join(selector.replace(">", " ").split()), declared)

    def __bool__(self) -> bool:
        return bool(self._by_key)

    def _add(self, selector: str, declared: Mapping[str, str]) -> None:
        last = selector.rpartition(" ")[2]
        compound = _COMPOUND.fullmatch(last)
        if not compound or not last or not all(_COMPOUND.fullmatch(part) for part in selector.split(" ")):
            return
        names = re.findall(r"[.#][\w-]+", compound.group(2))
        key = names[-1] if names else compound.group(1).lower()
        self.has_plain = self.has_plain or not names
        alike = self._by_key.setdefault(key, {})
        if selector in alike or len(alike) < _MAX_ALIKE:
            alike.setdefault(selector, {}).update(declared)

    def of(self, element: Element) -> Iterator[tuple[str, str]]:
        """Yield the declarations of the rules that choose an element, in the order of the sheets."""
        keys = [element.tag, "*", *(f".{name}" for name in (element.get("class") or "").split()), f"#{element.get('id')}"]
        for key in dict.fromkeys(keys):
            for selector, declared in self._by_key.get(key, {}).items():
                *outer, last = selector.split(" ")
                if _matches(element, last) and _inside(element, outer):
                    yield from declared.items()


def _without_conditions(text: str) -> str:
    """Leave out what stands in @media and its like, for these need not hold."""
    parts: list[str] = []
    depth = 0
    skipped = False
    for piece in re.split(r"([{}])", text):
        if piece == "{":
            depth += 1
        elif piece == "}":
            depth -= 1
            if depth <= 0:
                if not skipped:
                    parts.append(piece)
                depth, skipped = 0, False
                continue
        elif depth == 0 and piece.rpartition(";")[2].strip().startswith("@"):
            skipped = True
        if not skipped:
            parts.append(piece)
    return "".join(parts)


def _inside(element: Element, outer: list[str]) -> bool:
    """Tell whether an element stands in others that these parts of a selector choose, from the last one outwards."""
    ancestors = element.iterancestors() if outer else iter(())
    return all(any(_matches(ancestor, part) for ancestor in ancestors) for part in reversed(outer))


def _matches(element: Element, compound: str) -> bool:
    found = _COMPOUND.fullmatch(compound)
    if found is None or (found.group(1) and found.group(1) not in ("*", element.tag)):
        return False
    classes = (element.get("class") or "").split()
    return all(name[1:] in classes if name[0] == "." else name[1:] == element.get("id") for name in re.findall(r"[.#][\w-]+", found.group(2)))


@functools.lru_cache(maxsize=1000)
def _declarations(style: str) -> Mapping[str, str]:
    """Return the declarations of a style by their properties, in lower case."""
    declared: dict[str, str] = {}
    for part in style.lower().split(";"):
        name, colon, value = part.partition(":")
        if colon and value.strip():
            declared[name.strip()] = value.partition("!")[0].strip()
    return declared


def _hides(declared: Mapping[str, str]) -> bool:
    return (
        declared.get("display") == "none"
        or declared.get("visibility") in ("hidden", "collapse")
        or declared.get("content-visibility") == "hidden"
        or _is_below(declared.get("opacity"), 0.05)
        or "opacity(0" in declared.get("filter", "")
        or _is_tiny(declared.get("font-size"))
        or any(_size(declared.get(name)) == 0 for name in ("width", "height", "max-width", "max-height"))
        or any(_is_below(declared.get(name), limit) for name, limit in _FAR_AWAY.items())
        or _CLIPPED.search(f"{declared.get('clip', '')} {declared.get('clip-path', '')}") is not None
        or _SCALED.search(f"{declared.get('transform', '')} {'scale(' + declared['scale'] + ')' if 'scale' in declared else ''}") is not None
        or _is_unreadable(declared)
    )


def _size(value: str | None) -> float | None:
    found = _NUMBER.match(value) if value else None
    return float(found.group(1)) if found else None


def _is_below(value: str | None, limit: float) -> bool:
    size = _size(value)
    return size is not None and size < limit


def _is_tiny(value: str | None) -> bool:
    found = _NUMBER.match(value) if value else None
    return found is not None and float(found.group(1)) < _SMALLEST.get(found.group(2) or "px", 0.0)


def _is_unreadable(declared: Mapping[str, str]) -> bool:
    """Tell whether the text has no colour, or that of its own background."""
    text = _color(declared.get("-webkit-text-fill-color") or declared.get("color"))
    if text is None:
        return False
    background = _color(declared.get("background-color") or declared.get("background"))
    return text[3] < 0.05 or (
        background is not None and background[3] > 0.5 and all(abs(one - other) <= _NEAR for one, other in zip(text[:3], background[:3], strict=True))
    )


@functools.lru_cache(maxsize=1000)
def _color(value: str | None) -> tuple[float, float, float, float] | None:
    """Return red, green, blue (0 to 255) and opacity of a colour, None when it is not known."""
    if not value:
        return None
    if value == "transparent":
        return 0, 0, 0, 0
    word = value.split()[0]
    if word in _COLORS:
        return *_COLORS[word], 1.0
    if re.fullmatch(r"#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})", word):
        digits = word[1:] if len(word) > 5 else "".join(digit * 2 for digit in word[1:])
        red, green, blue, opacity = (int((digits + "ff")[at : at + 2], 16) for at in (0, 2, 4, 6))
        return red, green, blue, opacity / 255
    function = re.match(r"(rgb|hsl)a?\(([^()]*)\)", value)
    if function is None:
        return None
    numbers = [float(number) / (100 if percent else 1) for number, percent in re.findall(r"([-+]?(?:\d+(?:\.\d*)?|\.\d+))(%?)", function.group(2))]
    if len(numbers) == 4 and numbers[3] < 0.05:
        return 0, 0, 0, 0
    return (numbers[0], numbers[1], numbers[2], 1.0) if function.group(1) == "rgb" and len(numbers) >= 3 and "%" not in function.group(2) else None
