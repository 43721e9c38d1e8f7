"""Replies are untrusted: whatever they hold, an analysis comes back, and it is small."""

from __future__ import annotations

import random
import time
from itertools import product
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.derivation import analyse
from evalkit.derivation.following import late, rules, whole
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar import forms
from evalkit.derivation.grammar.nodes import Node, Num
from evalkit.derivation.verdicts.verdict import Verdict
from tests.derivation_help import CASES, setting, setting_of

BOMBS = {
    "tower": "$9^{9^{9^9}} = 1$",
    "factorial": "$10^{10^{10}}! = 2$",
    "long sum": r"$\sum_{i=1}^{10^9} i = 3$",
    "nested sums": "$" + r"\sum_{i=1}^{n}" * 12 + " 1 = 5$",
    "power of a polynomial": "$(x+1)^{1000000} = 1$",
    "parentheses": "$" + "(" * 300 + "x" + ")" * 300 + " = 1$",
    "braces": "$" + "{" * 400 + "x" + "}" * 400 + " = 1$",
    "boxes": r"\[" + r"\boxed{" * 300 + "x=1" + "}" * 300 + r"\]",
    "lefts": "$" + r"\left(" * 2000 + " = 1$",
    "digits": "$" + "9" * 100_000 + " = 1$",
    "letters": "$" + "a" * 5000 + " = 1$",
    "terms": "$W_1 = " + "+".join(["W_1"] * 700) + "$",
    "dollars": "$" * 5000,
    "backticks": "`" * 4000,
    "open parentheses": r"\(" * 3000,
    "headings": "# " * 3000,
    "equals": "=" * 5000,
    "quotes": "> " * 5000 + "$x=1$",
    "prose": "a=b " * 5000,
    "transposes": "$X" + r"^\top" * 500 + " = 1$",
    "gradients": "$" + r"\nabla_{W_1}" * 50 + " L = 1$",
    "differentials": "$" + "d" * 80 + "X = 1$",
    "signs": "$" + "-" * 1500 + "1 = 1$",
    "recursion": "$f(x) = f(x) + 1$ so $f(2) = 3$",
    "circle": "$a = b$, $b = a$, $a = b + 1$",
    "huge list": r"$a_1 + \dots + a_{99999} = 1$",
    "divergent series": r"$\sum_{n=0}^\infty 1 = 2$",
    "many relations": "$W_2 = U_kB$\n\n" * 300,
    "many sums": "".join(f"$\\sum_{{i=1}}^n\\sum_{{j=1}}^n\\sum_{{l=1}}^n {i} = {i}$\n" for i in range(600)),
    "many products over pairs": "$\\prod_{1 \\le i<j \\le 60}(j - i) = 3$\n" * 600,
    "many definitions": "".join(
        f"Let $A_{{{i}}} = W_1 + {i}W_2^\\top$ and $\\|A_{{{i}}}\\| = {i}$.\n\n" for i in range(300)
    ),
    "spaces": " \n" * 20_000 + "$x=1$",
    "accents": "\u0302" * 5000,
    "set that does not close": "$X \\in \\mathbb{R]^{n\\times k}$ and $X \\in \\mathbb{R^{n] = 1$",
    "a size that is its own": r"So $x \in \mathbb{R}^{nx}$, $y \in \mathbb{R}^z$, $z \in \mathbb{R}^y$, $y + z = z$",
    "numbers without end": r"$k = 1$, $k = 1e999$, $1e999 = 12345$, $1e999\frac12 = 3$, $\frac{d^{1e999} f}{dx^2} = 3$, $1e999 \equiv 3 \pmod 7$",
    "null": "\x00$\x00=\x00$",
    "points in scripts": r"$W_.5=1$ $\lambda^.5=1$ $x^{.}=1$ $5.^.5=1$ $\frac.5.5=1$ $\binom.5.5=1$ $\sqrt.5_.5=1$",
    "digits of other kinds": "$x_① = ①$ $x^① = ½①$ $W_² = ٣$ $f(①) = \\frac①②$",
}


