# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Directives of reStructuredText: those of docutils, of Sphinx and of its extensions, and what an unknown one still gives."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import csv
import posixpath
import re
import textwrap
from collections.abc import Callable, Sequence
from typing import Any, Final

from ..._errors import DataError
from ._rst_html import SHORT_DEFINITION
from ._rst_includes import python_object, selection

# Returns the reStructuredText that describes the option of that name (with a default other than the table's), or None.
DescribeOption = Callable[[str, "str | None"], "str | None"]

_INCLUDE_DEPTH: Final = 5

# fmt: off
# Navigation, pictures, settings of the site generator, notes among authors.
_DROPPED: Final = (
    "automodule", "autosummary", "bibliography", "blockdiag", "codeauthor", "contents", "cssclass", "date", "default-domain", "default-role", "digraph",
    "ditaa", "footer", "graph", "graphviz", "header", "image", "index", "inheritance-diagram", "meta", "mermaid", "moduleauthor", "nwdiag", "openapi",
    "plantuml", "role", "sectionauthor", "sectnum", "section-numbering", "seqdiag", "spelling", "spelling:word-list", "tabularcolumns",
    "target-notes", "title", "toctree", "todo", "todolist", "uml", "video", "youtube",
)
# Their argument only says how or where their content is shown.
_WRAPPERS: Final = ("container", "div", "figure", "grid", "grid-item", "ifconfig", "only", "panels", "rst-class", "tab-set", "tabs")
# Their argument is the title of their content.
_TITLED: Final = (
    "admonition", "card", "collapse", "details", "dropdown", "expand", "grid-item-card", "group-tab", "rubric", "sidebar", "tab", "tab-item", "table",
    "toggle", "topic",
)
_ADMONITIONS: Final = {
    "attention": "Attention", "availability": "Availability", "caution": "Caution", "danger": "Danger", "error": "Error", "hint": "Hint",
    "impl-detail": "Implementation detail", "important": "Important", "note": "Note", "seealso": "See also", "tip": "Tip", "warning": "Warning",
}
_VERSIONS: Final = {
    "versionadded": "New in version {}", "version-added": "New in version {}", "versionchanged": "Changed in version {}",
    "version-changed": "Changed in version {}", "deprecated": "Deprecated since version {}", "version-deprecated": "Deprecated since version {}",
    "versionremoved": "Removed in version {}", "version-removed": "Removed in version {}",
    "deprecated-removed": "Deprecated since version {}, removed in version {}",
}
# Code without an argument, and its language.
_CODE_ALONE: Final = {"console": "console", "doctest": "python", "math": "", "productionlist": "", "testcode": "python", "testoutput": ""}
# They describe what their argument names. (Names with a domain, as in c:function, do as well.)
_SIGNATURES: Final = (
    "attribute", "class", "classmethod", "cmdoption", "confsec", "data", "decorator", "decoratormethod", "describe", "django-admin", "envvar", "exception",
    "function", "macro", "member", "method", "object", "opcode", "option", "pdbcommand", "property", "rest_method", "staticmethod", "struct", "type", "var",
)
_PYTHON: Final = frozenset({
    "attribute", "class", "classmethod", "data", "decorator", "decoratormethod", "exception", "function", "method", "property", "staticmethod",
})
# fmt: on
_OPTION: Final = re.compile(r":([\w.-]+):(?:\s+(.*))?$")
# What a project's own kind of directive describes; names without such marks may as well be styles.
_IDENTIFIER: Final = re.compile(r"--?\w|\$\w|[A-Za-z]\w*(?:[._/]\w|[(\[<])")
# Options of includes that take a part of the file.
_PART_OPTIONS: Final = frozenset({"start-after", "start-at", "start-line", "end-before", "end-at", "end-line", "lines", "pyobject"})
_SHOWN_OPTIONS: Final = ("type", "default", "value", "required", "optional")
_FLAGS: Final = frozenset({"required", "optional"})
# Options that say what the directive is about, and from how many words on an option is a sentence.
_DESCRIPTIONS: Final = frozenset("brief desc description doc help short short-description summary synopsis text".split())
_SENTENCE_WORDS: Final = 4
_ARGUMENTS: Final = re.compile(r"^[ \t]*\.\.[ \t]+([\w-]+)::[ \t]+(\S.*)$", re.MULTILINE)


