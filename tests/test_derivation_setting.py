"""Problem files: what compiles, and what each mistake is told."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from evalkit.derivation import DerivationSpec, prove_milestones
from evalkit.errors import SpecError
from tests.derivation_help import setting, setting_of, table


def test_the_example_compiles_and_its_milestones_hold() -> None:
    assert [p for p in prove_milestones(setting()) if not p.holds] == []


def test_sizes_differ_and_keep_the_order() -> None:
    for sizes in setting().sizes:
        assert min(sizes.values()) >= 3
        assert len(set(sizes.values())) == len(sizes)
        assert sizes["k"] < sizes["m"]
    assert {s["m"] < s["n"] for s in setting().sizes} == {True, False}


WRONG = [
    ({"definitions": ["C = "]}, "definitions[0]", "="),
    ({"definitions": ["a + b = c"]}, "definitions[0]", "no name"),
    ({"families": {"x_i": "slices of X"}}, "families.x_i", "columns of A"),
    ({"families": {"z_i": "columns of Z"}}, "families.z_i", "not declared"),
    ({"aliases": {"Z": ["Y"]}}, "aliases.Z", "not declared"),
    ({"dimensions": ["k"]}, "dimensions", "k < m"),
    ({"dimensions": ["k < m", "m < k"]}, "dimensions", "no sizes"),
    ({"worlds": [{"name": "w", "premise": "p", "set": ["W_1 = (("]}]}, "worlds[0] (w)", "missing"),
    ({"milestones": [{"id": "a", "equation": "L"}]}, "milestones[0] (a).equation", "exactly one"),
    (
        {"milestones": [{"id": "a", "equation": "L = L", "kind": "condition"}]},
        "milestones[0] (a).world",
        "names the world",
    ),
    ({"milestones": [{"id": "a", "equation": "L = L", "world": "nowhere"}]}, "milestones[0] (a).world", "nowhere"),
    ({"milestones": [{"id": "a", "equation": "L = L", "approaches": ["zz"]}]}, "milestones[0] (a).approaches", "zz"),
    ({"milestones": [{"id": "a", "equation": "L = L"}, {"id": "a", "equation": "L = L"}]}, "milestones", "twice"),
    ({"approaches": [{"id": "b", "uses": ["magic X"]}]}, "approaches[0] (b).uses", "evidence rule"),
    ({"approaches": [{"id": "b", "uses": ["milestone no"]}]}, "approaches[0] (b).uses", "no milestone"),
]


@pytest.mark.parametrize(("change", "key", "words"), WRONG, ids=[f"{k} {w}" for _, k, w in WRONG])
def test_a_mistake_names_its_key(change: dict[str, object], key: str, words: str) -> None:
    spec = {**table("lae.toml"), "milestones": [], "approaches": [], **change}
    with pytest.raises(SpecError) as error:
        setting_of(spec)
    assert any(line.startswith(key) and words in line for line in error.value.problems), error.value.problems


NO_SYMBOLS = [
    ("rows of X", r"\[families\]"),
    ("columns of X", r"\[families\]"),
    ("entries of y", r"\[families\]"),
    ("diagonal of X X^T", r"\[families\]"),
    ("function of t", "neither a size nor a kind"),
    ("some of n", "neither a size nor a kind"),
    ("vectr", "neither a size nor a kind"),
    ("real", "neither a size nor a kind"),
    ("Positive", "neither a size nor a kind"),
    ("R^n", "neither a size nor a kind"),
    ("nxk", "neither a size nor a kind"),
    ("n*k", "neither a size nor a kind"),
    ("1000", "neither a size nor a kind"),
    ("0 x n", "neither a size nor a kind"),
    ("n x k x m", "two sizes at most"),
    ("n by k", "a shape stands first"),
    (r"n \times k", "a shape stands first"),
    ("symmetric, n x n", "a shape stands first"),
    ("matrix n x k", "a shape stands first"),
    ("n x k, symmetric", "only a square matrix"),
    ("n x 1, pd", "only a square matrix"),
    ("n, skew", "only a square matrix"),
    ("symmetric", "sizes first: 'n x n, symmetric'"),
    ("orthogonal, data", "sizes first"),
    ("vector", "sizes first: 'n, vector'"),
]


@pytest.mark.parametrize(
    "text",
    ["", "n", "n x k", "n × k", "N", "d_k x d_v", "N_{out}", r"\ell x n", "d+1", "2n x n-1", "3 x 2", "1 x n", "n x 1, data",
     "positive", "pd", "invertible", "data, positive", "n x n, symmetric, pd", "d+1 x d+1, pd", "n, onehot", "k of m", "index"],
)  # fmt: skip
def test_what_a_symbol_may_be(text: str) -> None:
    assert DerivationSpec.model_validate({"symbols": {"x": text}}).symbols["x"] is not None


@pytest.mark.parametrize("kind", ["integer, positive, data", "integer positive data", ["integer", "positive", "data"]])
def test_a_table_has_several_kinds_in_either_form(kind: object) -> None:
    spec = DerivationSpec.model_validate({"symbols": {"x": {"shape": "n", "kind": kind}}})
    assert (
        spec.symbols["x"]
        == DerivationSpec.model_validate({"symbols": {"x": "n, integer, positive, data"}}).symbols["x"]
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"symbols": {"X": "m x n, wobbly"}}, "unknown kind"),
        ({"symbols": {"q": "scalar in (0,1)"}}, "between 0 and 1 is 'probability'"),
        *(({"symbols": {"x_i": text}}, words) for text, words in NO_SYMBOLS),
        ({"symbol": {}}, "Extra inputs"),
        ({"decompositions": [{"of": "X", "names": ["U"]}]}, "at least 2"),
        ({"milestones": [{"id": "a"}]}, "any_of"),
        ({"milestones": [{"id": "a", "kind": "structural"}]}, "shows"),
    ],
    ids=["kind", "range", *(text for text, _ in NO_SYMBOLS), "key", "names", "no equation", "no rule"],
)
def test_a_wrong_form_is_refused(change: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        DerivationSpec.model_validate({**table("lae.toml"), **change})


FALSE_MILESTONES = [
    ("wrong sign", {"equation": r"\nabla_{W_2} L = 2(X-W_2W_1X)(W_1X)^\top"}, "fails"),
    ("only in a world", {"equation": r"W_2^\top W_2 = I_k"}, "holds only in the world"),
    ("not in its world", {"equation": "W_2 = U_k", "kind": "condition", "world": "stationary"}, "fails"),
    ("unknown name", {"equation": "W_3 = U_k"}, "unbound"),
    (
        "zero is zero",
        {
            "equation": r"(X - W_2W_1X)X^\top U_k = W_1^\top W_2^\top(X-W_2W_1X)X^\top U_k",
            "kind": "condition",
            "world": "pca",
        },
        "0 = 0",
    ),
]


@pytest.mark.parametrize(
    ("milestone", "reason"), [m[1:] for m in FALSE_MILESTONES], ids=[m[0] for m in FALSE_MILESTONES]
)
def test_a_milestone_that_does_not_hold_is_refused(milestone: dict[str, object], reason: str) -> None:
    spec = {**table("lae.toml"), "milestones": [{"id": "a", **milestone}], "approaches": []}
    (proof,) = prove_milestones(setting_of(spec))
    assert not proof.holds
    assert reason in proof.reason
