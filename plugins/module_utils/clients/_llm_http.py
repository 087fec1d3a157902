# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A language model behind any server of the OpenAI chat API; what llama-server has beyond that is used where it is one."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import contextlib
import dataclasses
import http.client
import json
import math
import os
import socket
import threading
import time
import typing as t

from .._errors import ConfigError, ServiceError
from ._http import Endpoint, server_root
from ._llm import DEFAULT_CONTEXT, SEED, AbandonedError, Completion, ModelLoadingError
from ._llm_turns import Turns
from ._sse import MEDIA_TYPE, events_in

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from ._llm import Chat

_COUNT_SECONDS = 10  # normally a few milliseconds
_ESTIMATED_SECONDS = 30.0  # after a failure to count: a prompt takes several counts, which must not all wait for a busy server
_NO_TOKENIZER = frozenset({http.client.NOT_FOUND, http.client.METHOD_NOT_ALLOWED, http.client.NOT_IMPLEMENTED})
_LOOK_SECONDS = 0.2  # between two looks whether the asker is still there
_UNKNOWN_PARALLEL = 16  # of a server that does not tell, which then does its own queueing
# Llama 3.1's template and others print today's date near the beginning, so that at midnight no cached prompt would match any more.
_PINNED_DATE = {"date_string": "26 Jul 2024"}


class OpenAiModel:
    """One server. No more is asked of a llama-server than it computes at once.

    Which slot it takes is left to the server: a request for one that is busy (``id_slot``) changes the cache under the one that runs there.
    """

    def __init__(self, url: str, *, api_key: str | None = None, model: str | None = None) -> None:
        self._endpoint = Endpoint(server_root(url))
        if api_key:
            api_key = api_key.strip()
            if not (api_key.isascii() and api_key.isprintable()):
                raise ConfigError("llm_api_key holds characters that an HTTP header cannot carry; set it to the bare key.")
            self._endpoint.headers["Authorization"] = f"Bearer {api_key}"
        self.server = self._endpoint.shown
        listed = self._get("/v1/models").get("data") or [{}]
        known = [str(entry.get("id", "")) for entry in listed]
        self._model = model or known[0]
        if model and known[0] and model not in known:
            raise ConfigError(f"{self.server} has no model '{model}'; set model to one of: {', '.join(known[:10])}.")
        # A llama-server without alias gives the path of the file.
        self.name = os.path.basename(self._model) if self._model.endswith(".gguf") else self._model
        described: dict[str, t.Any] = next((entry for entry in listed if entry.get("id") == self._model), {})
        try:
            properties = self._get("/props")
        except ServiceError:
            properties = {}
        settings = properties.get("default_generation_settings") or {}
        # llama-server states the context of one slot, vLLM max_model_len
        self.context_length = int(settings.get("n_ctx") or described.get("max_model_len") or DEFAULT_CONTEXT)
        self._is_llama_server = bool(properties.get("total_slots"))
        self.parallel = int(properties.get("total_slots") or _UNKNOWN_PARALLEL)
        self._turns = Turns(self.parallel, self.server)
        self._estimated_until = 0.0  # time of time.monotonic() before which tokens are not counted by the server

    @property
    def free(self) -> bool:
        """Whether a question would be begun at once, as far as is known here."""
        return self._turns.any_free

    def _get(self, path: str) -> dict[str, t.Any]:
        status, body = self._endpoint.request("GET", path, timeout=10)
        self._raise_for(status, body)
        return body

    def _raise_for(self, status: int, body: dict[str, t.Any]) -> None:
        if status < 400:
            return
        if status in (401, 403):
            message = f"{self.server} refused the API key (status {status}); set llm_api_key to a key that it accepts."
            raise ServiceError(message, url=self.server, status=status)
        error = body.get("error")
        told = error.get("message") if isinstance(error, dict) else error
        if status == http.client.SERVICE_UNAVAILABLE and "loading" in str(told).lower():
            raise ModelLoadingError(self.server)
        message = f"{self.server} answered with status {status} ({told or 'no reason given'}); look into the server's log."
        raise ServiceError(message, url=self.server, status=status)

    def count_tokens(self, text: str) -> int:
        if time.monotonic() >= self._estimated_until:
            try:
                status, body = self._endpoint.request("POST", "/tokenize", {"content": text}, timeout=_COUNT_SECONDS)
                if status < 400 and "tokens" in body:
                    return len(body["tokens"])
            except ServiceError as exc:
                # A server too busy to count in time may still answer in time.
                if exc.status is None and not isinstance(exc.__cause__, TimeoutError):
                    raise
                status = exc.status or http.client.GATEWAY_TIMEOUT
            has_none = status < 400 or status in _NO_TOKENIZER
            self._estimated_until = math.inf if has_none else time.monotonic() + _ESTIMATED_SECONDS
        # Without a tokenizer three bytes a token are fewer than any common vocabulary needs for English, code or Russian.
        return math.ceil(len(text.encode("utf-8")) / 3)

    def chat(self, chat: Chat) -> Completion:
        body: dict[str, t.Any] = {"messages": chat.messages, "max_tokens": chat.max_tokens, "temperature": chat.temperature, "seed": SEED, "model": self._model}
        # Streamed in any case: only so does a server notice that nobody waits any more.
        body.update(stream=True, stream_options={"include_usage": True})
        if chat.schema is not None:
            # llama-server drops the schema silently where it stands beside "type" instead of in "json_schema".
            body["response_format"] = {"type": "json_schema", "json_schema": {"name": "answer", "schema": chat.schema, "strict": True}}
        started = time.monotonic()
        if self._is_llama_server:
            body.update(cache_prompt=True, chat_template_kwargs=_PINNED_DATE)
        with self._turns.take(chat.deadline, chat.stop):
            return self._complete(body, started, chat)

    def _complete(self, body: dict[str, t.Any], started: float, chat: Chat) -> Completion:
        written = _Written()
        with _Hangup(chat.stop, chat.deadline) as hangup:
            try:
                for event in self._events(body, max(1.0, chat.deadline - time.monotonic()), hangup):
                    piece = written.take(event)
                    if piece:
                        written.first_token_ms = written.first_token_ms or round((time.monotonic() - started) * 1000, 1)
                        if chat.report is not None:
                            chat.report(piece)
            except (OSError, http.client.HTTPException, ServiceError) as exc:
                if chat.stop is not None and chat.stop.is_set():
                    raise AbandonedError from None
                late = hangup.happened or isinstance(exc, TimeoutError)
                if late and written.pieces:
                    written.finish_reason = "deadline"
                    return written.completion()
                if late:
                    waited = time.monotonic() - started
                    message = f"{self.server} did not answer within {waited:.0f} seconds; look at its load and log, or raise 'timeout'."
                    raise ServiceError(message, url=self.server) from exc
                if isinstance(exc, ServiceError):
                    raise
                message = f"{self.server} cannot be reached ({str(exc) or type(exc).__name__}); check the address and that the service runs."
                raise ServiceError(message, url=self.server) from exc
        if not written.choices:
            message = f"{self.server} sent a chat completion without a message; check that it is an OpenAI-compatible server."
            raise ServiceError(message, url=self.server)
        return written.completion()

    def _events(self, body: dict[str, t.Any], timeout: float, hangup: _Hangup) -> Iterator[dict[str, t.Any]]:
        """The chunks of a streamed completion; a server that does not stream sends one that holds everything."""
        response = self._endpoint.open("POST", "/v1/chat/completions", body, timeout=timeout, headers={"Accept": MEDIA_TYPE}, on_connect=hangup.connected)
        with response:
            if response.status >= 400 or MEDIA_TYPE not in response.headers.get("Content-Type", ""):
                whole = self._decoded(response.read(), response.status)
                self._raise_for(response.status, whole)
                yield whole
                return
            for _name, data in events_in(response):
                if data == "[DONE]":
                    return
                event = self._decoded(data)
                if "error" in event:
                    self._raise_for(500, event)
                yield event
            raise http.client.IncompleteRead(b"")

    def _decoded(self, data: bytes | str, status: int = http.client.OK) -> dict[str, t.Any]:
        try:
            decoded = json.loads(data)
        except (ValueError, RecursionError):
            decoded = None
        if isinstance(decoded, dict):
            return decoded
        if status >= http.client.INTERNAL_SERVER_ERROR:
            message = f"{self.server} answered with status {status} and no reason; look into the server's log, and into that of what is before it."
        else:
            message = f"{self.server} answered a chat with status {status} and no JSON object; check that the address is that of the right service."
        raise ServiceError(message, url=self.server, status=status if status >= http.client.BAD_REQUEST else None)


