"""`E = X - W_2W_1X`: a name is given a meaning, or another one than before."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from evalkit.derivation.following import scopes, shapes
from evalkit.derivation.following.apart import loose_letters, with_other_indices
from evalkit.derivation.following.entrywise import written_out
from evalkit.derivation.following.loss_layers import is_signal_of_layer
from evalkit.derivation.following.misstated import is_misstated
from evalkit.derivation.following.numbers import number_in
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.redefined import is_given_anew, name_of, redefines
from evalkit.derivation.following.standing import is_concluded
from evalkit.derivation.following.unsigned_sums import note_sums
from evalkit.derivation.grammar.calling import names_event
from evalkit.derivation.grammar.nodes import Big, Bin, Call, Node, Num, Sub, Sym, Un, Unreadable, base_name, walk
from evalkit.derivation.grammar.relations import EQUAL
from evalkit.derivation.grammar.stream import SCALAR
from evalkit.derivation.problem.entries import defined
from evalkit.derivation.text import prose
from evalkit.derivation.verdicts.verdict import FALSE, TRUE, Judgement, Verdict
from evalkit.derivation.worlds.entries import WHOLE
from evalkit.derivation.worlds.functions import UNARY
from evalkit.derivation.worlds.scope import (
    BUILT_IN,
    Alias,
    Defined,
    Drawn,
    Entry,
    Family,
    unbound_names,
)
from evalkit.derivation.worlds.world import ASSUMED, GENERIC

EXPLICIT = (":=", "=:")
BESIDE = re.compile(r"\b(?:at|when|if)\s*$", re.I)
"""What leads to the value that a letter has in one place. `For a = 3` may as well begin an example that goes on."""

NEAR = 40
"""Relations before in which is looked for an index."""


def ways(read: Read) -> list[tuple[Node, Node]]:
    """(what may get a meaning or a value, that meaning or value): both ways round, unless `:=` says which."""
    left, right = read.sides
    return [(left, right)] if read.op in EXPLICIT else [(left, right), (right, left)]


def index_value(reading: Reading, read: Read) -> Read | None:
    """Gives a value to an index."""
    if read.op in EXPLICIT or prose.ASSUME.search(read.words):
        return None
    if any(isinstance(value, Num) and reading.is_index(index) for index, value in ways(read)):
        return read.decided(Verdict.SKIPPED, "the value of an index")
    return None


def singled_out(reading: Reading, read: Read) -> Read | None:
    """Picks one of the eigenvalues or singular values by its value."""
    for left, right in ways(read):
        name = name_of(left)
        if name is None or not isinstance(right, Num):
            continue
        found = reading.judge.scope.find(shapes.family_of(left, reading.judge.scope) or name)
        if name in reading.kin:
            reading.unmodelled.update(reading.kin[name])
        elif found is not None and is_own_spectrum(found[1]):
            reading.unmodelled.update(reading.free_names(left))
        else:
            continue
        return read.decided(Verdict.ASSUMPTION, "the value that is singled out")
    return None


def definition(reading: Reading, read: Read) -> Read | None:
    """Gives a name a meaning, or another one than before."""
    for left, right in ways(read):
        made = defining(reading, read, left, right, first=left is read.sides[0])
        if made is not None:
            return made
    return of_a_logarithm(reading, read)


def column_of_both(reading: Reading, left: Node, right: Node) -> str | None:
    r"""The declared column of which both sides are entries with a number: `\theta_1 = \theta_2`."""
    if not isinstance(left, Sub) or not isinstance(right, Sub) or left.base != right.base or left == right:
        return None
    if not isinstance(left.base, Sym) or not all(
        isinstance(i, Num) for side in (left, right) for i in side.index or (left,)
    ):
        return None
    scope = reading.judge.scope
    found = scope.find(left.base.name)
    if found is None or scope.find(left.name) is not None or scope.find(right.name) is not None:
        return None
    return found[0] if isinstance(found[1], Drawn) and len(found[1].shape) == 1 else None


def of_a_logarithm(reading: Reading, read: Read) -> Read | None:
    r"""`\log L(p) = ...` of an L that nothing explained: its logarithm tells what it is."""
    left, right = read.sides
    if not isinstance(left, Call) or left.name != "log" or len(left.args) != 1:
        return None
    call = left.args[0]
    told = any(isinstance(n, Call) and n.name == "log" for n in walk(right))  # of a likelihood in logarithms
    if isinstance(call, Sym) and not (told and call.name.isupper()):
        return None
    if not isinstance(call, Call | Sym) or builtin(call.name) or reading.judge.scope.find(call.name) is not None:
        return None
    made = defining(reading, read, call, Call("exp", (right,)), first=True)
    return made if made is not None and made.judgement.verdict is Verdict.DEFINITION else None


def defining(reading: Reading, read: Read, left: Node, right: Node, *, first: bool) -> Read | None:
    """`left` is a new name (or one that the reply redefines) and `right` has a value. first: `left` stands on the left."""
    name, words = name_of(left), read.words
    if isinstance(left, Sub):
        right = with_other_indices(right, loose_letters(left))
    if name is None or shapes.has_name(right, name) or scopes.is_fixed(reading, name):
        return None
    if is_signal_of_layer(reading, left):
        return None
    if (column := column_of_both(reading, left, right)) is not None:
        reading.unmodelled.add(column)
        return read.decided(Verdict.ASSUMPTION, "two entries are equal")
    whole = base_name(left) if isinstance(left, Sub) else name
    layer = any(reading.judge.scope.of_layer(n) is not None for n in (name, whole))
    if layer and (not first or reading.judge.equation(left, right).verdict in TRUE):
        return None  # what the problem says of it in another spelling, or the reply of any layer
    explicit = read.op in EXPLICIT or (first and is_given_anew(reading, read, name))
    family = shapes.family_of(left, reading.judge.scope)
    found = reading.judge.scope.find(family or name)
    if found is None and "^*" in name and reading.judge.equation(left, right).verdict in TRUE:
        return None  # it says what an optimum is, in the world of optima
    if found is not None and found[0] in reading.judge.carried and found[0] not in reading.judge.own:
        if not first or reading.judge.equation(left, right).verdict in TRUE:
            return None
        reading.judge.drop(found[0])
        found = None
    if found is None and is_index_for_column(reading, left, right):
        return None
    if found is None and not explicit and is_part_of_known(reading, left) and scopes.given_inside(reading, left):
        return None  # the numbers of the example tell what its entries and vectors are
    quantity = (first and is_quantity(reading, left, right)) or is_numbered_integral(reading, left, right)
    if is_reserved(left, right, name, words, known=found is not None) and not quantity:
        return None
    if found is None and not first and not explicit and is_point_of(reading, left, right):
        return point(reading, read, name, right)
    if found is None and not first and goes_on(read):
        return None  # `v = a = 3`: what follows says what a is
    if found is None and first and not explicit and is_circumstance(left, right, words):
        return circumstance(reading, read, left, right)
    if found is not None:
        if not redefines(reading, left, right, found, words if first else None, explicit):
            return None
        if not explicit and is_misstated(reading, name, left, right, found[1]):
            return None
    elif (
        family
        and not explicit
        and first
        and (told_anew(reading, left, words) or is_datum(reading, read, left))
        and reading.judge.equation(left, right).verdict in FALSE
    ):
        for doubted in (
            (family, base_name(left)) if isinstance(left, Sub) and is_datum(reading, read, left) else (family,)
        ):
            reading.doubt(doubted, "the reply may mean something else by it than the problem")
        return read.decided(Verdict.DISPUTED, f"{family}: something of the problem is said to be defined")
    elif is_entry(reading, left, right, family, words if first else None) or (
        not first
        and not explicit
        and not (isinstance(left, Sym | Sub) and not unbound_names(reading.judge.scope, right))
    ):
        return None
    if found is None and first and isinstance(left, Call):
        give_direction(reading, left, right)
    problem = problem_with(reading, right, left)
    if problem is not None and problem.verdict is Verdict.ILL_TYPED:  # `XW + b`, a row or a number for every row
        right = written_out(reading.judge.general, right, signed=False)
        problem = problem_with(reading, right, left)
    if problem is not None:
        told = found is None and first and problem.verdict is not Verdict.UNBOUND
        return replace(read, judgement=problem) if told else None
    return bind(reading, read, left, right, "overrides the problem's meaning" if found is not None else "")


def is_index_for_column(reading: Reading, left: Node, right: Node) -> bool:
    """`the sum at j = k`, of two indices, where the problem has a column k."""
    if not reading.is_index(left) or reading.judge.scope.shape(right) in (SCALAR, None):
        return False
    subs = (n for r in reading.relations[-NEAR:] if r.left and r.right for s in r.sides for n in walk(s))
    return any(isinstance(n, Sub) and left in (n.index or ()) for n in subs)


def is_part_of_known(reading: Reading, node: Node) -> bool:
    """Whether a name with a subscript is, without it, something known; a label below makes no entry of it."""
    if not isinstance(node, Sub):
        return False
    base, scope = base_name(node), reading.judge.scope
    return scope.find(base) is not None or scope.family(base) is not None


def goes_on(read: Read) -> bool:
    """Whether the chain goes on with another `=`."""
    s = read.statement
    return s is not None and any(
        op in EQUAL for op, side in zip(s.ops, s.sides, strict=False) if side and side[0].start >= read.right_start
    )


def point(reading: Reading, read: Read, name: str, of: Node) -> Read:
    """`at x = x_1`: some value of x. Were it x itself, a second point would be equal to it: what holds of any value is
    true of it, and nothing else is false."""
    found = reading.judge.scope_of(GENERIC).find(shapes.plain_name(of) or "")
    if found is not None and isinstance(found[1], Drawn):
        reading.judge.define({name: replace(found[1], source="reply")})
        reading.points[name] = f"a value of {found[0]} of which more may be known"
    return replace(read.decided(Verdict.DEFINITION, "a value that is named"), introduces=frozenset({name}))


def give_direction(reading: Reading, left: Call, right: Node) -> None:
    """`for symmetric H let f(t) = g(K + tH)`: a letter of which words gave a property gets the shape that fits here."""
    params: dict[str, Entry] = {
        a.name: Drawn((), frozenset({"positive"})) for a in left.args if isinstance(a, Sym | Sub)
    }
    unknown = [n for n in unbound_names(reading.judge.scope, right) if n not in params]
    if len(unknown) != 1 or unknown[0] not in reading.properties or not unknown[0].lstrip("\\")[:1].isupper():
        return
    name = unknown[0]
    known: dict[str, Entry] = {**params, name: Drawn((), reading.properties[name], None, "reply")}
    sums = [n for n in walk(right) if isinstance(n, Bin) and n.op in "+-" and shapes.has_name(n, name)]
    entries = shapes.infer(reading.judge.envs(ASSUMED)[0], unknown, sums[-1], sums[-1], known) if sums else None
    if entries is not None:
        reading.judge.define(entries)


def is_circumstance(left: Node, right: Node, words: str) -> bool:
    """`The derivative at t = 0`: a letter has this value here, and it has others elsewhere."""
    letter = isinstance(left, Sym) and re.fullmatch(r"[a-zA-Z]|\\[a-z]+", left.name)
    return bool(letter) and scopes.is_constant(right) and bool(BESIDE.search(words))


def circumstance(reading: Reading, read: Read, left: Node, right: Node) -> Read | None:
    """A number that varies. What is true of every value of it is true, and nothing about it is false: it may be said of this
    one."""
    name, value = name_of(left), number_in(reading.judge.general, right)
    if name is None or value is None or name in BUILT_IN:
        return None
    reading.judge.define({name: Drawn((), frozenset({"positive"}), None, "reply")})
    reading.judge.assume({name: Defined(right, (), None, "reply")}, said=True)
    reading.points[name] = "a letter that has a value elsewhere"
    return replace(read.decided(Verdict.ASSUMPTION, "a value that a letter has here"), introduces=frozenset({name}))


def is_point_of(reading: Reading, point: Node, node: Node) -> bool:
    """Whether `x_1` only names a value of the free symbol `x`."""
    found = reading.judge.scope_of(GENERIC).find(shapes.plain_name(node) or "")  # whatever was assumed of it
    own = isinstance(point, Sub) and isinstance(node, Sym) and base_name(point) == node.name
    return own and found is not None and isinstance(found[1], Drawn)


def column_of(reading: Reading, entries: Mapping[str, Entry]) -> dict[str, Entry]:
    """The column of the problem of which the text says what every entry is: `p_i = ...` tells what p is."""
    out: dict[str, Entry] = {}
    for key, entry in entries.items():
        if not isinstance(entry, Defined) or entry.index is None or entry.second is not None:
            continue
        whole = reading.judge.scope.entries.get(key.removesuffix("_"))
        if isinstance(whole, Drawn) and len(whole.shape) == 1 and not whole.kinds & {"data", "fixed"}:
            out[key.removesuffix("_")] = Defined(Call(WHOLE, (Sym(key),)), (), None, "reply")
    return out


def bind(reading: Reading, read: Read, left: Node, right: Node, note: str) -> Read | None:
    """Give `left` its meaning, in place of any that was assumed."""
    try:
        entries = defined(left, right, reading.judge.scope, "reply")
    except Unreadable:
        return None
    renamed = reading.judge.scope.find(shapes.plain_name(right) or "")
    if (
        isinstance(left, Sym | Sub)
        and renamed is not None
        and is_free(renamed[1])
        and reading.judge.scope.find(left.name) is None
    ):
        entries = {
            left.name: Alias(renamed[0])
        }  # another name for an unknown: it moves, and takes values, as that does
        note = f"another name for {renamed[0]}"
    if isinstance(left, Sym) and left.name in entries and reading.loose(right):  # "let s = a_i": any one of them
        entries = {left.name: Drawn((), frozenset({"positive"}), None, "reply")}
    if isinstance(left, Sym | Sub):
        note_sums(reading, left, right, entries)
    entries = {**entries, **column_of(reading, entries)}
    reading.judge.define(entries)
    for n in entries:
        reading.judge.withdraw(n)
        if names_event(n):
            reading.points[n] = "the probability of an event, perhaps of another question"
    return replace(read, judgement=Judgement(Verdict.DEFINITION, reason=note), introduces=frozenset(entries))


def is_reserved(left: Node, right: Node, name: str, words: str, *, known: bool) -> bool:
    """Names of the checker's own functions and constants; calls that are no head of a function."""
    if isinstance(left, Call):
        return not all(isinstance(a, Sym | Sub) for a in left.args) or builtin(name) or name.endswith("'")
    if isinstance(left, Sub):
        own = base_name(left) == "\\pi" or is_own_delta(left)  # \pi_1: a weight, a probability
        return base_name(left) in BUILT_IN and left.index is not None and not own
    if known or not isinstance(left, Sym) or left.name not in ("I", "e", "\\pi", "\\mathbf 1"):
        return False
    if left.name == "I" and is_integral(right):
        return False
    return not (left.name == "e" and prose.DEFINE.search(words) and not isinstance(right, Num))


