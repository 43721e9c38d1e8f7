"""Which milestones a reply passes, each at its first place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from evalkit.derivation.findings.evidence import done, structural
from evalkit.derivation.findings.matching import Matcher, heads, heads_of, same_sides, structure
from evalkit.derivation.findings.residuals import Residuals
from evalkit.derivation.findings.results import Met, Relation
from evalkit.derivation.findings.stated import states
from evalkit.derivation.following.doubts import NAMES
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import Node
from evalkit.derivation.problem.setting import Milestone
from evalkit.derivation.text.layout import Layout
from evalkit.derivation.text.prose import TENDS as TENDING
from evalkit.derivation.verdicts.judge import Judge
from evalkit.derivation.verdicts.verdict import FALSE, Verdict
from evalkit.derivation.worlds.deadline import LateError
from evalkit.reading.phrases import statements_of

TENDS = frozenset({"to", "approx"})
"""Relations that state a limit: they pass conditions that hold in a world whose premise is a limit."""

MAX_APART = 6
"""How many relations of a chain two of its sides may lie apart."""


OPEN = ("unmodelled", "open_condition")
"""Rules that leave a relation undecided because a condition came before it that the worlds do not model."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two sides that a reply relates: `reads[number]`, from `start` to `end` of the text."""

    number: int
    left: Node
    right: Node
    start: int
    end: int
    open: bool = False
    """Whether they are equal was not decided: it can be a condition that the reply arrives at, and no identity."""
    tends: bool = False
    """Whether one tends to the other."""


def passed(reading: Reading, relations: Sequence[Relation]) -> list[Met]:
    """The milestones that a reply passes, in the order of the text; each at its first place."""
    setting = reading.setting
    if not setting.milestones:
        return []
    met: dict[str, Met] = {}
    try:
        with reading.judge.deadline.heeded():
            in_equations(reading, met)
    except LateError:
        reading.late = True
    met |= {said.id: said for said in in_words(reading, [m for m in setting.milestones if m.id not in met])}
    for milestone in setting.milestones:
        if milestone.kind == "structural":
            places = [structural(rule, reading, relations, list(met.values())) for rule in milestone.rules]
            if all(places):
                first = max((p[0] for p in places), key=lambda e: e.start)
                met[milestone.id] = Met(milestone.id, first.start, first.end, None)
    return sorted(met.values(), key=lambda m: (m.start, m.id))


def in_equations(reading: Reading, met: dict[str, Met]) -> None:
    """Those that stand in equations and bounds, put into `met` one by one. Raises LateError where the time is over."""
    setting = reading.setting
    matcher = Matcher(reading.judge)
    groups = {where[0] for m in setting.milestones if m.kind != "structural" for where in matcher.groups(m)}
    shapes = [structure(m) for m in setting.milestones]
    limits = in_limits(matcher.staff)
    for pair in candidate_pairs(reading.relations):
        judge = reading.judge_of(reading.relations[pair.number])
        left, right, scope = pair.left, pair.right, judge.scope
        residuals = {group: Residuals(judge.envs(group), left, right) for group in groups}
        ways = ((heads(side), heads_of(side, scope)) for side in (left, right))
        own = {a | b for a, b in product(*ways)}  # a name of its own may stand for either side, or for a part of it
        for at, milestone in enumerate(setting.milestones):
            if milestone.id in met or milestone.kind == "structural" or (pair.tends and milestone.id not in limits):
                continue
            if pair.open and milestone.kind != "condition":
                continue
            hit = matcher.matches(at, milestone, residuals) or matcher.as_declared(milestone, left, right)
            if not hit:
                hit = any(
                    matcher.algebraic(milestone, form, at)
                    and same_sides(matcher, milestone, form, left, right, judge)
                    and states(matcher.staff, milestone.forms[form], judge, left, right)
                    for form in range(len(milestone.forms)) if shapes[at][form] in own
                )  # fmt: skip
            if hit:
                met[milestone.id] = Met(milestone.id, pair.start, pair.end, pair.number)


def claimed_too_widely(reading: Reading, met: Sequence[Met]) -> list[Met]:
    """Where all approaches end: conditions that a reply says of more than they hold for (`for every \\lambda`). No
    milestone is passed, but what the reply left out on the way there is left out."""
    passed = {x.id for x in met}
    wanted = [(i, m) for i, m in enumerate(reading.setting.milestones) if m.kind == "condition" and not m.approaches]
    matcher = Matcher(reading.judge)
    out: dict[str, Met] = {}
    for number_, r in enumerate(reading.relations):
        if r.judgement.verdict not in FALSE or r.negated or r.op != "=" or r.left is None or r.right is None:
            continue
        for at, milestone in wanted:
            if milestone.id in passed or milestone.id in out:
                continue
            envs = reading.judge_of(r).envs
            found = {where[0]: Residuals(envs(where[0]), r.left, r.right) for where in matcher.groups(milestone)}
            if matcher.as_declared(milestone, r.left, r.right) or matcher.matches(at, milestone, found):
                out[milestone.id] = Met(milestone.id, r.start, r.end, number_)
    return list(out.values())


def in_words(reading: Reading, missing: Sequence[Milestone]) -> Iterator[Met]:
    """Milestones that are said in prose: neither denied, supposed, announced, summed up nor another's words."""
    if not any(m.wordings for m in missing):
        return
    text = reading.document.text
    statements, layout = statements_of(text), Layout(text)
    for milestone in missing:
        made = (place for wording in milestone.wordings for place in statements.find(wording))
        asserted = (p for p in made if not (p.denied or p.aside or layout.reported(p.start)))
        said = [p for p in asserted if done(text, p.start, p.end)]
        if said:
            first = min(said, key=lambda p: p.start)
            yield Met(milestone.id, first.start, first.end, None)


def in_limits(staff: Judge) -> set[str]:
    """Conditions that hold in a world whose premise is a limit."""
    worlds = [s.group for s in staff.setting.specials if s.limit or TENDING.search(s.premise)]
    return {
        m.id
        for m in staff.setting.milestones
        if m.kind == "condition" and any(staff.holds_in(world, *form) for world in worlds for form in m.forms)
    }


def candidate_pairs(reads: Sequence[Read]) -> list[Pair]:
    """Sides to compare: each relation, and all pairs of sides of one chain; what tends to something, or is about it."""
    bad = (Verdict.UNPARSED, Verdict.UNBOUND, Verdict.SKIPPED, *FALSE)
    out = []
    for i, r in enumerate(reads):
        if r.left is None or r.right is None or r.op == "in" or r.negated:
            continue
        is_open = r.op == "=" and r.judgement.rule in OPEN
        if r.op in TENDS or is_open:
            out.append(Pair(i, r.left, r.right, r.start, r.end, is_open, r.op in TENDS))
            continue
        if r.judgement.verdict in bad or r.judgement.rule in NAMES:  # what fails is no step, also where it is in doubt
            continue
        out.append(Pair(i, r.left, r.right, r.start, r.end))
        j = i - 1
        while j >= 0 and i - j <= MAX_APART and reads[j].chain == r.chain:
            first, limit = reads[j].left, reads[j].op in TENDS
            if reads[j].judgement.verdict in bad and not limit:
                break
            if first is not None and not reads[j].negated:
                out.append(Pair(i, first, r.right, reads[j].start, r.end, tends=limit))
            if limit:  # `A \to B = C`: A tends to C
                break
            j -= 1
    return out
