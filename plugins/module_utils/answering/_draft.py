# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An answer in the making: what each stage of a question's way has found so far."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import dataclasses
import time
import typing as t

from .._phrases import phrase
from ..knowledge._search import SearchResult
from ..knowledge.questions._language import language_of

if t.TYPE_CHECKING:
    from ..clients._llm import ChatModel, Completion
    from ..knowledge._search import Passage, Target
    from ._prompt import Prompt
    from ._question import Question
    from ._result import Mode, Timings


@dataclasses.dataclass
class Draft:
    """Filled by the stages in their order; each adds its own and changes nothing of an earlier one.

    ``text`` is empty until a stage has answered; ``passages`` are those that the answer rests on, with the numbers by which it cites them.
    """

    question: Question
    started: float = dataclasses.field(default_factory=time.monotonic)  # of time.monotonic()
    warnings: list[str] = dataclasses.field(default_factory=list)
    timings: Timings = dataclasses.field(default_factory=lambda: t.cast("Timings", {}))
    # retrieve
    targets: list[Target] = dataclasses.field(default_factory=list)
    found: SearchResult = dataclasses.field(default_factory=lambda: SearchResult([], [], [], [], 0.0, 0.0))
    # generate
    model: ChatModel | None = None
    prompt: Prompt | None = None
    completion: Completion | None = None
    # generate, or else quote
    mode: Mode = "extractive"
    text: str = ""
    data: t.Any = None
    passages: list[tuple[int, Passage]] = dataclasses.field(default_factory=list)

    def __post_init__(self) -> None:
        hosts = self.question.infrastructure.get("hosts", ())
        self.language = language_of(self.question.question, {name for host in hosts for name in (host["name"], *host.get("groups", ()))})
        self.warnings.extend(self.question.warnings)

    @property
    def deadline(self) -> float:
        """The time of time.monotonic() by which the answer must be there."""
        return self.started + self.question.timeout

    def warn(self, name: str, **values: object) -> None:
        """Add the phrase ``name`` to the warnings."""
        self.warnings.append(phrase(name, self.language, **values))
