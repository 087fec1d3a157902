# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An index over the names of an inventory, so that finding one costs the same in an inventory of ten hosts and of ten thousand."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import fnmatch
import itertools
import re
import typing as t
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ..catalogue._entries import spaced
from ._host_keys import host_key, short_name

# Every host is in `all`, and `ungrouped` says nothing about a host: no sentence means them as groups.
IMPLICIT_GROUPS: t.Final = frozenset(("all", "ungrouped"))
MAX_RANGE: t.Final = 300
MAX_BRACKETS: t.Final = 4
MAX_OF_NUMBER: t.Final = 3  # as many hosts of one number may be meant by the end of a name

# web1.conf is a file, not the host web1 of the domain conf.
_FILE_SUFFIXES: t.Final = frozenset(
    """
    rpm deb jar bak tmp lock retry j2 tpl rules env d out err conf cfg config ini log logs yml yaml json toml xml properties service socket
    mount target timer slice sock pid sh py rb go js java class txt md csv tsv html crt cert pem key jks p12 db sql gz tgz zip tar bz2 xz
    """.split()
)
_BRACKETS = re.compile(r"\[([^\[\]{}\s]{1,60})\]|\{([^\[\]{}\s]{1,60})\}")
_SPAN = re.compile(r"(\d+|[a-z])(?:-|:|\.\.)(\d+|[a-z])", re.IGNORECASE)
_NUMBERED = re.compile(r"(.*?)[-_.]?(\d+)")


