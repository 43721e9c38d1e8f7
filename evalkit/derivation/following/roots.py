r"""`\det(A - \lambda I) = 0`, so `\lambda_1 = 2`: a numbered letter gives one of the solutions of an equation before it.

Such a value gives the numbered letter its meaning, and says that it solves the equations in the letter without its number.
It is true where it solves all that stand before it, up to the last figure that is written. It is false where it solves none and
one of them is that of the eigenvalues of a matrix of numbers, which is no iteration and no sequence.
Not covered: roots with a letter of their own, equations in several unknown letters.
"""

from __future__ import annotations

import re
from dataclasses import replace

from evalkit.derivation.following import scopes, shapes
from evalkit.derivation.following.definitions import definition
from evalkit.derivation.following.numbers import DECIMAL
from evalkit.derivation.following.reading import Read, Reading, stands_alone
from evalkit.derivation.following.standing import standing
from evalkit.derivation.grammar.nodes import Bin, Call, Node, Num, Sym, Un, walk
from evalkit.derivation.grammar.relations import EQUAL
from evalkit.derivation.text import prose
from evalkit.derivation.text.roles import Role
from evalkit.derivation.verdicts.judge import Judge
from evalkit.derivation.verdicts.verdict import FALSE, TRUE, Judgement, Verdict
from evalkit.derivation.worlds.env import Env
from evalkit.derivation.worlds.scope import Defined, Drawn, unbound_names
from evalkit.derivation.worlds.values import Trouble, array
from evalkit.derivation.worlds.world import ASSUMED

NUMBERED = re.compile(r"(.+)_(?:\d|max|min|\\max|\\min)$")
MAX_EQUATIONS = 3
"""Equations before a value that are looked at."""
SAME = 1e-7
HALF = 0.501
"""Of a unit of the last figure: what rounding may add."""
LATELY = 6
"""Relations back among which the characteristic equation of a wrong eigenvalue stands."""
_TRIED = re.compile(
    r"\b(?:iterat\w*|estimat\w*|guess\w*|bound\w*|initial\w*|start\w*|Rayleigh|Gersh?gorin|power method)\b", re.I
)
"""What says that a value near an eigenvalue is none yet."""
FAR = 20
"""So many times its last figure a value must be off to be false."""


def named_root(reading: Reading, read: Read) -> Read | None:
    """Gives a numbered letter the value of a solution of an equation before it."""
    numbered = NUMBERED.match(shapes.plain_name(read.sides[0]) or "")
    if numbered is None or not scopes.is_constant(read.sides[1]) or reading.trial:
        return None
    known = reading.judge.scope.find(numbered[0])
    since = given_at(reading, numbered[0]) if known is not None else 0
    if standing(reading, read) is Role.SUPPOSED or since is None:
        return None
    letter = numbered[1]
    figures = [len(m[1]) for m in DECIMAL.finditer(reading.document.text[read.right_start : read.end])]
    slack = 10.0 ** -max(figures) if figures else 0.0
    beside = Bin(
        "+", Bin("*", read.sides[1], Num(1.37)), Num(0.4137)
    )  # another number, which must not solve them as well
    equations = [e for e in equations_in(reading, letter) if e.start >= since]
    equations = [e for e in equations if solves(reading, e, letter, beside, 0.0) is False]
    found = [solves(reading, other, letter, read.sides[1], slack) for other in equations]
    if not found or None in found:
        return None
    if all(found):
        judgement = Judgement(Verdict.HOLDS, "assumptions", f"solves an equation in {letter} before it")
    elif known is None and not any(found) and any(is_spectral(reading, other) for other in equations):
        judgement = Judgement(Verdict.FAILS, reason=f"does not solve the equations in {letter} before it")
    else:
        return None
    if known is not None:  # of the next matrix, the next condition
        reading.judge.define({numbered[0]: Defined(read.sides[1], (), None, "reply")})
        return replace(read, judgement=judgement, introduces=frozenset({numbered[0]}))
    named = definition(reading, read)
    return replace(read, judgement=judgement, introduces=named.introduces if named is not None else frozenset())


def near_root(reading: Reading, read: Read) -> Read | None:
    """Gives a letter, numbered or not, about the value of a solution of an equation before it."""
    if read.op != "approx":
        return None
    found = named_root(reading, read) or own_root(reading, read)
    if found is None or found.judgement.verdict in TRUE:
        return found
    tried = _TRIED.search(prose.sentence(reading.document.text, read.start, read.end))
    lately = any(is_spectral(reading, r) for r in reading.relations[-LATELY:])
    return found if lately and not tried else None


