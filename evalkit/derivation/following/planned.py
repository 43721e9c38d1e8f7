"""A reading that somebody gave: its scopes open and end where it says, and its roles decide before any rule."""

from __future__ import annotations

from dataclasses import replace

from evalkit.derivation.following import rules, scopes
from evalkit.derivation.following.definitions import bind
from evalkit.derivation.following.plan import Plan, PlannedScope, entry_of, planned_name
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.verdicts.verdict import Judgement, Verdict
from evalkit.errors import SpecError


def open_planned(reading: Reading, plan: Plan) -> None:
    """Open the scopes that begin before the present place, the outer ones first. Raises SpecError where a meaning cannot
    be read. Of scopes of one kind that cover the very same stretch the first counts."""
    there = {p.planned for p in reading.parts}
    for scope in sorted(plan.scopes, key=lambda s: (s.start, -s.end)):
        if scope.start <= reading.at < scope.end and _place(scope) not in there:
            there.add(_place(scope))
            open_scope(reading, scope)


def _place(scope: PlannedScope) -> tuple[int, int, str]:
    return scope.start, scope.end, scope.kind


def open_scope(reading: Reading, scope: PlannedScope) -> None:
    part = scopes.opened(reading, scope.kind, scope.why or "given", anew=True)
    if part is None:
        raise SpecError(f"the scope from {scope.start} to {scope.end}: too many scopes inside each other")
    part.start, part.end, part.planned = scope.start, scope.end, _place(scope)
    scopes.give(reading, part, {}, scope.sizes)
    for text, meaning in scope.names.items():
        name = planned_name(text)
        part.fixed.add(name)
        entry = entry_of(text, meaning, reading.judge.scope)
        if entry is None:
            entry = reading.setting.scope.entries.get(name)
        if entry is None:
            raise SpecError(f"the meaning of {text}: the problem has none")
        part.judge.withdraw(name)
        part.judge.define({name: entry})


def by_role(reading: Reading, plan: Plan, read: Read) -> Read | None:
    """The relation as its given role decides it; None where the rules are asked."""
    role = next((r.role for r in plan.roles if (r.start, r.end) == (read.start, read.end)), None)
    if role is None or read.left is None or read.right is None:
        return None
    if role == "claim":
        found = rules.claimed(reading, read)
    elif role == "definition":
        found = bind(reading, read, read.left, read.right, "as the given reading says") or read
    elif role in ("announcement", "quotation"):
        article = "an" if role == "announcement" else "a"
        found = read.decided(Verdict.SKIPPED, f"{article} {role}, as the given reading says")
    else:
        found = replace(read, judgement=Judgement(Verdict.ASSUMPTION, reason=f"{role}, as the given reading says"))
    return replace(found, judgement=replace(found.judgement, rule=f"given role: {role}"))
