"""Which milestones a reply passes, where it leaps over some, and the proof that a problem's own milestones hold."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

from evalkit.derivation.findings.evidence import structural
from evalkit.derivation.findings.matching import Matcher, heads, heads_of, same_sides, structure
from evalkit.derivation.findings.residuals import Residuals
from evalkit.derivation.findings.results import Leap, Met, Relation
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import Node, Num, is_zero
from evalkit.derivation.problem.setting import Milestone, Pair, Setting
from evalkit.derivation.text.prose import TENDS as TENDING
from evalkit.derivation.verdicts.judge import Judge
from evalkit.derivation.verdicts.verdict import FALSE, Verdict

TENDS = frozenset({"to", "approx"})
"""Relations that state a limit: they pass conditions that hold in a world whose premise is a limit."""


def passed(reading: Reading, relations: Sequence[Relation]) -> list[Met]:
    """The milestones that a reply passes, in the order of the text; each at its first place."""
    setting = reading.setting
    if not setting.milestones:
        return []
    matcher = Matcher(reading.judge)
    met: dict[str, Met] = {}
    pairs = candidate_pairs(reading.relations)
    groups = {where[0] for m in setting.milestones if m.kind != "structural" for where in matcher.groups(m)}
    shapes = [structure(m) for m in setting.milestones]
    scope = reading.judge.scope
    limits = in_limits(matcher.staff)
    for number_, left, right, start, end in pairs:
        tends = reading.relations[number_].op in TENDS
        residuals = {group: Residuals(reading.judge.envs(group), left, right) for group in groups}
        own = (heads(left) | heads(right), heads_of(left, scope) | heads_of(right, scope))
        for at, milestone in enumerate(setting.milestones):
            if milestone.id in met or milestone.kind == "structural" or (tends and milestone.id not in limits):
                continue
            hit = matcher.matches(at, milestone, residuals)
            if not hit:
                hit = any(
                    matcher.algebraic(milestone, form, at) and same_sides(matcher, milestone, form, left, right, reading.judge)
                    for form in range(len(milestone.forms)) if shapes[at][form] in own
                )  # fmt: skip
            if hit:
                met[milestone.id] = Met(milestone.id, start, end, number_)
    for milestone in setting.milestones:
        if milestone.kind == "structural":
            places = [structural(rule, reading, relations, list(met.values())) for rule in milestone.rules]
            if all(places):
                first = max((p[0] for p in places), key=lambda e: e.start)
                met[milestone.id] = Met(milestone.id, first.start, first.end, None)
    return sorted(met.values(), key=lambda m: (m.start, m.id))


def in_limits(staff: Judge) -> set[str]:
    """Conditions that hold in a world whose premise is a limit."""
    worlds = [s.name for s in staff.setting.specials if s.limit or TENDING.search(s.premise)]
    return {
        m.id
        for m in staff.setting.milestones
        if m.kind == "condition" and any(staff.holds_in(world, *form) for world in worlds for form in m.forms)
    }


def candidate_pairs(reads: Sequence[Read]) -> list[tuple[int, Node, Node, int, int]]:
    """Sides to compare: each relation, and all pairs of sides of one chain; what tends to something, or is about it."""
    bad = (Verdict.UNPARSED, Verdict.UNBOUND, Verdict.SKIPPED, *FALSE)
    out = []
    for i, r in enumerate(reads):
        if r.left is None or r.right is None or r.op == "in" or r.negated:
            continue
        if r.op in TENDS:
            out.append((i, r.left, r.right, r.start, r.end))
            continue
        if r.judgement.verdict in bad:
            continue
        out.append((i, r.left, r.right, r.start, r.end))
        j = i - 1
        while j >= 0 and i - j <= 6 and reads[j].chain == r.chain and reads[j].judgement.verdict not in bad:
            first = reads[j].left
            if first is not None:
                out.append((i, first, r.right, reads[j].start, r.end))
            j -= 1
    return out


# ------------------------------------------------------------ leaps
def leaps(reading: Reading, met: Sequence[Met]) -> list[Leap]:
    """For every approach, where the reply would leap if it took that approach. The problem itself counts as passed.

    A milestone is reached by a leap where steps that it follows from, directly or over other missing ones, were not
    passed. A missing step counts once, at the first milestone that needs it. A step that was taken wrongly is an error
    and no leap.
    """
    places = {m.id: m for m in reversed(met)}
    taken = {m.id for m in reading.setting.milestones if attempted(m, reading)} | places.keys()
    out: list[Leap] = []
    for track in [a.id for a in reading.setting.approaches] or [""]:
        before = steps(reading.setting.milestones, track)
        leapt: set[str] = set()
        for name in before:
            if name not in places:
                continue
            missing, landing = gap(name, before, taken)
            if missing and not missing <= leapt:
                here, ordered = places[name], tuple(n for n in before if n in missing)
                start = " and ".join(n for n in before if n in landing) or "the problem"
                out.append(Leap(track, ordered, here.start, here.end, f"from {start} to {name}"))
            leapt |= missing
    return out


def attempted(milestone: Milestone, reading: Reading) -> bool:
    """Whether a false relation has a side of the milestone: its gradient, with a wrong value."""
    sides = {side for pair in milestone.forms for side in pair if not isinstance(side, Num) and not is_zero(side)}
    return any(r.judgement.verdict in FALSE and sides & {r.left, r.right} for r in reading.relations)


def steps(milestones: Sequence[Milestone], track: str) -> dict[str, tuple[str, ...]]:
    """Milestone of an approach -> those of the same approach that it follows from."""
    before: dict[str, tuple[str, ...]] = {}
    for m in milestones:
        if not m.approaches or track in m.approaches:
            last = tuple(before)[-1:]
            before[m.id] = last if m.after is None else tuple(n for n in m.after if n in before)
    return before


def gap(name: str, before: Mapping[str, tuple[str, ...]], places: Container[str]) -> tuple[set[str], set[str]]:
    """The missing steps right before a milestone, and the passed ones from which they lead on."""
    missing: set[str] = set()
    landing: set[str] = set()
    todo = list(before[name])
    while todo:
        step = todo.pop()
        if step in places:
            landing.add(step)
        elif step not in missing:
            missing.add(step)
            todo += before[step]
    return missing, landing


# ------------------------------------------------------------ proof
@dataclass(frozen=True, slots=True)
class Proof:
    """One form of one milestone: whether it holds where it should, and whether it says anything."""

    milestone: str
    form: int
    holds: bool
    reason: str


def prove_milestones(setting: Setting, *, seed: int = 0) -> list[Proof]:
    """Judge every form of every milestone that has an equation. A milestone that fails, is vacuous or cannot be evaluated has
    `holds` False and a reason."""
    judge = Judge(setting, seed)
    out = []
    for milestone in setting.milestones:
        for i, pair in enumerate(milestone.forms):
            ok, reason = prove(judge, milestone, pair)
            out.append(Proof(milestone.id, i, ok, reason))
    return out


def prove(judge: Judge, milestone: Milestone, pair: Pair) -> tuple[bool, str]:
    left, right = pair
    if milestone.kind == "identity" and milestone.world is None:
        found = judge.equation(left, right)
        if found.verdict in (Verdict.IDENTITY, Verdict.ALGEBRA):
            return True, str(found.verdict)
        if found.verdict is Verdict.HOLDS:
            return False, f"holds only in the world {found.world!r}: make it a condition, or name the world"
        return False, explain(found.verdict, found.reason, found.counterexample)
    world = milestone.world or "generic"
    moved = judge.moved(world, left, right)
    attempt = judge.attempt(world, left, right, moved)
    if attempt.outcome is None:
        return False, f"cannot be evaluated in the world {world!r}: {attempt.error}"
    if not attempt.outcome.holds:
        return False, explain(Verdict.FAILS, f"in the world {world!r}", attempt.outcome.counterexample)
    if milestone.kind == "condition" and judge.equation(left, right).verdict in (Verdict.IDENTITY, Verdict.ALGEBRA):
        return True, "holds everywhere, not only in its world"
    if not judge.meaningful(world, left, right, attempt.outcome, moved):
        return False, f"reads 0 = 0 in the world {world!r}"
    return True, f"holds in {world!r}"


def explain(verdict: Verdict, reason: str, example: object) -> str:
    return f"{verdict}{': ' + reason if reason else ''}{f' ({example})' if example else ''}"
