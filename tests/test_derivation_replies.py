"""Whole replies in unlike settings, every verdict read by hand: one letter for each relation (see derivation_help)."""

from __future__ import annotations

import pytest

from evalkit.derivation import analyse, prove_milestones
from tests.derivation_help import CASES, judged, setting

REPLIES = [
    ("lae", "lae", "diaiiiiaihhihhhiiaiissdhhhhhaaai"),
    ("emoji", "lae", "iaudddaaiaiaiiihhhhhhhaiaidiaiihidiikdiaiaihhaakiddi"),
    ("regularised", "regularised", "ddddaiiihhddishhaahkkhhhihhddhf"),
    ("ridge", "ridge", "iaihhhiiiaiiiiiidi"),
    ("softmax", "softmax", "iiiiaiiiiiiii"),
    ("gaussian", "gaussian", "iiahiaddiihhhhiii"),
    ("eigenvector", "eigenvector", "dhiihhihahhidiaahihiikiii"),
    ("series", "series", "upiaaaiaaaiiaaaif"),
    ("network", "network", "ddiiiiiiiiiiia"),
]


@pytest.mark.parametrize(("reply", "name", "expected"), REPLIES, ids=[r[0] for r in REPLIES])
def test_replies(reply: str, name: str, expected: str) -> None:
    text = (CASES / f"reply_{reply}.md").read_text(encoding="utf-8")
    assert judged(text, name) == expected


@pytest.mark.parametrize("name", sorted({r[1] for r in REPLIES}))
def test_milestones_of_every_setting_hold(name: str) -> None:
    assert [p for p in prove_milestones(setting(name)) if not p.holds] == []


def test_verdicts_do_not_depend_on_the_seed() -> None:
    text = (CASES / "reply_lae.md").read_text(encoding="utf-8")
    first, second = (analyse(text, setting(), seed=s) for s in (1, 2))
    assert [r.verdict for r in first.relations] == [r.verdict for r in second.relations]
    assert first.milestones == second.milestones
