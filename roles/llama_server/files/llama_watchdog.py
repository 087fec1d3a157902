# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a llama-server still works, judged by what it does: its health page says `ok` even when it hangs.

`watch` looks once, for the timer: a server whose decode counter moves is alive however busy it is; one that stands still is asked for
a real token (an embedding where it serves those). At the second failure in a row the program ends with 1, and systemd restarts the server.
`probe` waits until a server that was just started gives a real token.

Standard library of Python 3.9 only; installed by the role on the hosts of the language model. The settings are those of the server itself,
so that there is one place for them, and the API key is read from its file: the arguments of a process are visible to everyone.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

LOOPBACK = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # nothing is bound to them here
COUNTER = re.compile(r"^llamacpp:(n_decode_total|requests_processing|requests_deferred) (\S+)$", re.MULTILINE)


class LoadingError(Exception):
    """The server is reading its model, and cannot be judged yet."""


class SilentError(Exception):
    """The server gave no token; the message says why."""


@dataclass
class Server:
    """Where and how a server is asked; `timeout` in seconds."""

    host: str
    port: int
    key_file: str
    embeddings: bool
    timeout: float

    def request(self, method: str, path: str, body: dict[str, Any] | None = None) -> bytes:
        """The answer's body; raises LoadingError and SilentError."""
        headers = {"Content-Type": "application/json"}
        try:
            key = first_key(self.key_file)
            if key:
                headers["Authorization"] = f"Bearer {key}"
            connection = http.client.HTTPConnection(LOOPBACK.get(self.host, self.host), self.port, timeout=self.timeout)
            try:
                connection.request(method, path, None if body is None else json.dumps(body), headers)
                answer = connection.getresponse()
                content = answer.read()
            finally:
                connection.close()
        except (OSError, http.client.HTTPException) as error:
            raise SilentError(f"{method} {path}: {str(error) or type(error).__name__}") from error
        if answer.status == 503 and b"oading" in content:
            raise LoadingError(path)
        if answer.status != 200:
            raise SilentError(f"{method} {path}: status {answer.status}, {content[:200].decode(errors='replace')}")
        return content

    def counters(self) -> dict[str, float]:
        """`n_decode_total`, `requests_processing` and `requests_deferred`."""
        found = {name: float(value) for name, value in COUNTER.findall(self.request("GET", "/metrics").decode(errors="replace"))}
        if "n_decode_total" not in found:
            raise SilentError("GET /metrics: no llamacpp:n_decode_total in the answer")
        return found

    def token(self) -> None:
        """Ask for the least that goes through the whole model."""
        try:
            if self.embeddings:
                answer = json.loads(self.request("POST", "/v1/embeddings", {"input": "alive"}))
                good = any(number != 0 for number in answer["data"][0]["embedding"])
            else:
                answer = json.loads(self.request("POST", "/completion", {"prompt": "1", "n_predict": 1, "temperature": 0, "ignore_eos": True}))
                good = answer["tokens_predicted"] >= 1
        except (ValueError, LookupError, TypeError) as error:
            raise SilentError(f"the answer cannot be read: {error!r}") from error
        if not good:
            raise SilentError("the answer is empty")


