"""Approaches of small replies: mentioned, set up, carried through to what concludes."""

from __future__ import annotations

import re

import pytest

from evalkit.derivation import Analysis, analyse
from tests.derivation_help import (
    CASES,
    CONDITIONS,
    GRADIENT,
    GRADIENTS,
    PROJECTOR,
    SUM,
    setting,
    setting_of,
)


def levels(found: Analysis) -> dict[str, int]:
    return {name: a.level for name, a in found.approaches.items()}


def test_absent() -> None:
    assert levels(analyse("The answer is yes.", setting())) == {"differentials": 0, "projector": 0, "svd_of_data": 0}


def test_claimed_is_not_done() -> None:
    text = "As you suggest, we use the SVD of X throughout. " + GRADIENTS + CONDITIONS + PROJECTOR
    found = analyse(text, setting())
    assert found.approaches["svd_of_data"].level == 1
    assert found.approaches["svd_of_data"].claimed
    assert [text[a:b] for a, b in found.approaches["svd_of_data"].claims] == ["SVD of X"]
    assert found.approaches["projector"].level == 3


@pytest.mark.parametrize(
    ("text", "level"),
    [("We do not use the SVD of X.", 0), ("We go on without the SVD of X.", 0), ("Now for the SVD of X.", 1)],
    ids=["denied", "without", "mentioned"],
)
def test_to_go_without_an_approach_is_no_claim_of_it(text: str, level: int) -> None:
    found = analyse(text, setting()).approaches["svd_of_data"]
    assert (found.level, found.claimed) == (level, level == 1)


def test_set_up_and_dropped_is_level_two() -> None:
    text = r"""Write the SVD $X = U\Sigma V^\top$.

Instead of that we go on with differentials. Let $E = X - W_2W_1X$. Then $dL = 2\operatorname{Tr}(E^\top dE)$ and
$dE = -dW_2W_1X - W_2dW_1X$, so $dL = -2\operatorname{Tr}(E^\top dW_2W_1X) - 2\operatorname{Tr}(E^\top W_2dW_1X)$, and
$\nabla_{W_1}L = -2W_2^\top EX^\top$ and $\nabla_{W_2}L = -2EX^\top W_1^\top$."""
    found = levels(analyse(text, setting()))
    assert found["svd_of_data"] == 2
    assert found["differentials"] == 3


def test_carried_through_is_level_three() -> None:
    text = r"""Write the SVD $X = U\Sigma V^\top$. Then $XX^\top = U\Sigma^2U^\top$, and $U^\top U_k = [I_k; 0]$, so
$U\Sigma^2U^\top U_k = U_k\Sigma_k^2$. Hence $(X-U_kU_k^\top X)X^\top U_k = U_k\Sigma_k^2 - U_kU_k^\top U_k\Sigma_k^2 = 0$."""
    assert levels(analyse(text, setting()))["svd_of_data"] == 3


FITTED = {
    "symbols": {"X": "m x n, data", "S": "n x n, symmetric", "w": "n", "y": "m, data", "c": "scalar"},
    "definitions": ["e = X w - y", r"L = e^\top e"],
}
SOLVED, OF_X, OF_S = r"X^\top X w = X^\top y", r"$X = U D V^\top$", r"$S = Q D Q^\top$"
SHOWN = [
    # (rule, a text that shows it, its twin that does not)
    ("wording normal equations", "We solve the normal equations.", "We need no normal equations."),
    (r"contains X^\top X", r"So $X^\top X w = X^\top (X w)$.", "So $X w + X w = 2 X w$."),
    (f"equation {SOLVED}", f"Hence ${SOLVED}$.", r"Hence $X^\top X w = 2 X^\top y$."),
    (f"equation {SOLVED}", r"Hence $2 X^\top X w = 2 X^\top y$.", "Hence $X w = y$."),
    ("svd X", f"Take the singular value decomposition {OF_X}.", f"Take the eigendecomposition {OF_S}."),
    ("eigen S", f"Take the eigendecomposition {OF_S}.", f"Take the singular value decomposition {OF_X}."),
    ("defines H", r"Let $H = X^\top X$.", r"Let $K = X^\top X$. So $K w = X^\top X w$."),
    ("assumes c", "Assume $c = 2$. So $2c = 4$.", "So $c + c = 2c$."),
    ("symbol c", "So $c + c = 2c$.", "So $X w + X w = 2 X w$."),
    ("gradient L w", r"So $\nabla_w L = 2 X^\top e$.", r"So $\nabla_w (w^\top w) = 2w$."),
    ("differential w", r"So $dL = 2 e^\top X dw$.", r"So $\nabla_w L = 2 X^\top e$."),
    ("differential e", "Then $de = X dw$.", r"So $dL = 2 e^\top X dw$."),
    ("symbol c or defines H", "So $c + c = 2c$.", "So $X w + X w = 2 X w$."),
    ("symbol c or defines H", r"Let $H = X^\top X$.", r"Let $K = X^\top X$."),
]