@pytest.mark.parametrize("fault", [ValueError, KeyError, IndexError, TypeError, AttributeError, ZeroDivisionError])
def test_a_fault_of_the_grammar_costs_one_relation(fault: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    atom = forms.atom

    def broken(p: Any) -> Node:
        if p.peek().text == "7":
            raise fault("of ours")
        return atom(p)

    monkeypatch.setattr(forms, "atom", broken)
    found = analyse("So $W_1 = 7$ and $1 + 1 = 2$.", setting())
    assert [r.verdict is Verdict.UNPARSED for r in found.relations] == [True, False]


@pytest.mark.parametrize("fault", [RecursionError, OverflowError, MemoryError])
@pytest.mark.parametrize("where", ["judged_in_time", "through"])
def test_what_is_too_large_for_a_rule_costs_one_relation(
    fault: type[Exception], where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = getattr(rules, where)

    def broken(*given: Any) -> Read:
        if given[-1].right == Num(7):
            raise fault("of ours")
        return cast(Read, plain(*given))

    monkeypatch.setattr(rules, where, broken)
    found = analyse("So $3 = 7$ and $1 + 1 = 2$.", setting()).relations
    assert [(r.verdict, r.rule) for r in found] == [(Verdict.UNPARSED, late.BEYOND), (Verdict.ALGEBRA, "evaluated")]
    assert found[0].reason == f"could not be judged ({fault.__name__})"


@pytest.mark.parametrize("fault", [RecursionError, OverflowError, MemoryError])
def test_nothing_is_false_whose_doubts_came_to_no_end(fault: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(reading: Reading) -> None:
        raise fault("of ours")

    monkeypatch.setattr(whole, "dispute_the_doubtful", broken)
    found = analyse("So $1 + 1 = 3$ and $1 + 1 = 2$.", setting())
    assert [r.verdict for r in found.relations] == [Verdict.UNPARSED, Verdict.ALGEBRA]
    assert not found.lacks


GIVEN_UP = {
    "many sums": ("", "the reply takes too much work"),
    # All of the pairs, in world after world, would take minutes.
    "many products over pairs": ("a product that is too large", "the reply takes too much work"),
}
"""What is said of the first and of the last relation, where a reply's share of work is used up."""


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_answered(name: str) -> None:
    begun = time.process_time()
    relations = analyse(BOMBS[name], setting()).relations
    assert time.process_time() - begun < 30
    assert len(relations) <= 600
    assert all(len(r.left) < 20_000 for r in relations)
    if name in GIVEN_UP:
        assert (relations[0].reason, relations[-1].reason) == GIVEN_UP[name]


REPLY = (CASES / "reply_lae.md").read_text(encoding="utf-8")


@settings(max_examples=40, deadline=None)
@given(st.integers(0, len(REPLY)), st.integers(0, len(REPLY)), st.integers(0, 10**6))
def test_splices_of_a_reply_are_answered(start: int, stop: int, seed: int) -> None:
    rng = random.Random(seed)
    text = REPLY[min(start, stop) : max(start, stop)][:800]
    for _ in range(4):
        at = rng.randrange(len(text) + 1)
        text = (
            text[:at]
            + rng.choice(["$", "{", "}", "\\", "^", "\\]", "\n\n", "=", "&", "|", "\\frac", "`"])
            + text[at + rng.randrange(3) :]
        )
    for relation in analyse(text, setting()).relations:
        assert 0 <= relation.start < relation.end <= len(text)
        assert relation.source == text[relation.start : relation.end] or ">" in text


@pytest.mark.parametrize("frame", ["So ${} {} {}$.", "If ${} {} {}$ then $q = 2$."], ids=["claimed", "supposed"])
@pytest.mark.parametrize(
    "left", [r"2\infty", r"\infty - \infty", "0^0", r"x^{\infty}", r"\max(\infty, 1)", r"\frac{1}{0}", "10^{400}"]
)
def test_what_is_not_finite_is_answered(left: str, frame: str) -> None:
    spec = setting_of({"symbols": {"x": "", "A": "n x n"}})
    for right, op in product((r"\infty", "100", "x", "0.12345", "10^{400}"), ("=", r"\approx", r"\le")):
        assert analyse(frame.format(left, op, right), spec).relations
