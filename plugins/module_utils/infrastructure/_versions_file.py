# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The text of a versions CSV, whatever its encoding."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import codecs
import os
import stat
import typing as t

from .._errors import ConfigError, DataError

MAX_BYTES: t.Final = 256 * 1024 * 1024
_HEADER: t.Final = "its first line must name the columns server,product,version,os_version"


def read_text(path: str, encoding: str | None) -> str:
    """Return the text of the file.

    ``encoding`` None means UTF-8, with or without a BOM. Raises DataError for what cannot be read or decoded, ConfigError for an unknown encoding.
    """
    return _decode(path, _read(path), encoding)


def _read(path: str) -> bytes:
    try:
        # A FIFO would be waited for, a device has no end.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(handle, "rb") as file:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode):
                raise _not_a_file(path, status.st_mode)
            data = file.read(MAX_BYTES + 1)
    except OSError as exc:
        if os.path.exists(path) and not os.path.isfile(path):
            raise _not_a_file(path, os.stat(path).st_mode) from exc
        raise DataError(
            f"The versions CSV {path} cannot be read ({exc.strerror or exc}); check the path in versions_csv and the permissions.", file=path
        ) from exc
    if len(data) > MAX_BYTES:
        raise DataError(f"The versions CSV {path} is larger than {MAX_BYTES // 1024**2} MiB; give a file with a row for each server and product.", file=path)
    return data


def _not_a_file(path: str, mode: int) -> DataError:
    kinds = ((stat.S_ISDIR, "a directory"), (stat.S_ISFIFO, "a pipe"), (stat.S_ISSOCK, "a socket"))
    kind = next((name for is_kind, name in kinds if is_kind(mode)), "a device")
    return DataError(f"The versions CSV {path} is {kind}; give the path of the CSV file in versions_csv.", file=path)


def _decode(path: str, data: bytes, encoding: str | None) -> str:
    if not data.strip():
        raise DataError(f"The versions CSV {path} is empty; {_HEADER}.", file=path)
    if encoding is not None:
        try:
            codec = codecs.lookup(encoding)
            "a".encode(encoding)  # hex and undefined are codecs too, but encodings of no text; of empty bytes none is looked up
        except (LookupError, TypeError, ValueError) as exc:
            raise _unknown(encoding) from exc
        try:
            text = data.decode(encoding)
        except UnicodeError as exc:
            guess = _likely_encoding(data)
            advice = f"it looks like {guess}" if guess and codecs.lookup(guess) != codec else "save it as UTF-8"
            raise DataError(f"The versions CSV {path} is not {encoding} as versions_csv_encoding says ({_where(data, exc)}); {advice}.", file=path) from exc
        return text.removeprefix("\ufeff")
    if data.startswith(codecs.BOM_UTF8):
        data = data[len(codecs.BOM_UTF8) :]
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as exc:
        guess = _likely_encoding(data)
        if guess is None:
            raise DataError(f"The versions CSV {path} is a binary file ({_where(data, exc)}); export it as comma-separated text in UTF-8.", file=path) from exc
        raise DataError(
            f"The versions CSV {path} is not UTF-8 ({_where(data, exc)}) and looks like {guess};"
            f" set versions_csv_encoding to {guess} or save the file as UTF-8.",
            file=path,
            hint=f"versions_csv_encoding: {guess}",
        ) from exc
    if text[:4096].count("\0") > len(text[:4096]) // 10:  # a stray one spoils its row only
        guess = _likely_encoding(data)
        what, advice = (
            (f"looks like {guess}", f"set versions_csv_encoding to {guess}") if guess else ("is a binary file", "export it as comma-separated text in UTF-8")
        )
        raise DataError(f"The versions CSV {path} {what}; {advice}.", file=path)
    return text


def _unknown(encoding: str) -> ConfigError:
    return ConfigError(f"The encoding {encoding!r} of versions_csv_encoding is unknown; give a name such as utf-8, cp1251 or utf-16.")


def _where(data: bytes, exc: UnicodeError) -> str:
    if not isinstance(exc, UnicodeDecodeError):
        return "it cannot be decoded"
    return f"byte 0x{data[exc.start]:02X} on line {data.count(bytes((10,)), 0, exc.start) + 1}"


def _likely_encoding(data: bytes) -> str | None:
    """Guess from the first kilobytes: UTF-16 by its marks or zero bytes, cp1251 by Cyrillic letters; None for what is no text."""
    head = data[:65536]
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    zeros = head[:4096].count(0)
    if zeros:
        odd, even = head[1:4096:2].count(0), head[0:4096:2].count(0)
        if max(odd, even) >= 0.8 * zeros and zeros >= 0.3 * len(head[:4096]):
            return "utf-16-le" if odd > even else "utf-16-be"
        return None
    if sum(byte < 32 and byte not in (9, 10, 12, 13) for byte in head) > len(head) // 100:
        return None
    high = [byte for byte in head if byte >= 0x80]
    # Russian text is mostly small letters: 0xE0-0xFF in cp1251; 0xA0-0xAF and 0xE0-0xEF in cp866; 0xC0-0xDF in koi8-r.
    small = {
        "cp1251": sum(byte >= 0xE0 for byte in high),
        "cp866": sum(0xA0 <= byte <= 0xAF or 0xE0 <= byte <= 0xEF for byte in high),
        "koi8-r": sum(0xC0 <= byte <= 0xDF for byte in high),
    }
    best = max(small, key=lambda name: small[name])
    if small[best] >= 0.5 * len(high) and len(high) >= 4:
        return best
    return "cp1252"
