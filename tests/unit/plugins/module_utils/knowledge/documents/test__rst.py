# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.documents._convert import Page, Section, convert
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.documents._directory_source import DirectoryReader, SkippedFile, SourcePage


def rst(text: str, **options: object) -> Page:
    return convert(text.encode(), "page.rst", **options)  # type: ignore[arg-type]


def lines(section: Section | Page) -> list[str]:
    sections = [section] if isinstance(section, Section) else section.sections
    return [block.text for part in sections for block in part.blocks]


def section(page: Page, heading: str) -> Section:
    return next(part for part in page.sections if part.headings[-1:] == (heading,))


def test_headings_anchors_and_code() -> None:
    page = rst(
        "=======\nService\n=======\n\n.. _disks:\n\nRemove a disk\n=============\n\nText.\n\n.. _svc-replacing:\n\nReplacing a disk\n----------------\n\n"
        "Keep its number:\n\n.. prompt:: bash #\n\n   store rm <disk(s)> --replace [--force]\n\n* It must be larger than 5 GB.\n"
    )
    assert page.title == "Service"
    removal = section(page, "Replacing a disk")
    assert (removal.headings, removal.anchor) == (("Remove a disk", "Replacing a disk"), "svc-replacing")
    assert lines(removal) == ["Keep its number:", "```bash\nstore rm <disk(s)> --replace [--force]\n```", "- It must be larger than 5 GB."]


def test_an_option_is_its_name_its_meaning_and_its_values() -> None:
    """Older Sphinx sites write an option as a name in a paragraph of its own and a list of fields."""
    text = (
        "Settings\n========\n\nCopying\n-------\n\n``store_max_copies``\n\n:Description: How many copies may be made at once. Reads count apart.\n"
        ":Type: 64-bit Unsigned Integer\n:Default: ``1``\n\n"
    )
    copies = section(rst(text), "store_max_copies")
    assert copies.headings == ("Copying", "store_max_copies")
    assert lines(copies) == ["How many copies may be made at once. Reads count apart.", "- Type: 64-bit Unsigned Integer", "- Default: `1`"]


def test_options_are_joined_from_their_tables(tmp_path: Path) -> None:
    (tmp_path / "options").mkdir()
    (tmp_path / "options" / "store.yaml.in").write_text(
        "options:\n- name: store_max_copies\n"
        "  type: uint\n  level: advanced\n  desc: How many copies may be made at once.\n  default: 1\n  flags:\n  - runtime\n"
        "- name: store_plugins\n  type: str\n  level: advanced\n  desc: Where plugins are.\n  default: @install_dir@/plugins\n"
    )
    (tmp_path / "page.rst").write_text("Settings\n========\n\nCopying\n-------\n\nHere is what bounds the copying:\n\n.. confval:: store_max_copies\n")
    entries = list(DirectoryReader(tmp_path, version="18.2.4").entries())
    pages = {entry.relative_path: entry.page for entry in entries if isinstance(entry, SourcePage)}
    copies = section(pages["page.rst"], "store_max_copies")
    assert (copies.headings, copies.anchor) == (("Copying", "store_max_copies"), "confval-store_max_copies")
    assert lines(copies) == [
        *("How many copies may be made at once.", "- Type: unsigned integer", "- Default: `1`"),
        *("- Flags: runtime (can be changed at runtime)", "- Level: advanced"),
    ]
    # A value that the build fills in, in a table that is no YAML before that; what no page describes is described by the table, and nothing twice.
    assert "- Default: `<install_dir>/plugins`" in lines(section(pages["options/store.yaml.in"], "store_plugins"))
    named = [part.headings[-1] for page in pages.values() for part in page.sections if (part.anchor or "").startswith("confval-")]
    assert sorted(named) == ["store_max_copies", "store_plugins"]


