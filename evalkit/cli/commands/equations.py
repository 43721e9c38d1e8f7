"""`evalkit equations`: every relation of one reply with its verdict, for authors of problems and for the curious."""

from __future__ import annotations

import json
import sys
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from evalkit.cli.console import out, safe
from evalkit.derivation import Analysis, DerivationSpec, Relation, Setting, Verdict, analyse, compile_setting
from evalkit.derivation.following.plan import Plan, plan_from
from evalkit.derivation.following.rules import RULES
from evalkit.derivation.text.document import MAX_REPLY
from evalkit.errors import EvalkitError, SpecError
from evalkit.judging.bounds import CPU_SECONDS, MEMORY, OutOfTimeError, capped_memory, cpu_seconds
from evalkit.specs import packaged
from evalkit.specs.problems import Library
from evalkit.specs.toml import parse_toml, read_text, validate

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
UNREAD = (Verdict.UNPARSED, Verdict.UNBOUND)


def setting_of(problems: Path, problem: str | None, world: Path | None) -> Setting:
    """The declarations of a problem, or of a file of one's own. Raises SpecError."""
    if (problem is None) == (world is None):
        raise SpecError(
            "give --problem SET/NAME, or --world FILE.toml with symbols, definitions and worlds of your own"
        )
    if world is not None:
        origin = str(world)
        try:
            return compile_setting(validate(DerivationSpec, parse_toml(read_text(world), origin), origin))
        except SpecError as error:
            raise SpecError(*(p if p.startswith(origin) else f"{origin}: {p}" for p in error.problems)) from None
    loaded = Library(*packaged.behind(problems, "problems")).load(str(problem))
    if loaded.setting is None:
        raise SpecError(
            f"{problem}: declares no [symbols], so its mathematics cannot be checked; or give --world FILE.toml"
        )
    setting: Setting = loaded.setting
    return setting


def reply_text(path: Path) -> str:
    """The text of a reply file, `-` for standard input. Raises SpecError."""
    text = sys.stdin.read() if str(path) == "-" else read_text(path)
    if not text.strip():
        raise SpecError(f"{path}: is empty; a reply in Markdown with LaTeX or unicode mathematics is expected")
    if len(text) > MAX_REPLY:
        raise SpecError(f"{path}: has {len(text)} characters; at most {MAX_REPLY} are read")
    return text


def given_reading(path: Path | None, text: str) -> Plan | None:
    """A reading of this reply that somebody mended. Raises SpecError."""
    if path is None:
        return None
    try:
        return plan_from(json.loads(read_text(path)), len(text), str(path))
    except (json.JSONDecodeError, RecursionError) as error:
        raise SpecError(f"{path}: not valid JSON: {error}") from None


def show(text: str, setting: Setting, as_json: bool, explain: bool = False, reading: Plan | None = None) -> None:
    """Analyse and print. explain: with the rule that decided each verdict, and the reading. reading: a given one."""
    found = bounded(text, setting, reading)
    lines = line_numbers(text, [r.start for r in found.relations])
    if as_json:
        out.print_json(json.dumps(as_data(found, lines, explain)))
        return
    out.print(relation_table(found.relations, lines, setting, explain))
    for line in rules_of(found.relations) if explain else ():
        out.print(line)
    for line in summary(found, setting):
        out.print(line)


def bounded(text: str, setting: Setting, reading: Plan | None = None) -> Analysis:
    """The analysis of a text that may be hostile. Raises EvalkitError where it takes too much time or memory."""
    try:
        with capped_memory(), cpu_seconds(CPU_SECONDS):
            return analyse(text, setting, plan=reading)
    except OutOfTimeError as error:
        raise EvalkitError(f"the reply cannot be judged: {error}; shorten it, or look at it part by part") from None
    except MemoryError:
        raise EvalkitError(
            f"the reply cannot be judged: it needs more than {MEMORY // 1024**2} MB; look at it part by part"
        ) from None


def line_numbers(text: str, places: Sequence[int]) -> list[int]:
    """The line (from 1) of every place."""
    starts = [0, *(i + 1 for i, c in enumerate(text) if c == "\n")]
    return [bisect_right(starts, place) for place in places]


