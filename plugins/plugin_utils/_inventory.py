# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible's own inventory, as the engine sees it (`Inventory` of ``infrastructure/_digest.py``).

Before a host's variables are rendered, every value that came out of Ansible Vault is swapped for a placeholder, so whatever a template
builds of it (a DSN, a hash, an encoding) holds the placeholder and not the secret. What was built of it before, by `set_fact` or an
inventory plugin, bears no mark; therefore a shown string that contains the plaintext of a vaulted value is redacted as well.
"""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import base64
import re
import typing as t
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from ansible.errors import AnsibleError
from ansible.parsing.vault import EncryptedString, VaultHelper, is_encrypted
from ansible_collections.infra_llm.assistant.plugins.module_utils.infrastructure._redaction import VAULTED
from ansible_collections.infra_llm.assistant.plugins.module_utils.infrastructure._secret_patterns import REDACTED
from ansible_collections.infra_llm.assistant.plugins.module_utils.infrastructure._variable_filter import SOFTWARE_VARIABLE
from ansible_collections.infra_llm.assistant.plugins.plugin_utils._host_variables import HostVariables

if t.TYPE_CHECKING:
    from ansible.template import Templar

# Nothing can render to this by chance, and it is nothing that a template would run.
_PLACEHOLDER: t.Final = "infra_llm-5f1c9e07-vaulted-value"
# What Ansible itself adds to every host: sometimes large, never a secret of the operator's files, and no news about the host.
_MAGIC: t.Final = frozenset(
    """
    groups hostvars vars omit ansible_facts environment ansible_version play_hosts ansible_play_hosts ansible_play_name playbook_dir
    inventory_dir inventory_file role_path role_name ansible_role_name ansible_config_file ansible_run_tags
    """.split()
)
_TEMPLATE = re.compile(r"\{[{%]")
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")
# A lookup in a variable may cost or change something, and may be this collection's own.
_LOOKUPS: t.Final = frozenset(("lookup", "query", "q"))
_ADDRESS_VARIABLES: t.Final = ("ansible_host", "ansible_ssh_host", "ip", "access_ip", "ipv4_address", "private_ip", "public_ip")
# Reading a host's variables costs about 0.2 ms: a larger inventory is searched for addresses only where its hosts are listed.
_MAX_READ_FOR_ADDRESSES: t.Final = 300
# A shorter plaintext is in too many strings by chance.
_MIN_PLAINTEXT: t.Final = 4
# Ansible Vault derives a key for each value, about 5 ms.
_MAX_DECRYPTED: t.Final = 200
_NO_SECRET: t.Final = frozenset(("true", "false", "none", "null"))
_NUMBERS = re.compile(r"\d+(?:\.\d+)+")


class PlayInventory:
    """Inventory of a running play, from the variables of a task or lookup (``task_vars``) and its templar."""

    def __init__(self, task_vars: Mapping[str, t.Any], templar: Templar) -> None:
        self._hostvars = task_vars.get("hostvars", {})
        self._host_variables = HostVariables(self._hostvars)
        self._groups: Mapping[str, Sequence[str]] = task_vars.get("groups", {})
        self._templar = templar
        self._read: dict[str, Mapping[str, t.Any]] = {}
        self._play_variables = task_vars
        self._plaintexts: _Plaintexts | None = None

    def groups(self) -> Mapping[str, Sequence[str]]:
        """Return Ansible's mapping of group -> hosts."""
        return self._groups

    def variables(self, host: str, wanted: Callable[[str], bool]) -> Mapping[str, object]:
        """Return those variables of a host whose names are wanted as plain data: undefined and failing ones absent, vaulted ones as `VAULTED`.

        Nothing else is rendered.
        """
        raw = self._raw(host)
        return self._render(host, [name for name in raw if name not in _MAGIC and wanted(name)])

    def software(self, hosts: Iterable[str]) -> Mapping[str, object]:
        """Return the rendered ``infra_llm_software`` of those of the hosts that have it."""
        found: dict[str, object] = {}
        for host in hosts:
            raw = self._raw(host)
            if SOFTWARE_VARIABLE in raw:
                rendered = self._render(host, [SOFTWARE_VARIABLE])
                if SOFTWARE_VARIABLE in rendered:
                    found[host] = rendered[SOFTWARE_VARIABLE]
        return found

    def addresses(self) -> Mapping[str, str]:
        """Return address -> host from the hosts' connection addresses and gathered facts; templated addresses are not rendered."""
        found: dict[str, str] = {}
        hosts = list(self._groups.get("all", ()))
        listed = getattr(getattr(self._hostvars, "_inventory", None), "hosts", {})
        for host in hosts:
            # The Host object knows what the inventory source says; reading all variables of ten thousand hosts would take seconds.
            variables = getattr(listed.get(host), "vars", None) or {}
            if len(hosts) <= _MAX_READ_FOR_ADDRESSES or not any(name in variables for name in _ADDRESS_VARIABLES):
                variables = self._raw(host) if len(hosts) <= _MAX_READ_FOR_ADDRESSES else variables
            for address in _addresses_of(variables):
                found.setdefault(address, str(host))
        return found

    def _render(self, host: str, names: Iterable[str]) -> dict[str, object]:
        if self._plaintexts is None:
            self._plaintexts = _Plaintexts(self._groups)
            # vars_files and vars of the play are no variables of a host, but facts may have been made of them
            self._plaintexts.collect(value for name, value in self._play_variables.items() if name not in _MAGIC)
        rendering = _Rendering(self._raw(host), self._templar)
        self._plaintexts.collect(rendering.raw[name] for name in rendering.vaulted)
        return {name: self._plaintexts.without(value) for name, value in rendering.render(names).items()}

    def _raw(self, host: str) -> Mapping[str, t.Any]:
        known = self._read.get(host)
        if known is None:
            known = self._read[host] = self._host_variables.get(host)
        return known

    def warnings(self) -> list[str]:
        """Return a sentence about the files of variables that could not be read so far, if any."""
        return self._host_variables.warnings()


