r"""Worked examples in numbers: `Take $A = 2$, $h_0 = 1$ ... Then $h_1 = 2$ and $\partial L/\partial A = 4$`.

The example gives names of the problem sizes and values; every other name is computed from these, derivatives included
(example_worlds.py). What it then says is true where it agrees, as it is rounded; it is false where it is far off, all that
it rests on is given, and the example is right elsewhere. Looked at when all of the reply has been read.
A value that is given anew begins a variation: there nothing is false that rests on what was given before.
Not covered: values that words alone give, numbers for whole terms, a relation in letters alone that is wrong.
"""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from evalkit.derivation.following import scopes, shapes
from evalkit.derivation.following.beside import sentence_of
from evalkit.derivation.following.claims import is_rounded, written
from evalkit.derivation.following.example_worlds import Given, is_value, leaves, tried, value_in
from evalkit.derivation.following.given_in_example import Example, giving, take_letter
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.standing import standing
from evalkit.derivation.grammar.nodes import Bin, Block, Grad, Node, Num, Sym, Un, walk
from evalkit.derivation.grammar.relations import EQUAL
from evalkit.derivation.text.roles import Role
from evalkit.derivation.verdicts.judge import Judge
from evalkit.derivation.verdicts.verdict import FALSE, TRUE, Judgement, Verdict
from evalkit.derivation.worlds.draw import Array
from evalkit.derivation.worlds.entries import PLACE
from evalkit.derivation.worlds.scope import Defined, Drawn, names_behind, names_in

RULE, BY_ROLE = "worked_example", "given role"
"""Of what is decided here, and of what a reading that somebody gave decides."""
MAX_CLAIMS = 80
"""Relations of a reply that are computed in examples."""
HALF = 0.5000001
OFF = 0.02
"""By how much, beside the larger one, values differ that no rounding on the way explains."""
MOVES = re.compile(r"\\(?:leftarrow|gets|mapsto|to)(?![A-Za-z])|[←↦]")
"""A sign by which something that was given is changed."""
SMALL = frozenset({0.0, 0.5, 1.0, 2.0})
"""Numbers that stand in general formulas, too."""
CLASS = re.compile(
    r"\b(?:true|correct|right|target|actual)\s+(?:class|label)\b(?:\s+(?:is|being|be|to\s+be|number|index|has\s+index|=|k|c|t|i))*[\s$(=]*(\d)(?!\d|\.\d)|"
    r"\bclass[\s$]*(\d)[$\s]*(?:is|being)\s+(?:the\s+)?(?:true|correct|right)\b",
    re.I,
)
"""Which entry of a column with a single 1 that is."""
NEAR = 120
"""Characters before an example begins in which it is said."""
NOT_SAID = frozenset({"quoted", "told_wrong", "taken_back", "an_option", "asked", "corrected", "refuted", "withdrawn"})
"""Rules that find that something is not claimed."""
MAY_BE_FALSE = frozenset(
    {"names_in_doubt", "without_shape", "never_confirmed", "unconfirmed", "only_here", "of_given_numbers", "open_condition", "number_of_what_varies",
     "meaning_around", "example_value", "evaluated", "no_shape", "definition", "own_meaning"}
)  # fmt: skip
"""Rules that found no verdict for want of the example's values."""
BEHIND = 60
"""Characters behind a claim that may say so."""
OTHERWISE = re.compile(
    r"\b(?:instead|without|ignoring|if|were|would|should|ought|not|never|wrong\w*|incorrect\w*|mistak\w+|in general|"
    r"(?:un)?(?:cent(?:er|re)|scale|rescale|shift|average|normali[sz]e|standardi[sz]e)d|limit|optim(?:um|al)|minim(?:um|al)|needs?|wants?|target)\b",
    re.I,
)
"""What tells in a sentence that it may speak of something else than the example gave."""


def work_out_the_examples(reading: Reading) -> None:
    """Judge what examples in numbers say by what they give."""
    example: Example | None = None
    claims = 0
    for at, read in enumerate(reading.relations):
        if example is not None and read.start >= example.end:
            reject(reading, example)
            example = None
        if read.left is None or read.right is None or read.judgement.rule.startswith(BY_ROLE):
            continue
        given = giving(reading, example, at)
        if given is not None:
            if example is None:
                start = Given(knowledge_before(reading, read.start))
                example = Example(read.start, reading.outline.part_end(read.start), [start])
            example.take(given)
        elif example is not None and example.live and claims < MAX_CLAIMS:
            claims += 1
            if example.giving:
                heed_the_class(reading, example, read.start)
            example.giving = False
            look_at(reading, example, at)
            take_letter(reading, example, reading.relations[at])
    if example is not None:
        reject(reading, example)


def knowledge_before(reading: Reading, start: int) -> Judge:
    """What names mean around an example: numbers that the reply gave them, and what it made of those of the problem behind
    its beginning, are left out."""
    judge = reading.judge.branch()
    problem = reading.setting.scope.entries
    later = {n for r in reading.relations if r.start >= start for n in r.introduces}
    earlier = {n for r in reading.relations if r.start < start for n in r.introduces}
    judge.undefine(
        n
        for n, e in judge.own.items()
        if (isinstance(e, Defined) and not e.params and scopes.is_constant(e.body))
        or (n in problem and n in later - earlier)
    )
    return judge