def relation_table(relations: Sequence[Relation], lines: Sequence[int], setting: Setting, explain: bool) -> Table:
    """Line, formula, verdict, evidence and, where it is asked for, the rule that decided."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("line", justify="right")
    table.add_column("relation", ratio=3, overflow="fold")
    table.add_column("verdict", no_wrap=True)
    table.add_column("evidence", ratio=2, overflow="fold")
    if explain:
        table.add_column("rule", no_wrap=True)
    premises = {s.name: s.premise for s in setting.specials}
    for r, line in zip(relations, lines, strict=True):
        formula = Text(safe(f"{r.left} {SIGNS.get(r.op, r.op)} {r.right}".replace("\n", " ")))
        verdict = Text(str(r.verdict) + (" (denied)" if r.negated else ""), style=COLOURS.get(r.verdict, "dim"))
        rule = [r.rule] if explain else []
        table.add_row(str(line), formula, verdict, Text(safe(evidence(r, premises))), *rule)
    return table


def rules_of(relations: Sequence[Relation]) -> list[Text]:
    """What the rules that decided say of a relation, in the order in which rules are asked."""
    used = {r.rule for r in relations}
    return [Text(f"{rule.name}: {rule.says}") for rule in RULES if rule.name in used]


SIGNS = {"leq": "≤", "geq": "≥", "neq": "≠", "approx": "≈", "to": "→", "in": "∈", "propto": "∝"}


def evidence(r: Relation, premises: dict[str, str]) -> str:
    """World and premise, reason, counterexample and milestones, as far as there are any."""
    parts = []
    if r.world:
        parts.append(f"where {premises[r.world]}" if r.world in premises else f"under {', '.join(r.under) or r.world}")
    if r.reason:
        parts.append(r.reason)
    if r.counterexample:
        c = r.counterexample
        parts.append(f"{c.left:.4g} against {c.right:.4g} in {c.world}{', ' + c.at if c.at else ''}")
    parts += [f"milestone {m}" for m in r.milestones]
    return "; ".join(parts)


def summary(found: Analysis, setting: Setting) -> list[Text]:
    """Counts per verdict, milestones, approaches."""
    counts = Counter(str(r.verdict) for r in found.relations)
    total = len(found.relations)
    unread = sum(counts[str(v)] for v in UNREAD)
    share = f"; {unread} of {total} could not be read" if total else ""
    disputed = counts[str(Verdict.DISPUTED)]
    if disputed:
        share += f", {disputed} disputed: no claim for sure, or a name may mean something else"
    lines = [
        Text(f"{total} relations: " + (", ".join(f"{n} {v}" for v, n in sorted(counts.items())) or "none") + share)
    ]
    if setting.milestones:
        met = {m.id for m in found.milestones}
        lines.append(
            Text("milestones: " + ", ".join(f"{'✓' if m.id in met else '–'} {m.id}" for m in setting.milestones))
        )
    if found.approaches:
        shown = [f"{a.id} {a.level}{' (announced)' if a.claimed else ''}" for a in found.approaches.values()]
        lines.append(
            Text("approaches (0 absent, 1 mentioned, 2 set up, 3 carries the conclusion): " + ", ".join(shown))
        )
    if not found.read_all:
        lines.append(Text("the end of the reply was not read: it is too long", style="yellow"))
    return lines


def as_data(found: Analysis, lines: Sequence[int], explain: bool) -> dict[str, Any]:
    """Plain data, sets sorted; the rules only where they are asked for."""
    relations = []
    for r, line in zip(found.relations, lines, strict=True):
        fields = {k: v for k, v in asdict(r).items() if explain or k != "rule"}
        relations.append({"line": line, **{k: sorted(v) if isinstance(v, frozenset) else v for k, v in fields.items()}})
    approaches = {name: asdict(a) for name, a in found.approaches.items()}
    return {
        "relations": relations,
        "milestones": [asdict(m) for m in found.milestones],
        "leaps": [asdict(x) for x in found.leaps],
        "approaches": approaches,
        "read_all": found.read_all,
        **({"reading": found.reading.model_dump(mode="json", by_alias=True, exclude_defaults=True)} if explain else {}),
    }
