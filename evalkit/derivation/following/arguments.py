r"""`\frac{\partial\hat y}{\partial z} = \hat y(1 - \hat y)`, where the problem says `\hat y = \sigma(w^\top x + b)`: what z is.

A letter that nothing explains, and by which a text derives one such name of the problem, or at which it takes the same
function (`\hat y = \sigma(z)`), stands for what the problem's function is taken at. What is true with it is true; false are slips only.
Not covered: letters that the text gives a meaning, two names derived by one letter, functions of several arguments.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from evalkit.derivation.following.gradients import pairs_of
from evalkit.derivation.following.grounds import Grounds
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import Bin, Call, Grad, Node, Sub, Sym, Unreadable, walk
from evalkit.derivation.grammar.relations import Statement
from evalkit.derivation.worlds.scope import BUILT_IN, Defined

MAX_NAMES = 4
"""Letters that get a meaning."""


def suppose_arguments(reading: Reading, parsed: Sequence[list[Statement] | Unreadable]) -> None:
    """Give the letters by which values of functions are derived the arguments of these functions for meanings."""
    scope = reading.judge.scope
    taken = {
        n: body for n, e in scope.entries.items() if isinstance(e, Defined) and (body := at_something(e)) is not None
    }
    if not taken:
        return
    pairs = list(pairs_of(reading, parsed))
    given = {side.name for pair in pairs for side in pair if isinstance(side, Sym | Sub)}
    found: dict[str, set[str]] = {}
    for letter, name in (one for pair in pairs for one in derived(pair, taken)):
        if letter not in given and letter not in BUILT_IN and scope.resolve(letter) is None:
            found.setdefault(letter, set()).add(name)
    meant = {z: taken[names.pop()].args[0] for z, names in found.items() if len(names) == 1}
    entries = {z: Defined(node, (), None, "reply") for z, node in list(meant.items())[:MAX_NAMES]}
    reading.judge.define(entries)
    reading.supposed |= entries.keys()


def at_something(entry: Defined) -> Call | None:
    """The function at a sum or a product that it is; None of others: a name has a name already."""
    body = entry.body
    plain = not entry.params and not entry.index and entry.source == "problem"
    if plain and isinstance(body, Call) and len(body.args) == 1 and isinstance(body.args[0], Bin):
        return body
    return None


def derived(pair: tuple[Node, Node], taken: Mapping[str, Call]) -> Iterator[tuple[str, str]]:
    """The letters of which a pair of sides says that one of these names is a value at them, with the name."""
    for node in (n for side in pair for n in walk(side)):
        match node:
            case Grad(Sym(name), Sym(letter), 1) if name in taken and letter:
                yield letter, name
    match pair:
        case (Sym(name), Call(function, (Sym(letter),))) if name in taken and taken[name].name == function:
            yield letter, name


def of_supposed_argument(grounds: Grounds, read: Read) -> str:
    """Rests on what a letter is taken for at which a function has its value, which the text does not say."""
    supposed = grounds.reading.supposed & grounds.behind(read)
    return f"{min(supposed)}: what it is the text does not say" if supposed else ""