def is_integral(node: Node) -> bool:
    return any(isinstance(n, Big) and n.kind == "int" for n in walk(node))


def is_numbered_integral(reading: Reading, left: Node, right: Node) -> bool:
    """`I_n = \\int_0^1 x^n dx`: a number, and no identity matrix, where nothing is a matrix."""
    if not isinstance(left, Sub) or base_name(left) != "I" or not is_integral(right):
        return False
    return not any(isinstance(e, Drawn) and len(e.shape) > 1 for e in reading.judge.scope.entries.values())


def is_quantity(reading: Reading, left: Node, right: Node) -> bool:
    """`I = \\frac{V}{R}`: a current, where an identity matrix would stand beside matrices. `\\Sigma = I` says what Sigma is."""
    inside = {part for n in walk(right) if isinstance(n, Sub) for part in walk(n) if part != n}
    letters = [n for n in walk(right) if isinstance(n, Sym | Sub) and n not in inside]
    letters = [n for n in letters if n.name not in BUILT_IN]
    return left == Sym("I") and bool(letters) and all(number_in(reading.judge.general, n) is not None for n in letters)


def is_entry(reading: Reading, left: Node, right: Node, family: str | None, words: str | None) -> bool:
    """`A_{11}`: an entry or a part of something known, whose value is claimed. words: None where it stands on the right."""
    scope = reading.judge.scope
    if not isinstance(left, Sub):
        return False
    if family:
        if not scope.find(base_name(left)):
            return False
        known = reading.evaluates(left)  # "the gradient is p_k": of a column that is known
        claimed = known and (words is None or is_given(reading, base_name(left)))
        return claimed or reading.judge.equation(left, right).verdict in TRUE
    if not (scope.find(base_name(left)) or scope.find(base_name(left) + "_")) or not reading.evaluates(left):
        return False
    defining = words is not None and prose.DEFINE.search(words)
    return not (defining and reading.judge.equation(left, right).verdict in FALSE)


