# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The template languages of documentation sites in Markdown: Hugo's shortcodes and Jekyll's Liquid.

No template engine runs: what stands for text becomes text, the rest is dropped. Go templates in code (`{{ $labels.instance }}`)
are content and stay.
"""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from .._product_versions import parse_version
from ._html_boxes import KINDS, label_text
from ._html_inline import JOINER
from ._markup import ReadText

_OPENING: Final = re.compile(r"\{\{([<%])")
# A shortcode longer than this, or one inside another's arguments, is a mistake of its page.
_MAX_SHORTCODE: Final = 3000
_SHORTCODE: Final = re.compile(r"\s*(/?)\s*([A-Za-z_][\w./-]*)(.*)", re.DOTALL)
_ESCAPED: Final = re.compile(r"\{\{([<%])/\*([^*]{0,500})\*/([>%])\}\}")
_ARGUMENT: Final = re.compile(r"(?:([\w-]+)\s*=\s*)?(?:\"([^\"]*)\"|'([^']*)'|`([^`]*)`|([^\s\"'`]+))")
# What stands between such a pair is dropped (comments) or rewritten (lists of link targets).
_COMMENTS: Final = (
    (re.compile(r"\{\{[<%]\s{0,9}comment\s{0,9}[>%]\}\}"), re.compile(r"\{\{[<%]\s{0,9}/comment\s{0,9}[>%]\}\}")),
    (re.compile(r"\{%-?\s{0,9}comment\s{0,9}-?%\}"), re.compile(r"\{%-?\s{0,9}endcomment\s{0,9}-?%\}")),
)
_REFERENCES: Final = (re.compile(r"\{\{%\s{0,9}docs/reference\s{0,9}%\}\}"), re.compile(r"\{\{%\s{0,9}/docs/reference\s{0,9}%\}\}"))
_REFERENCE: Final = re.compile(r"^\[([^\]\n]+)\]:.*$", re.MULTILINE)
_LIQUID: Final = re.compile(r"\{%-?\s{0,9}([a-z][\w-]*)([^%\n{}]{0,500}(?:%(?!\})[^%\n{}]{0,500}){0,5})%\}")
_LIQUID_CONTROL: Final = frozenset({"if", "elsif", "else", "endif", "unless", "endunless", "for", "endfor", "case", "when", "endcase", "break", "continue"})
_LIQUID_TAGS: Final = frozenset(
    "include include_relative include_cached assign capture endcapture raw endraw link post_url endhint tabs endtabs endtab code endcode content-ref"
    " endcontent-ref embed endembed swagger endswagger file endfile stepper endstepper step endstep".split()
)
_JEKYLL: Final = re.compile(r"\{%-?\s{0,9}(?:include|assign|link|post_url)\b|\{\{-?\s{0,9}(?:site|page)\.")
_VARIABLE: Final = re.compile(r"\{\{-?\s{0,9}(site|page|include)\.([\w.-]+)(?:\s{0,9}\|[^{}\n]{0,200})?\s{0,9}-?\}\}")
_SITE_ADDRESSES: Final = frozenset({"url", "baseurl"})
_BLANK_LINES: Final = re.compile(r"\n[ \t]*\n+")

_HEADINGS: Final = {
    "prerequisites": "Before you begin",
    "whatsnext": "What's next",
    "objectives": "Objectives",
    "cleanup": "Clean up",
    "synopsis": "Synopsis",
    "options": "Options",
    "seealso": "See also",
}
# Arguments whose value the site puts on the page.
_TEXT_ARGUMENTS: Final = ("text", "title", "header", "heading", "summary", "caption", "label")
_FENCED: Final = {"mermaid": "mermaid", "highlight": ""}
_INCLUDES: Final = frozenset({"include", "include-html", "docs/shared", "readfile", "include-file", "include-text", "embed-file", "snippet", "include_file"})
_EXAMPLES: Final = frozenset({"code_sample", "codenew", "code", "include-code", "embed-code", "literalinclude", "code-snippet"})


def expand_shortcodes(text: str, *, version: str | None = None, read_text: ReadText | None = None, values: Mapping[str, Any] | None = None) -> str:
    """Return the Markdown of ``text`` without template syntax; ``version`` is that of the documentation, ``values`` the page's front matter."""
    for opening, closing in _COMMENTS:
        text = replace_between(text, opening, closing, lambda _inner: "")
    text = replace_between(text, *_REFERENCES, lambda inner: _REFERENCE.sub(r"[\1]: #", inner))
    if "{{<" in text or "{{%" in text:
        text = _ESCAPED.sub(r"{{\1\2\3}}", _replace_shortcodes(text, _Site(version, read_text, values or {})))
    return text


