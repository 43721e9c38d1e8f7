"""`evalkit equations`: every relation of one reply with its verdict, for authors of problems and for the curious."""

from __future__ import annotations

import json

from rich import box
from rich.table import Table
from rich.text import Text

from evalkit.cli.console import out, safe
from evalkit.interface.equations import Equations, Verdict, formula
from evalkit.interface.equations import reply_text as reply_text

COLOURS = {
    Verdict.IDENTITY: "green",
    Verdict.ALGEBRA: "green",
    Verdict.HOLDS: "green",
    Verdict.UNSTATED: "yellow",
    Verdict.FAILS: "bold red",
    Verdict.ILL_TYPED: "bold red",
    Verdict.UNPARSED: "yellow",
    Verdict.UNBOUND: "yellow",
    Verdict.VACUOUS: "yellow",
    Verdict.DISPUTED: "yellow",
}


def show(found: Equations, as_json: bool, explain: bool = False) -> None:
    """Print. explain: with the rule that decided each verdict, and the reading."""
    if as_json:
        out.print_json(json.dumps(found.data(explain)))
        return
    out.print(relation_table(found, explain))
    for name, says in found.rules() if explain else ():
        out.print(Text(f"{name}: {says}"))
    for told in found.lines():
        out.print(Text(told))


def relation_table(found: Equations, explain: bool) -> Table:
    """Line, formula, verdict, evidence and, where it is asked for, the rule that decided."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("line", justify="right")
    table.add_column("relation", ratio=3, overflow="fold")
    table.add_column("verdict", no_wrap=True)
    table.add_column("evidence", ratio=2, overflow="fold")
    if explain:
        table.add_column("rule", no_wrap=True)
    for r, line in zip(found.relations, found.line_numbers, strict=True):
        verdict = Text(str(r.verdict) + (" (denied)" if r.negated else ""), style=COLOURS.get(r.verdict, "dim"))
        rule = [r.rule] if explain else []
        table.add_row(str(line), Text(safe(formula(r))), verdict, Text(safe(found.evidence(r))), *rule)
    return table
