"""How near is a relation that fails to one that holds? One edit away, it is a slip of the one who wrote it; far away from
everything true, it may as well be a misreading of ours.

What an edit may change stands in edits.py. One that empties a side shows nothing (`1 + 2bc = 1` is not near to `1 = 1`), nor
does another number where all is in numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import chain, islice

import numpy as np

from evalkit.derivation.grammar.nodes import (
    Bin,
    Diff,
    Node,
    Num,
    Sub,
    Sym,
    Un,
    summands,
    walk,
)
from evalkit.derivation.grammar.pretty import pretty
from evalkit.derivation.verdicts.edits import everywhere, from_around, shifted, variants
from evalkit.derivation.verdicts.judge import Judge
from evalkit.derivation.verdicts.verdict import TRUE, Verdict
from evalkit.derivation.worlds.scope import Dimension, Drawn
from evalkit.derivation.worlds.values import Trouble
from evalkit.derivation.worlds.world import GENERIC, Group

MAX_TRIES, MAX_FROM_AROUND = 360, 150
"""Edits of one relation that are computed, and further ones with letters from around it."""
MAX_EDIT_STEPS = 60_000
"""Steps of evaluation, of the costliest world, that the edits of one relation may take."""
MAX_NUMBERS = 12
"""Numbers of one side that are solved for."""
LARGEST, CLOSE = 1000.0, 1e-6
"""How large they may be, and how near to a whole number or a half."""
MAX_ATOMS = 8
"""Letters of a relation that are tried in other places."""


@dataclass(frozen=True, slots=True)
class Slip:
    """The single edit that makes a relation hold: its kind, and the relation afterwards; no kind where none does."""

    kind: str = ""
    left: Node | None = None
    right: Node | None = None


def slip(
    judge: Judge,
    left: Node,
    right: Node,
    wanted: frozenset[Verdict] = TRUE,
    *,
    plainly: bool = True,
    around: Sequence[Node] = (),
    steps: int = MAX_EDIT_STEPS,
) -> Slip:
    """The single edit that makes `left = right` hold as wanted. plainly: also where both sides are then the same as they are
    written, `x^2 = x`, which may as well be an equation to be solved. around: letters of what stands around it, which may
    have been left out of a product or replaced in one. steps: of evaluation that this may take."""
    atoms = atoms_of(judge, left, right)
    special = (s.group for s in judge.setting.specials)
    groups = [GENERIC, *(group for group in special if not judge.is_as_general(group, left, right, *atoms))]
    with (
        judge.keeping_spares(),
        ExitStack() as kept,
    ):  # an edit changes one place: the parts beside it have the value that they had
        for group in groups:
            first = judge.envs(group, judge.moved(group, left, right))[0]
            kept.enter_context(first.keeping_parts())
        share = kept.enter_context(own_steps(judge, steps))
        more = [a for a in around if a not in atoms]
        return first_that_holds(judge, (left, right), (atoms, more), groups, wanted, share, plainly=plainly)


@contextmanager
def own_steps(judge: Judge, steps: int) -> Iterator[Callable[[], bool]]:
    """What is computed inside is no work of the reply. Whether more may be is asked before each edit."""
    boxes = [world.spent for world in judge.worlds]
    before, left = [box[0] for box in boxes], steps
    for box in boxes:
        box[0] = 0

    def is_left() -> bool:
        nonlocal left
        left -= max((box[0] for box in boxes), default=0)
        for box in boxes:
            box[0] = 0
        return left > 0

    yield is_left
    for box, value in zip(boxes, before, strict=True):
        box[0] = value


def first_that_holds(
    judge: Judge,
    sides: tuple[Node, Node],
    atoms: tuple[Sequence[Node], Sequence[Node]],
    groups: Sequence[Group],
    wanted: frozenset[Verdict],
    is_left: Callable[[], bool],
    *,
    plainly: bool,
) -> Slip:
    left, right = sides
    entries, depends = judge.scope.entries, judge.general.depends(Bin("=", left, right))
    in_numbers = not any(isinstance(entries.get(name), Drawn) for name in depends)
    moving = differentials(left, right)
    edits = chain(
        islice(variants(left, right, atoms[0]), MAX_TRIES),
        other_numbers(judge, left, right),
        islice(from_around(left, right, atoms[1]), MAX_FROM_AROUND),
    )
    for edit, new_left, new_right in edits:
        if new_left == new_right or (in_numbers and edit == "number"):
            continue
        if not plainly and alike(new_left, new_right):
            continue
        if moving and differentials(new_left, new_right) != moving:
            continue  # other letters would move: another claim
        if not is_left():
            break
        if not any(holds_at_first(judge, group, new_left, new_right) for group in groups):
            continue
        found = judge.computed(new_left, new_right)
        emptied = (found.verdict is Verdict.ALGEBRA or edit == "number") and any(
            is_random(judge, a) and not is_random(judge, b) for a, b in ((left, new_left), (right, new_right))
        )
        if found.verdict in wanted and not emptied and (not found.under or holds_specially(judge, new_left, new_right)):
            return Slip(edit, new_left, new_right)
    return Slip()


def differentials(*sides: Node) -> set[Node]:
    return {n.x for side in sides for n in walk(side) if isinstance(n, Diff)}


def holds_specially(judge: Judge, left: Node, right: Node) -> bool:
    """Whether it holds in a special world of the problem, too, and not only by what the reply assumed."""
    outcomes = (judge.outcome_in(special.group, left, right) for special in judge.setting.specials)
    return any(outcome is not None and outcome.holds for outcome in outcomes)


def alike(left: Node, right: Node) -> bool:
    """Whether two sides have the same terms, in any order: `a - b` and `-b + a`, `2x` and `x`, `x` and `x^2`."""
    terms = [{pretty(core(t)) for t in summands(side)} for side in (left, right)]
    return terms[0] == terms[1]


def core(node: Node) -> Node:
    """A term without its sign, a number before it and a power of it."""
    match node:
        case Un("-", x) | Bin("*", Num(), x) | Bin("^", x, Num()):
            return core(x)
    return node


def holds_at_first(judge: Judge, group: Group, left: Node, right: Node) -> bool:
    """Whether it holds in the first world of a group."""
    found = judge.attempt_in(judge.envs(group, judge.moved(group, left, right))[:1], left, right)
    return found.outcome is not None and found.outcome.holds


def is_random(judge: Judge, side: Node) -> bool:
    """Whether a side has another value in every world; not what cancels itself, and nothing in numbers."""
    values = []
    for env in judge.envs(GENERIC):
        try:
            env.begin()
            value = env.value(side, {})
        except (Trouble, ArithmeticError, ValueError, np.linalg.LinAlgError):
            continue
        if not isinstance(value, np.ndarray):
            return True
        values.append(value)
    return len(values) < 2 or any(v.shape != values[0].shape or not np.allclose(v, values[0]) for v in values[1:])


def atoms_of(judge: Judge, left: Node, right: Node) -> list[Node]:
    """The letters of a relation, then the sizes that the problem has letters for."""
    found = [n for side in (left, right) for n in walk(side) if isinstance(n, Sym | Sub)]
    sizes = [Sym(n) for n, e in judge.setting.scope.entries.items() if isinstance(e, Dimension)]
    return [*list(dict.fromkeys(found))[:MAX_ATOMS], *(s for s in sizes[:3] if s not in found)]


def other_numbers(judge: Judge, left: Node, right: Node) -> Iterator[tuple[str, Node, Node]]:
    """The relation with another value for one of its numbers, a whole one or a half: the one that makes both sides equal in
    the first world, where a side is linear in the number. Where both sides are the same in every world, some number always is."""
    if not is_random(judge, left) and not is_random(judge, right):
        return
    env = judge.envs(GENERIC, judge.moved(GENERIC, left, right))[0]
    for at, (side, other) in enumerate(((right, left), (left, right))):
        for place, more in enumerate(islice(everywhere(side, shifted(1.0), ()), MAX_NUMBERS)):
            try:
                env.begin()
                here, there, wanted = (np.asarray(env.value(x, {})) for x in (side, more.side, other))
            except (Trouble, ArithmeticError, ValueError, np.linalg.LinAlgError):
                return
            if not here.shape == there.shape == wanted.shape:
                return
            step = (there - here).reshape(-1)
            if not (size := float(np.vdot(step, step).real)):
                continue
            value = more.was + float(np.vdot(step, (wanted - here).reshape(-1)).real) / size
            if not CLOSE < abs(value) < LARGEST or abs(2 * value - round(2 * value)) > CLOSE:
                continue
            new = next(islice(everywhere(side, shifted(round(2 * value) / 2 - more.was), ()), place, None)).side
            yield "number", *((left, new) if at == 0 else (new, right))
