# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fetching the documentation of one deployed version from the first source of its catalogue entry that has it."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import pathlib
import shutil
import sys
import time
import typing as t

from .._errors import ConfigError, DataError, InfraLlmError, MissingLibraryError, ServiceError
from ..catalogue._product import GitSettings, Product
from ._converted_pages import DOCS, HOUSE, QA
from ._fetched_store import POSTS, FetchedStore, Record
from ._product_versions import UNVERSIONED, VersionMatch
from .sources._archive import ArchiveSource
from .sources._git import GitSource
from .sources._http import PoliteSession
from .sources._source import Earlier, Located
from .sources._stack_exchange import StackExchangeSource
from .sources._web import WebSource

if t.TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import requests

    from .sources._source import Fetched, Source

SOURCES = ("git", "archive", "web")  # in the order in which they are tried: exact versions first
_FRESH_SECONDS = 3600  # one update asks a source that tells no revision once, also for several deployed versions
_LISTED_SKIPS = 50
_PROGRESS_SECONDS = 0.5

Report = t.Callable[[dict[str, t.Any]], None]


@dataclasses.dataclass(frozen=True)
class FetchOptions:
    """How to fetch: through which ``proxy`` and with which ``ca_bundle`` (None leaves both to the environment); ``refresh`` asks again for what
    was fetched before, and ``check`` only asks the sources what they have."""

    proxy: str | None = None
    ca_bundle: str | None = None
    refresh: bool = False
    check: bool = False


def fetch_version(store: FetchedStore, product: Product, deployed: str, how: FetchOptions, report: Report, *, source: str | None = None) -> dict[str, t.Any]:
    """Bring the documentation that serves ``deployed`` (an upstream version) to disk, unless it is there; return what the module `knowledge_fetch` returns.

    ``source`` is one of SOURCES when only that one shall be asked. Raises ServiceError or DataError; what was fetched before is untouched then.
    """
    with store.one_at_a_time(product.name):
        return _fetch_version(store, product, deployed, how, report, source)


def _fetch_version(store: FetchedStore, product: Product, deployed: str, how: FetchOptions, report: Report, source: str | None) -> dict[str, t.Any]:
    started = time.monotonic()
    serving = store.serving(product.name, deployed)
    if serving is not None and not how.refresh:
        return _result(serving, deployed, store, changed=False, started=started)
    origin, located, failures = _locate(product, deployed, how, source, must_reach=serving is not None)
    version = located.match.served_version
    known = store.record(product.name, version)
    if known is not None and (not how.refresh or _is_current(known, product, located)):
        changed = deployed not in known.deployed
        if how.check:
            return {**_result(known, deployed, store, changed=changed, started=started), "plan": _plan(product, deployed, located, "is fetched already")}
        return _result(store.serve(known, deployed), deployed, store, changed=changed, started=started)
    if how.check:
        return _planned(product, deployed, located, store)
    same_entry = known is not None and known.entry == _entry(product)
    with store.attempt(product.name, version, located) as directory:
        fetched = origin.fetch(located, directory, store.earlier(product.name, version) if same_entry else None, _progress(report))
    if not fetched.files:
        reasons = "; ".join(f"{place}: {reason}" for place, reason in fetched.skipped[:3]) or "nothing is there"
        raise DataError(f"{located.location} ({located.reference}) gave no document of {product.name} {version} ({reasons}); check its catalogue entry.")
    record = _record(product, located, dataclasses.replace(fetched, warnings=[*failures, *fetched.warnings]), known.deployed if known else ())
    store.keep(record)
    served = store.serve(record, deployed)
    before = None if known is None else (_contents(known.fetched), known.deployed, known.entry)
    return _result(served, deployed, store, changed=before != (_contents(fetched), served.deployed, served.entry), started=started)


def _is_current(known: Record, product: Product, located: Located) -> bool:
    """Whether fetching would bring the same: the same revision, or where only fetching tells, what has just been fetched for another version."""
    if known.entry != _entry(product) or known.source != located.source:
        return False
    if located.revision:
        return located.revision == known.fetched.revision
    age = datetime.datetime.now(datetime.UTC) - datetime.datetime.fromisoformat(known.fetched_at)
    return age.total_seconds() < _FRESH_SECONDS


