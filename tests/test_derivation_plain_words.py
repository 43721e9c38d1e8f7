"""Formulas of plain text in words: Greek letters, sums, marks and labels below a letter, lines of a fence that go on."""

from __future__ import annotations

from typing import Any

import pytest

from evalkit.derivation import analyse
from tests.derivation_help import setting_of, verdicts

RIDGE: dict[str, Any] = {
    "symbols": {"A": "m x n, data", "theta": "n", "g": "m, data", "tau": "positive"},
    "definitions": ["F(\\theta) = \\|A\\theta - g\\|^2 + \\tau\\|\\theta\\|^2"],
}
FENCE = "We have\n\n```\n{}\n```\n"
ROWS = [
    ("Greek letters", "F(theta) = (A theta - g)^T (A theta - g) + tau theta^T theta", "i"),
    ("Greek letters, wrong", "F(theta) = (A theta - g)^T (A theta - g) - tau theta^T theta", "f"),
    ("a derivative", "dF/dtheta = 2 A^T A theta - 2 A^T g + 2 tau theta", "i"),
    ("a derivative, wrong", "dF/dtheta = 2 A^T A theta - 2 A^T g + tau theta", "f"),
    ("partial in words", "partial F / partial theta = 2 A^T (A theta - g) + 2 tau theta", "i"),
    ("grad in words", "grad_theta F = 2 A^T (A theta - g) + 2 tau theta", "i"),
    ("a row that goes on", "F(theta) = (A theta - g)^T (A theta - g) + tau theta^T theta\n   = theta^T A^T A theta - 2 g^T A theta + g^T g + tau theta^T theta", "ia"),
    ("a row that goes on, wrong", "F(theta) = (A theta - g)^T (A theta - g) + tau theta^T theta\n   = theta^T A^T A theta - g^T A theta + g^T g + tau theta^T theta", "if"),
    ("sums", "sum_{k=1}^4 k = 10\nsum_{k=1}^4 k = 11", "af"),
    ("labels", "(u_max - u_min)(u_max + u_min) = u_max^2 - u_min^2", "a"),
    ("a hat", "theta_hat = (A^T A + tau I)^(-1) A^T g\n(A^T A + tau I) theta_hat = A^T g\n(A^T A - tau I) theta_hat = A^T g", "daf"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wanted"), [r[1:] for r in ROWS], ids=[r[0] for r in ROWS])
def test_words_of_a_fence(text: str, wanted: str) -> None:
    assert verdicts(analyse(FENCE.format(text), setting_of(RIDGE))) == wanted


PROSE = [
    ("in a sentence", "So (alpha + gamma)^2 = alpha^2 + 2 alpha gamma + gamma^2 holds.", "a"),
    ("a mark in a formula", "Then $w_hat - b = 2v$ where $w_hat = 2v + b$.", "uh"),
    ("a product in a formula", "So $s(u+m) = su + sm$.", "a"),
    ("no name of a program", "Set learning_rate = 3 and learning_rate = 4.", ""),
]


@pytest.mark.parametrize(("text", "wanted"), [r[1:] for r in PROSE], ids=[r[0] for r in PROSE])
def test_words_in_prose(text: str, wanted: str) -> None:
    assert verdicts(analyse(text, setting_of({"symbols": {"z": ""}}))) == wanted
