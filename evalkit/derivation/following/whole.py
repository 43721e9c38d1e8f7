"""What is asked of the relations of a reply when all of them have been read.

Each pass has a share of the reply's time. Where that is not enough, nothing stays false that was not looked at to the end,
and no value stays true: it may have been taken back.
Not covered: meanings that a part of the reply which was not judged would have given to its letters.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from evalkit.derivation.following.chained import take_back_the_crossed
from evalkit.derivation.following.conditioned import accept_the_conditioned
from evalkit.derivation.following.confirmed import doubt_the_unconfirmed
from evalkit.derivation.following.corrected import withdraw_the_corrected
from evalkit.derivation.following.defined_gradients import judge_the_defined_gradients
from evalkit.derivation.following.doubts import dispute_the_doubtful
from evalkit.derivation.following.eigen_steps import accept_eigen_steps
from evalkit.derivation.following.from_determinant import doubt_what_no_determinant_gives
from evalkit.derivation.following.functions_solved import accept_the_solutions
from evalkit.derivation.following.late import BEYOND, NOT_DOUBTED, NOT_JUDGED, RULE, TOO_LARGE, left_out
from evalkit.derivation.following.linear_parts import accept_first_steps
from evalkit.derivation.following.loss_slips import reject_slips_for_every_loss
from evalkit.derivation.following.losses import take_back_other_paths
from evalkit.derivation.following.members import accept_the_members
from evalkit.derivation.following.own_letters import define_own_letters
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.refuted import dispute_the_refuted, given_name, is_of_value
from evalkit.derivation.following.solved import dispute_the_solved
from evalkit.derivation.following.steps import accept_the_steps
from evalkit.derivation.following.told_behind import accept_what_is_told_behind
from evalkit.derivation.following.told_wrong import leave_open_what_is_told_wrong
from evalkit.derivation.following.worked_examples import work_out_the_examples
from evalkit.derivation.problem.setting import Setting
from evalkit.derivation.verdicts.verdict import FALSE
from evalkit.derivation.worlds.deadline import LateError


class Shares(NamedTuple):
    """By which shares of the time all relations are read and the passes over them end. The rest is for the findings."""

    read: float
    doubted: float
    refuted: float
    stepped: float


ALONE, WITH_FINDINGS = Shares(0.6, 0.82, 0.88, 0.98), Shares(0.6, 0.76, 0.8, 0.88)
"""Where a problem declares milestones, these cost as much as the relations do."""


def shares(setting: Setting) -> Shares:
    return WITH_FINDINGS if setting.milestones or setting.approaches else ALONE


def look_at_all(reading: Reading) -> None:
    """Every pass over the relations, in its order."""
    share = shares(reading.setting)
    take_back_the_crossed(reading)
    take_back_other_paths(reading)
    judge_the_defined_gradients(reading)
    reject_slips_for_every_loss(reading)
    settled = in_time(reading, share.doubted, (accept_the_conditioned,))
    doubt_the_unconfirmed(reading)
    settled &= in_time(reading, share.doubted, (withdraw_the_corrected, dispute_the_solved, dispute_the_doubtful))
    if not in_time(reading, share.refuted, (dispute_the_refuted,)):
        leave_out(reading, lambda read: given_name(reading, read) is not None or is_of_value(read))
    passes = (
        accept_the_solutions, accept_the_members, accept_the_steps, accept_first_steps, accept_eigen_steps, accept_what_is_told_behind,
        define_own_letters, work_out_the_examples, doubt_what_no_determinant_gives, leave_open_what_is_told_wrong,
    )  # fmt: skip
    if not in_time(reading, share.stepped, passes) or not settled:
        leave_out(reading, lambda read: read.judgement.verdict in FALSE)


def in_time(reading: Reading, share: float, passes: Sequence[Callable[[Reading], None]]) -> bool:
    """Whether these passes come to their end before this share of the time has gone by."""
    deadline = reading.judge.deadline
    deadline.allow(share)
    try:
        for one in passes:
            with deadline.heeded():
                one(reading)
    except LateError:
        reading.late = True
        return False
    except TOO_LARGE:
        return False
    return True


def leave_out(reading: Reading, which: Callable[[Read], bool]) -> None:
    """Some of the relations have no verdict."""
    why, rule = (NOT_JUDGED, RULE) if reading.late else (NOT_DOUBTED, BEYOND)
    reading.relations[:] = [left_out(read, why, rule) if which(read) else read for read in reading.relations]