def test_yaml_that_is_no_table_of_options_is_skipped_with_a_reason(tmp_path: Path) -> None:
    (tmp_path / "deploy.yaml.in").write_text("kind: Deployment\nmetadata: {name: @name@}\n")
    (tmp_path / "list.yaml.in").write_text("options: [a, b]\n")
    (tmp_path / "broken.yaml.in").write_text("options:\n- name: [\n")
    (tmp_path / "all.yaml.in").write_text("options:\n- name: one\n  type: str\n  desc: The first of them.\n")
    (tmp_path / "page.rst").write_text("Title\n=====\n\nHere is the one option.\n\n.. confval:: one\n\n.. confval:: two\n")
    reasons = {entry.relative_path: entry.reason for entry in DirectoryReader(tmp_path).entries() if isinstance(entry, SkippedFile)}
    assert set(reasons) == {"deploy.yaml.in", "list.yaml.in", "broken.yaml.in", "all.yaml.in"}
    assert "not a table of options" in reasons["list.yaml.in"]
    assert "(line 3)" in reasons["broken.yaml.in"]
    assert reasons["all.yaml.in"] == "other pages describe all of its options"
    page = next(entry.page for entry in DirectoryReader(tmp_path).entries() if isinstance(entry, SourcePage))
    assert "has no description of two:" in page.warnings[0]
    assert "- `two`" in lines(page)


def test_tables() -> None:
    listed = ".. list-table::\n   :header-rows: 1\n\n   * - \n     - m=1\n   * - k=1\n     - 2.00\n"
    assert lines(rst(listed)) == ["|  | m=1 |\n| --- | --- |\n| k=1 | 2.00 |"]
    simple = "=======  ============\nCounter  Description\n=======  ============\nstored   Bytes in the\n         pool\n=======  ============\n"
    assert lines(rst(simple)) == ["| Counter | Description |\n| --- | --- |\n| stored | Bytes in the pool |"]
    grid = "+---+-----+\n| a | b   |\n+===+=====+\n| 1 | two |\n|   | rows|\n+---+-----+\n| x | y   |\n|   +-----+\n|   | z   |\n+---+-----+\n"
    grid += "| wide    |\n+---+-----+\n"
    assert lines(rst(grid)) == ["| a | b |\n| --- | --- |\n| 1 | two rows |\n| x | y |\n| x | z |\n| wide |  |"]
    values = '.. csv-table:: Values\n   :header: "a", "b"\n\n   "1, 2", ``x|y``\n'
    assert lines(rst(values)) == ["Values:", "| a | b |\n| --- | --- |\n| 1, 2 | `x\\|y` |"]


def test_inline_markup_becomes_its_text() -> None:
    text = (
        "Pools\n=====\n\nSee :ref:`the guide <guide>`, :ref:`caps`, :doc:`/rados/index`, :term:`OSD`\\s, :confval:`osd_data`, :command:`ceph -s`,\n"
        ":rfc:`3986`, :meth:`~a.b.Client.close`, :option:`ls --all`, :ansopt:`a.b.c#module:state=present`, `a link <https://example.com>`_,\n"
        "|daemon| of |version|, |site|, ``mon *`` and a note [#n]_, 2\\ :sup:`10`, osd_ and *unclosed and ``unclosed.\n\n"
        ".. |daemon| replace:: the **OSD** daemon\n"
        ".. [#n] At the end.\n\n.. _caps:\n\nUser Capabilities\n-----------------\n\nText.\n"
    )
    assert lines(rst(text, version="18.2.4"))[:2] == [
        "See the guide, User Capabilities, /rados/index, OSDs, `osd_data`, `ceph -s`, RFC 3986, `close`, `ls --all`, `state=present`, a link, "
        "the OSD daemon of 18.2.4, <site>, `mon *` and a note [1], 2^10, osd_ and *unclosed and ``unclosed.",
        "[1] At the end.",
    ]


