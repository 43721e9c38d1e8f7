"""Do a problem's own milestones hold where they should, and do they say anything? No reply is needed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evalkit.derivation.problem.setting import Milestone, Pair, Setting
from evalkit.derivation.verdicts.judge import Judge
from evalkit.derivation.verdicts.verdict import Verdict
from evalkit.derivation.worlds.world import GENERIC, Group


@dataclass(frozen=True, slots=True)
class Proof:
    """One form of one milestone: whether it holds where it should, and whether it says anything."""

    milestone: str
    form: int
    holds: bool
    reason: str


@np.errstate(all="ignore")
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
    group = Group(milestone.world) if milestone.world else GENERIC
    world = group.world
    moved = judge.moved(group, left, right)
    attempt = judge.attempt(group, left, right, moved)
    if attempt.outcome is None:
        return False, f"cannot be evaluated in the world {world!r}: {attempt.error}"
    if not attempt.outcome.holds:
        return False, explain(Verdict.FAILS, f"in the world {world!r}", attempt.outcome.counterexample)
    if milestone.kind == "condition" and judge.equation(left, right).verdict in (Verdict.IDENTITY, Verdict.ALGEBRA):
        return True, "holds everywhere, not only in its world"
    if not judge.meaningful(group, left, right, attempt.outcome, moved):
        return False, f"reads 0 = 0 in the world {world!r}"
    return True, f"holds in {world!r}"


def explain(verdict: Verdict, reason: str, example: object) -> str:
    return f"{verdict}{': ' + reason if reason else ''}{f' ({example})' if example else ''}"
