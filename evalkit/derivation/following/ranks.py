r"""What holds of matrices of full rank alone: `\operatorname{rank}(AB) = \operatorname{rank}(BA)`, `(AB)^+ = B^+A^+`.

Random matrices have full rank, and no two have the product 0. A relation with a rank or a pseudoinverse is looked at once more
where some have rank 2, where the square of one is 0, and where two have the product 0.
Not covered: projections; sizes up to 2; ranks that words give.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import permutations

from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.taken import PRIVATE
from evalkit.derivation.grammar.nodes import Bin, Call, Node, Num, Sym, Un, walk
from evalkit.derivation.verdicts.judge import Judge
from evalkit.derivation.verdicts.verdict import TRUE, Verdict
from evalkit.derivation.worlds.scope import Defined, Drawn, Entry, names_in

MAX_LETTERS = 4
"""Matrices of one relation that are tried with less than full rank."""
FULL = re.compile(r"\bfull\b[^.\n]{0,20}\brank|\binvert|\bnon-?singular|\binverses?\b|\bindependent|\^\{?-1", re.I)
"""Words by which a text may say that a matrix has full rank."""
Shapes = Mapping[str, tuple[Node, Node]]


def of_full_rank(reading: Reading, read: Read) -> Read | None:
    """Has a rank or a pseudoinverse, and fails of matrices of lower rank, of which nothing excludes that they are meant."""
    both = Bin("=", *read.sides)
    if not any(map(is_of_rank, walk(both))) or FULL.search(reading.document.text):
        return None
    letters: dict[str, tuple[Node, Node]] = {}
    for name in dict.fromkeys(names_in(both)):
        entry = reading.judge.scope.entries.get(name)
        if isinstance(entry, Drawn) and len(entry.shape) == 2 and not entry.kinds:
            letters[name] = (entry.shape[0], entry.shape[1])
    if not letters or not fails_of_low_rank(reading.judge, read.sides, letters, {}):
        return None
    return read.decided(Verdict.DISPUTED, "true of matrices of full rank alone")


def is_of_rank(node: Node) -> bool:
    return (isinstance(node, Call) and node.name == "rank") or (isinstance(node, Un) and node.op == "pinv")


def fails_of_low_rank(judge: Judge, sides: tuple[Node, Node], letters: Shapes, known: Mapping[str, Entry]) -> bool:
    """Whether it fails, or has a value on the left alone, where matrices have not the full rank that random ones have, or two have
    the product 0. letters: with rows and columns."""
    some = dict(list(letters.items())[:MAX_LETTERS])
    squares = [n for n, (rows, columns) in some.items() if rows == columns]
    for thin in [
        *({n: thinned(n, *some[n])} for n in some),
        {n: thinned(n, *some[n]) for n in some},
        *({n: annihilating(n, n, some[n][0])} for n in squares),
        *(
            {a: thinned(a, *some[a]), b: annihilating(a, b, some[a][0])}
            for a, b in permutations(squares, 2)
            if some[a] == some[b]
        ),
    ]:
        with judge.trying({**known, **{n: e for made in thin.values() for n, e in made.items()}}):
            verdict = judge.computed(*sides).verdict  # and no other sense of a dagger
            if verdict is Verdict.FAILS or (
                verdict is Verdict.UNPARSED and judge.computed(sides[0], sides[0]).verdict in TRUE
            ):
                return True
    return False


def thinned(name: str, rows: Node, columns: Node) -> dict[str, Entry]:
    """A matrix of rank 2."""
    tall, flat = f"{name}{PRIVATE}1", f"{name}{PRIVATE}2"
    return {
        tall: Drawn((rows, Num(2)), frozenset(), None, "reply"),
        flat: Drawn((Num(2), columns), frozenset(), None, "reply"),
        name: Defined(Bin("*", Sym(tall), Sym(flat)), (), None, "reply"),
    }


def annihilating(first: str, second: str, size: Node) -> dict[str, Entry]:
    """The second of two matrices, of rank 2, whose product is 0: it is what the first does not see. Of one its square is 0."""
    flat, any_ = Sym(f"{first}{PRIVATE}2"), f"{second}{PRIVATE}3"
    seen = Bin("*", Un("T", flat), Bin("*", Bin("^", Bin("*", flat, Un("T", flat)), Un("-", Num(1.0))), flat))
    unseen = Bin("*", Bin("-", Sym("I"), seen), Sym(any_))
    own = thinned(first, size, size)
    return {
        **({flat.name: own[flat.name]} if first == second else {}),
        any_: Drawn((size, Num(2) if first == second else size), frozenset(), None, "reply"),
        second: Defined(Bin("*", unseen, flat) if first == second else unseen, (), None, "reply"),
    }
