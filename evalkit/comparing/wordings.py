"""Does a difference hang on one phrasing? Comparisons with the spread of their effect between wordings.

Not covered: arms in which two texts have several wordings are looked at one text at a time; interactions.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from evalkit.comparing.beside import Worded
from evalkit.comparing.comparison import ALL_MODELS, Comparison
from evalkit.comparing.estimates import span_of
from evalkit.comparing.scores import Scores
from evalkit.runfile.runs import Runs
from evalkit.specs import problems
from evalkit.specs.experiment import Experiment
from evalkit.specs.wordings import TEMPLATE
from evalkit.types import Trial

if TYPE_CHECKING:
    import pandas as pd

Draws = Mapping[Trial, Mapping[str, int]]
_UNIT = ["problem", "model", "sample"]


def worded(
    store: Runs, scores: Scores | pd.DataFrame, found: Sequence[Comparison], described: Experiment | None
) -> list[Comparison]:
    """The comparisons with `wordings` wherever a text of an arm was asked in several.

    scores: of the compared turn, as `frame` gives them.
    """
    draws = store.wordings()
    if not draws:
        return list(found)
    used, table = _used(draws), Scores.of(scores).frame
    return [_one(store, table, c, draws, used, described) if c.kind == "contrast" else c for c in found]


def _used(draws: Draws) -> dict[str, list[str]]:
    """The texts of several wordings of each arm."""
    names: dict[str, dict[str, None]] = {}
    for trial, drawn in draws.items():
        names.setdefault(trial.template, {}).update(dict.fromkeys(drawn))
    return {arm: list(texts) for arm, texts in names.items()}


def _one(
    store: Runs,
    scores: pd.DataFrame,
    c: Comparison,
    draws: Draws,
    used: Mapping[str, Sequence[str]],
    described: Experiment | None,
) -> Comparison:
    texts = dict.fromkeys([*used.get(c.arm, ()), *used.get(c.baseline, ())])
    if not texts or c.note:
        return c
    pairs = _pairs(scores, c)
    found = [_text(store, pairs, c, draws, name, described) for name in texts]
    return replace(c, wordings=tuple(w for w in found if w is not None))


def _pairs(scores: pd.DataFrame, c: Comparison) -> pd.DataFrame:
    """The judged pairs of a contrast, long copies once: problem, model, sample and `difference`."""
    chosen = (scores["metric"] == c.metric) & ((scores["model"] == c.model) | (c.model == ALL_MODELS))
    mine = scores[chosen].dropna(subset=["value"]).astype(dict.fromkeys(("problem", "template", "model"), "str"))
    columns = [*_UNIT, "value", "text", "long"]
    sides = [mine[mine["template"] == name][columns] for name in (c.arm, c.baseline)]
    both = sides[0].merge(sides[1], on=_UNIT, suffixes=("", "_baseline"))
    copied = both.duplicated(["problem", "model", "text", "text_baseline"]) & (both["long"] | both["long_baseline"])
    both = both[~copied.astype(bool)]
    return both.assign(difference=both["value"] - both["value_baseline"])


def _text(
    store: Runs, pairs: pd.DataFrame, c: Comparison, draws: Draws, name: str, described: Experiment | None
) -> Worded | None:
    """One text of several wordings; None where no pair was asked with it."""
    import numpy as np
    import pandas as pd

    from evalkit.stats.wordings import between_wordings, carrying, over_wordings, within_problems

    drawn = [_drawn(draws, row, c, name) for row in pairs[_UNIT].itertuples(index=False, name=None)]
    here = pairs[[d is not None for d in drawn]]
    if here.empty:
        return None
    wording = np.array([d for d in drawn if d is not None], dtype=np.int64)
    stratum = pd.factorize(pd.MultiIndex.from_frame(here[["problem", "model"]]))[0].astype(np.int64)
    texts = _texts(store, c, name, sorted({*here["problem"]}), described)
    crossed = len({*texts.values()}) == 1
    ends = span_of(c)
    most = None if ends is None else (ends[1] - ends[0]) / 2
    values = here["difference"].to_numpy(dtype=float)
    found = (between_wordings if crossed else within_problems)(values, stratum, wording, most=most)
    spread = Worded(
        name, found.wordings, crossed, found.effects, tuple(np.bincount(wording).tolist()) if crossed else (),
        found.sd, found.low, found.high, found.p, df_spread=found.df, note=found.reason or "",
    )  # fmt: skip
    if not crossed:
        return replace(spread, method="one-way random effects inside problems")
    if c.like.error is not None and c.like.df is not None and c.like.difference is not None and found.wordings > 1:
        low, high, p, error, df = over_wordings(c.like.difference, c.like.error, c.like.df, found.effects)
        spread = replace(spread, low=low, high=high, p_over=p, error=error, df=df)
    at = carrying(found.effects)
    told = c.like.verdict.is_difference or c.these.verdict.is_difference
    if at is None or not told or found.p is None or found.p >= 0.05:
        return spread
    label = int(np.unique(wording)[at])
    several = next(iter(texts.values()))
    said = textwrap.shorten(several[label], 60, placeholder=" ...") if label < len(several) else ""
    return replace(spread, rests_on=label + 1, said=said)


def _drawn(draws: Draws, row: tuple[str, str, int], c: Comparison, name: str) -> int | None:
    """What the arm drew for this sample; else, where only the baseline has the text, what that drew."""
    problem, model, sample = row
    for arm in (c.arm, c.baseline):
        drawn = draws.get(Trial(problem, arm, model, int(sample)), {})
        if name in drawn:
            return drawn[name]
    return None


def _texts(
    store: Runs, c: Comparison, name: str, names: Sequence[str], described: Experiment | None
) -> dict[str, tuple[str, ...]]:
    """Problem -> the wordings of a text. A template's own are the same for all."""
    if name == TEMPLATE:
        given = (described.wordings if described else {}).get(c.arm, ())
        return dict.fromkeys(names, tuple(given))
    found = {}
    for problem in names:
        text = store.spec("problem", problem)
        found[problem] = problems.stored(text, problem).wordings.get(name, ()) if text else (problem,)
    return found
