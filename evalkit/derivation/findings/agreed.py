"""Two readings of one reply, the rules' own and a model's: what both agree on counts, all else is disputed.

The worlds judge by each reading. A relation is true only where it is true by both, and false only where it is false by
both: no reading that a model proposes makes a false relation true, or a true one false. What the rules leave undecided
stays so. Where the two differ, a person who has labelled the relation decides: the reading that says the same stands.

Not covered: milestones, leaps and approaches, which stay those of the rules; relations that the rules did not find.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from evalkit.derivation.findings.results import Analysis, Other, Relation
from evalkit.derivation.verdicts.verdict import FALSE, NO_CLAIM, TRUE, UNDECIDED, Verdict

RULE = "readings_differ"
SAYS = "The rules' reading and a model's come to different verdicts, and nobody has labelled it."
SETTLED = "settled"
SAYS_SETTLED = "Two readings differ, and a person's label says which of them is right."
Place = tuple[int, int]


def agreed(
    ours: Analysis, theirs: Analysis, labels: Mapping[Place, float | None], refused: tuple[str, ...]
) -> Analysis:
    """The rules' analysis, with the verdicts on which both agree.

    theirs: of the same reply by the model's reading. labels: what people say of relations, 1 true, 0 false.
    refused: what of the model's reading could not be followed.
    """
    left: dict[Place, list[Relation]] = {}
    for relation in reversed(theirs.relations):
        left.setdefault((relation.start, relation.end), []).append(relation)
    found = []
    for mine in ours.relations:
        there = left.get((mine.start, mine.end))
        found.append(_one(mine, there.pop() if there else None, labels.get((mine.start, mine.end))))
    differ = sum(r.rule in (RULE, SETTLED) for r in found)
    return replace(
        ours, relations=tuple(found), lacks=ours.lacks or theirs.lacks, other=Other(theirs.reading, refused, differ)
    )


def _one(mine: Relation, other: Relation | None, label: float | None) -> Relation:
    said = str(other.verdict) if other is not None else "no relation"
    decided = _class(mine) != "undecided"
    if decided and other is not None and _class(mine) == _class(other):
        return mine
    for reading in (mine, other):
        if label is not None and reading is not None and _class(reading) == ("true" if label else "false"):
            why = "; ".join(filter(None, [reading.reason, "as a person labelled it"]))
            return replace(reading, reason=why, rule=SETTLED, milestones=mine.milestones)
    if not decided:
        return mine
    reason = f"the rules read it as {mine.verdict}, a model as {said}"
    return replace(mine, verdict=Verdict.DISPUTED, reason=reason, counterexample=None, rule=RULE)


def _class(relation: Relation) -> str:
    """What a verdict comes to."""
    verdict = relation.verdict
    if verdict in TRUE:
        return "true"
    if verdict in FALSE:
        return "false"
    return "no claim" if verdict in NO_CLAIM else "undecided" if verdict in UNDECIDED else str(verdict)
