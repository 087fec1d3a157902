# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A result as text for a terminal: the answer, its sources with how their versions match, the warnings."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from ansible_collections.infra_llm.assistant.plugins.module_utils.answering._result import Result, Source

_LABELS = {
    "en": {"sources": "Sources", "warnings": "Warnings", "docs": "documentation", "house": "house runbook", "qa": "community answer"},
    "ru": {"sources": "Источники", "warnings": "Предупреждения", "docs": "документация", "house": "внутренний регламент", "qa": "ответ сообщества"},
}
_MATCHES = {
    "en": {
        "exact": "exact version",
        "same_minor": "same minor version as {0}",
        "nearest_lower": "nearest older than {0}",
        "nearest_higher": "nearest newer than {0}",
        "unversioned": "no version",
        "newest": "the newest, as you run none",
        "unread": "the newest, as '{0}' names no release",
    },
    "ru": {
        "exact": "точная версия",
        "same_minor": "та же минорная, что {0}",
        "nearest_lower": "ближайшая старее {0}",
        "nearest_higher": "ближайшая новее {0}",
        "unversioned": "без версии",
        "newest": "самая новая, у вас её нет",
        "unread": "самая новая: «{0}» не называет выпуска",
    },
}


def readable(result: Result, *, with_answer: bool = True, with_warnings: bool = True) -> str:
    """Plain text, in the language of the answer; the answer itself may be there already."""
    language = result["language"] if result["language"] in _LABELS else "en"
    parts = [result["answer"]] if with_answer else []
    if result["sources"]:
        parts.append("\n".join([_LABELS[language]["sources"], *(_source_line(source, language) for source in result["sources"])]))
    if with_warnings and result["warnings"]:
        parts.append("\n".join([_LABELS[language]["warnings"], *(f"  - {warning}" for warning in result["warnings"])]))
    return "\n" + "\n\n".join(parts) + "\n"


def _source_line(source: Source, language: str) -> str:
    place = " > ".join(filter(None, (source.get("title"), source["section"])))
    served = "" if source["served_version"] == "unversioned" else f" {source['served_version']}"
    deployed = source["requested_version"]
    newest = source["match"] == "unversioned" and served
    match = _MATCHES[language][("newest" if deployed is None else "unread") if newest else source["match"]].format(deployed)
    named = (source["product"] + served, _LABELS[language][source["kind"]])
    origin = " ".join(filter(None, reversed(named) if language == "ru" else named))
    credit = "".join(f", {' '.join(source[name].split())}" for name in ("attribution", "license") if source.get(name))
    return f"  [{source['id']}] {place}\n      {origin} ({match}{credit}): {source['url']}"