def heed_the_class(reading: Reading, example: Example, until: int) -> None:
    """`The true class is 2` gives a column with a single 1; the words may count from 0, and nothing is false by them."""
    found = list(CLASS.finditer(reading.document.text, max(0, example.start - NEAR), until))
    entries = reading.setting.scope.entries.items()
    columns = [(n, e) for n, e in entries if isinstance(e, Drawn) and "onehot" in e.kinds and len(e.shape) == 1]
    state = example.states[0]
    if not found or len(columns) != 1 or columns[0][0] in state.values:
        return
    name, entry = columns[0]
    size = entry.shape[0]
    length, place = state.length(size.name if isinstance(size, Sym) else ""), int(found[-1][1] or found[-1][2])
    if length is not None and 1 <= place <= length:
        state.values[name] = Block(tuple((Num(float(i == place)),) for i in range(1, length + 1)))
        state.built.clear()


def look_at(reading: Reading, example: Example, at: int) -> None:
    """What becomes of one claim."""
    read = reading.relations[at]
    found, state = read.judgement, example.states[0]
    judge = state.judge()
    before = reading.relations[at - 1].start if at else 0
    if MOVES.search(reading.document.text, max(before, example.start), read.start):
        example.elsewhere = True
    if judge is None or found.rule in NOT_SAID or read.op not in (*EQUAL, "approx") or is_denied(read):
        return
    scope, rests = reading.setting.scope, leaves(judge, *read.sides)
    if not rests & state.values.keys():
        return
    numbers = any(map(is_value, read.sides))
    if found.verdict in TRUE:
        note_right(example, read, numbers=numbers)
        return
    if found.verdict is Verdict.DEFINITION and shapes.plain_name(read.sides[0]) not in scope.entries:
        return
    if not numbers and not may_be_computed(reading, read, state):
        return
    seen = [agrees(reading, s, read, numbers=numbers) for s in example.states]
    if any(seen):
        note_right(example, read, numbers=numbers)
        new = Judgement(Verdict.HOLDS, "assumptions", "computed from the values of its example", rule=RULE)
        reading.relations[at] = replace(read, judgement=new)
    elif seen and all(s is False for s in seen):
        if not may_be_false(reading, example, read, judge, rests):
            example.elsewhere = True
            names = {shapes.plain_name(side) or "" for side in example.told & set(read.sides)}
            if found.verdict in FALSE and any(isinstance(scope.entries.get(n), Defined) for n in names):
                new = Judgement(Verdict.DISPUTED, reason="another value than the example has given it", rule=RULE)
                reading.relations[at] = replace(read, judgement=new)
            return
        example.wrong.append(at)
        example.spoiled |= {name for side in read.sides if (name := shapes.plain_name(side)) is not None}


def note_right(example: Example, read: Read, *, numbers: bool) -> None:
    """Something is right in the example."""
    example.right += numbers
    if numbers:
        example.told |= {side for side in read.sides if not scopes.is_constant(side)}


def may_be_false(reading: Reading, example: Example, read: Read, judge: Judge, rests: set[str]) -> bool:
    """Whether nothing but what is given now stands behind a claim, and it is one: the first on something that the example
    has not said the value of."""
    if example.elsewhere or example.told & set(read.sides):
        return False
    state, behind = example.states[0], judge.general.depends(Bin("=", *read.sides))
    letters = {n for n, e in state.own.items() if isinstance(e, Defined) and scopes.is_constant(e.body)}
    own = behind & judge.own.keys() - {*state.values, *letters}
    if behind & example.spoiled or own or read.op not in EQUAL or not rests <= example.fresh:
        return False
    if not is_computed(judge, behind) or rests_on_any_function(reading, judge, read):
        return False
    text = reading.document.text
    begins, ends = sentence_of(text, read.start, read.end)
    if read.judgement.rule not in MAY_BE_FALSE or OTHERWISE.search(text, begins, min(ends, read.end + BEHIND)):
        return False
    first = next((r for r in reading.relations if r.chain == read.chain), read)
    return standing(reading, first) not in (Role.SUPPOSED, Role.GIVEN)


def rests_on_any_function(reading: Reading, judge: Judge, read: Read) -> bool:
    r"""Whether the problem has a function there of which nothing is known: an example gives it a body, `\sigma(z) = z^2`."""
    given = reading.setting.scope
    behind = {n for name in judge.general.depends(Bin("=", *read.sides)) for n in names_behind(given, name)}
    entries = [given.entries.get(n) for n in behind]
    return any(isinstance(e, Defined) and e.params == PLACE for e in entries)


def is_computed(judge: Judge, behind: frozenset[str]) -> bool:
    """Whether something is derived in it, or is no number: what is said of numbers alone may be a condition on them."""
    entries = [judge.scope.entries.get(n) for n in behind]
    return any(isinstance(e, Defined) or (isinstance(e, Drawn) and bool(e.shape)) for e in entries)


