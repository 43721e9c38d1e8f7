"""What the later turns changed: the judged turn against the first one, conversation by conversation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from evalkit.comparing.comparison import Design
from evalkit.comparing.contrasts import Comparison, compare
from evalkit.comparing.frame import frame
from evalkit.runfile.runs import Runs

FIRST = "the first turn"
SINCE = "since the first"


def changes(store: Runs, arms: Sequence[str], metrics: Sequence[str], design: Design) -> list[Comparison]:
    """Each arm against its own first turn, for conversations whose judged turn is a later one; `turn` is SINCE.

    Both turns belong to one conversation, so the labels of a pair are swapped, not permuted. Empty where no
    conversation has a later turn. design: whose clusters, delta and seed are taken. A change is no effect of the arm:
    set it beside that of the placebo.
    """
    import pandas as pd

    later = {t.template for _, t, o in store.trials() if (o.scored_turn or o.answers) > 1}
    chosen = [arm for arm in arms if arm in later]
    if not chosen or not metrics:
        return []
    now, before = frame(store, "scored", metrics), frame(store, "first", metrics)
    now = now[(now["turn"] > 1) & now["template"].isin(chosen)]
    before = before[before["template"].isin(chosen)]
    names = before["template"].astype(str) + f" ({FIRST})"
    both = pd.concat([now.astype({"template": "str"}), before.assign(template=names, prompts=-1)], ignore_index=True)
    present = set(both["template"])
    pairs = [(arm, f"{arm} ({FIRST})") for arm in chosen if {arm, f"{arm} ({FIRST})"} <= present]
    found = (
        compare(both, Design(pairs, clusters=design.clusters, delta=design.delta, seed=design.seed)) if pairs else []
    )
    return [replace(c, baseline=FIRST, turn=SINCE) for c in found if c.pairs]