def _entry(product: Product) -> str:
    """The digest of what decides what is fetched for a product, and how it is kept."""
    parts = (product.git, product.archive, product.web, product.stack_exchange, product.license, product.attribution, product.strip)
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _locate(product: Product, deployed: str, how: FetchOptions, wanted: str | None, *, must_reach: bool) -> tuple[Source, Located, list[str]]:
    """The first source that has something for the version, and what was wrong with those before it.

    Raises what went wrong with each when none has; with ``must_reach`` also when one cannot be reached, for what is there is not to
    be replaced by worse because of that.
    """
    failures: list[InfraLlmError] = []
    for name in SOURCES if wanted is None else (wanted,):
        origin = _source(product, name, how)
        if origin is None:
            continue
        try:
            return origin, origin.locate(deployed), [failure.message for failure in failures]
        except ServiceError as exc:
            if must_reach:
                raise
            failures.append(exc)
        except DataError as exc:
            failures.append(exc)
    if not failures:
        kind = f"source '{wanted}'" if wanted else "source (git, archive or web)"
        raise ConfigError(f"The catalogue entry of {product.name} has no {kind}; add one to the option 'catalogue', or index a directory of your own.")
    if len(failures) == 1:
        raise failures[0]
    told = " ".join(failure.message for failure in failures)
    raise type(failures[-1])(f"No source has the documentation of {product.name} {deployed}: {told}")


def fetch_posts(
    store: FetchedStore, product: Product, versions: Sequence[str], how: FetchOptions, report: Report, *, key: str | None = None
) -> dict[str, t.Any]:
    """Bring questions and answers about a product to disk; with ``refresh`` only those with activity since the last time are asked for."""
    with store.one_at_a_time(POSTS):
        return _fetch_posts(store, product, versions, how, report, key)


def _fetch_posts(store: FetchedStore, product: Product, versions: Sequence[str], how: FetchOptions, report: Report, key: str | None) -> dict[str, t.Any]:
    started = time.monotonic()
    source = StackExchangeSource(product, state_file=store.state_file("stack_exchange"), key=key, ca_bundle=how.ca_bundle, proxy=how.proxy)
    known = store.record(POSTS, product.name)
    settings = product.stack_exchange
    sites = ", ".join(sorted(settings.sites)) if settings else ""
    located = Located("stack_exchange", (settings.api_url if settings else "") or "Stack Exchange", sites, VersionMatch(None, product.name, UNVERSIONED))
    if known is not None and not how.refresh:
        return _posts_result(known, store, changed=False, started=started)
    if how.check:
        plan = f"{product.name}: questions and answers from {sites}"
        return {"kind": QA, "product": product.name, "changed": True, "path": str(store.directory(POSTS, product.name)), "plan": plan}
    # Each version is searched by its name, and a new tag for its old posts, only when everything is asked for.
    same = known is not None and set(versions) <= set(known.deployed) and known.entry == _entry(product)
    since = int(known.fetched.revision) if known is not None and same and known.fetched.revision else None
    with store.attempt(POSTS, product.name, located) as directory:
        fetched = source.fetch(directory, versions, since, _progress(report))
        if known is not None and since is not None:
            fetched = _with_earlier(fetched, Earlier(known.fetched, store.directory(POSTS, product.name)), directory)
    # What the entry says of the documentation is not so of posts: each names its own author and licence.
    record = dataclasses.replace(_record(product, located, fetched, tuple(versions)), product=POSTS, license="", attribution="", strip=())
    store.keep(record)
    changed = known is None or _contents(known.fetched) != _contents(fetched)
    return _posts_result(record, store, changed=changed, started=started)


