# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The language model: chat messages in, text out. In process by llama-cpp-python, or any OpenAI-compatible server over HTTP."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import dataclasses
import typing as t

from .._errors import ServiceError

if t.TYPE_CHECKING:
    import threading
    from collections.abc import Callable

Message = dict[str, str]

SEED = 42  # fixed, so that the same prompt at temperature 0 gives the same answer
DEFAULT_CONTEXT = 4096  # assumed where a model does not say; small enough for every instruct model in use


class AbandonedError(ServiceError):
    """Whoever asked has gone, so the answer was given up."""

    def __init__(self) -> None:
        super().__init__("The question was given up, for whoever asked it has gone.")


class ModelLoadingError(ServiceError):
    """The model is being loaded; who asks again in a while will be answered."""

    def __init__(self, server: str) -> None:
        super().__init__(f"{server} was still loading its model; ask again in a while, or raise 'timeout'.", url=server, status=503)


@dataclasses.dataclass(frozen=True)
class Chat:
    """What a model is to complete, and how; ``deadline`` is a time of time.monotonic().

    Prompts of one ``scope`` begin alike. With ``schema`` the text is JSON of that JSON schema. ``report`` is given each piece of the text
    as it is written. When ``stop`` is set, AbandonedError is raised and the model is free again.
    """

    messages: list[Message]
    max_tokens: int
    temperature: float
    deadline: float
    scope: str = ""
    schema: dict[str, t.Any] | None = None
    report: Callable[[str], None] | None = None
    stop: threading.Event | None = None


@dataclasses.dataclass(frozen=True)
class Completion:
    """What the model wrote. Token counts are None where the server does not report them; ``first_token_ms`` counts from the call of chat().

    ``finish_reason`` is ``stop``, ``length`` (max_tokens), ``deadline``, or what else the server says.
    """

    text: str
    finish_reason: str | None = "stop"
    prompt_tokens: int | None = None
    cached_tokens: int | None = None
    completion_tokens: int | None = None
    first_token_ms: float | None = None

    @property
    def finished(self) -> bool:
        """Whether the model itself ended its text."""
        return self.finish_reason == "stop"


class ChatModel(t.Protocol):
    """Port of the language model."""

    name: str
    server: str

    @property
    def context_length(self) -> int:
        """Tokens of prompt and answer together. Raises ServiceError where the model has to be loaded for it and cannot be."""

    @property
    def parallel(self) -> int:
        """How many answers are written at once."""

    def count_tokens(self, text: str) -> int:
        """Tokens of ``text`` by the model's own tokenizer, or a cautious estimate where the server offers none."""

    def chat(self, chat: Chat) -> Completion:
        """Complete the chat. Raises ServiceError, ModelLoadingError among them."""