def test_admonitions_versions_and_lists() -> None:
    text = (
        ".. note:: Back up\n   first.\n\n.. warning::\n   :class: red\n\n   Slow.\n\n   ::\n\n     cmd\n\n"
        ".. versionadded:: 16.2 The flag.\n.. deprecated:: 17.1\n"
        ".. deprecated-removed:: 3.2 3.8\n   Use the other.\n\n.. seealso:: :doc:`x`\n\n"
        "term : kind\n   What it is.\n\n   More.\n\n-a, --all=WHAT  All of\n                them.\n\n"
        ":Author: me\n\n#. one\n\n   - inner\n#. two\n\n| line\n| by line\n"
    )
    assert lines(rst(text)) == [
        *("Note: Back up first.", "Warning: Slow.", "```\ncmd\n```", "New in version 16.2: The flag.", "Deprecated since version 17.1."),
        *("Deprecated since version 3.2, removed in version 3.8: Use the other.", "See also: x", "- term (kind): What it is.", "  More."),
        *("- `-a, --all=WHAT`: All of them.", "- Author: me", "1. one", "   - inner", "2. two", "line\nby line"),
    ]


def test_code_keeps_its_language_and_its_text() -> None:
    text = (
        ".. highlight:: ini\n\nSet::\n\n   [osd]\n     a = 1\n\n.. prompt:: bash $,# auto\n\n   $ ceph -s\n   # ls\n\n"
        ".. code-block:: yaml\n   :caption: spec.yml\n\n"
        "   a: |\n     b\n\n.. parsed-literal::\n\n   wget *file*-|version|\n\n>>> 1 + 1\n2\n"
    )
    assert lines(rst(text, version="9")) == [
        *("Set:", "```ini\n[osd]\n  a = 1\n```", "```bash\n$ ceph -s\n# ls\n```", "spec.yml:", "```yaml\na: |\n  b\n```", "```\nwget file-9\n```"),
        "```python\n>>> 1 + 1\n2\n```",
    ]


def test_what_a_directive_describes_is_a_section() -> None:
    text = (
        "Client\n======\n\n.. program:: rm\n.. option:: -r, --recursive\n\n   Whole trees.\n\n.. option:: -q\n\n.. envvar:: HOME\n\n   Where.\n\n"
        ".. module:: shelve\n"
        ".. class:: Shelf(dict)\n\n   A shelf.\n\n   .. method:: sync(force=False)\n\n      Write back.\n\n      :param bool force: Always.\n\n"
        ".. describe:: $host\n\n   Its name.\n\n.. django-admin-option:: --noinput\n\n   No questions.\n\nAfter.\n"
    )
    page = rst(text)
    assert [(part.headings, part.anchor, lines(part)) for part in page.sections[:-1]] == [
        (("-r, --recursive",), "cmdoption-rm-r", ["Whole trees."]),
        ((), None, ["- `-q`"]),
        (("HOME",), "envvar-HOME", ["Where."]),
        (("Shelf(dict)",), "shelve.Shelf", ["A shelf."]),
        (("Shelf(dict)", "sync(force=False)"), "shelve.Shelf.sync", ["Write back.", "- force (bool): Always."]),
        (("$host",), "client", ["Its name."]),
        (("--noinput",), "client", ["No questions."]),
    ]
    assert lines(page.sections[-1]) == ["After."]


def test_glossaries() -> None:
    long = "Holds objects, which are found by their keys, and has an owner who says who else may read them. " * 4
    page = rst(
        f"Glossary\n========\n\n.. glossary::\n\n   Bucket\n      {long}\n\n   Cloud\n   Clouds\n      {long}\n\n   Panel\n      Another name for Cloud.\n"
    )
    assert section(page, "Bucket").anchor == "term-Bucket"
    assert lines(section(page, "Cloud, Clouds"))[0].startswith("Holds objects")
    assert "- Panel: Another name for Cloud." in lines(page)


