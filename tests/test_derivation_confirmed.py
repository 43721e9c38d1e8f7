"""What is known when all of a reply has been read: names that never mean what the problem means, equations that are solved."""

from __future__ import annotations

import pytest

from evalkit.derivation import Setting, analyse
from tests.derivation_help import setting_of


def world() -> Setting:
    return setting_of(
        {
            "dimensions": ["p < q"],
            "symbols": {"G": "p x q", "z": "q", "t": "scalar", "h": "scalar", "k": "index"},
            "families": {"g_k": "columns of G"},
        }
    )


def verdicts(text: str) -> list[str]:
    return [str(r.verdict) for r in analyse(text, world()).relations]


def test_a_name_of_which_nothing_is_true_and_nothing_has_a_shape_is_disputed() -> None:
    """The reply's z is a row: no relation with it has a shape, and none is true."""
    assert verdicts("So $zG^\\top = 2zG^\\top$. Then $z + 1 = G^\\top z z$.") == ["disputed", "disputed"]


@pytest.mark.parametrize(
    "other",
    [
        "Again: $z + 1 = G^\\top z z$.",
        "So $z^\\top z = \\|z\\|^2$ and $G^\\top G z = 0 + G^\\top G z$.",
        "Now all is said.",
    ],
    ids=["said again", "true elsewhere", "alone"],
)
def test_one_slip_stays_false(other: str) -> None:
    assert "ill-typed" in verdicts(f"So $z + 1 = G^\\top z z$. {other}")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("So $3(t - 1) = 2t$, hence $t = 3$.", "disputed"),
        ("Since *h* = -2, the sum is $h + t = -2 + t$.", "disputed"),
        ("So $3(t - 1) = 2t \\implies t = 3 \\implies h = 1$.", "disputed"),
        ("So $3(t - 1) = 2t$, hence ${t} \\;=\\; 3$.", "disputed"),
        ("So $4(t - 1) = 2t - 3$, hence $t = \\frac{1}{2}$.", "disputed"),
        ("So $4(t - 1) = 2t - 3$, hence $t = \\frac{1}{3}$.", "fails"),
        ("So $3(t - 1) = 2t$, hence $t = 4$.", "fails"),
        ("So $3(t - 1) = 2t$, hence $t = 3$ or $t = 4$.", "fails"),
        ("So $3(t - 1) = 2t$, hence $h t = 3$.", "fails"),
        ("So $3(t - 1) = 2t$, hence $h \\cdot t = 3$.", "fails"),
        ("So $3(t - 1) = 2t$, hence $t = 3h$.", "fails"),
        ("So $3(t - 1) = 2t$." + 200 * " Words." + " Here $t = 3$.", "fails"),
    ],
    ids=[
        "solved",
        "put in",
        "arrows",
        "spaced",
        "fraction",
        "wrong fraction",
        "wrong value",
        "two values",
        "factor",
        "dot",
        "term",
        "far away",
    ],
)
def test_an_equation_that_holds_with_the_value_given_is_no_error(text: str, expected: str) -> None:
    assert verdicts(text)[0] == expected


def test_a_member_that_a_sum_runs_over_is_no_single_letter() -> None:
    assert verdicts("Take $t = \\frac1p \\sum_{n=0}^p y_n$. So $\\sum_{n=0}^p y_n = p t$.") == ["unbound", "unbound"]


def test_a_cross_product_of_columns_is_not_judged() -> None:
    assert verdicts("so $\\|z \\times (z + z)\\| = 1$ and $r = \\|z \\times z\\|$") == ["unparsed", "unparsed"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("so $E[t^2] = h$", "definition"),
        ("As $E(t) = 0$ we get $E[t^2] = h$", "definition"),
        ("As $E(t) = 0$ we get $E[t^2] = h$, so $2E[t^2] = 2h$", "algebra-only"),
        ("so $E[t^2] = h$. But $E[t^2] = h + 1$", "skipped"),
        ("Let $E = G - 2G$. So $E[z + z] = -2Gz$", "algebra-only"),
    ],
    ids=["free", "with a value", "by values", "another value", "a matrix"],
)
def test_brackets_after_a_free_e_are_an_expectation(text: str, expected: str) -> None:
    assert verdicts(text)[-1] == expected


def test_a_system_of_equations_is_to_be_solved() -> None:
    text = "Then the system of equations is $$\\begin{align} t + h &= 1 \\\\ t + 2h &= 5 \\end{align}$$"
    assert verdicts(text) == ["disputed", "disputed"]
    assert verdicts("Then the sum is $t + h = t - h$") == ["fails"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Adding gives $-6C_1 = 15$, so $C_1 = 3$. Therefore $C_1 = 3$.", "disputed"),
        ("Adding gives $5C_1 = 15$, so $C_1 = 3$. Therefore $C_1 = 3$.", "algebra-only"),
        ("Adding gives $-6C_1 = 15$. Then $2C_1 = 6$, so $C_1 = 3$. Therefore $C_1 = 3$.", "algebra-only"),
    ],
    ids=["contradicted", "consistent", "another equation between"],
)
def test_a_value_said_again_is_not_true_against_the_equation_before_it(text: str, expected: str) -> None:
    setting = setting_of({"symbols": {"t": ""}})
    assert str(analyse(text, setting).relations[-1].verdict) == expected


def test_an_equation_is_not_true_by_the_name_that_is_concluded_from_it() -> None:
    assert verdicts("Substituting gives $h t = B t \\implies B = h$.") == ["unbound", "definition"]
    assert verdicts("So $h t = B t$, where $B = h$.") == ["algebra-only", "definition"]


def test_another_number_for_one_of_the_problem_is_no_meaning_of_its_own() -> None:
    setting = setting_of({"definitions": ["V = 200", "F = 400", "E = V + F - 2"], "symbols": {"t": ""}})
    found = analyse(
        "Euler says $V - E + F = 2$. First, let's rearrange the formula to solve for $E$:\n$$E = V - F + 2$$\nSo $$E = 200 - 400 + 2$$ $$E = -198$$",
        setting,
    )
    assert "fails" in {str(r.verdict) for r in found.relations}
    assert not {"identity", "algebra-only", "definition"} & {str(r.verdict) for r in found.relations[1:]}
