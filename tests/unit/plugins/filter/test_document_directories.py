# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

from ansible_collections.infra_llm.assistant.plugins.filter.document_directories import document_directories


def test_products_posts_and_runbooks_are_told_apart(tmp_path: Path) -> None:
    for name in ("broker/3.4", "broker/3.5/pages", "broker/.git", "proxy/1.24", "house/1.0", "stackoverflow/broker/version_agnostic", ".hidden/1.0", "empty"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "broker" / "README.md").write_text("no version")
    (tmp_path / "linked").symlink_to(tmp_path / "proxy", target_is_directory=True)
    root = str(tmp_path)
    found = document_directories(root)
    assert [(entry["product"], entry["version"]) for entry in found["versions"]] == [
        ("broker", "3.4"),
        ("broker", "3.5"),
        ("linked", "1.24"),
        ("proxy", "1.24"),
    ]
    assert found["versions"][0]["path"] == f"{root}/broker/3.4"
    assert found["posts"] == [{"path": f"{root}/stackoverflow/broker", "product": "broker"}]
    assert found["house"] == f"{root}/house"


def test_a_directory_of_nothing_holds_nothing(tmp_path: Path) -> None:
    for root in (tmp_path, tmp_path / "nowhere"):
        assert document_directories(str(root)) == {"versions": [], "posts": [], "house": ""}
