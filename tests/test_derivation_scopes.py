"""Parts of a reply in which letters mean something of their own: examples in numbers, cases, letters used anew."""

from __future__ import annotations

import json
import tomllib
from functools import lru_cache
from typing import Any, cast

import pytest

from evalkit.derivation import Analysis, Setting, analyse
from evalkit.derivation.following.plan import Plan, plan_from
from evalkit.derivation.text.outline import Outline
from evalkit.derivation.verdicts.verdict import FALSE, TRUE, Verdict
from evalkit.errors import SpecError
from tests.derivation_help import setting_of

GRAM = """
dimensions = ["q < p"]
definitions = ['G = H^\\top H', 'J(v) = \\|Hv - c\\|^2', 'f(z) = \\frac{1}{1+z^2}', 's = \\frac1p \\sum_{i=1}^p c_i']
[symbols]
H = "p x q, data"
K = "q x r, fixed"
v = "q"
c = "p, data"
z = "scalar"
[families]
c_i = "entries of c"
[[decompositions]]
of = "H"
kind = "full svd"
names = ['U', 'D', 'R']
values = 'd_i'
left = 'u_i'
right = 'r_i'
"""


@lru_cache
def gram(more: str = "") -> Setting:
    return setting_of(tomllib.loads(GRAM + more))


def letters(text: str, plan: Plan | None = None) -> str:
    """One letter for each relation: t true, f false, d disputed, a assumed, m meant (a definition), - anything else."""
    return "".join(letter(r.verdict) for r in analyse(text, gram(), plan=plan).relations)


def letter(verdict: Verdict) -> str:
    if verdict in TRUE:
        return "t"
    if verdict in FALSE:
        return "f"
    return {Verdict.DISPUTED: "d", Verdict.ASSUMPTION: "a", Verdict.DEFINITION: "m"}.get(verdict, "-")


