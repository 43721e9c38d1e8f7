"""Which rule decides: a case for every rule, so that "why is this relation false?" has an answer that can be looked up."""

from __future__ import annotations

import pytest

from evalkit.derivation import Setting, analyse
from evalkit.derivation.following.claims import names_in_doubt
from evalkit.derivation.following.doubts import DOUBTS
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.rules import RULES, Rule
from evalkit.derivation.grammar.nodes import Sym
from evalkit.derivation.text.document import read
from evalkit.derivation.verdicts.judge import Judge
from evalkit.derivation.verdicts.verdict import TRUE, Judgement, Verdict
from tests.derivation_help import setting, setting_of, verdicts
from tests.derivation_suite import cases
from tests.test_derivation_premise import limit_of_lambda

NAMES = [rule.name for rule in RULES]
X22 = r"$X = \begin{bmatrix} 1 & 0 \\ 0 & 2\end{bmatrix}$"
DECIDED = [
    ("unreadable", r"So $\lim_{n} a = 3$", r"\lim_{n} a = 3"),
    ("declaration", r"Take $A \in \mathbb{R}^{k \times k}$", r"A \in \mathbb{R}^{k \times k}"),
    ("membership", r"Take $X \in \mathcal{S}$", r"X \in \mathcal{S}"),
    ("other_relation", r"so $W_1W_2 \approx I_k$", r"W_1W_2 \approx I_k"),
    ("by_its_make", r"so $w^\top X X^\top w \ge 0$", r"w^\top X X^\top w \ge 0"),
    ("ones_of_a_size", r"so $\mathbf 1^\top\mathbf 1 = n$", r"\mathbf 1^\top\mathbf 1 = n"),
    ("definite", r"so $XX^\top + I \succ 0$", r"XX^\top + I \succ 0"),
    ("positive_letter", r"with $\mu > 0$", r"\mu > 0"),
    ("index_range", r"Here $i \le k$ and so on.", r"i \le k"),
    ("approximation", r"so $\frac13 \approx 0.333$", r"\frac13 \approx 0.333"),
    ("far_off", r"so $\frac{2017}{3.1415} \approx 641.12$", r"\frac{2017}{3.1415} \approx 641.12"),
    ("near_enough", r"so $18743 / 1.8379 \approx 10200$", r"18743 / 1.8379 \approx 10200"),
    ("whole_numbers", "so $204141^2 = 41673547882$", "204141^2 = 41673547882"),
    ("antiderivative", r"so $\int 2t\,dt = t^2 + c$", r"\int 2t\,dt = t^2 + c"),
    ("named_root", r"The equation $\mu^2 - 5\mu + 6 = 0$ has the roots $\mu_1 = 2$", r"\mu_1 = 2"),
    ("spectral_value", rf"Take {X22}. Its eigenvalues are $\tau_1 = 2$", r"\tau_1 = 2"),
    ("near_root", r"The equation $\mu^2 - 5\mu + 3 = 0$ has the roots $\mu_1 \approx 4.303$", r"\mu_1 \approx 4.303"),
    ("both_signs", r"so $-(1 \pm \sigma_1) = -1 \mp \sigma_1$", r"-(1 \pm \sigma_1) = -1 \mp \sigma_1"),
    ("moments", r"so $E[aY + b] = aE[Y] + b$", r"E[aY + b] = aE[Y] + b"),
    ("by_probabilities", r"We have $P(B) = 0.5$ and $P(C|B) = 0.4$, so $P(C \cap B) = 0.2$", r"P(C \cap B) = 0.2"),
    ("law_of_letter", r"Let $Y \sim \text{Poisson}(3)$", r"Y \sim \text{Poisson}(3)"),
    ("turning_stars", r"so $x_1^*x_2 = x_2^\top x_1$", r"x_1^*x_2 = x_2^\top x_1"),
    ("free_letters", r"so $(p + q)^2 = p^2 + 2pq + q^2$", r"(p + q)^2 = p^2 + 2pq + q^2"),
    ("by_what", r"so $\nabla(\|W_1\|_F^2 + \|W_2\|_F^2) = 2W_1$", r"\nabla(\|W_1\|_F^2 + \|W_2\|_F^2) = 2W_1"),
    ("sizes", r"shapes: $(m \times k)(k \times n) = m \times n$", r"(m \times k)(k \times n) = m \times n"),
    ("size_value", r"If $k = m$, all is kept", "k = m"),
    ("example_value", f"Take {X22}", X22[1:-1]),
    ("matrix_of_letters", r"Let $A = \begin{bmatrix} a & b \\ c & d\end{bmatrix}$", r"A = \begin{bmatrix} a & b \\ c & d\end{bmatrix}"),
    ("next_value", "Begin with $q = 1$; now $q = 2$", "q = 2"),
    ("function_value", r"Let $f(s) = s^2$. Write $f = f(\|W_1\|_F)$ for short", r"f = f(\|W_1\|_F)"),
    ("meaning_around", r"If $k = m$, then $U_kU_k^\top = I$.", r"U_kU_k^\top = I"),
    ("rounded", r"so $\frac13 = 0.333$", r"\frac13 = 0.333"),
    ("rounded_parts", r"so $1000\log 2 = 1000 \cdot 0.6931$", r"1000\log 2 = 1000 \cdot 0.6931"),
    ("near_in_parts", r"so $1.5 - \frac{0.875}{5.75} \approx 1.5 - 0.152$", r"1.5 - \frac{0.875}{5.75} \approx 1.5 - 0.152"),
    ("imaginary_unit", r"so $(1 - j)^2 = -2j$", r"(1 - j)^2 = -2j"),
    ("power_series", r"so $\sum_{i=0}^\infty t^i = \frac{1}{1 - t}$", r"\sum_{i=0}^\infty t^i = \frac{1}{1 - t}"),
    ("chain_rule", r"so $\frac{dy}{dx} = \frac{dy}{dz}\frac{dz}{dx}$", r"\frac{dy}{dx} = \frac{dy}{dz}\frac{dz}{dx}"),
    ("differentials", r"Let $t = \frac{r^2}{2} + s$; $dt = r\,dr$", r"dt = r\,dr"),
    ("within_figures", r"so $1000\log 2 + 1 = 1000 \cdot 0.69415$", r"1000\log 2 + 1 = 1000 \cdot 0.69415"),
    ("chosen_signs", rf"Take {X22}; $v_1 = \begin{{bmatrix}} 0 \\ -1\end{{bmatrix}}$", r"v_1 = \begin{bmatrix} 0 \\ -1\end{bmatrix}"),
    ("chosen_nearly", rf"Take {X22}; $Xv_2 \approx \begin{{bmatrix}} -1 \\ 0\end{{bmatrix}}$", r"Xv_2 \approx \begin{bmatrix} -1 \\ 0\end{bmatrix}"),
    ("other_order", rf"Take {X22}; $v_1 = \begin{{bmatrix}} 1 \\ 0\end{{bmatrix}}$", r"v_1 = \begin{bmatrix} 1 \\ 0\end{bmatrix}"),
    ("same_vectors", r"The SVD is $W_2 = AMB^\top$, the eigendecomposition $W_2^\top W_2 = FNF^\top$. So $B = F$", "B = F"),
    ("own_transpose", r"When $X = X^\top$ it is easy", r"X = X^\top"),
    ("general_rule", r"$\operatorname{Tr}(XC) = \operatorname{Tr}(CX)$", r"\operatorname{Tr}(XC) = \operatorname{Tr}(CX)"),
    ("decomposition", r"The SVD is $X = U\Sigma V^\top$", r"X = U\Sigma V^\top"),
    ("index_value", r"The index $i = 3$ comes next", "i = 3"),
    ("singled_out", r"Let $W_2W_1 = F\operatorname{diag}(b_1, \dots, b_m)G^\top$ be its SVD; all $b_i = 1$", "b_i = 1"),
    ("numbered", r"Let $g_t = W_t^\top$.", "g_t = W_t^\\top"),
    ("spectrum_anew", r"The eigenvalues are $u_i = \sigma_i^2/n$", r"u_i = \sigma_i^2/n"),
    ("definition", r"Let $E = X - W_2W_1X$.", "E = X - W_2W_1X"),
    ("sampled", r"so $\|W_1\|_F^2 \ge \|W_2\|_F$", r"\|W_1\|_F^2 \ge \|W_2\|_F"),
    ("evaluated", r"so $C = 2XX^\top$", r"C = 2XX^\top"),
    ("inequality_premise", r"Assume $\|W_1\|_F^2 < -1$", r"\|W_1\|_F^2 < -1"),
    ("zero_differential", r"At the optimum $dL = 0$", "dL = 0"),
    ("stated_range", r"For $i \le k$ all is kept. There $U_kU_k^\top u_i = u_i$ holds", r"U_kU_k^\top u_i = u_i"),
    ("dot_product", r"so $2\|x_1\|^2 = 2 \cdot x_1 x_1$", r"2\|x_1\|^2 = 2 \cdot x_1 x_1"),
    ("case_in_numbers", r"For example $W_1 = 2$", "W_1 = 2"),
    ("new_meaning", r"Let $G = W_1X$. Now $G = W_2W_1X$", "G = W_2W_1X"),
    ("plain_scalars", r"$\int_0^t 2s\,ds = t^2$", r"\int_0^t 2s\,ds = t^2"),
    ("parted", r"Split $U = [U_k\ U_r]$.", r"U = [U_k\ U_r]"),
    ("rest", r"$X = U_k\Sigma_kV_k^\top + U_r\Sigma_rV_r^\top$", r"X = U_k\Sigma_kV_k^\top + U_r\Sigma_rV_r^\top"),
    ("complement", r"$U_kU_k^\top + U_\perp U_\perp^\top = I_m$", r"U_kU_k^\top + U_\perp U_\perp^\top = I_m"),
    ("general_identity", r"$\operatorname{Tr}(AB) = \operatorname{Tr}(BA)$", r"\operatorname{Tr}(AB) = \operatorname{Tr}(BA)"),
    ("otherwise_written", r"so $(\tanh t)' = 1 - \tanh^2 t$", r"(\tanh t)' = 1 - \tanh^2 t"),
    ("sketched", r"We write $T = \frac12 h_q^2$, so $2T = h_q^2$", "2T = h_q^2"),
    ("beside_words", "box 3 + 3 = 7", "3 + 3 = 7"),
    ("common_terms", r"so $C + h_k = XX^\top + h_k$", r"C + h_k = XX^\top + h_k"),
    ("diagonal_names", r"$\Sigma = \operatorname{diag}(d_1, \dots, d_m)$", r"\Sigma = \operatorname{diag}(d_1, \dots, d_m)"),
    ("assumption", r"Try $W_2 = U_k$", "W_2 = U_k"),
    ("up_to", r"so $C = 2XX^\top$ up to a constant", r"C = 2XX^\top"),
    ("selection", r"Take the vectors $u_i$ with $\sigma_i^2 = 3$", r"\sigma_i^2 = 3"),
    ("imposed", r"Require $W_1W_1^\top = 2I_k$", r"W_1W_1^\top = 2I_k"),
    ("restriction", r"This is true for all $\sigma_i = 1$", r"\sigma_i = 1"),
    ("unmodelled", r"Require $W_1W_1^\top = 2I_k$. So $\|W_1\|_F^2 = 2k$", r"\|W_1\|_F^2 = 2k"),
    ("premise", "The encoder maps the data to a code. $$W_1 W_2 = I_k$$", "W_1 W_2 = I_k"),
    ("alternative", r"so $\|W_1\|_F^2 = -1$ or $\|W_1\|_F^2 = \operatorname{Tr}(W_1^\top W_1)$", r"\|W_1\|_F^2 = -1"),
    ("asked", r"So is $\|W_1\|_F^2 = 2\|W_1\|_F^2$ here?", r"\|W_1\|_F^2 = 2\|W_1\|_F^2"),
    ("unclaimed", r"This is the case at $\|W_1\|_F^2 = 3$ alone", r"\|W_1\|_F^2 = 3"),
    ("tuples", r"so $W_1x_1 = (2, 3)$", r"W_1x_1 = (2, 3)"),
    ("congruent_nearby", r"In the field $\mathbb{F}_7$ of remainders $4 + 5 = 2$", "4 + 5 = 2"),
    ("of_ideals", r"The ideals $(6) = (-6)$ are one", "(6) = (-6)"),
    ("running_total", r"We add $3 + 4 = 7 + 5 = 12$", "3 + 4 = 7 + 5"),
    ("operator_in_words", r"That makes 7. Minus $3 = 4$", "3 = 4"),
    ("amount_in_parts", r"so \$$3 = 300$ cents", "3 = 300"),
    ("in_decibels", r"so $0.01 = -40$ dB", "0.01 = -40"),
    ("difference_told", r"He has $3 + 4 = 9$, which is off by two", "3 + 4 = 9"),
    ("written_with_e", r"so $7.75e6 = 7.8e6$", "7.75e6 = 7.8e6"),
    ("of_whole_letters", r"so $\gcd(4t, 6t) = 2t$", r"\gcd(4t, 6t) = 2t"),
    ("no_shape", r"so $W_2X = W_2X + 0 = \Sigma X$", r"W_2X + 0 = \Sigma X"),
]  # fmt: skip

