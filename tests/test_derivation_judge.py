"""Verdicts: tables of (text, verdict of each relation)."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from evalkit.derivation import Verdict, analyse
from evalkit.derivation.grammar.nodes import Bin, Num, Sym
from evalkit.derivation.verdicts.judge import Judge
from evalkit.derivation.worlds.scope import Defined
from tests.derivation_help import judged, setting, table

ROWS = [
    pytest.param(text, expected, id=f"{group}.{name}")
    for group, rows in table("relations.toml").items()
    for name, (text, expected) in rows.items()
]


@pytest.mark.parametrize(("text", "expected"), ROWS)
def test_verdicts(text: str, expected: str) -> None:
    assert judged(text) == expected


def test_a_failing_relation_shows_both_values() -> None:
    (relation,) = analyse("so $W_2W_1 = 2U_kU_k^\\top$", setting()).relations
    assert relation.counterexample is not None
    assert relation.counterexample.left != pytest.approx(relation.counterexample.right)
    assert "m=" in relation.counterexample.world


def test_of_entries_that_differ_alike_the_first_is_shown_on_every_machine() -> None:
    (relation,) = analyse("so $C^2 + 2I = C^2 + I$", setting()).relations
    assert relation.counterexample is not None
    assert relation.counterexample.at == "entry (1, 1)"


@pytest.mark.parametrize("error", [FloatingPointError, OverflowError, ValueError, MemoryError, np.linalg.LinAlgError])
def test_what_numpy_cannot_compute_is_left_open(error: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*given: object) -> object:
        raise error("too much")

    monkeypatch.setattr("evalkit.derivation.verdicts.judge.in_world", broken)
    (relation,) = analyse("so $C = 2XX^\\top$", setting()).relations
    assert (relation.verdict, relation.reason) == (Verdict.UNPARSED, f"could not be computed ({error.__name__})")


def test_places_are_those_of_the_reply() -> None:
    text = "> Note\n> that $U_k^\\top U_k = I_k$, and C = Cᵀ."
    for relation in analyse(text, setting()).relations:
        assert text[relation.start : relation.end] == relation.source
    assert [r.source for r in analyse(text, setting()).relations] == ["U_k^\\top U_k = I_k", "C = Cᵀ"]


def test_same_seed_same_analysis_and_another_process_can_have_it() -> None:
    text = "Let $E = X - W_2W_1X$. Then $L = \\|E\\|^2 = 3$."
    first = analyse(text, setting(), seed=3)
    assert first == analyse(text, pickle.loads(pickle.dumps(setting())), seed=3)  # noqa: S301 - our own bytes
    assert pickle.loads(pickle.dumps(first)) == first  # noqa: S301


NEGATED = [
    ("What is left is what the code cannot represent: $C = 2XX^\\top$", False),
    ("It is not true that $C = 2XX^\\top$", True),
    ("The mistake was to write: $C = 2XX^\\top$", True),
    ("It does not equal $C = 2XX^\\top$", True),
    ("So we get $C = 2XX^\\top$", False),
]


@pytest.mark.parametrize(("text", "negated"), NEGATED)
def test_what_the_words_deny(text: str, negated: bool) -> None:
    (relation,) = analyse(text, setting()).relations
    assert relation.negated is negated


TWICE = Bin("*", Num(2.0), Sym("q"))


def test_what_is_tried_is_undone() -> None:
    judge = Judge(setting())
    judge.define({"q": Defined(Num(3.0)), "r": Defined(Num(4.0))})
    assert judge.equation(TWICE, Num(6.0)).verdict is Verdict.ALGEBRA
    with judge.trying({"q": Defined(Num(5.0))}, without=["r"]):
        assert judge.equation(TWICE, Num(10.0)).verdict is Verdict.ALGEBRA
        assert judge.equation(Sym("r"), Num(4.0)).unknown == ("r",)
    assert judge.equation(TWICE, Num(6.0)).verdict is Verdict.ALGEBRA
    assert judge.equation(Sym("r"), Num(4.0)).verdict is Verdict.ALGEBRA


def test_the_staff_knows_nothing_of_the_reply_and_shares_its_worlds() -> None:
    judge = Judge(setting())
    judge.define({"q": Defined(Num(3.0))})
    staff = judge.for_staff()
    assert staff.equation(Sym("q"), Sym("q")).unknown == ("q",)
    assert staff.worlds is judge.worlds
