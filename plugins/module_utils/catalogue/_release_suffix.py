# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands behind the numbers of a version: what names another release, what is packaging, and what is not known."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import dataclasses
import functools
import re
import typing as t

_STAGES: t.Final = {
    "dev": 0, "snapshot": 0, "nightly": 0, "canary": 0, "unstable": 0, "git": 0, "alpha": 1, "a": 1, "ea": 1, "preview": 2, "milestone": 2, "m": 2,
    "pre": 2, "beta": 3, "b": 3, "rc": 4, "cr": 4, "test": 4,
}  # fmt: skip
_STAGE_WORDS: t.Final = "dev|snapshot|nightly|canary|unstable|alpha|ea|preview|milestone|pre|beta|rc|(?<![0-9])cr|test"
_MARKS: t.Final = {"service pack": "sp", "release": "r", "update": "u", "cumulative update": "cu", "patch": "p", "hotfix": "hf", "fix pack": "fp"}
_MARK_WORDS: t.Final = "sp|service pack|release|update|cumulative update|cu|patch|hotfix|hf|fix pack|fp|jhf take|take|post|mr|s|p|u|r"
_NUMBER: t.Final = r"\d{1,18}(?:\.\d{1,18})*"
_DISTRIBUTIONS: t.Final = (
    r"debian|ubuntu|deb|ubu|bpo|el|rhel|centos|rocky|alma|fedora|fc|amzn|suse|sles|opensuse|alpine|ubi|pgdg|astra|alt|redos|mga|photon|azl"
    r"|stretch|buster|bullseye|bookworm|trixie|sid|xenial|bionic|focal|jammy|noble|slim|windows|win"
)
_EDITIONS: t.Final = "ee|ce|oss|enterprise|community|server|pgsql|mysql|sqlite3|common|management|lts|log|full|core"
_ARCHITECTURES: t.Final = r"x86_64|amd64|arm64|aarch64|i[3-6]86|noarch|all|linux|darwin|rpm|deb|tar|gz|tgz|zip|jar|64-?bit|x64"

# Each at the place that the ones before it have left, and tried in this order.
_PATTERNS: t.Final = {
    "line": r"(?:\.|-)?[xX*](?![A-Za-z0-9])|\+(?=\s|\Z)|\s*(?:[–—…]|\.\.+|\s-\s|\bto\b|\bдо\b)\s*v?\d[\w.]*|\s+(?:or|and) (?:later|newer|above)|\(x\)",
    "stage": rf"(?i)(?:[.~+_\s-]\(?)?({_STAGE_WORDS})[._\s-]?({_NUMBER})?(?![a-z])\)?",
    "lettered stage": rf"(?i)[.~-]?([abm])[.-]?({_NUMBER})(?![a-z])",
    # Fedora's older way: 1.0-0.3.rc2.el8 is before 1.0
    "staged revision": rf"(?i)-0(?:\.\d+)*[.~](alpha|beta|rc|pre|git|snapshot)[._]?({_NUMBER})?[\w.+~]*",
    "final": r"(?i)[.\s-]\(?(?:final|ga|rtm|release|lts|general availability)\)?(?![\s-]?\d|[a-z0-9])|\s\(?stable\)?(?![\w-])",
    "snapshot": r"(?i)[+~.-]{1,2}(git|svn|hg|bzr|cvs|snapshot|nightly)[\w.+~-]*|[+~](\d{8})[\w.+~-]*",
    "package revision": r"-r\d+(?![\w])",
    "mark": rf"(?i)[\s._-]?\(?(?:rtm-)?(?:({_MARK_WORDS})[\s._-]?({_NUMBER}))\)?(?![a-z])",
    "generation": r"(?i)(?:ai|[cgi])(?=r\d|[^a-z0-9]|\Z)",
    "letters": rf"([A-Za-z]{{1,3}})({_NUMBER})?(?:\((\d+)\))?(?![A-Za-z])",
    "dated suffix": r"_(\d+)(?!\d)",
    "repeated": r"(?i)-mariadb\S*",
    "edition": rf"(?i)[.-](?:{_EDITIONS})(?:\.\d+)?(?![A-Za-z0-9])",
    "architecture": rf"(?i)[._-](?:{_ARCHITECTURES})(?![A-Za-z0-9])",
    "distribution": rf"(?i)[.~+_-](?:{_DISTRIBUTIONS})[\d.]*[\w.+~]*(?:-r?\d+)*(?![A-Za-z])",
    "revision": r"-(\d[\w.]*(?:[~+][\w.+~]*)?)",
    "metadata": r"(?:\+|~(?=\w*(?:deb|ubu|bpo|el)))[\w.+~-]*",
    "build": r"(?i)-b\d+(?!\w)|[\s,._-]*\(?build[\s.:#-]*\w+\)?(?:,\d+)?(?:\s\(ga[.\w]*\))?",
    "remark": rf"(?i)\s?\((?:\(?(?:{_DISTRIBUTIONS}|oracle|red hat|homebrew|gnu)\b[^()]*\)?|[0-9a-f]{{7,40}}|[a-z]{{3,12}} linux)\)",
}  # fmt: skip
_NAMES_A_STAGE: t.Final = r"(?i)(?:^|[.~])\d*(alpha|beta|rc|pre)\.?(\d*)"