ELSEWHERE = {
    "signal", "value_of_estimate", "of_an_estimate", "unrolled",
    "own_meaning", "updated", "bound_and_free", "another_arithmetic", "of_full_rank", "digits_written", "cut_off", "congruent", "contradiction", "goes_on_a_sum",
    "example_goes_on", "vanishing_term", "assumed_before", "slope_of_name",
    "place_of_one", "of_the_class", "of_a_closed_section", "gradients_in_rows", "in_its_case", "assumed_already",
    "entry_by_entry", "congruence", "other_reading", "where_it_varies", "any_loss", "in_plain_text",
    "unsigned_sum", "beside_a_comma", "explicit_partial", "held_in_total", "given_in_another_part", "by_one_solution", "no_identity", "slope_of_example", "taken_back", "quoted", "an_option", "unit_and_name", "another_task", "of_joint_events", "of_means", "in_its_interval", "in_percent", "transform", "arrow", "coefficients",
    "over_pairs", "by_coordinates", "named_derivative", "named_gradient", "wrong_slope", "named_by_square", "of_numbered_members", "of_unnamed_loss",
    "slanted_unit", "near_vector",
}  # fmt: skip
"""They have their cases in test_derivation_scopes.py, test_derivation_strangers.py, test_derivation_sentences.py, test_derivation_solving.py, test_derivation_once.py,
test_derivation_same_index.py, test_derivation_readings.py, test_derivation_decided.py, test_derivation_written.py,
test_derivation_backprop.py, test_derivation_plain.py, test_derivation_unsigned_sums.py, test_derivation_unbracketed.py, test_derivation_concluded.py, test_derivation_calculus.py, test_derivation_recurrences.py, test_derivation_rewriting.py, test_derivation_unexplained.py, sentences/ and corpus/."""


