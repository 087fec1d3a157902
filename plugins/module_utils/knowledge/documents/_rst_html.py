# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docutils' tree of a document as the simple HTML that read_html() understands."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any, Final

# docutils' nodes: it is imported where it is used, and its classes carry no types.
Node = Any

_TAGS: Final = {
    "paragraph": "p",
    "bullet_list": "ul",
    "list_item": "li",
    "block_quote": "blockquote",
    "literal": "code",
    "math": "code",
}
_DROPPED: Final = frozenset({"comment", "substitution_definition", "image", "raw", "pending", "transition", "docinfo", "decoration"})
# Fields at the head of a document that speak to Sphinx.
_SPHINX_FIELDS: Final = frozenset({"orphan", "tocdepth", "nocomments", "nosearch", "no-search"})
# A name in a paragraph of its own, followed by fields of these names, describes an option.
_OPTION_FIELDS: Final = frozenset({"description", "type", "default"})
# ":param str name:" of a function's description.
_PARAMETER: Final = re.compile(r"(?:Param(?:eter)?|Arg(?:ument)?|Key(?:word)?|Kwarg)\s+(?:(.+)\s+)?(\S+)")
# A definition of fewer words than these ("See the other one.") is an item of a list.
SHORT_DEFINITION: Final = 6
_ERROR: Final = 3
_ADORNMENT: Final = re.compile(r"([!-/:-@[-`{-~])\1*")


def _parameter(label: re.Match[str]) -> str:
    kind, name = label.groups()
    return f"{name} ({kind})" if kind else str(name)


def _is_description(field: Node) -> bool:
    return bool(field.children[0].astext().lower() == "description")


def doctree_html(document: Node, *, version: str | None = None) -> str:
    """Return the document's content as HTML; ``version`` is what ``|version|`` and ``|release|`` stand for."""
    return _Writer(document, version).children(document)


