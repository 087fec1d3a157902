# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions and answers about a product from the sites of Stack Exchange, each question a page of Markdown."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import dataclasses
import itertools
import pathlib
import shutil
import time
import typing as t

from ..._errors import ConfigError, DataError, ServiceError
from ._source import Fetched, FetchedFile
from ._stack_exchange_api import MAX_PAGES_WITHOUT_KEY, StackExchangeApi
from ._stack_exchange_posts import is_acceptable, is_link, page_of, plain_line, plain_text, with_front_matter
from ._stack_exchange_versions import VersionFinder

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ...catalogue._product import Product, StackExchangeSettings
    from ._source import Progress
    from ._stack_exchange_api import Reply

AGNOSTIC: t.Final = "version_agnostic"
SPECIFIC: t.Final = "version_specific"
_IDS_PER_REQUEST: t.Final = 100


@dataclasses.dataclass(frozen=True)
class _Question:
    """A question that is worth its answers; ``version`` is the one that it names."""

    site: str
    id: int
    score: int
    version: str | None
    post: Mapping[str, t.Any]

    @property
    def file_name(self) -> str:
        return f"{self.site}-{self.id}.md"


class StackExchangeSource:
    """The questions with a product's tags that are answered and well received.

    ``state_file`` keeps the quota from run to run, for all products of one address and key. ``key`` is a free application key,
    ``ca_bundle`` a file of certificate authorities, ``proxy`` a proxy's URL; the environment's are used without them.
    """

    def __init__(self, product: Product, *, state_file: pathlib.Path, key: str | None = None, ca_bundle: str | None = None, proxy: str | None = None) -> None:
        if product.stack_exchange is None or not product.stack_exchange.sites:
            raise ConfigError(f"The catalogue has no stack_exchange.sites for {product.name}; add sites with their tags, or do not collect answers for it.")
        self._settings = product.stack_exchange
        self._product = product
        self._state_file = state_file
        self._key = key
        self._ca_bundle = ca_bundle
        self._proxy = proxy
        self._versions = VersionFinder(product)

    def fetch(self, directory: pathlib.Path, versions: Sequence[str], since: int | None, progress: Progress) -> Fetched:
        """Write ``version_agnostic/SITE-ID.md`` and ``version_specific/SITE-ID.md`` into ``directory``, which may hold an interrupted attempt.

        Of questions about the deployed ``versions`` more are looked for, and they come first. With ``since`` (seconds since 1970) only
        questions with activity from then on are brought; a page then replaces the one of the same name in either directory, and
        ``skipped`` names those that no longer qualify. ``revision`` of the result is ``since`` for the next time: empty, or the
        same as this time, when the day's quota did not suffice for all. Raises ServiceError or ConfigError; what was
        answered by then is not asked for again.
        """
        started = int(time.time())
        api = StackExchangeApi(
            self._settings.api_url, state_file=self._state_file, directory=directory, key=self._key, ca_bundle=self._ca_bundle, proxy=self._proxy
        )
        fetch = _Fetch(api, self._product.name, self._settings, self._versions, versions, since)
        try:
            for name in (AGNOSTIC, SPECIFIC):
                shutil.rmtree(directory / name, ignore_errors=True)
                (directory / name).mkdir()
            fetch.write(directory, fetch.choose(), progress)
        except OSError as exc:
            raise DataError(f"{directory} cannot be written ({exc.strerror}); make room or correct its permissions.", file=str(directory)) from exc
        if fetch.stopped:
            revision = "" if since is None else str(since)
        else:
            revision = str(started)
            api.forget_attempt()
        return Fetched(dict(sorted(fetch.files.items())), sorted(fetch.skipped.items()), revision, fetch.warnings)


