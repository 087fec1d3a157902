# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What may be done to the knowledge base: fetching, indexing, comparing, removing and moving documentation."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import pathlib
import typing as t

from .._errors import ConfigError
from ..infrastructure._products import normalise_product
from ..knowledge._fetch import FetchOptions, fetch_posts, fetch_runbooks, fetch_version
from ..knowledge._fetched_store import POSTS, FetchedStore, read_record
from ..knowledge._ingest import check_version, index_version
from ..knowledge._pack import export_pack, import_pack, inspect_pack
from ..knowledge._plan import compare, upstream_version

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from ..catalogue._catalogue import Catalogue
    from ..knowledge._index import IndexedVersion
    from ._services import Services

    Report = Callable[[dict[str, t.Any]], None]


class KnowledgeWork:
    """Each method takes a request's fields and reports its progress where it takes long."""

    def __init__(self, services: Services, knowledge_dir: str, catalogue: Catalogue) -> None:
        self._index = services.index
        self._embedder = services.embedder
        self._store = FetchedStore(knowledge_dir)
        self._catalogue = catalogue

    def fetch(self, wanted: t.Any, report: Report) -> dict[str, t.Any]:
        """Bring documentation, posts or runbooks to disk."""
        how = FetchOptions(wanted.proxy, wanted.ca_bundle, wanted.refresh, wanted.check)
        if wanted.kind == "house":
            return fetch_runbooks(self._store, wanted.repository, wanted.reference, how, report)
        product = self._catalogue.get(normalise_product(wanted.product))
        if product is None:
            raise ConfigError(f"The catalogue has no product '{wanted.product}'; add an entry to the option 'catalogue', or index a directory of your own.")
        if wanted.kind == "qa":
            return fetch_posts(self._store, product, wanted.versions, how, report, key=wanted.key)
        upstream = upstream_version(wanted.version, product.name)
        if upstream is None:
            raise ConfigError(f"'{wanted.version}' is not a version of {product.name}; write it as the versions CSV should have it, such as 3.4.0.")
        return fetch_version(self._store, product, upstream, how, report, source=wanted.source)

    def index(self, documents: t.Any, report: Report) -> dict[str, t.Any]:
        """Make the index equal to a directory."""
        record = read_record(pathlib.Path(documents.path))
        product = normalise_product(documents.product) if documents.product else ""
        place = (documents.kind, product, documents.version, documents.path)
        reading: dict[str, t.Any] = {"canonical": normalise_product}
        if record is not None:
            reading.update(origins=record.fetched.files, strip=record.strip)
        if documents.check:
            return check_version(self._index(), self._embedder, *place, **reading)
        if record is not None and documents.kind == "docs":
            reading.update(provenance=record.provenance, deployed=record.deployed)
        return index_version(self._index(), self._embedder, *place, report, **reading)

    def listing(self) -> dict[str, t.Any]:
        """What is indexed, and how large it is on disk."""
        sizes = self._index().sizes()
        return {"versions": _listing(self._index().versions(), sizes.pop("versions")), **sizes}

    def compare(self, deployed: dict[str, list[str]]) -> dict[str, t.Any]:
        """What is indexed against what is deployed."""
        discussed = {name for name, product in self._catalogue.products.items() if product.stack_exchange}
        found = compare(self._index().versions(), deployed, self._catalogue.products.keys(), discussed=discussed)
        pairs = {name: getattr(found, name) for name in ("gaps", "unlisted", "unreadable", "fetched")}
        return {
            **self.listing(),
            **{name: [{"product": product, "version": version} for product, version in listed] for name, listed in pairs.items()},
            "with_posts": found.with_posts,
            "without_posts": found.without_posts,
            "surplus": [_name(entry) for entry in found.surplus],
        }

    def remove(self, unwanted: t.Any) -> dict[str, t.Any]:
        """Forget a version, and what was fetched of it."""
        product = normalise_product(unwanted.product) if unwanted.product else ""
        known = self._index().find(unwanted.kind, product, unwanted.version)
        if known is not None and not unwanted.check:
            self._index().remove(known)
            if unwanted.kind != "house":
                self._store.remove(*((product, unwanted.version) if unwanted.kind == "docs" else (POSTS, product)))
        return {"changed": known is not None}

    def export(self, pack: t.Any) -> dict[str, t.Any]:
        """Write a pack of the chosen versions, of all without a choice."""
        known = self._index().versions()
        chosen = [wanted.model_dump() for wanted in pack.versions] or [_name(entry) for entry in known]
        missing = [name for name in chosen if name not in map(_name, known)]
        if missing:
            raise ConfigError(f"{' '.join(missing[0].values())} is not indexed; knowledge_info lists what is.")
        if pack.check:
            return {"changed": True, "path": pack.path, "versions": chosen}
        return {"changed": True, **export_pack(self._index(), [entry for entry in known if _name(entry) in chosen], pathlib.Path(pack.path))}

    def take_in(self, pack: t.Any) -> dict[str, t.Any]:
        """Take in a pack, or with ``check`` tell what it holds and what that would change."""
        path = pathlib.Path(pack.path)
        done = import_pack(self._index(), path, check=pack.check)
        if not pack.check:
            return done
        held = inspect_pack(path)
        return {**held, **done, "versions": [{**facts, **change} for facts, change in zip(held["versions"], done["versions"], strict=True)]}


def _listing(known: list[IndexedVersion], sizes: list[dict[str, t.Any]]) -> list[dict[str, t.Any]]:
    """What is indexed, with where it is from and how large it is."""
    of_version = {(size["kind"], size["product"], size["version"]): size for size in sizes}
    return [
        {
            **_name(entry),
            "path": entry.source,
            "serves": list(entry.serves),
            "indexed_at": entry.indexed_at,
            **{name: entry.provenance.get(name, "") for name in ("source", "location", "reference", "match", "license", "fetched_at")},
            **of_version.get((entry.kind, entry.product, entry.version), {}),
        }
        for entry in known
    ]


def _name(entry: IndexedVersion) -> dict[str, str]:
    return {"kind": entry.kind, "product": entry.product, "version": entry.version}
