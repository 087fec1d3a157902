# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to the collection: names here may change in any release.
"""The digest of the operator's infrastructure that goes to the gateway with a question: bounded, plain, redacted."""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Iterable, Mapping, Sequence

from ._mentions import Mentions, find_mentions, names_product
from ._names import name_index
from ._products import KNOWN, normalise_product, spaced
from ._redaction import SOFTWARE_VARIABLE, clean_variables, redact_text, variable_filter
from ._versions_csv import Software, Versions

MAX_NAMED_HOSTS: t.Final = 8  # hosts that the question names one by one
MAX_RENDERED: t.Final = 5  # hosts whose variables are rendered
MAX_ALL_SHOWN: t.Final = 5  # a group of up to this many hosts is shown whole, a larger one by EXAMPLES
EXAMPLES: t.Final = 3
MAX_SOFTWARE: t.Final = 30
MAX_PRODUCTS: t.Final = 12
MAX_VERSIONS: t.Final = 10
MAX_TARGETS: t.Final = 24
MAX_FLEET_TARGETS: t.Final = 60
MAX_MENTIONED: t.Final = 50
MAX_WARNINGS: t.Final = 5
# Looking for infra_llm_software costs about 0.2 ms a host: in larger inventories a few of the hosts that matter are asked, and all of these when one has it.
MAX_ASKED_FOR_SOFTWARE: t.Final = 100
FIRST_ASKED: t.Final = 8


class Inventory(t.Protocol):
    """What the engine needs of an inventory; everything it returns is plain data."""

    def groups(self) -> Mapping[str, Sequence[str]]:
        """Return group -> hosts, with Ansible's own ``all``; the same object while nothing changes."""

    def addresses(self) -> Mapping[str, str]:
        """Return IP address -> host. Costly: asked only when a question holds an address."""

    def variables(self, host: str) -> Mapping[str, object]:
        """Return rendered variables of a host: undefined ones absent, vaulted ones as `VAULTED`."""

    def software(self, hosts: Iterable[str]) -> Mapping[str, object]:
        """Return host -> its rendered ``infra_llm_software``, for those of the hosts that have it."""


def describe(
    question: str,
    inventory: Inventory,
    versions: Versions | None,
    *,
    hosts: Sequence[str] | None = None,
    current_host: str | None = None,
    hostvars_allow: Sequence[str] | None = None,
    hostvars_deny: Sequence[str] = (),
) -> dict[str, t.Any]:
    """Return what the gateway must know of the infrastructure to answer ``question``: plain JSON data without secrets.

    What the question names decides; else the scope ``hosts`` (names, groups, ranges, globs); else ``current_host`` when the inventory has it;
    else the whole fleet. ``versions`` is None when there is no CSV. Keys of the result:

    ``infrastructure``: ``{hosts: [{name, groups, software: [{product, version, os_version}], vars}], products: [{name, versions: {version: [hosts]}, counts: {version: n}}],
    omitted: {hosts: n, products: n}}``. Up to eight named hosts are listed, others up to five, else three examples; at most five have ``vars``.
    ``versions`` lists at most three hosts a version (ten versions, most hosts first), ``counts`` says how many there are; ``omitted`` is there only when something is.

    ``targets``: ``[{product, version, hosts, why}]``, most relevant first: whose documentation to search. ``why`` is ``question`` (named there), ``host`` (runs on the hosts of the question,
    the scope or the play) or ``fleet``; ``version`` is as deployed or as the question writes it, None for a product that is named and deployed nowhere.

    ``mentions``: ``{hosts, groups, products, versions: [{product, version}]}`` as found, ``fleet``: ``{host_count, group_count, products: {name: hosts}}`` when the question
    and the scope leave everything open (else empty), ``warnings``: sentences for the user.
    """
    return _Digest(question, inventory, versions, hosts, current_host, variable_filter(hostvars_allow, hostvars_deny)).build()


