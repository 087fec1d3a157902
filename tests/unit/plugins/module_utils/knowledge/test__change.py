# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge import _change

PLUGINS = Path(_change.__file__).parents[2]

# Replaces a version, adds one, imports one and removes one, in children that kill themselves before one of the calls that write (of SQLite, Chroma
# or the file system); after each kill what a new child opens must be of one piece, and after a last whole run be what it is without any kill.
# The children are forked before anything of Chroma runs, so that its packages are imported once.
KILLED_AT_RANDOM = """
import hashlib, json, os, pathlib, random, shutil, signal, sys
import chromadb, numpy
from module_utils.clients._vector_store import PersistentVectorStore
from module_utils.knowledge._index import KnowledgeIndex
from module_utils.knowledge._ingest import index_version
from module_utils.knowledge._pack import export_pack, import_pack

ROOT, KILLS = pathlib.Path(sys.argv[1]), int(sys.argv[2])

class Embedder:
    name, window, multilingual = "counting", 256, False
    def count_tokens(self, texts):
        return [len(text.split()) + 2 for text in texts]
    def embed_passages(self, texts):
        numbers = numpy.array([list(hashlib.shake_256(text.encode()).digest(64)) for text in texts], dtype=numpy.float32) - 127.5
        return numbers / numpy.linalg.norm(numbers, axis=1, keepdims=True)

def docs(name, words):
    directory = ROOT / "docs" / name
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True, exist_ok=True)
    for word in words:
        sections = (f"## Section {number}\\n\\n" + " ".join(f"{word}{number}" for _ in range(90)) for number in range(40))
        (directory / f"{word}.md").write_text(f"# Page {word}\\n\\n" + "\\n\\n".join(sections))
    return str(directory)

def add(index, version, path):
    index_version(index, Embedder, "docs", "kafka", version, path, lambda event: None)

def open_index(directory):
    return KnowledgeIndex(directory, embedder_name="counting", store=PersistentVectorStore)

def begin(directory):
    index = open_index(directory)
    add(index, "2.8", docs("old", ["alpha", "beta"]))
    add(index, "1.0", docs("oldest", ["beta"]))

def pack():
    index = open_index(ROOT / "other")
    add(index, "4.0", docs("packed", ["beta", "delta"]))
    export_pack(index, index.versions(), ROOT / "kafka.pack")

def work(directory):
    index = open_index(directory)
    add(index, "2.8", docs("old", ["alpha", "gamma"]))
    for known in index.versions():
        if known.version == "1.0":
            index.remove(known)
    import_pack(index, ROOT / "kafka.pack")
    add(index, "3.0", docs("newer", ["gamma", "beta"]))

def state(directory):
    index = open_index(directory)
    versions = {}
    for known in index.versions():
        tree = directory / known.tree
        pages = index.connection.execute("SELECT path FROM page WHERE version_id = ?", (known.id,))
        files = {file.name: hashlib.sha256(file.read_bytes().partition(b"fetched_at")[2].partition(b"\\n")[2]).hexdigest() for file in tree.iterdir()}
        assert files.keys() == {row[0] for row in pages}, (known, files)
        chunks = index.connection.execute("SELECT content FROM placement JOIN chunk ON chunk.id = chunk_id WHERE version_id = ? ORDER BY 1", (known.id,))
        versions[known.version] = [files, [row[0] for row in chunks], index.store.count(known.collection)]
        assert index.store.count(known.collection) == known.chunks
        assert index.connection.execute(f"SELECT count(*) FROM {known.words_table}").fetchone()[0] == known.chunks
    assert index.store.collections() == {known.collection for known in index.versions()}
    trees = {path.parent.relative_to(directory).as_posix() for path in (directory / "products").rglob("*.md")}
    assert trees == {known.tree for known in index.versions()}, trees
    metadata = json.loads((directory / "metadata" / "version_index.json").read_text())["versions"]
    assert [entry["version"] for entry in metadata] == [known.version for known in index.versions()]
    fingerprints = json.loads((directory / "metadata" / "content_fingerprints.json").read_text())
    tables = index.connection.execute("SELECT (SELECT count(*) FROM chunk), (SELECT count(*) FROM removed_tree), (SELECT count(*) FROM setting)").fetchone()
    return {"versions": versions, "fingerprints": fingerprints, "tables": tables}

def child(function, *arguments):
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            function(*arguments)
            code = 0
        except BaseException:
            import traceback
            traceback.print_exc()
        finally:
            os._exit(code)
    return pid

def run(function, *arguments):
    if os.waitpid(child(function, *arguments), 0)[1]:
        sys.exit(1)

def counted(directory, kill_at):
    # The number of writing calls; none after that of the number kill_at.
    calls = 0
    def watch(frame, event, function):
        nonlocal calls
        if event == "c_call" and (getattr(function, "__module__", "") == "posix" or type(function.__self__).__name__ in ("Connection", "Bindings")):
            calls += 1
            if calls == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.setprofile(watch)
    work(directory)
    sys.setprofile(None)
    (ROOT / "calls").write_text(str(calls))

def write_state(directory, name):
    (ROOT / name).write_text(json.dumps(state(directory), sort_keys=True))

run(pack)
run(begin, ROOT / "begun")
shutil.copytree(ROOT / "begun", ROOT / "whole")
run(counted, ROOT / "whole", 0)
calls = int((ROOT / "calls").read_text())
run(write_state, ROOT / "whole", "whole.json")
moments = random.Random(28)
killed = 0
for kill in range(KILLS):
    shutil.rmtree(ROOT / "killed", ignore_errors=True)
    shutil.copytree(ROOT / "begun", ROOT / "killed")
    pid = child(counted, ROOT / "killed", int(calls * moments.uniform(kill, kill + 0.95) / KILLS) + 1)
    killed += os.WIFSIGNALED(os.waitpid(pid, 0)[1])
    run(write_state, ROOT / "killed", "killed.json")
    run(work, ROOT / "killed")
    run(write_state, ROOT / "killed", "killed.json")
    if (ROOT / "killed.json").read_text() != (ROOT / "whole.json").read_text():
        sys.exit(f"another state after kill {kill}")
print(json.dumps({"killed": killed, "calls": calls}))
"""


def test_a_kill_at_any_moment_leaves_a_whole_state_from_which_the_next_run_comes_to_the_same_end(tmp_path: Path) -> None:
    kills = 6
    done = subprocess.run(
        [sys.executable, "-c", KILLED_AT_RANDOM, str(tmp_path), str(kills)], env={"PYTHONPATH": str(PLUGINS)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["killed"] == kills
    whole = json.loads((tmp_path / "whole.json").read_text())
    assert list(whole["versions"]) == ["2.8", "3.0", "4.0"]
