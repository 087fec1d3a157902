# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The digest of the operator's infrastructure that goes to the gateway with a question: bounded, plain, redacted."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import typing as t
from collections.abc import Callable, Iterable, Mapping, Sequence

from .._visible_text import visible_data
from ..catalogue._entries import entries
from ._deployed import EXAMPLES, Deployed, Inventory
from ._mentions import Mentions, find_mentions, names_product
from ._names import name_index
from ._products import known_products
from ._redaction import clean_variables
from ._secret_patterns import redact_text
from ._variable_filter import variable_filter
from ._versions_csv import Versions

if t.TYPE_CHECKING:
    from ._description import Description, Fleet, Host, Infrastructure, Mentioned, Omitted, Product, Software, Target, Why

MAX_NAMED_HOSTS: t.Final = 8  # hosts that the question names one by one
MAX_RENDERED: t.Final = 5  # hosts whose variables are rendered
MAX_ALL_SHOWN: t.Final = 5  # a group of up to this many hosts is shown whole, a larger one by EXAMPLES
MAX_SOFTWARE: t.Final = 30
MAX_PRODUCTS: t.Final = 12
MAX_VERSIONS: t.Final = 10
MAX_TARGETS: t.Final = 24
MAX_FLEET_TARGETS: t.Final = 60
MAX_MENTIONED: t.Final = 50
MAX_WARNINGS: t.Final = 5


def describe(
    question: str,
    inventory: Inventory,
    versions: Versions | None,
    *,
    hosts: Sequence[str] | None = None,
    current_host: str | None = None,
    hostvars_allow: Sequence[str] | None = None,
    hostvars_deny: Sequence[str] = (),
) -> Description:
    """Return what the gateway must know of the infrastructure to answer ``question``: plain JSON data without secrets.

    What the question names decides; else the scope ``hosts`` (names, groups, ranges, globs); else ``current_host`` when the inventory has it;
    else the whole fleet. ``versions`` is None when there is no CSV. Keys of the result:

    ``infrastructure``
        ``{hosts: [{name, groups, software: [{product, version, os_version}], vars}],
        products: [{name, versions: {version: [hosts]}, counts: {version: n}}], omitted: {hosts: n, products: n}}``.
        Up to eight named hosts are listed, others up to five, else three examples; at most five have ``vars``. Of a product, ten versions
        with most hosts, each with at most three hosts in ``versions`` and their number in ``counts``. ``omitted`` is there only when something is.
    ``targets``
        ``[{product, version, hosts, why}]``, most relevant first: whose documentation to search. ``why`` is ``question`` (named there), ``host``
        (runs on the hosts of the question, the scope or the play) or ``fleet``; ``version`` is as deployed or as the question writes it, None for a product
        that is named and deployed nowhere.
    ``mentions``
        ``{hosts, groups, products, versions: [{product, version}]}`` as found in the question.
    ``fleet``
        ``{host_count, group_count, products: {name: hosts}}`` when neither question nor scope nor play narrow anything, else empty.
    ``warnings``
        Sentences for the user.
    """
    description = _Digest(question, inventory, versions, hosts, current_host, hostvars_allow, hostvars_deny).build()
    # Names of the inventory and cells of the CSV are anybody's text, and all of this is shown.
    return t.cast("Description", visible_data(description))


