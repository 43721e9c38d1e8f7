r"""`\frac{\partial J}{\partial W} = x (\frac{\partial J}{\partial y})^\top` with `y = W^\top x`, of a J of which nothing is known.

What holds for a smooth function of y drawn at random is true of every J that depends on W through y alone, which a text means
that says no more. J is a function of the last of the names that it is derived by. `\delta = \partial J/\partial y` and
`\nabla S = \partial J/\partial S` count where the text has said so before.
Not covered: inner names of which the text or the problem makes anything else, as J may depend on that, too; texts that give
one of the names another meaning, write J with arguments of its own or speak of a penalty. Nothing is false by it, as a text
may mean the average over a batch, derivatives in rows, one of several paths, or another sign.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from evalkit.derivation.following.beside import sentence_of
from evalkit.derivation.following.gradients import without_d
from evalkit.derivation.following.reading import LossPlace as Place
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.derivatives import LOSS as UNNAMED
from evalkit.derivation.grammar.gradients import GRADIENTS
from evalkit.derivation.grammar.layers import layer_of, relabelled
from evalkit.derivation.grammar.nodes import (
    Bin,
    Call,
    Diff,
    Grad,
    Node,
    Num,
    Sub,
    Sym,
    base_name,
    children,
    has_derivative,
    is_derivative,
    rebuilt,
    walk,
)
from evalkit.derivation.grammar.stream import SCALAR
from evalkit.derivation.verdicts.verdict import TRUE, Verdict
from evalkit.derivation.worlds.calls import ANY_LOSS
from evalkit.derivation.worlds.functions import UNARY
from evalkit.derivation.worlds.scope import (
    BUILT_IN,
    Defined,
    Drawn,
    Entry,
    Scope,
    names_behind,
    names_in,
    unbound_names,
)

ADDED = re.compile(
    r"regulari|penal|\bdirectly\b(?! (?:ahead|above|behind|before|after)\b)|\badd\w*\b[^.\n]*\bto\b|\bweights?[ -]decay|\bdecay[ -](?:term|of the weights)|\bridge\b|\blasso\b|"
    r"shrink|\bpriors?\s+(?:(?:belief|distribution)s?\s+)?(?:on|over|of|for)\b|sparsity|\b(?:add\w*|extra|another|further)\s+(?:\w+\s+)?terms?\b|"
    r"\bL_?\{?[12]\}?\$?[ -](?:term|norm|part)",
    re.I,
)
"""Words for a part of the loss that does not come through the last names."""
LOSS = re.compile(r"\b(?:loss|objective|cost|criterion|risk|energy)\b", re.I)
PARTS = re.compile(
    r"\b(?:weights?|parameters?|terms?|parts?|plus|sum of\b[^.\n]*\b(?:and|two|three|several)|penalises?|norms?|ways)\b",
    re.I,
)
NETWORK = re.compile(
    r"\b(?:network|net|model|neuron|unit)s?\s+(?:with|of)\s+(?:(?:the|its)\s+)?(?:weight|parameter)s?"
    r"(?:\s+(?:matri\w+|vectors?))?(?:\s*\$[^$\n]{1,40}\$)?",
    re.I,
)
"""What has weights, of which a sentence about a loss may speak."""
DERIVED = re.compile(
    r"\b(?:gradients?|derivatives?|respect|backprop\w*|chain rule|updat\w+|descent|only|through|alone|minimi\w+|"
    r"optimi\w+|train\w*)\b|\\partial|\\nabla|[∂∇]",
    re.I,
)
"""What a sentence says of a loss and its weights that tells nothing of what it is made of."""
BACK, MAX_BY, MAX_TRIED = 60, 12, 40
"""Relations before that are looked at; names by which a loss is derived; relations of a reply that are tried."""
MAX_TEXT, MAX_SENTENCES = 100_000, 60
"""Characters in which is looked for what a loss is made of; the sentences about it that are read."""


def signal(reading: Reading, read: Read) -> Read | None:
    """Gives a name to the gradient of a loss of which nothing is known."""
    scope, (name, slope) = reading.judge.scope, without_entries(read.left, read.right)
    if not isinstance(name, Sym | Sub) or scope.resolve(name.name) is not None or not isinstance(slope, Grad):
        return None
    known = isinstance(slope.by, Sym | Sub) and scope.find(slope.by.name) is not None
    unknown = isinstance(slope.f, Sym) and slope.f.name != "" and scope.resolve(slope.f.name) is None
    if not (known and unknown) or any(r.left in (name, read.left) for r in reading.relations[-BACK:]):
        return None
    return read.decided(Verdict.DEFINITION, "the gradient of a loss of which nothing is known")


def is_signal_of_layer(reading: Reading, node: Node) -> bool:
    r"""Whether it is `\delta^L`, where the text has said what `\delta^l` is."""
    if not isinstance(node, Sym | Sub) or layer_of(whole_name(node)) is None:
        return False
    return whole_name(node) in in_other_layers(signals(reading.relations[-BACK:], reading.judge.scope), [node])


def without_entries(name: Node | None, slope: Node | None) -> tuple[Node | None, Node | None]:
    r"""`\delta^l = \partial C/\partial z^l` of `\delta^l_j = \partial C/\partial z^l_j`."""
    match name, slope:
        case (Sub(Sym(a) as base, _, one), Grad(f, Sub(Sym(b) as by, _, other), 1)) if one == other:
            if layer_of(a) is not None and layer_of(b) is not None:
                return base, Grad(f, by)
    return name, slope


def any_loss(reading: Reading, read: Read) -> Read | None:
    """Holds for every smooth function of the names by which an unknown number is derived last."""
    scope, before = reading.judge.scope, reading.relations[-BACK:]
    gradients = told(before)
    bare = any(isinstance(n, Grad) and n.f == Sym(UNNAMED) for side in read.sides for n in walk(side))
    sides = [factored(side, scope) if bare else side for side in read.sides]
    sides = [named_by(side, gradients, scope) for side in sides]
    given = in_other_layers(signals(before, scope), sides) | named_gradients(before, sides, scope)
    loss = unknown_loss(scope, sides, given)
    if loss is None or sides[0] == sides[1] or reading.tried_losses >= MAX_TRIED:
        return None
    reading.tried_losses += 1
    seen = [s for r in before if r.left is not None and r.right is not None for s in r.sides]
    seen += [given[n] for side in sides for n in names_in(side) if n in given]
    by = [n for n in dict.fromkeys(derived_by([*sides, *seen], loss)) if scope.find(n) or scope.of_layer(n)]
    ends = last(scope, by[-MAX_BY:])
    if not ends:
        return None
    inner = set(derived_by(sides, loss)) - set(ends)
    if moved := {n.x.name for side in sides for n in walk(side) if isinstance(n, Diff) and isinstance(n.x, Sym | Sub)}:
        if loss in moved and not (set(ends) <= moved or letters_behind(scope, ends) <= moved):
            return None  # dL with dQ alone says nothing of K
        inner |= {n for end in ends for n in names_behind(scope, end)} - set(ends)
    if (
        has_arguments(reading, loss)
        or is_made_of(reading, inner, {n for end in ends for n in names_behind(scope, end)})
        or crossed(reading, place := Place(read.section, tuple(ends), frozenset(inner)))
    ):
        return None
    entries: dict[str, Entry] = {loss: Defined(Call(ANY_LOSS, tuple(map(Sym, ends))), (), None, "reply")}
    entries |= {n: Defined(node, (), None, "reply") for n, node in given.items()}
    with reading.judge.trying(entries):
        judgement = reading.judge.equation(*sides)
    if judgement.verdict not in TRUE:
        return None
    reading.losses[read.start, read.end] = place
    return replace(read, judgement=replace(judgement, reason=f"for every {loss} of {', '.join(ends)}"))


def take_back_other_paths(reading: Reading) -> None:
    """Leave open what held for every loss, where the text tells later that it depends on a name in another way."""
    for at, read in enumerate(reading.relations):
        place = reading.losses.get((read.start, read.end))
        if place is not None and read.judgement.rule == any_loss.__name__ and crossed(reading, place):
            reading.relations[at] = read.decided(Verdict.UNBOUND, "another path")


def unknown_loss(scope: Scope, sides: list[Node], given: Mapping[str, Node]) -> str | None:
    """The one name without a meaning that only ever is derived; None where something else has no meaning, too."""
    unknown = {n for n in unbound_names(scope, *sides) if not {n, n.rpartition("_")[0]} & given.keys()}
    through = {n.f.name for name in given for n in walk(given[name]) if isinstance(n, Grad) and isinstance(n.f, Sym)}
    derived = {n.name for side in sides for n in inside_derivatives(side)}
    names = unknown | (derived - {n for n in derived if scope.find(n) is not None})
    names = names or (through if {n for s in sides for n in names_in(s)} & given.keys() else names)
    if len(names) != 1:
        return None
    (loss,) = names
    bare = any(isinstance(n, Sym | Sub) and n.name == loss for side in sides for n in outside_derivatives(side))
    return None if bare or loss in BUILT_IN or scope.resolve(loss) is not None else loss


def inside_derivatives(node: Node) -> Iterator[Sym | Sub]:
    """The names that are derived, or of which there is a differential."""
    for n in walk(node):
        of = n.f if isinstance(n, Grad) and n.order == 1 else n.x if isinstance(n, Diff) else None
        if isinstance(of, Sym) or (isinstance(of, Sub) and all(isinstance(i, Num) for i in of.index or ())):
            yield of


def outside_derivatives(node: Node) -> Iterator[Node]:
    """The parts that are not what is derived."""
    if isinstance(node, Grad | Diff):
        of = node.f if isinstance(node, Grad) else node.x
        if isinstance(of, Sym | Sub):
            yield from outside_derivatives(node.by) if isinstance(node, Grad) else ()
            return
    yield node
    for part in children(node):
        yield from outside_derivatives(part)


def derived_by(nodes: list[Node], loss: str) -> Iterator[str]:
    """The names by which the loss is derived."""
    for node in nodes:
        for n in walk(node):
            if isinstance(n, Grad) and isinstance(n.f, Sym | Sub) and n.f.name == loss and isinstance(n.by, Sym | Sub):
                yield from dict.fromkeys((n.by.name, whole_name(n.by)))


def whole_name(node: Sym | Sub | Call) -> str:
    r"""The name; of an entry of what has a layer, `w^l_{jk}`, that of the whole."""
    return base_name(node) if isinstance(node, Sub) and layer_of(base_name(node)) is not None else node.name


def last(scope: Scope, names: list[str]) -> list[str]:
    """Those on which no other one depends."""
    behind = {n: names_behind(scope, n) - {n} for n in names}
    return [n for n in names if not any(n in behind[other] for other in names if other != n)]


def crossed(reading: Reading, place: Place) -> bool:
    """Whether the text or the problem makes something else of one of the inner names, on which the loss may depend, too."""
    scope = reading.judge.scope
    known = set(place.ends).union(*(names_behind(scope, end) for end in place.ends))
    if any(r.op == "=" and is_given_anew(reading, r, frozenset(known) | place.inner) for r in reading.relations):
        return True
    here = [r for r in reading.relations if r.section == place.section and r.op == "=" and r.right is not None]
    begun = next((i for i, r in enumerate(here) if isinstance(r.left, Sym | Sub) and r.left.name in place.ends), 0)
    made = [
        (whole_name(r.left), r.right)
        for i, r in enumerate(here)
        if isinstance(r.left, Sym | Sub | Call)
        and r.right is not None
        and r.left.name not in UNARY
        and not is_derivative(r.left)
        # Matrices from before the last names were made of anything are another question's; a number can be a penalty.
        and (i >= begun or any(scope.shape(n) == SCALAR for n in (r.left, *walk(r.right)) if has_inner(n, place)))
    ]
    made += [(n, e.body) for n, e in scope.entries.items() if isinstance(e, Defined) and not e.params]
    back = signals(
        reading.relations, scope
    ).keys()  # what is made of these goes back through the network, not on to the loss
    return any(
        name not in known
        and name not in place.inner
        and place.inner & (inside := set(names_in(body)))
        and not (has_derivative(body) or back & inside)
        for name, body in made
    )


def letters_behind(scope: Scope, names: list[str]) -> set[str]:
    """The letters of the names' own on which they depend, that may move."""
    behind = {n for name in names for n in names_behind(scope, name)}
    entries = {n: scope.entries.get(n) for n in behind}
    return {n for n, e in entries.items() if isinstance(e, Drawn) and not e.kinds & {"data", "fixed", "size"}}


