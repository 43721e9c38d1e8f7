r"""`a = \sigma(Wx + b)` of a function that neither the problem nor the reply explains: an activation, entry by entry.

It is taken for a smooth function of a number that has no other property, so that what is built from it has values and slopes.
What is true of it is true whatever it is; nothing that rests on it is false, as a text may know more of it. Where the text
speaks of a sigmoid, or takes the logarithm of `\sigma(z)` and writes `1 - \sigma(z)` or `\sigma(-z)`, `\sigma` is that.
Not covered: functions of several arguments; other letters than those that functions usually have; names that stand
anywhere without a bracket behind them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from evalkit.derivation.following.grounds import Grounds
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.scopes import is_constant
from evalkit.derivation.grammar.calling import is_name, whole_call
from evalkit.derivation.grammar.nodes import Call, Sym, Unreadable, walk
from evalkit.derivation.grammar.relations import EQUAL, Statement
from evalkit.derivation.worlds.entries import PLACE, smooth
from evalkit.derivation.worlds.scope import CALLED, Defined

MAX_NAMES, MAX_WORDS = 4, 20
SIGMA = Defined(Call("sigmoid", (Sym(PLACE[0]),)), PLACE, None, "reply")
SIGMOID = re.compile(r"\b(?:sigmoid|logistic)\b", re.I)
ONE_OF_SEVERAL = re.compile(
    r"\b(?:or|such as|like|e\.g|for (?:example|instance)|any|some|perhaps|not|tanh|relu)\b", re.I
)
_CALLED = r"\\sigma\s*(?:\\left\s*)?\("
LOGARITHM = re.compile(r"\\(?:log|ln)\s*(?:\\left\s*)?[({\[]?\s*(?:1\s*-\s*)?" + _CALLED)
OTHER_SIDE = re.compile(rf"1\s*-\s*{_CALLED}|{_CALLED}\s*-")
"""A logarithm of it, and what is left of it to 1: a probability."""
BESIDE = 40
"""Characters on either side of the word in which stands what is called so."""


def suppose_activations(reading: Reading, parsed: Sequence[list[Statement] | Unreadable]) -> None:
    """Give every function that makes a name of another, and that nothing explains, a meaning."""
    found = [s for statements in parsed if not isinstance(statements, Unreadable) for s in statements]
    names = [n for n in dict.fromkeys(made_by(found)) if CALLED + n in reading.judge.written and not is_given(n, found)]
    sigma = CALLED + r"\sigma" in reading.judge.written and not is_given(r"\sigma", found)
    if sigma and reading.judge.scope.find(r"\sigma") is None and is_of_probability(reading.document.text):
        reading.judge.define({r"\sigma": SIGMA})
    for number, name in enumerate(n for n in names[:MAX_NAMES] if reading.judge.scope.find(n) is None):
        logistic = name == r"\sigma" and is_called_sigmoid(reading.document.text)
        reading.judge.define({name: SIGMA if logistic else smooth(number)})


def is_called_sigmoid(text: str) -> bool:
    r"""Whether a `\sigma` stands beside that word, in its sentence, and no other function does."""
    for word in islice(SIGMOID.finditer(text), MAX_WORDS):
        before, after = text[max(0, word.start() - BESIDE) : word.start()], text[word.end() : word.end() + BESIDE]
        around = f"{before.rpartition('. ')[2]} {after.partition('. ')[0]}"
        if (r"\sigma" in around or "σ" in around) and not ONE_OF_SEVERAL.search(around):
            return True
    return False


def is_of_probability(text: str) -> bool:
    r"""Whether a text takes the logarithm of `\sigma(z)` and what is left of it to 1."""
    return LOGARITHM.search(text) is not None and OTHER_SIDE.search(text) is not None


def of_any_function(grounds: Grounds, read: Read) -> str:
    """Rests on a function that nothing explains, of which the text may know more."""
    entries = grounds.judge(read).scope.entries
    found = (n for n in sorted(grounds.behind(read)) if isinstance(e := entries.get(n), Defined) and e.params == PLACE)
    return f"{name}: a function of which more may be known" if (name := next(found, None)) else ""


def of_a_function_at_numbers(grounds: Grounds, read: Read) -> str:
    """Rests on the value at a number of a function that nothing explains: the text may know it."""
    entries = grounds.judge(read).scope.entries
    for call in (n for side in read.sides for n in walk(side) if isinstance(n, Call)):
        found = entries.get(call.name)
        if isinstance(found, Defined) and found.params == PLACE and all(map(is_constant, call.args)):
            return f"{call.name}: a function of which more may be known"
    return ""


def made_by(statements: Sequence[Statement]) -> Iterator[str]:
    r"""The functions of which a name is the value: the $\sigma$ of `a = \sigma(z)`."""
    for s in statements:
        for op, before, side in zip(s.ops, s.sides, s.sides[1:], strict=False):
            if op in EQUAL and is_name(before) and (name := whole_call(side)) is not None:
                yield name


def is_given(name: str, statements: Sequence[Statement]) -> bool:
    r"""Whether something is said of what a function is: `\sigma(z) = ...`."""
    return any(
        whole_call(side) == name and whole_call(behind) != name
        for s in statements
        for side, behind in zip(s.sides, s.sides[1:], strict=False)
    )
