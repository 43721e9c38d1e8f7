"""What the later turns changed: the judged turn against the first one, and that change against the placebo's.

The change of one arm holds all that asking again does. What a hint after an answer does is its change less that of a
turn without content (`beyond`), which is tested like any other contrast: over samples for these problems, over problems
or clusters for problems like these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from evalkit.comparing.comparison import Design
from evalkit.comparing.contrasts import Comparison, compare
from evalkit.comparing.frame import UNIT, frame
from evalkit.comparing.recorded import asked_for
from evalkit.runfile.runs import Runs

if TYPE_CHECKING:
    import pandas as pd

FIRST = "the first turn"
SINCE = "since the first"
BEYOND = "since the first, less the placebo's change"
PLACEBO = "placebo"


@dataclass(frozen=True)
class Turns:
    """Scores of the arms that have later turns, as `frame` gives them: of the first and of the judged turn."""

    arms: Sequence[str]
    before: pd.DataFrame
    now: pd.DataFrame


def turns(store: Runs, arms: Sequence[str], metrics: Sequence[str]) -> Turns | None:
    """None where no conversation has a later turn."""
    later = {t.template for _, t, o in store.trials() if (o.scored_turn or o.answers) > 1}
    chosen = [arm for arm in arms if arm in later]
    if not chosen or not metrics:
        return None
    read = asked_for(*metrics)
    now, before = frame(store, "scored", metrics, read), frame(store, "first", metrics, read)
    # One that broke off at its first turn is an unjudged change, not none; one that was over there had no later turn.
    now = now[((now["turn"] > 1) | now["value"].isna()) & now["template"].isin(chosen)]
    return Turns(chosen, before[before["template"].isin(chosen)], now)


def changes(store: Runs, arms: Sequence[str], metrics: Sequence[str], design: Design) -> list[Comparison]:
    """Each arm against its own first turn, for conversations whose judged turn is a later one; `turn` is SINCE.

    Both turns belong to one conversation, so the labels of a pair are swapped, not permuted. Empty where no
    conversation has a later turn. design: whose clusters, delta and seed are taken. Then, where there is a placebo,
    each arm's change against the placebo's; `turn` is BEYOND.
    """
    found = turns(store, arms, metrics)
    if found is None:
        return []
    import pandas as pd  # slow, and few runs have later turns

    chosen, before = found.arms, found.before
    names = before["template"].astype(str) + f" ({FIRST})"
    both = pd.concat(
        [found.now.astype({"template": "str"}), before.assign(template=names, prompts=-1)], ignore_index=True
    )
    present = set(both["template"])
    pairs = [(arm, f"{arm} ({FIRST})") for arm in chosen if {arm, f"{arm} ({FIRST})"} <= present]
    lost = [t for t in design.failed if t.template in chosen]
    twice = [*lost, *(replace(t, template=f"{t.template} ({FIRST})") for t in lost)]
    plain = replace(design, contrasts=pairs, interactions=(), failed=twice, exploratory=False, primary="")
    since = compare(both, plain) if pairs else []
    since = [replace(c, baseline=FIRST, turn=SINCE) for c in since if c.pairs]
    return [*since, *_beyond(found, replace(plain, failed=lost))]


def _beyond(found: Turns, design: Design) -> list[Comparison]:
    moved = moves(found.before, found.now)
    present = set(moved["template"])
    pairs = [(arm, PLACEBO) for arm in found.arms if arm != PLACEBO and {arm, PLACEBO} <= present]
    if not pairs:
        return []
    compared = compare(moved, replace(design, contrasts=pairs, kind="change"))
    return [replace(c, turn=BEYOND) for c in compared if c.pairs]


def moves(before: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """The rows of `now` with the change since `before` as value; unjudged where either of the two is."""
    keys = [*UNIT, "template", "metric"]
    as_text = dict.fromkeys(("problem", "template", "model", "metric", "reason"), "str")
    first = before.astype(as_text)[[*keys, "value", "reason"]].rename(columns={"value": "was", "reason": "why"})
    both = now.astype(as_text).merge(first, on=keys, how="left")
    reason = both["reason"].where(
        both["value"].isna(), both["why"].fillna("no first turn").where(both["was"].isna(), "")
    )
    return both.assign(value=both["value"] - both["was"], reason=reason).drop(columns=["was", "why"])
