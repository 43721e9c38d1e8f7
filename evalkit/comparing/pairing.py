"""Which replies of two arms are compared with which: pairs, replies without a partner, and copies that count once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from evalkit.comparing.comparison import Contrast, Pairs, Relation
from evalkit.runfile.records import LONG
from evalkit.runfile.store import Store
from evalkit.stats.groups import Sides
from evalkit.types import Trial

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

PAIRED: tuple[Relation, ...] = ("same", "shared")
"""Relations in which both arms hold one and the same first answer, so that their luck is not independent."""
FAILED = "failed"
Fill = Literal["judged", "worst", "best"]


@dataclass(frozen=True)
class Matched:
    """The replies of two arms on one metric. `both`: the pairs, the baseline's columns ending in `_base`; `alone_arm`
    and `alone_baseline`: replies whose partner was never asked for. Values may be NaN: not judged."""

    both: pd.DataFrame
    alone_arm: pd.DataFrame
    alone_baseline: pd.DataFrame

    @property
    def judged(self) -> pd.DataFrame:
        """The pairs of which both sides could be judged."""
        return self.both[self.both["value"].notna() & self.both["value_base"].notna()]

    @property
    def relation(self) -> Relation:
        used = self.judged
        if (used["opening"] != used["opening_base"]).any():
            return "apart" if (used["prompts"] != used["prompts_base"]).any() else "alike"
        if used.empty:
            return "apart"
        # The first answer is one and the same. Later ones may differ although nothing else was said to the model.
        return "shared" if (used["text"] != used["text_base"]).any() else "same"


_SIDE = ["value", "reason", "opening", "prompts", "text", "long"]


def matched(arm: pd.DataFrame, baseline: pd.DataFrame) -> Matched:
    """Both arms' rows, indexed by the number of the problem, model and sample, put together."""
    both = arm.join(baseline[_SIDE].add_suffix("_base"), how="inner")
    alone = [x[~x.index.isin(both.index)] for x in (arm, baseline)]
    return Matched(both, *alone)


def pairs(found: Matched, relation: Relation, ends: tuple[float, float] | None = None) -> tuple[Pairs | None, int]:
    """What is compared, and how many replies were left out as copies. None where nothing is left.

    Arms that share an answer are compared pair by pair. Others need no pairs: where one has more replies (without a
    partner, or without copies), the problem means are compared. ends: values that stand for what could not be judged,
    in the arm and in the baseline; default: such pairs are left out.
    """
    both, alone = found.judged if ends is None else found.both, (found.alone_arm, found.alone_baseline)
    if ends is None:
        alone = (alone[0][alone[0]["value"].notna()], alone[1][alone[1]["value"].notna()])
    else:
        both = both.assign(value=both["value"].fillna(ends[0]), value_base=both["value_base"].fillna(ends[1]))
        alone = (
            alone[0].assign(value=alone[0]["value"].fillna(ends[0])),
            alone[1].assign(value=alone[1]["value"].fillna(ends[1])),
        )
    keep = _copies(both, alone, relation)
    lost = sum(int((~k).sum()) for k in keep)
    if relation in PAIRED or (not len(alone[0]) and not len(alone[1]) and (keep[0] == keep[1]).all()):
        kept = both[keep[0]]
        return (_as_pairs(kept, relation) if len(kept) else None), lost
    return _as_sides(both, alone, keep, relation), lost


