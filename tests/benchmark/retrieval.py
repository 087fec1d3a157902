# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a question finds the passage that answers it, in the right version and in few words.

A passage is a hit when it is served from the expected version, comes from one of the evidence files and holds one of its phrases, white space
collapsed. Passages are read in rank order, and their texts' words are counted as a model would have to read them:

  found@600w, found@1500w  shares of questions whose first hit ends within that many words
  hit@1, hit@5, mrr@10     by rank of the first hit
  wrong_version            share of the questions with a passage of an unexpected version among the first five

The real search (hybrid) stands beside BM25 alone and dense retrieval alone over the same chunks, both with the question as it was asked.
The index is kept and reused while the documents, the embedder and the chunker stay the same. --ablate shows what each idea is worth
by leaving it out; --chunk-tokens and --section-share do the same for what is settled when the index is built.
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import hashlib
import json
import os
import pathlib
import sys
import time
import typing as t

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "plugins")]

from _report import host_facts, percentile  # noqa: E402
from module_utils._errors import DataError, InfraLlmError  # noqa: E402
from module_utils.clients._embedding import load_embedder  # noqa: E402
from module_utils.clients._embedding_settings import DEFAULT_MODEL, embedder_settings  # noqa: E402
from module_utils.clients._vector_store import PersistentVectorStore  # noqa: E402
from module_utils.knowledge._chunks import CHUNK_TOKENS, CHUNKER_VERSION  # noqa: E402
from module_utils.knowledge._index import SECTION_SHARE, KnowledgeIndex  # noqa: E402
from module_utils.knowledge._ingest import index_version  # noqa: E402
from module_utils.knowledge._ranking import Ranking  # noqa: E402
from module_utils.knowledge._search import Passage, Target, search  # noqa: E402
from module_utils.knowledge.questions._russian import Methods  # noqa: E402
from module_utils.knowledge.questions._search_text import Reading  # noqa: E402

PASSAGES = 60  # enough for 1,500 words of short ones
FIRST = 5
AS_ASKED = Reading(noise=False, identifiers=False, synonyms=False, translation=None)
SYSTEMS = {
    "hybrid": Ranking(),
    "bm25": Ranking(dense_weight=0.0, page_weight=0.0, reading=AS_ASKED),
    "dense": Ranking(dense_weight=1.0, page_weight=0.0, reading=AS_ASKED),
}
ABLATIONS = {
    "without the dense search": Ranking(dense_weight=0.0),
    "without the lexical search": Ranking(dense_weight=1.0),
    "without weight for pages": Ranking(page_weight=0.0),
    "without removing noise": Ranking(reading=Reading(noise=False)),
    "without identifiers as a whole": Ranking(reading=Reading(identifiers=False)),
    "without translation": Ranking(reading=Reading(translation=None)),
    "without synonyms": Ranking(reading=Reading(synonyms=False)),
    "without general vocabulary": Ranking(reading=Reading(translation=Methods(general_vocabulary=False))),
    "without verb senses": Ranking(reading=Reading(translation=Methods(verb_senses=False))),
    "without transliteration": Ranking(reading=Reading(translation=Methods(transliteration=False))),
}
COLUMNS = ("n", "found@600w", "found@1500w", "hit@1", "hit@5", "mrr@10", "wrong_version")

Row = dict[str, t.Any]


