r"""Indices that are summed over without a sign, beside what only looks so; Kronecker's delta, derivatives by entries."""

from __future__ import annotations

from typing import Any

import pytest

from evalkit.derivation import analyse
from tests.derivation_help import setting_of, verdicts

WORLD: dict[str, Any] = {
    "symbols": {"P": "m x n", "Q": "n x m", "S": "n x n", "u": "n", "v": "n", "g": "K"},
    "definitions": [r"r_k = \frac{e^{g_k}}{\sum_{l=1}^K e^{g_l}}"],
}
HABIT = r"$\operatorname{tr} S = S_{kk}$, $u^\top v = u_kv_k$, $(Su)_k = S_{kl}u_l$. "
SLOPE = r"\frac{\partial f}{\partial u_p}"
ROWS = [
    # (id, text, verdicts)
    ("a product with Kronecker's delta", r"So $u_k\delta_{kl} = u_l$.", "a"),
    ("the double of it", r"So $u_k\delta_{kl} = 2u_l$.", "f"),
    ("another column", r"So $u_k\delta_{kl} = v_l$.", "q"),
    ("two deltas", r"So $\delta_{kp}\delta_{lq}Q_{lk} = Q_{qp}$.", "a"),
    ("two deltas, turned", r"So $\delta_{kp}\delta_{lq}Q_{lk} = Q_{pq}$.", "f"),
    ("a trace", r"So $\operatorname{tr}(PQ) = P_{kl}Q_{lk}$.", "a"),
    ("a trace, turned", r"So $\operatorname{tr}(SS) = S_{kl}S_{kl}$.", "q"),
    ("one factor", r"So $\operatorname{tr} S = S_{kk}$.", "a"),
    ("an entry of a product", r"So $(PQ)_{kp} = P_{kl}Q_{lp}$.", "a"),
    ("an entry of another product", r"So $(PQ)_{kp} = P_{lk}Q_{pl}$.", "f"),
    ("a sum of two", r"So $u^\top v + u^\top u = u_kv_k + u_lu_l$.", "a"),
    ("inside a root", r"So $\|u\| = \sqrt{u_ku_k}$.", "a"),
    ("no product of it", r"So $u_k\delta_{kl} = u_l + 1$.", "f"),
    ("an index once on both sides", r"So $u_k v_l = u_l v_k$.", "f"),
    ("a sign for this letter", r"So $u^\top u = \sum_k u_k^2$, thus $u^\top v = u_kv_k$.", "aq"),
    ("a sign for another letter", r"So $u^\top u = \sum_l u_l^2$, thus $u^\top v = u_kv_k$.", "aa"),
    ("wrong beside a sign", r"So $u^\top u = \sum_k u_k^2$, thus $u^\top v = 2u_kv_k$.", "af"),
    ("inside a function", r"So $\sum_k u_k e^{v_k} = u_l e^{v_l}$.", "q"),
    ("wrong inside a function", r"So $\sum_k u_k e^{v_k} = 2u_l e^{v_l}$.", "f"),
    ("a name for the sum", rf"Let $f = u_kv_k$. So ${SLOPE} = v_k\delta_{{kp}} = v_p$.", "dia"),
    ("a name for the sum, wrong", rf"Let $f = u_kv_k$. So ${SLOPE} = u_p$.", "dp"),
    ("a name for one of them", r"Let $f = u_k + v_k$. So $f - u_k = v_k$.", "dq"),
    ("a quadratic form", rf"Let $f = u_kS_{{kl}}u_l$. So ${SLOPE} = S_{{pl}}u_l + u_kS_{{kp}}$.", "di"),
    ("twice on both sides", HABIT + r"So $u_kS_{kl}\delta_{lp} + v_lS_{kl}\delta_{kp} = u_kS_{kp} + v_lS_{pl}$.", "aaaa"),
    ("false where the text sums so", HABIT + r"So $(SS)_{kp} = S_{kl}S_{pl}$.", "aaaf"),
    ("a wrong factor where the text sums so", HABIT + r"So $u^\top Sv = 2u_kS_{kl}v_l$.", "aaaf"),
    ("delta with a w", r"So $\frac{\partial r_k}{\partial g_w} = r_k(\delta_{kw} - r_w)$.", "i"),
    ("delta with a w, the wrong share", r"So $\frac{\partial r_k}{\partial g_w} = r_k(\delta_{kw} - r_k)$.", "f"),
    ("an index that only the delta has", r"So $\frac{\partial u_k}{\partial u_l} = \delta_{pl}$.", "f"),
    ("an index of the entries", r"So $\frac{\partial u_k}{\partial u_l} = \delta_{kl}$.", "i"),
    ("by an index", r"So $\partial_k (u^\top S u) = (Su)_k + (S^\top u)_k$.", "i"),
    ("by an index, half of it", r"So $\partial_k (u^\top S u) = (Su)_k$.", "f"),
    ("by an index, of two columns", r"So $\partial_k (u^\top v) = v_k$.", "p"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_indices_that_stand_twice_are_summed_over(text: str, expected: str) -> None:
    assert verdicts(analyse(text, setting_of(WORLD))) == expected


STEPS: dict[str, Any] = {"symbols": {"H": "T x d", "M": "d x d", "c": "positive"}}
TURNED = [
    # (text, verdict): T is a size there, and `H^T` turns H
    (r"So $\|H\|_F^2 = \operatorname{tr}(H^T H)$.", "a"),
    (r"So $(HM)^T = M^T H^T$.", "a"),
    (r"So $(HM)^T = H^T M^T$.", "t"),
    (r"So $c^T c = c^{T + 1}$.", "a"),
    (r"So $c^T = c$.", "f"),
]


@pytest.mark.parametrize(("text", "expected"), TURNED, ids=[row[0] for row in TURNED])
def test_a_size_t_is_no_power_of_a_matrix(text: str, expected: str) -> None:
    assert verdicts(analyse(text, setting_of(STEPS))) == expected
