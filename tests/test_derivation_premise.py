"""A relation that holds only in a special world is right only where the reply has come to that world."""

from __future__ import annotations

import pytest

from evalkit.derivation import Setting, analyse
from tests.derivation_help import LETTERS, judged, penalised, setting, setting_of, verdicts

CASES = [
    ("The encoder maps the data to a code. $$W_1 W_2 = I_k$$", "n", "not-stated"),
    ("At the principal component solution: $$W_1 W_2 = I_k$$", "h", "named-in-words"),
    ("We want to find the optimal weights. $$W_1 W_2 = I_k$$", "n", "named-as-a-goal"),
    ("At the optimum. " + "The encoder maps the data to a code. " * 120 + "$$W_1 W_2 = I_k$$", "n", "far-away"),
    ("Let $W_1 = U_k^\\top$ and $W_2 = U_k$. Then $$W_1 W_2 = I_k$$", "ssh", "given-values"),
    ("Both conditions: $$(X - W_2W_1X)(W_1X)^\\top = 0$$", "h", "a-condition"),
]


@pytest.mark.parametrize(("text", "expected", "name"), CASES, ids=[c[2] for c in CASES])
def test_premise(text: str, expected: str, name: str) -> None:
    assert judged(text)[-1] == expected[-1], name


def test_the_reason_names_the_premise() -> None:
    found = analyse(CASES[0][0], setting()).relations[0]
    assert "W_1, W_2 is a stationary point of L" in found.reason
    assert found.world == "stationary"


OWN_LETTERS_AND_LIMITS = [
    (
        "The decoder must then be a basis: $$W_2 = U_kM, \\qquad W_1 = M^{-1}U_k^\\top$$",
        "ss",
        "a-form-that-is-claimed-with-a-letter-of-its-own",
    ),
    (
        "**Conditions.** The derivatives vanish:\n\n$$(X - W_2W_1X)X^\\top W_1^\\top = 0$$\n\n$$W_2(X - W_2W_1X)X^\\top = 0$$",
        "ht",
        "a-condition-that-the-worlds-know",
    ),
    (
        "For any invertible $A \\in \\mathbb{R}^{k\\times k}$ take $W_2 = U_kA$ and $W_1 = A^{-1}U_k^\\top$.",
        "dss",
        "an-invertible-letter-is-no-factor",
    ),
    ("Of the two we know little. $$W_2^\\top W_2 = I_k$$", "n", "no-limit-named"),
    ("As $\\lambda \\to 0$ it becomes $$W_2^\\top W_2 = I_k$$", "kh", "a-limit-in-symbols"),
    ("When the penalty goes to nothing, $$W_2^\\top W_2 = I_k$$", "h", "a-limit-in-words"),
    ("For $\\lambda \\to 0$: $$W_2W_1 = U_kU_k^\\top$$", "kh", "the-world-that-is-stated-is-taken"),
]


@pytest.mark.parametrize(
    ("text", "expected", "name"), OWN_LETTERS_AND_LIMITS, ids=[c[2] for c in OWN_LETTERS_AND_LIMITS]
)
def test_own_letters_and_limits(text: str, expected: str, name: str) -> None:
    assert verdicts(analyse(text, penalised())) == expected, name


def test_what_rests_on_a_differential_set_to_zero_is_not_called_false() -> None:
    spec = {"symbols": {"A": "m x m, symmetric", "w": "m"}, "definitions": ["f(w) = w^\\top Aw"]}
    text = "At the top $$df = 0$$ so that $$Aw = 0$$"
    assert verdicts(analyse(text, setting_of(spec))) == "sk"


def test_a_premise_that_the_statement_gives_need_not_be_repeated() -> None:
    world = {"name": "turn", "premise": "A is a turn", "symbols": {"Q": "m x m, orthogonal"}, "set": ["A = Q"]}
    for given, expected in ((False, "n"), (True, "h")):
        spec = {"symbols": {"A": "m x m", "w": "m"}, "worlds": [world | {"given": given}]}
        compiled = setting_of(spec)
        assert verdicts(analyse("Lengths stay: $$\\|Aw\\| = \\|w\\|$$", compiled)) == expected