@dataclasses.dataclass(frozen=True)
class Outcome:
    """Rank and last word of the first hit (None without one), and whether another version was shown."""

    rank: int | None
    words: int | None
    wrong_version: bool


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    shared = pathlib.Path(os.environ.get("INFRA_LLM_SHARED") or HERE.parents[2] / "shared")
    parser.add_argument("--corpus", metavar="DIR", type=pathlib.Path, default=shared / "corpus", help="documentation as DIR/PRODUCT/VERSION/")
    parser.add_argument("--golden", metavar="FILE", type=pathlib.Path, action="append", help="questions with evidence, one JSON object a line; repeatable")
    parser.add_argument("--index", metavar="DIR", type=pathlib.Path, help="where the index is kept (default: a directory of the user's cache)")
    parser.add_argument("--embedding-model", metavar="MODEL", default=DEFAULT_MODEL, help=f"as the option embedding_model (default {DEFAULT_MODEL})")
    parser.add_argument("--chunk-tokens", metavar="N", type=int, default=CHUNK_TOKENS, help=f"the largest chunk (default {CHUNK_TOKENS})")
    parser.add_argument(
        "--section-share", metavar="X", type=float, default=SECTION_SHARE, help=f"of a vector that is its section's mean (default {SECTION_SHARE})"
    )
    parser.add_argument("--ablate", action="store_true", help="measure each idea by leaving it out")
    parser.add_argument("--missed", action="store_true", help="list the questions that are not answered within 600 words")
    parser.add_argument("--json", metavar="OUT", type=pathlib.Path, help="write the numbers as JSON")
    arguments = parser.parse_args()
    if arguments.json and not arguments.json.resolve().parent.is_dir():
        sys.exit(f"{arguments.json} cannot be written: its directory is not there.")
    rows = read_golden(arguments.golden or sorted(file for file in (shared / "golden").glob("*.jsonl") if not file.stem.endswith("_keys")), arguments.corpus)

    embedder = load_embedder(embedder_settings(arguments.embedding_model))
    key = f"{arguments.corpus.resolve()} {embedder.name} {CHUNKER_VERSION} {arguments.chunk_tokens} {arguments.section_share}"
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "infra_llm-benchmark"
    directory = arguments.index or cache / hashlib.sha256(key.encode()).hexdigest()[:16]

    def opened() -> KnowledgeIndex:
        return KnowledgeIndex(directory, embedder_name=embedder.name, store=PersistentVectorStore, section_share=arguments.section_share)

    index = opened()
    build(index, embedder, arguments.corpus, sorted({row["product"] for row in rows}), arguments.chunk_tokens)

    outcomes = {name: [ask(index, embedder, row, ranking) for row in rows] for name, ranking in SYSTEMS.items()}
    results = {"systems": {name: summary(rows, found) for name, found in outcomes.items()}, "cpu_ms": cpu_times(opened, embedder, rows)}
    print_results(results)
    if arguments.ablate:
        ablate(index, embedder, rows, outcomes["hybrid"])
    if arguments.missed:
        for row, outcome in zip(rows, outcomes["hybrid"], strict=True):
            if not within(outcome, 600):
                print(f"missed: {row['id']} (rank {outcome.rank}, word {outcome.words}): {row['question']}")
    if arguments.json:
        arguments.json.write_text(json.dumps({**results, "host": host_facts()}, indent=2) + "\n", encoding="utf-8")
    whole = results["systems"]["hybrid"]["all"]
    times = results["cpu_ms"]
    print(
        f"retrieval: {whole['n']} questions, found@600w {whole['found@600w']:.2f}, found@1500w {whole['found@1500w']:.2f}, "
        f"wrong version {whole['wrong_version']:.2f}, search p50 {times['search_p50']:.1f} ms CPU, {times['again_p50']:.1f} when asked again"
    )


def read_golden(files: t.Iterable[pathlib.Path], corpus: pathlib.Path) -> list[Row]:
    """Read the questions; ends the program with one sentence about the first that cannot be asked."""
    rows = []
    for file in files:
        try:
            lines = file.read_text(encoding="utf-8-sig").split("\n")  # splitlines() also splits inside of strings
        except (OSError, UnicodeDecodeError) as exc:
            sys.exit(f"{file} cannot be read ({exc}); give a UTF-8 file of questions.")
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
                missing = {"id", "question", "lang", "product", "kind", "deployed_version", "expect_version", "evidence"} - row.keys()
                if missing:
                    sys.exit(f"{file}:{number} has no {', '.join(sorted(missing))}; docs/search.md says what a question has.")
                row.update({name: str(row[name]) for name in ("deployed_version", "expect_version", "product", "lang", "kind")})
                phrases = [(str(item["file"]), str(item["phrase"])) for item in row["evidence"]]
                row["accept_versions"] = [str(version) for version in row.get("accept_versions") or ()]
            except (ValueError, LookupError, TypeError, AttributeError) as exc:
                sys.exit(f"{file}:{number} is not a golden question ({exc}); docs/search.md says what one has.")
            if not phrases:
                sys.exit(f"{file}:{number} has no evidence; docs/search.md says what a question has.")
            rows.append(row)
    if not rows:
        sys.exit("There are no questions in the golden files.")
    absent = sorted({row["product"] for row in rows if not (corpus / row["product"]).is_dir()})
    if absent:
        print(f"{corpus} has no documentation of {', '.join(absent)}: questions about that count as not answered.", file=sys.stderr)
    return rows


