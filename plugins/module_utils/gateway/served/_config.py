# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration file of a served gateway: YAML, flat, every key being an option or role variable without its prefix."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import dataclasses
import ipaddress
import os
import socket
import stat
import sys
import typing as t

from ..._errors import ConfigError
from ..._options import OPTIONS, Option, option_names
from ...catalogue._catalogue import read_extension
from .._config import GatewayConfig

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_LARGEST_SECRETS_FILE = 1_048_576  # bytes


@dataclasses.dataclass(frozen=True)
class ServedConfig:
    """What a served gateway is started with: the options that it shares with an embedded one, and its own by the names of the file.

    ``inventory`` holds paths of Ansible's inventory sources, ``gateway_queue`` is in questions, ``gateway_body_limit`` in bytes.
    """

    engine: GatewayConfig
    inventory: tuple[str, ...] = ()
    versions_csv: str | None = None
    versions_csv_encoding: str | None = None
    hostvars_allow: tuple[str, ...] | None = None
    hostvars_deny: tuple[str, ...] = ()
    gateway_host: str = "127.0.0.1"
    gateway_port: int = 8090
    gateway_socket: str = "/run/infra_llm/gateway.sock"
    gateway_tokens_file: str | None = None
    gateway_tls_certificate: str | None = None
    gateway_tls_key: str | None = None
    gateway_queue: int = 100
    gateway_body_limit: int = 2 * 1024 * 1024
    gateway_log_questions: bool = False


def _text(value: object) -> str:
    if isinstance(value, str) and "\0" not in value:
        return value
    raise ValueError("a text")


def _path(value: object) -> str:
    if isinstance(value, str) and os.path.isabs(value) and "\0" not in value:
        return os.path.normpath(value)
    raise ValueError("an absolute path")


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, list) and all(isinstance(item, str) and item for item in value):
        return tuple(value)
    raise ValueError("a list of texts")


def _paths(value: object) -> tuple[str, ...]:
    try:
        return tuple(_path(item) for item in (value if isinstance(value, list) else [value]))
    except ValueError:
        raise ValueError("a list of absolute paths") from None


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise ValueError("true or false")


def _whole(lowest: int, highest: int) -> Callable[[object], int]:
    def check(value: object) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and lowest <= value <= highest:
            return value
        raise ValueError(f"a whole number from {lowest} to {highest}")

    return check


def _of_option(option: Option) -> Callable[[object], t.Any]:
    """How a value of the file is checked that is an option of the plugins as well."""
    if option.type == "path":
        return _path
    if option.type == "list":
        return _texts

    def check(value: object) -> object:
        if option.accepts(value):
            return value
        raise ValueError(option.wanted)

    return check


def _engine_keys() -> Iterator[tuple[str, Callable[[object], t.Any]]]:
    """The options of the engine; of a secret the file says only where it stands."""
    for name in option_names("engine"):
        yield (f"{name}_file", _path) if OPTIONS[name].secret else (name, _of_option(OPTIONS[name]))


_OWN_KEYS: dict[str, Callable[[object], t.Any]] = {
    "inventory": _paths,
    **{name: _of_option(OPTIONS[name]) for name in option_names("inventory")},
    "gateway_host": _text,
    "gateway_port": _whole(1, 65_535),
    "gateway_socket": _path,
    "gateway_tokens_file": _path,
    "gateway_tls_certificate": _path,
    "gateway_tls_key": _path,
    "gateway_queue": _whole(0, 100_000),
    "gateway_body_limit": _whole(1_024, 1_073_741_824),
    "gateway_log_questions": _flag,
}
_KEYS = {**dict(_engine_keys()), **_OWN_KEYS}