def limit_of_lambda() -> Setting:
    spec = penalised().spec.model_dump(exclude_defaults=True)
    spec["symbols"] |= {"\\lambda": {"kind": ["positive"]}}
    spec["worlds"][1]["limit"] = "\\lambda"
    return setting_of(spec)


OVER_CLAIMS = [
    ("At the optimum, for every $\\lambda > 0$, $$W_2^\\top W_2 = I_k$$", "f"),
    ("The optimum does not depend on the value of $\\lambda$: it has $$W_2^\\top W_2 = I_k$$", "f"),
    ("Any optimum has, for all λ > 0, $W_2^\\top W_2 = I_k$", "f"),
    ("At the optimum, $W_2^\\top W_2 = I_k$ for any $\\lambda > 0$.", "f"),
    ("At the optimum, for every $\\lambda > 0$, $W_2^\\top W_2 \\to I_k$ in the limit", "k"),
    ("For every $\\lambda > 0$ there is an optimum. As $\\lambda \\to 0$ it has $$W_2^\\top W_2 = I_k$$", "h"),
    ("At the optimum, for every $\\lambda > 0$, $$W_2W_1 = U_kU_k^\\top$$", "h"),
    ("It is not true of every optimum that for all $\\lambda > 0$, $W_2^\\top W_2 = I_k$", "h"),
]


@pytest.mark.parametrize(("text", "expected"), OVER_CLAIMS)
def test_what_holds_in_a_limit_is_false_of_every_value(text: str, expected: str) -> None:
    found = [r for r in analyse(text, limit_of_lambda()).relations if "W_2" in r.source]
    assert [LETTERS[r.verdict] for r in found] == [expected]


STARRED = [
    # a letter with a star is what the world makes of it, whatever kind the reply says it has
    ("At the optimum $\\nu^* > 0$ and $Y^* = \\frac{1}{\\nu^*}S^{-1}$. $$\\operatorname{Tr}(SY^*) = m$$", "ddh"),
    ("We have $\\nu^* > 0$. $$\\frac{m}{\\nu^*} = m$$", "dn"),
    ("At the optimum $\\nu^* > 0$. $$\\frac{m}{\\nu^*} = m$$", "dh"),
    ("At the optimum $\\nu^* > 0$. $$\\frac{m}{\\nu^*} = 2m$$", "df"),
    ("At the optimum $\\nu > 0$ and $\\mu > 0$. $$\\frac{m}{\\mu} = m$$", "kdf"),
]


@pytest.mark.parametrize(("text", "expected"), STARRED)
def test_the_kind_of_a_starred_letter_is_no_meaning(text: str, expected: str) -> None:
    world = {"name": "kkt", "premise": "Y, nu satisfy the KKT conditions", "set": ["\\nu = 1", "Y = S^{-1}"]}
    spec = {"symbols": {"S": "m x m, pd, data", "Y": "m x m, pd", "\\nu": ""}, "worlds": [world]}
    assert verdicts(analyse(text, setting_of(spec))) == expected


PLACES = {
    "complementary-slackness": ("Complementary slackness: $$\\alpha_i (v_i - 1) = 0$$", "q"),
    "a-claim-of-the-same-shape": ("So we get $$\\alpha_i (v_i - 1) = 0$$", "f"),
    "characteristic-equation": ("The eigenvalues solve the characteristic equation $\\det(A - tI) = 0$.", "s"),
    "nothing-to-be-solved-for": ("$$\\operatorname{Tr}(A^\\top A) = 0$$", "f"),
    "label": ("**Conditions:**\n1. Square: $A = A^\\top$\n2. Small: $\\|v\\|^2 = 1$", "qq"),
    "label-of-two": ("- **Condition**: $A = A^\\top$ and $\\|v\\|^2 = 1$", "qq"),
    "fence": ("Choose $v$ such that\n```math\n\\|v\\|^2 = 1\n```\n", "s"),
    "heading": ("## Unit length ($\\|v\\|^2 = 1$)\n", "q"),
    "circumstance": ("It is shortest at $\\|v\\|^2 = 1$.", "q"),
    "chain": ("It is shortest at $$\\|v\\|^2 = v^\\top v = 2v^\\top v$$", "af"),
    "consequence": ("If $t > 0$, we get $\\|v\\|^2 = 2v^\\top v$.", "af"),
    "arrow": ("$$t > 0 \\Rightarrow \\|v\\|^2 = 2v^\\top v$$", "af"),
    "alternatives": ("We get $v^\\top v = 2$ or $v^\\top v = \\|v\\|^2$.", "qa"),
    "alternatives-that-fail": ("We get $v^\\top v = 2\\|v\\|^2$ or $v^\\top v = 3\\|v\\|^2$.", "qf"),
    "equivalently": ("We get $v^\\top v = 2\\|v\\|^2$, or equivalently $v^\\top v = \\|v\\|^2$.", "fa"),
}


