"""Effects over wordings, as a table and in words."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from evalkit.comparing.beside import Worded
from evalkit.comparing.comparison import Comparison
from evalkit.showing.tables.form import Table
from evalkit.showing.tables.numbers import DASH, number, p_value, signed

ABOUT = (
    "Over wordings: would the difference hold on other problems and in other wordings (Clark's min F', where all "
    "problems share the wordings). sd: standard deviation between wordings of the true effect, with its 95 % interval "
    "(0.00: mere noise); p: of no spread between wordings."
)


def wording_tables(found: Sequence[Comparison]) -> list[Table]:
    """One table for each metric and model with texts of several wordings, one row a contrast and text."""
    tables = []
    columns = ("arm", "wordings", "difference", "over wordings", "p", "by wording", "sd between wordings", "p")
    told = [c for c in found if c.wordings]
    for (metric, model), part in groupby(told, key=lambda c: (c.metric, c.model)):
        rows = [(c, w) for c in part for w in c.wordings]
        cells = tuple(
            (
                f"{c.arm} vs {c.baseline}", f"{w.wordings} of {w.text}", signed(c.like.difference), _over(w),
                p_value(w.p_over), _each(w), _sd(w), p_value(w.p),
            )
            for c, w in rows
        )  # fmt: skip
        words = [sentence for c, w in rows if (sentence := hanging(c, w))]
        title = f"Wordings · {metric} · {model}"
        tables.append(Table(title, columns, cells, " ".join([*words, ABOUT]), _NUMERIC, _FOLDS))
    return tables


_NUMERIC = frozenset({2, 3, 4, 6, 7})
_FOLDS = ((2,), (3, 4), (6, 7), (5,))


def _over(w: Worded) -> str:
    return DASH if w.low is None else f"[{signed(w.low)}, {signed(w.high)}]"


def _each(w: Worded) -> str:
    if not w.crossed:
        return "each problem has its own"
    return ", ".join(f"{signed(e)} ({n})" for e, n in zip(w.effects, w.replies, strict=False))


def _sd(w: Worded) -> str:
    if w.sd is None:
        return w.note or DASH
    return number(w.sd) + ("" if w.sd_low is None else f" [{number(w.sd_low)}, {number(w.sd_high)}]")


def hanging(c: Comparison, w: Worded) -> str:
    """A sentence where a difference that was told hangs on a phrasing."""
    name = f"{c.arm} against {c.baseline}"
    if w.rests_on is not None:
        said = f" ({w.said!r})" if w.said else ""
        return f"Mind that {name} rests on one phrasing: without wording {w.rests_on}{said} less than half is left."
    if c.like.verdict.is_difference and w.p_over is not None and w.p_over >= 0.05:
        return f"Mind that {name} may hang on the phrasing: over wordings like these it cannot be told from chance."
    return ""