def replace_variables(text: str, *, version: str | None = None, values: Mapping[str, Any] | None = None) -> str:
    """Fill Jekyll's variables, in code as well as in prose: they are values that the page does not hold itself."""

    def value(found: re.Match[str]) -> str:
        scope, name = found.groups()
        if scope == "site" and name in _SITE_ADDRESSES:
            return ""  # addresses of the site only begin links
        known = values.get(name) if scope == "page" and values else None
        if isinstance(known, str):
            return known
        parsed = parse_version(version) if version and name.endswith("major_minor_version") else None
        return f"{parsed[0]}.{parsed[1]}" if parsed and len(parsed) > 1 else f"<{name}>"

    return _VARIABLE.sub(value, text) if "{{" in text else text


def uses_liquid(text: str) -> bool:
    """Tell whether a page is a template of Jekyll: then its control tags are no content either."""
    return _JEKYLL.search(text) is not None


def drop_liquid(line: str, *, control: bool) -> str:
    """Return a line outside of code without Liquid's tags; ``control`` tags (if, for) go as well."""

    def replace(found: re.Match[str]) -> str:
        name, arguments = found.groups()
        if name == "highlight":
            return f"```{arguments.split()[0] if arguments.split() else ''}"
        if name == "endhighlight":
            return "```"
        named = _arguments(arguments)[1]
        if name == "hint":
            return f"{label_text(named.get('style', 'note'))} {JOINER}"
        if name == "tab":
            return f"{label_text('', named.get('title') or arguments)} {JOINER}"
        return "" if name in _LIQUID_TAGS or (control and name in _LIQUID_CONTROL) else found.group()

    return _LIQUID.sub(replace, line) if "{%" in line else line


def replace_between(text: str, opening: re.Pattern[str], closing: re.Pattern[str], replace: Callable[[str], str]) -> str:
    """Replace each ``opening ... closing`` by what ``replace`` makes of the text between; in linear time, unlike one lazy expression."""
    parts: list[str] = []
    at = 0
    while (start := opening.search(text, at)) and (end := closing.search(text, start.end())):
        parts += text[at : start.start()], replace(text[start.end() : end.start()])
        at = end.end()
    return "".join([*parts, text[at:]])


def _replace_shortcodes(text: str, site: _Site) -> str:
    parts: list[str] = []
    at = 0
    while start := _OPENING.search(text, at):
        end = text.find(f"{'>' if start.group(1) == '<' else '%'}}}}}", start.end(), start.end() + _MAX_SHORTCODE)
        inside = text[start.end() : end] if end >= 0 else ""
        found = _SHORTCODE.fullmatch(inside)
        if found is None or "{{" in inside:
            parts.append(text[at : start.end()])
            at = start.end()
            continue
        expanded = site.expand(bool(found.group(1)), found.group(2), found.group(3).removesuffix("/"))
        at, before = end + 3, text[at : start.start()]
        if expanded.endswith(JOINER) and text[at : at + 1] == "\n":
            # The label's text may be a list or code, which need a blank line before them.
            expanded += "\n"
        parts += before, expanded
    return "".join([*parts, text[at:]])


