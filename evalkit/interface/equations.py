"""The mathematics of one reply: every relation with its verdict and evidence."""

from __future__ import annotations

import json
import sys
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evalkit.derivation import (
    FALSE,
    Analysis,
    DerivationSpec,
    Relation,
    Setting,
    analyse,
    analyse_with,
    compile_setting,
)
from evalkit.derivation import Verdict as Verdict
from evalkit.derivation.findings import agreed
from evalkit.derivation.following import late
from evalkit.derivation.following.doubts import DOUBTS
from evalkit.derivation.following.look import first_look
from evalkit.derivation.following.plan import Plan, plan_from
from evalkit.derivation.following.rules import RULES
from evalkit.derivation.text.document import MAX_REPLY
from evalkit.errors import EvalkitError, SpecError, counted
from evalkit.interface.project import AnyPath
from evalkit.interface.shown import Shown
from evalkit.interface.wording import python_names, spoken
from evalkit.judging.bounds import CPU_SECONDS, MEMORY, OutOfTimeError, capped_memory, cpu_seconds, soft
from evalkit.reading.proposed import is_proposal
from evalkit.showing.tables.form import Table
from evalkit.specs import declared, packaged
from evalkit.specs.library import Library
from evalkit.specs.problems import Problem
from evalkit.specs.toml import parse_toml, read_text, validate

if TYPE_CHECKING:
    import pandas as pd

UNREAD = (Verdict.UNPARSED, Verdict.UNBOUND)
SIGNS = {"leq": "≤", "geq": "≥", "neq": "≠", "approx": "≈", "to": "→", "in": "∈", "propto": "∝"}


@dataclass(frozen=True, repr=False)
class Equations(Shown):
    """What was found in one reply. `found` holds relations, milestones, leaps and approaches with their places."""

    text: str
    setting: Setting
    found: Analysis
    guessed: bool = False
    """Whether nothing was declared, and the shapes of the letters were inferred."""

    @property
    def relations(self) -> tuple[Relation, ...]:
        """In the order of the reply."""
        return self.found.relations

    @property
    def line_numbers(self) -> list[int]:
        """The line of the reply (from 1) of each relation."""
        starts = [0, *(i + 1 for i, c in enumerate(self.text) if c == "\n")]
        return [bisect_right(starts, r.start) for r in self.relations]

    def frame(self) -> pd.DataFrame:
        """One row per relation: line, relation, verdict, evidence, negated (the reply denies it), start, end (code
        points of the reply), rule (which decided)."""
        import pandas as pd

        columns = ["line", "relation", "verdict", "evidence", "negated", "start", "end", "rule"]
        rows = [
            (line, formula(r), str(r.verdict), self.evidence(r), r.negated, r.start, r.end, r.rule)
            for r, line in zip(self.relations, self.line_numbers, strict=True)
        ]
        return pd.DataFrame(rows, columns=columns)

    def evidence(self, r: Relation) -> str:
        """World and premise, reason, counterexample and milestones, as far as there are any."""
        premises = {s.name: s.premise for s in self.setting.specials}
        parts = []
        if r.world:
            where = f"where {premises[r.world]}" if r.world in premises else f"under {', '.join(r.under) or r.world}"
            parts.append(where)
        if r.reason:
            parts.append(r.reason)
        if r.counterexample:
            c = r.counterexample
            parts.append(f"{c.left:.4g} against {c.right:.4g} in {c.world}{', ' + c.at if c.at else ''}")
        parts += [f"milestone {m}" for m in r.milestones]
        return "; ".join(parts)

    def rules(self) -> list[tuple[str, str]]:
        """The rules that decided a verdict and what they say, in the order in which rules are asked."""
        used = {r.rule for r in self.relations}
        known = [(rule.name, rule.says) for rule in (*RULES, *DOUBTS)]
        known += [
            (agreed.RULE, agreed.SAYS),
            (agreed.SETTLED, agreed.SAYS_SETTLED),
            (late.RULE, late.SAYS),
            (late.BEYOND, late.BEYOND_SAYS),
        ]
        return [(name, says) for name, says in known if name in used]

    def tables(self) -> Sequence[Table]:
        rows = tuple(
            (str(line), formula(r), str(r.verdict) + (" (denied)" if r.negated else ""), self.evidence(r))
            for r, line in zip(self.relations, self.line_numbers, strict=True)
        )
        return [Table("Relations", ("line", "relation", "verdict", "evidence"), rows, "", frozenset({0}))]

    def lines(self) -> list[str]:
        """Counts per verdict, milestones, approaches."""
        counts = Counter(str(r.verdict) for r in self.relations)
        total, unread = len(self.relations), sum(counts[str(v)] for v in UNREAD)
        share = f"; {unread} of {total} could not be read" if total else ""
        if disputed := counts[str(Verdict.DISPUTED)]:
            share += f", {disputed} disputed: no claim for sure, or a name may mean something else"
        told = [
            f"{counted(total, 'relation')}: "
            + (", ".join(f"{n} {v}" for v, n in sorted(counts.items())) or "none")
            + share
        ]
        if self.setting.milestones:
            met = {m.id for m in self.found.milestones}
            marks = (f"{'✓' if m.id in met else '–'} {m.id}" for m in self.setting.milestones)
            told.append("milestones: " + ", ".join(marks))
        if self.found.approaches:
            shown = [f"{a.id} {a.level}{' (announced)' if a.claimed else ''}" for a in self.found.approaches.values()]
            told.append("approaches (0 absent, 1 mentioned, 2 set up, 3 carries the conclusion): " + ", ".join(shown))
        if (other := self.found.other) is not None:
            told.append(f"a model's reading beside the rules': {other.differ} of {total} relations come out otherwise")
            told += [f"refused of what it proposes: {why}" for why in other.refused]
        if not self.found.read_all:
            told.append(
                f"not all of the reply was judged, and nothing follows from what is not found: {self.found.lacks}"
            )
        return [*told, _inference(self.setting)] if self.guessed else told

    def data(self, explain: bool = False) -> dict[str, Any]:
        """Plain data (JSON), sets sorted. explain: with the rule that decided each verdict, and the reading."""
        found, relations = self.found, []
        for r, line in zip(self.relations, self.line_numbers, strict=True):
            fields = {k: v for k, v in asdict(r).items() if explain or k != "rule"}
            plain = {k: sorted(v) if isinstance(v, frozenset) else v for k, v in fields.items()}
            relations.append({"line": line, **plain})
        reading = found.reading.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        return {
            "relations": relations,
            "milestones": [asdict(m) for m in found.milestones],
            "leaps": [asdict(x) for x in found.leaps],
            "approaches": {name: asdict(a) for name, a in found.approaches.items()},
            "read_all": found.read_all,
            **({"lacks": found.lacks} if found.lacks else {}),
            **({"other": _other(found)} if found.other is not None else {}),
            **({"reading": reading} if explain else {}),
        }

    def __repr__(self) -> str:
        return f"<Equations: {self.lines()[0]}>"