class _Plaintexts:
    """The plaintexts of vaulted values, as far as Ansible has them or can decrypt them without asking."""

    def __init__(self, public: Collection[str]) -> None:
        self._public = public
        self._known: set[str] = set()
        self._decrypted: dict[str, None] = {}

    def collect(self, values: Iterable[object]) -> None:
        """Add the plaintexts of everything vaulted in the values."""
        for value in values:
            if isinstance(value, Mapping):
                self.collect(value.values())
            elif isinstance(value, (list, tuple)):
                self.collect(value)
            elif _is_vaulted(value):
                self._add(value)

    def _add(self, value: object) -> None:
        ciphertext = VaultHelper.get_ciphertext(value, with_tags=False)
        if ciphertext is not None:
            if ciphertext in self._decrypted or len(self._decrypted) >= _MAX_DECRYPTED:
                return
            self._decrypted[ciphertext] = None
        try:
            text = str(value).strip()
        except (AnsibleError, ReferenceError, ValueError):
            return  # its password is not known, so nothing can have been built of it in this run
        # The name of a group is shown in any case, versions and addresses are no secrets, and an expression holds no plaintext.
        if len(text) < _MIN_PLAINTEXT or text in self._public or text.lower() in _NO_SECRET or _NUMBERS.fullmatch(text) or _TEMPLATE.search(text):
            return
        self._known.add(text.lower())
        # All but the last characters of the encoding are the same when more follows.
        encoded = base64.b64encode(text.encode("utf-8", "surrogateescape")[: len(text) // 3 * 3]).decode()
        if len(encoded) >= 8:
            self._known.add(encoded.lower())

    def without(self, value: object) -> t.Any:
        """Return rendered data with every plaintext in it redacted, in any case of its letters."""
        if not self._known or value is VAULTED or value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            return self._without(value)
        if isinstance(value, (int, float)):
            return VAULTED if str(value) in self._known else value
        if isinstance(value, Mapping):
            return {self._without(str(key)): self.without(item) for key, item in value.items()}
        return [self.without(item) for item in t.cast("list[object]", value)]

    def _without(self, text: str) -> str:
        lowered = text.lower()
        found = sorted((plain for plain in self._known if plain in lowered), key=len, reverse=True)
        for plain in found:
            text = re.sub(re.escape(plain), REDACTED, text, flags=re.IGNORECASE)
        # lower() and IGNORECASE differ for a few letters
        return REDACTED if found and REDACTED not in text else text


class _Rendering:
    """Rendering of one host's variables without their vaulted values."""

    def __init__(self, raw: Mapping[str, t.Any], templar: Templar) -> None:
        self.raw = raw
        self.vaulted: set[str] = set()
        safe: dict[str, t.Any] = {}
        for name, value in raw.items():
            safe[name] = value
            if name not in _MAGIC:
                safe[name] = _without_vaulted(value)
                if safe[name] is not value:
                    self.vaulted.add(name)
        self.safe = safe
        self.templar = templar.copy_with_new_env(available_variables=safe)

    def render(self, names: Iterable[str]) -> dict[str, object]:
        rendered: dict[str, object] = {}
        for name in names:
            behind = self._behind(name)
            if behind & _LOOKUPS:
                continue
            try:
                value = _plain(self.templar.template(self.safe[name]))
            except (AnsibleError, RecursionError):
                continue
            except _NotPlainError:
                continue
            # A filter has made something of a vaulted value in which the placeholder cannot be seen any more.
            if (behind & self.vaulted) - {name} and not _holds_vaulted(value):
                value = VAULTED
            rendered[name] = value
        return rendered

    def _behind(self, name: str) -> set[str]:
        """Return every identifier in the templates behind a variable, through the variables they name: more than are used, never fewer."""
        found: set[str] = set()
        waiting = [name]
        while waiting:
            for identifier in _identifiers(self.safe.get(waiting.pop())):
                if identifier not in found:
                    found.add(identifier)
                    if identifier in self.safe and identifier not in _MAGIC:
                        waiting.append(identifier)
        return found


def _identifiers(value: object) -> set[str]:
    if isinstance(value, str):
        return set(_IDENTIFIER.findall(value)) if _TEMPLATE.search(value) else set()
    if isinstance(value, Mapping):
        return set().union(*(_identifiers(item) for pair in value.items() for item in pair))
    if isinstance(value, (list, tuple)):
        return set().union(*map(_identifiers, value))
    return set()


def _without_vaulted(value: t.Any) -> t.Any:
    """Return ``value`` with everything that came out of Ansible Vault swapped for the placeholder; itself when there is nothing such."""
    if isinstance(value, Mapping):
        swapped = {_without_vaulted(key): _without_vaulted(item) for key, item in value.items()}
        same = all(old is new for old, new in zip(value.values(), swapped.values(), strict=False)) and len(swapped) == len(value)
        return value if same and all(old is new for old, new in zip(value, swapped, strict=False)) else swapped
    if isinstance(value, (list, tuple)):
        items = [_without_vaulted(item) for item in value]
        return value if all(old is new for old, new in zip(value, items, strict=True)) else items
    return _PLACEHOLDER if _is_vaulted(value) else value


def _is_vaulted(value: object) -> bool:
    if isinstance(value, EncryptedString):
        return True
    if value is None or isinstance(value, bool):
        return False
    if VaultHelper.get_ciphertext(value, with_tags=False) is not None:
        return True
    return _is_of_encrypted_file(value)


def _is_of_encrypted_file(value: object) -> bool:
    """Tell whether a value was read from a wholly encrypted file: Ansible marks it in no other way than by its origin."""
    try:
        from ansible._internal._datatag._tags import Origin
    except ImportError:
        return True  # a core that keeps origins elsewhere: no value can be shown to be harmless
    tag = Origin.get_tag(value)
    return tag is not None and tag.path is not None and _is_encrypted_file(str(tag.path))


_encrypted_files: dict[str, bool] = {}


def _is_encrypted_file(path: str) -> bool:
    known = _encrypted_files.get(path)
    if known is None:
        try:
            with open(path, "rb") as file:
                known = is_encrypted(file.read(64))
        except (OSError, ValueError):
            known = True  # it cannot be shown to be harmless
        _encrypted_files[path] = known
    return known


class _NotPlainError(Exception):
    """A value that is no plain data, an undefined marker for instance."""


def _plain(value: object) -> t.Any:
    """Return rendered data as native types; Ansible's are tagged subclasses."""
    if value is None or isinstance(value, bool):
        return value
    if _is_vaulted(value):
        return VAULTED
    if isinstance(value, str):
        text = "".join(value)
        return VAULTED if text.strip() == _PLACEHOLDER else text.replace(_PLACEHOLDER, REDACTED)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, Mapping):
        plain = ((_plain(key), _plain(item)) for key, item in value.items())
        return {REDACTED if key is VAULTED else str(key): item for key, item in plain}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(item) for item in value]
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    raise _NotPlainError(type(value).__name__)


def _holds_vaulted(value: object) -> bool:
    if value is VAULTED:
        return True
    if isinstance(value, str):
        return REDACTED in value
    if isinstance(value, Mapping):
        return any(_holds_vaulted(item) for item in value.values())
    return isinstance(value, list) and any(map(_holds_vaulted, value))


def _addresses_of(variables: Mapping[str, t.Any]) -> list[str]:
    import ipaddress

    candidates: list[object] = [variables.get(name) for name in _ADDRESS_VARIABLES]
    facts = variables.get("ansible_facts")
    if isinstance(facts, Mapping):
        for name in ("all_ipv4_addresses", "all_ipv6_addresses"):
            listed = facts.get(name)
            candidates.extend(listed if isinstance(listed, (list, tuple)) else ())
    found = []
    for candidate in candidates:
        if isinstance(candidate, str) and not isinstance(candidate, EncryptedString):
            try:
                found.append(str(ipaddress.ip_address(candidate.strip("[] "))))
            except ValueError:
                continue
    return found
