# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the gateway is told of the infrastructure, as types: plain JSON data, made by `_digest.py` and shown in the result."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import typing as t

Why = t.Literal["question", "host", "fleet"]  # named there, runs on the hosts in question, or runs somewhere


class Software(t.TypedDict):
    """A product as it runs on a host; ``os_version`` is None where it is not known."""

    product: str
    version: str
    os_version: t.NotRequired[str | None]


class Host(t.TypedDict):
    """A host; ``vars`` are the allowed variables, redacted, and empty for a host that is not in the inventory."""

    name: str
    groups: list[str]
    software: list[Software]
    vars: dict[str, t.Any]


class OmittedVersions(t.TypedDict):
    """How many versions of a product are not listed."""

    versions: int


class Product(t.TypedDict):
    """A product; ``versions`` holds some hosts of each version, ``counts`` the number of all of them."""

    name: str
    versions: dict[str, list[str]]
    counts: t.NotRequired[dict[str, int]]
    omitted: t.NotRequired[OmittedVersions]


class Omitted(t.TypedDict, total=False):
    """How many hosts and products are not listed."""

    hosts: int
    products: int


class Infrastructure(t.TypedDict, total=False):
    """The hosts and products that a question is about; empty where the asker told nothing. ``omitted`` is there only when something is."""

    hosts: list[Host]
    products: list[Product]
    omitted: Omitted


class Target(t.TypedDict):
    """A product whose documentation is to be searched; ``version`` is None for one that is named and deployed nowhere."""

    product: str
    version: str | None
    hosts: list[str]
    why: Why


class MentionedVersion(t.TypedDict):
    """A version that a question writes, with its product where it is clear."""

    product: str | None
    version: str


class Mentioned(t.TypedDict):
    """What a question names."""

    hosts: list[str]
    groups: list[str]
    products: list[str]
    versions: list[MentionedVersion]


class Fleet(t.TypedDict, total=False):
    """The whole inventory in numbers: ``products`` with the number of hosts. Empty where a question is about a part of it."""

    host_count: int
    group_count: int
    products: dict[str, int]


class Description(t.TypedDict):
    """What ``describe()`` returns; ``warnings`` are sentences for the user."""

    infrastructure: Infrastructure
    targets: list[Target]
    mentions: Mentioned
    fleet: Fleet
    warnings: list[str]
