# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What git is asked: the refs of a repository, one commit of it without its history, and the files of that commit."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import base64
import contextlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import typing as t
from urllib.parse import unquote, urlsplit

from ..._errors import ConfigError, DataError, InfraLlmError, ServiceError
from ..documents._convert import MAX_BYTES
from ._selection import FILE, LINK, cannot_write, without_credentials

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ...catalogue._product import Product

_SCHEMES: t.Final = ("https", "http", "ssh", "git", "file")
# A name that no operator's own configuration has; what it means is in the environment, where nobody else reads its password.
_REMOTE: t.Final = "infra_llm_documentation"
_FETCHED: t.Final = "refs/fetched"
COMMIT_ID: t.Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_HOST_AND_PATH: t.Final = re.compile(r"(?:[^/:@\s]+@)?(?:\[[0-9A-Fa-f:.]+\]|[^/:@\s-][^/:@\s]*):(?!:)")
_ENVIRONMENT: t.Final = ("GIT_SSL_", "GIT_SSH", "GIT_PROXY_", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_EXEC_PATH")
_SETTINGS: t.Final = {
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "core.askPass": "",
    "credential.interactive": "never",
    "fetch.recurseSubmodules": "false",
    "fetch.writeCommitGraph": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "protocol.ext.allow": "never",
    # A connection that stands still for a minute is a broken one.
    "http.lowSpeedLimit": "100",
    "http.lowSpeedTime": "60",
}
_QUIET: t.Final = ("--no-tags", "--no-write-fetch-head", "--no-recurse-submodules")
# How a server says that it sends no part of a repository, or only what it lists.
_UNSUPPORTED: t.Final = re.compile(r"filter|shallow|unadvertised object|not our ref", re.IGNORECASE)
_NO_REF: t.Final = re.compile(r"couldn't find remote ref|not our ref|unadvertised object|bad object|invalid refspec", re.IGNORECASE)

# What git writes when it fails, and the sentence for it; the first that matches.
_NETWORK: t.Final = "could not resolve|connection refused|connection reset|timed? ?out|unreachable|no route to host|failed to connect|operation too slow"
_FAILURES: t.Final = (
    (r"no space left|disk quota", "There is no space left in {directory} for the documentation of {product}; free some and fetch again."),
    (r"dubious ownership", "{where} belongs to another account, so that git refuses to read it; run 'git config --global --add safe.directory' with its path."),
    (r"host key verification failed", "The host key of {where} is not known here; add it to known_hosts of the account that fetches."),
    (
        r"certificate (problem|verif)|ssl certificate|issuer cert",
        "The TLS certificate of {where} is not trusted here; give git its authority (http.sslCAInfo).",
    ),
    (
        r"authentication failed|could not read (username|password)|permission denied \(|terminal prompts disabled|error: 40[13]|access denied",
        "{where} is not there or wants credentials; correct the repository of {product} in the catalogue, or give git a credential helper or an ssh key.",
    ),
    (_NETWORK, "{where} cannot be reached ({said}); check the network and its address, or give {product} a local mirror in the catalogue."),
    (
        r"not found|does not exist|does not appear to be a git repository|not a git repository|not valid: is this a git repository",
        "{where} is no git repository; correct the repository of {product} in the catalogue.",
    ),
    (
        r"(remote end|connection).*(hung up|closed)|early eof|rpc failed",
        "{where} ended the connection ({said}); fetch again, or give {product} a local mirror.",
    ),
    (r"permission denied", "{where} may not be read by this account ({said}); see to its permissions."),
)


class _GitError(Exception):
    """git ended with an error; ``said`` is what it wrote."""

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.said = said


class Repository:
    """A bare repository in ``directory`` that only holds what is fetched from ``address``; everything ends after ``seconds``."""

    def __init__(self, directory: pathlib.Path, address: str, product: Product, seconds: float, settings: Mapping[str, str]) -> None:
        self._address = _checked(address, product)
        self.where = without_credentials(self._address)
        self._directory = directory
        self._product = product
        self._seconds = seconds
        self._settings = {**_SETTINGS, **_remote(self._address), **settings}
        self._deadline = time.monotonic() + seconds
        self._reference = ""
        self._format = "sha1"

    @classmethod
    @contextlib.contextmanager
    def inside(cls, parent: pathlib.Path | None, address: str, product: Product, seconds: float, settings: Mapping[str, str]) -> Iterator[Repository]:
        """Make a hidden one in ``parent`` (the directory for temporary files when it is None), and remove it and what others left there.

        ``settings`` are git's own by name, such as ``http.proxy``.
        """
        try:
            for left in parent.glob(".repository-*") if parent else ():
                shutil.rmtree(left, ignore_errors=True)
            directory = pathlib.Path(tempfile.mkdtemp(prefix=".repository-", dir=parent)).absolute()
        except OSError as exc:
            raise cannot_write(exc, parent or pathlib.Path(tempfile.gettempdir()), product) from exc
        try:
            yield cls(directory, address, product, seconds, settings)
        finally:
            shutil.rmtree(directory, ignore_errors=True)

    def refs(self, *kinds: str) -> dict[str, str]:
        """Return {full name of a ref: commit}, of ``--tags`` and ``--heads`` or of ``HEAD``; a tag's commit, not the tag."""
        self._make("sha1")
        options = [kind for kind in kinds if kind.startswith("--")]
        names = [kind for kind in kinds if not kind.startswith("--")]
        try:
            lines = self._run("ls-remote", *options, _REMOTE, *names).decode(errors="surrogateescape").splitlines()
        except _GitError as exc:
            raise self._explained(exc) from exc
        listed = {name: commit for commit, separator, name in (line.partition("\t") for line in lines) if separator}
        return {name: listed.get(f"{name}^{{}}", commit) for name, commit in listed.items() if not name.endswith("^{}")}

    def fetch(self, reference: str, revision: str) -> str:
        """Fetch the commit of a tag, branch, ``HEAD`` or commit id, without files where the server can do that, and return its id.

        ``revision`` is the commit that was there before, if that is known.
        """
        self._reference = reference
        self._format = "sha256" if len(revision or reference) == 64 and COMMIT_ID.fullmatch(revision or reference) else "sha1"
        try:
            for options in (("--depth=1", "--filter=blob:none"), ("--depth=1",)):
                try:
                    return self._fetch(*options)
                except _GitError as exc:
                    if not _UNSUPPORTED.search(exc.said):
                        raise
            return self._fetch()
        except _GitError as exc:
            raise self._explained(exc) from exc

    def tree(self, commit: str) -> CommittedTree:
        """Return the files of a commit that is fetched."""
        try:
            listing = self._run("ls-tree", "-r", "-z", "--full-tree", commit)
        except _GitError as exc:
            raise self._explained(exc) from exc
        return CommittedTree(self, commit, listing)

    def blobs(self, commit: str, identifiers: Sequence[str]) -> Iterator[tuple[str, bytes | None]]:
        """Yield (id, bytes) of files of the commit, in the order asked for; None instead of more than MAX_BYTES."""
        try:
            self._fetch_blobs(commit, identifiers)
            yield from self._read_blobs(identifiers)
        except _GitError as exc:
            raise self._explained(exc) from exc

    def _fetch(self, *options: str) -> str:
        name = self._reference
        sources = [name] if name == "HEAD" or COMMIT_ID.fullmatch(name) else [f"refs/tags/{name}", f"refs/heads/{name}"]
        self._make(self._format)
        for source in sources:
            try:
                self._run("fetch", *_QUIET, *options, _REMOTE, f"+{source}:{_FETCHED}")
            except _GitError as exc:
                if not _NO_REF.search(exc.said):
                    raise
                continue
            return self._run("rev-parse", "--verify", "--end-of-options", f"{_FETCHED}^{{commit}}").decode().strip()
        raise DataError(f"{self.where} has no tag or branch '{name}' any more; correct the refs of {self._product.name} in the catalogue, or fetch again.")

    def _fetch_blobs(self, commit: str, identifiers: Sequence[str]) -> None:
        listed = self._run("rev-list", "--objects", "--no-walk", "--missing=print", commit).decode(errors="replace").splitlines()
        missing = {line[1:].strip() for line in listed if line.startswith("?")}.intersection(identifiers)
        if not missing:
            return
        try:
            asked = "\n".join(sorted(missing)).encode() + b"\n"
            # As git itself fetches what a partial clone lacks, but all at once.
            self._run("-c", "fetch.negotiationAlgorithm=noop", "fetch", *_QUIET, "--filter=blob:none", "--stdin", _REMOTE, stdin=asked)
        except _GitError as exc:
            if not _UNSUPPORTED.search(exc.said):
                raise
            if self._fetch("--depth=1") != commit:
                raise DataError(f"'{self._reference}' of {self.where} changed while it was fetched; fetch {self._product.name} again.") from exc

    def _read_blobs(self, identifiers: Sequence[str]) -> Iterator[tuple[str, bytes | None]]:
        with tempfile.TemporaryFile(dir=self._directory) as asked, tempfile.TemporaryFile(dir=self._directory) as said:
            asked.write("".join(f"{identifier}\n" for identifier in identifiers).encode())
            asked.seek(0)
            process = self._start(["cat-file", "--batch", "--buffer"], asked, said)
            timer = threading.Timer(max(0.0, self._deadline - time.monotonic()), _kill, [process])
            timer.start()
            try:
                for identifier in identifiers:
                    yield identifier, self._read_blob(t.cast("t.IO[bytes]", process.stdout), said)
            finally:
                timer.cancel()
                _kill(process)

    def _read_blob(self, stream: t.IO[bytes], said: t.IO[bytes]) -> bytes | None:
        header = stream.readline().split()
        size = int(header[2]) if len(header) == 3 else 0
        data = stream.read(size) if size <= MAX_BYTES else None
        for _part in range(0, size if data is None else 0, MAX_BYTES):
            stream.read(min(MAX_BYTES, size - _part))
        if len(header) != 3 or stream.read(1) != b"\n":
            self._check_time()
            said.seek(0)
            raise _GitError(said.read().decode(errors="replace") or "a file of the commit is missing")
        return data

    def _make(self, object_format: str) -> None:
        """Begin with an empty repository."""
        try:
            shutil.rmtree(self._directory)
            self._directory.mkdir(mode=0o700)
        except OSError as exc:
            raise cannot_write(exc, self._directory, self._product) from exc
        try:
            self._run("init", "--quiet", "--bare", "--template=", f"--object-format={object_format}")
        except _GitError as exc:
            raise self._explained(exc) from exc

    def _run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        # A pipe for what git says would stay open as long as a connection that ssh shares.
        try:
            with tempfile.TemporaryFile(dir=self._directory) as asked, tempfile.TemporaryFile(dir=self._directory) as said:
                asked.write(stdin)
                asked.seek(0)
                process = self._start(arguments, asked, said)
                try:
                    output, _nothing = process.communicate(timeout=max(0.0, self._deadline - time.monotonic()))
                except subprocess.TimeoutExpired:
                    output = b""
                finally:
                    _kill(process)
                if process.returncode:
                    self._check_time()
                    said.seek(0)
                    raise _GitError(said.read().decode(errors="replace"))
                return output
        except OSError as exc:
            raise cannot_write(exc, self._directory.parent, self._product) from exc

    def _start(self, arguments: Sequence[str], stdin: t.IO[bytes], stderr: t.IO[bytes]) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(
                ["git", *arguments], stdin=stdin, stdout=subprocess.PIPE, stderr=stderr, cwd=self._directory, env=self._environment(), start_new_session=True
            )
        except FileNotFoundError as exc:
            raise ServiceError(
                f"git, which fetches the documentation of {self._product.name} from {self.where}, is not installed here; install it.", url=self.where
            ) from exc

    def _environment(self) -> dict[str, str]:
        """The caller's environment with his proxies, certificates and ssh, but nothing that prompts, runs or points elsewhere."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("GIT_", "SSH_ASKPASS", "LC_", "LANGUAGE")) or name.startswith(_ENVIRONMENT)
        }
        configuration = {"GIT_CONFIG_COUNT": str(len(self._settings))}
        for number, (name, value) in enumerate(self._settings.items()):
            configuration |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
        return {
            **kept,
            **configuration,
            "GIT_DIR": str(self._directory),
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ASKPASS": "",
            "GCM_INTERACTIVE": "never",
            **({} if "GIT_SSH" in kept else {"GIT_SSH_COMMAND": f"{kept.get('GIT_SSH_COMMAND', 'ssh')} -o BatchMode=yes -o ConnectTimeout=30"}),
            "GIT_ALLOW_PROTOCOL": ":".join(_SCHEMES),
            "LC_ALL": "C",
        }

    def _check_time(self) -> None:
        if time.monotonic() >= self._deadline:
            raise ServiceError(
                f"{self.where} did not send the documentation of {self._product.name} within {self._seconds:.0f} seconds; "
                "fetch again when it is less busy, or give the product a local mirror in the catalogue.",
                url=self.where,
            )

    def _explained(self, failure: _GitError) -> InfraLlmError:
        said = failure.said.replace(self._address, self.where).replace(self._settings[f"remote.{_REMOTE}.url"], self.where)
        lines = [line.strip() for line in said.splitlines() if line.strip()]
        told = [line for line in lines if line.lower().startswith(("fatal:", "error:", "ssh:", "remote: error:"))] or lines[-1:]
        # The first says what went wrong, the others what followed from it.
        said = re.sub(r"//[^/@\s]*@", "//", re.sub(r"^(?:fatal|error): ", "", told[0] if told else "git ended without a word")).rstrip(".")
        # Words of the address are not git's.
        text = "\n".join(lines).replace(self.where, "")
        for pattern, sentence in _FAILURES:
            if re.search(pattern, text, re.IGNORECASE):
                message = sentence.format(where=self.where, product=self._product.name, directory=self._directory.parent, said=said)
                if "{directory}" in sentence:
                    return DataError(message, file=str(self._directory.parent))
                return ServiceError(message, url=self.where)
        return ServiceError(f"git cannot fetch from {self.where} ({said}); see whether 'git ls-remote' with this address works here.", url=self.where)


class CommittedTree:
    """The files of one commit."""

    def __init__(self, repository: Repository, commit: str, listing: bytes) -> None:
        self._repository = repository
        self._commit = commit
        self._identifiers: dict[str, str] = {}
        self.kinds: dict[str, str] = {}
        for entry in filter(None, listing.split(b"\0")):
            described, _separator, name = entry.partition(b"\t")
            mode, _type, identifier = described.decode().split()
            path = name.decode(errors="surrogateescape")
            self._identifiers[path] = identifier
            self.kinds[path] = FILE if mode.startswith("100") else LINK if mode == "120000" else "another repository (a submodule)"

    def contents(self, paths: Sequence[str]) -> Iterator[tuple[str, bytes | None]]:
        """Yield the bytes of files and the targets of links; what is not here yet is fetched in one request."""
        blobs = self._repository.blobs(self._commit, [self._identifiers[path] for path in paths])
        for path, (_identifier, data) in zip(paths, blobs, strict=True):
            yield path, data


def _remote(address: str) -> dict[str, str]:
    """git's settings of the remote. Its password is none of the address, which git writes on the command line of the program that speaks HTTP."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return {f"remote.{_REMOTE}.url": address}  # git says what is wrong with it
    if parts.scheme not in ("http", "https") or not parts.password:
        return {f"remote.{_REMOTE}.url": address}
    credentials = f"{unquote(parts.username or '')}:{unquote(parts.password)}".encode("utf-8", "surrogateescape")
    server = parts.netloc.rpartition("@")[2]
    return {
        f"remote.{_REMOTE}.url": parts._replace(netloc=server).geturl(),
        f"http.{parts.scheme}://{server}/.extraHeader": f"Authorization: Basic {base64.b64encode(credentials).decode()}",
    }


def _checked(address: str, product: Product) -> str:
    """Return what git is given: a URL of a known scheme, ssh's ``host:path``, or an absolute path."""
    scheme, separator, _rest = address.partition("://")
    if any(ord(char) < 32 for char in address) or not address.strip() or (separator and scheme.lower() not in _SCHEMES) or re.match(r"[\w+.-]*::", address):
        raise ConfigError(
            f"'{without_credentials(address)}' is not a repository that git may read for {product.name}; write an https://, ssh:// or file:// URL, or a path."
        )
    return address if separator or _HOST_AND_PATH.match(address) else os.path.abspath(os.path.expanduser(address))


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End git and its helpers, unless they have ended."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
