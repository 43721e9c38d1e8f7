"""Inequalities, by sampling: true where many samples of all kinds bear it out, false where all violate it, near and far.

What some values of its letters fulfil may be said of these values, and is no error: it is neither.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping, Sequence

import numpy as np

from evalkit.derivation.grammar.nodes import Bin, Node, Sym
from evalkit.derivation.verdicts.extremes import holds_in_extremes, is_known
from evalkit.derivation.verdicts.in_world import TIGHT, assignments, example
from evalkit.derivation.verdicts.judge import Judge
from evalkit.derivation.verdicts.verdict import Counterexample, Judgement, Verdict, unbound
from evalkit.derivation.worlds.draw import Array, generator
from evalkit.derivation.worlds.env import Env
from evalkit.derivation.worlds.indices import loose_indices
from evalkit.derivation.worlds.scope import Defined, Drawn, unbound_names
from evalkit.derivation.worlds.values import IllTyped, Local, Trouble, Unbound, matched, number
from evalkit.derivation.worlds.world import ASSUMED, GENERIC, Group

SAMPLES, MAX_LETTERS = 24, 4
"""Of what is to be called true, beside the special values; and the numbers on which it may depend."""
MAX_SAMPLED, MAX_STEPS, MAX_WORK = 30, 80, 2000
"""Inequalities of a reply that are looked at in many samples; steps of evaluation and computed entries of one side."""
ENOUGH = 12
"""How many of these must have a value."""
WHOLE = 12
"""Whole numbers that are tried: of much larger ones powers cannot be told apart."""
SPECIAL = (0.0, 1.0, -1.0, 2.0, 0.5, -0.5, 0.1, math.pi / 2, -math.pi / 2, math.pi)
"""Values that all letters take together, as far as they may."""
FEW, MANY = 2.0, 4.0
"""Over how many powers of ten the values at random lie, to both sides of 1: half of them near, half of them far."""
ALIKE = (0.5, -0.5, 0.1, -0.1, 0.25, 0.75, 1.5, 3.0, -3.0, 10.0, -10.0, 50.0, -50.0, 300.0, -300.0)
"""Further values that all letters take together where it is asked whether any fulfil an inequality."""
LARGE = 400
"""Entries of a drawn matrix up to which its sizes are tried."""
SCALABLE = frozenset(
    {"data", "fixed", "centred", "symmetric", "diagonal", "psd", "pd", "invertible", "lower", "upper", "skew"}
    | {"positive", "nonnegative", "scalar", "vector", "matrix"}
)
"""Kinds that a multiple by a positive number keeps."""
POSITIVE = frozenset({"positive", "nonnegative", "psd", "pd"})


def inequality(judge: Judge, left: Node, op: str, right: Node) -> Judgement:
    """By sampling: never a proof. It fails only where it is violated in every world."""
    flip = op in (">", "geq")
    seen = held = 0
    example_: Counterexample | None = None
    groups = (
        [ASSUMED] if judge.rests_on_assumptions(left, right) else [GENERIC, *(s.group for s in judge.setting.specials)]
    )
    for group in groups:
        for env in judge.envs(group):
            try:
                both = Bin("=", left, right)
                for local in assignments(env, both, loose_indices(env, both, {}), judge.limits):
                    env.begin()
                    with np.errstate(all="ignore"):
                        a, b = matched(env.side(left, local), env.side(right, local))
                    if a.size != 1 or np.iscomplexobj(a) or np.iscomplexobj(b):
                        return Judgement(Verdict.SKIPPED, reason="inequality between matrices")
                    gap = (a - b).item() if flip else (b - a).item()
                    seen += 1
                    if gap >= -TIGHT * max(env.scale, 1.0):
                        held += 1
                    else:
                        example_ = example_ or example(env, a, b, local)
            except Unbound:
                return unbound(unbound_names(judge.scope, left, right), "a name")
            except (Trouble, ArithmeticError, ValueError, RecursionError, np.linalg.LinAlgError) as error:
                if isinstance(error, IllTyped):
                    return Judgement(Verdict.ILL_TYPED, reason=str(error))
                continue
    if seen == 0:
        return Judgement(Verdict.SKIPPED, reason="inequality")
    if held == 0 and seen >= 3:
        if holds_somewhere(judge, left, op, right):
            return Judgement(Verdict.SKIPPED, reason="inequality, holds for some values", counterexample=example_)
        return Judgement(Verdict.FAILS, reason=f"inequality, violated in all {seen} samples", counterexample=example_)
    if held == seen and holds_widely(judge, left, op, right):
        return Judgement(Verdict.ALGEBRA, reason="inequality, held in all samples near and far")
    if held == seen and (far := far_off(judge, groups[:1], left, op, right)) is not None:
        return far
    return Judgement(Verdict.SKIPPED, reason=f"inequality, held in {held} of {seen} samples", counterexample=example_)


def what_it_rests_on(judge: Judge, group: Group, left: Node, op: str, right: Node) -> Hashable:
    """An inequality with the meanings of its names, the sizes of the worlds and the bounds of its indices."""
    base, limits = judge.envs(group)[0], judge.limits
    meant = frozenset((n, base.scope.entries.get(n)) for n in base.depends(Bin("=", left, right)))
    sizes = tuple(frozenset(world.sizes.items()) for world in judge.worlds)
    return (
        group,
        left,
        op,
        right,
        meant,
        sizes,
        frozenset(limits.ranges.items()),
        frozenset(limits.unequal | limits.equal),
    )


def far_off(judge: Judge, groups: Sequence[Group], left: Node, op: str, right: Node) -> Judgement | None:
    """True in the first of these groups in which extreme worlds bear it out."""
    for group in groups:
        known, key = judge.limits.borne_out, what_it_rests_on(judge, group, left, op, right)
        if key not in known:
            if judge.limits.sampled >= MAX_SAMPLED:
                return None
            judge.limits.sampled += 1
            known[key] = holds_in_extremes(judge, group, left, op, right)
        if known[key]:
            reason = "inequality, held in all samples near and far"
            if group == GENERIC:
                return Judgement(Verdict.ALGEBRA, reason=reason)
            under = tuple(sorted(judge.assumed)) if group == ASSUMED else ()
            return Judgement(Verdict.HOLDS, "assumptions" if group == ASSUMED else group.world, reason, under=under)
    return None


def holds_widely(judge: Judge, left: Node, op: str, right: Node) -> bool:
    """Whether it holds for numbers near and far, of both signs, equal, whole and 0, as far as their declarations allow these.
    False where it depends on something else than a few free numbers."""
    env, both = judge.envs(GENERIC)[0], Bin("=", left, right)
    letters = {n: e for n in env.depends(both) if not isinstance(e := env.scope.entries.get(n), Defined | None)}
    if loose_indices(env, both, {}) or len(letters) > MAX_LETTERS or judge.limits.sampled >= MAX_SAMPLED:
        return False
    judge.limits.sampled += 1
    if not all(is_known(env.scope.entries.get(n)) for n in env.depends(both)):
        return False
    if not all(isinstance(e, Drawn) and e.shape == () and "size" not in e.kinds for e in letters.values()):
        return False
    drawn = {n: e for n, e in letters.items() if isinstance(e, Drawn)}
    seen = 0
    for local in samples(env, drawn) if drawn else [{}]:
        try:
            with np.errstate(all="ignore"):
                env.begin()
                a, b = matched(env.value(left, local), env.value(right, local))
                if env.steps > MAX_STEPS or env.work > MAX_WORK:
                    return False  # too much for so many samples
        except (Trouble, ArithmeticError, ValueError, RecursionError, np.linalg.LinAlgError):
            continue
        if (
            a.size != 1
            or np.iscomplexobj(a)
            or np.iscomplexobj(b)
            or not (np.isfinite(a).all() and np.isfinite(b).all())
        ):
            continue
        gap = (a - b).item() if op in (">", "geq") else (b - a).item()
        rounding = 1e-12 * max(env.scale, abs(a.item()), abs(b.item()))
        if gap < -rounding or (op in ("<", ">") and gap <= rounding):
            return False
        seen += 1
    return seen >= (ENOUGH if drawn else 1)


def holds_somewhere(judge: Judge, left: Node, op: str, right: Node) -> bool:
    """Whether some values near and far, of all sizes, fulfil what those drawn do not. Not tried: sums over an index, and what
    depends on more than a few letters or on letters of a kind that no other size has (an orthonormal basis)."""
    env, both = judge.envs(GENERIC)[0], Bin("=", left, right)
    entries = {n: e for n in env.depends(both) if isinstance(e := env.scope.entries.get(n), Drawn)}
    if not entries or loose_indices(env, both, {}) or len(entries) > MAX_LETTERS or judge.limits.sampled >= MAX_SAMPLED:
        return False
    judge.limits.sampled += 1
    for local in sizes_and_signs(env, entries):
        gap = gap_at(env, left, op, right, local)
        if gap is not None and gap > 0:
            return True
        if env.steps > MAX_STEPS or env.work > MAX_WORK:
            return False
    return False


def gap_at(env: Env, left: Node, op: str, right: Node, local: Local) -> float | None:
    """By how much it holds with these values; None where it has no value there."""
    try:
        with np.errstate(all="ignore"):
            env.begin()
            a, b = matched(env.value(left, local), env.value(right, local))
    except (Trouble, ArithmeticError, ValueError, RecursionError, np.linalg.LinAlgError):
        return None
    if a.size != 1 or np.iscomplexobj(a) or np.iscomplexobj(b) or not (np.isfinite(a).all() and np.isfinite(b).all()):
        return None
    gap: float = (a - b).item() if op in (">", "geq") else (b - a).item()
    return gap if abs(gap) > 1e-9 * max(env.scale, abs(a.item()), abs(b.item())) else 0.0


def sizes_and_signs(env: Env, letters: Mapping[str, Drawn]) -> Iterator[Local]:
    """Values for numbers as in `samples`, and with each the drawn matrices in other sizes and signs."""
    numbers = {n: e for n, e in letters.items() if e.shape == ()}
    arrays: dict[str, Array] = {}
    if not all(e.kinds <= SCALABLE | {"integer"} for e in numbers.values()):
        return
    for name in sorted(letters.keys() - numbers.keys()):
        value = env.value(Sym(name), {})
        if not letters[name].kinds <= SCALABLE or not isinstance(value, np.ndarray) or value.size > LARGE:
            return
        arrays[name] = value
    rng = generator(env.world.seed, env.world.label, "somewhere", *sorted(letters))
    alike = [{n: number(allowed(v, e)) for n, e in numbers.items()} for v in ALIKE]
    for local in (*alike, *samples(env, numbers)):
        here = dict(local)
        for name, value in arrays.items():
            sign = 1.0 if letters[name].kinds & POSITIVE else rng.choice((1.0, -1.0))
            here[name] = value * (sign * 10 ** rng.uniform(-2, 2))
        yield here


def samples(env: Env, letters: Mapping[str, Drawn]) -> Iterator[Local]:
    """Values for the letters: all the same, then at random over many sizes."""
    rng = generator(env.world.seed, env.world.label, "inequality", *sorted(letters))
    for value in SPECIAL:
        fit = {n for n, e in letters.items() if is_allowed(value, e)}
        others = {n: number(allowed(float(rng.normal()), letters[n])) for n in sorted(letters.keys() - fit)}
        if fit:
            yield others | {n: number(value) for n in fit}
    for powers in (FEW, MANY):
        for _ in range(SAMPLES):
            values = {n: float(rng.normal() * 10 ** rng.uniform(-powers, powers)) for n in sorted(letters)}
            yield {n: number(allowed(v, letters[n])) for n, v in values.items()}


def is_allowed(value: float, letter: Drawn) -> bool:
    return value > 0 or not (letter.kinds & {"positive"} or (value < 0 and letter.kinds & {"nonnegative"}))


def allowed(value: float, letter: Drawn) -> float:
    """A value such as the letter is declared to have."""
    value = abs(value) if letter.kinds & {"positive", "nonnegative"} else value
    return 1.0 + round(abs(value)) % WHOLE if "integer" in letter.kinds else value
