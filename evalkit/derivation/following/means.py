r"""`\bar x` beside a column x or members x_i: their mean, where the text says nothing else of it.

Only what is true of the mean is told by it; nothing is false. Not covered: means of products (`\overline{xy}`), weighted means,
members of which no column or matrix was declared.
"""

from __future__ import annotations

from dataclasses import replace

from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import Big, Bin, Node, Num, Sub, Sym
from evalkit.derivation.verdicts.verdict import TRUE
from evalkit.derivation.worlds.scope import Defined, Drawn, Entry, Family, Scope, unbound_names

BAR, MAX_NAMES = "\\bar ", 3
"""How the name of a mean begins; how many a relation may have."""
COUNTED = {"entries": 0, "rows": 0, "columns": 1}
"""Which size of the column or matrix says how many members there are."""


def of_means(reading: Reading, read: Read) -> Read | None:
    """Has a letter under a bar that means nothing yet, and is true of the mean of that letter's members."""
    scope = reading.judge.scope
    names = unbound_names(scope, *read.sides)
    found = {n: mean for n in names if n.startswith(BAR) and (mean := mean_of(scope, n[len(BAR) :])) is not None}
    if not 0 < len(found) == len(names) <= MAX_NAMES:
        return None
    entries: dict[str, Entry] = {n: Defined(body, (), None, "reply") for n, body in found.items()}
    with reading.judge.trying(entries):
        judgement = reading.judge.equation(*read.sides)
    if judgement.verdict not in TRUE:
        return None
    return replace(read, judgement=replace(judgement, reason=f"{', '.join(sorted(found))} being the mean"))


def mean_of(scope: Scope, letter: str) -> Node | None:
    """The mean of the entries of a column, or of the rows or columns of a matrix that are members under this letter."""
    family = scope.family(letter)
    if family is not None and isinstance(family[1], Family) and isinstance(family[1].of, Sym):
        place, whole = COUNTED.get(family[1].kind), scope.find(family[1].of.name)
    else:
        place, whole = 0, scope.find(letter)
    if place is None or whole is None or not isinstance(whole[1], Drawn) or whole[1].subset is not None:
        return None
    shape = whole[1].shape
    if len(shape) <= place or (family is None and len(shape) != 1):
        return None
    member = Sub(Sym(letter), f"{letter}_i", (Sym("i"),))
    return Bin("/", Big("sum", member, ("i",), Num(1.0), shape[place]), shape[place])
