# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.documents._convert import Page, Section, convert
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.documents._directory_source import SkippedFile, SourcePage, read_pages


def rst(text: str, **options: object) -> Page:
    return convert(text.encode(), "page.rst", **options)  # type: ignore[arg-type]


def lines(section: Section | Page) -> list[str]:
    sections = [section] if isinstance(section, Section) else section.sections
    return [block.text for part in sections for block in part.blocks]


def section(page: Page, heading: str) -> Section:
    return next(part for part in page.sections if part.headings[-1:] == (heading,))


@pytest.fixture(scope="module")
def ceph(shared: Path) -> Callable[[str, str], Page]:
    return lambda version, name: convert((shared / "corpus" / "ceph" / version / name).read_bytes(), name)


@pytest.fixture(scope="module")
def reef(shared: Path) -> list[SourcePage | SkippedFile]:
    return list(read_pages(shared / "corpus" / "ceph" / "18.2.4", version="18.2.4"))


def test_headings_anchors_and_code_of_a_real_page(ceph: Callable[[str, str], Page]) -> None:
    page = ceph("18.2.4", "cephadm/services/osd.rst")
    assert page.title == "OSD Service"
    removal = section(page, "Replacing an OSD")
    assert (removal.headings, removal.anchor) == (("Remove an OSD", "Replacing an OSD"), "cephadm-replacing-an-osd")
    assert "```bash\nceph orch osd rm <osd_id(s)> --replace [--force]\n```" in lines(removal)
    assert "- The device must be larger than 5 GB." in lines(section(page, "Listing Storage Devices"))
    assert any(text.startswith("```yaml\nservice_type: osd\n") for text in lines(section(page, "The simple case")))


def test_an_option_is_its_name_its_meaning_and_its_values(ceph: Callable[[str, str], Page]) -> None:
    """Before 17 the options of Ceph are a name in a paragraph of its own and a list of fields."""
    backfills = section(ceph("16.2.5", "rados/configuration/osd-config-ref.rst"), "osd_max_backfills")
    assert backfills.headings == ("Backfilling", "osd_max_backfills")
    assert lines(backfills) == [
        "The maximum number of backfills allowed to or from a single OSD. Note that this is applied separately for read and write operations.",
        "- Type: 64-bit Unsigned Integer",
        "- Default: `1`",
    ]
    assert lines(section(ceph("14.2.22", "rados/configuration/osd-config-ref.rst"), "osd max backfills"))[0].startswith("The maximum number of backfills")


def test_options_are_joined_from_their_tables(reef: list[SourcePage | SkippedFile]) -> None:
    pages = {entry.relative_path: entry.page for entry in reef if isinstance(entry, SourcePage)}
    backfills = section(pages["rados/configuration/osd-config-ref.rst"], "osd_max_backfills")
    assert (backfills.headings, backfills.anchor) == (("Backfilling", "osd_max_backfills"), "confval-osd_max_backfills")
    assert lines(backfills)[0].startswith("The maximum number of backfills allowed to or from a single OSD. ")
    assert lines(backfills)[-4:] == ["- Type: unsigned integer", "- Default: `1`", "- Flags: runtime (can be changed at runtime)", "- Level: advanced"]
    assert "- Default: 1 day" in lines(section(pages["rados/configuration/osd-config-ref.rst"], "osd_scrub_min_interval"))
    assert "- Default: `/var/lib/ceph/osd/$cluster-$id`" in lines(section(pages["rados/configuration/osd-config-ref.rst"], "osd_data"))
    # A value that the build fills in, in a table that is no YAML before that.
    assert "- Default: `<CEPH_INSTALL_FULL_PKGLIBDIR>/erasure-code`" in lines(section(pages["options/global.yaml.in"], "erasure_code_dir"))


def test_every_option_is_described_exactly_once(reef: list[SourcePage | SkippedFile], shared: Path) -> None:
    named = Counter(
        part.headings[-1] for entry in reef if isinstance(entry, SourcePage) for part in entry.page.sections if (part.anchor or "").startswith("confval-")
    )
    tables = (shared / "corpus" / "ceph" / "18.2.4" / "options").glob("*.yaml.in")
    options = {name for table in tables for name in re.findall(r"^- name: (\S+)", table.read_text(), re.MULTILINE)}
    assert len(options) > 1000
    assert {name: named[name] for name in options if named[name] != 1} == {}
    assert [entry for entry in reef if isinstance(entry, SkippedFile)] == [SkippedFile("rados/man/index.rst", "no text in it beyond its headings")]


