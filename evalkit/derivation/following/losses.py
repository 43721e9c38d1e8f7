r"""`\frac{\partial J}{\partial W} = x (\frac{\partial J}{\partial y})^\top` with `y = W^\top x`, of a J of which nothing is known.

What holds for a smooth function of y drawn at random is true of every J that depends on W through y alone, which a text means
that says no more. J is a function of the last of the names that it is derived by, of all their entries where it is by one.
`\delta = \partial J/\partial y` and `\nabla S = \partial J/\partial S` count where the text has said so before.
Not covered: inner names of which the text or the problem makes anything else, as J may depend on that, too; texts that give
one of the names another meaning, write a last name beside an inner one as arguments of J or speak of a penalty; families of columns. Nothing is false by it, as a text
may mean the average over a batch, derivatives in rows, one of several paths, or another sign.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from evalkit.derivation.following.adjoints import (
    by_its_mark,
    gradients_meant,
    is_given_by_differential,
    is_unknown_number,
    losses_of_nabla,
    moves_alone,
    of_their_entries,
    times_brackets,
    with_d_for_gradients,
)
from evalkit.derivation.following.entrywise import by_its_entries
from evalkit.derivation.following.loss_layers import (
    in_layer,
    in_other_layers,
    is_signal_of_layer,
    layers_in,
    named_gradients,
)
from evalkit.derivation.following.loss_names import (
    BACK,
    NAMED,
    declared,
    derived_by,
    factored,
    inside_derivatives,
    is_gradient,
    is_of_known,
    last,
    moves_all,
    named_by,
    outside_derivatives,
    signals,
    spoken_signals,
    told,
    whole_name,
)
from evalkit.derivation.following.loss_told import crossed, has_arguments, is_added_to, is_made_of
from evalkit.derivation.following.ones import MAX_SIZES, ONES, with_size
from evalkit.derivation.following.reading import LossPlace as Place
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.derivatives import LOSS as UNNAMED
from evalkit.derivation.grammar.nodes import Call, Diff, Grad, Node, Sub, Sym, walk
from evalkit.derivation.verdicts.verdict import FALSE, TRUE, Judgement, Verdict
from evalkit.derivation.worlds.calls import ANY_LOSS
from evalkit.derivation.worlds.scope import BUILT_IN, Defined, Entry, Scope, names_behind, names_in, unbound_names

MAX_BY, MAX_TRIED = 24, 80
"""Names by which a loss is derived; relations of a reply that are tried."""


def signal(reading: Reading, read: Read) -> Read | None:
    """Gives a name to the gradient of a loss of which nothing is known, or to what is made of such gradients."""
    scope, name, body = reading.judge.scope, read.left, read.right
    if isinstance(name, Diff):
        known = signals(reading.relations[-BACK:], scope, spoken_signals(reading))
        given_so = is_given_by_differential(reading, read, known)
        return (
            read.decided(Verdict.DEFINITION, "the gradient of a loss of which nothing is known") if given_so else None
        )
    if not isinstance(name, Sym | Sub) or body is None or read.negated or read.op not in NAMED:
        return None
    if scope.resolve(name.name) is not None or any(r.left == name for r in reading.relations[-BACK:]):
        return None
    derived, given = (
        next(inside_derivatives(body), None),
        signals(reading.relations[-BACK:], scope, spoken_signals(reading)),
    )
    if derived is None and not given.keys() & set(names_in(body)):
        return None
    if derived is not None and (derived.name == "" or scope.resolve(derived.name) is not None):
        return None
    if (is_gradient(body) and not is_of_known(body, scope)) or is_signal_of_layer(reading, name):
        return None
    if derived is None and named_gradients((), [name], scope):
        return None  # what dW is, its name says
    if derived is None and by_its_mark(reading.adjoints, scope, name) is not None:
        return None  # \bar A
    if signals([read], scope, given).keys() == given.keys():
        return None
    return read.decided(Verdict.DEFINITION, "made of the gradient of a loss of which nothing is known")


def any_loss(reading: Reading, read: Read) -> Read | None:
    """Holds for every smooth function of the names by which an unknown number is derived last."""
    scope, before = reading.judge.scope, reading.relations[-BACK:]
    if (read.start, read.end) in reading.not_at_steps:
        return None
    gradients = told([*before, read]) | losses_of_nabla([*before, read])
    bare = any(isinstance(n, Grad) and n.f == Sym(UNNAMED) for side in read.sides for n in walk(side))
    sides = [factored(side, scope) if bare else side for side in read.sides]
    sides = [of_their_entries(reading, named_by(side, gradients, scope)) for side in sides]
    sides = [in_layer(side, scope, layers_in(read)) for side in sides]
    given = in_other_layers(signals(before, scope, spoken_signals(reading)), sides)
    sides = [times_brackets(reading, side, given) for side in sides]
    given |= named_gradients(before, sides, scope, given) | gradients_meant(reading, read, sides, before)
    loss = unknown_loss(scope, sides, given)
    sides = with_d_for_gradients(sides, loss) if loss else sides
    if loss is None or sides[0] == sides[1] or reading.tried_losses >= MAX_TRIED:
        return None
    reading.tried_losses += 1
    seen = [s for r in before if r.left is not None and r.right is not None for s in r.sides]
    meant = given | named_gradients(before, seen, scope, given) | gradients_meant(reading, read, seen, before)
    seen += [e.body for e in meant.values() if isinstance(e, Defined)]
    by = list(dict.fromkeys(derived_by([*sides, *seen], loss, scope)))
    ends = last(scope, by[:MAX_BY])
    if not ends:
        return None
    inner = set(derived_by(sides, loss, scope)) - set(ends)
    changed = {n.x for side in sides for n in walk(side) if isinstance(n, Diff) and isinstance(n.x, Sym | Sub)}
    if moved := {whole_name(x, scope) or x.name for x in changed}:
        if not moves_all(scope, loss, ends, moved) and not moves_alone(
            reading, read, ends, frozenset(moved - {loss, *ends})
        ):
            return None  # dL with dQ alone says nothing of K
        inner |= {n for end in ends for n in names_behind(scope, end)} - set(ends)
    if (
        has_arguments(reading, loss, ends)
        or is_added_to(reading, loss)
        or is_made_of(reading, inner, {n for end in ends for n in names_behind(scope, end)})
        or crossed(reading, place := Place(read.section, tuple(ends), frozenset(inner)))
    ):
        return None
    entries: dict[str, Entry] = {loss: Defined(Call(ANY_LOSS, tuple(map(Sym, ends))), (), None, "reply")}
    entries |= given
    with reading.judge.trying(entries):
        judgement = in_some_way(reading, read, sides)
    if judgement.verdict not in TRUE:
        if judgement.verdict in FALSE and sides == list(read.sides):
            known = reading.judge.branch()
            known.define(entries)
            reading.no_loss[read.start, read.end] = place, replace(read, judgement=judgement, then=known)
        return None
    reading.losses[read.start, read.end] = place
    return replace(read, judgement=replace(judgement, reason=f"for every {loss} of {', '.join(ends)}"))


def in_some_way(reading: Reading, read: Read, sides: Sequence[Node]) -> Judgement:
    """The verdict as it stands, or where it holds so by entries or with ones of one of the sizes."""
    first = reading.judge.equation(*sides)
    if first.verdict in TRUE:
        return first
    written = by_its_entries(reading, read, list(sides))
    ways = [written] if written else []
    if any(ONES in walk(side) for side in sides):
        ways += [
            (with_size(sides[0], size), with_size(sides[1], size))
            for size in list(reading.judge.worlds[0].sizes)[:MAX_SIZES]
        ]
    return next((found for way in ways if (found := reading.judge.equation(*way)).verdict in TRUE), first)


def take_back_other_paths(reading: Reading) -> None:
    """Leave open what held for every loss, where the text tells later that it depends on a name in another way."""
    for at, read in enumerate(reading.relations):
        place = reading.losses.get((read.start, read.end))
        if place is not None and read.judgement.rule == any_loss.__name__ and crossed(reading, place, read.start):
            reading.relations[at] = read.decided(Verdict.UNBOUND, "another path")


def unknown_loss(scope: Scope, sides: list[Node], given: Mapping[str, Entry]) -> str | None:
    """The one name without a meaning that only ever is derived; None where something else has no meaning, too."""
    unknown = set(unbound_names(scope.extended(given), *sides))
    bodies = [e.body for e in given.values() if isinstance(e, Defined)]
    through = {n.f.name for body in bodies for n in walk(body) if isinstance(n, Grad) and isinstance(n.f, Sym)}
    derived = {n.name for side in sides for n in inside_derivatives(side)}
    names = unknown | (derived - {n for n in derived if scope.find(n) is not None})
    names = names or (through if {n for s in sides for n in names_in(s)} & given.keys() else names)
    names = names or {n for n in declared(sides) if is_unknown_number(scope, n)}
    if len(names) != 1:
        return None
    (loss,) = names
    bare = any(isinstance(n, Sym | Sub) and n.name == loss for side in sides for n in outside_derivatives(side))
    return None if bare or loss in BUILT_IN or not is_unknown_number(scope, loss) else loss
