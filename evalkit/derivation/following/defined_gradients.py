r"""`dW = dz\, x^\top` after `dz = (2, -1)^\top`: what defines the gradient of a loss in numbers, and says something of every loss, too.

Where the first gradient is given in numbers, those made of it get their meaning by the equations that they are claimed by. With
the problem's own meaning of all letters such an equation is true where it holds for every loss; where it holds for none, a single
edit decides as it does of other gradients (loss_slips.py), else it stays a definition.
Not covered: problems that know nothing but numbers; averages over a batch.
"""

from __future__ import annotations

from dataclasses import replace

from evalkit.derivation.following.gradients import without_d
from evalkit.derivation.following.loss_names import last
from evalkit.derivation.following.loss_told import crossed, is_added_to
from evalkit.derivation.following.losses import any_loss
from evalkit.derivation.following.reading import LossPlace, Read, Reading
from evalkit.derivation.grammar.derivatives import LOSS
from evalkit.derivation.grammar.gradients import GRADIENTS
from evalkit.derivation.grammar.nodes import Call, Grad, Node, Sub, Sym, walk
from evalkit.derivation.verdicts.verdict import FALSE, TRUE, Verdict
from evalkit.derivation.worlds.calls import ANY_LOSS
from evalkit.derivation.worlds.scope import Defined, Entry, names_in

MAX_TRIED = 20
"""Definitions of a reply that are tried."""


def judge_the_defined_gradients(reading: Reading) -> None:
    """Call true what defines a gradient by another one, and holds for every loss."""
    if not reading.judge.scope.writes(GRADIENTS):
        return
    defined = [at for at, r in enumerate(reading.relations) if is_of_gradients(reading, r)][:MAX_TRIED]
    sides = [side for at in defined for side in reading.relations[at].sides]
    by = {n.name: of for side in sides for n, of in gradients_in(reading, side)}
    ends = last(reading.staff.scope, list(dict.fromkeys(of.name for of in by.values())))
    if not ends or is_added_to(reading, LOSS):
        return
    entries: dict[str, Entry] = {LOSS: Defined(Call(ANY_LOSS, tuple(map(Sym, ends))), (), None, "reply")}
    entries |= {name: Defined(Grad(Sym(LOSS), of), (), None, "reply") for name, of in by.items()}
    for at in defined:
        read = reading.relations[at]
        inner = {of.name for side in read.sides for _, of in gradients_in(reading, side)} - set(ends)
        place = LossPlace(read.section, tuple(ends), frozenset(inner))
        if not crossed(reading, place):
            reading.relations[at] = for_every_loss(reading, read, entries, place)


def for_every_loss(reading: Reading, read: Read, entries: dict[str, Entry], place: LossPlace) -> Read:
    """The relation with the verdict that it has for every loss, if that is true; else as it was."""
    judge = reading.staff.branch()
    judge.define(entries)
    judgement = judge.equation(*read.sides)
    if judgement.verdict in TRUE:
        reading.losses[read.start, read.end] = place
        why = f"for every loss of {', '.join(place.ends)}"
        return replace(read, judgement=replace(judgement, reason=why, rule=any_loss.__name__))
    if judgement.verdict in FALSE:
        reading.no_loss[read.start, read.end] = place, replace(read, judgement=judgement, then=judge)
    return read


def is_of_gradients(reading: Reading, read: Read) -> bool:
    """Whether it gives a gradient its meaning by another one."""
    defines = read.judgement.verdict is Verdict.DEFINITION and read.right is not None and not read.negated
    if not defines or not isinstance(read.left, Sym | Sub) or read.left.name in names_in(read.right or read.left):
        return False
    return all(any(True for _ in gradients_in(reading, side)) for side in read.sides)


def gradients_in(reading: Reading, node: Node) -> list[tuple[Sym | Sub, Sym | Sub]]:
    """The d-names in it, and by what they are gradients, where the problem knows that."""
    scope = reading.staff.scope
    named = [(n, without_d(n, scope)) for n in walk(node) if isinstance(n, Sym | Sub) and scope.find(n.name) is None]
    return [(n, of) for n, of in named if of is not None]
