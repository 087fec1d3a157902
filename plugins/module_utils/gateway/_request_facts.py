# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes known of a request on its way, for the log and the metrics."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import typing as t

RequestFacts: t.TypeAlias = dict[str, t.Any]
_KEY: t.Final = "infra_llm"  # in the scope of ASGI


def facts_in(scope: t.MutableMapping[str, t.Any]) -> RequestFacts:
    """The facts of the request with this ASGI scope."""
    facts: RequestFacts = scope.setdefault(_KEY, {})
    return facts


def facts_of(request: t.Any) -> RequestFacts:
    """The facts of a request of Starlette."""
    return facts_in(request.scope)