def told_anew(reading: Reading, left: Node, words: str) -> bool:
    """Whether words of defining stand before the entries of something that the problem gives."""
    if not isinstance(left, Sub) or not is_given(reading, base_name(left)) or not reading.evaluates(left):
        return False
    return bool(prose.DEFINE.search(words)) and prose.defines(words)


def is_datum(reading: Reading, read: Read, left: Node) -> bool:
    """Whether it gives entries of data that may be anything a value, and nobody says that it follows: of a case, perhaps."""
    entry = reading.setting.scope.entries.get(base_name(left)) if isinstance(left, Sub) else None
    given = isinstance(left, Sub) and isinstance(entry, Drawn) and is_given(reading, base_name(left))
    return given and reading.evaluates(left) and not is_concluded(read)


def is_given(reading: Reading, name: str) -> bool:
    """Data of the problem, or what it defines: its entries have their values, and `g_i = q_i - 1` says which."""
    entry = reading.setting.scope.entries.get(name)
    if isinstance(entry, Defined):
        return entry.source == "problem" and reading.judge.scope.entries.get(name) is entry
    return isinstance(entry, Drawn) and "data" in entry.kinds and reading.judge.scope.entries.get(name) is entry


def problem_with(reading: Reading, right: Node, left: Node) -> Judgement | None:
    """Why the right side has no value, or None where it has one."""
    scope = reading.judge.scope
    params = [a.name for a in left.args if isinstance(a, Sym | Sub)] if isinstance(left, Call) else []
    extra = {p: Drawn((), frozenset({"positive"})) for p in params if scope.find(p) is None}
    with reading.judge.trying(extra):
        judgement = reading.judge.equation(right, right)
    if judgement.verdict in TRUE or (extra and judgement.verdict is not Verdict.UNBOUND):
        return None
    return judgement if judgement.verdict not in (Verdict.FAILS, Verdict.VACUOUS) else None