def build(index: KnowledgeIndex, embedder: t.Any, corpus: pathlib.Path, products: list[str], chunk_tokens: int) -> None:
    """Index what has changed of these products."""
    for known in index.versions():
        if not (corpus / known.product / known.version).is_dir():
            index.remove(known)
    for product in (name for name in products if (corpus / name).is_dir()):
        for version in sorted(path for path in (corpus / product).iterdir() if path.is_dir()):
            try:
                done = index_version(index, lambda: embedder, "docs", product, version.name, str(version), lambda event: None, chunk_tokens=chunk_tokens)
            except DataError as exc:
                print(f"not indexed: {product} {version.name}: {exc.message}", file=sys.stderr)
                continue
            if done["changed"]:
                print(
                    f"indexed {product} {version.name}: {done['pages']} pages, {done['chunks']} chunks, {done['embedded']} embedded in {done['seconds']} s, "
                    f"{done['skipped_count']} files skipped",
                    file=sys.stderr,
                )


def ask(index: KnowledgeIndex, embedder: t.Any, row: Row, ranking: Ranking) -> Outcome:
    """Ask one question."""
    target = Target(row["product"], row["deployed_version"], named=True)
    found = search(index, row["question"], [target], embedder=lambda: embedder, count=PASSAGES, ranking=ranking)
    expected = {row["expect_version"], *row["accept_versions"]}
    versions = [passage.match.served_version for passage in found.passages]
    words = 0
    for rank, passage in enumerate(found.passages, start=1):
        words += len(passage.text.split())
        text = collapse(passage.text)
        if versions[rank - 1] in expected and any(collapse(item["phrase"]) in text and stands_in(index, passage, item["file"]) for item in row["evidence"]):
            break
    else:
        rank, words = None, None
    return Outcome(rank, words, bool(set(versions[:FIRST]) - expected))


class Remembered:
    """An embedder that embeds every question once, so that the search alone can be timed."""

    def __init__(self, embedder: t.Any) -> None:
        self._embedder = embedder
        self._known: dict[tuple[str, ...], t.Any] = {}

    def __getattr__(self, name: str) -> t.Any:
        return getattr(self._embedder, name)

    def embed_queries(self, texts: t.Iterable[str]) -> t.Any:
        key = tuple(texts)
        if key not in self._known:
            self._known[key] = self._embedder.embed_queries(key)
        return self._known[key]


def cpu_times(opened: t.Callable[[], KnowledgeIndex], embedder: t.Any, rows: list[Row]) -> dict[str, float]:
    """Milliseconds of CPU that finding the passages for a model takes: every question once, from an index just opened, and once more."""
    remembered = Remembered(embedder)

    def times(index: KnowledgeIndex) -> list[float]:
        spent = []
        for row in rows:
            started = time.process_time()
            search(index, row["question"], [Target(row["product"], row["deployed_version"], named=True)], embedder=lambda: remembered)
            spent.append((time.process_time() - started) * 1000)
        return spent

    times(opened())  # embeds, and loads what is loaded at first use
    index = opened()
    first, again = times(index), times(index)
    shares = (("p50", 0.5), ("p95", 0.95))
    return {f"{name}_{label}": round(percentile(spent, share), 2) for name, spent in (("search", first), ("again", again)) for label, share in shares}


