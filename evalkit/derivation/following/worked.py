r"""Steps of mere computing: `\partial L/\partial x = y - 2kx`, and the second link of `a(b + c) = ab + ac = ...`.

What is worked out needs no condition: the same free letters stand on both sides, it goes on a chain or says what a
derivative is, and a single edit makes it true in every world. Then it was read rightly, whatever the text supposes of its
letters elsewhere, and is a slip. Not covered: a step that puts a condition or a value in, equations that begin a chain.
"""

from __future__ import annotations

from dataclasses import replace

from evalkit.derivation.following.grounds import Grounds
from evalkit.derivation.following.moments import RANDOM
from evalkit.derivation.following.reading import Read
from evalkit.derivation.following.sentence import condition_follows
from evalkit.derivation.following.shapes import plain_name
from evalkit.derivation.following.standing import standing
from evalkit.derivation.grammar.nodes import is_derivative, is_zero
from evalkit.derivation.text.roles import Role
from evalkit.derivation.verdicts.judge import ANOTHER_MEANING
from evalkit.derivation.verdicts.verdict import TRUE, Judgement, Verdict
from evalkit.derivation.worlds.scope import folded_names, unbound_names
from evalkit.derivation.worlds.world import GENERIC

RULE = "worked_out"
WAITING = frozenset({"unmodelled", "vanishing_term", "unclaimed"})
"""Rules that leave open what fails, since its letters may obey a condition or its clause claim nothing."""
GRANTED = frozenset({"order", "transpose", "inverse", "exponent", "letter"})
"""Edits that a condition on matrices stands for: what commutes, is symmetric, orthogonal, or equal to something else."""
SETTLED = 2
"""Other chains that must be true by what a name may stand for, until that is what it means."""


def reject_the_miscomputed(grounds: Grounds) -> None:
    """Call false what is left open for a condition that it does not need, among the relations of the grounds."""
    for at, read in enumerate(grounds.relations):
        found = read.judgement
        waits = found.rule in WAITING or found.verdict is Verdict.VACUOUS or found.reason.endswith(RANDOM)
        waits = waits or is_settled(grounds, read)
        if not waits or not is_worked_out(grounds, read):
            continue
        outcome = grounds.without_assumptions(read).outcome_in(GENERIC, *read.sides)
        example = outcome.counterexample if outcome is not None else None
        judged = Judgement(Verdict.FAILS, counterexample=example, rule=RULE)
        grounds.relations[at] = grounds.reading.relations[at] = replace(read, judgement=judged)


def is_settled(grounds: Grounds, read: Read) -> bool:
    """Whether it fails but for what its names may stand for besides, and several true relations of the reply have these
    names: `X'` was the transpose all along. Not of fonts, in which rows may be columns."""
    names = set(read.judgement.unknown)
    if not read.judgement.reason.startswith(ANOTHER_MEANING) or not names or names & set(grounds.judge(read).odd):
        return False
    true = [
        r for r in grounds.relations if r.judgement.verdict in TRUE and r.left is not None and r.chain != read.chain
    ]
    told = [(r.chain, folded_names(grounds.judge(r).scope, *r.sides)) for r in true]
    return all(len({chain for chain, folded in told if name in folded}) >= SETTLED for name in names)


def is_worked_out(grounds: Grounds, read: Read) -> bool:
    """Whether it fails in general, rewrites one expression in the same letters, and is one edit from what always holds."""
    if read.op != "=" or read.left is None or read.right is None or any(map(is_zero, read.sides)) or read.negated:
        return False
    derived, linked = is_derivative(read.left), in_a_chain(grounds, read)
    letters, others = (grounds.free(read, side) for side in read.sides)
    if not others or not (letters == others or (derived and others < letters)):
        return False
    if not (derived or linked or stands_for_itself(grounds, read)):
        return False
    judge = grounds.without_assumptions(read)
    found = judge.outcome_in(GENERIC, *read.sides)
    if (found is not None and found.holds) or unbound_names(judge.scope, *read.sides):
        return False
    slip = grounds.general_slip(read) if derived or linked else grounds.slip_of_rewriting(read)
    return bool(slip) and (derived or slip not in GRANTED)


def stands_for_itself(grounds: Grounds, read: Read) -> bool:
    """Whether it stands in no chain, and neither gives a name a value nor is supposed: it may say what an expression is."""
    if read.left is None or plain_name(read.left) is not None or condition_follows(grounds, read):
        return False
    alone = all(r is read or r.chain != read.chain for r in grounds.relations)
    return alone and standing(grounds.reading, read) not in (Role.SUPPOSED, Role.GIVEN)


def in_a_chain(grounds: Grounds, read: Read) -> bool:
    """Whether it is a link of a chain, and begins with an expression."""
    links = [r for r in grounds.relations if r.chain == read.chain and r is not read]
    name = read.left is not None and plain_name(read.left)
    return bool(links) and not (name and all(r.start > read.start for r in links))
