"""A reading that a model proposes, as a plan that can be followed: quotations become places, and what does not fit is refused.

A relation has to stand in the reply word for word and hold relations that were found there; a scope's ends have to stand
there, too; a name has to have one meaning that can be read. All else is left out and told; the rest stands. A role enters
the plan only where the rules took the relation for something else: what is a claim by both is judged as ever.

Not covered: mathematics that the checker did not find by itself; parts of a chain beyond what its quotation covers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from evalkit.derivation.following.plan import (
    PROBLEM,
    Meaning,
    Plan,
    PlannedRole,
    PlannedScope,
    entry_of,
    planned_name,
)
from evalkit.derivation.verdicts.verdict import NO_CLAIM, Verdict
from evalkit.derivation.worlds.scope import Scope
from evalkit.errors import SpecError
from evalkit.reading import proposed

Place = tuple[int, int]
BY = "a model"
MAX_INSIDE = 2
"""Scopes in which one may stand; the reader of replies opens no more."""
SHOWN = 60
_AROUND = re.compile(r"\A(?:[\s$&,.;:]|\\[(\[])+|(?:[\s$&,.;:]|\\[)\]]|\\\\)+\Z")
"""What may stand around a formula in a quotation without being part of it."""


def followable(
    found: Mapping[str, Any], text: str, verdicts: Mapping[Place, Verdict], scope: Scope
) -> tuple[Plan, tuple[str, ...]]:
    """(the plan, what was refused and why). found: of the form of reading/proposed.py; verdicts: of the relations of the
    reply by the rules; scope: what the problem's names mean."""
    try:
        said = proposed.Proposal.model_validate(found)
    except (ValidationError, RecursionError):
        return Plan(by=BY), ("all of it: it has not the form of a reading",)
    refused: list[str] = []
    scopes: list[PlannedScope] = []
    for one in said.scopes:
        planned = _scope(one, text, scopes, scope, refused)
        scopes += [planned] if planned is not None else []
    places = sorted(verdicts)
    roles: dict[Place, proposed.Role] = {}
    since = 0
    for relation in said.relations:
        at = _stands(relation.text, text, since)
        if at is None:
            refused.append(f"{_shown(relation.text)}: does not stand in the reply word for word")
            continue
        since = at + 1  # said twice, it means the next place
        mine = _covered(_inner(text, at, at + len(relation.text)), text, places)
        if relation.role == "definition":
            mine = [
                place for i, place in enumerate(mine) if not (i and place[0] < mine[i - 1][1])
            ]  # of a chain its head
        new = [place for place in mine if place not in roles]
        if not new:
            refused.append(f"{_shown(relation.text)}: {'was named before' if mine else 'is no relation of the reply'}")
        roles |= dict.fromkeys(new, relation.role)
    planned_roles = tuple(
        PlannedRole(start=a, end=b, role=role)
        for (a, b), role in sorted(roles.items())
        if (role == "claim") == (verdicts[a, b] in NO_CLAIM)
    )
    return Plan(by=BY, scopes=tuple(scopes), roles=planned_roles), tuple(refused)


def _stands(quote: str, text: str, since: int) -> int | None:
    """Where a quotation stands: the next place from `since` on, else the first; None where it stands nowhere."""
    at = text.find(quote, since)
    at = at if at >= 0 else text.find(quote)
    return at if at >= 0 and quote.strip() else None


def _inner(text: str, start: int, end: int) -> Place:
    """A stretch without what stands around its formula."""
    found = text[start:end]
    before = _AROUND.match(found)
    start += before.end() if before else 0
    while end > start and (after := _AROUND.search(text[start:end])) and after.start():
        end = start + after.start()
    return start, end


def _covered(stretch: Place, text: str, places: Sequence[Place]) -> list[Place]:
    """The relations that stand in a stretch, each once."""
    return [p for p in places if stretch[0] <= _inner(text, *p)[0] and _inner(text, *p)[1] <= stretch[1]]


def _scope(
    one: proposed.Scope, text: str, before: Sequence[PlannedScope], scope: Scope, refused: list[str]
) -> PlannedScope | None:
    """A proposed scope with its places; None where it has none. What is refused is added to `refused`."""
    start = _stands(one.from_, text, before[-1].start + 1 if before else 0)
    if start is None:
        refused.append(f"a scope from {_shown(one.from_)}: that does not stand in the reply word for word")
        return None
    last = text.find(one.to, start) if one.to is not None else -1
    if one.to is not None and last < 0:
        refused.append(f"a scope to {_shown(one.to)}: that does not stand behind its beginning word for word")
        return None
    end = last + len(one.to) if one.to is not None else len(text)
    around = [s for s in before if s.start < end and start < s.end]
    if len(around) > MAX_INSIDE or any(not (s.start <= start and end <= s.end) for s in around):
        refused.append(f"a scope from {_shown(one.from_)}: it does not stand inside or beside the scopes before it")
        return None
    names: dict[str, str | Meaning] = {}
    for name in one.names or ():
        try:
            names[name.name] = _meaning(name, scope)
        except SpecError as error:
            refused.append(str(error))
    sizes: dict[str, int | str] = {s.name: s.value for s in one.sizes or () if s.name in scope.entries}
    refused += [f"the size {s.name}: the problem has none" for s in one.sizes or () if s.name not in sizes]
    return PlannedScope(start=start, end=end, kind=one.kind, why="as a model reads it", names=names, sizes=sizes)


def _meaning(name: proposed.Name, scope: Scope) -> str | Meaning:
    """What a name is to mean. Raises SpecError where that is not one thing, or cannot be read."""
    if sum(given is not None for given in (name.is_, name.of, name.shape)) != 1:
        raise SpecError(f"the meaning of {_shown(name.name)}: exactly one of `is`, `of` and `shape` is needed")
    given = {
        "of": name.of, "kind": name.kind, "part": name.part, "shape": name.shape, "properties": name.properties,
    }  # fmt: skip
    try:
        meaning = name.is_ or Meaning.model_validate({key: value for key, value in given.items() if value is not None})
        planned = planned_name(name.name)
        entry = entry_of(name.name, meaning, scope)
    except (ValidationError, RecursionError):
        raise SpecError(f"the meaning of {_shown(name.name)}: cannot be read") from None
    if entry is None and planned not in scope.entries:
        raise SpecError(f"the meaning of {_shown(name.name)}: the problem has none to be kept as {PROBLEM!r}")
    return meaning


def _shown(text: str) -> str:
    one_line = " ".join(text.split())
    return repr(one_line if len(one_line) <= SHOWN else f"{one_line[: SHOWN - 1]}…")
