# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Markdown: front matter, then the HTML rendering of its text."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import html
import posixpath
import re
import textwrap
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

from ._dialects import expand_dialects
from ._html import read_html
from ._markup import ReadText
from ._mdx import expand_mdx, is_mdx
from ._page import PageBuilder
from ._shortcodes import expand_shortcodes, replace_variables
from ._snippets import expand_snippets

_FRONT_MATTER: Final = re.compile(r"\A\s*(---|\+\+\+)[ \t]*\n(.*?\n)?(?:\1|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_KEY_VALUE: Final = re.compile(r"^(\w[\w-]*)[ \t]*:[ \t]*(\S.*)$", re.MULTILINE)
# Names under which front matter has the page's title when it has no ``title``.
_TITLE_KEYS: Final = ("linkTitle", "menuTitle", "nav_title", "sidebar_label", "sidebar_title", "short_title")
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
_LINK: Final = re.compile(r"\[([^\[\]\n]{1,300})\]\([^()\s]{1,500}(?:\([^()\s]{0,100}\))?\)")
_FENCE_LABEL: Final = re.compile(
    r"(?<![\w-])(?:tab|title|filename|file|name|caption|label)\s?=\s?(?:\"([^\"]{1,200})\"|'([^']{1,200})'|([^\s\"'{}]{1,200}))|\s\[([^\[\]]{1,200})\]"
)
_FILE_NAME: Final = re.compile(r"\S*[./_]\S*")
_HIGHLIGHT_COMMENT: Final = re.compile(r"^[ \t]*(?://|#|<!--|--|/\*)[ \t]*highlight-(?:next-line|start|end)[ \t]*(?:-->|\*/)?[ \t]*\n", re.MULTILINE)
_SLUG_DROPPED: Final = re.compile(r"[^\w\- ]")
_WORD: Final = re.compile(r"\w{4,}")
# A description that has so many words which the text has not says something of its own.
_NEW_WORDS: Final = 2
_OPENING_WORDS: Final = 400
_MAX_INFO: Final = 500


def read_markdown(text: str, builder: PageBuilder, *, version: str | None = None, read_text: ReadText | None = None) -> None:
    """Write the content of a Markdown text to ``builder``; ``version`` fills the templates' version variables."""
    from markdown_it import MarkdownIt
    from mdit_py_plugins.deflist import deflist_plugin

    # Private characters mark labels and code between the steps here.
    body = _front_matter(re.sub("[\ue000-\ue005]", "", text), builder)
    # What was converted before has no templates left: what looks so is what its author wrote.
    mdx = False
    if {"fetched_at", "sha256"} <= builder.metadata.keys():
        body = expand_dialects(body)
    else:
        body = expand_snippets(body, read_text)
        mdx = posixpath.splitext(builder.path)[1].lower() == ".mdx" or is_mdx(body)
        if mdx:
            body = expand_mdx(body, builder.metadata)
        body = expand_dialects(expand_shortcodes(body, version=version, read_text=read_text, values=builder.metadata))
        body = replace_variables(body, version=version, values=builder.metadata)
    parser = MarkdownIt("commonmark", {"html": True, "maxNesting": 60}).enable(["table", "strikethrough"]).use(deflist_plugin)
    if mdx:
        parser.disable("code")  # indentation is for the components' nesting
    tokens = parser.parse(_with_open_comment(body))
    _name_headings(tokens)
    for token in tokens:
        if token.type == "code_block" and _PROSE.search(token.content):
            token.type, token.content = "html_block", parser.render(textwrap.dedent(token.content))
        elif token.type == "fence":
            _prepare_fence(token)
        elif token.type == "html_block":
            token.content = f"<p>{html.escape(token.content)}</p>\n" if _is_placeholder(token.content) else _LINK.sub(r"\1", token.content)
        for child in token.children or ():
            if child.type == "html_inline" and _is_placeholder(child.content):
                child.type = "text"
    rendered = parser.renderer.render(tokens, parser.options, {})
    description = builder.metadata.get("description")
    if isinstance(description, str) and _says_more(description, builder.metadata.get("title"), tokens):
        rendered = f"<p>{parser.renderInline(expand_shortcodes(description, version=version))}</p>\n{rendered}"
    read_html(rendered, builder, whole_document=False)


def _is_placeholder(content: str) -> bool:
    """Tell whether angle brackets hold a word of the prose: what has attributes is markup, though of no known element."""
    return _HTML_TAG.match(content.lstrip()) is None and "=" not in content


def _with_open_comment(text: str) -> str:
    """A comment that is never closed would swallow the page."""
    start = text.rfind("<!--")
    return f"{text[:start]}&lt;!--{text[start + 4 :]}" if start >= 0 and "-->" not in text[start:] else text


def _prepare_fence(token: Any) -> None:
    """The file or tab that a code block names belongs to its text, comments that colour its lines do not."""
    token.content = _HIGHLIGHT_COMMENT.sub("", token.content)
    labels = dict.fromkeys(next(filter(None, found.groups())) for found in _FENCE_LABEL.finditer(token.info[:_MAX_INFO]))
    token.info = re.split(r"[\s{:,]", token.info.strip(), maxsplit=1)[0]
    if labels:
        shown = ", ".join(f"<code>{html.escape(label)}</code>" if _FILE_NAME.fullmatch(label) else html.escape(label) for label in labels)
        code = f'<pre><code class="language-{html.escape(token.info)}">{html.escape(token.content)}</code></pre>'
        token.type, token.content = "html_block", f"<p>{shown}:</p>{code}\n"


def _name_headings(tokens: Sequence[Any]) -> None:
    """Give each heading without an anchor of its own the one that site generators derive from its text."""
    used: Counter[str] = Counter()
    for token, inline in pairwise(tokens):
        if token.type != "heading_open" or token.tag == "h1" or "<a id=" in inline.content:
            continue
        text = "".join(child.content for child in inline.children or () if child.type in ("text", "code_inline"))
        slug = _SLUG_DROPPED.sub("", text.strip().lower()).replace(" ", "-")
        if slug:
            token.attrSet("id", f"{slug}-{used[slug]}" if used[slug] else slug)
            used[slug] += 1


def _says_more(description: str, title: object, tokens: Sequence[Any]) -> bool:
    """Tell whether the front matter's description says what the beginning of the text does not."""
    words = [word for token in tokens if token.type in ("inline", "fence") for word in _WORD.findall(token.content.lower())]
    known = {*words[:_OPENING_WORDS], *_WORD.findall(str(title).lower())}
    new = {word for word in _WORD.findall(description.lower()) if word not in known and word.removesuffix("s") not in known}
    return bool(words) and len(new) >= _NEW_WORDS


def _front_matter(text: str, builder: PageBuilder) -> str:
    found = _FRONT_MATTER.match(text)
    if found is None:
        return text
    source = found.group(2) or ""
    data = _toml(source) if found.group(1) == "+++" else _yaml(source)
    if data is None:
        builder.warnings.append("The front matter is not valid and was read line by line.")
        data = {key: value.strip("\"' ") for key, value in _KEY_VALUE.findall(source)}
    if isinstance(data, dict):
        builder.metadata.update({str(key): value for key, value in data.items()})
    elif data:
        return text  # two rules around prose
    titles = (builder.metadata.get(key) for key in _TITLE_KEYS)
    builder.fallback_title = next((title for title in titles if isinstance(title, str) and title.strip()), None)
    return text[found.end() :]


def _yaml(source: str) -> Any:
    import yaml

    try:
        # Every scalar stays a string: `version: 3.10` is not the number 3.1.
        return yaml.BaseLoader(source).get_single_data() or {}
    except (yaml.YAMLError, RecursionError, ValueError):
        return None


def _toml(source: str) -> Any:
    import tomllib

    try:
        return tomllib.loads(source)
    except (tomllib.TOMLDecodeError, RecursionError):
        return None