H32 = r"H = \begin{bmatrix} 3 & 0 \\ 0 & 2 \\ 0 & 0 \end{bmatrix}"
CASES = [
    # an example in numbers: what is made of it follows
    ("numbers", f"Take ${H32}$. Then $H^\\top H = \\begin{{bmatrix}} 9 & 0 \\\\ 0 & 4\\end{{bmatrix}}$.", "at"),
    ("wrong numbers", f"Take ${H32}$. Then $G = \\begin{{bmatrix}} 9 & 1 \\\\ 0 & 4\\end{{bmatrix}}$.", "af"),
    ("transposed", r"For $H^\top = \begin{bmatrix} 1 & 0 & 2 \\ 0 & 1 & 0\end{bmatrix}$ is $\|H\|_F^2 = 6$.", "at"),
    ("its spectrum", f"Let ${H32}$, so $d_1 = 3$, $d_2 = 2$, and not $d_1 = 4$. Here $d_2 = 1$.", "attff"),
    ("sizes come with it", f"With ${H32}$ we have $p = 3$ and $q = 2$.", "aaa"),
    ("sizes that contradict", f"With ${H32}$ we have $p = 5$.", "af"),
    ("a sign is free", f"Take ${H32}$, so $u_1 = \\begin{{bmatrix}} 1 \\\\ 0 \\\\ 0\\end{{bmatrix}}$.", "at"),
    ("only a sign", f"Take ${H32}$, so $u_1 = \\begin{{bmatrix}} 0 \\\\ 1 \\\\ 1\\end{{bmatrix}}$.", "af"),
    ("rounded", r"Take $H = \begin{bmatrix} 1 & 1 \\ 0 & 1 \\ 0 & 0\end{bmatrix}$: $d_1 = 1.618$, $d_2 = 0.628$.", "atf"),
    ("no symbols by numbers", f"Take ${H32}$. Then $H^\\top H = H^\\top H H^\\top H / 9$.", "af"),
    ("true of the numbers alone", f"Take ${H32}$. Then $G^\\top G = G G^\\top$ and $RD^\\top D = D^\\top DR$.", "atd"),
    ("the next example", f"First ${H32}$ with $d_1 = 3$. Then {H32.replace('3', '5')!s}".replace(" H =", " $H =") + "$ with $d_1 = 5$.", "atat"),
    ("entries one by one", r"For instance $p = 3$, $c_1 = 1$, $c_2 = 2$, $c_3 = 6$: $s = 3$ and not $s = 4$.", "aaaatf"),
    ("over headings", f"## Setup\n${H32}$\n## Right side\n$v = \\begin{{bmatrix}} 1 \\\\ 1\\end{{bmatrix}}$, $\\|Hv\\|^2 = 13$.", "aat"),
    ("it ends", f"# One\nTake ${H32}$, $d_1 = 3$.\n# Two\nNow $G = \\begin{{bmatrix}} 1 \\end{{bmatrix}} H^\\top$.", "atf"),
    ("letters for entries", r"Let $A = \begin{bmatrix} a & b \\ c & h\end{bmatrix}$. So $\det A = ah - bc$; $\det A = ah + bc$.", "mtf"),
    ("eigenvalues of what was said", f"Take ${H32}$, so $G = \\begin{{bmatrix}} 9 & 0 \\\\ 0 & 4\\end{{bmatrix}}$ has the eigenvalues $\\lambda_1 = 9$ and $\\lambda_2 = 5$.", "attf"),
    ("scalars alone", r"Suppose $d_1 = 3$ and $d_2 = 1$. Then $d_1 + d_2 = 4$, $\sum_{i=1}^2 d_i = 4$.", "aatd"),
    ("small letters", r"Let $G = Q\Lambda Q^\top$. Then $Gq_1 = \lambda_1 q_1$, $Gq_1 = \lambda_2q_1$.", "mtf"),
    # cases and sizes
    ("case of a size", "**Case 1: $p = q$.** Then $H R = U D$.\n\n**Case 2.** Then $H R = R D$.", "atf"),
    ("one column", "If $r = 1$, then $\\|K\\|_F^2 = K^\\top K$.\n\nIn general $\\|K\\|_F^2 = K^\\top K$.", "atf"),
    ("symmetric", "If $H = H^\\top$, then $H^\\top H = H^2$.\n\nIn general $H^\\top H = H^2$.", "atf"),
    ("nothing is poisoned", "Suppose first that $H = H^\\top$. For all $v$, $\\|Hv\\|^2 = v^\\top G v$.", "at"),
    ("step values", "Begin with $j = 1$; now take $j = 2$, where $2j = 4$.", "mat"),
    # letters used anew
    ("by its shape", r"Let $G \in \mathbb{R}^{r\times r}$ be invertible, $M = KG$. Then $M G^{-1} = K$.", "mmt"),
    ("own decomposition", r"Let $G = UDU^\top$. Then $GU = UD$, $U^\top G U = D$ and $G^2 = UD^2U^\top$.", "mttt"),
    ("a wrong decomposition", r"The SVD gives $G = RDR^\top$. Also $G = RD^\top D R^\top$.", "ft"),
    ("said again is no evidence", r"Hence $G = 2HH^\top$. The answer is $G = 2HH^\top$.", "ff"),
    ("a wrong claim stays wrong", r"Hence $G = HH^\top$. So $\operatorname{Tr}(G) = \|H\|_F^2$.", "ft"),
    ("other loss", r"Ridge has $J(v) = \|Hv - c\|^2 + \|v\|^2$. So $\nabla_v J(v) = 2G v - 2H^\top c$.", "ft"),
    ("two variants", r"Without the penalty $J(v) = \|Hv - c\|^2$; with it $J(v) = \|Hv - c\|^2 + z^2\|v\|^2 + z^2 \|K\|_F^2$.", "td"),
    ("no variant", r"So $J(v) = \|Hv - c\|^2$, that is, $J(v) = \|Hv - c\|^2 + 1$.", "tf"),
    ("function and value", r"Write $f = f(v^\top v)$. Then $f(1 + (v^\top v)^2) = 1$ and $\nabla_v f = -4f^2 (v^\top v) v$.", "mtt"),
    # rules in general letters
    ("a general rule", r"$\operatorname{Tr}(HK) = \operatorname{Tr}(KH)$", "t"),
    ("no rule", r"$\operatorname{Tr}(HK) = \operatorname{Tr}(HK^\top)$", "f"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_parts_of_a_reply(text: str, expected: str) -> None:
    assert letters(text) == expected


BLOCKS = [
    ("paragraph", "One ¤ two.\n\nThree.", "Three."),
    ("display goes with it", "One ¤:\n\n$$x$$\n\nThree.", "Three."),
    ("goes on in small letters", "One ¤\n\nwhere two.\n\nThree.", "Three."),
    ("list goes with it", "One ¤:\n- two\n- three\n\nFour.", "Four."),
    ("item", "- one ¤\n  more\n- two", "- two"),
    ("inner item", "- one\n  - two ¤\n  - three", "  - three"),
    ("heading", "## One ¤\ntwo\n\nthree\n## Four", "## Four"),
    ("bold heading", "**Case 1 ¤**\n- two\n\nthree\n\n**Case 2**\nfour", "**Case 2**"),
    ("to the end", "One ¤ two.", ""),
]


@pytest.mark.parametrize(("text", "rest"), [b[1:] for b in BLOCKS], ids=[b[0] for b in BLOCKS])
def test_how_far_a_remark_reaches(text: str, rest: str) -> None:
    outline = Outline(text)
    assert text[outline.block_end(text.index("¤")) :].startswith(rest)
    assert bool(rest) or outline.block_end(text.index("¤")) == len(text)


def test_a_heading_ends_the_part_under_one_as_high() -> None:
    text = "# A\n## B ¤\n**C**\nx\n### D\ny\n## E\n"
    assert text[Outline(text).part_end(text.index("¤")) :] == "## E\n"


def test_the_rule_that_decides_by_what_follows() -> None:
    found = analyse(r"Now $G = UDU^\top$. Then $GU = UD$ and $U^\top G U = D$.", gram())
    assert found.relations[0].rule == "own_meaning"


# ------------------------------------------------------------ the reading as data
TEXT = f"So $G = 2HH^\\top$. Take ${H32}$; then $d_1 = 3$."


def reading(found: Analysis) -> dict[str, object]:
    out: dict[str, object] = json.loads(found.reading.model_dump_json(by_alias=True, exclude_defaults=True))
    return out


def test_the_reading_says_what_letters_mean_and_what_relations_are() -> None:
    found = reading(analyse(TEXT, gram()))
    scopes, roles = (cast("list[dict[str, Any]]", found[key]) for key in ("scopes", "roles"))
    (scope,) = scopes
    assert scope["kind"] == "example"
    assert scope["names"] == {"H": "[3, 0; 0, 2; 0, 0]"}
    assert scope["sizes"] == {"p": 3, "q": 2}
    assert TEXT[scope["start"] :].startswith("H = ")
    assert [r["role"] for r in roles] == ["claim", "example value", "claim"]


def test_a_reading_that_is_given_back_changes_nothing() -> None:
    first = analyse(TEXT, gram())
    again = analyse(TEXT, gram(), plan=plan_from(reading(first), len(TEXT), "r.json"))
    assert (
        [letter(r.verdict) for r in again.relations] == [letter(r.verdict) for r in first.relations] == ["f", "a", "t"]
    )


MENDED = [
    ("own meaning", {"scopes": [{"start": 0, "end": 20, "names": {"G": "2 H H^T"}}]}, "tat"),
    ("random matrix", {"scopes": [{"start": 0, "end": 20, "names": {"G": {"shape": ["p", "p"]}}}]}, "aat"),
    ("the problem's", {"scopes": [{"start": 0, "end": 99, "names": {"H": "problem"}}]}, "fda"),
    ("a definition", {"roles": [{"start": 4, "end": 16, "role": "definition"}]}, "mat"),
    ("a condition", {"roles": [{"start": 4, "end": 16, "role": "condition"}]}, "aat"),
    ("an announcement", {"roles": [{"start": 4, "end": 16, "role": "announcement"}]}, "-at"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "expected"), [m[1:] for m in MENDED], ids=[m[0] for m in MENDED])
def test_a_person_can_mend_a_reading(data: dict[str, object], expected: str) -> None:
    assert letters(TEXT, plan_from(data, len(TEXT), "r.json")) == expected


WRONG = [
    ("no relation there", {"roles": [{"start": 1, "end": 3, "role": "claim"}]}, "no relation from 1 to 3"),
    ("unknown role", {"roles": [{"start": 1, "end": 3, "role": "joke"}]}, "roles.0.role"),
    ("unknown key", {"scope": []}, "scope"),
    ("beyond the reply", {"scopes": [{"start": 5, "end": 9999}]}, "no stretch of a reply"),
    ("backwards", {"scopes": [{"start": 9, "end": 3}]}, "no stretch of a reply"),
    ("unreadable meaning", {"scopes": [{"start": 0, "end": 20, "names": {"G": "(2"}}]}, "the meaning of G"),
    ("no name", {"scopes": [{"start": 0, "end": 20, "names": {"2+": "H"}}]}, "is no name"),
    ("no list", [1], "reading"),
    ("too many names", {"scopes": [{"start": 0, "end": 9, "names": {f"a_{i}": "1" for i in range(99)}}]}, "names"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "says"), [w[1:] for w in WRONG], ids=[w[0] for w in WRONG])
def test_a_wrong_reading_is_one_error(data: object, says: str) -> None:
    with pytest.raises(SpecError, match=says):
        analyse(TEXT, gram(), plan=plan_from(data, len(TEXT), "r.json"))