def has_arguments(reading: Reading, loss: str) -> bool:
    """Whether the text writes `L(W, z)`, or says in words that something is added to the loss."""
    text = reading.document.text
    return bool(ADDED.search(text) or re.search(rf"{re.escape(loss)}\s*(?:\\left\s*)?\(", text))


def is_made_of(reading: Reading, inner: Collection[str], known: Collection[str]) -> bool:
    """Whether a sentence says what a loss is made of, naming weights, terms or one of the inner names, or a norm of one stands
    there. known: the names that lead to the last ones, whose definitions say nothing of the loss."""
    text = reading.document.text[:MAX_TEXT]
    for r in reading.relations:
        if r.judgement.verdict is Verdict.DEFINITION and isinstance(r.left, Sym | Sub) and r.left.name in known:
            text = text[: r.start] + " " * (r.end - r.start) + text[r.end :]
    names = "|".join(map(re.escape, sorted(inner))) or "(?!)"
    letters = re.compile(rf"(?<![\w\\])(?:{names})(?!\w)")
    if re.search(rf"(?:\\\||‖|\\[lr]?Vert)\s*(?:\\[a-zA-Z]+(?:\s+|\s*\{{\s*))?(?:{names})(?!\w)", text):
        return True  # \|W\|^2
    sentences = (
        text[slice(*sentence_of(text, m.start(), m.end()))] for m in islice(LOSS.finditer(text), MAX_SENTENCES)
    )
    found = (NETWORK.sub("", s) for s in sentences)
    return any((PARTS.search(s) or letters.search(s)) and not DERIVED.search(s) for s in found)