class _Digest:
    def __init__(
        self,
        question: str,
        inventory: Inventory,
        versions: Versions | None,
        scope: Sequence[str] | None,
        current_host: str | None,
        allow: Sequence[str] | None,
        deny: Sequence[str],
    ) -> None:
        self.inventory = inventory
        self.versions = versions
        self.index = name_index(inventory.groups())
        self.deployed = Deployed(inventory, versions, self.index)
        self.wanted = variable_filter(allow, deny, self.deployed.names())
        self.warnings = self.deployed.warnings
        self.mentions = find_mentions(
            question,
            self.index,
            products=self.deployed.names(),
            find_server=None if versions is None else versions.find_server,
            addresses=inventory.addresses,
        )
        self.scope = self._resolve_scope(scope)
        self.current = [host for host in [current_host] if host is not None and host in self.index.hosts(host)]

    # --- what the question is about -----------------------------------------------------------------------------------

    def build(self) -> Description:
        named = self._named_hosts()
        context = self.scope or self.current
        self._warn_about_file()
        fleet: Fleet = {}
        if named:
            infrastructure, targets = self._about_hosts(named, self.mentions.products, explicit=bool(self._hard(self.mentions.hosts)))
        elif self.mentions.products:
            infrastructure, targets = self._about_products(self.mentions.products, context)
        elif context and self.deployed.counts(context):
            infrastructure, targets = self._about_hosts(context, [], explicit=len(context) <= MAX_ALL_SHOWN)
        else:
            fleet = self._fleet()
            infrastructure, targets = self._about_fleet(context[:EXAMPLES])
        if not targets:  # nothing is known to run on the hosts of the question
            targets = self._about_fleet([])[1]
        return {
            "infrastructure": infrastructure,
            "targets": targets,
            "mentions": self._mentioned(self.mentions),
            "fleet": fleet,
            "warnings": self._said_warnings(),
        }

    def _hard(self, names: Iterable[str]) -> list[str]:
        return [name for name in names if name not in self.mentions.soft]

    def _named_hosts(self) -> list[str]:
        """The hosts which the question names, those of its groups last; a name that is only a product's does not narrow the product."""
        groups = self._hard(self.mentions.groups)
        members = self.index.members(groups)
        if groups and self._hard(self.mentions.hosts) and all(host in members for host in self._hard(self.mentions.hosts)):
            members = []  # "mon0 of the group mons" is about mon0
        if groups and not members and not self.mentions.hosts:
            self.warnings.append(f"The group {groups[0]} has no hosts.")
        return list(dict.fromkeys([*self._hard(self.mentions.hosts), *members]))

    def _resolve_scope(self, scope: Sequence[str] | None) -> list[str]:
        if not scope:
            return []
        patterns = [part for entry in ([scope] if isinstance(scope, str) else scope) for part in _split_scope(entry)]
        hosts, unknown = self.index.resolve(patterns)
        if unknown:
            self.warnings.append(f"The inventory has no host or group {', '.join(map(redact_text, unknown[:5]))} that the option hosts names.")
        if len(hosts) >= len(self.index) > MAX_ALL_SHOWN and "all" in patterns:
            return []  # everything is no narrower than nothing
        return hosts

    def _about_hosts(self, hosts: list[str], products: list[str], *, explicit: bool) -> tuple[Infrastructure, list[Target]]:
        """Describe the hosts; the targets are the named products on them, else what they run, the product that names them first."""
        counts = self.deployed.counts(hosts)
        shown = self._shown(hosts, explicit, products)
        groups_of = self.index.groups_of(shown)
        order = products or self._by_relevance(counts, shown, groups_of)
        entries = self._host_entries(shown, groups_of, order)
        listed = [self.deployed.name(product) for product in products] if products else order[:MAX_PRODUCTS]
        product_entries = [
            self._product_entry(product, counts[product], self.deployed.examples_among(hosts, product)) for product in listed if product in counts
        ]
        targets: list[Target] = []
        for product in products:
            targets += self._product_targets(product, counts.get(self.deployed.name(product), {}), hosts, "question")
        # What nobody is known to run (etcd of a Kubernetes node) may be described by the documentation of what runs there.
        unknown = bool(products) and not any(self.deployed.counts_everywhere(product) for product in products)
        for product in self._by_relevance(counts, shown, groups_of) if unknown or not products else ():
            written = self._written(product)
            targets += [_target(product, version, [], "question") for version in written]
            targets += [
                _target(product, version, self.deployed.examples_among(hosts, product)(version), "host")
                for version in list(counts[product])[:MAX_VERSIONS]
                if version not in written
            ]
        if order and not products:
            targets[:0] = [_target(order[0], written, [], "question") for owner, written in self.mentions.versions if owner is None]
        for product in products:  # named, but not on these hosts: what others run is the next best
            if self.deployed.name(product) not in counts and self.deployed.counts_everywhere(product):
                self.warnings.append(f"{product} is not known to run on {_some(hosts)}.")
        infrastructure = self._infrastructure(entries, product_entries, len(hosts) - len(shown), 0 if products else len(order) - len(product_entries))
        return infrastructure, targets[:MAX_TARGETS]

    def _about_products(self, products: list[str], context: list[str]) -> tuple[Infrastructure, list[Target]]:
        """Describe products that are named without hosts: as the scope or the play's host runs them, else as the fleet does."""
        entries: list[Product] = []
        targets: list[Target] = []
        examples: list[str] = []
        shown_of_context = context[:MAX_ALL_SHOWN]
        for product in products:
            name = self.deployed.name(product)
            here = self.deployed.counts(context).get(name, {}) if context else {}
            everywhere = self.deployed.counts_everywhere(product)
            self._warn_about_lost(product)
            examples_of = self.deployed.examples_among(context, name) if here else self.deployed.examples_anywhere(name)
            if everywhere:
                entries.append(self._product_entry(name, here or everywhere, examples_of))
            targets += self._product_targets(product, here or everywhere, context if here else None, "question")
            examples += [host for version in list(here or everywhere)[:EXAMPLES] for host in examples_of(version)[:1]]
        runs_here = bool(context) and any(name in self.deployed.counts(context) for name in map(self.deployed.name, products))
        known = [host for host in dict.fromkeys(shown_of_context if runs_here else examples) if host in self.index.hosts(host)]
        shown = known[: MAX_ALL_SHOWN if runs_here else EXAMPLES]
        groups_of = self.index.groups_of(shown)
        total = len(context) if runs_here else sum(sum(self.deployed.counts_everywhere(product).values()) for product in products)
        return self._infrastructure(self._host_entries(shown, groups_of, products), entries, max(0, total - len(shown)), 0), targets[:MAX_TARGETS]

    def _about_fleet(self, hosts: list[str]) -> tuple[Infrastructure, list[Target]]:
        """Describe everything: services that the assistant knows before base packages, each by number of hosts."""
        summary = self.deployed.fleet_counts()
        order = sorted(summary, key=lambda product: (product not in known_products(), -sum(summary[product].values()), product))
        entries = [self._product_entry(product, summary[product], self.deployed.examples_anywhere(product)) for product in order[:MAX_PRODUCTS]]
        targets = [
            _target(product, version, self.deployed.examples_anywhere(product)(version), "fleet")
            for product in order
            for version in list(summary[product])[:MAX_VERSIONS]
        ]
        shown = self._host_entries(hosts, self.index.groups_of(hosts), order)
        return self._infrastructure(shown, entries, len(self.index) - len(hosts), len(order) - len(entries)), targets[:MAX_FLEET_TARGETS]

    def _product_targets(self, product: str, counts: Mapping[str, int], hosts: list[str] | None, why: Why) -> list[Target]:
        """The versions of one product that is named: as written in the question first, then as deployed."""
        name = self.deployed.name(product)
        examples_of = self.deployed.examples_anywhere(name) if hosts is None else self.deployed.examples_among(hosts, name)
        written = self._written(product)
        targets = [
            _target(product, version, [host for deployed in counts if _covers(version, deployed, product) for host in examples_of(deployed)][:EXAMPLES], why)
            for version in written
        ]
        if hosts is not None or not any(self._is_release(product, version) for version in written):
            targets += [_target(product, version, examples_of(version), why) for version in list(counts)[:MAX_VERSIONS] if version not in written]
        if not targets:
            elsewhere = self.deployed.counts_everywhere(product) if hosts is not None else {}
            targets = [_target(product, version, self.deployed.examples_anywhere(name)(version), why) for version in list(elsewhere)[:MAX_VERSIONS]]
        return targets or [_target(product, None, [], why)]

    def _written(self, product: str) -> list[str]:
        return [version for of_product, version in self.mentions.versions if of_product == product]

    def _is_release(self, product: str, version: str) -> bool:
        """Tell whether a version of the question is known to be one: a bare number is where the catalogue or the fleet has such a release."""
        if not version.isdigit():
            return True
        from ..catalogue._release import read_release

        majors = {*entries().codenames.get(product, {}).values()}
        deployed = (read_release(text, product) for text in self.deployed.counts_everywhere(product))
        return int(version) in majors or any(release is not None and release.numbers[0] == int(version) for release in deployed)

    # --- the parts of the result --------------------------------------------------------------------------------------

    def _shown(self, hosts: list[str], explicit: bool, products: list[str]) -> list[str]:
        if explicit:
            named = self._hard(self.mentions.hosts) or hosts
            return named[:MAX_NAMED_HOSTS]
        if len(hosts) <= MAX_ALL_SHOWN:
            return hosts
        shown: list[str] = []
        for product in map(self.deployed.name, products):  # one host of each version tells more than three of the same
            counts = self.deployed.counts(hosts).get(product, {})
            shown += [host for version in list(counts)[:EXAMPLES] for host in self.deployed.examples_among(hosts, product)(version)[:1]]
        return list(dict.fromkeys([*shown, *hosts]))[:EXAMPLES]

    def _by_relevance(self, counts: Mapping[str, Mapping[str, int]], shown: Sequence[str], groups_of: Mapping[str, Sequence[str]]) -> list[str]:
        """The product that hosts or their groups are called after, then other services known to the assistant, then the rest; each by number of hosts."""
        names = [*shown, *(group for groups in groups_of.values() for group in groups)]
        after = {product for product in counts if any(names_product(name, product) for name in names)}
        return sorted(counts, key=lambda product: (product not in after, product not in known_products(), -sum(counts[product].values()), product))

    def _host_entries(self, hosts: Sequence[str], groups_of: Mapping[str, Sequence[str]], order: Sequence[str]) -> list[Host]:
        self.deployed.ask(hosts)
        software = self.deployed.software(hosts)
        rank = {self.deployed.name(product): position for position, product in enumerate(order)}
        entries: list[Host] = []
        for number, host in enumerate(hosts):
            in_inventory = host in self.index.hosts(host)
            if not in_inventory:
                self.warnings.append(f"{host} is in the versions CSV but not in the inventory.")
            items = sorted(software[host], key=lambda item: (rank.get(item.product, len(rank)), item.product not in known_products(), item.product))
            variables = clean_variables(self.inventory.variables(host, self.wanted), self.wanted) if in_inventory and number < MAX_RENDERED else {}
            entry: Host = {
                "name": host,
                "groups": list(groups_of.get(host, ()))[:MAX_MENTIONED],
                "software": [t.cast("Software", item._asdict()) for item in items[:MAX_SOFTWARE]],
                "vars": variables,
            }
            if not items and self.versions is not None:
                self._warn_about_no_rows(host)
            entries.append(entry)
        return entries

    def _product_entry(self, product: str, counts: Mapping[str, int], examples_of: Callable[[str], list[str]]) -> Product:
        shown = list(counts)[:MAX_VERSIONS]
        entry: Product = {
            "name": product,
            "versions": {version: examples_of(version) for version in shown},
            "counts": {version: counts[version] for version in shown},
        }
        if len(counts) > len(shown):
            entry["omitted"] = {"versions": len(counts) - len(shown)}
        return entry

    def _infrastructure(self, hosts: list[Host], products: list[Product], more_hosts: int, more_products: int) -> Infrastructure:
        infrastructure: Infrastructure = {"hosts": hosts, "products": products}
        omitted = {name: count for name, count in (("hosts", more_hosts), ("products", more_products)) if count > 0}
        if omitted:
            infrastructure["omitted"] = t.cast("Omitted", omitted)
        return infrastructure

    def _fleet(self) -> Fleet:
        summary = self.deployed.fleet_counts()
        totals = sorted(((product, sum(counts.values())) for product, counts in summary.items()), key=lambda item: (-item[1], item[0]))
        groups = sum(group not in ("all", "ungrouped") for group in self.index.groups)
        return {"host_count": len(self.index), "group_count": groups, "products": dict(totals[:MAX_MENTIONED])}

    @staticmethod
    def _mentioned(mentions: Mentions) -> Mentioned:
        return {
            "hosts": mentions.hosts[:MAX_MENTIONED],
            "groups": mentions.groups[:MAX_MENTIONED],
            "products": mentions.products[:MAX_MENTIONED],
            "versions": [{"product": product, "version": version} for product, version in mentions.versions[:MAX_MENTIONED]],
        }

    # --- warnings -----------------------------------------------------------------------------------------------------

    def _warn_about_file(self) -> None:
        if self.versions is not None:
            skipped = self.versions.warnings
            self.warnings += skipped[:2]
            if len(skipped) > 2:
                more = self.versions.faults - 2
                self.warnings.append(f"{self.versions.path}: {'1 more row has' if more == 1 else f'{more} more rows have'} such faults.")

    def _warn_about_lost(self, product: str) -> None:
        if self.versions is None or not len(self.index):
            return
        lost = self.versions.lost_servers(self.index.fits, self.deployed.name(product))
        if lost:
            which = "1 server" if len(lost) == 1 else f"{len(lost)} servers"
            missing = f"is not in the inventory: {lost[0]}" if len(lost) == 1 else f"are not in the inventory, for example {', '.join(lost[:EXAMPLES])}"
            self.warnings.append(f"{which} of {product} in the versions CSV {missing}.")

    def _warn_about_no_rows(self, host: str) -> None:
        servers = self.versions.find_server(host) if self.versions is not None else []
        if len(servers) > 1:
            self.warnings.append(
                f"The versions CSV has {len(servers)} servers that {host} may mean ({', '.join(servers[:EXAMPLES])}); write the full name in the inventory."
            )

    def _said_warnings(self) -> list[str]:
        said = list(dict.fromkeys(self.warnings))
        return (
            said
            if len(said) <= MAX_WARNINGS
            else [*said[:MAX_WARNINGS], f"There is more to mend in the inventory and the versions CSV ({len(said) - MAX_WARNINGS})."]
        )


def _covers(written: str, deployed: str, product: str) -> bool:
    """Tell whether a version as people write it (3.4) is, or begins, a deployed one (3.4.0, 2:3.4.1-1)."""
    # Few questions write a version, and the others are spared what reads it.
    from ..catalogue._release import read_release

    release, other = read_release(written, product), read_release(deployed, product)
    return release is not None and other is not None and release.covers(other)


def _split_scope(entry: str) -> list[str]:
    # A comma inside brackets belongs to a range.
    parts, depth, current = [], 0, ""
    for char in entry:
        depth += (char in "[{") - (char in "]}")
        if depth <= 0 and (char == "," or char.isspace()):
            parts.append(current)
            current = ""
        else:
            current += char
    return [part for part in (*parts, current) if part]


def _some(hosts: Sequence[str]) -> str:
    return ", ".join(hosts[:EXAMPLES]) + (f" and {len(hosts) - EXAMPLES} more" if len(hosts) > EXAMPLES else "")


def _target(product: str, version: str | None, hosts: Sequence[str], why: Why) -> Target:
    return {"product": product, "version": version, "hosts": list(hosts[:EXAMPLES]), "why": why}