class _Fetch:
    """One run over all sites and tags; ``stopped`` when the day's quota ended it."""

    def __init__(
        self, api: StackExchangeApi, product: str, settings: StackExchangeSettings, finder: VersionFinder, versions: Sequence[str], since: int | None
    ) -> None:
        self._api = api
        self._product = product
        self._settings = settings
        self._finder = finder
        self._deployed = finder.documented(versions)
        self._since = since
        self._found: dict[tuple[str, int], _Question] = {}
        self.stopped = False
        self.files: dict[str, FetchedFile] = {}
        self.skipped: dict[str, str] = {}
        self.warnings: list[str] = []

    def choose(self) -> list[_Question]:
        """Return the questions to get the answers of: those that name a deployed version first, then by score."""
        for site, tags in sorted(self._settings.sites.items()):
            for tag in tags:
                self._by_tag(site, tag)
            if self._since is None:
                for version in self._deployed:
                    self._by_version(site, tags, version)
        ranked = sorted(self._found.values(), key=lambda question: (question.version not in self._deployed, -question.score, question.site, question.id))
        return ranked[: self._settings.max_questions]

    def _by_tag(self, site: str, tag: str) -> None:
        """Of all questions the best by votes, or of those with activity since the last time every one."""
        if self._since is None:
            order: dict[str, t.Any] = {"sort": "votes", "order": "desc", "min": self._settings.min_score}
        else:
            order = {"sort": "activity", "order": "desc", "min": self._since}
        taken = 0
        for reply in self._pages(site, "questions", tagged=tag, **order):
            taken += sum(self._take(site, post) for post in reply.items)
            if self._since is None and taken >= self._settings.max_questions:
                break

    def _by_version(self, site: str, tags: Sequence[str], version: str) -> None:
        """The best questions that hold a version's name: the search for tags alone brings those about all versions."""
        words = version if "." in version or not version.isdigit() else f"{self._product} {version}"
        try:
            reply = self._ask(site, "search/advanced", 1, q=words, tagged=";".join(tags), sort="votes", order="desc", min=self._settings.min_score, answers=1)
        except ServiceError as exc:
            self.warnings.append(f"Questions that name {self._product} {version} could not be searched for on {site}: {exc.message}")
            return
        for post in reply.items if reply else ():
            self._take(site, post)

    def _take(self, site: str, post: Mapping[str, t.Any]) -> bool:
        """Note a question, or why it does not count; tell whether it counts."""
        number, score, link = post.get("question_id"), post.get("score"), post.get("link")
        if not isinstance(number, int) or not isinstance(score, int) or not is_link(link):
            return False
        name = f"{site}-{number}.md"
        title = plain_line(post.get("title"))
        if not post.get("answer_count"):
            self.skipped[name] = "it has no answer"
        elif score < self._settings.min_score:
            self.skipped[name] = f"its score is below {self._settings.min_score}"
        elif not is_acceptable(title):
            self.skipped[name] = "its title is empty or addressed to AI agents"
        elif (site, number) not in self._found:
            tags = [tag for tag in post.get("tags") or () if isinstance(tag, str)]
            version = self._finder.find(title, tags, plain_text(post), self._deployed)
            self._found[site, number] = _Question(site, number, score, version, post)
        return (site, number) in self._found

    def write(self, directory: pathlib.Path, questions: Sequence[_Question], progress: Progress) -> None:
        """Get the answers and write the pages."""
        progress(0, len(questions))
        for site, group in itertools.groupby(sorted(questions, key=lambda question: question.site), key=lambda question: question.site):
            of_site = list(group)
            for start in range(0, len(of_site), _IDS_PER_REQUEST):
                chunk = of_site[start : start + _IDS_PER_REQUEST]
                answers, at = self._answers(site, [question.id for question in chunk])
                for question in chunk:
                    self._write_page(directory, question, answers[question.id], at)
                progress(len(self.files), len(questions))
        if self.stopped:
            self.warnings.append(
                f"Of the questions about {self._product} {len(self.files)} were brought, then only {self._api.quota_remaining} requests to Stack Exchange "
                "were left today; run again tomorrow, or with stack_exchange_key, for the others."
            )

    def _answers(self, site: str, ids: list[int]) -> tuple[dict[int, list[dict[str, t.Any]]], int]:
        """Return the answers by question, and when the last of them came."""
        answers: dict[int, dict[int, dict[str, t.Any]]] = {number: {} for number in ids}
        at = 0
        # The ids are questions': the method answers/{ids} would take them for answers' and find none.
        for reply in self._pages(site, "questions/{ids}/answers", ids=sorted(ids), sort="votes", order="desc"):
            at = reply.at
            for answer in reply.items:
                question_id, answer_id = answer.get("question_id"), answer.get("answer_id")
                if question_id in answers and isinstance(answer_id, int):
                    answers[question_id].setdefault(answer_id, answer)
        return {number: list(found.values()) for number, found in answers.items()}, at

    def _write_page(self, directory: pathlib.Path, question: _Question, answers: list[dict[str, t.Any]], at: int) -> None:
        if self.stopped and len(answers) < question.post["answer_count"]:
            return
        page = page_of(question.post, answers, self._api.site_name(question.site))
        if page is None:
            self.skipped[question.file_name] = "none of its answers can be shown"
            return
        text, digest = with_front_matter(page, version=question.version, score=question.score, fetched_at=at)
        path = f"{SPECIFIC if question.version else AGNOSTIC}/{question.file_name}"
        (directory / path).write_text(text, encoding="utf-8")
        self.skipped.pop(question.file_name, None)
        self.files[path] = FetchedFile(page.url, digest, page.license, page.attribution)

    def _pages(self, site: str, method: str, *, ids: Sequence[int] = (), **parameters: object) -> Iterator[Reply]:
        for number in itertools.count(1):
            if number > MAX_PAGES_WITHOUT_KEY and not self._api.has_key:
                self.warnings.append(f"Without stack_exchange_key Stack Exchange gives {MAX_PAGES_WITHOUT_KEY} pages of '{method}' at most; {site} has more.")
                return
            reply = self._ask(site, method, number, ids=ids, **parameters)
            if reply is None:
                return
            yield reply
            if not reply.has_more:
                return

    def _ask(self, site: str, method: str, page: int, *, ids: Sequence[int] = (), **parameters: object) -> Reply | None:
        reply = self._api.ask(site, method, page, ids=ids, **parameters)
        self.stopped |= reply is None
        return reply
