# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The vector store behind a Chroma server's HTTP API, with the standard library alone."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import base64
import os
import socket
import threading
import typing as t
import uuid

from .._errors import ServiceError
from ._http_pool import PooledEndpoint
from ._vector_store import BATCH, CONFIGURATION, CollectionGoneError

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy

_COLLECTIONS = "/api/v2/tenants/default_tenant/databases/default_database/collections"
_OWNER = "infra_llm_owner"
_READ_SECONDS = 10.0  # normally a few milliseconds
_WRITE_SECONDS = 120.0  # inserting waits for the index's graph
_PAGE = 500  # collections listed at once


class HttpVectorStore:
    """Collections in a Chroma server that others may use, too: only those of ``directory`` on this host are ever taken for leftovers.

    A collection gets its name when it is filled. That none has an embedding function is our doing: we never give it texts.
    """

    remote = True

    def __init__(self, url: str, directory: str) -> None:
        self._server = PooledEndpoint(url, name="Chroma", option="chroma_url")
        self._owner = uuid.uuid5(uuid.NAMESPACE_URL, f"{socket.gethostname()}:{os.path.realpath(directory)}").hex
        self._lock = threading.Lock()
        self._ids: dict[str, str] = {}
        self._encoded: tuple[object, str] = (None, "")

    def collections(self) -> set[str]:
        return {str(collection["name"]) for collection in self._listed()}

    def leftovers(self, wanted: t.Collection[str]) -> set[str]:
        return {
            str(collection["name"])
            for collection in self._listed()
            if collection["name"] not in wanted and (collection.get("metadata") or {}).get(_OWNER) == self._owner
        }

    def count(self, name: str) -> int:
        return int(self._ask_collection("GET", name, "count"))

    def create(self, name: str, ids: Sequence[int], vectors: numpy.ndarray[t.Any, t.Any]) -> None:
        unfinished = f"{name}.{uuid.uuid4().hex[:8]}"
        made = self._ask("POST", _COLLECTIONS, {"name": unfinished, "metadata": {_OWNER: self._owner}, "configuration": CONFIGURATION, "get_or_create": True})
        path = f"{_COLLECTIONS}/{made['id']}"
        try:
            for start in range(0, len(ids), BATCH):
                encoded = [base64.b64encode(vector.astype("<f4").tobytes()).decode() for vector in vectors[start : start + BATCH]]
                self._ask("POST", f"{path}/add", {"ids": [str(number) for number in ids[start : start + BATCH]], "embeddings": encoded})
            self.delete(name)
            self._ask("PUT", path, {"new_name": name})
        except BaseException:
            self._delete_quietly(unfinished)
            raise
        self._remember(name, str(made["id"]))

    def delete(self, name: str) -> None:
        with self._lock:
            self._ids.pop(name, None)
        status, answer = self._server.call("DELETE", f"{_COLLECTIONS}/{name}", timeout=_WRITE_SECONDS)
        if status >= 400 and status != 404:
            raise self._server.failed(status, answer)

    def nearest(self, name: str, vector: numpy.ndarray[t.Any, t.Any], count: int) -> Iterator[tuple[int, float]]:
        body = f'{{"query_embeddings":[[{self._numbers(vector)}]],"n_results":{count},"include":["distances"]}}'.encode()
        found = self._ask_collection("POST", name, "query", body)
        for number, distance in zip(found["ids"][0], (found["distances"] or [[]])[0], strict=True):
            yield int(number), 1.0 - float(distance)

    def _numbers(self, vector: numpy.ndarray[t.Any, t.Any]) -> str:
        """The vector as JSON. Nine digits tell all float32 apart, and cost half of what the shortest exact form does; one vector goes to many collections."""
        known, text = self._encoded
        if known is not vector:
            text = ",".join(["%.9g"] * len(vector)) % tuple(vector.tolist())
            self._encoded = (vector, text)
        return text

    def _listed(self) -> Iterator[dict[str, t.Any]]:
        offset = 0
        while True:
            page = self._ask("GET", f"{_COLLECTIONS}?limit={_PAGE}&offset={offset}", timeout=_READ_SECONDS)
            yield from page
            if len(page) < _PAGE:
                return
            offset += _PAGE

    def _ask(self, method: str, path: str, body: object = None, *, timeout: float = _WRITE_SECONDS) -> t.Any:
        status, answer = self._server.call(method, path, body, timeout=timeout)
        if status >= 400:
            raise self._server.failed(status, answer)
        return answer

    def _ask_collection(self, method: str, name: str, what: str, body: object = None) -> t.Any:
        """Ask a collection by its name. Its id is remembered; when it is gone, the name may belong to another one. Raises CollectionGoneError."""
        with self._lock:
            known = self._ids.get(name)
        for collection_id in (known, None):
            if collection_id is None:
                status, answer = self._server.call("GET", f"{_COLLECTIONS}/{name}", timeout=_READ_SECONDS)
                if status == 404:
                    break
                if status >= 400:
                    raise self._server.failed(status, answer)
                collection_id = self._remember(name, str(answer["id"]))
            status, answer = self._server.call(method, f"{_COLLECTIONS}/{collection_id}/{what}", body, timeout=_READ_SECONDS)
            if status < 400:
                return answer
            if status != 404:
                # Deleted in the middle of the query it is an internal error to Chroma.
                if self._server.call("GET", f"{_COLLECTIONS}/{name}", timeout=_READ_SECONDS)[0] == 404:
                    break
                raise self._server.failed(status, answer)
        with self._lock:
            self._ids.pop(name, None)
        raise CollectionGoneError(name)

    def _remember(self, name: str, collection_id: str) -> str:
        with self._lock:
            self._ids[name] = collection_id
        return collection_id

    def _delete_quietly(self, name: str) -> None:
        try:
            self.delete(name)
        except ServiceError:
            return  # it is a leftover then
