# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation in source archives, by URL or on a disk: a release's tarball, for where no git repository can be reached."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import os
import pathlib
import posixpath
import shutil
import tempfile
import time
import typing as t
from urllib.parse import quote, unquote, urlsplit

from ..._errors import ConfigError, DataError, ServiceError
from ...catalogue._placeholders import documentation_version, fill, placeholders
from .._product_versions import UNVERSIONED, choose_version
from ._archive_files import open_archive
from ._selection import Selection, cannot_write, clear, plain_version, without_credentials
from ._source import Located

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    import requests

    from ...catalogue._product import Product
    from ._source import Earlier, Fetched, Progress

MAX_ARCHIVE_BYTES: t.Final = 2**30
_CHUNK: t.Final = 2**18
# Seconds: to connect, between two pieces, and for the whole.
_CONNECT, _READ, _WHOLE = 30.0, 60.0, 3600.0
_ABSENT: t.Final = frozenset({404, 410})
# Servers that answer GET alone say so, or refuse what was signed for GET.
_NO_HEAD: t.Final = frozenset({403, 405, 501})


@dataclasses.dataclass(frozen=True)
class _Download:
    """An archive on this machine; ``etag`` and ``last_modified`` are what the server sent, ``unchanged`` that it did not send the file again."""

    file: pathlib.Path
    sha256: str
    etag: str = ""
    last_modified: str = ""
    unchanged: bool = False


class ArchiveSource:
    """The archives that a catalogue entry names; ``session`` knows proxies and certificates."""

    def __init__(self, product: Product, session: requests.Session) -> None:
        if product.archive is None:
            raise ConfigError(f"{product.name} has no archive in the catalogue; add one.")
        self._product = product
        self._settings = product.archive
        self._session = session

    def locate(self, deployed: str | None) -> Located:
        """Find the archive of a deployed version, or of its documentation; there is no list from which to choose another.

        Raises ServiceError when the server cannot be reached, DataError when it has no such archive.
        """
        version = plain_version(deployed, self._product)
        if not placeholders(self._settings.url):
            versions = [UNVERSIONED if version is None else documentation_version(self._product, version)]
        elif version is None:
            raise DataError(
                f"Which archive of {self._product.name} is the newest cannot be known; fetch a version by name, or add a git repository to the catalogue."
            )
        else:
            versions = list(dict.fromkeys((documentation_version(self._product, version), version)))
        addresses = self._addresses(versions)
        for address, candidate in addresses.items():
            match = choose_version(deployed, [candidate], self._product.name)
            revision = self._look(address)
            if match is not None and revision is not None:
                shown = _shown(address)
                return Located("archive", shown, posixpath.basename(shown), match, revision)
        shown = " or ".join(map(_shown, addresses))
        raise DataError(f"There is no archive of {self._product.name} at {shown}; correct the archive's url in the catalogue.")

    def fetch(self, located: Located, directory: pathlib.Path, earlier: Earlier | None, progress: Progress) -> Fetched:
        """Bring the documentation of ``located`` into ``directory``; every attempt begins anew.

        When the server says that its archive is still that of ``earlier``, the files are copied from there, so that must be of the
        same catalogue entry. ``revision`` of the result is the archive's SHA-256. Raises ServiceError or DataError.
        """
        version = located.match.served_version
        address = fill(self._settings.url, version, self._product)
        selection = Selection(self._product, self._settings, self._settings.page_url, version)
        with self._archive(address, located.location, directory, earlier) as download:
            if download.unchanged and earlier is not None:
                return self._copy(earlier, directory, progress)
            with open_archive(download.file, located.location) as tree:
                fetched = selection.copy(tree, directory, located.location, lambda path: f"{located.location}#{quote(path)}", download.sha256, progress)
        files = {path: dataclasses.replace(file, etag=download.etag, last_modified=download.last_modified) for path, file in fetched.files.items()}
        return dataclasses.replace(fetched, files=files)

    def _addresses(self, versions: list[str]) -> dict[str, str]:
        """Return {address: version}; a version without a part that the address needs has none, unless that is all there is."""
        addresses: dict[str, str] = {}
        for version in versions:
            try:
                addresses.setdefault(fill(self._settings.url, version, self._product), version)
            except ConfigError:
                if version == versions[-1] and not addresses:
                    raise
        return addresses

    def _look(self, address: str) -> str | None:
        """Return the SHA-256 of a local archive, "" of another one that is there, None when there is none."""
        shown = _shown(address)
        file = _local(address)
        if file is not None:
            return _sha256(file, shown)
        with self._request("HEAD", address, shown, {}) as response:
            status = response.status_code
        if status in _NO_HEAD:
            with self._request("GET", address, shown, {}) as response:
                status = response.status_code
        if status in _ABSENT:
            return None
        _check_status(status, shown)
        return ""

    @contextlib.contextmanager
    def _archive(self, address: str, shown: str, directory: pathlib.Path, earlier: Earlier | None) -> Iterator[_Download]:
        """Download an archive, if need be, and remove it at the end."""
        local = _local(address)
        if local is not None:
            sha256 = _sha256(local, shown)
            if sha256 is None:
                raise DataError(f"{shown} is not there any more; put it back, or correct the archive's url of {self._product.name} in the catalogue.")
            yield _Download(local, sha256)
            return
        try:
            for left in directory.glob(".archive-*"):
                left.unlink()
            descriptor, name = tempfile.mkstemp(prefix=".archive-", dir=directory)
        except OSError as exc:
            raise cannot_write(exc, directory, self._product) from exc
        file = pathlib.Path(name)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                download = self._download(address, shown, stream, file, earlier)
            yield download
        finally:
            file.unlink(missing_ok=True)

    def _download(self, address: str, shown: str, stream: t.IO[bytes], file: pathlib.Path, earlier: Earlier | None) -> _Download:
        headers = _conditions(earlier)
        deadline = time.monotonic() + _WHOLE
        digest = hashlib.sha256()
        size = 0
        with self._request("GET", address, shown, headers) as response:
            if response.status_code == 304 and headers:
                return _Download(file, "", unchanged=True)
            _check_status(response.status_code, shown)
            _check_size(int(length) if (length := response.headers.get("Content-Length", "")).isdecimal() else 0, shown)
            for chunk in response.iter_content(_CHUNK):
                size += len(chunk)
                _check_size(size, shown)
                if time.monotonic() > deadline:
                    raise ServiceError(f"{shown} was not sent within {_WHOLE:.0f} seconds; fetch it again, or give its copy on a disk.", url=shown)
                digest.update(chunk)
                try:
                    stream.write(chunk)
                except OSError as exc:
                    raise cannot_write(exc, file.parent, self._product) from exc
            return _Download(file, digest.hexdigest(), response.headers.get("ETag", ""), response.headers.get("Last-Modified", ""))

    @contextlib.contextmanager
    def _request(self, method: str, address: str, shown: str, headers: dict[str, str]) -> Iterator[requests.Response]:
        import requests

        sent = {"Accept-Encoding": "identity", **headers}
        try:
            with self._session.request(method, address, headers=sent, stream=True, timeout=(_CONNECT, _READ), allow_redirects=True) as response:
                yield response
        except requests.RequestException as exc:
            # Its text has the whole address, and so a password or token in it.
            raise ServiceError(f"{shown} cannot be fetched ({_cause(exc)}); check the network and the address, or give its copy on a disk.", url=shown) from exc

    def _copy(self, earlier: Earlier, directory: pathlib.Path, progress: Progress) -> Fetched:
        clear(directory, self._product)
        for number, stored in enumerate(earlier.fetched.files, 1):
            try:
                (directory / stored).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(earlier.directory / stored, directory / stored)
            except OSError as exc:
                raise cannot_write(exc, directory, self._product) from exc
            progress(number, len(earlier.fetched.files))
        return earlier.fetched


