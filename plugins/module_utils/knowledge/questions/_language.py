# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The language of a question."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import re
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Iterable

_QUOTED = re.compile(r"\"[^\"\n]{0,400}\"|«[^»\n]{0,400}»|`[^`\n]{0,400}`|(?<!\w)'[^'\n]{0,400}'(?!\w)")
_CYRILLIC_WORD = re.compile(r"(?<![а-яё])[а-яё]{2,}", re.IGNORECASE)
_LATIN_LETTER = re.compile(r"[a-z]", re.IGNORECASE)
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")


def language_of(text: str, names: Iterable[str] = ()) -> str:
    """``ru`` for a text with two Cyrillic words, however much of a log is pasted beside them, or with a quarter of its letters Cyrillic; else ``en``.

    What is quoted, and ``names`` of hosts and groups, do not count unless there is nothing else: an English question may quote a Russian message.
    """
    own = _QUOTED.sub(" ", _without(text, names))
    judged = own if re.search(r"\w", own) else text
    words = _CYRILLIC_WORD.findall(judged)
    letters = sum(map(len, words))
    return "ru" if len(words) > 1 or (words and 3 * letters >= len(_LATIN_LETTER.findall(text))) else "en"


def _without(text: str, names: Iterable[str]) -> str:
    """The text without names, hosts also by their first label, and with any separator between the words of a name."""
    forms = {form for name in names if _NOT_ASCII.search(name) for form in (name, name.partition(".")[0]) if len(form) > 1}
    if not forms:
        return text
    patterns = (r"[\s_-]+".join(map(re.escape, re.split(r"[\s_-]+", form.strip(" _-")))) for form in sorted(forms, key=len, reverse=True))
    # A dot belongs to a name only where something follows it.
    return re.sub(rf"(?<![\w-])(?:{'|'.join(patterns)})(?![\w-]|\.\w)", " ", text, flags=re.IGNORECASE)