def new_meaning(reading: Reading, read: Read) -> Read | None:
    """Uses a name of its own anew, which cannot mean what it did: `G` for the next gradient, of another shape."""
    left, right = read.sides
    for a, b in ((left, right), (right, left)):
        turned = isinstance(a, Un) and a.op == "T"
        name = shapes.plain_name(a.x if isinstance(a, Un) and turned else a)
        entry = reading.judge.own.get(name) if name else None
        if name == "e" and entry is None and not reading.judge.scope.find("e"):  # no longer Euler's number
            entry = Defined(b, (), None, "reply")
        if name is None or not isinstance(entry, Defined) or entry.params or shapes.has_name(b, name):
            continue
        if scopes.is_fixed(reading, name) or any(name in part.names for part in reading.inside):
            continue  # an example gave it its value
        if not reading.evaluates(b):
            continue
        reading.judge.define({name: Defined(Un("T", b) if turned else b, (), None, "reply")})
        note = "a new meaning"
        return replace(read, judgement=Judgement(Verdict.DEFINITION, reason=note), introduces=frozenset({name}))
    return None


def is_free(entry: Entry) -> bool:
    """An unknown of the problem."""
    return isinstance(entry, Drawn) and entry.source == "problem" and not entry.kinds & {"data", "fixed"}


def is_own_delta(node: Sub) -> bool:
    """`\\delta_2`, `\\delta_t`: an error signal, not Kronecker's delta, which has two indices."""
    return base_name(node) == "\\delta" and (node.index is None or len(node.index) == 1)


def builtin(name: str) -> bool:
    return name in UNARY or name in ("\\sigma_", "\\lambda_", "s_", "inner", "binom", "gcd", "lcm")


def is_own_spectrum(entry: Entry) -> bool:
    """Singular values or eigenvalues that the reply introduced: a number for them picks them out and redefines nothing."""
    return isinstance(entry, Family) and entry.source == "reply" and entry.kind == "diagonal"
