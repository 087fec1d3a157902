# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images in an answer: a page that shows it would fetch them, and so tell their address whatever a document had the model write into it."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import re

_REMOTE_VALUE = r"""\s*=\s*["']?[^"'<>]*(?:[:&\\]|/\s*/)"""
_LOADING = r"(?:img|image|picture|source|iframe|frame|embed|object|video|audio|track|link|input|script|body|base)\b"
_LOADING_TAG = re.compile(
    rf"""<{_LOADING}[^<>]*(?=<) | <(?:
      {_LOADING}(?=[^<>]*\b(?:src|srcset|srcdoc|href|data|poster|background){_REMOTE_VALUE})
    | [a-z][^<>\s]*[\s/](?=[^<>]*\b(?:background{_REMOTE_VALUE}|style\s*=[^<>]*(?:url|image-set|\\)))
    )[^<>]*(?:>|\Z)""",
    re.IGNORECASE | re.VERBOSE,
)
_ALT = re.compile(r"""\balt\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_SUSPECT = re.compile(r"\\*!\[|<[A-Za-z][^\s<>]*(?:[\s/]|\Z)|\\*!\Z|<\Z|\\+\Z")
_PARAGRAPH_END = re.compile(r"\n[ \t]*\n")
_DEFINITION = re.compile(r"^[ \t>*+\-0-9.)]*\[((?:[^\[\]\\]|\\.)+)\]:[ \t]*\n?[ \t]*\S+[^\n]*\n?", re.MULTILINE)
_INNER = re.compile(r"!?\[([^\[\]]*)\]\([^()]*\)")
_MOST_HELD = 8_000  # characters
_LONGEST_DEFINITION = 2_000


class ImageFilter:
    """Replaces images in Markdown and HTML by their alternative text; what belongs to a link or a command is left as it is.

    What may become an image is held back until its paragraph ends.
    """

    def __init__(self) -> None:
        self._held = ""
        self._shown: list[str] = []
        self._labels: set[str] = set()  # of what is an image if its address is said later
        self._defined: set[str] = set()  # labels whose address has been said
        self._unread: list[str] = []  # pieces of what is shown that were not looked through for these

    def feed(self, piece: str) -> str:
        """Take the next piece; return what can be shown now."""
        self._held += piece
        self._shown.clear()
        while self._held:
            suspect = _SUSPECT.search(self._held)
            self._show(self._held, 0 if self._labels else len(self._held) if suspect is None else suspect.start())
            end = _PARAGRAPH_END.search(self._held)
            if end is None and len(self._held) <= _MOST_HELD:
                break
            self._resolve(len(self._held) if end is None else end.end())
        return "".join(self._shown)

    def end(self) -> str:
        """What was held until its paragraph would end."""
        self._shown.clear()
        self._resolve(len(self._held))
        return "".join(self._shown)

    def _show(self, text: str, length: int) -> None:
        self._shown.append(text[:length])
        self._unread.append(text[:length])
        self._held = text[length:]

    def _resolve(self, length: int) -> None:
        """Show the first ``length`` characters without their images."""
        text, rest = self._held[:length], self._held[length:]
        text = _LOADING_TAG.sub(_alternative, text)
        if "![" in text:
            self._find_definitions(text)
            text = self._without_images(text)
        if self._labels:
            text = _DEFINITION.sub(lambda found: "" if _label(found.group(1)) in self._labels else found.group(), text)
        self._show(text + rest, len(text))

    def _find_definitions(self, paragraph: str) -> None:
        earlier = "".join(self._unread)
        self._defined.update(_label(found.group(1)) for text in (earlier, paragraph) for found in _DEFINITION.finditer(text))
        self._unread = [earlier[-_LONGEST_DEFINITION:]]

    def _without_images(self, text: str) -> str:
        brackets, parentheses = _pairs(text, "[", "]"), _pairs(text, "(", ")")
        last_link = max(text.rfind("]("), text.rfind("]["))
        done: list[str] = []
        position = 0
        while (start := text.find("![", position)) >= 0:
            done.append(text[position:start])
            position = start + 2
            close = brackets.get(start + 1, -1)
            end = (parentheses if text[close + 1 : close + 2] == "(" else brackets).get(close + 1, -1)
            alternative = text[start + 2 : close] if close > 0 else ""
            label = _label(alternative)
            if _escaped(text, start):
                done.append("![")
            elif close > 0 and end > 0:
                done.append(_INNER.sub(r"\1", alternative).replace("![", "["))
                position = end + 1
            elif last_link > start and (close < 0 or text[close + 1 : close + 2] in ("(", "[") or "`" in alternative or "<" in alternative):
                # Code and tags within the text may hide a bracket from us that a page sees: then it becomes a link at the most.
                done.append("[")
            elif label in self._defined:
                done.append(alternative)
                position = close + 1
            else:
                done.append("![")
                if label:
                    self._labels.add(label)  # a pattern of a shell, unless its address is said later
        return "".join(done) + text[position:]


def _alternative(tag: re.Match[str]) -> str:
    alt = _ALT.search(tag.group())
    return (alt.group(1) or alt.group(2) or "") if alt is not None else ""


def _label(text: str) -> str:
    """A label as Markdown compares them."""
    return " ".join(text.casefold().split())


def _escaped(text: str, position: int) -> bool:
    before = position
    while before and text[before - 1] == "\\":
        before -= 1
    return (position - before) % 2 == 1


def _pairs(text: str, left: str, right: str) -> dict[int, int]:
    """Where each bracket that is opened is closed."""
    pairs: dict[int, int] = {}
    opened: list[int] = []
    for found in re.finditer(rf"\\.|[\{left}\{right}]", text, re.DOTALL):
        if found.group() == left:
            opened.append(found.start())
        elif found.group() == right and opened:
            pairs[opened.pop()] = found.start()
    return pairs