def test_tabs_conditions_and_includes_keep_their_content() -> None:
    text = (
        "T\n=\n\n.. tabs::\n\n   .. group-tab:: Debian\n\n      Use apt.\n\n   .. code-tab:: bash Fedora\n\n      dnf install x\n\n"
        ".. only:: html\n\n   Web\n   ---\n\n   On the web.\n\n"
        ".. include:: parts/a.inc\n\n.. literalinclude:: /demo.conf\n   :language: ini\n   :lines: 2-\n\n.. literalinclude:: gone.py\n"
    )
    files = {
        "parts/a.inc": b"Part\n----\n\nOne.\n\n.. include:: b.inc\n",
        "parts/b.inc": b"Two.\n\n.. include:: b.inc\n",
        "/demo.conf#part": b"; demo\n[osd]\n",
    }
    page = rst(text, read_include=files.get)
    assert [part.headings for part in page.sections] == [(), ("Web",), ("Part",)]
    assert lines(page) == [
        "Debian:",
        "Use apt.",
        "Fedora:",
        "```bash\ndnf install x\n```",
        "On the web.",
        "One.",
        *["Two."] * 4,
        "```ini\n[osd]\n```",
        "- `gone.py`",
    ]


def test_navigation_pictures_and_comments_are_dropped() -> None:
    text = (
        ":orphan:\n\n.. contents::\n\n.. toctree::\n   :maxdepth: 1\n\n   a\n\n.. index:: a; b\n\n.. image:: a.png\n   :alt: An image\n\n"
        ".. ditaa::\n\n   +--+\n   |  |\n   +--+\n\n"
        ".. a comment\n\n..\n   another\n\n.. raw:: latex\n\n   \\x\n\n.. raw:: html\n\n   <table><td><h3>Kept</h3><script>x</script>\n\nEnd.\n"
    )
    page = rst(text)
    assert [part.headings for part in page.sections] == [("Kept",)] or page.title == "Kept"
    assert lines(page) == ["End."]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("A\n=\n\nB\n-\n\nC\n~\n\nc\n\nD\n=\n\nE\n~\n\nlost?\n", ["E", "lost?"]),
        ("=====  =====\na\n=====  =====\n1      2 3 4 5 6 7 8\n", ["a", "1 2 3 4 5 6 7 8"]),
        (".. note::\n   x\n  y\n\n.. nonsense:: a b\n   :x\n   c\n", ["x", "y", "a b", "c"]),
        (".. include:: /etc/hostname\n.. csv-table::\n   :file: /etc/passwd\n.. raw:: html\n   :file: /etc/passwd\n\nrest\n", ["rest"]),
        ("".join(f"{'  ' * depth}- item{depth}\n\n" for depth in range(150)), ["item0", "item149"]),
        ("text " + "`" * 6000 + " end\n", ["text", "end"]),
        ("word " * 4000, ["word word"]),
    ],
    ids=["title level", "table", "directives", "files", "nesting", "marks", "long line"],
)
def test_a_broken_document_still_gives_its_text(text: str, kept: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    found = "\n".join(lines(rst(text)))
    for part in kept:
        assert part in found
    assert "root:" not in found
    assert not re.search("system message|error|severe", found, re.IGNORECASE)
    assert capfd.readouterr() == ("", "")


def test_a_project_s_own_directives_keep_their_sentences_and_names() -> None:
    page = rst(
        "T\n=\n\n.. db:option:: cache-size\n   :tags: memory, server\n   :short: Limits what the cache may take of memory.\n\n   The default is a tenth.\n\n"
        ".. db-arg:: SOURCE\n   :required:\n\n   The path that is copied.\n\n.. db-arg:: --force\n\n   Asks nothing.\n\n.. look:: lead\n\n   Only styled.\n"
    )
    assert [(part.headings, [block.text for block in part.blocks]) for part in page.sections] == [
        (("cache-size",), ["Limits what the cache may take of memory.", "The default is a tenth."]),
        (("SOURCE",), ["The path that is copied.", "- Required: yes"]),
        (("--force",), ["Asks nothing."]),
        ((), ["Only styled."]),
    ]
