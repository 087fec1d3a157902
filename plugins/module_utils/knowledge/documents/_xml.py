# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""XML and SGML documents: the root element tells which vocabulary reads them."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

from ..._errors import DataError
from ._docbook import is_docbook, read_docbook
from ._markup import ReadText, parse_markup
from ._nginx_xml import is_nginx_xml, read_nginx_xml
from ._page import PageBuilder


def read_xml(text: str, builder: PageBuilder, *, version: str | None = None, read_text: ReadText | None = None) -> None:
    """Write the content of a DocBook document or of nginx's documentation XML to ``builder``.

    ``version`` of the documentation fills its version entities and tells what is too new for it. Raises DataError for
    any other XML.
    """
    document = parse_markup(text, version=version, read_text=read_text, warnings=builder.warnings)
    if not len(document):
        raise DataError(f"{builder.path} has no elements, only declarations or plain text.", file=builder.path)
    if is_nginx_xml(document[0]):
        read_nginx_xml(document[0], builder, version=version)
    elif is_docbook(document):
        read_docbook(document, builder, read_text=read_text)
    else:
        raise DataError(f"{builder.path} is XML with the root <{document[0].tag}>; of XML only DocBook and nginx's can be read.", file=builder.path)
