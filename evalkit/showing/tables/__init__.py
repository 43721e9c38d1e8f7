"""Tables of a comparison and of steering: one form, written as terminal text, Markdown, LaTeX, CSV or JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, Literal

from evalkit.comparing.changes import BEYOND, SINCE
from evalkit.comparing.comparison import Answered, Caveat, Verdict
from evalkit.comparing.contrasts import Comparison, metric_info
from evalkit.comparing.ordinal import told as by_order
from evalkit.runfile.rows import csv_text
from evalkit.showing.tables.folding import terminal
from evalkit.showing.tables.form import Table, latex, markdown
from evalkit.showing.tables.models import model_tables
from evalkit.showing.tables.numbers import aligned, decimals, estimate, fixed, number, p_value, parts, precision, signed
from evalkit.showing.tables.spread import spread_tables
from evalkit.showing.tables.steering import steering_tables
from evalkit.showing.tables.wording import data, footer, verdict_words

__all__ = [
    "Format", "Table", "answered_table", "comparison_tables", "csv_text", "estimate", "fixed", "footer", "latex",
    "markdown", "model_tables", "number", "p_value", "precision", "signed", "spread_tables", "steering_tables",
    "terminal", "verdict_words", "write",
]  # fmt: skip
Format = Literal["terminal", "markdown", "latex", "csv", "json"]


def comparison_tables(comparisons: Sequence[Comparison]) -> list[Table]:
    """One table per metric and model, one row per contrast; both readings, their units and the pairs are named.

    All means, differences and limits of a table have the same number of decimals (see `precision`), so they stand
    under each other at the decimal point.
    """
    tables = []
    for (metric, model, turn), part in groupby(comparisons, key=lambda c: (c.metric, c.model, c.turn)):
        rows = list(part)
        bases = sorted({c.baseline for c in rows if c.kind != "interaction"})
        against = f" · against {bases[0]}" if len(bases) == 1 else ""
        columns = ("arm", "pairs", "dropped", "mean", "baseline", "these problems", "p", "like these", "p", "up/down")
        digits = precision(rows)
        these, like = (aligned([parts(getattr(c, name), digits) for c in rows]) for name in ("these", "like"))
        cells = tuple(
            _comparison_row(c, len(bases) > 1 or c.kind == "interaction", digits, estimates)
            for c, estimates in zip(rows, zip(these, like, strict=True), strict=True)
        )
        title = f"{metric} · {model}{against}"
        title += f" · turn {turn}" if turn.isdigit() else _TURNS.get(turn, f" · {turn} turn")
        title += " · stopped early" if any(Caveat.STOPPED_EARLY in c.caveats for c in rows) else ""
        figures = frozenset(range(1, 10))
        tables.append(
            Table(title, (*columns, "verdict"), cells, _notes(metric, rows), figures, _FOLDS, _brief(metric, rows))
        )
    return tables


_TURNS = {"scored": "", SINCE: "", BEYOND: " · change since the first turn"}
_FOLDS = ((10,), (5, 6), (7, 8), (3, 4), (1,), (2,), (9,))
"""The verdict and what it rests on first."""


EARLY = (
    "Stopped early: asking ended when one contrast was decided, so intervals and p values, made for a fixed number of "
    "samples, do not hold as they stand."
)
DIFFER = "Mind that the arms differ in how often a reply could not be judged"
COPIES = "Word for word the same replies count once; left out as copies"
IN_CHATS = "Problems asked one after the other in one chat share answers: of each sample such a chat counts once"
UNCALIBRATED = (
    "Uncalibrated judge: no human labels say how far it is right in each arm, and a judge may err differently by arm."
)
CORRECTED = "Corrected by human labels, arm by arm (PPI++; labels in brackets)"
TOO_FEW = "Too few human labels for a correction (30 an arm)"
STEPS = "Taken as an order and not as numbers, levels do not tell these differences from chance"
ODDS = "Odds of a higher level (proportional-odds model, errors clustered by problem; 1 = no difference)"
UNEVEN = "Arms with unequal numbers of replies: problem means are compared"
SAME = "The recorded prompts do not differ (a setting, a tool or a hidden prompt may)"
DISAGREE = "These problems: interval and p differ on whether 0 is left out, and p, of the permutations, decides"
SPARSE = "The difference rests on few problems, and intervals for problems like these may be much too short"
FEW = "Fewer than ten scores of one kind in an arm, where intervals tend to be too wide"


def _brief(metric: str, rows: Sequence[Comparison]) -> str:
    """Of the notes what bears on the verdicts: what is lost, doubtful or uncalibrated, and which way is better."""
    doubts = [_about(metric), *_unjudged_notes(rows), *_label_notes(rows)]
    doubts += [EARLY] if any(Caveat.STOPPED_EARLY in c.caveats for c in rows) else []
    doubts += [note for note in _ordinal_notes(rows) if note.startswith(STEPS)]
    return " ".join([*doubts, *_sparse_notes(rows)])


def _about(metric: str) -> str:
    info = metric_info(metric)
    good = {"higher": "higher is better", "lower": "lower is better", "neither": "neither end is better"}[info.better]
    return f"{info.about}; {good}."


def _sparse_notes(rows: Sequence[Comparison]) -> list[str]:
    sparse = [f"{_versus(c)} on {_of(c)}" for c in rows if Caveat.SPARSE in c.caveats]
    return [f"{SPARSE}: {', '.join(sparse)}."] if sparse else []


def _notes(metric: str, rows: Sequence[Comparison]) -> str:
    notes = _unjudged_notes(rows)
    notes += _label_notes(rows)
    notes += [_about(metric)]
    notes += [EARLY] if any(Caveat.STOPPED_EARLY in c.caveats for c in rows) else []
    copies = [f"{_versus(c)} {c.copies}" for c in rows if c.copies]
    notes += [f"{COPIES}: {', '.join(copies)}."] if copies else []
    asked = [f"{_versus(c)} {c.in_chats} problems" for c in rows if c.in_chats]
    notes += [f"{IN_CHATS}: {', '.join(asked)}."] if asked else []
    alone = [f"{_versus(c)}: {', '.join(f'{n} of {arm}' for arm, n in c.alone.items())}" for c in rows if c.alone]
    notes += [f"Replies without a partner: {'; '.join(alone)}."] if alone else []
    uneven = [_versus(c) for c in rows if c.samples_arm != c.samples_baseline]
    notes += [f"{UNEVEN}: {', '.join(uneven)}."] if uneven else []
    for name, reading in (("These problems", "these"), ("Problems like these", "like")):
        why = {getattr(c, reading).note for c in rows} - {""}
        notes += [f"{name}, cannot tell: {reason}." for reason in sorted(why)]
    same = [_versus(c) for c in rows if Caveat.SAME_PROMPTS in c.caveats]
    notes += [f"{SAME}: {', '.join(same)}."] if same else []
    apart = [_versus(c) for c in rows if _disagree(c)]
    notes += [f"{DISAGREE}: {', '.join(apart)}."] if apart else []
    notes += _equivalence_notes(rows)
    notes += _ordinal_notes(rows)
    notes += _sparse_notes(rows)
    several = len({c.baseline for c in rows}) > 1
    counted = [c for c in rows if Caveat.FEW_COUNTED in c.caveats and c.these.low is not None]
    few = [_versus(c) if several else c.arm for c in counted]
    notes += [f"{FEW}: {', '.join(few)}."] if few else []
    found = [c.detectable for c in rows if c.detectable]
    if found:
        many = decimals(found)
        ends = [number(x) if many is None else fixed(x, many) for x in sorted({min(found), max(found)})]
        power = "Problems like these: detectable with 80 % power, by one test alone"
        notes.append(f"{power}: {' to '.join(ends)} or more.")
    wanted = [
        f"{_versus(c) if several else c.arm} {_needed(c)}"
        for c in rows
        if c.needed_problems and c.like.verdict is Verdict.CANNOT_TELL
    ]
    notes += [f"To find a difference like the one seen, with 80 % power: {', '.join(wanted)}."] if wanted else []
    return " ".join(notes)


def _unjudged_notes(rows: Sequence[Comparison]) -> list[str]:
    """What could not be judged, and what that may hide: said before anything else."""
    notes = []
    uneven = [
        f"{_versus(c)} {c.unjudged_arm:.0%} against {c.unjudged_baseline:.0%}, p {p_value(c.p_unjudged)}"
        for c in rows
        if c.p_unjudged is not None and c.p_unjudged < 0.05
    ]
    notes += [f"{DIFFER}: {'; '.join(uneven)}."] if uneven else []
    reasons = _dropped(rows)
    notes += [f"Dropped pairs: {'; '.join(reasons)}."] if reasons else []
    bounded = [f"{_versus(c)} {_bounds(c)}" for c in rows if c.worst is not None or c.worst_seen is not None]
    if bounded:
        notes.append(
            "If all that could not be judged had gone the worst or the best way for the arm (what was judged keeps its "
            f"value): {'; '.join(bounded)}."
        )
    return notes


def _dropped(rows: Sequence[Comparison]) -> list[str]:
    """Why pairs were dropped, with their number; of which contrast, where one reason has several numbers."""
    counts: dict[str, dict[int, list[str]]] = {}
    for c in rows:
        for reason, n in c.dropped.items():
            counts.setdefault(reason, {}).setdefault(n, []).append(c.arm)
    return [
        f"{reason} ({next(iter(by))})"
        if len(by) == 1
        else f"{reason} ({', '.join(f'{n} of {arm}' for n, arms in sorted(by.items()) for arm in arms)})"
        for reason, by in sorted(counts.items())
    ]


def _label_notes(rows: Sequence[Comparison]) -> list[str]:
    """What human labels make of the differences; or that a judge has none."""
    notes = [UNCALIBRATED] if any(Caveat.UNCALIBRATED in c.caveats for c in rows) else []
    known = [(c, c.corrected) for c in rows if c.corrected is not None]
    told = [
        f"{_versus(c)} {signed(k.difference)} [{signed(k.low)}, {signed(k.high)}] "
        f"({k.labels_arm} and {k.labels_baseline})"
        for c, k in known
        if k.difference is not None
    ]
    notes += [f"{CORRECTED}: {'; '.join(told)}."] if told else []
    few = [f"{_versus(c)} ({k.labels_arm} and {k.labels_baseline})" for c, k in known if k.difference is None]
    notes += [f"{TOO_FEW}: {', '.join(few)}."] if few else []
    return notes


def _equivalence_notes(rows: Sequence[Comparison]) -> list[str]:
    """The 90 % interval and p of the tests against delta, wherever one was declared."""
    notes = []
    for name, words in (("these", "these problems"), ("like", "problems like these")):
        told = [(c, getattr(c, name)) for c in rows]
        shown = [
            f"{_versus(c)} [{signed(r.low90)}, {signed(r.high90)}], p {p_value(r.p_equivalent_adjusted)}"
            for c, r in told
            if r.p_equivalent is not None
        ]
        delta = next((r.delta for _, r in told if r.delta is not None), None)
        if shown and delta is not None:
            about = f"No difference larger than {delta:g}, {words} (90 % interval, two tests)"
            notes.append(f"{about}: {'; '.join(shown)}.")
    return notes


def _ordinal_notes(rows: Sequence[Comparison]) -> list[str]:
    """Whether the verdicts hold when levels are an order and no numbers."""
    known = [c for c in rows if c.ordinal is not None and Verdict.CANNOT_TELL is not c.these.verdict]
    if not known:
        return []
    hang = [_versus(c) for c in known if not by_order(c)]
    notes = [f"{STEPS}: {', '.join(hang)}." if hang else "Taken as an order and not as numbers, levels say the same."]
    fitted = [(c, c.ordinal) for c in known if c.ordinal is not None]
    odds = [
        f"{_versus(c)} {number(o.odds)} [{number(o.odds_low)}, {number(o.odds_high)}], p {p_value(o.odds_p)}"
        for c, o in fitted
        if o.odds is not None
    ]
    notes += [f"{ODDS}: {'; '.join(odds)}."] if odds else []
    # With few units problems like these cannot be told of, and their own note says so.
    why = sorted({o.odds_note for c, o in fitted if o.odds is None and o.odds_note and not c.like.note})
    return notes + ([f"A proportional-odds model: {'; '.join(why)}."] if why else [])


def _bounds(c: Comparison) -> str:
    """In the range of the values seen, and in the declared one where that is another."""
    seen = None if c.worst_seen is None else f"{signed(c.worst_seen)} to {signed(c.best_seen)}"
    declared = None if c.worst is None else f"{signed(c.worst)} to {signed(c.best)}"
    if seen is None or declared is None or seen == declared:
        return str(seen or declared)
    return f"{seen} within the values seen ({declared} within the declared range)"


def _of(c: Comparison) -> str:
    return f"{c.rests_on} problem{'s' if c.rests_on != 1 else ''} of {c.problems}"


def _disagree(c: Comparison) -> bool:
    """Whether the interval for these problems leaves 0 out and p does not tell, or the other way round."""
    r = c.these
    if r.low is None or r.high is None or r.p is None or r.confidence > 0.95:
        return False
    return (r.low > 0 or r.high < 0) != (r.p < 0.05)


def _versus(c: Comparison) -> str:
    return f"{c.arm} against {c.baseline}"


def _needed(c: Comparison) -> str:
    """`34 problems, or 12 samples of each of today's`."""
    more = f", or {c.needed_samples} samples of each of these" if c.needed_samples and c.problems > 3 else ""
    return f"{c.needed_problems} problems{more}"


def _counted(c: Comparison) -> str:
    return str(c.pairs) if c.samples_arm == c.samples_baseline else f"{c.samples_arm}/{c.samples_baseline}"


def _comparison_row(c: Comparison, name_baseline: bool, digits: int, estimates: tuple[str, str]) -> tuple[str, ...]:
    return (
        f"{c.arm} vs {c.baseline}" if name_baseline else c.arm,
        _counted(c) + f" in {c.problems}" + (f" ({c.clusters})" if c.clusters != c.problems else ""),
        str(sum(c.dropped.values())),
        fixed(c.mean_arm, digits),
        fixed(c.mean_baseline, digits),
        estimates[0],
        p_value(c.these.p_adjusted),
        estimates[1],
        p_value(c.like.p_adjusted),
        f"{c.gains}/{c.losses}",
        verdict_words(c),
    )


def answered_table(answers: Iterable[Answered]) -> Table:
    """Which reference was given how often."""
    rows = tuple((a.problem, a.template, a.model, a.metric, a.given, str(a.count)) for a in answers)
    columns = ("problem", "arm", "model", "metric", "given", "replies")
    return Table("Answers given", columns, rows, "", frozenset({5}))


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """Both readings as columns of their own: `these_low`, `like_p`, ..."""
    inner = {f"{name}_{k}": v for name in ("these", "like") for k, v in row[name].items()}
    return {k: v for k, v in row.items() if k not in ("these", "like")} | inner


def write(
    comparisons: Sequence[Comparison], form: Format, *, extra: Sequence[Table] = (), more: Sequence[dict[str, Any]] = ()
) -> Iterator[str]:
    """The comparison in a text format, piece by piece (`terminal` is for `terminal()`).

    more: further rows of the JSON, each with a `kind`; CSV has one form for all rows, so they are not in it.
    """
    if form == "csv":
        yield csv_text(_flat(data(c)) for c in comparisons)
    elif form == "json":
        yield json.dumps([*(data(c) for c in comparisons), *more], indent=2) + "\n"
    else:
        render = latex if form == "latex" else markdown
        for table in (*comparison_tables(comparisons), *extra):
            yield render(table)
            yield "\n"