def rule_of(text: str, source: str, world: Setting) -> str:
    (relation,) = (r for r in analyse(text, world).relations if r.source == source)
    return relation.rule


@pytest.mark.parametrize(("rule", "text", "source"), DECIDED, ids=[row[0] for row in DECIDED])
def test_the_rule_that_decides(rule: str, text: str, source: str) -> None:
    assert rule_of(text, source, setting()) == rule


def column(*entries: str) -> str:
    return r"\begin{bmatrix} " + r" \\ ".join(entries) + r" \end{bmatrix}"


EXACT, WRITTEN, LONGER = column(r"\frac13", r"\frac23"), column("0.33", "0.67"), column("0.33", "0.67", "0.5")
SIZES = [
    # (id, sides, verdict of ≈, verdict of =)
    ("alike, the second rounded", (EXACT, WRITTEN), "a", "i"),
    ("alike, the first rounded", (WRITTEN, EXACT), "a", "i"),
    ("one more", (EXACT, LONGER), "k", "t"),
    ("one less", (LONGER, EXACT), "k", "t"),
    ("a number", ("0.33", EXACT), "k", "t"),
    ("against a number", (EXACT, "0.33"), "k", "t"),
    ("a fraction", (r"\frac13", WRITTEN), "k", "t"),
    ("against a fraction", (WRITTEN, r"\frac13"), "k", "t"),
    ("a sum", ("0.33 + 0.34", EXACT), "k", "t"),
]