class _Writer:
    def __init__(self, document: Node, version: str | None) -> None:
        self._document = document
        self._version = version
        self._depth = 0
        self._anchor = ""
        self._language = ""
        self._in_cell = False

    def children(self, node: Node) -> str:
        parts: list[str] = []
        skipped: Node = None
        for at, child in enumerate(node.children):
            if child is skipped:
                continue
            fields = self._fields_after(node, at)
            if fields is None:
                parts.append(self._node(child))
            else:
                parts.append(self._option(child, fields))
                skipped = fields
        return "".join(parts)

    def _node(self, node: Node) -> str:
        tag = node.tagname
        if tag == "#text":
            return escape(node.astext(), quote=False)
        if tag in _DROPPED:
            return ""
        if tag in _TAGS:
            return f"<{_TAGS[tag]}>{self.children(node)}</{_TAGS[tag]}>"
        handler = getattr(self, f"_write_{tag}", self.children)
        return str(handler(node))

    def _labelled(self, label: str, nodes: Sequence[Node]) -> str:
        """A label and what it is the label of, in one paragraph where that begins with one."""
        if not label:
            return "".join(self._node(node) for node in nodes)
        if not label.endswith(("?", "]", ".")):
            label = f"{label.rstrip(':')}:"
        if nodes and nodes[0].tagname == "paragraph":
            return f"<p>{label} {self.children(nodes[0])}</p>" + "".join(self._node(node) for node in nodes[1:])
        return f"<p>{label}</p>" + "".join(self._node(node) for node in nodes)

    # Sections and entries

    def _write_section(self, node: Node) -> str:
        self._depth += 1
        html = self.children(node)
        self._depth -= 1
        return html

    def _write_title(self, node: Node) -> str:
        if node.parent.tagname != "section":
            return f"<p>{self.children(node)}</p>"
        level = min(max(self._depth, 1), 6)
        # An id that the author gave comes after the title's own.
        self._anchor = node.parent["ids"][-1] if node.parent["ids"] else ""
        return f'<h{level} id="{escape(self._anchor)}">{self.children(node)}</h{level}>'

    def _entry(self, name: str, anchor: str, html: str) -> str:
        # What has no anchor of its own is found below its heading's.
        return f'<dl><dt id="{escape(anchor or self._anchor or name)}">{escape(name, quote=False)}</dt><dd>{html}</dd></dl>'

    def _option(self, name: Node, fields: Node) -> str:
        html = self._fields(fields, described=True)
        # "See the other one" is no section of its own.
        short = sum(len(field.children[1].astext().split()) for field in fields.children) < SHORT_DEFINITION
        if short and any(_is_description(field) for field in fields.children):
            return f"<ul><li><p>{self.children(name)}:</p>{html}</li></ul>"
        return self._entry(name.astext(), "", html)

    def _write_described(self, node: Node) -> str:
        html = "".join(self._fields(child, described=True) if child.tagname == "field_list" else self._node(child) for child in node.children)
        return self._entry(node["title"], node["anchor"], html)

    def _write_labelled(self, node: Node) -> str:
        label = escape(node["label"])
        return self._labelled(label, node.children) if node.children else f"<p>{label}.</p>"

    def _write_short_entry(self, node: Node) -> str:
        return f"<ul><li>{self._labelled(escape(node['label']), node.children)}</li></ul>"

    def _write_lead(self, node: Node) -> str:
        return self._labelled(self.children(node), ())

    # Lists

    def _write_enumerated_list(self, node: Node) -> str:
        return f'<ol start="{node.get("start", 1)}">{self.children(node)}</ol>'

    def _write_definition_list(self, node: Node) -> str:
        return f"<ul>{self.children(node)}</ul>"

    def _write_definition_list_item(self, node: Node) -> str:
        terms = [self.children(child) for child in node.children if child.tagname == "term"]
        classifiers = [self.children(child) for child in node.children if child.tagname == "classifier"]
        label = ", ".join(terms) + (f" ({', '.join(classifiers)})" if classifiers else "")
        return f"<li>{self._labelled(label, node.children[-1].children)}</li>"

    def _write_option_list(self, node: Node) -> str:
        return f"<ul>{self.children(node)}</ul>"

    def _write_option_list_item(self, node: Node) -> str:
        names = ", ".join(option.astext() for option in node.children[0].children)
        return f"<li>{self._labelled(f'<code>{escape(names, quote=False)}</code>', node.children[1].children)}</li>"

    def _write_field_list(self, node: Node) -> str:
        return self._fields(node, described=False)

    def _fields(self, node: Node, *, described: bool) -> str:
        """A field list; of what is ``described`` the description itself needs no label."""
        html = ""
        items: list[str] = []
        for field in node.children:
            body = field.children[1].children
            if described and _is_description(field):
                html += self._labelled("", body)
            elif not (node.parent is self._document and field.children[0].astext().lower() in _SPHINX_FIELDS):
                label = self.children(field.children[0])
                if described:
                    label = _PARAMETER.sub(_parameter, label[:1].upper() + label[1:])
                items.append(f"<li>{self._labelled(label, body)}</li>")
        return f"{html}<ul>{''.join(items)}</ul>"

    def _fields_after(self, parent: Node, at: int) -> Node:
        """Return the field list that describes what the child ``at`` names, None when it names nothing."""
        child = parent.children[at]
        if child.tagname != "paragraph" or len(child.children) != 1 or child.children[0].tagname not in ("literal", "strong"):
            return None
        following = next((node for node in parent.children[at + 1 :] if node.tagname not in ("comment", "target")), None)
        if following is None or following.tagname != "field_list":
            return None
        names = {field.children[0].astext().lower() for field in following.children}
        return following if names & _OPTION_FIELDS else None

    # Blocks

    def _write_literal_block(self, node: Node) -> str:
        if self._in_cell and "\n" not in node.astext().strip():
            return f"<p><code>{self.children(node)}</code></p>"
        language = node.get("language", self._language)
        attribute = f' class="language-{escape(language)}"' if language and language not in ("none", "text") else ""
        return f"<pre><code{attribute}>\n{self.children(node)}</code></pre>"

    def _write_highlight(self, node: Node) -> str:
        self._language = node["language"]
        return ""

    def _write_html(self, node: Node) -> str:
        """HTML that the document brings along, each element closed, for its parts may stand in several places."""
        from lxml import etree

        root: Any = etree.fromstring(f"<div>{node['html']}</div>", etree.HTMLParser(remove_comments=True, remove_pis=True))
        body = root.find("body") if root is not None else None
        return "" if body is None else "".join(etree.tostring(child, encoding="unicode", method="html") for child in body)

    def _write_doctest_block(self, node: Node) -> str:
        return f'<pre><code class="language-python">\n{escape(node.astext(), quote=False)}</code></pre>'

    def _write_line_block(self, node: Node) -> str:
        lines = "<br>".join(self.children(line) for line in node.findall() if line.tagname == "line")
        return f"<p>{lines}</p>"

    def _write_footnote(self, node: Node) -> str:
        label, *body = node.children
        return self._labelled(f"[{self.children(label)}]", body)

    _write_citation = _write_footnote

    def _write_system_message(self, node: Node) -> str:
        """What docutils could not parse is in its complaint; a lesser complaint repeats what is in the text."""
        if node["level"] < _ERROR:
            return ""
        html = ""
        for block in node.children:
            if block.tagname == "literal_block":
                lines = [line for line in block.astext().split("\n") if line.strip()]
                prose = [line for line in lines if not _ADORNMENT.fullmatch(line.strip())]
                html += f"<p>{escape(' '.join(prose))}</p>" if len(prose) < len(lines) < 4 else self._write_literal_block(block)
        return html

    # Tables

    def _write_table(self, node: Node) -> str:
        caption = "".join(f"<caption>{self.children(child)}</caption>" for child in node.children if child.tagname == "title")
        self._in_cell, outer = True, self._in_cell
        groups = "".join(self._group(child) for child in node.children if child.tagname == "tgroup")
        self._in_cell = outer
        return f"<table>{caption}{groups}</table>"

    def _group(self, group: Node) -> str:
        stubs = [bool(column.get("stub")) for column in group.children if column.tagname == "colspec"]
        html = ""
        for part in group.children:
            if part.tagname in ("thead", "tbody") and part.children:
                rows = "".join(f"<tr>{''.join(cells)}</tr>" for cells in self._rows(part, stubs))
                html += f"<{part.tagname}>{rows}</{part.tagname}>"
        return html

    def _rows(self, part: Node, stubs: list[bool]) -> Iterator[list[str]]:
        """Yield each row's cells: a cell of several rows is repeated, one of several columns is followed by empty ones."""
        below: dict[int, tuple[int, str]] = {}
        for row in part.children:
            cells: list[str] = []
            entries = iter(row.children)
            while True:
                rows_left, cell = below.get(len(cells), (0, ""))
                extra_columns = 0
                if rows_left == 0:
                    entry = next(entries, None)
                    if entry is None:
                        break
                    heading = part.tagname == "thead" or (len(cells) < len(stubs) and stubs[len(cells)])
                    tag = "th" if heading else "td"
                    extra_columns = entry.get("morecols", 0)
                    cell = f"<{tag}>{self.children(entry)}</{tag}>"
                    rows_left = entry.get("morerows", 0) + 1
                below[len(cells)] = (rows_left - 1, cell)
                cells.append(cell)
                for _column in range(extra_columns):
                    below[len(cells)] = (rows_left - 1, "<td></td>")
                    cells.append("<td></td>")
            yield cells

    # Inline

    def _write_inline(self, node: Node) -> str:
        labelled = self._document.ids.get(self._document.nameids.get(node.get("label", "")))
        if labelled is not None and labelled.tagname == "section":
            return self.children(labelled.children[0])
        return self.children(node)

    def _write_reference(self, node: Node) -> str:
        # A name that ends in an underscore looks like a reference.
        written = node.rawsource
        if "refname" in node and node["refname"] not in self._document.nameids and written == f"{node.astext()}_":
            return escape(written, quote=False)
        return self.children(node)

    def _write_superscript(self, node: Node) -> str:
        text = node.astext()
        return f"^{text}" if re.fullmatch(r"[-+\d]+", text) else escape(text, quote=False)

    def _write_footnote_reference(self, node: Node) -> str:
        return f"[{self.children(node)}]"

    _write_citation_reference = _write_footnote_reference

    def _write_problematic(self, node: Node) -> str:
        """Markup that names or closes nothing is text; a substitution that the site defines elsewhere keeps its name."""
        text = node.astext()
        name = re.fullmatch(r"\|([^|\s][^|]*)\|_{0,2}", text)
        if name is None:
            return escape(text, quote=False)
        if self._version and name.group(1) in ("version", "release"):
            return escape(self._version)
        return escape(f"<{name.group(1)}>")