@dataclasses.dataclass
class _Written:
    """What has come of a completion so far."""

    pieces: list[str] = dataclasses.field(default_factory=list)
    choices: int = 0
    finish_reason: str | None = None
    usage: dict[str, t.Any] = dataclasses.field(default_factory=dict)
    first_token_ms: float | None = None

    def take(self, event: dict[str, t.Any]) -> str:
        """Add one chunk; return its text."""
        usage, choices = event.get("usage"), event.get("choices")
        self.usage = usage if isinstance(usage, dict) else self.usage
        text = ""
        for choice in choices if isinstance(choices, list) else ():
            if isinstance(choice, dict):
                self.choices += 1
                self.finish_reason = choice.get("finish_reason") or self.finish_reason
                text += _content(choice.get("delta") or choice.get("message"))
        if text:
            self.pieces.append(text)
        return text

    def completion(self) -> Completion:
        details = self.usage.get("prompt_tokens_details") or {}
        return Completion(
            "".join(self.pieces),
            self.finish_reason,
            self.usage.get("prompt_tokens"),
            details.get("cached_tokens"),
            self.usage.get("completion_tokens"),
            self.first_token_ms,
        )


def _content(message: object) -> str:
    """The text of a message; what the model thought (reasoning_content) is left where it is."""
    content = message.get("content") if isinstance(message, dict) else None
    if isinstance(content, list):  # of parts
        content = "".join(part["text"] for part in content if isinstance(part, dict) and isinstance(part.get("text"), str))
    return content.encode("utf-8", "replace").decode() if isinstance(content, str) else ""


class _Hangup:
    """Ends a connection from another thread at the deadline or when ``stop`` is set; the read that waits on it then ends."""

    def __init__(self, stop: threading.Event | None, deadline: float) -> None:
        self._stop = stop
        self._deadline = deadline
        self._done = threading.Event()
        self._socket: socket.socket | None = None
        self.happened = False

    def connected(self, sock: socket.socket) -> None:
        """Take the socket that is to be shut down."""
        self._socket = sock

    def __enter__(self) -> _Hangup:
        threading.Thread(target=self._watch, name="hangup", daemon=True).start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._done.set()

    def _watch(self) -> None:
        while not self._done.wait(max(0.0, min(_LOOK_SECONDS, self._deadline - time.monotonic()))):
            if (self._stop is not None and self._stop.is_set()) or time.monotonic() >= self._deadline:
                self.happened = True
                if self._socket is not None:
                    with contextlib.suppress(OSError):
                        self._socket.shutdown(socket.SHUT_RDWR)
                    return
                time.sleep(_LOOK_SECONDS)
