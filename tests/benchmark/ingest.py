# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast documentation becomes knowledge: every version of a corpus is indexed into an empty knowledge base, then once more unchanged.

rate_share               chunks a second of indexing over those of the bare embedder, for the first version of each product, of which all is new.
                         Each batch is embedded once for the index and at once a second time for nothing, outside of the indexing's time: the same
                         texts in the same batches under the same load
rate_share_embedded      the same for all versions, counting only the chunks that were embedded; but what neighbouring versions share is converted,
                         cut and placed all the same
unchanged_speedup        first indexing of all versions over the second one
neighbour_embedded_share chunks that had to be embedded for kafka 3.0 after kafka 2.8 (of another corpus for the second version of its first product)
chunks, embedded         of all versions, and those that no version indexed before had
seconds                  of the first indexing, and unchanged_seconds of the second one
peak_memory_mib          of the process, which holds the embedder too
"""

from __future__ import annotations

import argparse
import os
import pathlib
import resource
import sys
import tempfile
import time
import typing as t

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "plugins")]

from _report import report  # noqa: E402
from module_utils._errors import DataError, InfraLlmError  # noqa: E402
from module_utils.clients._embedding import Embedder, load_embedder  # noqa: E402
from module_utils.clients._embedding_settings import DEFAULT_MODEL, embedder_settings  # noqa: E402
from module_utils.clients._vector_store import PersistentVectorStore  # noqa: E402
from module_utils.knowledge._index import KnowledgeIndex  # noqa: E402
from module_utils.knowledge._ingest import index_version  # noqa: E402
from module_utils.knowledge._product_versions import parse_version  # noqa: E402

NEIGHBOURS = ("kafka", "2.8", "3.0")


class Twice:
    """An embedder that embeds every batch a second time; ``bare_seconds`` is what that took."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self.bare_seconds = 0.0

    def __getattr__(self, name: str) -> t.Any:
        return getattr(self._embedder, name)

    def embed_passages(self, texts: t.Sequence[str]) -> t.Any:
        vectors = self._embedder.embed_passages(texts)
        started = time.monotonic()
        self._embedder.embed_passages(texts)
        self.bare_seconds += time.monotonic() - started
        return vectors


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    shared = pathlib.Path(os.environ.get("INFRA_LLM_SHARED") or HERE.parents[2] / "shared")
    parser.add_argument("--corpus", metavar="DIR", type=pathlib.Path, default=shared / "corpus", help="documentation as DIR/PRODUCT/VERSION/")
    parser.add_argument("--products", metavar="NAMES", help="only these, separated by commas")
    parser.add_argument("--json", metavar="OUT", type=pathlib.Path, help="write the numbers as JSON")
    arguments = parser.parse_args()
    if arguments.json and not arguments.json.resolve().parent.is_dir():
        sys.exit(f"{arguments.json} cannot be written: its directory is not there.")
    documented = versions(arguments.corpus, set(arguments.products.split(",")) if arguments.products else None)

    embedder = Twice(load_embedder(embedder_settings(DEFAULT_MODEL)))
    embedder.count_tokens(["Loading is over."])
    embedder.embed_passages(["Loading is over."] * 64)
    with tempfile.TemporaryDirectory(prefix="infra_llm-benchmark-") as directory:
        index = KnowledgeIndex(directory, embedder_name=embedder.name, store=PersistentVectorStore)
        first = index_all(index, embedder, documented)
        second = index_all(index, embedder, [entry for entry in documented if entry[:2] in first])
    if not first:
        sys.exit(f"{arguments.corpus} holds no documentation that can be read.")
    seconds, bare_seconds = total(first, "seconds"), total(first, "bare_seconds")
    new = {product: done for (product, _version), done in reversed(first.items())}
    new_seconds, new_bare_seconds = total(new, "seconds"), total(new, "bare_seconds")
    unchanged_seconds = total(second, "seconds")
    if any(done["changed"] for done in second.values()):
        sys.exit("The second run found something changed: the corpus changed meanwhile.")
    neighbour = first.get(NEIGHBOURS[::2]) if NEIGHBOURS[:2] in first else None
    neighbour = neighbour or next((done for before, (name, done) in zip(first, list(first.items())[1:], strict=False) if before[0] == name[0]), None)
    measures = {
        "rate_share": round(new_bare_seconds / new_seconds, 4),
        "rate_share_embedded": round(bare_seconds / seconds, 4),
        "unchanged_speedup": round(seconds / unchanged_seconds, 1),
        **({"neighbour_embedded_share": round(neighbour["embedded"] / neighbour["chunks"], 4)} if neighbour else {}),
        "chunks": total(first, "chunks"),
        "embedded": total(first, "embedded"),
        "seconds": round(seconds, 1),
        "unchanged_seconds": round(unchanged_seconds, 3),
        "peak_memory_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    report(
        "ingest",
        measures,
        notes={"rate_share": f"{total(new, 'embedded') / new_seconds:.1f} chunks/s, the bare embedder {total(new, 'embedded') / new_bare_seconds:.1f}"},
        json_path=arguments.json,
    )


def versions(corpus: pathlib.Path, products: set[str] | None) -> list[tuple[str, str, pathlib.Path]]:
    """(product, version, directory) of what is to be indexed, neighbouring versions one after the other."""
    if not corpus.is_dir():
        sys.exit(f"{corpus} is not a directory; give one that holds PRODUCT/VERSION/.")
    found = [
        (product.name, version.name, version)
        for product in corpus.iterdir()
        if product.is_dir() and (products is None or product.name in products)
        for version in product.iterdir()
        if version.is_dir()
    ]
    if not found or (products and products - {name for name, _version, _path in found}):
        sys.exit(f"{corpus} does not hold documentation as PRODUCT/VERSION/ of all that is asked for.")
    return sorted(found, key=lambda entry: (entry[0], parse_version(entry[1]) or (), entry[1]))


def total(results: t.Mapping[t.Any, t.Mapping[str, t.Any]], name: str) -> t.Any:
    return sum(done[name] for done in results.values())


def index_all(index: KnowledgeIndex, embedder: Twice, documented: t.Iterable[tuple[str, str, pathlib.Path]]) -> dict[tuple[str, str], dict[str, t.Any]]:
    """Index every version; what each gave, with the seconds that it took and those of the bare embedder."""
    results = {}
    for product, version, path in documented:
        started, embedder.bare_seconds = time.monotonic(), 0.0
        try:
            done = index_version(index, lambda: t.cast("Embedder", embedder), "docs", product, version, str(path), lambda event: None)
        except DataError as exc:
            print(f"not indexed: {product} {version}: {exc.message}", file=sys.stderr)
            continue
        seconds = time.monotonic() - started - embedder.bare_seconds
        results[product, version] = {**done, "seconds": seconds, "bare_seconds": embedder.bare_seconds}
        if done["changed"]:
            print(f"indexed {product} {version}: {done['pages']} pages, {done['chunks']} chunks, {done['embedded']} embedded", file=sys.stderr)
    return results


if __name__ == "__main__":
    try:
        main()
    except InfraLlmError as exc:
        sys.exit(exc.message)
