"""Which replies of two arms are compared with which: pairs, replies without a partner, and copies that count once."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from evalkit.comparing.comparison import MOST_MODELS, PAIRED, Contrast, Pairs, Relation
from evalkit.runfile.columns import Words, together
from evalkit.stats.groups import Sides

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FAILED = "failed"


@dataclass(frozen=True)
class Rows:
    """Replies of one arm on one metric, ordered by `unit`: the number of the problem, model and sample.

    All arrays of shape (replies,). value: NaN where it could not be judged, `reason` says why. What opening, prompts,
    text and long are: see frame.
    """

    unit: NDArray[np.int64]
    value: NDArray[np.float64]
    reason: Words
    opening: NDArray[np.int64]
    prompts: NDArray[np.int32]
    text: NDArray[np.int64]
    long: NDArray[np.bool_]
    problem: NDArray[np.int64]
    model: NDArray[np.int64]
    cluster: NDArray[np.int64]
    """-1 where every problem is its own cluster."""
    sample: NDArray[np.int64]
    chat: NDArray[np.int64]
    """A number for the questions that were asked in one conversation; -1 where the question was asked alone."""

    def __len__(self) -> int:
        return len(self.unit)

    def take(self, at: NDArray[np.int64] | NDArray[np.bool_] | slice) -> Rows:
        import numpy as np

        if isinstance(at, np.ndarray) and at.dtype == np.bool_:
            if at.all():
                return self
            at = np.flatnonzero(at)  # a dozen columns: the mask is read once
        return Rows(*(getattr(self, name)[at] for name in _NAMES))

    @property
    def judged(self) -> NDArray[np.bool_]:
        import numpy as np

        return ~np.isnan(self.value)

    @property
    def stratum(self) -> NDArray[np.int64]:
        """A number for the problem and model of each reply."""
        return self.problem * MOST_MODELS + self.model


_NAMES = tuple(f.name for f in fields(Rows))


def of_model(arms: Mapping[str, Rows], model: int) -> dict[str, Rows]:
    """The rows of one model alone, of the arms that it was asked in."""
    chosen = {arm: rows.take(rows.model == model) for arm, rows in arms.items()}
    return {arm: rows for arm, rows in chosen.items() if len(rows)}


@dataclass(frozen=True)
class Matched:
    """The replies of two arms on one metric. `arm` and `baseline`: the pairs, in the same order; `alone_arm` and
    `alone_baseline`: replies whose partner was never asked for."""

    arm: Rows
    baseline: Rows
    alone_arm: Rows
    alone_baseline: Rows

    @property
    def sides(self) -> tuple[Rows, Rows]:
        """All replies of the arm and of the baseline."""
        return _joined(self.arm, self.alone_arm), _joined(self.baseline, self.alone_baseline)

    @cached_property
    def judged(self) -> NDArray[np.bool_]:
        """The pairs of which both sides could be judged."""
        return self.arm.judged & self.baseline.judged

    @cached_property
    def relation(self) -> Relation:
        a, b, judged = self.arm, self.baseline, self.judged
        if not judged.any():
            return "apart"
        if (a.opening != b.opening)[judged].any():
            return "apart" if (a.prompts != b.prompts)[judged].any() else "alike"
        # The first answer is one and the same. Later ones may differ although nothing else was said to the model.
        return "shared" if (a.text != b.text)[judged].any() else "same"

    @cached_property
    def whole(self) -> tuple[Pairs | None, int]:
        """As `pairs`, with all that could not be judged, which is NaN."""
        return _counted(self.arm, self.baseline, (self.alone_arm, self.alone_baseline), self.relation)


def matched(arm: Rows, baseline: Rows) -> Matched:
    """Both arms' rows put together by the number of the problem, model and sample."""
    import numpy as np

    if np.array_equal(arm.unit, baseline.unit):  # nearly always
        return Matched(arm, baseline, arm.take(slice(0)), baseline.take(slice(0)))
    _, mine, theirs = np.intersect1d(arm.unit, baseline.unit, assume_unique=True, return_indices=True)
    rest, others = (
        np.setdiff1d(np.arange(len(x)), at, assume_unique=True) for x, at in ((arm, mine), (baseline, theirs))
    )
    return Matched(arm.take(mine), baseline.take(theirs), arm.take(rest), baseline.take(others))


def pairs(found: Matched, relation: Relation, ends: tuple[float, float] | None = None) -> tuple[Pairs | None, int]:
    """What is compared, and how many replies were left out as copies. None where nothing is left.

    Arms that share an answer are compared pair by pair. Others need no pairs: where one has more replies (without a
    partner, or without copies), the problem means are compared. ends: values that stand for what could not be judged,
    in the arm and in the baseline; default: such pairs are left out.
    """
    arm, baseline, alone = found.arm, found.baseline, (found.alone_arm, found.alone_baseline)
    if ends is not None:
        whole, lost = found.whole
        return (None if whole is None else _filled(whole, ends)), lost
    arm, baseline = arm.take(found.judged), baseline.take(found.judged)
    alone = (alone[0].take(alone[0].judged), alone[1].take(alone[1].judged))
    return _counted(arm, baseline, alone, relation)


