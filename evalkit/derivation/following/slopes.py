"""`u = 2x + 1, u' = 2`: a prime behind a name that was given an expression is its derivative, where that makes the relation true, or where the words say
so and a slip keeps it from being true.

Not covered: names that a problem defines with primes of their own, a prime that transposes.
"""

from __future__ import annotations

import re
from dataclasses import replace

from evalkit.derivation.following.definitions import definition
from evalkit.derivation.following.free import free_letters
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import Call, Grad, Node, Sub, Sym, Un
from evalkit.derivation.grammar.stream import SCALAR
from evalkit.derivation.verdicts.nearness import slip
from evalkit.derivation.verdicts.verdict import TRUE, Verdict
from evalkit.derivation.worlds.scope import Defined, Drawn

MAX_LETTERS = 5
LATELY, STEPS = 4, 20_000
"""Relations back that show that a prime derives; steps of evaluation for the edits of one that fails."""
A_DERIVATIVE = re.compile(r"\bderivatives?\b", re.I)
SLIPS = frozenset({"sign", "number", "exponent"})
PRIMES = 2
PROBABILITIES, INDEX = frozenset("pPq"), frozenset("ijklmn")
"""Functions and subscripts that mean another thing than a derivative: `p_x`, `a_n`."""
OF_ITS_OWN = re.compile(r"\b(?:marginal|component|row|famil(?:y|ie))s?\b", re.I)


def slope_of_name(reading: Reading, read: Read) -> Read | None:
    """Gives the derivative of a name that has an expression, by one of its letters."""
    left, right = read.sides
    if (by_label := partial(reading, read)) is not None:
        return by_label
    base, primes = primed(left)
    scope = reading.judge.scope
    found = scope.find(base) if 1 <= primes <= PRIMES else None
    if (
        found is None
        or not isinstance(found[1], Defined)
        or found[1].params
        or scope.find(base + "'" * primes) is not None
    ):
        return None
    env = reading.judge.general
    letters = letters_of(reading, found[0])
    for letter in letters[:MAX_LETTERS]:
        judgement = reading.judge.equation(derived(found[0], letter, primes), right)
        if judgement.verdict in TRUE:
            named = definition(reading, read)
            kept = named.introduces if named is not None else frozenset[str]()
            return replace(read, judgement=replace(judgement, reason=f"the derivative by {letter}"), introduces=kept)
    moving = [n for n in letters if not {"fixed", "data"} & getattr(env.scope.entries[n], "kinds", set())]
    return slip_in_slope(reading, read, derived(found[0], moving[0], primes)) if len(moving) == 1 else None


def derived(name: str, letter: str, times: int) -> Node:
    """The derivative of a name by a letter."""
    return Grad(derived(name, letter, times - 1), Sym(letter)) if times else Sym(name)


def slip_in_slope(reading: Reading, read: Read, slope: Node) -> Read | None:
    """False where the words call it a derivative, or one before it was, and a sign, a number or the like keeps it from being the
    one by the only letter that moves."""
    near = reading.relations[-LATELY:]
    told = any(r.judgement.rule == "slope_of_name" and r.section == read.section for r in near)
    right = read.sides[1]
    if not (told or A_DERIVATIVE.search(read.words)) or read.negated or reading.trial:
        return None
    judged = reading.judge.equation(slope, right)
    if judged.verdict is not Verdict.FAILS or slip(reading.judge, slope, right, steps=STEPS).kind not in SLIPS:
        return None
    return replace(read, judgement=replace(judged, reason="not the derivative of what the name was given"))


def partial(reading: Reading, read: Read) -> Read | None:
    """`f_x = 2xy`, `f_{xy}(1, 2) = 2`: the derivative of a function by the arguments that its subscript names."""
    left, right = read.sides
    label = left if isinstance(left, Sub) else Sub(left, "", None)
    at: tuple[Node, ...] = label.base.args if isinstance(label.base, Call) else ()
    name = label.base.name if label.index and isinstance(label.base, Sym | Call) else ""
    found = reading.judge.scope.find(name) if name else None
    if found is None or not isinstance(found[1], Defined):
        return None
    if name in PROBABILITIES or INDEX & {n.name for n in label.index or () if isinstance(n, Sym)}:
        return None
    if OF_ITS_OWN.search(reading.document.text):
        return None
    params, by = tuple(map(Sym, found[1].params or letters_of(reading, found[0]))), label.index or ()
    if len(params) < 2 or not 1 <= len(by) <= PRIMES or not set(by) <= set(params) or len(at) not in (0, len(params)):
        return None
    if label.name and reading.judge.scope.find(label.name) is not None:
        return None
    slope: Node = Call(found[0], params) if found[1].params else Sym(found[0])
    for letter in by:
        slope = Grad(slope, letter)
    for letter, value in zip(params, at, strict=False):
        slope = slope if value == letter else Call("at", (slope, letter, value))
    judgement = reading.judge.equation(slope, right)
    if judgement.verdict is Verdict.UNBOUND and (free := free_letters(reading, replace(read, left=slope))) is not None:
        judgement = free.judgement
    if judgement.verdict not in TRUE and reading.judge.assumed:
        general = reading.judge.branch()
        general.forget()  # what was assumed of its letters
        judgement = general.equation(slope, right)
    if judgement.verdict not in TRUE:
        return None
    return replace(read, judgement=replace(judgement, reason="the derivative that the subscript names"))


def letters_of(reading: Reading, name: str) -> list[str]:
    """The numbers that nothing defines, on which a name without arguments depends."""
    env, scope = reading.judge.general, reading.judge.scope
    letters = [n for n in sorted(env.depends(Sym(name))) if isinstance(env.scope.entries.get(n), Drawn)]
    return [n for n in letters if scope.shape(Sym(n)) == SCALAR]


def primed(node: Node) -> tuple[str, int]:
    """The name behind which primes stand, and how many."""
    count = 0
    while isinstance(node, Un) and node.op == "'":
        node, count = node.x, count + 1
    name = node.name if isinstance(node, Sym | Sub) else ""
    bare = name.rstrip("'")
    return bare, count + len(name) - len(bare)