def _shown(address: str) -> str:
    """Return an address for messages and citations, a path as an absolute one."""
    local = None if "://" in address else _local(address)
    return without_credentials(address) if local is None else str(local)


def _local(address: str) -> pathlib.Path | None:
    """Return the path that an address means, None when it is a server's."""
    scheme = address.partition("://")[0].lower() if "://" in address else ""
    if scheme in ("http", "https"):
        return None
    if scheme not in ("", "file"):
        raise ConfigError(f"'{without_credentials(address)}' is not the address of an archive; write an https:// or file:// URL, or a path.")
    return pathlib.Path(unquote(urlsplit(address).path) if scheme else address).expanduser().absolute()


def _sha256(file: pathlib.Path, shown: str) -> str | None:
    """Return the digest of a local archive, None when it is not there."""
    try:
        if not file.is_file():
            return None
        _check_size(file.stat().st_size, shown)
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as exc:
        raise DataError(f"{shown} cannot be read ({exc.strerror}); see to its permissions.", file=str(file)) from exc


def _conditions(earlier: Earlier | None) -> dict[str, str]:
    """Return the headers that ask for an archive only when it is not that of ``earlier``, none when that is not whole any more."""
    if earlier is None or not earlier.fetched.files:
        return {}
    for stored, fetched in earlier.fetched.files.items():
        file = earlier.directory / stored
        try:
            if hashlib.sha256(file.read_bytes()).hexdigest() != fetched.sha256:
                return {}
        except OSError:
            return {}
    known = next(iter(earlier.fetched.files.values()))
    return {name: value for name, value in (("If-None-Match", known.etag), ("If-Modified-Since", known.last_modified)) if value}


def _check_size(size: int, shown: str) -> None:
    if size > MAX_ARCHIVE_BYTES:
        raise DataError(f"{shown} has more than the {MAX_ARCHIVE_BYTES // 2**20} MiB that an archive may have; name a smaller one.", file=shown)


def _check_status(status: int, shown: str) -> None:
    if status in (401, 403):
        raise ServiceError(f"{shown} wants credentials; put them into the archive's url in the catalogue, or give a copy on a disk.", url=shown, status=status)
    if not 200 <= status < 300:
        advice = "correct the archive's url in the catalogue" if status in _ABSENT else "fetch it again later"
        raise ServiceError(f"{shown} cannot be fetched, the server answered with status {status}; {advice}.", url=shown, status=status)


def _cause(exc: BaseException) -> str:
    """Return the operating system's words for why there was no answer, else the name of the error."""
    name = type(exc).__name__
    cause: BaseException | None = exc
    while cause is not None:
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
        cause = cause.__cause__ or cause.__context__
    return name
