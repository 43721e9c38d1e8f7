"""What a reply imposes: values of free symbols, properties, conditions; and what rests on these is no false claim."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace

from evalkit.derivation.following import scopes, shapes
from evalkit.derivation.following.claims import one_of_several
from evalkit.derivation.following.imaginary import UNITS, is_index
from evalkit.derivation.following.numbers import is_excluded
from evalkit.derivation.following.premises import premise
from evalkit.derivation.following.reading import NEAR, OPEN, Read, Reading
from evalkit.derivation.following.standing import is_another_form, standing
from evalkit.derivation.grammar.nodes import Bin, Call, Node, Num, Sub, Sym, Un, base_name, has_derivative, is_zero
from evalkit.derivation.text import prose
from evalkit.derivation.text.roles import Role
from evalkit.derivation.verdicts.judge import is_own
from evalkit.derivation.verdicts.solutions import is_folded
from evalkit.derivation.verdicts.verdict import FALSE, TRUE, Judgement, Verdict
from evalkit.derivation.worlds.entries import Solved
from evalkit.derivation.worlds.scope import (
    Defined,
    Dimension,
    Drawn,
    Entry,
    Factor,
    Family,
    family_key,
    names_in,
    unbound_names,
)
from evalkit.derivation.worlds.world import ASSUMED, GENERIC

QUESTION = re.compile(r"(?:\s|[$*_\"')\]}]|\\[)\]]){0,12}(?:[a-z][^.,!?;:\n$\\(]{0,40})?\?")
"""What is left of a sentence that asks, behind its last formula: closing signs and a few words; not the next sentence."""
ASKS_ON = re.compile(r"[\s$*_)\]}\\]{0,12}(?:when|if|for|where|with)\b[^.!?\n]{1,80}\?")
"""Its condition, and a question mark behind it."""
WOULD = re.compile(r"\W*(?:would|could|might)\b", re.I)
"""`t = 1 would be the only root`: said, and given to nobody."""


def diagonal_names(reading: Reading, read: Read) -> Read | None:
    """Names the entries of a diagonal factor: `\\Sigma = diag(s_1, ..., s_k)`."""
    left, right = read.sides
    found = reading.judge.scope.find(shapes.plain_name(left) or "")
    own = own_diagonal(reading, found, right) if found is not None else {}
    if found is None or not (own or (isinstance(found[1], Factor) and found[1].part == 1)):
        return None
    entries = shapes.value_family(found[0], right) | own
    if not entries or any(n != found[0] and isinstance(reading.judge.own.get(n), Defined) for n in entries):
        return None
    reading.judge.define(entries)
    return replace(read.decided(Verdict.DEFINITION, "names the diagonal"), introduces=frozenset(entries))


def own_diagonal(reading: Reading, found: tuple[str, Entry], right: Node) -> dict[str, Entry]:
    """`D = diag(d_1, ..., d_k)` of a matrix of the reply's own, or of a staff's letter that it has not introduced as such:
    a free diagonal matrix; nothing where its size is another."""
    name, entry = found
    last = right.args[-1] if isinstance(right, Call) and right.args else None
    if not shapes.value_family(name, right) or not isinstance(last, Sub) or len(last.index or ()) != 1:
        return {}
    size = (last.index or ())[0]
    if not isinstance(size, Sym) or not isinstance(reading.size_named(size.name), Dimension):
        return {}
    if isinstance(entry, Factor) and name in reading.setting.weak and name not in reading.introduced:
        return {name: Drawn((size, size), frozenset({"diagonal"}), None, "reply")}
    if isinstance(entry, Drawn) and entry.source == "reply" and entry.shape == (size, size):
        return {name: replace(entry, kinds=entry.kinds | {"diagonal"})}
    return {}


def assumption(reading: Reading, read: Read) -> Read | None:
    """Gives a value to a free symbol of the problem."""
    left, right = read.sides
    judgement = read.judgement
    name = shapes.plain_name(left)
    base = reading.judge.scope_of(GENERIC).find(name) if name else None
    if base is None or not isinstance(base[1], Drawn) or "data" in base[1].kinds or shapes.has_name(right, base[0]):
        return None
    if judgement.verdict is Verdict.ILL_TYPED:
        return None
    if scopes.is_constant(right) and WOULD.match(reading.after):
        return read.decided(Verdict.SKIPPED, "a value that a letter would have")
    if is_excluded(reading, base[1], right):
        if base[0] not in reading.judge.assumed or standing(reading, read) is Role.CLAIMED:
            return None
        reading.judge.withdraw(base[0])  # `n = 0: ..., n = -1: ...`: the value before is no longer meant
        return read.decided(Verdict.ASSUMPTION, "a value that the problem excludes")
    if isinstance(reading.judge.assumed.get(base[0]), Solved) and one_of_several(reading, read):
        reading.judge.withdraw(base[0])  # a condition with several solutions fixes nothing
        reading.unmodelled.add(base[0])
        return read.decided(Verdict.ASSUMPTION)
    if judgement.verdict is Verdict.HOLDS and is_a_value_of(reading.judge.assumed.get(base[0]), right):
        return replace(read, judgement=judgement)  # `u = x^2 + 1. When x = 1, u = 2`: u stays what it is
    entries = {}
    if judgement.verdict is Verdict.UNBOUND:
        unknown = unbound_names(reading.judge.scope, right)
        if may_be_imaginary(unknown, right):
            reading.unmodelled.add(base[0])
            return read.decided(Verdict.ASSUMPTION, "a value that may be complex")
        given: dict[str, Entry] = {
            n: Drawn((), reading.properties[n], None, "reply") for n in unknown if n in reading.properties
        }
        inferred = shapes.infer(reading.judge.envs(ASSUMED)[0], unknown, left, right, given)
        if inferred is None:
            return None
        reading.judge.define(inferred)
        entries.update(inferred)
    elif judgement.verdict in FALSE and (special := reading.judge.in_specials(left, right)) is not None:
        judgement = special
    elif judgement.verdict in FALSE and concluded(reading, read):
        return None
    elif judgement.verdict in FALSE and solves_nothing(reading, read, base[0]):
        reading.unmodelled.add(base[0])
        return read.decided(Verdict.ASSUMPTION, "a value that does not obey the condition on it")
    unstated = not_stated(reading, replace(read, judgement=judgement, introduces=frozenset({base[0]})))
    if unstated is not None:
        if standing(reading, read) is Role.CLAIMED:
            return unstated  # a conclusion from nowhere is no assumption
        judgement = OPEN
    of_zero = base[1].shape if right == Num(0) else ()
    reading.judge.assume({base[0]: Defined(right, (), None, "reply", shape=of_zero)}, said=True)
    again = reading.judge.equation(left, right)
    if again.verdict not in TRUE:
        reading.judge.withdraw(base[0])
        return None
    if not reading.free_names(right) and not one_of_several(reading, read):
        reading.unmodelled.discard(base[0])  # the condition on it is solved: the worlds obey it now
    if scopes.is_constant(right):
        ask_where_it_is_told(reading, base[0])
    if judgement.verdict is Verdict.HOLDS:  # in a special world where the symbol has this value
        return replace(read, judgement=judgement, introduces=frozenset({base[0]}))
    return replace(read.decided(Verdict.ASSUMPTION), introduces=frozenset({base[0], *entries}))


def may_be_imaginary(unknown: Collection[str], node: Node) -> bool:
    """Whether an i that nothing explains and that counts nothing stands in it."""
    return any(unit in unknown and not is_index(unit, (node,)) for unit in UNITS)


def solves_nothing(reading: Reading, read: Read, name: str) -> bool:
    """Whether the value of a letter is concluded that does not obey the condition on it: `x + y = 4, so y = 3 - x`."""
    known = reading.judge.assumed.get(name)
    if not isinstance(known, Solved):
        return False
    if standing(reading, read) is not Role.CLAIMED and not is_another_form(reading, read):
        return False
    judge = reading.judge.branch()
    judge.withdraw(name)
    judge.assume({name: Defined(read.sides[1], (), None, "reply")})
    return judge.equation(known.left, known.right).verdict is Verdict.FAILS


def is_a_value_of(known: Entry | None, right: Node) -> bool:
    """Whether a number is said of a letter for which an expression stands."""
    return isinstance(known, Defined) and scopes.is_constant(right) and not scopes.is_constant(known.body)


def where_it_varies(reading: Reading, read: Read) -> Read | None:
    """Holds whatever the letters are that were given numbers, at which a side of it vanishes, or a derivative has no say."""
    assumed = reading.judge.assumed.items()
    at = [name for name, e in assumed if isinstance(e, Defined) and scopes.is_constant(e.body)]
    said_again = any(shapes.plain_name(side) for side in read.sides)
    if not at or not (
        any(map(has_derivative, read.sides)) or (read.judgement.verdict is Verdict.VACUOUS and not said_again)
    ):
        return None
    judge = reading.judge.branch()
    for name in at:
        judge.withdraw(name)
    found = judge.equation(*read.sides)
    return replace(read, judgement=found) if found.verdict in TRUE else None


def assumed_already(reading: Reading, read: Read) -> Read | None:
    """Says again what the reply assumed, word for word: that shows nothing."""
    name = shapes.plain_name(read.sides[0])
    base = reading.judge.scope_of(GENERIC).find(name) if name else None
    entry = reading.judge.assumed.get(base[0]) if base is not None else None
    if base is None or not isinstance(entry, Defined) or base[0] not in reading.judge.said:
        return None
    if entry.body != read.sides[1] or base[0] not in read.judgement.under or scopes.is_constant(read.sides[1]):
        return None
    if reading.judge.in_specials(*read.sides) is not None:
        return None
    before = [r for r in reading.relations if r.left is not None and r.right is not None]
    given = [r for r in before if base[0] in {n for side in r.sides for n in names_in(side)}]
    open_ = [r for r in given if r.judgement.verdict not in TRUE | {Verdict.DEFINITION}]
    if not any(r.sides == read.sides for r in given) and not any(is_folded(r.sides) for r in open_):
        return None  # it was solved for, and is no root of two
    return read.decided(Verdict.ASSUMPTION, "assumed before")


def ask_where_it_is_told(reading: Reading, name: str) -> None:
    """`In equilibrium a = 0`: where a special world tells what a symbol is, a number for it is an equation for the letters
    of that, which the worlds do not obey."""
    for special in reading.setting.specials:
        entry = special.overlay.get(name)
        if isinstance(entry, Defined) and not scopes.is_constant(entry.body):
            reading.unmodelled.update(reading.free_names(entry.body))


def not_stated(reading: Reading, read: Read) -> Read | None:
    """It, where it holds in a special world to which the reply has not come."""
    found = premise(reading, read) if read.judgement.verdict is Verdict.HOLDS else None
    return found if found is not None and found.judgement.verdict is Verdict.UNSTATED else None


def concluded(reading: Reading, read: Read) -> bool:
    """Whether a value of a symbol of which special worlds tell is a conclusion: claimed, and without a letter of the reply's
    own, with which it would be a form that the symbol may have."""
    left, right = read.sides
    env = reading.judge.envs(ASSUMED)[0]
    if not reading.in_special(left, right) or any(is_own(env.scope.entries.get(n)) for n in env.depends(right)):
        return False
    return standing(reading, read) is Role.CLAIMED


def up_to(reading: Reading, read: Read) -> Read | None:
    """Fails, and is said to hold up to something."""
    if not prose.UP_TO.search(reading.after[:NEAR]):
        return None
    judgement = replace(read.judgement, verdict=Verdict.SKIPPED, reason="is said to hold up to something")
    return replace(read, judgement=judgement)


def selection(reading: Reading, read: Read) -> Read | None:
    """Picks indices: `the u_i with s_i^2 = t`, where the index stands on one side alone."""
    left, right = read.sides
    if not prose.SELECTS.search(f"{reading.clause} ") or not reading.loose(left) or reading.loose(right):
        return None
    return read.decided(Verdict.SKIPPED, "a condition that selects indices")


def imposed(reading: Reading, read: Read) -> Read | None:
    """Is a condition that the reply imposes, and no claim."""
    left, right = read.sides
    if is_another_form(reading, read):
        return None
    by_words = standing(reading, read) is Role.SUPPOSED or bool(prose.EQUALITY.search(read.words))
    zero = is_zero(right) or is_zero(left)
    by_zero = zero and (reading.derived or bool(prose.CONDITION.search(f"{read.words} {reading.clause}")))
    if not (by_words or (by_zero and asks(reading, left, right))):
        return None
    needed = prose.NECESSARY.search(read.words)  # the worlds need not obey what is only claimed to be needed
    if needed or (not draw_anew(reading, left, right) and not solve_for(reading, left, right)):
        reading.unmodelled.update(reading.free_names(left, right))
        for name in {*names_in(left), *names_in(right)} & reading.kin.keys():
            reading.unmodelled.update(reading.kin[name])
    return read.decided(Verdict.ASSUMPTION, "a condition that is imposed")


def asks(reading: Reading, left: Node, right: Node) -> bool:
    """Whether an equation has something to be solved for: an index that it restricts, or a free name of which no special
    world says anything, unless the problem calls it fixed."""
    if reading.loose(Bin("=", left, right)):
        return True
    entries = (reading.judge.general.scope.entries[name] for name in reading.free_names(left, right))
    open_ = any(isinstance(entry, Drawn) and "fixed" not in entry.kinds for entry in entries)
    return open_ and not reading.in_special(left, right)


def restriction(reading: Reading, read: Read) -> Read | None:
    """Fails, and restricts an index: `for all i with s_i = 1`."""
    if not prose.RESTRICTION.search(read.words.rstrip()) or not reading.loose(Bin("=", *read.sides)):
        return None
    return read.decided(Verdict.SKIPPED, "a restriction of an index")


def unmodelled(reading: Reading, read: Read) -> Read | None:
    """Fails, but rests on a condition that was imposed and that the worlds do not obey."""
    if not reading.rests_on_unmodelled(*read.sides) and not rests_on_solved(reading, *read.sides):
        return None
    reason, example = "rests on a condition that is not modelled", read.judgement.counterexample
    return replace(read, judgement=Judgement(Verdict.SKIPPED, reason=reason, counterexample=example))


def draw_anew(reading: Reading, left: Node, right: Node) -> bool:
    """After `Q^T Q = I`, `A = A^T` draw the symbol with that property. False where that is not possible."""
    if inverse(reading, left, right):
        return True
    name, kind = None, ""
    if isinstance(left, Bin) and left.op == "*" and is_identity(right):
        for a, b in ((left.left, left.right), (left.right, left.left)):
            if isinstance(a, Un) and a.op == "T" and a.x == b:
                name, kind = shapes.plain_name(b), "orthogonal"
    elif isinstance(right, Un) and right.op == "T" and right.x == left:
        name, kind = shapes.plain_name(left), "symmetric"
    found = reading.judge.scope.find(name) if name else None
    if found is None or not isinstance(found[1], Drawn):
        return False
    reading.judge.assume({found[0]: replace(found[1], kinds=found[1].kinds | {kind})})
    if reading.judge.equation(left, right).verdict in TRUE:
        return True
    reading.judge.withdraw(found[0])  # what cannot be drawn must not stay: nothing with this name could be evaluated
    return False


def solve_for(reading: Reading, left: Node, right: Node) -> bool:
    """After `x + y = 40` take for one of the free numbers what solves it. False where that is not possible."""
    judge = reading.judge
    both = Bin("=", left, right)
    if reading.in_special(left, right) or reading.loose(both) or has_derivative(both) or reading.trial:
        return False
    free = [n for n in sorted(reading.free_names(left, right)) if is_number(judge.scope_of(GENERIC).entries.get(n))]
    for name in reversed([n for n in free if n not in judge.assumed]):
        judge.assume({name: Solved(left, right)})
        if judge.equation(left, right).verdict in TRUE:
            return True
        judge.withdraw(name)
    return False


def rests_on_solved(reading: Reading, left: Node, right: Node) -> bool:
    """Whether a number stands in it that was solved for: the text may know more of it than its condition."""
    solved = {n for n, e in reading.judge.assumed.items() if isinstance(e, Solved)}
    return bool(solved) and bool(reading.free_names(left, right) & solved)


def is_number(entry: Entry | None) -> bool:
    return isinstance(entry, Drawn) and entry.shape == () and not entry.kinds & {"data", "fixed", "integer"}


def inverse(reading: Reading, left: Node, right: Node) -> bool:
    """After `A B = I` of two free square matrices B is the inverse of A."""
    if not (isinstance(left, Bin) and left.op == "*" and is_identity(right)) or reading.in_special(left):
        return False
    a, b = shapes.plain_name(left.left), shapes.plain_name(left.right)
    found = [reading.judge.scope_of(GENERIC).find(name or "") for name in (a, b)]
    if a == b or not all(f is not None and isinstance(f[1], Drawn) for f in found):
        return False
    reading.judge.assume({found[1][0]: Defined(Bin("^", left.left, Num(-1)), (), None, "reply")})  # type: ignore[index]
    if reading.judge.equation(left, right).verdict in TRUE:
        return True
    reading.judge.withdraw(found[1][0])  # type: ignore[index]
    return False


def is_identity(node: Node) -> bool:
    return node == Sym("I") or (isinstance(node, Sub) and base_name(node) == "I")


def unclaimed(reading: Reading, read: Read) -> Read | None:
    """Does not hold, and its clause may not claim it: a circumstance, a condition, an equation to be solved."""
    if gives_a_value(reading, *read.sides):
        return read.decided(Verdict.DISPUTED, "may be a value that solves an equation")
    role = standing(reading, read)
    if role is Role.CLAIMED:
        return None
    zero = any(map(is_zero, read.sides))
    if role is Role.GIVEN and zero and reading.in_special(*read.sides) and not reading.loose(Bin("=", *read.sides)):
        return None  # a condition that the problem's worlds obey, or would
    if role in (Role.SUPPOSED, Role.GIVEN):
        return read.decided(Verdict.DISPUTED, "stands as a condition, not as a claim")
    if zero and asks(reading, *read.sides):
        return read.decided(Verdict.DISPUTED, "may be a condition, or an equation to be solved")
    return None


def asked(reading: Reading, read: Read) -> Read | None:
    """Does not hold, and its chain ends a question."""
    end = read.statement.end if read.statement is not None else read.end
    if not QUESTION.match(reading.document.text, end) and not ASKS_ON.match(reading.document.text, end):
        return None
    return read.decided(Verdict.DISPUTED, "asked, not claimed")


def gives_a_value(reading: Reading, left: Node, right: Node) -> bool:
    """Whether a name that the reply defined by free numbers gets a value: after `s = 1 - t`, `s = 0` says which t. So does
    `d_i^2 = 1 - c_i` of the entries of a diagonal that it left free."""
    name = shapes.plain_name(left)
    of = free_diagonal(reading, left.left if isinstance(left, Bin) and left.op == "^" else left)
    if of is not None and of not in reading.judge.general.depends(right):
        return True
    entry = reading.judge.own.get(name or "")
    if not isinstance(entry, Defined) or entry.params or entry.index or not scopes.is_constant(right):
        return False
    entries, free = reading.judge.general.scope.entries, reading.free_names(left)
    return bool(free) and all(is_number(entries.get(n)) for n in free)


def free_diagonal(reading: Reading, node: Node) -> str | None:
    """The D of `d_1`, where `D = diag(d_1, ..., d_k)` is a matrix of the reply's own."""
    scope = reading.judge.scope
    found = scope.find(family_key(node.name)) if isinstance(node, Sub) and node.name else None
    if (
        found is None
        or not isinstance(found[1], Family)
        or found[1].kind != "diagonal"
        or not isinstance(found[1].of, Sym)
    ):
        return None
    return found[1].of.name if is_own((scope.find(found[1].of.name) or ("", None))[1]) else None