class NameIndex:
    """Hosts and groups of one inventory by name. ``groups`` is Ansible's own mapping of group -> host names, with ``all``."""

    def __init__(self, groups: Mapping[str, Sequence[str]]) -> None:
        self.groups = groups
        names = groups.get("all", ())
        keys = list(map(str.lower, names))
        self._hosts: dict[str, str] = dict(zip(keys, names, strict=True))
        # First label -> key of the full name that begins with it; those of several full names are in the second.
        firsts = [key.partition(".")[0] for key in keys]
        self._full_name: dict[str, str] = {first: key for first, key in zip(firsts, keys, strict=True) if len(first) != len(key)}
        self._full_names: dict[str, list[str]] = {}
        if len(self._full_name) < sum("." in key for key in keys):
            for first, key in zip(firsts, keys, strict=True):
                if len(first) != len(key):
                    self._full_names.setdefault(first, []).append(key)
            self._full_names = {first: several for first, several in self._full_names.items() if len(several) > 1}
        # A first label of several hosts says which one only as a whole; the first number of an address is no label.
        self.shared_short_names = frozenset(short for short in self._full_names.keys() | (self._hosts.keys() & self._full_name.keys()) if not short.isdigit())
        self._groups: dict[str, list[str]] = {}
        for group in groups:
            if group not in IMPLICIT_GROUPS:
                self._groups.setdefault(spaced(group), []).append(group)
        self.longest_group = min(5, max((form.count(" ") + 1 for form in self._groups), default=1))
        self._numbered: dict[str, dict[int, list[str]]] | None = None

    def __len__(self) -> int:
        return len(self._hosts)

    def hosts(self, name: str) -> list[str]:
        """Return the hosts that a whole name means: that host, the one host of that first label, or the host whose full name is given."""
        key = host_key(name)
        exact = self._hosts.get(key)
        if exact is not None:
            return [exact]
        first, dot, rest = key.partition(".")
        keys = self._of_first_label(first)
        if dot and not first.isdigit():
            begun = [self._hosts[full] for full in keys if full.startswith(f"{key}.")]
            if begun:
                return begun
            last = rest.rpartition(".")[2]
            if first in self._hosts and not keys and last.isalpha() and len(last) > 1 and last not in _FILE_SUFFIXES:
                return [self._hosts[first]]
            return []
        if dot or first.isdigit():
            return []
        return [self._hosts[full] for full in keys]

    def _of_first_label(self, first: str) -> list[str]:
        several = self._full_names.get(first)
        if several is not None:
            return several
        one = self._full_name.get(first)
        return [] if one is None else [one]

    def find_groups(self, form: str) -> list[str]:
        """Return the groups of a name in its comparable form (see `spaced`)."""
        return self._groups.get(form, [])

    def members(self, groups: Iterable[str]) -> list[str]:
        """Return the hosts of the groups, each once."""
        found: dict[str, None] = {}
        for group in groups:
            found.update(dict.fromkeys(self.groups.get(group, ())))
        return [str(host) for host in found]

    def groups_of(self, hosts: Iterable[str]) -> dict[str, list[str]]:
        """Return host -> its groups, sorted, without `all` and `ungrouped`."""
        wanted: dict[str, list[str]] = {str(host): [] for host in hosts}
        if wanted:
            for group, members in self.groups.items():
                if group not in IMPLICIT_GROUPS:
                    for host in {member for member in members if member in wanted}:
                        wanted[host].append(str(group))
        return {host: sorted(found) for host, found in wanted.items()}

    def fits(self, key: str, short: str) -> bool:
        """Tell whether a server of the versions CSV is one of the hosts, as `Versions.for_servers` matches them."""
        if key in self._hosts:
            return True
        if short in self.shared_short_names:
            return False
        return short in self._hosts or (short == key and short in self._full_name)

    def host_of(self, server: str) -> str:
        """Return the host that a server of the versions CSV is, or the server's own name when the inventory lacks it."""
        key = host_key(server)
        short = short_name(key)
        if key in self._hosts:
            return str(self._hosts[key])
        if short not in self.shared_short_names:
            if short in self._hosts:
                return str(self._hosts[short])
            if short == key and short in self._full_name:
                return str(self._hosts[self._full_name[short]])
        return server

    def expand(self, pattern: str) -> list[str]:
        """Return the hosts of a range as people and Ansible write it: ``kafka-0[1-3]``, ``web[1:3]``, ``web{1..3}``, ``db[1,3]``, ``db[13]``."""
        return list(dict.fromkeys(host for name in range_names(pattern) for host in self.hosts(name)))

    def numbered(self, base: str, numbers: Sequence[int]) -> list[str]:
        """Return the hosts called ``base`` with one of the numbers behind it (osd2, osd-02), or so numbered members of the group ``base``.

        Where nothing has that whole name, hosts and groups whose names end with it count (ceph-osd-02, the group ceph_osd).
        """
        if self._numbered is None:
            self._numbered = {}
            for key, name in self._hosts.items():
                match = _NUMBERED.fullmatch(short_name(key))
                if match:
                    self._numbered.setdefault(match[1], {}).setdefault(int(match[2]), []).append(name)
        form = spaced(base)
        for candidate in (form, form.removesuffix("s"), form.replace(" ", "-"), form.replace(" ", "_")):
            of_base = self._numbered.get(candidate)
            if of_base:
                found = [str(host) for number in numbers for host in of_base.get(number, ())]
                if found:
                    return found
        forms = (form, f"{form}s", form.removesuffix("s"))
        ends = tuple(f" {name}" for name in forms)
        of_group = self.members(group for name in forms for group in self.find_groups(name))
        stems = [of_stem for stem, of_stem in self._numbered.items() if spaced(stem.replace(".", " ")).endswith(ends)]
        of_end = [host for of_stem in stems for number in numbers for host in of_stem.get(number, ())]
        of_group_end = self.members(group for name, groups in self._groups.items() if name.endswith(ends) for group in groups)
        # A group called so may hold other kinds of hosts, so that its number must be one host; of an ending, two clusters may have the same.
        candidates = ((of_group, 1), (of_end, MAX_OF_NUMBER), (of_group_end, MAX_OF_NUMBER))
        return next(filter(None, (_numbered_so(hosts, numbers, most) for hosts, most in candidates)), [])

    def resolve(self, patterns: Iterable[str]) -> tuple[list[str], list[str]]:
        """Return the hosts of a scope (names, groups, ranges, globs) and the patterns that mean nothing here."""
        hosts: dict[str, None] = {}
        unknown: list[str] = []
        for pattern in patterns:
            found = self.hosts(pattern)
            if not found and (pattern in self.groups or self.find_groups(spaced(pattern))):
                found = self.members([pattern] if pattern in self.groups else self.find_groups(spaced(pattern)))
            if not found and _BRACKETS.search(pattern):
                found = self.expand(pattern)
            if not found and any(char in pattern for char in "*?["):
                glob = pattern.lower()
                found = [name for key, name in self._hosts.items() if fnmatch.fnmatchcase(key, glob)]
            if not found and pattern not in self.groups:
                unknown.append(pattern)
            hosts.update(dict.fromkeys(str(host) for host in found))
        return list(hosts), unknown


