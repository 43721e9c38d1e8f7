"""`evalkit equations`: every relation of one reply with its verdict, for authors of problems and for the curious."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from rich import box
from rich.table import Table
from rich.text import Text

from evalkit.cli.console import out, safe
from evalkit.derivation import Relation, Verdict
from evalkit.derivation.following.doubts import DOUBTS
from evalkit.derivation.following.rules import RULES
from evalkit.derivation.text.document import MAX_REPLY
from evalkit.errors import SpecError
from evalkit.interface.equations import Equations, formula
from evalkit.specs.toml import read_text

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


def reply_text(path: Path) -> str:
    """The text of a reply file, `-` for standard input. Raises SpecError."""
    text = sys.stdin.read() if str(path) == "-" else read_text(path)
    if not text.strip():
        raise SpecError(f"{path}: is empty; a reply in Markdown with LaTeX or unicode mathematics is expected")
    if len(text) > MAX_REPLY:
        raise SpecError(f"{path}: has {len(text)} characters; at most {MAX_REPLY} are read")
    return text


def show(found: Equations, as_json: bool, explain: bool = False) -> None:
    """Print. explain: with the rule that decided each verdict, and the reading."""
    if as_json:
        out.print_json(json.dumps(found.data(explain)))
        return
    out.print(relation_table(found, explain))
    for line in rules_of(found.relations) if explain else ():
        out.print(line)
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


def rules_of(relations: Sequence[Relation]) -> list[Text]:
    """What the rules that decided say of a relation, in the order in which rules are asked."""
    used = {r.rule for r in relations}
    return [Text(f"{rule.name}: {rule.says}") for rule in (*RULES, *DOUBTS) if rule.name in used]
