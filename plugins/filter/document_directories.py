# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a directory of documents holds, as the playbook ingest indexes it."""

# Private to the collection: names here may change in any release.
from __future__ import annotations

import os
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Callable

DOCUMENTATION = r"""
name: document_directories
short_description: Find the directories of products, versions, posts and runbooks in a directory of documents
version_added: 0.1.0
description:
  - Used by the playbook C(infra_llm.assistant.ingest) alone; it may change in any release.
  - It looks on the controller, follows links, and passes over names that begin with a dot.
options:
  _input:
    description: Path of a directory with C(PRODUCT/VERSION/), C(house/) and C(stackoverflow/PRODUCT/), any of which may be absent.
    type: path
    required: true
"""

EXAMPLES = r"""
- name: Show which versions there are
  ansible.builtin.debug:
    msg: "{{ ('/srv/documentation' | infra_llm.assistant.document_directories).versions | map(attribute='version') }}"
"""

RETURN = r"""
_value:
  description:
    - V(versions) with C(path), C(product) and C(version), V(posts) with C(path) and C(product), both by path, and V(house) with the path of the runbooks,
      empty where there are none.
  type: dict
"""

_HOUSE = "house"
_POSTS = "stackoverflow"


def document_directories(root: str) -> dict[str, t.Any]:
    """The directories by what they hold; of a root that cannot be listed there are none."""
    posts = [{"path": path, "product": os.path.basename(path)} for path in _folders(os.path.join(root, _POSTS))]
    versions = [
        {"path": path, "product": os.path.basename(product), "version": os.path.basename(path)}
        for product in _folders(root)
        if os.path.basename(product) not in (_HOUSE, _POSTS)
        for path in _folders(product)
    ]
    house = os.path.join(root, _HOUSE)
    return {"versions": versions, "posts": posts, "house": house if os.path.isdir(house) else ""}


def _folders(directory: str) -> list[str]:
    try:
        with os.scandir(directory) as entries:
            return sorted(entry.path for entry in entries if not entry.name.startswith(".") and entry.is_dir())
    except OSError:
        return []


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Callable[..., dict[str, t.Any]]]:
        return {"document_directories": document_directories}
