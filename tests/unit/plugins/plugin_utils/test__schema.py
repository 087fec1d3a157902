# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import ConfigError
from ansible_collections.infra_llm.assistant.plugins.plugin_utils._schema import read_schema

SCHEMA = {"type": "object", "properties": {"hosts": {"type": "array"}}}
TEXT = ' {"type": "object", "properties": {"hosts": {"type": "array"}}}'


def test_a_schema_is_a_mapping_a_text_or_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "answer.json").write_text(TEXT, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for given in (SCHEMA, TEXT, "answer.json", str(tmp_path / "answer.json")):
        assert read_schema(given) == SCHEMA


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ('{"type": ', "^schema is not JSON \\(.*\\); write a JSON schema"),
        (["object"], "^schema has a wrong value; set it to a JSON schema as a mapping or as text, or to the path of a JSON file\\.$"),
        ({"default": {1, 2}}, "^schema holds what JSON cannot \\(.*\\); write plain mappings"),
        ("/none.json", "^The file /none\\.json of schema cannot be read \\(No such file or directory\\); give the path"),
    ],
)
def test_what_is_no_schema_is_a_sentence(given: Any, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        read_schema(given)
