# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real repositories, made here: which ref is chosen, and which files of it are brought."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import DataError
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge._product_versions import VersionMatch
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.sources import _selection
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.sources._git import GitSource
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.sources._source import Located
from upstream import BODY, Upstream, bring, entry, fetch, files_below


@pytest.fixture
def upstream(tmp_path: Path) -> Upstream:
    return Upstream(tmp_path / "upstream")


def test_choosing_among_tags_and_branches(upstream: Upstream) -> None:
    ceph = entry(upstream.path, name="ceph", refs=("v{version}", "{codename}"), codenames={"quincy": 17, "reef": 18})
    annotated = upstream.commit({"doc/a.md": BODY}, tag="v17.2.5", note="a release")
    upstream.git("branch", "v17.2.5")
    lightweight = upstream.commit(tag="v17.2.7")
    upstream.commit(tag="v17.2.8-rc1")
    reef = upstream.commit()
    upstream.git("branch", "reef")
    source = GitSource(ceph)

    assert source.locate("2:17.2.5-1~bpo") == Located("git", str(upstream.path), "v17.2.5", VersionMatch("2:17.2.5-1~bpo", "17.2.5", "exact"), annotated)
    assert source.locate("17.2.9") == Located("git", str(upstream.path), "v17.2.7", VersionMatch("17.2.9", "17.2.7", "same_minor"), lightweight)
    assert source.locate("18.2.0") == Located("git", str(upstream.path), "reef", VersionMatch("18.2.0", "reef", "same_minor"), reef)
    assert source.locate(None).match == VersionMatch(None, "reef", "unversioned")
    assert source.locate("15.2.1").match == VersionMatch("15.2.1", "17.2.5", "nearest_higher")


def test_versions_side_by_side_under_one_ref(upstream: Upstream, tmp_path: Path) -> None:
    head = upstream.commit(
        {"34/ops.html": f"<p>{BODY}</p>", "34/generated/x.html": "<p>one two three four five</p>", "28/ops.html": "<p>old</p>", "js/x.js": ""}
    )
    kafka = entry(
        upstream.path, name="kafka", versions="glued", refs=("main",), paths=("{glued}",), root="{glued}", url="https://k.example/{glued}/{page}.html"
    )
    located = GitSource(kafka).locate("kafka_2.13-3.4.0")
    assert (located.match.served_version, located.match.match, located.reference, located.revision) == ("3.4", "same_minor", "main", head)
    fetched = fetch(kafka, located, tmp_path / "out")
    assert {path: file.url for path, file in fetched.files.items()} == {
        "generated/x.html": "https://k.example/34/generated/x.html",
        "ops.html": "https://k.example/34/ops.html",
    }
    with pytest.raises(DataError, match=r"nothing like 'v\{minor\}'"):
        GitSource(entry(upstream.path, refs=("main",), paths=("v{minor}",))).locate("3.4")


def test_one_ref_for_every_version(upstream: Upstream) -> None:
    commit = upstream.commit({"doc/a.md": BODY}, tag="v1")
    assert GitSource(entry(upstream.path, refs=("gone", "main"), versions="minor")).locate("1.24.0-2").match == VersionMatch("1.24.0-2", "1.24", "same_minor")
    unversioned = GitSource(entry(upstream.path, refs=("HEAD",), versions="unversioned")).locate("1.24.0")
    assert (unversioned.match, unversioned.revision) == (VersionMatch("1.24.0", "unversioned", "unversioned"), commit)


def test_a_commit_may_be_the_ref(upstream: Upstream, tmp_path: Path) -> None:
    commit = upstream.commit({"doc/a.md": BODY})
    upstream.commit({"doc/a.md": "# Newer\n\n" + BODY})
    fetched = bring(entry(upstream.path, refs=(commit,), versions="unversioned"), "1.2", tmp_path / "out")
    assert fetched.revision == commit
    assert files_below(tmp_path / "out") == {"doc/a.md": BODY.encode()}


def test_documents_and_what_they_include_are_brought(upstream: Upstream, tmp_path: Path) -> None:
    commit = upstream.commit(
        {
            "README.md": BODY,
            "doc/index.rst": "Title\n=====\n\n.. literalinclude:: examples/web.yaml\n\nWords enough for a page.\n",
            "doc/rados/index.rst": BODY,
            "doc/rados/a b.rst": BODY.replace("\n", "\r\n"),
            "doc/examples/web.yaml": "kind: Pod\n",
            "doc/examples/unused.yaml": "kind: Unused\n",
            "doc/logo.png": b"\x89PNG",
            "doc/build.js": "x",
            "doc/Makefile": "all:",
            "doc/.hidden/x.md": BODY,
            "doc/dev/internal.md": BODY,
            "doc/huge.md": b"x" * (_selection.MAX_BYTES + 1),
            "doc/lfs.md": "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
            ".gitattributes": "*.yaml text eol=crlf\n*.rst -text ident\n",
            "src/options/global.yaml.in": "options: []\n",
        },
        tag="v1.2.3",
    )
    product = entry(upstream.path, paths=("doc", "src/options", "missing"), exclude=("doc/dev/*",), root="doc", url="https://acme.example/{minor}/{page}/")
    fetched = bring(product, "1.2.3", tmp_path / "out")

    assert files_below(tmp_path / "out") == {
        "examples/web.yaml": b"kind: Pod\n",
        "index.rst": (upstream.path / "doc/index.rst").read_bytes(),
        "rados/a b.rst": BODY.replace("\n", "\r\n").encode(),
        "rados/index.rst": BODY.encode(),
        "src/options/global.yaml.in": b"options: []\n",
    }
    assert {path: file.url for path, file in fetched.files.items()} == {
        "examples/web.yaml": f"{upstream.path}/doc/examples/web.yaml",
        "index.rst": "https://acme.example/1.2/",
        "rados/a b.rst": "https://acme.example/1.2/rados/a%20b/",
        "rados/index.rst": "https://acme.example/1.2/rados/",
        "src/options/global.yaml.in": f"{upstream.path}/src/options/global.yaml.in",
    }
    assert fetched.skipped == [
        ("doc/huge.md", "more than the 10 MB of a page"),
        ("doc/lfs.md", "its text is in Git LFS, not in the repository"),
    ]
    assert fetched.warnings == [f"{upstream.path} at 'v1.2.3' has no 'missing'."]
    assert fetched.revision == commit
    assert (fetched.files["index.rst"].license, fetched.files["index.rst"].attribution) == ("MIT", "Acme")


