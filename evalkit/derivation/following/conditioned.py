"""What is said under a condition of size: `if a > b, then |a - b| = a - b`; `\\sqrt{t^2} = t for t \\geq 0`.

Looked at when all of the reply has been read. A relation that does not hold of all numbers is true where it holds of all
that were drawn and obey the condition that stands right before or behind it in its sentence (following/beside.py). Under
what its part of the reply assumes, or a sentence with other words, it is never true: one that would hold there is in doubt,
as is one whose conditions nothing drawn obeys. One that does not hold there stays as it is.
Not covered: inequalities as conclusions (a few samples do not show them), conditions in words alone, on entries of vectors,
on sizes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from evalkit.derivation.following.beside import BEHIND, chains_of, condition_beside, sentence_of, speaks_otherwise
from evalkit.derivation.following.grounds import Grounds
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.spoken import is_small_letter
from evalkit.derivation.following.standing import standing
from evalkit.derivation.following.worked import is_worked_out
from evalkit.derivation.grammar.nodes import Bin, Node, Num, Sym, has_derivative
from evalkit.derivation.grammar.relations import EQUAL, ORDER
from evalkit.derivation.text import prose
from evalkit.derivation.text.roles import Role
from evalkit.derivation.verdicts.inequalities import allowed, gap_at
from evalkit.derivation.verdicts.judge import Judge
from evalkit.derivation.verdicts.verdict import Judgement, Verdict
from evalkit.derivation.worlds.draw import generator
from evalkit.derivation.worlds.entries import Solved
from evalkit.derivation.worlds.env import Env
from evalkit.derivation.worlds.indices import loose_indices
from evalkit.derivation.worlds.scope import Drawn, Entry, unbound_names
from evalkit.derivation.worlds.values import Local, number
from evalkit.derivation.worlds.world import ASSUMED, GENERIC

RULE = "conditioned"
MAX_TRIED = 16
"""Relations of one reply that are tried under conditions."""
MAX_LETTERS, MAX_CONDITIONS, MAX_BOUNDS = 4, 6, 60
DRAWS, ENOUGH, EDGES = 160, 10, 3
"""How many values are drawn in a world, and how many of them must obey the conditions; how many of these are
moved to the edge of one."""
REACH = 600
"""How many characters back a sentence may begin."""
ASSUMED_IN = re.compile(r"\b(?:assum\w*|suppos\w*|let|throughout)\b(?!['’]s)", re.I)
CASE = re.compile(r"\W{0,12}(?:second|third|first|next|the )?\s*cases?\b[^.$\n]{0,30}(?:[$(]|\\\(|$)", re.I)
NEW_LINE = re.compile(r"\n")
FAR = 2000
"""The head of a case, and how far it reaches."""
DOUBTS = frozenset({"conditional", "in_its_sentence", "imposed", "unmodelled", "restriction", "on_its_own"})
"""Rules that leave a relation open which stands under a condition."""
SPOKEN_OF = "holds under a condition that its part speaks of"
SUPPOSING = (Role.SUPPOSED, Role.GIVEN)
OPPOSITE = {">": "leq", "<": "geq", "geq": "<", "leq": ">"}


@dataclass(frozen=True, slots=True)
class Bound:
    """An inequality that the text supposes: in its sentence, in its part of the reply, or in the case that it opens."""

    read: Read
    supposed: bool
    assumed: bool
    case: bool


def accept_the_conditioned(reading: Reading) -> None:
    """Call true what holds wherever the condition beside it does, and doubt what holds under one that stands elsewhere."""
    bounds = bounds_of(reading)
    chains = chains_of(reading) if bounds else {}
    tried = 0
    for at, read in enumerate(reading.relations):
        if not bounds or tried >= MAX_TRIED or not is_open(read):
            continue
        supposed = frozenset(b.read.chain for b in bounds if b.supposed)
        beside = condition_beside(reading, chains, read, supposed)
        conditions = beside or conditions_of(reading, read, bounds)
        if not conditions and read.judgement.verdict is Verdict.FAILS:
            tried += bool(said := said_before(reading, read, bounds))
            if said and under(reading, read, said):
                found = Judgement(Verdict.DISPUTED, reason=SPOKEN_OF, rule=RULE)
                reading.relations[at] = replace(read, judgement=found)
        if not 1 <= len(conditions) <= MAX_CONDITIONS:
            continue
        tried += 1
        holds = under(reading, read, conditions)
        if holds is False and beside and (around := assumed_before(reading, read, bounds)):
            conditions, holds = around, under(reading, read, around)
            beside = []
        if holds and beside:
            found = Judgement(Verdict.HOLDS, "assumptions", "holds where the condition beside it does", rule=RULE)
            reading.relations[at] = replace(read, judgement=found)
        elif read.judgement.verdict is Verdict.FAILS and (why := doubt(reading, read, conditions, holds)):
            found = Judgement(Verdict.DISPUTED, reason=why, rule=RULE)
            reading.relations[at] = replace(read, judgement=found)


def assumed_before(reading: Reading, read: Read, bounds: Sequence[Bound]) -> list[Read]:
    """The conditions under which it stands by what was assumed before its sentence."""
    begins = sentence_of(reading.document.text, read.start, read.end)[0]
    found = [r for r in conditions_of(reading, read, bounds) if r.end <= begins]
    return found if len(found) <= MAX_CONDITIONS else []


def said_before(reading: Reading, read: Read, bounds: Sequence[Bound]) -> list[Read]:
    """The last conditions that a sentence before it supposes in its part: `For $a \\geq b$ ... . So $|a - b| = a - b$`."""
    begins = sentence_of(reading.document.text, read.start, read.end)[0]
    before = [b.read for b in bounds if b.supposed and b.read.end <= begins and b.read.section == read.section]
    if not prose.CONCLUDE.search(reading.document.text, begins, read.start):
        return []  # "In general ..."
    if not before or reading.outline.part_end(before[-1].start) <= read.start:
        return []
    return [r for r in before if r.chain == before[-1].chain][:MAX_CONDITIONS]


def doubt(reading: Reading, read: Read, conditions: Sequence[Read], holds: bool | None) -> str:
    """Why a relation that fails may be meant under these conditions, or where they do not hold; empty where it is not."""
    strict = [replace(r, op=r.op.replace("leq", "<").replace("geq", ">")) for r in conditions]
    if holds or (any(map(has_derivative, read.sides)) and under(reading, read, strict)):
        return SPOKEN_OF  # at the edge of a case there may be no derivative
    if holds is None:
        if not speak_of_it(reading, read, conditions) or is_worked_out(Grounds(reading, list(reading.relations)), read):
            return ""  # what merely rewrites needs no condition
        return "stands under a condition that nothing drawn obeys"
    turned = [replace(r, op=OPPOSITE[r.op]) for r in conditions if r.op in OPPOSITE]
    other = len(conditions) == len(turned) == 1 and speaks_otherwise(reading, read)
    return "holds where the condition does not" if other and under(reading, read, turned) else ""


def bounds_of(reading: Reading) -> list[Bound]:
    """The inequalities of a reply, with what their place makes of them."""
    found: list[Bound] = []
    first: dict[int, Read] = {}
    for read in reading.relations:
        head = first.setdefault(read.chain, read)
        if read.op not in ORDER or read.left is None or read.right is None or len(found) >= MAX_BOUNDS:
            continue
        supposed = standing(reading, head) in SUPPOSING
        text, line = reading.document.text, reading.document.text.rfind("\n", 0, head.start) + 1
        case = bool(CASE.match(text[max(line, head.start - REACH) : head.start]))
        found.append(Bound(read, supposed, supposed and bool(ASSUMED_IN.search(head.words)), case))
    return found


def speak_of_it(reading: Reading, read: Read, conditions: Sequence[Read]) -> bool:
    """Whether conditions have a letter of a relation."""
    env = reading.judge_of(read).general
    mine = env.depends(Bin("=", *read.sides))
    return any(mine & env.depends(Bin("=", *r.sides)) for r in conditions)


def is_open(read: Read) -> bool:
    """Whether an equation is not true in general."""
    if read.left is None or read.right is None or read.negated or read.op not in EQUAL:
        return False
    found = read.judgement
    if found.rule == "moments":
        return False  # random letters are not drawn there
    return found.verdict in (Verdict.FAILS, Verdict.UNBOUND) or found.rule in DOUBTS


def conditions_of(reading: Reading, read: Read, bounds: Sequence[Bound]) -> list[Read]:
    """The inequalities under which it stands; none where it is one of them itself."""
    if any(b.read.chain == read.chain and (b.supposed or b.case) for b in bounds):
        return []
    text = reading.document.text
    ends = [m.end() for m in prose.STOP.finditer(text, max(0, read.start - REACH), read.start)]
    begins = max(ends, default=max(0, read.start - REACH))
    behind = BEHIND.match(text, read.end)
    follows = next((b.read.chain for b in bounds if behind and b.read.start == behind.end()), None)
    out: list[Read] = []
    for bound in bounds:
        other = bound.read
        if other.chain == read.chain or other.section != read.section:
            continue
        before = other.end <= read.start and other.end > read.start - FAR
        in_force = (
            (bound.supposed and other.start >= begins and follows is None)
            or (bound.assumed and reading.outline.part_end(other.start) > read.start)
            or (bound.case and not another_case(text, other.end, read.start))
        )
        if other.chain == follows or (before and in_force):
            out.append(other)
    return out


def another_case(text: str, start: int, end: int) -> bool:
    """Whether the next case begins in between."""
    return any(CASE.match(text, m.end()) for m in NEW_LINE.finditer(text, start, end))


def under(reading: Reading, read: Read, conditions: Sequence[Read]) -> bool | None:
    """Whether it holds wherever they do; None where too little that is drawn obeys them."""
    judge = reading.judge_of(read).branch()
    for name in [n for n, e in judge.assumed.items() if isinstance(e, Solved)]:
        judge.withdraw(name)  # it was taken for an equation to be solved
    sides = [side for r in (read, *conditions) for side in r.sides]
    unknown = unbound_names(judge.scope, *sides)
    if not all(is_small_letter(name) for name in unknown):
        return None
    entries: dict[str, Entry] = {n: Drawn((), frozenset(), None, "reply") for n in unknown}
    with judge.trying(entries):
        return holds_under(judge, read, conditions)


def holds_under(judge: Judge, read: Read, conditions: Sequence[Read]) -> bool | None:
    """The same, where all its letters mean something."""
    seen = 0
    group = ASSUMED if judge.rests_on_assumptions(*read.sides) else GENERIC
    for env in judge.envs(group):
        if loose_indices(env, Bin("=", *read.sides), {}):
            return None
        drawn = obeying(env, read, conditions)
        edge = at_the_edge(env, conditions, drawn)
        if edge is None:
            return None
        for place, local in enumerate((*drawn, *edge)):
            gap = gap_at(env, read.sides[0], ">", read.sides[1], local)
            if gap is None and place >= len(drawn):
                return None
            if gap is not None and gap != 0:
                return False
            seen += gap is not None
    return True if seen >= ENOUGH else None


def obeying(env: Env, read: Read, conditions: Sequence[Read]) -> list[Local]:
    """Values of the numbers in a relation and its conditions that obey these; all differ, so that no sign is idle."""
    names = {n for r in (read, *conditions) for n in env.depends(Bin("=", *r.sides))}
    letters = {n: e for n in sorted(names) if isinstance(e := env.scope.entries.get(n), Drawn) and e.shape == ()}
    asked = {n for r in conditions for n in env.depends(Bin("=", *r.sides))} & letters.keys()
    if not asked or len(letters) > MAX_LETTERS:
        letters = {}  # as they are drawn in this world
    rng = generator(env.world.seed, env.world.label, "conditioned", *letters)
    found: list[Local] = []
    for _ in range(DRAWS if letters else 1):
        drawn = {n: number(allowed(float(rng.normal() * 10 ** rng.uniform(-1, 1)), e)) for n, e in letters.items()}
        if all((gap_at(env, c.sides[0], c.op, c.sides[1], drawn) or 0.0) > 0 for c in conditions):
            found.append(drawn)
            if len(found) == ENOUGH:
                break
    return found


def at_the_edge(env: Env, conditions: Sequence[Read], drawn: Sequence[Local]) -> list[Local] | None:
    r"""Values at which a condition `x \geq a` holds with equality, and the others do; None where they are not told by it."""
    out: list[Local] = []
    for one in conditions:
        if one.op not in ("geq", "leq"):
            continue
        name, other = next(((a.name, b) for a, b in (one.sides, one.sides[::-1]) if isinstance(a, Sym)), ("", None))
        if other is None:
            return None
        for local in drawn[:EDGES]:
            value = value_at(env, other, local)
            if name not in local or value is None:
                return None
            moved = {**local, name: number(value)}
            rest = [c for c in conditions if c is not one]
            if all((gap_at(env, c.sides[0], c.op, c.sides[1], moved) or 0.0) >= 0 for c in rest):
                out.append(moved)
    return out


def value_at(env: Env, node: Node, local: Local) -> float | None:
    """The value of a side with these letters."""
    above = gap_at(env, node, ">", Num(1.0), local)  # a zero may be one of any shape: it is not compared with another
    return None if above is None else above + 1.0