def read_config(path: str) -> ServedConfig:
    """Read the configuration file and the secrets that it names. Raises ConfigError, a sentence with file, key and what to write."""
    found = load_yaml(path, "The configuration file")
    if not isinstance(found, dict):
        raise ConfigError(f"The configuration file {path} holds no mapping; write one 'key: value' a line.")
    values = {str(key): _checked(path, str(key), value) for key, value in found.items() if _is_known(path, key) and value not in (None, "")}
    if "state_dir" not in values:
        raise ConfigError(f"The configuration file {path} lacks state_dir; set it to a directory of the gateway's own.")
    config = ServedConfig(engine=_engine(path, values), **{key: values[key] for key in _OWN_KEYS if key in values})
    if (config.gateway_tls_certificate is None) != (config.gateway_tls_key is None):
        raise ConfigError(f"{path} sets only one of gateway_tls_certificate and gateway_tls_key; set both, or none for plain HTTP.")
    if config.gateway_tokens_file is None and not is_loopback(config.gateway_host):
        raise ConfigError(
            f"gateway_host {config.gateway_host} in {path} is reachable by others, and there are no tokens; "
            "set gateway_tokens_file, or gateway_host to 127.0.0.1."
        )
    return config


def _is_known(path: str, key: object) -> bool:
    if key not in _KEYS:
        raise ConfigError(f"The configuration file {path} has the key '{key}', which is not known; the keys are {', '.join(sorted(_KEYS))}.")
    return True


def _checked(path: str, key: str, value: object) -> t.Any:
    try:
        return _KEYS[key](value)
    except ValueError as exc:
        raise ConfigError(f"{key} in {path} has a wrong value; set it to {exc}.") from None


def _engine(path: str, values: Mapping[str, t.Any]) -> GatewayConfig:
    options: dict[str, t.Any] = {
        name: _secret(path, f"{name}_file", values.get(f"{name}_file")) if OPTIONS[name].secret else values.get(name, OPTIONS[name].default)
        for name in option_names("engine")
    }
    options["knowledge_dir"] = options["knowledge_dir"] or os.path.join(values["state_dir"], "knowledge")
    options["catalogue"] = read_extension(options["catalogue"])
    return GatewayConfig(**options, gateway_python=sys.executable, gateway_idle=0)


def _secret(path: str, key: str, file: str | None) -> str | None:
    if file is None:
        return None
    secret = read_private(file, f"{key} of {path}").decode("utf-8", "replace").strip()
    if not secret:
        raise ConfigError(f"{file}, the {key} of {path}, is empty; write the key there.")
    return secret


def read_private(file: str, what: str) -> bytes:
    """The content of a file with secrets. Raises ConfigError when others may read it or it cannot be read; ``what`` names it for the message."""
    try:
        with open(file, "rb") as opened:
            if os.fstat(opened.fileno())[stat.ST_MODE] & (stat.S_IRWXO | stat.S_IWGRP):
                raise ConfigError(f"{file}, the {what}, may be read or changed by others; set its mode to 0640 or 0600.")
            return opened.read(_LARGEST_SECRETS_FILE)
    except OSError as exc:
        raise ConfigError(f"{file}, the {what}, cannot be read ({exc.strerror}); check the path and the owner of the file.") from None


def load_yaml(path: str, what: str, content: bytes | None = None) -> object:
    """The data in a YAML file, or in its ``content`` when that was read already. Raises ConfigError with the line of a mistake."""
    import yaml

    try:
        if content is None:
            with open(path, "rb") as file:
                content = file.read()
        return yaml.safe_load(content.decode("utf-8-sig"))
    except OSError as exc:
        raise ConfigError(f"{what} {path} cannot be read ({exc.strerror}); check the path and the owner of the file.") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{what} {path} is not in UTF-8; save it so.") from None
    except (yaml.YAMLError, ValueError, RecursionError) as exc:
        mark = getattr(exc, "problem_mark", None)
        where = f" line {mark.line + 1}" if mark is not None else ""
        problem = getattr(exc, "problem", None) or type(exc).__name__
        raise ConfigError(f"{what} {path}{where} is not YAML ({problem}); correct it.") from None


def is_loopback(host: str) -> bool:
    """Tell whether nothing but this machine can reach what listens on ``host``; a name that cannot be resolved is not taken for such."""
    try:
        addresses = {entry[4][0] for entry in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
        return bool(addresses) and all(ipaddress.ip_address(str(address).partition("%")[0]).is_loopback for address in addresses)
    except (OSError, ValueError):
        return False
