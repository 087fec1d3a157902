# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A gateway's own view of the infrastructure: inventory files read as Ansible reads them, outside a play, and read again when they change.

Without the vault's password what is encrypted stays unknown: a whole file is left out with a warning, a single value is shown as redacted.
"""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import importlib
import logging
import os
import sys
import threading
import time
import typing as t

from ansible.errors import AnsibleError
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader
from ansible.template import Templar
from ansible.vars.hostvars import HostVars
from ansible.vars.manager import VariableManager
from ansible_collections.infra_llm.assistant.plugins.module_utils._errors import InfraLlmError
from ansible_collections.infra_llm.assistant.plugins.module_utils.infrastructure._digest import describe
from ansible_collections.infra_llm.assistant.plugins.plugin_utils._ask import open_play_versions
from ansible_collections.infra_llm.assistant.plugins.plugin_utils._host_variables import ForgivingLoader
from ansible_collections.infra_llm.assistant.plugins.plugin_utils._inventory import PlayInventory

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from ansible_collections.infra_llm.assistant.plugins.module_utils.infrastructure._description import Description
    from ansible_collections.infra_llm.assistant.plugins.module_utils.infrastructure._versions_csv import Versions

_LOOK_SECONDS = 5.0  # between two looks whether a file has changed
_IGNORED = frozenset({".git", ".svn", "__pycache__"})
_VAULT_ADVICE = "the gateway has no vault password, so keep what the assistant may know in files that are not encrypted"
_BESIDE = ("group_vars", "host_vars")  # what Ansible reads beside a file of hosts
_log = logging.getLogger("infra_llm.gateway")

_State = tuple[tuple[str, int, int], ...]


def _load_plugins() -> None:
    """Do what every program of Ansible does at first: from then on plugins of collections are found."""
    if any(type(finder).__name__ == "_AnsibleCollectionFinder" for finder in sys.meta_path):
        return
    init_plugin_loader()
    # A gateway has come here by Python's own import. Its packages, though not what is in them, are imported once more by Ansible's,
    # which refuses to find anything below a collection whose metadata it has not read.
    package = __name__.partition(".plugins.")[0]
    names = package.split(".")
    for depth in range(1, len(names) + 1):
        sys.modules.pop(".".join(names[:depth]), None)
    importlib.import_module(package)


class _SharedInventory:
    """An inventory for several threads, where Ansible's objects are made for one: each look into them takes its turn, reading a question does not."""

    def __init__(self, inventory: PlayInventory, using: threading.Lock) -> None:
        self._inventory = inventory
        self._using = using

    def groups(self) -> Mapping[str, Sequence[str]]:
        return self._inventory.groups()

    def variables(self, host: str, wanted: Callable[[str], bool]) -> Mapping[str, object]:
        with self._using:
            return self._inventory.variables(host, wanted)

    def software(self, hosts: Iterable[str]) -> Mapping[str, object]:
        with self._using:
            return self._inventory.software(hosts)

    def addresses(self) -> Mapping[str, str]:
        with self._using:
            return self._inventory.addresses()

    def warnings(self) -> list[str]:
        with self._using:
            return self._inventory.warnings()


class FileInventory:
    """Inventory ``sources`` and the versions CSV, that is ``versions_csv`` or the one beside a source; safe to use from several threads.

    ``allow`` and ``deny`` are the globs of ``hostvars_allow`` and ``hostvars_deny``.
    """

    def __init__(
        self,
        sources: Sequence[str],
        *,
        versions_csv: str | None,
        versions_csv_encoding: str | None = None,
        state_dir: str,
        allow: Iterable[str] | None = None,
        deny: Iterable[str] = (),
    ) -> None:
        _load_plugins()
        self._sources = list(sources)
        self._csv: dict[str, t.Any] = {"versions_csv": versions_csv, "versions_csv_encoding": versions_csv_encoding, "state_dir": state_dir}
        self._allow = None if allow is None else list(allow)
        self._deny = list(deny)
        self._using = threading.Lock()  # one for all views, for part of what they use belongs to Ansible as a whole
        self._loading = threading.Lock()
        self._inventory: _SharedInventory | None = None
        self._state: _State = ()

    def describe(self, question: str, hosts: Sequence[str]) -> Description:
        """What `infrastructure._digest.describe` returns; what is wrong with a file becomes a warning."""
        if self._inventory is None:
            self.refresh()
        inventory = self._inventory
        warnings: list[str] = []
        versions = self._versions(warnings)
        if inventory is None:
            inventory = _SharedInventory(PlayInventory({}, None), self._using)
            warnings.append("The gateway's copy of the inventory cannot be read; its log says why.")
        context = describe(question, inventory, versions, hosts=list(hosts), hostvars_allow=self._allow, hostvars_deny=self._deny)
        context["warnings"] = [*warnings, *inventory.warnings(), *context["warnings"]]
        return context

    def _versions(self, warnings: list[str]) -> Versions | None:
        try:
            return open_play_versions(self._csv, {"ansible_inventory_sources": self._sources}, DataLoader())
        except (InfraLlmError, AnsibleError) as exc:
            warnings.append(exc.message)
            return None

    def refresh(self) -> bool:
        """Read the files when one has changed since; returns whether they were read. Files that cannot be used leave the former view in force."""
        with self._loading:
            state = self._look()
            if state == self._state:
                return False
            self._state = state
            started = time.monotonic()
            try:
                inventory, hosts = self._read()
            except Exception as exc:
                # Whatever is in the files, questions go on being answered.
                _log.error("the inventory cannot be read: %s", str(exc).replace("\n", " ") if isinstance(exc, AnsibleError) else type(exc).__name__)
                return False
            if not hosts and self._inventory is not None:
                _log.error("the inventory has no hosts any more; the former one stays in use")
                return False
            self._inventory = _SharedInventory(inventory, self._using)
            _log.info("inventory read in %.1f s: %d hosts", time.monotonic() - started, hosts)
            return True

    def _read(self) -> tuple[PlayInventory, int]:
        loader = ForgivingLoader(vault_advice=_VAULT_ADVICE)
        manager = InventoryManager(loader, sources=self._sources)
        hostvars = HostVars(manager, VariableManager(loader, manager), loader)
        groups = manager.get_groups_dict()
        inventory = PlayInventory({"hostvars": hostvars, "groups": groups}, Templar(loader))
        return inventory, len(groups.get("all", ()))

    def _look(self) -> _State:
        """Name, size and time of change of every file of the sources and of the variables beside them."""
        paths: set[str] = set()
        for source in self._sources:
            if os.path.isdir(source):
                paths.update(_below(source))
                continue
            paths.add(source)
            for name in _BESIDE:
                paths.update(_below(os.path.join(os.path.dirname(source), name)))
        found = []
        for path in sorted(paths):
            try:
                status = os.stat(path)
            except OSError:
                continue
            found.append((path, status.st_size, status.st_mtime_ns))
        return tuple(found)

    def keep_fresh(self) -> None:
        """Read the files now, and from then on whenever they change, in the background."""

        def watch() -> None:
            while True:
                try:
                    self.refresh()
                except OSError as exc:
                    _log.error("the inventory cannot be looked at: %s", exc)
                time.sleep(_LOOK_SECONDS)

        threading.Thread(target=watch, name="inventory", daemon=True).start()


def _below(root: str) -> Iterator[str]:
    """The paths of the files below a directory."""
    for directory, folders, names in os.walk(root):
        folders[:] = set(folders) - _IGNORED
        for name in names:
            yield os.path.join(directory, name)
