# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AsciiDoc's attributes and inline markup as text with marks."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import html
import re
from typing import Final

from ._blocks import LINE_BREAK, code_mark

# Attributes that AsciiDoc itself defines.
_CHARACTERS: Final = {
    "amp": "&",
    "apos": "'",
    "asterisk": "*",
    "backslash": "\\",
    "backtick": "`",
    "blank": "",
    "brvbar": "\u00a6",
    "caret": "^",
    "cpp": "C++",
    "deg": "\u00b0",
    "empty": "",
    "endsb": "]",
    "gt": ">",
    "ldquo": "\u201c",
    "litdd": "--",
    "lsquo": "\u2018",
    "lt": "<",
    "nbsp": " ",
    "plus": "+",
    "pp": "++",
    "rdquo": "\u201d",
    "rsquo": "\u2019",
    "sp": " ",
    "startsb": "[",
    "tilde": "~",
    "two-colons": "::",
    "two-semicolons": ";;",
    "vbar": "|",
    "wj": "",
    "zwsp": "",
}
# Attributes that a documentation set defines outside its repository: Elastic's.
_ELASTIC: Final = {
    "agent": "Elastic Agent",
    "api-description-title": "Description",
    "api-examples-title": "Examples",
    "api-path-parms-title": "Path parameters",
    "api-prereq-title": "Prerequisites",
    "api-query-parms-title": "Query parameters",
    "api-request-body-title": "Request body",
    "api-request-title": "Request",
    "api-response-body-title": "Response body",
    "api-response-codes-title": "Response codes",
    "ccr": "cross-cluster replication",
    "ccr-cap": "Cross-cluster replication",
    "ccr-init": "CCR",
    "ccs": "cross-cluster search",
    "ccs-cap": "Cross-cluster search",
    "ccs-init": "CCS",
    "dfeed": "datafeed",
    "dfeeds": "datafeeds",
    "ecloud": "Elastic Cloud",
    "es": "Elasticsearch",
    "ess-icon": "",
    "es-security-features": "Elasticsearch security features",
    "ess": "Elasticsearch Service",
    "fleet": "Fleet",
    "ilm": "index lifecycle management",
    "ilm-cap": "Index lifecycle management",
    "ilm-init": "ILM",
    "kib": "Kibana",
    "ls": "Logstash",
    "ml": "machine learning",
    "ml-cap": "Machine learning",
    "ml-features": "machine learning features",
    "monitor-features": "monitoring features",
    "rollup": "rollup",
    "rollup-cap": "Rollup",
    "security-features": "security features",
    "slm": "snapshot lifecycle management",
    "slm-cap": "Snapshot lifecycle management",
    "slm-init": "SLM",
    "stack": "Elastic Stack",
    "stack-security-features": "Elastic Stack security features",
    "transform": "transform",
    "transform-cap": "Transform",
    "transforms": "transforms",
    "watcher": "Watcher",
}
_VERSIONS: Final = frozenset(
    "bare_version branch elasticsearch_version full-version minor-version page-component-version page-version product-version release-version stack-version "
    "version".split()
)
# A value that grows beyond this by the attributes in it is not a value.
_MAX_VALUE: Final = 2000
# What values may add to a document, in characters.
_MAX_EXPANSION: Final = 1_000_000

