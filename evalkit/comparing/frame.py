"""The scores of a run as one table: what comparisons, figures and plans compute from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from evalkit.runfile.runs import Runs
from evalkit.runfile.store import Store

if TYPE_CHECKING:
    import pandas as pd

Turn = int | Literal["scored", "first", "last", "all"]
COLUMNS = ("problem", "template", "model", "sample", "turn", "metric", "value", "reason", "opening", "prompts")
UNIT = ["problem", "model", "sample"]
"""What two arms are paired by."""


def frame(store: Store | Runs, turn: Turn = "scored", metrics: Sequence[str] = ()) -> pd.DataFrame:
    """Scores as a table, one row per trial, metric (and assistant turn, with turn="all"), in the order of the trials.

    Columns: problem, template, model, sample, turn, metric, value (NaN = could not be judged), reason (why it could
    not), opening and prompts (numbers: trials with the same one share what was said before the first answer, or
    everything that was said to the model). turn: which assistant turn stands for the trial: `scored` (the template's,
    else the last), `first`, `last`, a number from 1, or `all`. A trial that ended before that turn counts with its last
    one, which says why it ended. metrics: only these, `scorer.metric`.
    """
    import numpy as np
    import pandas as pd

    trials = store.trials()
    keys = np.fromiter((key for key, _, _ in trials), dtype=np.int64, count=len(trials))
    wanted = np.fromiter((_turn(turn, o.scored_turn, o.answers) for _, _, o in trials), np.int64, len(trials))
    # One array of all rows is twice as fast as columns made by zip, which the garbage collector walks again and again.
    columns = np.array(list(store.values(metrics)), dtype=object).reshape(-1, 5).T
    order = np.argsort(keys)
    at = order[np.searchsorted(keys, columns[0].astype(np.int64), sorter=order)]
    turns = columns[1].astype(np.int64)
    rows = np.flatnonzero((wanted[at] == 0) | (wanted[at] == turns))
    rows = rows[np.argsort(at[rows], kind="stable")]
    at = at[rows]

    def by_trial(values: Sequence[str]) -> Any:
        codes, names = pd.factorize(np.array(values, dtype=object))
        return pd.Categorical.from_codes(codes[at], pd.Index(names))

    metric, reason = (pd.Categorical(columns[i][rows]) for i in (2, 4))
    return pd.DataFrame(
        {
            "problem": by_trial([t.problem for _, t, _ in trials]),
            "template": by_trial([t.template for _, t, _ in trials]),
            "model": by_trial([t.model for _, t, _ in trials]),
            "sample": np.array([t.sample for _, t, _ in trials], dtype=np.int64)[at],
            "turn": turns[rows],
            "metric": metric,
            "value": columns[3][rows].astype(np.float64),
            "reason": reason,
            "opening": pd.factorize(np.array([o.opening for _, _, o in trials], dtype=object))[0][at],
            "prompts": pd.factorize(np.array([o.prompts for _, _, o in trials], dtype=object))[0][at],
        }
    )


def _turn(turn: Turn, scored: int | None, answers: int) -> int:
    """The number of the turn that stands for a trial; 0 for all of them."""
    at = {"scored": scored or answers, "first": 1, "last": answers, "all": 0}.get(str(turn), turn)
    return min(int(at), answers)
