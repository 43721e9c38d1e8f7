r"""Expectations, variances and covariances as linear operators: `E[aX + b] = aE[X] + b` for any random X.

Letters that stand inside of moments alone are random, all others are constants. What holds for any joint distribution is
true; what holds for independent letters, or for letters of mean 0, where the text before says that they are so.
It is false only where no such premise helps, both sides hold moments of the same letters, and a constant stands before a
moment and in one: of the rest it may be a property of the distribution.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice

from evalkit.derivation.following.copies import ALIKE as ONE_LAW
from evalkit.derivation.following.copies import UNIT, of_copies
from evalkit.derivation.following.definitions import definition
from evalkit.derivation.following.densities import is_mean_by_density
from evalkit.derivation.following.free import free_letters
from evalkit.derivation.following.laws import law_for
from evalkit.derivation.following.moment_forms import in_full, totalled
from evalkit.derivation.following.moment_trees import (
    OVER,
    alone,
    arguments,
    is_bare,
    is_conditional,
    is_moment,
    is_moment_name,
    is_second,
    takes_members_together,
    unlabelled,
    without,
)
from evalkit.derivation.following.moment_trials import BACK, CENTRED, INDEPENDENT, all_ways, says_something, told, tried
from evalkit.derivation.following.moment_values import (
    MEAN_OF,
    SPREAD_OF,
    Given,
    Premise,
    always_apart,
    explained,
    holds_of_one_mean,
    judged_by_values,
    random_letters,
)
from evalkit.derivation.following.polynomials import How
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.scopes import is_constant
from evalkit.derivation.grammar.calling import names_event
from evalkit.derivation.grammar.nodes import (
    Bin,
    Call,
    Node,
    Num,
    Sym,
    children,
    rebuilt,
    summands,
    walk,
)
from evalkit.derivation.grammar.pretty import pretty
from evalkit.derivation.verdicts.edits import everywhere, plain_edits
from evalkit.derivation.verdicts.nearness import alike
from evalkit.derivation.verdicts.verdict import TRUE, Judgement, Verdict
from evalkit.derivation.worlds.entries import Defined, Drawn, Moments
from evalkit.derivation.worlds.moments import NAMES
from evalkit.derivation.worlds.scope import unbound_names

RANDOM = "a random variable, perhaps a number"
"""Why relations with a letter are in doubt that stands in moments elsewhere."""
MAX_EQUALS = 40
"""How many relations of one reply are tried for moments of equal expressions."""
MAX_MISSTATED, MAX_EDITS, TERMS = 8, 24, 3
"""Relations of one reply that are looked at for a slip, the edits of one, and the terms that it must have."""
NEAR_WORD = 400
ALIKE = re.compile(
    r"\bi\.?i\.?d\b|identical|sample|common (?:mean|distribution)|each (?:with|having)|with mean|of mean", re.IGNORECASE
)
"""What says that members have one distribution."""
NOT_RANDOM = re.compile(r"\b(?:constants?|deterministic|degenerate|almost surely)\b", re.IGNORECASE)


def moments(reading: Reading, read: Read) -> Read | None:
    """Speaks of expectations, variances or covariances, which are linear."""
    left, right = read.sides
    if not (is_moment(left) or is_moment(right)):
        return None
    if any(reading.judge.scope.find(name) is not None for name in NAMES):
        return None  # the problem's own function E: an energy, an error
    labels = {n.name for side in read.sides for n in walk(side) if isinstance(n, Call) and is_moment_name(n.name)}
    over = {name for name in labels if name.startswith(OVER)}
    if over and len(labels) > 1:
        return with_names(reading, read)
    plain = replace(read, left=unlabelled(left), right=unlabelled(right)) if over else read  # E_p[x + 1] = E_p[x] + 1
    found = linear(reading, plain) or in_other_words(reading, plain)
    if found is None and not over:
        found = of_lists(reading, read)
    return replace(found, left=left, right=right) if found is not None else with_names(reading, read)


def in_other_words(reading: Reading, read: Read) -> Read | None:
    """What is true with variances for `V(X)`, `EX` for `E[X]`, and `E[E[X | Y]]` for `E[X]`."""
    scope, sides = reading.judge.scope, read.sides
    known = frozenset(n for n in ("V", "D", "E", "\\mathbb V") if scope.find(n) is not None)
    given = {n: e.body for n, e in scope.entries.items() if is_conditional(n) and isinstance(e, Defined)}
    said = (r for r in reading.relations if isinstance(r.left, Sym) and r.right is not None and r.op == "=")
    given |= {r.left.name: r.right for r in said if isinstance(r.left, Sym) and is_conditional(r.left.name) and r.right}
    left, right = (totalled(in_full(side, known), given) for side in sides)
    if (left, right) == sides:
        return None
    if left == right:
        return replace(read, judgement=Judgement(Verdict.IDENTITY, reason="by means under a condition"))
    other = replace(read, left=left, right=right)
    found = linear(reading, other) or of_equals(reading, other)
    return found if found is not None and found.judgement.verdict in TRUE else None


def of_lists(reading: Reading, read: Read) -> Read | None:
    """What holds of sums over lists of random numbers, by what the text says of these."""
    before = reading.document.text[max(0, read.start - BACK) : read.end]
    said = How(*(bool(words.search(before)) for words in (ONE_LAW, CENTRED, UNIT)))
    return of_copies(reading, read, said, independent=bool(INDEPENDENT.search(before)))


def linear(reading: Reading, read: Read) -> Read | None:
    """What holds, or fails, because moments are linear; None where that does not tell."""
    left, right = read.sides
    outside, inside = leaves(reading, without(left), without(right)), leaves(reading, *arguments(left, right))
    if outside & alone(left, right) and not is_constant_mean(reading, read):
        return None  # X - E[X] = ...: of the random letter itself
    if takes_members_together(left, right):
        return by_values(reading, read)  # one letter cannot stand for X_1, ..., X_n
    random = sorted(inside - outside - reading.constants)
    found = told(reading, read, random)
    if found is not None:
        reading.constants |= outside & inside
        for name in random:
            known = reading.judge.scope.find(name)
            if known is not None and isinstance(known[1], Drawn) and len(known[1].shape) == 1:
                reading.points[name] = RANDOM
        return replace(read, judgement=found)
    if outside & inside and is_moment(left) and is_moment(right) and same_letters(reading, read, set(random)):
        failed = [tried(reading, read, random, how) for how in all_ways(random)]
        if all(j.verdict is Verdict.FAILS for j in failed) and not holds_of_one_mean(reading, read.sides, random):
            return replace(read, judgement=failed[0])
    return by_values(reading, read) or misstated(reading, read, random) or never(reading, read)


def by_values(reading: Reading, read: Read) -> Read | None:
    """What holds by the means and variances that the text gave its letters."""
    said = any(isinstance(n, Sym) and reading.judge.scope.find(n.name) for n in map(named, read.sides))
    if reading.valued >= MAX_EQUALS or (said and any(map(is_constant, read.sides))):
        return None  # a value that is said twice is no more true
    reading.valued += 1
    before = reading.document.text[max(0, read.start - BACK) : read.end]
    independent = bool(INDEPENDENT.search(before))
    premises = [Premise(i, alike=bool(ALIKE.search(before))) for i in (False, True)[: 1 + independent]]
    tries = [judged_by_values(reading, read.sides, premise) for premise in premises]
    found = next((f for f in tries if f is not None and f[0].verdict in TRUE), None)
    if found is not None and is_convention(reading, read, found[1]):
        return None
    if found is not None:
        names = ", ".join(sorted({pretty(k.value) for k in found[1].known}))
        return replace(read, judgement=replace(found[0], reason=f"with what is known of its letters: {names}"))
    given = all(f is not None and f[1].said and f[0].verdict is Verdict.FAILS for f in tries)
    if not given or reading.judge.scope.find(pretty(read.sides[0])) or not tries[0] or reading.slips >= MAX_MISSTATED:
        return None
    reading.slips += 1
    for edited in islice(slips(*read.sides, kinds=("sign",)), MAX_EDITS):
        true = judged_by_values(reading, edited, premises[-1])
        if not alike(*edited) and true is not None and true[0].verdict in TRUE:
            return replace(read, judgement=tries[0][0])
    return None


def is_convention(reading: Reading, read: Read, given: Given) -> bool:
    r"""`E[X] = \mu`, `Var(X) = \sigma^2`: it says what a letter means that is read so anyway."""
    own = [k.value for k in given.known if law_for(reading, k.letters[0]) is None]
    values = [v for v in own if any(isinstance(n, Sym) and n.name.startswith((MEAN_OF, SPREAD_OF)) for n in walk(v))]
    return any(is_bare(a) and b in values for a, b in (read.sides, read.sides[::-1]))


def never(reading: Reading, read: Read) -> Read | None:
    """The relation, false because one side is larger for all random letters: `Var(3X) = 3Var(X)`."""
    if reading.slips >= MAX_MISSTATED or not all(map(is_moment, read.sides)):
        return None
    left, right = (explained(reading, side, 0) for side in read.sides)
    random = sorted(random_letters(reading, left, right))
    if takes_members_together(left, right) or any(
        random_letters(reading, side) & set(random) != set(random) for side in (left, right)
    ):
        return None
    reading.slips += 1
    before = reading.document.text[max(0, read.start - BACK) : read.end]
    independent = bool(INDEPENDENT.search(before))
    near = reading.document.text[max(0, read.start - NEAR_WORD) : read.end + NEAR_WORD]
    if NOT_RANDOM.search(near) or any(is_constant_by_variance(r) for r in reading.relations):
        return None
    if not always_apart(reading, (left, right), random, independent=independent):
        return None
    return replace(
        read,
        judgement=tried(reading, replace(read, left=left, right=right), random, Moments(tuple(random), independent)),
    )


def is_constant_by_variance(read: Read) -> bool:
    """`Var(X) = 0`: X is no random letter."""
    return isinstance(read.left, Call) and read.left.name == "Var" and read.right == Num(0)


def misstated(reading: Reading, read: Read, random: list[str]) -> Read | None:
    """The relation, false because it fails for independent letters too and with another sign or number says what is true of all random
    letters; None where it may be a property of the distribution. Of two terms it may: `Var(X) = E[X]`."""
    sides = read.sides
    count = sum(len(summands(side)) for side in sides)
    short = count < TERMS and not any(isinstance(a, Bin) and a.op in "+-" for a in arguments(*sides))
    if reading.slips >= MAX_MISSTATED or short or not all(map(is_moment, sides)):
        return None
    if not same_letters(reading, read, set(random)) or not any(map(is_second, sides)):
        return None
    reading.slips += 1
    said = bool(INDEPENDENT.search(reading.document.text[max(0, read.start - BACK) : read.end]))
    failed = []
    for how in all_ways(random):
        found = tried(reading, read, random, how)
        if found.verdict is Verdict.FAILS:
            failed.append(found)
        elif not how.centred and (said or not failed or says_something(reading, read, random, how)):
            return None  # with mean 0 the sign of a term does not matter, and nobody would write it
    for edited in islice(slips(*sides), MAX_EDITS):
        if not alike(*edited) and told(reading, replace(read, left=edited[0], right=edited[1]), random) is not None:
            return replace(read, judgement=failed[0])
    return None


def slips(left: Node, right: Node, kinds: Sequence[str] = ("sign", "number")) -> Iterator[tuple[Node, Node]]:
    """Both sides with one other sign or number; what is left of an expectation without its letters shows nothing."""
    for edit in everywhere(right, plain_edits, ()):
        if edit.kind in kinds:
            yield left, edit.side
    for edit in everywhere(left, plain_edits, ()):
        if edit.kind in kinds:
            yield edit.side, right


def with_names(reading: Reading, read: Read) -> Read:
    """What linearity does not decide: `E[X] = 3/2` gives a number with a name its value, and `E[X]^2 + 1 = 13/4` holds by it.

    Nothing is false by such a value: the same letters may have another distribution elsewhere."""
    left, right = read.sides
    plain = replace(read, left=named(left), right=named(right))
    both = (plain.left, plain.right)
    by_density = reading.equals < MAX_EQUALS and is_mean_by_density(reading, read, partial(are_equal, reading, read))
    if isinstance(both[0], Sym) and (found := definition(reading, plain)) is not None:
        told = Judgement(Verdict.IDENTITY, reason="by the density") if by_density else found.judgement
        return replace(found, left=left, right=right, judgement=told)
    if by_density:
        return replace(read, judgement=Judgement(Verdict.IDENTITY, reason="by the density"))
    names = [n.name for side in both if side is not None for n in walk(side) if isinstance(n, Sym)]
    known = [n for n in names if names_event(n)]
    if all(reading.judge.scope.find(n) for n in known):
        judgement = reading.judge.equation(*plain.sides)
        if (
            judgement.verdict in TRUE
            and isinstance(both[0], Sym)
            and names_event(both[0].name)
            and both[1] is not None
            and is_constant(both[1])
        ):
            return read.decided(Verdict.DEFINITION, "the value that was given before")  # said twice it is no more true
        if judgement.verdict in TRUE:
            return replace(read, judgement=replace(judgement, reason=f"with what was said of {', '.join(known)}"))
    return of_equals(reading, read) or read.decided(Verdict.SKIPPED, "an expectation")


def of_equals(reading: Reading, read: Read) -> Read | None:
    """The relation, true because the moments on both sides are of equal expressions, whatever the distribution."""
    left, right = read.sides
    if reading.equals >= MAX_EQUALS or not is_moment(left):
        return None
    reading.equals += 1
    there = [n for n in walk(left) if isinstance(n, Call) and is_moment_name(n.name)]
    same = with_equals(reading, read, right, there)
    if same == right and same != left:
        return None  # nothing new is said of it: E(E(Y|X)) = E(Y)
    if same == left:
        return replace(read, judgement=Judgement(Verdict.IDENTITY, reason="of equal expressions"))
    found = free_letters(reading, replace(read, left=named(left), right=named(same)))
    true = found is not None and found.judgement.verdict in TRUE
    return replace(read, judgement=Judgement(Verdict.IDENTITY, reason="of equal expressions")) if true else None


def with_equals(reading: Reading, read: Read, node: Node, others: Sequence[Call]) -> Node:
    """The tree with one of the other moments for every one that is of an equal expression."""
    equal = partial(are_equal, reading, read)
    if isinstance(node, Call) and is_moment_name(node.name):
        alike = (other for other in others if other.name == node.name and len(other.args) == len(node.args))
        return next((o for o in alike if all(map(equal, node.args, o.args))), node)
    parts = children(node)
    return rebuilt(node, [with_equals(reading, read, part, others) for part in parts]) if parts else node


def are_equal(reading: Reading, read: Read, left: Node, right: Node) -> bool:
    """Whether two expressions are equal for all values of their letters."""
    if left == right:
        return True
    if any(isinstance(n, Call) and n.name in NAMES for side in (left, right) for n in walk(side)):
        left, right = named(left), named(right)
    judgement = reading.judge.equation(left, right)
    if judgement.verdict is Verdict.UNBOUND:
        found = free_letters(reading, replace(read, left=left, right=right))
        judgement = found.judgement if found is not None else judgement
    return judgement.verdict in (Verdict.IDENTITY, Verdict.ALGEBRA)


def named(node: Node) -> Node:
    """The tree with one name for every moment."""
    if isinstance(node, Call) and is_moment_name(node.name):
        return Sym(f"{node.name}({', '.join(map(pretty, node.args))})")
    parts = children(node)
    return rebuilt(node, [named(part) for part in parts]) if parts else node


def is_constant_mean(reading: Reading, read: Read) -> bool:
    """`E[c] = c` of a constant."""
    text = reading.document.text[max(0, read.start - NEAR_WORD) : read.end + NEAR_WORD]
    return "constant" in text and any(Call("E", (a,)) == b for a, b in (read.sides, read.sides[::-1]))


def leaves(reading: Reading, *nodes: Node) -> frozenset[str]:
    """The free letters on which expressions depend, and those that mean nothing."""
    env, scope = reading.judge.general, reading.judge.scope
    names = {n for node in nodes for n in env.depends(node)}
    drawn = {n for n in names if isinstance(scope.entries.get(n), Drawn)}
    return frozenset(drawn | set(unbound_names(scope, *nodes)) if nodes else drawn)


def same_letters(reading: Reading, read: Read, random: set[str]) -> bool:
    """Whether both sides speak of the same random letters."""
    one, other = (leaves(reading, *arguments(side)) & random for side in read.sides)
    return bool(one) and one == other