def test_links_and_other_repositories(upstream: Upstream, tmp_path: Path) -> None:
    outside = tmp_path / "secret.md"
    outside.write_text(BODY)
    commit = upstream.commit({"README.md": BODY, "doc/page.md": BODY, "doc/sub/x.md": BODY})
    for name, target in {
        "absolute": str(outside),
        "relative": "../../secret.md",
        "readme": "../README.md",
        "chain": "readme.md",
        "again": "page.md",
        "loop": "loop.md",
        "tree": "sub",
    }.items():
        (upstream.path / "doc" / f"{name}.md").symlink_to(target)
    upstream.git("update-index", "--add", "--cacheinfo", f"160000,{commit},doc/module")
    upstream.git("add", "doc/*.md")
    upstream.git("commit", "-q", "-m", "links")
    upstream.git("tag", "v1.0")
    fetched = bring(entry(upstream.path, root="doc"), "1.0", tmp_path / "out")
    assert sorted(fetched.files) == ["chain.md", "page.md", "readme.md", "sub/x.md"]
    assert not any(file.is_symlink() for file in (tmp_path / "out").rglob("*"))
    assert dict(fetched.skipped) == {
        "doc/absolute.md": "the link leads out of the tree",
        "doc/again.md": "the same file as doc/page.md",
        "doc/loop.md": "the link leads to no file",
        "doc/module": "another repository (a submodule)",
        "doc/relative.md": "the link leads out of the tree",
        "doc/tree.md": "the link leads to a directory",
    }


def test_hostile_names_stay_inside(upstream: Upstream, tmp_path: Path) -> None:
    """What git itself would not check out, and what it would."""
    blob = upstream.git("hash-object", "-w", "--stdin", stdin=BODY.encode())
    up = upstream.git("mktree", stdin=f"100644 blob {blob}\tescaped.md\n".encode())
    long = "n" * 300
    names = [f"100644 blob {blob}\t{name}".encode() for name in ("--upload-pack=touch.md", "a\\b.md", "good.md", f"{long}.md")]
    names += [b"100644 blob %s\tcontrol\x1b.md" % blob.encode(), b"100644 blob %s\t\xff.md" % blob.encode(), f"040000 tree {up}\t..".encode()]
    doc = upstream.git("mktree", "-z", stdin=b"\0".join(names))
    root = upstream.git("mktree", stdin=f"040000 tree {doc}\tdoc\n".encode())
    commit = upstream.git("commit-tree", root, "-m", "x")
    upstream.git("update-ref", "refs/tags/v1.0", commit)
    fetched = bring(entry(upstream.path), "1.0", tmp_path / "out")
    assert sorted(fetched.files) == ["doc/--upload-pack=touch.md", "doc/a\\b.md", "doc/good.md"]
    assert sorted(files_below(tmp_path / "out")) == sorted(fetched.files)
    reasons = {path[:12]: reason for path, reason in fetched.skipped}
    assert reasons["doc/../escap"] == "the name leads out of the tree"
    assert reasons["doc/control?"] == "the name has control characters"
    assert reasons["doc/?.md"] == "the name is not UTF-8"
    assert "cannot be stored" in reasons["doc/nnnnnnnn"]


def test_a_killed_fetch_is_begun_anew(upstream: Upstream, tmp_path: Path) -> None:
    upstream.commit({f"doc/{number}.md": f"{BODY}{number}" for number in range(400)}, tag="v1.0")
    out = tmp_path / "out"
    out.mkdir()
    program = f"""
import os, pathlib, signal
from ansible_collections.infra_llm.assistant.plugins.module_utils.catalogue._product import GitSettings, Product
from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.sources._git import GitSource
source = GitSource(Product("acme", versions="patch", git=GitSettings({str(upstream.path)!r}, ("v{{version}}",), ("doc",))))
def progress(done, known):
    if done == 100:
        os.kill(os.getpid(), signal.SIGKILL)
source.fetch(source.locate("1.0"), pathlib.Path({str(out)!r}), None, progress)
"""
    killed = subprocess.run([sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}, check=False, capture_output=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert 0 < len(list(out.rglob("*.md"))) < 400
    (out / "doc" / "stale.md").write_text("of the interrupted attempt")
    fetched = bring(entry(upstream.path), "1.0", out)
    assert len(fetched.files) == 400
    assert files_below(out) == {f"doc/{number}.md": f"{BODY}{number}".encode() for number in range(400)}
    assert [path.name for path in out.iterdir()] == ["doc"]
