"""A model as reader: what it proposes can make a relation disputed, and never a false one true or a true one false."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

import evalkit
from evalkit.derivation import FALSE, TRUE, Analysis, Relation, Setting, analyse, analyse_with
from evalkit.reading import votes
from evalkit.reading.proposed import is_proposal
from tests.arrange import inside
from tests.benchmarks.derivation_mutants import mutants
from tests.benchmarks.derivation_mutants import setting as of_mutants
from tests.derivation_help import setting_of, verdicts
from tests.derivation_suite import cases

SPEC = {
    "dimensions": ["m < n"],
    "definitions": [r"C = XX^\top"],
    "symbols": {"X": "m x n, data", "A": "m x m, data", "B": "m x m, data"},
}
SETTING = setting_of(SPEC)
TEXT = "We have $C = XX^\\top$. Then $AB = BA$ and $(AB)^\\top = B^\\top A^\\top$. Let $Z = AB$, so $P + A = A + Z$."
RULES = "ifadu"
"""What the rules say of it."""


def quoted(*roles: tuple[str, str], scopes: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    return {"relations": [{"text": text, "role": role} for text, role in roles], "scopes": list(scopes)}


def read(proposal: dict[str, Any], text: str = TEXT, label: tuple[str, float | None] | None = None) -> Analysis:
    """label: (the relation, what a person says of it)."""
    labels = {}
    if label is not None:
        place = next((r.start, r.end) for r in analyse(text, SETTING).relations if r.source == label[0])
        labels[place] = label[1]
    return analyse_with(proposal, text, SETTING, labels)


AB, TURNED, OPEN = "AB = BA", "(AB)^\\top = B^\\top A^\\top", "P + A = A + Z"
OWN = {"from": "Then", "to": "$AB = BA$", "names": [{"name": "B", "is": "A"}]}
P = {"from": "Let", "names": [{"name": "P", "is": "AB"}]}
MERGED = [
    ("nothing said", quoted(), RULES),
    ("the same said", quoted(("C = XX^\\top", "claim"), (AB, "claim"), ("Z = AB", "definition")), RULES),
    ("false and no claim", quoted((AB, "condition")), "iqadu"),
    ("a quotation", quoted((f"${AB}$", "quotation")), "iqadu"),
    ("true and no claim", quoted((TURNED, "announcement")), "ifqdu"),
    ("no claim and true", quoted(("$Z = AB$", "claim")), "ifaqu"),
    ("definition and condition claim nothing alike", quoted(("Z = AB", "condition")), RULES),
    ("letters of its own", quoted(scopes=[OWN]), "iqadu"),
    ("sizes", quoted(scopes=[{"from": "Then", "to": AB, "sizes": [{"name": "m", "value": 1}]}]), "iqadu"),
    ("what the rules leave open stays open", quoted(scopes=[P]), RULES),
]


@pytest.mark.parametrize(("proposal", "found"), [row[1:] for row in MERGED], ids=[row[0] for row in MERGED])
def test_what_both_readings_agree_on_counts(proposal: dict[str, Any], found: str) -> None:
    assert verdicts(analyse(TEXT, SETTING)) == RULES
    both = read(proposal)
    assert verdicts(both) == found
    assert both.other is not None
    assert both.other.differ == sum(a != b for a, b in zip(RULES, found, strict=True))
    assert not both.other.refused


SETTLED = [
    ("false, as the rules say", quoted((AB, "condition")), (AB, 0.0), "ifadu"),
    ("neither reading says true", quoted((AB, "condition")), (AB, 1.0), "iqadu"),
    ("true, as the model reads it", quoted(scopes=[OWN]), (AB, 1.0), "iaadu"),
    ("nobody can tell", quoted((AB, "condition")), (AB, None), "iqadu"),
    ("both agree and a person does not", quoted((AB, "claim")), (AB, 1.0), RULES),
    ("open by the rules, true as the model reads it", quoted(scopes=[P]), (OPEN, 1.0), "ifada"),
]


@pytest.mark.parametrize(("proposal", "label", "found"), [row[1:] for row in SETTLED], ids=[row[0] for row in SETTLED])
def test_a_person_settles_where_they_differ(
    proposal: dict[str, Any], label: tuple[str, float | None], found: str
) -> None:
    assert verdicts(read(proposal, label=label)) == found


REFUSED = [
    ("not in the reply", quoted(("AB = BA + 0", "condition")), "does not stand in the reply word for word"),
    ("spaces of its own", quoted(("AB=BA", "condition")), "does not stand in the reply word for word"),
    ("a part of a relation", quoted(("AB = B", "condition")), "is no relation of the reply"),
    ("words alone", quoted(("We have", "condition")), "is no relation of the reply"),
    ("twice", quoted((AB, "claim"), (AB, "condition")), "was named before"),
    ("a scope from nowhere", quoted(scopes=[{"from": "Suppose"}]), "does not stand in the reply"),
    ("a scope that ends before", quoted(scopes=[{"from": "Let", "to": "We"}]), "does not stand behind its beginning"),
    ("no formula", quoted(scopes=[{"from": "We", "names": [{"name": "B", "is": "A ("}]}]), "the meaning of B"),
    ("no meaning", quoted(scopes=[{"from": "We", "names": [{"name": "B"}]}]), "exactly one of"),
    ("two meanings", quoted(scopes=[{"from": "We", "names": [{"name": "B", "is": "A", "of": "C"}]}]), "exactly one of"),
    ("no name", quoted(scopes=[{"from": "We", "names": [{"name": "A+B", "is": "A"}]}]), "is no name"),
    ("unknown to the problem", quoted(scopes=[{"from": "We", "names": [{"name": "K", "is": "problem"}]}]), "has none"),
    ("an unknown size", quoted(scopes=[{"from": "We", "sizes": [{"name": "q", "value": 2}]}]), "the size q"),
    ("crossing scopes", quoted(scopes=[{"from": "We", "to": AB}, {"from": "Then", "to": "Let"}]), "inside or beside"),
]  # fmt: skip


@pytest.mark.parametrize(("proposal", "told"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_does_not_fit_is_refused_and_the_rest_stands(proposal: dict[str, Any], told: str) -> None:
    both = read(proposal)
    assert both.other is not None
    assert len(both.other.refused) == 1
    assert told in both.other.refused[0]
    assert verdicts(both) == RULES


def test_scopes_that_cannot_be_followed_leave_the_roles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evalkit.derivation.following.scopes.MAX_PARTS", 0)
    both = read(quoted((AB, "condition"), scopes=[P]))
    assert verdicts(both) == "iqadu"
    assert both.other is not None
    assert "too many scopes" in both.other.refused[0]


def test_what_is_quoted_twice_means_both_places() -> None:
    text = f"{TEXT} Again ${TURNED}$."
    assert verdicts(read(quoted((TURNED, "claim"), (TURNED, "announcement")), text)) == "iqaduq"


BAD = [
    ("no list", {"relations": "all"}),
    ("no relations", {"scopes": []}),
    ("an unknown role", {"relations": [{"text": "a = b", "role": "true"}]}),
    ("a verdict", {"relations": [{"text": "a = b", "role": "claim", "verdict": "identity"}]}),
    ("places in place of a quotation", {"relations": [{"start": 0, "end": 5, "role": "claim"}]}),
    ("no text", {"relations": [{"text": "", "role": "claim"}]}),
    ("too many relations", {"relations": [{"text": "a = b", "role": "claim"}] * 601}),
    ("too many scopes", {"relations": [], "scopes": [{"from": "a"}] * 41}),
    ("a size of nothing", {"relations": [], "scopes": [{"from": "a", "sizes": [{"name": "n", "value": 0}]}]}),
    ("a truth for a size", {"relations": [], "scopes": [{"from": "a", "sizes": [{"name": "n", "value": True}]}]}),
    ("a property unknown", {"relations": [], "scopes": [{"from": "a", "names": [{"name": "n", "properties": ["x"]}]}]}),
    ("no object", [1]),
]


@pytest.mark.parametrize("proposal", [row[1] for row in BAD], ids=[row[0] for row in BAD])
def test_what_has_another_form_is_no_reading(proposal: Any) -> None:
    assert not is_proposal(proposal)
    assert votes.read(votes.READING, json.dumps({"reading": proposal})).found is None


def test_the_structured_form_with_its_nulls_is_read() -> None:
    name = {"name": "B", "is": "A", "of": None, "kind": None, "part": None, "shape": None, "properties": None}
    scope = {"from": "Then", "to": None, "kind": "case", "names": [name], "sizes": []}
    assert is_proposal({"relations": [{"text": "a", "role": "claim"}], "scopes": [scope]})


def test_equations_shows_what_came_from_the_reader(tmp_path: Path) -> None:
    said = quoted((AB, "condition"), ("B = A", "claim"))
    shown = evalkit.equations(TEXT, world=SPEC, proposal=said)
    assert shown.lines()[1] == "a model's reading beside the rules': 1 of 5 relations come out otherwise"
    assert shown.lines()[2] == "refused of what it proposes: 'B = A': does not stand in the reply word for word"
    assert ("the rules read it as fails, a model as assumption") in shown.evidence(shown.relations[1])
    assert dict(shown.rules())["readings_differ"].startswith("The rules' reading and a model's")
    other = shown.data()["other"]
    assert other["differ"] == 1
    assert {"start": 29, "end": 36, "role": "condition"} in other["reading"]["roles"]
    (tmp_path / "reply.md").write_text(TEXT, encoding="utf-8")
    (tmp_path / "said.json").write_text(json.dumps({"reason": "so", "reading": said}), encoding="utf-8")
    (tmp_path / "world.toml").write_text("[symbols]\nA = 'm x m, data'\nB = 'm x m, data'\n", encoding="utf-8")
    reply, world, file = (str(tmp_path / name) for name in ("reply.md", "world.toml", "said.json"))
    told = inside("equations", reply, "--world", world, "--proposal", file)
    assert told.returncode == 0, told.stderr
    assert "1 of 5 relations come out otherwise" in " ".join(told.stdout.split())


MISUSED: list[tuple[str, dict[str, Any], str]] = [
    ("no form", {"world": SPEC, "proposal": {"roles": []}}, "has not the form"),
    ("a list", {"world": SPEC, "proposal": [1]}, "has not the form"),
    ("nothing declared", {"proposal": quoted()}, "needs"),
    ("a reading as well", {"world": SPEC, "proposal": quoted(), "reading": {"roles": []}}, "not both"),
]


@pytest.mark.parametrize(("given", "told"), [row[1:] for row in MISUSED], ids=[row[0] for row in MISUSED])
def test_a_proposal_that_cannot_be_followed_is_an_error(given: dict[str, Any], told: str) -> None:
    with pytest.raises(evalkit.SpecError, match=told):
        evalkit.equations(TEXT, **given)


# ------------------------------------------------------------ wrong and hostile readers

Reader = Callable[[str], dict[str, Any]]


def all_of(role: str) -> Reader:
    """Everything is this, and the whole of the text is quoted for it."""
    return lambda text: quoted((text, role))


def meaning(**said: Any) -> Reader:
    """Every letter means this from the first character on."""
    letters = ("A", "B", "C", "Q", "U", "S", "V", "W_1", "W_2", "X", "L", "J", "w", "u", "v", "y")
    return lambda text: quoted(
        scopes=[{"from": text, "kind": "own letters", "names": [{"name": n, **said} for n in letters]}]
    )


HOSTILE: dict[str, Reader] = {
    **{f"all {role}": all_of(role) for role in ("claim", "definition", "condition", "example value", "quotation")},
    "all letters are nothing": meaning(**{"is": "0"}),
    "all letters are numbers": meaning(shape=[]),
    "all letters are the identity": meaning(**{"is": "I"}),
    "all sizes are one": lambda text: quoted(
        scopes=[{"from": text, "kind": "case", "sizes": [{"name": n, "value": 1} for n in "kmn"]}]
    ),
    "all letters are symmetric": meaning(shape=["m", "m"], properties=["symmetric"]),
}


@lru_cache
def by_rules(every: int) -> list[tuple[str, Setting, Sequence[Relation]]]:
    """Planted mutants, true relations, and replies of the hand suite, as the rules judge them: once for all readers."""
    where = of_mutants()
    texts = [(f"${m.text}$", where) for m in mutants()[::every]]
    texts += [(case.text, case.setting) for case in cases()[::19]]
    return [(text, where, analyse(text, where).relations) for text, where in texts]


@pytest.mark.parametrize("reader", HOSTILE.values(), ids=HOSTILE)
def test_no_reading_makes_a_false_relation_true_or_a_true_one_false(reader: Reader) -> None:
    for text, where, ours in by_rules(23 if reader is HOSTILE["all claim"] else 41):
        both = analyse_with(reader(text), text, where, {}).relations
        assert len(ours) == len(both)
        for mine, merged in zip(ours, both, strict=True):
            assert merged.verdict not in TRUE | FALSE or merged.verdict == mine.verdict, text


def test_a_reader_that_calls_all_a_case_rejects_no_less_wrongly() -> None:
    """What it can do at worst: nothing is decided any more."""
    both = read(HOSTILE["all condition"](TEXT))
    assert not any(r.verdict in TRUE | FALSE for r in both.relations)
