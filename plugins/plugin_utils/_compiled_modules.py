# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules of this collection, imported as Python imports its own, with their compiled form kept in ``__pycache__``.

Ansible compiles the modules of a collection anew in every process that imports them, and it evaluates lookups in a process for every task and host.
For a lookup that costs more than all else it does.
"""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import sys
import typing as t
from importlib.abc import MetaPathFinder
from importlib.machinery import SOURCE_SUFFIXES, FileFinder, SourceFileLoader

if t.TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

_PLUGINS = __name__.rsplit(".", 2)[0] + "."


class _CompiledOnce(MetaPathFinder):
    """Finds the modules below this collection's ``plugins``."""

    def find_spec(self, fullname: str, path: Sequence[str] | None, _target: ModuleType | None = None, /) -> ModuleSpec | None:
        """As MetaPathFinder has it; None leaves a module to Ansible."""
        if not path or not fullname.startswith(_PLUGINS):
            return None
        spec = FileFinder(path[0], (SourceFileLoader, SOURCE_SUFFIXES)).find_spec(fullname)
        return spec if spec is not None and spec.loader is not None else None


_finder = _CompiledOnce()


def use_compiled_modules() -> None:
    """Import so from now on. Not when a module is imported: that is no place for such a change."""
    if _finder not in sys.meta_path:
        sys.meta_path.insert(0, _finder)