def is_given_anew(reading: Reading, read: Read, names: frozenset[str]) -> bool:
    """Whether an equation gives one of the names a meaning that is not the one in force: `x = Wu` of an input x."""
    head = read.left
    if (
        not isinstance(head, Sym | Sub)
        or head.name not in names
        or read.right is None
        or read.judgement.verdict in TRUE
    ):
        return False
    entry = reading.judge.scope.entries.get(head.name)
    return read.judgement.verdict is not Verdict.DEFINITION or not (
        isinstance(entry, Defined) and entry.body == read.right
    )


def has_inner(node: Node, place: Place) -> bool:
    return isinstance(node, Bin | Call | Sym) and bool(place.inner & set(names_in(node)))


def signals(before: Sequence[Read], scope: Scope) -> dict[str, Node]:
    r"""`\delta = \partial J/\partial y`: names without another meaning that the text gave to a gradient, and those that it then
    made of them, `\delta_1 = W_2^\top\delta_2 \odot \sigma'(z_1)`."""
    out: dict[str, Node] = {}
    for read in before:
        head, body = without_entries(read.left, read.right)
        if not isinstance(head, Sym | Sub):
            head, body = body, head
        if not isinstance(head, Sym | Sub) or read.op != "=" or read.negated or scope.resolve(head.name) is not None:
            continue
        if isinstance(body, Grad) and isinstance(body.f, Sym) and isinstance(body.by, Sym | Sub):
            out.setdefault(head.name, body)
        elif body is not None and head == read.left and out.keys() & (inside := set(names_in(body))):
            made = head.name not in inside and set(unbound_names(scope, body)) <= out.keys()
            out |= {head.name: body} if made and head.name not in out else {}
    return out