class Directives:
    """The directives of one document, and what one of them leaves to the next; ``undescribed`` are options without a text."""

    def __init__(self, *, read_text: Callable[[str], str | None] | None, describe_option: DescribeOption | None) -> None:
        self.undescribed: list[str] = []
        self.describe_option = describe_option
        self.read_text = read_text
        # The folders of the included texts that are being read, the innermost last.
        self.folders: list[str] = []
        self.program = ""
        self.manager_module = ""
        # What the document's own kinds of directives have for arguments.
        self._arguments: dict[str, list[str]] = {}
        self._describing: dict[str, bool] = {}
        # The module and classes that qualify the names of Python's objects.
        self.scope: list[str] = []

    def learn(self, text: str) -> None:
        """Take note of the arguments of all directives in a text that is going to be read."""
        self._describing.clear()
        for name, argument in _ARGUMENTS.findall(text):
            self._arguments.setdefault(name.lower(), []).append(argument.strip())

    def describes(self, name: str) -> bool:
        """Tell whether a project's own directive names what it describes: one of its arguments is an identifier, or none comes twice."""
        if name not in self._describing:
            arguments = self._arguments.get(name, [])
            all_differ = 2 < len(arguments) == len(set(arguments)) and not any(" " in argument for argument in arguments)
            self._describing[name] = all_differ or any(map(_IDENTIFIER.match, arguments))
        return self._describing[name]

    def of(self, name: str) -> _Directive:
        """Return what docutils calls to run the directive ``name``."""
        return _Directive(name.lower(), self)


