# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a page includes stands where it is included, whatever the format: directories as an operator has them."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.documents._directory_source import DirectoryReader, SkippedFile, SourcePage

WORDS = "Enough words for a page of its own."
SNIPPET = "head: 1\n# --8<-- [start:core]\ncore:\n\tkeep: 7\n# --8<-- [end:core]\nlast: 1\n"
TAGGED = "head: 1\n# tag::core[]\ncore:\n\tkeep: 7\n# end::core[]\nlast: 1\n"


def read(root: Path, files: dict[str, str]) -> tuple[dict[str, str], list[str]]:
    """The texts of the pages by their paths, and what was skipped."""
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
    found = list(DirectoryReader(root).entries())
    pages = {entry.relative_path: entry.page for entry in found if isinstance(entry, SourcePage)}
    texts = {path: "\n".join(block.text for section in page.sections for block in section.blocks) for path, page in pages.items()}
    return texts, [entry.relative_path for entry in found if isinstance(entry, SkippedFile)]


@pytest.mark.parametrize(
    ("page", "source", "files", "text"),
    [
        (
            "a.rst",
            "A\n=\n\n.. include:: /includes/p.rst\n   :start-after: begin-port\n   :end-before: end-port\n",
            {"includes/p.rst": ".. begin-port\n\nThe port is ``636`` by default.\n\n.. end-port\n\nOther text.\n"},
            "The port is `636` by default.",
        ),
        (
            "a.rst",
            "A\n=\n\n.. include:: b.rst\n   :start-line: 3\n   :end-line: 4\n",
            {"b.rst": f"Bbb\n===\n\nLine of the other part.\n{WORDS}\n"},
            "Line of the other part.",
        ),
        (
            "a.rst",
            "A\n=\n\n.. literalinclude:: b.py\n   :pyobject: Tool.run\n",
            {"b.py": "import os\n\nclass Tool:\n    def run(self):\n        return os.getpid()\n\n    def other(self): ...\n"},
            "```\ndef run(self):\n    return os.getpid()\n```",
        ),
        (
            "modules/x/pages/a.adoc",
            "= A\n\ninclude::partial$limits.adoc[tag=disk]\n\n----\ninclude::example$c.yml[tags=core]\n----\n",
            {
                "modules/x/partials/limits.adoc": "// tag::disk[]\nThe quota is `50 GiB` by default.\n// end::disk[]\nNo other limit.\n",
                "modules/x/examples/c.yml": TAGGED,
            },
            "The quota is `50 GiB` by default.\n```\ncore:\n\tkeep: 7\n```",
        ),
        (
            "a.xml",
            '<chapter xmlns:xi="x"><title>A</title><xi:include href="b.xml" xpointer="p"/><screen><xi:include href="c.yml" parse="text"/></screen></chapter>',
            {"b.xml": f'<chapter><title>B</title><para id="p">Part of b.</para><para>{WORDS}</para></chapter>', "c.yml": "a: 1\n\tb: 2\n"},
            "Part of b.\n```\na: 1\n\tb: 2\n```",
        ),
        ("a.html", '<h1>A</h1><!--#include virtual="parts/b.html" -->', {"parts/b.html": "<p>This is part of it.</p>"}, "This is part of it."),
        ("a.md", '# A\n\n```yaml\n--8<-- "above/snip/c.yml:core"\n```\n', {"snip/c.yml": SNIPPET}, "```yaml\ncore:\n\tkeep: 7\n```"),
        ("a.md", "# A\n\n```sh\n--8<--\nrun\n--8<--\n```\n", {"run": "rm -rf -- \"$D\"  # 'now'\n"}, "```sh\nrm -rf -- \"$D\"  # 'now'\n```"),
        ("a.md", '# A\n\n--8<-- "b.md:2:2"\n', {"b.md": f"# B\nOnly this line of it.\n{WORDS}\n"}, "Only this line of it."),
        ("a.md", "# A\n\n```\n{% include 'c.conf' %}\n```\n", {"c.conf": "key = value\n"}, "```\nkey = value\n```"),
        ("a.md", '# A\n\n```\n{{< readfile "c.conf" >}}\n```\n', {"c.conf": "key = value\n"}, "```\nkey = value\n```"),
        (
            "docs/a.mdx",
            "import Conf from '!!raw-loader!./c.conf';\nimport Part from './_part.mdx';\n\n# A\n\n<Part />\n\n<CodeBlock language=\"ini\">{Conf}</CodeBlock>\n",
            {"docs/c.conf": "key = {value}\n", "docs/_part.mdx": "Part of the page.\n"},
            "Part of the page.\n```ini\nkey = {value}\n```",
        ),
    ],
)
def test_a_part_and_a_fragment_stand_where_they_are_included(tmp_path: Path, page: str, source: str, files: dict[str, str], text: str) -> None:
    texts, skipped = read(tmp_path, {page: source, **files})
    assert texts[page] == text
    own_pages = {name for name, content in files.items() if WORDS in content}
    assert set(texts) == {page, *own_pages}
    assert skipped == []


@pytest.mark.parametrize(
    ("page", "source", "name"),
    [
        ("a.md", '# A\n\nThe file is this one here:\n\n```yaml\n--8<-- "snip/gone.yml"\n```\n', "snip/gone.yml"),
        ("a.adoc", "= A\n\nThe file is this one here:\n\n----\ninclude::snip/gone.yml[]\n----\n", "snip/gone.yml"),
        ("a.md", '# A\n\nThe file is this one here:\n\n```\n{{% readfile "snip/gone.yml" %}}\n```\n', "snip/gone.yml"),
    ],
)
def test_a_directive_that_leads_nowhere_is_no_code(tmp_path: Path, page: str, source: str, name: str) -> None:
    texts, _skipped = read(tmp_path, {page: source})
    assert texts[page] == f"The file is this one here:\n(The file `{name}`, which belongs here, is missing.)"


def test_a_fragment_that_nothing_includes_is_a_page(tmp_path: Path) -> None:
    texts, _skipped = read(tmp_path, {"a.md": f"# A\n\n{WORDS}\n", "_part.md": f"{WORDS}\n"})
    assert set(texts) == {"a.md", "_part.md"}


def test_headings_of_an_included_fragment_are_moved_by_its_offset(tmp_path: Path) -> None:
    files = {"a.adoc": "= A\n\n== B\n\ninclude::_c.adoc[leveloffset=+2]\n", "_c.adoc": f"= C\n\n{WORDS}\n"}
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    (page,) = [entry.page for entry in DirectoryReader(tmp_path).entries() if isinstance(entry, SourcePage)]
    assert [section.headings for section in page.sections] == [("B", "C")]


def test_a_template_that_shows_an_include_keeps_it(tmp_path: Path) -> None:
    texts, _skipped = read(tmp_path, {"a.md": '# A\n\n```jinja\n{% include "x.j2" %}\n```\n\nThat is how templates include.\n'})
    assert texts["a.md"].startswith('```jinja\n{% include "x.j2" %}\n```')


def test_files_that_include_each_other_come_to_an_end(tmp_path: Path) -> None:
    source = "\n".join(['--8<-- "_b.md"'] * 50)
    texts, _skipped = read(tmp_path, {"a.md": f"# A\n\n{WORDS}\n\n{source}\n", "_b.md": f"Text of b.\n\n{source}\n"})
    assert "Text of b." in texts["a.md"]
