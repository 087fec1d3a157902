# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""reStructuredText, Sphinx's and other extensions' included, through docutils and simple HTML."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from ._html import read_html
from ._page import PageBuilder
from ._rst_directives import DescribeOption, Directives
from ._rst_html import doctree_html
from ._rst_roles import role_nodes
from ._text import read_text as read_plain_text

# docutils finds directives and roles in tables of its own module: one document at a time has them replaced.
_DOCUTILS: Final = threading.Lock()
# For each mark that nothing closes docutils reads the rest of the paragraph: of more marks than these it would not make an end.
_MAX_MARKS: Final = 5000
# What substitutions may add to a document, in characters, and how deep they may nest.
_MAX_SUBSTITUTED: Final = 1_000_000
_MAX_SUBSTITUTION_DEPTH: Final = 20
_MARKS: Final = re.compile(r"[`*]|\|(?=[^\s|])")
_BLANK_LINE: Final = re.compile(r"\n[ \t]*\n")


def read_rst(
    text: str,
    builder: PageBuilder,
    *,
    read_text: Callable[[str], str | None] | None = None,
    version: str | None = None,
    describe_option: DescribeOption | None = None,
) -> None:
    """Write the content of a reStructuredText to ``builder``.

    ``read_text`` returns the text of an include's target or None, ``version`` fills ``|version|`` and ``|release|``,
    ``describe_option`` returns the reStructuredText of an option that a page names without describing it.
    """
    directives = Directives(read_text=read_text, describe_option=describe_option)
    directives.learn(text)
    try:
        if max((len(_MARKS.findall(block)) for block in _BLANK_LINE.split(text)), default=0) > _MAX_MARKS:
            raise ValueError("too many marks in one paragraph")
        html = doctree_html(_parse(text, directives), version=version)
    except ModuleNotFoundError:
        raise
    except Exception as exc:
        # docutils fails on nesting deeper than Python's stack and, rarely, on markup that it does not expect.
        builder.warnings.append(f"{builder.path} cannot be parsed as reStructuredText ({exc or type(exc).__name__}); it was read as plain text.")
        read_plain_text(text, builder)
        return
    read_html(html, builder, whole_document=False)
    if directives.undescribed:
        first, more = directives.undescribed[:3], len(directives.undescribed) - 3
        names = ", ".join(first) + (f" and {more} more" if more > 0 else "")
        builder.warnings.append(f"{builder.path} has no description of {names}: no table of options (*.yaml.in) in its tree has one.")


def _parse(text: str, directives: Directives) -> Any:
    """Return docutils' tree of the document; what it complains about is kept in the tree and printed nowhere."""
    from docutils import frontend, utils
    from docutils.parsers.rst import Parser
    from docutils.transforms import references

    with _DOCUTILS, _extensions(directives):
        settings = frontend.get_default_settings(Parser)
        settings.auto_id_prefix = "id"  # as Sphinx numbers sections whose title gives no id
        settings.file_insertion_enabled = settings.raw_enabled = False
        settings.report_level = settings.halt_level = 5
        settings.line_length_limit = sys.maxsize  # else one long line (a data URI, JSON) costs the whole document
        settings.syntax_highlight = "none"
        settings.warning_stream = False
        document = utils.new_document("", settings)
        Parser().parse(text, document)
        _require_bounded(document)
        document.transformer.add_transforms([references.Substitutions, references.PropagateTargets, references.Footnotes])
        document.transformer.apply_transforms()
    return document


def _require_bounded(document: Any) -> None:
    """Raise ValueError when substitutions within substitutions would make too much of a few lines."""
    from docutils import nodes

    costs: dict[str, int] = {}

    def cost(name: str, depth: int) -> int:
        name = nodes.fully_normalize_name(name)
        definition = document.substitution_defs.get(name)
        if definition is None:
            return 0
        if depth > _MAX_SUBSTITUTION_DEPTH:
            raise ValueError("substitutions nest too deep")
        if name not in costs:
            own = [reference["refname"] for reference in definition.findall(nodes.substitution_reference)]
            costs[name] = len(definition.astext()) + sum(cost(other, depth + 1) for other in own) + 10
        return costs[name]

    total = 0
    for reference in document.findall(nodes.substitution_reference):
        total += cost(reference["refname"], 0)
        if total > _MAX_SUBSTITUTED:
            raise ValueError("substitutions that expand to too much")


@contextmanager
def _extensions(own: Directives) -> Iterator[None]:
    """Have docutils take every directive and role from here: no name is unknown, and none reads a file or runs anything."""
    from docutils.parsers.rst import directives, roles

    docutils_directive, docutils_role = directives.directive, roles.role

    def directive(name: str, language: Any, document: Any) -> Any:
        return docutils_directive(name, language, document) if name.lower() in ("replace", "unicode") else (own.of(name), [])

    def role(_name: str, *_context: Any) -> Any:
        return role_nodes, []

    directives.directive, roles.role = directive, role
    try:
        yield
    finally:
        directives.directive, roles.role = docutils_directive, docutils_role
