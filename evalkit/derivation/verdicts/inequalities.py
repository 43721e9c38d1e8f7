"""Inequalities, by sampling: never a proof."""

from __future__ import annotations

import numpy as np

from evalkit.derivation.grammar.nodes import Bin, Node
from evalkit.derivation.verdicts.in_world import TIGHT, assignments, example
from evalkit.derivation.verdicts.judge import Judge
from evalkit.derivation.verdicts.verdict import Counterexample, Judgement, Verdict, unbound
from evalkit.derivation.worlds.indices import loose_indices
from evalkit.derivation.worlds.scope import unbound_names
from evalkit.derivation.worlds.values import IllTyped, Trouble, Unbound, matched
from evalkit.derivation.worlds.world import ASSUMED, GENERIC


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
        return Judgement(Verdict.FAILS, reason=f"inequality, violated in all {seen} samples", counterexample=example_)
    return Judgement(Verdict.SKIPPED, reason=f"inequality, held in {held} of {seen} samples", counterexample=example_)