def stands_in(index: KnowledgeIndex, passage: Passage, path: str) -> bool:
    """Whether a passage is of this file; the same text may stand in several, of which a passage names one."""
    query = """SELECT 1 FROM placement JOIN page ON page.id = page_id JOIN version ON version.id = page.version_id JOIN chunk ON chunk.id = chunk_id
        WHERE product = ? AND version = ? AND page.path = ? AND text = ?"""
    where = (passage.product, passage.match.served_version, path, passage.text)
    return passage.path == path or index.connection.execute(query, where).fetchone() is not None


def collapse(text: str) -> str:
    return " ".join(text.split())


def within(outcome: Outcome, words: int) -> bool:
    return outcome.words is not None and outcome.words <= words


def summary(rows: list[Row], outcomes: list[Outcome]) -> dict[str, t.Any]:
    """The measures of all questions and of each language, kind and product."""
    result: dict[str, t.Any] = {"all": measures(outcomes)}
    for field in ("lang", "kind", "product"):
        groups: dict[str, list[Outcome]] = collections.defaultdict(list)
        for row, outcome in zip(rows, outcomes, strict=True):
            groups[row[field]].append(outcome)
        result[field] = {name: measures(groups[name]) for name in sorted(groups)}
    return result


def measures(outcomes: list[Outcome]) -> dict[str, float | int]:
    number = len(outcomes)
    ranks = [outcome.rank for outcome in outcomes if outcome.rank is not None]
    return {
        "n": number,
        "found@600w": round(sum(within(outcome, 600) for outcome in outcomes) / number, 4),
        "found@1500w": round(sum(within(outcome, 1500) for outcome in outcomes) / number, 4),
        "hit@1": round(sum(rank == 1 for rank in ranks) / number, 4),
        "hit@5": round(sum(rank <= 5 for rank in ranks) / number, 4),
        "mrr@10": round(sum(1 / rank for rank in ranks if rank <= 10) / number, 4),
        "wrong_version": round(sum(outcome.wrong_version for outcome in outcomes) / number, 4),
    }


def print_results(results: dict[str, t.Any]) -> None:
    print(f"{'':26}" + "".join(f"{name:>14}" for name in COLUMNS))
    groups = [("all", None)] + [(field, name) for field in ("lang", "kind", "product") for name in results["systems"]["hybrid"][field]]
    for field, name in groups:
        for system, found in results["systems"].items():
            if system != "hybrid" and field not in ("all", "lang"):
                continue
            values = found[field] if name is None else found[field][name]
            label = f"{name or 'all'} {system if field in ('all', 'lang') else ''}"
            print(f"{label:26}" + "".join(f"{values[column]:>14}" if column == "n" else f"{values[column]:>14.3f}" for column in COLUMNS))
    print(
        "search without embedding: CPU p50 {search_p50} ms, p95 {search_p95} ms; asked again p50 {again_p50} ms, p95 {again_p95} ms".format(**results["cpu_ms"])
    )


def ablate(index: KnowledgeIndex, embedder: t.Any, rows: list[Row], real: list[Outcome]) -> None:
    languages = sorted({row["lang"] for row in rows})
    print(f"{'ablation':32}" + "".join(f"{f'{language} @600w':>12}{f'{language} @1500w':>12}" for language in languages))
    found = {"the real search": real}
    for name, ranking in ABLATIONS.items():
        found[name] = [ask(index, embedder, row, ranking) for row in rows]
    for name, outcomes in found.items():
        cells = [measures([outcome for row, outcome in zip(rows, outcomes, strict=True) if row["lang"] == language]) for language in languages]
        print(f"{name:32}" + "".join(f"{cell['found@600w']:>12.3f}{cell['found@1500w']:>12.3f}" for cell in cells))


if __name__ == "__main__":
    try:
        main()
    except InfraLlmError as exc:
        sys.exit(exc.message)