def _with_earlier(fetched: Fetched, earlier: Earlier, directory: pathlib.Path) -> Fetched:
    """Add the earlier posts that nothing new is known of; a post has one file, whichever versions it is about."""
    gone = {pathlib.PurePosixPath(place).name for place, _reason in fetched.skipped} | {pathlib.PurePosixPath(path).name for path in fetched.files}
    files = dict(fetched.files)
    for path, file in earlier.fetched.files.items():
        if pathlib.PurePosixPath(path).name not in gone:
            (directory / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(earlier.directory / path, directory / path)
            files[path] = file
    return dataclasses.replace(fetched, files=dict(sorted(files.items())))


def fetch_runbooks(store: FetchedStore, repository: str, reference: str, how: FetchOptions, report: Report) -> dict[str, t.Any]:
    """Bring the operator's own runbooks from a git repository to disk."""
    with store.one_at_a_time(HOUSE):
        return _fetch_runbooks(store, repository, reference, how, report)


def _fetch_runbooks(store: FetchedStore, repository: str, reference: str, how: FetchOptions, report: Report) -> dict[str, t.Any]:
    started = time.monotonic()
    settings = GitSettings(repository, refs=(reference or "HEAD",), paths=(".",))
    source = GitSource(Product(HOUSE, versions=UNVERSIONED, git=settings), proxy=how.proxy, ca_bundle=how.ca_bundle)
    known = store.record(HOUSE, UNVERSIONED)
    located = source.locate(None)
    same_place = known is not None and (known.location, known.reference) == (located.location, located.reference)
    if known is not None and same_place and known.fetched.revision == located.revision:
        return {**_result(known, "", store, changed=False, started=started), "kind": HOUSE}
    if how.check:
        plan = f"runbooks: git {located.location} at {located.reference}"
        return {"kind": HOUSE, "changed": True, "path": str(store.directory(HOUSE, UNVERSIONED)), "plan": plan}
    with store.attempt(HOUSE, UNVERSIONED, located) as directory:
        fetched = source.fetch(located, directory, store.earlier(HOUSE, UNVERSIONED), _progress(report))
    record = _record(Product(HOUSE), located, fetched, ())
    store.keep(record)
    return {**_result(record, "", store, changed=True, started=started), "kind": HOUSE}


def _posts_result(record: Record, store: FetchedStore, *, changed: bool, started: float) -> dict[str, t.Any]:
    result = _result(record, "", store, changed=changed, started=started)
    return {**result, "kind": QA, "product": record.version, "version": UNVERSIONED}


def _source(product: Product, name: str, how: FetchOptions) -> Source | None:
    if getattr(product, name) is None:
        return None
    if name == "git":
        return GitSource(product, proxy=how.proxy, ca_bundle=how.ca_bundle)
    if name == "archive":
        return ArchiveSource(product, _session(how, product.archive.url if product.archive else ""))
    return WebSource(product, PoliteSession(proxy=how.proxy, ca_bundle=how.ca_bundle))


def _session(how: FetchOptions, url: str) -> requests.Session:
    try:
        import requests
        from requests.utils import should_bypass_proxies
    except ImportError as exc:
        raise MissingLibraryError("requests", needed_for="source archives", python=sys.executable) from exc
    session = requests.Session()
    if how.proxy and not should_bypass_proxies(url, no_proxy=None):
        session.proxies = {"http": how.proxy, "https": how.proxy}
    if how.ca_bundle:
        session.verify = how.ca_bundle
    return session


def _record(product: Product, located: Located, fetched: Fetched, deployed: tuple[str, ...]) -> Record:
    return Record(
        product=product.name,
        version=located.match.served_version,
        deployed=deployed,
        source=located.source,
        location=located.location,
        reference=located.reference,
        match=located.match.match,
        fetched_at=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        license=product.license,
        attribution=product.attribution,
        strip=product.strip,
        entry=_entry(product),
        fetched=fetched,
    )


def _contents(fetched: Fetched) -> dict[str, str]:
    return {path: file.sha256 for path, file in fetched.files.items()}


def _planned(product: Product, deployed: str, located: Located, store: FetchedStore) -> dict[str, t.Any]:
    match = located.match
    return {
        "kind": DOCS,
        "product": product.name,
        "requested_version": deployed,
        "version": match.served_version,
        "match": match.match,
        "source": located.source,
        "location": located.location,
        "reference": located.reference,
        "revision": located.revision,
        "changed": True,
        "path": str(store.directory(product.name, match.served_version)),
        "plan": _plan(product, deployed, located, ""),
    }


def _plan(product: Product, deployed: str, located: Located, note: str) -> str:
    match = located.match
    what = "" if match.served_version == deployed else f"documentation of {match.served_version} ({match.match.replace('_', ' ')}), "
    return f"{product.name} {deployed}: {what}{located.source} {located.location} at {located.reference}{note and f', {note}'}"


def _result(record: Record, deployed: str, store: FetchedStore, *, changed: bool, started: float) -> dict[str, t.Any]:
    skipped = record.fetched.skipped
    return {
        "kind": DOCS,
        "product": record.product,
        "requested_version": deployed,
        "version": record.version,
        **record.provenance,
        "changed": changed,
        "path": str(store.directory(record.product, record.version)),
        "files": len(record.fetched.files),
        "skipped_files": [f"{place}: {reason}" for place, reason in skipped[:_LISTED_SKIPS]],
        "skipped_count": len(skipped),
        "warnings": list(record.fetched.warnings),
        "seconds": round(time.monotonic() - started, 1),
    }


def _progress(report: Report) -> Callable[[int, int], None]:
    """Progress in files, reported at most twice a second and at the end."""
    last = 0.0

    def show(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if done == total or now - last >= _PROGRESS_SECONDS:
            last = now
            report({"progress": {"done": done, "total": total, "unit": "files"}})

    return show
