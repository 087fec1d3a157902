# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a request of OpenAI's API may ask: the fields of POST /v1/chat/completions that the gateway understands."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import typing as t

from ..._options import OPTIONS
from ._query_model import VISIBLE, plain_json, whole

MODEL = "infra_llm"
_EXAMPLE: dict[str, t.Any] = {"model": MODEL, "messages": [{"role": "user", "content": "Why is a Kafka broker under-replicated?"}], "max_tokens": 400}
# Without it no message could be the question.
_TEXT = {"type": "string", "pattern": VISIBLE, "maxLength": 20_000}
_TEXT_PART = {"type": "object", "required": ["type", "text"], "properties": {"type": {"const": "text"}, "text": _TEXT}}
_HAS_QUESTION = {
    "contains": {
        "type": "object",
        "required": ["role", "content"],
        "properties": {"role": {"const": "user"}, "content": {"anyOf": [_TEXT, {"type": "array", "contains": _TEXT_PART}]}},
    }
}


def chat_model() -> t.Any:
    """The pydantic model of POST /v1/chat/completions; what clients send beside these fields is ignored."""
    from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

    Whole: t.TypeAlias = t.Annotated[int | None, BeforeValidator(whole)]

    class Lenient(BaseModel):
        model_config = ConfigDict(extra="ignore", strict=True, allow_inf_nan=False)

    class Part(Lenient):
        type: str
        text: str | None = None

    class Message(Lenient):
        role: t.Literal["system", "developer", "user", "assistant", "tool", "function"]
        content: str | list[Part] | None = None

    class StreamOptions(Lenient):
        include_usage: bool = False

    class JsonSchema(Lenient):
        answer_schema: t.Annotated[dict[str, t.Any] | None, AfterValidator(plain_json)] = Field(default=None, alias="schema")

    class ResponseFormat(Lenient):
        type: t.Literal["text", "json_object", "json_schema"] = "text"
        json_schema: JsonSchema | None = None

    tokens, temperatures = OPTIONS["max_tokens"], OPTIONS["temperature"]

    class Chat(Lenient):
        """A chat whose last message of the user is the question. Messages of the system are not taken over: the gateway has rules of its own."""

        model_config = ConfigDict(extra="ignore", strict=True, allow_inf_nan=False, json_schema_extra={"examples": [_EXAMPLE]})

        model: str | None = Field(default=None, description=f"Any; the gateway has one model, {MODEL}.")
        messages: list[Message] = Field(min_length=1, max_length=1_000, json_schema_extra=t.cast("t.Any", _HAS_QUESTION))
        max_tokens: Whole = Field(default=None, ge=tokens.lowest, le=tokens.highest)
        max_completion_tokens: Whole = Field(default=None, ge=tokens.lowest, le=tokens.highest)
        temperature: float | None = Field(default=None, ge=temperatures.lowest, le=temperatures.highest)
        n: Whole = Field(default=None, ge=1, le=1, description="There is one answer to a question.")
        response_format: ResponseFormat | None = None
        stream: bool | None = None
        stream_options: StreamOptions | None = None

    return Chat
