# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine's options, each declared once.

From here come what Ansible is told of the options of the lookup and the actions, with their sources, the checks of their values, the keys of a served
gateway's configuration file and the fields of ``POST /query``. A test holds against it what must be written out: the documentation, the variables of the
roles, and the typed fields in which the engine is handed its options.

To add an option: a line here, its description in ``doc_fragments/``, its use.
"""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import math
import typing as t

Part: t.TypeAlias = t.Literal["address", "embedded", "engine", "inventory", "caller", "question"]


class Option(t.NamedTuple):
    """One option.

    ``type`` is one of Ansible's; ``part`` is who takes it: ``address`` what a client needs to reach a served gateway, ``embedded`` the gateway of the
    controller alone, ``engine`` every gateway when it is started, ``inventory`` whoever reads the inventory, that is a caller and a served gateway,
    ``caller`` the plugins alone, ``question`` a gateway with each question. Numbers go from ``lowest`` to ``highest``. ``about`` describes an option of a
    question in the gateway's API.
    """

    type: str
    part: Part
    default: t.Any = None
    choices: tuple[str, ...] = ()
    lowest: float = -math.inf
    highest: float = math.inf
    elements: str | None = None
    aliases: tuple[str, ...] = ()
    secret: bool = False
    about: str = ""

    @property
    def wanted(self) -> str:
        """What its values are, as the end of "set it to ..."."""
        if self.choices:
            return f"one of {', '.join(self.choices)}"
        if self.highest < math.inf:
            return f"{_TYPES[self.type]} from {self.lowest} to {self.highest}"
        return _TYPES[self.type]

    def accepts(self, value: object) -> bool:
        """Whether a value, which was converted to the type where that is possible, is one of this option."""
        if self.type in _NUMBERS:
            return isinstance(value, _NUMBERS[self.type]) and not isinstance(value, bool) and self.lowest <= value <= self.highest
        if self.type == "list":
            return isinstance(value, list) and all(map(_is_text, value))
        if self.type == "bool":
            return isinstance(value, bool)
        return self.type == "raw" or (_is_text(value) and (not self.choices or value in self.choices))


_NUMBERS: t.Final[dict[str, tuple[type[int] | type[float], ...]]] = {"int": (int,), "float": (int, float)}
_TYPES: t.Final = {
    "bool": "true or false",
    "str": "a text",
    "path": "a path",
    "list": "a list of texts",
    "int": "a whole number",
    "float": "a number",
    "raw": "a mapping or a path",
}


def _is_text(value: object) -> bool:
    return isinstance(value, str) and "\0" not in value


OPTIONS: t.Final[dict[str, Option]] = {
    "gateway_url": Option("str", "address"),
    "gateway_token": Option("str", "address", secret=True),
    "gateway_ca_bundle": Option("path", "address"),
    "state_dir": Option("path", "engine", default="~/.local/state/infra_llm"),
    "knowledge_dir": Option("path", "engine"),
    "gateway_python": Option("path", "embedded"),
    "gateway_idle": Option("int", "embedded", default=900, lowest=1, highest=31_536_000),
    "embedding_model": Option("str", "engine", default="all-MiniLM-L6-v2"),
    "embedding_query_prefix": Option("str", "engine"),
    "embedding_passage_prefix": Option("str", "engine"),
    "embedding_window": Option("int", "engine", lowest=64, highest=32_768),
    "embedding_pooling": Option("str", "engine", choices=("mean", "cls", "last")),
    "embedding_url": Option("str", "engine"),
    "embedding_api_key": Option("str", "engine", secret=True),
    "chroma_url": Option("str", "engine"),
    "model_path": Option("path", "embedded"),
    "llm_url": Option("str", "engine"),
    "llm_api_key": Option("str", "engine", secret=True),
    "model": Option("str", "engine"),
    "catalogue": Option("raw", "engine"),
    "hosts": Option("list", "caller", elements="str", aliases=("host",)),
    "mode": Option(
        "str",
        "question",
        default="answer",
        choices=("answer", "extractive", "context"),
        about="'answer' asks the language model, 'extractive' quotes documentation, 'context' returns facts and passages alone.",
    ),
    "max_tokens": Option("int", "question", default=512, lowest=1, highest=32_768, about="Tokens of the answer at the most."),
    "temperature": Option("float", "question", default=0.0, lowest=0, highest=2, about="0 makes answers repeatable."),
    "timeout": Option("int", "question", default=300, lowest=1, highest=604_800, about="Seconds from the arrival of the request in which it must be answered."),
    "strict_version": Option(
        "str", "question", default="off", choices=("off", "minor", "exact"), about="How near the documentation's version must be to the deployed one."
    ),
    "on_llm_error": Option(
        "str", "question", default="extract", choices=("extract", "fail"), about="'extract' quotes documentation where the language model fails, 'fail' fails."
    ),
    "hostvars_allow": Option("list", "inventory", elements="str"),
    "hostvars_deny": Option("list", "inventory", elements="str", default=[]),
    "versions_csv": Option("path", "inventory"),
    "versions_csv_encoding": Option("str", "inventory"),
    "schema": Option("raw", "caller"),
    "stream": Option("bool", "caller", default=False),
    "output": Option("str", "caller", default="text", choices=("text", "full")),
}


def option_names(*parts: Part) -> tuple[str, ...]:
    """The options that one of the parts takes."""
    return tuple(name for name, option in OPTIONS.items() if option.part in parts)