@pytest.mark.parametrize(
    ("rule", "shows", "twin"), SHOWN, ids=[f"{i} {row[0].partition(' ')[0]}" for i, row in enumerate(SHOWN)]
)
def test_every_kind_of_evidence(rule: str, shows: str, twin: str) -> None:
    step, approach = {"id": "step", "kind": "structural", "shows": [rule]}, {"id": "way", "uses": [rule]}
    world = setting_of(FITTED | {"milestones": [step], "approaches": [approach]})
    for text, shown in ((shows, True), (twin, False)):
        found = analyse(text, world)
        assert (found.approaches["way"].level >= 2) == shown
        assert bool(found.approaches["way"].evidence) == shown
        assert [m.id for m in found.milestones] == ["step"] * shown


READY_MADE = [
    (f"$${GRADIENT['f']}$$", 3),
    (f"$$df = 2 w^\\top AA^\\top dw$$ hence $${GRADIENT['f']}$$", 0),
    ("nothing", 0),
]


@pytest.mark.parametrize(("text", "level"), READY_MADE)
def test_a_result_without_the_steps_before_it(text: str, level: int) -> None:
    steps = [
        {"id": "differential", "kind": "structural", "shows": ["differential w"]},
        {"id": "gradient", "equation": GRADIENT["f"]},
    ]
    approach = {"id": "quoted", "uses": ["milestone gradient without differential"]}
    compiled = setting_of(SUM | {"milestones": steps, "approaches": [approach]})
    found = analyse(text, compiled).approaches["quoted"]
    assert found.level == level
    assert bool(found.evidence) is bool(level)


def test_conditions_depend_on_the_gradients_that_the_words_set_to_zero() -> None:
    steps = [{"id": "gradient", "equation": GRADIENT["f"]}]
    approach = {"id": "calculus", "uses": ["gradient f w"]}
    compiled = setting_of(SUM | {"milestones": steps, "approaches": [approach]})
    for words, level in (("Setting the gradient to zero:", 3), ("Then:", 2)):
        text = (
            f"$${GRADIENT['f']}$$\n\nSo much for that. We have $B = B$, $B = B$, $B = B$, $B = B$. {words} $$B w = 0$$"
        )
        assert analyse(text, compiled).approaches["calculus"].level == level


LED_TO = [("one sentence", ", so ", 3), ("a sentence of its own", ". Now ", 2)]


@pytest.mark.parametrize(("leads", "level"), [x[1:] for x in LED_TO], ids=[x[0] for x in LED_TO])
def test_a_relation_rests_on_the_one_that_its_sentence_leads_from(leads: str, level: int) -> None:
    steps = [{"id": "gradient", "equation": GRADIENT["f"]}]
    approach = {"id": "calculus", "uses": ["gradient f w"]}
    compiled = setting_of(SUM | {"milestones": steps, "approaches": [approach]})
    text = f"We have ${GRADIENT['f']}${leads}$w^\\top BB^\\top w = g$.\n\nAnd $B = B$, $B = B$, $B = B$, $B = B$. "
    found = analyse(text + "Then $2g = 2w^\\top BB^\\top w$.", compiled)
    assert found.approaches["calculus"].level == level


CONCLUSIONS = [
    (
        "a check in numbers",
        f"$${GRADIENT['f']}$$ In numbers: $2 \\cdot 1 = 2$, $1 + 1 = 2$, $3 + 1 = 4$, $4 + 1 = 5$.",
        3,
    ),
    ("a part of the question", f"**(a)**\n\n$${GRADIENT['f']}$$\n\n**(b)**\n\n$B = B$, $B = B$, $B = B$, $B = B$", 3),
    ("not a part", f"## Case 1\n\n$${GRADIENT['f']}$$\n\n## Case 2\n\n$B = B$, $B = B$, $B = B$, $B = B$", 2),
]


@pytest.mark.parametrize(("name", "text", "level"), CONCLUSIONS, ids=[c[0] for c in CONCLUSIONS])
def test_what_concludes(name: str, text: str, level: int) -> None:
    approach = {"id": "calculus", "uses": ["gradient f w"]}
    compiled = setting_of(SUM | {"approaches": [approach]})
    assert analyse(text, compiled).approaches["calculus"].level == level, name


def test_a_reply_in_letters_of_its_own_gets_as_far() -> None:
    """Encoder, decoder and the factors of the data under other names: the same milestones, the same levels."""
    text = (CASES / "reply_lae.md").read_text(encoding="utf-8")
    other = re.sub(r"U(?=[_^ \\\\&$=)])", "P", text)
    other = re.sub(r"\bV(?=[_^ \\\\&$=)])", "Q", other)
    for old, new in (("\\Sigma", "\\Theta"), ("\\sigma_", "\\theta_"), ("u_", "p_"), ("W_2", "F"), ("W_1", "R")):
        other = other.replace(old, new)
    first, second = analyse(text, setting()), analyse(f"Write $R = W_1$ and $F = W_2$.\n\n{other}", setting())
    assert {m.id for m in second.milestones} == {m.id for m in first.milestones}
    levels = [{name: a.level for name, a in found.approaches.items()} for found in (first, second)]
    assert levels[0] == levels[1]
