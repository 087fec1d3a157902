# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs where: the versions CSV with what host variables add to it or say in its place."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import typing as t
from collections.abc import Callable, Iterable, Mapping, Sequence

from .._visible_text import visible_text
from ..catalogue._entries import spaced
from ._installed import Installed
from ._names import NameIndex
from ._products import normalise_product
from ._secret_patterns import redact_text
from ._variable_filter import SOFTWARE_VARIABLE
from ._versions_csv import Versions

EXAMPLES: t.Final = 3  # hosts named as examples of a version
# Looking for infra_llm_software makes Ansible read each host's files of variables, 0.2 to 1 ms a host and question: where a CSV says what runs,
# or in larger inventories, a few of the hosts that matter are asked, and the others when one has it.
MAX_ASKED_FOR_SOFTWARE: t.Final = 100
MAX_ASKED_BESIDE_CSV: t.Final = 16
FIRST_ASKED: t.Final = 8
MAX_ASKED: t.Final = 500


class Inventory(t.Protocol):
    """What the engine needs of an inventory; everything it returns is plain data."""

    def groups(self) -> Mapping[str, Sequence[str]]:
        """Return group -> hosts, with Ansible's own ``all``; the same object while nothing changes."""

    def addresses(self) -> Mapping[str, str]:
        """Return IP address -> host. Costly: asked only when a question holds an address."""

    def variables(self, host: str, wanted: Callable[[str], bool]) -> Mapping[str, object]:
        """Return those variables of a host whose names are wanted, rendered: undefined ones absent, vaulted ones as `VAULTED`."""

    def software(self, hosts: Iterable[str]) -> Mapping[str, object]:
        """Return host -> its rendered ``infra_llm_software``, for those of the hosts that have it."""


