"""What a text says that an unknown loss depends on: arguments, penalties, parts, and other names that are made of the inner ones."""

from __future__ import annotations

import re
from collections.abc import Collection
from itertools import islice

from evalkit.derivation.following.adjoints import by_its_mark
from evalkit.derivation.following.beside import sentence_of
from evalkit.derivation.following.gradients import without_d
from evalkit.derivation.following.loss_names import signals, whole_name
from evalkit.derivation.following.reading import LossPlace as Place
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.scopes import is_constant
from evalkit.derivation.grammar.nodes import Bin, Block, Call, Node, Sub, Sym, has_derivative, is_derivative, walk
from evalkit.derivation.grammar.stream import SCALAR
from evalkit.derivation.verdicts.verdict import FALSE, TRUE, Verdict
from evalkit.derivation.worlds.functions import UNARY
from evalkit.derivation.worlds.scope import Defined, Dimension, Drawn, Entry, Scope, names_behind, names_in

ADDED = re.compile(
    r"regulari|penal|\bweights?[ -]decay|\bdecay[ -](?:term|of the weights)|\bridge\b|\blasso\b|shrink|"
    r"\bpriors?\s+(?:(?:belief|distribution)s?\s+)?(?:on|over|of|for)\b|sparsity|\b(?:add\w*|extra|another|further)\s+(?:\w+\s+)?terms?\b|"
    r"\bL_?\{?[12]\}?\$?[ -](?:term|norm|part)",
    re.I,
)
"""Words for a part of the loss that does not come through the last names."""
JOINED = re.compile(r"(?<!not )\bdirectly\b(?! (?:ahead|above|behind|before|after)\b)|\badd\w*\b[^.\n]*\bto\b", re.I)
"""Those that say so of a loss that stands in their sentence, or is meant by `it` before them."""
IT = re.compile(r"\b[Ii]t\b")
MAX_ARGUMENTS = 80
"""Characters between the brackets behind a loss."""
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

OF_SIZE = re.compile(r"\$\s*(?:\\\||‖|\\[lr]?Vert)[^$\n=]{1,60}(?:\\\||‖|\\[lr]?Vert)(?:\^\{?2\}?)?\s*=\s*(\w+)\s*\$")
"""A norm that is said to be one name or number, `\\|\\hat x\\|^2 = d`."""

MAX_TEXT, MAX_SENTENCES = 100_000, 60
"""Characters in which is looked for what a loss is made of; the sentences about it that are read."""


def is_added_to(reading: Reading, loss: str) -> bool:
    """Whether the text says in words that something is added to the loss, or that it depends on something directly."""
    text = reading.document.text
    if ADDED.search(text):
        return True
    letter = re.compile(rf"(?<![a-zA-Z\\])(?<!partial )(?<!nabla ){re.escape(loss)}(?![a-zA-Z])")
    for match in islice(JOINED.finditer(text), MAX_SENTENCES):
        low, high = sentence_of(text, match.start(), match.end())
        sentence = text[low:high]
        if LOSS.search(sentence) or letter.search(sentence) or IT.search(text, low, match.start()):
            return True
    return False


def has_arguments(reading: Reading, loss: str, ends: Collection[str]) -> bool:
    """Whether the text writes `L(W, y)`, with a last name (or one on the way to it) and another one beside it on which that depends.
    `L(W)` and `L(y, t)` say nothing more than that it depends on W in some way, and on y."""
    scope = reading.judge.scope
    behind = {n: scope.resolve(n) for end in ends for n in names_behind(scope, end)}
    made = {n for n, found in behind.items() if n in ends or (found is not None and isinstance(found[1], Defined))}
    moving = made | {n for n, found in behind.items() if found is not None and is_free(found[1])}
    written = re.compile(
        rf"(?<![a-zA-Z\\_^])(?<![_^]\{{){re.escape(loss)}\}}?\s*(?:\\left\s*)?\(([^$\n)]{{0,{MAX_ARGUMENTS}}})"
    )
    for match in islice(written.finditer(reading.document.text[:MAX_TEXT]), MAX_SENTENCES):
        named = {n for n in moving if re.search(rf"(?<![\w\\])(?:{spelled(n)})(?!\w)", match[1])}
        if named & made and len(named) > 1 and not named <= set(ends):
            return True
    return False