def in_other_layers(given: Mapping[str, Node], sides: Sequence[Node]) -> dict[str, Node]:
    r"""The same, with what `\delta^l = \partial C/\partial z^l` says of the `\delta^{l+1}` that stand in these sides."""
    out = dict(given)
    for layer in (one for side in sides for n in names_in(side) if (one := layer_of(n)) is not None):
        for name, body in given.items():
            known = layer_of(name)
            alike = known is not None and known.letter and (known.base, known.mark) == (layer.base, layer.mark)
            if known is not None and alike and known.number == 0 and known.at != layer.at and isinstance(body, Grad):
                out.setdefault(layer.name, Grad(body.f, relabelled(body.by, known.letter, layer)))
    return out


def named_gradients(before: Sequence[Read], sides: Sequence[Node], scope: Scope) -> dict[str, Node]:
    """The d-names that stand in these sides and that nothing else explains, as gradients of the one loss that the text derives."""
    if not scope.writes(GRADIENTS):
        return {}
    told = [s for r in before if r.left is not None and r.right is not None for s in r.sides]
    losses = {n.f.name for s in (*sides, *told) for n in walk(s) if isinstance(n, Grad) and isinstance(n.f, Sym)}
    unknown = {n for n in losses if scope.resolve(n) is None} or {UNNAMED}
    names = [n for side in sides for n in walk(side) if isinstance(n, Sym | Sub) and scope.resolve(n.name) is None]
    by = {n.name: of for n in names if (of := without_d(n, scope)) is not None}
    return {n: Grad(Sym(next(iter(unknown))), of) for n, of in by.items()} if len(unknown) == 1 else {}


