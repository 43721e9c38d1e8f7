r"""Conditions on two indices: which relations they belong to, and that nothing else holds by them."""

from __future__ import annotations

from typing import Any

import pytest

from evalkit.derivation import analyse
from tests.derivation_help import setting_of, verdicts

SHARES: dict[str, Any] = {
    "symbols": {"u": "m", "S": "m x m"},
    "definitions": [r"r_k = \frac{e^{u_k}}{\sum_l e^{u_l}}"],
}
SLOPE = r"\frac{\partial r_k}{\partial u_l}"
SAME, APART, OFF = rf"{SLOPE} = r_k(1 - r_k)", rf"{SLOPE} = -r_kr_l", rf"{SLOPE} = r_k(1 + r_k)"
ROWS = [
    # (id, text, verdicts)
    ("behind it", rf"$${SAME}, \quad k = l$$", "iu"),
    ("behind it, false", rf"$${OFF}, \quad k = l$$", "fu"),
    ("in a bracket", rf"$${SAME} \quad (l = k)$$", "i"),
    ("in words", rf"$${SAME} \quad \text{{if }} k = l$$", "iu"),
    ("in the next formula", rf"We get ${SAME}$ if $k = l$, else ${APART}$.", "iuq"),
    ("each with its own", rf"$${SAME}, \quad k = l, \qquad {APART}, \quad k \neq l$$", "iuik"),
    ("of the other one", rf"$${APART}, \quad k = l$$", "fu"),
    ("before it", rf"For $k = l$ we get ${SAME}$. For $k \ne l$ we get ${APART}$.", "uiki"),
    ("a case", f"**Case 1: $k = l$**\n\nBy the quotient rule:\n\n$${SAME}$$\n\n**Case 2: $k \\ne l$**\n\nNow:\n\n$${APART}$$", "uiki"),
    ("a line of its own", f"When $l = k$,\n\n$${SAME}$$", "ui"),
    ("false in its case", f"**Case: $k = l$**\n\nThen:\n\n$${OFF}$$", "uf"),
    ("of the other case", f"**Case: $k \\ne l$**\n\nThen:\n\n$${SAME}$$", "kf"),
    ("behind the case", f"**Case: $k = l$**\n\nThen:\n\n$${SAME}$$\n\n**Together**\n\n$${SAME}$$", "uiq"),
    ("too far away", f"When $l = k$,\n\nWe go on.\n\nSo far, so good.\n\nAnd more.\n\n$${SAME}$$", "uq"),
    ("no condition", f"So ${SAME}$.", "f"),
    ("two cases of one sentence", rf"For $k = l$ we get ${SAME}$, and for $k \ne l$ we get ${APART}$.", "uiki"),
    ("two cases, the wrong way round", rf"For $k = l$ we get ${APART}$, and for $k \ne l$ we get ${SAME}$.", "uqkq"),
    ("two cases of one formula", rf"$$\text{{If }} k = l, \quad {SAME}, \qquad \text{{if }} k \neq l, \quad {APART}$$", "uiki"),
    ("else", rf"If $k = l$, then ${SAME}$; otherwise ${rf'{SLOPE} = r_k(1 - r_l)'}$.", "uiq"),
    ("a mention of the case", rf"Here $\delta_{{kl}}$ is $1$ if $k = l$. Then ${rf'{SLOPE} = r_k(1 - r_l)'}$.", "uq"),
    ("but for the case", rf"Except for $k = l$, we get ${SAME}$.", "uq"),
    ("a reason", rf"So ${SAME}$, because for $k = l$ it is so.", "fu"),
    ("behind the case, of the others", f"**Case: $k = l$**\n\nThen:\n\n$${SAME}$$\n\nOff the diagonal:\n\n$${SAME}$$", "uiq"),
    ("of three", r"So $\sum_k S_{kl} (r_k - r_p) = \sum_k S_{kl} r_k - r_l \sum_k S_{kl}, \quad l = p$", "au"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_a_condition_on_two_indices_belongs_to_what_it_stands_beside(text: str, expected: str) -> None:
    assert verdicts(analyse(text, setting_of(SHARES))) == expected
