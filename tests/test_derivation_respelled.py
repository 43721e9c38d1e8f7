"""A verdict rests on what a text says, not on how it is spelled: lines, spaces, delimiters, transposes, indices."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from evalkit.derivation import analyse
from tests.derivation_help import setting_of, verdicts

WORLD = setting_of(
    {
        "symbols": {"X": "n x d, data", "w": "d", "y": "n, data", "s": "scalar", "t": "scalar"},
        "families": {"x_i": "rows of X"},
        "definitions": ["J = \\frac{1}{2}\\|Xw - y\\|^2", "r_{ij} = x_i - x_j"],
    }
)
TEXT = r"""### Gradient

The loss is

$$J = \frac{1}{2}(Xw - y)^T(Xw - y)$$

$$= \frac{1}{2}\left(w^T X^T X w - 2 y^T X w + y^T y\right)$$

So
$$\begin{aligned}
\nabla_w J &= X^T X w - X^T y \\
&= X^T (Xw - y)
\end{aligned}$$

and $\nabla_w w^T X^T X w = X^T X w$. Also $r_{ij} = x_i - x_j$.

$(s + t)^2 = s^2 + 2st + t^2$
$= s(s + 2t) + t^2 + 1$

We solve $3(t - 1) = 2t$, so $t = 3$.
"""


def inside(change: Callable[[str], str]) -> Callable[[str], str]:
    """The text with its mathematics changed."""
    return lambda text: re.sub(r"\$\$.+?\$\$|\$[^$]+\$", lambda m: change(m[0]), text, flags=re.DOTALL)


SPELLINGS: list[tuple[str, Callable[[str], str]]] = [
    ("lines of another system", lambda text: text.replace("\n", "\r\n")),
    ("wide signs", inside(lambda math: math.replace(" = ", r" \;=\; ").replace("$= ", r"$\;=\; "))),
    ("an empty space before", inside(lambda math: re.sub(r"(\$\$?)= ", r"\1\\quad = ", math))),
    ("a hidden left side", inside(lambda math: re.sub(r"(\$\$?)= ", r"\1\\phantom{J} = ", math))),
    ("large formulas", inside(lambda math: re.sub(r"^\$(?!\$)", r"$\\displaystyle ", math))),
    ("brackets for dollars", lambda text: re.sub(r"\$\$(.+?)\$\$", r"\\[\1\\]", text, flags=re.DOTALL)),
    ("round brackets for dollars", lambda text: re.sub(r"(?<!\$)\$([^$]+)\$(?!\$)", r"\\(\1\\)", text)),
    ("top", inside(lambda math: math.replace("^T", r"^\top"))),
    ("upright", inside(lambda math: math.replace("^T", r"^{\mathsf{T}}"))),
    ("upright, bare", inside(lambda math: math.replace("^T", r"^\mathsf{T}"))),
    ("intercal", inside(lambda math: math.replace("^T", r"^{\intercal}"))),
    ("a comma between indices", inside(lambda math: math.replace("_{ij}", "_{i,j}"))),
    ("braces", inside(lambda math: math.replace("t = 3", "{t} = {3}"))),
    ("no large brackets", inside(lambda math: math.replace("\\left", "").replace("\\right", ""))),
    ("a number at the end", lambda text: re.sub(r"\$\$(=.+?)\$\$", r"$$\1 \\tag{2}$$", text)),
    ("a full stop at the end", lambda text: re.sub(r"\$\$(=.+?)\$\$", r"$$\1.$$", text)),
    ("in a quotation", lambda text: "\n".join("> " + line for line in text.split("\n"))),
]


@pytest.mark.parametrize("spelled", [s[1] for s in SPELLINGS], ids=[s[0] for s in SPELLINGS])
def test_the_same_in_another_spelling(spelled: Callable[[str], str]) -> None:
    other = spelled(TEXT)
    assert other != TEXT
    assert verdicts(analyse(other, WORLD)) == verdicts(analyse(TEXT, WORLD)) == "iaiafaafqh"


def test_places_are_those_of_the_reply_whatever_ends_its_lines() -> None:
    text = TEXT.replace("\n", "\r\n")
    found = analyse(text, WORLD).relations
    assert [text[r.start : r.end].replace("\r", " ") for r in found if "\n" not in r.source] == [
        r.source for r in found if "\n" not in r.source
    ]
