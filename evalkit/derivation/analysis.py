"""One reply, analysed: its relations with verdicts, the milestones it passes, and the approaches it takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from evalkit.derivation.findings import approaches, leaps, milestones
from evalkit.derivation.findings.agreed import Place, agreed
from evalkit.derivation.findings.results import Analysis, Met, Other, Relation
from evalkit.derivation.following.plan import Plan, plan_of, unknown_places
from evalkit.derivation.following.proposed import followable
from evalkit.derivation.following.reader import read_through
from evalkit.derivation.following.reading import Read
from evalkit.derivation.grammar.pretty import pretty
from evalkit.derivation.problem.setting import Setting
from evalkit.derivation.text.document import MAX_REPLY, read
from evalkit.derivation.verdicts.judge import Judge
from evalkit.derivation.worlds.scope import Defined, Entry, family_key, names_in
from evalkit.errors import SpecError

MAX_CARRIED = 4
"""Earlier replies that are read for what their names mean."""


def analyse(
    text: str, setting: Setting, *, seed: int = 0, before: Sequence[str] = (), plan: Plan | None = None
) -> Analysis:
    """Analyse one reply (Markdown with LaTeX or unicode mathematics). Deterministic for a seed; never raises on any text.

    before: the earlier replies of the conversation. Names that these introduced keep their meaning until the reply gives
    them another; names of the problem do not take theirs over, and nothing else of them counts.
    plan: a reading that somebody gave or mended; SpecError where it does not fit the reply.
    """
    document = read(text)
    judge = Judge(setting, seed)
    judge.carry(carried(before, setting, seed))
    reading = read_through(setting, document, judge, plan)
    unknown = unknown_places(plan, reading.relations) if plan is not None else []
    if unknown:
        raise SpecError(*unknown)
    relations = [relation(r, document.text) for r in reading.relations]
    met = milestones.passed(reading, relations)
    relations = [marked(r, i, met) for i, r in enumerate(relations)]
    leapt = leaps.leaps(reading, met, milestones.claimed_too_widely(reading, met))
    found = approaches.found(reading, relations, met)
    return Analysis(tuple(relations), tuple(met), tuple(leapt), found, len(text) <= MAX_REPLY,
                    plan_of(reading.parts, reading.relations, plan.by if plan is not None else "evalkit"))  # fmt: skip


def analyse_with(
    proposal: Mapping[str, Any],
    text: str,
    setting: Setting,
    labels: Mapping[Place, float | None],
    before: Sequence[str] = (),
) -> Analysis:
    """The same, read by the rules and as a model proposes: what both agree on counts.

    proposal: of the form of reading/proposed.py. labels: what people say of relations by their place, 1 true, 0 false.
    """
    ours = analyse(text, setting, before=before)
    plan, refused = followable(proposal, text, {(r.start, r.end): r.verdict for r in ours.relations}, setting.scope)
    try:
        theirs = analyse(text, setting, before=before, plan=plan)
    except SpecError as error:  # a meaning that cannot be had at its place: what the relations are for still stands
        refused = (*refused, f"its scopes: {error}")
        try:
            theirs = analyse(text, setting, before=before, plan=plan.model_copy(update={"scopes": ()}))
        except SpecError as again:
            return replace(ours, other=Other(plan, (*refused, f"all of it: {again}"), 0))
    return agreed(ours, theirs, labels, refused)


def carried(before: Sequence[str], setting: Setting, seed: int) -> dict[str, Entry]:
    """What the names mean that earlier replies introduced, and the problem did not."""
    own: dict[str, Entry] = {}
    for text in before[-MAX_CARRIED:]:
        judge = Judge(setting, seed)
        judge.carry(own)
        read_through(setting, read(text), judge)
        known = setting.scope.entries.keys()
        own = {
            n: e
            for n, e in {**judge.carried, **judge.own}.items()
            if isinstance(e, Defined) and e.index is None and not {n, n.partition("_")[0], family_key(n)} & known
        }
        own = {
            n: e for n, e in own.items() if isinstance(e, Defined) and set(names_in(e.body)) <= known | set(e.params)
        }
    return dict(own)


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