@python_names
def equations(
    text: str,
    problem: str | Problem | None = None,
    world: AnyPath | Mapping[str, Any] | None = None,
    problems: AnyPath = "problems",
    reading: Mapping[str, Any] | None = None,
    proposal: Mapping[str, Any] | None = None,
) -> Equations:
    """Check the mathematics of one reply (Markdown with LaTeX or unicode mathematics).

    Its symbols are those of a problem (an id in the folder `problems`, or a loaded one), or of `world`: a TOML file or
    a table with the same keys. With neither it is a first look: shapes are inferred, and nothing is called false of
    letters whose meaning was guessed. reading: one to follow, the key of `data(explain=True)`, mended. proposal: what a
    model proposes as the reading (docs/reader.md); what it and the rules agree on counts. Raises SpecError for
    wrong use; EvalkitError where the reply takes more than 2 s of processor time or 300 MB.
    """
    if not text.strip():
        raise SpecError("the reply is empty; Markdown with LaTeX or unicode mathematics is expected")
    if len(text) > MAX_REPLY:
        raise SpecError(f"the reply has {len(text)} characters; at most {MAX_REPLY} are read")
    plan = None if reading is None else plan_from(reading, len(text), "reading")
    if proposal is not None:
        return _proposed(text, _setting(problem, world, Path(problems)), proposal, plan)
    if problem is None and world is None:
        setting = _guessed(text)
        return Equations(text, setting, doubted(bounded(text, setting, plan)), guessed=True)
    setting = _setting(problem, world, Path(problems))
    return Equations(text, setting, bounded(text, setting, plan))


def _proposed(text: str, setting: Setting, proposal: Mapping[str, Any], plan: Plan | None) -> Equations:
    """The relations as the rules and a model read them. proposal: as it is, or all that a model answers."""
    inner = proposal.get("reading", proposal) if isinstance(proposal, Mapping) else proposal
    if plan is not None or not is_proposal(inner):
        why = "give a reading or a proposal, not both" if plan is not None else "it has not the form of docs/reader.md"
        raise SpecError(f"the proposed reading cannot be followed: {why}")
    return Equations(text, setting, bounded_with(inner, text, setting))


def reply_text(path: Path) -> str:
    """The text of a reply file, `-` for standard input. Raises SpecError."""
    text = sys.stdin.read() if str(path) == "-" else read_text(path)
    if not text.strip():
        raise SpecError(f"{path}: is empty; a reply in Markdown with LaTeX or unicode mathematics is expected")
    if len(text) > MAX_REPLY:
        raise SpecError(f"{path}: has {len(text)} characters; at most {MAX_REPLY} are read")
    return text