class _Directive:
    """One directive, in the form that docutils asks for.

    To docutils all that follows ``::`` is content, so that no argument or option is an error to it.
    """

    required_arguments = 0
    optional_arguments = 0
    final_argument_whitespace = True
    option_spec = None
    has_content = True

    def __init__(self, name: str, memory: Directives) -> None:
        self._name = name
        self._memory = memory

    def __call__(
        self,
        _name: str,
        _arguments: Any,
        _options: Any,
        content: Sequence[str],
        lineno: int,
        content_offset: int,
        _block_text: str,
        state: Any,
        state_machine: Any,
    ) -> _Directive:
        self._lineno = lineno
        self._state = state
        self._machine = state_machine
        self._split(list(content), lines_after=content_offset - lineno + 1)
        return self

    def _split(self, lines: list[str], *, lines_after: int) -> None:
        """Take the lines apart: argument (on the directive's own line and the following), options, content."""
        self._head: list[str] = []
        self._options: dict[str, str] = {}
        if lines_after == 0:
            while lines and lines[0].strip() and not _OPTION.match(lines[0]):
                self._head.append(lines.pop(0).strip())
        option = None
        while lines_after < 2 and lines and lines[0].strip():
            found = _OPTION.match(lines[0])
            if found:
                option = found.group(1).lower()
                self._options[option] = found.group(2) or ""
            elif option and lines[0][:1] == " ":
                self._options[option] = f"{self._options[option]}\n{lines[0].strip()}".strip()
            else:
                break
            del lines[0]
        while lines and not lines[0].strip():
            del lines[0]
        self._body = lines
        self._argument = " ".join(self._head)
        # For directives whose text may begin on their first line.
        self._text = [*self._head, *([""] if self._head else []), *self._body]

    def run(self) -> list[Any]:
        """Return the nodes that stand for the directive; text that may hold sections goes back to docutils as input instead."""
        handler = _HANDLERS.get(self._name)
        if handler is None:
            kind = self._name.rpartition(":")[2]
            known = kind in ("module", "currentmodule")
            described = ":" in self._name or self._name.startswith("auto")
            handler = _HANDLERS[kind] if known else _Directive._signature if described else _Directive._unknown
        return handler(self)

    # What the handlers are made of

    def _reparse(self, lines: list[str]) -> list[Any]:
        self._machine.insert_input(lines, "")
        return []

    def _nested(self, node: Any, lines: list[str]) -> Any:
        from docutils.statemachine import StringList

        self._state.nested_parse(StringList(lines, source=""), 0, node)
        return node

    def _inline(self, text: str) -> list[Any]:
        found: list[Any] = self._state.inline_text(text, self._lineno)[0]
        return found

    def _lead(self, text: str) -> list[Any]:
        """A title above what it is the title of, without a section of its own."""
        return [_node("lead", *self._inline(text))] if text.strip() else []

    def _labelled(self, label: str, lines: list[str]) -> list[Any]:
        return [self._nested(_node("labelled", label=label), lines)]

    def _code(self, lines: list[str], language: str | None) -> list[Any]:
        from docutils import nodes

        code = "\n".join(lines)
        return [nodes.literal_block(code, code, **({} if language is None else {"language": language}))]

    def _names(self, names: list[str]) -> list[Any]:
        """Names of which the document says no more."""
        from docutils import nodes

        items = [nodes.list_item("", nodes.paragraph("", "", nodes.literal(name, name))) for name in names]
        return [nodes.bullet_list("", *items)]

    def _table(self, rows: list[list[Any]], headers: int, stubs: int) -> list[Any]:
        """A table of lists of entries, the first ``headers`` rows and ``stubs`` columns being headings."""
        from docutils import nodes

        width = max((len(row) for row in rows), default=0)
        columns = [nodes.colspec(colwidth=1, **({"stub": 1} if column < stubs else {})) for column in range(width)]
        parts = [nodes.row("", *row) for row in rows]
        group = nodes.tgroup("", *columns, nodes.thead("", *parts[:headers]), nodes.tbody("", *parts[headers:]), cols=width)
        return [*self._lead(self._argument), nodes.table("", group)] if rows else []

    # The handlers

    def _dropped(self) -> list[Any]:
        return []

    def _unknown(self) -> list[Any]:
        prose = self._prose()
        described = _IDENTIFIER.match(self._argument) or (self._argument and " " not in self._argument and self._memory.describes(self._name))
        if (self._body or prose) and described:
            return self._signature()
        # One word is a label or a style; several are text.
        return self._reparse([*(self._text if " " in self._argument else self._body), "", *prose])

    def _prose(self) -> list[str]:
        """The options that hold a sentence, as a project's own directives have them: a description, or what its name says it is."""
        lines: list[str] = []
        for option, value in self._options.items():
            text = " ".join(value.split())
            words = text.split(" ")
            if option in _SHOWN_OPTIONS or len(words) < _SENTENCE_WORDS or all(word.endswith(",") for word in words[:-1]):
                continue
            lines += [text if option in _DESCRIPTIONS else f"{option.replace('-', ' ').capitalize()}: {text}", ""]
        return lines

    def _wrapper(self) -> list[Any]:
        return self._reparse(self._body)

    def _titled(self) -> list[Any]:
        self._reparse(self._body)
        return self._lead(self._argument)

    def _admonition(self) -> list[Any]:
        return self._labelled(_ADMONITIONS[self._name], self._text)

    def _version(self) -> list[Any]:
        label = _VERSIONS[self._name]
        words = self._argument.split()
        taken = label.count("{}")
        label = label.format(*words[:taken]) if len(words) >= taken else label.partition(" {}")[0]
        return self._labelled(label, [" ".join(words[taken:]), "", *self._body])

    def _highlight(self) -> list[Any]:
        return [_node("highlight", language=self._argument)]

    def _code_block(self) -> list[Any]:
        argument = self._head[0].split() if self._head else []
        language = argument[0] if argument else "bash" if self._name == "prompt" else None
        title = " ".join(argument[1:]) if self._name == "code-tab" else self._options.get("caption", "")
        return [*self._lead(title), *self._code([*self._head[1:], *self._body], language)]

    def _code_alone(self) -> list[Any]:
        return self._code(self._text, _CODE_ALONE[self._name])

    def _raw(self) -> list[Any]:
        return [_node("html", html="\n".join(self._body))] if "html" in self._argument.split() else []

    def _parsed_literal(self) -> list[Any]:
        from docutils import nodes

        text = "\n".join(self._text)
        return [nodes.literal_block(text, "", *self._inline(text), language="")]

    def _target(self, name: str) -> str:
        folder = self._memory.folders[-1] if self._memory.folders else ""
        return name if name.startswith("/") else posixpath.normpath(posixpath.join(folder, name))

    def _included(self, name: str, *, as_code: bool = False) -> str | None:
        """Return what an include takes of a file; a page of its own is only shown as code or in part."""
        part = "#part" if as_code or not _PART_OPTIONS.isdisjoint(self._options) else ""
        try:
            text = self._memory.read_text(f"{self._target(name)}{part}") if self._memory.read_text else None
        except DataError:  # binary or too large
            return None
        if text is None:
            return None
        if self._options.get("pyobject"):
            return python_object(text, self._options["pyobject"])
        return selection(text if as_code else text.expandtabs(8), self._options, by_line=as_code)

    def _include(self) -> list[Any]:
        folders = self._memory.folders
        as_code = "literal" in self._options or "code" in self._options
        text = self._included(self._argument, as_code=as_code) if len(folders) < _INCLUDE_DEPTH else None
        if text is None:
            return []
        self._memory.learn(text)
        lines = text.split("\n")
        if as_code:
            return self._code(lines, self._options.get("code", ""))
        folders.append(posixpath.dirname(self._target(self._argument)))
        return self._reparse([*lines, "", f".. {_INCLUDE_END}::", ""])

    def _include_end(self) -> list[Any]:
        del self._memory.folders[-1:]
        return []

    def _literal_include(self) -> list[Any]:
        text = self._included(self._argument, as_code=True)
        if text is None:
            return self._names([self._argument])
        return [*self._lead(self._options.get("caption", "")), *self._code(text.split("\n"), self._options.get("language"))]

    def _list_table(self) -> list[Any]:
        from docutils import nodes

        content = self._nested(nodes.Element(), self._body)
        items = [list(node) for node in content if isinstance(node, nodes.bullet_list)]
        rows = [[nodes.entry("", *cell) for part in item if isinstance(part, nodes.bullet_list) for cell in part] for item in items[0]] if items else []
        if not all(rows):
            return [*self._lead(self._argument), *content]
        return self._table(rows, self._number("header-rows"), self._number("stub-columns"))

    def _csv_table(self) -> list[Any]:
        from docutils import nodes

        lines = self._body
        if "file" in self._options:
            lines = (self._included(self._options["file"]) or "").split("\n")
        delimiter = {"tab": "\t", "space": " "}.get(self._options.get("delim", ","), self._options.get("delim", ",")[:1] or ",")
        quote = self._options.get("quote", '"')[:1] or '"'
        header = self._options.get("header")
        lines = [*(header.split("\n") if header else []), *lines]
        records = [row for row in csv.reader((f"{line}\n" for line in lines), delimiter=delimiter, quotechar=quote, skipinitialspace=True) if row]
        rows = [[self._nested(nodes.entry(), cell.split("\n")) for cell in record] for record in records]
        return self._table(rows, self._number("header-rows") + bool(header), self._number("stub-columns"))

    def _number(self, option: str) -> int:
        value = self._options.get(option, "")
        return int(value) if value.isascii() and value.isdecimal() and len(value) < 4 else 0

    def _module(self) -> list[Any]:
        self._memory.scope = [self._argument] if self._argument not in ("", "None") else []
        return []

    def _program(self) -> list[Any]:
        self._memory.program = self._argument if self._argument != "None" else ""
        return []

    def _manager_module(self) -> list[Any]:
        self._memory.manager_module = self._argument if self._argument != "None" else ""
        return []

    def _class(self) -> list[Any]:
        # docutils' own directive of this name sets the style of what follows.
        return self._signature() if self._body or "(" in self._argument else []

    def _signature(self) -> list[Any]:
        name = ", ".join(re.sub(r"\\(.)", r"\1", line) for line in self._head)
        if not name:
            return self._reparse(self._body)
        domain, _colon, kind = self._name.rpartition(":")
        if domain in ("", "py") and kind in _PYTHON:
            found = re.match(r"(?:async |static )?([\w.]+)", name)
            own = found.group(1) if found else name
            anchor = ".".join([*self._memory.scope, own])
            self._memory.scope.append(own)
            entry = self._entry(name, anchor, self._body)
            self._memory.scope.pop()
            return entry
        if domain == "http":
            name = f"{kind.upper()} {name}"
        anchor = ""
        if kind in ("option", "cmdoption"):
            anchor = _anchor("cmdoption", self._memory.program, re.split("[ ,=]", name)[0])
        elif domain in ("", "std") and kind in _SIGNATURES and kind not in ("describe", "object"):
            anchor = _anchor(kind, name)
        return self._entry(name, anchor, self._body)

    def _option_entry(self) -> list[Any]:
        name, body = self._argument, self._body
        if self._memory.manager_module:
            name = f"mgr/{self._memory.manager_module}/{name}"
        elif self._memory.describe_option and not body:
            described = self._memory.describe_option(name, self._options.get("default"))
            if described is not None:
                return self._entry(name, _anchor("confval", name), described.split("\n"), shown=())
        entry = self._entry(name, _anchor("confval", name), body)
        if not body:
            self._memory.undescribed.append(name)
        return entry

    def _entry(self, name: str, anchor: str, body: list[str], shown: Sequence[str] = _SHOWN_OPTIONS) -> list[Any]:
        values = {option: self._options[option] or ("yes" if option in _FLAGS else "") for option in shown if option in self._options}
        fields = [f":{option.capitalize()}: {value}" for option, value in values.items() if value]
        prose = self._prose() if shown else []
        entry = self._nested(_node("described", title=name, anchor=anchor), [*prose, *body, "", *fields])
        return [entry] if len(entry) else self._names([name])

    def _glossary(self) -> list[Any]:
        entries: list[tuple[list[str], list[str]]] = []
        before = ""
        for line in self._body:
            if line.startswith(".."):
                continue
            if line[:1].strip():
                # Terms on consecutive lines share a definition.
                if not entries or entries[-1][1] or not before.strip():
                    entries.append(([], []))
                entries[-1][0].append("".join(node.astext() for node in self._inline(line.split(" : ")[0])))
            elif entries and (line.strip() or entries[-1][1]):
                entries[-1][1].append(line)
            before = line
        result = []
        for terms, definition in entries:
            lines = textwrap.dedent("\n".join(definition)).split("\n")
            if len(" ".join(lines).split()) < SHORT_DEFINITION:
                result.append(self._nested(_node("short_entry", label=", ".join(terms)), lines))
            else:
                result += self._entry(", ".join(terms), _anchor("term", terms[0]), lines, shown=())
        return result


