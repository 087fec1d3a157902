# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.documents._directory_source import (
    DirectoryReader,
    SkippedFile,
    SourcePage,
    tree_sha256,
)

BODY = "A page with quite enough words in it.\n"


def write(root: Path, files: dict[str, str | bytes]) -> Path:
    for name, content in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def test_pages_and_reasons(tmp_path: Path) -> None:
    outside = write(tmp_path / "outside", {"secret.md": BODY})
    root = write(
        tmp_path / "docs",
        {"b.md": BODY, "a/z.md": BODY, "a/.hidden.md": BODY, "stub.md": "---\ntitle: x\n---\n", "x.pdf": b"%PDF", "bin.md": b"a\0b", "one.md": "# H\n\nfew"},
    )
    (root / "link.md").symlink_to(outside / "secret.md")
    (root / "dir").symlink_to(outside)
    (root / "gone.md").symlink_to("nowhere.md")
    (root / "loop.md").symlink_to("loop.md")
    found = list(DirectoryReader(root).entries())
    assert [entry.relative_path for entry in found if isinstance(entry, SourcePage)] == ["b.md", "a/z.md"]
    reasons = {entry.relative_path: entry.reason for entry in found if isinstance(entry, SkippedFile)}
    assert set(reasons) == {"bin.md", "gone.md", "link.md", "loop.md", "one.md", "stub.md", "x.pdf"}
    assert "out of the directory" in reasons["link.md"]
    assert "binary" in reasons["bin.md"]
    assert ".pdf" in reasons["x.pdf"]


def test_includes_stay_inside_and_pages_are_not_inlined(tmp_path: Path) -> None:
    write(tmp_path, {"secret.inc": "<p>secret</p>"})
    root = write(
        tmp_path / "docs",
        {
            "a/page.html": '<p>Enough words for a page here.</p><!--#include virtual="part.inc"--><!--#include virtual="../other.html"-->'
            '<!--#include virtual="../../secret.inc"--><!--#include virtual="/../secret.inc"-->',
            "a/part.inc": "<p>Included part.</p>",
            "other.html": "<h1>Other</h1><p>A page of its own, quite long.</p>",
        },
    )
    pages = {entry.relative_path: entry for entry in DirectoryReader(root).entries() if isinstance(entry, SourcePage)}
    text = "\n".join(block.text for section in pages["a/page.html"].page.sections for block in section.blocks)
    assert text == "Enough words for a page here.\nIncluded part."
    before = pages["a/page.html"].sha256
    write(root, {"a/part.inc": "<p>Changed part.</p>"})
    assert {entry.relative_path: entry for entry in DirectoryReader(root).entries() if isinstance(entry, SourcePage)}["a/page.html"].sha256 != before


def test_an_include_that_only_the_generator_can_place_is_found_by_the_end_of_its_path_and_is_no_skipped_file(tmp_path: Path) -> None:
    include = 'A pod with enough words about it:\n\n{{< code_sample file="controllers/x.yaml" >}}\n'
    root = write(tmp_path, {"docs/concepts/a.md": include, "examples/controllers/x.yaml": "kind: Pod\n", "examples/unused.yaml": "kind: Job\n"})
    found = list(DirectoryReader(root).entries())
    (page,) = [entry for entry in found if isinstance(entry, SourcePage)]
    assert "kind: Pod" in page.page.sections[0].blocks[-1].text
    assert [entry.relative_path for entry in found if isinstance(entry, SkippedFile)] == ["examples/unused.yaml"]


def test_tree_hash_changes_with_names_and_content(tmp_path: Path) -> None:
    root = write(tmp_path, {"a.md": BODY, "b/c.md": BODY})
    first = tree_sha256(root)
    assert tree_sha256(root) == first
    write(root, {"b/c.md": BODY + "more"})
    second = tree_sha256(root)
    (root / "a.md").rename(root / "d.md")
    assert len({first, second, tree_sha256(root)}) == 3
