# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DocBook's inline elements as text with marks, its code and its synopses."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from typing import Any, Final

from ._blocks import LINE_BREAK, code_mark, placeholder_mark

# lxml's elements are untyped.
Element = Any

_LAYOUT: Final = frozenset(
    "blockquote bridgehead calloutlist classsynopsis cmdsynopsis constructorsynopsis destructorsynopsis equation example figure formalpara funcsynopsis "
    "glossentry glosslist informalequation informalexample informalfigure informaltable itemizedlist literallayout mediaobject methodsynopsis msgset "
    "orderedlist procedure programlisting qandaentry qandaset screen screenshot segmentedlist sidebar stepalternatives substeps synopsis table task "
    "variablelist varlistentry tgroup tbody row caution danger important note tip warning".split()
)
BLOCKS: Final = _LAYOUT | frozenset(
    "abstract appendix article bibliodiv bibliography biblioentry bibliomixed book callout chapter colophon dedication epigraph glossary glossdef glossdiv "
    "glosssee glossseealso legalnotice listitem para part partintro preface qandadiv question answer reference refentry refmeta refnamediv refsect1 refsect2 "
    "refsect3 refsection refsynopsisdiv sect1 sect2 sect3 sect4 sect5 section set simpara simplelist simplesect step synonym synopfragment topic value".split()
)
CODE: Final = frozenset(
    "classname code command computeroutput constant database envar errorcode errorname errortype exceptionname filename function interfacename keycode "
    "keysym literal markup methodname option package parameter prompt property returnvalue sgmltag smbconfoption structfield structname symbol systemitem "
    "tag token type userinput varname".split()
)
DROPPED: Final = frozenset(
    "anchor area areaspec beginpage colspec footnoteref graphic imagedata imageobject index indexterm inlinegraphic lot refclass refmiscinfo "
    "remark revhistory spanspec subtitle synopfragmentref toc videoobject audioobject".split()
)
INFO: Final = frozenset(
    "appendixinfo articleinfo bibliographyinfo blockinfo bookinfo chapterinfo docinfo glossaryinfo indexinfo info objectinfo partinfo prefaceinfo "
    "refentryinfo referenceinfo refsect1info refsect2info refsect3info refsectioninfo refsynopsisdivinfo sect1info sect2info sect3info sect4info sect5info "
    "sectioninfo setinfo sidebarinfo".split()
)
# References to a longer title are cut.
_MAX_TARGET: Final = 150
# A reference to postgresql's parameters names them after this prefix.
_PARAMETER_ID: Final = re.compile(r"^guc-(?=\w)")


def has_blocks(element: Element, *, paragraphs: bool = True) -> bool:
    """Tell whether an element holds blocks; without ``paragraphs`` only those that no table cell can hold."""
    return next(element.iter(*(BLOCKS if paragraphs else _LAYOUT)), None) is not None


class Inline:
    """Renders inline elements; knows the document's ids, so that a reference reads as what it leads to."""

    def __init__(self, document: Element) -> None:
        self._targets: dict[str, Element] = {}
        # The number of each callout mark in its listing.
        self.callouts: dict[str, int] = {}
        listing: Element = None
        number = 0
        for element in document.iter():
            name = element.get("id")
            if name:
                self._targets.setdefault(name, element)
            if element.tag == "co":
                number = number + 1 if element.getparent() is listing else 1
                listing = element.getparent()
                element.set("number", str(number))
                self.callouts[name or ""] = number

    def of(self, element: Element) -> str:
        """Return the marked text of an element, whatever it is."""
        tag = element.tag
        if tag in DROPPED or not isinstance(tag, str):
            return ""
        special = getattr(self, f"_of_{tag}", None)
        if special is not None:
            text: str = special(element)
            return text
        if tag in CODE:
            return code_mark(self._content(element) or element.get("name") or "")
        text = self._content(element)
        return f" {text} " if tag in BLOCKS or tag == "member" else text

    def cell(self, element: Element) -> str:
        """Return the marked text of a table's cell, a line for each paragraph."""
        if element.find("para") is None:
            return self._content(element)
        return LINE_BREAK.join(self.of(child).strip() + (child.tail or "").rstrip() for child in element)

    def reference_name(self, element: Element) -> str:
        """Return the name of a reference page."""
        for name in ("refmeta/refentrytitle", "refnamediv/refname"):
            found = element.find(name)
            if found is not None:
                return self.of(found).strip()
        return ""

    def target(self, name: str) -> str:
        """Return what a reference to an id says: the label, title or term of its target, else the id."""
        element = self._targets.get(name)
        if element is None:
            parameter = _PARAMETER_ID.sub("", name)
            return name if parameter == name else code_mark(parameter.replace("-", "_"))
        if element.get("xreflabel"):
            label = element.get("xreflabel")
            return code_mark(label) if element.tag == "varlistentry" else str(label)
        title = element.find("refmeta/refentrytitle") if element.tag == "refentry" else element.find("title")
        if title is None:
            title = next(element.iterchildren("term", "glossterm"), None)
        return name if title is None else _own_text(title)

    def _content(self, element: Element) -> str:
        return (element.text or "") + "".join(self.of(child) + (child.tail or "") for child in element)

    def _of_replaceable(self, element: Element) -> str:
        return placeholder_mark(self._content(element))

    def _of_xref(self, element: Element) -> str:
        end = self._targets.get(element.get("endterm") or "")
        return _own_text(end) if end is not None else self.target(element.get("linkend") or "")

    def _of_link(self, element: Element) -> str:
        text = self._content(element)
        return text if text.strip() else element.get("href") or self.target(element.get("linkend") or "")

    def _of_ulink(self, element: Element) -> str:
        text = self._content(element)
        return text if text.strip() else element.get("url") or ""

    def _of_citerefentry(self, element: Element) -> str:
        return _page_reference(*(self._content(part).strip() for part in element[:2]))

    def _of_footnote(self, element: Element) -> str:
        return f" ({self._content(element).strip()})"

    def _of_quote(self, element: Element) -> str:
        return f'"{self._content(element)}"'

    def _of_superscript(self, element: Element) -> str:
        return f"^{self._content(element)}"

    def _of_optional(self, element: Element) -> str:
        return f"[{self._content(element)}]"

    def _of_keycombo(self, element: Element) -> str:
        return "+".join(self.of(child).strip() for child in element)

    def _of_menuchoice(self, element: Element) -> str:
        return " > ".join(self.of(child).strip() for child in element if child.tag != "shortcut")

    def _of_co(self, element: Element) -> str:
        return f"({element.get('number')})"

    def _of_sbr(self, element: Element) -> str:
        return LINE_BREAK

    def _of_returnvalue(self, element: Element) -> str:
        # In postgresql's tables of functions the arrow is the style sheet's.
        in_table = next(element.iterancestors("entry"), None) is not None
        return ("\u2192 " if in_table else "") + code_mark(self._content(element))