class _Digest:
    def __init__(
        self,
        question: str,
        inventory: Inventory,
        versions: Versions | None,
        scope: Sequence[str] | None,
        current_host: str | None,
        wanted: Callable[[str], bool],
    ) -> None:
        self.inventory = inventory
        self.versions = versions
        self.wanted = wanted
        self.index = name_index(inventory.groups())
        self.warnings: list[str] = []
        self.overrides: dict[str, list[Software]] = {}
        self.asked: set[str] = set()
        self._names: tuple[int, dict[str, str]] = (-1, {})
        self._known_software: dict[str, list[Software]] = {}
        self._counted: list[tuple[Sequence[str], dict[str, dict[str, int]]]] = []
        everyone = inventory.groups().get("all", ())
        if len(everyone) <= MAX_ASKED_FOR_SOFTWARE:
            self._ask_software(everyone)
        self.mentions = find_mentions(
            question,
            self.index,
            products=self._deployed_names(),
            find_server=None if versions is None else versions.find_server,
            addresses=inventory.addresses,
        )
        self.scope = self._resolve_scope(scope)
        self.current = [host for host in [current_host] if host is not None and host in self.index.hosts(host)]

    # --- what the question is about -----------------------------------------------------------------------------------

    def build(self) -> dict[str, t.Any]:
        named = self._named_hosts()
        context = self.scope or self.current
        self._warn_about_file()
        infrastructure: dict[str, t.Any]
        fleet: dict[str, t.Any] = {}
        if named:
            infrastructure, targets = self._about_hosts(named, "question", self.mentions.products, explicit=bool(self._hard(self.mentions.hosts)))
        elif self.mentions.products:
            infrastructure, targets = self._about_products(self.mentions.products, context)
        elif context:
            infrastructure, targets = self._about_hosts(context, "host", [], explicit=len(context) <= MAX_ALL_SHOWN)
        else:
            fleet = self._fleet()
            infrastructure, targets = self._about_fleet()
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

    def _about_hosts(self, hosts: list[str], why: str, products: list[str], *, explicit: bool) -> tuple[dict[str, t.Any], list[dict[str, t.Any]]]:
        """Describe the hosts; the targets are the named products on them, else what they run, the product that names them first."""
        counts = self._counts(hosts)
        shown = self._shown(hosts, explicit, products)
        groups_of = self.index.groups_of(shown)
        order = products or self._by_relevance(counts, shown, groups_of)
        entries = self._host_entries(shown, groups_of, order)
        listed = [self._deployed_name(product) for product in products] if products else order[:MAX_PRODUCTS]
        product_entries = [self._product_entry(product, counts[product], self._among(hosts, product)) for product in listed if product in counts]
        targets: list[dict[str, t.Any]] = []
        for product in products:
            targets += self._product_targets(product, counts.get(self._deployed_name(product), {}), hosts, "question")
        for product in () if products else order:
            written = self._written(product)
            targets += [_target(product, version, [], "question") for version in written]
            targets += [_target(product, version, self._among(hosts, product)(version), why) for version in list(counts[product])[:MAX_VERSIONS] if version not in written]
        for product, version in self.mentions.versions:
            if product is None and order and not products:
                targets.insert(0, _target(order[0], version, [], "question"))
        for product in products:  # named, but not on these hosts: what others run is the next best
            if self._deployed_name(product) not in counts and self._all_counts(product):
                self.warnings.append(f"{product} is not known to run on {_some(hosts)}.")
        infrastructure = self._infrastructure(entries, product_entries, len(hosts) - len(shown), 0 if products else len(order) - len(product_entries))
        return infrastructure, targets[:MAX_TARGETS]

    def _about_products(self, products: list[str], context: list[str]) -> tuple[dict[str, t.Any], list[dict[str, t.Any]]]:
        """Describe products that are named without hosts: as the scope or the play's host runs them, else as the fleet does."""
        entries: list[dict[str, t.Any]] = []
        targets: list[dict[str, t.Any]] = []
        examples: list[str] = []
        shown_of_context = context[:MAX_ALL_SHOWN]
        for product in products:
            name = self._deployed_name(product)
            here = self._counts(context).get(name, {}) if context else {}
            everywhere = self._all_counts(product)
            self._warn_about_lost(product)
            examples_of = self._among(context, name) if here else self._anywhere(name)
            if everywhere:
                entries.append(self._product_entry(name, here or everywhere, examples_of))
            targets += self._product_targets(product, here or everywhere, context if here else None, "question")
            examples += [host for version in list(here or everywhere)[:EXAMPLES] for host in examples_of(version)[:1]]
        runs_here = bool(context) and any(name in self._counts(context) for name in map(self._deployed_name, products))
        known = [host for host in dict.fromkeys(shown_of_context if runs_here else examples) if host in self.index.hosts(host)]
        shown = known[: MAX_ALL_SHOWN if runs_here else EXAMPLES]
        groups_of = self.index.groups_of(shown)
        total = len(context) if runs_here else sum(sum(self._all_counts(product).values()) for product in products)
        return self._infrastructure(self._host_entries(shown, groups_of, products), entries, max(0, total - len(shown)), 0), targets[:MAX_TARGETS]

    def _about_fleet(self) -> tuple[dict[str, t.Any], list[dict[str, t.Any]]]:
        """Describe everything: services that the assistant knows before base packages, each by number of hosts."""
        summary = self._fleet_counts()
        order = sorted(summary, key=lambda product: (product not in KNOWN, -sum(summary[product].values()), product))
        entries = [self._product_entry(product, summary[product], self._anywhere(product)) for product in order[:MAX_PRODUCTS]]
        targets = [_target(product, version, self._anywhere(product)(version), "fleet") for product in order for version in list(summary[product])[:MAX_VERSIONS]]
        for product, version in self.mentions.versions:
            if product is not None:
                targets.insert(0, _target(product, version, [], "question"))
        return self._infrastructure([], entries, len(self.index), len(order) - len(entries)), targets[:MAX_FLEET_TARGETS]

    def _product_targets(self, product: str, counts: Mapping[str, int], hosts: list[str] | None, why: str) -> list[dict[str, t.Any]]:
        """The versions of one product that is named: as written in the question first, then as deployed."""
        name = self._deployed_name(product)
        examples_of = self._anywhere(name) if hosts is None else self._among(hosts, name)
        written = self._written(product)
        targets = [
            _target(product, version, [host for deployed in counts if _covers(version, deployed) for host in examples_of(deployed)][:EXAMPLES], why) for version in written
        ]
        if not written or hosts is not None:
            targets += [_target(product, version, examples_of(version), why) for version in list(counts)[:MAX_VERSIONS] if version not in written]
        if not targets:
            elsewhere = self._all_counts(product) if hosts is not None else {}
            targets = [_target(product, version, self._anywhere(name)(version), why) for version in list(elsewhere)[:MAX_VERSIONS]]
        return targets or [_target(product, None, [], why)]

    def _written(self, product: str) -> list[str]:
        return [version for of_product, version in self.mentions.versions if of_product == product]

    # --- what runs where ----------------------------------------------------------------------------------------------

    def _ask_software(self, hosts: Iterable[str]) -> None:
        new = [host for host in hosts if host not in self.asked][:MAX_ASKED_FOR_SOFTWARE]
        first = new if len(self.index) <= MAX_ASKED_FOR_SOFTWARE else new[:FIRST_ASKED]
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

    def _parse_software(self, host: str, value: object) -> list[Software]:
        items = value if isinstance(value, (list, tuple)) else [value]
        software = []
        for item in items:
            product, version = (item.get("product"), item.get("version")) if isinstance(item, Mapping) else (None, None)
            if not isinstance(product, str) or not product.strip() or not isinstance(version, (str, int, float)) or isinstance(version, bool) or not str(version).strip():
                self.warnings.append(f"{SOFTWARE_VARIABLE} of {host} must be a list of {{product, version}}; an item that is not is skipped.")
                continue
            os_version = item.get("os_version") if isinstance(item, Mapping) else None
            software.append(Software(normalise_product(redact_text(product)), redact_text(str(version).strip()), redact_text(os_version) if isinstance(os_version, str) else ""))
        return software

    def _deployed_names(self) -> dict[str, str]:
        if self._names[0] == len(self.overrides):
            return self._names[1]
        names = {} if self.versions is None else dict(self.versions.product_names())
        for software in self.overrides.values():
            names.update({spaced(item.product): names.get(spaced(item.product), item.product) for item in software})
        self._names = (len(self.overrides), names)
        return names

    def _deployed_name(self, product: str) -> str:
        return self._deployed_names().get(spaced(product), product)

    def _software(self, hosts: Sequence[str]) -> dict[str, list[Software]]:
        """Software of a few hosts: the CSV's rows, except of products which the host's variable lists, then that."""
        new = [host for host in hosts if host not in self._known_software]
        if new:
            self._ask_software(new)
            found: dict[str, list[Software]] = {host: [] for host in new}
            if self.versions is not None:
                found = self.versions.for_servers(new, shared_short_names=self.index.shared_short_names)
            for host in new:
                own = self.overrides.get(host, [])
                replaced = {item.product for item in own}
                self._known_software[host] = [item for item in found[host] if item.product not in replaced] + own
        return {host: self._known_software[host] for host in hosts}

    def _counts(self, hosts: Sequence[str]) -> dict[str, dict[str, int]]:
        """Product -> version -> how many of the hosts run it, most first."""
        if len(hosts) <= MAX_ASKED_FOR_SOFTWARE:
            return _count(self._software(hosts))
        for counted, counts in self._counted:
            if counted is hosts:
                return counts
        counts = {} if self.versions is None else self.versions.counts_for_servers(hosts, shared_short_names=self.index.shared_short_names)
        self._counted.append((hosts, counts))
        return counts

    def _all_counts(self, product: str) -> dict[str, int]:
        """Version -> number of hosts of one product in the fleet, with what host variables say in place of the CSV."""
        name = self._deployed_name(product)
        counts = {} if self.versions is None else dict(self.versions.version_counts(name))
        if len(self.asked) < len(self.index):
            # Where not every host is asked, the product's own groups are where the variable would be.
            self._ask_software(self.index.members(self.index.find_groups(spaced(product))))
        for host, software in self.overrides.items():
            own = [item.version for item in software if item.product == name]
            if own and self.versions is not None:
                for item in self.versions.for_servers([host], shared_short_names=self.index.shared_short_names)[host]:
                    if item.product == name and item.version in counts:
                        counts[item.version] -= 1
            for version in own:
                counts[version] = counts.get(version, 0) + 1
        return dict(sorted(((version, count) for version, count in counts.items() if count > 0), key=lambda item: -item[1]))

    def _fleet_counts(self) -> dict[str, dict[str, int]]:
        summary = {} if self.versions is None else self.versions.summary()
        changed = {item.product for software in self.overrides.values() for item in software}
        for product in changed:
            summary[product] = self._all_counts(product)
        return {product: counts for product, counts in summary.items() if counts}

    def _anywhere(self, product: str) -> Callable[[str], list[str]]:
        def examples(version: str) -> list[str]:
            own = [host for host, software in self.overrides.items() if any(item.product == product and item.version == version for item in software)]
            if self.versions is None:
                return own[:EXAMPLES]
            found = [self.index.host_of(server) for server in self.versions.examples(product, version, 3 * EXAMPLES)]
            found = [host for host in found if not any(item.product == product for item in self.overrides.get(host, ()))]
            found.sort(key=lambda host: not self.index.hosts(host))  # those of the inventory first
            return list(dict.fromkeys([*own, *found]))[:EXAMPLES]

        return examples

    def _among(self, hosts: Sequence[str], product: str) -> Callable[[str], list[str]]:
        def examples(version: str) -> list[str]:
            if len(hosts) <= MAX_ASKED_FOR_SOFTWARE:
                software = self._software(hosts)
                return [host for host in hosts if any(item.product == product and item.version == version for item in software[host])][:EXAMPLES]
            if self.versions is None:
                return []
            return self.versions.examples_among(hosts, product, version, EXAMPLES, shared_short_names=self.index.shared_short_names)

        return examples

    # --- the parts of the result --------------------------------------------------------------------------------------

    def _shown(self, hosts: list[str], explicit: bool, products: list[str]) -> list[str]:
        if explicit:
            named = self._hard(self.mentions.hosts) or hosts
            return named[:MAX_NAMED_HOSTS]
        if len(hosts) <= MAX_ALL_SHOWN:
            return hosts
        shown: list[str] = []
        for product in map(self._deployed_name, products):  # one host of each version tells more than three of the same
            counts = self._counts(hosts).get(product, {})
            shown += [host for version in list(counts)[:EXAMPLES] for host in self._among(hosts, product)(version)[:1]]
        return list(dict.fromkeys([*shown, *hosts]))[:EXAMPLES]

    def _by_relevance(self, counts: Mapping[str, Mapping[str, int]], shown: Sequence[str], groups_of: Mapping[str, Sequence[str]]) -> list[str]:
        """The product that hosts or their groups are called after, then other services known to the assistant, then the rest; each by number of hosts."""
        names = [*shown, *(group for groups in groups_of.values() for group in groups)]
        after = {product for product in counts if any(names_product(name, product) for name in names)}
        return sorted(counts, key=lambda product: (product not in after, product not in KNOWN, -sum(counts[product].values()), product))

    def _host_entries(self, hosts: Sequence[str], groups_of: Mapping[str, Sequence[str]], order: Sequence[str]) -> list[dict[str, t.Any]]:
        self._ask_software(hosts)
        software = self._software(hosts)
        rank = {self._deployed_name(product): position for position, product in enumerate(order)}
        entries = []
        for number, host in enumerate(hosts):
            in_inventory = host in self.index.hosts(host)
            if not in_inventory:
                self.warnings.append(f"{host} is in the versions CSV but not in the inventory.")
            items = sorted(software[host], key=lambda item: (rank.get(item.product, len(rank)), item.product not in KNOWN, item.product))
            variables = clean_variables(self.inventory.variables(host), self.wanted) if in_inventory and number < MAX_RENDERED else {}
            entry: dict[str, t.Any] = {
                "name": host,
                "groups": list(groups_of.get(host, ()))[:MAX_MENTIONED],
                "software": [item._asdict() for item in items[:MAX_SOFTWARE]],
                "vars": variables,
            }
            if not items and self.versions is not None:
                self._warn_about_no_rows(host)
            entries.append(entry)
        return entries

    def _product_entry(self, product: str, counts: Mapping[str, int], examples_of: Callable[[str], list[str]]) -> dict[str, t.Any]:
        shown = list(counts)[:MAX_VERSIONS]
        entry: dict[str, t.Any] = {
            "name": product,
            "versions": {version: examples_of(version) for version in shown},
            "counts": {version: counts[version] for version in shown},
        }
        if len(counts) > len(shown):
            entry["omitted"] = {"versions": len(counts) - len(shown)}
        return entry

    def _infrastructure(self, hosts: list[dict[str, t.Any]], products: list[dict[str, t.Any]], more_hosts: int, more_products: int) -> dict[str, t.Any]:
        omitted = {name: count for name, count in (("hosts", more_hosts), ("products", more_products)) if count > 0}
        return {"hosts": hosts, "products": products, **({"omitted": omitted} if omitted else {})}

    def _fleet(self) -> dict[str, t.Any]:
        summary = self._fleet_counts()
        totals = sorted(((product, sum(counts.values())) for product, counts in summary.items()), key=lambda item: (-item[1], item[0]))
        groups = sum(group not in ("all", "ungrouped") for group in self.index.groups)
        return {"host_count": len(self.index), "group_count": groups, "products": dict(totals[:MAX_MENTIONED])}

    @staticmethod
    def _mentioned(mentions: Mentions) -> dict[str, t.Any]:
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
                self.warnings.append(f"{self.versions.path}: {self.versions.skipped - 2} more rows are skipped.")

    def _warn_about_lost(self, product: str) -> None:
        if self.versions is None or not len(self.index):
            return
        lost = self.versions.lost_servers(self.index.fits, self._deployed_name(product))
        if lost:
            self.warnings.append(
                f"{len(lost)} servers of {product} in the versions CSV are not in the inventory, for example {', '.join(lost[:EXAMPLES])}."
            )

    def _warn_about_no_rows(self, host: str) -> None:
        servers = self.versions.find_server(host) if self.versions is not None else []
        if len(servers) > 1:
            self.warnings.append(f"The versions CSV has {len(servers)} servers that {host} may mean ({', '.join(servers[:EXAMPLES])}); write the full name in the inventory.")

    def _said_warnings(self) -> list[str]:
        said = list(dict.fromkeys(self.warnings))
        return said if len(said) <= MAX_WARNINGS else [*said[:MAX_WARNINGS], f"{len(said) - MAX_WARNINGS} more warnings about the inventory and the versions CSV."]


def _count(software: Mapping[str, Sequence[Software]]) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {}
    for items in software.values():
        for product, version in {(item.product, item.version) for item in items}:
            of_product = counts.setdefault(product, {})
            of_product[version] = of_product.get(version, 0) + 1
    ordered = {product: dict(sorted(found.items(), key=lambda item: (-item[1], item[0]))) for product, found in counts.items()}
    return dict(sorted(ordered.items(), key=lambda item: (-sum(item[1].values()), item[0])))


def _covers(written: str, deployed: str) -> bool:
    """Tell whether a version as people write it (3.4) is, or begins, a deployed one (3.4.0, 2:3.4.1-1)."""
    plain = written.lower().lstrip("v")
    upstream = deployed.lower().rpartition(":")[2].lstrip("v")
    return upstream == plain or (upstream.startswith(plain) and not upstream[len(plain)].isdigit())


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


def _target(product: str, version: str | None, hosts: Sequence[str], why: str) -> dict[str, t.Any]:
    return {"product": product, "version": version, "hosts": list(hosts[:EXAMPLES]), "why": why}