def _counted(arm: Rows, baseline: Rows, alone: tuple[Rows, Rows], relation: Relation) -> tuple[Pairs | None, int]:
    if relation in PAIRED:
        keep = _distinct_pairs(arm, baseline)
        kept = (arm.take(keep), baseline.take(keep))
        return (_as_pairs(*kept, relation) if len(kept[0]) else None), 2 * int((~keep).sum())
    sides = (_joined(arm, alone[0]), _joined(baseline, alone[1]))
    keeps = [distinct(x.stratum, x.text, x.long) for x in sides]
    lost = sum(int((~k).sum()) for k in keeps)
    if not len(alone[0]) and not len(alone[1]) and (keeps[0] == keeps[1]).all():
        kept = (arm.take(keeps[0]), baseline.take(keeps[0]))
        return (_as_pairs(*kept, relation) if len(kept[0]) else None), lost
    return _as_sides(sides[0].take(keeps[0]), sides[1].take(keeps[1]), relation), lost


def _filled(pairs: Pairs, ends: tuple[float, float]) -> Pairs:
    """With values for what could not be judged, in the arm and in the baseline."""
    import numpy as np

    arm, baseline = (np.where(np.isnan(x), end, x) for x, end in zip((pairs.arm, pairs.baseline), ends, strict=True))
    return replace(pairs, arm=arm, baseline=baseline)


def _joined(rows: Rows, more: Rows) -> Rows:
    import numpy as np

    if not len(more):
        return rows
    both = {n: np.concatenate([getattr(rows, n), getattr(more, n)]) for n in _NAMES if n != "reason"}
    return Rows(**both, reason=together([rows.reason, more.reason]))


def _distinct_pairs(arm: Rows, baseline: Rows) -> NDArray[np.bool_]:
    """Which pairs count: a copy repeats both sides."""
    import numpy as np

    other = baseline.text - baseline.text.min(initial=0)  # what is nobody's text has a negative number
    both = arm.text * (int(other.max(initial=0)) + 1) + other
    text = np.unique(both, return_inverse=True)[1]
    return distinct(arm.stratum, text, arm.long | baseline.long)


def distinct(stratum: NDArray[np.int64], text: NDArray[np.int64], long: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which replies count: copies, equal word for word in one stratum (problem and model), are not samples.

    Of long replies the first of each text counts: those are copies (decoding without chance, an import twice). Short
    ones also repeat by chance, and to drop some would move the stratum's mean: their numbers are divided by their
    greatest common divisor, so that ten equal replies count once, and nine of one and one of another stay.
    """
    import numpy as np

    known = np.sort(text)
    if not (known[1:] == known[:-1]).any():  # nearly always: nobody said anything twice
        return np.ones(len(text), dtype=np.bool_)
    order = np.lexsort((text, stratum))
    s, t = stratum[order], text[order]
    new = np.ones(len(s), dtype=np.bool_)
    new[1:] = (s[1:] != s[:-1]) | (t[1:] != t[:-1])
    starts = np.flatnonzero(new)
    times = np.diff(np.append(starts, len(s)))
    if not len(s) or times.max() == 1:
        return np.ones(len(s), dtype=np.bool_)
    first = np.ones(len(starts), dtype=np.bool_)
    first[1:] = s[starts][1:] != s[starts][:-1]
    edges = np.flatnonzero(first)
    divisor = np.repeat(np.gcd.reduceat(times, edges), np.diff(np.append(edges, len(starts))))
    allowed = np.where(long[order][starts], 1, times // divisor)
    rank = np.arange(len(s)) - np.repeat(starts, times)
    keep = np.empty(len(s), dtype=np.bool_)
    keep[order] = rank < np.repeat(allowed, times)
    return keep


def _as_pairs(arm: Rows, baseline: Rows, relation: Relation) -> Pairs:
    cluster = None if (arm.cluster < 0).any() else arm.cluster
    return Pairs(arm.value, baseline.value, arm.problem, arm.model, cluster, relation)


def _as_sides(arm: Rows, baseline: Rows, relation: Relation) -> Pairs | None:
    """Both arms on the problems (of a model) that both have."""
    import numpy as np

    arm, baseline = (
        arm.take(np.isin(arm.stratum, baseline.stratum)),
        baseline.take(np.isin(baseline.stratum, arm.stratum)),
    )
    if not len(arm):
        return None
    cluster = None if (arm.cluster < 0).any() else Sides(arm.cluster, baseline.cluster)
    problem, model = Sides(arm.problem, baseline.problem), Sides(arm.model, baseline.model)
    return Pairs(arm.value, baseline.value, problem, model, cluster, relation)


def dropped(found: Matched, contrast: Contrast) -> dict[str, int]:
    """Pairs that could not be used, by arm and reason; each once, whichever side could not be judged."""
    import numpy as np

    counts: Counter[str] = Counter()
    at = np.flatnonzero(~found.judged)
    mine, theirs = found.arm.take(at), found.baseline.take(at)
    for here, why, there, why_not in zip(
        mine.judged, mine.reason.texts, theirs.judged, theirs.reason.texts, strict=True
    ):
        parts = [] if here else [f"{contrast[0]}: {short_reason(why)}"]
        parts += [] if there else [f"{contrast[1]}: {short_reason(why_not)}"]
        counts[", ".join(parts)] += 1
    for rows, name in ((found.alone_arm, contrast[0]), (found.alone_baseline, contrast[1])):
        for reason in rows.reason[~rows.judged].texts:
            counts[f"{name}: {short_reason(reason)}"] += 1
    return dict(sorted(counts.items()))


def alone(found: Matched, contrast: Contrast) -> dict[str, int]:
    """Judged replies of either arm that have no partner."""
    rows = ((contrast[0], found.alone_arm), (contrast[1], found.alone_baseline))
    return {name: n for name, side in rows if (n := int(side.judged.sum()))}


@lru_cache(maxsize=4096)
def short_reason(reason: str) -> str:
    """The kind of a reason, without its particulars."""
    return textwrap.shorten(reason.split(":")[0], 60, placeholder=" ...")
