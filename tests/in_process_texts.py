"""Small replies about the linear autoencoder, and its problem: for the scorers that read the derivation."""

from __future__ import annotations

from functools import lru_cache

from evalkit.derivation import Analysis
from evalkit.specs import problems
from evalkit.specs.problems import Problem
from tests.derivation_help import CASES
from tests.in_process import Analysed

HEAD = 'title = "Autoencoder"\nstatement = "Which linear code loses least?"\n'
STAFF = '\n[staff]\nsolution = "The projector."\napproach = "{}"\n'


@lru_cache
def problem(staff: str) -> Problem:
    """The linear autoencoder with one of its three approaches (differentials, projector, svd_of_data) as the staff's."""
    text = HEAD + (CASES / "lae.toml").read_text(encoding="utf-8") + STAFF.format(staff)
    return problems.parse(text, "set/lae", "lae.toml")


def analysed(turns: tuple[str, ...], staff: str = "projector") -> Analysed:
    """What `Conversation.analysis` is in a run: each reply is read with those before it."""

    def analysis(index: int) -> Analysis | None:
        at = index % len(turns)
        found: Analysis | None = problem(staff).analyse(turns[at], turns[:at])
        return found

    return analysis


GRADIENTS = r"$\nabla_{W_2} L = -2(X-W_2W_1X)(W_1X)^\top$ and $\nabla_{W_1} L = -2W_2^\top(X-W_2W_1X)X^\top$. "
CONDITIONS = r"So $(I-W_2W_1)CW_1^\top = 0$ and $W_2^\top(I-W_2W_1)C = 0$. "
PROJECTOR = r"Then $(I - U_kU_k^\top)CU_k = 0$. "
WHOLE = GRADIENTS + CONDITIONS + PROJECTOR
SVD = r"Factor the data as $X = U\Sigma V^\top$. "
SVD_TO_THE_END = SVD + r"Hence $XX^\top = U\Sigma^2U^\top$. "
SVD_DROPPED = (
    SVD
    + r"We turn to differentials. With $E = X - W_2W_1X$ we have $dL = 2\operatorname{Tr}(E^\top dE)$, and "
    + (
        r"$dE = -dW_2W_1X - W_2dW_1X$, so $\nabla_{W_1}L = -2W_2^\top EX^\top$ and $\nabla_{W_2}L = -2EX^\top W_1^\top$. "
    )
)
DIFFERENTIAL = r"With $E = X - W_2W_1X$ we have $dE = -dW_2W_1X - W_2dW_1X$, so "
CLAIM = "As you propose, a projector will do the work. "
WORDS = "A linear code keeps what varies most."
TRUE, FALSE = r"$\|X\|_F^2 = n\operatorname{Tr}(C)$", r"$\operatorname{Tr}(C) = \|X\|_F^2$"
UNSTATED, UNREAD = r"$$W_1W_2 = I_k$$", r"$X = \clubsuit$"