def _node(tag: str, *children: Any, **attributes: str) -> Any:
    """Return a node of a kind that docutils does not have and _rst_html knows."""
    from docutils import nodes

    node = nodes.Element("", *children, **attributes)
    node.tagname = tag
    return node


def _anchor(*parts: str) -> str:
    """Return the id that Sphinx gives to what is named so."""
    return re.sub(r"^[-0-9._]+|-+$", "", re.sub(r"[^A-Za-z0-9._]+", "-", "-".join(filter(None, parts))))


_INCLUDE_END: Final = "end-of-included-text"
_HANDLERS: Final[dict[str, Callable[[_Directive], list[Any]]]] = {
    **dict.fromkeys(_DROPPED, _Directive._dropped),
    **dict.fromkeys(_WRAPPERS, _Directive._wrapper),
    **dict.fromkeys(_TITLED, _Directive._titled),
    **dict.fromkeys(_ADMONITIONS, _Directive._admonition),
    **dict.fromkeys(_VERSIONS, _Directive._version),
    **dict.fromkeys(_SIGNATURES, _Directive._signature),
    **dict.fromkeys(("code", "code-block", "code-tab", "prompt", "sourcecode"), _Directive._code_block),
    **dict.fromkeys(_CODE_ALONE, _Directive._code_alone),
    **dict.fromkeys(("module", "currentmodule"), _Directive._module),
    "class": _Directive._class,
    "confval": _Directive._option_entry,
    "csv-table": _Directive._csv_table,
    "glossary": _Directive._glossary,
    "highlight": _Directive._highlight,
    "include": _Directive._include,
    "list-table": _Directive._list_table,
    "literalinclude": _Directive._literal_include,
    "mgr_module": _Directive._manager_module,
    "parsed-literal": _Directive._parsed_literal,
    "program": _Directive._program,
    "raw": _Directive._raw,
    _INCLUDE_END: _Directive._include_end,
}