def formula(r: Relation) -> str:
    """The relation as text, on one line."""
    return f"{r.left} {SIGNS.get(r.op, r.op)} {r.right}".replace("\n", " ")


def given_reading(path: Path | None) -> Mapping[str, Any] | None:
    """A mended reading from its file. Raises SpecError."""
    if path is None:
        return None
    try:
        found: Mapping[str, Any] = json.loads(read_text(path))
    except (ValueError, RecursionError) as error:
        raise SpecError(f"{path}: not valid JSON: {error}") from None
    return found


def _setting(problem: str | Problem | None, world: AnyPath | Mapping[str, Any] | None, folder: Path) -> Setting:
    if problem is None and world is None:
        raise SpecError("a proposed reading needs --problem SET/NAME or --world FILE.toml")
    if problem is not None and world is not None:
        raise SpecError("give --problem SET/NAME or --world FILE.toml, not both")
    if world is not None:
        origin = "world" if isinstance(world, Mapping) else str(world)
        table = world if isinstance(world, Mapping) else parse_toml(read_text(Path(world)), origin)
        try:
            setting = compile_setting(validate(DerivationSpec, dict(table), origin))
        except SpecError as error:
            raise SpecError(*(p if p.startswith(origin) else f"{origin}: {p}" for p in error.problems)) from None
        if wrong := [f"{origin}: {fault}" for fault in declared.faults(setting)]:
            raise SpecError(*wrong)
        return setting
    loaded = (
        problem if isinstance(problem, Problem) else Library(*packaged.behind(folder, "problems")).load(str(problem))
    )
    if loaded.setting is None:
        raise SpecError(
            f"{loaded.id}: declares no [symbols], so its mathematics cannot be checked; or give --world FILE.toml"
        )
    found: Setting = loaded.setting
    return found


def bounded(text: str, setting: Setting, plan: Plan | None) -> Analysis:
    """The analysis of a text that may be hostile. Raises EvalkitError where it takes too much time or memory."""
    return _in_bounds(lambda: analyse(text, setting, plan=plan, deadline=soft(CPU_SECONDS)))


def bounded_with(proposal: Mapping[str, Any], text: str, setting: Setting) -> Analysis:
    """The same, read by the rules and as a model proposes."""
    return _in_bounds(lambda: analyse_with(proposal, text, setting, {}, deadline=soft(CPU_SECONDS)))


def _in_bounds(work: Callable[[], Analysis]) -> Analysis:
    try:
        with capped_memory(), cpu_seconds(CPU_SECONDS):
            return work()
    except OutOfTimeError as error:
        raise EvalkitError(f"the reply cannot be judged: {error}; shorten it, or look at it part by part") from None
    except MemoryError:
        raise EvalkitError(
            f"the reply cannot be judged: it needs more than {MEMORY // 1024**2} MB; look at it part by part"
        ) from None
    except EvalkitError:
        raise
    except Exception as error:
        raise EvalkitError(
            f"the reply cannot be judged: evalkit fails at it ({type(error).__name__}: {error})"
        ) from error


def _other(found: Analysis) -> dict[str, Any]:
    """A model's reading as plain data."""
    assert found.other is not None  # noqa: S101 - asked for where there is one
    reading = found.other.reading.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return {"reading": reading, "refused": list(found.other.refused), "differ": found.other.differ}


def _guessed(text: str) -> Setting:
    """The letters of a reply, their shapes inferred. Raises EvalkitError."""
    try:
        with capped_memory(), cpu_seconds(CPU_SECONDS):
            return first_look(text)
    except (OutOfTimeError, MemoryError) as error:
        raise EvalkitError(f"the reply cannot be looked at: {error or 'too much memory'}; shorten it") from None


EXACT = frozenset({"abs", "gcd", "lcm", "binom", "det", "floor", "ceil", "exp"})
"""Functions of one meaning: an angle may be in degrees, a logarithm to another base, a bracket with commas a set."""


def doubted(found: Analysis) -> Analysis:
    """Nothing is false of letters that were guessed: what fails for them is disputed. A calculation has none."""
    why = "not true of all letters of these shapes; what they mean was not declared"

    def looked_at(r: Relation) -> Relation:
        return replace(r, verdict=Verdict.DISPUTED, reason=why) if r.verdict in FALSE and r.uses - EXACT else r

    return replace(found, relations=tuple(looked_at(r) for r in found.relations))


def _inference(setting: Setting) -> str:
    """What was inferred, in one line."""
    shapes = {name: " x ".join(symbol.shape) or "a number" for name, symbol in setting.spec.symbols.items()}
    letters = ", ".join(f"{name}: {shape}" for name, shape in shapes.items()) or "no letter"
    more = "give --problem SET/NAME, or --world FILE.toml with what the letters mean"
    return f"a first look, nothing was declared ({letters}): {spoken(more)}"
