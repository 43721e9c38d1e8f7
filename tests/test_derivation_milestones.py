"""Milestones and leaps of small replies."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from evalkit.derivation import Setting, analyse, compile_setting
from evalkit.derivation.findings.leaps import gap
from evalkit.errors import SpecError
from evalkit.specs.library import Library
from tests.arrange import ROOT
from tests.derivation_help import (
    CONDITIONS,
    GRADIENT,
    GRADIENTS,
    PROJECTOR,
    SUM,
    penalised,
    setting,
    setting_of,
    table,
)

SAME = [
    ("as written", r"$\nabla_{W_2} L = -2(X - W_2W_1X)(W_1X)^\top$", "gradient_decoder"),
    ("other notation", r"$\frac{\partial L}{\partial W_2} = -2(X-W_2W_1X)X^\top W_1^\top$", "gradient_decoder"),
    ("with own symbol", r"Let $E = X - W_2W_1X$. $\nabla_{W_2}L = -2EX^\top W_1^\top$", "gradient_decoder"),
    ("of the norm itself", r"$\nabla_{W_2}\|X-W_2W_1X\|_F^2 = -2(X-W_2W_1X)X^\top W_1^\top$", "gradient_decoder"),
    ("scaled", r"$\frac12\nabla_{W_2}L = -(X-W_2W_1X)X^\top W_1^\top$", "gradient_decoder"),
    ("transposed", r"$(\nabla_{W_2}L)^\top = -2W_1X(X-W_2W_1X)^\top$", "gradient_decoder"),
    ("through a chain", r"$\nabla_{W_2}L = -2(I-W_2W_1)XX^\top W_1^\top = -2n(I-W_2W_1)CW_1^\top$", "gradient_decoder"),
    ("condition in C", r"$(I - W_2W_1)CW_1^\top = 0$", "condition_decoder"),
    ("condition as two sides", r"$XX^\top W_1^\top = W_2W_1XX^\top W_1^\top$", "condition_decoder"),
    ("differential", r"Let $E = X - W_2W_1X$; $dL = 2\operatorname{tr}(E^\top dE)$", "differential"),
    ("alias of the loss", r"$\frac{\partial J}{\partial W_2} = -2(X-W_2W_1X)X^\top W_1^\top$", "gradient_decoder"),
]


@pytest.mark.parametrize(("text", "milestone"), [s[1:] for s in SAME], ids=[s[0] for s in SAME])
def test_the_same_statement_in_other_forms(text: str, milestone: str) -> None:
    found = analyse(text, setting())
    assert [m.id for m in found.milestones] == [milestone]
    (met,) = found.milestones
    assert met.relation is not None
    assert milestone in found.relations[met.relation].milestones
    assert text[met.start : met.end].count("=") >= 1


SAID = [
    ("as declared", "The gradient by the decoder is minus twice the error times the transposed code.", True),
    ("inflected", "So the decoder's gradients are minus twice the error times the transposed codes.", True),
    ("denied", "The gradient by the decoder is not minus twice the error times the transposed code.", False),
    ("supposed", "If the gradient by the decoder is minus twice the error times the transposed code, we go on.", False),
    ("announced", "We will show that the gradient is minus twice the error times the transposed code.", False),
    ("another step", "The gradient by the encoder is twice the error.", False),
    (
        "two sentences",
        "The gradient is large. It is minus twice the error, I guess. The transposed code is small.",
        False,
    ),
]


@pytest.mark.parametrize(("text", "counts"), [s[1:] for s in SAID], ids=[s[0] for s in SAID])
def test_a_step_said_in_words_passes_its_milestone(text: str, counts: bool) -> None:
    declared = with_wordings("gradient_decoder", ["gradient ... minus twice the error times the transposed code"])
    found = analyse(text, declared)
    assert [m.id for m in found.milestones] == (["gradient_decoder"] if counts else [])
    assert all(m.relation is None for m in found.milestones)


def with_wordings(milestone: str, wordings: list[str]) -> Setting:
    """The setting of the tests with wordings for one milestone."""
    spec = setting().spec
    changed = [m.model_copy(update={"wordings": tuple(wordings)}) if m.id == milestone else m for m in spec.milestones]
    return compile_setting(spec.model_copy(update={"milestones": tuple(changed)}))


def test_the_place_of_the_equation_counts_where_both_stand() -> None:
    declared = with_wordings("gradient_decoder", ["minus twice the error"])
    text = r"The gradient is minus twice the error. $\nabla_{W_2} L = -2(X - W_2W_1X)(W_1X)^\top$"
    (met,) = analyse(text, declared).milestones
    assert met.relation is not None


def test_a_step_said_in_words_is_no_leap() -> None:
    silent, said = setting(), with_wordings("gradient_decoder", ["gradient by the decoder is proportional"])
    text = r"The gradient by the decoder is proportional to the error. So $(I-W_2W_1)CW_1^\top = 0$."
    missing = [{m for leap in analyse(text, s).leaps for m in leap.missing} for s in (silent, said)]
    assert "gradient_decoder" in missing[0]
    assert "gradient_decoder" not in missing[1]


DIFFERENT = [
    ("wrong sign", r"$\nabla_{W_2} L = 2(X - W_2W_1X)(W_1X)^\top$"),
    ("the other gradient's right side", r"$\nabla_{W_2} L = -2(X - W_2W_1X)X^\top W_1^\top + W_2$"),
    ("weaker", r"$W_2^\top(X-W_2W_1X)X^\top W_1^\top = 0$"),
    ("true at stationary points", r"$(I - W_2W_1)W_1^\top = 0$"),
    ("another identity", r"$\|X\|_F^2 = \operatorname{Tr}(X^\top X)$"),
    ("squared norm of the condition", r"$\|X\|_F^2 = n\operatorname{Tr}(C)$"),
    ("denied", r"It is not true that $(I - W_2W_1)CW_1^\top = 0$."),
]


@pytest.mark.parametrize("text", [d[1] for d in DIFFERENT], ids=[d[0] for d in DIFFERENT])
def test_other_statements_are_no_milestones(text: str) -> None:
    assert analyse(text, setting()).milestones == ()


def test_a_leap_names_what_is_missing_and_where() -> None:
    text = GRADIENTS + PROJECTOR
    leap = next(
        x for x in analyse(text, setting()).leaps if x.approach == "projector" and "from the problem" not in x.reason
    )
    assert leap.missing == ("condition_decoder", "condition_encoder")
    assert "U_kU_k" in text[leap.start : leap.end]
    whole = analyse(GRADIENTS + CONDITIONS + PROJECTOR, setting()).leaps
    assert [(x.approach, x.missing) for x in whole] == [("differentials", ("differential",))]


def test_structural_milestone() -> None:
    spec = table("lae.toml")
    spec["milestones"] = [{"id": "svd", "kind": "structural", "shows": ["svd X", "contains U_k^\\top X"]}]
    compiled = setting_of(spec)
    assert [
        m.id
        for m in analyse(r"The SVD is $X = U\Sigma V^\top$ and $U_k^\top X = \Sigma_kV_k^\top$", compiled).milestones
    ] == ["svd"]
    assert analyse(r"The SVD is $X = U\Sigma V^\top$.", compiled).milestones == ()


def after(*steps: Mapping[str, object]) -> Setting:
    return setting_of(SUM | {"milestones": list(steps)})


def test_two_branches_are_two_branches() -> None:
    """The gradient of g does not follow from that of f; by default each step follows from the one before it."""
    first = {"id": "first", "equation": GRADIENT["f"]}
    second = {"id": "second", "equation": GRADIENT["g"]}
    text = f"$${GRADIENT['g']}$$"
    assert [x.missing for x in analyse(text, after(first, second)).leaps] == [("first",)]
    assert analyse(text, after(first, second | {"after": []})).leaps == ()


def test_a_missing_step_counts_once() -> None:
    steps: list[dict[str, object]] = [
        {"id": "norm", "equation": "f(w) = \\|A^\\top w\\|^2"},
        {"id": "first", "equation": GRADIENT["f"], "after": ["norm"]},
        {"id": "second", "equation": GRADIENT["g"], "after": ["norm"]},
    ]
    text = f"$${GRADIENT['f']}$$ and $${GRADIENT['g']}$$"
    assert [x.reason for x in analyse(text, after(*steps)).leaps] == ["from the problem to first"]


def test_a_step_that_was_taken_wrongly_is_no_leap() -> None:
    first = {"id": "first", "equation": GRADIENT["f"]}
    second = {"id": "second", "equation": GRADIENT["g"]}
    text = f"$${GRADIENT['f'].replace('= 2', '= 3')}$$ and $${GRADIENT['g']}$$"
    assert analyse(text, after(first, second)).leaps == ()


def test_after_names_an_earlier_milestone() -> None:
    with pytest.raises(SpecError, match=r"milestones\[0\] \(first\).after: no milestone 'later' stands before it"):
        after(
            {"id": "first", "equation": GRADIENT["f"], "after": ["later"]}, {"id": "later", "equation": GRADIENT["g"]}
        )


STEPS = {"a": (), "b": ("a",), "c": ("a",), "d": ("b", "c")}
GAPS = [
    ("d", {"a", "b", "c"}, (set(), {"b", "c"})),
    ("d", {"a", "b"}, ({"c"}, {"a", "b"})),
    ("d", {"a"}, ({"b", "c"}, {"a"})),
    ("d", set(), ({"a", "b", "c"}, set())),
    ("c", {"b"}, ({"a"}, set())),
    ("a", set(), (set(), set())),
]


@pytest.mark.parametrize(("name", "passed", "expected"), GAPS)
def test_what_is_missing_before_a_step(name: str, passed: set[str], expected: tuple[set[str], set[str]]) -> None:
    assert gap(name, STEPS, passed) == expected


LIMIT_STEPS = [
    {"id": "product", "kind": "condition", "world": "best", "equation": "W_2W_1 = U_kU_k^\\top"},
    {"id": "gram", "kind": "condition", "world": "limit", "equation": "W_2^\\top W_2 = I_k"},
]
LIMITS = [
    ("as the penalty vanishes, $W_2^\\top W_2 \\to I_k$", ["gram"]),
    ("for a small penalty $W_2^\\top W_2 \\approx I_k$", ["gram"]),
    ("as the penalty vanishes, $W_2W_1 \\to U_kU_k^\\top$", ["product"]),
    ("the penalty $\\lambda \\to 0$ decides", []),
    ("at the optimum $W_1W_2 = I_k$", []),  # says less: it holds for every best decoder
    ("at the optimum in the limit $W_2^\\top W_2 = I_k$", ["gram"]),
    ("at the optimum in the limit $W_1W_1^\\top = I_k$", ["gram"]),  # says the same there
]


@pytest.mark.parametrize(("text", "expected"), LIMITS)
def test_what_tends_to_a_milestone_passes_it_and_what_says_less_does_not(text: str, expected: list[str]) -> None:
    assert [m.id for m in analyse(text, penalised(milestones=LIMIT_STEPS)).milestones] == expected


def test_a_world_declared_a_limit_needs_no_words_for_it() -> None:
    """The same world, its premise in other words."""
    worlds = [
        {"name": "limit", "premise": "the penalty is gone", "symbols": {"Q": "k x k, orthogonal"}, "limit": "\\lambda"}
        | {"set": ["W_2 = U_kQ", "W_1 = Q^\\top U_k^\\top"]}
    ]
    text = "as the penalty vanishes, $W_2^\\top W_2 \\to I_k$"
    for world, passed in ((worlds[0], ["gram"]), ({k: v for k, v in worlds[0].items() if k != "limit"}, [])):
        found = analyse(text, penalised(worlds=[world], milestones=LIMIT_STEPS[1:]))
        assert [m.id for m in found.milestones] == passed


EXPANDED = [
    ("$X = \\sum_i \\sigma_iu_iv_i^\\top$", True),
    ("$X = U_k\\Sigma_kV_k^\\top + U_\\perp\\Sigma_\\perp V_\\perp^\\top$", True),
    ("$X = X$ and $X = UU^\\top X$", False),
    ("$X = 2\\sum_i \\sigma_iu_iv_i^\\top$", False),
]


@pytest.mark.parametrize(("text", "expected"), EXPANDED)
def test_a_decomposition_may_be_written_as_a_sum(text: str, expected: bool) -> None:
    spec = table("lae.toml")
    spec["milestones"] = [{"id": "svd", "kind": "structural", "shows": ["svd X"]}]
    compiled = setting_of(spec)
    assert bool(analyse(text, compiled).milestones) is expected


INNER = [
    ("$df = 2\\langle A^\\top w, A^\\top dw\\rangle$", False),
    ("$df = 2\\langle A^\\top w, A^\\top dw\\rangle = 2\\langle AA^\\top w, dw\\rangle$", True),
    ("$df = 2\\langle dw, AA^\\top w\\rangle$", True),
    ("$df = 2 (A^\\top dw)^\\top A^\\top w$", False),
]


@pytest.mark.parametrize(("text", "expected"), INNER)
def test_an_inner_product_is_told_by_its_factors(text: str, expected: bool) -> None:
    rule = "contains \\langle AA^\\top w, dw\\rangle or differential A"
    assert bool(after_rule(rule, text)) is expected


def after_rule(rule: str, text: str) -> list[str]:
    step = {"id": "moved", "kind": "structural", "shows": [rule]}
    return [m.id for m in analyse(text, after(step)).milestones]


def test_the_vectorised_condition_is_the_condition() -> None:
    text = "At the optimum $\\operatorname{vec}((X - W_2W_1X)(W_1X)^\\top) = 0$."
    assert [m.id for m in analyse(text, setting()).milestones] == ["condition_decoder"]


SOFTMAX = {
    "symbols": {"z": "K"},
    "definitions": ["p = \\operatorname{softmax}(z)"],
    "milestones": [{"id": "log", "equation": "\\log p_k = z_k - \\log\\sum_{j=1}^K e^{z_j}"}],
}
LOGS = [
    ("$\\log p_k = z_k - \\log\\sum_{j=1}^K e^{z_j}$", True),
    ("$\\log p_i = \\log\\frac{e^{z_i}}{\\sum_l e^{z_l}} = z_i - \\log\\sum_l e^{z_l}$", True),
    ("$p_i = \\frac{e^{z_i}}{\\sum_l e^{z_l}}$", False),
    ("$\\log p_1 = z_1 - \\log\\sum_{j=1}^K e^{z_j}$", False),
    ("$z_i - \\log\\sum_{j=1}^K e^{z_j} = \\log p_i$", True),
    ("$\\log e^{z_i} = z_i$", False),
]


@pytest.mark.parametrize(("text", "expected"), LOGS)
def test_an_identity_of_plain_algebra_with_a_free_index(text: str, expected: bool) -> None:
    compiled = setting_of(SOFTMAX)
    assert bool(analyse(text, compiled).milestones) is expected


@pytest.mark.parametrize(
    "by", ["\\nabla f", "\\nabla f(w)", "\\nabla_w f(w)", "\\nabla_w f", "\\frac{\\partial f(w)}{\\partial w}"]
)
def test_a_gradient_by_the_function_s_own_argument(by: str) -> None:
    text = f"${by} = 2AA^\\top w$"
    assert [m.id for m in analyse(text, after({"id": "first", "equation": GRADIENT["f"]})).milestones] == ["first"]


RIDGE, GAUSS = "calculus-and-linear-algebra/ridge-two-routes", "calculus-and-linear-algebra/gaussian-maximum-likelihood"


@pytest.mark.parametrize(
    ("problem", "sentence", "passed"),
    [
        (RIDGE, "So the objective splits into one quadratic for each singular value.", ["rotated"]),
        (RIDGE, "We will see that the objective splits into one quadratic for each singular value.", []),
        (RIDGE, "The objective does not split into one quadratic for each singular value.", []),
        (GAUSS, "Equality holds only where every eigenvalue of $M$ is 1.", ["unit_eigenvalues"]),
        (GAUSS, "Hence all eigenvalues of M equal one.", ["unit_eigenvalues"]),
        (GAUSS, "Not every eigenvalue of $M$ is 1.", []),
        (GAUSS, "Whatever $K$ is, the best mean is the sample mean.", ["mean"]),
        (GAUSS, "Is the best mean the sample mean?", []),
        (GAUSS, "So the maximising precision matrix is the inverse of $S$.", ["covariance"]),
        (GAUSS, "The sum of squares splits around the sample mean.", ["split"]),
    ],
    ids=["falls-apart", "announced", "denied", "each-one", "all-one", "not-each", "best-mean", "asked", "inverse", "splits"],
)  # fmt: skip
def test_steps_of_the_shipped_problems_said_in_prose(problem: str, sentence: str, passed: list[str]) -> None:
    loaded = Library(ROOT / "problems").load(problem)
    assert [m.id for m in loaded.analyse(sentence).milestones] == passed


SHARES = setting_of(
    {
        "symbols": {"a": "K", "g": "K, data"},
        "definitions": ["r = \\operatorname{softmax}(a)", "M = -\\sum_{k=1}^K g_k\\log r_k"],
        "milestones": [
            {"id": "log_share", "any_of": ["\\log r_k = a_k - \\log\\sum_{j=1}^K e^{a_j}"]},
            {"id": "cost", "any_of": ["M = \\sum_{k=1}^K g_k(\\log\\sum_{j=1}^K e^{a_j} - a_k)"]},
        ],
    }
)
OWN = "Let $Z = \\sum_j e^{a_j}$. "
STATED = [
    # (id, text, milestones)
    ("by its name", f"{OWN}So $\\log r_i = a_i - \\log Z$.", "log_share"),
    ("of nothing", f"{OWN}So $a_i - \\log Z = \\log e^{{a_i}} - \\log Z$.", ""),
    ("on both sides", f"{OWN}So $\\log r_i = \\log r_i + \\log Z - \\log Z$.", ""),
    ("by its own name", f"Let $s = \\operatorname{{softmax}}(a)$. {OWN}So $\\log s_k = a_k - \\log Z$.", "log_share"),
    ("written out", "So $\\log\\frac{e^{a_k}}{\\sum_j e^{a_j}} = a_k - \\log\\sum_j e^{a_j}$.", "log_share"),
    ("a name for the other side", "Let $A_k = a_k - \\log\\sum_j e^{a_j}$.", ""),
    ("a value by what defines it", f"{OWN}So $-\\sum_k g_k\\log r_k = \\sum_k g_k(\\log Z - a_k)$.", "cost"),
    ("rewritten alone", f"{OWN}So $\\sum_k g_k(\\log Z - a_k) = \\log Z\\sum_k g_k - \\sum_k g_ka_k$.", ""),
    ("through a chain", f"{OWN}So $M = -\\sum_k g_k\\log r_k = \\sum_k g_k(\\log Z - a_k)$.", "cost"),
]


@pytest.mark.parametrize(("text", "expected"), [row[1:] for row in STATED], ids=[row[0] for row in STATED])
def test_a_milestone_is_stated(text: str, expected: str) -> None:
    assert " ".join(m.id for m in analyse(text, SHARES).milestones) == expected


TENDING = [
    ("a limit", "As $\\lambda \\to 0$ we have $W_2^\\top W_2 \\to I_k$.", True),
    ("a limit that is worked out", "As $\\lambda \\to 0$ we have $W_2^\\top W_2 \\to Q Q^\\top = I_k$ with $Q$ orthogonal.", True),
    ("a limit of something else", "As $\\lambda \\to 0$ we have $W_2 \\to Q$.", False),
]  # fmt: skip


@pytest.mark.parametrize(("text", "passes"), [row[1:] for row in TENDING], ids=[row[0] for row in TENDING])
def test_what_tends_to_something_that_is_equal(text: str, passes: bool) -> None:
    found = analyse(text, Library(ROOT / "problems").load("hw7/8b").setting)
    assert any(m.id == "gram_limit" for m in found.milestones) is passes
