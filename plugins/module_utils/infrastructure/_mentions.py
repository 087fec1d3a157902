# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a question mentions: hosts, groups, products and versions, in English and Russian.

Names are whole words: hyphens, dots and underscores belong to them, so ``web1`` is in neither ``web10`` nor ``web1-backup``.
A name that is a word of ordinary sentences (a group ``web``, a host ``data``, a product ``file``) counts only where the sentence shows
that the name is meant: quoted, beside a noun such as "group" or "hosts", or after a preposition that leaves nothing else.
"""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import dataclasses
import itertools
import re
import typing as t
from collections.abc import Callable, Iterable, Mapping

from ..catalogue._entries import spaced
from ._lazy_pattern import lazy_pattern
from ._names import NameIndex
from ._products import codename_words, find_product, normalise_product, stems
from ._question_text import GROUP_WORDS_BEFORE, HOST_WORDS_BEFORE, QuestionText, Token
from ._versions_in_text import find_versions
from ._words import is_plain_word

# A pasted log may be long; what a question is about is said in its first pages.
MAX_TEXT: t.Final = 20_000
MAX_WORDS_OF_PRODUCT: t.Final = 3

_RANGE = lazy_pattern(r"(?<![\w.-])[\w.-]{0,80}+(?:\[[\w,:.-]{1,60}\]|\{[\w,:.-]{1,60}\})(?:[\w.-]|\[[\w,:.-]{1,60}\]|\{[\w,:.-]{1,60}\})*")
_IPV4 = lazy_pattern(r"(?<![\w.:-])(?:\d{1,3}\.){3}\d{1,3}(?![\w/]|\.\w)")
_IPV6 = lazy_pattern(r"(?<![\w:.])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![\w:/])", re.IGNORECASE)
_LATIN = lazy_pattern(r"[a-z0-9]+", re.IGNORECASE)

_NOUNS: t.Final = r"(?:nodes?|hosts?|servers?|machines?|vms?|brokers?|узл\w{0,5}|узел|нод\w{0,5}|хост\w{0,5}|сервер\w{0,5}|машин\w{0,5}|брокер\w{0,5})"
_NUMBERS: t.Final = r"\d{1,5}(?:\s{0,2}(?:,|and|и|&|or|или|-|–|through|по)\s{0,2}\d{1,5}){0,50}(?![\w.]{0,20}\d)"
_NUMBERED = (
    lazy_pattern(
        rf"(?<![\w.-])(?P<name>[\w.-]{{1,80}})[\s-]{{1,3}}{_NOUNS}\s{{1,3}}(?:(?:№|#|no\.?|номер\w{{0,3}})\s?)?(?P<numbers>{_NUMBERS})", re.IGNORECASE
    ),
    lazy_pattern(
        rf"(?<![\w.-]){_NOUNS}\s{{1,3}}(?P<name>(?=[\d.-]{{0,80}}[^\W\d.-])[\w.-]{{1,80}}+)\s{{1,3}}(?:(?:№|#|no\.?"
        rf"|номер\w{{0,3}})\s?)?(?P<numbers>{_NUMBERS})",
        re.IGNORECASE,
    ),
)
# "mon 1 is down", "worker 1 and 3": without a noun only where the sentence does not count something ("search 3 shards").
_BARE_NUMBERED = lazy_pattern(
    rf"(?<![\w.-])(?P<name>[^\W\d_][\w-]{{0,80}}+)\s{{1,3}}(?P<numbers>{_NUMBERS})(?=\s{{0,3}}(?:$|[?!;)]|[.,:](?:\s|$))"
    r"|\s+(?:is|are|was|were|has|have|does|do|went|keeps?|cannot|down|не|лежит|лежат|упал\w*|тормоз\w*|перегружен\w*)\b)",
    re.IGNORECASE,
)
# As Latin names of hosts are written in Russian: осд, мон, воркер.
_LATIN_LETTERS: t.Final = dict(zip("абвгдезийклмнопрстуфхцыэ", "abvgdeziiklmnoprstufhcye", strict=True))
_ONE_NUMBER = lazy_pattern(r"(\d+)(?:\s*(?:-|–|through|по)\s*(\d+))?", re.IGNORECASE)
_THROUGH = lazy_pattern(r"\s{0,3}(?:\.{2,3}|…|–|—|through|thru|по|\s-\s?)\s{0,3}", re.IGNORECASE)
_MAX_SPELLED_OTHERWISE: t.Final = 50  # ranges and numbered hosts of one question
_ALSO = lazy_pattern(r"\s?(?:,\s?|and |и )(\d{2,5})(?![\w.-])", re.IGNORECASE)
_TAIL = lazy_pattern(r"(.*?)(\d+)")

# kafka-topics.sh and ceph-cluster speak of the product; a part with digits makes it the name of a host.
_COMPOUND = lazy_pattern(r"([a-zа-яё]+)((?:-[a-zа-яё]+)+)(?:\.(?:sh|bat|service|yml|yaml|conf|cfg|ini|log|py))?", re.IGNORECASE)
# org.apache.kafka.common, prometheus.yml, osd.12; osd_memory_target, OSD_OUT_OF_ORDER_FULL
_DOTTED = lazy_pattern(r"[a-z][a-z0-9]*(?:\.[a-z0-9]+)+", re.IGNORECASE)
_SETTING = lazy_pattern(r"([a-z][a-z0-9]+)(?:_[a-z0-9]+)+", re.IGNORECASE)
_ARTEFACT = lazy_pattern(r"([a-z][a-z-]*?)(?:[-_]\d+\.\d+)?[-_]v?(\d+\.\d+[\w.+~-]*)", re.IGNORECASE)


@dataclasses.dataclass
class Mentions:
    """What a question mentions, each in the order of appearance.

    ``hosts`` and ``groups`` are names of the inventory (or servers of the versions CSV); ``versions`` are (product or None, version as written).
    ``soft`` are those hosts and groups that are named only because they are called like a product which the question names.
    """

    hosts: list[str] = dataclasses.field(default_factory=list)
    groups: list[str] = dataclasses.field(default_factory=list)
    products: list[str] = dataclasses.field(default_factory=list)
    versions: list[tuple[str | None, str]] = dataclasses.field(default_factory=list)
    soft: set[str] = dataclasses.field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.hosts or self.groups or self.products or self.versions)


def find_mentions(
    question: str,
    index: NameIndex,
    *,
    products: Mapping[str, str] | None = None,
    find_server: Callable[[str], list[str]] | None = None,
    addresses: Callable[[], Mapping[str, str]] | None = None,
) -> Mentions:
    """Find what ``question`` mentions.

    ``products`` maps the comparable form of each deployed product to its name; ``find_server`` looks a name up in the versions CSV;
    ``addresses`` gives address -> host and is asked only when the question holds an address.
    """
    return _Search(question[:MAX_TEXT], index, products or {}, find_server, addresses).run()


class _Search:
    """One pass over a question.

    ``taken`` are the spans that already stand for hosts or groups; ``bases`` the places of words that say of which kind numbered hosts are, so that
    "osd" in "osd nodes 2 and 3" is the product still, but not the whole group osds.
    """

    def __init__(
        self,
        text: str,
        index: NameIndex,
        products: Mapping[str, str],
        find_server: Callable[[str], list[str]] | None,
        addresses: Callable[[], Mapping[str, str]] | None,
    ) -> None:
        self.text = text
        self.has_digits = any(map(str.isdigit, text))
        self.index = index
        self.deployed = products
        self.find_server = find_server
        self.addresses = addresses
        self.words = QuestionText(text)
        self.taken: list[tuple[int, int]] = []
        self.taken_characters = bytearray(len(text))
        self.bases: set[int] = set()
        self.found_hosts: list[tuple[int, str, bool]] = []
        self.found_groups: list[tuple[int, str, bool]] = []
        self.found_products: list[tuple[int, int, str]] = []
        self.artefacts: list[tuple[int, str, str]] = []

    def run(self) -> Mentions:
        self._ranges()
        self._addresses()
        self._numbered()
        position = 0
        while position < len(self.words.tokens):
            position += self._at(position)
        versions = find_versions(self.text, self.found_products, self.taken)
        self._codenames(versions)
        versions += self.artefacts
        found = Mentions()
        hard = {name for _start, name, soft in (*self.found_hosts, *self.found_groups) if not soft}
        found.hosts = list(dict.fromkeys(name for _start, name, _soft in sorted(self.found_hosts, key=lambda item: item[0])))
        found.groups = list(dict.fromkeys(name for _start, name, _soft in sorted(self.found_groups, key=lambda item: item[0])))
        found.products = list(dict.fromkeys(name for _start, _end, name in sorted(self.found_products)))
        found.versions = list(dict.fromkeys((product, version) for _start, product, version in sorted(versions, key=lambda item: item[0])))
        found.soft = {*found.hosts, *found.groups} - hard
        return found

    # --- hosts that are written otherwise than by one name ------------------------------------------------------------

    def _ranges(self) -> None:
        if "[" not in self.text and "{" not in self.text:
            return
        for match in itertools.islice(_RANGE.finditer(self.text), _MAX_SPELLED_OTHERWISE):
            pattern = match[0].strip(".-")
            hosts = self.index.expand(pattern) if pattern[:1] not in "[{" else []
            if hosts:
                self._take(match.start(), match.end(), hosts)

    def _addresses(self) -> None:
        matches = list(_IPV4.finditer(self.text)) if self.has_digits and self.text.count(".") > 2 else []
        if self.text.count(":") > 1:
            matches += [match for match in _IPV6.finditer(self.text) if len(match[0]) > 4]
        if not matches:
            return
        import ipaddress

        table: Mapping[str, str] | None = None
        for match in matches:
            try:
                address = ipaddress.ip_address(match[0])
            except ValueError:
                continue
            if address.is_unspecified or address.is_loopback or self._is_taken(match.start(), match.end()):
                continue
            hosts = self.index.hosts(match[0])
            if not hosts and self.addresses is not None:
                table = self.addresses() if table is None else table
                host = table.get(str(address))
                hosts = [] if host is None else [host]
            if hosts:
                self._take(match.start(), match.end(), hosts)

    def _numbered(self) -> None:
        if not self.has_digits:
            return
        for pattern in (*_NUMBERED, _BARE_NUMBERED):
            for match in itertools.islice(pattern.finditer(self.text), _MAX_SPELLED_OTHERWISE):
                if self._is_taken(match.start(), match.end()):
                    continue
                if pattern is _BARE_NUMBERED and self._product_named(match["name"].lower()) is not None:
                    continue  # kafka 3 is a version, osd 2 a daemon
                numbers: list[int] = []
                for part in _ONE_NUMBER.finditer(match["numbers"]):
                    first, last = int(part[1]), int(part[2] or part[1])
                    numbers.extend(range(first, min(last, first + 99) + 1))
                word = match["name"].lower()
                for name in dict.fromkeys((*_in_latin(word), *(product for product in [find_product(word)] if product))):
                    hosts = self.index.numbered(name, numbers)
                    if hosts:
                        self._take(match.start("numbers"), match.end("numbers"), hosts)
                        self.bases.update(range(match.start("name"), match.end("name")))
                        break

    # --- one place of the question ------------------------------------------------------------------------------------

    def _at(self, position: int) -> int:
        """Look at the words from ``position`` on; return how many of them are done with."""
        token = self.words.tokens[position]
        if self._is_taken(token.start, token.end):
            return 1
        is_base = token.start in self.bases
        if not is_base and self._host(position):
            return 1
        for count in range(0 if is_base else min(self.index.longest_group, len(self.words.tokens) - position), 0, -1):
            if count == 1 or self.words.adjoining(position, count):
                done = self._group(position, count)
                if done:
                    return done
        for count in range(min(MAX_WORDS_OF_PRODUCT, len(self.words.tokens) - position), 0, -1):
            if (count == 1 or self.words.adjoining(position, count)) and self._product(position, count):
                return count
        self._inside(token)
        return 1

    def _host(self, position: int) -> bool:
        token = self.words.tokens[position]
        if token.key.isdigit() or self.words.in_path(token.start):
            return False
        hosts = self.index.hosts(token.key)
        if not hosts and self.find_server is not None and any(char in "-.0123456789" for char in token.key) and not _ARTEFACT.fullmatch(token.key):
            hosts = self.find_server(token.key)
        if not hosts:
            hosts = self._implied_range(token)
        if not hosts:
            return False
        if is_plain_word(token.key) and not self.words.shown_to_be_name(position, 1, HOST_WORDS_BEFORE):
            return False
        soft = token.key.isalpha() and self._product_named(token.key) is not None and not self.words.shown_to_be_name(position, 1, HOST_WORDS_BEFORE)
        if soft:
            self.found_hosts.extend((token.start, host, True) for host in hosts)
            return False  # the product is looked for as well
        end = self._continue_range(token, position, hosts)
        self._take(token.start, end, hosts)
        return True

    def _implied_range(self, token: Token) -> list[str]:
        """``web1-3`` where no host has that name and web1 and web3 are hosts."""
        match = re.fullmatch(r"(.*?\D)(\d+)-(\d+)", token.key)
        if match is None or not (self.index.hosts(match[1] + match[2]) and self.index.hosts(match[1] + match[3])):
            return []
        return self.index.expand(f"{match[1]}[{match[2]}-{match[3]}]")

    def _continue_range(self, token: Token, position: int, hosts: list[str]) -> int:
        """Add what follows a host: ``kafka-01..03``, ``с kafka-01 по kafka-03``, ``kafka-01, 02 и 03``; return where it ends."""
        tail = _TAIL.fullmatch(token.key)
        if tail is None:
            return token.end
        through = _THROUGH.match(self.text, token.end)
        if through and position + 1 < len(self.words.tokens):
            last = next((other for other in self.words.tokens[position + 1 : position + 4] if other.start == through.end()), None)
            number = "" if last is None else last.key.removeprefix(tail[1])
            if last is not None and number.isdecimal() and self.index.hosts(tail[1] + number):
                hosts.extend(self.index.expand(f"{tail[1]}[{tail[2]}-{number}]"))
                return last.end
        end = token.end
        while len(tail[2]) > 1 and (also := _ALSO.match(self.text, end)):
            more = self.index.hosts(tail[1] + also[1]) if len(also[1]) == len(tail[2]) else []
            if not more:
                break
            hosts.extend(more)
            end = also.end()
        return end

    def _group(self, position: int, count: int) -> int:
        """Return how many words a group of this many words takes, 0 when there is none (or a product of its name is to be looked for)."""
        first, last = self.words.tokens[position], self.words.tokens[position + count - 1]
        if self.words.in_path(first.start):
            return 0
        written = self.text[first.start : last.end]
        form = spaced(written)
        groups = self.index.find_groups(form)
        named = self.words.shown_to_be_name(position, count, GROUP_WORDS_BEFORE)
        if not groups and (named or " " in form):
            groups = self.index.find_groups(f"{form}s") or (self.index.find_groups(form[:-1]) if form.endswith("s") else [])
        if not groups:
            return 0
        words = form.split()
        # "log db" may be said by chance, "control plane" hardly, "log_db" never
        by_chance = all(map(is_plain_word, words)) and (len(words) == 1 or (" " in written and len(form) < 9))
        if by_chance and not named:
            return 0
        is_product = self._product_named(form) is not None or (len(words) == 1 and find_product(form) is not None)
        self.found_groups.extend((first.start, group, is_product and not named and len(words) == 1) for group in groups)
        if is_product or count > 1:
            return 0  # the product in "kafka brokers" is meant too
        self._mark(first.start, last.end)
        return count

    def _product(self, position: int, count: int) -> bool:
        first, last = self.words.tokens[position], self.words.tokens[position + count - 1]
        form = spaced(self.text[first.start : last.end])
        known = find_product(form)
        product = self._product_named(form)
        if product is None:
            return False
        if known is None and is_plain_word(form) and not self.words.shown_to_be_product(position, count):
            return False
        self._add_product(first.start, last.end, product)
        return True

    def _product_named(self, form: str) -> str | None:
        """Return the product of a comparable form: as deployed, else as known."""
        product = self.deployed.get(form)
        if product is None:
            product = find_product(form)
        if product is None and form.endswith(" server"):
            product = self.deployed.get(form.removesuffix(" server"))
        if product is None and "server" in form:
            product = self.deployed.get(spaced(normalise_product(form)))
        return product

    def _inside(self, token: Token) -> None:
        """Find a product inside a compound: ``ceph-кластер``, ``kafka-topics.sh``, ``prometheus.yml``, ``kafka_2.13-3.4.0``."""
        product: str | None
        key = token.key
        if "." in key and ("-" in key or "_" in key) and (artefact := _ARTEFACT.fullmatch(key)):
            product = self._product_named(spaced(artefact[1]))
            if product is not None:
                version = re.sub(r"\.(?:tar|tgz|zip|rpm|deb|jar|linux|src|el\d).*$", "", artefact[2])
                self.artefacts.append((token.start, product, version.strip(".-")))
        elif "-" in token.text and _COMPOUND.fullmatch(token.text):
            product = self._in_compound(token.key.partition(".")[0].split("-"))
        elif "." in key and _DOTTED.fullmatch(key):
            product = next(filter(None, map(find_product, key.split("."))), None)
        elif "_" in key and (setting := _SETTING.fullmatch(key)):
            product = find_product(setting[1])
        elif not key.isascii():
            product = next(filter(None, (find_product(piece) for piece in _LATIN.findall(key))), None)
        else:
            return
        if product is not None:
            self._add_product(token.start, token.end, product)

    def _in_compound(self, parts: list[str]) -> str | None:
        if not is_plain_word(parts[0]):
            for length in range(len(parts) - 1, 0, -1):
                product = self._product_named(" ".join(parts[:length]))
                if product is not None:
                    return product
        return None if parts[0].isascii() else find_product(" ".join(parts[1:]))  # кластер-kafka

    def _codenames(self, versions: list[tuple[int, str | None, str]]) -> None:
        for product, (own, beside) in codename_words().items():
            named = any(name == product for _start, _end, name in self.found_products)
            for token in self.words.tokens:
                if (token.key in own or (named and token.key in beside)) and not self._is_taken(token.start, token.end):
                    self._add_product(token.start, token.end, product)
                    versions.append((token.start, product, token.key))

    # --- bookkeeping --------------------------------------------------------------------------------------------------

    def _is_taken(self, start: int, end: int) -> bool:
        return self.taken_characters.find(1, start, end) >= 0

    def _take(self, start: int, end: int, hosts: Iterable[str]) -> None:
        self._mark(start, end)
        self.found_hosts.extend((start, str(host), False) for host in hosts)

    def _mark(self, start: int, end: int) -> None:
        self.taken.append((start, end))
        self.taken_characters[start:end] = b"\1" * (end - start)

    def _add_product(self, start: int, end: int, product: str) -> None:
        self.found_products.append((start, end, product))
        # Whatever language names the product, the group (or host) called like it is meant as much as by its own name.
        self.found_groups.extend((start, group, True) for group in self.index.find_groups(spaced(product)))


def _in_latin(word: str) -> list[str]:
    """Return a lower-case word and, for a Russian one, it in each case and in Latin letters (в as v and w)."""
    forms = stems(word)
    if len(forms) == 1 and word.isascii():
        return forms
    latin = ["".join(_LATIN_LETTERS.get(letter, letter) for letter in form) for form in forms]
    return [word, *latin, *(form.replace("v", "w") for form in latin if "v" in form)]


def names_product(name: str, product: str) -> bool:
    """Tell whether a host or group name holds the product's name as a part (kafka-prod-01, msk1_kafka, osds)."""
    for part in re.split(r"[\W_\d]+", name.lower()):
        if part == product or any(find_product(stem) == product for stem in (*stems(part), part.removesuffix("s")) if stem):
            return True
    return False
