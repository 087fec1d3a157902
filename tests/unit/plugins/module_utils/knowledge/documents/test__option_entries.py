# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.infra_llm.assistant.plugins.module_utils.knowledge.documents._convert import Page, convert

MEANING = " ".join(["Says at length what the option is for and what happens when it is not set at all."] * 3)


def page(text: str, path: str = "page.md") -> Page:
    return convert(text.encode(), path)


def entries(converted: Page) -> list[tuple[str, str]]:
    return [(part.headings[-1] if part.headings else "", "\n".join(block.text for block in part.blocks)) for part in converted.sections]


def test_long_tables_of_options_are_one_section_a_row() -> None:
    converted = page(
        "# Page\n\n## Settings\n\nAll of them:\n\n| Setting | Default | Description |\n|---|---|---|\n"
        f"| `log.dirs` | `/tmp` | {MEANING} |\n| `node.id` | | {MEANING} a\\|b |\n| `--flag`, `-f` | no | {MEANING} |\n\nAfterwards.\n"
    )
    assert entries(converted) == [
        ("Settings", "All of them:"),
        ("log.dirs", f"`log.dirs`\n- Default: `/tmp`\n- Description: {MEANING}"),
        ("node.id", f"`node.id`\n- Description: {MEANING} a|b"),
        ("--flag, -f", f"`--flag`, `-f`\n- Default: no\n- Description: {MEANING}"),
        ("Settings", "Afterwards."),
    ]
    assert {part.anchor for part in converted.sections} == {"settings"}


def test_long_lists_of_options_are_one_section_an_item() -> None:
    converted = page(
        f"# Page\n\n## Settings\n\n- `cluster.name` (Static, string): {MEANING}\n- `path.data`: {MEANING}\n\n  ```yaml\n  path: x\n  ```\n\n  - `inner` part\n"
        f"- `http_port` - {MEANING}\n\nEnd.\n"
    )
    assert entries(converted) == [
        ("cluster.name", f"`cluster.name` (Static, string): {MEANING}"),
        ("path.data", f"`path.data`: {MEANING}\n```yaml\npath: x\n```\n- `inner` part"),
        ("http_port", f"`http_port` - {MEANING}"),
        ("Settings", "End."),
    ]


def test_options_that_a_program_prints() -> None:
    lines = "\n".join(f"--{name} 'x'\n  {MEANING}" for name in ("data-dir", "wal-dir", "name"))
    converted = page(f"# Page\n\n## Flags\n\n```nocode\nUsage: etcd\n{lines}\n```\n")
    assert [name for name, _text in entries(converted)] == ["Flags", "--data-dir", "--wal-dir", "--name"]
    assert entries(converted)[1][1] == f"```nocode\n--data-dir 'x'\n  {MEANING}\n```"


def test_what_is_no_long_option_reference_stays_whole() -> None:
    values = "\n".join(f"| `{name}` | {MEANING[:80]} |" for name in ("Pending", "Running", "Failed", "Unknown", "Done"))
    steps = "\n".join(f"{number}. `kubectl get {number}`: {MEANING}" for number in range(1, 5))
    command = "docker run \\\n" + "\n".join(f"  --flag{number} {MEANING} \\" for number in range(5))
    prose = "\n".join(f"- {MEANING}" for _number in range(5))
    short = "| Key | Value |\n|---|---|\n| `a.b` | one |\n| `a.c` | two |\n| `a.d` | three |"
    text = f"| Value | Meaning |\n|---|---|\n{values}\n\nSteps:\n\n{steps}\n\nRun:\n\n```\n{command}\n```\n\nWhy:\n\n{prose}\n\nShort:\n\n{short}\n"
    assert len(page(text).sections) == 1
