# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has been visited of a site: written down page by page, so that an interrupted crawl goes on and a refresh knows what it has."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import dataclasses
import hashlib
import json
import typing as t
from pathlib import Path
from urllib.parse import urldefrag

from ._source import Earlier, FetchedFile

JOURNAL: t.Final = ".web_journal.jsonl"
# A page's files as (path, where it is from, bytes) by fragment, "" for the whole page.
KeptPage = dict[str, tuple[str, FetchedFile, bytes]]


@dataclasses.dataclass
class Visit:
    """What became of the page at ``url``, which redirects led to ``final``: its files by path, or why it was skipped, and where it leads.

    ``lastmod`` is what the sitemap said of it. What a ``transient`` problem kept away is asked for again by the next attempt.
    """

    url: str
    final: str
    files: dict[str, FetchedFile] = dataclasses.field(default_factory=dict)
    skipped: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    links: tuple[str, ...] = ()
    includes: tuple[str, ...] = ()
    warnings: list[str] = dataclasses.field(default_factory=list)
    lastmod: str = ""
    transient: bool = False


class Journal:
    """The visits of a crawl into ``directory``; those of another crawl than ``identity`` are forgotten."""

    def __init__(self, directory: Path, identity: str) -> None:
        self.name = JOURNAL
        self._path = directory / JOURNAL
        self._directory = directory
        read_identity, visits = _read(self._path)
        same = read_identity == identity
        self.visits = {visit.url: visit for visit in visits if self._is_whole(visit)} if same else {}
        # Written anew, for the last line may be half of one.
        lines = [json.dumps({"crawl": identity}), *map(_line, self.visits.values())]
        self._path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")

    def add(self, visit: Visit) -> None:
        """Write down a visit whose files are in place."""
        if visit.transient:
            return
        with self._path.open("a", encoding="utf-8") as stream:
            stream.write(f"{_line(visit)}\n")

    def _is_whole(self, visit: Visit) -> bool:
        return all(_read_file(self._directory / path, file) is not None for path, file in visit.files.items())


class Kept:
    """The pages of the last whole fetch."""

    def __init__(self, earlier: Earlier | None) -> None:
        self._directory = earlier.directory if earlier else Path()
        self._pages: dict[str, dict[str, tuple[str, FetchedFile]]] = {}
        for path, file in earlier.fetched.files.items() if earlier else ():
            url, fragment = urldefrag(file.url)
            self._pages.setdefault(url, {})[fragment] = path, file
        self._lastmod = {visit.url: visit.lastmod for visit in _read(self._directory / JOURNAL)[1]} if earlier else {}

    def page(self, url: str, fragments: tuple[str, ...]) -> KeptPage:
        """Return the files of a page; none when it is not kept whole with these fragments."""
        page = self._pages.get(url, {})
        if set(page) != set(fragments or ("",)):
            return {}
        bodies = {fragment: _read_file(self._directory / path, file) for fragment, (path, file) in page.items()}
        whole = {fragment: (*page[fragment], body) for fragment, body in bodies.items() if body is not None}
        return whole if len(whole) == len(page) else {}

    def lastmod(self, url: str) -> str:
        """Return what the sitemap said of a page when it was visited."""
        return self._lastmod.get(url, "")


def _read(path: Path) -> tuple[str, list[Visit]]:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        identity = str(json.loads(lines[0])["crawl"])
    except (OSError, IndexError, ValueError, KeyError, TypeError):
        return "", []
    visits = []
    for line in lines[1:]:
        try:
            fields = json.loads(line)
            fields["files"] = {name: FetchedFile(**file) for name, file in fields["files"].items()}
            fields["skipped"] = [(str(place), str(reason)) for place, reason in fields["skipped"]]
            fields.update(links=tuple(fields["links"]), includes=tuple(fields["includes"]))
            visits.append(Visit(**fields))
        except (ValueError, KeyError, TypeError, AttributeError):
            # The line that was being written when the crawl was stopped.
            break
    return identity, visits


def _line(visit: Visit) -> str:
    return json.dumps(dataclasses.asdict(visit), ensure_ascii=False)


def _read_file(path: Path, file: FetchedFile) -> bytes | None:
    """Return a file's bytes when they are still those that were fetched."""
    try:
        body = path.read_bytes()
    except OSError:
        return None
    return body if hashlib.sha256(body).hexdigest() == file.sha256 else None
