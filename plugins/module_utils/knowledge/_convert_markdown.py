# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to the collection: names here may change in any release.
"""Markdown: front matter, then the HTML rendering of its text."""

from __future__ import annotations

import html
import re
import textwrap
from typing import Any, Final

from ._convert_html import read_html
from ._convert_page import PageBuilder
from ._convert_shortcodes import ReadText, expand_shortcodes

_FRONT_MATTER: Final = re.compile(r"\A---[ \t]*\n(.*?\n)?(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
# Anything else in angle brackets is a placeholder of the prose (`<broker-id>`), to be kept as text.
_HTML_TAG: Final = re.compile(
    r"</?(?:a|abbr|address|article|aside|b|bdi|bdo|big|blockquote|body|br|button|caption|center|cite|code|col|colgroup|data|dd|del|details|dfn|dialog"
    r"|div|dl|dt|em|embed|fieldset|figcaption|figure|font|footer|form|h[1-6]|head|header|hgroup|hr|html|i|iframe|img|input|ins|kbd|label|legend|li"
    r"|link|main|map|mark|menu|meta|nav|noscript|object|ol|optgroup|option|p|param|path|picture|pre|progress|q|s|samp|script|section|select|small"
    r"|source|span|strike|strong|style|sub|summary|sup|svg|table|tbody|td|template|textarea|tfoot|th|thead|time|title|tr|track|tt|u|ul|var|video"
    r"|wbr)(?![\w-])|<[!?]",
    re.IGNORECASE,
)
# Prose that carelessly indented lists (kafka's converted pages) push into indented code.
_PROSE: Final = re.compile(r"^[ ]*\d+\.[ ]+(?:[A-Z*]|#{2,6} )|\]\(https?://|\*\*\w[^*\n]*\*\*", re.MULTILINE)


def read_markdown(text: str, builder: PageBuilder, *, version: str | None = None, read_text: ReadText | None = None) -> None:
    """Write the content of a Markdown text to ``builder``; ``version`` fills the templates' version variables."""
    from markdown_it import MarkdownIt

    body = _front_matter(text, builder)
    parser = MarkdownIt("commonmark", {"html": True, "maxNesting": 60}).enable("table")
    tokens = parser.parse(expand_shortcodes(body, version=version, read_text=read_text))
    for token in tokens:
        if token.type == "code_block" and _PROSE.search(token.content):
            token.type, token.content = "html_block", parser.render(textwrap.dedent(token.content))
        if token.type == "html_block" and _is_placeholder(token.content):
            token.content = f"<p>{html.escape(token.content)}</p>\n"
        for child in token.children or ():
            if child.type == "html_inline" and _is_placeholder(child.content):
                child.type = "text"
    read_html(parser.renderer.render(tokens, parser.options, {}), builder, whole_document=False)


def _is_placeholder(content: str) -> bool:
    return _HTML_TAG.match(content.lstrip()) is None


def _front_matter(text: str, builder: PageBuilder) -> str:
    found = _FRONT_MATTER.match(text)
    if found is None:
        return text
    import yaml

    try:
        # Every scalar stays a string: `version: 3.10` is not the number 3.1.
        data: Any = yaml.BaseLoader(found.group(1) or "").get_single_data()
    except (yaml.YAMLError, RecursionError):
        builder.warnings.append("The front matter is not valid YAML and was left out.")
        return text[found.end() :]
    if isinstance(data, dict):
        builder.metadata.update({str(key): value for key, value in data.items()})
    elif data:
        return text  # two rules around prose
    return text[found.end() :]
