"""Tables: one form, written as terminal text, Markdown, LaTeX (booktabs), CSV or JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any, Literal

from evalkit.comparison import Answered, Comparison, Reading, metric_info

if TYPE_CHECKING:
    from rich.console import RenderableType

Format = Literal["terminal", "markdown", "latex", "csv", "json"]
DASH = "–"


@dataclass(frozen=True)
class Table:
    """A titled table of text cells. `numeric` columns are set flush right."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    numeric: frozenset[int] = frozenset()


def comparison_tables(comparisons: Sequence[Comparison]) -> list[Table]:
    """One table per metric and model, one row per contrast; both readings, their units and the pairs are named."""
    tables = []
    for (metric, model), part in groupby(comparisons, key=lambda c: (c.metric, c.model)):
        rows = list(part)
        bases = sorted({c.baseline for c in rows})
        against = f" · against {bases[0]}" if len(bases) == 1 else ""
        columns = ("arm", "pairs", "dropped", "mean", "baseline", "these problems", "p", "like these", "p", "up/down")
        cells = tuple(_comparison_row(c, len(bases) > 1) for c in rows)
        title = f"{metric} · {model}{against}"
        tables.append(Table(title, (*columns, "verdict"), cells, _notes(metric, rows), frozenset(range(1, 10))))
    return tables


def _notes(metric: str, rows: Sequence[Comparison]) -> str:
    info = metric_info(metric)
    good = {"higher": "higher is better", "lower": "lower is better", "neither": "neither end is better"}[info.better]
    notes = [f"{info.about}; {good}."]
    reasons = sorted({f"{reason} ({n})" for c in rows for reason, n in c.dropped.items()})
    notes += [f"Dropped pairs: {', '.join(reasons)}."] if reasons else []
    bounded = [f"{c.arm} {signed(c.worst)} to {signed(c.best)}" for c in rows if c.worst is not None]
    notes += [f"If every dropped pair had gone the worst or the best way: {', '.join(bounded)}."] if bounded else []
    for name, reading in (("These problems", "these"), ("Problems like these", "like")):
        why = {getattr(c, reading).note for c in rows} - {""}
        notes += [f"{name}, cannot tell: {reason}." for reason in sorted(why)]
    found = [c.detectable for c in rows if c.detectable]
    notes += [f"Problems like these: detectable with 80 % power: {number(min(found))} or more."] if found else []
    return " ".join(notes)


def _comparison_row(c: Comparison, name_baseline: bool) -> tuple[str, ...]:
    return (
        f"{c.arm} vs {c.baseline}" if name_baseline else c.arm,
        f"{c.pairs} in {c.problems}" + (f" ({c.clusters})" if c.clusters != c.problems else ""),
        str(sum(c.dropped.values())),
        number(c.mean_arm),
        number(c.mean_baseline),
        estimate(c.these),
        p_value(c.these.p_adjusted),
        estimate(c.like),
        p_value(c.like.p_adjusted),
        f"{c.gains}/{c.losses}",
        verdict_words(c),
    )


def verdict_words(c: Comparison) -> str:
    """Both verdicts in one phrase, naming the reading where they differ."""
    if c.note:
        return f"cannot tell: {c.note}"
    if c.these.verdict == c.like.verdict:
        return c.these.verdict
    if c.like.verdict == "cannot tell":
        return f"{c.these.verdict} on these problems"
    return f"these: {c.these.verdict}; like these: {c.like.verdict}"


def estimate(reading: Reading) -> str:
    if reading.difference is None:
        return DASH
    if reading.low is None or reading.high is None:
        return f"{signed(reading.difference)} [?]"
    return f"{signed(reading.difference)} [{signed(reading.low)}, {signed(reading.high)}]"


def p_value(value: float | None) -> str:
    return DASH if value is None else "< .001" if value < 0.001 else f"{value:.3f}".removeprefix("0")


READING = (
    "Differences are arm - baseline with 95 % intervals. These problems: would it show again on exactly these "
    "(permutation within problems). Like these: would it show on other problems (paired t, the problem or its cluster "
    "is the unit). p: adjusted over the arms of a table. pairs: n in problems (clusters). up/down: problems whose mean "
    "rose or fell."
)