def is_free(entry: Entry) -> bool:
    """Whether it is a letter that may move."""
    return isinstance(entry, Drawn) and not entry.kinds & {"data", "fixed", "size", "index"}


def spelled(name: str) -> str:
    r"""A pattern for a name as a text writes it: `\\hat{x}`, `W_{1}`, or one of its entries `x_i`."""
    head, _, index = name.partition("_")
    mark, _, letter = head.rpartition(" ")
    base = rf"{re.escape(mark)}\s*\{{?\s*{re.escape(letter)}\s*\}}?" if mark else re.escape(letter)
    return rf"{base}\s*_\{{?{re.escape(index)}\}}?" if index else rf"{base}(?:_\{{?[a-z]{{1,2}}\}}?)?"


def is_made_of(reading: Reading, inner: Collection[str], known: Collection[str]) -> bool:
    """Whether a sentence says what a loss is made of, naming weights, terms or one of the inner names, or a norm of one stands
    there. known: the names that lead to the last ones, whose definitions say nothing of the loss."""
    text = OF_SIZE.sub(
        lambda m: " " * len(m[0]) if is_size(reading.judge.scope, m[1]) else m[0], without_definitions(reading, known)
    )
    names = "|".join(map(spelled, sorted(inner))) or "(?!)"
    letters = re.compile(rf"(?<![\w\\])(?:{names})(?!\w)")
    if re.search(rf"(?:\\\||‖|\\[lr]?Vert)\s*(?:\\[a-zA-Z]+(?:\s+|\s*\{{\s*))?(?:{names})(?!\w)", text):
        return True  # \|W\|^2
    sentences = (
        text[slice(*sentence_of(text, m.start(), m.end()))] for m in islice(LOSS.finditer(text), MAX_SENTENCES)
    )
    found = (NETWORK.sub("", s) for s in sentences)
    return any((PARTS.search(s) or letters.search(s)) and not DERIVED.search(s) for s in found)


def without_definitions(reading: Reading, names: Collection[str]) -> str:
    """The text with blanks where these names are given their meaning, or said again."""
    text, parts, at = reading.document.text[:MAX_TEXT], [], 0
    for r in sorted(reading.relations, key=lambda r: r.start):
        if is_of_names(r, names):
            end = min(r.end, len(text))
            if at <= r.start < end:
                parts += [text[at : r.start], " " * (end - r.start)]
                at = end
    return "".join([*parts, text[at:]])


def is_size(scope: Scope, name: str) -> bool:
    return name.isdecimal() or isinstance(scope.entries.get(name), Dimension)


def is_of_names(read: Read, names: Collection[str]) -> bool:
    """Whether a relation gives one of the names its meaning, or says it again, by itself or as a square."""
    head = read.left.left if isinstance(read.left, Bin) and read.left.op == "^" else read.left
    said = read.judgement.verdict is Verdict.DEFINITION and head is read.left
    return isinstance(head, Sym | Sub) and head.name in names and (said or read.judgement.verdict in TRUE)


def crossed(reading: Reading, place: Place, at: int | None = None) -> bool:
    """Whether the text or the problem makes something else of one of the inner names, on which the loss may depend, too.
    at: where a relation stands, for which later meanings of letters that lead nowhere else do not count."""
    scope = reading.judge.scope
    known = set(place.ends).union(*(names_behind(scope, end) for end in place.ends))
    if any(
        r.op == "="
        and is_given_anew(reading, r, frozenset(known) | place.inner)
        and (at is None or r.start < at or is_joined(scope, r, place))
        for r in reading.relations
    ):
        return True
    here = [r for r in reading.relations if r.section == place.section and r.op == "=" and r.right is not None]
    begun = next((i for i, r in enumerate(here) if isinstance(r.left, Sym | Sub) and r.left.name in place.ends), 0)
    made = [
        (head_name(r.left, scope), r.right)
        for i, r in enumerate(here)
        if isinstance(r.left, Sym | Sub | Call)
        and r.right is not None
        and r.left.name not in {*UNARY, "inner"}
        and not is_derivative(r.left)
        # Matrices from before the last names were made of anything are another question's; a number can be a penalty.
        and (i >= begun or any(scope.shape(n) == SCALAR for n in (r.left, *walk(r.right)) if has_inner(n, place)))
    ]
    made += [(n, e.body) for n, e in scope.entries.items() if isinstance(e, Defined) and not e.params]
    links = {r.chain for r in here if isinstance(r.left, Sym | Sub) and r.left.name in known | place.inner}
    meant = {r.left.name for r in here if isinstance(r.left, Call) and r.chain in links}  # r = RMS(x) = ...
    bodies = (r.right for r in here if isinstance(r.left, Sym | Sub) and r.left.name in known and r.right is not None)
    meant |= {n.name for b in bodies if not has_derivative(b) for n in walk(b) if isinstance(n, Call)}  # y = W SiLU(x)
    back = set(
        signals(reading.relations, scope)
    )  # what is made of these goes back through the network, not on to the loss
    back |= {n for name, body in made for n in (name, *names_in(body)) if is_called_gradient(reading, n)}
    return any(
        name not in known
        and name not in back
        and name not in place.inner
        and place.inner & (inside := set(names_in(body)))
        and not (
            has_derivative(body)
            or back & inside
            or name in meant
            or is_stacked(body)
            or is_of_gradients(reading, name, back)
        )
        for name, body in made
    )