@dataclass
class State:
    """What one look tells the next: the counter, since when (seconds of the clock that never jumps) nothing was proved, failures in a row."""

    decoded: float = -1
    proved: float = 0
    failures: int = 0

    @classmethod
    def read(cls, path: Path) -> State:
        """The state at `path`; a fresh one when there is none that can be read."""
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return cls()

    def write(self, path: Path) -> None:
        """Replace the state at `path`."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")


def look(server: Server, state: State, idle: float) -> str:
    """Judge the server and bring `state` up to date; the line for the journal, empty when all is well.

    A server with nothing to do is asked for a token every `idle` seconds only, since a slot gives up its cached prompt for it.
    Between those, the counters themselves prove that its loop turns.
    """
    now = time.monotonic()
    try:
        try:
            before = server.counters()
        except SilentError:
            before = None
        if before is not None:
            moved = before["n_decode_total"] != state.decoded
            waiting = before["requests_processing"] + before["requests_deferred"] > 0
            state.decoded = before["n_decode_total"]
            if moved or (not waiting and state.failures == 0 and state.proved <= now < state.proved + idle):
                state.proved = now if moved else state.proved
                state.failures = 0
                return ""
        try:
            server.token()
        except SilentError as error:
            if before is not None and progressed(server, state):
                state.proved, state.failures = now, 0
                return "busy: the token did not come in time, and others did"
            state.failures += 1
            return f"no token, {state.failures} in a row: {error}"
        state.proved, state.failures = now, 0
    except LoadingError:
        return ""
    return ""


def progressed(server: Server, state: State) -> bool:
    """Whether the server has decoded since `state` was taken."""
    try:
        decoded = server.counters()["n_decode_total"]
    except SilentError:
        return False
    moved = decoded != state.decoded
    state.decoded = decoded
    return moved


def wait(server: Server, seconds: float, unit: str) -> None:
    """Return when the server has given a token; raise SilentError when `seconds` are over or `unit` of systemd has ended."""
    end = time.monotonic() + seconds
    while True:
        try:
            server.token()
            return
        except LoadingError:
            reason = "it is still reading its model"
        except SilentError as error:
            reason = str(error)
        if unit and has_ended(unit):
            raise SilentError("the process has ended")
        if time.monotonic() >= end:
            raise SilentError(f"no token within {seconds:.0f} s: {reason}")
        time.sleep(0.5)


def has_ended(unit: str) -> bool:
    """Whether the unit failed, was stopped, or is being started again after it has failed."""
    shown = subprocess.run(["systemctl", "show", "--property", "ActiveState,SubState,NRestarts", unit], stdout=subprocess.PIPE, check=False, text=True).stdout
    values = dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)
    return values.get("ActiveState") in {"failed", "inactive"} or values.get("SubState") == "auto-restart" or values.get("NRestarts", "0") not in {"", "0"}


def first_key(path: str) -> str:
    """The first key of a file as llama-server reads it: one in each line, `#` begins a comment; empty for no file."""
    if not path:
        return ""
    lines = (line.strip() for line in Path(path).read_text(encoding="utf-8").splitlines())
    return next((line for line in lines if line and not line.startswith("#")), "")


def read_settings(path: str) -> dict[str, str]:
    """A file for `EnvironmentFile` of systemd, as the role writes it; without a path the environment itself."""
    if not path:
        return dict(os.environ)
    found = re.findall(r'^(\w+)="((?:[^"\\]|\\.)*)"$', Path(path).read_text(encoding="utf-8"), re.MULTILINE)
    return {name: re.sub(r"\\(.)", r"\1", value) for name, value in found}


def server_of(settings: dict[str, str], timeout: float) -> Server:
    """The server of these settings (`LLAMA_ARG_...`); raises KeyError and ValueError."""
    return Server(
        settings["LLAMA_ARG_HOST"],
        int(settings["LLAMA_ARG_PORT"]),
        settings.get("LLAMA_ARG_API_KEY_FILE", ""),
        settings.get("LLAMA_ARG_EMBEDDINGS", "") == "true",
        timeout,
    )


def main(arguments: list[str]) -> int:
    """Do as the arguments say; 1 when the server is to be restarted (`watch`) or gives no token (`probe`)."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("action", choices=["watch", "probe"])
    parser.add_argument("--settings", default="", help="file of the server's settings, else the environment")
    parser.add_argument("--timeout", type=float, default=60, help="seconds for one answer")
    parser.add_argument("--state", default="", help="watch: file that carries what was seen to the next look")
    parser.add_argument("--idle", type=float, default=600, help="watch: seconds between tokens asked of an idle server")
    parser.add_argument("--wait", type=float, default=600, help="probe: seconds until a token must have come")
    parser.add_argument("--unit", default="", help="probe: unit of systemd whose end ends the waiting")
    options = parser.parse_args(arguments)
    server = server_of(read_settings(options.settings), options.timeout)
    if options.action == "probe":
        try:
            wait(server, options.wait, options.unit)
        except SilentError as error:
            print(error, file=sys.stderr)
            return 1
        return 0
    path = Path(options.state)
    state = State.read(path)
    said = look(server, state, options.idle)
    hangs = state.failures >= 2
    if said:
        print(f"<4>{said}{': restarting it' if hangs else ''}", flush=True)  # <4> is a warning to the journal
    (State() if hangs else state).write(path)
    return int(hangs)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
