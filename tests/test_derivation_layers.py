"""Layers of a network: labels above letters, what any layer is, and names of gradients with a d. Every table has rows that are true
and neighbours of them that must not be."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from evalkit.derivation import analyse
from evalkit.derivation.grammar.layers import layer_of, spellings_of
from evalkit.derivation.verdicts.verdict import FALSE, TRUE, Verdict
from evalkit.errors import SpecError
from tests.derivation_help import setting_of

TWO: dict[str, object] = {
    "definitions": [
        r"\phi(t) = \frac{1}{1 + e^{-t}}",
        "u^{[1]} = V^{[1]} p + c^{[1]}",
        r"h^{[1]} = \phi(u^{[1]})",
        "u^{[2]} = V^{[2]} h^{[1]} + c^{[2]}",
        r"E = \frac12\|u^{[2]} - y\|^2",
    ],
    "symbols": {"p": "d", "y": "k, data", "V^{[1]}": "m x d", "c^{[1]}": "m", "V^{[2]}": "k x m", "c^{[2]}": "k"},
}
"""A net of two layers with brackets above its letters."""
FREE: dict[str, object] = {"symbols": {r"\phi": "function"}}
"""A problem that says nothing of a network."""
BATCH: dict[str, object] = {
    "definitions": [
        r"\phi(t) = \frac{1}{1 + e^{-t}}",
        "U_1 = V_1 P + c_1 1_r^T",
        r"H_1 = \tanh(U_1)",
        "U_2 = V_2 H_1 + c_2 1_r^T",
        r"H_2 = \phi(U_2)",
        r"E = -\frac1r (Y \ln H_2^T + (1_r^T - Y) \ln(1_r^T - H_2)^T)",
    ],
    "symbols": {"P": "d x r, data", "Y": "1 x r, data", "V_1": "m x d", "c_1": "m", "V_2": "1 x m", "c_2": "scalar"},
}
"""Samples in columns, and a cost that is a mean over them."""
SAMPLES: dict[str, object] = {
    "definitions": [r"\phi(t) = \frac{1}{1 + e^{-t}}", r"\hat y = \phi(P v)"],
    "symbols": {"P": "r x d, data", "y": "r, data", "v": "d"},
    "families": {"p_i": "rows of P", "y_i": "entries of y"},
}


def said(text: str, world: Mapping[str, object]) -> str:
    """T for true, F for false, D for a definition and ? for all else."""
    letters = {**dict.fromkeys(TRUE, "T"), **dict.fromkeys(FALSE, "F"), Verdict.DEFINITION: "D"}
    return "".join(letters.get(r.verdict, "?") for r in analyse(text, setting_of(world)).relations)


def slope(of: str, by: str) -> str:
    return rf"\frac{{\partial {of}}}{{\partial {by}}}"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (rf"{slope('E', 'u^{[2]}')} = u^{{[2]}} - y", "T"),
        (rf"{slope('E', 'V^{[2]}')} = (u^{{[2]}} - y) h^{{[1]T}}", "T"),
        (rf"{slope('E', 'V^{[2]}')} = (u^{{[2]}} - y) h^{{[1]\top}}", "T"),
        (rf"{slope('E', 'h^{[1]}')} = V^{{[2]T}} (u^{{[2]}} - y)", "T"),
        (rf"{slope('E', 'u^{[1]}')} = V^{{[2]T}} (u^{{[2]}} - y) \odot h^{{[1]}} \odot (1 - h^{{[1]}})", "T"),
        (rf"{slope('E', 'u^{[2]}')} = 2(u^{{[2]}} - y)", "F"),
        (rf"{slope('E', 'h^{[1]}')} = V^{{[1]T}} (u^{{[2]}} - y)", "F"),
        (rf"{slope('E', 'u^{[1]}')} = V^{{[2]T}} (u^{{[2]}} - y) \odot h^{{[1]}} \odot (1 + h^{{[1]}})", "F"),
    ],
)
def test_names_with_brackets_above(text: str, wanted: str) -> None:
    assert said(f"We have ${text}$.", TWO) == wanted


@pytest.mark.parametrize("spelled", ["^({n})", "^{{({n})}}", "_{n}", "_{{{n}}}", "^{n}", "^{{{n}}}"])
def test_another_spelling_of_a_layer_is_accepted_and_rejects_nothing(spelled: str) -> None:
    u, h = ("u" + spelled.format(n=2)), ("h" + spelled.format(n=1))
    one = "u" + spelled.format(n=1)
    v = "V" + spelled.format(n=2)
    text = rf"We have ${one} = V{spelled.format(n=1)} p + c{spelled.format(n=1)}$ and ${u} = {v} {h} + c{spelled.format(n=2)}$. "
    assert (
        said(rf"{text}Then ${slope('E', u)} = {u} - y$ and ${slope('E', v)} = ({u} - y) {{{h}}}^\top$.", TWO) == "TTTT"
    )
    assert said(rf"{text}Then ${slope('E', u)} = 3({u} - y)$ and ${slope('E', h)} = {one}$.", TWO) == "TT??"


@pytest.mark.parametrize(
    ("text", "world", "wanted"),
    [
        # powers stay powers where the letter stands without them, too, or where no layer is told
        ("We have $g = q^2$.\n\nSo $g + 1 = 1 + q^2$.", {"symbols": {"q": ""}}, "DT"),
        ("We have $g = q^2$.\n\nSo $g + 1 = 2 + q^2$.", {"symbols": {"q": ""}}, "DF"),
        ("We have $q^2 + r^2 = r^2 + q^2$.", {}, "T"),
        ("We have $q^3 q^2 = q^5$.", {}, "T"),
        ("We have $q^2 q^2 = 2 q^2$.", {}, "?"),
        # a letter that is declared has powers
        ("We have $A^1 A^2 = A^3$ and $B^1 B^2 = B^3$.", {"symbols": {"A": "n x n", "B": "n x n"}}, "TT"),
        ("We have $A^l A = A^{l+1}$ and $A^2 = AA$.", {"symbols": {"A": "n x n", "l": "integer, positive"}}, "TT"),
        ("We have $e^1 e^2 = e^3$, $h^1 = e^1$ and $g^1 = e^2$.", {}, "TDD"),
        # geometric sums
        (r"We have $\sum_{l=0}^{2} q^l = 1 + q + q^2$.", {}, "T"),
    ],
)
def test_a_power_is_no_layer(text: str, world: Mapping[str, object], wanted: str) -> None:
    assert said(text, world) == wanted


GENERIC = r"For layer $l$ we have $u^l = V^l h^{l-1} + c^l$ and $h^l = \phi(u^l)$. Let $\epsilon^l = \frac{\partial E}{\partial u^l}$. "


@pytest.mark.parametrize("brackets", ["", "[]", "()"])
@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (r"\epsilon^l = (V^{l+1})^\top \epsilon^{l+1} \odot \phi'(u^l)", "T"),
        (r"\frac{\partial E}{\partial V^l} = \epsilon^l (h^{l-1})^\top", "T"),
        (r"\frac{\partial E}{\partial c^l} = \epsilon^l", "T"),
        (r"\frac{\partial E}{\partial h^{l-1}} = (V^l)^\top \epsilon^l", "T"),
        (r"\epsilon^L = \frac{\partial E}{\partial h^L} \odot \phi'(u^L)", "T"),
        (r"\epsilon^l = V^{l+1} \epsilon^{l+1} \odot \phi'(u^l)", "?"),
        (r"\epsilon^l = (V^l)^\top \epsilon^{l+1} \odot \phi'(u^l)", "?"),
        (r"\epsilon^l = (V^{l+1})^\top \epsilon^{l+1} \odot \phi'(u^{l+1})", "?"),
        (r"\epsilon^l = (V^{l+1})^\top \epsilon^{l+1}", "?"),
        (r"\frac{\partial E}{\partial V^l} = \epsilon^l (h^l)^\top", "?"),
        (r"\frac{\partial E}{\partial V^l} = h^{l-1} (\epsilon^l)^\top", "?"),
        (r"\frac{\partial E}{\partial c^l} = 2\epsilon^l", "?"),
    ],
)
def test_any_layer_for_every_cost(text: str, wanted: str, brackets: str) -> None:
    whole = f"{GENERIC}Then ${text}$."
    if brackets:
        for label in ("{l-1}", "{l+1}", "l", "L"):
            whole = whole.replace(f"^{label}", f"^{{{brackets[0]}{label.strip('{}')}{brackets[1]}}}")
    assert said(whole, FREE) == f"DDD{wanted}"


ENTRIES = (
    r"For layer $l$ we have $u^l_j = \sum_k v^l_{jk} h^{l-1}_k + c^l_j$ and $h^l_j = \phi(u^l_j)$. "
    r"Let $\epsilon^l_j = \frac{\partial E}{\partial u^l_j}$. Then "
)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (r"\epsilon^l_j = \sum_k v^{l+1}_{kj} \epsilon^{l+1}_k \phi'(u^l_j)", "T"),
        (r"\frac{\partial E}{\partial v^l_{jk}} = h^{l-1}_k \epsilon^l_j", "T"),
        (r"\frac{\partial E}{\partial c^l_j} = \epsilon^l_j", "T"),
        (r"\epsilon^L_j = \frac{\partial E}{\partial h^L_j} \phi'(u^L_j)", "T"),
        (r"\epsilon^l_j = \sum_k v^{l+1}_{jk} \epsilon^{l+1}_k \phi'(u^l_j)", "?"),
        (r"\frac{\partial E}{\partial v^l_{jk}} = h^{l-1}_j \epsilon^l_k", "?"),
        (r"\frac{\partial E}{\partial c^l_j} = h^{l-1}_j \epsilon^l_j", "?"),
    ],
)
def test_any_layer_by_its_entries(text: str, wanted: str) -> None:
    assert said(f"{ENTRIES}${text}$.", FREE)[-1] == wanted


def test_what_rests_on_supposed_weights_is_not_false() -> None:
    assert said(f"{GENERIC}So $u^l = V^l h^{{l-1}} - c^l$.", FREE)[-1] == "?"


BACK = [
    ("dU_2 = H_2 - Y", "T"),
    (r"dV_2 = \frac1r dU_2 H_1^T", "T"),
    (r"dc_2 = \frac1r dU_2 1_r", "T"),
    ("dH_1 = V_2^T dU_2", "T"),
    (r"dU_1 = V_2^T dU_2 \odot (1 - H_1 \odot H_1)", "T"),
    (r"dV_1 = \frac1r dU_1 P^T", "T"),
]


def test_names_of_gradients_of_a_declared_mean() -> None:
    assert said("\n\n".join(f"$${line}$$" for line, _ in BACK), BATCH) == "TTTTTT"
    inner = "\n\n".join(f"$${line}$$" for line, _ in BACK).replace("= H_2 - Y", r"= \frac1r(H_2 - Y)")
    assert said(inner, BATCH) == "T??TT?"  # the mean is taken at the end of the net, and once more at the weights
    assert said(inner.replace(r"\frac1r dU", "dU"), BATCH) == "TTTTTT"


@pytest.mark.parametrize(
    ("line", "slip"),
    [
        ("= H_2 - Y", "= Y - H_2"),
        ("dU_2 H_1^T", "dU_2 P^T"),
        ("(1 - H_1", "(1 + H_1"),
        (r"\odot (1 - H_1 \odot H_1)", r"\odot H_1"),
        ("= V_2^T dU_2", "= V_2 dU_2"),
    ],
)
def test_a_slip_among_names_of_gradients_is_not_accepted(line: str, slip: str) -> None:
    whole = "\n\n".join(f"$${each}$$" for each, _ in BACK)
    assert line in whole
    changed = said(whole.replace(line, slip, 1), BATCH)
    assert changed.count("T") < len(BACK)
    assert changed.count("F") == (slip in ("= Y - H_2", "(1 + H_1", "= V_2 dU_2"))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        # of a cost of which nothing is known: its gradient by what it is computed from is told
        (rf"${slope('L', 'U_2')} = dU_2$. ${slope('L', 'H_1')} = V_2^T dU_2$.", "TT"),
        (rf"$dU_2 = {slope('L', 'U_2')}$. $dV_2 = dU_2 H_1^T$, $dV_2 = H_1 dU_2^T$.", "DT?"),
        # differentials, where V_2 alone moves
        ("We have $dU_2 = dV_2 H_1$.", "T"),
    ],
)
def test_names_of_gradients_of_any_cost(text: str, wanted: str) -> None:
    world = {**BATCH, "definitions": list(BATCH["definitions"])[:4]}  # type: ignore[call-overload]
    assert said(text, world) == wanted


def test_differentials_stay_differentials() -> None:
    world = {"symbols": {"A": "n x n", "B": "n x n"}, "definitions": [r"g = \operatorname{tr}(A^\top B A)"]}
    text = r"Let $C = AB$. $dC = dA\,B + A\,dB$, $dg = \operatorname{tr}(dA^\top B A) + \operatorname{tr}(A^\top B\,dA) + \operatorname{tr}(A^\top dB\,A)$."
    assert said(text, world) == "DTT"
    more = text.replace("$dC", r"$dA = B - 2I$, $dB = A - 2I$, $d(AB)")
    assert "F" not in said(more, world)


def test_a_name_of_a_gradient_can_be_declared_and_defined() -> None:
    world = {
        "definitions": [*BATCH["definitions"], "dU_2 = H_2 - Y", r"dV_2 = \frac1r dU_2 H_1^T"],  # type: ignore[misc]
        "symbols": {**BATCH["symbols"], "dH^{[1]}": "m x r"},  # type: ignore[dict-item]
    }
    text = r"We get $dU_2 = H_2 - Y$, $dV_2 = \frac1r(H_2 - Y)H_1^T$ and $dV_2 = (H_2 - Y)H_1^T$."
    assert said(text, world) == "TTF"
    with pytest.raises(SpecError):
        setting_of({"definitions": ["d(q + r) = 3"]})


COST = r"E = -\frac1r \sum_{i=1}^r (y_i \ln \hat y_i + (1 - y_i) \ln(1 - \hat y_i))"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (r"\sum_{i=1}^r (\hat y^{(i)} - y^{(i)}) p^{(i)} = P^\top(\hat y - y)", "T"),
        (r"\frac{\partial E}{\partial v_j} = \frac1r \sum_{i=1}^r (\hat y^{(i)} - y^{(i)}) p^{(i)}_j", "T"),
        (r"\frac{\partial E}{\partial v_j} = \frac1r \sum_{i=1}^r (\hat y^{(i)} - y^{(i)}) p_j^{(i)}", "T"),
        (r"\frac{\partial E}{\partial v_j} = \sum_{i=1}^r (\hat y^{(i)} - y^{(i)}) p_j^{(i)}", "?"),
        (r"\frac{\partial E}{\partial v_j} = \frac1r \sum_{i=1}^r (y^{(i)} - \hat y^{(i)}) p_j^{(i)}", "?"),
    ],
)
def test_samples_above_a_letter(text: str, wanted: str) -> None:
    world = {**SAMPLES, "definitions": [*SAMPLES["definitions"], COST]}  # type: ignore[misc]
    assert said(f"We have ${text}$.", world) == wanted


@pytest.mark.parametrize(
    ("name", "others"),
    [
        ("W^[1]", ["W^(1)", "W^1", "W_1"]),
        ("W_2", ["W^[2]", "W^(2)", "W^2"]),
        (r"\delta^(l+1)", [r"\delta^[l+1]", r"\delta^l+1"]),
        ("dZ^[2]", ["dZ^(2)", "dZ^2", "dZ_2"]),
        ("W", []),
        ("W^*", []),
        ("W_ij", []),
        ("W^[1]_jk", []),
        ("P_k^-", []),
        (r"\theta_k+1", []),
    ],
)
def test_spellings(name: str, others: list[str]) -> None:
    assert spellings_of(name) == others
    layer = layer_of(name)
    assert (layer.name if layer is not None else name) == name