def test_yaml_that_is_no_table_of_options_is_skipped_with_a_reason(tmp_path: Path) -> None:
    (tmp_path / "deploy.yaml.in").write_text("kind: Deployment\nmetadata: {name: @name@}\n")
    (tmp_path / "list.yaml.in").write_text("options: [a, b]\n")
    (tmp_path / "broken.yaml.in").write_text("options:\n- name: [\n")
    (tmp_path / "all.yaml.in").write_text("options:\n- name: one\n  type: str\n  desc: The first of them.\n")
    (tmp_path / "page.rst").write_text("Title\n=====\n\nHere is the one option.\n\n.. confval:: one\n\n.. confval:: two\n")
    reasons = {entry.relative_path: entry.reason for entry in read_pages(tmp_path) if isinstance(entry, SkippedFile)}
    assert set(reasons) == {"deploy.yaml.in", "list.yaml.in", "broken.yaml.in", "all.yaml.in"}
    assert "not a table of options" in reasons["list.yaml.in"]
    assert "(line 3)" in reasons["broken.yaml.in"]
    assert reasons["all.yaml.in"] == "other pages describe all of its options"
    page = next(entry.page for entry in read_pages(tmp_path) if isinstance(entry, SourcePage))
    assert "has no description of two:" in page.warnings[0]
    assert "- `two`" in lines(page)


def test_tables(ceph: Callable[[str, str], Page]) -> None:
    overhead = lines(section(ceph("18.2.4", "rados/operations/erasure-code.rst"), "Erasure-coded pool overhead"))[-1]  # list-table
    assert overhead.split("\n")[1:3] == ["| " + " | ".join(["---"] * 12) + " |", "| k=1 | " + " | ".join(f"{n}.00" for n in range(2, 13)) + " |"]
    pools = lines(section(ceph("18.2.4", "mgr/influx.rst"), "Pools"))[0]  # simple table
    assert pools.startswith("| Counter | Description |\n| --- | --- |\n| stored | Bytes stored in the pool not including copies |\n")
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


def test_glossaries(ceph: Callable[[str, str], Page]) -> None:
    page = ceph("18.2.4", "glossary.rst")
    assert section(page, "Bucket").anchor == "term-Bucket"
    assert lines(section(page, "Cloud Platforms, Cloud Stacks"))[0].startswith("Third party cloud provisioning platforms")
    assert "- Dashboard Module: Another name for Dashboard." in lines(page)


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


def test_navigation_pictures_and_comments_are_dropped(ceph: Callable[[str, str], Page]) -> None:
    text = (
        ":orphan:\n\n.. contents::\n\n.. toctree::\n   :maxdepth: 1\n\n   a\n\n.. index:: a; b\n\n.. image:: a.png\n   :alt: An image\n\n"
        ".. ditaa::\n\n   +--+\n   |  |\n   +--+\n\n"
        ".. a comment\n\n..\n   another\n\n.. raw:: latex\n\n   \\x\n\n.. raw:: html\n\n   <table><td><h3>Kept</h3><script>x</script>\n\nEnd.\n"
    )
    page = rst(text)
    assert [part.headings for part in page.sections] == [("Kept",)] or page.title == "Kept"
    assert lines(page) == ["End."]
    operations = ceph("18.2.4", "rados/operations/index.rst")
    assert "Low-level Operations" in [part.headings[-1] for part in operations.sections]
    assert "toctree" not in "".join(lines(operations))


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


@pytest.mark.parametrize("version", ["14.2.22", "16.2.5", "18.2.4"])
def test_no_page_of_ceph_loses_text(version: str, shared: Path) -> None:
    """Every line of prose that has no markup is in its page, word for word."""
    root = shared / "corpus" / "ceph" / version
    for file in sorted(root.rglob("*.rst")):
        page = convert(file.read_bytes(), file.name)
        assert not any("cannot be parsed" in warning for warning in page.warnings)
        text = " ".join(" ".join([page.title, *(heading for part in page.sections for heading in part.headings), *lines(page)]).split())
        prose = re.findall(r"^[A-Za-z](?:[A-Za-z0-9,.;()/'-]+ +){3,}[A-Za-z0-9,.;()/'-]+$", file.read_text(), re.MULTILINE)
        assert [line for line in prose if " ".join(line.split()) not in text] == [], file


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