_ATTRIBUTE: Final = re.compile(r"(\\?)\{([\w][\w-]*)\}")
_PROTECTED: Final = re.compile("\x07([0-9]+)\x07")
# All repetitions are bounded: what is longer is no markup, and no text may make these slow.
_LITERAL: Final = (
    re.compile(r"\+\+\+(.+?)\+\+\+|\$\$(.+?)\$\$|(?:pass|stem|latexmath|asciimath):[a-z,]{0,20}\[((?:[^\]\\]|\\.){0,300})\]", re.DOTALL),
    re.compile(r"``\+?(.+?)\+?``(?!`)", re.DOTALL),
    re.compile(r"(?<![\w`\\])`(\+?)(?=\S)([^`]*?\S|\S)\1`(?![\w`])", re.DOTALL),
    re.compile(r"(?<![\w+\\])\+(?=[^\s+])([^+\n]*[^\s+])\+(?![\w+])"),
)
_TEXT: Final = r"\[\s{0,20}([^\]]{1,300}?)\^?\s{0,5}\]"
_MACROS: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (re.compile(r"\(\(\([^()]{0,300}\)\)\)|\(\((?![)])([^()]{1,300})\)\)"), r"\1"),
    (re.compile(r"\[\[[^\[\]]{0,300}\]\]|\b(?:anchor|indexterm|indexterm2|image|icon):[^\s:\[\]]{0,300}\[[^\]]{0,300}\]"), ""),
    (re.compile(r"<<[^<>,]{0,300},\s*([^<>]{0,500}?)\s*>>"), r"\1"),
    (re.compile(r"<<#?([^<>,]{0,300})>>"), r"\1"),
    (re.compile(rf"\b(?:link|xref|mailto):(?:\+\+.{{1,500}}?\+\+|[^\s\[\]]{{1,500}}){_TEXT}"), r"\1"),
    (re.compile(r"\b(?:link|xref|mailto):([^\s\[\]]{1,500})\[\]"), r"\1"),
    (re.compile(rf"(?:\b(?:https?|ftp|irc)://[^\s\[\]<>]{{1,500}}|\{{[\w-]{{1,60}}\}}(?:[/#][^\s\[\]]{{0,300}})?){_TEXT}"), r"\1"),
    (re.compile(r"\b((?:https?|ftp|irc)://[^\s\[\]<>]{1,500})\[\]"), r"\1"),
    (re.compile(r"\blinkgit:([\w.-]{1,100})\[(\w+)\]"), r"\1(\2)"),
    (re.compile(r"\b(?:kbd|btn):\[([^\]]{0,100})\]"), r"\1"),
    (re.compile(r"\bmenu:([^\[\]]{1,100})\[\]"), r"\1"),
    (re.compile(r"\bmenu:([^\[\]]{1,100})\[([^\]]{1,200})\]"), r"\1 > \2"),
    (re.compile(r"\bfootnote(?:ref)?:[\w-]{0,60}\[([^\]]{1,500})\]"), r" (\1)"),
)
# Elastic's marks of versions and states, as blocks or within text.
_LIFECYCLE: Final = re.compile(
    r"\b(?:(added|coming|deprecated|removed):{0,2}\[\s{0,9}([\d.x]{1,20})\s{0,9}(?:,\s*([^\]]{0,500}))?\]"
    r"|(beta|dev|experimental|preview):{0,2}\[([^\]]{0,500})\])"
)
_QUOTES: Final = (
    re.compile(r"\*\*(?=\S)(.+?)\*\*", re.DOTALL),
    re.compile(r"__(?=\S)(.+?)__(?!\w)", re.DOTALL),
    re.compile(r"(?<![\w*\\])(?:\[[^\]\n]{0,100}\])?\*(?=[^\s*])([^*]*[^\s*])\*(?![\w*])"),
    re.compile(r"(?<![\w\\])(?:\[[^\]\n]{0,100}\])?_(?=[^\s_])([^_]*(?:(?<=\w)_(?=\w)[^_]*)*(?<=\S))_(?!\w)"),
    re.compile(r"(?<![\w\\])\[[^\]\n]{0,100}\]##?(?=\S)([^#\n]+)##?"),
)
_ESCAPE: Final = re.compile(r"\\(?=[{\[<*_`#'+]|\w+:)")
_LINE_BREAK: Final = re.compile(r" \+$", re.MULTILINE)


class Attributes:
    """The document's attributes; values are resolved when they are defined, as AsciiDoc does it."""

    def __init__(self, version: str | None) -> None:
        self._values: dict[str, str] = {}
        self._version = version
        self._budget = _MAX_EXPANSION

    def define(self, name: str, value: str) -> None:
        self._values[name.lower()] = self.substitute(value)[:_MAX_VALUE]

    def undefine(self, name: str) -> None:
        self._values.pop(name.lower(), None)

    def get(self, name: str) -> str | None:
        """Return an attribute's value, None when nothing here defines it."""
        name = name.lower()
        for known in (self._values, _CHARACTERS):
            if name in known:
                return known[name]
        if name in _VERSIONS and self._version:
            return self._version
        return _ELASTIC.get(name)

    def substitute(self, text: str) -> str:
        """Return ``text`` with its references to known attributes resolved; others may be content and stay."""
        return _ATTRIBUTE.sub(self._value, text) if "{" in text else text

    def _value(self, found: re.Match[str]) -> str:
        if found.group(1):
            return found.group()[1:]
        value = self.get(found.group(2))
        if value is None or self._budget < len(value):
            return found.group()
        self._budget -= len(value)
        return value


class Inline:
    """Renders running text; what is protected from markup (code, passthroughs) waits in a list meanwhile."""

    def __init__(self, attributes: Attributes) -> None:
        self._attributes = attributes

    def text(self, text: str) -> str:
        """Return running text with marks for code and without other markup."""
        kept: list[str] = []

        def keep(value: str) -> str:
            kept.append(value)
            return f"\x07{len(kept) - 1}\x07"

        text = _LINE_BREAK.sub(LINE_BREAK, text)
        passthrough, double, single, old = _LITERAL
        text = passthrough.sub(lambda found: keep(next(group for group in found.groups() if group is not None)), text)
        text = double.sub(lambda found: keep(self._code(found.group(1), literal="+" in found.group()[2:3])), text)
        text = single.sub(lambda found: keep(self._code(found.group(2), literal=bool(found.group(1)))), text)
        text = old.sub(lambda found: keep(code_mark(found.group(1))), text)
        text = self._attributes.substitute(text)
        if "[" in text or "<<" in text or "((" in text:
            for pattern, replacement in _MACROS:
                text = pattern.sub(replacement, text)
            text = _LIFECYCLE.sub(_lifecycle, text)
        for pattern in _QUOTES:
            text = pattern.sub(r"\1", text)
        text = html.unescape(_ESCAPE.sub("", text))
        while "\x07" in text:
            text = _PROTECTED.sub(lambda found: kept[int(found.group(1))], text)
        return text

    def _code(self, text: str, *, literal: bool) -> str:
        return code_mark(text if literal else self._attributes.substitute(text))


def _lifecycle(found: re.Match[str]) -> str:
    event, version, remark, state, other = found.groups()
    text = f"{event.capitalize()} in {version}" if event else state.capitalize()
    reason = (remark or other or "").strip().strip('"').strip()
    return f"{text}: {reason}" if reason[-1:] in (".", "!") else f"{text}: {reason}." if reason else f"{text}."