def search(pattern: str, text: str, position: int = 0) -> re.Match[str] | None:
    """As ``re.search``, from a position; every worker is a new process, so that patterns are compiled when they are first needed."""
    return _compiled(pattern).search(text, position)


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


@dataclasses.dataclass
class Suffix:
    """What was read up to ``end``; ``kept`` are the pieces of text that belong to the release."""

    end: int
    stage: tuple[int, tuple[int, ...]] | None = None
    marks: list[tuple[str, tuple[int, ...]]] = dataclasses.field(default_factory=list)
    kept: list[str] = dataclasses.field(default_factory=list)
    revision: str = ""
    unread: str = ""
    is_line: bool = False


def read_suffix(text: str, position: int, numbers: tuple[int, ...]) -> Suffix:
    """Read what stands behind ``numbers``, which end at ``position``."""
    suffix = Suffix(position)
    while suffix.end < len(text):
        step = next(((kind, found) for kind, pattern in _PATTERNS.items() if (found := _at(kind, pattern, text, suffix, position, numbers))), None)
        if step is None:
            break
        _take(suffix, *step, numbers)
        suffix.end = step[1].end()
    rest = _compiled(r"[^\s,;\"')\]/|]*").match(text, suffix.end)
    glued = rest[0] if rest else ""
    suffix.unread = suffix.unread or glued.strip(".:-")
    suffix.end += len(glued)
    return suffix


def _at(kind: str, pattern: str, text: str, suffix: Suffix, begin: int, numbers: tuple[int, ...]) -> re.Match[str] | None:
    if kind == "generation" and (len(numbers) > 1 or numbers[0] >= 100 or suffix.end != begin):
        return None  # Oracle's 19c is 19, OpenSSL's 0.9.8c is not 0.9.8
    if kind == "letters" and suffix.end != begin and not suffix.marks:
        return None  # letters mark a release directly behind its numbers, or behind another mark
    if kind == "lettered stage" and suffix.marks:
        return None  # 1.8.0_392-b08 is a build
    if kind == "package revision" and len(numbers) == 1:
        return None  # 2012-r2
    found = _compiled(pattern).match(text, suffix.end)
    return found if found and found.end() > suffix.end else None


def _take(suffix: Suffix, kind: str, found: re.Match[str], numbers: tuple[int, ...]) -> None:
    groups = [group for group in found.groups() if group is not None]
    if kind == "line":
        suffix.is_line = True
    elif kind in ("stage", "lettered stage", "staged revision"):
        suffix.stage = (_STAGES[groups[0].lower()], _whole(groups[1:]))
        suffix.kept.append(found[0])
    elif kind == "snapshot":
        suffix.marks.append(("snapshot", ()))
        suffix.unread = suffix.unread or found[0]
    elif kind == "mark":
        word = groups[0].lower()
        suffix.marks.append((_MARKS.get(word, word.rpartition(" ")[2]), _whole(groups[1:])))
        suffix.kept.append(found[0].replace("(", "").replace(")", ""))
    elif kind == "generation":
        suffix.kept.append(found[0])
    elif kind == "letters":
        suffix.marks.append((groups[0].lower(), _whole(groups[1:])))
        suffix.kept.append(found[0])
    elif kind == "dated suffix":
        suffix.marks.append(("_", _whole(groups)))
        suffix.kept.append(found[0])
    elif kind == "revision":
        _take_revision(suffix, groups[0], numbers)


def _take_revision(suffix: Suffix, revision: str, numbers: tuple[int, ...]) -> None:
    staged = search(_NAMES_A_STAGE, revision)
    if staged:
        suffix.stage = (_STAGES[staged[1].lower()], _whole(filter(None, [staged[2]])))
    elif revision.replace(".", "").isdigit():
        other = _whole([revision])
        if len(other) == len(numbers) > 1 and other[0] == numbers[0] and other > numbers:
            suffix.is_line = True  # 3.4-3.6
        elif len(other) > 2 and other[0] < 1000:
            suffix.unread = revision  # another version: 2.13-3.4.0
        suffix.revision = revision
    # Otherwise a distribution's tag shows that it is a package's.


def _whole(parts: t.Iterable[str]) -> tuple[int, ...]:
    return tuple(int(number) for part in parts for number in part.split("."))