def answered_table(answers: Iterable[Answered]) -> Table:
    """Which reference was given how often."""
    rows = tuple((a.problem, a.template, a.model, a.metric, a.given, str(a.count)) for a in answers)
    columns = ("problem", "arm", "model", "metric", "given", "replies")
    return Table("Answers given", columns, rows, "", frozenset({5}))


def number(value: float | None) -> str:
    """Two decimals below 10, one below 1000; a dash for None."""
    if value is None:
        return DASH
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}" if abs(value) < 1000 else f"{value:.0f}"


def signed(value: float | None) -> str:
    """As `number`, with a sign, and a true zero without one."""
    if value is None:
        return DASH
    text = number(abs(value))
    return text if not float(text) else f"{'+' if value > 0 else '−'}{text}"


def markdown(table: Table) -> str:
    """A pipe table that pastes into an issue or a README."""
    from tabulate import tabulate

    rows = [[_inert(cell) for cell in row] for row in table.rows]
    align = ["right" if i in table.numeric else "left" for i in range(len(table.columns))]
    body = tabulate(
        rows, headers=table.columns, tablefmt="pipe", colalign=align if rows else None, disable_numparse=True
    )
    return f"**{table.title}**\n\n{body}\n" + (f"\n{table.note}\n" if table.note else "")


def _inert(cell: str) -> str:
    return cell.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")


def latex(table: Table) -> str:
    """A booktabs table that pastes into a paper; needs `\\usepackage{booktabs}`."""
    from tabulate import tabulate

    align = ["right" if i in table.numeric else "left" for i in range(len(table.columns))]
    rows = table.rows
    body = tabulate(
        rows, headers=table.columns, tablefmt="latex_booktabs", colalign=align if rows else None, disable_numparse=True
    )
    for mark, command in (("–", "--"), ("−", "$-$"), ("·", "$\\cdot$")):
        body = body.replace(mark, command)
    caption = _tex(f"{table.title}. {table.note}".strip())
    return f"\\begin{{table}}\n\\centering\n\\caption{{{caption}}}\n{body}\n\\end{{table}}\n"


def _tex(text: str) -> str:
    special = {"\\": r"\textbackslash{}", "^": r"\^{}", "~": r"\~{}", "–": "--", "−": "$-$", "·": r"$\cdot$"}
    special |= {c: f"\\{c}" for c in "&%$#_{}"}
    return "".join(special.get(c, c) for c in text)


def terminal(table: Table) -> RenderableType:
    """A Rich table; colours only where the terminal has them."""
    from rich import box
    from rich.console import Group
    from rich.table import Table as RichTable
    from rich.text import Text

    rich = RichTable(title=Text(table.title), title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for i, column in enumerate(table.columns):
        rich.add_column(column, justify="right" if i in table.numeric else "left", no_wrap=i in table.numeric)
    colours = {"better": "green", "worse": "red", "cannot tell": "dim"}
    for row in table.rows:
        rich.add_row(*(Text(cell, style=colours.get(cell, "")) for cell in row))
    return Group(rich, Text(table.note, style="dim"), Text("")) if table.note else rich


def csv_text(rows: Iterable[dict[str, Any]]) -> str:
    """Unrounded values, one row each; nested values as JSON."""
    listed = list(rows)
    if not listed:
        return ""
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(listed[0]), lineterminator="\n")
    writer.writeheader()
    for row in listed:
        writer.writerow({k: json.dumps(v) if isinstance(v, dict | list | tuple) else _cell(v) for k, v in row.items()})
    return out.getvalue()


def _cell(value: object) -> object:
    """A spreadsheet would run text that begins with = + - @ as a formula: it is defused; numbers are not touched."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """Both readings as columns of their own: `these_low`, `like_p`, ..."""
    inner = {f"{name}_{k}": v for name in ("these", "like") for k, v in row[name].items()}
    return {k: v for k, v in row.items() if k not in ("these", "like")} | inner


def write(comparisons: Sequence[Comparison], form: Format, *, extra: Sequence[Table] = ()) -> Iterator[str]:
    """The comparison in a text format, piece by piece (`terminal` is for `terminal()`)."""
    if form == "csv":
        yield csv_text(_flat(asdict(c)) for c in comparisons)
    elif form == "json":
        yield json.dumps([asdict(c) for c in comparisons], indent=2) + "\n"
    else:
        render = latex if form == "latex" else markdown
        for table in (*comparison_tables(comparisons), *extra):
            yield render(table)
            yield "\n"