@pytest.mark.parametrize(("text", "expected"), PLACES.values(), ids=PLACES)
def test_only_what_a_clause_claims_can_be_false(text: str, expected: str) -> None:
    spec = {
        "symbols": {"A": "m x m, data", "v": "m", "\\alpha": "m, nonnegative", "t": "positive"},
        "families": {"v_i": "entries of v", "\\alpha_i": "entries of \\alpha"},
    }
    assert verdicts(analyse(text, setting_of(spec))) == expected


HOLES = {
    "two-points": (
        {"definitions": ["p(s) = s^3 - 12s"], "symbols": {"s": "scalar"}},
        "It is largest at $s = s_1$ and least at $s = s_2$. Hence $p(s_1) = p(s_2)$ and $p(s_1) = s_1(s_1^2 - 12)$.",
        "ddqa",
    ),
    "conclusion": (
        {"symbols": {"a": "scalar", "c": "scalar"}, "worlds": [
            {"name": "line", "premise": "c is on the line", "given": True, "set": ["c = 3a - 1"]}]},
        "We have $c = 3a - 1$. Therefore the image of $c = 3a - 1$ is $$c = 9a + 2.$$ The answer is $\\boxed{c = 9a + 2}$.",
        "hhff",
    ),
    "decomposition-of-known-factors": (
        {"dimensions": ["n < m"], "symbols": {"F": "m x n, data"}, "decompositions": [
            {"of": "F", "kind": "thin svd", "names": ["P", "D", "H"]}]},
        "The SVD is $F = PDH^\\top$. From the SVD we get the eigendecomposition $F^\\top F = HDH^\\top$. Also $F^\\top F = HD^2H^\\top$.",
        "ifi",
    ),
    "another-power-would-do": (
        {"symbols": {"B": "k x k, invertible"}, "definitions": [
            "f(B) = \\sum_{i=1}^k (s_i^2 + 1/s_i^2)"], "decompositions": [
            {"of": "B", "names": ["P", "S", "R"], "values": "s_i"}], "worlds": [
            {"name": "best", "premise": "B is optimal", "symbols": {"Q": "k x k, orthogonal"}, "set": ["B = Q"]}]},
        "At the optimum $$f(B) = \\sum_{i=1}^k (s_i + 1/s_i)$$ $$s_i^2 = 1$$ $$f(B) = 2k$$ $$f(B) = 3k$$",
        "vhhf",
    ),
    "lets": (
        {"symbols": {"a": "positive", "c": "positive"}},
        "To simplify, let's add them: $$\\frac1a + \\frac1c = \\frac2{a + c}.$$ So $\\frac2{a+c} = \\frac1a$.",
        "ff",
    ),
    "supposed-of-three": (
        {"symbols": {"a": "positive", "b": "positive", "c": "positive"}, "worlds": [
            {"name": "unit", "premise": "abc is 1", "given": True, "set": ["c = 1/(ab)"]}]},
        "Suppose $a = b = c$. Then $ab = c^2$.",
        "ssh",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("spec", "text", "expected"), HOLES.values(), ids=HOLES)
def test_what_was_accepted_without_proof(spec: dict[str, object], text: str, expected: str) -> None:
    assert verdicts(analyse(text, setting_of(spec))) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Take $a = 2$: $a + 1 = 3$. Take $a = -1$: $a + 1 = 0$.", "shsq"),
        ("Take $a = 2$: $a + 1 = 3$. Take $a = 1$: $2a = 2$.", "shsh"),
        ("Take $a = -1$.", "q"),
    ],
    ids=["the value before is no longer meant", "one that it allows", "none before"],
)
def test_a_value_that_the_problem_excludes(text: str, expected: str) -> None:
    assert verdicts(analyse(text, setting_of({"symbols": {"a": "scalar, positive"}}))) == expected
