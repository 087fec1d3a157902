# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Galaxy artefact, built and installed into an empty place, answers through its full names."""

from __future__ import annotations

import json
import sys
import tarfile
import typing as t
from collections.abc import Callable
from pathlib import Path

if t.TYPE_CHECKING:
    from conftest import Assistant

BIN = Path(sys.executable).parent
QUESTION = "Why is a Kafka broker under-replicated?"
LOOKUP = "infra_llm.assistant.infra_llm"


def test_the_artefact_answers(make_assistant: Callable[..., Assistant], tmp_path: Path) -> None:
    assistant = make_assistant(ANSIBLE_COLLECTIONS_PATH=str(tmp_path / "collections"))
    del assistant.environment["ANSIBLE_CONFIG"]
    assistant.run([BIN / "ansible-galaxy", "collection", "build", "--output-path", tmp_path]).ok()
    (artefact,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(artefact) as archive:
        names = archive.getnames()
    assert "playbooks/ask.yml" in names
    assert not [name for name in names if name.split("/")[0] in ("tests", ".venv", ".state", "Makefile", "ansible.cfg") or name.endswith(".pyc")]
    installed = tmp_path / "collections" / "ansible_collections" / "infra_llm" / "assistant"
    assistant.run([BIN / "ansible-galaxy", "collection", "install", "--offline", "-p", tmp_path / "collections", artefact], cwd=tmp_path).ok()

    def playbook(*words: str | Path) -> str:
        inventory = installed / "docs" / "examples" / "inventory" / "hosts.yml"
        return assistant.run([BIN / "ansible-playbook", "-i", inventory, *words], cwd=tmp_path).ok().out

    playbook("infra_llm.assistant.ingest", "-e", f"knowledge_source={installed / 'docs' / 'examples' / 'knowledge'}")
    assert "kafka-topics.sh" in playbook("infra_llm.assistant.ask", "-e", json.dumps({"query": QUESTION}))
    written = tmp_path / "play.yml"
    tasks = [{"ansible.builtin.debug": {"msg": f"{{{{ lookup('{LOOKUP}', '{QUESTION}') }}}}"}}]
    written.write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]), encoding="utf-8")
    assert "kafka-topics.sh" in playbook(written)
    assert "No gateway runs" not in playbook("infra_llm.assistant.gateway")