class Deployed:
    """What runs on the hosts of an inventory. ``warnings`` are about items of ``infra_llm_software`` that cannot be used."""

    def __init__(self, inventory: Inventory, versions: Versions | None, index: NameIndex) -> None:
        self.inventory = inventory
        self.versions = versions
        self.index = index
        self.warnings: list[str] = []
        self.overrides: dict[str, list[Installed]] = {}
        self.asked: set[str] = set()
        self._names: tuple[int, dict[str, str]] = (-1, {})
        self._known_software: dict[str, list[Installed]] = {}
        self._counted: list[tuple[Sequence[str], dict[str, dict[str, int]]]] = []
        if versions is not None and versions.has_addresses:
            versions.name_addresses(inventory.addresses())
        everyone = index.groups.get("all", ())
        self._asks_everyone = len(everyone) <= (MAX_ASKED_FOR_SOFTWARE if versions is None else MAX_ASKED_BESIDE_CSV)
        if self._asks_everyone:
            self.ask(everyone)

    def ask(self, hosts: Iterable[str]) -> None:
        """Read ``infra_llm_software`` of hosts that were not asked yet."""
        new = [host for host in hosts if host not in self.asked][:MAX_ASKED]
        first = new if self._asks_everyone else new[:FIRST_ASKED]
        found = dict(self.inventory.software(first))
        if found and len(first) < len(new):
            found.update(self.inventory.software(new[len(first) :]))
            first = new
        self.asked.update(first)
        for host, value in found.items():
            self._known_software.pop(host, None)
            software = self._parse_software(host, value)
            if software:
                self.overrides[host] = software

    def _parse_software(self, host: str, value: object) -> list[Installed]:
        # Few hosts have the variable, and the others are spared what reads it.
        from ._version_cell import read_version_cell

        software: list[Installed] = []
        listed = {} if self.versions is None else self.versions.product_names()
        for item in value if isinstance(value, (list, tuple)) else [value]:
            fields = [_text(item.get(key)) for key in ("product", "version", "os_version")] if isinstance(item, Mapping) else ["", "", ""]
            if fields[0] and fields[1]:
                product = normalise_product(fields[0])
                cell = read_version_cell(fields[1], product)
                if cell.problem:
                    self.warnings.append(f"{SOFTWARE_VARIABLE} of {host}: {cell.problem}.")
                software += [Installed(listed.get(spaced(product), product), version, fields[2]) for version in cell.releases]
            else:
                self.warnings.append(f"{SOFTWARE_VARIABLE} of {host} must be a list of {{product, version}}; an item that is not is skipped.")
        return software

    def names(self) -> dict[str, str]:
        """Return comparable form -> product, of all that is deployed."""
        if self._names[0] == len(self.overrides):
            return self._names[1]
        names = {} if self.versions is None else dict(self.versions.product_names())
        for software in self.overrides.values():
            names.update({spaced(item.product): names.get(spaced(item.product), item.product) for item in software})
        self._names = (len(self.overrides), names)
        return names

    def name(self, product: str) -> str:
        """Return the product as the CSV or the variable spells it."""
        return self.names().get(spaced(product), product)

    def software(self, hosts: Sequence[str]) -> dict[str, list[Installed]]:
        """Software of a few hosts: the CSV's rows, except of products which the host's variable lists, then that."""
        new = [host for host in hosts if host not in self._known_software]
        if new:
            self.ask(new)
            found: dict[str, list[Installed]] = {host: [] for host in new}
            if self.versions is not None:
                found = self.versions.for_servers(new, shared_short_names=self.index.shared_short_names)
            for host in new:
                own = self.overrides.get(host, [])
                replaced = {item.product for item in own}
                self._known_software[host] = [item for item in found[host] if item.product not in replaced] + own
        return {host: self._known_software[host] for host in hosts}

    def counts(self, hosts: Sequence[str]) -> dict[str, dict[str, int]]:
        """Product -> version -> how many of the hosts run it, most first."""
        if len(hosts) <= MAX_ASKED_FOR_SOFTWARE:
            return _count(self.software(hosts))
        for counted, counts in self._counted:
            if counted is hosts:
                return counts
        self.ask(hosts)
        counts = {} if self.versions is None else self.versions.counts_for_servers(hosts, shared_short_names=self.index.shared_short_names)
        counts = self._with_overrides(counts, hosts)
        self._counted.append((hosts, counts))
        return counts

    def counts_everywhere(self, product: str) -> dict[str, int]:
        """Return version -> number of hosts of one product in the fleet, most first."""
        name = self.name(product)
        if len(self.asked) < len(self.index):
            # Where not every host is asked, the product's own groups are where the variable would be.
            self.ask(self.index.members(self.index.find_groups(spaced(product))))
        counts = {} if self.versions is None else {name: self.versions.version_counts(name)}
        return self._with_overrides(counts, self.overrides).get(name, {})

    def fleet_counts(self) -> dict[str, dict[str, int]]:
        """Return product -> version -> number of hosts, for everything that is deployed."""
        return self._with_overrides({} if self.versions is None else self.versions.summary(), self.overrides)

    def _with_overrides(self, counts: dict[str, dict[str, int]], hosts: Iterable[str]) -> dict[str, dict[str, int]]:
        """Return counts of the CSV in which hosts with ``infra_llm_software`` count as that says."""
        own = [host for host in hosts if host in self.overrides]
        if not own:
            return counts
        found = {product: dict(of_product) for product, of_product in counts.items()}
        rows = {} if self.versions is None else self.versions.for_servers(own, shared_short_names=self.index.shared_short_names)
        for host in own:
            replaced = {item.product for item in self.overrides[host]}
            for product, version in {(item.product, item.version) for item in rows.get(host, ()) if item.product in replaced}:
                if version in found.get(product, {}):
                    found[product][version] -= 1
            for product, version in {(item.product, item.version) for item in self.overrides[host]}:
                of_product = found.setdefault(product, {})
                of_product[version] = of_product.get(version, 0) + 1
        return _most_first(found)

    def examples_anywhere(self, product: str) -> Callable[[str], list[str]]:
        """Return a function from a version of ``product`` to a few hosts of the fleet that run it, those of the inventory first."""

        def examples(version: str) -> list[str]:
            own = [host for host in self.overrides if self._lists(host, product, version)]
            if self.versions is None:
                return own[:EXAMPLES]
            found = [self.index.host_of(server) for server in self.versions.examples(product, version, 3 * EXAMPLES)]
            found = [host for host in found if not self._lists(host, product)]
            found.sort(key=lambda host: not self.index.hosts(host))
            return list(dict.fromkeys([*own, *found]))[:EXAMPLES]

        return examples

    def examples_among(self, hosts: Sequence[str], product: str) -> Callable[[str], list[str]]:
        """Return a function from a version of ``product`` to a few of the given hosts that run it."""

        def examples(version: str) -> list[str]:
            if len(hosts) <= MAX_ASKED_FOR_SOFTWARE:
                software = self.software(hosts)
                return [host for host in hosts if any(item.product == product and item.version == version for item in software[host])][:EXAMPLES]
            own = [host for host in hosts if self._lists(host, product, version)]
            if self.versions is None or len(own) >= EXAMPLES:
                return own[:EXAMPLES]
            others = [host for host in hosts if not self._lists(host, product)] if self.overrides else hosts
            found = self.versions.examples_among(others, product, version, EXAMPLES, shared_short_names=self.index.shared_short_names)
            return [*own, *found][:EXAMPLES]

        return examples

    def _lists(self, host: str, product: str, version: str | None = None) -> bool:
        """Tell whether the variable of a host lists a product (in that version)."""
        return any(item.product == product and version in (None, item.version) for item in self.overrides.get(host, ()))


def _text(value: object) -> str:
    # A version that YAML reads as a number (3.4) is meant as written.
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    return redact_text(visible_text(value).strip()) if isinstance(value, str) else ""


def _count(software: Mapping[str, Sequence[Installed]]) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {}
    for items in software.values():
        for product, version in {(item.product, item.version) for item in items}:
            of_product = counts.setdefault(product, {})
            of_product[version] = of_product.get(version, 0) + 1
    return _most_first(counts)


def _most_first(counts: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, int]]:
    ordered = {
        product: dict(sorted(((version, count) for version, count in found.items() if count > 0), key=lambda item: (-item[1], item[0])))
        for product, found in counts.items()
    }
    return dict(sorted(((product, found) for product, found in ordered.items() if found), key=lambda item: (-sum(item[1].values()), item[0])))