def own_root(reading: Reading, read: Read) -> Read | None:
    r"""`e^x = 3.3333`, so `x \approx 1.204`: the letter of the equation itself, right to the last figure that is written."""
    name, value = shapes.plain_name(read.sides[0]), read.sides[1]
    number = value.x if isinstance(value, Un) and value.op == "-" else value
    if name is None or not isinstance(number, Num) or reading.trial or reading.judge.own.get(name) is not None:
        return None
    figures = [len(m[1]) for m in DECIMAL.finditer(reading.document.text[read.right_start : read.end])]
    if len(figures) != 1 or standing(reading, read) is Role.SUPPOSED:
        return None
    beside = Bin("+", Bin("*", value, Num(1.37)), Num(0.4137))
    equations = [e for e in equations_in(reading, name) if e.op in EQUAL]
    equations = [e for e in equations if solves(reading, e, name, beside, 0.0) is False]
    if not equations or not all(solves(reading, e, name, value, HALF * 10.0 ** -figures[0]) for e in equations):
        return None
    return replace(read, judgement=Judgement(Verdict.HOLDS, "assumptions", f"solves an equation in {name} before it"))


def given_at(reading: Reading, name: str) -> int | None:
    """The end of the relation that gave a numbered letter of the reply's own its value; None where none did, or no number."""
    entry = reading.judge.own.get(name)
    if not isinstance(entry, Defined) or entry.params or entry.index or not scopes.is_constant(entry.body):
        return None
    return next((r.end for r in reversed(reading.relations) if name in r.introduces), None)


def equations_in(reading: Reading, letter: str) -> list[Read]:
    """The nearest equations of this section in which a letter alone is unknown, none of them wrong or true of itself."""
    out: list[Read] = []
    for other in reversed(reading.relations):
        if other.section != reading.section or len(out) == MAX_EQUATIONS:
            break
        if other.op not in EQUAL or other.left is None or other.right is None:
            continue
        if (
            not stands_alone(letter, Bin("=", *other.sides))
            or shapes.plain_name(other.left) == letter
            or (other.judgement.verdict in TRUE | FALSE and not may_be_solved(other))
        ):
            continue
        out.append(other)
    return out


def may_be_solved(read: Read) -> bool:
    """Whether it sets letters equal to a number, which is true of some of their values only."""
    return (
        read.judgement.verdict is Verdict.FAILS
        and isinstance(read.right, Num)
        and not scopes.is_constant(read.sides[0])
    )


def is_spectral(reading: Reading, other: Read) -> bool:
    """Whether its chain is that of a characteristic equation, and has no wrong step."""
    chain = [r for r in reading.relations if r.chain == other.chain]
    if any(r.judgement.verdict in FALSE and not may_be_solved(r) and len(letters_of(r)) < 2 for r in chain):
        return False
    return any(isinstance(n, Call) and n.name == "det" for r in chain if r.left is not None for n in walk(r.sides[0]))


def letters_of(read: Read) -> set[str]:
    return {
        n.name for side in read.sides for n in walk(side) if isinstance(n, Sym) and n.name not in ("I", "e", "\\pi")
    }


def solves(reading: Reading, other: Read, letter: str, value: Node, slack: float) -> bool | None:
    """Whether the equation holds with this value for the letter, or changes its sign around it. None: that is not told."""
    number = gap(reading, other, letter, value)
    if number is None:
        return None
    size, off = number
    if abs(off) <= SAME * max(size, 1.0):
        return True
    if not slack:
        return False
    around = [gap(reading, other, letter, Bin("+", value, Num(step * slack))) for step in (-1.0, 1.0)]
    if around[0] is None or around[1] is None:
        return None
    if around[0][1] * around[1][1] <= 0:
        return True
    wide = [gap(reading, other, letter, Bin("+", value, Num(step * FAR * slack))) for step in (-1.0, 1.0)]
    return None if wide[0] is None or wide[1] is None or wide[0][1] * wide[1][1] <= 0 else False


def gap(reading: Reading, other: Read, letter: str, value: Node) -> tuple[float, float] | None:
    """The largest number on the way, and how far apart the sides are with this value for the letter."""
    judge = with_value(reading, other, letter, value)
    env = judge.envs(ASSUMED)[0]
    both = Bin("-", *other.sides)
    if unbound_names(judge.scope, both) or not all(
        isinstance(env.scope.entries.get(n), Defined) for n in drawn_in(env, both)
    ):
        return None
    try:
        env.begin()
        found = array(env.value(both, {}))
    except (Trouble, ArithmeticError, ValueError):
        return None
    return (float(env.scale), float(found.real.item())) if found.size == 1 else None


def drawn_in(env: Env, node: Node) -> list[str]:
    """The names on which a value rests, sizes and functions aside."""
    return [n for n in env.depends(node) if isinstance(env.scope.entries.get(n), Defined | Drawn)]


def with_value(reading: Reading, other: Read, letter: str, value: Node) -> Judge:
    """Who knows what stood there, and this value."""
    judge = (other.then or reading.judge).branch()
    entry = Defined(value, (), None, "reply")
    if letter in reading.setting.scope.entries:
        judge.assume({letter: entry})
    else:
        judge.define({letter: entry})
    return judge
