"""What a model proposes as the reading of a reply: what its relations are there for, and what its letters mean where.

It is the form of a reading as `equations --explain --json` prints it (derivation/following/plan.py), with quotations of
the reply where that one counts characters, for no model counts them:

    {"relations": [{"text": "C = XX^\\top", "role": "definition"}],
     "scopes": [{"from": "Take n = 2", "to": "as claimed.", "kind": "example",
                 "names": [{"name": "X", "is": "[1, 2; 0, 1]"}], "sizes": [{"name": "n", "value": 2}]}]}

A scope reaches from the beginning of one quotation to the end of the other (null: of the reply). A name has one
meaning: `is` (an expression; "problem" = as in the problem), `of` with `kind` and `part` (a part of a decomposition),
or `shape` with `properties`. Nothing here says whether anything is true.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

Kind = Literal["example", "case", "own letters"]
Role = Literal["claim", "definition", "condition", "example value", "announcement", "quotation"]
Decomposition = Literal["thin svd", "full svd", "eigen"]
Property = Literal["symmetric", "orthogonal", "invertible", "diagonal", "positive", "pd", "psd"]
MAX_RELATIONS, MAX_SCOPES, MAX_NAMES = 600, 40, 30
Quote = Annotated[str, Field(min_length=1, max_length=4000)]
Text = Annotated[str, Field(min_length=1, max_length=500)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=True)


class Relation(_Part):
    """A stretch of the reply, word for word, and what the relations in it are there for."""

    text: Quote
    role: Role


class Name(_Part):
    """What a name means in a scope; exactly one of `is`, `of` and `shape` is given."""

    name: Text
    is_: Text | None = Field(None, alias="is")
    of: Text | None = None
    kind: Decomposition | None = None
    part: Annotated[int, Field(ge=0, le=2)] | None = None
    shape: Annotated[list[Text], Field(max_length=2)] | None = None
    properties: Annotated[list[Property], Field(max_length=7)] | None = None


class Size(_Part):
    """The value of a size in a scope."""

    name: Text
    value: Annotated[int, Field(ge=1, le=1000)]


class Scope(_Part):
    """A stretch in which names mean something of their own."""

    from_: Quote = Field(alias="from")
    to: Quote | None = None
    kind: Kind = "own letters"
    names: Annotated[list[Name], Field(max_length=MAX_NAMES)] | None = None
    sizes: Annotated[list[Size], Field(max_length=MAX_NAMES)] | None = None


class Proposal(_Part):
    """A whole reading as a model proposes it."""

    relations: Annotated[list[Relation], Field(max_length=MAX_RELATIONS)]
    scopes: Annotated[list[Scope], Field(max_length=MAX_SCOPES)] = []


def is_proposal(value: object) -> bool:
    """Whether it has the form; nothing is said of whether it fits a reply."""
    try:
        Proposal.model_validate(value)
    except (ValidationError, RecursionError):
        return False
    return True


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    """Structured output wants every key named and required; what may be missing is null."""
    return {"type": "object", "properties": properties, "required": [*properties], "additionalProperties": False}


def _list(entry: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": entry}


def _one_of(kind: Any, null: bool = False) -> dict[str, Any]:
    return {"type": ["string", "null"] if null else "string", "enum": [*kind.__args__, *([None] if null else [])]}


_TEXT: dict[str, Any] = {"type": "string"}
_MAYBE: dict[str, Any] = {"type": ["string", "null"]}
_NAME = _object({
    "name": _TEXT, "is": _MAYBE, "of": _MAYBE, "kind": _one_of(Decomposition, null=True),
    "part": {"type": ["integer", "null"]}, "shape": {"type": ["array", "null"], "items": _TEXT},
    "properties": {"type": ["array", "null"], "items": _one_of(Property)},
})  # fmt: skip
SCHEMA = _object({
    "relations": _list(_object({"text": _TEXT, "role": _one_of(Role)})),
    "scopes": _list(_object({
        "from": _TEXT, "to": _MAYBE, "kind": _one_of(Kind), "names": _list(_NAME),
        "sizes": _list(_object({"name": _TEXT, "value": {"type": "integer"}})),
    })),
})  # fmt: skip
"""The form as a JSON schema."""
