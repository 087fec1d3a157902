# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to the collection: names here may change in any release.
"""The template languages of documentation sites in Markdown: Hugo's shortcodes, Jekyll's Liquid and kramdown's attributes.

No template engine runs: what stands for text becomes text, the rest is dropped. Go templates in code (`{{ $labels.instance }}`)
are content and stay.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from ._product_versions import parse_version

# Returns the text of an included file, or None when it is not there or is a page of its own.
ReadText = Callable[[str], "str | None"]

_SHORTCODE: Final = re.compile(r"\{\{[<%]\s*(/?)\s*([\w/-]+)((?:\"[^\"]*\"|'[^']*'|`[^`]*`|[^\"'`>%{]|>(?!\}\})|%(?!\}\}))*?)[>%]\}\}")
_ARGUMENT: Final = re.compile(r"(?:([\w-]+)\s*=\s*)?(?:\"([^\"]*)\"|'([^']*)'|`([^`]*)`|([^\s\"'`]+))")
# What stands between such a pair is dropped (comments) or rewritten (lists of link targets).
_COMMENTS: Final = (
    (re.compile(r"\{\{[<%]\s*comment\s*[>%]\}\}"), re.compile(r"\{\{[<%]\s*/comment\s*[>%]\}\}")),
    (re.compile(r"\{%-?\s*comment\s*-?%\}"), re.compile(r"\{%-?\s*endcomment\s*-?%\}")),
)
_REFERENCES: Final = (re.compile(r"\{\{%\s*docs/reference\s*%\}\}"), re.compile(r"\{\{%\s*/docs/reference\s*%\}\}"))
_CONTENTS: Final = re.compile(
    r"^(?:#+[ \t]+Table of contents[^\n]*\n(?:[ \t]*\{:[^\n]*\n|\n)*)?[ \t]*(?:\d+\.|[-*])[ \t]+TOC[ \t]*\n\{:[ \t]*toc[^\n]*\}", re.MULTILINE | re.IGNORECASE
)
_REFERENCE: Final = re.compile(r"^\[([^\]\n]+)\]:.*$", re.MULTILINE)
_LIQUID: Final = re.compile(r"\{%-?\s*(?:include|assign|capture|endcapture|raw|endraw)\b[^\n]*?%\}")
_SITE_VARIABLE: Final = re.compile(r"\{\{\s*site\.([\w.-]+)\s*\}\}")
_SITE_ADDRESS: Final = re.compile(r"\{\{\s*site\.(?:base)?url\s*\}\}")
_ATTRIBUTE_LINE: Final = re.compile(r"^[ \t>]*\{::?[^}\n]*\}[ \t]*$")
_ATTRIBUTE: Final = re.compile(r"(?<=[)\]`*])\{:[^}\n]*\}|[ \t]*\{:[ \t]*\.[^}\n]*\}")
_HEADING_ANCHOR: Final = re.compile(r"^([ \t]*#{1,6}[ \t].*?)[ \t]*\{#([\w.:-]+)[^}\n]*\}[ \t#]*$")
_MARKDOWN_INSIDE: Final = re.compile(r"""^([ \t]*(?:<\w+[^>]*\bmarkdown=["']?(?:1|block)["']?[^>]*>|.*</summary>))[ \t]*$""")
_FENCE: Final = re.compile(r"^[ \t>]*(?:[-*+]|\d+\.)?[ \t]*(`{3,}|~{3,})")
_HTML_LINE: Final = re.compile(r"^[ \t>]*(?:(?:[-*+]|\d+\.)[ \t]+)?<")
_HEADING_ITEM: Final = re.compile(r"^[ \t]*\d+\.[ \t]+(#{2,6}[ \t]+\S.*)$")
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
_ADMONITIONS: Final = frozenset({"note", "warning", "caution", "important", "tip", "danger", "alert"})
_FENCED: Final = {"mermaid": "mermaid", "highlight": ""}
_INCLUDES: Final = frozenset({"include", "include-html", "docs/shared"})
_EXAMPLES: Final = frozenset({"code_sample", "codenew", "code"})


def expand_shortcodes(text: str, *, version: str | None = None, read_text: ReadText | None = None) -> str:
    """Return the Markdown of ``text`` without template syntax; ``version`` is that of the documentation."""
    for opening, closing in _COMMENTS:
        text = replace_between(text, opening, closing, lambda _inner: "")
    text = replace_between(text, *_REFERENCES, lambda inner: _REFERENCE.sub(r"[\1]: #", inner))
    text = _CONTENTS.sub("", text)
    if "{{<" in text or "{{%" in text:
        text = _SHORTCODE.sub(lambda found: _expand(found, version, read_text), text)
    lines = text.split("\n")
    fence = ""
    for number, line in enumerate(lines):
        found = _FENCE.match(line)
        if found and not fence:
            fence = found.group(1)
            if number and _HTML_LINE.match(lines[number - 1]):
                lines[number] = "\n" + line  # else CommonMark takes the fence for a part of the HTML above it
        elif found and line.strip(" \t>").startswith(fence) and not line.strip(" \t>").strip(fence[0]):
            fence = ""
        elif not fence:
            lines[number] = _outside_code(line)
    # A site variable is a value that the page does not hold, in code as well as in prose; addresses of the site only begin links.
    return _SITE_VARIABLE.sub(r"<\1>", _SITE_ADDRESS.sub("", "\n".join(lines)))


def replace_between(text: str, opening: re.Pattern[str], closing: re.Pattern[str], replace: Callable[[str], str]) -> str:
    """Replace each ``opening ... closing`` by what ``replace`` makes of the text between; in linear time, unlike one lazy expression."""
    parts: list[str] = []
    at = 0
    while (start := opening.search(text, at)) and (end := closing.search(text, start.end())):
        parts += text[at : start.start()], replace(text[start.end() : end.start()])
        at = end.end()
    return "".join([*parts, text[at:]])


def _outside_code(line: str) -> str:
    # kafka's converted pages number their headings as list items, at any indentation.
    line = _HEADING_ITEM.sub(r"\n\1", line)
    if "{" not in line and "<" not in line:
        return line
    if _ATTRIBUTE_LINE.match(line):
        return ""
    line = _HEADING_ANCHOR.sub(r'\1 <a id="\2"></a>', _LIQUID.sub("", line))
    # kramdown reads Markdown inside such elements, CommonMark only after a blank line.
    return _MARKDOWN_INSIDE.sub(r"\1\n", _ATTRIBUTE.sub("", line))


def _expand(found: re.Match[str], version: str | None, read_text: ReadText | None) -> str:
    closing, name = bool(found.group(1)), found.group(2)
    if name in _FENCED:
        return "```" if closing else f"```{_FENCED[name] or ' '.join(_arguments(found.group(3))[0])}"
    if closing:
        return ""
    positional, named = _arguments(found.group(3))
    first = positional[0] if positional else ""
    if name in _ADMONITIONS:
        return f"{name.capitalize()}: "
    if name == "admonition":
        return f"{(named.get('type') or first or 'note').capitalize()}: "
    if name in _INCLUDES:
        return _include(named.get("file") or named.get("lookup") or first, name, read_text)
    if name in _EXAMPLES:
        return _example(named.get("file") or (first if name == "codenew" else ""), read_text)
    if name == "skew":
        return _skew(first, positional[1:], version)
    if name == "param":
        return f"v{version}" if first == "version" and version and parse_version(version) else f"<{first}>"
    return _label(name, first, named)


def _label(name: str, first: str, named: dict[str, str]) -> str:
    """Return the words that an opening shortcode puts on the page."""
    if name == "heading":
        return _HEADINGS.get(first, first)
    if name == "tab":
        label = named.get("name") or named.get("tabName") or first
        return f"{label}:\n" if label else ""
    if name == "feature-state":
        state = f"{named.get('state', '')} (feature gate {named['feature_gate_name']})" if "feature_gate_name" in named else named.get("state", "")
        since = f"Kubernetes {named['for_k8s_version']} " if "for_k8s_version" in named else ""
        return f"Feature state: {since}{state}".rstrip() + "\n"
    if name == "glossary_tooltip":
        return named.get("text") or named.get("term_id", "").replace("-", " ")
    if name == "figure":
        return named.get("caption") or named.get("title") or ""
    return named.get("text", "")


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


def _skew(which: str, arguments: list[str], version: str | None) -> str:
    """kubernetes' version arithmetic: the version of the documentation, plus some minor versions."""
    parsed = parse_version(version) if version else None
    if parsed is None or len(parsed) < 2:
        return f"<{which}>"
    step = {"prevMinorVersion": -1, "nextMinorVersion": 1, "oldestMinorVersion": -4}.get(which, 0)
    if which == "currentVersionAddMinor" and arguments and re.fullmatch(r"-?\d{1,3}", arguments[0]):
        step = int(arguments[0])
    elif which == "currentPatchVersion":
        return f"{parsed[0]}.{parsed[1]}.x"
    separator = arguments[-1] if arguments and not re.fullmatch(r"-?\d+", arguments[-1]) else "."
    return f"{parsed[0]}{separator}{parsed[1] + step}"


def _include(target: str, name: str, read_text: ReadText | None) -> str:
    text = read_text(target) if target and read_text else None
    if text is None:
        return ""
    # A blank line would end the HTML block inside the Markdown.
    return f"\n\n{_BLANK_LINES.sub(chr(10), text)}\n\n" if name == "include-html" else f"\n{text}\n"


def _example(target: str, read_text: ReadText | None) -> str:
    if not target:
        return ""
    text = read_text(target) if read_text else None
    if text is None:
        return f"Example file `{target}`"
    language = target.rsplit(".", 1)[-1] if "." in target else ""
    return f"`{target}`:\n\n```{language}\n{text.strip()}\n```\n"
