# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation in git repositories: the tag or branch of the deployed version, and the files of it that are documentation."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import typing as t
from urllib.parse import quote, urlsplit

from ..._errors import ConfigError, DataError
from ...catalogue._placeholders import documentation_version, placeholders, version_of
from .._product_versions import UNVERSIONED, choose_version
from ._git_repository import COMMIT_ID, Repository
from ._selection import Selection, plain_version
from ._source import Located

if t.TYPE_CHECKING:
    import pathlib

    from ...catalogue._product import Product
    from ._source import Earlier, Fetched, Progress

# Seconds for what one call asks of git, all commands together.
_LIST_SECONDS: t.Final = 300.0
_FETCH_SECONDS: t.Final = 3600.0
_TAGS: t.Final = "refs/tags/"
_BRANCHES: t.Final = "refs/heads/"


class GitSource:
    """The git repository that a catalogue entry names; ``proxy`` and ``ca_bundle`` go before what git itself is configured with."""

    def __init__(self, product: Product, *, proxy: str | None = None, ca_bundle: str | None = None) -> None:
        if product.git is None:
            raise ConfigError(f"{product.name} has no git repository in the catalogue; add one.")
        self._product = product
        self._settings = product.git
        given = {"http.proxy": proxy, "http.sslCAInfo": ca_bundle}
        self._git_settings = {name: value for name, value in given.items() if value}
        self._list_seconds = _LIST_SECONDS
        self._fetch_seconds = _FETCH_SECONDS

    def locate(self, deployed: str | None) -> Located:
        """Find the ref that serves a deployed version, the newest one for None.

        Raises ServiceError when the repository cannot be listed, DataError when it has no ref or directory that the entry describes.
        """
        with Repository.inside(None, self._settings.repository, self._product, self._list_seconds, self._git_settings) as repository:
            versioned = [pattern for pattern in self._settings.refs if placeholders(pattern)]
            if not versioned:
                return self._locate_constant(repository, deployed)
            refs = repository.refs("--tags", "--heads")
            # version: (ref, commit); of the first pattern that gives it, and of a tag before a branch.
            found: dict[str, tuple[str, str]] = {}
            for pattern in versioned:
                for kind in (_TAGS, _BRANCHES):
                    for name in sorted(name for name in refs if name.startswith(kind)):
                        version = version_of(pattern, name.removeprefix(kind), self._product)
                        if version is not None:
                            found.setdefault(version, (name.removeprefix(kind), refs[name]))
            match = choose_version(deployed, found, self._product.name)
            if match is None:
                raise self._no_ref(repository, versioned, refs)
            reference, commit = found[match.served_version]
            return Located("git", repository.where, reference, match, commit)

    def fetch(self, located: Located, directory: pathlib.Path, earlier: Earlier | None, progress: Progress) -> Fetched:
        """Bring the documentation of ``located`` into ``directory``; every attempt begins anew.

        A branch is fetched as it is now; ``revision`` of the result is its commit. Raises ServiceError or DataError.
        """
        settings = self._settings
        selection = Selection(self._product, settings, settings.url, located.match.served_version)
        with Repository.inside(directory, settings.repository, self._product, self._fetch_seconds, self._git_settings) as repository:
            commit = repository.fetch(located.reference, located.revision)
            place = f"{repository.where} at '{located.reference}'"
            return selection.copy(
                repository.tree(commit), directory, place, lambda path: _forge_url(repository.where, located.reference, path), commit, progress
            )

    def _locate_constant(self, repository: Repository, deployed: str | None) -> Located:
        """Find the ref that is the same for every version, and which version of those that it may hold side by side."""
        reference, commit = self._constant(repository)
        product = self._product
        pattern = next((path for path in self._settings.paths if placeholders(path)), None)
        if pattern is not None:
            # The first such path is the documentation itself; others, with what it includes, follow.
            commit = repository.fetch(reference, commit)
            available = _versions_below(pattern, repository.tree(commit).kinds, product)
        else:
            version = plain_version(deployed, product)
            available = {UNVERSIONED if version is None else documentation_version(product, version)}
        match = choose_version(deployed, available, product.name)
        if match is None:
            raise DataError(f"{repository.where} at '{reference}' has nothing like '{pattern}'; correct the paths of {product.name} in the catalogue.")
        return Located("git", repository.where, reference, match, commit)

    def _constant(self, repository: Repository) -> tuple[str, str]:
        """Return the first of the entry's refs that is there, and its commit."""
        refs: dict[str, str] = {}
        for reference in self._settings.refs:
            if COMMIT_ID.fullmatch(reference):
                return reference, reference
            if reference == "HEAD":
                refs |= repository.refs("HEAD")
            elif not any(name.startswith((_TAGS, _BRANCHES)) for name in refs):
                refs |= repository.refs("--tags", "--heads")
            for name in (reference,) if reference == "HEAD" else (_TAGS + reference, _BRANCHES + reference):
                if name in refs:
                    return reference, refs[name]
        raise self._no_ref(repository, self._settings.refs, refs)

    def _no_ref(self, repository: Repository, patterns: t.Sequence[str], refs: t.Mapping[str, str]) -> DataError:
        names = sorted(name.removeprefix(_TAGS).removeprefix(_BRANCHES) for name in refs)
        if not names:
            return DataError(f"{repository.where} is empty, it has no tag or branch; correct the repository of {self._product.name} in the catalogue.")
        shown = ", ".join(names[-5:])
        return DataError(
            f"No tag or branch of {repository.where} is like {' or '.join(map(repr, patterns))}, but it has {shown}{' and others' if len(names) > 5 else ''}; "
            f"correct the refs of {self._product.name} in the catalogue."
        )


def _versions_below(pattern: str, paths: t.Iterable[str], product: Product) -> set[str]:
    """Return the versions for which a path with placeholders is there, a directory or a file."""
    parts = pattern.strip("/").count("/") + 1
    starts = {"/".join(path.split("/", parts)[:parts]) for path in paths}
    return {version for start in starts if (version := version_of(pattern.strip("/"), start, product)) is not None}


def _forge_url(repository: str, reference: str, path: str) -> str:
    """Return the page that GitHub, GitLab and those like them have of a file; elsewhere the path below the repository."""
    base = repository.rstrip("/")
    if base.startswith(("https://", "http://")):
        page = "/-/blob/" if "gitlab" in urlsplit(base).netloc else "/blob/"
        base = base.removesuffix(".git") + page + quote(reference)
    return f"{base}/{quote(path)}"
