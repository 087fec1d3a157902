# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A page that fails, never ends or kills its reader costs that page, not the version."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import DataError
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.documents import _directory_source
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.documents._directory_source import DirectoryReader, SkippedFile, SourcePage
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.documents._reader_process import read_pages

BODY = "A page with quite enough words in it."


def write(root: Path, **files: str | bytes) -> Path:
    for name, content in files.items():
        data = content if isinstance(content, bytes) else content.encode()
        (root / name.replace("_", ".")).write_bytes(data)
    return root


@pytest.fixture
def broken_converter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A module that the reading process imports first: it breaks the conversion of pages by what they say."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(
        "import importlib.abc, importlib.machinery, os, sys\n"
        "class Hook(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path, target=None):\n"
        "        if not name.endswith('documents._markdown'): return None\n"
        "        sys.meta_path.remove(self)\n"
        "        spec = importlib.machinery.PathFinder.find_spec(name, path)\n"
        "        execute = spec.loader.exec_module\n"
        "        def patched(module):\n"
        "            execute(module)\n"
        "            read = module.read_markdown\n"
        "            def broken(text, *args, **kwargs):\n"
        "                if 'FOREVER' in text:\n"
        "                    while True: pass\n"
        "                if 'CRASH' in text: os.abort()\n"
        "                if 'MEMORY' in text: bytearray(1 << 50)\n"
        "                return read(text, *args, **kwargs)\n"
        "            module.read_markdown = broken\n"
        "        spec.loader.exec_module = patched\n"
        "        return spec\n"
        "sys.meta_path.insert(0, Hook())\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"))
    (tmp_path / "docs").mkdir()
    return tmp_path / "docs"


def test_what_never_ends_or_kills_its_reader_is_skipped_and_the_rest_is_read(broken_converter: Path) -> None:
    root = write(broken_converter, a_md=BODY, b_md=f"FOREVER {BODY}", c_md=f"CRASH {BODY}", d_md=f"MEMORY {BODY}", e_md=BODY)
    found = list(read_pages(root, page_seconds=1))
    assert [entry.relative_path for entry in found if isinstance(entry, SourcePage)] == ["a.md", "e.md"]
    reasons = {entry.relative_path: entry.reason for entry in found if isinstance(entry, SkippedFile)}
    assert set(reasons) == {"b.md", "c.md", "d.md"}
    assert "more than 1 seconds" in reasons["b.md"]
    assert "SIGABRT" in reasons["c.md"]
    assert "MemoryError" in reasons["d.md"]


def test_the_process_reads_what_this_one_would(tmp_path: Path) -> None:
    write(tmp_path, a_md=f'# A\n\n{BODY}\n\n--8<-- "part.md"\n', part_md=BODY, b_pdf=b"%PDF", c_yml="a: 1")
    assert list(read_pages(tmp_path)) == list(DirectoryReader(tmp_path).entries())


def test_a_process_that_cannot_start_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    with pytest.raises(DataError, match="cannot work"):
        list(read_pages(write(tmp_path, a_md=BODY)))


def test_whatever_a_converter_raises_costs_that_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    convert = _directory_source.convert

    def broken(data: bytes, path: str, **options: object) -> object:
        if path == "b.md":
            raise RecursionError("too\x1b[31m deep")
        return convert(data, path, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(_directory_source, "convert", broken)
    found = list(DirectoryReader(write(tmp_path, a_md=BODY, b_md=BODY)).entries())
    assert [entry.reason for entry in found if isinstance(entry, SkippedFile)] == ["cannot be converted (RecursionError: too deep)"]
    assert len(found) == 2


@pytest.mark.parametrize("charset", ["undefined", "idna", "hex", "punycode", "utf-7x", "mbcs", "unicode_escape", "rot13"])
def test_a_charset_that_is_none_is_no_reason_to_lose_the_page(tmp_path: Path, charset: str) -> None:
    page = f'<html><head><meta charset="{charset}"></head><body><h1>T</h1><p>caf\xe9 text with some words in it</p></body></html>'.encode("latin-1")
    (entry,) = DirectoryReader(write(tmp_path, a_html=page)).entries()
    assert isinstance(entry, SourcePage)


def test_characters_that_xml_cannot_have_are_left_out(tmp_path: Path) -> None:
    (entry,) = DirectoryReader(write(tmp_path, a_xml="<chapter><title>T</title><para>Words \x0c and \uffff more words &#1; here.</para></chapter>")).entries()
    assert isinstance(entry, SourcePage)
    assert entry.page.sections[0].blocks[0].text == "Words and more words here."