def _copies(
    both: pd.DataFrame, alone: tuple[pd.DataFrame, pd.DataFrame], relation: Relation
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which rows count: of the pairs, followed by those alone, in the arm and in the baseline."""
    import numpy as np

    if relation in PAIRED:
        text = np.unique(np.stack([both["text"], both["text_base"]]), axis=1, return_inverse=True)[1]
        mask = distinct(stratum_of(both), text.ravel(), (both["long"] | both["long_base"]).to_numpy())
        return mask, mask
    sides = []
    for suffix, rest in (("", alone[0]), ("_base", alone[1])):
        columns = [np.concatenate([both[f"{c}{suffix}"], rest[c]]) for c in ("text", "long")]
        stratum = np.concatenate([stratum_of(both), stratum_of(rest)])
        sides.append(distinct(stratum, columns[0], columns[1].astype(np.bool_)))
    return sides[0], sides[1]


def distinct(stratum: NDArray[np.int64], text: NDArray[np.int64], long: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which replies count: copies, equal word for word in one stratum (problem and model), are not samples.

    Of long replies the first of each text counts: those are copies (decoding without chance, an import twice). Short
    ones also repeat by chance, and to drop some would move the stratum's mean: their numbers are divided by their
    greatest common divisor, so that ten equal replies count once, and nine of one and one of another stay.
    """
    import numpy as np

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


def stratum_of(rows: pd.DataFrame) -> NDArray[np.int64]:
    """A number for the problem and model of each row."""
    found: NDArray[np.int64] = rows["problem_code"].to_numpy() * 1_000_000 + rows["model_code"].to_numpy()
    return found


def _as_pairs(rows: pd.DataFrame, relation: Relation) -> Pairs:
    names = ("value", "value_base", "problem_code", "model_code", "cluster_code")
    arm, baseline, problem, model, cluster = (rows[name].to_numpy() for name in names)
    return Pairs(arm, baseline, problem, model, None if (cluster < 0).any() else cluster, relation)


def _as_sides(
    both: pd.DataFrame,
    alone: tuple[pd.DataFrame, pd.DataFrame],
    keep: tuple[NDArray[np.bool_], NDArray[np.bool_]],
    relation: Relation,
) -> Pairs | None:
    """Both arms on the problems (of a model) that both have."""
    import pandas as pd

    columns = ["value", "problem_code", "model_code", "cluster_code"]
    arm = pd.concat([both[columns], alone[0][columns]])[keep[0]]
    base = both[columns].assign(value=both["value_base"])
    base = pd.concat([base, alone[1][columns]])[keep[1]]
    here, there = stratum_of(arm), stratum_of(base)
    shared = set(here.tolist()) & set(there.tolist())
    arm = arm[[x in shared for x in here.tolist()]]
    base = base[[x in shared for x in there.tolist()]]
    if arm.empty:
        return None
    problem, model, cluster = (Sides(arm[c].to_numpy(), base[c].to_numpy()) for c in columns[1:])
    own = (arm["cluster_code"] < 0).any()
    return Pairs(arm["value"].to_numpy(), base["value"].to_numpy(), problem, model, None if own else cluster, relation)


def dropped(found: Matched, contrast: Contrast) -> dict[str, int]:
    """Pairs that could not be used, by arm and reason; each once, whichever side could not be judged."""
    counts: Counter[str] = Counter()
    lost = found.both[found.both["value"].isna() | found.both["value_base"].isna()]
    sides = [(lost[f"value{s}"].isna().to_list(), lost[f"reason{s}"].to_list()) for s in ("", "_base")]
    for unjudged, reason, unjudged_base, reason_base in zip(*sides[0], *sides[1], strict=True):
        parts = [(contrast[0], reason)] if unjudged else []
        parts += [(contrast[1], reason_base)] if unjudged_base else []
        counts[", ".join(f"{name}: {_short(str(why))}" for name, why in parts)] += 1
    for rows, name in ((found.alone_arm, contrast[0]), (found.alone_baseline, contrast[1])):
        for reason in rows.loc[rows["value"].isna(), "reason"]:
            counts[f"{name}: {_short(str(reason))}"] += 1
    return dict(sorted(counts.items()))


def alone(found: Matched, contrast: Contrast) -> dict[str, int]:
    """Judged replies of either arm that have no partner."""
    rows = ((contrast[0], found.alone_arm), (contrast[1], found.alone_baseline))
    counts = {name: int(side["value"].notna().sum()) for name, side in rows}
    return {name: n for name, n in counts.items() if n}


def _short(reason: str) -> str:
    """The kind of a reason, without its particulars."""
    return reason.split(":")[0][:40]


def with_failed(scores: pd.DataFrame, failed: Sequence[Trial]) -> pd.DataFrame:
    """The scores with a row for every metric of a trial that ended without any answer: unjudged, like a cut one."""
    import pandas as pd

    lost = pd.DataFrame(
        [(t.problem, t.template, t.model, t.sample) for t in failed], columns=["problem", "template", "model", "sample"]
    )
    metrics = scores[["problem", "metric"]].drop_duplicates().astype(str)
    rows = lost.merge(metrics, on="problem")
    if rows.empty:
        return scores
    marks = -2 - pd.RangeIndex(len(rows)).to_numpy()
    rows = rows.assign(turn=0, value=float("nan"), reason=FAILED, opening=marks, prompts=marks, text=marks, long=False)
    for column in ("problem", "template", "model", "metric", "reason"):
        if isinstance(scores[column].dtype, pd.CategoricalDtype):
            known = scores[column].cat.categories
            both = known.append(pd.Index(rows[column].unique()).difference(known))
            scores = scores.assign(**{column: scores[column].cat.set_categories(both)})
            rows[column] = pd.Categorical(rows[column], categories=both)
    return pd.concat([scores, rows[list(scores.columns)]], ignore_index=True)


def copies_told(store: Store) -> str | None:
    """A warning where replies of a run file repeat another one of the same trial's arm, problem and model."""
    import numpy as np

    hashes, numbers, cells = dict(store.said()), dict[str, int](), dict[tuple[str, str, str], int]()
    rows = [
        (
            cells.setdefault((t.problem, t.template, t.model), len(cells)),
            numbers.setdefault(said[-1], len(numbers)),
            said[-1],
        )
        for key, t, o in store.trials()
        if o.error is None and (said := hashes.get(key))
    ]
    if not rows:
        return None
    cell, text = (np.array([row[i] for row in rows], dtype=np.int64) for i in (0, 1))
    lost = int((~distinct(cell, text, np.array([row[2].endswith(LONG) for row in rows]))).sum())
    if not lost:
        return None
    return f"{lost} of {len(rows)} replies repeat another sample word for word; copies are no samples and count once"