def _own_text(element: Element) -> str:
    """Return the text of a reference's target, whose own references are not followed."""
    parts = [element.text or ""]
    for child in element:
        parts += ["" if child.tag in DROPPED else "".join(child.itertext()), child.tail or ""]
    return textwrap.shorten("".join(parts), _MAX_TARGET, placeholder=" ...")


def verbatim(element: Element) -> str:
    """Return the text of a listing as it is, with the numbers of its callouts."""
    parts = [element.text or ""]
    for child in element:
        if child.tag == "co":
            parts.append(f"({child.get('number')})")
        elif child.tag == "sbr":
            parts.append("\n")
        elif child.tag == "optional":
            parts.append(f"[{verbatim(child)}]")
        elif child.tag == "citerefentry":
            parts.append(_page_reference(*(verbatim(part) for part in child[:2])))
        elif child.tag == "replaceable" and (parts[-1][-1:].isalnum() or (child.tail or "")[:1].isalnum()):
            parts.append(f"<{verbatim(child)}>")
        elif child.tag not in DROPPED:
            parts.append(verbatim(child))
        parts.append(child.tail or "")
    return "".join(parts)


def synopsis(element: Element) -> Iterator[str]:
    """Yield the lines of a command's or function's synopsis."""
    if element.tag != "funcsynopsis":
        parts = [_argument(child) for child in element if child.tag not in DROPPED and child.tag != "synopfragment"]
        yield from (line.strip() for line in " ".join(part for part in parts if part).split("\n"))
        return
    for child in element:
        if child.tag != "funcprototype":
            yield from verbatim(child).strip("\n").split("\n")
            continue
        definition = child.find("funcdef")
        parameters = ["void" if part.tag == "void" else _line(part) for part in child.iterchildren("paramdef", "void", "varargs")]
        yield f"{'' if definition is None else _line(definition)}({', '.join(parameters)});"


def _page_reference(name: str = "", volume: str = "") -> str:
    return f"{name}({volume})" if volume else name


def _line(element: Element) -> str:
    return re.sub(r"\s+", " ", verbatim(element)).strip()


def _argument(element: Element) -> str:
    if element.tag == "sbr":
        return "\n"
    if element.tag not in ("arg", "group"):
        return _line(element)
    if element.tag == "group":
        text = " | ".join(_argument(child) for child in element if child.tag not in DROPPED)
    else:
        # Arguments within arguments follow their option.
        pieces = [element.text or ""]
        for child in element:
            pieces += [f" {_argument(child)} " if child.tag in ("arg", "group") else _line(child), child.tail or ""]
        text = re.sub(r"\s+", " ", "".join(pieces)).strip()
    choice = element.get("choice") or "opt"
    if choice == "req":
        text = f"{{{text}}}"
    elif choice != "plain":
        text = f"[{text}]"
    elif element.tag == "group" and element.get("rep") == "repeat":
        text = f"({text})"
    return f"{text}..." if element.get("rep") == "repeat" else text
