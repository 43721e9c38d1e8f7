"""A reading as data: which letters mean what in which stretch of a reply, and what each relation is there for.

What was read is printed in this form and can be given back, mended: a scope fixes what names mean between two places, a role
says what a relation is. The worlds judge whatever reading they are given. Places count characters of the reply.

Not covered: where parts of the problem's own names end inside a formula; meanings of names inside chains.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evalkit.derivation.following.part import CASE, EXAMPLE, Part
from evalkit.derivation.following.reading import Read
from evalkit.derivation.grammar.nodes import Node, Sym, Unreadable
from evalkit.derivation.grammar.pretty import pretty
from evalkit.derivation.problem.entries import parse_text, symbol_name
from evalkit.derivation.verdicts.verdict import Verdict
from evalkit.derivation.worlds.scope import Defined, Drawn, Entry, Factor, Family, Scope
from evalkit.errors import SpecError
from evalkit.reading.proposed import Decomposition, Kind, Property, Role

Text = Annotated[str, Field(max_length=500)]
MAX_SCOPES, MAX_ROLES, MAX_NAMES = 100, 600, 30
PROBLEM = "problem"
"""The meaning of a name that keeps the problem's."""


class Meaning(BaseModel):
    """One meaning of a name: an expression, a part of a decomposition (`of`, `kind`, `part`), or a random matrix (`shape`)."""

    model_config = ConfigDict(extra="forbid")
    is_: Text | None = Field(None, alias="is")
    of: Text | None = None
    kind: Decomposition = "thin svd"
    part: Literal[0, 1, 2] = 0
    shape: tuple[Text, ...] | None = Field(None, max_length=2)
    properties: tuple[Property, ...] = ()


class PlannedScope(BaseModel):
    """Between two places of the reply, names mean this."""

    model_config = ConfigDict(extra="forbid")
    start: int = Field(ge=0)
    end: int = Field(ge=1)
    kind: Kind = "own letters"
    why: Text = ""
    names: dict[Text, Text | Meaning] = Field(default_factory=dict, max_length=MAX_NAMES)
    sizes: dict[Text, int | Text] = Field(default_factory=dict, max_length=MAX_NAMES)


class PlannedRole(BaseModel):
    """What the relation at `text[start:end]` is."""

    model_config = ConfigDict(extra="forbid")
    start: int = Field(ge=0)
    end: int = Field(ge=1)
    role: Role


class Plan(BaseModel):
    """A whole reading; whose it is says `by`."""

    model_config = ConfigDict(extra="forbid")
    by: Text = "evalkit"
    scopes: tuple[PlannedScope, ...] = Field((), max_length=MAX_SCOPES)
    roles: tuple[PlannedRole, ...] = Field((), max_length=MAX_ROLES)


def plan_from(data: object, length: int, origin: str) -> Plan:
    """A reading that somebody gave for a reply of so many characters. Raises SpecError with every complaint."""
    if isinstance(data, dict) and isinstance(data.get("reading"), dict):
        data = data["reading"]  # the whole output of `equations --json`
    try:
        plan = Plan.model_validate(data)
    except ValidationError as error:
        lines = [f"{origin}: {'.'.join(map(str, e['loc'])) or 'reading'}: {e['msg']}" for e in error.errors()[:10]]
        raise SpecError(*lines) from None
    bad = [f"{origin}: scopes.{i}: {s.start} to {s.end} is no stretch of a reply of {length} characters"
           for i, s in enumerate(plan.scopes) if not s.start < s.end <= length]  # fmt: skip
    if bad:
        raise SpecError(*bad)
    return plan


def unknown_places(plan: Plan, reads: list[Read]) -> list[str]:
    """Roles for what is no relation of the reply."""
    places = {(r.start, r.end) for r in reads}
    return [f"roles.{i}: no relation from {r.start} to {r.end}" for i, r in enumerate(plan.roles)
            if (r.start, r.end) not in places]  # fmt: skip


def entry_of(name: str, meaning: str | Meaning, scope: Scope) -> Entry | None:
    """The entry that a planned meaning makes; None for the problem's own. Raises Unreadable with the name."""
    try:
        if isinstance(meaning, str):
            return None if meaning == PROBLEM else Defined(parse_text(meaning, scope), (), None, "reply")
        if meaning.of is not None:
            return Factor(parse_text(meaning.of, scope), meaning.kind, meaning.part, None, "reply")
        if meaning.shape is not None:
            shape = tuple(parse_text(s, scope) for s in meaning.shape)
            return Drawn(shape, frozenset(meaning.properties), None, "reply")
        if meaning.is_ is not None:
            return Defined(parse_text(meaning.is_, scope), (), None, "reply")
    except Unreadable as error:
        raise SpecError(f"the meaning of {name}: {error}") from None
    raise SpecError(f"the meaning of {name}: one of `is`, `of` and `shape` is needed")


def planned_name(text: str) -> str:
    """The name as the reply's own letters are kept. Raises SpecError."""
    try:
        return symbol_name(text)
    except (Unreadable, ValueError):
        raise SpecError(f"{text!r} is no name") from None


def plan_of(parts: list[Part], reads: list[Read], by: str) -> Plan:
    """What was read, as data."""
    scopes = tuple(
        PlannedScope(start=p.start, end=max(p.end, p.start + 1), kind=kind_of(p), why=p.why, names=names_of(p), sizes=dict(p.sizes))
        for p in parts[:MAX_SCOPES]
    )  # fmt: skip
    roles = {(r.start, r.end): PlannedRole(start=r.start, end=r.end, role=role_of(r)) for r in reads}
    return Plan(by=by, scopes=scopes, roles=tuple(roles.values())[:MAX_ROLES])


def kind_of(part: Part) -> Kind:
    return "example" if part.kind == EXAMPLE else "case" if part.kind == CASE else "own letters"


def names_of(part: Part) -> dict[str, str | Meaning]:
    out: dict[str, str | Meaning] = {}
    for name in list(part.names)[:MAX_NAMES]:
        entry = part.judge.own.get(name)
        if isinstance(entry, Defined) and not entry.params and entry.index is None:
            out[name] = written(entry.body)
        elif isinstance(entry, Factor):
            out[name] = Meaning.model_validate({"of": written(entry.of), "kind": entry.kind, "part": entry.part})
        elif isinstance(entry, Drawn):
            kinds = sorted(entry.kinds & {"symmetric", "orthogonal", "invertible", "diagonal", "positive", "pd", "psd"})
            out[name] = Meaning.model_validate({"shape": [written(n) for n in entry.shape], "properties": kinds})
        elif isinstance(entry, Family) and isinstance(entry.of, Sym):
            continue
    return {n: m for n, m in out.items() if not isinstance(m, str) or len(m) <= 500}


def written(node: Node) -> str:
    """An expression as it can be read again."""
    return pretty(node)


def role_of(read: Read) -> Role:
    """What a relation is there for, by the rule that decided."""
    if read.judgement.rule in ("example_value", "size_value", "next_value"):
        return "example value"
    if read.judgement.verdict is Verdict.DEFINITION:
        return "definition"
    if read.judgement.verdict is Verdict.ASSUMPTION:
        return "condition"
    return "claim"
