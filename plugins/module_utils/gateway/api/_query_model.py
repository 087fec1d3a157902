# Copyright (c) 2026, infra_llm.assistant contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a request may ask: the fields of POST /query, as strict as the API's description says, so that nothing else reaches the engine."""

# Private to the collection: names here may change in any release.

from __future__ import annotations

import json
import math
import re
import typing as t

from ..._options import OPTIONS, Option, option_names

_LONGEST_QUESTION = 20_000  # characters
# A character that can be seen. Spelled out, for what \s means depends on who reads a schema.
VISIBLE = r"[^\x00-\x20\x7f-\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]"
# Neither blank nor with a NUL in it, of which databases and logs make what they like.
TEXT_PATTERN = rf"^[^\x00]*{VISIBLE}[^\x00]*$"

EXAMPLE: dict[str, t.Any] = {"query": "Why is a Kafka broker under-replicated?", "hosts": ["kafka-01.example.com"], "max_tokens": 400}


def plain_json(value: t.Any) -> t.Any:
    """``value`` itself when it can be written as JSON in UTF-8; raises ValueError for NaN, lone surrogates and what is nested too deep."""
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    except UnicodeEncodeError:
        raise ValueError("it holds half a character (a lone surrogate)") from None
    except ValueError:
        raise ValueError("it holds a number that is none, such as NaN") from None
    return value


def whole(value: t.Any) -> t.Any:
    """``value`` as an int where it is a whole number written with a point, which JSON and its schemas do not tell apart."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def visible_text(value: str) -> str:
    """``value`` itself when it is a question; raises ValueError."""
    if "\0" in value or not re.search(VISIBLE, value):
        raise ValueError("it must have something that can be seen, and no NUL character")
    return value


def query_model() -> t.Any:
    """The pydantic model of POST /query."""
    from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, create_model

    Whole: t.TypeAlias = t.Annotated[int, BeforeValidator(whole)]

    Text: t.TypeAlias = t.Annotated[str, AfterValidator(plain_json)]

    class Described(BaseModel):
        """What the asker knows; more fields than these may come and are passed on."""

        model_config = ConfigDict(extra="allow", strict=True, allow_inf_nan=False)

    class Software(Described):
        product: str
        version: str
        os_version: str | None = None

    class Host(Described):
        name: str
        groups: list[str] = Field(default_factory=list)
        software: list[Software] = Field(default_factory=list)
        vars: dict[str, t.Any] = Field(default_factory=dict)

    class OmittedVersions(Described):
        versions: Whole = Field(default=0, ge=0)

    class Product(Described):
        name: str
        versions: dict[str, list[str]] = Field(default_factory=dict)
        counts: dict[str, Whole] = Field(default_factory=dict)
        omitted: OmittedVersions | None = None

    class Omitted(Described):
        hosts: Whole = Field(default=0, ge=0)
        products: Whole = Field(default=0, ge=0)

    class Infrastructure(Described):
        hosts: list[Host] = Field(default_factory=list)
        products: list[Product] = Field(default_factory=list)
        omitted: Omitted | None = None

    class Wanted(BaseModel):
        model_config = ConfigDict(extra="ignore", strict=True)
        product: Text
        version: Text | None = None
        why: Text = "question"

    class Asked(BaseModel):
        """A question about the operator's infrastructure."""

        model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, populate_by_name=False, json_schema_extra={"examples": [EXAMPLE]})

        query: t.Annotated[str, AfterValidator(visible_text)] = Field(
            min_length=1, max_length=_LONGEST_QUESTION, description="The question, in English or Russian.", json_schema_extra={"pattern": TEXT_PATTERN}
        )
        infrastructure: t.Annotated[Infrastructure | None, AfterValidator(_described)] = Field(
            default=None, description="What the asker knows of the hosts and products in question. Without it the gateway looks into its own inventory."
        )
        targets: list[Wanted] = Field(
            default_factory=list, max_length=100, description="Products and versions whose documentation is searched; they belong to 'infrastructure'."
        )
        warnings: list[Text] = Field(default_factory=list, max_length=100, description="Warnings of the asker, which come first in those of the result.")
        hosts: list[Text] = Field(
            default_factory=list,
            max_length=1_000,
            description="Hosts, groups or patterns that the question is about, where it names none itself; for the gateway's own inventory.",
        )
        answer_schema: t.Annotated[dict[str, t.Any] | None, AfterValidator(plain_json)] = Field(
            default=None, alias="schema", description="JSON schema of a structured answer."
        )
        stream: bool = Field(default=False, description="Send the answer as server-sent events while it is written.")

    def option_field(option: Option) -> t.Any:
        bounds: dict[str, t.Any] = {name: bound for name, bound in (("ge", option.lowest), ("le", option.highest)) if math.isfinite(bound)}
        return Field(default=option.default, description=option.about, **bounds)

    types = {
        # A program may count in fractions of a second.
        name: float if option.type == "float" or name == "timeout" else t.Literal[option.choices] if option.choices else Whole
        for name, option in OPTIONS.items()
    }
    options: dict[str, t.Any] = {name: (types[name], option_field(OPTIONS[name])) for name in option_names("question")}
    return create_model("Query", __base__=Asked, __doc__=Asked.__doc__, **options)


def _described(infrastructure: t.Any) -> t.Any:
    if infrastructure is not None:
        plain_json(infrastructure.model_dump())
    return infrastructure