def _numbered_so(hosts: Iterable[str], numbers: Iterable[int], most: int) -> list[str]:
    """Return the hosts with the numbers; none when a number means more than ``most`` of them."""
    by_number: dict[int, list[str]] = {}
    for host in hosts:
        match = _NUMBERED.fullmatch(short_name(host_key(host)))
        if match:
            by_number.setdefault(int(match[2]), []).append(host)
    found = [by_number.get(number, []) for number in numbers]
    return [] if any(len(several) > most for several in found) else [host for several in found for host in several]


def range_names(text: str) -> list[str]:
    """Return the names that a range stands for, at most `MAX_RANGE`; of any other text, and of one with more than `MAX_BRACKETS`, itself."""
    found = list(itertools.islice(_BRACKETS.finditer(text), MAX_BRACKETS + 1))
    if not found or len(found) > MAX_BRACKETS:
        return [text]
    begins, ends = [0, *(match.end() for match in found)], [*(match.start() for match in found), len(text)]
    between = [text[begin:end] for begin, end in zip(begins, ends, strict=True)]
    # However many names there are together, only those that are taken are made.
    names = ("".join(_alternating(between, chosen)) for chosen in itertools.product(*map(_substitutes, found)))
    return list(itertools.islice(names, MAX_RANGE))


def _alternating(between: Sequence[str], chosen: Sequence[str]) -> Iterator[str]:
    return itertools.chain.from_iterable(itertools.zip_longest(between, chosen, fillvalue=""))


def _substitutes(match: re.Match[str]) -> list[str]:
    """What a bracket stands for, at most `MAX_RANGE` of each of its parts."""
    inside = match[1] if match[1] is not None else match[2]
    values: list[str] = []
    for part in inside.split(","):
        span = _SPAN.fullmatch(part)
        if span is None:
            # [13] is a class of characters, as in a glob
            values.extend(part if match[1] is not None and "," not in inside and part.isalnum() else [part])
        elif span[1].isdigit() and span[2].isdigit():
            first, last = int(span[1]), int(span[2])
            width = len(span[1]) if span[1].startswith("0") or len(span[1]) == len(span[2]) else 0
            values.extend(str(number).zfill(width) for number in range(first, min(last, first + MAX_RANGE) + 1))
        elif not span[1].isdigit() and not span[2].isdigit():
            values.extend(chr(code) for code in range(ord(span[1]), ord(span[2]) + 1))
    return values


_latest: tuple[Mapping[str, Sequence[str]], int, NameIndex] | None = None


def name_index(groups: Mapping[str, Sequence[str]]) -> NameIndex:
    """Return the index of an inventory; the last one is kept while Ansible hands out the same, unchanged mapping."""
    global _latest
    size = len(groups.get("all", ())) + 1_000_003 * len(groups)
    if _latest is None or _latest[0] is not groups or _latest[1] != size:
        _latest = (groups, size, NameIndex(groups))
    return _latest[2]