def told(before: list[Read]) -> frozenset[str]:
    r"""The losses J of which the text said `\nabla S = \partial J/\partial S`, or `\nabla_S`: its gradients are those of J."""
    found = set()
    for read in before:
        match read.left, read.right:
            case ((Grad(Sym() | Sub() as a, Sym("")) | Grad(Sym("loss"), a)), Grad(Sym(loss), b)) if a == b:
                found.add(loss)
    return frozenset(found)


def factored(node: Node, scope: Scope) -> Node:
    r"""`\nabla_W = \nabla_y x^\top`: a factor behind a derivative that does not depend on what it is by is no part of it."""
    if isinstance(node, Grad) and isinstance(node.by, Sym | Sub) and node.f != Sym(UNNAMED) and node.order == 1:
        behind = {n for name in names_in(node.f) for n in names_behind(scope, name)} | set(names_in(node.f))
        return Bin("*", Grad(Sym(UNNAMED), node.by), node.f) if node.by.name and node.by.name not in behind else node
    parts = children(node)
    return rebuilt(node, [factored(part, scope) for part in parts]) if parts else node


def named_by(node: Node, losses: frozenset[str], scope: Scope) -> Node:
    r"""The tree with `\partial J/\partial S` for every `\nabla S` of a column or a matrix, where J is the one that was told."""
    if len(losses) != 1:
        return node
    if isinstance(node, Grad) and node.f == Sym(UNNAMED):
        return Grad(Sym(next(iter(losses))), node.by)
    if isinstance(node, Grad) and node.by == Sym("") and isinstance(node.f, Sym | Sub):
        found = scope.find(node.f.name)
        known = found is not None and isinstance(found[1], Drawn | Defined) and scope.shape(node.f) != SCALAR
        return Grad(Sym(next(iter(losses))), node.f) if known else node
    parts = children(node)
    return rebuilt(node, [named_by(part, losses, scope) for part in parts]) if parts else node
