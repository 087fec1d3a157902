# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts' raw variables as Ansible reads them, but without the files that it cannot read.

Ansible fails for every host that such a file is about. Here the file counts as empty and is remembered, with what is wrong with it.
"""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import contextlib
import functools
import os
import re
import typing as t
from collections.abc import Mapping

from ansible import constants as C  # noqa: N812
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import AnsibleVaultError
from ansible.plugins.loader import vars_loader
from ansible.utils.vars import combine_vars
from ansible.vars.hostvars import HostVars

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_NAMED: t.Final = 5  # files in one warning
_VAULTED: t.Final = "encrypted by Ansible Vault"
_VAULT_ADVICE: t.Final = "give the vault's password with --ask-vault-pass or --vault-password-file"
_PLACE = re.compile(r"\bline (\d+)")


class ForgivingLoader(DataLoader):
    """Takes a file that cannot be read for an empty one; ``unreadable`` has the reason by path, ``vault_advice`` says what helps against a vaulted one."""

    def __init__(self, original: DataLoader | None = None, *, vault_advice: str = _VAULT_ADVICE) -> None:
        super().__init__()
        if original is not None:
            # The same vault secrets, base directory and files that are read already.
            self.__dict__.update(original.__dict__)
        self.vault_advice = vault_advice
        self.unreadable: dict[str, str] = {}
        self.wants_mappings = False

    def load_from_file(self, file_name: str, *arguments: t.Any, **options: t.Any) -> t.Any:
        path = self.path_dwim(file_name)
        if path in self.unreadable:
            return {}
        if os.path.exists(path) and not os.path.isfile(path):
            return self._leave_out(path, "no regular file")  # a named pipe would never end
        try:
            data = super().load_from_file(file_name, *arguments, **options)
        except AnsibleVaultError:
            return self._leave_out(path, _VAULTED)
        except (AnsibleError, RecursionError, ValueError) as exc:
            return self._leave_out(path, _problem(exc))
        if self.wants_mappings and data and not isinstance(data, Mapping):
            return self._leave_out(path, "no mapping of variables")
        return data

    def _leave_out(self, path: str, reason: str) -> dict[str, t.Any]:
        self.unreadable[path] = reason
        return {}


def _problem(exc: Exception) -> str:
    """What is wrong with a file in a few words, without what stands in it."""
    if isinstance(exc.__cause__, OSError) and exc.__cause__.strerror:
        return exc.__cause__.strerror.lower()
    mark = getattr(exc.__cause__, "problem_mark", None)
    line = mark.line + 1 if mark is not None else (found[1] if (found := _PLACE.search(str(exc))) else None)
    return "not valid YAML" + (f", line {line}" if line is not None else "")


class HostVariables:
    """The raw variables of the hosts of ``hostvars``, which is Ansible's variable of that name."""

    def __init__(self, hostvars: t.Any) -> None:
        self._loader: ForgivingLoader | None = None
        self._failed: dict[str, str] = {}
        self._hostvars = hostvars
        if isinstance(hostvars, HostVars):
            own = hostvars._loader
            self._loader = own if isinstance(own, ForgivingLoader) else ForgivingLoader(own)
            self._hostvars = _with_loader(hostvars, self._loader)

    def __contains__(self, host: str) -> bool:
        return host in self._hostvars

    def get(self, host: str) -> Mapping[str, t.Any]:
        """The untemplated variables of a host; none when there is no such host or nothing of it can be read."""
        if host not in self._hostvars:
            return {}
        try:
            with _plugins_may_fail(self._loader, self._failed):
                found = self._hostvars.raw_get(host)
        except Exception as exc:  # whatever a plugin of the site raises, the question is answered
            self._failed[f"of {host}"] = type(exc).__name__
            return {}
        return found if isinstance(found, Mapping) else {}

    def warnings(self) -> list[str]:
        """One sentence about all that could not be read so far, with the way out."""
        files = {} if self._loader is None else self._loader.unreadable
        unreadable = {**{f"in {path}": reason for path, reason in files.items()}, **self._failed}
        if not unreadable:
            return []
        named = [f"{where} ({reason})" for where, reason in list(unreadable.items())[:_NAMED]]
        more = f" and in {len(unreadable) - _NAMED} more places" if len(unreadable) > _NAMED else ""
        advice = self._loader.vault_advice if self._loader is not None and _VAULTED in files.values() else "ansible-inventory --list says more"
        return [f"The variables {', '.join(named)}{more} cannot be read and are left out; {advice}."]


def _with_loader(hostvars: HostVars, loader: DataLoader) -> HostVars:
    """``hostvars`` again, reading its files by another loader; the original is left as it is."""
    original = hostvars._variable_manager
    manager = object.__new__(type(original))
    manager.__dict__.update(original.__dict__)
    manager._loader = loader
    return HostVars(hostvars._inventory, manager, loader)


@contextlib.contextmanager
def _plugins_may_fail(loader: ForgivingLoader | None, failed: dict[str, str]) -> Iterator[None]:
    """Ansible passes on what a vars plugin raises; here that costs what the plugin knows of the one host or group."""
    with contextlib.ExitStack() as undone:
        for kind in _vars_plugins() if loader is not None else ():
            own = vars(kind).get("get_vars")
            undone.callback(*((setattr, kind, "get_vars", own) if own is not None else (delattr, kind, "get_vars")))
            kind.get_vars = _forgiving(kind.get_vars, t.cast("ForgivingLoader", loader), failed)
        yield


@functools.cache
def _vars_plugins() -> set[t.Any]:
    """The classes of the vars plugins that Ansible asks: those in its directories, and those of collections that are enabled by name.

    Looked for once: it takes milliseconds, and a question may be about many hosts.
    """
    enabled = [plugin for name in C.VARIABLE_PLUGINS_ENABLED if name and (plugin := vars_loader.get(name)) is not None]
    # What the loader has made an instance of already it returns as such.
    kinds = {found if isinstance(found, type) else type(found) for found in (*vars_loader.all(class_only=True), *enabled)}
    return {kind for kind in kinds if callable(getattr(kind, "get_vars", None))}


def _forgiving(original: Callable[..., t.Any], loader: ForgivingLoader, failed: dict[str, str]) -> Callable[..., t.Any]:
    def get_vars(plugin: t.Any, given: t.Any, path: str, entities: t.Any) -> t.Any:
        try:
            return original(plugin, given, path, entities)
        except Exception:
            loader.wants_mappings = True
        found: dict[str, t.Any] = {}
        for entity in entities if isinstance(entities, list) else [entities]:
            try:
                found = combine_vars(found, original(plugin, given, path, [entity]))
            except Exception as exc:
                failed[f"that the vars plugin {plugin.ansible_name} has of {entity.name}"] = type(exc).__name__
        return found

    return get_vars
