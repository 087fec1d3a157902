# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Roles of reStructuredText: what text the markup ``:role:`text``` stands for."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import re
from typing import Any, Final

# fmt: off
# Text as it stands, without a target.
_LITERAL: Final = frozenset({
    "bash", "code", "command", "console", "file", "html", "ini", "javascript", "json", "kbd", "literal", "mailheader", "makevar", "math", "mimetype", "php",
    "program", "py", "python", "regexp", "samp", "sh", "shell", "sql", "xml", "yaml",
})
# References to things that are written as code.
_CODE_REFERENCES: Final = frozenset({
    "ansenvvar", "ansenvvarref", "ansopt", "ansoptref", "ansplugin", "ansretval", "ansval", "any", "attr", "attribute", "class", "cmdoption", "confsec",
    "confval", "const", "data", "envvar", "exc", "func", "function", "keyword", "macro", "member", "meth", "method", "mod", "module", "obj", "option",
    "property", "setting", "struct", "token", "type", "var",
})
_PLAIN: Final = frozenset({"", "emphasis", "guilabel", "menuselection", "strong", "title", "title-reference"})
# fmt: on
_DOCUMENTS: Final = {"rfc": "RFC ", "pep": "PEP ", "cve": "CVE-"}
_EXPLICIT_TITLE: Final = re.compile(r"(.+?)\s*(?<!\\)<([^<>]*)>", re.DOTALL)
_ANSIBLE_PLUGIN: Final = re.compile(r"[\w.]+#\w+:(?=.)|#\w+$")


def role_nodes(name: str, rawtext: str, text: str, lineno: int, inliner: Any, *_unused: Any) -> tuple[list[Any], list[Any]]:
    """Return the nodes of an interpreted text, in the form that docutils asks of a role.

    An inline with a ``label`` stands for the title of the section of that label, if the document has it.
    """
    from docutils import nodes, utils

    role = name.lower().rsplit(":", 1)[-1]
    if role in _LITERAL:
        # A backslash is content here: docutils has it as a null character.
        return [nodes.literal(rawtext, utils.unescape(text, restore_backslashes=role != "samp"))], []
    text = utils.unescape(text)
    if role in ("sub", "subscript", "sup", "superscript"):
        return [(nodes.superscript if role.startswith("sup") else nodes.subscript)(rawtext, text)], []
    if role in _PLAIN:
        # & marks the key of a menu's entry.
        return [nodes.inline(rawtext, re.sub(r"&(?=\w)", "", text) if role in ("guilabel", "menuselection") else text)], []
    titled = _EXPLICIT_TITLE.fullmatch(text)
    if titled:
        text = titled.group(1)
    if role in _CODE_REFERENCES:
        return [nodes.literal(rawtext, text if titled else _code_name(role, text))], []
    if role in _DOCUMENTS and not titled:
        text = _DOCUMENTS[role] + text.partition("#")[0]
    elif role == "ref" and not titled:
        return [nodes.inline(rawtext, text, label=nodes.fully_normalize_name(text))], []
    return [nodes.inline(rawtext, text.removeprefix("!"))], []


def _code_name(role: str, text: str) -> str:
    if role.startswith("ans"):
        return _ANSIBLE_PLUGIN.sub("", text)
    # ~a.b.c is shown as c, and ! only says that it is no link.
    return text[1:].rsplit(".", 1)[-1] if text.startswith("~") else text.removeprefix("!")
