"""What is said of any step of a sequence, and moments of sums over lists: true at several steps, and for any independent members."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from evalkit.derivation import analyse
from evalkit.derivation.verdicts.verdict import FALSE, TRUE
from tests.derivation_help import setting_of

NET: Mapping[str, object] = {
    "symbols": {"A": "p x p", "B": "p x q", "C": "r x p", "s_{t-1}": "p", "u_t": "q"},
    "definitions": ["s_t = \\tanh(A s_{t-1} + B u_t)", "v_t = C s_t"],
}
PLAIN: Mapping[str, object] = {"symbols": {"k": "positive, fixed", "c": "positive, fixed"}}


def last(text: str, world: Mapping[str, object]) -> str:
    """T for true, F for false, ? for neither: of the last relation."""
    verdict = analyse(text, setting_of(world)).relations[-1].verdict
    return "T" if verdict in TRUE else "F" if verdict in FALSE else "?"


def d(of: str, by: str) -> str:
    return f"\\frac{{\\partial {of}}}{{\\partial {by}}}"


@pytest.mark.parametrize(
    ("claim", "wanted"),
    [
        (f"{d('s_t', 's_{t-1}')} = \\operatorname{{diag}}(1 - s_t^2) A", "T"),
        (f"{d('J', 's_t')} = A^\\top \\operatorname{{diag}}(1 - s_{{t+1}}^2) {d('J', 's_{t+1}')} + C^\\top {d('J', 'v_t')}", "T"),
        (f"{d('J', 's_t')} = A^\\top \\operatorname{{diag}}(1 - s_t^2) {d('J', 's_{t+1}')} + C^\\top {d('J', 'v_t')}", "?"),
        (f"{d('J', 's_t')} = A \\operatorname{{diag}}(1 - s_{{t+1}}^2) {d('J', 's_{t+1}')} + C^\\top {d('J', 'v_t')}", "?"),
        (f"{d('J', 's_T')} = C^\\top {d('J', 'v_T')}", "T"),
        (f"{d('J', 's_t')} = C^\\top {d('J', 'v_t')}", "?"),
        (f"{d('J', 'C')} = \\sum_t {d('J', 'v_t')} s_t^\\top", "T"),
        (f"{d('J', 'C')} = \\sum_t {d('J', 'v_t')} s_{{t-1}}^\\top", "?"),
        (f"{d('J', 'A')} = \\sum_{{t=1}}^T \\operatorname{{diag}}(1 - s_t^2) {d('J', 's_t')} s_{{t-1}}^\\top", "T"),
        (f"{d('J', 'A')} = \\sum_{{t=1}}^T \\operatorname{{diag}}(1 - s_t^2) {d('J', 's_t')} s_t^\\top", "?"),
        (f"{d('J', 'A')} = \\sum_{{t=1}}^T {d('J', 's_t')} s_{{t-1}}^\\top", "?"),
        (f"{d('s_t', 's_i')} = \\prod_{{j=i+1}}^t {d('s_j', 's_{j-1}')}", "T"),
        (f"{d('s_t', 's_i')} = \\prod_{{j=i}}^t {d('s_j', 's_{j-1}')}", "?"),
    ],
)  # fmt: skip
def test_a_recurrent_network_is_unrolled(claim: str, wanted: str) -> None:
    assert last(f"For the total loss, the sum over $J = \\sum_t J_t$, ${claim}$.", NET) == wanted


@pytest.mark.parametrize("words", ["We add a penalty on $A$. ", "With weight decay, ", "There is another term. "])
def test_a_loss_that_may_be_made_of_more_is_left_open(words: str) -> None:
    claim = f"{d('J', 'C')} = \\sum_t {d('J', 'v_t')} s_t^\\top"
    assert last(f"{words}${claim}$.", NET) == "?"


@pytest.mark.parametrize(
    ("claim", "wanted"),
    [
        ("m_1 = r_1", "T"),
        ("m_2 = k r_1 + r_2", "T"),
        ("m_2 = r_1 + k r_2", "?"),
        ("m_3 = k^2 r_1 + k r_2 + r_3", "T"),
        ("m_3 = k^3 r_1 + k^2 r_2 + k r_3", "?"),
        ("m_t = \\sum_{i=1}^t k^{t-i} r_i", "T"),
        ("m_t = \\sum_{i=0}^{t-1} k^i r_{t-i}", "T"),
        ("m_t = \\sum_{i=1}^t k^{i-1} r_i", "?"),
        ("m_t = \\sum_{i=1}^t k^{t-i+1} r_i", "?"),
        ("m_t = \\sum_{i=1}^t r_i", "?"),
        ("m_{t+1} = k^2 m_{t-1} + k r_t + r_{t+1}", "T"),
        ("m_{t+1} = k^2 m_{t-1} + r_t + r_{t+1}", "?"),
    ],
)
def test_a_sum_that_runs_is_unrolled(claim: str, wanted: str) -> None:
    assert last(f"The update is $m_t = k m_{{t-1}} + r_t$ with $m_0 = 0$. Then ${claim}$.", PLAIN) == wanted


@pytest.mark.parametrize("first", ["", "with $m_0 = 1$"])
def test_where_a_sequence_begins_counts(first: str) -> None:
    assert (
        last(f"The update is $m_t = k m_{{t-1}} + r_t$ {first}. Then $m_t = \\sum_{{i=1}}^t k^{{t-i}} r_i$.", PLAIN)
        == "?"
    )


@pytest.mark.parametrize(
    ("given", "claim", "wanted"),
    [
        ("a_n = 2a_{n-1}$ and $a_0 = 1", "a_n = 2^n", "T"),
        ("a_n = 2a_{n-1}$ and $a_0 = 2", "a_n = n^2 - n + 2", "?"),
        ("a_n = 2a_{n-1} + 1$ and $a_0 = 0", "a_n = 2^n - 1", "T"),
        ("a_n = 2a_{n-1} + 1$ and $a_0 = 0", "a_n = 2^n + 1", "?"),
        ("a_n = 3a_{n-1} - 2a_{n-2}$, $a_0 = 2$ and $a_1 = 3", "a_n = 2^n + 1", "T"),
        ("a_n = 3a_{n-1} - 2a_{n-2}$, $a_0 = 2$ and $a_1 = 3", "a_n = 2^{n+1} - 1", "?"),
        ("a_n = 3a_{n-1} - 2a_{n-2}", "a_n = 2^n + 1", "?"),
        ("a_{n+1} = a_n + 2n + 1$ and $a_0 = 0", "a_n = n^2", "T"),
        ("a_{n+1} = a_n + 2n + 1$ and $a_0 = 0", "a_n = n^2 + n", "?"),
    ],
)
def test_a_closed_form(given: str, claim: str, wanted: str) -> None:
    assert last(f"Let ${given}$. Then ${claim}$.", PLAIN) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("$r_t = 0.9r_{t-1} + g_t$, $r_0 = 0$. Then $r_2 = g_2 + 0.9g_1$.", "T"),
        ("$r_t = 0.9r_{t-1} + g_t$, $r_0 = 0$. With $r_t = 0.5r_{t-1} + g_t$: $r_2 = g_2 + 0.9g_1$.", "?"),
        ("$r_t = 0.9r_{t-1} + g_t$, $r_0 = 0$. With $r_t = 0.5r_{t-1} + g_t$: $r_2 = g_2 + 0.5g_1$.", "T"),
        (
            "$r_t = 0.9r_{t-1} + g_t$, $r_0 = 0$. So $r_t = 0.81r_{t-2} + 0.9g_{t-1} + g_t$ and $r_2 = g_2 + 0.9g_1$.",
            "T",
        ),
        ("$s_0 = 1$ and $s_{n+1} = s_n/2$ give $s_2 = 0.25$. With $s_0 = 8$ it gives $s_2 = 0.25$.", "?"),
        ("$s_0 = 1$ and $s_{n+1} = s_n/2$ give $s_2 = 0.25$. With $s_0 = 8$ it gives $s_2 = 2$.", "T"),
        (
            "$s_0 = 1$ and $s_{n+1} = s_n/2$ give $s_2 = 0.25$. With $s_{n+1} = s_n^2$ and $s_0 = 0.5$, $s_2 = 0.25$.",
            "?",
        ),
        (
            "$s_0 = 1$ and $s_{n+1} = s_n/2$ give $s_2 = 0.25$. With $s_{n+1} = s_n^2$ and $s_0 = 0.5$, $s_2 = 0.0625$.",
            "T",
        ),
    ],
)
def test_a_sequence_that_is_given_anew(text: str, wanted: str) -> None:
    assert last(text, PLAIN) == wanted


def test_the_definition_itself_is_no_claim() -> None:
    assert last("The update is $m_t = k m_{t-1} + r_t$.", PLAIN) == "?"


SUM = "Let $z = \\sum_{i=1}^n a_i b_i$. "
SAID = {
    "": "",
    "i": "All $a_i$ and $b_i$ are independent. ",
    "id": "All $a_i$ and $b_i$ are independent and identically distributed. ",
    "id0": "The $a_i$ and $b_i$ are i.i.d. with zero mean. ",
    "01": "The $a_i$ and $b_i$ are independent with mean 0 and variance 1. ",
}


def var(of: str) -> str:
    return f"\\operatorname{{Var}}({of})"


@pytest.mark.parametrize(
    ("said", "claim", "wanted"),
    [
        ("", f"{var('z')} = \\sum_{{i=1}}^n {var('a_i b_i')}", "?"),
        ("i", f"{var('z')} = \\sum_{{i=1}}^n {var('a_i b_i')}", "T"),
        ("i", f"{var('z')} = n {var('a_i b_i')}", "?"),
        ("id", f"{var('z')} = n {var('a_i b_i')}", "T"),
        ("id", f"{var('z')} = {var('a_i b_i')}", "?"),
        ("id", f"{var('z')} = n^2 {var('a_i b_i')}", "?"),
        ("id", f"{var('z')} = n {var('a')} {var('b')}", "?"),
        ("id0", f"{var('z')} = n {var('a')} {var('b')}", "T"),
        ("id0", f"{var('z')} = {var('a')} {var('b')}", "?"),
        ("id0", f"{var('z')} = n ({var('a')} + {var('b')})", "?"),
        ("id0", f"{var('z')} = n {var('a')} E[b]^2", "?"),
        ("i", f"{var('z')} = \\sum_{{i=1}}^n {var('a_i')} {var('b_i')}", "?"),
        ("id0", f"{var('z')} = \\sum_{{i=1}}^n {var('a_i')} {var('b_i')}", "T"),
        ("01", f"{var('z')} = \\sum_{{i=1}}^n {var('a_i b_i')} = n", "T"),
        ("01", f"{var('z')} = \\sum_{{i=1}}^n {var('a_i b_i')} = n^2", "?"),
        ("01", f"{var('z')} = \\sum_{{i=1}}^n {var('a_i b_i')} = 1", "?"),
    ],
)
def test_moments_of_a_sum_over_lists(said: str, claim: str, wanted: str) -> None:
    assert last(f"{SUM}{SAID[said]}Then ${claim}$.", {"symbols": {"a": "n", "b": "n"}}) == wanted
    assert last(f"{SUM}{SAID[said]}Then ${claim}$.", {"symbols": {"q": "m"}}) == wanted


@pytest.mark.parametrize(
    ("claim", "wanted"),
    [
        (f"{var('g')} = \\frac{{c^2}}{{k^2}} {var('m')}", "T"),
        (f"{var('g')} = \\frac{{c}}{{k}} {var('m')}", "?"),
        (f"{var('g')} = \\frac{{c^2}}{{k}} {var('m')}", "?"),
        ("E[g] = \\frac{c}{k} E[m]", "T"),
        ("E[g] = c k E[m]", "?"),
        ("E[g^2] = \\frac{c^2}{k^2} E[m^2]", "T"),
        ("E[g^2] = \\frac{c^2}{k^2} E[m]^2", "?"),
    ],
)
def test_moments_of_what_one_random_letter_makes(claim: str, wanted: str) -> None:
    assert last(f"Let $g = \\frac{{m c}}{{k}}$ for a random $m$. Then ${claim}$.", PLAIN) == wanted


@pytest.mark.parametrize("mean", ["\\mu", "E[r]"])
@pytest.mark.parametrize(
    ("claim", "wanted"),
    [
        ("E[m_t] = (1 - k^t) {}", "T"),
        ("E[m_t] = (1 - k) \\sum_{{i=1}}^t k^{{t-i}} {}", "T"),
        ("E[m_t] = (1 - k^{{t-1}}) {}", "?"),
        ("E[m_t] = (1 - k)^t {}", "?"),
        ("E[m_t] = {}", "?"),
        ("E[m_t^2] = (1 - k^t)^2 {}^2", "?"),
    ],
)
def test_the_mean_of_a_weighted_sum(claim: str, wanted: str, mean: str) -> None:
    text = f"We have $m_t = (1 - k) \\sum_{{i=1}}^t k^{{t-i}} r_i$ and $E[r_i] = {mean}$ for all i. "
    assert last(f"{text}Then ${claim.format(mean)}$.", PLAIN) == wanted
