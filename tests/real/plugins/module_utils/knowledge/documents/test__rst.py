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
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.documents._directory_source import DirectoryReader, SkippedFile, SourcePage


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
    return list(DirectoryReader(shared / "corpus" / "ceph" / "18.2.4", version="18.2.4").entries())


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


def test_tables(ceph: Callable[[str, str], Page]) -> None:
    overhead = lines(section(ceph("18.2.4", "rados/operations/erasure-code.rst"), "Erasure-coded pool overhead"))[-1]  # list-table
    assert overhead.split("\n")[1:3] == ["| " + " | ".join(["---"] * 12) + " |", "| k=1 | " + " | ".join(f"{n}.00" for n in range(2, 13)) + " |"]
    pools = lines(section(ceph("18.2.4", "mgr/influx.rst"), "Pools"))[0]  # simple table
    assert pools.startswith("| Counter | Description |\n| --- | --- |\n| stored | Bytes stored in the pool not including copies |\n")


def test_glossaries(ceph: Callable[[str, str], Page]) -> None:
    page = ceph("18.2.4", "glossary.rst")
    assert section(page, "Bucket").anchor == "term-Bucket"
    assert lines(section(page, "Cloud Platforms, Cloud Stacks"))[0].startswith("Third party cloud provisioning platforms")
    assert "- Dashboard Module: Another name for Dashboard." in lines(page)


def test_a_page_of_links_keeps_its_headings(ceph: Callable[[str, str], Page]) -> None:
    operations = ceph("18.2.4", "rados/operations/index.rst")
    assert "Low-level Operations" in [part.headings[-1] for part in operations.sections]
    assert "toctree" not in "".join(lines(operations))


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
