# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names written in Cyrillic by their sound or letters, as in этсд for etcd: keys by which they meet the Latin words of the documentation."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import re

# What a letter of a Russian transliteration stands for; vowels only tell words apart where one begins.
_CYRILLIC = {
    "б": "b", "в": "v", "г": "g", "д": "d", "ж": "j", "з": "s", "к": "k", "л": "l", "м": "m", "н": "n", "п": "p", "р": "r", "с": "s", "т": "t",
    "ф": "f", "х": "h", "ц": "s", "ч": "c", "ш": "c", "щ": "c", "а": "a", "о": "a", "у": "a", "э": "e", "е": "e", "ё": "e", "и": "e", "ы": "e",
    "ю": "a", "я": "a", "й": "", "ь": "", "ъ": "",
}  # fmt: skip
_CYRILLIC_PAIRS = (("дж", "ж"), ("тч", "ч"), ("кс", "кс"))
# English spelling, the longest first; "c" of the right side is the sound of "ch" and "sh".
_LATIN_PAIRS = (
    ("tch", "c"), ("sch", "c"), ("sh", "c"), ("ch", "c"), ("ck", "k"), ("ph", "f"), ("th", "t"), ("wh", "v"), ("qu", "kv"), ("dg", "j"), ("x", "ks"),
)  # fmt: skip
_LATIN = {"q": "k", "w": "v", "z": "s", "i": "e", "y": "e", "o": "a", "u": "a"}
_SHORTEST = 3  # consonants; shorter keys belong to too many words


def cyrillic_key(word: str) -> str | None:
    """The key of a Cyrillic word, or None when it is too short to tell words apart."""
    text = word.lower()
    for pair, letter in _CYRILLIC_PAIRS:
        text = text.replace(pair, letter)
    return _key("".join(_CYRILLIC.get(letter, "") for letter in text))


def latin_keys(word: str) -> set[str]:
    """The keys of a Latin word: ``c`` and ``g`` sound in two ways, and are read so or so in a transliteration."""
    text = word.lower()
    for pair, letters in _LATIN_PAIRS:
        text = text.replace(pair, letters.upper())
    keys = set()
    for c_sound in ("k", "s") if "c" in text else ("k",):
        for g_sound in ("g", "j") if "g" in text else ("g",):
            spoken = re.sub("c(?=[eiy])", "s", text).replace("c", c_sound)
            spoken = (re.sub("g(?=[eiy])", g_sound, spoken)).lower()
            key = _key("".join(_LATIN.get(letter, letter) for letter in spoken))
            if key:
                keys.add(key)
    return keys


def _key(spoken: str) -> str | None:
    skeleton = spoken[:1] + re.sub("[ae]", "", spoken[1:])
    skeleton = re.sub(r"(.)\1+", r"\1", skeleton)
    return skeleton if len(re.sub("[ae]", "", skeleton)) >= _SHORTEST else None
