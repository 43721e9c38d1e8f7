"""What is asked of the relations of a reply when all of them have been read.

Each pass has a share of the reply's time. Where that is not enough, nothing stays false that was not looked at to the end,
and no value stays true: it may have been taken back.
Not covered: meanings that a part of the reply which was not judged would have given to its letters.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from evalkit.derivation.following.chained import take_back_the_crossed
from evalkit.derivation.following.confirmed import doubt_the_unconfirmed
from evalkit.derivation.following.doubts import dispute_the_doubtful
from evalkit.derivation.following.late import left_out
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.refuted import dispute_the_refuted, given_name, is_of_value
from evalkit.derivation.following.solved import dispute_the_solved
from evalkit.derivation.following.steps import accept_the_steps
from evalkit.derivation.verdicts.verdict import FALSE
from evalkit.derivation.worlds.deadline import LateError

READ, DOUBTED, REFUTED, STEPPED = 0.6, 0.8, 0.86, 0.94
"""By which shares of the time all relations are read and these passes end. The rest is for the findings."""


def look_at_all(reading: Reading) -> None:
    """Every pass over the relations, in its order."""
    take_back_the_crossed(reading)
    doubt_the_unconfirmed(reading)
    settled = in_time(reading, DOUBTED, (dispute_the_solved, dispute_the_doubtful))
    if not in_time(reading, REFUTED, (dispute_the_refuted,)):
        leave_out(reading, lambda read: given_name(reading, read) is not None or is_of_value(read))
    if not in_time(reading, STEPPED, (accept_the_steps,)) or not settled:
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
    return True


def leave_out(reading: Reading, which: Callable[[Read], bool]) -> None:
    """Some of the relations have no verdict."""
    reading.relations[:] = [left_out(read) if which(read) else read for read in reading.relations]
