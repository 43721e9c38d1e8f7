"""One reply, analysed: its relations with verdicts, the milestones it passes, and the approaches it takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from evalkit.derivation.findings import approaches, leaps, milestones
from evalkit.derivation.findings.agreed import Place, agreed
from evalkit.derivation.findings.results import Analysis, ApproachFound, Leap, Met, Other, Relation
from evalkit.derivation.following.carried import carried, remember
from evalkit.derivation.following.late import RULE
from evalkit.derivation.following.plan import Plan, plan_of, unknown_places
from evalkit.derivation.following.proposed import followable
from evalkit.derivation.following.reader import MAX_RELATIONS, read_through
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.pretty import pretty
from evalkit.derivation.problem.setting import Setting
from evalkit.derivation.text.document import MAX_REPLY, read
from evalkit.derivation.verdicts.judge import Judge
from evalkit.derivation.worlds.deadline import NEVER, Deadline, LateError
from evalkit.derivation.worlds.env import WORN_OUT
from evalkit.derivation.worlds.scope import family_key, names_in
from evalkit.errors import SpecError

TOO_LONG = "its end was not read: it is too long"
TOO_MANY = f"its end was not read: it has more than {MAX_RELATIONS} relations"
STOPPED = "stopped after {:.3g} s of processor time: "
LEFT = "{} of {} relations were not judged"
LEFT_OPEN = "what follows from the relations was not looked for to the end"
NOT_CARRIED = "earlier replies used up their share of the time: names that they introduced may be unknown"


@np.errstate(all="ignore")  # once for the reply: what is no finite number is looked for where values are compared
def analyse(
    text: str,
    setting: Setting,
    *,
    seed: int = 0,
    before: Sequence[str] = (),
    plan: Plan | None = None,
    deadline: Deadline = NEVER,
) -> Analysis:
    """Analyse one reply (Markdown with LaTeX or unicode mathematics). Deterministic for a seed; never raises on any text.

    before: the earlier replies of the conversation. Names that these introduced keep their meaning until the reply gives
    them another; names of the problem do not take theirs over, and nothing else of them counts.
    plan: a reading that somebody gave or mended; SpecError where it does not fit the reply.
    deadline: what is not judged when it has passed has no verdict; `lacks` of the analysis says so, and nothing may be
    concluded from what is not found. Deterministic for a clock.
    """
    document = read(text)
    known, all_carried = carried(before, setting, seed, deadline)
    judge = Judge(setting, seed, deadline.part(1.0))
    judge.carry(known)
    reading = read_through(setting, document, judge, plan)
    if plan is None and all_carried and not reading.late:
        remember((*before, text), seed, reading)
    unknown = unknown_places(plan, reading.relations) if plan is not None else []
    if unknown:
        raise SpecError(*unknown)
    relations = [relation(r, document.text) for r in reading.relations]
    judge.deadline.allow(1.0)
    met = milestones.passed(reading, relations)
    relations = [marked(r, i, met) for i, r in enumerate(relations)]
    leapt, found = led_to(reading, relations, met)
    lacks = [TOO_LONG] if len(text) >= MAX_REPLY else []  # one of just that length was cut
    lacks += [TOO_MANY] if reading.cut else []
    lacks += [NOT_CARRIED] if not all_carried else []
    if worn := sum(r.reason == WORN_OUT for r in relations):
        lacks.append(f"{LEFT.format(worn, len(relations))}: {WORN_OUT}")
    if reading.late:
        left = sum(r.rule == RULE for r in relations)
        why = LEFT.format(left, len(relations)) if left else LEFT_OPEN
        lacks.insert(0, STOPPED.format(deadline.seconds) + why)
    return Analysis(tuple(relations), tuple(met), tuple(leapt), found, "; ".join(lacks),
                    plan_of(reading.parts, reading.relations, plan.by if plan is not None else "evalkit"))  # fmt: skip


def led_to(
    reading: Reading, relations: Sequence[Relation], met: Sequence[Met]
) -> tuple[Sequence[Leap], dict[str, ApproachFound]]:
    """Leaps and approaches; only what words say of these where the time is over, and the reading then says so."""
    try:
        with reading.judge.deadline.heeded():
            leapt = leaps.leaps(reading, met, milestones.claimed_too_widely(reading, met))
            return leapt, approaches.found(reading, relations, met)
    except LateError:
        reading.late = True
        return (), approaches.in_words(reading)


def analyse_with(
    proposal: Mapping[str, Any],
    text: str,
    setting: Setting,
    labels: Mapping[Place, float | None],
    before: Sequence[str] = (),
    deadline: Deadline = NEVER,
) -> Analysis:
    """The same, read by the rules and as a model proposes: what both agree on counts.

    proposal: of the form of reading/proposed.py. labels: what people say of relations by their place, 1 true, 0 false.
    """
    ours = analyse(text, setting, before=before, deadline=deadline.part(0.5))
    plan, refused = followable(proposal, text, {(r.start, r.end): r.verdict for r in ours.relations}, setting.scope)
    try:
        theirs = analyse(text, setting, before=before, plan=plan, deadline=deadline.part(0.5))
    except SpecError as error:  # a meaning that cannot be had at its place: what the relations are for still stands
        refused = (*refused, f"its scopes: {error}")
        try:
            theirs = analyse(
                text, setting, before=before, plan=plan.model_copy(update={"scopes": ()}), deadline=deadline.part(1.0)
            )
        except SpecError as again:
            return replace(ours, other=Other(plan, (*refused, f"all of it: {again}"), 0))
    return agreed(ours, theirs, labels, refused)


def relation(r: Read, text: str) -> Relation:
    j = r.judgement
    left = pretty(r.left) if r.left is not None else text[r.start : r.left_end].strip()
    right = pretty(r.right) if r.right is not None else text[r.right_start : r.end].strip()
    uses = (
        frozenset(names_in(r.left)) | frozenset(names_in(r.right))
        if r.left is not None and r.right is not None
        else frozenset[str]()
    )
    if r.introduces:
        uses -= {n for n in uses if n in r.introduces or (family_key(n) in r.introduces and n not in r.introduces)}
    return Relation(r.start, r.end, text[r.start : r.end], left, r.op, right, j.verdict, j.world, j.reason, j.counterexample, j.under,
                    r.chain, r.section, r.introduces, uses, (), r.negated, j.rule)  # fmt: skip


def marked(r: Relation, number: int, met: list[Met]) -> Relation:
    own = tuple(m.id for m in met if m.relation == number)
    return replace(r, milestones=own) if own else r
