# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A project's git repository, made for a test, and what is fetched from it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

from ansible_collections.infra_llm.assistant.plugins.module_utils.catalogue._product import GitSettings, Product
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.sources._git import GitSource
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.sources._source import Fetched, Located

BODY = "# Title\n\nA page with quite enough words in it.\n"
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
    **dict.fromkeys(("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"), "tests"),
    **dict.fromkeys(("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"), "2026-01-01T00:00:00Z"),
}


class Upstream:
    """A project's repository."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True)
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str, stdin: bytes = b"") -> str:
        done = subprocess.run(["git", *arguments], cwd=self.path, env=ENVIRONMENT, input=stdin, capture_output=True, check=True)
        return done.stdout.decode().strip()

    def mirror(self, path: Path) -> Path:
        subprocess.run(["git", "clone", "-q", "--mirror", str(self.path), str(path)], check=True, env=ENVIRONMENT)
        subprocess.run(["git", "-C", str(path), "update-server-info"], check=True)
        return path

    def commit(self, files: dict[str, str | bytes] | None = None, *, tag: str = "", note: str = "") -> str:
        for name, content in (files or {}).items():
            file = self.path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode() if isinstance(content, str) else content)
        self.git("add", "-A", "-f")
        self.git("commit", "-q", "--allow-empty", "-m", "x")
        if tag:
            self.git("tag", *(["-a", "-m", note] if note else []), tag)
        return self.git("rev-parse", "HEAD")


def entry(repository: Path | str, **settings: Any) -> Product:
    product = {name: settings.pop(name) for name in ("name", "versions", "codenames") if name in settings}
    git = GitSettings(**{"repository": str(repository), "refs": ("v{version}",), "paths": ("doc",), **settings})
    return Product(**{"name": "acme", "versions": "patch", "license": "MIT", "attribution": "Acme", "git": git, **product})


def fetch(product: Product, located: Located, directory: Path) -> Fetched:
    directory.mkdir(exist_ok=True)
    return GitSource(product).fetch(located, directory, None, lambda done, known: None)


def bring(product: Product, deployed: str | None, directory: Path) -> Fetched:
    return fetch(product, GitSource(product).locate(deployed), directory)


def files_below(directory: Path) -> dict[str, bytes]:
    return {file.relative_to(directory).as_posix(): file.read_bytes() for file in sorted(directory.rglob("*")) if file.is_file()}