@pytest.mark.parametrize(("sides", "nearly", "equal"), [row[1:] for row in SIZES], ids=[row[0] for row in SIZES])
def test_figures_of_another_size(sides: tuple[str, str], nearly: str, equal: str) -> None:
    left, right = sides
    said = [verdicts(analyse(f"So ${left} {op} {right}$.", setting())) for op in (r"\approx", "=")]
    assert said == [nearly, equal]


COMMON = [
    ("true without it", r"so $W_1X + h_k = h_k + W_1X$", "a"),
    ("false whatever it is", r"so $W_1X + h_k = h_k - W_1X$", "f"),
    ("the sign belongs to it", r"so $W_1X - h_k = h_k + W_1X$", "u"),
    ("as often as it stands there", r"so $W_1X + h_k = W_1X + h_k + h_k$", "u"),
    ("in brackets", r"so $W_1X - (h_k - W_1X) = 2W_1X - h_k$", "a"),
    ("nothing is left", r"so $h_k = h_k$", "u"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [row[1:] for row in COMMON], ids=[row[0] for row in COMMON])
def test_what_both_sides_have_in_common(text: str, expected: str) -> None:
    assert verdicts(analyse(text, setting())) == expected


IMPOSED_ON_A_PLACE = [
    ("a value elsewhere", r"We look for $h'(s) = 0$ and get $h(2) = 5$ there.", "sf"),
    ("a solution", r"Solving $h'(s) = 0$ gives $s = 3$. So $h(s) = s^2 - 4s$.", "shf"),
    ("another place", r"Find $s_1$ with $h(s_1) = 0$. Then $h'(s) = 3s - 6$.", "uf"),
    ("that place", r"We look for $h'(s) = 0$. Then $h(s) = -9$.", "sh"),
    ("not what it is there", r"We look for $h'(s) = 0$. Then $h(s) = 9$.", "sf"),
    ("one of two solutions", r"Solving $h'(s) = 0$ gives $s = 3$ or $s = 4$. Then $h(s) = -9$.", "shsh"),
]


@pytest.mark.parametrize(
    ("text", "expected"), [row[1:] for row in IMPOSED_ON_A_PLACE], ids=[row[0] for row in IMPOSED_ON_A_PLACE]
)
def test_a_condition_on_one_value_leaves_the_function_alone(text: str, expected: str) -> None:
    world = {"symbols": {"s": "scalar"}, "definitions": ["h(s) = s^2 - 6s"]}
    assert verdicts(analyse(text, setting_of(world))) == expected


CASES_ENDED = [
    ("said again", "If $s = 7$, then $t = 25$. Therefore the largest is $t = 25$.", "aa"),
    ("no case", "Take $s = 7$ and $t = 25$. So $t = 25$.", "at"),
    ("in its sentence", "If $s = 7$, then $t = 25$, so $t = 25$ and $t + 1 = 26$.", "at"),
]


@pytest.mark.parametrize(("text", "expected"), [row[1:] for row in CASES_ENDED], ids=[row[0] for row in CASES_ENDED])
def test_what_a_case_supposed_ends_with_it(text: str, expected: str) -> None:
    world = setting_of({"symbols": {"s": "scalar", "t": "scalar"}})
    found = [r.verdict for r in analyse(text, world).relations if r.source == "t = 25"]
    assert ["a" if v == "assumption" else "t" if v in TRUE else "" for v in found] == list(expected)


def test_the_rule_of_what_is_said_of_every_value() -> None:
    text = "At the optimum, for every $\\lambda > 0$, $$W_2^\\top W_2 = I_k$$"
    assert rule_of(text, "W_2^\\top W_2 = I_k", limit_of_lambda()) == "over_claimed"


def test_nothing_is_false_of_a_name_in_doubt() -> None:
    document = read("So $C = 2XX^\\top$, and $W_1 = 2W_1$.")
    reading = Reading(setting(), document, Judge(setting(), 0))
    reading.doubt("X", "an example re-uses it")
    reading.doubt("X", "something else")
    decided = [
        names_in_doubt(reading, Read(0, 1, 1, 0, "=", left, left, Judgement(Verdict.FAILS), 0, 0))
        for left in (Sym("C"), Sym("W_1"))
    ]
    assert decided[0] is not None
    assert decided[0].judgement.verdict is Verdict.DISPUTED
    assert decided[0].judgement.reason == "X: an example re-uses it"  # C is made of X
    assert decided[1] is None


def test_every_rule_has_a_case_and_every_name_is_one_rule() -> None:
    assert sorted(NAMES) == sorted({row[0] for row in DECIDED} | {"over_claimed", "names_in_doubt", *ELSEWHERE})


@pytest.mark.parametrize("rule", RULES, ids=NAMES)
def test_a_rule_says_in_one_line_what_it_decides(rule: Rule) -> None:
    assert rule.says.endswith(".")
    assert rule.says[0].isupper()


def test_no_relation_of_the_suite_is_decided_by_anything_else() -> None:
    found = {relation.rule for case in cases() for relation in analyse(case.text, case.setting).relations}
    assert found <= {*NAMES, *(doubt.name for doubt in DOUBTS)}
    assert len(found) >= 7