def reject(reading: Reading, example: Example) -> None:
    """What is far off in an example that is right in more places is false."""
    if len(example.wrong) > example.right:
        return
    for at in example.wrong:
        if example.told & set(reading.relations[at].sides):
            continue  # what is right was said behind it: that was another case
        new = Judgement(Verdict.FAILS, reason="not what the values of its example give", rule=RULE)
        reading.relations[at] = replace(reading.relations[at], judgement=new)


def is_denied(read: Read) -> bool:
    r"""Whether the words deny it; in `A = B \neq 0` they do not."""
    return read.negated and not (read.statement is not None and "neq" in read.statement.ops and read.op != "neq")


def may_be_computed(reading: Reading, read: Read, state: Given) -> bool:
    """Whether a relation in letters is of the example: its chain comes to numbers, or a number that was given stands in it."""
    given = {n.value for v in state.values.values() for n in walk(v) if isinstance(n, Num)} - SMALL
    if any(isinstance(n, Num) and n.value in given for side in read.sides for n in walk(side)):
        return read.judgement.verdict not in FALSE
    chain = [r for r in reading.relations if r.chain == read.chain and r.right is not None]
    if not any(scopes.is_constant(r.right) for r in chain if r.right is not None):
        return False
    told = {n for side in read.sides for n in names_in(side)}
    return read.judgement.verdict not in FALSE or not told & state.values.keys()


def agrees(reading: Reading, state: Given, read: Read, *, numbers: bool) -> bool | None:
    """Whether a claim holds in an example; False where it is far off, None where that cannot be told."""
    judge = state.judge()
    if judge is None:
        return None
    slopes = [n for side in read.sides for n in walk(side) if isinstance(n, Grad)]
    if not all(is_led_to(judge, n) for n in slopes):
        judge = state.judge(through=True)
        if judge is None or not numbers or not all(is_led_to(judge, n) for n in slopes):
            return None
        outcome = tried(judge, *read.sides).outcome
        return True if outcome is not None and outcome.holds else None
    if not numbers:
        scope = judge.scope
        told = {found[0] for side in read.sides for n in names_in(side) if (found := scope.find(n))}
        released = frozenset(told & state.values.keys())
        general = state.judge(released) if released else judge
        outcome = tried(general, *read.sides).outcome if general is not None else None
        return True if outcome is not None and outcome.holds else None
    outcome = tried(judge, *read.sides).outcome if read.op in EQUAL else None
    if outcome is not None and outcome.holds:
        return True
    if not leaves(judge, *read.sides) <= state.values.keys():
        return None
    return as_rounded(reading, judge, read)


def is_led_to(judge: Judge, node: Grad) -> bool:
    """Whether what is derived still rests on that by which it is derived."""
    by = {found[0] for n in names_in(node.by) if (found := judge.scope.find(n))}
    return not by or bool(by & judge.general.depends(node.f))


def as_rounded(reading: Reading, judge: Judge, read: Read) -> bool | None:
    """Whether numbers are right to the figures that are written; False where they are far off."""
    text = reading.document.text
    values = [value_in(judge.general, side) for side in read.sides]
    places = ((read.start, read.left_end), (read.right_start, read.end))
    for side, (a, b), value, other in zip(read.sides, places, values, values[::-1], strict=True):
        if value is None or other is None or not scopes.is_constant(side):
            continue
        other = other.T if value.shape != other.shape and is_list(side) else other
        if value.shape != other.shape:
            return None
        units = figures(side, text[a:b], value)
        triples = zip(other.flat, value.flat, units, strict=True)
        if all(is_written(read.op, float(o), float(v), u) for o, v, u in triples):
            return True
        return False if far_off(value, other, units) else None
    return None


def is_written(op: str, exact: float, number: float, unit: float) -> bool:
    """Whether a number is another one to its last figure; only what is nearly so may be cut off there."""
    return is_rounded(exact, number, unit) if op == "approx" else abs(exact - number) <= unit * HALF


def is_list(side: Node) -> bool:
    """Numbers in a row, which say nothing of how they lie."""
    return not any(getattr(n, "op", "") == "T" for n in walk(side))


def figures(side: Node, text: str, value: Array) -> list[float]:
    """What one in the last place of each number is worth; next to nothing where it is exact."""
    shown = written(side.x if isinstance(side, Un) and side.op == "T" else side, text)
    exact = [1e-9 * max(1.0, abs(float(v))) for v in value.flat]
    if shown is None or len(shown) != value.size:
        return exact
    return [s if s < 1 else e for s, e in zip(shown, exact, strict=True)]


def far_off(value: Array, other: Array, units: list[float]) -> bool:
    """Whether some entry is wrong, however the numbers on the way were rounded; not what is only turned."""
    most = max(float(np.abs(value).max()), float(np.abs(other).max()))
    gap = float(np.abs(value - other).max())
    turned = value.shape == other.T.shape and np.allclose(value.T, other)
    return gap > max(OFF * most, 1.01 * max(units)) and not turned
