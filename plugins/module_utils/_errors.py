# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine's one family of errors. Every message is a sentence that says what is wrong, where, and what to do."""

# Private to the collection: names here may change in any release.

from __future__ import annotations


class InfraLlmError(Exception):
    """Base of all errors that the engine raises on purpose."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class ConfigError(InfraLlmError):
    """An option is missing, unknown, contradictory or of the wrong type."""


class ServiceError(InfraLlmError):
    """A service (gateway, LLM, embedder, vector store) cannot be reached or answered with an error.

    ``url`` is the address without credentials, ``status`` the HTTP status when there was an answer.
    """

    def __init__(self, message: str, *, url: str | None = None, status: int | None = None, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.url = url
        self.status = status


class DataError(InfraLlmError):
    """A file (versions CSV, document, index) cannot be used; ``file`` and ``line`` (from 1) say where."""

    def __init__(self, message: str, *, file: str | None = None, line: int | None = None, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.file = file
        self.line = line


class MissingLibraryError(InfraLlmError):
    """Python packages that a feature needs cannot be imported; ``requirements`` is the file in the collection's requirements/ that names them."""

    def __init__(self, *packages: str, needed_for: str, python: str, requirements: str = "embedded.txt") -> None:
        one = len(packages) == 1
        named = ", ".join(f"'{package}'" for package in packages)
        super().__init__(
            f"The Python package{'' if one else 's'} {named}, needed for {needed_for}, {'is' if one else 'are'} not installed for {python}; "
            f"install the collection's requirements/{requirements} there, or set gateway_python to a Python that has {'it' if one else 'them'}."
        )