def is_called_gradient(reading: Reading, name: str) -> bool:
    r"""Whether a d before it, or the mark of gradients, says that it is one: `dA`, `\bar A`."""
    scope = reading.judge.scope
    return without_d(Sym(name), scope) is not None or by_its_mark(reading.adjoints, scope, Sym(name)) is not None


def head_name(head: Sym | Sub | Call, scope: Scope) -> str:
    """The name that is given a meaning: of an entry that of the whole, of a value that of the function."""
    inner = head.base if isinstance(head, Sub) and isinstance(head.base, Call) else head
    return inner.name if isinstance(inner, Call) else whole_name(inner, scope) or inner.name


def is_of_gradients(reading: Reading, name: str, back: Collection[str]) -> bool:
    r"""Whether a name stands in gradients of the loss, and in nothing else but its own meaning: the h of `\delta h^\top`."""
    uses = [
        {n for side in r.sides for n in names_in(side)} if not any(map(has_derivative, r.sides)) else None
        for r in reading.relations
        if r.left is not None and r.right is not None and not (isinstance(r.left, Sym | Sub) and r.left.name == name)
        if any(name in names_in(side) for side in r.sides)
    ]
    return bool(uses) and all(inside is None or inside & set(back) for inside in uses)


def is_stacked(node: Node) -> bool:
    """Whether it is nothing but names side by side or above each other."""
    return isinstance(node, Block) and all(isinstance(cell, Sym | Sub) for row in node.rows for cell in row)


def is_given_anew(reading: Reading, read: Read, names: frozenset[str]) -> bool:
    """Whether an equation gives one of the names a meaning that is not the one in force: `x = Wu` of an input x."""
    head = read.left
    if (
        not isinstance(head, Sym | Sub)
        or head.name not in names
        or read.right is None
        or is_constant(read.right)  # what holds in general holds at a value, too
        or read.judgement.verdict in TRUE
    ):
        return False
    entry = reading.judge.scope.entries.get(head.name)
    if isinstance(entry, Dimension) or reading.judge.scope.resolve(head.name) is None:
        return False  # at n = 2d both cost the same; O of O_1 and O_2 had no meaning
    if (
        isinstance(entry, Defined)
        and entry.source == "problem"
        and read.judgement.verdict in FALSE | {Verdict.DISPUTED, Verdict.UNBOUND}
    ):
        return False  # a slip, or something special: the problem's meaning stays in force
    if not isinstance(entry, Defined) or entry.body != read.right:
        return True
    return entry.source != "problem" and read.judgement.verdict is not Verdict.DEFINITION


def is_joined(scope: Scope, read: Read, place: Place) -> bool:
    """Whether what a name is made of leads to the last names in another way, too, or is one of the inner ones."""
    name = read.left.name if isinstance(read.left, Sym | Sub) else ""
    inside = set(names_in(read.right)) if read.right is not None else set()
    inside = inside.union(*(names_behind(scope, n) for n in inside))
    free = scope.extended({name: Drawn((), frozenset(), None, "reply")})
    return bool(inside & (place.inner | set(place.ends).union(*(names_behind(free, end) for end in place.ends))))


def has_inner(node: Node, place: Place) -> bool:
    return isinstance(node, Bin | Call | Sym) and bool(place.inner & set(names_in(node)))