class _Site:
    """What the shortcodes of one page become."""

    def __init__(self, version: str | None, read_text: ReadText | None, values: Mapping[str, Any]) -> None:
        self._version = version
        self._read_text = read_text
        self._values = values

    def expand(self, closing: bool, name: str, arguments: str) -> str:
        positional, named = _arguments(arguments)
        first = positional[0] if positional else ""
        if name in _FENCED:
            return "```" if closing else f"```{_FENCED[name] or first}"
        if closing:
            return ""
        if name in KINDS or name in ("admonition", "docs/admonition", "blockquote"):
            return self._label(name, first, named)
        if name in _INCLUDES and "code" not in named:
            return self._include(_target(named, first), name)
        if name in _EXAMPLES or name in _INCLUDES:
            return self._example(_target(named, first if name not in ("code", "code_sample") or "." in first else ""), named)
        if name == "skew":
            return self._skew(first, positional[1:])
        if name == "param":
            return self._parameter(first)
        return _text_of(name, first, named)

    def _label(self, name: str, first: str, named: dict[str, str]) -> str:
        kind = named.get("type") or (name if name in KINDS and name != "alert" else first if first in KINDS else "")
        label = label_text(kind or ("" if name == "alert" else "note"), named.get("title", ""))
        return f"{label} {JOINER}" if label else ""

    def _include(self, target: str, name: str) -> str:
        text = self._read_text(target) if target and self._read_text else None
        if text is None:
            return ""
        # A blank line would end the HTML block inside the Markdown.
        return f"\n\n{_BLANK_LINES.sub(chr(10), text)}\n\n" if name == "include-html" else f"\n{text}\n"

    def _example(self, target: str, named: dict[str, str]) -> str:
        if not target:
            return ""
        text = self._read_text(target) if self._read_text else None
        if text is None:
            return f"Example file: `{target}`"
        language = named.get("language") or named.get("lang") or (target.rsplit(".", 1)[-1] if "." in target else "")
        return f"`{target}`:\n\n```{language}\n{text.strip()}\n```\n"

    def _parameter(self, name: str) -> str:
        value = self._values.get(name)
        if isinstance(value, str):
            return value
        return f"v{self._version}" if name == "version" and self._version and parse_version(self._version) else f"<{name}>"

    def _skew(self, which: str, arguments: list[str]) -> str:
        """kubernetes' version arithmetic: the version of the documentation, plus some minor versions."""
        parsed = parse_version(self._version) if self._version else None
        if parsed is None or len(parsed) < 2:
            return f"<{which}>"
        step = {"prevMinorVersion": -1, "nextMinorVersion": 1, "oldestMinorVersion": -4}.get(which, 0)
        if which == "currentVersionAddMinor" and arguments and re.fullmatch(r"-?\d{1,3}", arguments[0]):
            step = int(arguments[0])
        elif which == "currentPatchVersion":
            return f"{parsed[0]}.{parsed[1]}.x"
        separator = arguments[-1] if arguments and not re.fullmatch(r"-?\d+", arguments[-1]) else "."
        return f"{parsed[0]}{separator}{parsed[1] + step}"


def _target(named: dict[str, str], first: str) -> str:
    return named.get("file") or named.get("lookup") or named.get("path") or named.get("src") or first


def _text_of(name: str, first: str, named: dict[str, str]) -> str:
    """Return the words that an opening shortcode puts on the page."""
    if name == "heading":
        return _HEADINGS.get(first, first)
    if name.endswith("tab"):
        label = named.get("name") or named.get("tabName") or named.get("header") or named.get("title") or first
        return f"{label}: {JOINER}" if label else ""
    if name == "feature-state":
        state = f"{named.get('state', '')} (feature gate {named['feature_gate_name']})" if "feature_gate_name" in named else named.get("state", "")
        since = f"Kubernetes {named['for_k8s_version']} " if "for_k8s_version" in named else ""
        return f"Feature state: {since}{state}".rstrip() + "\n"
    if name == "glossary_tooltip":
        return named.get("text") or named.get("term_id", "").replace("-", " ")
    if name == "api-reference":
        return named.get("text") or named.get("page", "").rsplit("/", 1)[-1].replace("-", " ")
    if name == "figure":
        texts = dict.fromkeys(filter(None, (named.get("title"), named.get("caption"))))
        return " ".join(texts) or named.get("alt", "")
    texts = dict.fromkeys(named[key] for key in _TEXT_ARGUMENTS if named.get(key))
    return f"{': '.join(texts)}\n" if texts and "text" not in named else " ".join(texts)


def _arguments(text: str) -> tuple[list[str], dict[str, str]]:
    positional: list[str] = []
    named: dict[str, str] = {}
    for found in _ARGUMENT.finditer(text):
        value = next((group for group in found.groups()[1:] if group is not None), "")
        if found.group(1):
            named[found.group(1)] = value
        else:
            positional.append(value)
    return positional, named
